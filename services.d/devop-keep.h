/*
 * devop-keep.h - what the service devop keeps on disk: the present mode, and how far it is; and the
 * text of its reports.  Host only.
 */
#ifndef DEVOP_KEEP_H
#define DEVOP_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "devop-plan.h"
#include "grow.h"

struct keep {
	char mode[PLAN_NAME_BYTES];
	uint32_t round; /* of all modes, that are through */
	bool over;	/* no further one is to come */
};

/* 0; -ENOENT: there is no such file; -EBADMSG: it is none of ours; or another negative errno. */
int keep_read(const char *path, struct keep *ret);
/* 0 or a negative errno; then the file is as it was. */
int keep_write(const char *path, const struct keep *keep);

/* A page of Task.Status: a line for each task. */
void keep_put_tasks(const char *reply, struct grow *out);
/* A page of Task.Report: what services tell of themselves. */
void keep_put_reports(const char *reply, struct grow *out);
/* A page of Task.Stats: its elements, with commas between all. */
void keep_put_stats(const char *reply, struct grow *out);

#endif
