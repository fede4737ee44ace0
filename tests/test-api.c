/*
 * test-api.c - what a service calls by name: results and their limits, its log, its clocks, and
 * what its init says when it fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

/* ---- results ---- */

/* The test's own part, run inside a task's only step. */
static void (*part)(struct aiot_task *t);

static enum aiot_co does_a_part(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	part(t);
	AIOT_END(t);
}
AIOT_SERVICE(doer, struct trail, .main = does_a_part);

static struct aiot_task *run_part(struct fake *f, void (*fn)(struct aiot_task *t))
{
	struct aiot_task *t;

	part = fn;
	t = trail_start(f, &aiot_service_doer);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	return t;
}

static void check_json(const struct aiot_task *t, const char *expected)
{
	struct aiot_json_out json;
	struct aiot_out out;
	char text[256];

	aiot_out_init(&out, text, sizeof(text));
	aiot_json_begin(&json, &out);
	aiot_outcome_json(aiot_outcome_of(&t->entry), &json, NULL);
	assert_string_equal(aiot_out_str(&out), expected);
}

static void sets_each_type(struct aiot_task *t)
{
	assert_int_equal(aiot_result_none(t), 0);
	check_json(t, "null");
	assert_int_equal(aiot_result_int(t, INT64_MIN), 0);
	check_json(t, "-9223372036854775808");
	assert_int_equal(aiot_result_decimal(t, 2579, 2), 0);
	check_json(t, "25.79");
	assert_int_equal(aiot_result_decimal(t, 1, 18), 0);
	check_json(t, "0.000000000000000001");
	assert_int_equal(aiot_result_text(t, "warm"), 0);
	check_json(t, "\"warm\"");
	assert_int_equal(aiot_result_json(t, " {\"a\" : [1, 2]} "), 0);
	check_json(t, "{\"a\" : [1, 2]}");
	assert_int_equal(aiot_result_none(t), 0);
	assert_int_equal(aiot_result_text(t, ""), 0);
}

static void a_result_of_every_type_replaces_the_one_before(void **state)
{
	struct fake *f = fake_open();
	const struct aiot_task *t = run_part(f, sets_each_type);

	(void)state;
	check_json(t, "\"\"");
	assert_int_equal(f->blocks, AIOT_BOARD ? 2 : 1); /* where `more` holds it */
	fake_close(f);
}

