/*
 * test-task-fail.c - failures on their way out: through awaits and FINALLYs, caught, forgiven, and
 * what is told of them.  Wrong use of the API is in test-task-misuse.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

/* ---- through awaits ---- */

enum {
	LINE_FAIL = __LINE__ + 9,
	LINE_2 = __LINE__ + 17,
	LINE_1 = __LINE__ + 26,
};

static enum aiot_co fails(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_SLEEP_MS(t, 1);
	AIOT_FAIL(t, -AIOT_EIO, "sensor %s does not answer (%d)", "x7", 3);
	AIOT_FINALLY(t);
	trail_mark(self->own, '3');
	AIOT_END(t);
}

static enum aiot_co fails_2(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_AWAIT(t, fails, &self->own->b);
	trail_mark(self->own, '!');
	AIOT_FINALLY(t);
	trail_mark(self->own, '2');
	AIOT_END(t);
}

static enum aiot_co fails_1(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_AWAIT(t, fails_2, &self->a);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, '1');
	AIOT_END(t);
}
AIOT_SERVICE(failer, struct trail, .main = fails_1);

static void check_line(const struct aiot_outcome *o, unsigned i, const char *func, unsigned line)
{
	assert_string_equal(o->trace[i].func, func);
	assert_non_null(strstr(o->trace[i].file, "test-task-fail.c"));
	assert_int_equal(o->trace[i].line, line);
}

static void a_failure_runs_each_finally_and_tells_each_await(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_failer);
	const struct aiot_outcome *o;

	(void)state;
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "321");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(t->entry.last, AIOT_FAILURE);
	o = aiot_outcome_of(&t->entry);
	assert_non_null(o);
	assert_int_equal(o->type, AIOT_OUTCOME_ERROR);
	assert_int_equal(o->code, -AIOT_EIO);
	assert_string_equal(o->text, "sensor x7 does not answer (3)");
	assert_int_equal(o->trace_count, 3);
	check_line(o, 0, "fails_1", LINE_1);
	check_line(o, 1, "fails_2", LINE_2);
	check_line(o, 2, "fails", LINE_FAIL);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EIO: sensor x7 does not answer (3)"),
			 1);
	assert_string_equal(fake_states(f, "t"), "starting running failed");
	fake_close(f);
}

static enum aiot_co fails_at_once(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	if (self->len == 0)
		AIOT_FAIL(t, 17, "a code that is none");
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	AIOT_END(t);
}
AIOT_SERVICE(at_once, struct trail, .main = fails_at_once);

static void a_failure_before_the_first_await_runs_finally_too(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_at_once);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "f");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(aiot_outcome_of(&t->entry)->code, -AIOT_EINVAL);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_null(aiot_outcome_of(&t->entry));
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static enum aiot_co fails_twice(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_YIELD(t);
	AIOT_FAIL(t, -AIOT_EDOM, "first");
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	self->code = aiot_result_int(t, 5);
	AIOT_FAIL(t, -AIOT_EIO, "second");
	trail_mark(self, '!');
	AIOT_END(t);
}
AIOT_SERVICE(twice, struct trail, .main = fails_twice);

static void the_first_of_two_failures_is_told_and_no_result_replaces_it(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_twice);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "f");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_string_equal(aiot_outcome_of(&t->entry)->text, "first");
	assert_int_equal(trail_of(t)->code, -AIOT_ECANCELED);
	fake_close(f);
}

struct pit_level {
	struct aiot_frame co;
	struct pit *own;
};

struct pit {
	struct pit_level level[40];
	unsigned depth;
};

static enum aiot_co descends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct pit_level, self);
	if (self->own->depth == 40)
		AIOT_FAIL(t, -AIOT_ERANGE, "bottom");
	self->own->level[self->own->depth].own = self->own;
	AIOT_AWAIT(t, descends, &self->own->level[self->own->depth++]);
	AIOT_END(t);
}

static enum aiot_co enters(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct pit, self);
	self->level[0].own = self;
	self->depth = 1;
	AIOT_AWAIT(t, descends, &self->level[0]);
	AIOT_END(t);
}
AIOT_SERVICE(pit, struct pit, .main = enters);

static void of_a_very_deep_chain_the_innermost_frames_are_told(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	t = fake_start(f, fake_load(f, &aiot_service_pit, NULL), "t");
	fake_idle(f);
	assert_int_equal(aiot_outcome_of(&t->entry)->code, -AIOT_ERANGE);
	assert_int_equal(aiot_outcome_of(&t->entry)->trace_count, AIOT_TRACE_MAX);
	assert_string_equal(aiot_outcome_of(&t->entry)->trace[0].func, "descends");
	fake_close(f);
}

