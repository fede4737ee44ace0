/*
 * The INI reader: a table of right and wrong files with what is understood of each and every
 * sentence about it, then limits, real files, and running out of memory at every single point.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"
#include "inifile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s) (s), sizeof(s) - 1
#define GOES_ON "; an indented line goes on with the one before\n"
#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X180 X50 X50 X50 X10 X10 X10

static const struct ini_case {
	const char *text;
	size_t len;
	const char *seen;   /* "[section] key=value@line|" for each entry */
	const char *errors; /* one sentence a line */
} cases[] = {
	/* right */
	{TEXT(""), "", ""},
	{TEXT("\n\n  \n\t\n"), "", ""},
	{TEXT("[A]\n"), "", ""},
	{TEXT("[A]\nk=v"), "[A] k=v@2|", ""},
	{TEXT("[A]\n  k  =  v w  \n"), "[A] k=v w@2|", ""},
	{TEXT("[A]\nk: v\n"), "[A] k=v@2|", ""},
	{TEXT("[A]\nk = a=b:c\n"), "[A] k=a=b:c@2|", ""},
	{TEXT("[A]\nk=\n"), "[A] k=@2|", ""},
	{TEXT("[A]\nk = ; nothing\n"), "[A] k=@2|", ""},
	{TEXT("[A]\r\nk=v\r\n  w\r\n"), "[A] k=v w@2|", ""},
	{TEXT("\xef\xbb\xbf[A]\nk=v\n"), "[A] k=v@2|", ""},
	{TEXT("\xef\xbb\xbf"), "", ""},
	{TEXT("# one\n; two\n[A] ; three\n #four\nk=v ; five\n"), "[A] k=v@5|", ""},
	{TEXT("[A]\nk=v;w\n"), "[A] k=v;w@2|", ""},
	{TEXT("[A]\nk=v\t; c\n"), "[A] k=v@2|", ""},
	{TEXT("[A]\nk=v # w\n"), "[A] k=v # w@2|", ""},
	{TEXT("[ A b ]\nk=v\n"), "[A b] k=v@2|", ""},
	{TEXT("[A]\nk=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n"),
	 "[A] k=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80@2|", ""},
	{TEXT("[A]\nk=1\n[B]\nk=2\n[a]\nl=3\n"), "[A] k=1@2|[B] k=2@4|[A] l=3@6|", ""},
	{TEXT("[A]\nk=1\nl=2\n"), "[A] k=1@2|[A] l=2@3|", ""},
	{TEXT("[A]\nk=" X180 "xxxxxxxx\n"), "[A] k=" X180 "xxxxxxxx@2|", ""},
	{TEXT("[" X50 "]\n"), "", "f:1: section name of 50 bytes, over 49\n"},
	{TEXT("[A]\n" X50 X50 "=v\n w\nl=1\n"), "[A] " X50 X50 "=v w@2|[A] l=1@4|", ""},
	/* right: continued */
	{TEXT("[A]\nk=a\n b\n\t\tc  \n"), "[A] k=a b c@2|", ""},
	{TEXT("[A]\nk=\n b\n"), "[A] k=b@2|", ""},
	{TEXT("[A]\nk=a\n\n b\n"), "[A] k=a b@2|", ""},
	{TEXT("[A]\nk=a\n# no\n ; no\n  # no\n b ; no\n"), "[A] k=a b@2|", ""},
	{TEXT("[A]\nk=a\n b=c\n [B]\n"), "[A] k=a b=c [B]@2|", ""},
	{TEXT("[A]\nk=a\n[B]\n l=b\n"), "[A] k=a@2|[B] l=b@4|", ""},
	{TEXT(" [A]\n k=a\nl=b\n"), "[A] k=a@2|[A] l=b@3|", ""},
	{TEXT("[A]\nCode = a() ; b()\n  c() -- d\n\n    # e\n; f\n  g()\nk=v\n"),
	 "[A] Code=a() ; b()\nc() -- d\n\n# e\n\ng()@2|[A] k=v@8|", ""},
	{TEXT("[A]\ncode:\n x = 1\n"), "[A] code=\nx = 1@2|", ""},
	{TEXT("[A]\nCode=\n\n"), "[A] Code=@2|", ""},
	{TEXT("[A]\nCodeFile=a\n b\n"), "[A] CodeFile=a b@2|", ""},
	/* right: the environment */
	{TEXT("[A]\nk=${INI_ONE}\n"), "[A] k=one@2|", ""},
	{TEXT("[A]\nk=a${INI_ONE}b${INI_EMPTY}c${INI_ONE}\n  ${INI_ONE}\n"),
	 "[A] k=aonebcone one@2|", ""},
	{TEXT("[A]\nk=$$ $1 $ $\n"), "[A] k=$ $1 $ $@2|", ""},
	{TEXT("[A]\nk=$${INI_ONE} $$$${X} $INI_ONE\n"), "[A] k=${INI_ONE} $${X} $INI_ONE@2|", ""},
	{TEXT("[A]\nk=${INI_TRICKY}\n"), "[A] k=x ; ${INI_ONE}@2|", ""},
	{TEXT("[${INI_ONE}]\n${INI_ONE}=v\n"), "[${INI_ONE}] ${INI_ONE}=v@2|", ""},
	{TEXT("[A]\nCode=\n ${INI_ONE}\n"), "[A] Code=\none@2|", ""},
	/* wrong: the environment */
	{TEXT("[A]\nk=${INI_NONE}\n"), "[A] k=@2|",
	 "f:2: environment variable 'INI_NONE' is not set\n"},
	{TEXT("[A]\nk=a\n  ${INI_NONE} ${INI_NIL}\n"), "[A] k=a  @2|",
	 "f:3: environment variable 'INI_NONE' is not set\n"
	 "f:3: environment variable 'INI_NIL' is not set\n"},
	{TEXT("[A]\nk=${INI_ONE\n"), "[A] k=@2|", "f:2: '${' without its '}' ($$ is a plain $)\n"},
	{TEXT("[A]\nk=${}\n"), "[A] k=@2|", "f:2: '${}' does not name an environment variable\n"},
	{TEXT("[A]\nk=${1A}\n"), "[A] k=@2|",
	 "f:2: '${1A}' does not name an environment variable\n"},
	{TEXT("[A]\nk=${INI_ONE:-x}\n"), "[A] k=@2|",
	 "f:2: '${INI_ONE:-x}' does not name an environment variable\n"},
	{TEXT("[A]\nk=${INI_LATIN}\n"), "[A] k=@2|",
	 "f:2: environment variable 'INI_LATIN' is not UTF-8\n"},
	/* wrong: lines */
	{TEXT("k=v\n[A]\n"), "", "f:1: key 'k' stands before any [Section]\n"},
	{TEXT("k=v\n w\nl=x\n[A]\nm=1"), "[A] m=1@5|",
	 "f:1: key 'k' stands before any [Section]\nf:3: key 'l' stands before any [Section]\n"},
	{TEXT("[A]\nfoo\n"), "", "f:2: 'foo' is neither 'Key = value' nor '[Section]'\n"},
	{TEXT("[A]\nfoo"), "", "f:2: 'foo' is neither 'Key = value' nor '[Section]'\n"},
	{TEXT("[A]\nfoo ; a = b\n"), "",
	 "f:2: 'foo ; a = b' is neither 'Key = value' nor '[Section]'\n"},
	{TEXT("[A]\nk=1\nfoo\n bar\nl=2\n"), "[A] k=1@2|[A] l=2@5|",
	 "f:3: 'foo' is neither 'Key = value' nor '[Section]'\n"},
	{TEXT("[A]\n=v\n"), "", "f:2: no key before '='\n"},
	{TEXT("[A]\n : v\n w\n"), "", "f:2: no key before '='\n"},
	{TEXT("[A\nk=v\n"), "", "f:1: section header without ']'\n"},
	{TEXT("[A]\nk=1\n[B\nk=2\n  w\n[C]\nk=3\n"), "[A] k=1@2|[C] k=3@7|",
	 "f:3: section header without ']'\n"},
	{TEXT("[A ; ]\n"), "", "f:1: section header without ']'\n"},
	{TEXT("[A] b\n"), "", "f:1: text behind the section header '[A]'\n"},
	{TEXT("[]\n"), "", "f:1: section without a name\n"},
	{TEXT("[  ]\n"), "", "f:1: section without a name\n"},
	{TEXT("[A]\nk=1\nl=2\nK=3\n more\n"), "[A] k=1@2|[A] l=2@3|",
	 "f:4: key 'K' in [A] is already set in line 2\n"},
	{TEXT("[A]\ntask_execution=1\n[B]\n[a]\nTask-Execution=2\n"), "[A] task_execution=1@2|",
	 "f:5: key 'Task-Execution' in [A] is already set in line 2\n"},
	{TEXT("[A]\nk=" X180 "xxxxxxxxx\nl=1\n"), "[A] l=1@3|",
	 "f:2: line of 191 bytes, over 190" GOES_ON},
	{TEXT("[A]\nk=1\nj=" X180 X180 "\n more\nl=1\n m\n"), "[A] k=1@2|[A] l=1 m@5|",
	 "f:3: line of 362 bytes, over 190" GOES_ON},
	{TEXT("[A]\nk=1\n " X180 X10 "\n m\n"), "[A] k=1 m@2|",
	 "f:3: line of 191 bytes, over 190" GOES_ON},
	{TEXT("# " X180 X10 "\r\n[A]\n"), "", "f:1: line of 192 bytes, over 190" GOES_ON},
	{TEXT("[A]\nk=a\0b\nl=1\n"), "[A] l=1@3|", "f:2: NUL byte in column 4\n"},
	{TEXT("\0"), "", "f:1: NUL byte in column 1\n"},
	{TEXT("[A]\nk=\x1b[1m\n"), "", "f:2: control character 0x1b in column 3\n"},
	{TEXT("[A]\nk=a\x7f\n"), "", "f:2: control character 0x7f in column 4\n"},
	{TEXT("[A]\rk=1\rl=2\r"), "", "f:1: control character 0x0d in column 4\n"},
	{TEXT("[A]\nk=v\r\r\n"), "", "f:2: control character 0x0d in column 4\n"},
	{TEXT("[A]\nk=\xff\n"), "", "f:2: not UTF-8 in column 3\n"},
	{TEXT("[A]\nk=a\xc3\n"), "", "f:2: not UTF-8 in column 4\n"},
	{TEXT("# \xc0\x80\n"), "", "f:1: not UTF-8 in column 3\n"},
	{TEXT("[A]\nk=\xed\xa0\x80\n"), "", "f:2: not UTF-8 in column 3\n"},
	{TEXT("[A]\nk=\xe0\x80\xaf\n"), "", "f:2: not UTF-8 in column 3\n"},
	{TEXT("[A]\nk=\xf4\x90\x80\x80\n"), "", "f:2: not UTF-8 in column 3\n"},
	{TEXT("[A]\nk=\x80\n"), "", "f:2: not UTF-8 in column 3\n"},
	{TEXT("[A]\nk=v\n\xef\xbb\xbfl=1\n"), "[A] k=v@2|[A] \xef\xbb\xbfl=1@3|", ""},
	/* wrong: several things at once, in the order of the file */
	{TEXT("a=1\n[A]\nfoo\nk=1\nk=${INI_NONE}\nl=${INI_NONE}\n[B\n"), "[A] k=1@4|[A] l=@6|",
	 "f:1: key 'a' stands before any [Section]\n"
	 "f:3: 'foo' is neither 'Key = value' nor '[Section]'\n"
	 "f:5: key 'k' in [A] is already set in line 4\n"
	 "f:6: environment variable 'INI_NONE' is not set\n"
	 "f:7: section header without ']'\n"},
};

