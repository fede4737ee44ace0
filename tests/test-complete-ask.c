/*
 * test-complete-ask.c - completion and a daemon that answers well, badly or not at all: a person is
 * typing, and is told nothing but names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ctl/fake.h"

#define TASK(name) "{\"name\":\"" name "\",\"state\":\"running\"}"

/* status TAB, and that answer: what is offered. */
static void answered(const char *answer, const char *offered)
{
	struct fake f = {.words = {"complete", "status", ""}};

	fake_run(&f, answer);
	assert_string_equal(f.out, offered);
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void names_of_all_pages(void **state)
{
	(void)state;
	answered("{\"parameters\":{\"tasks\":[" TASK("a") "]},\"continues\":true}|"
							  "{\"parameters\":{\"tasks\":[" TASK(
								  "b") "]}}|",
		 "a\trunning\nb\trunning\n");
}

static void an_error_is_not_told(void **state)
{
	(void)state;
	answered(NO_SUCH, "");
	answered("{\"error\":\"io.aiotools.PermissionDenied\",\"parameters\":{}}|", "");
}

static void what_is_no_answer_is_none(void **state)
{
	(void)state;
	answered("nonsense|", "");
	answered("{\"parameters\":{}}|", "");
	answered("{\"parameters\":{\"tasks\":[1,null,{},{\"name\":7}," TASK("a") "]}}|",
		 "a\trunning\n");
}

static void a_daemon_that_goes_away_leaves_what_was_there(void **state)
{
	static const char page[] =
		"{\"parameters\":{\"tasks\":[" TASK("a") "]},\"continues\":true}";
	struct fake f = {.words = {"complete", "status", ""}};

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	fake_send(&f, page, sizeof(page), false);
	fake_close(&f);
	fake_end(&f);
	assert_string_equal(f.out, "a\trunning\n");
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void nobody_there(void **state)
{
	struct fake f = {.words = {"complete", "--socket", "/nowhere", "status", ""}};

	(void)state;
	fake_run(&f, NULL);
	assert_string_equal(f.out, "");
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void a_board_is_not_asked(void **state)
{
	struct fake f = {.words = {"complete", "--serial", "/nowhere", "status", ""}};

	(void)state;
	fake_run(&f, NULL);
	assert_string_equal(f.out, "");
	assert_string_equal(f.err, "");
	fake_free(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_all_pages),
		cmocka_unit_test(an_error_is_not_told),
		cmocka_unit_test(what_is_no_answer_is_none),
		cmocka_unit_test(a_daemon_that_goes_away_leaves_what_was_there),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(a_board_is_not_asked),
	};

	if (argc != 2) {
		(void)fputs("usage: test-complete-ask CLIENT\n", stderr);
		return 2;
	}
	fake_binary = argv[1];
	return cmocka_run_group_tests(tests, fake_setup, fake_teardown);
}
