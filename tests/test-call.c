/*
 * test-call.c - call.c: a call, from the check of its parameters to its last reply.
 *
 * The handler does what each test plans: it writes, tells an error, returns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "command.h"

/* ---- a binding that does what the test says ---- */

struct act {
	const char *member; /* written as true; NULL: nothing */
	enum aiot_call_result result;
	enum aiot_error_id error; /* told before the result */
	size_t bulk;		  /* bytes of a string that is written too */
};

static struct act acts[8];
static unsigned acted;

static enum aiot_call_result act(struct aiot_call *call)
{
	const struct act *a = &acts[acted++];
	static const char bulk[4096];

	call->at.phase++;
	if (a->member)
		aiot_json_put_bool(&call->json, a->member, true);
	if (a->bulk)
		aiot_json_put_strn(&call->json, "bulk", bulk, a->bulk);
	if (a->error)
		return aiot_call_error_at(call, a->error, "name", "x", "no such task: '%s'", "x");
	return a->result;
}

static const struct aiot_binding bindings[] = {
	{AIOT_CMD_STATUS, act},
	{AIOT_CMD_LOG, act},
	{AIOT_CMD_FOLLOW, act},
	{AIOT_CMD_START, act},
	{AIOT_CMD_RESTART, act},
	{AIOT_CMD_INFO, act},
	{0},
};
static const struct aiot_binding host_bindings[] = {{AIOT_CMD_DESCRIBE, act}, {0}};

static int host_ctx;
static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, bindings, NULL},
		    {aiot_commands_service, host_bindings, &host_ctx}},
};

static struct aiot_json json_of(const char *text)
{
	struct aiot_json value = {NULL, 0};