static char *append_text(char *at, const char *end, const char *text)
{
	size_t len = strlen(text);

	assert_true((size_t)(end - at) > len);
	memcpy(at, text, len + 1);
	return at + len;
}

static void check_seen(const struct aiot_ini *doc, const char *wanted)
{
	char seen[4096] = "";
	char *at = seen;
	const struct aiot_ini_entry *e;

	for (size_t i = 0; (e = aiot_ini_at(doc, i)) != NULL; i++) {
		char line[32];

		(void)snprintf(line, sizeof(line), "@%u|", e->line);
		at = append_text(at, seen + sizeof(seen), "[");
		at = append_text(at, seen + sizeof(seen), e->section);
		at = append_text(at, seen + sizeof(seen), "] ");
		at = append_text(at, seen + sizeof(seen), e->key);
		at = append_text(at, seen + sizeof(seen), "=");
		at = append_text(at, seen + sizeof(seen), e->value);
		at = append_text(at, seen + sizeof(seen), line);
		assert_int_equal(strlen(e->value), e->value_len);
	}
	assert_string_equal(seen, wanted);
}

static void check_errors(const struct aiot_ini_errors *errors, const char *wanted)
{
	char said[8192] = "";
	char *at = said;

	for (size_t i = 0; i < errors->count; i++) {
		at = append_text(at, said + sizeof(said), errors->text[i]);
		at = append_text(at, said + sizeof(said), "\n");
	}
	assert_string_equal(said, wanted);
}

