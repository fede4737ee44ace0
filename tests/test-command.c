/*
 * test-command.c - command.c: the tables of commands and errors, and finding things in them; and
 * error replies that belong to no call.
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

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL}},
};

static struct aiot_json json_of(const char *text)
{
	struct aiot_json value = {NULL, 0};

	if (text)
		assert_int_equal(aiot_json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

static const struct aiot_command *row_at(unsigned i)
{
	const struct aiot_command *row = aiot_commands_core;

	for (; row->id && i > 0; i--)
		row++;
	if (row->id)
		return row;
	for (row = aiot_commands_host; row->id && i > 0; i--)
		row++;
	if (row->id)
		return row;
	for (row = aiot_commands_service; row->id && i > 0; i--)
		row++;
	return row->id ? row : NULL;
}

static void every_row_is_found_by_verb_method_and_id(void **state)
{
	const struct aiot_command *row;
	unsigned i;

	(void)state;
	for (i = 0; (row = row_at(i)) != NULL; i++) {
		char method[80];

		assert_ptr_equal(aiot_command_by_id(&commands, row->id), row);
		if (row->verb)
			assert_ptr_equal(aiot_command_by_verb(&commands, row->verb), row);
		if (row->method) {
			(void)aiot_format_to(method, sizeof(method), "\"%s\"", row->method);
			assert_ptr_equal(aiot_command_by_method(&commands, json_of(method)), row);
			assert_ptr_equal(aiot_command_with_method(&commands, row->method), row);
		}
		assert_true(row->verb || row->method);
		assert_non_null(row->help);
	}
	assert_true(i > 15);
}

static void what_is_in_no_table_is_not_found(void **state)
{
	const struct aiot_commands none = {.core = NULL};

	(void)state;
	assert_null(aiot_command_by_verb(&commands, "statu"));
	assert_null(aiot_command_by_verb(&commands, ""));
	assert_null(aiot_command_by_method(&commands, json_of("\"io.aiotools.Task\"")));
	assert_null(aiot_command_by_method(&commands, json_of("12")));
	assert_null(aiot_command_by_method(&commands, json_of(NULL)));
	assert_null(aiot_command_with_method(&commands, "io.aiotools.Task"));
	assert_null(aiot_command_by_id(&commands, 0));
	assert_null(aiot_command_by_id(&commands, AIOT_CMD_HOST_END));
	assert_null(aiot_command_by_verb(&none, "status"));
	assert_null(aiot_command_near(&none, "status"));
}

static void a_slip_in_a_verb_finds_the_verb(void **state)
{
	(void)state;
	assert_string_equal(aiot_command_near(&commands, "statsu"), "status");
	assert_string_equal(aiot_command_near(&commands, "stat"), "status");
	assert_string_equal(aiot_command_near(&commands, "strat"), "start");
	assert_string_equal(aiot_command_near(&commands, "lgo"), "log");
	assert_string_equal(aiot_command_near(&commands, "daemonreload"), "daemon-reload");
	assert_string_equal(aiot_command_near(&commands, "relaod"), "reload");
	assert_null(aiot_command_near(&commands, "xyzzy"));
	assert_null(aiot_command_near(&commands, "q"));
	assert_null(aiot_command_near(&commands, ""));
	assert_null(aiot_command_near(&commands, "averyverylongwordthatnobodycouldmean"));
}

static void every_error_has_a_name_and_an_exit_code(void **state)
{
	(void)state;
	for (unsigned i = AIOT_ERR_NONE + 1; i < AIOT_ERR_COUNT; i++) {
		const char *name = aiot_error_name((enum aiot_error_id)i);
		char quoted[80];

		assert_non_null(name);
		(void)aiot_format_to(quoted, sizeof(quoted), "\"%s\"", name);
		assert_int_equal(aiot_error_find(json_of(quoted)), i);
		assert_true(aiot_error_exit((enum aiot_error_id)i, false) > 0);
		assert_true(aiot_error_exit((enum aiot_error_id)i, true) > 0);
	}
	assert_int_equal(aiot_error_find(json_of("\"NoSuchTask\"")), AIOT_ERR_NONE);
	assert_int_equal(aiot_error_find(json_of("\"\"")), AIOT_ERR_NONE);
	assert_int_equal(aiot_error_exit(AIOT_ERR_NONE, false), 1);
	assert_int_equal(aiot_error_exit(AIOT_ERR_COUNT, true), 1);
}

static void exit_codes_of_queries_and_actions_differ_for_missing_names(void **state)
{
	(void)state;
	assert_int_equal(aiot_error_exit(AIOT_ERR_NO_SUCH_TASK, true), 4);
	assert_int_equal(aiot_error_exit(AIOT_ERR_NO_SUCH_TASK, false), 5);
	assert_int_equal(aiot_error_exit(AIOT_ERR_NO_SUCH_SERVICE, true), 4);
	assert_int_equal(aiot_error_exit(AIOT_ERR_NO_SUCH_SERVICE, false), 5);
	assert_int_equal(aiot_error_exit(AIOT_ERR_PERMISSION_DENIED, true), 4);
	assert_int_equal(aiot_error_exit(AIOT_ERR_PERMISSION_DENIED, false), 4);
	assert_int_equal(aiot_error_exit(AIOT_ERR_INVALID_PARAMETER, false), 2);
	assert_int_equal(aiot_error_exit(AIOT_ERR_ALREADY, false), 1);
	assert_int_equal(aiot_error_exit(AIOT_ERR_LOAD_FAILED, false), 1);
	assert_int_equal(aiot_error_exit(AIOT_ERR_BAD_CONFIGURATION, false), 6);
}

static void levels_are_read_as_words_and_numbers(void **state)
{
	(void)state;
	assert_string_equal(aiot_level_word(AIOT_ERROR), "error");
	assert_string_equal(aiot_level_word(AIOT_DEBUG), "debug");
	assert_null(aiot_level_word(5));
	assert_int_equal(aiot_level_parse("warn"), AIOT_WARN);
	assert_int_equal(aiot_level_parse("WARNING"), AIOT_WARN);
	assert_int_equal(aiot_level_parse("6"), AIOT_INFO);
	assert_int_equal(aiot_level_parse("5"), -AIOT_EINVAL);
	assert_int_equal(aiot_level_parse(""), -AIOT_EINVAL);
	assert_int_equal(aiot_level_parse("infos"), -AIOT_EINVAL);
	assert_int_equal(aiot_level_parse("inf"), -AIOT_EINVAL);
}

static void a_board_s_help_speaks_of_the_board(void **state)
{
	const struct aiot_command *row;

	(void)state;
	for (row = aiot_commands_core; AIOT_BOARD && row->id; row++) {
		assert_null(strstr(row->help, "daemon"));
		assert_null(strstr(row->help, "unload"));
		assert_null(strstr(row->help, "did not load"));
	}
	row = aiot_command_by_verb(&commands, "info");
	assert_non_null(strstr(row->help, AIOT_BOARD ? "of the board" : "of the daemon"));
}

/* ---- errors without a call ---- */

