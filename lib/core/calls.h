/*
 * calls.h - what the handlers of the core's commands share: walking the tasks that a call names,
 * and writing entries and log records as data.
 */
#ifndef AIOT_CALLS_H
#define AIOT_CALLS_H

#include "command.h"
#include "core.h"
#include "elsewhere.h"
#include "schedule.h"

/*
 * A walk over the tasks that the call's "names" mean, in the order of the names, by name within a
 * pattern; all but hidden ones when there are none.  A task that several names mean comes once,
 * with the first of those that name it plainly, else with the first pattern.  Its place is kept in
 * call->at (count: which name, name: the last task of a pattern), so it goes on where an earlier
 * page ended.
 */
struct aiot_names {
	struct aiot_call *call;
	bool all;			 /* no names were given */
	bool plain;			 /* the last task was named plainly, not by a pattern */
	char missing[AIOT_NAME_MAX + 1]; /* set with MISSING and NOTHING */
	/* private: the names given, how many of them were taken, and the last of these */
	struct aiot_json given, value;
	struct aiot_json_iter it;
	uint32_t taken;
};

enum aiot_names_result {
	AIOT_NAMES_TASK,
	AIOT_NAMES_MISSING, /* a plain name that no task has */
	AIOT_NAMES_NOTHING, /* a pattern that matched nothing */
	AIOT_NAMES_END,
	AIOT_NAMES_AGAIN, /* nothing yet: the page is full, or go on */
};

void aiot_names_begin(struct aiot_names *names, struct aiot_call *call);
/* Walk from the beginning again. */
void aiot_names_rewind(struct aiot_names *names);
enum aiot_names_result aiot_names_next(struct aiot_names *names, struct aiot_entry **ret);

/*
 * Name number n of the call, as it was given ("*" when there are none); one that is too long for
 * any task is cut to what no task is called.  false behind the last.
 */
bool aiot_names_nth(struct aiot_names *names, uint32_t n, char text[AIOT_NAME_MAX + 1]);

/* Whether a record or service of that name is meant by a plain name or pattern. */
bool aiot_name_meant(const char *pattern, const char *name, size_t name_len);

/* Why a plain name is no task's, a sentence of up to AIOT_MISSING_MAX bytes. */
#define AIOT_MISSING_MAX AIOT_SENTENCE_MAX
void aiot_missing_task(const struct aiot_call *call, const char *name, struct aiot_out *out);

/*
 * Whether one reply for all that is named could be too long, which is too late to say when it is
 * being done: false where several replies are welcome.
 */
bool aiot_names_need_more(struct aiot_call *call);

/* Rows of the open "failed" and "done" arrays of an action's reply (TaskError, TaskState). */
void aiot_put_failed(struct aiot_call *call, const char *name, enum aiot_error_id id,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void aiot_put_missing(struct aiot_call *call, const char *name);
/* What a step of the walk says of a name that means no task; nothing where it found one. */
void aiot_put_unmet(struct aiot_call *call, const struct aiot_names *names,
		    enum aiot_names_result result);
void aiot_put_done(struct aiot_call *call, const char *name, const char *state);
/* A task as it is now, a row of "done". */
void aiot_put_entry(struct aiot_call *call, const struct aiot_entry *e);

/*
 * The one task that "name" means; NULL: none, or it is a pattern: the error reply is made, whose
 * result the handler returns.
 */
struct aiot_entry *aiot_call_entry(struct aiot_call *call);

/* One record for an order that was given, whatever it was given to: what, and by whom. */
void aiot_log_order(struct aiot_call *call);

/*
 * How long a record's text may be where it is written next: on boards replies have a fixed size.
 * The text is cut to that.
 */
#define AIOT_RECORD_BYTES 224 /* of its object at most, without name and text */
size_t aiot_record_room(const struct aiot_ring_record *record, const struct aiot_out *out);
/* One Record object (idl.c). */
void aiot_record_json(const struct aiot_ring_record *record, struct aiot_json_out *json);

/* The call's error: there is no such task, and what it may be instead. */
enum aiot_call_result aiot_call_no_such_task(struct aiot_call *call, const char *name);

/* A schedule as the member "schedule". */
void aiot_schedule_json(struct aiot_core *core, struct aiot_schedule *s, uint64_t now_ns,
			struct aiot_json_out *json);

/*
 * A row of "reports": what the task's service tells of it, else its stats; one that has neither
 * only if it was named.
 */
void aiot_report_put(struct aiot_call *call, bool named, struct aiot_entry *e);

/* The handlers. */
aiot_call_fn aiot_call_set, aiot_call_results, aiot_call_stats, aiot_call_is_active,
	aiot_call_is_failed, aiot_call_reset_failed, aiot_call_trigger, aiot_call_pause,
	aiot_call_resume, aiot_call_wait, aiot_call_verb, aiot_call_debug, aiot_call_report;
aiot_call_fn aiot_call_status, aiot_call_list, aiot_call_start, aiot_call_stop, aiot_call_restart,
	aiot_call_traceback, aiot_call_schedule, aiot_call_unschedule, aiot_call_timers,
	aiot_call_log, aiot_call_follow, aiot_call_info;

#endif
