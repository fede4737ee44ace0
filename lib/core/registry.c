/*
 * registry.c - the orders that people, schedules and services give to entries.
 *
 * Called by commands, schedules and services; asks the place of an entry to do what is ordered, and
 * is told by the place what came of it (aiot_entry_set, aiot_entry_ended).  Never waits and never
 * looks inside a place.
 */
#include <string.h>

#include "callout.h"
#include "core.h"
#include "extra.h"
#include "late.h"
#include "marks.h"
#include "more.h"
#include "outcome.h"
#include "port.h"
#include "schedule.h"
#include "supervise.h"
#include "wait.h"
#include "waiting.h"
#include "watch.h"

static const char *const state_words[] = {
	[AIOT_STOPPED] = "stopped",    [AIOT_SCHEDULED] = "scheduled",
	[AIOT_STARTING] = "starting",  [AIOT_RUNNING] = "running",
	[AIOT_STOPPING] = "stopping",  [AIOT_ENDED] = "done",
	[AIOT_FAILURE] = "failed",     [AIOT_HELD] = "held",
#if AIOT_TEXT /* only what is elsewhere is in one of these */
	[AIOT_WAITING] = "waiting",    [AIOT_RESTARTING] = "restarting",
#endif
#if AIOT_SUPERVISE
	[AIOT_BACKOFF] = "restarting",
#endif
};

const char *aiot_state_word(enum aiot_state state)
{
	return state_words[state];
}

/* ---- orders ---- */

static bool scheduled(const struct aiot_entry *entry)
{
	const struct aiot_schedule *s = aiot_entry_schedule(entry);

	return s != NULL && aiot_schedule_armed(s) && !(entry->flags & AIOT_ENTRY_DELETE);
}

/* The owner is ending; that of a small board never does. */
static bool closed(const struct aiot_core *core)
{
	return AIOT_TEXT && core->closed;
}

static int start_at_place(struct aiot_core *core, struct aiot_entry *entry)
{
	if (aiot_waiting_begin(core, entry, false))
		return 0;
	aiot_settings_begin(core, entry);
	return entry->spec->place->ops->start(entry->spec->place, entry);
}

/* Refused, it stays what it was, but for a schedule that has been taken up again. */
static int start_now(struct aiot_core *core, struct aiot_entry *entry)
{
	int r = start_at_place(core, entry);

	if (r < 0 && scheduled(entry))
		aiot_entry_set(core, entry, AIOT_SCHEDULED);
	return r;
}

/* Back to its schedule, that a stop before may have taken it off.  false: it runs now. */
static bool take_up(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_schedule *s = aiot_entry_schedule(entry);

	aiot_core_touch(core);
	return s != NULL && !(entry->flags & AIOT_ENTRY_DELETE) && aiot_schedule_resume(core, s);
}

/*
 * Start again what stop had taken off its schedule: not due yet, it waits on; due meanwhile, it
 * runs. An entry that is on its schedule runs at once, and its schedule goes on.
 */
int aiot_core_start(struct aiot_core *core, struct aiot_entry *entry)
{
	if (aiot_entry_alive(entry))
		return aiot_waiting_pulls(core, entry) ? 0 : -AIOT_EALREADY;
	if (closed(core))
		return -AIOT_ECANCELED;
	aiot_supervise_forget(entry);
	if (aiot_waiting_begin(core, entry, true)) /* also to get back on its schedule */
		return 0;
	if (take_up(core, entry)) {
		aiot_entry_set(core, entry, AIOT_SCHEDULED);
		return 0;
	}
	return start_now(core, entry);
}

#if AIOT_ORDERS
#if AIOT_DELETE
#define ABANDON_AGAIN_NS 1000000000u

static uint64_t stop_due_ns(const struct aiot_entry *e)
{
	return aiot_entry_since_ns(e) + (uint64_t)e->spec->stop_timeout_ms * 1000000u;
}

/* The alarm that ends stops which take too long: set to the earliest, it then looks for the next.
 */