static void set_environment(void)
{
	(void)setenv("INI_ONE", "one", 1);
	(void)setenv("INI_EMPTY", "", 1);
	(void)setenv("INI_TRICKY", "x ; ${INI_ONE}", 1);
	(void)setenv("INI_LATIN", "\xe9", 1);
	(void)unsetenv("INI_NONE");
	(void)unsetenv("INI_NIL");
}

static void each_file_is_understood_or_explained(void **state)
{
	(void)state;
	set_environment();
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* Exactly as long as the text, so that reading behind it is seen. */
		char *text = malloc(cases[i].len);
		struct aiot_ini doc;
		int rc;

		memcpy(text, cases[i].text, cases[i].len);
		rc = aiot_ini_parse("f", text, cases[i].len, &doc);
		free(text);
		check_errors(&doc.errors, cases[i].errors);
		check_seen(&doc, cases[i].seen);
		assert_int_equal(rc, *cases[i].errors ? -AIOT_EINVAL : 0);
		aiot_ini_finish(&doc);
	}
}

static void keys_are_found_whatever_their_case(void **state)
{
	struct aiot_ini doc;

	(void)state;
	assert_int_equal(
		aiot_ini_parse("f", TEXT("[My_Part]\nTaskExecution=main\n[B]\nk=\n"), &doc), 0);
	assert_string_equal(aiot_ini_get(&doc, "mypart", "task_execution"), "main");
	assert_string_equal(aiot_ini_get(&doc, "MY-PART", "task-execution"), "main");
	assert_string_equal(aiot_ini_get(&doc, "b", "K"), "");
	assert_null(aiot_ini_get(&doc, "b", "task_execution"));
	assert_null(aiot_ini_get(&doc, "MyPart", "TaskExecutio"));
	assert_null(aiot_ini_get(&doc, "MyPart", "TaskExecutions"));
	assert_null(aiot_ini_at(&doc, 2));
	assert_int_equal(aiot_ini_find(&doc, "b", "k")->line, 4);
	aiot_ini_finish(&doc);
	aiot_ini_finish(&doc);
	aiot_ini_finish(NULL);
}

