/*
 * render-private.h - what the render*.c files share, and nobody else.
 */
#ifndef AIOT_RENDER_PRIVATE_H
#define AIOT_RENDER_PRIVATE_H

#include "command-private.h"
#include "render.h"

/* ---- render-text.c: single values ---- */

/* A string's text with control characters escaped; nothing for other values. */
void aiot_put_text(struct aiot_json string, struct aiot_out *out);
/* The same, but newlines stay: for results. */
void aiot_put_lines(struct aiot_json string, struct aiot_out *out);
/* And with four blanks behind each of them, as no line of ours begins. */
void aiot_put_indented(struct aiot_json string, struct aiot_out *out);
/* Any value: strings as text, null and absent as nothing, the rest as JSON in one line. */
void aiot_put_value(struct aiot_json value, struct aiot_out *out);
/* The same as JSON, strings in quotes too. */
void aiot_put_compact(struct aiot_json value, struct aiot_out *out);
/* Text in a colour, when there are colours; code is "33;1", NULL: plain. */
void aiot_put_colored(const struct aiot_render *r, const char *code, const char *text,
		      struct aiot_out *out);
/* Whole number of an object's member, 0 if it has none. */
int64_t aiot_member_i64(struct aiot_json obj, const char *key);
/* Whether the member is there and not null. */
bool aiot_member_given(struct aiot_json obj, const char *key);
/* Microseconds as a local time, and as "9 s". */
void aiot_put_time_us(int64_t us, struct aiot_out *out);
void aiot_put_ago_us(int64_t us, struct aiot_out *out);
/* "EDOM: divide by zero". */
void aiot_put_error(struct aiot_json error, struct aiot_out *out);
/* Colours of a task's state; NULL: plain. */
const char *aiot_state_dot(struct aiot_json state);
const char *aiot_state_color(struct aiot_json state);
/* "hello.service", for "hello" too. */
void aiot_put_service_name(struct aiot_json name, struct aiot_out *out);

/* ---- render-table.c ---- */

typedef void aiot_cell_fn(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out);

struct aiot_column {
	const char *title;
	aiot_cell_fn *cell;
	uint8_t least; /* characters that it is wide at least: AIOT_ON_BOARDS() */
	/*
	 * The member that the cell is given instead of the row; all of a row are looked up at once,
	 * which counts where there are thousands.  NULL: the row.
	 */
	const char *key;
	/* A member, and what stands behind the cell's text in rows in which it is true. */
	const char *flag, *note;
};
/* A board's console keeps no reply, so that one page of a table does not know how wide others are.
 */
#define AIOT_ON_BOARDS(width) (AIOT_BOARD ? (width) : 0)

/* Rows in columns as wide as their widest cell; head: with a line of titles. */
void aiot_put_table(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json rows, bool head, struct aiot_out *out);
#if !AIOT_BOARD
/*
 * A row for each member of each element's object `pairs`: the columns are given the element, the
 * member's key and its value.  An element without any has a row with its first column.
 */
void aiot_put_pairs_table(const struct aiot_render *r, const struct aiot_column columns[3],
			  struct aiot_json elements, const char *pairs, bool head,
			  struct aiot_out *out);
#endif

/* ---- whole replies, and parts of them that several need ---- */

/* render-status.c */
void aiot_render_status(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);
void aiot_render_list(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);
/* "running since ..."; what comes behind "status: ". */
void aiot_put_state(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out);
/* "changed on disk ..." and the end of the line. */
void aiot_put_changed(struct aiot_json name, struct aiot_out *out);
void aiot_put_dot(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out);
/* "NAME: status: ..." behind its dot, and a newline. */
void aiot_put_status_line(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out);
/* The line of a task of which nothing is heard; nothing for others. */
void aiot_put_away(struct aiot_json away, struct aiot_out *out);
/* Of one that is held: why, and what ends that. */
#if AIOT_SUPERVISE
void aiot_put_held(struct aiot_json task, struct aiot_out *out);
#else
static inline void aiot_put_held(struct aiot_json task, struct aiot_out *out)
{
	(void)task;
	(void)out; /* a board's tasks are not supervised */
}
#endif
/*
 * The schedule as it was written, behind `before`; of a small board, which does not keep that, its
 * Every.  false: neither is known, nothing was put.
 */
bool aiot_put_plan(const char *before, struct aiot_json schedule, struct aiot_out *out);
/* "schedule: ..." without indentation and newline. */
void aiot_put_schedule(struct aiot_json schedule, bool paused, struct aiot_out *out);

#define AIOT_RENDER_BRANCH "    \xe2\x94\x97\xe2\x94\x81\xe2\x96\xba " /* a corner and an arrow */

/* render-debug.c */
void aiot_render_stats(const struct aiot_render *r, struct aiot_json reply, bool first,
		       struct aiot_out *out);
