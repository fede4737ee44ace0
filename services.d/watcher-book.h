/*
 * watcher-book.h - what the service watcher knows of failures: for each task that ever failed which
 * run it was, how often it failed and of what, and what is allowed.  Nothing but memory: it starts
 * nothing and tells nobody.  Host only.
 */
#ifndef WATCHER_BOOK_H
#define WATCHER_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aiotools-json.h>

#include "grow.h"

#define BOOK_NAME_BYTES 136 /* NODE:TASK */
#define BOOK_KINDS 8	    /* told apart; what is beyond is "other" */
#define BOOK_ROWS_MAX 4096u
#define BOOK_LAST_BYTES 200

struct book_kind {
	char name[24]; /* EIO */
	uint32_t count;
};

struct book_row {
	char name[BOOK_NAME_BYTES];
	uint64_t id, run; /* of the failure that was counted last */
	int64_t at_s;	  /* when it was seen */
	uint32_t errors, restarts;
	struct book_kind kinds[BOOK_KINDS + 1]; /* as far as they have a name; the last is "other"
						 */
	char last[BOOK_LAST_BYTES];		/* what it said then */
	bool fresh;				/* it failed since the pass before */
	bool due;				/* it is to be started */
	bool there;				/* the last pass met it, and it had failed */
};

/* All zero is empty. */
struct book {
	struct book_row *rows; /* by name */
	uint32_t count, size;
	uint32_t errors;  /* of all, those without a row, too */
	uint32_t changes; /* goes up with whatever the report shows */
	uint32_t lost;	  /* failures of the present pass for which there was no row */
};

void book_free(struct book *book);
/* Before a pass: nothing is fresh or due. */
void book_begin(struct book *book);
/*
 * A task as Task.Status has it.  Its row if its last run failed, else NULL; `fresh` if that was not
 * counted yet, which it now is.
 */
struct book_row *book_note(struct book *book, struct aiot_json task, int64_t wall_s);
/* Count from zero; which runs were counted stays known, so that no failure is counted again. */
void book_clear(struct book *book);
/* {"errors":3,"tasks":[{"name":...,"errors":2,"restarts":2,"kinds":{"EIO":2},"last":...}]} */
void book_put_json(const struct book *book, struct grow *out);

/* Whether one of a list of names and patterns, with blanks or commas between, is this task. */
bool book_listed(const char *list, const char *name);
/*
 * A list of limits, "hello.service:5 net*:3": NULL, or what is wrong with it, a sentence (in wrong,
 * of size bytes).
 */
const char *book_limits_wrong(const char *limits, char *wrong, size_t size);
/*
 * The first task that failed freshly and has failed more often than the list allows, NULL: there is
 * none.
 */
const struct book_row *book_over(const struct book *book, const char *limits, uint32_t *ret_limit);

#endif