static void key_eq_ignores_fill_characters_anywhere(void **state)
{
	(void)state;
	assert_true(aiot_ini_key_eq("", ""));
	assert_true(aiot_ini_key_eq("", "_-"));
	assert_true(aiot_ini_key_eq("_a--B_", "Ab"));
	assert_false(aiot_ini_key_eq("a", "ab"));
	assert_false(aiot_ini_key_eq("ab", "a_"));
	assert_false(aiot_ini_key_eq("a.b", "ab"));
	assert_false(aiot_ini_key_eq("[", "{"));
}

/* ---- limits ---- */

/* `count` lines made from a pattern with one %u, behind a first line. */
static char *many_lines(const char *first, const char *prefix, const char *suffix, unsigned count)
{
	size_t room = strlen(first) + count * (strlen(prefix) + strlen(suffix) + 10) + 1;
	char *text = malloc(room);
	char *at = text + strlen(first);

	memcpy(text, first, strlen(first) + 1);
	for (unsigned i = 0; i < count; i++)
		at += snprintf(at, room - (size_t)(at - text), "%s%u%s", prefix, i, suffix);
	return text;
}

static void after_32_errors_the_rest_is_counted(void **state)
{
	struct aiot_ini doc;
	char *text = many_lines("[A]\n", "bad", "\n", 40);

	(void)state;
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), -AIOT_EINVAL);
	assert_int_equal(doc.errors.count, 32);
	assert_int_equal(doc.errors.lost, 8);
	assert_string_equal(doc.errors.text[31],
			    "f:33: 'bad31' is neither 'Key = value' nor '[Section]'");
	aiot_ini_finish(&doc);
	free(text);
}

static void a_file_has_at_most_1024_keys(void **state)
{
	struct aiot_ini doc;
	char *text = many_lines("[A]\n", "key", "=v\n", 1024);

	(void)state;
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), 0);
	assert_int_equal(doc.entry_count, 1024);
	aiot_ini_finish(&doc);
	free(text);
	text = many_lines("[A]\n", "key", "=v\n more\n", 1030);
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), -AIOT_EINVAL);
	check_errors(&doc.errors, "f:2050: over 1024 keys\n");
	assert_string_equal(aiot_ini_at(&doc, 1023)->value, "v more");
	aiot_ini_finish(&doc);
	free(text);
}

