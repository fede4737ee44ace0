/*
 * host.c - aiotools-host.h's functions for making a host and telling what is wrong.
 *
 * Called by programs.  What the core asks of its owner (memory, waking, what became of entries) is
 * in core-ops.c; services and tasks are in host-task.c, control, running and the end in host-run.c.
 */
#include "host.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash.h"
#include "history.h"
#include "keep.h"
#include "lastruns.h"
#include "mem.h"
#include "modules.h"
#include "service.h"
#include "timetext.h"
#include "unit-files.h"
#include "units.h"

#ifndef AIOT_VERSION
#error "the build defines AIOT_VERSION"
#endif

const char *aiot_version(void)
{
	return AIOT_VERSION;
}

int aiot_host_fail(struct aiot_host *host, int code, const char *fmt, ...)
{
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, host->error, sizeof(host->error));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	(void)aiot_out_str(&out);
	return code;
}

const char *aiot_host_error(const struct aiot_host *host)
{
	return host->error;
}

void aiot_host_log(struct aiot_host *host, enum aiot_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aiot_core_vlog(&host->core, host->name, strlen(host->name), level, fmt, ap);
	va_end(ap);
}

/* ---- making ---- */

static int copy_text(const char *text, char **ret)
{
	*ret = text ? aiot_mem_strdup(text) : NULL;
	return text != NULL && *ret == NULL ? -AIOT_ENOMEM : 0;
}

/* Copy a list that ends with NULL; *ret stays NULL for none. */
static int copy_list(const char *const *list, char ***ret)
{
	size_t n = 0;

	if (list == NULL)
		return 0;
	while (list[n] != NULL)
		n++;
	*ret = aiot_mem_zalloc((n + 1) * sizeof(**ret));
	if (*ret == NULL)
		return -AIOT_ENOMEM;
	for (n = 0; list[n] != NULL; n++) {
		(*ret)[n] = aiot_mem_strdup(list[n]);
		if ((*ret)[n] == NULL)
			return -AIOT_ENOMEM;
	}
	return 0;
}

static void free_list(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		aiot_mem_free(list[i]);
	aiot_mem_free(list);
}

/* aiotoolsd, if it is where it would be installed; NULL: it is not. */
static const char *installed_inspector(void)
{
	return access(AIOT_INSPECTOR, X_OK) == 0 ? AIOT_INSPECTOR : NULL;
}

static int find_group(struct aiot_host *host, const char *name, gid_t *ret)
{
	struct group *group;

	*ret = (gid_t)-1;
	if (name == NULL || name[0] == '\0')
		return 0;
	group = getgrnam(name);
	if (group == NULL)
		return aiot_host_fail(host, -AIOT_EINVAL, "there is no group '%s'", name);
	*ret = group->gr_gid;
	return 0;
}

static void copy_keeping(struct aiot_host *host, const struct aiot_host_options *o)
{
	host->save_s = o->state_save_s == 0		     ? AIOT_LASTRUNS_SAVE_S
		       : o->state_save_s == AIOT_SAVE_AT_END ? 0
							     : o->state_save_s;
	host->history_keep = o->history_keep;
	host->history_bytes = o->history_bytes;
	host->history_disk_bytes = o->history_disk_bytes;
}

