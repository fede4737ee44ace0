/*
 * test-ctl-stream.c - the client and what is long: answers of megabytes, logs that are followed,
 * pagers, and readers that have enough.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/fake.h"

/* ---- large answers ---- */

#define LARGE_COUNT 30000u

static const char large_text[] = "a text of a hundred bytes, of which none is special but the last"
				 " one, which ends it like any other ";

/* One answer of over 3 MB, in pages of so many records. */
static char *large_answer(unsigned page_records, size_t *ret_len)
{
	char *answer = NULL;
	FILE *out = open_memstream(&answer, ret_len);

	for (unsigned i = 0; i < LARGE_COUNT; i++) {
		bool first = i % page_records == 0, last = (i + 1) % page_records == 0;

		(void)fprintf(out, "%s{\"seq\":%u,\"text\":\"%s%u\"}",
			      first ? "{\"parameters\":{\"records\":[" : ",", i, large_text, i);
		if (i + 1 == LARGE_COUNT)
			(void)fputs("]}}", out);
		else if (last)
			(void)fputs("]},\"continues\":true}", out);
		if (last || i + 1 == LARGE_COUNT)
			(void)fputc('\0', out);
	}
	(void)fclose(out);
	assert_true(*ret_len > 3u * 1024 * 1024);
	return answer;
}

static void assert_all_lines(const char *out, const char *format)
{
	for (unsigned i = 0; i < LARGE_COUNT; i++) {
		char line[200];
		size_t len = (size_t)snprintf(line, sizeof(line),
					      "{\"seq\":%u,\"text\":\"%s%u\"}\n", i, large_text, i);

		if (strcmp(format, "cat") == 0)
			len = (size_t)snprintf(line, sizeof(line), "%s%u\n", large_text, i);
		if (strncmp(out, line, len) != 0)
			fail_msg("line %u is wrong", i);
		out += len;
	}
	assert_string_equal(out, "");
}

static void all_of_a_large_answer(unsigned page_records, const char *option, const char *format)
{
	struct fake f = {.words = {"log", option, strcmp(format, "cat") == 0 ? format : NULL}};
	size_t len;
	char *answer = large_answer(page_records, &len);

	fake_start(&f);
	fake_accept(&f);
	fake_send(&f, answer, len, false);
	fake_end(&f);
	free(answer);
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	assert_all_lines(f.out, format);
	fake_free(&f);
}

static void three_megabytes_in_one_reply(void **state)
{
	(void)state;
	all_of_a_large_answer(LARGE_COUNT, "-o", "cat");
	all_of_a_large_answer(LARGE_COUNT, "--json", "json");
}

static void three_megabytes_in_pages(void **state)
{
	(void)state;
	all_of_a_large_answer(701, "-o", "cat");
	all_of_a_large_answer(1, "--json", "json");
}

#define TASK(name, state) "{\"name\":\"" name "\",\"state\":\"" state "\",\"runs\":0}"
#define PAGE(rows) "{\"parameters\":{\"tasks\":[" rows "]},\"continues\":true}|"

static void a_table_of_several_pages_was_not_aligned(void **state)
{
	static const char pages[] = PAGE(TASK("a", "stopped")) PAGE(TASK("long.service", "held"));
	static const char table[] = "a             stopped  never run\n"
				    "long.service  held     ";
	char answer[600];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) { /* with an end, and broken off */
		struct fake f = {.words = {"list", "--all"}};

		(void)snprintf(answer, sizeof(answer), "%s%s", pages,
			       i ? NO_SUCH : "{\"parameters\":{\"tasks\":[]}}|");
		fake_run(&f, answer);
		assert_memory_equal(f.out, table, sizeof(table) - 1);
		assert_string_equal(f.err, i ? "there is no task 'x'\n" : "");
		fake_free(&f);
	}
}

