/*
 * test-words.c - words.c and usage.c: words become parameters or a sentence; help.
 *
 * A case is a console line that is split first, so that the splitter is tested along.
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

#define NOW_NS 1795221421500000000ll /* 2026-11-21 00:37:01.5 UTC */

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL}},
};

struct words_case {
	const char *line; /* verb and words */
	const char *text; /* the parameters, or the sentence */
};

/* Read a line's words; the text goes to buf. */
static int read_line(const char *line, char *buf, size_t size, char *why, size_t why_size)
{
	char copy[256];
	const char *words[32];
	struct aiot_out out, sentence;
	int count, rc;

	memcpy(copy, line, strlen(line) + 1);
	count = aiot_words_split(copy, words, 32);
	assert_true(count > 0);
	aiot_out_init(&out, buf, size);
	aiot_out_init(&sentence, why, why_size);
	rc = aiot_words_to_params(aiot_command_by_verb(&commands, words[0]), words + 1,
				  (size_t)count - 1, NOW_NS, &out, &sentence);
	(void)aiot_out_str(&out);
	(void)aiot_out_str(&sentence);
	return rc;
}

static void assert_params(const struct words_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char buf[512], why[512];
		struct aiot_json value;

		assert_int_equal(read_line(cases[i].line, buf, sizeof(buf), why, sizeof(why)), 0);
		assert_string_equal(buf, cases[i].text);
		assert_string_equal(why, "");
		assert_int_equal(aiot_json_parse(buf, strlen(buf), &value, NULL), 0);
	}
}

static void assert_sentences(const struct words_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char buf[512], why[512];

		assert_int_equal(read_line(cases[i].line, buf, sizeof(buf), why, sizeof(why)),
				 -AIOT_EINVAL);
		assert_string_equal(why, cases[i].text);
		assert_string_equal(buf, "");
	}
}
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- parameters ---- */

static void options_stand_anywhere_and_in_every_form(void **state)
{
	static const struct words_case cases[] = {
		{"status", "{}"},
		{"status a b", "{\"names\":[\"a\",\"b\"]}"},
		{"status a -d b", "{\"names\":[\"a\",\"b\"],\"debug\":true}"},
		{"status --debug", "{\"debug\":true}"},
		{"status --no-log", "{\"log\":false}"},
		{"log -n 5", "{\"lines\":5}"},
		{"log -n5", "{\"lines\":5}"},
		{"log --lines 5", "{\"lines\":5}"},
		{"log --lines=5", "{\"lines\":5}"},
		{"log -n 4294967295", "{\"lines\":4294967295}"},
		{"log -n 007", "{\"lines\":7}"},
		{"log -fn5 a", "{\"names\":[\"a\"],\"lines\":5,\"follow\":true}"},
		{"log -fn 5 a", "{\"names\":[\"a\"],\"lines\":5,\"follow\":true}"},
		{"log -n 5 -n 6", "{\"lines\":6}"},
		{"log -f -f", "{\"follow\":true}"},
		{"log -n 5 x --lines=6 y", "{\"names\":[\"x\",\"y\"],\"lines\":6}"},
	};

	(void)state;
	assert_params(cases, COUNT(cases));
}

static void an_option_takes_the_next_word_whatever_it_is(void **state)
{
	static const struct words_case cases[] = {
		{"log -g -f", "{\"grep\":\"-f\"}"},	  {"log --grep --", "{\"grep\":\"--\"}"},
		{"log --grep -h", "{\"grep\":\"-h\"}"},	  {"log --grep=", "{\"grep\":\"\"}"},
		{"log --grep=a=b", "{\"grep\":\"a=b\"}"}, {"log -g ''", "{\"grep\":\"\"}"},
		{"log -gfn", "{\"grep\":\"fn\"}"},
	};

	(void)state;
	assert_params(cases, COUNT(cases));
}

