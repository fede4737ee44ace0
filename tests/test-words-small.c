/*
 * test-words-small.c - typed words become parameters, on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <aiotools.h>

#include "command.h"

static char made[256], why[256];

/* What a line becomes; the sentence when it is refused. */
static const char *params(const char *line)
{
	const struct aiot_commands commands = {.segment = {{aiot_commands_core, NULL, NULL}}};
	struct aiot_out out, sentence;
	const char *words[8];
	char copy[128];
	int count;

	memcpy(copy, line, strlen(line) + 1);
	count = aiot_words_split(copy, words, 8);
	assert_true(count > 0);
	aiot_out_init(&out, made, sizeof(made));
	aiot_out_init(&sentence, why, sizeof(why));
	if (aiot_words_to_params(aiot_command_by_verb(&commands, words[0]), words + 1,
				 (size_t)count - 1, 0, &out, &sentence) < 0)
		return aiot_out_str(&sentence);
	return aiot_out_str(&out);
}

static void words_are_names_and_options_stand_anywhere(void **state)
{
	(void)state;
	assert_string_equal(params("status"), "{}");
	assert_string_equal(params("status a -d b"), "{\"debug\":true,\"names\":[\"a\",\"b\"]}");
	assert_string_equal(params("status --no-log"), "{\"log\":false}");
	assert_string_equal(params("log -n 5 x -p warn"),
			    "{\"lines\":5,\"level\":4,\"names\":[\"x\"]}");
	assert_string_equal(params("log --after-cursor 3@01"), "{\"after_cursor\":\"3@01\"}");
	assert_string_equal(params("stop --keep-schedule"), "{\"keep_schedule\":true}");
}

static void a_schedule_has_its_options_and_set_its_values(void **state)
{
	(void)state;
	assert_string_equal(params("schedule x --in 5s --every 1min"),
			    "{\"start_in\":\"5s\",\"every\":\"1min\",\"name\":\"x\"}");
	assert_string_equal(
		params("set x a=1 'b=two words' c"),
		"{\"name\":\"x\",\"args\":{\"a\":\"1\",\"b\":\"two words\",\"c\":null}}");
}

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	assert_string_equal(params("log -x"), "log: unknown option -x");
	assert_string_equal(params("log --lin 3"), "log: unknown option --lin");
	assert_string_equal(params("log -n"), "log: no value for -n");
	assert_string_equal(params("log -n many"), "log: no value for -n");
	assert_string_equal(params("info more"), "info: too many words: more");
	assert_string_equal(params("schedule x y"), "schedule: too many words: y");
	assert_string_equal(params("schedule x --start-in 5s"),
			    "schedule: unknown option --start-in");
}

static void quotes_keep_blanks_and_have_an_end(void **state)
{
	char open[] = "set 'x", many[] = "a b c", good[] = "  a \"b 'c\"  d ";
	const char *words[3];

	(void)state;
	assert_int_equal(aiot_words_split(open, words, 3), -AIOT_EINVAL);
	assert_int_equal(aiot_words_split(many, words, 2), -AIOT_ENOSPC);
	assert_int_equal(aiot_words_split(good, words, 3), 3);
	assert_string_equal(words[1], "b 'c");
	assert_string_equal(words[2], "d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_names_and_options_stand_anywhere),
		cmocka_unit_test(a_schedule_has_its_options_and_set_its_values),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(quotes_keep_blanks_and_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
