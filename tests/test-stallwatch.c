/*
 * test-stallwatch.c - who blocks a loop, and what is not blocking: looks on a clock of the test's,
 * and the thread on blocks that the test writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account.h"
#include "fake.h"
#include "stallwatch.h"
#include "timetext.h"

#define MS AIOT_NS_PER_MS
#define LONGEST (250 * MS)

static const struct aiot_stall_limits limits = {.warn_ms = 1000, .abort_ms = 3000};

/* A step "t" that began at that time. */
static struct aiot_stall step(uint64_t number, uint64_t start_ns)
{
	return (struct aiot_stall){
		.name_len = 1, .name = "t", .step = number, .start_ns = start_ns};
}

static const struct aiot_stall idle;

static enum aiot_stall_event look(struct aiot_stall_view *v, struct aiot_stall now, uint64_t now_ns)
{
	static const struct aiot_stall_usage usage;

	return aiot_stall_look(v, &now, now_ns, &usage, LONGEST, limits);
}

static void a_step_that_takes_long_is_told_once_and_at_its_end(void **state)
{
	struct aiot_stall_view v = {{0}};
	uint64_t ns = 5000 * MS, began = 0, i;

	(void)state;
	assert_int_equal(look(&v, idle, ns), AIOT_STALL_NOTHING);
	for (i = 0; i < 20; i++) {
		enum aiot_stall_event event = look(&v, step(7, 5010 * MS), ns += 125 * MS);

		if (event == AIOT_STALL_BEGAN)
			began = ns;
		else
			assert_int_equal(event, AIOT_STALL_NOTHING);
	}
	assert_in_range(began, 6010 * MS, 6135 * MS);
	ns += 125 * MS;
	assert_int_equal(look(&v, step(8, ns - 10 * MS), ns), AIOT_STALL_ENDED);
	assert_int_equal(v.what.step, 7);
	assert_in_range(v.lasted_ns, 2400 * MS, 2500 * MS);
	assert_int_equal(look(&v, step(8, ns - 10 * MS), ns), AIOT_STALL_NOTHING);
	assert_int_equal(v.what.step, 8);
}

static void many_short_steps_are_none_that_blocks(void **state)
{
	struct aiot_stall_view v = {{0}};
	uint64_t ns = 5000 * MS, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		ns += 125 * MS;
		assert_int_equal(look(&v, step(i, ns - 100 * MS), ns), AIOT_STALL_NOTHING);
	}
}

/* Of the same step number, for a hook is none: only its beginning tells them apart. */
static void hooks_in_a_row_are_each_their_own(void **state)
{
	struct aiot_stall_view v = {{0}};
	struct aiot_stall hook = step(3, 0);
	uint64_t ns = 5000 * MS, i;

	(void)state;
	hook.doing = "in its init";
	for (i = 0; i < 100; i++) {
		ns += 200 * MS;
		hook.start_ns = ns - 150 * MS;
		assert_int_equal(look(&v, hook, ns), AIOT_STALL_NOTHING);
	}
}

static void a_time_in_which_nobody_ran_is_not_the_step_s(void **state)
{
	struct aiot_stall_view v = {{0}};
	uint64_t ns = 5000 * MS, hour = 3600000 * MS;

	(void)state;
	assert_int_equal(look(&v, step(1, ns), ns), AIOT_STALL_NOTHING);
	assert_int_equal(look(&v, step(1, ns), ns + hour), AIOT_STALL_NOTHING); /* suspended */
	assert_true(v.lasted_ns <= LONGEST);
	v = (struct aiot_stall_view){{0}};
	assert_int_equal(look(&v, step(2, ns), ns + hour), AIOT_STALL_NOTHING);
	assert_true(v.lasted_ns == 0);
}

static void a_step_that_does_not_end_is_fatal_once(void **state)
{
	struct aiot_stall_view v = {{0}};
	uint64_t ns = 5000 * MS, fatal = 0, i;

	(void)state;
	for (i = 0; i < 100; i++) {
		if (look(&v, step(1, 5000 * MS), ns += 125 * MS) != AIOT_STALL_FATAL)
			continue;
		assert_true(fatal == 0);
		fatal = ns;
	}
	assert_in_range(fatal, 8000 * MS, 8130 * MS);
}

/* On a machine with too much to do: it spins, in a third of the time. */
static void a_step_that_is_short_of_processor_time_is_ended_all_the_same(void **state)
{
	struct aiot_stall_view v = {{0}};
	struct aiot_stall_usage usage = {0};
	struct aiot_stall now = step(1, 5000 * MS);
	uint64_t ns = 5000 * MS, fatal = 0, i;

	(void)state;
	for (i = 0; i < 400; i++) {
		ns += 30 * MS;
		usage.cpu_ns += 10 * MS;
		usage.delay_ns += 20 * MS;
		if (aiot_stall_look(&v, &now, ns, &usage, LONGEST, limits) != AIOT_STALL_FATAL)
			continue;
		assert_true(fatal == 0);
		fatal = ns;
	}
	assert_in_range(fatal, 13900 * MS, 14100 * MS);
}

