/*
 * when-eval.c - whether a condition is true, until when, and when next.
 *
 * Called by the scheduler at the instants that the last answer named and when a task starts or
 * ends, and by `aiotoolsctl when`.  Nodes are in postfix order, so one pass with a stack of
 * outcomes answers.  An outcome has a value and the instant up to which it surely holds; for an
 * `&` that is false that is the latest of those at which its false parts may change, and so on.
 * Conditions of services are unknown at first and asked, one by one, only while the whole is
 * unknown.  Never reads a clock, never keeps anything between two calls.
 */
#include <string.h>

#include "aiotools.h"
#include "when-private.h"

#define STACK_MAX (AIOT_WHEN_DEPTH_MAX + 3) /* one part for each operator that waits */
#define UNKNOWN (-1)
#define RECORDED_FOREVER INT64_MIN

struct outcome {
	int64_t until_us;
	int64_t holds_us; /* of true, no earlier: a whole unit's window ends, not what it says */
	int16_t cond;	  /* UNKNOWN: the condition to ask first */
	int8_t value;	  /* 0, 1, UNKNOWN */
	bool joins;	  /* where it ends, what follows may belong to it */
};

struct evaluation {
	const struct aiot_when *w;
	const struct aiot_when_facts *facts;
	int64_t now_us;	 /* the instant asked about */
	int64_t open_us; /* until when what nobody announces holds */
	bool windows;	 /* a period's windows are told apart: until is the window's end */
	int8_t known[WHEN_CONDS_MAX];
};

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct outcome outcome(bool value, int64_t until_us)
{
	return (struct outcome){.value = value, .until_us = until_us, .holds_us = until_us};
}

/* from + span, where both may be large. */
static int64_t later(int64_t from_us, int64_t span_us)
{
	return from_us > AIOT_WALL_MAX_US - span_us ? AIOT_NEVER_US : from_us + span_us;
}

static bool last_of(const struct evaluation *e, const struct when_node *n, int64_t from_us,
		    int64_t to_us, int64_t *ret_us)
{
	return e->facts->last(e->facts->ctx, n->slot, n->actions, from_us, to_us, ret_us);
}

static int64_t next_start(const struct evaluation *e, const struct aiot_period *p)
{
	struct aiot_interval next;

	return aiot_period_after(p, e->facts->zone, e->now_us, &next) ? next.start_us
								      : AIOT_NEVER_US;
}

/* ---- leaves ---- */

/* True in a window; the whole unit's windows follow each other without an end. */
static struct outcome in_window(const struct aiot_period *p, int64_t end_us)
{
	struct outcome o = outcome(true, end_us);

	if (aiot_period_is_full(p))
		o.holds_us = AIOT_NEVER_US;
	return o;
}

static struct outcome at_time(const struct evaluation *e, const struct when_node *n)
{
	struct aiot_interval window;

	if (!e->windows && aiot_period_is_full(&n->period))
		return outcome(true, AIOT_NEVER_US);
	if (aiot_period_window(&n->period, e->facts->zone, e->now_us, &window) &&
	    e->now_us < window.end_us)
		return in_window(&n->period, window.end_us);
	return outcome(false, next_start(e, &n->period));
}

/* In the window, and no end recorded in it; a crash is no end that counts. */
static struct outcome at_once(const struct evaluation *e, const struct when_node *n)
{
	struct aiot_interval window;
	int64_t ended;
	const unsigned ends = WHEN_FINISHED | AIOT_WHEN_TERMINATE | AIOT_WHEN_INACTION;

	if (!aiot_period_window(&n->period, e->facts->zone, e->now_us, &window) ||
	    e->now_us >= window.end_us)
		return outcome(false, next_start(e, &n->period));
	if (e->facts->last(e->facts->ctx, AIOT_WHEN_OWN, ends, window.start_us, e->now_us, &ended))
		return outcome(false, window.end_us);
	return in_window(&n->period, window.end_us);
}

