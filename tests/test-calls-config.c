/*
 * test-calls-config.c - config, get-config, and the flags of load, from the call to its reply.
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
	unit_file("x", GOOD "Enabled = yes\n[Args]\ncount = 1\n");
	unit_file("t@", GOOD "[Args]\nfirst_word = %i\n");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	assert_int_equal(aiot_host_reload(host), 0);
}

/* The test's directory cut out of what is shown. */
static const char *shown(struct aiot_json value)
{
	static char text[4][2048];
	static unsigned turn;
	char *to = text[++turn % 4], *start = to;
	size_t i;

	for (i = 0; i < value.len; i++) {
		if (value.len - i > strlen(base) && memcmp(value.text + i, base, strlen(base)) == 0)
			i += strlen(base);
		else
			*to++ = value.text[i];
	}
	*to = '\0';
	return start;
}

static struct aiot_json config(void)
{
	return aiot_json_get(reply, "config");
}

static void values_are_checked_kept_and_told_with_their_origin(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	assert_int_equal(asked("config", "{'name':'x','args':{'first-word':'Ada','count':7}}"),
			 AIOT_CALL_DONE);
	assert_string_equal(shown(aiot_json_get(config(), "args")),
			    "{\"count\":\"7\",\"first-word\":\"Ada\"}");
	assert_string_equal(shown(aiot_json_get(config(), "origin")),
			    "{\"enabled\":\"admin/services.d/x.ini:3\",\"args\":{\"count\":"
			    "\"services.json\",\"first-word\":\"services.json\"}}");
	assert_string_equal(member_of(reply, "checked"), "true");
	assert_string_equal(member_of(reply, "applies"), "reload");
	assert_true(unit_of("x")->changed);
	assert_string_equal(text_of("state/services.json"),
			    "{\n\"x\":{\"args\":{\"first-word\":\"Ada\",\"count\":\"7\"}}\n}\n");
	assert_int_equal(asked("config", "{'name':'x','args':{'first_word':null,'count':null}}"),
			 AIOT_CALL_DONE);
	assert_string_equal(shown(aiot_json_get(aiot_json_get(config(), "origin"), "args")),
			    "{\"count\":\"admin/services.d/x.ini:5\",\"first-word\":\"default\"}");
	assert_string_equal(text_of("state/services.json"), "{\n}\n");
	assert_false(unit_of("x")->changed); /* back to what it was loaded with */
}

static void wrong_values_are_refused_and_nothing_is_kept(void **state)
{
	static const struct {
		const char *params, *message;
		enum aiot_error_id error;
	} rows[] = {
		{"{'name':'x','args':{'count':'2','cuont':'1'}}",
		 "cannot configure 'x': 'cuont' is none of the options, did you mean 'count'?",
		 AIOT_ERR_USAGE},
		{"{'name':'x','args':{'count':'many'}}",
		 "cannot configure 'x': count: 'many' is not a whole number from 0 to 4294967295",
		 AIOT_ERR_USAGE},
		{"{'name':'x','enable':true,'disable':true}",
		 "cannot configure 'x': --enable and --disable exclude each other", AIOT_ERR_USAGE},
		{"{'name':'nix','args':{'a':'1'}}",
		 "no such service: 'nix'; aiotoolsctl services shows all",
		 AIOT_ERR_NO_SUCH_SERVICE},
		{"{'name':'*','args':{'a':'1'}}",
		 "no such service: '*'; aiotoolsctl services shows all", AIOT_ERR_NO_SUCH_SERVICE},
		{"{'name':'t@','args':{'a':'1'}}",
		 "cannot configure 't@': it is a template; name an instance of it, with a word "
		 "behind the @",
		 AIOT_ERR_TASK_FAILED},
		{"{'name':'part','args':{'ms':'1'}}",
		 "cannot configure 'part': it is linked into the program, which alone gives it "
		 "options",
		 AIOT_ERR_TASK_FAILED},
		{"{'name':'t@1','args':{'':'1'}}",
		 "cannot configure 't@1': '' is none of the options: count, first-word",
		 AIOT_ERR_USAGE},
	};
	size_t i;

	(void)state;
	prepare();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(asked("config", rows[i].params), AIOT_CALL_ERROR);
		assert_error(rows[i].error, rows[i].message);
	}
	assert_string_equal(text_of("state/services.json"), "");
	assert_false(unit_of("x")->changed);
}