static int copy_options(struct aiot_host *host, const struct aiot_host_options *o)
{
	static const enum aiot_collision collisions[] = {AIOT_RENAME, AIOT_RAISE, AIOT_IGNORE};
	int r;

	if (copy_text(o->name ? o->name : "aiotools", &host->name) < 0 ||
	    copy_text(o->inspector ? o->inspector : installed_inspector(), &host->inspector) < 0 ||
	    copy_text(o->runtime_dir, &host->runtime_dir) < 0 ||
	    copy_text(o->state_dir, &host->state_dir) < 0 ||
	    copy_text(o->state_dir, &host->state_home) < 0 ||
	    copy_text(o->config_file, &host->config_file) < 0 ||
	    copy_text(o->environment, &host->environment) < 0 ||
	    copy_text(o->environment_file, &host->environment_path) < 0 ||
	    copy_text(o->operate_group, &host->operate_name) < 0 ||
	    copy_text(o->read_group, &host->read_name) < 0 ||
	    copy_text(o->history_file, &host->history_file) < 0)
		return -AIOT_ENOMEM;
	if (!aiot_name_valid(host->name, strlen(host->name)))
		return aiot_host_fail(host, -AIOT_EINVAL, "'%s' cannot be a host's name",
				      host->name);
	if (o->name_taken >= sizeof(collisions) / sizeof(collisions[0]))
		return aiot_host_fail(host, -AIOT_EINVAL, "name_taken is %u, not 0 to 2",
				      o->name_taken);
	if (o->log_level && (o->log_level > UINT8_MAX || !aiot_level_word((uint8_t)o->log_level)))
		return aiot_host_fail(host, -AIOT_EINVAL, "log_level is %u, not 3, 4, 6 or 7",
				      o->log_level);
	if (o->restarting > AIOT_RESTARTING_RECALL)
		return aiot_host_fail(host, -AIOT_EINVAL, "restarting is %u, not 0 to 3",
				      o->restarting);
	host->collision = collisions[o->name_taken];
	host->max_clients = o->max_clients;
	host->log_bytes = o->log_bytes;
	copy_keeping(host, o);
	host->print = o->print;
	host->on_stop = o->on_stop;
	host->on_restart = o->on_restart;
	host->restarting = (enum aiot_restarting)o->restarting;
	host->no_schedule = o->no_schedule;
	host->no_config = o->no_config;
	host->max_processes = o->max_processes;
	host->guard.warn_ms = o->stall_warn_ms;
	host->guard.abort_ms = o->stall_abort_ms;
	host->guard.crashes = o->catch_crashes != 0;
	host->guard.stalled = o->stalled;
	host->arg = o->arg;
	if (gethostname(host->host_name, sizeof(host->host_name) - 1) < 0)
		memcpy(host->host_name, "localhost", 10);
	r = copy_list(o->config_dirs, &host->config_dirs);
	if (r == 0)
		r = copy_list(o->module_dirs, &host->module_dirs);
	if (r == 0)
		r = find_group(host, o->operate_group, &host->operate_group);
	if (r == 0)
		r = find_group(host, o->read_group, &host->read_group);
	return r;
}