void aiot_render_debug(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out);
void aiot_render_tracebacks(struct aiot_json reply, struct aiot_out *out);

/* render-report.c */
void aiot_render_reports(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);

/* render-log.c */
void aiot_put_record(const struct aiot_render *r, enum aiot_form form, struct aiot_json record,
		     struct aiot_out *out);
void aiot_render_log(const struct aiot_render *r, struct aiot_json request, struct aiot_json reply,
		     struct aiot_out *out);

/* render-history.c */
void aiot_render_history(const struct aiot_render *r, struct aiot_json reply, bool first,
			 struct aiot_out *out);
/* Names that nothing is known of, for stderr. */
void aiot_render_history_notes(struct aiot_json reply, struct aiot_out *out);

/* render-service.c */
void aiot_render_services(const struct aiot_render *r, struct aiot_json request,
			  struct aiot_json reply, bool first, struct aiot_out *out);
/* Lines [ OK ] and [ ERROR ]; done: what became of them when it went well, "loaded". */
/* Those of them that failed, for stderr. */
void aiot_render_loading_failures(const char *done, struct aiot_json reply, struct aiot_out *out);
/* What of a log is not as it was asked for, for stderr. */
void aiot_render_log_notes(struct aiot_json reply, struct aiot_out *out);
void aiot_render_loading(const struct aiot_render *r, const char *done, struct aiot_json reply,
			 struct aiot_out *out);
/* "Service: hello.service from PATH" */
void aiot_put_service(struct aiot_json service, struct aiot_out *out);
/* Its ERROR line; done: what it is not. */
void aiot_put_load_failure(const struct aiot_render *r, const char *done, struct aiot_json service,
			   struct aiot_out *out);
void aiot_render_describe(const struct aiot_render *r, struct aiot_json reply,
			  struct aiot_out *out);

/* render-reload.c */
void aiot_render_reloaded(const struct aiot_render *r, struct aiot_json reply,
			  struct aiot_out *out);
void aiot_render_installed(const struct aiot_render *r, struct aiot_json reply,
			   struct aiot_out *out);
void aiot_render_removed(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);
/* Those that were not, for stderr. */
void aiot_render_reload_failures(struct aiot_json reply, struct aiot_out *out);

/* render-timers.c */
void aiot_render_timers(const struct aiot_render *r, struct aiot_json reply, bool first,
			struct aiot_out *out);
void aiot_render_scheduled(const struct aiot_render *r, struct aiot_json reply,
			   struct aiot_out *out);
/* render-life.c */
void aiot_render_set(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);
void aiot_render_results(struct aiot_json reply, struct aiot_out *out);
void aiot_render_ended(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);
void aiot_render_is(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out);
/* Those of them that are no tasks, for stderr. */
void aiot_render_unknown(struct aiot_json reply, struct aiot_out *out);
void aiot_render_added(struct aiot_json reply, struct aiot_out *out);
void aiot_render_answer(struct aiot_json reply, struct aiot_out *out);
void aiot_render_debug_mode(const struct aiot_render *r, struct aiot_json reply,
			    struct aiot_out *out);

/* render-boot.c: boards have no services that need each other */
#if AIOT_BOARD
static inline void aiot_render_boot(const struct aiot_render *r, const struct aiot_command *command,
				    struct aiot_json request, struct aiot_json reply,
				    struct aiot_out *out)
{
	(void)r;
	(void)command;
	(void)request;
	(void)reply;
	(void)out;
}
#else
/* Of dependencies and analyze. */
void aiot_render_boot(const struct aiot_render *r, const struct aiot_command *command,
		      struct aiot_json request, struct aiot_json reply, struct aiot_out *out);
#endif

/* render-config.c: of services' files and settings, which boards do not have */
#if AIOT_BOARD
static inline bool aiot_render_config(const struct aiot_render *r,
				      const struct aiot_command *command, struct aiot_json request,
				      struct aiot_json reply, struct aiot_out *out)
{
	(void)r;
	(void)command;
	(void)request;
	(void)reply;
	(void)out;
	return false;
}

static inline int aiot_render_config_exit(const struct aiot_command *command,
					  struct aiot_json reply)
{
	(void)command;
	(void)reply;
	return 0;
}
#else
/* false: the reply is none of theirs. */
bool aiot_render_config(const struct aiot_render *r, const struct aiot_command *command,
			struct aiot_json request, struct aiot_json reply, struct aiot_out *out);
int aiot_render_config_exit(const struct aiot_command *command, struct aiot_json reply);
#endif
/* The code of the first service with a failure, by what its fault means. */
int aiot_service_exit(struct aiot_json reply);

/* render-info.c */
void aiot_render_info(struct aiot_json obj, struct aiot_out *out);

#endif
