/*
 * The same as await-in-switch.c with an enum.
 *
 * refused by gcc, -Woverflow: conversion from .* changes value
 * refused by clang, -Wswitch: overflow converting case value
 */
#include <aiotools.h>

enum colour {
	RED,
	GREEN,
};

struct lamp {
	enum colour colour;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct lamp, self);
	switch (self->colour) {
	case RED:
		AIOT_SLEEP_MS(t, 1);
		break;
	case GREEN:
		break;
	}
	AIOT_END(t);
}
