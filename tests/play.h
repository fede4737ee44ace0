/*
 * play.h - what the tests' tasks that go on and on have in common: their struct, options and
 * stats.  How each of them plays is its test's.
 */
#ifndef PLAY_H
#define PLAY_H

#include <aiotools.h>

struct play {
	uint32_t steps, undone;
	uint32_t pause_ms;
	const char *word;
};

static const struct aiot_opt play_opts[] = {
	AIOT_OPT_MS(struct play, pause_ms, "pause", "1h", "how long"),
	AIOT_OPT_STR(struct play, word, "word", "a \"b\"", "which"),
	{0},
};
static const struct aiot_stat play_stats[] = {
	AIOT_STAT_U32(struct play, steps, "steps made"),
	{0},
};

#endif
