/*
 * test-condition-word.c - conditions that services declare: whose word it is, with and without an
 * argument, and what becomes of those that fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "when-stage.h"

struct sensor {
	uint32_t degrees, asked;
	uint8_t fails;
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sensor, self);
	(void)self;
	AIOT_END(t);
}

/* warm, warm '25' */
static int is_warm(struct aiot_task *t, void *ctx, const char *arg)
{
	struct sensor *self = ctx;
	uint32_t bound = 20;

	self->asked++;
	if (self->fails)
		return aiot_fail(t, -AIOT_EIO, "the sensor is loose");
	if (arg != NULL && strlen(arg) == 2)
		bound = (uint32_t)(arg[0] - '0') * 10 + (uint32_t)(arg[1] - '0');
	return self->degrees > bound;
}

static int is_lost(struct aiot_task *t, void *ctx, const char *arg)
{
	(void)t;
	(void)ctx;
	(void)arg;
	return -AIOT_EBUSY;
}

static const struct aiot_cond conditions[] = {
	AIOT_CONDITION("warm", is_warm, "more than 20 degrees, or than it says"),
	AIOT_CONDITION("lost", is_lost, "fails without a word"),
	{0},
};
/* Another struct than the main task's, and a smaller one. */
struct door {
	uint8_t open;
};

static enum aiot_co opens(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct door, self);
	self->open = 1;
	AIOT_END(t);
}

static const struct aiot_kind kinds[] = {
	{.name = "door", .fn = opens, .self_size = sizeof(struct door)},
	{0},
};
AIOT_SERVICE(sensor, struct sensor, .main = works, .kinds = kinds, .conditions = conditions);

static enum aiot_co rests(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, runs);
	(*runs)++;
	AIOT_END(t);
}
AIOT_SERVICE(fan, uint32_t, .main = rests);

static struct sensor *sensor(struct aiot_entry *e)
{
	return aiot_task_self(aiot_task_of(e));
}

static void the_own_word_is_asked_each_cycle(void **state)
{
	struct aiot_entry *e = add(&aiot_service_sensor, "s.service");

	(void)state;
	when(e, "warm & every 1 hour");
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 0);
	assert_true(sensor(e)->asked >= 9 && sensor(e)->asked <= 12);
	sensor(e)->degrees = 21;
	fake_for(f, 200 * FAKE_MS);
	assert_int_equal(e->runs, 1);
	sensor(e)->asked = 0;
	fake_for(f, 30 * FAKE_MINUTE); /* the rest decides: nobody is asked */
	assert_int_equal(sensor(e)->asked, 0);
	fake_for(f, 30 * FAKE_MINUTE);
	assert_int_equal(e->runs, 2);
}

static void a_word_of_another_service_has_its_name_in_front(void **state)
{
	struct aiot_entry *s = add(&aiot_service_sensor, "s.service");
	struct aiot_entry *e = add(&aiot_service_fan, "fan.service");

	(void)state;
	assert_int_equal(try_when(e, "warm"), -AIOT_EINVAL);
	assert_non_null(strstr(sentence, "When: column 1: expected a condition"));
	assert_int_equal(try_when(e, "s:cold"), -AIOT_EINVAL);
	assert_int_equal(try_when(e, "nobody:warm"), -AIOT_EINVAL);
	when(e, "s:warm & every 1 hour");
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 0);
	sensor(s)->degrees = 30;
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 1);
}

static void an_argument_is_handed_over(void **state)
{
	struct aiot_entry *s = add(&aiot_service_sensor, "s.service");
	struct aiot_entry *e = add(&aiot_service_fan, "fan.service");

	(void)state;
	sensor(s)->degrees = 25;
	when(e, "s:warm '25' & every 1 hour");
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 0);
	when(e, "s:warm '24' & every 1 hour");
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 1);
}

static void one_that_fails_is_false_and_said_once(void **state)
{
	struct aiot_entry *e = add(&aiot_service_sensor, "s.service");

	(void)state;
	f->core.silent_conditions = true;
	sensor(e)->degrees = 30;
	sensor(e)->fails = 1;
	when(e, "warm & every 1 hour");
	fake_for(f, 10 * FAKE_S);
	assert_true(sensor(e)->asked > 50); /* it may recover */
	assert_int_equal(e->runs, 0);
	assert_int_equal(fake_logged(f, AIOT_ERROR,
				     "its condition cannot be asked: 'warm' failed: EIO: the "
				     "sensor is loose; it counts as false"),
			 1);
	assert_string_equal(f->broken, "");
	sensor(e)->fails = 0;
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 1);
	sensor(e)->fails = 1; /* again: said again */
	fake_for(f, 2 * FAKE_HOUR);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "its condition cannot be asked"), 2);
	when(e, "lost");
	fake_for(f, FAKE_S);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "'lost' failed: EBUSY: it gave no reason"), 1);
}

static void one_that_fails_aloud_tells_the_owner_why(void **state)
{
	struct aiot_entry *e = add(&aiot_service_sensor, "s.service");

	(void)state;
	f->core.silent_conditions = false;
	sensor(e)->fails = 1;
	when(e, "warm");
	fake_for(f, FAKE_S);
	assert_string_equal(f->broken, "s.service: SilenceCondCheck=no, and its condition 'warm' "
				       "failed: EIO: the sensor is loose");
	assert_int_equal(fake_logged(f, AIOT_ERROR, "it counts as false"), 0);
	f->broken[0] = '\0'; /* a reload made it matter, and it had been said before */
	fake_for(f, FAKE_S);
	assert_string_not_equal(f->broken, "");
}

static void the_service_of_a_word_that_went_is_a_failure(void **state)
{
	struct aiot_entry *s = add(&aiot_service_sensor, "s.service");
	struct aiot_entry *e = add(&aiot_service_fan, "fan.service");

	(void)state;
	f->core.silent_conditions = true;
	sensor(s)->degrees = 30;
	when(e, "every 1 hour & s:warm");
	aiot_core_delete(&f->core, s);
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 0);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "there is no task 's'"), 1);
	s = add(&aiot_service_sensor, "s.service"); /* and is back */
	sensor(s)->degrees = 30;
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 1);
}

#if !AIOT_BOARD
/* The function would take the door for a sensor. */
static void a_condition_is_not_asked_of_a_task_of_another_kind(void **state)
{
	struct aiot_entry *s = add(&aiot_service_sensor, "s");
	struct aiot_entry *door =
		&fake_add(f, fake_load(f, &aiot_service_sensor, "door"), "door")->entry;

	(void)state;
	assert_int_equal(try_when(door, "warm"), -AIOT_EINVAL);
	assert_int_equal(try_when(s, "door:warm"), -AIOT_EINVAL);
	when(door, "s:warm");
	fake_for(f, FAKE_S);
	assert_int_equal(door->runs, 0);
	sensor(s)->degrees = 21;
	fake_for(f, FAKE_S);
	assert_true(door->runs > 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_own_word_is_asked_each_cycle),
		T(a_word_of_another_service_has_its_name_in_front),
		T(an_argument_is_handed_over),
		T(one_that_fails_is_false_and_said_once),
		T(one_that_fails_aloud_tells_the_owner_why),
		T(the_service_of_a_word_that_went_is_a_failure),
#if !AIOT_BOARD
		T(a_condition_is_not_asked_of_a_task_of_another_kind),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
