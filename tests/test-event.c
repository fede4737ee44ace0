/*
 * test-event.c - what events and queues do beyond waking one task (test-wait.c): many tasks at
 * once, callbacks without a task, wrap-around, queues without room, and what must not be done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

struct item {
	uint32_t value;
	char more[5]; /* no multiple of anything */
};

struct user {
	struct aiot_event event;
	struct aiot_queue queue, *shared;
	struct item items[3], next;
	struct aiot_event *on;
	uint32_t got, sum, count;
	int how;
	int deed;
};

static struct user *user_of(struct aiot_task *t)
{
	return aiot_task_self(t);
}

static enum aiot_co listens(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct user, self);
	for (;;) {
		AIOT_WAIT(t, aiot_event_wait(t, self->on, AIOT_FOREVER));
		self->how = aiot_waited(t);
		self->got++;
		if (self->how < 0)
			AIOT_RETURN(t);
		aiot_event_reset(self->on);
	}
	AIOT_END(t);
}
AIOT_SERVICE(listener, struct user, .main = listens);

static struct aiot_task *listener(struct fake *f, const char *name, struct aiot_event *on)
{
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_listener, NULL), name);

	user_of(t)->on = on ? on : &user_of(t)->event;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	return t;
}

/* ---- events ---- */

static void set_wakes_all_and_whoever_comes_until_reset(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *a = listener(f, "a", NULL), *b, *c;
	struct aiot_event *event = &user_of(a)->event;

	(void)state;
	b = listener(f, "b", event);
	c = listener(f, "c", event);
	aiot_event_set(event);
	assert_int_equal(aiot_event_is_set(event), 1);
	aiot_event_reset(event); /* too late for those who waited */
	assert_int_equal(aiot_event_is_set(event), 0);
	fake_idle(f);
	assert_int_equal(user_of(a)->got + user_of(b)->got + user_of(c)->got, 3);
	aiot_event_pulse(event);
	assert_int_equal(aiot_event_is_set(event), 0);
	fake_idle(f);
	assert_int_equal(user_of(a)->got + user_of(b)->got + user_of(c)->got, 6);
	fake_close(f);
}

static void an_event_is_set_from_a_callback_while_the_loop_sleeps(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *a = listener(f, "a", NULL);
	unsigned wakes = f->wakes;

	(void)state;
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	aiot_event_set(&user_of(a)->event);
	assert_int_equal(f->wakes, wakes + 1); /* the owner was told to run the core */
	fake_idle(f);
	assert_int_equal(user_of(a)->got, 1);
	fake_close(f);
}

static void close_ends_every_wait(void **state)
{
	struct fake *f = fake_open();
	static struct aiot_event loose; /* in nobody's struct */
	struct aiot_task *a = listener(f, "a", &loose), *b = listener(f, "b", &loose);

	(void)state;
	aiot_event_close(&loose);
	fake_idle(f);
	assert_int_equal(user_of(a)->how, -AIOT_ECANCELED);
	assert_int_equal(user_of(b)->how, -AIOT_ECANCELED);
	assert_int_equal(b->entry.state, AIOT_ENDED);
	assert_true(f->core.awaited.next == &f->core.awaited);
	fake_close(f);
}

/* The owner of one goes, then a waiter of the other goes, in both orders. */
static void objects_and_those_who_wait_vanish_in_any_order(void **state)
{
	unsigned order;

	(void)state;
	for (order = 0; order < 6; order++) {
		struct fake *f = fake_open();
		struct aiot_task *t[3];
		unsigned i;

		t[0] = listener(f, "t0", NULL);
		t[1] = listener(f, "t1", &user_of(t[0])->event);
		t[2] = listener(f, "t2", &user_of(t[0])->event);
		for (i = 0; i < 3; i++) {
			static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
							      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

			aiot_core_delete(&f->core, &t[orders[order][i]]->entry);
			fake_idle(f);
		}
		assert_int_equal(aiot_core_count(&f->core), 0);
		assert_true(f->core.awaited.next == &f->core.awaited);
		fake_close(f);
	}
}

/* ---- queues ---- */

static enum aiot_co consumes(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct user, self);
	while (self->got < self->count) {
		AIOT_WAIT(t, aiot_queue_get(t, self->shared, &self->next, AIOT_FOREVER));
		assert_int_equal(aiot_waited(t), 0);
		assert_string_equal(self->next.more, "abcd");
		assert_int_equal(self->next.value, self->got); /* in order */
		self->got++;
	}
	AIOT_END(t);
}
AIOT_SERVICE(consumer, struct user, .main = consumes);

