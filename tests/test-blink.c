/*
 * test-blink.c - services.d/blink.c: what a pin may be called, and what is written where on a faked
 * /sys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>

#include "service-fake.h"

#include "../services.d/blink.c"

static char root[64];
static char full_path[256];
static struct blink led;
static struct aiot_task task;

static const char *fake_path(const char *name)
{
	(void)snprintf(full_path, sizeof(full_path), "%s%s", root, name);
	return full_path;
}

static void fake_file(const char *name, const char *text)
{
	FILE *f = fopen(fake_path(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void assert_file(const char *name, const char *text)
{
	char got[32] = "";
	FILE *f = fopen(fake_path(name), "r");

	assert_non_null(f);
	(void)fgets(got, sizeof(got), f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(got, text);
}

static int sysfs_setup(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/test-blink-XXXXXX");
	if (!mkdtemp(root) || mkdir(fake_path("/leds"), 0700) || mkdir(fake_path("/gpio"), 0700))
		return -1;
	led = (struct blink){.pin = "2", .sysfs = root, .sleep_ms = 5000};
	fake_start(&task, blink, &led);
	return 0;
}

static int sysfs_teardown(void **state)
{
	static const char *const names[] = {
		"/leds/g:act/brightness",
		"/leds/g:act/max_brightness",
		"/leds/g:act",
		"/leds",
		"/gpio/gpio2/direction",
		"/gpio/gpio2/value",
		"/gpio/gpio2",
		"/gpio/export",
		"/gpio/unexport",
		"/gpio",
		"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(fake_path(names[i]));
	return access(root, F_OK) == 0 ? -1 : 0;
}

static void assert_pin_refused(const char *pin)
{
	led.pin = pin;
	assert_int_equal(blink_init(&task, &led), -AIOT_EINVAL);
}

static void a_pin_cannot_lead_out_of_sysfs(void **state)
{
	char longest[PIN_BYTES_MAX + 2];

	(void)state;
	assert_pin_refused("");
	assert_pin_refused("..");
	assert_pin_refused("../x");
	assert_pin_refused("a/b");
	assert_pin_refused("/");
	assert_pin_refused("a..b");
	memset(longest, 'a', sizeof(longest));
	longest[PIN_BYTES_MAX + 1] = '\0';
	assert_pin_refused(longest);
	led.pin = longest + 1;
	assert_int_equal(blink_init(&task, &led), 0);
	led.pin = "input3::capslock";
	assert_int_equal(blink_init(&task, &led), 0);
}

static void a_pin_set_badly_later_fails_the_next_run(void **state)
{
	(void)state;
	led.pin = "../../x";
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "pin: '/' and '..' are not allowed");
	assert_int_equal(led.fd, -1);
}

static void a_pin_that_is_not_there_is_simulated(void **state)
{
	(void)state;
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_text(&task, 0), "LED 2 on (simulated)");
	assert_int_equal(task.slept_ms, 500);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_text(&task, 0), "LED 2 off (simulated)");
	assert_int_equal(task.slept_ms, 5000);
	assert_int_equal(led.toggles, 2);
	assert_int_equal(fake_stop(&task), AIOT_DONE);
}

static void a_led_is_lit_fully_and_is_off_after_a_stop(void **state)
{
	(void)state;
	assert_int_equal(mkdir(fake_path("/leds/g:act"), 0700), 0);
	fake_file("/leds/g:act/brightness", "");
	fake_file("/leds/g:act/max_brightness", "255\n");
	led.pin = "g:act";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_text(&task, 0), "LED g:act toggled!");
	assert_file("/leds/g:act/brightness", "255");
	fake_file("/leds/g:act/brightness", ""); /* a plain file keeps what is not overwritten */
	assert_int_equal(fake_stop(&task), AIOT_DONE);
	assert_file("/leds/g:act/brightness", "0");
	assert_int_equal(led.fd, -1);
}

static void a_gpio_that_is_exported_is_made_an_output(void **state)
{
	(void)state;
	assert_int_equal(mkdir(fake_path("/gpio/gpio2"), 0700), 0);
	fake_file("/gpio/gpio2/direction", "");
	fake_file("/gpio/gpio2/value", "0");
	fake_file("/gpio/unexport", "");
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_file("/gpio/gpio2/direction", "low");
	assert_file("/gpio/gpio2/value", "1");
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_file("/gpio/gpio2/value", "0");
	assert_int_equal(fake_stop(&task), AIOT_DONE);
	assert_file("/gpio/unexport", ""); /* not ours to give back */
}

static void a_gpio_that_was_asked_for_is_given_back(void **state)
{
	(void)state;
	fake_file("/gpio/export", "");
	fake_file("/gpio/unexport", "");
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_file("/gpio/export", "2");
	assert_string_equal(fake_text(&task, 0), "LED 2 on (simulated)"); /* it did not come */
	assert_int_equal(fake_stop(&task), AIOT_DONE);
	assert_file("/gpio/unexport", "2");
}

static void a_name_is_never_sent_to_export(void **state)
{
	(void)state;
	fake_file("/gpio/export", "");
	led.pin = "2x";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_file("/gpio/export", "");
}

static void a_led_that_cannot_be_written_fails_the_task(void **state)
{
	(void)state;
	assert_int_equal(mkdir(fake_path("/leds/g:act"), 0700), 0);
	assert_int_equal(symlink("/dev/full", fake_path("/leds/g:act/brightness")), 0);
	led.pin = "g:act";
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_int_equal(task.code, -AIOT_EIO);
	assert_string_equal(task.message, "cannot switch LED 'g:act' on");
	assert_int_equal(led.fd, -1);
}

#define ON_SYSFS(name) cmocka_unit_test_setup_teardown(name, sysfs_setup, sysfs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SYSFS(a_pin_cannot_lead_out_of_sysfs),
		ON_SYSFS(a_pin_set_badly_later_fails_the_next_run),
		ON_SYSFS(a_pin_that_is_not_there_is_simulated),
		ON_SYSFS(a_led_is_lit_fully_and_is_off_after_a_stop),
		ON_SYSFS(a_gpio_that_is_exported_is_made_an_output),
		ON_SYSFS(a_gpio_that_was_asked_for_is_given_back),
		ON_SYSFS(a_name_is_never_sent_to_export),
		ON_SYSFS(a_led_that_cannot_be_written_fails_the_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
