/*
 * config.c - aiotoolsd.ini: the options of a host as a file.
 *
 * Called by programs before they create a host, and by a reload.  One table says which keys there
 * are; checking, help and reading come from it.
 */
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "history.h"
#include "host.h"
#include "keys.h"
#include "mem.h"
#include "out.h"
#include "timetext.h"
#include "trust.h"

struct values {
	uint32_t task_execution, task_pre_exist, restarting, level, max_clients, max_processes;
	uint32_t history_keep;
	uint64_t log_bytes, cycle_ns, save_ns, history_bytes, history_disk_bytes;
	uint64_t stall_warn_ns, stall_abort_ns;
	bool silence_prerun, silence_conditions, status_from_logs;
	const char *operate_group, *read_group, *environment, *history_file;
	const char *environment_file;
};

struct aiot_host_file {
	struct aiot_ini doc;
};

static const struct aiot_key config_keys[] = {
	AIOT_KEY_ENUM(
		"Daemon", "TaskPreExist", struct values, task_pre_exist, "rename",
		"rename|raise|ignore",
		"a task whose name is taken: gets a number behind it, is refused, or is dropped"),
	AIOT_KEY_ENUM("Daemon", "TaskExecution", struct values, task_execution, "main", "main",
		      "where tasks run: on the daemon's own loop"),
	AIOT_KEY_BOOL("Daemon", "SilenceTaskPrerun", struct values, silence_prerun, "yes",
		      "a task whose start fails is failed; no: the daemon stops, too, with code 1"),
	AIOT_KEY_BOOL("Daemon", "SilenceCondCheck", struct values, silence_conditions, "yes",
		      "a condition that fails counts as false; no: the daemon stops with code 1"),
	AIOT_KEY_U32("Daemon", "MaxProcessCount", struct values, max_processes, "0",
		     "child processes of tasks at a time, others wait; 0: one for each processor",
		     .max = 4096),
	AIOT_KEY_ENUM("Daemon", "Restarting", struct values, restarting, "replace",
		      "replace|relaunch|fresh|recall",
		      "daemon-restart: execute itself anew, start a new process, that in a session "
		      "of its own, or begin again in this process"),
	AIOT_KEY_SPAN("Daemon", "CycleSleep", struct values, cycle_ns, "100ms",
		      "how often a condition is asked that cannot say when it changes",
		      .min = AIOT_NS_PER_MS, .max = 3600 * AIOT_NS_PER_S),
	AIOT_KEY_STR("Daemon", "Environment", struct values, environment, "",
		     "the name that the condition `env` asks for"),
	AIOT_KEY_STR("Daemon", "EnvironmentFile", struct values, environment_file, "",
		     "lines KEY=VALUE that become the environment; -FILE: it may be missing"),
	AIOT_KEY_BOOL("Daemon", "ForceStatusFromLogs", struct values, status_from_logs, "no",
		      "conditions ask the history of runs, not what each task remembers"),
	AIOT_KEY_SPAN("Daemon", "StallWarnSec", struct values, stall_warn_ns, "1s",
		      "a step that takes longer is told, with its task and line; 0: none",
		      .max = 86400 * AIOT_NS_PER_S),
	AIOT_KEY_SPAN("Daemon", "StallAbortSec", struct values, stall_abort_ns, "0",
		      "one that takes longer ends the daemon as a crash of its task; 0: none",
		      .max = 86400 * AIOT_NS_PER_S),
	AIOT_KEY_SIZE("Log", "Size", struct values, log_bytes, "1M",
		      "of the ring that keeps the newest log records", .min = 16384,
		      .max = 1u << 30),
	AIOT_KEY_ENUM("Log", "Level", struct values, level, "info", "error|warn|info|debug",
		      "records above this level are not kept"),
	AIOT_KEY_SPAN("State", "SaveSec", struct values, save_ns, "15min",
		      "how often last runs are saved while something runs; 0: only at the end",
		      .max = 86400 * AIOT_NS_PER_S),
	AIOT_KEY_ENUM("History", "Keep", struct values, history_keep, "memory", "memory|none|disk",
		      "where runs that have ended are kept"),
	AIOT_KEY_SIZE("History", "Size", struct values, history_bytes, "256K", "of it in memory",
		      .min = AIOT_HISTRING_MIN, .max = 1u << 30),
	AIOT_KEY_SIZE("History", "DiskSize", struct values, history_disk_bytes, "16M",
		      "of it on disk", .min = AIOT_HISTORY_DISK_MIN, .max = 1ull << 40),
	AIOT_KEY_STR("History", "File", struct values, history_file, "",
		     "the database, instead of history.db in the state directory"),
	AIOT_KEY_U32("Control", "MaxClients", struct values, max_clients, "64",
		     "control connections at a time; root and the daemon's user may have two more",
		     .min = 1, .max = 4096),
	AIOT_KEY_STR("Control", "OperateGroup", struct values, operate_group, "",
		     "members of this group may start and stop tasks"),
	AIOT_KEY_STR("Control", "ReadGroup", struct values, read_group, "",
		     "members of this group may look"),
};

