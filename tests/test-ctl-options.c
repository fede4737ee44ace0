/* test-ctl-options.c - the client's command line: which word is whose, wherever it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <aiotools.h>

#include "options.h"

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL}},
};

static char line[512];
static char *argv[64];
static char sentence[512];
static struct ctl_options options;
static char text[512];

/* The words of a line, blanks between them; `~` stands for an empty word. */
static int parse(const char *words)
{
	struct aiot_out why;
	int argc = 0, rc;
	char *at = line;

	(void)snprintf(line, sizeof(line), "aiotoolsctl %s", words);
	while (*at) {
		char *word = argv[argc++] = at;

		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
		if (strcmp(word, "~") == 0)
			word[0] = '\0';
	}
	argv[argc] = NULL;
	aiot_out_init(&why, sentence, sizeof(sentence));
	options = (struct ctl_options){.verb = "untouched"};
	rc = ctl_options_parse(&commands, argc, argv, &options, &why);
	(void)aiot_out_str(&why);
	return rc;
}

/* What the verb was left with, in one string. */
static const char *left(void)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < options.word_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					options.words[i]);
	return text;
}

static void own_options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"--json --user -q --no-pager --color=never --socket /s status a b",
		"status --json --user -q --no-pager --color=never --socket /s a b",
		"status a b --json --user --quiet --no-pager --color=never --socket=/s",
		"--json status --user a -q --no-pager b --socket /s --color=never",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(lines[i]), 0);
		assert_string_equal(options.verb, "status");
		assert_int_equal(options.command->id, AIOT_CMD_STATUS);
		assert_string_equal(left(), "a b");
		assert_true(options.json && options.user && options.quiet && options.no_pager);
		assert_false(options.help || options.version);
		assert_int_equal(options.color, CTL_COLOR_NEVER);
		assert_string_equal(options.socket, "/s");
	}
}

static void nothing_given_is_all_off(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_null(options.verb);
	assert_null(options.command);
	assert_null(options.socket);
	assert_int_equal(options.word_count, 0);
	assert_int_equal(options.color, CTL_COLOR_AUTO);
	assert_false(options.json || options.user || options.quiet || options.no_pager ||
		     options.help || options.version);
}

static void the_verbs_options_are_left_to_it(void **state)
{
	(void)state;
	assert_int_equal(parse("log -n 5 --grep=x -f --json hello --nonsense -z"), 0);
	assert_string_equal(left(), "-n 5 --grep=x -f hello --nonsense -z");
	assert_true(options.json);
}

static void the_value_of_a_verbs_option_is_never_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("log -g --json --grep -q --since --user -p -h"), 0);
	assert_string_equal(left(), "-g --json --grep -q --since --user -p -h");
	assert_false(options.json || options.quiet || options.user || options.help);
	assert_int_equal(parse("log --grep=--json --json"), 0);
	assert_string_equal(left(), "--grep=--json");
	assert_true(options.json);
	/* status has no -g: then -q is ours. */
	assert_int_equal(parse("status -g -q"), 0);
	assert_string_equal(left(), "-g");
	assert_true(options.quiet);
}

static void a_value_that_is_missing_is_the_verbs_business(void **state)
{
	(void)state;
	assert_int_equal(parse("log -q --grep"), 0);
	assert_string_equal(left(), "--grep");
	assert_int_equal(parse("log -q -n"), 0);
	assert_string_equal(left(), "-n");
}

static void letters_written_together_are_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(parse("log -qf"), 0);
	assert_string_equal(left(), "-f");
	assert_true(options.quiet);
	assert_int_equal(parse("log -fq"), 0);
	assert_string_equal(left(), "-f");
	assert_true(options.quiet);
	assert_int_equal(parse("status -dqh x"), 0);
	assert_string_equal(left(), "-d x");
	assert_true(options.quiet && options.help);
	assert_int_equal(parse("-qV"), 0);
	assert_true(options.quiet && options.version);
	assert_int_equal(options.word_count, 0);
}

static void letters_behind_one_with_a_value_are_its_value(void **state)
{
	(void)state;
	assert_int_equal(parse("log -fgqh x"), 0);
	assert_string_equal(left(), "-fgqh x");
	assert_false(options.quiet || options.help);
	assert_int_equal(parse("log -qg -h x"), 0);
	assert_string_equal(left(), "-g -h x");
	assert_true(options.quiet);
	assert_false(options.help);
	assert_int_equal(parse("log -qfn5"), 0);
	assert_string_equal(left(), "-fn5");
}

static void behind_two_dashes_nothing_is_an_option(void **state)
{
	(void)state;
	assert_int_equal(parse("status -- --json -q --socket"), 0);
	assert_string_equal(left(), "-- --json -q --socket");
	assert_false(options.json || options.quiet);
	assert_int_equal(parse("--json -- status -q -- a"), 0);
	assert_string_equal(options.verb, "status");
	assert_string_equal(left(), "-- -q -- a");
	assert_true(options.json);
	assert_false(options.quiet);
	assert_int_equal(parse("-- --json"), 0);
	assert_string_equal(options.verb, "--json");
	assert_null(options.command);
	assert_int_equal(parse("--"), 0);
	assert_null(options.verb);
}