static void two_dashes_end_the_options(void **state)
{
	static const struct words_case cases[] = {
		{"status -- -d", "{\"names\":[\"-d\"]}"},
		{"status -d -- --no-log -- -h",
		 "{\"names\":[\"--no-log\",\"--\",\"-h\"],\"debug\":true}"},
		{"status --", "{}"},
		{"info --", "{}"},
		{"status -", "{\"names\":[\"-\"]}"},
		{"status ''", "{\"names\":[\"\"]}"},
	};

	(void)state;
	assert_params(cases, COUNT(cases));
}

static void levels_times_and_forms_are_read(void **state)
{
	static const struct words_case cases[] = {
		{"log -p warn", "{\"level\":4}"},
		{"log -p ERR", "{\"level\":3}"},
		{"log -p7", "{\"level\":7}"},
		{"log -o mono", "{\"output\":\"mono\"}"},
		{"log -S @1795221421.5", "{\"since_us\":1795221421500000}"},
		{"log -S -1min", "{\"since_us\":1795221361500000}"},
		{"log -S '1min ago' -U now",
		 "{\"since_us\":1795221361500000,\"until_us\":1795221421500000}"},
		{"log --since=2026-11-21T00:00:00Z", "{\"since_us\":1795219200000000}"},
		{"log -S 1969-12-31T23:59:59.9999999Z", "{\"since_us\":-1}"},
	};

	(void)state;
	assert_params(cases, COUNT(cases));
}

static void words_that_are_no_utf8_are_mended(void **state)
{
	static const struct words_case cases[] = {
		{"status \xff\"\\\"\x01\"", "{\"names\":[\"\xef\xbf\xbd\\\"\\u0001\"]}"},
	};

	(void)state;
	assert_params(cases, COUNT(cases));
}

/* ---- sentences ---- */

static void a_wrong_word_is_named(void **state)
{
	static const struct words_case cases[] = {
		{"log --lins 5", "log: unknown option '--lins', did you mean '--lines'?"},
		{"log --lins=5", "log: unknown option '--lins', did you mean '--lines'?"},
		{"log --line 5", "log: unknown option '--line', did you mean '--lines'?"},
		{"log --xyzzy", "log: unknown option '--xyzzy'"},
		{"log --=5", "log: unknown option '--'"},
		{"log -z", "log: unknown option '-z'"},
		{"log -fz", "log: unknown option '-z'"},
		{"info -d", "info: unknown option '-d'"},
		{"log -n", "log: option '-n' needs a value"},
		{"log -fn", "log: option '-n' needs a value"},
		{"log --lines", "log: option '--lines' needs a value"},
		{"status --debug=yes", "status: option '--debug' takes no value"},
		{"log -n x", "log: '-n x': 'x' is not a whole number"},
		{"log -n -1", "log: '-n -1': '-1' is not a whole number"},
		{"log --lines=", "log: '--lines ': '' is not a whole number"},
		{"log -n 5x", "log: '-n 5x': '5x' is not a whole number"},
		{"log -n 4294967296", "log: '-n 4294967296': '4294967296' is over 4294967295"},
		{"log -n 99999999999999999999999",
		 "log: '-n 99999999999999999999999': '99999999999999999999999' is over "
		 "4294967295"},
		{"log -n x -n 5", "log: '-n x': 'x' is not a whole number"},
		{"log -p loud",
		 "log: '-p loud': 'loud' is not a level: error, warn, info or debug"},
		{"log -o pretty",
		 "log: '-o pretty': 'pretty' is not a form: short, iso, mono, json or cat"},
		{"log -S whenever", "log: '-S whenever': 'whenever' is not a time; such as "
				    "10min ago, 00:35, 2026-11-21 00:35"},
		{"log -S 5min", "log: '-S 5min': '5min' is not a time but a time span; did you "
				"mean '5min ago'?"},
		{"log -S '2026-11-21 25:00'",
		 "log: '-S 2026-11-21 25:00': '2026-11-21 25:00' is not a time, from '25:00' on; "
		 "such as 10min ago, 00:35, 2026-11-21 00:35"},
		{"log -S @99999999999999",
		 "log: '-S @99999999999999': '@99999999999999' is too far from today"},
		{"describe", "describe: a NAME is needed"},
		{"restart --", "restart: a NAME is needed"},
		{"describe a b", "describe: 'b' is one word too many"},
		{"info x", "info takes no words, but got 'x'"},
		{"info -- -h", "info takes no words, but got '-h'"},
	};

	(void)state;
	assert_sentences(cases, COUNT(cases));
}

