/*
 * test-render-small.c - replies as lines, on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <aiotools.h>

#include "render.h"

static char text[512];

/* Single quotes stand for double ones. */
static struct aiot_json json(const char *source)
{
	static char copies[2][512];
	static unsigned turn;
	char *copy = copies[++turn % 2];
	struct aiot_json value;
	size_t len = strlen(source);

	for (size_t i = 0; i <= len; i++)
		copy[i] = source[i] == '\'' ? '"' : source[i];
	assert_int_equal(aiot_json_parse(copy, len, &value, NULL), 0);
	return value;
}

static const char *shown(const char *reply)
{
	const struct aiot_render render = {.host = "board"};
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_render_reply(&render, aiot_commands_core, (struct aiot_json){NULL, 0}, json(reply),
			  true, &out);
	aiot_render_failures(aiot_commands_core, json(reply), &out);
	return aiot_out_str(&out);
}

static void a_task_is_a_line_with_seconds_and_values(void **state)
{
	(void)state;
	assert_string_equal(
		shown("{'tasks':[{'name':'a','state':'running','since_us':1,'ago_us':1234567,"
		      "'runs':1,'schedule':{'in_us':500},'args':{'whom':'x y'}},{'name':'b'}]}"),
		"a running ago=1.234s runs=1 in=0.000s whom=x y\nb\n");
	assert_string_equal(shown("{'results':[{'name':'a','result':null}]}"), "a result=null\n");
	assert_string_equal(shown("{'debug':true}"), "debug=true\n");
}

static void a_frame_of_a_traceback_is_a_line(void **state)
{
	(void)state;
	assert_string_equal(
		shown("{'tracebacks':[{'name':'a','error':{'error':'Error','code':-33,'message':"
		      "'by zero','traceback':[{'function':'f','file':'a.c','line':3},"
		      "{'function':'g','file':'b.c','line':4}]}}]}"),
		"a error=Error code=-33 by zero\n  f() a.c:3\n  g() b.c:4\n");
}

static void a_record_is_a_line_and_cannot_steer_a_terminal(void **state)
{
	(void)state;
	assert_string_equal(
		shown("{'records':[{'cursor':'1@0','time_us':5,'mono_us':-1500000,'level':'warn',"
		      "'name':'a','text':'x\\u001b[2J\\ny\\\\'}],'cursor':'1@0'}"),
		"-1.500s [WARN] [a] x?[2J?y\\\n");
}

static void what_failed_is_said_without_the_error_s_name(void **state)
{
	struct aiot_out out;

	(void)state;
	assert_string_equal(shown("{'failed':[{'name':'a','error':'io.aiotools.Already','message':"
				  "'runs already'}]}"),
			    "a runs already\n");
	aiot_out_init(&out, text, sizeof(text));
	aiot_render_error(json("'io.aiotools.Usage'"), json("{'message':'what?'}"), &out);
	assert_string_equal(aiot_out_str(&out), "what?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_is_a_line_with_seconds_and_values),
		cmocka_unit_test(a_frame_of_a_traceback_is_a_line),
		cmocka_unit_test(a_record_is_a_line_and_cannot_steer_a_terminal),
		cmocka_unit_test(what_failed_is_said_without_the_error_s_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