static void one_dash_is_a_word(void **state)
{
	(void)state;
	assert_int_equal(parse("status - -q"), 0);
	assert_string_equal(left(), "-");
	assert_int_equal(parse("- a"), 0);
	assert_string_equal(options.verb, "-");
	assert_string_equal(left(), "a");
}

static void an_empty_word_is_kept(void **state)
{
	(void)state;
	assert_int_equal(parse("status ~ -q"), 0);
	assert_int_equal(options.word_count, 1);
	assert_string_equal(options.words[0], "");
}

static void an_unknown_verb_is_kept_without_a_command(void **state)
{
	(void)state;
	assert_int_equal(parse("statsu -x --json"), 0);
	assert_string_equal(options.verb, "statsu");
	assert_null(options.command);
	assert_string_equal(left(), "-x");
	assert_true(options.json);
}

static void the_last_of_repeated_options_counts(void **state)
{
	(void)state;
	assert_int_equal(parse("--socket /a --color=always list --color=auto --socket=/b"), 0);
	assert_string_equal(options.socket, "/b");
	assert_int_equal(options.color, CTL_COLOR_AUTO);
}

static void refused(const char *words, const char *why)
{
	assert_int_equal(parse(words), -AIOT_EINVAL);
	assert_non_null(strstr(sentence, why));
	assert_string_equal(options.verb, "untouched");
}

static void what_is_wrong_is_said_in_words(void **state)
{
	(void)state;
	refused("--socket", "'--socket' needs a path");
	refused("status --socket", "'--socket' needs a path");
	refused("--socket= status", "'--socket' needs a path");
	refused("--color=blue status", "not 'blue'");
	refused("--color status", "'--color' takes auto, always or never");
	refused("--colour=never status", "unknown option '--colour=never'");
	refused("--json=yes status", "'--json' takes no value");
	refused("--jso status", "unknown option '--jso', did you mean '--json'?");
	refused("status --jsno", "unknown option '--jsno', did you mean '--json'?");
	refused("--sockt=/x status", "did you mean '--socket'?");
	refused("-x status", "unknown option '-x'");
	refused("-qx status", "unknown option '-qx'");
	refused("-n 5 log", "unknown option '-n'");
}

static void an_empty_argv_is_no_verb(void **state)
{
	struct aiot_out why;
	char *none[] = {NULL};

	(void)state;
	aiot_out_init(&why, sentence, sizeof(sentence));
	assert_int_equal(ctl_options_parse(&commands, 0, none, &options, &why), 0);
	assert_null(options.verb);
	assert_int_equal(options.word_count, 0);
}

static void a_board_is_asked_by_serial_and_not_together_with_a_daemon(void **state)
{
	(void)state;
	assert_int_equal(parse("--serial /dev/ttyUSB0,9600 status"), 0);
	assert_string_equal(options.serial, "/dev/ttyUSB0,9600");
	assert_null(options.socket);
	assert_int_equal(parse("status --serial=/tmp/x a"), 0);
	assert_string_equal(options.serial, "/tmp/x");
	assert_string_equal(left(), "a");
	assert_int_equal(parse("status --serial"), -AIOT_EINVAL);
	assert_string_equal(sentence, "'--serial' needs a device, or a device and a baud rate: "
				      "/dev/ttyUSB0,115200");
	assert_int_equal(parse("--serial x --socket y status"), -AIOT_EINVAL);
	assert_string_equal(sentence, "--serial and --socket: ask either a board or a daemon");
	assert_int_equal(parse("--user --serial x status"), -AIOT_EINVAL);
	assert_string_equal(sentence, "--serial and --user: ask either a board or a daemon");
	assert_int_equal(parse("--seriel x status"), -AIOT_EINVAL);
	assert_non_null(strstr(sentence, "did you mean '--serial'?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_options_stand_anywhere),
		cmocka_unit_test(nothing_given_is_all_off),
		cmocka_unit_test(the_verbs_options_are_left_to_it),
		cmocka_unit_test(the_value_of_a_verbs_option_is_never_taken),
		cmocka_unit_test(a_value_that_is_missing_is_the_verbs_business),
		cmocka_unit_test(letters_written_together_are_taken_apart),
		cmocka_unit_test(letters_behind_one_with_a_value_are_its_value),
		cmocka_unit_test(behind_two_dashes_nothing_is_an_option),
		cmocka_unit_test(one_dash_is_a_word),
		cmocka_unit_test(an_empty_word_is_kept),
		cmocka_unit_test(an_unknown_verb_is_kept_without_a_command),
		cmocka_unit_test(the_last_of_repeated_options_counts),
		cmocka_unit_test(what_is_wrong_is_said_in_words),
		cmocka_unit_test(an_empty_argv_is_no_verb),
		cmocka_unit_test(a_board_is_asked_by_serial_and_not_together_with_a_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