static void help_is_asked_for_in_place_of_a_call(void **state)
{
	char buf[256], why[256];

	(void)state;
	assert_int_equal(read_line("log -h", buf, 256, why, 256), -AIOT_EALREADY);
	assert_int_equal(read_line("log -n 5 --help", buf, 256, why, 256), -AIOT_EALREADY);
	assert_int_equal(read_line("log -fh", buf, 256, why, 256), -AIOT_EALREADY);
	assert_int_equal(read_line("describe -h", buf, 256, why, 256), -AIOT_EALREADY);
	assert_string_equal(buf, "");
	assert_string_equal(why, "");
	assert_int_equal(read_line("log --helpless", buf, 256, why, 256), -AIOT_EINVAL);
	assert_int_equal(read_line("log --hel", buf, 256, why, 256), -AIOT_EINVAL);
}

static void too_many_words_for_the_buffer_say_so(void **state)
{
	char buf[16], why[128];

	(void)state;
	assert_int_equal(read_line("status averylongname", buf, sizeof(buf), why, sizeof(why)),
			 -AIOT_ENOSPC);
	assert_string_equal(why, "status: there is no room for so many words");
}

/* ---- lines ---- */

/* Split and join with '|'. */
static void assert_split(const char *line, const char *joined)
{
	char copy[128], text[128];
	const char *words[8];
	struct aiot_out out;
	int count;

	memcpy(copy, line, strlen(line) + 1);
	count = aiot_words_split(copy, words, 8);
	assert_true(count >= 0);
	aiot_out_init(&out, text, sizeof(text));
	for (int i = 0; i < count; i++)
		aiot_format(&out, "%s|", words[i]);
	assert_string_equal(aiot_out_str(&out), joined);
}

static void a_line_is_split_as_a_shell_would(void **state)
{
	(void)state;
	assert_split("", "");
	assert_split(" \t ", "");
	assert_split("a", "a|");
	assert_split("  a \t b  ", "a|b|");
	assert_split("a 'b c' \"d e\"", "a|b c|d e|");
	assert_split("a'b c'd", "ab cd|");
	assert_split("'' \"\"", "||");
	assert_split("\"it's\" 'say \"x\"'", "it's|say \"x\"|");
	assert_split("a\\ b \\' \\\\", "a b|'|\\|");
	assert_split("'a\\b' \"a\\\"b\"", "a\\b|a\"b|");
	assert_split("a\\", "a\\|");
	assert_split("\\  b", " |b|");
}

static void a_line_that_cannot_be_split_is_refused(void **state)
{
	const char *words[2] = {NULL, NULL};
	char open[] = "a 'b c", open2[] = "a \"b\\\"", many[] = "a b c", few[] = "a b ";

	(void)state;
	assert_int_equal(aiot_words_split(open, words, 2), -AIOT_EINVAL);
	assert_int_equal(aiot_words_split(open2, words, 2), -AIOT_EINVAL);
	assert_int_equal(aiot_words_split(many, words, 2), -AIOT_ENOSPC);
	assert_int_equal(aiot_words_split(few, words, 2), 2);
}

/* ---- help ---- */

#if AIOT_BOARD
#define INFO_OF "resets, memory and counters of the board"
#else
#define INFO_OF "paths, features, limits and counters of the daemon"
#endif

static void usage_names_every_option(void **state)
{
	char buf[4096];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_command_usage(aiot_command_by_verb(&commands, "status"), &out);
	assert_string_equal(
		aiot_out_str(&out),
		"usage: status [NAME...] [-d] [--no-log] [-n N]\n"
		"how tasks are, with their last log lines\n"
		"\n"
		"  NAME...        tasks, with * and ?; all when there is none\n"
		"  -d, --debug    the long form: args, stats, traceback, where it waits\n"
		"      --no-log   without the last log lines\n"
		"  -n, --lines N  that many log lines of each named task (10)\n"
		"  -h, --help     this text\n");
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_command_usage(aiot_command_by_verb(&commands, "info"), &out);
	assert_string_equal(aiot_out_str(&out), "usage: info\n"
						"version, " INFO_OF "\n"
						"\n"
						"  -h, --help  this text\n");
}