static bool usable_dir(const char *path)
{
	struct stat st;

	if ((mkdir(path, 0755) < 0 && errno != EEXIST) || stat(path, &st) < 0)
		return false;
	if (!S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	return S_ISDIR(st.st_mode) && access(path, W_OK) == 0;
}

/* Where the state directory cannot be written, the runtime directory has to do, until the next
 * boot. */
static int find_state(struct aiot_host *host)
{
	char *fallback;

	if (host->state_dir == NULL || usable_dir(host->state_dir))
		return 0;
	aiot_host_log(host, AIOT_WARN,
		      "state directory %s cannot be written (%s); state is kept in %s, "
		      "until the next boot",
		      host->state_dir, strerror(errno),
		      host->runtime_dir ? host->runtime_dir : "memory");
	if (copy_text(host->runtime_dir, &fallback) < 0)
		return -AIOT_ENOMEM;
	aiot_mem_free(host->state_dir);
	host->state_dir = fallback;
	return 0;
}

/* What was installed there on a read-only root counts until the next boot, writable or not. */
static void find_installed(struct aiot_host *host)
{
	const char *run = host->runtime_dir, *home = host->state_home;
	char path[AIOT_MODULE_PATH_MAX];
	struct stat st;

	if (run == NULL || home == NULL || strcmp(run, home) == 0)
		return;
	(void)aiot_format_to(path, sizeof(path), "%s/modules", run);
	host->run_modules = host->state_dir == NULL || strcmp(host->state_dir, home) != 0 ||
			    stat(path, &st) == 0;
}

/* The log comes first: all that follows may want to write to it. */
static int open_log(struct aiot_host *host, uint64_t bytes)
{
	int r = -AIOT_EINVAL;

	if (host->runtime_dir != NULL)
		(void)usable_dir(host->runtime_dir); /* if not, the ring file says why */
	if (bytes <= AIOT_RING_MAX_SIZE)
		r = aiot_ringfile_open(&host->ringfile, host->runtime_dir,
				       bytes ? (size_t)bytes : 1u << 20);
	return r == -AIOT_EINVAL ? aiot_host_fail(host, r, "a log cannot have %llu bytes",
						  (unsigned long long)bytes)
				 : r;
}

static void apply_options(struct aiot_host *host, const struct aiot_host_options *o)
{
	struct aiot_core *core = &host->core;

	if (o->log_level)
		core->log_level = (uint8_t)o->log_level;
	if (o->cycle_ms)
		core->cycle_ns = o->cycle_ms * AIOT_NS_PER_MS;
	core->silent_conditions = !o->loud_conditions;
	core->loud_prerun = o->loud_prerun;
	core->from_history = o->status_from_logs != 0;
	core->env = host->environment && host->environment[0] ? host->environment : NULL;
	/* Jitter is to differ between devices, no more. */
	if (getrandom(&core->seed, sizeof(core->seed), GRND_NONBLOCK) < 0)
		core->seed = (uint64_t)getpid() ^ aiot_clock_mono_ns();
}

static int make_core(struct aiot_host *host, const struct aiot_host_options *o)
{
	const struct aiot_geometry geometry = aiot_clock_geometry;
	struct aiot_core_memory memory = {.ring = &host->ringfile.ring, .stall = &host->stall};
	int r;

	host->wheels = aiot_mem_zalloc(2 * AIOT_CORE_WHEEL_BYTES(geometry));
	if (host->wheels == NULL)
		return -AIOT_ENOMEM;
	memory.wheel_mem = host->wheels;
	memory.alarm_mem = (char *)host->wheels + AIOT_CORE_WHEEL_BYTES(geometry);
	r = aiot_core_init(&host->core, &aiot_host_core_ops, host, geometry, &memory);
	if (r < 0)
		return r;
	host->core.name = host->name;
	host->core.commands = &host->commands;
	aiot_place_main_init(&host->place, &host->core);
	apply_options(host, o);
	host->commands = (struct aiot_commands){
		.core = &host->core,
		.segment = {{aiot_commands_core, aiot_bindings_core, host},
			    {aiot_commands_host, aiot_bindings_host, host},
			    {aiot_commands_service, aiot_bindings_service, host}},
	};
	return 0;
}

void aiot_host_free(struct aiot_host *host)
{
	aiot_guard_finish(host);
	aiot_units_finish(host);
	aiot_drop_ins_forget(host);
	aiot_overlay_finish(&host->overlay);
	aiot_keep_free(host);
	aiot_modules_finish(host);
	aiot_crash_uninstall(&host->core); /* not before: those end services */
	aiot_numbers_finish(host);
	aiot_lastruns_free(host);
	aiot_history_free(host);
	aiot_ringfile_close(&host->ringfile);
	free_list(host->config_dirs);
	free_list(host->module_dirs);
	aiot_mem_free(host->wheels);
	aiot_mem_free(host->name);
	aiot_mem_free(host->runtime_dir);
	aiot_mem_free(host->state_dir);
	aiot_mem_free(host->state_home);
	aiot_mem_free(host->config_file);
	aiot_mem_free(host->inspector);
	aiot_mem_free(host->environment);
	aiot_mem_free(host->environment_path);
	aiot_environment_undo(host->variables);
	aiot_mem_free(host->operate_name);
	aiot_mem_free(host->read_name);
	aiot_mem_free(host->history_file);
	aiot_mem_free(host);
}

#define LOOK_BACK_MAX 10000 /* records; a run that ended in order has its word near the end */

static bool holds(const struct aiot_ring_record *r, const char *words)
{
	size_t len = strlen(words), i;

	for (i = 0; i + len <= r->text_len; i++) {
		if (memcmp(r->text + i, words, len) == 0)
			return true;
	}
	return false;
}

/* Whether the newest record about a run in the log is that of its end; an empty log has none. */
static bool ended_in_order(struct aiot_host *host)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record r;
	unsigned n;

	aiot_ring_newest(host->core.ring, &cursor);
	for (n = 0; n < LOOK_BACK_MAX && aiot_ring_prev(host->core.ring, &cursor, &r); n++) {
		if (r.name_len != strlen(host->name) || memcmp(r.name, host->name, r.name_len) != 0)
			continue;
		if (r.text_len == strlen("stopped") && memcmp(r.text, "stopped", r.text_len) == 0)
			return true;
		if (holds(&r, " starting, pid "))
			return false;
	}
	return n == 0;
}

