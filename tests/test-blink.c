/*
 * test-blink.c - services.d/blink.c: what a pin may be called, and what is written where on a faked
 * /sys.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_blink;

static int make_sysfs(void **state)
{
	if (open_stage(state) < 0)
		return -1;
	return mkdir(at("leds"), 0755) || mkdir(at("gpio"), 0755) ? -1 : 0;
}

static int load(struct aiot_test *x, const char *pin)
{
	return aiot_test_start(x, &aiot_service_blink, AIOT_TEST_ARGS("pin", pin, "sysfs", root));
}

static void start(struct aiot_test *x, const char *pin)
{
	assert_int_equal(load(x, pin), 0);
}

static void stop(struct aiot_test *x)
{
	assert_int_equal(aiot_test_ctl(x, "stop blink"), 0);
	assert_string_equal(aiot_test_state(x, "blink"), "stopped");
}

static void a_pin_cannot_lead_out_of_sysfs(void **state)
{
	static const char *const bad[] = {"", "..", "../x", "a/b", "/", "a..b"};
	char longest[66];
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(load(*state, bad[i]), -AIOT_EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[65] = '\0';
	assert_int_equal(load(*state, longest), -AIOT_EINVAL);
	assert_non_null(strstr(aiot_test_why(*state), "pin: the name is too long"));
	assert_int_equal(load(*state, longest + 1), 0);
}

static void a_name_of_the_kernels_is_a_pin(void **state)
{
	start(*state, "input3::capslock");
	assert_string_equal(aiot_test_state(*state, "blink"), "running");
}

static void a_pin_set_badly_later_fails_the_next_run(void **state)
{
	struct aiot_test *x = *state;

	start(x, "2");
	assert_int_equal(aiot_test_ctl(x, "set blink pin=../../x"), 0);
	assert_int_equal(aiot_test_ctl(x, "restart blink"), 1);
	assert_string_equal(aiot_test_failure(x, "blink"), "pin: '/' and '..' are not allowed");
}

static void a_pin_that_is_not_there_is_simulated(void **state)
{
	struct aiot_test *x = *state;

	start(x, "2");
	assert_string_equal(aiot_test_log(x), "[INFO] [blink.service] LED 2 on (simulated)\n");
	aiot_test_forget_log(x);
	aiot_test_advance_ms(x, 499);
	assert_string_equal(aiot_test_log(x), "");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_log(x), "[INFO] [blink.service] LED 2 off (simulated)\n");
	assert_string_equal(aiot_test_stat(x, "blink", "toggles"), "2");
	aiot_test_advance_ms(x, 4999);
	assert_string_equal(aiot_test_stat(x, "blink", "toggles"), "2");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_stat(x, "blink", "toggles"), "3");
	stop(x);
}

static void a_led_is_lit_fully_and_is_off_after_a_stop(void **state)
{
	struct aiot_test *x = *state;

	make_dir("leds/g:act");
	put("leds/g:act/brightness", "");
	put("leds/g:act/max_brightness", "255\n");
	start(x, "g:act");
	assert_string_equal(aiot_test_log(x), "[INFO] [blink.service] LED g:act toggled!\n");
	assert_string_equal(get("leds/g:act/brightness"), "255");
	put("leds/g:act/brightness", ""); /* a plain file keeps what is not overwritten */
	stop(x);
	assert_string_equal(get("leds/g:act/brightness"), "0");
}

static void a_gpio_that_is_exported_is_made_an_output(void **state)
{
	struct aiot_test *x = *state;

	make_dir("gpio/gpio2");
	put("gpio/gpio2/direction", "");
	put("gpio/gpio2/value", "0");
	put("gpio/unexport", "");
	start(x, "2");
	assert_string_equal(get("gpio/gpio2/direction"), "low");
	assert_string_equal(get("gpio/gpio2/value"), "1");
	aiot_test_advance_ms(x, 500);
	assert_string_equal(get("gpio/gpio2/value"), "0");
	stop(x);
	assert_string_equal(get("gpio/unexport"), ""); /* not ours to give back */
}

static void a_gpio_that_was_asked_for_is_given_back(void **state)
{
	struct aiot_test *x = *state;

	put("gpio/export", "");
	put("gpio/unexport", "");
	start(x, "2");
	assert_string_equal(get("gpio/export"), "2");
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "LED 2 on (simulated)"), 1); /* none came */
	stop(x);
	assert_string_equal(get("gpio/unexport"), "2");
}

static void a_name_is_never_sent_to_export(void **state)
{
	put("gpio/export", "");
	start(*state, "2x");
	assert_string_equal(get("gpio/export"), "");
}

static void a_led_that_cannot_be_written_fails_the_task(void **state)
{
	struct aiot_test *x = *state;

	make_dir("leds/g:act");
	assert_int_equal(symlink("/dev/full", at("leds/g:act/brightness")), 0);
	start(x, "g:act");
	assert_int_equal(aiot_test_code(x, "blink"), -AIOT_EIO);
	assert_string_equal(aiot_test_failure(x, "blink"), "cannot switch LED 'g:act' on");
}

static void flashes_are_short_and_as_many_as_were_asked_for(void **state)
{
	struct aiot_test *x = *state;

	start(x, "2");
	assert_int_equal(aiot_test_ctl(x, "call blink flash 3"), 0);
	aiot_test_advance_ms(x, 500);
	assert_string_equal(aiot_test_stat(x, "blink", "toggles"), "2");
	aiot_test_advance_ms(x, 1000);
	assert_string_equal(aiot_test_stat(x, "blink", "toggles"), "6");
	aiot_test_advance_ms(x, 4000);
	assert_string_equal(aiot_test_stat(x, "blink", "toggles"), "6");
	assert_int_equal(aiot_test_ctl(x, "call blink flash 1000000"), 1);
	assert_non_null(strstr(aiot_test_output(x), "flashes"));
}

#define ON_SYSFS(name) cmocka_unit_test_setup_teardown(name, make_sysfs, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SYSFS(a_pin_cannot_lead_out_of_sysfs),
		ON_SYSFS(a_name_of_the_kernels_is_a_pin),
		ON_SYSFS(a_pin_set_badly_later_fails_the_next_run),
		ON_SYSFS(a_pin_that_is_not_there_is_simulated),
		ON_SYSFS(a_led_is_lit_fully_and_is_off_after_a_stop),
		ON_SYSFS(a_gpio_that_is_exported_is_made_an_output),
		ON_SYSFS(a_gpio_that_was_asked_for_is_given_back),
		ON_SYSFS(a_name_is_never_sent_to_export),
		ON_SYSFS(a_led_that_cannot_be_written_fails_the_task),
		ON_SYSFS(flashes_are_short_and_as_many_as_were_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
