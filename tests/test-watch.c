/*
 * test-watch.c - watch.c: who is told of a name, however many watch it, come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fake.h"
#include "watch.h"

#define COUNT 8u

static struct fake *f;
static struct aiot_watch watch[COUNT];
static unsigned told[COUNT];

static void note(struct aiot_core *core, struct aiot_watch *w)
{
	assert_ptr_equal(core, &f->core);
	assert_ptr_equal(w->ctx, told);
	told[w - watch]++;
}

static int open_stage(void **state)
{
	(void)state;
	f = fake_open();
	memset(watch, 0, sizeof(watch));
	memset(told, 0, sizeof(told));
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	fake_close(f);
	return 0;
}

static void begin(unsigned i, const char *name)
{
	watch[i].fn = note;
	watch[i].ctx = told;
	aiot_watch_add(&f->core, &watch[i], name);
}

static void end(unsigned i)
{
	aiot_watch_remove(&f->core, &watch[i]);
}

static void only_who_watches_a_name_is_told(void **state)
{
	(void)state;
	aiot_watch_tell(&f->core, "a"); /* nobody */
	assert_false(aiot_watched(&f->core, "a"));
	begin(0, "a");
	begin(1, "ab");
	begin(2, "a");
	assert_true(aiot_watched(&f->core, "a"));
	assert_false(aiot_watched(&f->core, "abc"));
	aiot_watch_tell(&f->core, "a");
	aiot_watch_tell(&f->core, "abc");
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 0);
	assert_int_equal(told[2], 1);
	end(0);
	end(1);
	end(2);
	assert_false(aiot_watched(&f->core, "a"));
	aiot_watch_tell(&f->core, "a");
	assert_int_equal(told[0] + told[2], 2);
}

/* Every order in which they may leave is some of these: who is indexed leaves first, last, never.
 */
static void who_stays_is_told_whoever_leaves(void **state)
{
	uint64_t seed = 7;
	unsigned round, i;

	(void)state;
	for (round = 0; round < 2000; round++) {
		bool here[COUNT] = {false};

		memset(told, 0, sizeof(told));
		for (i = 0; i < 40; i++) {
			unsigned n = fake_random(&seed) % COUNT;

			if (here[n])
				end(n);
			else
				begin(n, "same");
			here[n] = !here[n];
		}
		aiot_watch_tell(&f->core, "same");
		for (i = 0; i < COUNT; i++) {
			assert_int_equal(told[i], here[i]);
			if (here[i])
				end(i);
		}
		assert_false(aiot_watched(&f->core, "same"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_who_watches_a_name_is_told, open_stage,
						close_stage),
		cmocka_unit_test_setup_teardown(who_stays_is_told_whoever_leaves, open_stage,
						close_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
