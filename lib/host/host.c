/*
 * host.c - aiotools-host.h's functions: making a host, its tasks, running and ending it.
 *
 * Called by programs.  What the core asks of its owner (memory, waking, what became of entries) is
 * in core-ops.c.  The end goes in steps, each begun when the one before is through: stop all tasks,
 * close the server, close the loop's handles, tell the program.
 */
#include "host.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "service.h"
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

	host->core.now_ns = aiot_clock_mono_ns();
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
	while (n-- > 0) {
		(*ret)[n] = aiot_mem_strdup(list[n]);
		if ((*ret)[n] == NULL) {
			(*ret)[0] = NULL;
			return -AIOT_ENOMEM;
		}
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

static int copy_options(struct aiot_host *host, const struct aiot_host_options *o)
{
	static const enum aiot_collision collisions[] = {AIOT_RENAME, AIOT_RAISE, AIOT_IGNORE};
	int r;

	if (copy_text(o->name ? o->name : "aiotools", &host->name) < 0 ||
	    copy_text(o->runtime_dir, &host->runtime_dir) < 0 ||
	    copy_text(o->state_dir, &host->state_dir) < 0)
		return -AIOT_ENOMEM;
	if (!aiot_name_valid(host->name, strlen(host->name)))
		return aiot_host_fail(host, -AIOT_EINVAL, "'%s' cannot be a host's name",
				      host->name);
	if (o->name_taken >= sizeof(collisions) / sizeof(collisions[0]))
		return aiot_host_fail(host, -AIOT_EINVAL, "name_taken is %u, not 0 to 2",
				      o->name_taken);
	host->collision = collisions[o->name_taken];
	host->max_clients = o->max_clients;
	host->print = o->print;
	host->on_stop = o->on_stop;
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
	return (mkdir(path, 0755) == 0 || errno == EEXIST) && access(path, W_OK) == 0;
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

/* The log comes first: all that follows may want to write to it. */
static int open_log(struct aiot_host *host, uint64_t bytes)
{
	if (host->runtime_dir != NULL)
		(void)usable_dir(host->runtime_dir); /* if not, the ring file says why */
	return aiot_ringfile_open(&host->ringfile, host->runtime_dir, bytes ? bytes : 1u << 20);
}

static int make_core(struct aiot_host *host, uint32_t log_level)
{
	/* 262 us a tick, far below libuv's millisecond; 6 bits x 8 levels span two thousand years.
	 */
	static const struct aiot_geometry geometry = {.tick_shift = 18, .bits = 6, .levels = 8};
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
	if (log_level)
		host->core.log_level = (uint8_t)log_level;
	aiot_place_main_init(&host->place, &host->core);
	host->commands = (struct aiot_commands){
		.core = &host->core,
		.segment = {{aiot_commands_core, aiot_bindings_core, host},
			    {aiot_commands_host, aiot_bindings_host, host}},
	};
	return 0;
}

static void free_host(struct aiot_host *host)
{
	aiot_units_finish(host);
	aiot_numbers_finish(host);
	aiot_ringfile_close(&host->ringfile);
	free_list(host->config_dirs);
	free_list(host->module_dirs);
	aiot_mem_free(host->wheels);
	aiot_mem_free(host->name);
	aiot_mem_free(host->runtime_dir);
	aiot_mem_free(host->state_dir);
	aiot_mem_free(host);
}

static int build(struct aiot_host *host, const struct aiot_host_options *o)
{
	int r = copy_options(host, o);

	if (r == 0)
		r = open_log(host, o->log_bytes);
	if (r == 0)
		r = make_core(host, o->log_level);
	if (r == 0)
		r = aiot_loop_init(host, o->loop);
	if (r == 0 && host->ringfile.why[0] != '\0')
		aiot_host_log(host, AIOT_WARN, "%s", host->ringfile.why);
	return r < 0 ? r : find_state(host);
}

int aiot_host_create(const struct aiot_host_options *options, struct aiot_host **ret, char *why,
		     size_t why_size)
{
	struct aiot_host_options o = {0};
	struct aiot_host *host;
	int r;

	memcpy(&o, options, options->size < sizeof(o) ? options->size : sizeof(o));
	host = aiot_mem_zalloc(sizeof(*host));
	if (host == NULL)
		return -AIOT_ENOMEM;
	host->clock_fd = -1;
	host->ringfile.fd = -1;
	r = build(host, &o);
	if (r < 0) {
		if (why != NULL && why_size > 0)
			(void)aiot_format_to(why, why_size, "%s",
					     host->error[0] ? host->error : aiot_error_word(r));
		free_host(host);
		return r;
	}
	*ret = host;
	return 0;
}

/* ---- services and tasks ---- */

int aiot_host_add_service(struct aiot_host *host, const struct aiot_service *service,
			  const char *const *args)
{
	struct aiot_service checked;
	struct aiot_unit *unit;
	struct aiot_out why;
	int r;

	aiot_out_init(&why, host->error, sizeof(host->error));
	r = aiot_service_check(service, service->name ? service->name : "", &checked, &why);
	(void)aiot_out_str(&why);
	if (r < 0)
		return r;
	if (!aiot_name_valid(checked.name, strlen(checked.name)))
		return aiot_host_fail(host, -AIOT_EINVAL, "'%s' cannot be a service's name",
				      checked.name);
	unit = aiot_unit_create(host, checked.name);
	if (unit == NULL)
		return aiot_host_fail(host, -AIOT_EEXIST, "a service '%s' is known already",
				      checked.name);
	r = aiot_unit_load_linked(host, unit, &checked, args);
	if (r < 0)
		(void)aiot_host_fail(host, r, "%s", unit->error ? unit->error->text : "no memory");
	return r;
}

/* Pairs of strings as arguments, at most `max`; returns their number. */
uint32_t aiot_args_from_pairs(const char *const *pairs, struct aiot_arg *args, uint32_t max)
{
	uint32_t count = 0;

	for (; pairs != NULL && pairs[0] != NULL && pairs[1] != NULL && count < max; pairs += 2)
		args[count++] = (struct aiot_arg){pairs[0], pairs[1], "added"};
	return count;
}

static int add_task(struct aiot_host *host, struct aiot_spec_block *block, const char *name,
		    struct aiot_task **ret)
{
	int r = aiot_host_make_task(host, &block->spec, name, host->collision, ret);

	if (r == -AIOT_EEXIST || r == -AIOT_EALREADY)
		(void)aiot_host_fail(host, r, "a task called '%s' exists already", name);
	else if (r < 0)
		(void)aiot_host_fail(host, r, "cannot add a task called '%s': %s", name,
				     aiot_error_word(r));
	if (r < 0)
		return r;
	r = aiot_core_start(&host->core, &(*ret)->entry);
	if (r < 0)
		aiot_core_delete(&host->core, &(*ret)->entry);
	return r;
}

int aiot_host_add_task(struct aiot_host *host, const struct aiot_service *service, const char *kind,
		       const char *name, const char *const *args, const char **ret_name)
{
	struct aiot_arg pairs[AIOT_ARGS_MAX];
	uint32_t count = aiot_args_from_pairs(args, pairs, AIOT_ARGS_MAX);
	struct aiot_spec_block *block = NULL;
	struct aiot_service checked;
	struct aiot_task *task = NULL;
	struct aiot_out why;
	int r;

	if (count == 0) {
		block = aiot_shared_block(host, service, kind);
		if (block != NULL)
			goto add;
	}
	aiot_out_init(&why, host->error, sizeof(host->error));
	r = aiot_service_check(service, service->name ? service->name : "", &checked, &why);
	if (r == 0)
		r = aiot_spec_create(host, &checked, kind, "linked in", pairs, count, &block, &why);
	(void)aiot_out_str(&why);
	if (r < 0)
		return r;
	block->origin = service;
	if (count == 0)
		host->last_block = block;
add:
	r = add_task(host, block, name, &task);
	if (r < 0 && block->spec.users == 0)
		aiot_block_unused(host, block);
	if (r == 0 && ret_name != NULL)
		*ret_name = aiot_entry_name(&task->entry);
	return r;
}

int aiot_host_reload(struct aiot_host *host)
{
	int r = aiot_units_scan(host);

	if (r < 0)
		return aiot_host_fail(host, r, "no memory to read the configuration");
	aiot_host_log(host, AIOT_INFO, "configuration read; services known: %u", host->units.count);
	return 0;
}

int aiot_host_load(struct aiot_host *host, const char *name)
{
	struct aiot_unit *unit = NULL;
	int r;

	if (name != NULL) {
		unit = aiot_unit_find(host, name);
		if (unit == NULL)
			return aiot_host_fail(host, -AIOT_ENOENT, "there is no service '%s'", name);
		r = aiot_unit_load(host, unit);
		if (r == -AIOT_EALREADY)
			return aiot_host_fail(host, r, "service '%s' is loaded already", name);
		return r < 0 ? aiot_host_fail(host, r, "%s", unit->error ? unit->error->text : "")
			     : 0;
	}
	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if ((unit->conf.enabled || unit->bad_file) && unit->load != AIOT_UNIT_LOADED)
			(void)aiot_unit_load(host, unit);
	}
	return 0;
}

static struct aiot_entry *find_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = aiot_core_find(&host->core, name);

	if (entry == NULL)
		(void)aiot_host_fail(host, -AIOT_ENOENT, "no such task: '%s'", name);
	return entry;
}

