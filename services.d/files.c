/*
 * files - runs a task when files change: triggers, starts, restarts or stops it.  Host only
 * (Linux's inotify).
 * The runtime calls files_init once, which checks the options, and runs files().  Changes are
 * collected until nothing has happened for `settle`; then the task is ordered once, or, with
 * `pass`, once for each path, which it gets as that option.  Directories are read in a thread
 * (watching.h).  An order that is refused is logged and counted, and the next change tries again.
 *
 *	paths = /etc/app/[a-z]*.conf
 *	task = app.service
 *	do = restart
 */
#include <aiotools-posix.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "watching.h"

#define BETWEEN " ,"
#define PATH_BYTES 1024
#define PATHS_MAX 64u /* told one by one */
#define WRONG_BYTES (PATH_BYTES + 128)

enum order { TRIGGER, START, RESTART, STOP, ORDERS };

static const char *const order_names[] = {"trigger", "start", "restart", "stop"};
static const char *const order_done[] = {"triggered", "started", "restarted", "stopped"};

struct files {
	const char *paths, *task, *order, *on, *pass;
	uint32_t settle_ms, directories_max;

	uint32_t changes, orders, failures; /* told, given, refused */
	uint32_t directories;
	const char *last; /* last_path, once there is one */
	enum order what;
	unsigned wanted; /* WATCHING_... */
	struct watching watching;
	uint32_t pending, at; /* paths below */
	bool more;	      /* than fit */
	char *pending_paths[PATHS_MAX];
	const char *args[3];
	char last_path[PATH_BYTES];
	char wrong[WRONG_BYTES];
	const char *refused;
};

/* ---- options --------------------------------------------------------------------------------- */

static const char *read_changes(const char *list, unsigned *ret_wanted)
{
	static const char *const names[] = {"created", "changed", "deleted"};
	char word[16] = "";
	unsigned wanted = 0, i;

	while (next_item(&list, BETWEEN, word, sizeof(word)) > 0) {
		for (i = 0; i < 3 && strcmp(word, names[i]) != 0; i++)
			continue;
		if (i == 3)
			return "on: it is made of created, changed and deleted";
		wanted |= 1u << i;
	}
	*ret_wanted = wanted | WATCHING_LOST;
	return wanted != 0 ? NULL : "on: it is made of created, changed and deleted";
}

/* NULL, or what is wrong with the options, which are read on the way. */
static const char *read_options(struct files *self)
{
	const char *why = read_changes(self->on, &self->wanted);

	if (why != NULL)
		return why;
	if (self->task[0] == '\0')
		return "task: there is none; which is to run?";
	for (self->what = TRIGGER; self->what < ORDERS; self->what++)
		if (strcmp(self->order, order_names[self->what]) == 0)
			break;
	if (self->what == ORDERS)
		return "do: it is trigger, start, restart or stop";
	if (self->pass[0] != '\0' && self->what != TRIGGER)
		return "pass: only do = trigger hands on a path";
	if (self->directories_max == 0 || self->directories_max > WATCHING_DIRS_MOST)
		return "max-directories: it is 1 to 16384";
	self->watching.dirs_max = self->directories_max;
	why = watching_add_list(&self->watching, "paths", self->paths, self->wrong,
				sizeof(self->wrong));
	if (why == NULL && self->watching.pattern_count == 0)
		why = "paths: there is none; what is watched?";
	return why;
}

/* ---- changes --------------------------------------------------------------------------------- */

/* Keep a path to be told.  Those that are beyond what can be kept are told together, by none. */
static void keep_path(struct files *self, const char *path)
{
	uint32_t i;

	for (i = 0; i < self->pending; i++)
		if (strcmp(self->pending_paths[i], path) == 0)
			return;
	if (self->pending < PATHS_MAX)
		self->pending_paths[self->pending] = strdup(path);
	if (self->pending < PATHS_MAX && self->pending_paths[self->pending] != NULL)
		self->pending++;
	else
		self->more = true;
}

static void hear_change(void *ctx, const char *path, unsigned changes)
{
	struct files *self = ctx;

	if ((changes & self->wanted) == 0)
		return;
	self->changes++;
	if (path[0] == '\0') {
		self->more = true;
		return;
	}
	(void)snprintf(self->last_path, sizeof(self->last_path), "%s", path);
	self->last = self->last_path;
	keep_path(self, path);
}

static void forget_paths(struct files *self)
{
	while (self->pending > 0)
		free(self->pending_paths[--self->pending]);
	self->more = false;
	self->at = 0;
}

