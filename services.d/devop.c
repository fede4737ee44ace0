/*
 * devop - boots a machine in one mode after the other: in each other services run, and what came of
 * them is written down.  Host only (POSIX).
 *
 *	modes = test: hello unittest; app: hello stats
 *	wait = unittest:end
 *	cycle = yes
 *
 * The runtime calls devop_init once, which checks the options, and runs devop() once after the
 * daemon's start.  A run sees to it that the services are as the present mode has them, waits for
 * those that `wait` names, writes MODE.report and MODE.stats.json, and, with cycle, keeps the next
 * mode, enables and disables for it, and restarts the daemon or the machine.  What mode it is, is
 * kept on disk before anything is changed for it; so a power cut at any moment leaves one mode or
 * the other, and the next run makes it whole.  Services that no mode names are left alone.
 */
#include "devop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <aiotools-json.h>

#define NS_PER_MS UINT64_C(1000000)
#define LOOK_MS 100u /* how often it looks whether what it waits for is there */

/* ---- services as the mode has them ----------------------------------------------------------- */

static void begin_names(struct devop *self)
{
	grow_free(&self->known);
	grow_free(&self->on);
	grow_free(&self->off);
	grow_add(&self->known, "\n");
}

static void put_name(struct grow *out, const char *name)
{
	grow_add(out, out->len > 0 ? "," : "{\"now\":true,\"names\":[");
	grow_add_json(out, name);
}

/* A service as Service.List has it. */
static void take_service(struct devop *self, struct aiot_json service)
{
	struct aiot_json enabled = aiot_json_get(service, "enabled");
	bool is_on = aiot_json_str_is(enabled, "enabled") || aiot_json_str_is(enabled, "static");
	enum plan_want want;
	char name[AIOT_NAME_BYTES];

	if (aiot_json_str(aiot_json_get(service, "name"), name, sizeof(name)) < 0)
		return;
	grow_add(&self->known, "%s\n", name);
	want = plan_wants(self->modes, self->index, name);
	if (want == PLAN_ON && !is_on)
		put_name(&self->on, name);
	else if (want == PLAN_OFF && is_on)
		put_name(&self->off, name);
}

static void take_services(struct devop *self, const char *reply)
{
	struct aiot_json page = {NULL, 0}, service;
	struct aiot_json_iter it = {0};

	(void)aiot_json_parse(reply, strlen(reply), &page, NULL);
	page = aiot_json_get(page, "services");
	while (aiot_json_next(page, &it, NULL, &service))
		take_service(self, service);
}

static void end_names(struct devop *self)
{
	if (self->on.len > 0)
		grow_add(&self->on, "]}");
	if (self->off.len > 0)
		grow_add(&self->off, "]}");
}

/* NULL, or what is wrong with the modes now that all services are known. */
static const char *names_wrong(struct devop *self)
{
	struct plan_mode mode;
	char name[AIOT_NAME_BYTES + 16];

	if (self->known.error < 0 || self->on.error < 0 || self->off.error < 0)
		return "no memory";
	if (!plan_unknown(self->modes, self->known.text, &mode, name, sizeof(name)))
		return NULL;
	(void)snprintf(self->wrong, sizeof(self->wrong),
		       "modes: '%s' names '%s', and there is no such service; aiotoolsctl services "
		       "lists them",
		       mode.name, name);
	return self->wrong;
}