/* ---- caught ---- */

static enum aiot_co succeeds(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_YIELD(t);
	trail_mark(self->own, 's');
	AIOT_END(t);
}

static void note_caught(struct aiot_task *t, struct trail *s)
{
	const char *words = "?";

	s->code = aiot_caught(t, &words);
	assert_int_equal(aiot_caught(t, NULL), s->code);
	(void)aiot_format_to(s->words, sizeof(s->words), "%s", words);
}

static enum aiot_co tries(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_TRY(t, fails_2, &self->a);
	trail_mark(self, 'c');
	note_caught(t, self);
	AIOT_SLEEP_MS(t, 1000);
	trail_mark(self, 'd');
	AIOT_TRY(t, succeeds, &self->c);
	note_caught(t, self);
	AIOT_END(t);
}
AIOT_SERVICE(trier, struct trail, .main = tries);

static void try_catches_a_failure_from_two_awaits_below(struct fake *f)
{
	struct aiot_task *t = trail_start(f, &aiot_service_trier);
	struct trail *s = trail_of(t);

	fake_for(f, 500 * FAKE_MS);
	assert_string_equal(s->letters, "32c");
	assert_int_equal(s->code, -AIOT_EIO);
	assert_string_equal(s->words, f->failed_takes ? "" : "sensor x7 does not answer (3)");
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_for(f, FAKE_S);
	assert_string_equal(s->letters, "32cds");
	assert_int_equal(s->code, 0);
	assert_string_equal(s->words, "");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_null(aiot_outcome_of(&t->entry));
	assert_int_equal(fake_logged(f, AIOT_ERROR, ""), 0);
}

static void try_catches_a_failure_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(try_catches_a_failure_from_two_awaits_below);
}

static enum aiot_co catches_inside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_TRY(t, fails, &self->own->b);
	AIOT_END(t);
}

static enum aiot_co tries_a_catcher(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_TRY(t, catches_inside, &self->a);
	note_caught(t, self);
	AIOT_END(t);
}
AIOT_SERVICE(outer_trier, struct trail, .main = tries_a_catcher);

static void what_a_child_caught_itself_is_no_failure_of_the_child(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_outer_trier);

	(void)state;
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(trail_of(t)->code, 0);
	assert_string_equal(trail_of(t)->words, "");
	fake_close(f);
}

static enum aiot_co fails_and_cleans(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_FAIL(t, -AIOT_ENODEV, "gone");
	AIOT_FINALLY(t);
	AIOT_AWAIT(t, succeeds, &self->own->c);
	AIOT_TRY(t, fails, &self->own->c);
	AIOT_AWAIT(t, succeeds, &self->own->c);
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}

static enum aiot_co tries_a_cleaner(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_TRY(t, fails_and_cleans, &self->a);
	note_caught(t, self);
	AIOT_END(t);
}
AIOT_SERVICE(clean_trier, struct trail, .main = tries_a_cleaner);

static void a_failure_is_caught_whole_although_its_finally_awaited(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_clean_trier);

	(void)state;
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_string_equal(trail_of(t)->letters, "s3s");
	assert_int_equal(trail_of(t)->code, -AIOT_ENODEV);
	assert_string_equal(trail_of(t)->words, "gone");
	fake_close(f);
}

static enum aiot_co cleans_with_try(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_YIELD(t);
	AIOT_FAIL(t, -AIOT_EDOM, "the real one");
	AIOT_FINALLY(t);
	AIOT_TRY(t, succeeds, &self->a);
	trail_mark(self, (char)('0' + (aiot_caught(t, NULL) != 0)));
	AIOT_TRY(t, fails, &self->b);
	note_caught(t, self);
	trail_mark(self, 'e');
	AIOT_END(t);
}
AIOT_SERVICE(try_cleaner, struct trail, .main = cleans_with_try);

static void a_try_inside_finally_does_not_swallow_the_failure(struct fake *f)
{
	struct aiot_task *t = trail_start(f, &aiot_service_try_cleaner);

	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "s03e");
	assert_int_equal(trail_of(t)->code, -AIOT_EIO);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(t->entry.fail, AIOT_EDOM);
	if (f->failed_takes == 0)
		assert_string_equal(aiot_outcome_of(&t->entry)->text, "the real one");
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EDOM: "), 1);
}

static void a_try_inside_finally_does_not_swallow_it_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(a_try_inside_finally_does_not_swallow_the_failure);
}

