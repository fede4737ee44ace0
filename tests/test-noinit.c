/*
 * test-noinit.c - lib/mcu/noinit.c: what the next start is told, whatever the memory holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "noinit.h"

static struct aiot_ring ring;

static int power_on(void **state)
{
	(void)state;
	memset(&aiot_noinit, 0, sizeof(aiot_noinit));
	return 0;
}

static struct aiot_start start(void)
{
	struct aiot_start s;

	memset(&s, 0xa5, sizeof(s));
	memset(&ring, 0xa5, sizeof(ring));
	aiot_noinit_begin(&s, &ring);
	return s;
}

static void say(const char *text)
{
	(void)aiot_ring_append(&ring, 1, 6, "t", 1, text, strlen(text));
}

static void a_reset_that_nobody_asked_for_is_external(void **state)
{
	struct aiot_start s = start();

	(void)state;
	assert_int_equal(s.reset, AIOT_RESET_POWER_ON);
	assert_int_equal(s.boots, 1);
	assert_true(s.new_log);
	s = start();
	assert_int_equal(s.reset, AIOT_RESET_EXTERNAL);
	assert_int_equal(s.boots, 2);
	assert_false(s.new_log);
	assert_null(s.fault);
}

static void a_reset_is_told_once(void **state)
{
	(void)state;
	(void)start();
	aiot_noinit_leave(AIOT_RESET_REQUESTED);
	assert_int_equal(start().reset, AIOT_RESET_REQUESTED);
	assert_int_equal(start().reset, AIOT_RESET_EXTERNAL);
}

static void a_fault_is_told_with_who_and_where(void **state)
{
	struct aiot_start s;

	(void)state;
	(void)start();
	aiot_noinit_leave_fault(AIOT_RESET_FAULT, "hard fault", 0x1234, 0x5678);
	aiot_noinit_blame("hello.service", "services.d/hello.c", 17);
	s = start();
	assert_int_equal(s.reset, AIOT_RESET_FAULT);
	assert_non_null(s.fault);
	assert_string_equal(s.fault->what, "hard fault");
	assert_string_equal(s.fault->task, "hello.service");
	assert_string_equal(s.fault->file, "services.d/hello.c");
	assert_int_equal(s.fault->line, 17);
	assert_int_equal(s.fault->pc, 0x1234);
	assert_int_equal(s.fault->lr, 0x5678);
	assert_null(start().fault);
}

static void a_fault_outside_of_tasks_blames_nobody(void **state)
{
	struct aiot_start s;

	(void)state;
	(void)start();
	aiot_noinit_leave_fault(AIOT_RESET_WATCHDOG, NULL, 0, 0);
	aiot_noinit_blame("an old one", "old.c", 1);
	(void)start();
	aiot_noinit_leave_fault(AIOT_RESET_WATCHDOG, "watchdog", 1, 2);
	s = start();
	assert_int_equal(s.reset, AIOT_RESET_WATCHDOG);
	assert_string_equal(s.fault->task, "");
	assert_string_equal(s.fault->file, "");
	assert_int_equal(s.fault->line, 0);
}

static void an_assertions_place_is_better_than_the_steps(void **state)
{
	struct aiot_start s;

	(void)state;
	(void)start();
	aiot_noinit_leave_fault(AIOT_RESET_FAULT, "x > 0", 1, 2);
	aiot_noinit_blame("t", "step.c", 3);
	aiot_noinit_assertion("lib/core/exec.c", 99);
	s = start();
	assert_string_equal(s.fault->task, "t");
	assert_string_equal(s.fault->file, "lib/core/exec.c");
	assert_int_equal(s.fault->line, 99);
}

/* A run's end: in a step of that task, soon after the start. */
static struct aiot_start fault_early(uint32_t number)
{
	aiot_noinit_leave_fault(AIOT_RESET_FAULT, "hard fault", 1, 2);
	aiot_noinit_early(number);
	return start();
}

static void a_task_that_ends_every_run_is_held(void **state)
{
	unsigned i;

	(void)state;
	(void)start();
	for (i = 0; i < AIOT_FAULTS_MAX; i++) {
		assert_false(aiot_noinit_holds(2));
		assert_non_null(fault_early(2).fault);
	}
	assert_true(aiot_noinit_holds(2));
	assert_false(aiot_noinit_holds(1));
	assert_false(aiot_noinit_holds(3));
	for (i = 0; i < AIOT_FAULTS_MAX; i++)
		(void)fault_early(32);
	assert_true(aiot_noinit_holds(2)); /* it is not let go because of another one */
	assert_true(aiot_noinit_holds(32));
	aiot_noinit_leave(AIOT_RESET_REQUESTED);
	(void)start();
	assert_false(aiot_noinit_holds(2));
	assert_false(aiot_noinit_holds(32));
	(void)fault_early(2);
	assert_false(aiot_noinit_holds(2));
}

