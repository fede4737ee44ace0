/*
 * test-task-misuse.c - services that use the API wrongly: each is named and fails, none hangs, and
 * everybody else goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

static void check_misuse(const struct fake *f, const struct aiot_task *t, const char *what)
{
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(t->entry.fail, AIOT_EINVAL);
	assert_int_equal(t->entry.run_flags, 0);
	assert_null(t->timer.link.next);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EINVAL: "), 1);
	if (f->failed_takes == 0) {
		assert_int_equal(aiot_outcome_of(&t->entry)->code, -AIOT_EINVAL);
		assert_non_null(strstr(aiot_outcome_of(&t->entry)->text, what));
	}
}

static void run_misuse(const struct aiot_service *service, const char *letters, const char *what)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, service);

	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, letters);
	check_misuse(f, t, what);
	fake_close(f);
}

/* ---- two waits ---- */

static enum aiot_co sleeps_and_yields(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	aiot_sleep_ms_(t, 3600000);
	AIOT_YIELD(t);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	AIOT_SLEEP_MS(t, 10); /* not the hour that is still armed */
	trail_mark(self, 'g');
	AIOT_END(t);
}
AIOT_SERVICE(two_waits, struct trail, .main = sleeps_and_yields);

static enum aiot_co yields_and_sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	aiot_yield_(t);
	AIOT_SLEEP_MS(t, 3600000);
	trail_mark(self, '!');
	AIOT_END(t);
}
AIOT_SERVICE(two_waits_2, struct trail, .main = yields_and_sleeps);

static enum aiot_co child(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	trail_mark(self->own, 'c');
	AIOT_SLEEP_MS(t, 10);
	trail_mark(self->own, 'd');
	AIOT_END(t);
}

static enum aiot_co sleeps_and_awaits(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	aiot_sleep_ms_(t, 10);
	AIOT_AWAIT(t, child, &self->a);
	trail_mark(self, '!');
	AIOT_END(t);
}
AIOT_SERVICE(two_waits_3, struct trail, .main = sleeps_and_awaits);

static void two_waits_at_a_time_are_refused(void **state)
{
	(void)state;
	run_misuse(&aiot_service_two_waits, "fg", "two waits at the same time");
	run_misuse(&aiot_service_two_waits_2, "", "two waits at the same time");
	run_misuse(&aiot_service_two_waits_3, "", "two waits at the same time");
}

/* Returned with a wait armed that nobody waits for: it must not wake the task later. */
static enum aiot_co arms_and_ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	aiot_sleep_ms_(t, 3600000);
	AIOT_END(t);
}

static enum aiot_co awaits_an_armer(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_AWAIT(t, arms_and_ends, &self->a);
	AIOT_SLEEP_MS(t, 10);
	trail_mark(self, 'a');
	aiot_yield_(t);
	AIOT_END(t);
}
AIOT_SERVICE(armer, struct trail, .main = awaits_an_armer);

static void a_wait_that_was_armed_and_not_waited_for_is_void(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_armer);

	(void)state;
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "a");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	fake_close(f);
}

/* ---- its own frame ---- */

static enum aiot_co awaits_itself(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_AWAIT(t, awaits_itself, self);
	trail_mark(self->own, '!');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'f');
	AIOT_END(t);
}

static enum aiot_co awaits_a_loop(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_TRY(t, awaits_itself, &self->a);
	trail_mark(self, 'c');
	AIOT_SLEEP_MS(t, 1);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'g');
	AIOT_END(t);
}
AIOT_SERVICE(loop, struct trail, .main = awaits_a_loop);

static void awaiting_the_own_frame_fails_and_try_does_not_save_it(void **state)
{
	(void)state;
	run_misuse(&aiot_service_loop, "fcg", "awaits the frame it runs in");
}

/* ---- inside FINALLY ---- */

static enum aiot_co misuses_finally(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_FINALLY(t);
	trail_mark(self->own, 'f');
	AIOT_AWAIT(t, misuses_finally, self);
	trail_mark(self->own, '!');
	AIOT_END(t);
}

static enum aiot_co awaits_a_misuser(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_AWAIT(t, misuses_finally, &self->a);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'g');
	AIOT_AWAIT(t, child, &self->b);
	trail_mark(self, 'h');
	AIOT_END(t);
}
AIOT_SERVICE(final_misuser, struct trail, .main = awaits_a_misuser);

static void wrong_use_inside_finally_does_not_hang(void **state)
{
	(void)state;
	run_misuse(&aiot_service_final_misuser, "fgcdh", "awaits the frame it runs in");
}

static enum aiot_co cleans_badly(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_FAIL(t, -AIOT_EIO, "first");
	AIOT_FINALLY(t);
	AIOT_AWAIT(t, awaits_itself, &self->a);
	trail_mark(self, 'r');
	AIOT_AWAIT(t, child, &self->b);
	trail_mark(self, 's');
	AIOT_END(t);
}
AIOT_SERVICE(bad_cleaner, struct trail, .main = cleans_badly);

static void wrong_use_in_one_part_of_a_cleanup_leaves_the_other_parts(void **state)
{
	(void)state;
	run_misuse(&aiot_service_bad_cleaner, "frcds", "awaits the frame it runs in");
}

/* ---- at the wrong time ---- */