static void tell_change(struct aiot_task *t, const struct devop *self, const char *what)
{
	if (aiot_waited(t) < 0)
		aiot_warn(t, "mode %s: not all is %s: %s", self->mode, what, aiot_reply_message(t));
	else
		aiot_info(t, "mode %s: %s what was not", self->mode, what);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* It runs and said that it is ready, waits for its times, or, where that is asked for, its run is
 * over. */
static bool is_there(const struct aiot_task *t, const char *name, bool end)
{
	struct aiot_task_view view;
	bool over;

	if (aiot_task_view(t, name, &view) < 0)
		return false;
	over = view.runs > 0 && !view.alive && strcmp(view.state, "restarting") != 0 &&
	       strcmp(view.state, "waiting") != 0;
	if (over || end)
		return over;
	return strcmp(view.state, "running") == 0 || strcmp(view.state, "scheduled") == 0;
}

/* What is still waited for, at its beginning; "": nothing. */
static void put_missing(const struct aiot_task *t, const struct devop *self, char *buf, size_t size)
{
	const char *at = self->wait;
	char name[AIOT_NAME_BYTES];
	size_t used = 0;
	bool end;
	int n;

	buf[0] = '\0';
	while (devop_next_wait(&at, name, &end)) {
		if (is_there(t, name, end))
			continue;
		n = snprintf(buf + used, size - used, "%s%s", used > 0 ? " " : "", name);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}

static bool still_waits(const struct aiot_task *t, struct devop *self)
{
	uint64_t ms = (aiot_now_ns(t) - self->began_ns) / NS_PER_MS;

	put_missing(t, self, self->wrong, sizeof(self->wrong));
	self->waited_ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
	self->timed_out = self->wrong[0] != '\0' && ms >= self->wait_timeout_ms;
	return self->wrong[0] != '\0' && !self->timed_out;
}

/* ---- reports --------------------------------------------------------------------------------- */

static void begin_reports(struct aiot_task *t, struct devop *self)
{
	time_t now = (time_t)(aiot_wall_ns(t) / (int64_t)(1000 * NS_PER_MS));
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	grow_free(&self->text);
	grow_free(&self->stats);
	grow_add(&self->text, "mode %s, round %u, %s\n", self->mode, self->round + 1, when);
	if (self->timed_out)
		grow_add(&self->text, "not there after %u ms: %s\n", self->waited_ms, self->wrong);
	else if (self->wait[0] != '\0')
		grow_add(&self->text, "all that was waited for is there after %u ms\n",
			 self->waited_ms);
	grow_add(&self->text, "\n");
}

static const char *const report_methods[] = {"io.aiotools.Task.Status", "io.aiotools.Task.Report",
					     "io.aiotools.Task.Stats"};
#define REPORT_METHODS 3u

/* A page of the method that is asked. */
static void take_page(struct devop *self, const char *reply)
{
	if (self->page_of == 0)
		keep_put_tasks(reply, &self->text);
	else if (self->page_of == 1)
		keep_put_reports(reply, &self->text);
	else
		keep_put_stats(reply, &self->stats);
}

static int write_one(struct devop *self, const char *suffix, const struct grow *text)
{
	const char *dir = self->report_dir[0] != '\0' ? self->report_dir : self->dir;

	if (text->error < 0)
		return text->error;
	(void)mkdir(dir, 0755); /* or it is there; writing tells */
	(void)snprintf(self->path, sizeof(self->path), "%.*s/%s%s", WHOLE_PATH_BYTES - 64, dir,
		       self->present, suffix);
	return whole_write(self->path, text->text, text->len);
}

/* In a thread. */
static void write_reports(void *devop)
{
	struct devop *self = devop;
	struct grow whole = {0};

	grow_add(&whole, "{\"mode\":\"%s\",\"round\":%u,\"waited_ms\":%u,\"tasks\":[\n",
		 self->present, self->round, self->waited_ms);
	grow_addn(&whole, self->stats.text ? self->stats.text : "", self->stats.len);
	grow_add(&whole, "\n]}\n");
	if (self->stats.error < 0)
		whole.error = self->stats.error;
	self->code = write_one(self, ".report", &self->text);
	if (self->code == 0)
		self->code = write_one(self, ".stats.json", &whole);
	grow_free(&whole);
}

/* ---- the next mode --------------------------------------------------------------------------- */

/* In a thread. */
static void remember(void *devop)
{
	struct devop *self = devop;

	self->code = devop_remember(self);
}

/* What is to be enabled and disabled for the mode that is kept.  False: no memory. */
static bool plan_next(struct devop *self)
{
	int index = plan_find(self->modes, self->keep.mode);

	grow_free(&self->on);
	grow_free(&self->off);
	if (plan_put_names(self->modes, (uint32_t)index, PLAN_ON, &self->on) == 0)
		grow_free(&self->on);
	if (plan_put_names(self->modes, (uint32_t)index, PLAN_OFF, &self->off) == 0)
		grow_free(&self->off);
	return self->on.error == 0 && self->off.error == 0;
}

/* ---- the task -------------------------------------------------------------------------------- */

static void forget(void *instance)
{
	struct devop *self = instance;

	grow_free(&self->known);
	grow_free(&self->on);
	grow_free(&self->off);
	grow_free(&self->text);
	grow_free(&self->stats);
}

static int devop_init(struct aiot_task *t, void *instance)
{
	struct devop *self = instance;
	const char *wrong = devop_options_wrong(self);

	devop_take_dir(self, "");
	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static int leave_result(struct aiot_task *t, const struct devop *self)
{
	char json[256];

	(void)snprintf(json, sizeof(json),
		       "{\"mode\":\"%s\",\"round\":%u,\"waited_ms\":%u,\"timed_out\":%s}",
		       self->present, self->round, self->waited_ms,
		       self->timed_out ? "true" : "false");
	return aiot_result_json(t, json);
}

/* The services are as the present mode has them: at once, for they may be from before. */
static enum aiot_co settle(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct devop_part, self);
	begin_names(self->of);
	AIOT_WAIT(t, aiot_call(t, "io.aiotools.Service.List", NULL));
	while (aiot_waited(t) == 0) {
		take_services(self->of, aiot_reply(t));
		if (!aiot_reply_more(t))
			break;
		AIOT_WAIT(t, aiot_call_next(t));
	}
	if (aiot_waited(t) < 0)
		AIOT_FAIL(t, aiot_waited(t), "%s", aiot_reply_message(t));
	end_names(self->of);
	if (names_wrong(self->of))
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", names_wrong(self->of));
	if (self->of->off.len > 0) {
		AIOT_WAIT(t, aiot_call(t, "io.aiotools.Service.Disable", self->of->off.text));
		tell_change(t, self->of, "disabled");
	}
	if (self->of->on.len > 0) {
		AIOT_WAIT(t, aiot_call(t, "io.aiotools.Service.Enable", self->of->on.text));
		tell_change(t, self->of, "enabled");
	}
	AIOT_END(t);
}

static enum aiot_co report(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct devop_part, self);
	begin_reports(t, self->of);
	for (self->of->page_of = 0; self->of->page_of < REPORT_METHODS; self->of->page_of++) {
		AIOT_WAIT(t, aiot_call(t, report_methods[self->of->page_of], "{}"));
		while (aiot_waited(t) == 0) {
			take_page(self->of, aiot_reply(t));
			if (!aiot_reply_more(t))
				break;
			AIOT_WAIT(t, aiot_call_next(t));
		}
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, aiot_waited(t), "%s", aiot_reply_message(t));
	}
	AIOT_WAIT(t, aiot_work(t, write_reports, self->of));
	if (self->of->code < 0)
		AIOT_FAIL(t, self->of->code, "%s cannot be written: %s", self->of->path,
			  strerror(-self->of->code));
	aiot_info(t, "mode %s: the reports are written, %s the last of them", self->of->mode,
		  self->of->path);
	AIOT_END(t);
}

