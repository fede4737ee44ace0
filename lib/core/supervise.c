/*
 * supervise.c - see supervise.h.  Starts entries through the registry, never runs anything itself.
 */
#include "supervise.h"

#include <string.h>

#include "late.h"
#include "outcome.h"
#include "random.h"
#include "schedule.h"
#include "task.h"
#include "timetext.h"

static struct aiot_supervised *of(const struct aiot_entry *entry)
{
	return entry->more != NULL ? entry->more->supervised : NULL;
}

static const struct aiot_policy *policy_of(const struct aiot_entry *entry)
{
	return &entry->spec->policy;
}

/* ---- starting again ---- */

/* The pause is over.  A run has the arguments of the one that it repeats. */
static void start_again(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_supervised *s =
		(struct aiot_supervised *)(void *)((char *)alarm -
						   offsetof(struct aiot_supervised, again));
	struct aiot_entry *entry = s->entry;
	struct aiot_more *more = entry->more;

	if (core->closed || entry->state != AIOT_BACKOFF)
		return;
	if (s->starts == 0 || core->now_ns - s->first_ns > policy_of(entry)->interval_ns) {
		s->first_ns = core->now_ns;
		s->starts = 0;
	}
	s->starts++;
	if (entry->restarts < UINT16_MAX)
		entry->restarts++;
	if (more->next_args == NULL) {
		more->next_args = more->run_args;
		more->run_args = NULL;
	}
	aiot_core_log(core, aiot_entry_name(entry), AIOT_INFO, "started again, attempt %u",
		      s->attempt);
	(void)aiot_entry_start(core, entry);
}

/* RestartSec doubled for each attempt but the first, at most RestartMaxSec. */
static uint64_t whole_pause(const struct aiot_policy *p, uint32_t attempt)
{
	uint64_t ns = p->delay_ns;

	for (; attempt > 1 && ns < p->max_ns && ns > 0; attempt--)
		ns = ns > p->max_ns / 2 ? p->max_ns : ns * 2;
	return ns < p->max_ns ? ns : p->max_ns;
}

/* Not all at once when many fail of the same thing. */
static uint64_t pause_ns(struct aiot_core *core, struct aiot_supervised *s)
{
	const struct aiot_policy *p = policy_of(s->entry);
	uint64_t ns = whole_pause(p, s->attempt), low = ns - ns / 10, high = ns + ns / 10;
	uint64_t draw = core->seed ^ ((uint64_t)aiot_entry_id(s->entry) << 32) ^ ++s->draws;

	if (high > p->max_ns)
		high = p->max_ns;
	return low + aiot_mixed(draw) % (high - low + 1);
}

static bool too_often(const struct aiot_supervised *s, uint64_t at_ns)
{
	const struct aiot_policy *p = policy_of(s->entry);

	return p->burst > 0 && p->interval_ns > 0 && s->starts >= p->burst &&
	       at_ns - s->first_ns <= p->interval_ns;
}

static bool has_schedule(const struct aiot_entry *entry)
{
	return aiot_entry_schedule(entry) != NULL &&
	       aiot_schedule_armed(aiot_entry_schedule(entry));
}

/* Loudly: nobody starts it any more. */
static enum aiot_state give_up(struct aiot_core *core, struct aiot_supervised *s,
			       enum aiot_state how)
{
	const struct aiot_policy *p = policy_of(s->entry);
	const char *name = aiot_entry_name(s->entry);
	bool scheduled = has_schedule(s->entry);
	char span[40];
	struct aiot_out out;

	aiot_out_init(&out, span, sizeof(span));
	aiot_out_span(&out, p->interval_ns);
	aiot_core_log(core, name, AIOT_ERROR,
		      "%s: it was started again %u times within %s (StartLimitBurst=, "
		      "StartLimitIntervalSec=)%s%s%s%s",
		      scheduled ? "not tried again before its schedule says so" : "held", s->starts,
		      aiot_out_str(&out), scheduled ? "" : "; aiotoolsctl start ",
		      scheduled ? "" : name, scheduled ? "" : ", or reset-failed ",
		      scheduled ? "" : name);
	s->attempt = 0;
	if (scheduled)
		return how;
	s->limited = true;
	return AIOT_HELD;
}

static enum aiot_state pause(struct aiot_core *core, struct aiot_supervised *s, enum aiot_state how)
{
	uint64_t span_ns;
	char span[40];
	struct aiot_out out;