static enum aiot_co produces(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct user, self);
	memcpy(self->next.more, "abcd", 5);
	for (self->next.value = 0; self->next.value < self->count; self->next.value++) {
		AIOT_WAIT(t, aiot_queue_put(t, &self->queue, &self->next, AIOT_FOREVER));
		assert_int_equal(aiot_waited(t), 0);
	}
	AIOT_END(t);
}
AIOT_SERVICE(producer, struct user, .main = produces);

static void items_arrive_once_and_in_order_whatever_the_capacity(void **state)
{
	uint32_t capacity;

	(void)state;
	for (capacity = 0; capacity <= 3; capacity++) {
		struct fake *f = fake_open();
		struct aiot_task *p = fake_add(f, fake_load(f, &aiot_service_producer, NULL), "p");
		struct aiot_task *c = fake_add(f, fake_load(f, &aiot_service_consumer, NULL), "c");

		user_of(p)->count = user_of(c)->count = 1000;
		user_of(c)->shared = &user_of(p)->queue;
		aiot_queue_init(&user_of(p)->queue, user_of(p)->items, sizeof(struct item),
				capacity);
		assert_int_equal(aiot_core_start(&f->core, capacity & 1 ? &p->entry : &c->entry),
				 0);
		fake_idle(f);
		assert_int_equal(aiot_core_start(&f->core, capacity & 1 ? &c->entry : &p->entry),
				 0);
		fake_idle(f);
		assert_int_equal(user_of(c)->got, 1000);
		assert_int_equal(p->entry.state, AIOT_ENDED);
		assert_int_equal(c->entry.state, AIOT_ENDED);
		assert_int_equal(aiot_queue_count(&user_of(p)->queue), 0);
		fake_close(f);
	}
}

static void a_queue_works_without_any_task(void **state)
{
	struct aiot_queue q = {0};
	uint16_t room[2], item = 1;

	(void)state;
	assert_int_equal(aiot_queue_try_put(&q, &item), -AIOT_EAGAIN);
	aiot_queue_init(&q, room, sizeof(item), 2);
	assert_int_equal(aiot_queue_try_get(&q, &item), -AIOT_EAGAIN);
	for (item = 1; item <= 2; item++)
		assert_int_equal(aiot_queue_try_put(&q, &item), 0);
	assert_int_equal(aiot_queue_try_put(&q, &item), -AIOT_EAGAIN);
	assert_int_equal(aiot_queue_try_get(&q, &item), 0);
	assert_int_equal(item, 1);
	item = 3;
	assert_int_equal(aiot_queue_try_put(&q, &item), 0);
	assert_int_equal(aiot_queue_count(&q), 2);
	assert_int_equal(aiot_queue_try_get(&q, &item), 0);
	assert_int_equal(item, 2);
	aiot_queue_close(&q);
	assert_int_equal(aiot_queue_count(&q), 0);
}

static void setting_up_a_queue_again_takes_in_who_waits_to_put(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *p = fake_add(f, fake_load(f, &aiot_service_producer, NULL), "p");
	struct aiot_queue *q = &user_of(p)->queue;
	struct item item;

	(void)state;
	user_of(p)->count = 3;
	aiot_queue_init(q, user_of(p)->items, sizeof(struct item), 1);
	assert_int_equal(aiot_core_start(&f->core, &p->entry), 0);
	fake_idle(f);
	aiot_queue_init(q, user_of(p)->items, sizeof(struct item), 2); /* item 0 is forgotten */
	assert_int_equal(aiot_queue_count(q), 1);
	fake_idle(f);
	assert_int_equal(p->entry.state, AIOT_ENDED);
	assert_int_equal(aiot_queue_try_get(q, &item), 0);
	assert_int_equal(item.value, 1);
	fake_close(f);
}

/* ---- misuse ---- */

/* Under AddressSanitizer, too, its locals are to lie on the stack, and not on one that it makes up.
 */
__attribute__((no_sanitize_address)) static struct aiot_wait wrongly(struct aiot_task *t,
								     struct user *self)
{
	struct aiot_event event = {0};
	struct item item;
	struct aiot_wait wait;

