/*
 * calls-history.c - the handler of history: runs that have ended, oldest first.
 *
 * Called by the dispatcher, through the bindings in calls-host.c.  First it walks back, if the
 * newest N are wanted or a name is that of no task: over the ring, then over the database behind
 * it. Then it writes forward, the database first.  A call keeps ids alone in between (at.seq: next
 * to write, at.back: walked back to, at.until: the last there was when the call came), and waits
 * for each piece of the database that a thread reads.
 */
#include <string.h>

#include "calls.h"
#include "history-private.h"
#include "host.h"

enum phase {
	BEGIN,
	BACK_MEMORY,
	BACK_DISK,
	ON_DISK,
	ON_MEMORY,
	GO_ON_MEMORY, /* at.lost is the cursor's hint */
};

struct asked {
	struct aiot_json names;
	int64_t since_us, until_us;
	uint64_t lines;
	bool counted;
};

static struct aiot_history *history_of(struct aiot_call *call)
{
	return ((struct aiot_host *)call->ctx)->history;
}

static void read_params(const struct aiot_call *call, struct asked *a)
{
	*a = (struct asked){.since_us = INT64_MIN, .until_us = INT64_MAX};
	a->names = aiot_json_get(call->params, "names");
	(void)aiot_json_i64(aiot_json_get(call->params, "since_us"), &a->since_us);
	(void)aiot_json_i64(aiot_json_get(call->params, "until_us"), &a->until_us);
	a->counted = aiot_json_u64(aiot_json_get(call->params, "lines"), &a->lines) == 0;
}

static struct aiot_histquery query_of(const struct aiot_call *call, const struct asked *a)
{
	return (struct aiot_histquery){
		.since_us = a->since_us,
		.until_us = a->until_us,
		.left = call->at.left,
		.unresolved = call->at.hint,
	};
}

/* ---- a run as data ---- */

static void put_run(struct aiot_call *call, const struct aiot_run *run)
{
	struct aiot_json_out *json = &call->json;
	bool crash = run->outcome == AIOT_ACTION_CRASH;
	struct aiot_json value = {run->value, run->value_len};

	aiot_json_put_object(json, NULL);
	aiot_json_put_strn(json, "name", run->name, run->name_len);
	aiot_json_put_i64(json, "start_us", run->start_us);
	if (crash) { /* nobody knows */
		aiot_json_put_null(json, "end_us");
		aiot_json_put_null(json, "runtime_us");
	} else {
		aiot_json_put_i64(json, "end_us", run->end_us);
		aiot_json_put_i64(json, "runtime_us", run->end_us - run->start_us);
	}
	aiot_json_put_str(json, "outcome", aiot_action_word((enum aiot_action)run->outcome));
	if (run->kind == AIOT_RUN_ERROR)
		aiot_json_put_raw(json, "error", value);
	else if (run->kind == AIOT_RUN_RESULT)
		aiot_json_put_raw(json, "result", value);
	else
		aiot_json_put_null(json, "result");
	if (run->cut)
		aiot_json_put_bool(json, "cut", true);
	aiot_json_put_end_object(json);
}

/* ---- names that nothing is called ---- */

#define UNKNOWN_MAX 32u /* so many are told of */

/* The plain names given that no task has; which of them: bits of the result. */
static uint32_t without_task(const struct aiot_call *call, struct aiot_json names)
{
	struct aiot_json_iter it = {NULL};
	char text[AIOT_NAME_MAX + 1];
	struct aiot_json name;
	uint32_t i, unknown = 0;

	for (i = 0; i < UNKNOWN_MAX && aiot_json_next(names, &it, NULL, &name); i++) {
		int len = aiot_json_str(name, text, sizeof(text));

		if (len < 0 || (!aiot_name_is_pattern(text, (size_t)len) &&
				aiot_entry_named(call->core, text) == NULL))
			unknown |= 1u << i;
	}
	return unknown;
}

/* All that was named is unknown: an error, with the first of the names. */
static enum aiot_call_result none_known(struct aiot_call *call, struct aiot_json names)
{
	struct aiot_json_iter it = {NULL};
	char text[2 * AIOT_NAME_MAX];
	struct aiot_json name = {NULL, 0};
	struct aiot_out shown;

