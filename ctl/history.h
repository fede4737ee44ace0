/*
 * history.h - what tasks did, from a file, as facts for a condition.
 */
#ifndef CTL_HISTORY_H
#define CTL_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "out.h"
#include "when.h"

struct ctl_record {
	int64_t at_us;
	size_t line; /* for records of one time: later lines are later */
	unsigned action;
};

/* The records of one task, oldest first. */
struct ctl_track {
	const char *task; /* NULL: nobody's, so that there are none */
	struct ctl_record *records;
	size_t count, room;
};

struct ctl_history {
	struct ctl_track *tracks; /* the own task, then one for each task of the condition */
	size_t count;
};

/*
 * Room for the records of the tasks that a condition names, and of its own one (NULL: none given).
 * 0 or -AIOT_ENOMEM, with a sentence.  The names must outlive it.
 */
int ctl_history_init(struct ctl_history *h, const struct aiot_when *w, const char *own,
		     struct aiot_out *why);
void ctl_history_finish(struct ctl_history *h);

/*
 * Read lines of TASK, ACTION and TIME with a tab between each; those of other tasks and those after
 * now_us are checked and forgotten.  Empty lines and lines that begin with # do not count.  0, or
 * negative with a sentence that names the line.
 */
int ctl_history_read(struct ctl_history *h, const char *path, int64_t now_us, struct aiot_out *why);

/* Facts that come from the history, which is to be their ctx; the rest is left alone. */
void ctl_history_facts(struct ctl_history *h, struct aiot_when_facts *facts);

#endif