	if (text)
		assert_int_equal(aiot_json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

static void plan(const struct act *list, unsigned count)
{
	memset(acts, 0, sizeof(acts));
	for (unsigned i = 0; i < count; i++)
		acts[i] = list[i];
	acted = 0;
}

static bool begin(struct aiot_call *call, const char *verb, const char *params, enum aiot_role role,
		  bool more, bool text)
{
	const struct aiot_command *command = aiot_command_by_verb(&commands, verb);

	assert_non_null(command);
	return aiot_call_begin(&commands, call, command, json_of(params), role, more, text);
}

static char buf[8192];

static void assert_text(struct aiot_out *out, const char *text)
{
	assert_string_equal(aiot_out_str(out), text);
}

/* ---- checks before the handler ---- */

#define DENIED "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{\"message\":"
#define INVALID(p)                                                                                 \
	"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"                      \
	"{\"parameter\":\"" p "\",\"message\":"

static void assert_refused(const char *verb, const char *params, enum aiot_role role, bool text,
			   const char *reply)
{
	struct aiot_call call;
	struct aiot_out out;

	plan(NULL, 0);
	aiot_out_init(&out, buf, sizeof(buf));
	assert_false(begin(&call, verb, params, role, true, text));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_int_equal(acted, 0);
	assert_text(&out, reply);
}

#define MAY_NOT_LOOK                                                                               \
	": the caller may not look: be root or the daemon's user, or a member of ReadGroup= in "   \
	"aiotoolsd.ini\"}"

static void a_role_that_is_too_low_is_refused_by_name(void **state)
{
	(void)state;
	assert_refused("start", "{}", AIOT_ROLE_READ, false,
		       DENIED "\"start: the caller may not operate tasks: be root or the daemon's "
			      "user, or a member of OperateGroup= in aiotoolsd.ini\"}");
	assert_refused("status", NULL, AIOT_ROLE_NONE, false, DENIED "\"status" MAY_NOT_LOOK);
	/* The role is what is looked at first. */
	assert_refused("describe", "{\"nam\":1}", AIOT_ROLE_NONE, false,
		       DENIED "\"describe" MAY_NOT_LOOK);
}

static void a_command_without_a_handler_is_not_implemented(void **state)
{
	(void)state;
	assert_refused("list", "{}", AIOT_ROLE_ADMIN, false,
		       "{\"error\":\"org.varlink.service.MethodNotImplemented\",\"parameters\":"
		       "{\"method\":\"io.aiotools.Task.List\",\"message\":"
		       "\"list is not to be had here\"}");
}

static void parameters_are_checked_against_the_row(void **state)
{
#define TEXTS "'names' has to be an array of strings without U+0000"
#define NUMBER "'lines' has to be a whole number from 0 to 4294967295"
#define LEVEL "'level' has to be 3 (error), 4 (warn), 6 (info) or 7 (debug)"
#define TIME "'since_us' has to be a time in microseconds since 1970 UTC"
	static const struct {
		const char *verb, *params, *parameter, *message;
	} cases[] = {
		{"status", "[]", "parameters", "the parameters have to be an object"},
		{"status", "\"names\"", "parameters", "the parameters have to be an object"},
		{"status", "{\"name\":[]}", "name",
		 "unknown parameter 'name', did you mean 'names'?"},
		{"info", "{\"x\":1}", "x", "unknown parameter 'x'"},
		{"status", "{\"debug\":1}", "debug", "'debug' has to be true or false"},
		{"status", "{\"names\":\"x\"}", "names", TEXTS},
		{"status", "{\"names\":[\"x\",1]}", "names", TEXTS},
		{"status", "{\"names\":[\"x\\u0000y\"]}", "names", TEXTS},
		{"status", "{\"lines\":-1}", "lines", NUMBER},
		{"status", "{\"lines\":4294967296}", "lines", NUMBER},
		{"log", "{\"level\":5}", "level", LEVEL},
		{"log", "{\"level\":259}", "level", LEVEL},
		{"log", "{\"since_us\":\"today\"}", "since_us", TIME},
		{"log", "{\"since_us\":9223372036854775807}", "since_us", TIME},
		{"log", "{\"grep\":[]}", "grep", "'grep' has to be a string without U+0000"},
		{"log", "{\"output\":\"iso\"}", "output",
		 "'output' is about text, and replies are data"},
		{"describe", "{}", "name", "'name' is needed"},
		{"describe", NULL, "name", "'name' is needed"},
		{"describe", "{\"name\":null}", "name", "'name' is needed"},
		{"restart", "{\"names\":[]}", "names", "'names' is needed"},
		/* The second of two is looked at as well. */
		{"describe", "{\"name\":\"x\",\"name\":1}", "name",
		 "'name' has to be a string without U+0000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char reply[512];

		(void)aiot_format_to(reply, sizeof(reply), INVALID("%s") "\"%s: %s\"}",
				     cases[i].parameter, cases[i].verb, cases[i].message);
		assert_refused(cases[i].verb, cases[i].params, AIOT_ROLE_ADMIN, false, reply);
	}
}

static void an_endless_unknown_member_is_refused_without_repeating_it(void **state)
{
	char params[512];

	(void)state;
	(void)aiot_format_to(params, sizeof(params), "{\"%0300d\":1}", 7);
	assert_refused("status", params, AIOT_ROLE_ADMIN, false,
		       INVALID("?") "\"status: unknown parameter '?'\"}");
}

static void parameters_about_text_are_for_the_console(void **state)
{
	struct aiot_call call;

	(void)state;
	assert_true(begin(&call, "log", "{\"output\":\"iso\",\"show_cursor\":true}", AIOT_ROLE_READ,
			  true, true));
	assert_refused("log", "{\"output\":\"pretty\"}", AIOT_ROLE_READ, true,
		       INVALID("output") "\"log: 'output' has to be short, iso, mono, json or "
					 "cat\"}");
}

static void null_stands_for_an_absent_parameter(void **state)
{
	struct aiot_call call;

	(void)state;
	assert_true(begin(&call, "log", "{\"names\":null,\"lines\":null,\"level\":null}",
			  AIOT_ROLE_READ, true, false));
	assert_true(begin(&call, "status", "null", AIOT_ROLE_READ, true, false));
	assert_true(begin(&call, "status", NULL, AIOT_ROLE_READ, true, false));
}

static void a_handler_gets_its_segment_s_context(void **state)
{
	struct aiot_call call;

	(void)state;
	assert_true(begin(&call, "describe", "{\"name\":\"x\"}", AIOT_ROLE_READ, false, false));
	assert_ptr_equal(call.ctx, &host_ctx);
	assert_true(begin(&call, "status", NULL, AIOT_ROLE_READ, true, false));
	assert_null(call.ctx);
	assert_true(call.more);
	/* info answers once, whatever was asked. */
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_ADMIN, true, false));
	assert_false(call.more);
}

/* ---- steps ---- */

static void assert_step(struct aiot_call *call, enum aiot_call_result result, const char *text)
{
	struct aiot_out out;

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "before ");
	assert_int_equal(aiot_call_step(call, &out), result);
	assert_memory_equal(buf, "before ", 7);
	assert_string_equal(aiot_out_str(&out) + 7, text);
}

