/*
 * trouble.c - services that are only in a test's firmware: one that ruins the program in the way
 * that it is asked for, one that is too large for any board.
 */
#include <aiotools.h>

#include <stdbool.h>
#include <string.h>

#include "port.h"

struct trouble {
	const char *how;
	uint32_t after_ms;
	volatile uint32_t sink;
};

/* Recursion that no compiler makes a loop of, nor sees that it has no end. */
static uint32_t overflow(struct trouble *self, uint32_t depth)
{
	volatile uint32_t frame[16];

	frame[0] = depth;
	frame[15] = self->sink;
	if (self->after_ms != UINT32_MAX)
		self->sink = overflow(self, depth + frame[0]) + frame[15];
	return frame[0];
}

static void make_trouble(struct trouble *self)
{
	if (strcmp(self->how, "spin") == 0) {
		for (;;)
			self->sink++;
	}
	if (strcmp(self->how, "load") == 0)
		self->sink = *(volatile uint32_t *)(uintptr_t)0x90000000u;
	if (strcmp(self->how, "jump") == 0)
		((void (*)(void))(uintptr_t)0x90000001u)();
	if (strcmp(self->how, "trap") == 0)
		__builtin_trap();
	if (strcmp(self->how, "overflow") == 0)
		(void)overflow(self, 1);
	AIOT_ASSERT(strcmp(self->how, "assert") != 0);
}

static enum aiot_co ruin(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trouble, self);
	AIOT_SLEEP_MS(t, self->after_ms); /* the step that ruins everything begins here */
	make_trouble(self);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct trouble, how, "how", "none",
		     "none, spin, load, jump, trap, overflow, assert"),
	AIOT_OPT_MS(struct trouble, after_ms, "after", "10ms", "when"),
	{0},
};

AIOT_SERVICE(trouble, struct trouble, .info = "Ruins the program", .main = ruin, .opts = opts);

struct huge {
	char much[1 << 20];
};

static enum aiot_co idle(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct huge, self);
	(void)self;
	AIOT_END(t);
}

AIOT_SERVICE(huge, struct huge, .main = idle);