static void sets_bad_ones(struct aiot_task *t)
{
	static const char *const bad[] = {
		"", "{", "nan", "1 2", "{\"a\":1,}", "'a'", "[[[[[[[[[[[1]]]]]]]]]]]"};
	unsigned i;

	assert_int_equal(aiot_result_int(t, 7), 0);
	assert_int_equal(aiot_result_decimal(t, 1, 19), -AIOT_EINVAL);
	assert_int_equal(aiot_result_decimal(t, 1, UINT32_MAX), -AIOT_EINVAL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(aiot_result_json(t, bad[i]), -AIOT_EINVAL);
	assert_int_equal(aiot_result_json(t, "[[[[[[[[[[\"[[[\\\"[[[\"]]]]]]]]]]"), 0);
	assert_int_equal(aiot_result_int(t, 7), 0);
}

static void what_is_refused_leaves_the_result_before(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	check_json(run_part(f, sets_bad_ones), "7");
	fake_close(f);
}

static void sets_long_ones(struct aiot_task *t)
{
	char *text = malloc(AIOT_RESULT_MAX + 2);

	assert_non_null(text);
	memset(text, 'x', AIOT_RESULT_MAX + 1);
	text[AIOT_RESULT_MAX + 1] = '\0';
	text[0] = text[AIOT_RESULT_MAX] = '"';
	assert_int_equal(aiot_result_text(t, text), -AIOT_EMSGSIZE);
	assert_int_equal(aiot_result_json(t, text), -AIOT_EMSGSIZE);
	assert_null(aiot_outcome_of(&t->entry));
	text[AIOT_RESULT_MAX - 1] = '"';
	text[AIOT_RESULT_MAX] = '\0';
	assert_int_equal(aiot_result_json(t, text), 0);
	assert_int_equal(aiot_result_text(t, text), 0);
	assert_int_equal(aiot_outcome_of(&t->entry)->text_len, AIOT_RESULT_MAX);
	free(text);
}

static void sixty_kib_are_the_limit(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	(void)run_part(f, sets_long_ones);
	fake_close(f);
}

static void sets_without_memory(struct aiot_task *t)
{
	struct fake *f = trail_of(t)->core->ctx;

	assert_int_equal(aiot_result_int(t, 7), 0);
	f->fail_at = 1;
	assert_int_equal(aiot_result_int(t, 8), -AIOT_ENOMEM);
	f->fail_at = 1;
	assert_int_equal(aiot_result_decimal(t, 8, 1), -AIOT_ENOMEM);
	f->fail_at = 1;
	assert_int_equal(aiot_result_text(t, "8"), -AIOT_ENOMEM);
	f->fail_at = 1;
	assert_int_equal(aiot_result_json(t, "8"), -AIOT_ENOMEM);
}

static void without_memory_the_result_before_stays(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	check_json(run_part(f, sets_without_memory), "7");
	fake_close(f);
}

static void fails_and_goes_on(struct aiot_task *t)
{
	assert_int_equal(aiot_result_int(t, 7), 0);
	assert_int_equal(aiot_fail(t, -AIOT_EIO, "said but not meant"), -AIOT_EIO);
}

/* aiot_fail() returns: only AIOT_FAIL leaves. */
static void failing_by_name_in_a_coroutine_that_goes_on_is_no_failure(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	check_json(run_part(f, fails_and_goes_on), "null");
	assert_int_equal(fake_logged(f, AIOT_ERROR, ""), 0);
	fake_close(f);
}

/* ---- log and clocks ---- */

static void logs(struct aiot_task *t)
{
	struct fake *f = trail_of(t)->core->ctx;

	aiot_error(t, "e %d", 1);
	aiot_warn(t, "w %s", "2");
	aiot_info(t, "i %5.2f", 3.14159);
	aiot_debug(t, "d");
	f->core.log_level = AIOT_DEBUG;
	aiot_debug(t, "d again");
	f->core.log_level = AIOT_ERROR;
	aiot_warn(t, "w again");
}

#if AIOT_BOARD && !AIOT_TEXT
#define PI "i %5.2f"
#elif AIOT_BOARD
#define PI "i ?"
#else
#define PI "i  3.14"
#endif

static void lines_are_written_under_the_tasks_name_up_to_the_level(void **state)
{
	static const struct {
		uint8_t level;
		const char *text;
	} expected[] = {
		{AIOT_ERROR, "e 1"}, {AIOT_WARN, "w 2"}, {AIOT_INFO, PI}, {AIOT_DEBUG, "d again"}};
	struct fake *f = fake_open();
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record r;
	unsigned i;

	(void)state;
	(void)run_part(f, logs);
	aiot_ring_oldest(&f->ring, &cursor);
	for (i = 0; i < 4; i++) {
		assert_true(aiot_ring_next(&f->ring, &cursor, &r, NULL));
		assert_int_equal(r.level, expected[i].level);
		assert_int_equal(r.text_len, strlen(expected[i].text));
		assert_memory_equal(r.text, expected[i].text, r.text_len);
		assert_int_equal(r.name_len, 1);
		assert_memory_equal(r.name, "t", 1);
		assert_true(r.mono_ns == f->mono_ns);
		assert_false(r.cut);
	}
	assert_false(aiot_ring_next(&f->ring, &cursor, &r, NULL));
	assert_int_equal(f->records, 4);
	fake_close(f);
}

static void logs_long(struct aiot_task *t)
{
	aiot_info(t, "%9000d", 1);
}

static void a_line_too_long_is_cut_and_marked(void **state)
{
	struct fake *f = fake_open();
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record r;

	(void)state;
	(void)run_part(f, logs_long);
	aiot_ring_oldest(&f->ring, &cursor);
	assert_true(aiot_ring_next(&f->ring, &cursor, &r, NULL));
	assert_true(r.cut);
	assert_true(r.text_len <= AIOT_RING_TEXT_MAX);
	assert_memory_equal(r.text + r.text_len - 3, AIOT_RING_CUT_MARK, 3);
	fake_close(f);
}

static void reads_clocks(struct aiot_task *t)
{
	struct fake *f = trail_of(t)->core->ctx;

	fake_pass(f, FAKE_S); /* the present time, not the step's */
	assert_true(aiot_now_ns(t) == f->mono_ns);
	assert_true(aiot_wall_ns(t) == f->wall_ns);
}

static void clocks_are_read_when_asked(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	(void)run_part(f, reads_clocks);
	fake_close(f);
}

/* ---- init ---- */

static int inits(struct aiot_task *t, void *self)
{
	struct trail *s = self;

	assert_ptr_equal(aiot_self(t), self);
	if (s->i != 5)
		return aiot_fail(t, -AIOT_ENODEV, "%s has no pin %u", aiot_name(t), s->i);
	trail_mark(s, 'i');
	return 1; /* positive is no error */
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct trail, i, "pin", "5", "which pin"),
	{0},
};
AIOT_SERVICE(initial, struct trail, .main = does_a_part, .init = inits, .opts = opts);