	s->attempt++;
	span_ns = pause_ns(core, s);
	if (too_often(s, core->now_ns + span_ns))
		return give_up(core, s, how);
	s->due_ns = core->now_ns + span_ns;
	s->again.fn = start_again;
	aiot_alarm_set(core, &s->again, s->due_ns);
	aiot_out_init(&out, span, sizeof(span));
	aiot_out_span(&out, (span_ns + AIOT_NS_PER_MS - 1) / AIOT_NS_PER_MS * AIOT_NS_PER_MS);
	aiot_core_log(core, aiot_entry_name(s->entry), AIOT_INFO, "restarting in %s, attempt %u",
		      aiot_out_str(&out), s->attempt);
	return AIOT_BACKOFF;
}

static bool wanted(const struct aiot_entry *entry, enum aiot_state how)
{
	uint32_t restart = policy_of(entry)->restart;

	if (how == AIOT_FAILURE)
		return restart != AIOT_RESTART_NO;
	return how == AIOT_ENDED && restart == AIOT_RESTART_ALWAYS && !has_schedule(entry);
}

enum aiot_state aiot_supervise_verdict(struct aiot_core *core, struct aiot_entry *entry,
				       enum aiot_state how)
{
	struct aiot_supervised *s = of(entry);
	uint64_t ran_ns = aiot_entry_alive(entry) ? core->now_ns - entry->run_ns : 0;

	if (s == NULL)
		return how;
	if (ran_ns >= policy_of(entry)->reset_ns || !wanted(entry, how))
		s->attempt = 0;
	if (!wanted(entry, how) || core->closed ||
	    entry->flags & (AIOT_ENTRY_RESTART | AIOT_ENTRY_DELETE | AIOT_ENTRY_ONCE))
		return how;
	return pause(core, s, how);
}

/* ---- the watchdog ---- */

/*
 * Whether it has made a step since this was asked last, without a word from its steps: one that
 * wakes of itself sleeps until another tick then, one that waits has ended waits, and one that is
 * ready makes a step in this very round.
 */
static bool stepped(const struct aiot_core *core, struct aiot_supervised *s)
{
	struct aiot_task *t = aiot_task_of(s->entry);
	uint8_t flags = s->entry->run_flags;
	uint64_t tick = core->now_ns >> AIOT_TICK_SHIFT(core);
	bool waiting = flags & AIOT_RUN_WAITING;
	bool ready = !waiting && (flags & AIOT_RUN_WAITED || t->timer.due <= tick);
	bool same = !ready && t->top->site == s->site && s->entry->more->waits == s->waits &&
		    (waiting || t->timer.due == s->timer_due);

	s->site = t->top->site;
	s->waits = s->entry->more->waits;
	s->timer_due = t->timer.due;
	return !same;
}

static void look(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_supervised *s =
		(struct aiot_supervised *)(void *)((char *)alarm -
						   offsetof(struct aiot_supervised, dog));
	uint64_t span_ns = policy_of(s->entry)->watchdog_ns;

	if (s->entry->state != AIOT_STARTING && s->entry->state != AIOT_RUNNING)
		return;
	if (stepped(core, s))
		s->seen_ns = core->now_ns;
	if (core->now_ns - s->seen_ns >= span_ns) {
		aiot_late_end(core, s->entry->more, AIOT_LATE_STEP);
		return;
	}
	aiot_alarm_set(core, alarm, core->now_ns + span_ns / 4);
}

/* ---- what others tell ---- */

static int take(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = aiot_more_of(core, entry);

	if (more == NULL)
		return -AIOT_ENOMEM;
	if (more->supervised != NULL)
		return 0;
	more->supervised = core->ops->take(core->ctx, sizeof(*more->supervised));
	if (more->supervised == NULL)
		return -AIOT_ENOMEM;
	memset(more->supervised, 0, sizeof(*more->supervised));
	more->supervised->entry = entry;
	return 0;
}

int aiot_supervise_prepare(struct aiot_core *core, struct aiot_entry *entry)
{
	const struct aiot_policy *p = policy_of(entry);

	if (p->restart == AIOT_RESTART_NO && p->watchdog_ns == 0)
		return 0;
	return take(core, entry);
}

static void watch(struct aiot_core *core, struct aiot_supervised *s)
{
	s->seen_ns = core->now_ns;
	s->site = NULL;
	s->dog.fn = look;
	aiot_alarm_set(core, &s->dog, core->now_ns + policy_of(s->entry)->watchdog_ns / 4);
}

