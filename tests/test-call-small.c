/*
 * test-call-small.c - a call's checks, pages and errors, on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ask.h"
#include "core.h"

static uint64_t mono_ns(void *ctx)
{
	(void)ctx;
	return 5;
}

static const struct aiot_core_ops ops = {.mono_ns = mono_ns};
static struct aiot_core core = {.ops = &ops};
static enum aiot_call_result answer;
static unsigned asked, bytes;

static enum aiot_call_result handler(struct aiot_call *c)
{
	asked++;
	for (unsigned i = 0; i < bytes; i++)
		aiot_out_char(c->json.out, ' ');
	aiot_json_put_u64(&c->json, "asked", asked);
	return answer;
}

static const struct aiot_binding bindings[] = {
	{AIOT_CMD_STATUS, handler}, {AIOT_CMD_SET, handler}, {AIOT_CMD_LOG, handler}, {0}};
static const struct aiot_commands commands = {
	.core = &core,
	.segment = {{aiot_commands_core, bindings, NULL}, {aiot_commands_board, NULL, NULL}}};

static enum aiot_call_result ask(const char *verb, const char *params)
{
	asked = 0;
	call_begin(&commands, verb, params, true);
	return call_step();
}

static int be_done(void **state)
{
	(void)state;
	answer = AIOT_CALL_DONE;
	bytes = 0;
	return 0;
}

static void parameters_that_fit_reach_the_handler(void **state)
{
	(void)state;
	assert_int_equal(ask("status", "{'names':['a'],'debug':true,'log':false}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "asked"), "1");
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_int_equal(ask("status", "{'debug':null}"), AIOT_CALL_DONE);
}

static void others_are_refused_before(void **state)
{
	(void)state;
	assert_int_equal(ask("status", "{'nmes':['a']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "status: unknown, or of another type: 'nmes'");
	/* As if there were none: stop stopped all. */
	assert_int_equal(ask("stop", "'a'"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "stop: wants an object, not 'a'");
	assert_int_equal(ask("stop", "[]"), AIOT_CALL_ERROR);
	assert_int_equal(ask("status", "{'debug':1}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "status: unknown, or of another type: 'debug'");
	assert_int_equal(ask("status", "{'log':true}"), AIOT_CALL_ERROR);
	assert_int_equal(ask("set", "{'name':'','args':{'a':1}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "set: needs name");
	assert_int_equal(ask("set", "{'name':'x','args':{}}"), AIOT_CALL_ERROR);
	assert_int_equal(asked, 0);
}

static void a_call_that_waits_goes_on_with_its_reply(void **state)
{
	(void)state;
	answer = AIOT_CALL_WAIT;
	assert_int_equal(ask("status", NULL), AIOT_CALL_WAIT);
	answer = AIOT_CALL_PAGE;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(member_of(reply, "asked"), "1");
	answer = AIOT_CALL_DONE;
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "asked"), "3");
}

static void what_does_not_fit_is_an_error(void **state)
{
	char buf[200];
	struct aiot_out out;

	(void)state;
	bytes = 300;
	call_begin(&commands, "status", NULL, true);
	aiot_out_init(&out, buf, sizeof(buf));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_int_equal(out.error, 0);
	aiot_out_char(&out, '}');
	assert_string_equal(aiot_out_str(&out), "{\"error\":\"io.aiotools.Limit\",\"parameters\":{"
						"\"message\":\"the answer does not fit\"}}");
}

static void a_page_is_full_beyond_its_bytes(void **state)
{
	(void)state;
	(void)ask("status", NULL);
	call.page_bytes = 10;
	assert_false(aiot_call_full(&call));
	aiot_out_text(&reply_out, "12345678901");
	assert_true(aiot_call_full(&call));
}

static void commands_and_levels_are_found_by_their_words(void **state)
{
	struct aiot_json method = {"\"io.aiotools.Node.Poll\"", 23};

	(void)state;
	assert_int_equal(aiot_command_by_method(&commands, method)->id, AIOT_CMD_NODE_POLL);
	assert_int_equal(aiot_command_by_verb(&commands, "start")->id, AIOT_CMD_START);
	assert_null(aiot_command_by_verb(&commands, "help"));
	assert_null(aiot_command_by_verb(&commands, "stat"));
	assert_null(aiot_command_by_verb(&commands, ""));
	method = (struct aiot_json){"\"io.aiotools.\"", 14};
	assert_null(aiot_command_by_method(&commands, method));
	method = (struct aiot_json){"\"io.aiotools\"", 13};
	assert_null(aiot_command_by_method(&commands, method));
	method = (struct aiot_json){"\"Log.Read\"", 10};
	assert_null(aiot_command_by_method(&commands, method));
	assert_string_equal(aiot_level_word(4), "warn");
	assert_string_equal(aiot_level_word(7), "debug");
	assert_string_equal(aiot_level_word(5), "");
	assert_int_equal(aiot_level_parse("error"), 3);
	assert_int_equal(aiot_level_parse("debug"), 7);
	assert_true(aiot_level_parse("") < 0);
	assert_true(aiot_level_parse("loud") < 0);
	assert_string_equal(error_name(AIOT_ERR_NO_SUCH_TASK), "io.aiotools.NoSuchTask");
	assert_string_equal(error_name(AIOT_ERR_EXPECTED_MORE), "org.varlink.service.ExpectedMore");
	assert_string_equal(error_name(AIOT_ERR_USAGE), "io.aiotools.Usage");
	assert_string_equal(error_name(AIOT_ERR_TASK_FAILED), "io.aiotools.TaskFailed");
	assert_string_equal(error_name(AIOT_ERR_LIMIT), "io.aiotools.Limit");
}

#define C(name) cmocka_unit_test_setup(name, be_done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		C(parameters_that_fit_reach_the_handler),
		C(others_are_refused_before),
		C(a_call_that_waits_goes_on_with_its_reply),
		C(what_does_not_fit_is_an_error),
		C(a_page_is_full_beyond_its_bytes),
		C(commands_and_levels_are_found_by_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