void aiot_host_log_milestone(struct aiot_host *host, const char *text)
{
	uint8_t level = host->core.log_level;

	if (level < AIOT_INFO)
		host->core.log_level = AIOT_INFO;
	aiot_host_log(host, AIOT_INFO, "%s", text);
	host->core.log_level = level;
}

static void tell_start(struct aiot_host *host)
{
	bool in_order = ended_in_order(host);
	char text[128];

	(void)aiot_format_to(text, sizeof(text), "%s %s starting, pid %ld", host->name,
			     aiot_version(), (long)getpid());
	aiot_host_log_milestone(host, text);
	if (!in_order)
		aiot_host_log(host, AIOT_WARN, "the run before this one did not end in order");
}

/* Before anything asks for a variable. */
static int read_environment(struct aiot_host *host)
{
	const char *path = host->environment_path;
	bool optional = path != NULL && path[0] == '-';
	int r;

	if (path == NULL || path[0] == '\0')
		return 0;
	r = aiot_environment_read(path + optional, &host->variables, host->error,
				  sizeof(host->error));
	if (r == -AIOT_ENOENT && optional)
		r = 0;
	if (r == 0)
		host->error[0] = '\0';
	return r;
}

/* The loop comes last: handles on it cannot be taken back without running it. */
static int build(struct aiot_host *host, const struct aiot_host_options *o)
{
	int r = copy_options(host, o);

	if (r == 0)
		r = read_environment(host);
	if (r == 0)
		r = open_log(host, o->log_bytes);
	if (r == 0)
		r = make_core(host, o);
	if (r < 0)
		return r;
	aiot_loop_tell_clock(host);
	tell_start(host);
	if (host->ringfile.why[0] != '\0')
		aiot_host_log(host, AIOT_WARN, "%s", host->ringfile.why);
	r = find_state(host);
	find_installed(host);
	if (r == 0)
		r = aiot_history_open(host, o);
	if (r == 0)
		r = aiot_lastruns_open(host);
	if (r == 0)
		aiot_guard_open(host);
	if (r == 0)
		r = aiot_loop_init(host, o->loop);
	if (r < 0)
		return r;
	aiot_history_begin(host);
	aiot_lastruns_begin(host);
	aiot_guard_begin(host);
	return 0;
}

static void tell(char *why, size_t why_size, const char *text)
{
	if (why != NULL && why_size > 0)
		(void)aiot_format_to(why, why_size, "%s", text);
}

/* The struct of the first release, which ended with config_file. */
#define SIZE_MIN (offsetof(struct aiot_host_options, config_file) + sizeof(const char *))

/* A newer program is understood as long as it asks for nothing that is unknown here. */
static int check_size(const struct aiot_host_options *options, char *why, size_t why_size)
{
	const char *bytes = (const char *)options;
	size_t i;

	if (options->size < SIZE_MIN) {
		tell(why, why_size,
		     "options->size is too small: set it to sizeof(struct aiot_host_options)");
		return -AIOT_EINVAL;
	}
	for (i = sizeof(*options); i < options->size; i++) {
		if (bytes[i] != 0) {
			tell(why, why_size,
			     "an option is set that is unknown here: the program was built for a "
			     "newer aiotools");
			return -AIOT_EINVAL;
		}
	}
	return 0;
}

int aiot_host_create(const struct aiot_host_options *options, struct aiot_host **ret, char *why,
		     size_t why_size)
{
	struct aiot_host_options o = {0};
	struct aiot_host *host;
	int r = check_size(options, why, why_size);

	if (r < 0)
		return r;
	memcpy(&o, options, options->size < sizeof(o) ? options->size : sizeof(o));
	host = aiot_mem_zalloc(sizeof(*host));
	if (host == NULL) {
		tell(why, why_size, "no memory");
		return -AIOT_ENOMEM;
	}
	host->clock_fd = -1;
	host->inspect_ms = AIOT_INSPECT_S * 1000u;
	host->inspect_kept_ms = AIOT_INSPECT_KEPT_S * 1000u;
	host->ringfile.fd = -1;
	aiot_boot_init(host);
	r = build(host, &o);
	if (r < 0) {
		tell(why, why_size, host->error[0] ? host->error : "no memory");
		aiot_host_free(host);
		return r;
	}
	*ret = host;
	return 0;
}
