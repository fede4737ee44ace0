/*
 * test-calls-service.c - services, load, unload, describe, daemon-reload and shutdown, from the
 * call to its reply.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-calls.h"

/* Three good ones, of which b is loaded; broken files and a module that fails. */
static void prepare(void)
{
	install("good.so", "good");
	install("initfails.so", "initfails");
	unit_file("a", GOOD);
	unit_file("b", GOOD "Description = The second\n[Args]\nfirst_word = Ada\n");
	unit_file("c", GOOD "Enabled = no\n[Schedule]\nEvery = 1h\n");
	unit_file("pin", "[Service]\nModule = initfails\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "b"), 0);
	settle();
}

/* ---- services ---- */

static void services_are_listed_with_what_is_known_of_them(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("services", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a b c pin");
	assert_string_equal(all_of("services", "load"), "unloaded loaded unloaded unloaded");
	assert_string_equal(all_of("services", "enabled"), "enabled enabled disabled enabled");
	assert_string_equal(all_of("services", "active"), "null running null null");
	assert_string_equal(all_of("services", "type"), "runtime runtime schedule runtime");
	assert_string_equal(all_of("services", "info"), "null The second null null");
	assert_string_equal(member_of(nth_of("services", 1), "docs"), "https://example.org/good");
	assert_string_equal(member_of(nth_of("services", 1), "path"), path_of("modules/good.so"));
	assert_string_equal(member_of(nth_of("services", 0), "file"),
			    path_of("admin/services.d/a.ini"));
	assert_string_equal(all_of("services", "error"), "null null null null");
}

static void services_are_named_plainly_by_task_or_by_pattern(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("services", "{'names':['pin','b.service','?']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "pin b a c");
	assert_int_equal(ask("services", "{'names':['x*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "");
	assert_int_equal(ask("services", "{'names':['a','nix']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_SERVICE,
		     "no such service: 'nix'; aiotoolsctl services shows all");
	assert_string_equal(member_of(reply, "name"), "nix");
}

static void services_come_in_pages_whatever_is_reloaded_in_between(void **state)
{
	(void)state;
	prepare();
	begin("services", "{'names':['?','pin']}", true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("services", "name"), "a");
	assert_int_equal(remove(path_of("admin/services.d/a.ini")), 0);
	unit_file("bb", GOOD);
	unit_file("d", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("services", "name"), "b");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("services", "name"), "d");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("services", "name"), "pin");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "services"), "[]");
}

static void the_wrong_one_of_thousands_of_names_is_told(void **state)
{
	static char params[65536];
	struct aiot_out out;
	unsigned i;

	(void)state;
	prepare();
	aiot_out_init(&out, params, sizeof(params));
	aiot_out_text(&out, "{'names':[");
	for (i = 0; i < 15000; i++)
		aiot_format(&out, "%s'a'", i ? "," : "");
	aiot_out_text(&out, ",'nix']}");
	assert_int_equal(ask("services", aiot_out_str(&out)), AIOT_CALL_ERROR);
	assert_string_equal(member_of(reply, "name"), "nix");
}

/* ---- load ---- */

static void load_without_names_loads_what_is_enabled(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("load", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a pin");
	assert_string_equal(all_of("services", "load"), "loaded failed");
	assert_string_equal(member_of(aiot_json_get(nth_of("services", 1), "error"), "message"),
			    "no such pin: 7");
	assert_string_equal(state_of("a.service"), "starting");
	assert_string_equal(state_of("c.service"), "none");
	assert_int_equal(ask("load", "{'names':['c']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "active"), "scheduled");
}

static void load_does_nothing_if_one_of_the_names_is_wrong(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("load", "{'names':['a','nix']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
	assert_int_equal(ask("load", "{'names':['a','b']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_ALREADY, "service 'b' is loaded already; unload it first, or restart "
				       "its task 'b.service'");
	assert_int_equal(unit_of("a")->load, AIOT_UNIT_UNLOADED);
	assert_int_equal(ask("load", "{'names':['a','?','a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a c");
	assert_int_equal(ask("load", "{'names':['nothing*']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "no service that could be loaded matches");
}

static void load_of_a_broken_file_tells_all_of_it(void **state)
{
	(void)state;
	prepare();
	unit_file("a", "[Service]\nModul = good\n");
	assert_int_equal(ask("load", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "failed");
	assert_non_null(
		strstr(member_of(aiot_json_get(nth_of("services", 0), "error"), "message"),
		       "a.ini:2: unknown key 'Modul' in [Service], did you mean 'Module'?"));
	unit_file("a", GOOD);
	assert_int_equal(ask("load", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "loaded");
}

static void what_is_linked_in_is_loaded_again_but_nothing_while_stopping(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	assert_int_equal(ask("unload", "{'names':['part']}"), AIOT_CALL_DONE);
	assert_int_equal(ask("load", "{'names':['part']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "loaded");
	assert_int_equal(ask("load", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "");
	aiot_host_stop(host, NULL, NULL);
	assert_int_equal(ask("load", NULL), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_SHUTTING_DOWN, "nothing is loaded any more: the daemon is stopping");
}

/* ---- unload ---- */

static void unload_waits_for_the_finally_of_its_task(void **state)
{
	unsigned waits_seen = 0;

	(void)state;
	prepare();
	begin("unload", "{'names':['b']}", false);
	while (call_step() == AIOT_CALL_WAIT) {
		waits_seen++;
		assert_int_equal(unit_of("b")->load, AIOT_UNIT_LOADED);
		(void)uv_run(&loop, UV_RUN_ONCE);
	}
	assert_true(waits_seen > 0);
	assert_string_equal(all_of("services", "name"), "b");
	assert_string_equal(all_of("services", "load"), "unloaded");
	assert_string_equal(all_of("services", "active"), "null");
	assert_int_equal(logged("let go"), 1);
	assert_null(host->modules);
	assert_string_equal(state_of("b.service"), "none");
	assert_int_equal(ask("load", "{'names':['b']}"), AIOT_CALL_DONE);
}

static void unload_of_what_is_not_loaded_is_refused_before_anything_is_done(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("unload", "{'names':['b','a']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_ALREADY, "service 'a' is not loaded");
	assert_int_equal(unit_of("b")->load, AIOT_UNIT_LOADED);
	assert_string_equal(state_of("b.service"), "running");
	assert_int_equal(ask("unload", "{'names':['c*']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "no loaded service matches");
	assert_int_equal(ask("unload", NULL), AIOT_CALL_ERROR);
}

static void unload_by_pattern_tells_only_those_that_it_unloaded(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("load", "{'names':['a']}"), AIOT_CALL_DONE);
	begin("unload", "{'names':['*','b']}", false);
	while (call_step() == AIOT_CALL_WAIT)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_string_equal(all_of("services", "name"), "a b");
	assert_int_equal(aiot_host_task_count(host), 0);
}

static void unload_of_a_scheduled_service_takes_its_schedule_along(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("load", "{'names':['c']}"), AIOT_CALL_DONE);
	assert_int_equal(ask("unload", "{'names':['c']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "unloaded");
}

/* ---- describe ---- */

static struct aiot_json kind_of(unsigned n)
{
	struct aiot_json service = aiot_json_get(reply, "service"), kind = {NULL, 0};
	struct aiot_json_iter it = {NULL};

	do {
		assert_true(aiot_json_next(aiot_json_get(service, "kinds"), &it, NULL, &kind));
	} while (n-- > 0);
	return kind;
}

static void describe_shows_options_with_their_values_and_where_these_come_from(void **state)
{
	struct aiot_json options;
	struct aiot_json_iter it = {NULL};
	struct aiot_json option;

	(void)state;
	prepare();
	assert_int_equal(ask("describe", "{'name':'b'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(aiot_json_get(reply, "service"), "name"), "b");
	assert_string_equal(member_of(kind_of(0), "name"), "main");
	options = aiot_json_get(kind_of(0), "options");
	assert_true(aiot_json_next(options, &it, NULL, &option));
	assert_string_equal(member_of(option, "key"), "count");
	assert_string_equal(member_of(option, "default"), "3");
	assert_string_equal(member_of(option, "value"), "null");
	assert_true(aiot_json_next(options, &it, NULL, &option));
	assert_string_equal(member_of(option, "key"), "first-word");
	assert_string_equal(member_of(option, "value"), "Ada");
	assert_non_null(strstr(member_of(option, "origin"), "admin/services.d/b.ini:5"));
	assert_string_equal(member_of(kind_of(0), "stats"),
			    "[{\"key\":\"steps\",\"type\":\"uint\",\"help\":\"steps made\"}]");
	assert_string_equal(member_of(kind_of(1), "name"), "side");
	assert_string_equal(member_of(kind_of(1), "stats"), "[]");
}

static void describe_of_an_unloaded_service_has_it_looked_into_by_another_process(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(aiot_host_delete_task(host, "b.service"), 0);
	run_until("b.service", "none");
	assert_null(host->modules);
	assert_int_equal(ask("describe", "{'name':'a.service'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(kind_of(1), "name"), "side");
	assert_null(host->modules);
	assert_int_equal(remove(path_of("modules/good.so")), 0);
	assert_int_equal(ask("describe", "{'name':'a'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(aiot_json_get(reply, "service"), "kinds"), "-");
	assert_non_null(strstr(member_of(aiot_json_get(reply, "service"), "error"),
			       "no file good.so in the module path"));
	assert_int_equal(ask("describe", "{'name':'nix'}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
	assert_int_equal(ask("describe", NULL), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "org.varlink.service.InvalidParameter");
}

static void describe_of_a_template_tells_what_its_instances_take(void **state)
{
	(void)state;
	prepare();
	unit_file("t@", GOOD "[Args]\nfirst_word = %i\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(ask("describe", "{'name':'t@'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(kind_of(0), "name"), "main");
	assert_int_equal(ask("describe", "{'name':'t@5'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_SERVICE, "no such service: 't@5'; its template would make "
					       "it: aiotoolsctl load t@5");
}

static void who_may_only_look_has_no_module_opened(void **state)
{
	struct aiot_json service;

	(void)state;
	prepare();
	begin("describe", "{'name':'pin'}", false);
	call.role = AIOT_ROLE_READ;
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	service = aiot_json_get(reply, "service");
	assert_string_equal(member_of(service, "kinds"), "-");
	assert_non_null(strstr(member_of(service, "error"), "module 'initfails' is not loaded"));
	assert_null(unit_of("pin")->error);
	begin("describe", "{'name':'a'}", false); /* b has that module open */
	call.role = AIOT_ROLE_READ;
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(member_of(kind_of(1), "name"), "side");
}

/* ---- the daemon ---- */

static void daemon_reload_lists_what_changed_and_what_is_broken(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("daemon-reload", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "");
	unit_file("b", GOOD "Description = Changed\nTimeoutSec = 1h\n");
	unit_file("a", "[Service]\n");
	unit_file("new", GOOD);
	assert_int_equal(ask("daemon-reload", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a b");
	assert_string_equal(all_of("services", "load"), "failed loaded");
	assert_string_equal(all_of("services", "changed"), "false true");
	assert_string_equal(state_of("b.service"), "running");
	assert_non_null(aiot_unit_find(host, "new"));
}

static void services_that_did_not_load_are_found_by_traceback(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("load", NULL), AIOT_CALL_DONE);
	assert_int_equal(ask("traceback", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "pin");
	assert_int_equal(ask("traceback", "{'names':['pin.service']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "pin");
	assert_int_equal(ask("traceback", "{'names':['nix']}"), AIOT_CALL_ERROR);
}

static void status_tells_where_a_task_comes_from(void **state)
{
	struct aiot_json service;

	(void)state;
	prepare();
	assert_int_equal(ask("status", "{'names':['b'],'debug':true}"), AIOT_CALL_DONE);
	service = aiot_json_get(nth_of("tasks", 0), "service");
	assert_string_equal(member_of(service, "name"), "b");
	assert_string_equal(member_of(service, "info"), "The second");
	assert_string_equal(member_of(service, "docs"), "https://example.org/good");
	assert_string_equal(member_of(service, "path"), path_of("modules/good.so"));
	assert_string_equal(member_of(service, "type"), "runtime.service");
}

static void info_tells_paths_and_counts(void **state)
{
	struct aiot_json info;

	(void)state;
	prepare();
	assert_int_equal(ask("info", NULL), AIOT_CALL_DONE);
	info = aiot_json_get(reply, "info");
	assert_string_equal(member_of(info, "product"), "aiotools");
	assert_string_equal(member_of(info, "abi"), "1");
	assert_string_equal(member_of(aiot_json_get(info, "paths"), "socket"), "null");
	assert_string_equal(member_of(aiot_json_get(info, "services"), "known"), "4");
	assert_string_equal(member_of(aiot_json_get(info, "ring"), "kept"), "in memory only");
}

static unsigned wishes;

static void wish(void *arg)
{
	assert_ptr_equal(arg, host->arg);
	wishes++;
}

static void shutdown_asks_the_program_or_stops_the_host(void **state)
{
	(void)state;
	prepare();
	wishes = 0;
	host->on_stop = wish;
	assert_int_equal(ask("shutdown", NULL), AIOT_CALL_DONE);
	assert_int_equal(wishes, 1);
	assert_false(host->stopping);
	host->on_stop = NULL;
	assert_int_equal(ask("shutdown", NULL), AIOT_CALL_DONE);
	assert_true(host->stopping);
	assert_int_equal(ask("shutdown", NULL), AIOT_CALL_DONE);
	assert_int_equal(aiot_host_run(host), 0);
	assert_int_equal(logged("let go"), 1);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(services_are_listed_with_what_is_known_of_them),
		T(services_are_named_plainly_by_task_or_by_pattern),
		T(services_come_in_pages_whatever_is_reloaded_in_between),
		T(the_wrong_one_of_thousands_of_names_is_told),
		T(load_without_names_loads_what_is_enabled),
		T(load_does_nothing_if_one_of_the_names_is_wrong),
		T(load_of_a_broken_file_tells_all_of_it),
		T(what_is_linked_in_is_loaded_again_but_nothing_while_stopping),
		T(unload_waits_for_the_finally_of_its_task),
		T(unload_of_what_is_not_loaded_is_refused_before_anything_is_done),
		T(unload_by_pattern_tells_only_those_that_it_unloaded),
		T(unload_of_a_scheduled_service_takes_its_schedule_along),
		T(describe_shows_options_with_their_values_and_where_these_come_from),
		T(describe_of_an_unloaded_service_has_it_looked_into_by_another_process),
		T(describe_of_a_template_tells_what_its_instances_take),
		T(who_may_only_look_has_no_module_opened),
		T(daemon_reload_lists_what_changed_and_what_is_broken),
		T(services_that_did_not_load_are_found_by_traceback),
		T(status_tells_where_a_task_comes_from),
		T(info_tells_paths_and_counts),
		T(shutdown_asks_the_program_or_stops_the_host),
	};

	be_inspector(argc, argv);
	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
