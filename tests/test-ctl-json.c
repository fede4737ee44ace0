/*
 * test-ctl-json.c - the client with --json: never anything but JSON on standard output, and one
 * document or one record a line of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ctl/fake.h"

/* ---- JSON ---- */

static void a_paged_answer_is_one_document(void **state)
{
	struct fake f = {.words = {"list", "--json"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"tasks\":[{\"name\":\"a\"},{\"name\":\"]\"}],\"n\":1,"
		     "\"x\":null},\"continues\":true}|"
		     "{\"parameters\":{\"tasks\":[],\"n\":2},\"continues\":true}|"
		     "{\"parameters\":{\"late\":[1],\"tasks\":[{\"name\":\"b\"}],\"n\":3,"
		     "\"x\":[7]},\"continues\":true}|"
		     "{\"parameters\":{\"late\":[2]}}|");
	assert_string_equal(f.out,
			    "{\"tasks\":[{\"name\":\"a\"},{\"name\":\"]\"},{\"name\":\"b\"}],"
			    "\"n\":3,\"x\":[7],\"late\":[1,2]}\n");
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void an_empty_paged_answer_is_a_document_too(void **state)
{
	struct fake f = {.words = {"list", "--json"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"tasks\":[]},\"continues\":true}|{\"parameters\":{}}|");
	assert_string_equal(f.out, "{\"tasks\":[]}\n");
	fake_free(&f);
}

static void a_log_is_one_record_a_line(void **state)
{
	struct fake f = {.words = {"--json", "log"}};

	(void)state;
	fake_run(&f,
		 "{\"parameters\":{\"records\":[{\"seq\":1},{\n\"seq\":\n2}]},\"continues\":true}|"
		 "{\"parameters\":{\"records\":[],\"lost\":0},\"continues\":true}|"
		 "{\"parameters\":{\"records\":[{\"seq\":9,\"text\":\"a\\nb\"}],\"lost\":6}}|");
	assert_string_equal(f.out, "{\"seq\":1}\n{ \"seq\": 2}\n{\"lost\":6}\n"
				   "{\"seq\":9,\"text\":\"a\\nb\"}\n");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void an_error_as_json_is_on_both(void **state)
{
	struct fake f = {.words = {"--json", "status", "x"}};

	(void)state;
	fake_run(&f, NO_SUCH);
	assert_string_equal(f.out, "{\"error\":\"io.aiotools.NoSuchTask\",\"parameters\":"
				   "{\"name\":\"x\",\"message\":\"there is no task 'x'\"}}\n");
	assert_string_equal(f.err, "there is no task 'x'\n");
	assert_int_equal(f.exit, 4);
	fake_free(&f);
}

static void an_error_behind_pages_is_the_only_document(void **state)
{
	struct fake f = {.words = {"--json", "list"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"tasks\":[{\"name\":\"a\"}]},\"continues\":true}|"
		     "{\"error\":\"com.example.Odd\"}|");
	assert_string_equal(f.out, "{\"error\":\"com.example.Odd\",\"parameters\":{}}\n");
	assert_int_equal(f.exit, 1);
	fake_free(&f);
}

static void failures_of_an_action_count_with_json_too(void **state)
{
	struct fake f = {.words = {"--json", "start", "a", "b"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"done\":[" DONE_A "],\"failed\":[" FAILED_B "]}}|");
	assert_string_equal(f.out, "{\"done\":[" DONE_A "],\"failed\":[" FAILED_B "]}\n");
	assert_int_equal(f.exit, 5);
	fake_free(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_paged_answer_is_one_document),
		cmocka_unit_test(an_empty_paged_answer_is_a_document_too),
		cmocka_unit_test(a_log_is_one_record_a_line),
		cmocka_unit_test(an_error_as_json_is_on_both),
		cmocka_unit_test(an_error_behind_pages_is_the_only_document),
		cmocka_unit_test(failures_of_an_action_count_with_json_too),
	};

	if (argc != 2) {
		(void)fputs("usage: test-ctl-json CLIENT\n", stderr);
		return 2;
	}
	fake_binary = argv[1];
	return cmocka_run_group_tests(tests, fake_setup, fake_teardown);
}
