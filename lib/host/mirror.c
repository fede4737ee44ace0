/*
 * mirror.c - see mirror.h.
 *
 * Called by node-mirror.c, for places whose tasks run elsewhere, with each thing they hear.  Gives
 * no orders and logs nothing: what a task elsewhere has to say comes with its own log.
 */
#include "mirror.h"

#include "callout.h"
#include "more.h"
#include "wait.h"
#include "watch.h"

/* Like the registry's, but for something that happened at a time that is past. */
static void note(struct aiot_core *core, struct aiot_entry *entry, enum aiot_action action,
		 uint64_t mono_ns)
{
	int64_t wall_us = aiot_core_wall_of(core, mono_ns) / 1000;

	if (entry->more == NULL && aiot_watched(core, aiot_entry_name(entry)))
		(void)aiot_more_of(core, entry);
	if (entry->more != NULL)
		aiot_past_note(&entry->more->past, action, wall_us);
	aiot_watch_tell(core, aiot_entry_name(entry));
	if (core->ops->acted != NULL)
		core->ops->acted(core->ctx, entry, action, wall_us);
}

static bool is_alive(enum aiot_state state)
{
	const struct aiot_entry probe = {.state = (uint8_t)state};

	return aiot_entry_alive(&probe);
}

/* A run that was seen to begin has ended. */
static void note_end(struct aiot_core *core, struct aiot_entry *entry, const struct aiot_told *told)
{
	enum aiot_action action = told->last == AIOT_FAILURE ? AIOT_ACTION_FAIL
				  : told->last != AIOT_ENDED ? AIOT_ACTION_TERMINATE
				  : told->idle		     ? AIOT_ACTION_INACTION
							     : AIOT_ACTION_SUCCESS;

	if (entry->more != NULL)
		entry->more->ended_fail = told->last == AIOT_FAILURE ? told->fail : 0;
	note(core, entry, action, told->since_ns);
	if (entry->more != NULL)
		aiot_waiters_end(&entry->more->waiters, 0);
}

/* One is over, and another one under way: of the first no more is known than how it ended. */
static void note_former(struct aiot_core *core, struct aiot_entry *entry,
			const struct aiot_told *told, uint64_t began_ns)
{
	int64_t took_ns = (int64_t)(told->run_ns - began_ns);
	struct aiot_told former = *told;

	former.since_ns = told->run_ns;
	entry->run_ns = took_ns > 0 ? (uint64_t)took_ns : 0;
	aiot_entry_outcome(core, entry, NULL);
	note_end(core, entry, &former);
}

static void take_over(struct aiot_core *core, struct aiot_entry *entry,
		      const struct aiot_told *told)
{
	const uint8_t flags = AIOT_ENTRY_PAUSED | AIOT_ENTRY_IDLE;

	entry->flags = (uint8_t)((entry->flags & ~flags) | (told->paused ? AIOT_ENTRY_PAUSED : 0) |
				 (told->idle ? AIOT_ENTRY_IDLE : 0));
	entry->last = (uint8_t)told->last;
	entry->fail = told->fail;
	entry->restarts = told->restarts;
	entry->runs = told->runs;
	entry->since_ns = told->since_ns;
	entry->run_ns = told->run_ns;
	entry->cpu_ns = told->cpu_ns;
	entry->longest_us = told->longest_us;
	entry->longest_site = told->longest_site;
	aiot_entry_outcome(core, entry, told->outcome);
}

void aiot_entry_mirror(struct aiot_core *core, struct aiot_entry *entry,
		       const struct aiot_told *told, struct aiot_before *before)
{
	const struct aiot_before was = *before;
	bool is = is_alive(told->state), same = entry->state == told->state;
	/* At first, that it runs is all that is known. */
	bool began = was.known ? told->runs != was.runs || (is && !was.alive) : is;

	*before = (struct aiot_before){true, is, told->runs, told->run_ns};
	if (began && was.alive && is)
		note_former(core, entry, told, was.run_ns);
	if (began && (same || told->state != AIOT_STARTING)) /* else aiot_entry_set does */
		note(core, entry, AIOT_ACTION_RUN,
		     is ? told->run_ns : told->since_ns - told->run_ns);
	aiot_entry_set(core, entry, told->state);
	take_over(core, entry, told);
	if (!is && (began || (was.known && was.alive)))
		note_end(core, entry, told);
	if (same) {
		aiot_callouts_poke(core);
		core->ops->changed(core->ctx, entry);
	}
}
