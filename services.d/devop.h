/*
 * devop.h - the struct of the service devop, for its parts: devop.c runs, devop-mode.c has the
 * modes: options, what is kept, the verbs.  Host only.
 */
#ifndef DEVOP_H
#define DEVOP_H

#include <aiotools-posix.h>
#include <aiotools.h>

#include "devop-keep.h"
#include "devop-plan.h"
#include "shell.h"
#include "whole.h"

#define DEVOP_WRONG_BYTES 256

struct devop;

/* A part of a run, which is awaited. */
struct devop_part {
	struct aiot_frame co;
	struct devop *of;
};

struct devop {
	const char *modes, *wait, *state_dir, *report_dir, *action, *reboot_command;
	uint32_t wait_timeout_ms, reset_after_ms, cycles;
	uint8_t cycle;

	const char *mode; /* the present one */
	uint32_t round, waited_ms;

	struct keep keep;
	uint32_t index;		     /* of the present mode */
	bool chosen;		     /* a verb changed what is kept, in this run */
	char dir[WHOLE_PATH_BYTES];  /* where it is kept; "" until that is known */
	char path[WHOLE_PATH_BYTES]; /* of the report that is written */
	struct grow known;	     /* names of services, "\nhello\nworld\n" */
	struct grow on, off;	     /* parameters of the commands that enable and disable */
	struct grow text, stats;     /* the reports */
	uint32_t page_of;	     /* which of their methods is asked */
	struct devop_part part;
	uint64_t began_ns;
	bool timed_out; /* waiting did */
	int code;
	struct shell shell;
	char wrong[DEVOP_WRONG_BYTES];
	char present[PLAN_NAME_BYTES];
};

/* The argument of the verb `mode`. */
struct devop_mode {
	const char *name;
};

/* NULL, or what is wrong with the options, a sentence. */
const char *devop_options_wrong(struct devop *self);
/* The next of wait='s words: the task, and whether its end is meant.  False: there is none. */
bool devop_next_wait(const char **at, char name[AIOT_NAME_BYTES], bool *ret_end);

/* Where things are kept, from Daemon.Info's reply. */
void devop_take_dir(struct devop *self, const char *info);
/* What was kept; without it, or if it is of other modes, the first mode from the beginning. */
void devop_recall(struct aiot_task *t, struct devop *self);
/* 0 or a negative errno. */
int devop_remember(const struct devop *self);
/* The mode behind the present one becomes what is to be kept.  False: it was the last. */
bool devop_step(struct devop *self);

/* Verbs. */
int devop_show_or_choose(struct aiot_task *t, void *instance, const void *args);
int devop_choose_next(struct aiot_task *t, void *instance, const void *args);

#endif
