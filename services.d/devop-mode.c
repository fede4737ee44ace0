/*
 * devop-mode.c - see devop.h.  Called by devop.c and, for the verbs, by the runtime.  What is kept
 * is a file of a line, which is written whole; a verb writes it at once, for it cannot wait.  Host
 * only.
 */
#include "devop.h"

#include <errno.h>
#include <string.h>

#include <aiotools-json.h>

#include "text.h"

#define BETWEEN " ,\t\n"
#define FILE_NAME "/devop.json"
#define END_WORD ":end"

/* ---- options --------------------------------------------------------------------------------- */

bool devop_next_wait(const char **at, char name[AIOT_NAME_BYTES], bool *ret_end)
{
	char item[AIOT_NAME_BYTES + sizeof(END_WORD)] = "";
	size_t len = next_item(at, BETWEEN, item, sizeof(item)), cut = sizeof(END_WORD) - 1;

	*ret_end = len > cut && len < sizeof(item) && strcmp(item + len - cut, END_WORD) == 0;
	if (*ret_end)
		len -= cut;
	name[0] = '\0';
	if (len == 0)
		return false;
	if (len < AIOT_NAME_BYTES) {
		memcpy(name, item, len);
		name[len] = '\0';
	}
	return true;
}

static const char *wait_wrong(const struct devop *self)
{
	const char *at = self->wait;
	char name[AIOT_NAME_BYTES];
	bool end;

	while (devop_next_wait(&at, name, &end)) {
		if (name[0] == '\0')
			return "wait: a name of more than 64 letters";
		if (strchr(name, ':') != NULL || strpbrk(name, "*?") != NULL)
			return "wait: names of services, each as it is or with :end behind it";
	}
	return NULL;
}

static const char *directory_wrong(const char *dir)
{
	if (dir[0] != '\0' && dir[0] != '/')
		return "not an absolute path";
	/* A file's name and what whole.h adds have to fit, too. */
	return strlen(dir) + PLAN_NAME_BYTES + 32 > WHOLE_PATH_BYTES ? "the path is too long"
								     : NULL;
}

const char *devop_options_wrong(struct devop *self)
{
	const char *why = directory_wrong(self->state_dir), *key = "state-dir";

	if (why == NULL) {
		why = directory_wrong(self->report_dir);
		key = "report-dir";
	}
	if (why != NULL) {
		(void)snprintf(self->wrong, sizeof(self->wrong), "%s: %s", key, why);
		return self->wrong;
	}
	if (strcmp(self->action, "restart-daemon") != 0 && strcmp(self->action, "reboot") != 0)
		return "action: is restart-daemon or reboot";
	if (strcmp(self->action, "reboot") == 0 && self->reboot_command[0] == '\0')
		return "reboot-command: there is none";
	if (wait_wrong(self))
		return wait_wrong(self);
	return plan_wrong(self->modes, self->wrong, sizeof(self->wrong));
}

/* ---- what is kept ---------------------------------------------------------------------------- */

void devop_take_dir(struct devop *self, const char *info)
{
	struct aiot_json json = {NULL, 0};

	if (self->state_dir[0] != '\0') {
		(void)snprintf(self->dir, sizeof(self->dir), "%s", self->state_dir);
		return;
	}
	(void)aiot_json_parse(info, strlen(info), &json, NULL);
	json = aiot_json_get(aiot_json_get(aiot_json_get(json, "info"), "paths"), "state");
	self->dir[0] = '\0';
	(void)aiot_json_str(json, self->dir, sizeof(self->dir) - 64);
}

static void keep_path(const struct devop *self, char path[WHOLE_PATH_BYTES])
{
	(void)snprintf(path, WHOLE_PATH_BYTES, "%.*s" FILE_NAME, WHOLE_PATH_BYTES - 32, self->dir);
}

static void begin_anew(struct devop *self)
{
	struct plan_mode mode;

	plan_mode(self->modes, 0, &mode);
	self->keep = (struct keep){.round = 0};
	memcpy(self->keep.mode, mode.name, sizeof(mode.name));
}

void devop_recall(struct aiot_task *t, struct devop *self)
{
	char path[WHOLE_PATH_BYTES];
	int r, index;

	keep_path(self, path);
	r = keep_read(path, &self->keep);
	index = r == 0 ? plan_find(self->modes, self->keep.mode) : -1;
	if (r == 0 && index < 0)
		aiot_warn(t, "%s: there is no mode '%s' any more; beginning with the first", path,
			  self->keep.mode);
	else if (r < 0 && r != -ENOENT)
		aiot_warn(t, "%s: %s; beginning with the first mode", path, strerror(-r));
	if (index < 0)
		begin_anew(self);
	self->index = index < 0 ? 0 : (uint32_t)index;
	self->round = self->keep.round;
	memcpy(self->present, self->keep.mode, sizeof(self->present));
	self->mode = self->present;
}

int devop_remember(const struct devop *self)
{
	char path[WHOLE_PATH_BYTES];

	keep_path(self, path);
	return keep_write(path, &self->keep);
}

bool devop_step(struct devop *self)
{
	uint32_t next = self->index + 1;
	struct plan_mode mode;

	if (next == plan_count(self->modes)) {
		next = 0;
		self->keep.round++;
		self->keep.over = self->cycles > 0 && self->keep.round >= self->cycles;
	}
	if (self->keep.over)
		return false;
	plan_mode(self->modes, next, &mode);
	memcpy(self->keep.mode, mode.name, sizeof(mode.name));
	return true;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static int choose(struct aiot_task *t, struct devop *self, uint32_t index)
{
	struct keep before = self->keep;
	struct plan_mode mode;
	char text[128];
	int r;

	if (self->dir[0] == '\0')
		return aiot_fail(t, -AIOT_EAGAIN,
				 "where that is kept is not known before the first run; state-dir "
				 "= says it");
	plan_mode(self->modes, index, &mode);
	self->keep = (struct keep){.round = 0};
	memcpy(self->keep.mode, mode.name, sizeof(mode.name));
	r = devop_remember(self);
	if (r < 0) {
		self->keep = before;
		return aiot_fail(t, r, "mode %s cannot be kept in %s: %s", mode.name, self->dir,
				 strerror(-r));
	}
	self->chosen = true;
	(void)snprintf(text, sizeof(text), "%s, from the next start of the daemon or of devop on",
		       mode.name);
	return aiot_result_text(t, text);
}

int devop_show_or_choose(struct aiot_task *t, void *instance, const void *args)
{
	const struct devop_mode *wanted = args;
	struct devop *self = instance;
	int index = plan_find(self->modes, wanted->name);

	if (wanted->name[0] == '\0')
		return self->mode ? aiot_result_text(t, self->mode)
				  : aiot_fail(t, -AIOT_EAGAIN, "it has not run yet");
	if (index < 0)
		return aiot_fail(t, -AIOT_ENOENT, "there is no mode '%s'; modes = %s", wanted->name,
				 self->modes);
	return choose(t, self, (uint32_t)index);
}

int devop_choose_next(struct aiot_task *t, void *instance, const void *args)
{
	struct devop *self = instance;
	int index = plan_find(self->modes, self->keep.mode);

	(void)args;
	return choose(t, self, (uint32_t)(index + 1) % plan_count(self->modes));
}
