/*
 * test-leds.c - services.d/leds.c: which LED is on in which frame, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-fake.h"

#include "../services.d/leds.c"

#define PINS 4

static struct leds leds;
static struct aiot_task task;
static int level[PINS];	   /* of the pins "0" to "3" */
static int broken;	   /* what writing to pin "3" returns */
static char triggers[128]; /* what was set, "PIN=TRIGGER " each */

int aiot_pin_write(struct aiot_task *t, const char *pin, int32_t value)
{
	assert_ptr_equal(t, &task);
	if (pin[0] < '0' || pin[0] >= '0' + PINS || pin[1] != '\0')
		return -AIOT_ENOENT;
	if (pin[0] == '3' && broken < 0)
		return broken;
	level[pin[0] - '0'] = (int)value;
	return 0;
}

int aiot_pin_trigger(struct aiot_task *t, const char *pin, const char *trigger)
{
	size_t len = strlen(triggers);

	assert_ptr_equal(t, &task);
	if (strcmp(trigger, "none") != 0 && strcmp(trigger, "heartbeat") != 0)
		return -AIOT_EINVAL;
	(void)snprintf(triggers + len, sizeof(triggers) - len, "%s=%s ", pin, trigger);
	return 0;
}

static int leds_setup(void **state)
{
	(void)state;
	memset(level, 0, sizeof(level));
	broken = 0;
	triggers[0] = '\0';
	leds = (struct leds){.pins = "0 1, 2",
			     .pattern = "100 010,001",
			     .blink = "",
			     .trigger = "",
			     .step_ms = 200};
	fake_start(&task, show, &leds);
	return 0;
}

static void assert_levels(int a, int b, int c)
{
	assert_int_equal(level[0], a);
	assert_int_equal(level[1], b);
	assert_int_equal(level[2], c);
}

static void frames_come_one_after_the_other_and_again(void **state)
{
	unsigned round;

	(void)state;
	for (round = 0; round < 3; round++) {
		assert_int_equal(fake_step(&task), AIOT_PENDING);
		assert_levels(1, 0, 0);
		assert_int_equal(task.slept_ms, 200);
		assert_int_equal(fake_step(&task), AIOT_PENDING);
		assert_levels(0, 1, 0);
		assert_int_equal(fake_step(&task), AIOT_PENDING);
		assert_levels(0, 0, 1);
	}
	assert_int_equal(leds.frames, 9);
}

static void one_frame_is_shown_for_good(void **state)
{
	(void)state;
	leds.pattern = " 101 ";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_levels(1, 0, 1);
}

static void a_stop_switches_them_off(void **state)
{
	(void)state;
	leds.pattern = "111";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_levels(1, 1, 1);
	assert_int_equal(fake_stop(&task), AIOT_DONE);
	assert_levels(0, 0, 0);
}

static void assert_blinks(int level_now, uint32_t ms)
{
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_levels(level_now, level_now, level_now);
	assert_int_equal(task.slept_ms, ms);
}

static void all_blink_by_the_times_again_and_again(void **state)
{
	unsigned round;

	(void)state;
	leds.blink = "100, 900 30 1";
	for (round = 0; round < 3; round++) {
		assert_blinks(1, 100);
		assert_blinks(0, 900);
		assert_blinks(1, 30);
		assert_blinks(0, 1);
	}
	assert_int_equal(leds.frames, 12);
}

static void a_heart_beats_twice_and_rests(void **state)
{
	(void)state;
	leds.blink = "heartbeat";
	assert_blinks(1, 70);
	assert_string_equal(fake_text(&task, 0), "blink 70,190,70,670 on LEDs 0 1, 2");
	assert_blinks(0, 190);
	assert_blinks(1, 70);
	assert_blinks(0, 670);
	assert_blinks(1, 70);
	assert_int_equal(fake_stop(&task), AIOT_DONE);
	assert_levels(0, 0, 0);
}

static void the_kernel_drives_them_until_the_stop(void **state)
{
	(void)state;
	leds.trigger = "heartbeat";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(triggers, "0=heartbeat 1=heartbeat 2=heartbeat ");
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_int_equal(task.slept_ms, UINT32_MAX);
	triggers[0] = '\0';
	assert_int_equal(fake_stop(&task), AIOT_DONE);
	assert_string_equal(triggers, "0=none 1=none 2=none ");
	assert_levels(0, 0, 0);
}