#define KEY_COUNT (sizeof(config_keys) / sizeof(config_keys[0]))

/* 0 is never: what is shorter than a millisecond is not. */
static uint32_t whole_ms(uint64_t ns)
{
	return (uint32_t)((ns + AIOT_NS_PER_MS - 1) / AIOT_NS_PER_MS);
}

static void fill(struct aiot_host_options *o, const struct values *v)
{
	static const uint32_t levels[] = {AIOT_ERROR, AIOT_WARN, AIOT_INFO, AIOT_DEBUG};

	o->name_taken = v->task_pre_exist;
	o->loud_prerun = !v->silence_prerun;
	o->loud_conditions = !v->silence_conditions;
	o->max_processes = (uint16_t)v->max_processes;
	o->restarting = v->restarting;
	o->cycle_ms = (uint32_t)(v->cycle_ns / AIOT_NS_PER_MS);
	o->environment = v->environment;
	o->stall_warn_ms = whole_ms(v->stall_warn_ns);
	o->stall_abort_ms = whole_ms(v->stall_abort_ns);
	o->environment_file = v->environment_file;
	o->log_level = levels[v->level];
	o->log_bytes = v->log_bytes;
	o->state_save_s = v->save_ns == 0
				  ? AIOT_SAVE_AT_END
				  : (uint32_t)((v->save_ns + AIOT_NS_PER_S - 1) / AIOT_NS_PER_S);
	o->history_keep = v->history_keep;
	o->history_bytes = v->history_bytes;
	o->history_disk_bytes = v->history_disk_bytes;
	o->history_file = v->history_file;
	o->status_from_logs = v->status_from_logs;
	o->max_clients = v->max_clients;
	o->operate_group = v->operate_group;
	o->read_group = v->read_group;
}

/* A group that does not exist would lock its members out without a word. */
static void check_group(struct aiot_ini *doc, const char *key)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Control", key);

	if (e != NULL && e->value[0] != '\0' && getgrnam(e->value) == NULL)
		(void)aiot_ini_complain(&doc->errors, doc->label, e->line,
					"%s: there is no group '%s'", key, e->value);
}

static int read_values(struct aiot_host_file *file, const char *path, struct values *v,
		       struct aiot_out *why)
{
	char trust[512];
	size_t i;
	int fd, r;

	r = aiot_trust_open(path, &fd, trust, sizeof(trust));
	if (r < 0) {
		aiot_out_text(why, trust);
		return r;
	}
	r = aiot_ini_read_fd(path, fd, &file->doc);
	(void)close(fd);
	/* What cannot be read does not keep the rest from being checked: all is told at once. */
	if ((r == 0 || r == -AIOT_EINVAL) &&
	    aiot_keys_check(&file->doc, config_keys, KEY_COUNT, &file->doc.errors) < 0)
		r = -AIOT_EINVAL;
	check_group(&file->doc, "OperateGroup");
	check_group(&file->doc, "ReadGroup");
	if (r == 0 && file->doc.errors.count + file->doc.errors.lost > 0)
		r = -AIOT_EINVAL;
	if (r == 0)
		r = aiot_keys_apply(&file->doc, config_keys, KEY_COUNT, v);
	for (i = 0; r < 0 && i < file->doc.errors.count; i++)
		aiot_format(why, "%s%s", i ? "\n" : "", file->doc.errors.text[i]);
	return r;
}

int aiot_host_options_read(struct aiot_host_options *options, const char *path,
			   struct aiot_host_file **ret, char *why, size_t why_size)
{
	struct aiot_host_file *file = aiot_mem_zalloc(sizeof(*file));
	struct values v = {0};
	struct aiot_out out;
	int r = file ? 0 : -AIOT_ENOMEM;

	aiot_out_init(&out, why, why_size);
	if (r == 0)
		r = aiot_keys_defaults(config_keys, KEY_COUNT, &v);
	if (r == 0)
		r = read_values(file, path, &v, &out);
	if (r < 0 && out.len == 0)
		aiot_out_text(&out, "no memory");
	(void)aiot_out_str(&out);
	if (r < 0) {
		aiot_host_file_free(file);
		return r;
	}
	fill(options, &v);
	*ret = file;
	return 0;
}

void aiot_host_file_free(struct aiot_host_file *file)
{
	if (file == NULL)
		return;
	aiot_ini_finish(&file->doc);
	aiot_mem_free(file);
}

/* ---- again, while the host runs ---- */

