/*
 * watcher - looks at all tasks every so often, counts what failed, and of what, and starts it
 * again.  It may also give up when there are too many errors, beat on a LED, feed a hardware
 * watchdog, and keep a report on disk.  Host only (POSIX, Linux's /dev/watchdog and /sys).
 *
 * The runtime calls watcher_init once, which checks the options, and runs watcher().  A pass is one
 * walk over the pages of Task.Status: each failed run is counted once, however long the task stays
 * failed (watcher-book.c).  Then what is to be started is started, the report written, and the
 * limits asked.  Between two looks there are shorter passes if a watchdog needs them, which only
 * prove that the daemon's commands are answered; without that it is not fed.  Tasks that have a
 * Restart= of their own, a schedule, or are held are counted and left alone.
 *
 *	except = net* hello		these are counted, and not started
 *	limits = hello:5 board:*:3	more errors than that are too many
 *	action = reboot			and then the machine is started anew
 */
#include <aiotools-json.h>
#include <aiotools-posix.h>
#include <aiotools.h>

#include <stdlib.h>
#include <string.h>

#include "shell.h"
#include "watcher-beat.h"
#include "watcher-book.h"
#include "watcher-dog.h"
#include "whole.h"

#define NS_PER_MS UINT64_C(1000000)
#define WRONG_BYTES 256
#define FEEDINGS 3u /* within the watchdog's time-out */

enum action { ACTION_NONE, ACTION_RESTART, ACTION_REBOOT, ACTION_UNKNOWN };
static const char *const actions[] = {"none", "restart-daemon", "reboot"};

struct watcher {
	struct beat_orders orders; /* first: the child that beats reads it */
	const char *except, *limits, *action, *reboot_command, *report;
	const char *led, *sysfs, *watchdog;
	uint32_t after_ms, every_ms, max_errors, watchdog_timeout_ms;
	uint8_t restart;

	uint32_t errors, restarts, passes, fed;

	struct book book;
	struct dog dog;
	uint64_t look_ns;    /* when the next look is due */
	bool looks;	     /* the pass under way is one */
	bool troubled;	     /* it met tasks that are failed or held */
	uint32_t at;	     /* the row whose task is being started */
	uint32_t written;    /* book.changes that the report shows */
	bool report_fails;   /* that was said */
	struct grow text;    /* of the report */
	int code;	     /* of writing it */
	const char *args[5]; /* of the child */
	struct shell shell;
	char wrong[WRONG_BYTES]; /* also: why there are too many errors */
};

/* ---- options --------------------------------------------------------------------------------- */

static enum action action_of(const struct watcher *self)
{
	unsigned i;

	for (i = 0; i < ACTION_UNKNOWN && strcmp(self->action, actions[i]) != 0; i++)
		;
	return (enum action)i;
}

static const char *path_wrong(const char *path)
{
	if (path[0] != '\0' && path[0] != '/')
		return "not an absolute path";
	return strlen(path) >= WHOLE_PATH_BYTES ? "the path is too long" : NULL;
}

/* NULL, or what is wrong with the options, a sentence. */
static const char *options_wrong(struct watcher *self)
{
	if (self->every_ms == 0)
		return "every: 0 is no pause; as 30s";
	if (action_of(self) == ACTION_UNKNOWN)
		return "action: is none, restart-daemon or reboot";
	if (action_of(self) == ACTION_REBOOT && self->reboot_command[0] == '\0')
		return "reboot-command: there is none";
	if (path_wrong(self->report) || path_wrong(self->watchdog)) {
		(void)snprintf(self->wrong, sizeof(self->wrong), "%s: %s",
			       path_wrong(self->report) ? "report" : "watchdog",
			       path_wrong(self->report) ? path_wrong(self->report)
							: path_wrong(self->watchdog));
		return self->wrong;
	}
	if (self->led[0] != '\0' && beat_options_wrong(self->led, self->sysfs))
		return beat_options_wrong(self->led, self->sysfs);
	return book_limits_wrong(self->limits, self->wrong, sizeof(self->wrong));
}

