/*
 * test-outcome.c - results and errors as blocks of memory, and as JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "outcome-values.h"

static void a_value_has_neither_code_nor_traceback(void **state)
{
	struct fake *f = fake_open();
	struct aiot_outcome *o = aiot_outcome_value(&f->core, AIOT_OUTCOME_INT, -5, 0);

	(void)state;
	assert_int_equal(o->trace_count, 0);
	assert_int_equal(o->code, 0);
	aiot_outcome_free(&f->core, o);
	fake_close(f);
}

/* ---- errors ---- */

#if !AIOT_BOARD /* whose code stays */
/* Strings on the heap, which goes away as an unloaded object would. */
static struct aiot_site *new_site(const char *func, uint32_t line)
{
	struct aiot_site *site = malloc(sizeof(*site));

	assert_non_null(site);
	*site = (struct aiot_site){strdup(func), strdup("a/b.c"), line};
	assert_non_null(site->func);
	assert_non_null(site->file);
	return site;
}

static void free_site(struct aiot_site *site)
{
	free((void *)(uintptr_t)site->func);
	free((void *)(uintptr_t)site->file);
	free(site);
}

static void an_error_outlives_the_code_that_failed(void **state)
{
	struct fake *f = fake_open();
	struct aiot_site *outer = new_site("outer", 10), *inner = new_site("inner", 20);
	struct aiot_frame root = {.site = outer}, child = {.site = inner, .caller = &root};
	char text[] = "no such pin: 7";
	struct aiot_outcome *o =
		aiot_outcome_error(&f->core, -AIOT_EDOM, text, strlen(text), &child, NULL);

	(void)state;
	free_site(outer);
	free_site(inner);
	memset(text, 'x', sizeof(text));
	memset(&root, 0xa5, sizeof(root));
	assert_string_equal(as_json(o),
			    "{\"result\":{\"error\":\"EDOM\",\"code\":-33,\"message\":\"no such "
			    "pin: 7\",\"traceback\":[{\"function\":\"outer\",\"file\":\"a/b.c\","
			    "\"line\":10},{\"function\":\"inner\",\"file\":\"a/b.c\",\"line\":20}"
			    "]}}");
	aiot_outcome_free(&f->core, o);
	fake_close(f);
}
#endif

static void a_site_of_its_own_takes_the_place_of_the_innermost(void **state)
{
	static const struct aiot_site outer = {"outer", "f.c", 1}, old = {"inner", "f.c", 2},
				      now = {"helper", "f.c", 3};
	struct aiot_frame root = {.site = &outer}, child = {.site = &old, .caller = &root};
	struct fake *f = fake_open();
	struct aiot_outcome *o = aiot_outcome_error(&f->core, -1, "x", 1, &child, &now);

	(void)state;
	assert_int_equal(o->trace_count, 2);
	assert_string_equal(o->trace[0].func, "outer");
	assert_string_equal(o->trace[1].func, "helper");
	aiot_outcome_free(&f->core, o);
	o = aiot_outcome_error(&f->core, -1, "x", 1, NULL, &now);
	assert_int_equal(o->trace_count, 1);
	assert_int_equal(o->trace[0].line, 3);
	aiot_outcome_free(&f->core, o);
	child.site = NULL; /* not suspended yet */
	o = aiot_outcome_error(&f->core, -1, "x", 1, &child, NULL);
	assert_int_equal(o->trace_count, 1);
	assert_string_equal(o->trace[0].func, "outer");
	aiot_outcome_free(&f->core, o);
	o = aiot_outcome_error(&f->core, -1, "", 0, NULL, NULL);
	assert_int_equal(o->trace_count, 0);
	assert_string_equal(o->text, "");
	aiot_outcome_free(&f->core, o);
	fake_close(f);
}

static void of_a_long_chain_the_innermost_are_kept_outermost_first(void **state)
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
	assert_int_equal(o->trace_count, AIOT_TRACE_MAX);
	for (i = 0; i < AIOT_TRACE_MAX; i++)
		assert_int_equal(o->trace[i].line, AIOT_TRACE_MAX - 1 - i);
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

static void codes_have_words(void **state)
{
	static const int codes[] = {
		AIOT_EPERM,    AIOT_ENOENT,    AIOT_EIO,      AIOT_EAGAIN,    AIOT_ENOMEM,
		AIOT_EACCES,   AIOT_EBUSY,     AIOT_EEXIST,   AIOT_ENODEV,    AIOT_EINVAL,
		AIOT_ENOSPC,   AIOT_EPIPE,     AIOT_EDOM,     AIOT_ERANGE,    AIOT_ENAMETOOLONG,
		AIOT_ENOSYS,   AIOT_ENODATA,   AIOT_EPROTO,   AIOT_EBADMSG,   AIOT_EOVERFLOW,
		AIOT_EMSGSIZE, AIOT_ETIMEDOUT, AIOT_EALREADY, AIOT_ECANCELED,
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(aiot_error_word(-codes[i])[0], 'E');
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_string_not_equal(aiot_error_word(-codes[i]), "Error");
	assert_string_equal(aiot_error_word(-AIOT_ENAMETOOLONG), "ENAMETOOLONG");
	assert_string_equal(aiot_error_word(-AIOT_EIO), "EIO");
	assert_string_equal(aiot_error_word(-4242), "Error");
	assert_string_equal(aiot_error_word(0), "Error");
	assert_string_equal(aiot_error_word(AIOT_EIO), "Error");
	assert_string_equal(aiot_error_word(INT32_MIN), "Error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_told_exactly),
		cmocka_unit_test(texts_are_copies),
		cmocka_unit_test(a_value_has_neither_code_nor_traceback),
#if !AIOT_BOARD
		cmocka_unit_test(an_error_outlives_the_code_that_failed),
#endif
		cmocka_unit_test(a_site_of_its_own_takes_the_place_of_the_innermost),
		cmocka_unit_test(of_a_long_chain_the_innermost_are_kept_outermost_first),
		cmocka_unit_test(without_memory_there_is_none),
		cmocka_unit_test(codes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
