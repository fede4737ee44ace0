/*
 * condition.h - a compiled condition (when.h) of a schedule, asked about the tasks of a core.
 *
 * when.h is pure; here its questions are answered from the registry, and the tasks that it names
 * are watched, so that it is asked again when one of them begins or ends a run.
 */
#ifndef AIOT_CONDITION_H
#define AIOT_CONDITION_H

#include "watch.h"
#include "when.h"

struct aiot_condition {
	/* private */
	struct aiot_core *core;
	struct aiot_entry *own; /* whose condition it is */
	struct aiot_when *when;
	struct aiot_watch *watches; /* one for each task that is named */
	uint32_t watch_count;
	bool failed;	      /* the last asking did, and it was said */
	struct aiot_out *why; /* while it is asked: why a service's own failed */
	void *owner;
	void (*stirred)(struct aiot_core *core, struct aiot_condition *condition);
	/* condition-ring.c: how the walk under way came here, and what it has looked at */
	struct aiot_condition *from;
	uint32_t walk, step;
};

struct aiot_verdict {
	bool yes;
	bool unset;	  /* it goes by the wall clock, and that is not set */
	int64_t again_us; /* when it may be otherwise, if no task does anything; AIOT_NEVER_US */
};

/* Bytes of memory that are enough to compile a condition of that text, whatever it says. */
size_t aiot_condition_bytes(const char *text);

/*
 * Compile into c (aiot_condition_bytes(), zeroed).  own: the entry's name, for conditions that its
 * service declares.  -AIOT_EINVAL: wrong, it names a task that nobody knows, or it waits for one
 * that waits for this; a sentence in why.
 */
int aiot_condition_compile(struct aiot_core *core, struct aiot_condition *c, const char *text,
			   const char *own, struct aiot_out *why);

/* Whether the text is a condition at all, whatever tasks there are.  mem: aiot_condition_bytes().
 */
int aiot_condition_check(const char *text, void *mem, struct aiot_out *why);

/* Bytes that one which was compiled takes; a tenth of that, mostly. */
size_t aiot_condition_used(const struct aiot_condition *c);
/* Copy it to zeroed memory of that size. */
void aiot_condition_copy(const struct aiot_condition *from, struct aiot_condition *to);

/*
 * Watch the tasks that it names: stirred is called when one acts, inside a round or an order, and
 * must give none.
 */
void aiot_condition_begin(struct aiot_core *core, struct aiot_condition *c, struct aiot_entry *own,
			  void *owner,
			  void (*stirred)(struct aiot_core *core, struct aiot_condition *c));
void aiot_condition_end(struct aiot_core *core, struct aiot_condition *c);

/* Whether it goes by the wall clock, and that is plainly not set. */
bool aiot_condition_unset(const struct aiot_condition *c, int64_t now_us);

/*
 * Is it true?  One that cannot be asked (a service's own failed) counts as false and is asked again
 * in a cycle; the log says so once.  Unless failures are not silenced: then the owner is told.
 */
void aiot_condition_ask(struct aiot_core *core, struct aiot_condition *c, int64_t now_us,
			struct aiot_verdict *ret);

/* Where the next span in which it is true begins, behind the one at after_us; false: none known. */
bool aiot_condition_next(struct aiot_core *core, struct aiot_condition *c, int64_t after_us,
			 int64_t *ret_us);

/* ---- condition-ring.c ---- */

/*
 * Refuse a condition of `own` that waits for a task that waits, perhaps by others, for `own`: none
 * of them would ever run by itself.  -AIOT_EINVAL: a sentence in why names them all.
 */
int aiot_condition_check_ring(struct aiot_core *core, struct aiot_condition *c, const char *own,
			      struct aiot_out *why);

/* ---- condition-word.c ---- */

/* Whether a word is a condition of the own task's service, or ("sensor:warm") of another's: 0. */
int aiot_condition_find_word(struct aiot_core *core, const char *own, const char *word, size_t len);

/* 1, 0, or negative: it failed, and why has the reason.  arg NULL: none was given. */
int aiot_condition_ask_word(struct aiot_core *core, struct aiot_entry *own, const char *word,
			    const char *arg, struct aiot_out *why);

#endif
