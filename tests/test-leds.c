/*
 * test-leds.c - services.d/leds.c: which LED is on in which frame, and what is refused.  Pins are
 * the harness's.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_leds;

static int make_pins(void **state)
{
	if (open_stage(state) < 0)
		return -1;
	aiot_test_pin(*state, "0", 0);
	aiot_test_pin(*state, "1", 0);
	aiot_test_pin(*state, "2", 0);
	aiot_test_pin(*state, "3", 0);
	return 0;
}

/* Three LEDs with these options besides. */
#define START(x, ...)                                                                              \
	assert_int_equal(                                                                          \
		aiot_test_start(x, &aiot_service_leds,                                             \
				AIOT_TEST_ARGS("pins", "0 1, 2", "step", "200ms", __VA_ARGS__)),   \
		0)

static void assert_levels(struct aiot_test *x, int a, int b, int c)
{
	assert_int_equal(aiot_test_pin_value(x, "0"), a);
	assert_int_equal(aiot_test_pin_value(x, "1"), b);
	assert_int_equal(aiot_test_pin_value(x, "2"), c);
}

static void frames_come_one_after_the_other_and_again(void **state)
{
	struct aiot_test *x = *state;
	unsigned round;

	START(x, "pattern", "100 010,001");
	for (round = 0; round < 3; round++) {
		assert_levels(x, 1, 0, 0);
		aiot_test_advance_ms(x, 200);
		assert_levels(x, 0, 1, 0);
		aiot_test_advance_ms(x, 200);
		assert_levels(x, 0, 0, 1);
		aiot_test_advance_ms(x, 200);
	}
	assert_string_equal(aiot_test_stat(x, "leds", "frames"), "10");
}

static void one_frame_is_shown_for_good(void **state)
{
	struct aiot_test *x = *state;

	START(x, "pattern", " 101 ");
	assert_levels(x, 1, 0, 1);
	aiot_test_advance_ms(x, 1000);
	assert_levels(x, 1, 0, 1);
}

static void a_stop_switches_them_off(void **state)
{
	struct aiot_test *x = *state;

	START(x, "pattern", "111");
	assert_levels(x, 1, 1, 1);
	assert_int_equal(aiot_test_ctl(x, "stop leds"), 0);
	assert_levels(x, 0, 0, 0);
}

/* All have this level, for ms. */
static void assert_blinks(struct aiot_test *x, int level, uint32_t ms)
{
	assert_levels(x, level, level, level);
	aiot_test_advance_ms(x, ms - 1);
	assert_levels(x, level, level, level);
	aiot_test_advance_ms(x, 1);
}

static void all_blink_by_the_times_again_and_again(void **state)
{
	struct aiot_test *x = *state;
	unsigned round;

	START(x, "pattern", "111", "blink", "100, 900 30 1");
	for (round = 0; round < 3; round++) {
		assert_blinks(x, 1, 100);
		assert_blinks(x, 0, 900);
		assert_blinks(x, 1, 30);
		assert_blinks(x, 0, 1);
	}
	assert_string_equal(aiot_test_stat(x, "leds", "frames"), "13");
}

static void a_heart_beats_twice_and_rests(void **state)
{
	struct aiot_test *x = *state;

	START(x, "pattern", "111", "blink", "heartbeat");
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "blink 70,190,70,670 on LEDs 0 1, 2"), 1);
	assert_blinks(x, 1, 70);
	assert_blinks(x, 0, 190);
	assert_blinks(x, 1, 70);
	assert_blinks(x, 0, 670);
	assert_levels(x, 1, 1, 1);
	assert_int_equal(aiot_test_ctl(x, "stop leds"), 0);
	assert_levels(x, 0, 0, 0);
}

/* The default pattern, for one LED, was held against three. */
static void the_kernel_drives_them_until_the_stop(void **state)
{
	struct aiot_test *x = *state;

	START(x, "trigger", "heartbeat");
	assert_string_equal(aiot_test_pin_trigger(x, "0"), "heartbeat");
	assert_string_equal(aiot_test_pin_trigger(x, "2"), "heartbeat");
	assert_string_equal(aiot_test_pin_trigger(x, "3"), "");
	aiot_test_advance_ms(x, 100000000);
	assert_string_equal(aiot_test_state(x, "leds"), "running");
	assert_int_equal(aiot_test_ctl(x, "stop leds"), 0);
	assert_string_equal(aiot_test_pin_trigger(x, "0"), "none");
	assert_string_equal(aiot_test_pin_trigger(x, "2"), "none");
	assert_levels(x, 0, 0, 0);
}

static void a_trigger_that_is_not_there_is_named(void **state)
{
	struct aiot_test *x = *state;

	aiot_test_pin_broken(x, "0", -AIOT_EINVAL); /* so says the kernel */
	START(x, "trigger", "disco");
	assert_string_equal(aiot_test_failure(x, "leds"),
			    "LED '0', trigger 'disco': it has no such trigger; its file `trigger` "
			    "lists them");
}

