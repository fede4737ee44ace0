/*
 * test-sensor.c - services.d/sensor.c: extremes, the alarm and its margin, simulated values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-fake.h"

#include "../services.d/sensor.c"

static struct sensor sensor;
static struct aiot_task task;
static int32_t level;
static int broken; /* what reading returns */
static int64_t result;

int aiot_pin_read(struct aiot_task *t, const char *pin, int32_t *ret_value)
{
	assert_ptr_equal(t, &task);
	assert_string_equal(pin, "a0");
	if (broken < 0)
		return broken;
	*ret_value = level;
	return 0;
}

int aiot_result_int(struct aiot_task *t, int64_t value)
{
	assert_ptr_equal(t, &task);
	result = value;
	return 0;
}

static int sensor_setup(void **state)
{
	(void)state;
	broken = 0;
	result = -1;
	sensor = (struct sensor){.pin = "a0", .every_ms = 2000, .alarm = 100, .margin = 10};
	fake_start(&task, watch, &sensor);
	return 0;
}

static void reads(int32_t value)
{
	level = value;
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_int_equal(task.slept_ms, 2000);
}

static void extremes_are_kept_and_the_last_value_is_the_result(void **state)
{
	(void)state;
	reads(-5);
	assert_true(sensor.lowest == -5 && sensor.highest == -5);
	reads(7);
	reads(3);
	assert_true(sensor.lowest == -5 && sensor.highest == 7 && sensor.value == 3);
	assert_int_equal(sensor.readings, 3);
	leave_result(&task, &sensor);
	assert_true(result == 3);
}

static void without_a_reading_there_is_no_result(void **state)
{
	(void)state;
	leave_result(&task, &sensor);
	assert_true(result == -1);
}

static void an_alarm_is_told_once_until_it_is_well_over(void **state)
{
	(void)state;
	reads(99);
	assert_int_equal(task.line_count, 0);
	reads(100);
	assert_string_equal(fake_text(&task, 0), "100 is too high, the limit is 100");
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	reads(95);
	assert_int_equal(task.line_count, 0);
	reads(101);
	assert_int_equal(task.line_count, 0);
	reads(90);
	assert_int_equal(task.line_count, 0);
	reads(89);
	assert_string_equal(fake_text(&task, 0), "89 is well below 100 again");
	reads(100);
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_int_equal(sensor.alarms, 2);
}

static void a_margin_as_large_as_can_be_is_no_overflow(void **state)
{
	(void)state;
	sensor.alarm = INT32_MIN + 1;
	sensor.margin = INT32_MAX;
	reads(0);
	assert_int_equal(sensor.alarms, 1);
	reads(INT32_MIN);
	assert_int_equal(sensor.high, 1);
}

static void what_cannot_be_read_fails_the_task(void **state)
{
	(void)state;
	broken = -AIOT_ENOENT;
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "pin 'a0': there is no such input");
	fake_start(&task, watch, &sensor);
	broken = -AIOT_EIO;
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "pin 'a0': it cannot be read");
	assert_int_equal(sensor.readings, 0);
}

static void a_simulated_value_walks_slowly_and_says_so(void **state)
{
	int64_t last = WALK_MAX / 2;
	unsigned i, moved = 0;

	(void)state;
	sensor.pin = "";
	sensor.alarm = INT32_MAX;
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_text(&task, 0), "values are simulated; pin= names a real one");
	assert_true(sensor.value == last);
	for (i = 0; i < 20000; i++) {
		assert_int_equal(fake_step(&task), AIOT_PENDING);
		assert_true(sensor.value >= 0 && sensor.value <= WALK_MAX);
		assert_true(sensor.value - last <= WALK_STEP && last - sensor.value <= WALK_STEP);
		moved += sensor.value != last;
		last = sensor.value;
	}
	assert_true(moved > 10000);
	assert_true(sensor.lowest < WALK_STEP && sensor.highest > WALK_MAX - WALK_STEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(extremes_are_kept_and_the_last_value_is_the_result,
				       sensor_setup),
		cmocka_unit_test_setup(without_a_reading_there_is_no_result, sensor_setup),
		cmocka_unit_test_setup(an_alarm_is_told_once_until_it_is_well_over, sensor_setup),
		cmocka_unit_test_setup(a_margin_as_large_as_can_be_is_no_overflow, sensor_setup),
		cmocka_unit_test_setup(what_cannot_be_read_fails_the_task, sensor_setup),
		cmocka_unit_test_setup(a_simulated_value_walks_slowly_and_says_so, sensor_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
