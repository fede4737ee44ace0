/*
 * test-overlay.c - services.json in memory: read, changed, made text again; and texts that are
 * none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "mem.h"
#include "overlay.h"

static char why_text[256], text[4096];
static struct aiot_out why;

static int parse(const char *json, struct aiot_overlay *overlay)
{
	aiot_out_init(&why, why_text, sizeof(why_text));
	return aiot_overlay_parse(json, strlen(json), overlay, &why);
}

static const char *format(const struct aiot_overlay *overlay, const struct aiot_overlay *changes)
{
	static const struct aiot_overlay none;
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_overlay_format(overlay, changes ? changes : &none, &out);
	return aiot_out_str(&out);
}

#define THREE                                                                                      \
	"{\n\"a\":{\"enabled\":true},\n\"b@5\":{\"enabled\":false,\"masked\":true},\n"             \
	"\"c\":{\"args\":{\"whom\":\"A \\\"da\\\"\",\"every\":\"\"}}\n}\n"

static void what_is_written_is_what_is_read(void **state)
{
	struct aiot_overlay overlay = {0};
	const struct aiot_overlay_entry *e;

	(void)state;
	assert_int_equal(parse(THREE, &overlay), 0);
	assert_string_equal(format(&overlay, NULL), THREE);
	e = aiot_overlay_find(&overlay, "b@5");
	assert_int_equal(e->enabled, AIOT_OVERLAY_NO);
	assert_true(e->masked);
	e = aiot_overlay_find(&overlay, "c");
	assert_int_equal(e->enabled, AIOT_OVERLAY_UNSAID);
	assert_int_equal(e->arg_count, 2);
	assert_string_equal(e->args[0].value, "A \"da\"");
	assert_null(aiot_overlay_find(&overlay, "b"));
	aiot_overlay_finish(&overlay);
	assert_string_equal(format(&overlay, NULL), "{\n}\n");
}

static void what_is_unknown_is_a_newer_versions_and_left_out(void **state)
{
	struct aiot_overlay overlay = {0};

	(void)state;
	assert_int_equal(parse("{\"a\":{\"enabled\":true,\"colour\":[1,{}]}}", &overlay), 0);
	assert_string_equal(format(&overlay, NULL), "{\n\"a\":{\"enabled\":true}\n}\n");
	aiot_overlay_finish(&overlay);
}

static void damaged_texts_are_refused_whole_with_what_is_wrong(void **state)
{
	static const struct {
		const char *json, *why;
	} rows[] = {
		{"", "it is not JSON from byte 1 on"},
		{"{\"a\":{\"enabled\":tr", "it is not JSON from byte 19 on"},
		{"{\"a\":{}}x", "it is not JSON from byte 9 on"},
		{"[]", "it is no JSON object"},
		{"null", "it is no JSON object"},
		{"{\"a b\":{}}", "it names what cannot be a service"},
		{"{\"\":{}}", "it names what cannot be a service"},
		{"{\"good\":{\"enabled\":true},\"a\":7}", "'a': it is no object"},
		{"{\"a\":{\"enabled\":\"yes\"}}",
		 "'a': \"enabled\" or \"masked\" is neither true nor false"},
		{"{\"a\":{\"masked\":null}}",
		 "'a': \"enabled\" or \"masked\" is neither true nor false"},
		{"{\"a\":{\"args\":[]}}", "'a': \"args\" is no object"},
		{"{\"a\":{\"args\":{\"k\":5}}}", "'a': an argument's value is no string"},
		{"{\"a\":{\"args\":{\"k\":\"1\\u0000\"}}}", "'a': there is a NUL in an argument"},
		{"{\"a\":{\"args\":{\"\\u0000\":\"1\"}}}", "'a': there is a NUL in an argument"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aiot_overlay overlay = {0};

		assert_int_equal(parse(rows[i].json, &overlay), -AIOT_EINVAL);
		assert_string_equal(aiot_out_str(&why), rows[i].why);
		assert_int_equal(overlay.entries.count, 0);
	}
}

static void changes_come_in_their_places_and_say_what_they_change(void **state)
{
	struct aiot_overlay overlay = {0}, changes = {0};
	struct aiot_overlay_entry *a, *d;

	(void)state;
	assert_int_equal(parse(THREE, &overlay), 0);
	a = aiot_overlay_copy(&overlay, "a");
	assert_true(aiot_overlay_says(&overlay, a));
	a->enabled = AIOT_OVERLAY_UNSAID;
	assert_false(aiot_overlay_says(&overlay, a));
	d = aiot_overlay_copy(&overlay, "d");
	assert_true(aiot_overlay_says(&overlay, d));
	assert_int_equal(aiot_overlay_set_arg(d, "first_key", "1"), 0);
	assert_int_equal(aiot_overlay_set_arg(d, "First-Key", "2"), 0);
	assert_int_equal(aiot_overlay_set_arg(d, "second", "x"), 0);
	assert_int_equal(aiot_overlay_set_arg(d, "second", NULL), 0);
	assert_int_equal(aiot_overlay_set_arg(d, "never", NULL), 0);
	aiot_overlay_put(&changes, a);
	aiot_overlay_put(&changes, d);
	assert_string_equal(format(&overlay, &changes),
			    "{\n\"b@5\":{\"enabled\":false,\"masked\":true},\n"
			    "\"c\":{\"args\":{\"whom\":\"A \\\"da\\\"\",\"every\":\"\"}},\n"
			    "\"d\":{\"args\":{\"first_key\":\"2\"}}\n}\n");
	assert_non_null(aiot_overlay_find(&overlay, "a")); /* not yet */
	aiot_overlay_take(&overlay, &changes);
	assert_int_equal(changes.entries.count, 0);
	assert_null(aiot_overlay_find(&overlay, "a"));
	assert_int_equal(overlay.entries.count, 3);
	aiot_overlay_finish(&overlay);
}