static enum aiot_co cleanup_2(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_AWAIT(t, succeeds, &self->own->c);
	trail_mark(self->own, 'u');
	AIOT_SLEEP_MS(t, 1);
	trail_mark(self->own, 'v');
	AIOT_END(t);
}

static enum aiot_co cleans_deep(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_FAIL(t, -AIOT_EDOM, "the real one");
	AIOT_FINALLY(t);
	AIOT_AWAIT(t, cleanup_2, &self->a);
	trail_mark(self, 'w');
	AIOT_END(t);
}
AIOT_SERVICE(deep_cleaner, struct trail, .main = cleans_deep);

static void what_finally_awaits_runs_whole_while_the_task_is_failing(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_deep_cleaner);

	(void)state;
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "suvw");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	fake_close(f);
}

/* ---- forgiven ---- */

static int forgives(struct aiot_task *t, void *self, int code, const char *message)
{
	struct trail *s = self;

	s->code = code;
	(void)aiot_format_to(s->words, sizeof(s->words), "%s", message);
	return aiot_result_text(t, "mended");
}
AIOT_SERVICE(forgiver, struct trail, .main = fails_1, .on_error = forgives);

static void on_error_turns_a_failure_into_its_result(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_forgiver);

	(void)state;
	fake_for(f, FAKE_S);
	assert_int_equal(trail_of(t)->code, -AIOT_EIO);
	assert_string_equal(trail_of(t)->words, "sensor x7 does not answer (3)");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(aiot_outcome_of(&t->entry)->type, AIOT_OUTCOME_TEXT);
	assert_string_equal(aiot_outcome_of(&t->entry)->text, "mended");
	assert_int_equal(fake_logged(f, AIOT_ERROR, ""), 0);
	fake_close(f);
}

/* Where the words found no memory the code is told all the same; where the result has none,
 * on_error returns what aiot_result_text() says, and the failure stays. */
static void on_error_hears_the_code(struct fake *f)
{
	struct aiot_task *t = trail_start(f, &aiot_service_forgiver);

	fake_for(f, FAKE_S);
	assert_int_equal(trail_of(t)->code, -AIOT_EIO);
	if (t->entry.state == AIOT_FAILURE)
		assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EIO: "), 1);
	else
		assert_int_equal(t->entry.state, AIOT_ENDED);
}

static void on_error_hears_the_code_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(on_error_hears_the_code);
}

static int refuses(struct aiot_task *t, void *self, int code, const char *message)
{
	(void)self;
	(void)message;
	assert_int_equal(aiot_result_int(t, 42), 0);
	return code;
}
AIOT_SERVICE(refuser, struct trail, .main = fails_1, .on_error = refuses);

static void on_error_that_does_not_forgive_changes_nothing(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_refuser);

	(void)state;
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(aiot_outcome_of(&t->entry)->type, AIOT_OUTCOME_ERROR);
	assert_int_equal(aiot_outcome_of(&t->entry)->code, -AIOT_EIO);
	fake_close(f);
}

static enum aiot_co fails_wordy(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_FAIL(t, -AIOT_EIO, "%600d", 7);
	AIOT_END(t);
}
AIOT_SERVICE(wordy, struct trail, .main = fails_wordy);

static void words_without_end_are_cut(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_wordy);

	(void)state;
	assert_int_equal(aiot_outcome_of(&t->entry)->text_len, AIOT_SENTENCE_MAX - 1);
	assert_int_equal(strlen(aiot_outcome_of(&t->entry)->text), AIOT_SENTENCE_MAX - 1);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_runs_each_finally_and_tells_each_await),
		cmocka_unit_test(a_failure_before_the_first_await_runs_finally_too),
		cmocka_unit_test(the_first_of_two_failures_is_told_and_no_result_replaces_it),
		cmocka_unit_test(of_a_very_deep_chain_the_innermost_frames_are_told),
		cmocka_unit_test(try_catches_a_failure_with_and_without_memory),
		cmocka_unit_test(what_a_child_caught_itself_is_no_failure_of_the_child),
		cmocka_unit_test(a_failure_is_caught_whole_although_its_finally_awaited),
		cmocka_unit_test(a_try_inside_finally_does_not_swallow_it_with_and_without_memory),
		cmocka_unit_test(what_finally_awaits_runs_whole_while_the_task_is_failing),
		cmocka_unit_test(on_error_turns_a_failure_into_its_result),
		cmocka_unit_test(on_error_hears_the_code_with_and_without_memory),
		cmocka_unit_test(on_error_that_does_not_forgive_changes_nothing),
		cmocka_unit_test(words_without_end_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