static void only_early_faults_of_one_task_in_a_row_count(void **state)
{
	unsigned i;

	(void)state;
	(void)start();
	for (i = 0; i < 3 * AIOT_FAULTS_MAX; i++) {
		(void)fault_early(1 + i % 2);
		assert_false(aiot_noinit_holds(1) || aiot_noinit_holds(2));
	}
	for (i = 0; i < 2 * AIOT_FAULTS_MAX; i++) {
		aiot_noinit_leave_fault(AIOT_RESET_WATCHDOG, "watchdog", 1, 2);
		aiot_noinit_blame("t", NULL, 0);
		(void)start();
		(void)fault_early(33); /* no bit for it */
	}
	for (i = 0; i < 34; i++)
		assert_false(aiot_noinit_holds(i));
	for (i = 1; i < AIOT_FAULTS_MAX; i++)
		(void)fault_early(1);
	(void)start(); /* somebody pressed reset */
	(void)fault_early(1);
	assert_false(aiot_noinit_holds(1));
}

static void long_texts_are_cut_where_it_hurts_least(void **state)
{
	char longest[200];
	struct aiot_start s;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[0] = '<';
	longest[sizeof(longest) - 2] = '>';
	longest[sizeof(longest) - 1] = '\0';
	(void)start();
	aiot_noinit_leave_fault(AIOT_RESET_FAULT, longest, 1, 2);
	aiot_noinit_blame(longest, longest, 3);
	s = start();
	assert_int_equal(strlen(s.fault->what), sizeof(s.fault->what) - 1);
	assert_int_equal(strlen(s.fault->task), sizeof(s.fault->task) - 1);
	assert_int_equal(strlen(s.fault->file), sizeof(s.fault->file) - 1);
	assert_int_equal(s.fault->what[0], '<');
	assert_int_equal(s.fault->task[0], '<');
	assert_int_equal(s.fault->file[strlen(s.fault->file) - 1], '>');
}

static void the_log_goes_on_behind_a_reset(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	uint64_t next;

	(void)state;
	(void)start();
	say("one");
	say("two");
	next = ring.next_seq;
	assert_int_equal(start().lost, 0);
	assert_true(ring.next_seq == next);
	say("three");
	aiot_ring_oldest(&ring, &cursor);
	assert_true(aiot_ring_next(&ring, &cursor, &record, NULL));
	assert_memory_equal(record.text, "one", 3);
}

static void every_changed_bit_of_the_head_is_power_on(void **state)
{
	size_t bytes = offsetof(struct aiot_noinit, check) + sizeof(aiot_noinit.check), i;
	struct aiot_noinit *good = malloc(sizeof(*good));
	unsigned bit;

	(void)state;
	assert_non_null(good);
	(void)start();
	say("kept");
	aiot_noinit_leave_fault(AIOT_RESET_FAULT, "hard fault", 0x1234, 0x5678);
	memcpy(good, &aiot_noinit, sizeof(*good));
	for (i = 0; i < bytes; i++) {
		for (bit = 0; bit < 8; bit++) {
			struct aiot_start s;

			memcpy(&aiot_noinit, good, sizeof(*good));
			((unsigned char *)&aiot_noinit)[i] ^= (unsigned char)(1u << bit);
			s = start();
			assert_int_equal(s.reset, AIOT_RESET_POWER_ON);
			assert_int_equal(s.boots, 1);
			assert_null(s.fault);
			assert_false(s.new_log); /* that has check sums of its own */
		}
	}
	free(good);
}

static void garbage_is_power_on_with_a_new_log(void **state)
{
	unsigned char *byte = (unsigned char *)&aiot_noinit;
	unsigned round;
	size_t i;

	(void)state;
	srand(1);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < sizeof(aiot_noinit); i++)
			byte[i] = (unsigned char)rand();
		assert_int_equal(start().reset, AIOT_RESET_POWER_ON);
		say("works");
		assert_int_equal(start().reset, AIOT_RESET_EXTERNAL);
	}
}

static void every_reset_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(aiot_reset_word(AIOT_RESET_POWER_ON), "power-on");
	assert_string_equal(aiot_reset_word(AIOT_RESET_EXTERNAL), "external");
	assert_string_equal(aiot_reset_word(AIOT_RESET_REQUESTED), "requested");
	assert_string_equal(aiot_reset_word(AIOT_RESET_FAULT), "fault");
	assert_string_equal(aiot_reset_word(AIOT_RESET_WATCHDOG), "watchdog");
	assert_string_equal(aiot_reset_word((enum aiot_reset)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_reset_that_nobody_asked_for_is_external, power_on),
		cmocka_unit_test_setup(a_reset_is_told_once, power_on),
		cmocka_unit_test_setup(a_fault_is_told_with_who_and_where, power_on),
		cmocka_unit_test_setup(a_fault_outside_of_tasks_blames_nobody, power_on),
		cmocka_unit_test_setup(an_assertions_place_is_better_than_the_steps, power_on),
		cmocka_unit_test_setup(a_task_that_ends_every_run_is_held, power_on),
		cmocka_unit_test_setup(only_early_faults_of_one_task_in_a_row_count, power_on),
		cmocka_unit_test_setup(long_texts_are_cut_where_it_hurts_least, power_on),
		cmocka_unit_test_setup(the_log_goes_on_behind_a_reset, power_on),
		cmocka_unit_test_setup(every_changed_bit_of_the_head_is_power_on, power_on),
		cmocka_unit_test_setup(garbage_is_power_on_with_a_new_log, power_on),
		cmocka_unit_test(every_reset_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
