/*
 * when-text.c - a compiled condition as text again, as a person would write it.
 *
 * Called where a condition is shown.  Nodes are in postfix order and text is not, so operators wait
 * on a stack until the part on their left is written.  Parentheses are put only where they are
 * needed.  What is written compiles to the same condition, and that has the same text.
 */
#include <string.h>

#include "timetext.h"
#include "when-private.h"

static const char *const often[] = {"secondly", "minutely", "hourly", "daily",
				    "weekly",	"monthly",  "yearly"};
static const char *const units[] = {"second", "minute", "hour", "day", "week", "month", "year"};
static const char *const present[] = {"this second", "this minute", "this hour", "today",
				      "this week",   "this month",  "this year"};

static void put_quoted(struct aiot_out *out, const char *text)
{
	char quote = strchr(text, '\'') ? '"' : '\'';

	aiot_out_char(out, quote);
	aiot_out_text(out, text);
	aiot_out_char(out, quote);
}

static void put_span(struct aiot_out *out, int64_t us)
{
	aiot_out_char(out, ' ');
	aiot_out_span(out, (uint64_t)us * 1000);
}

static const char *status_word(unsigned actions)
{
	if (actions & AIOT_WHEN_SUCCESS)
		return actions == AIOT_WHEN_SUCCESS ? "succeeded" : "finished";
	return actions & AIOT_WHEN_FAIL	       ? "failed"
	       : actions & AIOT_WHEN_TERMINATE ? "terminated"
	       : actions & AIOT_WHEN_INACTION  ? "inacted"
	       : actions & AIOT_WHEN_CRASH     ? "crashed"
					       : "started";
}

static void put_every(const struct when_node *n, struct aiot_out *out)
{
	aiot_out_text(out, "every");
	put_span(out, n->span_us);
	if (n->actions == AIOT_WHEN_RUN)
		return;
	aiot_out_text(out, n->actions == AIOT_WHEN_SUCCESS ? " after success"
			   : n->actions == AIOT_WHEN_FAIL  ? " after fail"
							   : " after finish");
}

static void put_subject(const struct aiot_when *w, const struct when_node *n, struct aiot_out *out)
{
	if (n->slot == AIOT_WHEN_OWN)
		return;
	aiot_out_text(out, "task ");
	put_quoted(out, aiot_when_task_name(w, (unsigned)n->slot));
	aiot_out_char(out, ' ');
}

static void put_has(const struct when_node *n, struct aiot_out *out)
{
	aiot_format(out, "has %s", status_word(n->actions));
	if (n->how == WHEN_IN_PERIOD) {
		aiot_format(out, " %s", present[n->period.unit]);
		when_put_period(n, out);
	} else if (n->how == WHEN_IN_PAST) {
		aiot_out_text(out, " in past");
		put_span(out, n->span_us);
	}
}

static void put_compared(const struct when_node *n, struct aiot_out *out)
{
	if (n->how == WHEN_MORE)
		aiot_out_text(out, " more than");
	if (n->how == WHEN_LESS)
		aiot_out_text(out, " less than");
}

static void put_running(const struct when_node *n, struct aiot_out *out)
{
	aiot_out_text(out, "is running");
	if (n->how == WHEN_ANY)
		return;
	aiot_out_text(out, " for");
	put_compared(n, out);
	put_span(out, n->span_us);
}

/* "after any tasks 'a', 'b' failed": the conditions from `first` to `last`, or one alone. */
static void put_after(const struct aiot_when *w, const struct when_node *first,
		      const struct when_node *last, struct aiot_out *out)
{
	const char *comma = "";

	aiot_out_text(out, first == last	 ? "after task "
			   : last->op == WHEN_OR ? "after any tasks "
						 : "after tasks ");
	for (const struct when_node *n = first; n <= last; n++) {
		if (n->op != WHEN_AFTER)
			continue;
		aiot_out_text(out, comma);
		put_quoted(out, aiot_when_task_name(w, (unsigned)n->slot));
		comma = ", ";
	}
	if (first->actions != AIOT_WHEN_SUCCESS)
		aiot_format(out, " %s", status_word(first->actions));
}

static void put_scheduler(const struct when_node *n, struct aiot_out *out)
{
	aiot_out_text(out, n->op == WHEN_SCHED_RUN	 ? "scheduler has run over"
			   : n->op == WHEN_SCHED_STARTED ? "scheduler started"
							 : "scheduler has");
	if (n->op == WHEN_CYCLES) {
		put_compared(n, out);
		aiot_format(out, " %lld cycles", (long long)n->number);
		return;
	}
	put_span(out, n->span_us);
	if (n->op == WHEN_SCHED_STARTED)
		aiot_out_text(out, " ago");
}