/* Without the file everything is as if it were empty. */
static int read_again(struct aiot_host *host, struct aiot_host_options *o,
		      struct aiot_host_file **ret, char *why, size_t why_size)
{
	struct values v = {0};
	int r = aiot_host_options_read(o, host->config_file, ret, why, why_size);

	if (r != -AIOT_ENOENT)
		return r;
	r = aiot_keys_defaults(config_keys, KEY_COUNT, &v);
	fill(o, &v);
	return r;
}

static void tell_later(struct aiot_host *host, const char *key, bool differs)
{
	if (differs)
		aiot_host_log(host, AIOT_WARN, "%s: %s takes effect at the next start",
			      host->config_file, key);
}

static bool other_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

static uint64_t or_default(uint64_t value, uint64_t otherwise)
{
	return value ? value : otherwise;
}

static void tell_history_later(struct aiot_host *host, const struct aiot_host_options *o)
{
	tell_later(host, "Keep", o->history_keep != host->history_keep);
	tell_later(host, "Size in [History]",
		   o->history_bytes != or_default(host->history_bytes, AIOT_HISTORY_BYTES));
	tell_later(host, "DiskSize",
		   o->history_disk_bytes !=
			   or_default(host->history_disk_bytes, AIOT_HISTORY_DISK_BYTES));
	tell_later(host, "File in [History]", other_text(o->history_file, host->history_file));
}

/* What cannot change now is compared with what the host was made with; 0 there is the default. */
static void apply_live(struct aiot_host *host, const struct aiot_host_options *o)
{
	static const enum aiot_collision collisions[] = {AIOT_RENAME, AIOT_RAISE, AIOT_IGNORE};
	struct aiot_host_options def = {0};
	struct values v = {0};

	(void)aiot_keys_defaults(config_keys, KEY_COUNT, &v);
	fill(&def, &v);
	host->collision = collisions[o->name_taken];
	host->restarting = (enum aiot_restarting)o->restarting;
	host->core.loud_prerun = o->loud_prerun;
	host->core.silent_conditions = !o->loud_conditions;
	host->core.cycle_ns = o->cycle_ms * AIOT_NS_PER_MS;
	host->max_processes = o->max_processes;
	aiot_guard_limit(host, o->stall_warn_ms, o->stall_abort_ms);
	host->save_s = o->state_save_s == AIOT_SAVE_AT_END ? 0 : o->state_save_s;
	host->core.from_history = o->status_from_logs != 0;
	if (host->core.log_level != o->log_level) {
		host->core.log_level = (uint8_t)o->log_level;
		aiot_host_log(host, AIOT_INFO, "%s: log level %s", host->config_file,
			      aiot_level_word((uint8_t)o->log_level));
	}
	tell_later(host, "Size in [Log]",
		   o->log_bytes != (host->log_bytes ? host->log_bytes : def.log_bytes));
	tell_later(host, "MaxClients",
		   o->max_clients != (host->max_clients ? host->max_clients : def.max_clients));
	tell_later(host, "OperateGroup", other_text(o->operate_group, host->operate_name));
	tell_later(host, "ReadGroup", other_text(o->read_group, host->read_name));
	tell_later(host, "Environment", other_text(o->environment, host->environment));
	tell_later(host, "EnvironmentFile",
		   other_text(o->environment_file, host->environment_path));
	tell_history_later(host, o);
}

/* A record for each line of the text. */
static void log_lines(struct aiot_host *host, const char *text)
{
	while (text[0] != '\0') {
		size_t len = strcspn(text, "\n");

		aiot_host_log(host, AIOT_ERROR, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

int aiot_config_reload(struct aiot_host *host)
{
	struct aiot_host_options o = {0};
	struct aiot_host_file *file = NULL;
	char why[sizeof(host->error)] = "";
	int r;

	if (host->config_file == NULL)
		return 0;
	r = read_again(host, &o, &file, why, sizeof(why));
	if (r < 0) {
		log_lines(host, why);
		aiot_host_log(host, AIOT_ERROR, "configuration not read again, all is as before");
		return aiot_host_fail(host, r, "%s", why);
	}
	apply_live(host, &o);
	aiot_host_file_free(file);
	return 0;
}

void aiot_host_options_help(void (*line)(void *arg, const char *text), void *arg)
{
	char text[256], form[96];
	size_t i;

	for (i = 0; i < KEY_COUNT; i++) {
		const struct aiot_key *key = &config_keys[i];

		aiot_key_form(key, form, sizeof(form));
		(void)aiot_format_to(text, sizeof(text), "[%s] %s = %s", key->section, key->key,
				     key->fallback);
		line(arg, text);
		(void)aiot_format_to(text, sizeof(text), "      %s (%s)", key->help, form);
		line(arg, text);
	}
}
