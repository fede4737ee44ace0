/* Names: limits of length and alphabet, patterns, and the distance of mistyped words. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "name.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void names_have_a_byte_and_no_more_than_fit(void **state)
{
	char name[AIOT_NAME_MAX + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_false(aiot_name_valid(name, 0));
	assert_true(aiot_name_valid(name, 1));
	assert_true(aiot_name_valid(name, AIOT_NAME_MAX));
	assert_false(aiot_name_valid(name, AIOT_NAME_MAX + 1));
}

static void every_byte_is_allowed_or_refused_by_the_list(void **state)
{
	const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-";

	(void)state;
	for (int c = 0; c < 256; c++) {
		char name[3] = {'x', (char)c, 'y'};
		int wanted = c != 0 && strchr(allowed, c) != NULL;

		assert_int_equal(aiot_name_valid(name, 3), wanted);
		assert_int_equal(aiot_name_valid(name + 1, 1), wanted);
	}
}

static void a_star_or_question_mark_makes_a_pattern(void **state)
{
	(void)state;
	assert_false(aiot_name_is_pattern("", 0));
	assert_false(aiot_name_is_pattern("hello.service", 13));
	assert_true(aiot_name_is_pattern("hello.*", 7));
	assert_true(aiot_name_is_pattern("?ello", 5));
	assert_false(aiot_name_is_pattern("hello*", 5));
}

static const struct match_case {
	const char *pattern, *name;
	bool matches;
} match_cases[] = {
	{"", "", true},
	{"", "a", false},
	{"*", "", true},
	{"*", "anything", true},
	{"**", "", true},
	{"?", "", false},
	{"?", "a", true},
	{"?", "ab", false},
	{"??*", "a", false},
	{"??*", "ab", true},
	{"hello", "hello", true},
	{"hello", "Hello", false},
	{"hello", "hello.service", false},
	{"hello*", "hello.service", true},
	{"*.service", "hello.service", true},
	{"*.service", "hello.service.child", false},
	{"*.service*", "hello.service.child", true},
	{"h*o", "hello_o", true},
	{"h*o", "hello_p", false},
	{"*ab", "aab", true},
	{"*aab", "aaab", true},
	{"*a*b*c", "xxaxxbxxc", true},
	{"*a*b*c", "xxaxxcxxb", false},
	{"a*b?d", "abbbcd", true},
	{"a*b?d", "abbbd", true},
	{"a*b?d", "abd", false},
	{"hello@?.service", "hello@1.service", true},
	{"hello@?.service", "hello@12.service", false},
	{"a.c", "abc", false},
};

static void patterns_match_whole_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(match_cases); i++) {
		const struct match_case *c = &match_cases[i];

		if (aiot_name_match(c->pattern, strlen(c->pattern), c->name, strlen(c->name)) !=
		    c->matches)
			fail_msg("'%s' on '%s' should be %d", c->pattern, c->name, c->matches);
	}
}

static void only_the_given_bytes_are_looked_at(void **state)
{
	(void)state;
	assert_true(aiot_name_match("ab*", 2, "abc", 2));
	assert_false(aiot_name_match("ab*", 2, "abc", 3));
}

/* Exponential matchers take centuries for this one. */
static void many_stars_stay_cheap(void **state)
{
	char pattern[64];
	char name[64];

	(void)state;
	for (size_t i = 0; i < 64; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(name, 'a', sizeof(name));
	pattern[63] = 'b';
	assert_false(aiot_name_match(pattern, 64, name, 64));
	name[63] = 'b';
	assert_true(aiot_name_match(pattern, 64, name, 64));
}

static const struct distance_case {
	const char *a, *b;
	unsigned distance;
} distance_cases[] = {
	{"", "", 0},
	{"", "abc", 3},
	{"Enabled", "enabled", 0},
	{"task_execution", "TaskExecution", 0},
	{"time-out", "timeout", 0},
	{"---", "", 0},
	{"Enabeld", "Enabled", 1}, /* two neighbours swapped */
	{"Enabld", "Enabled", 1},
	{"Ennabled", "Enabled", 1},
	{"Anabled", "Enabled", 1},
	{"kitten", "sitting", 3},
	{"ca", "abc", 3}, /* a swapped pair is not edited again */
	{"abcdefghijklmnopqrstuvwxyz01234", "", 31},
	{"abcdefghijklmnopqrstuvwxyz01234", "abcdefghijklmnopqrstuvwxyz0123x", 1},
	{"abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz012345", 99},
	{"abcdefghijklmnopqrstuvwxyz01234-", "a", 99}, /* 32 bytes as written */
};

static void distance_counts_edits_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(distance_cases); i++) {
		const struct distance_case *c = &distance_cases[i];

		if (aiot_name_distance(c->a, c->b) != c->distance ||
		    aiot_name_distance(c->b, c->a) != c->distance)
			fail_msg("'%s' to '%s': %u and %u, not %u", c->a, c->b,
				 aiot_name_distance(c->a, c->b), aiot_name_distance(c->b, c->a),
				 c->distance);
	}
}

static const char *nearest(const char *typed, const char *const *candidates)
{
	struct aiot_near near;

	aiot_near_begin(&near, typed);
	for (; *candidates != NULL; candidates++)
		aiot_near_offer(&near, *candidates);
	return near.best;
}

static void what_was_meant_is_found_in_any_case(void **state)
{
	static const char *const keys[] = {"TimeoutStopSec", "Service", "daemon-reload", "add",
					   NULL};

	(void)state;
	assert_string_equal(nearest("timeout", keys), "TimeoutStopSec");
	assert_string_equal(nearest("serv", keys), "Service");
	assert_string_equal(nearest("Reload", keys), "daemon-reload");
	assert_string_equal(nearest("servcie", keys), "Service");
	assert_string_equal(nearest("ad", keys), "add");
	assert_null(nearest("xx", keys));
	assert_null(nearest("", keys));
	assert_null(nearest("nothing-like-it", keys));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_meant_is_found_in_any_case),
		cmocka_unit_test(names_have_a_byte_and_no_more_than_fit),
		cmocka_unit_test(every_byte_is_allowed_or_refused_by_the_list),
		cmocka_unit_test(a_star_or_question_mark_makes_a_pattern),
		cmocka_unit_test(patterns_match_whole_names),
		cmocka_unit_test(only_the_given_bytes_are_looked_at),
		cmocka_unit_test(many_stars_stay_cheap),
		cmocka_unit_test(distance_counts_edits_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