static void other_values_in_another_order_are_told_from_the_same_ones(void **state)
{
	struct aiot_overlay overlay = {0}, other = {0};
	struct aiot_overlay_entry *e;

	(void)state;
	assert_int_equal(parse("{\"a\":{\"args\":{\"x\":\"1\",\"y\":\"2\"}}}", &overlay), 0);
	assert_int_equal(parse("{\"a\":{\"args\":{\"y\":\"2\",\"x\":\"1\"}}}", &other), 0);
	e = aiot_overlay_out(&other, "a");
	assert_true(aiot_overlay_says(&overlay, e));
	assert_int_equal(aiot_overlay_set_arg(e, "x", "3"), 0);
	assert_false(aiot_overlay_says(&overlay, e));
	aiot_overlay_entry_free(e);
	aiot_overlay_finish(&overlay);
}

static void without_memory_nothing_of_it_is_read(void **state)
{
	unsigned n;
	int r = -AIOT_ENOMEM;

	(void)state;
	for (n = 1; r != 0 && n < 100; n++) {
		struct aiot_overlay overlay = {0};

		(void)aiot_mem_fail(n, 1);
		r = parse(THREE, &overlay);
		(void)aiot_mem_fail(0, 0);
		assert_true(r == 0 || r == -AIOT_ENOMEM);
		assert_int_equal(overlay.entries.count, r == 0 ? 3 : 0);
		aiot_overlay_finish(&overlay);
	}
	assert_true(n > 10 && n < 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_what_is_read),
		cmocka_unit_test(what_is_unknown_is_a_newer_versions_and_left_out),
		cmocka_unit_test(damaged_texts_are_refused_whole_with_what_is_wrong),
		cmocka_unit_test(changes_come_in_their_places_and_say_what_they_change),
		cmocka_unit_test(other_values_in_another_order_are_told_from_the_same_ones),
		cmocka_unit_test(without_memory_nothing_of_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