static void an_error_reply_needs_no_call(void **state)
{
	char buf[1024];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_error_reply(&out, AIOT_ERR_INVALID_REQUEST, "not JSON at byte %d", 3);
	assert_string_equal(aiot_out_str(&out),
			    "{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":"
			    "\"not JSON at byte 3\"}");
}

static void a_message_that_is_too_long_is_cut(void **state)
{
	char text[1024], buf[1024];
	struct aiot_out out;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_error_reply(&out, AIOT_ERR_LIMIT, "%s", text);
	assert_int_equal(out.error, 0);
	assert_in_range(out.len, AIOT_SENTENCE_MAX, AIOT_SENTENCE_MAX + 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_verb_method_and_id),
		cmocka_unit_test(what_is_in_no_table_is_not_found),
		cmocka_unit_test(a_slip_in_a_verb_finds_the_verb),
		cmocka_unit_test(every_error_has_a_name_and_an_exit_code),
		cmocka_unit_test(exit_codes_of_queries_and_actions_differ_for_missing_names),
		cmocka_unit_test(levels_are_read_as_words_and_numbers),
		cmocka_unit_test(a_board_s_help_speaks_of_the_board),
		cmocka_unit_test(an_error_reply_needs_no_call),
		cmocka_unit_test(a_message_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
