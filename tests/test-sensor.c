/*
 * test-sensor.c - services.d/sensor.c: extremes, the alarm and its margin, simulated values.  Pins
 * are the harness's.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_sensor;

static void start(struct aiot_test *x, const char *const *args)
{
	assert_int_equal(aiot_test_start(x, &aiot_service_sensor, args), 0);
}

#define STAT(key) strtoll(aiot_test_stat(x, "sensor", key), NULL, 10)

/* The next reading, of this value; what was logged before it is forgotten. */
static void reads(struct aiot_test *x, int32_t value)
{
	aiot_test_forget_log(x);
	aiot_test_pin(x, "a0", value);
	aiot_test_advance_ms(x, 2000);
	assert_int_equal(STAT("value"), value);
}

/* With a first reading of 0. */
static void start_at_a0(struct aiot_test *x, const char *alarm, const char *margin)
{
	aiot_test_pin(x, "a0", 0);
	start(x, AIOT_TEST_ARGS("pin", "a0", "every", "2s", "alarm", alarm, "margin", margin));
	assert_int_equal(STAT("readings"), 1);
}

static void extremes_are_kept_and_the_last_value_is_the_result(void **state)
{
	struct aiot_test *x = *state;

	start_at_a0(x, "100", "10");
	reads(x, -5);
	reads(x, 7);
	reads(x, 3);
	assert_int_equal(STAT("lowest"), -5);
	assert_int_equal(STAT("highest"), 7);
	assert_int_equal(STAT("readings"), 4);
	assert_int_equal(aiot_test_ctl(x, "stop sensor"), 0);
	assert_string_equal(aiot_test_result(x, "sensor"), "3");
}

static void the_first_value_is_both_extremes(void **state)
{
	struct aiot_test *x = *state;

	aiot_test_pin(x, "a0", -7);
	start(x, AIOT_TEST_ARGS("pin", "a0"));
	assert_int_equal(STAT("lowest"), -7);
	assert_int_equal(STAT("highest"), -7);
}

static void an_alarm_is_told_once_until_it_is_well_over(void **state)
{
	struct aiot_test *x = *state;

	start_at_a0(x, "100", "10");
	reads(x, 99);
	assert_string_equal(aiot_test_log(x), "");
	reads(x, 100);
	assert_string_equal(aiot_test_log(x),
			    "[WARN] [sensor.service] 100 is too high, the limit is 100\n");
	reads(x, 95);
	assert_string_equal(aiot_test_log(x), "");
	reads(x, 101);
	assert_string_equal(aiot_test_log(x), "");
	reads(x, 90);
	assert_string_equal(aiot_test_log(x), "");
	reads(x, 89);
	assert_string_equal(aiot_test_log(x),
			    "[INFO] [sensor.service] 89 is well below 100 again\n");
	reads(x, 100);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "100 is too high"), 1);
	assert_int_equal(STAT("alarms"), 2);
}

static void a_margin_as_large_as_can_be_is_no_overflow(void **state)
{
	struct aiot_test *x = *state;

	start_at_a0(x, "-2147483647", "2147483647");
	assert_int_equal(STAT("alarms"), 1);
	reads(x, INT32_MIN); /* it is not well below: nothing can be */
	assert_string_equal(aiot_test_log(x), "");
	reads(x, 0);
	assert_int_equal(STAT("alarms"), 1);
}

static void what_cannot_be_read_fails_the_task(void **state)
{
	struct aiot_test *x = *state;

	start(x, AIOT_TEST_ARGS("pin", "a0"));
	assert_string_equal(aiot_test_failure(x, "sensor"), "pin 'a0': there is no such input");
	assert_int_equal(aiot_test_code(x, "sensor"), -AIOT_ENOENT);
	assert_string_equal(aiot_test_result(x, "sensor"), ""); /* nothing was read */
	aiot_test_pin(x, "a0", 1);
	aiot_test_pin_broken(x, "a0", -AIOT_EIO);
	assert_int_equal(aiot_test_ctl(x, "start sensor"), 1);
	assert_string_equal(aiot_test_failure(x, "sensor"), "pin 'a0': it cannot be read");
	assert_int_equal(STAT("readings"), 0);
}

/* It begins at 500 of 0 to 1000, and no step is wider than 25. */
static void a_simulated_value_walks_slowly_and_says_so(void **state)
{
	struct aiot_test *x = *state;
	long long last = 500, value;
	unsigned i, moved = 0;

	start(x, AIOT_TEST_ARGS("alarm", "2147483647"));
	assert_int_equal(
		aiot_test_logged(x, AIOT_INFO, "values are simulated; pin= names a real one"), 1);
	assert_int_equal(STAT("value"), last);
	for (i = 0; i < 20000; i++) {
		aiot_test_advance_ms(x, 1000);
		value = STAT("value");
		assert_true(value >= 0 && value <= 1000);
		assert_true(value - last <= 25 && last - value <= 25);
		moved += value != last;
		last = value;
	}
	assert_true(moved > 10000);
	assert_true(STAT("lowest") < 25 && STAT("highest") > 975);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(extremes_are_kept_and_the_last_value_is_the_result),
		T(the_first_value_is_both_extremes),
		T(an_alarm_is_told_once_until_it_is_well_over),
		T(a_margin_as_large_as_can_be_is_no_overflow),
		T(what_cannot_be_read_fails_the_task),
		T(a_simulated_value_walks_slowly_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
