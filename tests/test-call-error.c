/*
 * test-call-error.c - call-error.c: sentences of a call's errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <aiotools.h>

#include "command.h"

static char buf[1024];
static struct aiot_out out;
static struct aiot_call call;

static int begin(void **state)
{
	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	call = (struct aiot_call){.json = {.out = &out}};
	return 0;
}

static void an_error_has_its_name_and_a_sentence(void **state)
{
	(void)state;
	assert_int_equal(aiot_call_error(&call, AIOT_ERR_USAGE, "no %s", "way"), AIOT_CALL_ERROR);
	assert_string_equal(aiot_out_str(&out), "{\"error\":\"io.aiotools.Usage\",\"parameters\":{"
						"\"message\":\"no way\"}");
}

static void an_error_replaces_what_its_reply_had_and_may_have_a_member_more(void **state)
{
	(void)state;
	aiot_out_text(&out, "before");
	call.reply_start = out.len;
	aiot_out_text(&out, "{\"parameters\":{\"half\":");
	assert_int_equal(
		aiot_call_error_at(&call, AIOT_ERR_NO_SUCH_TASK, "name", "x", "no '%s'", "x"),
		AIOT_CALL_ERROR);
	assert_string_equal(aiot_out_str(&out), "before{\"error\":\"io.aiotools.NoSuchTask\","
						"\"parameters\":{\"name\":\"x\",\"message\":"
						"\"no 'x'\"}");
}

static void assert_end(const char *end)
{
	const char *text = aiot_out_str(&out);

	assert_string_equal(text + strlen(text) - strlen(end), end);
}

/* Nobody saw that there was more. */
static void a_sentence_that_is_too_long_ends_in_dots(void **state)
{
	(void)state;
	(void)aiot_call_error(&call, AIOT_ERR_USAGE, "%0*d", AIOT_SENTENCE_MAX, 1);
	assert_end("0001\"}");
	(void)aiot_call_error(&call, AIOT_ERR_USAGE, "%0*d", AIOT_SENTENCE_MAX + 1, 1);
	assert_end("000...\"}");
	(void)aiot_call_error_at(&call, AIOT_ERR_USAGE, "name", "x", "%0*d", AIOT_SENTENCE_MAX + 9,
				 1);
	assert_end("000...\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_error_has_its_name_and_a_sentence, begin),
		cmocka_unit_test_setup(
			an_error_replaces_what_its_reply_had_and_may_have_a_member_more, begin),
		cmocka_unit_test_setup(a_sentence_that_is_too_long_ends_in_dots, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
