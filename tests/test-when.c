/* Compiling conditions: what is understood, its canonical text, what is refused and where. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static _Alignas(8) char memory[64 * 1024];

/* Words of services: warm, and sensor:warm with an argument. */
static int known(void *ctx, const char *word, size_t len, bool quoted)
{
	(void)ctx;
	if (len == 4 && memcmp(word, "warm", 4) == 0)
		return 0;
	return len == 11 && memcmp(word, "sensor:warm", 11) == 0 && quoted ? 0 : -AIOT_ENOENT;
}

static const struct aiot_when_resolver resolver = {known, NULL};

static struct aiot_when *compile(const char *text)
{
	struct aiot_when *w = NULL;
	struct aiot_when_error error = {0};
	int rc = aiot_when_compile(text, strlen(text), &resolver, memory,
				   aiot_when_need(strlen(text)), &w, &error);

	if (rc < 0)
		fail_msg("%s: %d, column %u: %s", text, rc, error.column, error.text);
	return w;
}

static void text_of(const struct aiot_when *w, char *buf, size_t size)
{
	struct aiot_out out;

	aiot_out_init(&out, buf, size);
	aiot_when_text(w, &out);
	assert_non_null(aiot_out_str(&out));
	assert_int_equal(out.error, 0);
}

static void text_is_what_a_person_would_write(void **state)
{
	static const char *const rows[][2] = {
		{"TRUE", "true"},
		{"always  false", "false"},
		{"daily", "daily"},
		{"Daily At 10 pm", "daily at 22:00"},
		{"hourly on 2 quarter", "hourly at 2 quarter"},
		{"hourly between 4q and 1 quarter", "hourly between 4 quarter and 1 quarter"},
		{"minutely before 30.50", "minutely before 30.5"},
		{"secondly on 500", "secondly at 500"},
		{"secondly between 0999.9 and 5.0255", "secondly between 999.9 and 5.025"},
		{"weekly between monday and FRI", "weekly between Mon and Fri"},
		{"weekly between Sat 10:00 and Tue 00:00", "weekly between Sat 10:00 and Mon"},
		{"weekly before Mon 00:00", "weekly before Mon 00:00"},
		{"weekly after Fri at 10 PM", "weekly after Fri 22:00"},
		{"monthly on 5", "monthly on 5th"},
		{"monthly before 5th at 12:00", "monthly before 5th 12:00"},
		{"monthly after 5. 12:00", "monthly after 5th 12:00"},
		{"monthly between 1 and 22nd", "monthly between 1st and 22nd"},
		{"monthly starting 11th", "monthly starting 11th"},
		{"yearly between february and Apr", "yearly between Feb and Apr"},
		{"time of year on Dec", "time of year on Dec"},
		{"time of day after 10:00:30.25", "time of day after 10:00:30.25"},
		{"every 1 hour, 30 min", "every 1h 30min"},
		{"every 01:00:00 after finish", "every 1h after finish"},
		{"every 2 weeks after start", "every 14d"},
		{"cron @daily", "cron 0 0 * * *"},
		{"crontime '*/5 8-17'", "crontime */5 8-17 * * *"},
		{"after task \"a\"", "after task 'a'"},
		{"after tasks 'a','b' , 'a' failed", "after tasks 'a', 'b', 'a' failed"},
		{"after any tasks 'a', 'b' finished", "after any tasks 'a', 'b' finished"},
		{"task 'it' has failed today", "task 'it' has failed today"},
		{"task \"it's\" is running", "task \"it's\" is running"},
		{"while task 'a' is running", "task 'a' is running"},
		{"running more than 5 min", "is running for more than 5min"},
		{"is running for less than 1 h", "is running for less than 1h"},
		{"has finished in the past 15 min", "has finished in past 15min"},
		{"has failed this week after Tue", "has failed this week after Tue"},
		{"has crashed", "has crashed"},
		{"retry", "retry"},
		{"retry(-1)", "retry"},
		{"retry(3)", "retry 3"},
		{"scheduler has run more than 10 min", "scheduler has run over 10min"},
		{"scheduler started 10 minutes ago", "scheduler started 10min ago"},
		{"scheduler has more than 3 cycles", "scheduler has more than 3 cycles"},
		{"env 'test'", "env 'test'"},
		{"param 'x' exists", "param 'x' exists"},
		{"param \"x\" is ''", "param 'x' is ''"},
		{"startup", "startup"},
		{"warm", "warm"},
		{"warm \"25\"&sensor:warm '1'", "warm '25' & sensor:warm '1'"},
		{"not true and false or true", "~true & false | true"},
		{"~ ~(daily)", "~~daily"},
		{"~(true & (false | true))", "~(true & (false | true))"},
		{"(true & false) | true", "true & false | true"},
		{"true & (false & true)", "true & false & true"},
		{"~(after tasks 'a', 'b')", "~after tasks 'a', 'b'"},
		{"(true|after any tasks 'a', 'b')&true",
		 "(true | after any tasks 'a', 'b') & true"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char first[256], again[256];

		text_of(compile(rows[i][0]), first, sizeof(first));
		assert_string_equal(first, rows[i][1]);
		text_of(compile(first), again, sizeof(again));
		assert_string_equal(again, first);
	}
}

static void what_is_wrong_is_said_with_its_column(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
		const char *says;
	} rows[] = {
		{"", 1, "a condition such as"},
		{"   ", 4, "but the text ends"},
		{"()", 2, "not ')'"},
		{"true &", 7, "the text ends"},
		{"& true", 1, "not '&'"},
		{"true & & false", 8, "not '&'"},
		{"(true", 6, "')' for the '(' of column 1"},
		{"true)", 5, "no '(' is open"},
		{"true false", 6, "'&', '|' or the end"},
		{"(true false", 7, "'&', '|' or ')'"},
		{"dailly", 1, "did you mean 'daily'?"},
		{"cold", 1, "a condition"},
		{"sensor:warm", 1, "a condition"},
		{"daily after noon", 13, "a time such as 10:00 behind 'after', not 'noon'"},
		{"daily after 24:00", 13, "a time such as 10:00"},
		{"daily between 10:00", 20, "'and'"},
		{"daily between 10:00 and", 24, "the text ends"},
		{"weekly on Funday", 11, "a day such as Mon"},
		{"monthly starting 32nd", 18, "a day such as 5th"},
		{"monthly on 0", 12, "a day such as 5th"},
		{"yearly on 5", 11, "a month such as Jan"},
		{"hourly after 60:01", 14, "a minute and second"},
		{"minutely at 60", 13, "a second"},
		{"secondly at 1000", 13, "a millisecond such as 500 behind 'at', not '1000'"},
		{"secondly after 5 & minutely at x5", 32, "a second"},
		{"secondly before noon", 17, "a millisecond"},
		{"weekly on Mon at noon", 11, "a day such as Mon, or Mon 10:00"},
		{"time of decade", 9, "minute, hour, day"},
		{"every", 6, "a time span"},
		{"every 5", 8, "expected a unit behind 5, such as 5 min"},
		{"every 5 & true", 8, "expected a unit"},
		{"every -10 s", 7, "not negative"},
		{"every 0 s", 7, "above zero"},
		{"every 5 parsecs", 9, "a time span"},
		{"every 101 years", 11, "a time span"},
		{"every 40000 days", 7, "at most 100 years"},
		{"every 5 s after lunch", 17, "start, finish"},
		{"cron 61 * * * *", 6, "minute from 0 to 59"},
		{"true & cron 0 0 30 2 *", 17, "30.2. never comes"},
		{"cron", 5, "a cron expression"},
		{"after task a", 12, "a task's name in quotes"},
		{"after task 'a', 'b'", 15, "'after tasks'"},
		{"after task 'a", 12, "a closing '"},
		{"after task ''", 12, "between the quotes"},
		{"after 10:00", 7, "'task' or 'tasks'"},
		{"task 'a'", 9, "'has' or 'is running'"},
		{"has eaten today", 5, "succeeded, failed"},
		{"retry(3", 8, "')'"},
		{"retry -2", 7, "-1 for always"},
		{"scheduler has 5 legs", 17, "'cycles'"},
		{"param 'x' was", 11, "'exists' or 'is'"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct aiot_when *w = NULL;
		struct aiot_when_error error = {0};

		if (aiot_when_compile(rows[i].text, strlen(rows[i].text), &resolver, memory,
				      sizeof(memory), &w, &error) != -AIOT_EINVAL)
			fail_msg("accepted: %s", rows[i].text);
		assert_null(w);
		if (error.column != rows[i].column || !strstr(error.text, rows[i].says))
			fail_msg("'%s': column %u: %s", rows[i].text, error.column, error.text);
	}
}

static void names_have_slots(void **state)
{
	struct aiot_when *w =
		compile("after task 'a' & task \"b c\" is running | after tasks 'a', 'd'");

	(void)state;
	assert_int_equal(aiot_when_task_count(w), 3);
	assert_string_equal(aiot_when_task_name(w, 0), "a");
	assert_string_equal(aiot_when_task_name(w, 1), "b c");
	assert_string_equal(aiot_when_task_name(w, 2), "d");
	assert_true(aiot_when_uses_own(w));
	w = compile("warm & (sensor:warm '1' | warm '2') & ~warm");
	assert_int_equal(aiot_when_cond_count(w), 3);
	assert_string_equal(aiot_when_cond_word(w, 0), "warm");
	assert_null(aiot_when_cond_arg(w, 0));
	assert_string_equal(aiot_when_cond_word(w, 1), "sensor:warm");
	assert_string_equal(aiot_when_cond_arg(w, 1), "1");
	assert_string_equal(aiot_when_cond_arg(w, 2), "2");
	assert_false(aiot_when_uses_own(w));
}

static void the_block_may_be_moved(void **state)
{
	static _Alignas(8) char other[4096];
	struct aiot_when *w = compile("env 'test' & param 'k' is \"v\" | warm '25'");
	char text[128];
	size_t size = aiot_when_size(w);

	(void)state;
	assert_true(size <= sizeof(other));
	memcpy(other, w, size);
	memset(memory, 0x55, sizeof(memory));
	text_of((struct aiot_when *)other, text, sizeof(text));
	assert_string_equal(text, "env 'test' & param 'k' is 'v' | warm '25'");
}

/* Every size below what is needed is refused; what is said to be enough is. */
static void memory_that_is_too_small_is_an_error(void **state)
{
	const char *text = "~(true & false) | after tasks 'a', 'b' & warm '25'";
	size_t need = aiot_when_size(compile(text));

	(void)state;
	assert_true(need <= aiot_when_need(strlen(text)));
	for (size_t size = 0; size < need - 8; size++) {
		struct aiot_when *w = NULL;
		struct aiot_when_error error = {0};
		char *exact = malloc(size + 1);

		assert_int_equal(
			aiot_when_compile(text, strlen(text), &resolver, exact, size, &w, &error),
			-AIOT_ENOSPC);
		assert_null(w);
		free(exact);
	}
}

static int try_text(const char *text, struct aiot_when_error *error)
{
	struct aiot_when *w = NULL;

	return aiot_when_compile(text, strlen(text), NULL, memory, sizeof(memory), &w, error);
}

static void enormous_and_deep_ones_are_errors(void **state)
{
	static char text[8192];
	struct aiot_when_error error = {0};
	size_t len = 0;

	(void)state;
	memset(text, '(', 5000);
	assert_int_equal(try_text(text, &error), -AIOT_EINVAL);
	assert_non_null(strstr(error.text, "4096 bytes"));
	text[4000] = '\0';
	assert_int_equal(try_text(text, &error), -AIOT_EINVAL);
	assert_int_equal(error.column, AIOT_WHEN_DEPTH_MAX + 1);
	memset(text, '~', 4000);
	assert_int_equal(try_text(text, &error), -AIOT_EINVAL);
	assert_non_null(strstr(error.text, "within each other"));
	for (unsigned i = 0; i < 200; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%strue", i ? "&" : "");
	assert_int_equal(try_text(text, &error), -AIOT_EINVAL);
	assert_non_null(strstr(error.text, "256 conditions and operators"));
	len = 0;
	for (unsigned i = 0; i < 60; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "~(");
	assert_int_equal(try_text(text, &error), -AIOT_EINVAL);
	len = 0;
	for (unsigned i = 0; i < 129; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s'task%u'",
					i ? ", " : "after tasks ", i);
	assert_int_equal(try_text(text, &error), -AIOT_EINVAL);
	text[0] = '\0';
	assert_int_equal(aiot_when_compile("a\0b", 3, NULL, memory, sizeof(memory), NULL, &error),
			 -AIOT_EINVAL);
	assert_non_null(strstr(error.text, "NUL"));
}

static void the_longest_ones_fit(void **state)
{
	char text[1024] = "";
	char again[2048];
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 128; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%strue", i ? "&" : "");
	text_of(compile(text), again, sizeof(again));
	len = 0;
	for (unsigned i = 0; i < 31; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "~(");
	len += (size_t)snprintf(text + len, sizeof(text) - len, "true|false&true");
	for (unsigned i = 0; i < 31; i++)
		text[len++] = ')';
	text[len] = '\0';
	text_of(compile(text), again, sizeof(again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_what_a_person_would_write),
		cmocka_unit_test(what_is_wrong_is_said_with_its_column),
		cmocka_unit_test(names_have_slots),
		cmocka_unit_test(the_block_may_be_moved),
		cmocka_unit_test(memory_that_is_too_small_is_an_error),
		cmocka_unit_test(enormous_and_deep_ones_are_errors),
		cmocka_unit_test(the_longest_ones_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