static void expire_stops(struct aiot_core *core, struct aiot_alarm *alarm)
{
	uint64_t next = AIOT_CORE_NEVER;
	struct aiot_entry *e;
	char name[AIOT_NAME_MAX + 1] = ""; /* a copy: an entry may leave when it is given up */

	while ((e = aiot_core_match(core, "*", name)) != NULL) {
		uint64_t due;

		memcpy(name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		if (e->state != AIOT_STOPPING)
			continue;
		due = stop_due_ns(e);
		if (due <= core->now_ns) {
			e->spec->place->ops->abandon(e->spec->place, e);
			e = aiot_core_find(core, name);
			if (e == NULL || e->state != AIOT_STOPPING)
				continue;
			due = core->now_ns + ABANDON_AGAIN_NS; /* something holds it */
		}
		if (due < next)
			next = due;
	}
	if (next != AIOT_CORE_NEVER) {
		core->stop_due_ns = next;
		aiot_alarm_set(core, alarm, next);
	}
}

void aiot_entry_stopping(struct aiot_core *core, struct aiot_entry *entry)
{
	uint64_t due;

	if (entry->state == AIOT_STOPPING)
		return;
	aiot_entry_set(core, entry, AIOT_STOPPING);
	due = stop_due_ns(entry);
	core->stop_alarm.fn = expire_stops;
	if (!aiot_alarm_armed(&core->stop_alarm) || due < core->stop_due_ns) {
		core->stop_due_ns = due;
		aiot_alarm_set(core, &core->stop_alarm, due);
	}
}

int aiot_entry_stop(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->state == AIOT_STOPPING || aiot_waiting_end(core, entry))
		return 0;
	aiot_entry_stopping(core, entry);
	/* Last, because it may be over at once, and the entry may be gone with it. */
	return entry->spec->place->ops->stop(entry->spec->place, entry);
}

#else
#define WATCH_STOPS_NS 250000000u

/* In units of 67 ms, as entries keep their time: a little more than that, for no stop ends early.
 */
static bool is_over_time(const struct aiot_entry *entry, uint64_t now_ns)
{
	uint32_t now = (uint32_t)(now_ns >> (AIOT_SINCE_SHIFT + 8));
	uint32_t allowed = entry->spec->stop_timeout_ms / 64;

	return now - entry->since > allowed - allowed / 32 + 1;
}

/* The alarm that ends stops which take too long: looks from time to time. */
static void watch_stops(struct aiot_core *core, struct aiot_alarm *alarm)
{
	uint32_t i;

	for (i = 0; i < core->names.count; i++) {
		struct aiot_entry *e = core->names.table[i];

		if (e->state != AIOT_STOPPING)
			continue;
		if (is_over_time(e, core->now_ns))
			e->spec->place->ops->abandon(e->spec->place, e);
		else
			aiot_alarm_set(core, alarm, core->now_ns + WATCH_STOPS_NS);
	}
}

int aiot_entry_stop(struct aiot_core *core, struct aiot_entry *entry)
{
	int r;

	if (entry->state == AIOT_STOPPING)
		return 0;
	aiot_entry_set(core, entry, AIOT_STOPPING);
	r = entry->spec->place->ops->stop(entry->spec->place, entry);
	/* The alarm has a stack of its own: who ends late is ended there, not below this order. */
	core->stop_alarm.fn = watch_stops;
	if (entry->state == AIOT_STOPPING && !aiot_alarm_armed(&core->stop_alarm))
		aiot_alarm_set(core, &core->stop_alarm, core->now_ns + WATCH_STOPS_NS);
	return r;
}
#endif

int aiot_core_stop(struct aiot_core *core, struct aiot_entry *entry, bool keep_schedule)
{
	bool was_scheduled = entry->state == AIOT_SCHEDULED;
	bool paused = aiot_entry_pauses(entry);

	entry->flags &= (uint8_t)~AIOT_ENTRY_RESTART;
	if (!keep_schedule)
		aiot_extra_drop(core, entry);
	if (!keep_schedule && aiot_entry_schedule(entry) != NULL)
		aiot_schedule_hold(aiot_entry_schedule(entry));
	if (aiot_entry_elsewhere(entry)) /* its schedule is there, too */
		entry->run_flags = keep_schedule;
	if (aiot_entry_alive(entry))
		return aiot_entry_stop(core, entry);
	if (paused) { /* the run that it pauses after is as good as stopped */
		aiot_supervise_forget(entry);
		entry->last = AIOT_STOPPED;
		aiot_entry_set(core, entry, scheduled(entry) ? AIOT_SCHEDULED : AIOT_STOPPED);
		if (aiot_entry_schedule(entry) != NULL)
			aiot_schedule_ended(core, aiot_entry_schedule(entry));
		return 0;
	}
	if (!was_scheduled || keep_schedule)
		return -AIOT_EALREADY;
	if (aiot_entry_elsewhere(entry))
		return aiot_entry_stop(core, entry);
	aiot_entry_set(core, entry, AIOT_STOPPED);
	return 0;
}