static struct outcome at_cron(const struct evaluation *e, const struct when_node *n)
{
	int64_t start =
		aiot_cron_next(&n->cron, e->facts->zone, e->now_us - AIOT_CRON_MINUTE_US + 1);
	int64_t started;

	if (start > e->now_us)
		return outcome(false, start);
	return outcome(n->op == WHEN_CRONTIME ||
			       !e->facts->last(e->facts->ctx, AIOT_WHEN_OWN, AIOT_WHEN_RUN, start,
					       e->now_us, &started),
		       start + AIOT_CRON_MINUTE_US);
}

static struct outcome at_every(const struct evaluation *e, const struct when_node *n)
{
	int64_t last, due;

	if (!last_of(e, n, RECORDED_FOREVER, e->now_us, &last))
		return outcome(true, AIOT_NEVER_US);
	due = later(last, n->span_us);
	return due <= e->now_us ? outcome(true, AIOT_NEVER_US) : outcome(false, due);
}

/* In the window that began last: it may have ended since. */
static struct outcome at_has_in_period(const struct evaluation *e, const struct when_node *n)
{
	struct aiot_interval window;
	int64_t at;
	int64_t until = next_start(e, &n->period);

	if (!aiot_period_window(&n->period, e->facts->zone, e->now_us, &window))
		return outcome(false, until);
	return outcome(last_of(e, n, window.start_us, min(e->now_us, window.end_us - 1), &at),
		       until);
}

static struct outcome at_has(const struct evaluation *e, const struct when_node *n)
{
	int64_t at;

	if (n->how == WHEN_IN_PERIOD || n->how == WHEN_OWN_PERIOD)
		return at_has_in_period(e, n);
	if (n->how == WHEN_EVER)
		return outcome(last_of(e, n, RECORDED_FOREVER, e->now_us, &at), AIOT_NEVER_US);
	if (!last_of(e, n, e->now_us - n->span_us, e->now_us, &at))
		return outcome(false, AIOT_NEVER_US);
	return outcome(true, later(at, n->span_us + 1));
}

static struct outcome at_running(const struct evaluation *e, const struct when_node *n)
{
	int64_t since = 0;
	int64_t mark;

	if (!e->facts->running(e->facts->ctx, n->slot, &since))
		return outcome(false, AIOT_NEVER_US);
	mark = later(since, n->span_us);
	if (n->how == WHEN_ANY)
		return outcome(true, AIOT_NEVER_US);
	return outcome((mark <= e->now_us) == (n->how == WHEN_MORE),
		       mark <= e->now_us ? AIOT_NEVER_US : mark);
}

/* It ended so after the own task's last start: once for each such end. */
static struct outcome at_after(const struct evaluation *e, const struct when_node *n)
{
	int64_t ended, started;

	if (!last_of(e, n, RECORDED_FOREVER, e->now_us, &ended))
		return outcome(false, AIOT_NEVER_US);
	return outcome(!e->facts->last(e->facts->ctx, AIOT_WHEN_OWN, AIOT_WHEN_RUN,
				       RECORDED_FOREVER, e->now_us, &started) ||
			       ended > started,
		       AIOT_NEVER_US);
}

static struct outcome at_retry(const struct evaluation *e, const struct when_node *n)
{
	struct aiot_when_fails fails = {0};

	e->facts->fails(e->facts->ctx, AIOT_WHEN_OWN, &fails);
	return outcome(fails.last && (n->number < 0 || fails.count <= n->number), AIOT_NEVER_US);
}

/* How long ago the scheduler started, compared with the span. */
static struct outcome at_scheduler(const struct evaluation *e, const struct when_node *n)
{
	int64_t mark;
	bool over;

	if (e->facts->started_us == AIOT_NEVER_US)
		return outcome(false, AIOT_NEVER_US);
	mark = later(e->facts->started_us, n->span_us);
	over = mark <= e->now_us;
	return outcome(over == (n->op == WHEN_SCHED_RUN), over ? AIOT_NEVER_US : mark);
}