int aiot_host_start_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);

	return entry ? aiot_core_start(&host->core, entry) : -AIOT_ENOENT;
}

int aiot_host_stop_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);

	return entry ? aiot_core_stop(&host->core, entry, false) : -AIOT_ENOENT;
}

int aiot_host_delete_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);

	if (entry == NULL)
		return -AIOT_ENOENT;
	aiot_core_delete(&host->core, entry);
	return 0;
}

const char *aiot_host_task_state(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);

	return entry ? aiot_state_word((enum aiot_state)entry->state) : NULL;
}

uint32_t aiot_host_task_count(const struct aiot_host *host)
{
	return host->core.names.count;
}

uint32_t aiot_host_alive_count(const struct aiot_host *host)
{
	return host->core.alive;
}

/* ---- control ---- */

static int need_server(struct aiot_host *host)
{
	struct aiot_server_options options = {
		.loop = host->loop,
		.commands = &host->commands,
		.host_name = host->host_name,
		.operate_group = host->operate_group,
		.read_group = host->read_group,
		.max_clients = host->max_clients,
	};
	int r;

	if (host->server != NULL)
		return 0;
	r = aiot_server_create(&options, &host->server);
	return r < 0 ? aiot_host_fail(host, r, "no memory for the control server") : 0;
}

