/*
 * when-private.h - what the files of the condition language share.
 *
 * when.c reads operators and builds the block, when-read.c reads one condition (when-task.c those
 * about tasks, when-mark.c dates, when-span.c spans), when-eval.c answers, when-text.c writes it
 * down again.
 */
#ifndef AIOT_WHEN_PRIVATE_H
#define AIOT_WHEN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cron.h"
#include "period.h"
#include "when.h"

#define WHEN_TASKS_MAX 128u
#define WHEN_CONDS_MAX 32u
#define WHEN_NAME_MAX 160u /* of a task, with its node and a service's word */
#define WHEN_FINISHED (AIOT_WHEN_SUCCESS | AIOT_WHEN_FAIL)

enum when_op {
	/* operators; all else is a condition by itself, a leaf */
	WHEN_NOT,
	WHEN_AND,
	WHEN_OR,
	WHEN_TRUE,
	WHEN_FALSE,
	WHEN_STARTUP,
	WHEN_TIME,     /* time of day ...: the clock alone */
	WHEN_ONCE,     /* daily ...: the clock, and no end in this window yet */
	WHEN_CRON,     /* the minute, and no start in it yet */
	WHEN_CRONTIME, /* the minute alone */
	WHEN_EVERY,
	WHEN_HAS,
	WHEN_RUNNING,
	WHEN_AFTER,
	WHEN_RETRY,
	WHEN_SCHED_STARTED, /* within the span before now */
	WHEN_SCHED_RUN,	    /* longer ago than that */
	WHEN_CYCLES,
	WHEN_ENV,
	WHEN_PARAM,
	WHEN_CUSTOM,
};

/* How a period was written. */
enum when_form {
	WHEN_WHOLE,
	WHEN_BEFORE,
	WHEN_BEHIND, /* after */
	WHEN_BETWEEN,
	WHEN_STARTING,
	WHEN_ON,
};

/* Of WHEN_HAS: since when. */
enum when_since {
	WHEN_EVER,
	WHEN_IN_PERIOD,
	WHEN_IN_PAST,
	WHEN_OWN_PERIOD, /* nothing was written: the period of what schedules the own task */
	WHEN_OWN_PAST,
};

/* Of WHEN_RUNNING and WHEN_CYCLES. */
enum when_compare {
	WHEN_ANY,
	WHEN_MORE,
	WHEN_LESS,
	WHEN_EXACTLY,
};

struct when_node {
	uint8_t op;
	uint8_t form; /* enum when_form */
	uint8_t how;  /* enum when_since or when_compare, by op */
	uint8_t actions;
	bool listed;	      /* AND, OR: of "after tasks 'a', 'b'" */
	int16_t slot;	      /* of a task or a custom condition */
	uint16_t first;	      /* the node with which the part that ends here begins */
	uint16_t text, value; /* of ENV and PARAM: in the text; value 0: none */
	union {
		struct aiot_period period;
		struct aiot_cron cron;
		int64_t span_us;
		int64_t number; /* RETRY: -1 always */
	};
};

/* A name in the text; arg 0: none (the text begins at 1). */
struct when_ref {
	uint16_t text, arg;
};

/* The block: this, its nodes in postfix order, the tasks' and conditions' names, the text. */
struct aiot_when {
	uint32_t size;
	uint16_t node_count, task_count, cond_count;
	uint16_t uses_own;
	uint32_t text_at; /* bytes from here */
	struct when_node node[];
};

static inline const char *when_string(const struct aiot_when *w, uint16_t at)
{
	return (const char *)w + w->text_at + at;
}

static inline const struct when_ref *when_refs(const struct aiot_when *w)
{
	return (const struct when_ref *)(w->node + w->node_count);
}

/* ---- reading ---- */

/* A name as it stands in the text. */
struct when_word {
	size_t at, len;
};

struct when_reader {
	const char *text;
	size_t len, at;
	const struct aiot_when_resolver *resolver;
	struct aiot_when_error *error;
	struct aiot_when *block; /* nodes are added here */
	size_t room;		 /* nodes that fit */
	unsigned task_count, cond_count;
	bool uses_own;
	struct when_word task[WHEN_TASKS_MAX];
	struct when_word cond[WHEN_CONDS_MAX], cond_arg[WHEN_CONDS_MAX];
};

char when_peek(const struct when_reader *r);
void when_skip_blanks(struct when_reader *r);
/* Take the word (in lower case) if it is the next one, with the blanks behind it. */
bool when_take(struct when_reader *r, const char *word);
/* Take all of "more than", each a word. */
bool when_take_words(struct when_reader *r, const char *words);
/* "expected ..., not '...'": returns -AIOT_EINVAL. */
int when_refuse(struct when_reader *r, size_t at, const char *expected);
/* A sentence of its own. */
int when_complain(struct when_reader *r, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Add a node; its `first` is set. */
int when_add(struct when_reader *r, const struct when_node *node);

/* One condition, so up to an operator; adds its nodes.  when-read.c */
int when_read_leaf(struct when_reader *r);

/* '...' or "..."; blanks behind it are taken.  empty: nothing in it is allowed. */
int when_read_quoted(struct when_reader *r, const char *expected, bool empty,
		     struct when_word *ret);
bool when_same_word(const struct when_reader *r, const struct when_word *a,
		    const struct when_word *b);

/* when-task.c: behind "task", "while", "after", "retry"; then "has ..." or "is running" of a task,
 * and what follows "running". */
int when_read_task(struct when_reader *r);
int when_read_while(struct when_reader *r);
int when_read_after(struct when_reader *r);
int when_read_retry(struct when_reader *r);
int when_read_state(struct when_reader *r, int16_t slot);
int when_read_running(struct when_reader *r, int16_t slot);

/* when-mark.c: [before X | after X | between X and Y | starting X | on X], whole where none is
 * there. */
int when_read_period(struct when_reader *r, enum aiot_period_unit unit, struct when_node *node);
void when_put_period(const struct when_node *node, struct aiot_out *out);
/* when-span.c: a time span, up to something that can't belong to it. */
int when_read_span(struct when_reader *r, int64_t *ret_us);
/* Digits, at most `max`. */
int when_read_number(struct when_reader *r, int64_t max, const char *expected, int64_t *ret);

#endif
