/*
 * test-pins.c - lib/test/pins.c: the pins that a test has made, and no others.
 */
#include "harness-stage.h"

static struct aiot_task *task;

/* The functions of pins want a task. */
static enum aiot_co lend(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	task = t;
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}

AIOT_SERVICE(lender, struct part, .main = lend);

static struct aiot_task *any_task(void)
{
	assert_int_equal(aiot_test_start(x, &aiot_service_lender, NULL), 0);
	return task;
}

static void pins_are_the_tests(void **state)
{
	(void)state;
	aiot_test_pin(x, "in", 21);
	aiot_test_pin(x, "out", 0);
	start("pin");
	assert_int_equal(aiot_test_pin_value(x, "out"), 42);
	aiot_test_pin(x, "in", 1);
	aiot_test_advance_ms(x, 1);
	assert_int_equal(aiot_test_pin_value(x, "out"), 2);
	aiot_test_pin_broken(x, "out", -AIOT_EACCES);
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_failure(x, "part"), "no way out");
}

static void what_a_pin_says_comes_to_the_service(void **state)
{
	int32_t value = 7;
	struct aiot_task *t = any_task();

	(void)state;
	assert_int_equal(aiot_pin_read(t, "none", &value), -AIOT_ENOENT);
	assert_int_equal(aiot_pin_write(t, "none", 1), -AIOT_ENOENT);
	assert_int_equal(aiot_pin_trigger(t, "none", "heartbeat"), -AIOT_ENOENT);
	assert_int_equal(aiot_pin_read(t, "", &value), -AIOT_EINVAL);
	aiot_test_pin(x, "led", -3);
	assert_int_equal(aiot_pin_read(t, "led", &value), 0);
	assert_int_equal(value, -3);
	aiot_test_pin_broken(x, "led", -AIOT_EIO);
	value = 7;
	assert_int_equal(aiot_pin_read(t, "led", &value), -AIOT_EIO);
	assert_int_equal(value, 7);
	aiot_test_pin_broken(x, "led", 0);
	assert_int_equal(aiot_pin_write(t, "led", 1), 0);
	assert_int_equal(aiot_test_pin_value(x, "led"), 1);
}

static void a_trigger_is_remembered(void **state)
{
	struct aiot_task *t = any_task();

	(void)state;
	aiot_test_pin(x, "led", 0);
	assert_string_equal(aiot_test_pin_trigger(x, "led"), "");
	assert_int_equal(aiot_pin_trigger(t, "led", ""), -AIOT_EINVAL);
	assert_int_equal(aiot_pin_trigger(t, "led", "heartbeat"), 0);
	assert_int_equal(aiot_pin_trigger(t, "led", "none"), 0);
	assert_string_equal(aiot_test_pin_trigger(x, "led"), "none");
	aiot_test_pin_broken(x, "led", -AIOT_EACCES);
	assert_int_equal(aiot_pin_trigger(t, "led", "mmc0"), -AIOT_EACCES);
	assert_string_equal(aiot_test_pin_trigger(x, "led"), "none");
}

static void asks_for_no_pin(void)
{
	(void)aiot_test_pin_value(x, "nowhere");
}

static void a_pin_that_was_never_made_is_a_fault_of_the_test(void **state)
{
	(void)state;
	assert_aborts(asks_for_no_pin, "aiotools-test: there is no pin 'nowhere'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pins_are_the_tests),
		T(what_a_pin_says_comes_to_the_service),
		T(a_trigger_is_remembered),
		T(a_pin_that_was_never_made_is_a_fault_of_the_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