static struct outcome at_cycles(const struct evaluation *e, const struct when_node *n)
{
	uint64_t wanted = (uint64_t)n->number;
	bool value = e->facts->cycles == wanted;

	if (n->how == WHEN_MORE)
		value = e->facts->cycles > wanted;
	if (n->how == WHEN_LESS)
		value = e->facts->cycles < wanted;
	return outcome(value, e->open_us);
}

static struct outcome at_env(const struct evaluation *e, const struct when_node *n)
{
	const char *env = e->facts->env;

	return outcome(env && strcmp(env, when_string(e->w, n->text)) == 0, AIOT_NEVER_US);
}

static struct outcome at_param(const struct evaluation *e, const struct when_node *n)
{
	const char *value = e->facts->param(e->facts->ctx, when_string(e->w, n->text));

	return outcome(value && (!n->value || strcmp(value, when_string(e->w, n->value)) == 0),
		       e->open_us);
}

static struct outcome at_custom(const struct evaluation *e, const struct when_node *n)
{
	struct outcome o = outcome(false, e->open_us);

	o.value = e->known[n->slot];
	o.cond = n->slot;
	return o;
}

typedef struct outcome leaf_fn(const struct evaluation *e, const struct when_node *n);

static struct outcome leaf(const struct evaluation *e, const struct when_node *n)
{
	static leaf_fn *const fns[] = {
		[WHEN_TIME] = at_time,
		[WHEN_ONCE] = at_once,
		[WHEN_CRON] = at_cron,
		[WHEN_CRONTIME] = at_cron,
		[WHEN_EVERY] = at_every,
		[WHEN_HAS] = at_has,
		[WHEN_RUNNING] = at_running,
		[WHEN_AFTER] = at_after,
		[WHEN_RETRY] = at_retry,
		[WHEN_SCHED_STARTED] = at_scheduler,
		[WHEN_SCHED_RUN] = at_scheduler,
		[WHEN_CYCLES] = at_cycles,
		[WHEN_ENV] = at_env,
		[WHEN_PARAM] = at_param,
		[WHEN_CUSTOM] = at_custom,
	};

	if (n->op == WHEN_TRUE || n->op == WHEN_FALSE)
		return outcome(n->op == WHEN_TRUE, AIOT_NEVER_US);
	if (n->op == WHEN_STARTUP)
		return outcome(e->facts->starting, AIOT_NEVER_US);
	return fns[n->op](e, n);
}

/* ---- operators ---- */

static struct outcome unknown_of(const struct outcome *a, const struct outcome *b)
{
	return a->value == UNKNOWN ? *a : *b;
}

/*
 * `&` when winner is 0, `|` when it is 1: one part of that value decides, and goes on deciding
 * until the last of those that do may change.
 */
static struct outcome join(const struct outcome *a, const struct outcome *b, int8_t winner)
{
	struct outcome ret = {.value = winner, .joins = winner};

	if (a->value == winner && b->value == winner)
		ret.holds_us = max(a->holds_us, b->holds_us);
	else if (a->value == winner || b->value == winner)
		ret.holds_us = a->value == winner ? a->holds_us : b->holds_us;
	ret.until_us = ret.holds_us;
	if (a->value == winner || b->value == winner)
		return ret;
	if (a->value == UNKNOWN || b->value == UNKNOWN)
		return unknown_of(a, b);
	ret.value = !winner;
	ret.until_us = min(a->until_us, b->until_us);
	ret.holds_us = min(a->holds_us, b->holds_us);
	ret.joins = (a->joins || a->until_us > ret.until_us) &&
		    (b->joins || b->until_us > ret.until_us);
	return ret;
}

static struct outcome evaluate(const struct evaluation *e)
{
	struct outcome stack[STACK_MAX];
	const struct when_node *n = e->w->node;
	const struct when_node *end = n + e->w->node_count;
	unsigned top = 0;

