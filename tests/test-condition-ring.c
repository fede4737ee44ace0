/*
 * test-condition-ring.c - tasks that wait for each other are found when the last of them is made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "when-stage.h"

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, runs);
	(*runs)++;
	AIOT_END(t);
}
AIOT_SERVICE(job, uint32_t, .main = works);

static struct aiot_entry *task(const char *name)
{
	return add(&aiot_service_job, name);
}

static void assert_refused(struct aiot_entry *e, const char *text, const char *words)
{
	assert_int_equal(try_when(e, text), -AIOT_EINVAL);
	assert_string_equal(sentence, words);
}

static void two_that_wait_for_each_other_never_ran_and_nobody_said_why(void **state)
{
	struct aiot_entry *a = task("a"), *b = task("b");

	(void)state;
	when(a, "after task 'b'");
	assert_refused(
		b, "after task 'a'",
		"When: none of these would ever be the first to run: 'b' waits for 'a', that "
		"for 'b'");
	assert_null(aiot_entry_schedule(b));
	assert_refused(
		b, "daily & after task 'a' failed",
		"When: none of these would ever be the first to run: 'b' waits for 'a', that "
		"for 'b'");
}

static void a_task_that_waits_for_itself(void **state)
{
	struct aiot_entry *a = task("a"), *s = task("s.service");

	(void)state;
	assert_refused(a, "after task 'a'", "When: 'a' waits for itself, so it would never run");
	assert_refused(s, "after task 's'",
		       "When: 's.service' waits for itself, so it would never run");
	assert_refused(s, "after task 's.service' & daily",
		       "When: 's.service' waits for itself, so it would never run");
}

static void the_whole_ring_is_named(void **state)
{
	struct aiot_entry *a = task("a"), *b = task("b.service"), *c = task("c"), *d = task("d");

	(void)state;
	when(a, "after tasks 'd', 'b'"); /* d leads nowhere */
	when(d, "daily");
	when(b, "after task 'c' finished & ~has failed today");
	assert_refused(
		c, "after any tasks 'a' | after task 'a' failed",
		"When: none of these would ever be the first to run: 'c' waits for 'a', that "
		"for 'b.service', that for 'c'");
}

static void a_ring_with_a_way_in_is_none(void **state)
{
	struct aiot_entry *a = task("a"), *b = task("b"), *c = task("c");

	(void)state;
	when(a, "daily | after task 'b'");
	when(b, "after task 'a'");
	fake_for(f, FAKE_S);
	assert_true(a->runs >= 1);
	assert_true(b->runs >= 1);
	when(a, "false");
	when(b, "after any tasks 'a', 'c'"); /* one of them is enough */
	when(c, "after any tasks 'a', 'b'");
	when(a, "~after task 'a'");
}

static void a_condition_is_judged_without_the_one_that_it_replaces(void **state)
{
	struct aiot_entry *a = task("a"), *b = task("b");

	(void)state;
	when(a, "after task 'b'");
	when(a, "daily");
	when(b, "after task 'a'");
	assert_refused(
		a, "after task 'b'",
		"When: none of these would ever be the first to run: 'a' waits for 'b', that "
		"for 'a'");
	when(b, "daily");
	when(a, "after task 'b'");
}

/* Each layer waits for both of the one before: 2^20 ways through, 40 conditions. */
static void what_many_ways_lead_to_is_looked_at_once(void **state)
{
	char name[2][8], text[64];
	struct aiot_entry *first = task("a0"), *e = NULL;
	unsigned i;

	(void)state;
	(void)task("b0");
	for (i = 1; i <= 20; i++) {
		(void)aiot_format_to(text, sizeof(text), "after tasks 'a%u', 'b%u'", i - 1, i - 1);
		(void)aiot_format_to(name[0], sizeof(name[0]), "a%u", i);
		(void)aiot_format_to(name[1], sizeof(name[1]), "b%u", i);
		when(task(name[0]), text);
		e = task(name[1]);
		when(e, text);
	}
	assert_int_equal(try_when(first, "after task 'b20'"), -AIOT_EINVAL);
	assert_non_null(strstr(sentence, "'a0' waits for 'b20', that for 'a19', that for 'a18'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_that_wait_for_each_other_never_ran_and_nobody_said_why),
		T(a_task_that_waits_for_itself),
		T(the_whole_ring_is_named),
		T(a_ring_with_a_way_in_is_none),
		T(a_condition_is_judged_without_the_one_that_it_replaces),
		T(what_many_ways_lead_to_is_looked_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