static int watcher_init(struct aiot_task *t, void *instance)
{
	struct watcher *self = instance;
	const char *wrong = options_wrong(self);

	self->dog.fd = -1;
	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static void watcher_fini(void *instance)
{
	struct watcher *self = instance;

	book_free(&self->book);
	grow_free(&self->text);
}

/* ---- a pass ---------------------------------------------------------------------------------- */

/* How long to sleep: until the next look, or until the watchdog is to be fed. */
static uint32_t pause_ms(const struct watcher *self, uint64_t now_ns)
{
	uint64_t ms =
		self->look_ns > now_ns ? (self->look_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
	uint64_t feed_ms = self->dog.timeout_s * UINT64_C(1000) / FEEDINGS;

	return (uint32_t)(self->dog.fd >= 0 && feed_ms > 0 && feed_ms < ms ? feed_ms : ms);
}

static void begin_pass(struct watcher *self, uint64_t now_ns)
{
	self->looks = now_ns >= self->look_ns;
	if (!self->looks)
		return;
	self->look_ns = now_ns + self->every_ms * NS_PER_MS;
	self->troubled = false;
	book_begin(&self->book);
}

static void tell_failure(struct aiot_task *t, const struct watcher *self,
			 const struct book_row *row)
{
	aiot_warn(t, "%s failed: %s (%u error%s so far)%s", row->name, row->last, row->errors,
		  row->errors == 1 ? "" : "s",
		  row->due	  ? "; it is started again"
		  : self->restart ? "; it is not started from here"
				  : "");
}

/* One task: its failure counted, and whether it is to be started. */
static void take_task(struct aiot_task *t, struct watcher *self, struct aiot_json task)
{
	struct aiot_json state = aiot_json_get(task, "state");
	bool failed = aiot_json_str_is(state, "failed");
	struct book_row *row =
		book_note(&self->book, task, aiot_wall_ns(t) / (int64_t)(1000 * NS_PER_MS));

	if (row == NULL)
		return;
	self->troubled |= failed || row->fresh || aiot_json_str_is(state, "held");
	row->due = failed && self->restart && !book_listed(self->except, row->name);
	if (row->fresh)
		tell_failure(t, self, row);
}

static void take_page(struct aiot_task *t, struct watcher *self, const char *reply)
{
	struct aiot_json page = {NULL, 0}, task;
	struct aiot_json_iter it = {0};

	if (!self->looks)
		return;
	(void)aiot_json_parse(reply, strlen(reply), &page, NULL);
	page = aiot_json_get(page, "tasks");
	while (aiot_json_next(page, &it, NULL, &task))
		take_task(t, self, task);
}

/* All pages were answered: that is what the watchdog is fed for. */
static void end_pass(struct aiot_task *t, struct watcher *self)
{
	if (self->dog.fd >= 0 && dog_feed(t, &self->dog) == 0)
		self->fed++;
	if (!self->looks)
		return;
	self->passes++;
	self->errors = self->book.errors;
	self->orders.troubled = self->troubled;
	if (self->book.lost > 0)
		aiot_warn(t, "%u failed tasks were not counted: there is no room for more than %u",
			  self->book.lost, self->book.count);
}

/* The next row at or behind self->at whose task is to be started; NULL: none. */
static struct book_row *next_due(struct watcher *self)
{
	while (self->at < self->book.count && !self->book.rows[self->at].due)
		self->at++;
	return self->at < self->book.count ? &self->book.rows[self->at] : NULL;
}

/* A run began, even if it failed at once: that failure is the next look's. */
static bool has_begun(const struct aiot_task *t, const struct book_row *row)
{
	struct aiot_task_view view;

	if (aiot_waited(t) == 0)
		return true;
	return aiot_task_view(t, row->name, &view) == 0 && view.runs != row->run;
}

static void end_start(struct aiot_task *t, struct watcher *self)
{
	struct book_row *row = &self->book.rows[self->at++];

	if (has_begun(t, row)) {
		row->restarts++;
		self->restarts++;
		self->book.changes++;
	} else if (row->fresh) {
		aiot_warn(t, "%s cannot be started: %s", row->name, aiot_reply_message(t));
	}
}

/* ---- the report ------------------------------------------------------------------------------ */

static bool report_is_old(struct watcher *self)
{
	if (self->report[0] == '\0' || self->written == self->book.changes + 1)
		return false;
	grow_free(&self->text);
	book_put_json(&self->book, &self->text);
	self->written = self->book.changes + 1;
	return true;
}

/* In a thread. */
static void write_report(void *watcher)
{
	struct watcher *self = watcher;

	self->code = self->text.error;
	if (self->code == 0)
		self->code = whole_write(self->report, self->text.text, self->text.len);
}

static void end_report(struct aiot_task *t, struct watcher *self)
{
	if (self->code == 0) {
		self->report_fails = false;
		return;
	}
	self->written = 0; /* once more behind the next pass */
	if (!self->report_fails)
		aiot_warn(t, "report %s cannot be written: %s", self->report,
			  strerror(-self->code));
	self->report_fails = true;
}

/* For people, as `aiotoolsctl report`. */
static int print_report(struct aiot_task *t, void *instance)
{
	const struct watcher *self = instance;
	const struct book_row *row = self->book.rows;
	uint32_t i;

	aiot_print(t, "%u error%s, %u restart%s\n", self->book.errors,
		   self->book.errors == 1 ? "" : "s", self->restarts,
		   self->restarts == 1 ? "" : "s");
	for (; row < self->book.rows + self->book.count; row++) {
		if (row->errors == 0)
			continue;
		aiot_print(t, "%s: %u restart%s\n", row->name, row->restarts,
			   row->restarts == 1 ? "" : "s");
		for (i = 0; i <= BOOK_KINDS && row->kinds[i].count > 0; i++)
			aiot_print(t, "    %s: %u\n", row->kinds[i].name, row->kinds[i].count);
		aiot_print(t, "    last: %s\n", row->last);
	}
	return 0;
}

static int clear(struct aiot_task *t, void *instance, const void *args)
{
	struct watcher *self = instance;

	(void)args;
	book_clear(&self->book);
	self->errors = self->restarts = 0;
	return aiot_result_text(t, "counting from zero");
}

/* ---- too much -------------------------------------------------------------------------------- */

/* Whether there are too many errors, and one of them is new.  self->wrong says which. */
static bool is_too_much(struct watcher *self)
{
	uint32_t limit, i;
	const struct book_row *row = book_over(&self->book, self->limits, &limit);

	if (row != NULL) {
		(void)snprintf(self->wrong, sizeof(self->wrong), "%s: %u errors, %u allowed",
			       row->name, row->errors, limit);
		return true;
	}
	if (self->max_errors == 0 || self->book.errors <= self->max_errors)
		return false;
	for (i = 0; i < self->book.count && !self->book.rows[i].fresh; i++)
		;
	(void)snprintf(self->wrong, sizeof(self->wrong), "%u errors in all, %u allowed",
		       self->book.errors, self->max_errors);
	return i < self->book.count;
}

static void end_reboot(struct aiot_task *t, const struct watcher *self)
{
	char how[64];

	if (!shell_end(&self->shell, aiot_waited(t), how, sizeof(how)))
		aiot_error(t, "reboot-command: '%s': %s", self->reboot_command, how);
}

/* ---- the task -------------------------------------------------------------------------------- */

static uint32_t whole_s(uint32_t ms)
{
	return ms / 1000 + (ms % 1000 > 0);
}

/* 0, or why the watchdog could not be opened. */
static int begin(struct aiot_task *t, struct watcher *self)
{
	int r;

	dog_close(&self->dog, false);
	self->orders.troubled = false;
	self->written = 0;
	self->look_ns = aiot_now_ns(t) + self->after_ms * NS_PER_MS;
	if (self->watchdog[0] == '\0')
		return 0;
	r = dog_open(t, &self->dog, self->watchdog, whole_s(self->watchdog_timeout_ms));
	if (r == 0)
		aiot_info(t, "watchdog %s is open", self->watchdog);
	return r;
}

static int begin_beat(struct aiot_task *t, struct watcher *self)
{
	if (self->led[0] == '\0')
		return 0;
	self->args[0] = "led";
	self->args[1] = self->led;
	self->args[2] = "sysfs";
	self->args[3] = self->sysfs;
	self->args[4] = NULL;
	return aiot_child_start(t, "beat", "beat", self->args);
}

static enum aiot_co watcher(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct watcher, self);
	if (options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", options_wrong(self));
	self->code = begin(t, self);
	if (self->code < 0)
		AIOT_FAIL(t, self->code, "watchdog %s: %s", self->watchdog, strerror(-self->code));
	self->code = begin_beat(t, self);
	if (self->code < 0)
		AIOT_FAIL(t, self->code, "the LED's task did not start; the log says why");
	for (;;) {
		AIOT_SLEEP_MS(t, pause_ms(self, aiot_now_ns(t)));
		begin_pass(self, aiot_now_ns(t));
		AIOT_WAIT(t, aiot_call(t, "io.aiotools.Task.Status",
				       "{\"debug\":false,\"log\":false}"));
		while (aiot_waited(t) == 0) {
			take_page(t, self, aiot_reply(t));
			if (!aiot_reply_more(t))
				break;
			AIOT_WAIT(t, aiot_call_next(t));
		}
		if (aiot_waited(t) < 0) {
			aiot_warn(t, "status was not answered: %s", aiot_reply_message(t));
			continue;
		}
		end_pass(t, self);
		if (!self->looks)
			continue;
		self->at = 0;
		while (next_due(self) != NULL) {
			AIOT_WAIT(t, aiot_task_start(t, next_due(self)->name));
			end_start(t, self);
		}
		if (report_is_old(self)) {
			AIOT_WAIT(t, aiot_work(t, write_report, self));
			end_report(t, self);
		}
		if (!is_too_much(self))
			continue;
		aiot_error(t, "%s; action: %s", self->wrong, self->action);
		if (action_of(self) == ACTION_REBOOT) {
			AIOT_WAIT(t, shell_run(t, &self->shell, self->reboot_command, 0));
			end_reboot(t, self);
		} else if (action_of(self) == ACTION_RESTART) {
			AIOT_WAIT(t, aiot_daemon_restart(t));
			aiot_error(t, "the daemon cannot be restarted: %s", aiot_reply_message(t));
		}
	}
	AIOT_END(t);
}

/* An end that is meant: the watchdog need not bite. */
static void watcher_stopped(struct aiot_task *t, void *instance)
{
	struct watcher *self = instance;

	(void)t;
	dog_close(&self->dog, true);
}

/* Its own failure: the machine is reset unless the next run takes over in time. */
static int watcher_failed(struct aiot_task *t, void *instance, int code, const char *message)
{
	struct watcher *self = instance;

	(void)message;
	if (self->dog.fd >= 0)
		aiot_error(t, "the watchdog is not fed any more");
	dog_close(&self->dog, false);
	return code;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct watcher, after_ms, "after", "10s", "how long it waits at first"),
	AIOT_OPT_MS_LIVE(struct watcher, every_ms, "every", "30s", "from look to look"),
	AIOT_OPT_BOOL_LIVE(struct watcher, restart, "restart", "yes",
			   "whether it starts failed tasks again"),
	AIOT_OPT_STR_LIVE(struct watcher, except, "except", "",
			  "tasks that it does not start, with * and ?"),
	AIOT_OPT_U32_LIVE(struct watcher, max_errors, "max-errors", "0",
			  "more errors in all are too many; 0: never"),
	AIOT_OPT_STR(struct watcher, limits, "limits", "",
		     "more errors of a task are too many: hello.service:5 net*:3"),
	AIOT_OPT_STR(struct watcher, action, "action", "none",
		     "what is done then: none, restart-daemon or reboot"),
	AIOT_OPT_STR(struct watcher, reboot_command, "reboot-command", "reboot",
		     "the command for /bin/sh that reboots"),
	AIOT_OPT_STR(struct watcher, led, "led", "", "a LED that beats; empty: none"),
	AIOT_OPT_STR(struct watcher, sysfs, "sysfs", "/sys/class", "where leds/ is"),
	AIOT_OPT_STR(struct watcher, watchdog, "watchdog", "",
		     "a hardware watchdog to feed, as /dev/watchdog; empty: none"),
	AIOT_OPT_MS(struct watcher, watchdog_timeout_ms, "watchdog-timeout", "0",
		    "how long it waits for its food, in whole seconds; 0: as it is used to"),
	AIOT_OPT_STR(struct watcher, report, "report", "", "a file for the report; empty: none"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct watcher, errors, "failed runs that were counted"),
	AIOT_STAT_U32(struct watcher, restarts, "tasks that were started again"),
	AIOT_STAT_U32(struct watcher, passes, "looks at all tasks"),
	AIOT_STAT_U32(struct watcher, fed, "times that the watchdog was fed"),
	{0},
};

static const struct aiot_verb verbs[] = {
	{"clear", "count from zero", clear, NULL, 0, 0},
	{0},
};

static const struct aiot_opt beat_opts[] = {BEAT_OPTS, {0}};

static const struct aiot_stat beat_stats[] = {
	AIOT_STAT_U32(struct beat, beats, "shown"),
	{0},
};

static const struct aiot_kind kinds[] = {
	{.name = "beat",
	 .fn = beat,
	 .self_size = sizeof(struct beat),
	 .opts = beat_opts,
	 .stats = beat_stats},
	{0},
};

AIOT_SERVICE(watcher, struct watcher, .info = "Restarts what failed v1.0",
	     .docs = "man:aiotools-services(7)", .main = watcher, .init = watcher_init,
	     .fini = watcher_fini, .on_stop = watcher_stopped, .on_error = watcher_failed,
	     .opts = opts, .stats = stats, .verbs = verbs, .kinds = kinds, .report = print_report);
