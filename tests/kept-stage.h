/*
 * kept-stage.h - for the tests of what is kept about services: host-stage.h with a state and a
 * runtime directory, and calls that wait for the disk.
 *
 *	BASE/vendor < BASE/state < BASE/admin < BASE/run
 */
#ifndef KEPT_STAGE_H
#define KEPT_STAGE_H

#include "ask.h"
#include "host-stage.h"
#include "keep.h"

#define GOOD "[Service]\nModule = good\n"

static inline void open_host(void)
{
	const char *config_dirs[] = {path_of("vendor"), path_of("state"), path_of("admin"),
				     path_of("run"), NULL};
	struct aiot_host_options o = {
		.config_dirs = config_dirs,
		.state_dir = path_of("state"),
		.runtime_dir = path_of("run"),
	};

	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), 0);
	assert_int_equal(aiot_host_reload(host), 0);
}

static inline int open_kept_stage(void **state)
{
	if (open_base(state) < 0)
		return -1;
	if (mkdir(path_of("state"), 0755) || mkdir(path_of("state/services.d"), 0755))
		return -1;
	install("good.so", "good");
	open_host();
	return 0;
}

/* The next start of the program. */
static inline void open_again(void)
{
	end_host();
	open_host();
}

/* One call, to its reply. */
static inline enum aiot_call_result asked(const char *verb, const char *params)
{
	enum aiot_call_result r;
	unsigned turns = 0;

	call_begin(&host->commands, verb, params, false);
	while ((r = call_step()) == AIOT_CALL_WAIT) {
		assert_true(++turns < 1000);
		(void)uv_run(&loop, UV_RUN_ONCE);
	}
	return r;
}

/* The file's text; "": there is none. */
static inline const char *text_of(const char *file)
{
	static char text[8192];
	FILE *in = fopen(path_of(file), "r");

	if (in == NULL)
		return "";
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	assert_int_equal(fclose(in), 0);
	return text;
}

#define K(name) cmocka_unit_test_setup_teardown(name, open_kept_stage, close_stage)

#endif
