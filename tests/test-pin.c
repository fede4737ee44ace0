/*
 * test-pin.c - lib/host/pin.c on a faked /sys: which file a pin is, and what is written to it.
 */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../lib/host/pin.c"

static char root[64];
static char full_path[256];

static const char *fake_path(const char *name)
{
	(void)snprintf(full_path, sizeof(full_path), "%s/%s", root, name);
	return full_path;
}

/* A file, with the directories it is in. */
static void fake_file(const char *name, const char *text)
{
	char *at = full_path + strlen(root) + 1;
	FILE *f;

	(void)fake_path(name);
	while ((at = strchr(at, '/')) != NULL) {
		*at = '\0';
		(void)mkdir(full_path, 0700);
		*at++ = '/';
	}
	f = fopen(full_path, "w");
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
	(void)snprintf(root, sizeof(root), "/tmp/test-pin-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int sysfs_teardown(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_led_is_lit_fully(void **state)
{
	int32_t value = 7;

	(void)state;
	fake_file("class/leds/g:act/brightness", "");
	fake_file("class/leds/g:act/max_brightness", "255\n");
	assert_int_equal(pin_write(root, "g:act", true), 0);
	assert_file("class/leds/g:act/brightness", "255");
	assert_int_equal(pin_read(root, "g:act", &value), 0);
	assert_int_equal(value, 1);
	fake_file("class/leds/g:act/brightness", "");
	assert_int_equal(pin_write(root, "g:act", false), 0);
	assert_file("class/leds/g:act/brightness", "0");
	assert_int_equal(pin_read(root, "g:act", &value), 0);
	assert_int_equal(value, 0);
}

static void a_led_without_steps_is_on_or_off(void **state)
{
	(void)state;
	fake_file("class/leds/plain/brightness", "");
	assert_int_equal(pin_write(root, "plain", true), 0);
	assert_file("class/leds/plain/brightness", "1");
}

static void a_number_is_a_gpio(void **state)
{
	int32_t value = 7;

	(void)state;
	fake_file("class/gpio/gpio17/value", "0");
	assert_int_equal(pin_write(root, "17", true), 0);
	assert_file("class/gpio/gpio17/value", "1");
	assert_int_equal(pin_read(root, "17", &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(pin_write(root, "18", true), -AIOT_ENOENT);
	assert_int_equal(pin_read(root, "18", &value), -AIOT_ENOENT);
	assert_int_equal(value, 1);
}

static void values_of_sensors_are_found_where_they_are(void **state)
{
	int32_t value = 0;

	(void)state;
	fake_file("class/thermal/thermal_zone0/temp", "48312\n");
	fake_file("class/hwmon/hwmon1/temp1_input", "-5\n");
	fake_file("class/power_supply/BAT0/capacity", "93");
	fake_file("bus/iio/devices/iio:device0/in_voltage0_raw", "2047\n");
	assert_int_equal(pin_read(root, "thermal_zone0/temp", &value), 0);
	assert_int_equal(value, 48312);
	assert_int_equal(pin_read(root, "hwmon1/temp1_input", &value), 0);
	assert_int_equal(value, -5);
	assert_int_equal(pin_read(root, "BAT0/capacity", &value), 0);
	assert_int_equal(value, 93);
	assert_int_equal(pin_read(root, "iio:device0/in_voltage0_raw", &value), 0);
	assert_int_equal(value, 2047);
	assert_int_equal(pin_write(root, "thermal_zone0/temp", true), -AIOT_EINVAL);
}

static void what_is_no_number_is_no_value(void **state)
{
	static const char *const texts[] = {
		"", "\n", "x", "12x", "0x10", "2147483648", "-2147483649", "99999999999999999999"};
	int32_t value = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fake_file("class/hwmon/hwmon0/in0", texts[i]);
		assert_int_equal(pin_read(root, "hwmon0/in0", &value), -AIOT_EIO);
		assert_int_equal(value, 7);
	}
}

static void a_name_does_not_lead_out_of_sysfs(void **state)
{
	static const char *const names[] = {"",	  "..",	   "../x", "a/../b", "/etc",
					    "a/", "a/b/c", "a..b", "."};
	char longest[NAME_MAX_BYTES + 2];
	int32_t value = 0;
	size_t i;

	(void)state;
	fake_file("class/x", "1");
	for (i = 0; i < 8; i++) {
		assert_int_equal(pin_write(root, names[i], true), -AIOT_EINVAL);
		assert_int_equal(pin_read(root, names[i], &value), -AIOT_EINVAL);
	}
	assert_true(pin_write(root, names[8], true) < 0);
	memset(longest, 'a', sizeof(longest));
	longest[NAME_MAX_BYTES + 1] = '\0';
	assert_int_equal(pin_write(root, longest, true), -AIOT_EINVAL);
	assert_int_equal(pin_write(root, longest + 1, true), -AIOT_ENOENT);
	assert_int_equal(pin_write(root, "%s%s%n", true), -AIOT_ENOENT);
}

static void what_does_not_take_it_is_told(void **state)
{
	(void)state;
	fake_file("class/leds/full/max_brightness", "1");
	assert_int_equal(symlink("/dev/full", fake_path("class/leds/full/brightness")), 0);
	assert_int_equal(pin_write(root, "full", true), -AIOT_EIO);
	if (geteuid() == 0)
		return; /* may write everywhere */
	fake_file("class/leds/mine/brightness", "");
	assert_int_equal(chmod(fake_path("class/leds/mine/brightness"), 0), 0);
	assert_int_equal(pin_write(root, "mine", true), -AIOT_EACCES);
}

static void the_functions_of_the_header_look_at_sys_itself(void **state)
{
	int32_t value = 0;

	(void)state;
	assert_int_equal(aiot_pin_write(NULL, "no-such-led-anywhere", 1), -AIOT_ENOENT);
	assert_int_equal(aiot_pin_read(NULL, "no-such-device/value", &value), -AIOT_ENOENT);
}

#define ON_SYSFS(name) cmocka_unit_test_setup_teardown(name, sysfs_setup, sysfs_teardown)

static void a_led_is_handed_to_the_kernel(void **state)
{
	(void)state;
	fake_file("class/leds/act/trigger", "");
	assert_int_equal(pin_trigger(root, "act", "heartbeat"), 0);
	assert_file("class/leds/act/trigger", "heartbeat");
	assert_int_equal(pin_trigger(root, "act", ""), -AIOT_EINVAL);
	assert_int_equal(pin_trigger(root, "../act", "none"), -AIOT_EINVAL);
	assert_int_equal(pin_trigger(root, "zone0/temp", "none"), -AIOT_EINVAL);
	assert_int_equal(pin_trigger(root, "green", "none"), -AIOT_ENOENT);
}

static void another_place_than_sys_can_be_named(void **state)
{
	int32_t value = 0;

	(void)state;
	fake_file("class/leds/act/brightness", "1");
	fake_file("class/leds/act/trigger", "");
	assert_int_equal(setenv("AIOTOOLS_SYSFS", root, 1), 0);
	assert_int_equal(aiot_pin_read(NULL, "act", &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(aiot_pin_write(NULL, "act", 0), 0);
	assert_file("class/leds/act/brightness", "0");
	assert_int_equal(aiot_pin_trigger(NULL, "act", "none"), 0);
	assert_file("class/leds/act/trigger", "none");
	assert_int_equal(setenv("AIOTOOLS_SYSFS", "here", 1), 0); /* no absolute path */
	assert_string_equal(sysfs(), "/sys");
	assert_int_equal(unsetenv("AIOTOOLS_SYSFS"), 0);
	assert_string_equal(sysfs(), "/sys");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SYSFS(a_led_is_lit_fully),
		ON_SYSFS(a_led_without_steps_is_on_or_off),
		ON_SYSFS(a_number_is_a_gpio),
		ON_SYSFS(values_of_sensors_are_found_where_they_are),
		ON_SYSFS(what_is_no_number_is_no_value),
		ON_SYSFS(a_name_does_not_lead_out_of_sysfs),
		ON_SYSFS(what_does_not_take_it_is_told),
		ON_SYSFS(a_led_is_handed_to_the_kernel),
		ON_SYSFS(another_place_than_sys_can_be_named),
		cmocka_unit_test(the_functions_of_the_header_look_at_sys_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