static void a_reply_is_an_object_without_its_last_brace(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_DONE, AIOT_ERR_NONE, 0}, {0}};
	struct aiot_call call;

	(void)state;
	plan(list, 2);
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	assert_step(&call, AIOT_CALL_DONE, "{\"parameters\":{\"a\":true}");
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	assert_step(&call, AIOT_CALL_DONE, "{\"parameters\":{}");
}

static void each_page_is_a_reply_of_its_own(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_PAGE, AIOT_ERR_NONE, 0},
				   {"b", AIOT_CALL_PAGE, AIOT_ERR_NONE, 0},
				   {NULL, AIOT_CALL_PAGE, AIOT_ERR_NONE, 0},
				   {"c", AIOT_CALL_DONE, AIOT_ERR_NONE, 0}};
	struct aiot_call call;

	(void)state;
	plan(list, 4);
	assert_true(begin(&call, "status", NULL, AIOT_ROLE_READ, true, false));
	assert_step(&call, AIOT_CALL_PAGE, "{\"parameters\":{\"a\":true}");
	assert_step(&call, AIOT_CALL_PAGE, "{\"parameters\":{\"b\":true}");
	assert_step(&call, AIOT_CALL_PAGE, "{\"parameters\":{}");
	assert_step(&call, AIOT_CALL_DONE, "{\"parameters\":{\"c\":true}");
	assert_int_equal(call.at.phase, 4);
}

static void several_replies_that_were_not_asked_for_are_an_error(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_PAGE, AIOT_ERR_NONE, 0},
				   {"a", AIOT_CALL_STREAM, AIOT_ERR_NONE, 0}};
	struct aiot_call call;

	(void)state;
	plan(list, 2);
	assert_true(begin(&call, "status", NULL, AIOT_ROLE_READ, false, false));
	assert_step(
		&call, AIOT_CALL_ERROR,
		"{\"error\":\"io.aiotools.UseMore\",\"parameters\":{\"message\":\"the answer is "
		"too large for one reply: ask with \\\"more\\\":true\"}");
	assert_true(begin(&call, "follow", NULL, AIOT_ROLE_READ, false, false));
	assert_step(&call, AIOT_CALL_ERROR,
		    "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{\"message\":"
		    "\"the answer takes several replies: ask with \\\"more\\\":true\"}");
}

static void a_stream_without_news_sends_nothing(void **state)
{
	const struct act list[] = {{NULL, AIOT_CALL_STREAM, AIOT_ERR_NONE, 0},
				   {"a", AIOT_CALL_STREAM, AIOT_ERR_NONE, 0},
				   {NULL, AIOT_CALL_WAIT, AIOT_ERR_NONE, 0}};
	struct aiot_call call;

	(void)state;
	plan(list, 3);
	assert_true(begin(&call, "follow", NULL, AIOT_ROLE_READ, true, false));
	assert_step(&call, AIOT_CALL_STREAM, "");
	assert_step(&call, AIOT_CALL_STREAM, "{\"parameters\":{\"a\":true}");
}

static void waiting_keeps_what_is_written(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_WAIT, AIOT_ERR_NONE, 0},
				   {NULL, AIOT_CALL_WAIT, AIOT_ERR_NONE, 0},
				   {"b", AIOT_CALL_DONE, AIOT_ERR_NONE, 0}};
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	plan(list, 3);
	aiot_out_init(&out, buf, sizeof(buf));
	assert_true(begin(&call, "start", NULL, AIOT_ROLE_ADMIN, false, false));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_WAIT);
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_WAIT);
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_DONE);
	assert_text(&out, "{\"parameters\":{\"a\":true,\"b\":true}");
}

static void waiting_with_nothing_then_a_quiet_stream_sends_nothing(void **state)
{
	const struct act list[] = {{NULL, AIOT_CALL_WAIT, AIOT_ERR_NONE, 0},
				   {NULL, AIOT_CALL_STREAM, AIOT_ERR_NONE, 0}};
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	plan(list, 2);
	aiot_out_init(&out, buf, sizeof(buf));
	assert_true(begin(&call, "follow", NULL, AIOT_ROLE_READ, true, false));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_WAIT);
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_STREAM);
	assert_int_equal(out.len, 0);
}

static void an_error_replaces_what_its_reply_had(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_WAIT, AIOT_ERR_NONE, 0},
				   {"b", AIOT_CALL_DONE, AIOT_ERR_NO_SUCH_TASK, 0}};
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	plan(list, 2);
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "{}");
	assert_true(begin(&call, "start", NULL, AIOT_ROLE_ADMIN, false, false));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_WAIT);
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_text(&out, "{}{\"error\":\"io.aiotools.NoSuchTask\",\"parameters\":"
			  "{\"name\":\"x\",\"message\":\"no such task: 'x'\"}");
}