int aiot_core_restart(struct aiot_core *core, struct aiot_entry *entry)
{
	if (closed(core))
		return -AIOT_ECANCELED;
	aiot_supervise_forget(entry);
	if (!aiot_entry_alive(entry) && aiot_waiting_begin(core, entry, true))
		return 0;
	(void)take_up(core, entry);
	if (!aiot_entry_alive(entry))
		return start_now(core, entry);
	entry->flags |= AIOT_ENTRY_RESTART;
	return aiot_entry_stop(core, entry);
}

#if AIOT_DELETE
/* What was set for the task is freed last, for its service's fini still sees it. */
static void leave(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	aiot_schedule_destroy(core, aiot_entry_schedule(entry));
	aiot_index_remove(&core->names, entry);
	aiot_watch_tell(core, aiot_entry_name(entry));
	aiot_entry_outcome(core, entry, NULL);
	aiot_more_leave(core, entry);
	entry->spec->place->ops->drop(entry->spec->place, entry);
	aiot_entry_unname(entry);
	aiot_callouts_poke(core);
	core->ops->dropped(core->ctx, entry);
	aiot_more_free(core, more);
}

void aiot_core_delete(struct aiot_core *core, struct aiot_entry *entry)
{
	if (!aiot_entry_alive(entry)) {
		leave(core, entry);
		return;
	}
	entry->flags |= AIOT_ENTRY_DELETE;
	(void)aiot_core_stop(core, entry, false);
}
#endif

#endif

/* ---- what places push ---- */

void aiot_entry_outcome(struct aiot_core *core, struct aiot_entry *entry,
			struct aiot_outcome *outcome)
{
	aiot_outcome_free(core, aiot_outcome_swap(core, entry, outcome));
}

#if AIOT_CALENDARS || !AIOT_BOARD
/* For the entry's own past, and for whoever keeps everybody's. */
static void note(struct aiot_core *core, struct aiot_entry *entry, enum aiot_action action)
{
	int64_t wall_us;

	if (entry->more == NULL && aiot_watched(core, aiot_entry_name(entry)))
		(void)aiot_more_of(core, entry); /* conditions ask for its past */
	if (entry->more == NULL && core->ops->acted == NULL)
		return;
	wall_us = aiot_core_wall_of(core, core->now_ns) / 1000;
	if (entry->more != NULL)
		aiot_past_note(&entry->more->past, action, wall_us);
	aiot_watch_tell(core, aiot_entry_name(entry));
	if (core->ops->acted != NULL)
		core->ops->acted(core->ctx, entry, action, wall_us);
}
#else
static void note(struct aiot_core *core, struct aiot_entry *entry, enum aiot_action action)
{
	(void)core;
	(void)entry;
	(void)action; /* nobody asks for the past */
}
#endif

/* It is alive from now on, or no longer. */
static void count(struct aiot_core *core, const struct aiot_entry *entry, bool alive)
{
	core->alive += alive ? 1u : -1u;
#if AIOT_PRIORITY
	if (entry->spec->priority != 0)
		core->prioritised += alive ? 1u : -1u;
#endif
}

void aiot_entry_set(struct aiot_core *core, struct aiot_entry *entry, enum aiot_state state)
{
	bool was = aiot_entry_alive(entry);

	if (entry->state == state)
		return;
	aiot_core_touch(core);
#if AIOT_DELETE
	if (entry->state == AIOT_STOPPING && --core->stopping == 0)
		aiot_alarm_cancel(&core->stop_alarm);
	if (state == AIOT_STOPPING)
		core->stopping++;
#endif
	entry->state = (uint8_t)state;
	aiot_mark_since(entry, core->now_ns);
	if (was != aiot_entry_alive(entry))
		count(core, entry, !was);
	aiot_late_time(core, entry);
	aiot_supervise_time(core, entry);
	if (was && !aiot_entry_alive(entry))
		aiot_mark_run_end(entry, core->now_ns);
	if (state == AIOT_STARTING) {
		entry->flags &= (uint8_t)~AIOT_ENTRY_IDLE;
		aiot_mark_run(entry, core->now_ns);
		note(core, entry, AIOT_ACTION_RUN);
	}
	aiot_callouts_poke(core);
	core->ops->changed(core->ctx, entry);
}

