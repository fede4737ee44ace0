/*
 * test-environment.c - .env files: what a line may be, what is wrong with one, and undoing it.
 */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools-host.h"

static char dir[64], path[80], told[4096];
static struct aiot_environment *environment;

static int make_file(void **state)
{
	(void)state;
	(void)umask(022);
	memcpy(dir, "/tmp/test-environment-XXXXXX", 29);
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/.env", dir);
	environment = NULL;
	(void)unsetenv("NEW");
	return setenv("OLD", "before", 1);
}

static int remove_file(void **state)
{
	(void)state;
	aiot_environment_undo(environment);
	(void)remove(path);
	return remove(dir);
}

static int read_bytes(const char *text, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	aiot_environment_undo(environment);
	environment = NULL;
	return aiot_environment_read(path, &environment, told, sizeof(told));
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void assert_value(const char *line, const char *value)
{
	assert_int_equal(read_text(line), 0);
	assert_non_null(getenv("NEW"));
	assert_string_equal(getenv("NEW"), value);
}

static void a_value_is_taken_as_it_stands(void **state)
{
	(void)state;
	assert_value("NEW=1", "1");
	assert_value("NEW=a b  c \t\n", "a b  c");
	assert_value("  export NEW = x", "x");
	assert_value("NEW=\n", "");
	assert_value("NEW=a=b", "a=b");
	assert_value("# comment\n\n  # another\r\nNEW=last\r\n", "last");
	assert_value("NEW=p#ss #word", "p#ss #word");
	assert_value("NEW=1\nNEW=2", "2");
	assert_value("NEW=\xc3\xa4", "\xc3\xa4");
}

static void quotes_keep_what_is_between(void **state)
{
	(void)state;
	assert_value("NEW=' a \\n \" '", " a \\n \" ");
	assert_value("NEW=\" a\\n\\t\\\"\\\\ ' \" ", " a\n\t\"\\ ' ");
	assert_value("NEW=''", "");
	assert_value("NEW=it's", "it's");
}

static void nothing_is_expanded_and_nothing_is_run(void **state)
{
	(void)state;
	assert_value("NEW=$OLD ${OLD} `id` $(id)", "$OLD ${OLD} `id` $(id)");
	assert_value("NEW=\"$(id) ${OLD}\"", "$(id) ${OLD}");
}

static void all_of_it_can_be_undone(void **state)
{
	(void)state;
	assert_int_equal(read_text("OLD=after\nNEW=1\nOLD=last\n"), 0);
	assert_string_equal(getenv("OLD"), "last");
	aiot_environment_undo(environment);
	environment = NULL;
	assert_string_equal(getenv("OLD"), "before");
	assert_null(getenv("NEW"));
	aiot_environment_undo(NULL);
}

static void assert_wrong(const char *text, const char *sentence)
{
	char expected[256];

	assert_int_equal(read_text(text), -AIOT_EINVAL);
	(void)snprintf(expected, sizeof(expected), "%s%s", path, sentence);
	assert_string_equal(told, expected);
	assert_null(environment);
	assert_null(getenv("NEW"));
	assert_string_equal(getenv("OLD"), "before");
}

static void what_is_wrong_is_told_with_its_line_and_sets_nothing(void **state)
{
	(void)state;
	assert_wrong("NEW=1\nwords\n", ":2: 'words' is not KEY=VALUE");
	assert_wrong("1A=x",
		     ":1: '1A' cannot be a variable's name: letters, digits and _ make one, "
		     "and no digit begins it");
	assert_wrong("=x",
		     ":1: '' cannot be a variable's name: letters, digits and _ make one, and "
		     "no digit begins it");
	assert_wrong("export=x y=1\nA B=x",
		     ":2: 'A B' cannot be a variable's name: letters, digits "
		     "and _ make one, and no digit begins it");
	assert_wrong("OLD=x\nNEW=\"x", ":2: NEW: a quote that does not end on its line");
	assert_wrong("NEW='x' y", ":1: NEW: text behind the closing quote");
	assert_wrong("NEW=a\001b", ":1: a control character, or what is not UTF-8");
	assert_wrong("NEW=\xff", ":1: a control character, or what is not UTF-8");
	assert_int_equal(read_bytes("NEW=a\0b", 7), -AIOT_EINVAL);
	assert_int_equal(read_text("a\nb\n"), -AIOT_EINVAL);
	assert_non_null(strstr(told, ":1: 'a' is not KEY=VALUE\n"));
	assert_non_null(strstr(told, ":2: 'b' is not KEY=VALUE"));
}

static void a_file_that_is_not_there_or_not_to_be_trusted_is_refused(void **state)
{
	static char large[70000];

	(void)state;
	assert_int_equal(aiot_environment_read("/no/such", &environment, told, sizeof(told)),
			 -AIOT_ENOENT);
	memset(large, 'A', sizeof(large));
	assert_int_equal(read_bytes(large, sizeof(large)), -AIOT_EINVAL);
	assert_non_null(strstr(told, ": it has more than 65536 bytes"));
	assert_int_equal(read_text("NEW=1"), 0);
	assert_int_equal(chmod(path, 0666), 0);
	aiot_environment_undo(environment);
	environment = NULL;
	assert_int_equal(aiot_environment_read(path, &environment, told, sizeof(told)),
			 -AIOT_EPERM);
	assert_non_null(strstr(told, path));
	assert_null(getenv("NEW"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
	const struct CMUnitTest tests[] = {
		T(a_value_is_taken_as_it_stands),
		T(quotes_keep_what_is_between),
		T(nothing_is_expanded_and_nothing_is_run),
		T(all_of_it_can_be_undone),
		T(what_is_wrong_is_told_with_its_line_and_sets_nothing),
		T(a_file_that_is_not_there_or_not_to_be_trusted_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