static void a_wait_from_outside_fails_the_task_and_arms_nothing(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_armer, "t");

	(void)state;
	aiot_yield_(t); /* not even started: told, and forgotten at the start */
	assert_true(fake_run(f) == AIOT_CORE_NEVER);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	aiot_sleep_ms_(t, 1);
	aiot_await_(t, &trail_of(t)->b.co, child, 0);
	assert_ptr_equal(t->top, &t->root);
	fake_for(f, FAKE_S);
	check_misuse(f, t, "called while the task was not running");
	fake_close(f);
}

static void waits_in_hook(struct aiot_task *t, void *self)
{
	aiot_yield_(t);
	aiot_sleep_ms_(t, 1);
	aiot_await_(t, &((struct trail *)self)->b.co, child, 0);
}

static int waits_in_on_error(struct aiot_task *t, void *self, int code, const char *message)
{
	(void)code;
	(void)message;
	waits_in_hook(t, self);
	return 0;
}

static int waits_in_init(struct aiot_task *t, void *self)
{
	waits_in_hook(t, self);
	return 0;
}

static enum aiot_co fails_plainly(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_FAIL(t, -AIOT_EIO, "plainly");
	AIOT_END(t);
}
AIOT_SERVICE(stop_waiter, struct trail, .main = awaits_an_armer, .on_stop = waits_in_hook);
AIOT_SERVICE(error_waiter, struct trail, .main = fails_plainly, .on_error = waits_in_on_error);
AIOT_SERVICE(init_waiter, struct trail, .main = awaits_an_armer, .init = waits_in_init);

static void a_wait_in_on_stop_or_on_error_is_refused(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_stop_waiter);

	(void)state;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_HOUR);
	check_misuse(f, t, "a wait in init, on_stop or on_error");
	fake_close(f);
	run_misuse(&aiot_service_error_waiter, "", "a wait in init, on_stop or on_error");
}

static void a_wait_in_init_makes_the_load_fail(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_init_waiter, NULL);
	struct aiot_task *t = NULL;

	(void)state;
	assert_int_equal(fake_try_add(f, k, "t", AIOT_RAISE, &t), 0);
	assert_int_equal(aiot_task_init_service(&f->core, t), -AIOT_EINVAL);
	assert_non_null(strstr(aiot_outcome_of(&t->entry)->text, "a wait in init"));
	assert_null(t->timer.link.next);
	assert_int_equal(t->entry.run_flags, 0);
	assert_true(fake_run(f) == AIOT_CORE_NEVER);
	fake_close(f);
}

/* ---- resumed where nothing is ---- */

static enum aiot_co naps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_SLEEP_MS(t, 10);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	AIOT_END(t);
}
AIOT_SERVICE(napper, struct trail, .main = naps);

static void a_bad_resume_line_fails_naming_function_and_line(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_napper);

	(void)state;
	t->top->at = 99999;
	fake_for(f, FAKE_S);
	check_misuse(f, t, "naps() cannot be resumed at line 99999");
	assert_string_equal(trail_of(t)->letters, "f");
	fake_close(f);
}

static enum aiot_co returns_nonsense(struct aiot_task *t)
{
	trail_mark(trail_of(t), 'n');
	return (enum aiot_co)77;
}
AIOT_SERVICE(nonsense, struct trail, .main = returns_nonsense);

static enum aiot_co returns_failed(struct aiot_task *t)
{
	trail_mark(trail_of(t), 'n');
	return AIOT_FAILED;
}
AIOT_SERVICE(wordless, struct trail, .main = returns_failed);

static void what_no_macro_returns_fails(void **state)
{
	(void)state;
	run_misuse(&aiot_service_nonsense, "n", "none of enum aiot_co");
	run_misuse(&aiot_service_wordless, "n", "failed without aiot_fail()");
}

/* ---- without memory, and the others ---- */

static void all_misuse(struct fake *f)
{
	static const struct aiot_service *const services[] = {
		&aiot_service_two_waits,     &aiot_service_two_waits_2,	 &aiot_service_loop,
		&aiot_service_final_misuser, &aiot_service_bad_cleaner,	 &aiot_service_nonsense,
		&aiot_service_wordless,	     &aiot_service_error_waiter,
	};
	struct aiot_task *good = trail_start(f, &aiot_service_napper), *t;
	unsigned i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		t = trail_add(f, services[i], services[i]->name);
		assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	}
	fake_for(f, FAKE_S);
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		t = aiot_task_of(aiot_core_find(&f->core, services[i]->name));
		assert_int_equal(t->entry.state, AIOT_FAILURE);
		assert_int_equal(t->entry.fail, AIOT_EINVAL);
	}
	assert_int_equal(good->entry.state, AIOT_ENDED);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EINVAL: "), i);
}

static void the_others_go_on_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(all_misuse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_waits_at_a_time_are_refused),
		cmocka_unit_test(a_wait_that_was_armed_and_not_waited_for_is_void),
		cmocka_unit_test(awaiting_the_own_frame_fails_and_try_does_not_save_it),
		cmocka_unit_test(wrong_use_inside_finally_does_not_hang),
		cmocka_unit_test(wrong_use_in_one_part_of_a_cleanup_leaves_the_other_parts),
		cmocka_unit_test(a_wait_from_outside_fails_the_task_and_arms_nothing),
		cmocka_unit_test(a_wait_in_on_stop_or_on_error_is_refused),
		cmocka_unit_test(a_wait_in_init_makes_the_load_fail),
		cmocka_unit_test(a_bad_resume_line_fails_naming_function_and_line),
		cmocka_unit_test(what_no_macro_returns_fails),
		cmocka_unit_test(the_others_go_on_with_and_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
