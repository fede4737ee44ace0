/*
 * test-condition-word.c - When: conditions that services declare, asked of the own task and of
 * others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"
#include "schedule.h"

struct stove {
	uint32_t degrees;
	uint32_t asked;
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct stove, self);
	self->degrees++;
	AIOT_END(t);
}

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

static int warm(struct aiot_task *t, void *self, const char *arg)
{
	struct stove *s = self;

	(void)t;
	(void)arg;
	s->asked++;
	return s->degrees >= 20;
}

static const struct aiot_cond conditions[] = {
	AIOT_CONDITION("warm", warm, "at least 20 degrees"),
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "door", .fn = opens, .self_size = sizeof(struct door)},
	{0},
};
AIOT_SERVICE(stove, struct stove, .main = works, .kinds = kinds, .conditions = conditions);

static struct fake *f;
static struct aiot_entry *stove, *door;

static int open_stage(void **state)
{
	(void)state;
	f = fake_open();
	fake_idle(f);
	stove = &fake_add(f, fake_load(f, &aiot_service_stove, NULL), "stove")->entry;
	door = &fake_add(f, fake_load(f, &aiot_service_stove, "door"), "door")->entry;
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	fake_close(f);
	return 0;
}

static int when(struct aiot_entry *e, const char *text)
{
	struct aiot_plan plan;
	char sentence[256];
	struct aiot_out why;

	aiot_out_init(&why, sentence, sizeof(sentence));
	aiot_plan_init(&plan);
	plan.when = text;
	return aiot_schedule_create(&f->core, e, &plan, false, &why);
}

static void the_own_condition_starts_its_task(void **state)
{
	struct stove *self = aiot_task_self(aiot_task_of(stove));

	(void)state;
	assert_int_equal(when(stove, "warm"), 0);
	fake_for(f, FAKE_S);
	assert_true(self->asked >= 9); /* it is polled */
	assert_int_equal(stove->runs, 0);
	self->degrees = 20;
	fake_for(f, FAKE_S);
	assert_true(stove->runs > 0);
}

static void a_task_of_another_kind_asks_the_main_one_by_its_name(void **state)
{
	struct stove *self = aiot_task_self(aiot_task_of(stove));

	(void)state;
	assert_int_equal(when(door, "stove:warm"), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(door->runs, 0);
	self->degrees = 20;
	fake_for(f, FAKE_S);
	assert_true(door->runs > 0);
}

/* The function would take the door for a stove. */
static void a_condition_is_not_asked_of_a_task_of_another_kind(void **state)
{
	(void)state;
	assert_int_equal(when(door, "warm"), -AIOT_EINVAL);
	assert_int_equal(when(stove, "door:warm"), -AIOT_EINVAL);
	fake_for(f, FAKE_S);
	assert_int_equal(door->runs, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_own_condition_starts_its_task),
		T(a_task_of_another_kind_asks_the_main_one_by_its_name),
		T(a_condition_is_not_asked_of_a_task_of_another_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
