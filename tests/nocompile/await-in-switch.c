/*
 * An await inside a switch of the author's own: the resume would look for its case in the outer
 * switch. The case values are wider than an int, so that they do not fit the inner one.
 *
 * refused by gcc, -Woverflow: conversion from .* changes value
 * refused by clang, -Wswitch: overflow converting case value
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	switch (self->ms) {
	case 1:
		AIOT_SLEEP_MS(t, 1);
		break;
	default:
		break;
	}
	AIOT_END(t);
}