int aiot_host_listen(struct aiot_host *host, const char *path)
{
	int r = need_server(host);

	if (r == 0)
		r = aiot_server_listen(host->server, path, host->error, sizeof(host->error));
	if (r == 0)
		(void)aiot_format_to(host->socket_path, sizeof(host->socket_path), "%s", path);
	return r;
}

int aiot_host_adopt(struct aiot_host *host, int fd)
{
	int r = need_server(host);

	if (r == 0)
		r = aiot_server_adopt(host->server, fd, host->error, sizeof(host->error));
	return r;
}

/* ---- running and ending ---- */

int aiot_host_run(struct aiot_host *host)
{
	while (!host->stopped && uv_run(host->loop, UV_RUN_ONCE) != 0) {
		/* every turn of the loop is one round of this */
	}
	return 0;
}

static void all_closed(struct aiot_host *host)
{
	if (host->clock_fd >= 0)
		(void)close(host->clock_fd);
	host->clock_fd = -1;
	host->stopped = true;
	if (host->stopped_fn != NULL)
		host->stopped_fn(host->stopped_arg);
}

static void server_closed(void *arg)
{
	struct aiot_host *host = arg;

	host->server = NULL;
	aiot_loop_close(host, all_closed);
}

/* Called after every round of the core while the host is stopping. */
void aiot_host_stop_step(struct aiot_host *host)
{
	if (!host->stopping || host->closing || host->core.alive > 0)
		return;
	host->closing = true;
	aiot_host_log(host, AIOT_INFO, "stopped");
	aiot_server_close(host->server, server_closed, host);
}

static int newer(const void *a, const void *b)
{
	const struct aiot_entry *const *x = a, *const *y = b;

	return (*x)->id < (*y)->id ? 1 : -1;
}

/* The newest first; in name order if there is no memory to sort them. */
static void stop_all(struct aiot_host *host)
{
	uint32_t n = 0, i, max = host->core.names.count;
	struct aiot_entry **sorted = aiot_mem_alloc((max + 1) * sizeof(struct aiot_entry *));
	struct aiot_entry *e = NULL;

	while ((e = aiot_core_match(&host->core, "*", e ? aiot_entry_name(e) : "")) != NULL) {
		e->flags &= (uint8_t)~AIOT_ENTRY_RESTART;
		if (sorted != NULL && n < max)
			sorted[n++] = e;
		else
			(void)aiot_core_stop(&host->core, e, false);
	}
	if (sorted != NULL)
		qsort(sorted, n, sizeof(struct aiot_entry *), newer);
	for (i = 0; i < n; i++)
		(void)aiot_core_stop(&host->core, sorted[i], false);
	aiot_mem_free(sorted);
}

void aiot_host_stop(struct aiot_host *host, void (*stopped)(void *arg), void *arg)
{
	if (stopped != NULL) {
		host->stopped_fn = stopped;
		host->stopped_arg = arg;
	}
	if (host->stopping)
		return;
	host->stopping = true;
	aiot_host_log(host, AIOT_INFO, "stopping; tasks alive: %u", host->core.alive);
	stop_all(host);
	aiot_loop_wake(host);
}

void aiot_host_destroy(struct aiot_host *host)
{
	struct aiot_entry *e;

	if (host == NULL)
		return;
	if (!host->stopped) {
		aiot_host_stop(host, NULL, NULL);
		(void)aiot_host_run(host);
	}
	while ((e = aiot_core_match(&host->core, "*", "")) != NULL)
		aiot_core_delete(&host->core, e);
	if (host->owns_loop)
		(void)uv_loop_close(&host->own_loop);
	free_host(host);
}
