/*
 * test-account.c - the time that a step takes goes to its task, and to no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

static enum aiot_co works_long(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	fake_pass((struct fake *)self->core->ctx, 5 * FAKE_S);
	AIOT_SLEEP_MS(t, 1000);
	AIOT_END(t);
}
AIOT_SERVICE(worker, struct trail, .main = works_long);

static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'a');
	AIOT_SLEEP_MS(t, 1500);
	trail_mark(self, 'b');
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct trail, .main = sleeps);

static enum aiot_co yields(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_YIELD(t);
	AIOT_END(t);
}
AIOT_SERVICE(yielder, struct trail, .main = yields);

static void the_time_of_a_step_goes_to_its_task_and_names_its_line(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_worker, "t");
	struct aiot_task *other = trail_add(f, &aiot_service_yielder, "u");

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_int_equal(aiot_core_start(&f->core, &other->entry), 0);
	fake_idle(f);
	assert_true(t->entry.cpu_ns == 5 * FAKE_S);
	assert_int_equal(t->entry.longest_us, 5000000);
	assert_null(t->entry.longest_site); /* the first step: from the start of its function */
	assert_true(other->entry.cpu_ns == 0);
	assert_int_equal(other->entry.longest_us, 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_int_equal(t->entry.longest_us, 0); /* its line belongs to the run before */
	assert_true(t->entry.cpu_ns == 5 * FAKE_S);
	fake_close(f);
}

static void changes_slowly(void *ctx, struct aiot_entry *entry)
{
	(void)entry;
	fake_pass(ctx, 2 * FAKE_S);
}

static void the_time_of_the_owners_hooks_goes_to_no_task(void **state)
{
	struct fake *f = fake_open();
	struct aiot_core_ops ops = *f->core.ops;
	struct aiot_task *t[3];
	unsigned i;

	(void)state;
	ops.changed = changes_slowly;
	f->core.ops = &ops;
	for (i = 0; i < 3; i++) {
		const char name[2] = {(char)('a' + i), '\0'};

		t[i] = trail_add(f, i == 1 ? &aiot_service_sleeper : &aiot_service_yielder, name);
		assert_int_equal(aiot_core_start(&f->core, &t[i]->entry), 0);
	}
	fake_idle(f);
	for (i = 0; i < 3; i++)
		assert_true(t[i]->entry.cpu_ns == 0);
	fake_close(f);
}

static void tells_late(struct aiot_task *t, void *self)
{
	fake_pass((struct fake *)trail_of(t)->core->ctx, 3 * FAKE_S);
	trail_mark(self, 's');
}
AIOT_SERVICE(late, struct trail, .main = sleeps, .on_stop = tells_late);

static void the_time_of_on_stop_goes_to_its_own_task(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_late);
	struct aiot_task *other = trail_add(f, &aiot_service_yielder, "u");

	(void)state;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(aiot_core_start(&f->core, &other->entry), 0);
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "as");
	assert_true(t->entry.cpu_ns == 3 * FAKE_S);
	assert_true(other->entry.cpu_ns == 0);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_of_a_step_goes_to_its_task_and_names_its_line),
		cmocka_unit_test(the_time_of_the_owners_hooks_goes_to_no_task),
		cmocka_unit_test(the_time_of_on_stop_goes_to_its_own_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