static void put_named(const struct aiot_when *w, const struct when_node *n, struct aiot_out *out)
{
	aiot_out_text(out, n->op == WHEN_ENV ? "env " : "param ");
	put_quoted(out, when_string(w, n->text));
	if (n->op == WHEN_ENV)
		return;
	aiot_out_text(out, n->value ? " is " : " exists");
	if (n->value)
		put_quoted(out, when_string(w, n->value));
}

static void put_custom(const struct aiot_when *w, const struct when_node *n, struct aiot_out *out)
{
	const char *arg = aiot_when_cond_arg(w, (unsigned)n->slot);

	aiot_out_text(out, aiot_when_cond_word(w, (unsigned)n->slot));
	if (!arg)
		return;
	aiot_out_char(out, ' ');
	put_quoted(out, arg);
}

static void put_clock(const struct when_node *n, struct aiot_out *out)
{
	if (n->op == WHEN_CRON || n->op == WHEN_CRONTIME) {
		aiot_out_text(out, n->op == WHEN_CRON ? "cron " : "crontime ");
		aiot_cron_text(&n->cron, out);
		return;
	}
	if (n->op == WHEN_ONCE)
		aiot_out_text(out, often[n->period.unit]);
	else
		aiot_format(out, "time of %s", units[n->period.unit]);
	when_put_period(n, out);
}

static void put_leaf(const struct aiot_when *w, const struct when_node *n, struct aiot_out *out)
{
	switch ((enum when_op)n->op) {
	case WHEN_TIME:
	case WHEN_ONCE:
	case WHEN_CRON:
	case WHEN_CRONTIME:
		put_clock(n, out);
		break;
	case WHEN_EVERY:
		put_every(n, out);
		break;
	case WHEN_HAS:
		put_subject(w, n, out);
		put_has(n, out);
		break;
	case WHEN_RUNNING:
		put_subject(w, n, out);
		put_running(n, out);
		break;
	case WHEN_AFTER:
		put_after(w, n, n, out);
		break;
	case WHEN_RETRY:
		aiot_out_text(out, "retry");
		if (n->number >= 0)
			aiot_format(out, " %lld", (long long)n->number);
		break;
	case WHEN_SCHED_STARTED:
	case WHEN_SCHED_RUN:
	case WHEN_CYCLES:
		put_scheduler(n, out);
		break;
	case WHEN_ENV:
	case WHEN_PARAM:
		put_named(w, n, out);
		break;
	case WHEN_CUSTOM:
		put_custom(w, n, out);
		break;
	case WHEN_STARTUP:
		aiot_out_text(out, "startup");
		break;
	case WHEN_TRUE:
	case WHEN_FALSE:
	case WHEN_NOT:
	case WHEN_AND:
	case WHEN_OR:
		aiot_out_text(out, n->op == WHEN_TRUE ? "true" : "false");
		break;
	}
}

/* ---- operators ---- */

/* A part that is being written, and how far that is. */
struct turn {
	uint16_t node;
	uint8_t done; /* of its parts; its own text comes between them */
	bool paren;
};

/* Whether a part needs parentheses under an operator. */
static bool needs_paren(const struct when_node *part, const struct when_node *above)
{
	if (part->op > WHEN_OR || part->listed)
		return false;
	return above->op == WHEN_NOT ? part->op != WHEN_NOT
				     : above->op == WHEN_AND && part->op == WHEN_OR;
}

/* The node at which the left part of an operator ends: before the right one begins. */
static uint16_t part_of(const struct aiot_when *w, uint16_t node, unsigned which)
{
	uint16_t right = (uint16_t)(node - 1);

	return w->node[node].op == WHEN_NOT || which == 1 ? right
							  : (uint16_t)(w->node[right].first - 1);
}

void aiot_when_text(const struct aiot_when *w, struct aiot_out *out)
{
	struct turn stack[AIOT_WHEN_NODES_MAX];
	unsigned top = 1;

	stack[0] = (struct turn){.node = (uint16_t)(w->node_count - 1)};
	while (top > 0) {
		struct turn *t = &stack[top - 1];
		const struct when_node *n = &w->node[t->node];
		unsigned parts = n->op == WHEN_NOT ? 1 : 2;
		uint16_t part;

		if (n->op > WHEN_OR || n->listed) {
			if (n->listed)
				put_after(w, &w->node[n->first], n, out);
			else
				put_leaf(w, n, out);
			top--;
			continue;
		}
		if (t->done == 0 && t->paren)
			aiot_out_char(out, '(');
		if (t->done == 0 && n->op == WHEN_NOT)
			aiot_out_char(out, '~');
		if (t->done == parts) {
			if (t->paren)
				aiot_out_char(out, ')');
			top--;
			continue;
		}
		if (t->done == 1)
			aiot_out_text(out, n->op == WHEN_AND ? " & " : " | ");
		part = part_of(w, t->node, t->done++);
		stack[top++] = (struct turn){.node = part, .paren = needs_paren(&w->node[part], n)};
	}
}