static void nothing(struct aiot_task *t)
{
	trail_mark(trail_of(t), 'r');
}

static void init_sees_the_options_and_runs_once(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	part = nothing;
	t = trail_start(f, &aiot_service_initial);
	assert_string_equal(trail_of(t)->letters, "ir");
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "irr");
	fake_close(f);
}

static void init_fails(struct fake *f)
{
	static const struct aiot_arg wrong = {"pin", "99", "add"}, bad = {"pin", "x", "add"};
	struct fake_kind *k = fake_load(f, &aiot_service_initial, NULL);
	struct aiot_task *t = NULL;

	assert_int_equal(fake_try_add(f, k, "t", AIOT_RAISE, &t), 0);
	k->spec.args = &bad;
	k->spec.arg_count = 1;
	assert_int_equal(aiot_task_init_service(&f->core, t), -AIOT_EINVAL);
	assert_null(aiot_outcome_of(&t->entry));
	k->spec.args = &wrong;
	assert_int_equal(aiot_task_init_service(&f->core, t), -AIOT_ENODEV);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_null(f->core.current);
	if (f->failed_takes > 0)
		return;
	assert_int_equal(aiot_outcome_of(&t->entry)->code, -AIOT_ENODEV);
	assert_string_equal(aiot_outcome_of(&t->entry)->text, "t has no pin 99");
	assert_string_equal(fake_traced(aiot_outcome_of(&t->entry)), "inits");
}

static void a_failed_init_tells_code_words_and_line(void **state)
{
	(void)state;
	fake_starve(init_fails);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_of_every_type_replaces_the_one_before),
		cmocka_unit_test(what_is_refused_leaves_the_result_before),
		cmocka_unit_test(sixty_kib_are_the_limit),
		cmocka_unit_test(without_memory_the_result_before_stays),
		cmocka_unit_test(failing_by_name_in_a_coroutine_that_goes_on_is_no_failure),
		cmocka_unit_test(lines_are_written_under_the_tasks_name_up_to_the_level),
		cmocka_unit_test(a_line_too_long_is_cut_and_marked),
		cmocka_unit_test(clocks_are_read_when_asked),
		cmocka_unit_test(init_sees_the_options_and_runs_once),
		cmocka_unit_test(a_failed_init_tells_code_words_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
