/*
 * host-stage.h - for the tests of the runtime: a directory of its own for each test, with
 * configuration and modules in it, and a host on the test's loop.
 *
 *	BASE/vendor/services.d/ BASE/admin/services.d/	config_dirs, the later one wins
 *	BASE/modules/					module_dirs
 *
 * argv[1] of the program is where the test modules were built; stage_main() keeps it.
 */
#ifndef HOST_STAGE_H
#define HOST_STAGE_H

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "units.h"

static const char *built = "."; /* where the test modules are */
static char base[64], printed[16384];
static uv_loop_t loop;
static struct aiot_host *host;
static char why[1024];

static inline const char *path_of(const char *file)
{
	static char path[16][512];
	static unsigned turn;
	char *p = path[++turn % 16];

	assert_true(snprintf(p, sizeof(path[0]), "%s/%s", base, file) < (int)sizeof(path[0]));
	return p;
}

static inline void write_bytes(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* A unit file: "admin/services.d/x.ini". */
static inline void write_text(const char *file, const char *text)
{
	write_bytes(path_of(file), text, strlen(text));
}

static inline void unit_file(const char *name, const char *text)
{
	char file[128];

	assert_true(snprintf(file, sizeof(file), "admin/services.d/%s.ini", name) > 0);
	write_text(file, text);
}

static char file_bytes[4 << 20];

static inline size_t read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t len;

	assert_non_null(file);
	len = fread(file_bytes, 1, sizeof(file_bytes), file);
	assert_true(len < sizeof(file_bytes));
	assert_int_equal(fclose(file), 0);
	return len;
}

/* Put a module that was built (FROM.so, or a program) into the module directory, as AS.so. */
static inline void install(const char *from, const char *as)
{
	char path[512];
	size_t len;

	assert_true(snprintf(path, sizeof(path), "%s/%s", built, from) < (int)sizeof(path));
	len = read_file(path);
	assert_true(snprintf(path, sizeof(path), "%s/modules/%s.so", base, as) > 0);
	(void)remove(path);
	write_bytes(path, file_bytes, len);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int open_base(void **state)
{
	static const char *const dirs[] = {"vendor", "vendor/services.d", "admin",
					   "admin/services.d", "modules"};
	unsigned i;

	(void)state;
	(void)umask(022);
	memcpy(base, "/tmp/test-host-XXXXXX", 22);
	if (mkdtemp(base) == NULL)
		return -1;
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (mkdir(path_of(dirs[i]), 0755) < 0)
			return -1;
	}
	printed[0] = '\0';
	why[0] = '\0';
	return 0;
}

static inline int close_base(void **state)
{
	(void)state;
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void print_line(void *arg, const char *text)
{
	size_t len = strlen(printed);

	(void)arg;
	(void)snprintf(printed + len, sizeof(printed) - len, "%s\n", text);
}

static char inspector[512];

/* First thing in main: this program looks into modules for the hosts that it tests. */
static inline void be_inspector(int argc, char **argv)
{
	ssize_t len = readlink("/proc/self/exe", inspector, sizeof(inspector) - 1);

	assert_true(len > 0);
	if (argc == 4 && strcmp(argv[1], "--inspect") == 0)
		aiot_host_inspect(argv[2], argv[3]);
}

static inline int create_host(const struct aiot_host_options *extra)
{
	const char *config_dirs[] = {path_of("vendor"), path_of("admin"), NULL};
	const char *module_dirs[] = {path_of("modules"), NULL};
	struct aiot_host_options o = {0};

	if (extra != NULL)
		o = *extra;
	o.size = sizeof(o);
	if (o.config_dirs == NULL)
		o.config_dirs = config_dirs;
	if (o.module_dirs == NULL)
		o.module_dirs = module_dirs;
	o.inspector = inspector[0] ? inspector : NULL;
	o.loop = &loop;
	o.print = print_line;
	if (o.log_bytes == 0)
		o.log_bytes = 65536;
	return aiot_host_create(&o, &host, why, sizeof(why));
}

static inline int open_stage(void **state)
{
	if (open_base(state) < 0)
		return -1;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(NULL), 0);
	return 0;
}

/* The loop must be empty when the host is gone. */
static inline void end_host(void)
{
	aiot_host_destroy(host);
	host = NULL;
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static inline int close_stage(void **state)
{
	end_host();
	return close_base(state);
}

/* Run the loop until the core has nothing to do at once. */
static inline void settle(void)
{
	unsigned turns = 0;

	while (uv_is_active((uv_handle_t *)&host->core_idle)) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		assert_true(++turns < 10000);
	}
}

static inline const char *state_of(const char *task)
{
	const char *state = aiot_host_task_state(host, task);

	return state ? state : "none";
}

/* Run until a task is in that state; it has to come there. */
static inline void run_until(const char *task, const char *state)
{
	bool more = true;

	while (strcmp(state_of(task), state) != 0) {
		assert_true(more);
		more = uv_run(&loop, UV_RUN_ONCE) != 0;
	}
}

static inline unsigned logged(const char *text)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	unsigned count = 0;
	char line[2048];

	aiot_ring_oldest(host->core.ring, &cursor);
	while (aiot_ring_next(host->core.ring, &cursor, &record, NULL)) {
		(void)snprintf(line, sizeof(line), "%.*s", (int)record.text_len, record.text);
		count += strstr(line, text) != NULL;
	}
	return count;
}

static inline struct aiot_unit *unit_of(const char *name)
{
	struct aiot_unit *unit = aiot_unit_find(host, name);

	assert_non_null(unit);
	return unit;
}

/* What is wrong with a unit, the test's directory cut out. */
static inline const char *error_of(const char *name)
{
	static char text[4096];
	const char *from = unit_of(name)->error ? unit_of(name)->error->text : "";
	char *to = text;

	while (*from && to < text + sizeof(text) - 1) {
		if (strncmp(from, base, strlen(base)) == 0)
			from += strlen(base) + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return text;
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

#endif