/* text: why, where that is nobody's outcome. */
static void log_failure(struct aiot_core *core, const struct aiot_entry *entry, const char *text)
{
	const char *name = aiot_entry_name(entry);
#if AIOT_OUTCOMES
	const struct aiot_outcome *o = aiot_outcome_of(entry);

	if (text == NULL)
		text = o ? o->text : "no memory was left to keep the reason";
#if AIOT_TEXT
	aiot_core_log(core, name, AIOT_ERROR, "failed: %s: %s",
		      aiot_error_word(o ? o->code : -(int)entry->fail), text);
#else
	aiot_core_log(core, name, AIOT_ERROR, "failed: %s", text);
#endif
#else
	if (text != NULL)
		aiot_core_log(core, name, AIOT_ERROR, "%s", text);
	aiot_core_log(core, name, AIOT_ERROR, "failed: %d", -(int)entry->fail);
#endif
}

/* No run is under way any more: show how it ended, or that it is going to run again. */
static void settle(struct aiot_core *core, struct aiot_entry *entry, enum aiot_state how,
		   const char *text)
{
	enum aiot_state state;
	enum aiot_action action = how == AIOT_FAILURE		   ? AIOT_ACTION_FAIL
				  : how != AIOT_ENDED		   ? AIOT_ACTION_TERMINATE
				  : entry->flags & AIOT_ENTRY_IDLE ? AIOT_ACTION_INACTION
								   : AIOT_ACTION_SUCCESS;

	entry->last = (uint8_t)how;
#if AIOT_TEXT
	if (entry->more != NULL)
		entry->more->ended_fail = how == AIOT_FAILURE ? entry->fail : 0;
#endif
	if (how == AIOT_FAILURE)
		log_failure(core, entry, text);
	state = aiot_supervise_verdict(core, entry, how);
	aiot_entry_set(core, entry, state == how && scheduled(entry) ? AIOT_SCHEDULED : state);
	note(core, entry, action);
}

void aiot_entry_fail(struct aiot_core *core, struct aiot_entry *entry, int code, const char *text)
{
	entry->fail = aiot_fail_byte(code);
#if AIOT_OUTCOMES && AIOT_TEXT
	if (text != NULL)
		aiot_entry_outcome(core, entry,
				   aiot_outcome_error(core, code, text, strlen(text), NULL, NULL));
#endif
	settle(core, entry, AIOT_FAILURE, text);
#if AIOT_OUTCOMES && !AIOT_TEXT
	/* The log has it; memory that is for those who run is not spent on those who cannot. */
	aiot_entry_outcome(core, entry, NULL);
#endif
}

int aiot_entry_start(struct aiot_core *core, struct aiot_entry *entry)
{
	int r = start_at_place(core, entry);

	if (r == 0)
		return 0;
	aiot_mark_no_run(entry, core->now_ns); /* it was over before it began */
	aiot_entry_fail(core, entry, r, "could not be started");
#if !AIOT_BOARD
	if (core->loud_prerun && core->ops->broken != NULL)
		core->ops->broken(core->ctx, entry,
				  "it could not be started, and SilenceTaskPrerun=no");
#endif
	if (aiot_entry_schedule(entry) != NULL)
		aiot_schedule_ended(core, aiot_entry_schedule(entry));
	return r;
}

void aiot_entry_ended(struct aiot_core *core, struct aiot_entry *entry, enum aiot_state how)
{
	settle(core, entry, how, NULL);
	aiot_callout_end(core, entry);
	aiot_entry_end_waits(entry);
#if AIOT_DELETE
	if (entry->flags & (AIOT_ENTRY_DELETE | AIOT_ENTRY_ONCE)) {
		leave(core, entry);
		return;
	}
#endif
#if AIOT_ORDERS
	if (entry->flags & AIOT_ENTRY_RESTART) {
		entry->flags &= (uint8_t)~AIOT_ENTRY_RESTART;
		(void)aiot_entry_start(core, entry);
	} else
#endif
		if (aiot_entry_schedule(entry) != NULL) {
		aiot_schedule_ended(core, aiot_entry_schedule(entry));
	}
	aiot_extra_next(core, entry);
}

/* ---- without a run ---- */

bool aiot_entry_failed(const struct aiot_entry *entry)
{
	return entry->state == AIOT_FAILURE || entry->state == AIOT_HELD ||
	       (entry->state == AIOT_SCHEDULED && entry->last == AIOT_FAILURE);
}

#if AIOT_ORDERS
bool aiot_core_reset(struct aiot_core *core, struct aiot_entry *entry)
{
	aiot_supervise_forget(entry);
	if (!aiot_entry_failed(entry))
		return false;
	aiot_core_touch(core);
	entry->last = AIOT_STOPPED;
	entry->fail = 0;
	aiot_mark_reset(entry);
	aiot_entry_outcome(core, entry, NULL);
	if (entry->state != AIOT_SCHEDULED)
		aiot_entry_set(core, entry, AIOT_STOPPED);
	return true;
}
#endif
