/*
 * late.c - see late.h.  Called by the registry at each change of state, by the place at the ends of
 * a run and of a stop.
 */
#include "late.h"

#include "more.h"
#include "outcome.h"
#include "timetext.h"

#if AIOT_BOARD
/* When its start is over: nobody waits for it there. */
static uint32_t start_limit_ms(const struct aiot_entry *entry)
{
	(void)entry;
	return 0;
}

static bool ends_to_be_ready(const struct aiot_entry *entry)
{
	(void)entry;
	return false;
}
#else
static uint32_t start_limit_ms(const struct aiot_entry *entry)
{
	return entry->spec->start_timeout_ms;
}

static bool ends_to_be_ready(const struct aiot_entry *entry)
{
	return entry->spec->ends_to_be_ready;
}
#endif

/* Whether the time that it has to get ready ends before the one that it has for its run. */
static bool start_ends_first(const struct aiot_entry *entry)
{
	uint32_t start_ms = start_limit_ms(entry), run_ms = entry->spec->timeout_ms;

	return start_ms != 0 && (run_ms == 0 || start_ms < run_ms);
}

/* Of a run that has just begun; 0: none. */
static uint32_t limit_ms(const struct aiot_entry *entry)
{
	return start_ends_first(entry) ? start_limit_ms(entry) : entry->spec->timeout_ms;
}

int aiot_late_prepare(struct aiot_core *core, struct aiot_entry *entry)
{
	return limit_ms(entry) && aiot_more_of(core, entry) == NULL ? -AIOT_ENOMEM : 0;
}

/* What the run before left behind of a time-out. */
void aiot_late_forget(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	if (more == NULL)
		return;
	more->timed_out = AIOT_LATE_NOT;
	more->overdue = false;
	aiot_outcome_free(core, more->late);
	more->late = NULL;
}

static void put_reason(const struct aiot_entry *entry, enum aiot_late why, struct aiot_out *out)
{
#if AIOT_SUPERVISE
	if (why == AIOT_LATE_STEP) {
		aiot_out_text(out, "made no step within its WatchdogSec of ");
		aiot_out_span(out, entry->spec->policy.watchdog_ns);
		return;
	}
#endif
	if (why == AIOT_LATE_START) {
		aiot_format(out, "%s within its TimeoutStartSec of ",
			    ends_to_be_ready(entry) ? "did not end" : "was not ready");
		aiot_out_span(out, start_limit_ms(entry) * AIOT_NS_PER_MS);
		return;
	}
	aiot_out_text(out, "took longer than its TimeoutSec of ");
	aiot_out_span(out, entry->spec->timeout_ms * AIOT_NS_PER_MS);
}

/* TimeoutSec= ends this run: where it was then is what it fails with. */
void aiot_late_note(struct aiot_core *core, struct aiot_task *t)
{
	struct aiot_more *more = t->entry.more;
	char text[80];
	struct aiot_out out;

	if (more == NULL || !more->timed_out)
		return;
	if (t->entry.run_flags & AIOT_RUN_FAILING) { /* of something else, already */
		more->timed_out = AIOT_LATE_NOT;
		return;
	}
	aiot_out_init(&out, text, sizeof(text));
	put_reason(&t->entry, (enum aiot_late)more->timed_out, &out);
	more->late = aiot_outcome_error(core, -AIOT_ETIMEDOUT, text, out.len, t->top, NULL);
}

bool aiot_task_late(struct aiot_core *core, struct aiot_task *t)
{
	struct aiot_more *more = t->entry.more;

	if (more == NULL || !more->timed_out)
		return false;
	more->timed_out = AIOT_LATE_NOT;
	t->entry.fail = AIOT_ETIMEDOUT;
	aiot_entry_outcome(core, &t->entry, more->late);
	more->late = NULL;
	return true;
}

/* It is in something that uses its memory and cannot be interrupted. */
void aiot_late_hold(struct aiot_core *core, struct aiot_entry *entry)
{
	if (!entry->more->overdue)
		aiot_core_log(core, aiot_entry_name(entry), AIOT_WARN,
			      "did not stop within its TimeoutStopSec, and cannot be given up: it "
			      "waits for work that nothing can interrupt");
	entry->more->overdue = true;
}

/* A stop that is under way has a time-out of its own. */
void aiot_late_end(struct aiot_core *core, struct aiot_more *more, enum aiot_late why)
{
	if (more->entry->state == AIOT_STOPPING)
		return;
	more->timed_out = (uint8_t)why;
	(void)aiot_entry_stop(core, more->entry);
}

/* Whether it still has to get ready. */
static bool starts(const struct aiot_entry *entry)
{
	return entry->state == AIOT_STARTING ||
	       (entry->state == AIOT_RUNNING && ends_to_be_ready(entry));
}

/* It is ready: from here on only the time for the whole run counts, from where that began. */
static void be_ready(struct aiot_core *core, struct aiot_more *more)
{
	uint64_t run_ms = more->entry->spec->timeout_ms;

	if (!start_ends_first(more->entry) || starts(more->entry))
		return;
	if (run_ms == 0)
		aiot_alarm_cancel(&more->run_alarm);
	else
		aiot_alarm_set(core, &more->run_alarm,
			       aiot_entry_began_ns(more->entry) + run_ms * AIOT_NS_PER_MS);
}

/* TimeoutSec= or TimeoutStartSec= has run out. */
static void expire_run(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_more *more =
		(struct aiot_more *)(void *)((char *)alarm - offsetof(struct aiot_more, run_alarm));

	aiot_late_end(core, more,
		      start_ends_first(more->entry) && starts(more->entry) ? AIOT_LATE_START
									   : AIOT_LATE_RUN);
}

/* Both count from the begin of each run, and not in a pause between two. */
void aiot_late_time(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more; /* made when the run could still be refused */

	if (more == NULL || limit_ms(entry) == 0 || entry->state == AIOT_STOPPING)
		return;
	more->run_alarm.fn = expire_run;
	if (entry->state == AIOT_RUNNING)
		be_ready(core, more);
	else if (entry->state == AIOT_STARTING)
		aiot_alarm_set(core, &more->run_alarm,
			       core->now_ns + limit_ms(entry) * AIOT_NS_PER_MS);
	else
		aiot_alarm_cancel(&more->run_alarm);
}

void aiot_late_leave(struct aiot_more *more)
{
	aiot_alarm_cancel(&more->run_alarm);
}

void aiot_late_free(struct aiot_core *core, struct aiot_more *more)
{
	aiot_outcome_free(core, more->late);
}
