/*
 * test-calls-load.c - load by name looks into modules first: one that ends or hangs the program
 * that opens it does not end this one.  What else load does is in test-calls-service.c.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-calls.h"

static void a_constructor_that_ends_the_program_is_told_and_the_program_goes_on(void **state)
{
	static const struct {
		const char *module, *part;
	} rows[] = {
		{"crashes", "crashes.so: crashes when it is opened (signal 11"},
		{"leaves", "leaves.so: ends the program that opens it, with exit code"},
		{"hangs", "hangs.so: was not opened within 300 ms: a constructor of it hangs"},
	};
	char file[64], text[64], names[128];
	size_t i;

	(void)state;
	host->inspect_ms = 300;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(file, sizeof(file), "%s.so", rows[i].module);
		install(file, rows[i].module);
		(void)snprintf(text, sizeof(text), "[Service]\nModule = %s\n", rows[i].module);
		unit_file(rows[i].module, text);
	}
	install("good.so", "good");
	unit_file("good", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(names, sizeof(names), "{'names':['%s','good']}", rows[i].module);
		assert_int_equal(ask("load", names), AIOT_CALL_DONE);
		(void)snprintf(text, sizeof(text), "failed loaded");
		assert_string_equal(all_of("services", "load"), text);
		assert_non_null(strstr(error_of(rows[i].module), rows[i].part));
		assert_non_null(strstr(printed, rows[i].part));
		assert_int_equal(ask("unload", "{'names':['good']}"), AIOT_CALL_DONE);
	}
	install("good.so", "crashes"); /* mended, but for its name: now the load itself tells */
	assert_int_equal(ask("load", "{'names':['crashes']}"), AIOT_CALL_DONE);
	assert_non_null(strstr(error_of("crashes"), "has no symbol aiot_service_crashes"));
}

static void many_services_of_one_module_cost_one_look(void **state)
{
	(void)state;
	install("good.so", "good");
	unit_file("a", GOOD);
	unit_file("b", GOOD);
	unit_file("c", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(ask("load", "{'names':['a','b','c']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "loaded loaded loaded");
	assert_int_equal(host->last_inspect, 1);
	assert_int_equal(ask("unload", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_null(host->modules);
	assert_int_equal(ask("load", "{'names':['b']}"), AIOT_CALL_DONE); /* it is remembered */
	assert_int_equal(host->last_inspect, 1);
}

static void a_file_that_names_another_module_meanwhile_is_looked_into_as_it_is_now(void **state)
{
	(void)state;
	install("good.so", "good");
	install("crashes.so", "crashes");
	unit_file("a", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	unit_file("a", "[Service]\nModule = crashes\n");
	assert_int_equal(ask("load", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "failed");
	assert_non_null(strstr(error_of("a"), "crashes when it is opened"));
}

static void a_service_that_is_gone_meanwhile_leaves_the_others(void **state)
{
	(void)state;
	install("good.so", "good");
	unit_file("a", GOOD);
	unit_file("b", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	begin("load", "{'names':['*']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	assert_int_equal(remove(path_of("admin/services.d/a.ini")), 0);
	assert_int_equal(aiot_host_reload(host), 0);
	while (call_step() == AIOT_CALL_WAIT)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_string_equal(all_of("services", "name"), "b");
	assert_string_equal(all_of("services", "load"), "loaded");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(a_constructor_that_ends_the_program_is_told_and_the_program_goes_on),
		T(many_services_of_one_module_cost_one_look),
		T(a_file_that_names_another_module_meanwhile_is_looked_into_as_it_is_now),
		T(a_service_that_is_gone_meanwhile_leaves_the_others),
	};

	be_inspector(argc, argv);
	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
