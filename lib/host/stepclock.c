/*
 * stepclock.c - see stepclock.h.  Called by core-ops.c, for the loop's own thread alone.
 *
 * Counter and clock are handed down by the two functions at the end, so that a test can play both.
 */
#include "stepclock.h"

#include <stdio.h>
#include <string.h>

#define RATE_SHIFT 24
#define RATE_EVERY_NS 100000000u  /* the rate is worked out over at least this long */
#define MARGIN_SHIFT 13		  /* so much of it is put on top */
#define GAP_SHIFT 15		  /* and so much may lie between counter and clock, at each end */
#define ROUND_MAX_NS (1ull << 36) /* a round's, about a minute: times 2^24 it fits */

#define GRAIN_STEPS 8
#define GRAIN_READS 100000

/*
 * How far a counter goes in one step, 0 if it stands still.  That is one count in most; but the
 * architecture allows a fast one to advance by several, and an emulator's does.
 */
static uint64_t grain_of(uint64_t (*counter)(void))
{
	uint64_t last = counter(), least = UINT64_MAX;
	int reads, steps = 0;

	for (reads = 0; reads < GRAIN_READS && steps < GRAIN_STEPS; reads++) {
		uint64_t now = counter(), step = now - last;

		if (step == 0)
			continue;
		least = step < least ? step : least;
		last = now;
		steps++;
	}
	if (steps == 0)
		return 0;
	return least == 1 ? 1 : least + 1; /* steps of 62 and 63 by turns are of 62.5 */
}

/*
 * What is measured must not seem to be earlier than it is, so the rate may only ever be too high:
 * the counter is read behind the clock where the interval begins, before it where that ends.
 * Who was interrupted in between, at either end, learns nothing: it would be far too high.
 */
static void learn(struct aiot_stepclock *c, uint64_t behind)
{
	uint64_t ns = c->base_ns - c->known_ns, counts = c->base - c->known;
	uint64_t gap = behind - c->base, gap_max = counts >> GAP_SHIFT;

	if (gap > gap_max)
		return; /* the next round will do */
	if (c->known_ns != 0 && ns < ROUND_MAX_NS && c->known_gap <= gap_max) {
		c->rate = (ns << RATE_SHIFT) / counts;
		c->rate += (c->rate >> MARGIN_SHIFT) + 1;
		c->counts_max = (ROUND_MAX_NS << RATE_SHIFT) / c->rate;
		c->usable = true;
	}
	c->known_ns = c->base_ns;
	c->known = behind;
	c->known_gap = gap;
}

/* The counter before the clock: who is interrupted in between is ahead, not behind. */
static inline void set(struct aiot_stepclock *c, uint64_t (*clock_ns)(void),
		       uint64_t (*counter)(void))
{
	if (c->grain == 0)
		return;
	c->base = counter() - c->grain; /* its step may have been just about to come */
	c->base_ns = clock_ns();
	if (c->base_ns - c->known_ns >= RATE_EVERY_NS)
		learn(c, counter());
}

static inline uint64_t ns_at(const struct aiot_stepclock *c, uint64_t count)
{
	uint64_t counts = count - c->base;

	if (!c->usable || counts > c->counts_max)
		return 0;
	return c->base_ns + ((counts * c->rate) >> RATE_SHIFT);
}

/* ---- the counter of each processor ---- */

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

static const bool every_count = true; /* it goes on by single ones */
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

static const bool every_count = false;
#else
static uint64_t count(void)
{
	return 0;
}

static bool trusted(void)
{
	return false;
}

static const bool every_count = false;
#endif

void aiot_stepclock_init(struct aiot_stepclock *c)
{
	memset(c, 0, sizeof(*c));
	if (trusted())
		c->grain = every_count ? 1 : grain_of(count);
}

void aiot_stepclock_set(struct aiot_stepclock *c, uint64_t (*clock_ns)(void))
{
	set(c, clock_ns, count);
}

uint64_t aiot_stepclock_ns(const struct aiot_stepclock *c)
{
	return ns_at(c, count());
}