static void a_trigger_that_is_not_there_is_named(void **state)
{
	(void)state;
	leds.trigger = "disco";
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(
		task.message,
		"LED '0', trigger 'disco': it has no such trigger; its file `trigger` lists them");
}

static void assert_refused(const char *pins, const char *pattern, const char *message)
{
	leds.pins = pins;
	leds.pattern = pattern;
	assert_int_equal(leds_init(&task, &leds), -AIOT_EINVAL);
	assert_string_equal(task.message, message);
	fake_start(&task, show, &leds);
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, message);
}

static void what_cannot_be_shown_is_refused(void **state)
{
	static const char lengths[] = "pattern: a frame has a 1 or 0 for each of the pins";

	(void)state;
	assert_refused("", "1", "pins: names of LEDs are missing");
	assert_refused(" , ", "1", "pins: names of LEDs are missing");
	assert_refused("0", "", "pattern: it has no frame");
	assert_refused("0", " ,", "pattern: it has no frame");
	assert_refused("0", "1 2", "pattern: a frame is made of 1 and 0");
	assert_refused("0 1", "10 0", lengths);
	assert_refused("0 1", "1", lengths);
	assert_refused("0", "1 10", lengths);
	leds.pins = "0";
	leds.pattern = "1";
	assert_int_equal(leds_init(&task, &leds), 0);
}

static void times_that_cannot_be_blinked_by_are_refused(void **state)
{
	static const char pairs[] = "blink: times come in pairs, on and off";
	static const char number[] = "blink: a time is a number of ms, from 1 to 9999999";
	static const char *const wrong[] = {"100,0", "100 x", "heartbeats", "100,10000000", "-1,2"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		leds.blink = wrong[i];
		assert_refused("0", "1", number);
	}
	leds.blink = "100";
	assert_refused("0", "1", pairs);
	leds.blink = " ,";
	assert_refused("0", "1", pairs);
	leds.blink = "9999999,1";
	assert_int_equal(leds_init(&task, &leds), 0);
}

static void a_led_that_is_not_there_fails_the_task_and_is_named(void **state)
{
	(void)state;
	leds.pins = "0 act";
	leds.pattern = "11";
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_int_equal(task.code, -AIOT_ENOENT);
	assert_string_equal(task.message, "LED 'act': there is no such LED");
	assert_int_equal(level[0], 0);
}

static void a_led_that_breaks_is_named(void **state)
{
	(void)state;
	leds.pins = "0 3";
	leds.pattern = "11 00";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	broken = -AIOT_EIO;
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "LED '3': it does not work");
	broken = -AIOT_EACCES;
	fake_start(&task, show, &leds);
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "LED '3': not allowed");
}

static void a_name_that_is_too_long_is_not_cut_to_another(void **state)
{
	char name[PIN_BYTES_MAX + 2];

	(void)state;
	memset(name, '0', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	leds.pins = name;
	leds.pattern = "1";
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_int_equal(task.code, -AIOT_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(frames_come_one_after_the_other_and_again, leds_setup),
		cmocka_unit_test_setup(one_frame_is_shown_for_good, leds_setup),
		cmocka_unit_test_setup(a_stop_switches_them_off, leds_setup),
		cmocka_unit_test_setup(all_blink_by_the_times_again_and_again, leds_setup),
		cmocka_unit_test_setup(a_heart_beats_twice_and_rests, leds_setup),
		cmocka_unit_test_setup(the_kernel_drives_them_until_the_stop, leds_setup),
		cmocka_unit_test_setup(a_trigger_that_is_not_there_is_named, leds_setup),
		cmocka_unit_test_setup(times_that_cannot_be_blinked_by_are_refused, leds_setup),
		cmocka_unit_test_setup(what_cannot_be_shown_is_refused, leds_setup),
		cmocka_unit_test_setup(a_led_that_is_not_there_fails_the_task_and_is_named,
				       leds_setup),
		cmocka_unit_test_setup(a_led_that_breaks_is_named, leds_setup),
		cmocka_unit_test_setup(a_name_that_is_too_long_is_not_cut_to_another, leds_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