/* On to the mode that is kept by now. */
static enum aiot_co enter_next(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct devop_part, self);
	if (!plan_next(self->of))
		AIOT_FAIL(t, -AIOT_ENOMEM, "no memory for mode %s", self->of->keep.mode);
	if (self->of->off.len > 0) {
		AIOT_WAIT(t, aiot_call(t, "io.aiotools.Service.Disable", self->of->off.text));
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, aiot_waited(t), "mode %s: %s", self->of->keep.mode,
				  aiot_reply_message(t));
	}
	if (self->of->on.len > 0) {
		AIOT_WAIT(t, aiot_call(t, "io.aiotools.Service.Enable", self->of->on.text));
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, aiot_waited(t), "mode %s: %s", self->of->keep.mode,
				  aiot_reply_message(t));
	}
	aiot_info(t, "mode %s is next; action: %s", self->of->keep.mode, self->of->action);
	if (strcmp(self->of->action, "reboot") != 0) {
		AIOT_WAIT(t, aiot_daemon_restart(t));
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, aiot_waited(t), "the daemon cannot be restarted: %s",
				  aiot_reply_message(t));
		AIOT_RETURN(t);
	}
	AIOT_WAIT(t, shell_run(t, &self->of->shell, self->of->reboot_command, 0));
	if (!shell_end(&self->of->shell, aiot_waited(t), self->of->wrong, sizeof(self->of->wrong)))
		AIOT_FAIL(t, -AIOT_EIO, "reboot-command: '%s': %s", self->of->reboot_command,
			  self->of->wrong);
	AIOT_END(t);
}

