/*
 * when-task.c - conditions about tasks: what they did, whether they run, what comes after them.
 *
 * Called by when-read.c with the word that says which kind it is already taken.  Adds one node, or
 * for several tasks one for each and the operators between them.  Never looks whether a task
 * exists.
 */
#include <string.h>

#include "aiotools.h"
#include "when-private.h"

static const struct {
	const char *word;
	uint8_t actions;
} statuses[] = {
	{"succeeded", AIOT_WHEN_SUCCESS}, {"failed", AIOT_WHEN_FAIL},
	{"finished", WHEN_FINISHED},	  {"terminated", AIOT_WHEN_TERMINATE},
	{"inacted", AIOT_WHEN_INACTION},  {"crashed", AIOT_WHEN_CRASH},
	{"started", AIOT_WHEN_RUN},
};

/* A task's slot; a name used twice has one. */
static int add_task(struct when_reader *r, const struct when_word *name, int16_t *ret_slot)
{
	unsigned slot = 0;

	while (slot < r->task_count && !when_same_word(r, &r->task[slot], name))
		slot++;
	if (slot == WHEN_TASKS_MAX)
		return when_complain(r, name->at, "expected at most %u different tasks",
				     WHEN_TASKS_MAX);
	if (slot == r->task_count)
		r->task[r->task_count++] = *name;
	*ret_slot = (int16_t)slot;
	return 0;
}

static int take_task(struct when_reader *r, int16_t *ret_slot)
{
	struct when_word name;
	int rc = when_read_quoted(r, "a task's name in quotes", false, &name);

	return rc < 0 ? rc : add_task(r, &name, ret_slot);
}

/* Status words; 0: none follows. */
static uint8_t take_status(struct when_reader *r)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (when_take(r, statuses[i].word))
			return statuses[i].actions;
	}
	return 0;
}

/* Behind "has failed": since when. */
static int read_since(struct when_reader *r, struct when_node *node)
{
	static const char *const present[] = {"this second", "this minute", "this hour", "today",
					      "this week",   "this month",  "this year"};

	for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++) {
		if (when_take_words(r, present[i])) {
			node->how = WHEN_IN_PERIOD;
			return when_read_period(r, (enum aiot_period_unit)i, node);
		}
	}
	if (when_take_words(r, "in the past") || when_take_words(r, "in past") ||
	    when_take(r, "past")) {
		node->how = WHEN_IN_PAST;
		return when_read_span(r, &node->span_us);
	}
	return 0;
}

/* "failed today" */
static int read_has(struct when_reader *r, int16_t slot)
{
	struct when_node node = {.op = WHEN_HAS, .slot = slot};
	int rc;

	node.actions = take_status(r);
	if (node.actions == WHEN_FINISHED)
		node.actions |= AIOT_WHEN_TERMINATE; /* here it means any end but a crash */
	if (!node.actions)
		return when_refuse(
			r, r->at,
			"succeeded, failed, finished, terminated, inacted, crashed or started");
	rc = read_since(r, &node);
	return rc < 0 ? rc : when_add(r, &node);
}

/* Behind "is running": how long. */
int when_read_running(struct when_reader *r, int16_t slot)
{
	struct when_node node = {.op = WHEN_RUNNING, .slot = slot};
	bool needed = when_take(r, "for");
	int rc = 0;

	if (when_take_words(r, "more than"))
		node.how = WHEN_MORE;
	else if (when_take_words(r, "less than"))
		node.how = WHEN_LESS;
	else if (needed)
		return when_refuse(r, r->at, "'more than' or 'less than' behind 'for'");
	if (node.how)
		rc = when_read_span(r, &node.span_us);
	return rc < 0 ? rc : when_add(r, &node);
}

/* "is running" or "has ...", of a task or of the own one. */
int when_read_state(struct when_reader *r, int16_t slot)
{
	r->uses_own |= slot == AIOT_WHEN_OWN;
	if (when_take(r, "has"))
		return read_has(r, slot);
	if (!when_take(r, "is"))
		return when_refuse(r, r->at, "'has' or 'is running'");
	if (!when_take(r, "running"))
		return when_refuse(r, r->at, "'running' behind 'is'");
	return when_read_running(r, slot);
}

int when_read_task(struct when_reader *r)
{
	int16_t slot = 0;
	int rc = take_task(r, &slot);

	return rc < 0 ? rc : when_read_state(r, slot);
}

int when_read_while(struct when_reader *r)
{
	int16_t slot = 0;
	int rc;

	if (!when_take(r, "task"))
		return when_refuse(r, r->at, "'task' behind 'while'");
	rc = take_task(r, &slot);
	if (rc < 0)
		return rc;
	if (!when_take_words(r, "is running"))
		return when_refuse(r, r->at, "'is running'");
	return when_read_running(r, slot);
}

/* Names with commas between them, one node each and an operator behind each but the first. */
static int read_after_names(struct when_reader *r, bool several, enum when_op op)
{
	struct when_node join = {.op = (uint8_t)op, .listed = true};
	uint16_t first = r->block->node_count;
	bool more = true;

	while (more) {
		struct when_node node = {.op = WHEN_AFTER};
		bool is_first = r->block->node_count == first;
		int rc = take_task(r, &node.slot);

		if (rc == 0)
			rc = when_add(r, &node);
		join.first = first;
		if (rc == 0 && !is_first)
			rc = when_add(r, &join);
		if (rc < 0)
			return rc;
		more = when_peek(r) == ',';
		if (more && !several)
			return when_complain(r, r->at,
					     "expected 'after tasks' before several names");
		r->at += more;
		when_skip_blanks(r);
	}
	return 0;
}

/* "after task 'a' failed", "after any tasks 'a', 'b'" */
int when_read_after(struct when_reader *r)
{
	bool any = when_take(r, "any");
	bool all = !any && when_take(r, "all");
	bool one = !any && !all && when_take(r, "task");
	uint16_t first = r->block->node_count;
	uint8_t actions;
	int rc;

	if (!one && !when_take(r, "tasks"))
		return when_refuse(r, r->at, "'task' or 'tasks' behind 'after'");
	rc = read_after_names(r, !one, any ? WHEN_OR : WHEN_AND);
	if (rc < 0)
		return rc;
	actions = take_status(r);
	for (unsigned i = first; i < r->block->node_count; i++)
		r->block->node[i].actions = actions ? actions : AIOT_WHEN_SUCCESS;
	r->uses_own = true;
	return 0;
}

/* "retry", "retry 3", "retry(3)" */
int when_read_retry(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_RETRY, .slot = AIOT_WHEN_OWN, .number = -1};
	bool paren = when_peek(r) == '(';
	bool minus;
	size_t start;
	int rc = 0;

	r->uses_own = true;
	if (paren) {
		r->at++;
		when_skip_blanks(r);
	} else if ((when_peek(r) < '0' || when_peek(r) > '9') && when_peek(r) != '-') {
		return when_add(r, &node);
	}
	start = r->at;
	minus = when_peek(r) == '-';
	r->at += minus;
	rc = when_read_number(r, 1000000, "how many retries, from 0 to 1000000", &node.number);
	if (rc < 0)
		return rc;
	if (minus && node.number != 1)
		return when_complain(r, start, "expected a number of retries, or -1 for always");
	if (minus)
		node.number = -1;
	if (paren && when_peek(r) != ')')
		return when_refuse(r, r->at, "')' behind the retries");
	r->at += paren;
	when_skip_blanks(r);
	return when_add(r, &node);
}