static bool has_changes(const struct files *self)
{
	return self->pending > 0 || self->more;
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* One order: with the next path, or with none for all of them. */
static struct aiot_wait give_order(struct aiot_task *t, struct files *self)
{
	bool one = self->pass[0] != '\0' && self->at < self->pending;

	self->args[0] = self->pass;
	self->args[1] = one ? self->pending_paths[self->at] : NULL;
	self->args[2] = NULL;
	switch (self->what) {
	case START:
		return aiot_task_start(t, self->task);
	case RESTART:
		return aiot_task_restart(t, self->task);
	case STOP:
		return aiot_task_stop(t, self->task);
	default:
		return aiot_task_trigger(t, self->task, one ? self->args : NULL);
	}
}

/* What became of it.  A task that is already as it is to be is fine. */
static void note_order(struct aiot_task *t, struct files *self)
{
	int r = aiot_waited(t);

	if (r < 0 && r != -AIOT_EALREADY) {
		self->failures++;
		aiot_warn(t, "%s: %s '%s' failed: %s", self->last ? self->last : "changes",
			  order_names[self->what], self->task, aiot_reply_message(t));
		return;
	}
	self->orders++;
	if (self->args[1] != NULL)
		aiot_info(t, "%s: %s '%s'", self->args[1], order_done[self->what], self->task);
	else if (self->pending == 1 && !self->more)
		aiot_info(t, "%s: %s '%s'", self->pending_paths[0], order_done[self->what],
			  self->task);
	else
		aiot_info(t, "%u%s paths: %s '%s'", self->pending, self->more ? " and more" : "",
			  order_done[self->what], self->task);
}

/* Whether that was the last order for these changes. */
static bool all_told(struct files *self)
{
	self->at++;
	if (self->pass[0] == '\0')
		return true;
	return self->at >= self->pending + (self->more ? 1u : 0u);
}

static enum aiot_co files(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct files, self);
	watching_init(&self->watching, hear_change, self);
	self->pending = 0;
	self->more = false;
	self->refused = read_options(self); /* `set` may have changed them since .init */
	if (self->refused != NULL)
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", self->refused);
	self->watching.stale = true;
	for (;;) {
		while (self->watching.stale) {
			AIOT_WAIT(t, aiot_work(t, watching_look, &self->watching));
			if (watching_take(&self->watching) < 0)
				AIOT_FAIL(t, self->watching.error, "%s", self->watching.why);
		}
		self->directories = self->watching.now.count;
		AIOT_WAIT(t, aiot_fd_wait(t, self->watching.fd, AIOT_FD_READ,
					  watching_wait_ms(&self->watching, aiot_now_ns(t),
							   has_changes(self), self->settle_ms)));
		watching_hear(&self->watching);
		if (!has_changes(self) ||
		    !watching_settled(&self->watching, aiot_now_ns(t), aiot_waited(t)))
			continue;
		self->at = 0;
		do {
			AIOT_WAIT(t, give_order(t, self));
			note_order(t, self);
		} while (!all_told(self));
		forget_paths(self);
	}
	AIOT_FINALLY(t);
	forget_paths(self);
	watching_finish(&self->watching);
	AIOT_END(t);
}

static int files_init(struct aiot_task *t, void *instance)
{
	struct files *self = instance;
	const char *wrong;

	watching_init(&self->watching, hear_change, self);
	wrong = read_options(self);
	watching_finish(&self->watching);
	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct files, paths, "paths", "",
		     "what is watched: absolute paths, with * ? [ ] and ** (all below); a "
		     "directory: what is in it"),
	AIOT_OPT_STR(struct files, task, "task", "", "which task, or pattern of tasks"),
	AIOT_OPT_STR(struct files, order, "do", "trigger", "trigger, start, restart or stop it"),
	AIOT_OPT_STR(struct files, on, "on", "created changed deleted",
		     "what counts; changed alone: files that are complete"),
	AIOT_OPT_STR(struct files, pass, "pass", "",
		     "the task's option that gets the path, a run for each; empty: none"),
	AIOT_OPT_MS_LIVE(struct files, settle_ms, "settle", "200ms",
			 "how long nothing more must happen"),
	AIOT_OPT_U32(struct files, directories_max, "max-directories", "1024",
		     "more than so many, with those on the way, are an error"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct files, changes, "changes heard of"),
	AIOT_STAT_U32(struct files, orders, "orders given"),
	AIOT_STAT_U32(struct files, failures, "orders that failed"),
	AIOT_STAT_U32(struct files, directories, "directories watched"),
	AIOT_STAT_STR(struct files, last, "the last path"),
	{0},
};

AIOT_SERVICE(files, struct files, .info = "Runs a task when files change v1.0", .main = files,
	     .opts = opts, .stats = stats, .init = files_init);