static void what_nobody_can_check_yet_is_told_when_it_is_loaded(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(remove(path_of("modules/good.so")), 0);
	assert_int_equal(asked("config", "{'name':'x','args':{'':'1'}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot configure 'x': a key has 1 to 64 bytes");
	assert_int_equal(asked("config", "{'name':'x','args':{'cuont':'5'},'disable':true}"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "checked"), "false");
	assert_non_null(
		strstr(member_of(reply, "unchecked"), "no file good.so in the module path"));
	assert_string_equal(member_of(reply, "applies"), "load");
	assert_string_equal(member_of(config(), "enabled"), "false");
	install("good.so", "good");
	assert_int_equal(aiot_host_load(host, "x"), -AIOT_EINVAL);
	assert_string_equal(error_of("x"), "services.json: 'cuont' is no option of service 'good', "
					   "did you mean 'count'?");
	assert_int_equal(asked("config", "{'name':'x','args':{'cuont':null},'enable':true}"),
			 AIOT_CALL_DONE);
	assert_int_equal(aiot_host_load(host, "x"), 0);
}

static void what_is_not_loaded_is_checked_by_a_look_into_its_module(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("config", "{'name':'x','args':{'cuont':'5'}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot configure 'x': 'cuont' is none of the options, did "
				     "you mean 'count'?");
	assert_int_equal(asked("config", "{'name':'x','args':{'count':'many'}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot configure 'x': count: 'many' is not a whole number "
				     "from 0 to 4294967295");
	assert_int_equal(asked("config", "{'name':'x','args':{'count':'6'}}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "checked"), "true");
	assert_string_equal(member_of(reply, "applies"), "load");
	assert_null(host->modules);
	assert_int_equal(asked("config", "{'name':'x'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "applies"), "now"); /* it was only looked at */
}

static void of_a_masked_one_it_is_said_that_it_is(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("mask", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("config", "{'name':'x','args':{'count':'6'}}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "applies"), "unmask");
}

static void only_a_change_of_what_runs_is_to_be_applied(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	assert_int_equal(asked("config", "{'name':'x','disable':true}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "applies"), "now");
	assert_string_equal(member_of(aiot_json_get(config(), "origin"), "enabled"),
			    "services.json");
	assert_int_equal(asked("config", "{'name':'x'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "path"), "null"); /* only told */
	assert_int_equal(asked("config", "{'name':'x','args':{'count':'3'}}"), AIOT_CALL_DONE);
	assert_string_equal(unit_of("x")->block->spec.args[0].value, "1");
	assert_int_equal(asked("unload", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("load", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(unit_of("x")->block->spec.args[0].value, "3");
	assert_false(unit_of("x")->changed);
}

static void an_instance_is_configured_before_it_is_ever_loaded(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("config", "{'name':'t@5','args':{'count':4},'enable':true}"),
			 AIOT_CALL_DONE);
	assert_int_equal(asked("config", "{'name':'t@5','args':{'count':'8'}}"), AIOT_CALL_DONE);
	open_again();
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_int_equal(asked("get-config", "{'names':['t@*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("configs", "name"), "t@ t@5");
	assert_string_equal(shown(aiot_json_get(nth_of("configs", 1), "args")),
			    "{\"count\":\"8\",\"first-word\":\"5\"}");
	assert_string_equal(shown(aiot_json_get(nth_of("configs", 1), "origin")),
			    "{\"enabled\":\"services.json\",\"args\":{\"count\":"
			    "\"services.json\",\"first-word\":\"admin/services.d/t@.ini:4\"}}");
}

static void get_config_comes_in_pages(void **state)
{
	(void)state;
	prepare();
	call_begin(&host->commands, "get-config", NULL, true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("configs", "name"), "part");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("configs", "name"), "t@");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("configs", "name"), "x");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_int_equal(asked("get-config", "{'names':['nix']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
}

static void load_without_its_configuration_has_the_defaults_this_once(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("config", "{'name':'x','args':{'first_word':'Ada'}}"),
			 AIOT_CALL_DONE);
	assert_int_equal(asked("load", "{'names':['x'],'no_config':true}"), AIOT_CALL_DONE);
	assert_int_equal(unit_of("x")->block->spec.arg_count, 0);
	assert_string_equal(member_of(nth_of("services", 0), "steps"), "-");
	assert_int_equal(asked("unload", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("load", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(unit_of("x")->block->spec.arg_count, 2);
}

static void load_with_debug_tells_each_step_also_of_one_that_fails(void **state)
{
	(void)state;
	prepare();
	unit_file("bad", "[Service]\nModule = nix\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(asked("load", "{'names':['x','bad'],'debug':true}"), AIOT_CALL_DONE);
	reply = nth_of("services", 0);
	assert_string_equal(all_of("steps", "step"), "read module task init start");
	assert_int_equal(asked("load", "{'names':['bad'],'debug':true}"), AIOT_CALL_DONE);
	reply = nth_of("services", 0);
	assert_string_equal(all_of("steps", "step"), "read module");
	assert_null(host->load_steps);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		K(values_are_checked_kept_and_told_with_their_origin),
		K(what_is_not_loaded_is_checked_by_a_look_into_its_module),
		K(of_a_masked_one_it_is_said_that_it_is),
		K(wrong_values_are_refused_and_nothing_is_kept),
		K(what_nobody_can_check_yet_is_told_when_it_is_loaded),
		K(only_a_change_of_what_runs_is_to_be_applied),
		K(an_instance_is_configured_before_it_is_ever_loaded),
		K(get_config_comes_in_pages),
		K(load_without_its_configuration_has_the_defaults_this_once),
		K(load_with_debug_tells_each_step_also_of_one_that_fails),
	};

	be_inspector(argc, argv);
	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