static void a_file_has_at_most_64_sections(void **state)
{
	struct aiot_ini doc;
	char *text = many_lines("", "[s", "]\nk=v\n", 64);

	(void)state;
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), 0);
	assert_int_equal(doc.section_count, 64);
	assert_string_equal(doc.sections[63].name, "s63");
	assert_int_equal(doc.sections[63].line, 127);
	aiot_ini_finish(&doc);
	free(text);
	text = many_lines("", "[s", "]\nk=v\n", 66);
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), -AIOT_EINVAL);
	check_errors(&doc.errors, "f:129: over 64 sections\n");
	aiot_ini_finish(&doc);
	free(text);
}

static void the_environment_cannot_blow_a_value_up(void **state)
{
	struct aiot_ini doc;
	char *big = malloc(100001);
	char *text = many_lines("[A]\n", "k", "=${INI_BIG}\n  ${INI_BIG}\n", 8);

	(void)state;
	memset(big, 'x', 100000);
	big[100000] = '\0';
	assert_int_equal(setenv("INI_BIG", big, 1), 0);
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), -AIOT_EINVAL);
	check_errors(&doc.errors, "f:12: over 1048576 bytes of values\n");
	assert_int_equal(aiot_ini_at(&doc, 0)->value_len, 200001);
	aiot_ini_finish(&doc);
	(void)unsetenv("INI_BIG");
	free(text);
	free(big);
}

static void a_file_has_at_most_64_kib(void **state)
{
	struct aiot_ini doc;
	char *text = malloc(65537);

	(void)state;
	memset(text, '\n', 65537);
	assert_int_equal(aiot_ini_parse("f", text, 65536, &doc), 0);
	aiot_ini_finish(&doc);
	assert_int_equal(aiot_ini_parse("f", text, 65537, &doc), -AIOT_EINVAL);
	check_errors(&doc.errors, "f: over 64 KiB\n");
	aiot_ini_finish(&doc);
	free(text);
}

/* ---- files ---- */

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void files_are_read_and_named(void **state)
{
	char dir[] = "/tmp/test-ini-XXXXXX";
	struct aiot_ini doc;
	char *text = many_lines("", "#", "23456\n", 10000);

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	write_file("right.ini", TEXT("[A]\nk=v\n"));
	assert_int_equal(aiot_ini_read("right.ini", &doc), 0);
	check_seen(&doc, "[A] k=v@2|");
	assert_string_equal(doc.label, "right.ini");
	aiot_ini_finish(&doc);
	write_file("wrong.ini", TEXT("[A]\nk\n"));
	assert_int_equal(aiot_ini_read("wrong.ini", &doc), -AIOT_EINVAL);
	check_errors(&doc.errors, "wrong.ini:2: 'k' is neither 'Key = value' nor '[Section]'\n");
	aiot_ini_finish(&doc);
	write_file("long.ini", text, strlen(text));
	assert_int_equal(aiot_ini_read("long.ini", &doc), -AIOT_EINVAL);
	check_errors(&doc.errors, "long.ini: over 64 KiB\n");
	aiot_ini_finish(&doc);
	free(text);
	assert_int_equal(aiot_ini_read("none.ini", &doc), -AIOT_ENOENT);
	check_errors(&doc.errors, "none.ini: cannot be opened: No such file or directory\n");
	aiot_ini_finish(&doc);
	assert_int_equal(aiot_ini_read(".", &doc), -21);
	check_errors(&doc.errors, ".: cannot be read: Is a directory\n");
	aiot_ini_finish(&doc);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(aiot_ini_read("fifo", &doc), 0);
	aiot_ini_finish(&doc);
	assert_int_equal(aiot_ini_read("/dev/null", &doc), 0);
	aiot_ini_finish(&doc);
	assert_int_equal(
		unlink("right.ini") + unlink("wrong.ini") + unlink("long.ini") + unlink("fifo"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void a_closed_fd_is_an_error_with_a_sentence(void **state)
{
	struct aiot_ini doc;

	(void)state;
	assert_int_equal(aiot_ini_read_fd("label", -1, &doc), -9);
	check_errors(&doc.errors, "label: cannot be read: Bad file descriptor\n");
	aiot_ini_finish(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_is_understood_or_explained),
		cmocka_unit_test(keys_are_found_whatever_their_case),
		cmocka_unit_test(key_eq_ignores_fill_characters_anywhere),
		cmocka_unit_test(after_32_errors_the_rest_is_counted),
		cmocka_unit_test(a_file_has_at_most_1024_keys),
		cmocka_unit_test(a_file_has_at_most_64_sections),
		cmocka_unit_test(the_environment_cannot_blow_a_value_up),
		cmocka_unit_test(a_file_has_at_most_64_kib),
		cmocka_unit_test(files_are_read_and_named),
		cmocka_unit_test(a_closed_fd_is_an_error_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
