/*
 * test-outcome-small.c - results and errors as blocks of memory, and as JSON, on boards that have
 * little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outcome-values.h"

/* ---- errors ---- */

static void an_error_has_its_words_and_where_it_came_from(void **state)
{
	static const struct aiot_site outer = {"outer", "a/b.c", 10},
				      inner = {"inner", "a/b.c", 20};
	struct aiot_frame root = {.site = &outer}, child = {.site = &inner, .caller = &root};
	struct fake *f = fake_open();
	char text[] = "no such pin: 7";
	struct aiot_outcome *o =
		aiot_outcome_error(&f->core, -AIOT_EDOM, text, strlen(text), &child, NULL);

	(void)state;
	memset(text, 'x', sizeof(text));
	memset(&root, 0xa5, sizeof(root));
	assert_string_equal(o->text, "no such pin: 7");
	assert_string_equal(as_json(o),
			    "{\"result\":{\"error\":\"Error\",\"code\":-33,\"message\":\"no such "
			    "pin: 7\",\"traceback\":[{\"function\":\"outer\",\"file\":\"a/b.c\","
			    "\"line\":10},{\"function\":\"inner\",\"file\":\"a/b.c\",\"line\":20}"
			    "]}}");
	aiot_outcome_free(&f->core, o);
	fake_close(f);
}

static void a_site_of_its_own_takes_the_place_of_the_innermost(void **state)
{
	static const struct aiot_site outer = {"outer", "f.c", 1}, old = {"inner", "f.c", 2},
				      now = {"helper", "f.c", 3};
	struct aiot_frame root = {.site = &outer}, child = {.site = &old, .caller = &root};
	struct fake *f = fake_open();
	struct aiot_outcome *o = aiot_outcome_error(&f->core, -1, "x", 1, &child, &now);

	(void)state;
	assert_int_equal(o->site_count, 2);
	assert_ptr_equal(o->sites[0], &now);
	assert_ptr_equal(o->sites[1], &outer);
	aiot_outcome_free(&f->core, o);
	o = aiot_outcome_error(&f->core, -1, "x", 1, NULL, &now);
	assert_int_equal(o->site_count, 1);
	assert_ptr_equal(o->sites[0], &now);
	aiot_outcome_free(&f->core, o);
	child.site = NULL; /* not suspended yet */
	o = aiot_outcome_error(&f->core, -1, "x", 1, &child, NULL);
	assert_int_equal(o->site_count, 1);
	assert_ptr_equal(o->sites[0], &outer);
	aiot_outcome_free(&f->core, o);
	o = aiot_outcome_error(&f->core, -1, "", 0, NULL, NULL);
	assert_int_equal(o->site_count, 0);
	assert_string_equal(o->text, "");
	aiot_outcome_free(&f->core, o);
	fake_close(f);
}

static void of_a_long_chain_the_innermost_are_kept(void **state)
{
	struct aiot_site site[AIOT_TRACE_MAX + 8];
	struct aiot_frame frame[AIOT_TRACE_MAX + 8];
	struct fake *f = fake_open();
	struct aiot_outcome *o;
	uint32_t i;

	(void)state;
	for (i = 0; i < AIOT_TRACE_MAX + 8; i++) { /* 0 is the innermost */
		site[i] = (struct aiot_site){"f", "f.c", i};
		frame[i] = (struct aiot_frame){
			.site = &site[i], .caller = i < AIOT_TRACE_MAX + 7 ? &frame[i + 1] : NULL};
	}
	o = aiot_outcome_error(&f->core, -1, "x", 1, &frame[0], NULL);
	assert_int_equal(o->site_count, AIOT_TRACE_MAX);
	for (i = 0; i < AIOT_TRACE_MAX; i++)
		assert_ptr_equal(o->sites[i], &site[i]);
	aiot_outcome_free(&f->core, o);
	fake_close(f);
}

static void without_memory_there_is_none(void **state)
{
	struct fake *f = fake_open();
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		f->fail_at = 1;
		if (i == 0)
			assert_null(aiot_outcome_value(&f->core, AIOT_OUTCOME_INT, 1, 0));
		if (i == 1)
			assert_null(aiot_outcome_text(&f->core, AIOT_OUTCOME_TEXT, "x", 1));
		if (i == 2)
			assert_null(aiot_outcome_error(&f->core, -1, "x", 1, NULL, NULL));
	}
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_told_exactly),
		cmocka_unit_test(texts_are_copies),
		cmocka_unit_test(an_error_has_its_words_and_where_it_came_from),
		cmocka_unit_test(a_site_of_its_own_takes_the_place_of_the_innermost),
		cmocka_unit_test(of_a_long_chain_the_innermost_are_kept),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