	switch (self->deed) {
	case 0:
		return aiot_event_wait(t, &event, AIOT_FOREVER);
	case 1:
		aiot_queue_init(&self->queue, self->items, sizeof(struct item), 3);
		return aiot_queue_get(t, &self->queue, &item, AIOT_FOREVER);
	case 2:
		return aiot_queue_get(t, &self->queue, &self->next, AIOT_FOREVER);
	case 3:
		wait = aiot_event_wait(t, &self->event, AIOT_FOREVER);
		(void)wait;
		return aiot_event_wait(t, &self->event, AIOT_FOREVER);
	default:
		self->event.set = 1;
		wait = aiot_event_wait(t, &self->event, AIOT_FOREVER);
		(void)wait;
		aiot_sleep_ms_(t, 10);
		return wait;
	}
}

static enum aiot_co misuses(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct user, self);
	AIOT_WAIT(t, wrongly(t, self));
	self->got = 1;
	AIOT_FINALLY(t);
	self->got += 10;
	AIOT_END(t);
}
AIOT_SERVICE(misuser, struct user, .main = misuses);

static void wrong_waits_fail_the_task_and_say_why(void **state)
{
	static const char *const words[] = {
		"the event is a local; it has to live in self",
		"the item is a local; it has to live in self",
		"a queue without aiot_queue_init()",
		"two waits at the same time",
		"two waits at the same time",
	};
	unsigned i;

	(void)state;
	/* A board does not know locals. */
	for (i = AIOT_BOARD ? 2 : 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct fake *f = fake_open();
		struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_misuser, NULL), "t");

		user_of(t)->deed = (int)i;
		assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
		fake_for(f, FAKE_S);
		assert_int_equal(user_of(t)->got, 10); /* through FINALLY alone */
		assert_int_equal(t->entry.state, AIOT_FAILURE);
		assert_non_null(strstr(aiot_outcome_of(&t->entry)->text, words[i]));
		fake_close(f);
	}
}

static void waits_in_hooks_are_refused(struct aiot_task *t, void *self)
{
	struct user *user = self;
	struct aiot_wait wait = aiot_event_wait(t, &user->event, AIOT_FOREVER);

	(void)wait;
}
AIOT_SERVICE(hooked, struct user, .main = listens, .on_stop = waits_in_hooks_are_refused);

static void a_wait_in_on_stop_fails_the_task(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_hooked, NULL), "t");

	(void)state;
	user_of(t)->on = &user_of(t)->event;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_non_null(
		strstr(aiot_outcome_of(&t->entry)->text, "a wait in init, on_stop or on_error"));
	fake_close(f);
}

static enum aiot_co begins_and_ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct user, self);
	AIOT_WAIT_BEGIN_(aiot_event_wait(t, self->on, 1000));
	AIOT_END(t);
}
AIOT_SERVICE(careless, struct user, .main = begins_and_ends);

static void a_wait_that_nobody_waits_for_is_taken_back(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *a = listener(f, "a", NULL);
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_careless, NULL), "t");

	(void)state;
	user_of(t)->on = &user_of(a)->event;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	aiot_core_delete(&f->core, &t->entry);
	aiot_event_set(&user_of(a)->event);
	fake_idle(f);
	fake_close(f);
}

static void an_event_of_another_loop_is_refused(void **state)
{
	struct fake *f = fake_open(), *g = fake_open();
	struct aiot_task *a = listener(f, "a", NULL), *b = listener(g, "b", &user_of(a)->event);

	(void)state;
	assert_int_equal(b->entry.state, AIOT_FAILURE);
	assert_non_null(strstr(aiot_outcome_of(&b->entry)->text, "another loop"));
	fake_close(g);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_wakes_all_and_whoever_comes_until_reset),
		cmocka_unit_test(an_event_is_set_from_a_callback_while_the_loop_sleeps),
		cmocka_unit_test(close_ends_every_wait),
		cmocka_unit_test(objects_and_those_who_wait_vanish_in_any_order),
		cmocka_unit_test(items_arrive_once_and_in_order_whatever_the_capacity),
		cmocka_unit_test(a_queue_works_without_any_task),
		cmocka_unit_test(setting_up_a_queue_again_takes_in_who_waits_to_put),
		cmocka_unit_test(wrong_waits_fail_the_task_and_say_why),
		cmocka_unit_test(a_wait_in_on_stop_fails_the_task),
		cmocka_unit_test(a_wait_that_nobody_waits_for_is_taken_back),
		cmocka_unit_test(an_event_of_another_loop_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