static enum aiot_co devop(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct devop, self);
	if (devop_options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", devop_options_wrong(self));
	self->chosen = false;
	self->part.of = self;
	AIOT_WAIT(t, aiot_call(t, "io.aiotools.Daemon.Info", NULL));
	devop_take_dir(self, aiot_reply(t));
	if (self->dir[0] == '\0')
		AIOT_FAIL(t, -AIOT_ENOENT,
			  "the daemon has no state directory; state-dir = says where to keep the "
			  "mode");
	devop_recall(t, self);
	AIOT_AWAIT(t, settle, &self->part);
	self->began_ns = aiot_now_ns(t);
	while (still_waits(t, self))
		AIOT_SLEEP_MS(t, LOOK_MS);
	if (self->timed_out)
		aiot_warn(t, "mode %s: not there after %u ms: %s", self->mode, self->waited_ms,
			  self->wrong);
	AIOT_AWAIT(t, report, &self->part);
	(void)leave_result(t, self);
	if (!self->cycle || self->keep.over)
		AIOT_RETURN(t);

	AIOT_SLEEP_MS(t, self->reset_after_ms);
	if (self->chosen) /* meanwhile, and is kept */
		aiot_info(t, "mode %s was chosen", self->keep.mode);
	else if (!devop_step(self))
		aiot_info(t, "%u rounds are through; it stays in mode %s", self->keep.round,
			  self->mode);
	AIOT_WAIT(t, aiot_work(t, remember, self));
	if (self->code < 0)
		AIOT_FAIL(t, self->code, "the next mode cannot be kept in %s: %s; it stays in %s",
			  self->dir, strerror(-self->code), self->mode);
	if (!self->keep.over)
		AIOT_AWAIT(t, enter_next, &self->part);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct devop, modes, "modes", "",
		     "which services run in which mode: test: hello unittest; app: hello"),
	AIOT_OPT_STR(struct devop, wait, "wait", "",
		     "services to wait for before the reports, until they are ready; NAME:end: "
		     "until their run is over"),
	AIOT_OPT_MS(struct devop, wait_timeout_ms, "wait-timeout", "60s", "and how long at most"),
	AIOT_OPT_STR(struct devop, state_dir, "state-dir", "",
		     "where devop.json keeps the mode; empty: the daemon's state directory"),
	AIOT_OPT_STR(struct devop, report_dir, "report-dir", "",
		     "for MODE.report and MODE.stats.json; empty: as state-dir"),
	AIOT_OPT_BOOL(struct devop, cycle, "cycle", "no", "whether it goes on to the next mode"),
	AIOT_OPT_U32(struct devop, cycles, "cycles", "1", "rounds of all modes; 0: no end"),
	AIOT_OPT_MS(struct devop, reset_after_ms, "reset-after", "30s", "how long a mode lasts"),
	AIOT_OPT_STR(struct devop, action, "action", "restart-daemon",
		     "how the next mode is entered: restart-daemon or reboot"),
	AIOT_OPT_STR(struct devop, reboot_command, "reboot-command", "reboot",
		     "the command for /bin/sh that reboots"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_STR(struct devop, mode, "the present mode"),
	AIOT_STAT_U32(struct devop, round, "rounds that are through"),
	AIOT_STAT_U32(struct devop, waited_ms, "how long it waited"),
	{0},
};

static const struct aiot_opt mode_opts[] = {
	AIOT_OPT_STR(struct devop_mode, name, "name", "", "the one to be next; empty: tell it"),
	{0},
};

static const struct aiot_verb verbs[] = {
	{"mode", "the present mode, or which is to be next", devop_show_or_choose, mode_opts,
	 sizeof(struct devop_mode), 0},
	{"next", "let the mode behind it be next", devop_choose_next, NULL, 0, 0},
	{0},
};

AIOT_SERVICE(devop, struct devop, .info = "Modes to boot in v1.0",
	     .docs = "man:aiotools-services(7)", .main = devop, .init = devop_init, .fini = forget,
	     .opts = opts, .stats = stats, .verbs = verbs);