static void assert_refused(struct aiot_test *x, const char *pins, const char *pattern,
			   const char *blink, const char *message)
{
	assert_int_equal(
		aiot_test_start(x, &aiot_service_leds,
				AIOT_TEST_ARGS("pins", pins, "pattern", pattern, "blink", blink)),
		-AIOT_EINVAL);
	if (strstr(aiot_test_why(x), message) == NULL)
		fail_msg("not '%s': %s", message, aiot_test_why(x));
}

static void what_cannot_be_shown_is_refused(void **state)
{
	static const char lengths[] = "pattern: a frame has a 1 or 0 for each of the pins";
	struct aiot_test *x = *state;

	assert_refused(x, "", "1", "", "pins: names of LEDs are missing");
	assert_refused(x, " , ", "1", "", "pins: names of LEDs are missing");
	assert_refused(x, "0", "", "", "pattern: it has no frame");
	assert_refused(x, "0", " ,", "", "pattern: it has no frame");
	assert_refused(x, "0", "1 2", "", "pattern: a frame is made of 1 and 0");
	assert_refused(x, "0 1", "10 0", "", lengths);
	assert_refused(x, "0 1", "1", "", lengths);
	assert_refused(x, "0", "1 10", "", lengths);
}

static void times_that_cannot_be_blinked_by_are_refused(void **state)
{
	static const char pairs[] = "blink: times come in pairs, on and off";
	static const char number[] = "blink: a time is a number of ms, from 1 to 9999999";
	static const char *const wrong[] = {"100,0", "100 x", "heartbeats", "100,10000000", "-1,2"};
	struct aiot_test *x = *state;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(x, "0", "1", wrong[i], number);
	assert_refused(x, "0", "1", "100", pairs);
	assert_refused(x, "0", "1", " ,", pairs);
	START(x, "pattern", "111", "blink", "9999999,1");
}

static void what_was_set_wrongly_later_fails_the_next_run(void **state)
{
	struct aiot_test *x = *state;

	START(x, "pattern", "111");
	assert_int_equal(aiot_test_ctl(x, "set leds pattern=12"), 0);
	assert_int_equal(aiot_test_ctl(x, "restart leds"), 1);
	assert_string_equal(aiot_test_failure(x, "leds"), "pattern: a frame is made of 1 and 0");
}

static void a_led_that_is_not_there_fails_the_task_and_is_named(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_leds,
					 AIOT_TEST_ARGS("pins", "0 act", "pattern", "11")),
			 0);
	assert_int_equal(aiot_test_code(x, "leds"), -AIOT_ENOENT);
	assert_string_equal(aiot_test_failure(x, "leds"), "LED 'act': there is no such LED");
	assert_int_equal(aiot_test_pin_value(x, "0"), 0);
}

static void a_led_that_breaks_is_named(void **state)
{
	struct aiot_test *x = *state;

	START(x, "pattern", "111 000");
	aiot_test_pin_broken(x, "2", -AIOT_EIO);
	aiot_test_advance_ms(x, 200);
	assert_string_equal(aiot_test_failure(x, "leds"), "LED '2': it does not work");
	aiot_test_pin_broken(x, "2", -AIOT_EACCES);
	assert_int_equal(aiot_test_ctl(x, "start leds"), 1);
	assert_string_equal(aiot_test_failure(x, "leds"), "LED '2': not allowed");
}

static void a_name_that_is_too_long_is_not_cut_to_another(void **state)
{
	struct aiot_test *x = *state;
	char name[200];

	memset(name, '0', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(aiot_test_start(x, &aiot_service_leds,
					 AIOT_TEST_ARGS("pins", name, "pattern", "1")),
			 0);
	assert_int_equal(aiot_test_code(x, "leds"), -AIOT_EINVAL);
}
#define WITH_PINS(name) cmocka_unit_test_setup_teardown(name, make_pins, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PINS(frames_come_one_after_the_other_and_again),
		WITH_PINS(one_frame_is_shown_for_good),
		WITH_PINS(a_stop_switches_them_off),
		WITH_PINS(all_blink_by_the_times_again_and_again),
		WITH_PINS(a_heart_beats_twice_and_rests),
		WITH_PINS(the_kernel_drives_them_until_the_stop),
		WITH_PINS(a_trigger_that_is_not_there_is_named),
		WITH_PINS(what_cannot_be_shown_is_refused),
		WITH_PINS(times_that_cannot_be_blinked_by_are_refused),
		WITH_PINS(what_was_set_wrongly_later_fails_the_next_run),
		WITH_PINS(a_led_that_is_not_there_fails_the_task_and_is_named),
		WITH_PINS(a_led_that_breaks_is_named),
		WITH_PINS(a_name_that_is_too_long_is_not_cut_to_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