static void a_reader_that_has_enough_is_no_failure(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat"}, .pipe = true};
	/* Enough for the client to write something, too little to fill the pipe. */
	size_t begin = (size_t)100 * 1024, len;
	char *answer = large_answer(701, &len);

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	fake_send(&f, answer, begin, false);
	fake_expect(&f, "\n");
	(void)close(f.out_fd);
	fake_send(&f, answer + begin, len - begin, false);
	free(answer);
	fake_end(&f);
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void output_that_cannot_be_written_is_said(void **state)
{
	struct fake f = {.words = {"help"}};
	struct fake full = {.words = {"-c", "exec \"$0\" help >/dev/full", fake_binary}};
	const char *client = fake_binary;

	(void)state;
	fake_run(&f, NULL);
	assert_int_equal(f.exit, 0);
	fake_binary = "/bin/sh";
	fake_run(&full, NULL);
	fake_binary = client;
	assert_string_equal(full.err,
			    "standard output can't be written: No space left on device\n");
	assert_int_equal(full.exit, 1);
	fake_free(&f);
	fake_free(&full);
}

/* ---- following ---- */

static void send_text(struct fake *f, const char *text)
{
	size_t len;
	char *bytes = fake_nul(text, &len);

	fake_send(f, bytes, len, false);
	free(bytes);
}

static void each_batch_is_shown_at_once(void **state)
{
	struct fake f = {.words = {"follow", "-o", "cat"}, .pipe = true};

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	assert_non_null(strstr(f.request, "\"io.aiotools.Log.Follow\""));
	send_text(&f,
		  "{\"parameters\":{\"records\":[" RECORD("1", "one") "]},\"continues\":true}|");
	fake_expect(&f, "one\n");
	send_text(&f,
		  "{\"parameters\":{\"records\":[" RECORD("2", "two") "]},\"continues\":true}|");
	fake_expect(&f, "one\ntwo\n");
	fake_close(&f);
	fake_end(&f);
	assert_string_equal(f.out, "one\ntwo\n");
	assert_string_equal(f.err, "the daemon closed the connection\n");
	assert_int_equal(f.exit, 7);
	fake_free(&f);
}

static void log_f_follows_too(void **state)
{
	struct fake f = {.words = {"log", "-f", "--json"}, .pipe = true};

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	assert_non_null(strstr(f.request, "\"follow\":true"));
	send_text(&f, "{\"parameters\":{\"records\":[{\"seq\":1}]},\"continues\":true}|");
	fake_expect(&f, "{\"seq\":1}\n");
	assert_int_equal(kill(f.pid, SIGINT), 0);
	fake_end(&f);
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, -SIGINT);
	fake_free(&f);
}

static void following_ends_when_nobody_reads_any_more(void **state)
{
	struct fake f = {.words = {"follow", "-o", "cat"}, .pipe = true};

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	send_text(&f,
		  "{\"parameters\":{\"records\":[" RECORD("1", "one") "]},\"continues\":true}|");
	fake_expect(&f, "one\n");
	/* Nothing more is written: the closed pipe alone has to do. */
	(void)close(f.out_fd);
	fake_end(&f);
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

/* ---- terminals ---- */

static void on_a_terminal_long_commands_go_through_the_pager(void **state)
{
	static const char reply[] = "{\"parameters\":{\"records\":[" RECORD("1", "one") "]}}|";
	struct fake paged = {.words = {"log", "-o", "cat"},
			     .environment = {"AIOTOOLS_PAGER=tr a-z A-Z", "PAGER=false"},
			     .terminal = true};
	struct fake plain = {.words = {"log", "-o", "cat", "--no-pager"},
			     .environment = {"PAGER=tr a-z A-Z"},
			     .terminal = true};
	struct fake empty = {.words = {"log", "-o", "cat"},
			     .environment = {"AIOTOOLS_PAGER=", "PAGER=tr a-z A-Z"},
			     .terminal = true};
	struct fake file = {.words = {"log", "-o", "cat"}, .environment = {"PAGER=tr a-z A-Z"}};

	(void)state;
	fake_run(&paged, reply);
	assert_string_equal(paged.out, "ONE\n");
	fake_run(&plain, reply);
	assert_string_equal(plain.out, "one\n");
	fake_run(&empty, reply);
	assert_string_equal(empty.out, "one\n");
	fake_run(&file, reply);
	assert_string_equal(file.out, "one\n");
	fake_free(&paged);
	fake_free(&plain);
	fake_free(&empty);
	fake_free(&file);
}

static void a_pager_that_is_left_early_is_no_failure(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat"},
			 .environment = {"PAGER=head -n 1"},
			 .terminal = true};
	size_t len;
	char *answer = large_answer(701, &len);

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	fake_send(&f, answer, len, false);
	free(answer);
	fake_end(&f);
	assert_non_null(strstr(f.out, "other 0\n"));
	assert_null(strstr(f.out, "other 1\n"));
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_megabytes_in_one_reply),
		cmocka_unit_test(three_megabytes_in_pages),
		cmocka_unit_test(a_table_of_several_pages_was_not_aligned),
		cmocka_unit_test(a_reader_that_has_enough_is_no_failure),
		cmocka_unit_test(output_that_cannot_be_written_is_said),
		cmocka_unit_test(each_batch_is_shown_at_once),
		cmocka_unit_test(log_f_follows_too),
		cmocka_unit_test(following_ends_when_nobody_reads_any_more),
		cmocka_unit_test(on_a_terminal_long_commands_go_through_the_pager),
		cmocka_unit_test(a_pager_that_is_left_early_is_no_failure),
	};

	if (argc != 2) {
		(void)fputs("usage: test-ctl-stream CLIENT\n", stderr);
		return 2;
	}
	fake_binary = argv[1];
	return cmocka_run_group_tests(tests, fake_setup, fake_teardown);
}