static void a_long_usage_line_is_wrapped(void **state)
{
	char buf[4096];
	struct aiot_out out;
	size_t start = 0;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_command_usage(aiot_command_by_verb(&commands, "log"), &out);
	assert_int_equal(out.error, 0);
	assert_memory_equal(buf, "usage: log [NAME...] [-n N] [-p LEVEL] [-g PATTERN]", 51);
	for (size_t i = 0; i < 200; i++) {
		if (buf[i] != '\n')
			continue;
		assert_true(i - start <= 80);
		if (strncmp(buf + i + 1, "the log,", 8) == 0)
			return;
		assert_memory_equal(buf + i + 1, "           [", 12);
		start = i + 1;
	}
	fail();
}

static void required_words_have_no_brackets(void **state)
{
	char buf[4096];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_command_usage(aiot_command_by_verb(&commands, "restart"), &out);
	assert_memory_equal(buf, "usage: restart NAME...\n", 23);
}

static void help_has_a_line_for_each_verb(void **state)
{
	char buf[4096];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_commands_help(&commands, &out);
	(void)aiot_out_str(&out);
	assert_memory_equal(buf, "  status          how tasks are, with", 37);
	assert_non_null(strstr(buf, "\n  daemon-reload   read all files"));
	assert_null(strstr(buf, "(null)"));
}

static void names_end_where_the_first_argument_begins(void **state)
{
	static const struct words_case good[] = {
		{"set x a=1 b= c", "{\"name\":\"x\",\"args\":{\"a\":\"1\",\"b\":\"\",\"c\":null}}"},
		{"trigger x y* a=1 b=2",
		 "{\"names\":[\"x\",\"y*\"],\"args\":{\"a\":\"1\",\"b\":\"2\"}}"},
		{"trigger x", "{\"names\":[\"x\"]}"},
		{"add x/y --name z 'a=b c=d'",
		 "{\"service\":\"x/y\",\"args\":{\"a\":\"b c=d\"},\"name\":\"z\"}"},
		{"call x verb a=1 -- -2",
		 "{\"name\":\"x\",\"verb\":\"verb\",\"words\":[\"a=1\",\"-2\"]}"},
		{"wait x --timeout 2s", "{\"names\":[\"x\"],\"timeout_us\":2000000}"},
	};
	static const struct words_case bad[] = {
		{"set x", "set: a KEY=VALUE is needed"},
		{"set x =1", "set: '=1' has no key in front of its '='"},
		{"wait x --timeout soon",
		 "wait: '--timeout soon': 'soon' is not a time span, such as "
		 "500ms, 10s or 1min 30s"},
		{"trigger a=1", "trigger: a NAME is needed"},
	};

	(void)state;
	assert_params(good, COUNT(good));
	assert_sentences(bad, COUNT(bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere_and_in_every_form),
		cmocka_unit_test(an_option_takes_the_next_word_whatever_it_is),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(levels_times_and_forms_are_read),
		cmocka_unit_test(words_that_are_no_utf8_are_mended),
		cmocka_unit_test(a_wrong_word_is_named),
		cmocka_unit_test(help_is_asked_for_in_place_of_a_call),
		cmocka_unit_test(too_many_words_for_the_buffer_say_so),
		cmocka_unit_test(a_line_is_split_as_a_shell_would),
		cmocka_unit_test(a_line_that_cannot_be_split_is_refused),
		cmocka_unit_test(usage_names_every_option),
		cmocka_unit_test(a_long_usage_line_is_wrapped),
		cmocka_unit_test(required_words_have_no_brackets),
		cmocka_unit_test(help_has_a_line_for_each_verb),
		cmocka_unit_test(names_end_where_the_first_argument_begins),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
