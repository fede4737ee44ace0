/*
 * stats-answer.h - the text of an answer, from the pages of a command's reply.  Host only.
 *
 * Called by stats.c for one request at a time: answer_begin(), answer_take_page() for each page,
 * answer_make() in a thread, since thousands of tasks are megabytes; then `text` is the caller's,
 * and answer_end() frees the rest.
 */
#ifndef STATS_ANSWER_H
#define STATS_ANSWER_H

#include <stdbool.h>

#include "grow.h"

struct answer {
	const char *array; /* the member that has the elements */
	bool metrics;	   /* for Prometheus; else JSON */
	struct grow elements;
	struct grow text; /* its error tells of both */
};

void answer_begin(struct answer *answer, const char *array, bool metrics);
void answer_take_page(struct answer *answer, const char *reply);
/* A struct answer *: what aiot_work() calls. */
void answer_make(void *answer);
void answer_end(struct answer *answer);

#endif