	for (; n < end; n++) {
		struct outcome *last = top ? &stack[top - 1] : NULL;

		if (n->op == WHEN_NOT) {
			if (last->value != UNKNOWN)
				last->value = !last->value;
			last->until_us = last->holds_us;
			last->joins = true;
		} else if (n->op == WHEN_AND || n->op == WHEN_OR) {
			top--;
			stack[top - 1] = join(&stack[top - 1], last, n->op == WHEN_OR);
		} else {
			stack[top++] = leaf(e, n);
		}
	}
	return stack[0];
}

/* Evaluate, and ask for what it hangs on.  Negative: a custom condition failed, ret->cond. */
static int decide(struct evaluation *e, struct outcome *ret)
{
	for (;;) {
		int rc;

		*ret = evaluate(e);
		if (ret->value != UNKNOWN)
			return 0;
		rc = e->facts->custom(e->facts->ctx, (unsigned)ret->cond);
		if (rc < 0)
			return rc;
		e->known[ret->cond] = rc != 0;
	}
}

/* ---- asking ---- */

int aiot_when_at(const struct aiot_when *w, const struct aiot_when_facts *facts, int64_t now_us,
		 struct aiot_when_result *ret)
{
	struct evaluation e = {.w = w, .facts = facts, .now_us = now_us, .open_us = now_us};
	struct outcome o = {0};
	int rc;

	memset(e.known, UNKNOWN, sizeof(e.known));
	rc = decide(&e, &o);
	if (rc < 0) {
		ret->cond_slot = o.cond;
		return rc;
	}
	*ret = (struct aiot_when_result){
		.value = o.value,
		.poll = o.until_us <= now_us,
		.until_us = o.until_us,
		.cond_slot = -1,
	};
	return 0;
}

/* Go on from one instant at which something may change to the next, until the value is `wanted`. */
static int find(struct evaluation *e, bool wanted, unsigned *steps, struct outcome *ret)
{
	for (;;) {
		int rc = decide(e, ret);

		if (rc < 0 || ret->value == wanted)
			return rc;
		if (ret->until_us >= AIOT_WALL_MAX_US || ++*steps > AIOT_WHEN_STEPS)
			return -AIOT_ENODATA;
		e->now_us = max(ret->until_us, e->now_us + 1);
	}
}

int aiot_when_next(const struct aiot_when *w, const struct aiot_when_facts *facts, int64_t from_us,
		   struct aiot_interval *ret)
{
	struct evaluation e = {.w = w,
			       .facts = facts,
			       .now_us = from_us,
			       .open_us = AIOT_NEVER_US,
			       .windows = true};
	struct outcome o = {0};
	unsigned steps = 0;
	int64_t start;
	int rc;

	if (from_us < AIOT_WALL_MIN_US || from_us >= AIOT_WALL_MAX_US)
		return -AIOT_ENODATA;
	if (w->node_count == 1 && w->node[0].op == WHEN_TIME)
		return aiot_period_next(&w->node[0].period, facts->zone, from_us, ret)
			       ? 0
			       : -AIOT_ENODATA;
	memset(e.known, UNKNOWN, sizeof(e.known));
	rc = find(&e, true, &steps, &o);
	if (rc < 0)
		return rc;
	start = e.now_us;
	/* Parts of a `|` and of a `~` that touch are one interval, as far as the steps reach. */
	while (o.joins && o.until_us < AIOT_WALL_MAX_US && ++steps <= AIOT_WHEN_STEPS) {
		struct outcome next;

		e.now_us = o.until_us;
		rc = decide(&e, &next);
		if (rc < 0)
			return rc;
		if (!next.value)
			break;
		o = next;
	}
	*ret = (struct aiot_interval){start, o.until_us};
	/* Where the steps ran out nobody knows of an end. */
	if (o.until_us >= AIOT_WALL_MAX_US || steps > AIOT_WHEN_STEPS)
		ret->end_us = AIOT_NEVER_US;
	return 0;
}
