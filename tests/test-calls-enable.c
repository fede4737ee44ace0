/*
 * test-calls-enable.c - enable, disable, mask, unmask and is-enabled, from the call to its reply.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "kept-stage.h"

static void prepare(void)
{
	unit_file("a", GOOD);
	unit_file("ab", GOOD "Enabled = no\n");
	unit_file("t@", GOOD);
	write_text("vendor/services.d/off.ini", GOOD);
	unit_file("off", "[Service]\nEnabled = no\n");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	assert_int_equal(aiot_host_reload(host), 0);
}

static const char *enabled(const char *names)
{
	static char params[256];

	(void)snprintf(params, sizeof(params), "{'names':[%s]}", names);
	assert_int_equal(asked("is-enabled", params), AIOT_CALL_DONE);
	return all_of("services", "enabled");
}

static void each_kind_of_service_has_its_word(void **state)
{
	(void)state;
	prepare();
	assert_string_equal(enabled("'a','ab','t@','part','t@5'"),
			    "enabled disabled template static disabled");
	assert_string_equal(all_of("services", "loads"), "true false false true false");
	assert_null(aiot_unit_find(host, "t@5")); /* a question makes nothing */
	assert_string_equal(enabled("'a*','nix*'"), "enabled disabled");
	assert_int_equal(asked("is-enabled", "{'names':['a','nix']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
	assert_int_equal(asked("services", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a ab off part t@");
	assert_string_equal(all_of("services", "enabled"),
			    "enabled disabled disabled static template");
}

static void patterns_switch_what_can_be_switched(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("disable", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a ab off");
	assert_string_equal(enabled("'*'"), "disabled disabled disabled static template");
	assert_int_equal(asked("enable", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "a ab"); /* off has no module */
	assert_int_equal(asked("mask", "{'names':['a?']}"), AIOT_CALL_DONE);
	assert_string_equal(enabled("'a*'"), "enabled masked");
	assert_int_equal(asked("disable", "{'names':['nix*']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "no service that could be disabled matches");
	assert_int_equal(asked("unmask", "{'names':['nix*']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "no service that could be unmasked matches");
	assert_int_equal(logged("disable *"), 1);
}

static void names_that_cannot_be_switched_are_refused_before_anything_is(void **state)
{
	static const struct {
		const char *verb, *name, *message;
		enum aiot_error_id error;
	} rows[] = {
		{"enable", "part",
		 "cannot enable 'part': it is linked into the program, which alone decides what "
		 "becomes of it",
		 AIOT_ERR_TASK_FAILED},
		{"enable", "t@",
		 "cannot enable 't@': it is a template; name an instance of it, with a word behind "
		 "the @",
		 AIOT_ERR_BAD_CONFIGURATION},
		{"disable", "t@",
		 "cannot disable 't@': it is a template; name an instance of it, with a word "
		 "behind the @",
		 AIOT_ERR_BAD_CONFIGURATION},
		{"enable", "off",
		 "cannot enable 'off': its file only disables it; remove that, or add Module=",
		 AIOT_ERR_BAD_CONFIGURATION},
		{"mask", "nix", "no such service: 'nix'; aiotoolsctl services shows all",
		 AIOT_ERR_NO_SUCH_SERVICE},
		{"enable", "m", "cannot enable 'm': it is masked; unmask it first",
		 AIOT_ERR_BAD_CONFIGURATION},
		{"unmask", "m",
		 "cannot unmask 'm': its file is a link to /dev/null: that masks it, and only "
		 "removing it helps",
		 AIOT_ERR_BAD_CONFIGURATION},
	};
	char params[128];
	size_t i;

	(void)state;
	assert_int_equal(symlink("/dev/null", path_of("admin/services.d/m.ini")), 0);
	prepare();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(params, sizeof(params), "{'names':['ab','%s']}", rows[i].name);
		assert_int_equal(asked(rows[i].verb, params), AIOT_CALL_ERROR);
		assert_error(rows[i].error, rows[i].message);
	}
	assert_string_equal(text_of("state/services.json"), "");
}

static void now_does_what_the_next_start_would(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("enable", "{'names':['ab','t@7'],'now':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "loaded loaded");
	settle();
	assert_string_equal(state_of("t@7.service"), "running");
	assert_int_equal(asked("disable", "{'names':['ab'],'now':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "unloaded");
	assert_string_equal(state_of("ab.service"), "none");
	assert_int_equal(asked("mask", "{'names':['t@7']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "active"), "running"); /* without now */
	assert_int_equal(asked("mask", "{'names':['t@7'],'now':true}"), AIOT_CALL_DONE);
	assert_string_equal(state_of("t@7.service"), "none");
	assert_int_equal(asked("enable", "{'names':['a'],'now':true}"), AIOT_CALL_DONE);
	assert_int_equal(asked("enable", "{'names':['a'],'now':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "loaded"); /* it was already */
}

static void one_that_does_not_load_is_enabled_all_the_same(void **state)
{
	(void)state;
	unit_file("x", "[Service]\nModule = nix\nEnabled = no\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(asked("enable", "{'names':['x'],'now':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "failed");
	assert_string_equal(all_of("services", "enabled"), "enabled");
	assert_string_equal(all_of("services", "fault"), "io.aiotools.LoadFailed");
}

static void a_masked_service_cannot_be_loaded_by_any_means(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("mask", "{'names':['a','t@']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("load", "{'names':['a']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_BAD_CONFIGURATION,
		     "service 'a' is masked; to have it back: aiotoolsctl unmask a");
	assert_int_equal(asked("load", "{'names':['t@1']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_BAD_CONFIGURATION,
		     "service 't@1' is masked; to have it back: aiotoolsctl unmask t@1");
	assert_int_equal(aiot_host_load(host, "a"), -AIOT_EPERM);
	assert_non_null(strstr(aiot_host_error(host), "the service is masked"));
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_string_equal(state_of("a.service"), "none");
	assert_int_equal(asked("unmask", "{'names':['a','t@']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("load", "{'names':['a','t@1']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "loaded loaded");
}

static void a_broken_service_that_was_disabled_is_left_in_peace_at_the_next_start(void **state)
{
	(void)state;
	unit_file("x", "[Service]\nModul = good\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_true(aiot_unit_wanted(unit_of("x")));
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_false(aiot_unit_wanted(unit_of("x")));
}

static void a_thousand_are_switched_in_one_write(void **state)
{
	enum aiot_call_result r;
	unsigned i, rows;
	char name[32];

	(void)state;
	for (i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		unit_file(name, GOOD);
	}
	assert_int_equal(aiot_host_reload(host), 0);
	call_begin(&host->commands, "disable", "{'names':['s*']}", false);
	call.page_bytes = 65536;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.UseMore");
	assert_int_equal(host->overlay.entries.count, 0);
	call_begin(&host->commands, "disable", "{'names':['s*']}", true);
	call.page_bytes = 65536;
	while ((r = call_step()) == AIOT_CALL_WAIT)
		(void)uv_run(&loop, UV_RUN_ONCE);
	for (rows = 0; r == AIOT_CALL_PAGE; r = call_step())
		rows += (unsigned)aiot_json_count(aiot_json_get(reply, "services"));
	assert_int_equal(r, AIOT_CALL_DONE);
	rows += (unsigned)aiot_json_count(aiot_json_get(reply, "services"));
	assert_int_equal(rows, 1000);
	assert_int_equal(host->overlay.entries.count, 1000);
	open_again();
	assert_false(unit_of("s0")->enabled);
	assert_false(unit_of("s999")->enabled);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		K(each_kind_of_service_has_its_word),
		K(patterns_switch_what_can_be_switched),
		K(names_that_cannot_be_switched_are_refused_before_anything_is),
		K(now_does_what_the_next_start_would),
		K(one_that_does_not_load_is_enabled_all_the_same),
		K(a_masked_service_cannot_be_loaded_by_any_means),
		K(a_broken_service_that_was_disabled_is_left_in_peace_at_the_next_start),
		K(a_thousand_are_switched_in_one_write),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