static void where_the_time_went_is_told(void **state)
{
	struct aiot_stall_view v = {.lasted_ns = 1000 * MS};

	(void)state;
	assert_string_equal(aiot_stall_manner(&v), "waits in the kernel");
	v.cpu_ns = 990 * MS;
	assert_string_equal(aiot_stall_manner(&v), "spins");
	v.cpu_ns = 300 * MS;
	assert_string_equal(aiot_stall_manner(&v), "");
	v.delay_ns = 600 * MS;
	assert_string_equal(aiot_stall_manner(&v), "is short of processor time");
}

/* ---- the thread ---- */

struct told {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned began, ended;
	/* on that thread: end the first one without limits, and have limits when that is told */
	void (*also)(struct told *told, enum aiot_stall_event event);
	struct aiot_stallwatch *watch;
	struct aiot_core *core;
	struct aiot_stall was;
	char name[AIOT_NAME_MAX + 1], file[64];
};

static void tell(void *arg, enum aiot_stall_event event, const struct aiot_stall_view *view)
{
	struct told *told = arg;

	if (told->also != NULL)
		told->also(told, event);
	(void)pthread_mutex_lock(&told->lock);
	told->began += event == AIOT_STALL_BEGAN;
	told->ended += event == AIOT_STALL_ENDED;
	memcpy(told->name, view->what.name, view->what.name_len);
	(void)aiot_format_to(told->file, sizeof(told->file), "%s", view->site.file);
	(void)pthread_cond_signal(&told->changed);
	(void)pthread_mutex_unlock(&told->lock);
}

static void wait_for(struct told *told, const unsigned *count, unsigned least)
{
	(void)pthread_mutex_lock(&told->lock);
	while (*count < least)
		(void)pthread_cond_wait(&told->changed, &told->lock);
	(void)pthread_mutex_unlock(&told->lock);
}

/* A real loop's block, with the writer's own functions: what a race detector is to look at. */
static void the_thread_tells_of_a_block_that_does_not_change(void **state)
{
	static const struct aiot_site site = {"fn", "file.c", 3};
	struct fake *f = fake_open();
	struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct aiot_stallwatch w = {.stall = &f->stall, .tell = tell, .arg = &told};
	struct aiot_stall was;
	unsigned i;

	(void)state;
	assert_int_equal(aiot_stallwatch_start(&w, (struct aiot_stall_limits){0}), 0);
	for (i = 0; i < 1000; i++) {
		aiot_account_enter(&f->core, "quick", "in a test", &was);
		aiot_account_leave(&f->core, &was);
	}
	aiot_account_enter(&f->core, "slow.service", "in a test", &was);
	f->stall.site = &site;
	aiot_stallwatch_limit(&w, (struct aiot_stall_limits){.warn_ms = 40});
	wait_for(&told, &told.began, 1);
	aiot_account_leave(&f->core, &was);
	wait_for(&told, &told.ended, 1);
	aiot_stallwatch_stop(&w);
	assert_string_equal(told.name, "slow.service");
	assert_string_equal(told.file, "file.c");
	assert_int_equal(told.began, 1);
	assert_int_equal(told.ended, 1);
	aiot_stallwatch_stop(&w); /* twice is fine */
	fake_close(f);
}

/* aiot_stallwatch_limit() is the loop's. */
static void set_limits(struct aiot_stallwatch *w, struct aiot_stall_limits to)
{
	(void)pthread_mutex_lock(&w->lock);
	w->limits = to;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

static void end_without_limits(struct told *told, enum aiot_stall_event event)
{
	struct aiot_stall_limits some = {.warn_ms = 40}, none = {0};

	if (event == AIOT_STALL_BEGAN && told->began == 0) {
		aiot_account_leave(told->core, &told->was);
		set_limits(told->watch, none);
	} else if (event == AIOT_STALL_ENDED && told->ended == 0) {
		set_limits(told->watch, some);
	}
}

/* It is about to wait for some, since it had none. */
static void limits_that_come_while_the_thread_tells_something_are_seen(void **state)
{
	struct fake *f = fake_open();
	struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct aiot_stallwatch w = {.stall = &f->stall, .tell = tell, .arg = &told};

	(void)state;
	told.also = end_without_limits;
	told.watch = &w;
	told.core = &f->core;
	aiot_account_enter(&f->core, "slow.service", "in a test", &told.was);
	assert_int_equal(aiot_stallwatch_start(&w, (struct aiot_stall_limits){.warn_ms = 40}), 0);
	wait_for(&told, &told.ended, 1);
	aiot_account_enter(&f->core, "slow.service", "in a test", &told.was);
	wait_for(&told, &told.began, 2);
	aiot_stallwatch_stop(&w);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_that_come_while_the_thread_tells_something_are_seen),
		cmocka_unit_test(a_step_that_is_short_of_processor_time_is_ended_all_the_same),
		cmocka_unit_test(a_step_that_takes_long_is_told_once_and_at_its_end),
		cmocka_unit_test(many_short_steps_are_none_that_blocks),
		cmocka_unit_test(hooks_in_a_row_are_each_their_own),
		cmocka_unit_test(a_time_in_which_nobody_ran_is_not_the_step_s),
		cmocka_unit_test(a_step_that_does_not_end_is_fatal_once),
		cmocka_unit_test(where_the_time_went_is_told),
		cmocka_unit_test(the_thread_tells_of_a_block_that_does_not_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
