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

/* Single quotes stand for double ones; without the last brace, as call-small.c writes it. */
static const char *shown(const char *source)
{
	char copy[512];
	size_t len = strlen(source);
	struct aiot_out out;

	for (size_t i = 0; i < len; i++)
		copy[i] = source[i] == '\'' ? '"' : source[i];
	aiot_out_init(&out, text, sizeof(text));
	aiot_render_small(copy, len, &out);
	return aiot_out_str(&out);
}

static void a_task_is_a_line_with_seconds_and_values(void **state)
{
	(void)state;
	assert_string_equal(
		shown("{'parameters':{'tasks':[{'name':'a','state':'running','since_us':1,'ago_us':"
		      "1234567,"
		      "'runs':1,'schedule':{'in_us':500},'args':{'whom':'x y'}},{'name':'b'}]}"),
		"a running ago=1.234s runs=1 in=0.000s whom=x y\nb\n");
	assert_string_equal(shown("{'parameters':{'results':[{'name':'a','result':null}]}"),
			    "a result=null\n");
	assert_string_equal(shown("{'parameters':{'debug':true}"), "debug=true\n");
}

static void a_frame_of_a_traceback_is_a_line(void **state)
{
	(void)state;
	assert_string_equal(shown("{'parameters':{'tracebacks':[{'name':'a','error':{'error':'"
				  "Error','code':-33,'message':"
				  "'by zero','traceback':[{'function':'f','file':'a.c','line':3},"
				  "{'function':'g','file':'b.c','line':4}]}}]}"),
			    "a error=Error code=-33 by zero\n  f a.c:3\n  g b.c:4\n");
}

static void a_record_is_a_line_and_cannot_steer_a_terminal(void **state)
{
	(void)state;
	assert_string_equal(shown("{'parameters':{'records':[{'cursor':'1@0','time_us':5,'mono_us':"
				  "-1500000,'level':'warn',"
				  "'name':'a','text':'x\\u001b[2J\\ny\\\\'}],'cursor':'1@0'}"),
			    "-1.500s [WARN] [a] x?[2J?y\\\n");
}

static void what_failed_is_said_without_the_error_s_name(void **state)
{
	(void)state;
	assert_string_equal(
		shown("{'parameters':{'failed':[{'name':'a','error':'io.aiotools.Already',"
		      "'message':'runs already'}]}"),
		"a error: runs already\n");
	assert_string_equal(shown("{'error':'org.varlink.service.InvalidParameter','parameters':{"
				  "'message':'what?'}"),
			    "error: what?\n");
}

static void what_is_set_is_one_line_with_its_task(void **state)
{
	(void)state;
	assert_string_equal(
		shown("{'parameters':{'name':'a','set':[{'key':'k','value':true,'origin':"
		      "'set','effect':'live'},{'key':'l','value':-1,'origin':'set'}]}"),
		"a key=k value=true effect=live\nkey=l value=-1\n");
}

static void what_is_in_brackets_of_its_own_below_the_reply_is_a_line(void **state)
{
	(void)state;
	assert_string_equal(shown("{'parameters':{'info':{'boots':1,'memory':{'units':2,'most':1},"
				  "'tasks':{'count':3,'uptime_us':65000000}}}"),
			    "boots=1 units=2 most=1\ncount=3 uptime=65.000s\n");
	assert_string_equal(shown("{'parameters':{'tasks':[]}"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_is_a_line_with_seconds_and_values),
		cmocka_unit_test(a_frame_of_a_traceback_is_a_line),
		cmocka_unit_test(a_record_is_a_line_and_cannot_steer_a_terminal),
		cmocka_unit_test(what_failed_is_said_without_the_error_s_name),
		cmocka_unit_test(what_is_set_is_one_line_with_its_task),
		cmocka_unit_test(what_is_in_brackets_of_its_own_below_the_reply_is_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