int aiot_supervise_change(struct aiot_core *core, struct aiot_entry *entry)
{
	bool runs = entry->state == AIOT_STARTING || entry->state == AIOT_RUNNING;
	int r = aiot_entry_alive(entry) ? aiot_supervise_prepare(core, entry) : 0;

	if (r < 0 || of(entry) == NULL)
		return r;
	if (runs && policy_of(entry)->watchdog_ns > 0)
		watch(core, of(entry));
	else
		aiot_alarm_cancel(&of(entry)->dog);
	return 0;
}

void aiot_supervise_time(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_supervised *s = of(entry);

	if (s == NULL)
		return;
	if (entry->state != AIOT_BACKOFF)
		aiot_alarm_cancel(&s->again);
	if (entry->state != AIOT_HELD)
		s->limited = false;
	if (entry->state == AIOT_STARTING && policy_of(entry)->watchdog_ns > 0) {
		watch(core, s);
	} else if (entry->state != AIOT_RUNNING) {
		aiot_alarm_cancel(&s->dog);
	}
}

void aiot_supervise_forget(struct aiot_entry *entry)
{
	struct aiot_supervised *s = of(entry);

	if (s != NULL)
		s->attempt = s->starts = 0;
}

void aiot_supervise_hold(struct aiot_core *core, struct aiot_entry *entry,
			 struct aiot_outcome *outcome)
{
	if (aiot_entry_schedule(entry) != NULL)
		aiot_schedule_hold(aiot_entry_schedule(entry));
	aiot_entry_outcome(core, entry, outcome);
	entry->last = AIOT_FAILURE;
	entry->fail = outcome != NULL ? aiot_fail_byte(outcome->code) : AIOT_ECANCELED;
	aiot_entry_set(core, entry, AIOT_HELD);
}

void aiot_supervise_leave(struct aiot_more *more)
{
	if (more->supervised == NULL)
		return;
	aiot_alarm_cancel(&more->supervised->again);
	aiot_alarm_cancel(&more->supervised->dog);
}

void aiot_supervise_free(struct aiot_core *core, struct aiot_more *more)
{
	if (more->supervised != NULL)
		core->ops->give(core->ctx, more->supervised, sizeof(*more->supervised));
}

/* ---- telling ---- */

static const char *const restart_words[] = {"no", "on-failure", "always"};

static void policy_json(const struct aiot_policy *p, struct aiot_json_out *json)
{
	if (p->restart == AIOT_RESTART_NO && p->watchdog_ns == 0)
		return;
	aiot_json_put_object(json, "policy");
	aiot_json_put_str(json, "restart", restart_words[p->restart]);
	if (p->restart != AIOT_RESTART_NO) {
		aiot_json_put_u64(json, "delay_us", p->delay_ns / 1000);
		aiot_json_put_u64(json, "max_us", p->max_ns / 1000);
		aiot_json_put_u64(json, "reset_us", p->reset_ns / 1000);
		aiot_json_put_u64(json, "burst", p->burst);
		aiot_json_put_u64(json, "interval_us", p->interval_ns / 1000);
	}
	if (p->watchdog_ns > 0)
		aiot_json_put_u64(json, "watchdog_us", p->watchdog_ns / 1000);
	aiot_json_put_end_object(json);
}

/* Its error says what it did. */
static void held_json(const struct aiot_supervised *s, const struct aiot_entry *entry,
		      struct aiot_json_out *json)
{
	char span[40];
	struct aiot_out out;

	if (s == NULL || !s->limited) {
		aiot_json_put_str(json, "held", "it is not started before it is asked for");
		return;
	}
	aiot_out_init(&out, span, sizeof(span));
	aiot_out_span(&out, policy_of(entry)->interval_ns);
	aiot_json_put_strf(json, "held", "it was started again %u times within %s", s->starts,
			   aiot_out_str(&out));
}

void aiot_supervise_json(struct aiot_core *core, const struct aiot_entry *entry, bool debug,
			 struct aiot_json_out *json)
{
	const struct aiot_supervised *s = of(entry);
	int64_t in_ns;

	if (entry->state == AIOT_BACKOFF && s != NULL) {
		in_ns = (int64_t)(s->due_ns - aiot_core_clock_ns(core));
		aiot_json_put_object(json, "restart");
		aiot_json_put_u64(json, "attempt", s->attempt);
		aiot_json_put_i64(json, "next_us", aiot_core_wall_of(core, s->due_ns) / 1000);
		aiot_json_put_i64(json, "in_us", in_ns > 0 ? in_ns / 1000 : 0);
		aiot_json_put_end_object(json);
	}
	if (entry->state == AIOT_HELD && !aiot_entry_elsewhere(entry))
		held_json(s, entry, json);
	if (debug)
		policy_json(policy_of(entry), json);
}
