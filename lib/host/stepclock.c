/*
 * stepclock.c - see stepclock.h.  Called by core-ops.c, for the loop's own thread alone.
 */
#include "stepclock.h"

#include <stdio.h>
#include <string.h>

#define RATE_SHIFT 24
#define RATE_EVERY_NS 100000000u /* the rate is worked out over at least this long */
#define COUNTS_MAX (1ull << 37)	 /* below this a count times a rate fits; about a minute */

#if defined(__x86_64__)
static uint64_t count(void)
{
	return __builtin_ia32_rdtsc();
}

/* The kernel's clock is the counter: then it runs at one rate, on all processors alike. */
static bool trusted(void)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	char text[16] = "";
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return false;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	(void)fclose(file);
	return strcmp(text, "tsc\n") == 0;
}
#elif defined(__aarch64__)
static uint64_t count(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static bool trusted(void)
{
	return true; /* the architecture's timer has one rate */
}
#else
static uint64_t count(void)
{
	return 0;
}

static bool trusted(void)
{
	return false;
}
#endif

void aiot_stepclock_init(struct aiot_stepclock *c)
{
	memset(c, 0, sizeof(*c));
	c->present = trusted();
}

/* Rounded up, with a little on top: what is measured must not seem to be earlier than it is. */
static void learn(struct aiot_stepclock *c)
{
	uint64_t ns = c->base_ns - c->known_ns, counts = c->base - c->known;

	if (c->known != 0 && (ns < RATE_EVERY_NS || counts == 0))
		return;
	if (c->known != 0 && ns < 1ull << 38) {
		c->rate = (ns << RATE_SHIFT) / counts;
		c->rate += c->rate / 8192 + 1;
		c->usable = true;
	}
	c->known_ns = c->base_ns;
	c->known = c->base;
}

void aiot_stepclock_set(struct aiot_stepclock *c, uint64_t (*clock_ns)(void))
{
	if (!c->present)
		return;
	c->base =
		count(); /* before the clock: who is interrupted in between is ahead, not behind */
	c->base_ns = clock_ns();
	learn(c);
}

uint64_t aiot_stepclock_ns(const struct aiot_stepclock *c)
{
	uint64_t counts;

	if (!c->usable)
		return 0;
	counts = count() - c->base;
	if (counts > COUNTS_MAX)
		return 0;
	return c->base_ns + ((counts * c->rate) >> RATE_SHIFT);
}