	(void)aiot_json_next(names, &it, NULL, &name);
	aiot_out_init(&shown, text, sizeof(text)); /* cut, if it is longer than any */
	(void)aiot_json_str_out(name, &shown);
	return aiot_call_error_at(call, AIOT_ERR_NO_SUCH_TASK, "name", aiot_out_str(&shown),
				  "no task and no run of '%s' is known", aiot_out_str(&shown));
}

/* false: the reply is the error. */
static bool tell_unknown(struct aiot_call *call, struct aiot_json names)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json name;
	uint32_t i, unknown = call->at.hint;

	if (unknown == 0)
		return true;
	if ((uint32_t)__builtin_popcount(unknown) == aiot_json_count(names)) {
		(void)none_known(call, names);
		return false;
	}
	aiot_json_put_array(&call->json, "unknown");
	for (i = 0; i < UNKNOWN_MAX && aiot_json_next(names, &it, NULL, &name); i++) {
		if (unknown & 1u << i)
			aiot_json_put_raw(&call->json, NULL, name);
	}
	aiot_json_put_end_array(&call->json);
	return true;
}

/* ---- the database ---- */

/* 1: the piece is there; 0: not yet; negative: the reply is the error. */
static int piece(struct aiot_call *call, const struct aiot_histquery *query, struct aiot_json names,
		 struct aiot_histticket **ret)
{
	struct aiot_history *h = history_of(call);
	struct aiot_histticket *t = aiot_history_ticket(h, call->at.back_hint);

	if (t == NULL) {
		call->at.back_hint = aiot_history_ask(h, query, names);
		if (call->at.back_hint != 0)
			return 0;
		(void)aiot_call_error(call, AIOT_ERR_LIMIT,
				      "too many are reading the history, or no memory is left; "
				      "try again");
		return -AIOT_EBUSY;
	}
	if (t->state != TICKET_DONE)
		return 0;
	call->at.back_hint = 0;
	if (t->result < 0) {
		(void)aiot_call_error(call, AIOT_ERR_TASK_FAILED, "the history cannot be read: %s",
				      t->why);
		aiot_history_taken(t);
		return -AIOT_EIO;
	}
	*ret = t;
	return 1;
}

/* ---- walking back ---- */

static void begin(struct aiot_call *call, const struct asked *a)
{
	struct aiot_history *h = history_of(call);

	call->at.back = h->ring.next_id;
	call->at.until = h->ring.next_id - 1;
	call->at.hint = without_task(call, a->names);
	call->at.left = a->lines < UINT32_MAX ? (uint32_t)a->lines : UINT32_MAX;
	call->at.seq = a->counted ? h->ring.next_id : 0;
	call->at.phase = BACK_MEMORY;
}

static bool back_done(const struct aiot_call *call)
{
	return call->at.left == 0 && call->at.hint == 0;
}

static void back_memory(struct aiot_call *call, const struct asked *a)
{
	struct aiot_history *h = history_of(call);
	struct aiot_histquery q = query_of(call, a);
	struct aiot_histcursor cursor;
	struct aiot_run run;

	aiot_histring_newest(&h->ring, &cursor);
	while (!(q.left == 0 && q.unresolved == 0) && aiot_histring_prev(&h->ring, &cursor, &run)) {
		call->at.back = run.id;
		if (!aiot_histquery_takes(&q, a->names, &run) || q.left == 0)
			continue;
		call->at.seq = run.id;
		q.left--;
	}
	call->at.left = q.left;
	call->at.hint = q.unresolved;
	call->at.phase = back_done(call) || h->disk == NULL ? ON_DISK : BACK_DISK;
}

static int back_disk(struct aiot_call *call, const struct asked *a)
{
	struct aiot_histquery q = query_of(call, a);
	struct aiot_histticket *t = NULL;
	int r;

	q.back = true;
	q.from = call->at.back;
	r = piece(call, &q, a->names, &t);
	if (r <= 0)
		return r;
	call->at.back = t->query.from;
	call->at.left = t->query.left;
	call->at.hint = t->query.unresolved;
	if (t->query.found != 0)
		call->at.seq = t->query.found;
	if (t->query.end || back_done(call))
		call->at.phase = ON_DISK;
	aiot_history_taken(t);
	return 1;
}

/* ---- writing ---- */

