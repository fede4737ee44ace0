/*
 * test-unit-names.c - what calls about services share: the units that they name, each once, in as
 * many replies as that takes.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-calls.h"

/* 12 of them; a reply of 8 KiB is for fewer. */
static void prepare_many(void)
{
	char name[8];
	unsigned i;

	install("good.so", "good");
	for (i = 0; i < 12; i++) {
		(void)snprintf(name, sizeof(name), "s%02u", i);
		unit_file(name, GOOD);
	}
	assert_int_equal(aiot_host_reload(host), 0);
}

/* In all pages, each of them once. */
static unsigned told_in_pages(const char *verb, const char *params)
{
	enum aiot_call_result r;
	unsigned rows = 0;

	begin(verb, params, true);
	call.page_bytes = 1;
	while ((r = call_step()) == AIOT_CALL_PAGE || r == AIOT_CALL_WAIT) {
		if (r == AIOT_CALL_WAIT)
			(void)uv_run(&loop, UV_RUN_ONCE);
		else
			rows += aiot_json_count(aiot_json_get(reply, "services"));
	}
	assert_int_equal(r, AIOT_CALL_DONE);
	return rows;
}

static void thousands_are_loaded_told_and_unloaded_in_pages(void **state)
{
	(void)state;
	prepare_many();
	assert_int_equal(told_in_pages("load", "{'names':['s*','s03','*']}"), 12);
	assert_int_equal(aiot_host_task_count(host), 12);
	unit_file("s04", GOOD "Type = core\n");
	unit_file("s07", GOOD "Type = core\n");
	assert_int_equal(told_in_pages("daemon-reload", NULL), 2);
	assert_int_equal(told_in_pages("is-enabled", "{'names':['s*']}"), 12);
	assert_int_equal(told_in_pages("unload", "{'names':['s*']}"), 12);
	assert_int_equal(aiot_host_task_count(host), 0);
}

static void what_would_not_fit_into_one_reply_is_refused_before_anything_is_done(void **state)
{
	(void)state;
	prepare_many();
	begin("load", "{'names':['s*']}", false);
	call.page_bytes = 8 * 1024;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.UseMore");
	assert_int_equal(aiot_host_task_count(host), 0);
	assert_int_equal(ask("load", "{'names':['s*']}"), AIOT_CALL_DONE);
	begin("unload", "{'names':['s*']}", false);
	call.page_bytes = 8 * 1024;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.UseMore");
	assert_int_equal(aiot_host_task_count(host), 12);
	begin("unload", "{'names':['s01']}", false);
	call.page_bytes = 8 * 1024;
	while (call_step() == AIOT_CALL_WAIT)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_string_equal(all_of("services", "name"), "s01");
}

static void a_service_that_several_names_mean_is_told_once(void **state)
{
	(void)state;
	prepare_many();
	assert_int_equal(ask("get-config", "{'names':['s03','?03','s03','s1?']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("configs", "name"), "s03 s10 s11");
	assert_int_equal(ask("get-config", "{'names':['s03']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("configs", "name"), "s03");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(thousands_are_loaded_told_and_unloaded_in_pages),
		T(what_would_not_fit_into_one_reply_is_refused_before_anything_is_done),
		T(a_service_that_several_names_mean_is_told_once),
	};

	be_inspector(argc, argv);
	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
