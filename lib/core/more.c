/*
 * more.c - see more.h.  Called by whoever needs a piece of it first: schedules, waits, orders.
 */
#include "more.h"

#include <string.h>

#include "callout.h"
#include "extra.h"
#include "late.h"
#include "outcome.h"
#include "supervise.h"
#include "wait.h"

_Static_assert(AIOT_TEXT || sizeof(struct aiot_more) <= 4 * sizeof(void *),
	       "two units of a small board (lib/mcu/sizes.h)");

struct aiot_more *aiot_more_of(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	if (more != NULL)
		return more;
	more = core->ops->take(core->ctx, sizeof(*more));
	if (more == NULL)
		return NULL;
	memset(more, 0, sizeof(*more));
#if AIOT_TEXT
	more->entry = entry;
#endif
#if AIOT_CALENDARS
	aiot_past_init(&more->past);
#endif
	entry->more = more;
	return more;
}

void aiot_more_leave(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->more == NULL)
		return;
	aiot_entry_end_waits(entry); /* who came after the run had ended */
	aiot_child_left(core, entry);
	aiot_late_leave(entry->more);
	aiot_supervise_leave(entry->more);
	aiot_callout_end(core, entry);
	aiot_extra_drop(core, entry);
}

void aiot_more_free(struct aiot_core *core, struct aiot_more *more)
{
	if (more == NULL)
		return;
	aiot_late_free(core, more);
	aiot_supervise_free(core, more);
	aiot_settings_finish(core, more);
	core->ops->give(core->ctx, more, sizeof(*more));
}

#if AIOT_BOARD && AIOT_OUTCOMES
struct aiot_outcome *aiot_outcome_of(const struct aiot_entry *entry)
{
	return entry->more ? entry->more->outcome : NULL;
}

struct aiot_outcome *aiot_outcome_swap(struct aiot_core *core, struct aiot_entry *entry,
				       struct aiot_outcome *outcome)
{
	struct aiot_outcome *was;

	if (outcome == NULL && entry->more == NULL)
		return NULL;
	if (aiot_more_of(core, entry) == NULL) {
		aiot_outcome_free(core, outcome);
		return NULL;
	}
	was = entry->more->outcome;
	entry->more->outcome = outcome;
	return was;
}
#elif AIOT_OUTCOMES
struct aiot_outcome *aiot_outcome_swap(struct aiot_core *core, struct aiot_entry *entry,
				       struct aiot_outcome *outcome)
{
	struct aiot_outcome *was = entry->outcome;

	(void)core;
	entry->outcome = outcome;
	return was;
}
#endif

#if AIOT_CALENDARS
static void move_past(struct aiot_past *past, int64_t from_us, int64_t to_us, int64_t by_us)
{
	unsigned i;

	for (i = 0; i < AIOT_ACTIONS; i++) {
		if (past->last_us[i] >= from_us && past->last_us[i] <= to_us)
			past->last_us[i] += by_us;
	}
}

void aiot_more_clock_set(struct aiot_core *core)
{
	int64_t offset_ns = aiot_core_wall_of(core, core->now_ns) - (int64_t)core->now_ns;
	int64_t by_us = (offset_ns - core->wall_offset_ns) / 1000;
	int64_t from_us = ((int64_t)core->start_ns + core->wall_offset_ns) / 1000 - 1;
	int64_t to_us = ((int64_t)core->now_ns + core->wall_offset_ns) / 1000 + 1;
	struct aiot_entry *e = aiot_index_from(&core->names, "", false);

	core->wall_offset_ns = offset_ns;
	for (; e != NULL; e = aiot_index_from(&core->names, aiot_entry_name(e), true)) {
		if (e->more != NULL)
			move_past(&e->more->past, from_us, to_us, by_us);
	}
}
#endif