/* The rest of a piece for which there is no room on the page is read again. */
static bool put_piece(struct aiot_call *call, const struct aiot_histticket *t)
{
	struct aiot_run run;
	size_t at = 0;

	while (at < t->runs_len) {
		at += aiot_run_unpack(t->runs + at, &run);
		put_run(call, &run);
		call->at.seq = run.id + 1;
		if (aiot_call_full(call))
			return true;
	}
	call->at.seq = t->query.from;
	return false;
}

/* 1: go on; 0: wait; 2: the page is full. */
static int on_disk(struct aiot_call *call, const struct asked *a)
{
	struct aiot_history *h = history_of(call);
	struct aiot_histquery q = query_of(call, a);
	struct aiot_histticket *t = NULL;
	bool full;
	int r;

	if (h->disk == NULL || call->at.seq >= h->ring.first_id || call->at.seq > call->at.until) {
		call->at.phase = ON_MEMORY;
		return 1;
	}
	q.from = call->at.seq;
	q.to = h->ring.first_id - 1 < call->at.until ? h->ring.first_id - 1 : call->at.until;
	r = piece(call, &q, a->names, &t);
	if (r <= 0)
		return r;
	full = put_piece(call, t);
	if (!full && t->query.end)
		call->at.seq = q.to + 1;
	aiot_history_taken(t);
	return full ? 2 : 1;
}

/* true: the page is full. */
static bool on_memory(struct aiot_call *call, const struct asked *a)
{
	struct aiot_history *h = history_of(call);
	struct aiot_histquery q = query_of(call, a);
	struct aiot_histcursor cursor = {0};
	struct aiot_run run;

	if (call->at.phase == GO_ON_MEMORY)
		cursor = (struct aiot_histcursor){call->at.seq, (size_t)call->at.lost};
	while (aiot_histring_next(&h->ring, &cursor, &run) && run.id <= call->at.until) {
		if (run.id < call->at.seq)
			continue;
		call->at.seq = run.id + 1;
		call->at.lost = cursor.offset;
		call->at.phase = GO_ON_MEMORY;
		call->work++;
		if (aiot_histquery_takes(&q, a->names, &run))
			put_run(call, &run);
		if (aiot_call_full(call))
			return true;
	}
	return false;
}

/* ---- the handler ---- */

static enum aiot_call_result refuse(struct aiot_call *call, const struct asked *a)
{
	if (history_of(call)->mem == NULL)
		return aiot_call_error(
			call, AIOT_ERR_BAD_CONFIGURATION,
			"no history is kept: Keep=none in [History] of aiotoolsd.ini");
	if (a->since_us > a->until_us)
		return aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", "since_us",
					  "--since is after --until");
	return AIOT_CALL_DONE;
}

/* Until the runs can be written.  As on_disk(). */
static int walk_back(struct aiot_call *call, const struct asked *a)
{
	int r = 1;

	if (call->at.phase == BEGIN)
		begin(call, a);
	if (call->at.phase == BACK_MEMORY)
		back_memory(call, a);
	while (r == 1 && call->at.phase == BACK_DISK)
		r = back_disk(call, a);
	if (r == 1 && !tell_unknown(call, a->names))
		r = -AIOT_ENOENT;
	call->at.hint = r == 1 ? 0 : call->at.hint;
	return r;
}

enum aiot_call_result aiot_call_history(struct aiot_call *call)
{
	struct asked a;
	int r = 1;

	read_params(call, &a);
	if (call->at.phase == BEGIN && refuse(call, &a) == AIOT_CALL_ERROR)
		return AIOT_CALL_ERROR;
	if (call->at.phase < ON_DISK)
		r = walk_back(call, &a);
	/* What the ring has lost since the last page is on disk by now. */
	if (call->at.phase > ON_DISK && call->at.seq < history_of(call)->ring.first_id)
		call->at.phase = ON_DISK;
	if (r == 1 && call->json.depth == 2) /* else it is open since before a wait */
		aiot_json_put_array(&call->json, "runs");
	while (r == 1 && call->at.phase == ON_DISK)
		r = on_disk(call, &a);
	if (r == 1 && on_memory(call, &a))
		r = 2;
	if (r < 0)
		return AIOT_CALL_ERROR;
	if (r == 0)
		return AIOT_CALL_WAIT;
	aiot_json_put_end_array(&call->json);
	return r == 2 ? AIOT_CALL_PAGE : AIOT_CALL_DONE;
}