static void an_error_without_words_still_is_an_error(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_ERROR, AIOT_ERR_NONE, 0}};
	struct aiot_call call;

	(void)state;
	plan(list, 1);
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	assert_step(&call, AIOT_CALL_ERROR,
		    "{\"error\":\"io.aiotools.TaskFailed\",\"parameters\":{\"message\":\"info "
		    "failed without a reason\"}");
}

static int grow_to_limit(struct aiot_out *out, size_t need)
{
	(void)need;
	if (out->size == sizeof(buf))
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = sizeof(buf);
	return 0;
}

static void a_reply_that_finds_no_memory_becomes_an_error(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_DONE, AIOT_ERR_NONE, 4096}};
	struct aiot_out out = {.grow = grow_to_limit};
	struct aiot_call call;

	(void)state;
	plan(list, 1); /* each NUL of the bulk is six bytes in JSON */
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_int_equal(out.error, 0);
	assert_text(&out, "{\"error\":\"io.aiotools.NoMemory\",\"parameters\":{\"message\":\"info: "
			  "no memory for the answer\"}");
}

static void a_reply_that_does_not_fit_becomes_an_error(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_DONE, AIOT_ERR_NONE, 4096},
				   {"a", AIOT_CALL_WAIT, AIOT_ERR_NONE, 4096}};
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	plan(list, 2);
	for (int i = 0; i < 2; i++) {
		aiot_out_init(&out, buf, 200);
		assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
		assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
		assert_int_equal(out.error, 0);
		assert_text(&out, "{\"error\":\"io.aiotools.Limit\",\"parameters\":{\"message\":"
				  "\"info: the answer does not fit\"}");
	}
}

static void without_room_for_the_error_nothing_is_appended(void **state)
{
	const struct act list[] = {{"a", AIOT_CALL_DONE, AIOT_ERR_NONE, 4096}};
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	plan(list, 1);
	aiot_out_init(&out, buf, 20);
	aiot_out_text(&out, "{}");
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_int_equal(out.len, 2);
}

static void an_out_with_an_error_is_left_alone(void **state)
{
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	plan(NULL, 0);
	aiot_out_init(&out, buf, sizeof(buf));
	out.error = -AIOT_ENOMEM;
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_int_equal(acted, 0);
	assert_int_equal(out.error, -AIOT_ENOMEM);
}

static void a_page_is_full_beyond_its_bytes(void **state)
{
	struct aiot_call call;
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	assert_true(begin(&call, "info", NULL, AIOT_ROLE_READ, false, false));
	call.json.out = &out;
	call.reply_start = 10;
	out.len = 110;
	assert_false(aiot_call_full(&call)); /* no bound was set */
	call.page_bytes = 100;
	assert_false(aiot_call_full(&call));
	call.page_bytes = 99;
	assert_true(aiot_call_full(&call));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_that_is_too_low_is_refused_by_name),
		cmocka_unit_test(a_command_without_a_handler_is_not_implemented),
		cmocka_unit_test(parameters_are_checked_against_the_row),
		cmocka_unit_test(an_endless_unknown_member_is_refused_without_repeating_it),
		cmocka_unit_test(parameters_about_text_are_for_the_console),
		cmocka_unit_test(null_stands_for_an_absent_parameter),
		cmocka_unit_test(a_handler_gets_its_segment_s_context),
		cmocka_unit_test(a_reply_is_an_object_without_its_last_brace),
		cmocka_unit_test(each_page_is_a_reply_of_its_own),
		cmocka_unit_test(several_replies_that_were_not_asked_for_are_an_error),
		cmocka_unit_test(a_stream_without_news_sends_nothing),
		cmocka_unit_test(waiting_keeps_what_is_written),
		cmocka_unit_test(waiting_with_nothing_then_a_quiet_stream_sends_nothing),
		cmocka_unit_test(an_error_replaces_what_its_reply_had),
		cmocka_unit_test(an_error_without_words_still_is_an_error),
		cmocka_unit_test(a_reply_that_finds_no_memory_becomes_an_error),
		cmocka_unit_test(a_reply_that_does_not_fit_becomes_an_error),
		cmocka_unit_test(without_room_for_the_error_nothing_is_appended),
		cmocka_unit_test(an_out_with_an_error_is_left_alone),
		cmocka_unit_test(a_page_is_full_beyond_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
