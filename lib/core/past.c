/*
 * past.c - see past.h.  Called by the registry, by conditions and by whoever keeps the past.  Pure:
 * knows no clock.
 */
#include "past.h"

#include <string.h>

static const char *const words[AIOT_ACTIONS] = {
	[AIOT_ACTION_RUN] = "run",	     [AIOT_ACTION_SUCCESS] = "success",
	[AIOT_ACTION_FAIL] = "fail",	     [AIOT_ACTION_TERMINATE] = "terminate",
	[AIOT_ACTION_INACTION] = "inaction", [AIOT_ACTION_CRASH] = "crash",
};

void aiot_past_init(struct aiot_past *past)
{
	unsigned i;

	for (i = 0; i < AIOT_ACTIONS; i++)
		past->last_us[i] = AIOT_NO_TIME_US;
	past->fails = past->reserved = 0;
}

void aiot_past_note(struct aiot_past *past, enum aiot_action action, int64_t wall_us)
{
	past->last_us[action] = wall_us;
	if (action == AIOT_ACTION_FAIL)
		past->fails++;
	else if (action != AIOT_ACTION_RUN)
		past->fails = 0;
}

enum aiot_action aiot_past_last(const struct aiot_past *past)
{
	enum aiot_action last = AIOT_ACTIONS;
	unsigned i;

	/* Of two at the same instant the later one in a run's life: a run ends after it began. */
	for (i = 0; i < AIOT_ACTIONS; i++) {
		if (past->last_us[i] != AIOT_NO_TIME_US &&
		    (last == AIOT_ACTIONS || past->last_us[i] >= past->last_us[last]))
			last = (enum aiot_action)i;
	}
	return last;
}

const char *aiot_action_word(enum aiot_action action)
{
	return words[action];
}

enum aiot_action aiot_action_find(const char *word, size_t len)
{
	unsigned i;

	for (i = 0; i < AIOT_ACTIONS; i++) {
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			break;
	}
	return (enum aiot_action)i;
}
