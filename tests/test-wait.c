/*
 * test-wait.c - every kind of wait, ended in every way at every moment: by what was waited for, by
 * its time-out, by a stop, by TimeoutSec=, by the end of the task it belongs to; with and without
 * memory.  The length is that of five kinds by nine ends, and of the stage they share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"

enum kind { EVENT, GET, PUT, TASK, TASK_ID, KINDS };

/* Whose struct holds what others wait for. */
struct owner {
	struct aiot_event event, quit;
	struct aiot_queue queue;
	uint32_t items[1];
};

struct waiter {
	struct owner *owner;
	const char *whom;
	uint32_t id;
	enum kind kind;
	uint32_t timeout_ms, item;
	char trail[16];
	int how, at_last;
	struct aiot_core *core; /* to give orders to itself */
	struct aiot_entry *entry;
	unsigned rounds;
};

static void mark(struct waiter *w, char letter)
{
	size_t len = strlen(w->trail);

	assert_true(len < sizeof(w->trail) - 1);
	w->trail[len] = letter;
}

static struct aiot_wait begin(struct aiot_task *t, struct waiter *w)
{
	switch (w->kind) {
	case EVENT:
		return aiot_event_wait(t, &w->owner->event, w->timeout_ms);
	case GET:
		return aiot_queue_get(t, &w->owner->queue, &w->item, w->timeout_ms);
	case PUT:
		return aiot_queue_put(t, &w->owner->queue, &w->item, w->timeout_ms);
	case TASK:
		return aiot_task_wait(t, w->whom, w->timeout_ms);
	default:
		return aiot_task_wait_id(t, w->id, w->timeout_ms);
	}
}

static enum aiot_co waits(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct waiter, self);
	mark(self, 'a');
	AIOT_WAIT(t, begin(t, self));
	mark(self, 'b');
	self->how = aiot_waited(t);
	AIOT_FINALLY(t);
	mark(self, 'f');
	self->at_last = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(waiter, struct waiter, .main = waits);

static enum aiot_co owns(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct owner, self);
	AIOT_WAIT(t, aiot_event_wait(t, &self->quit, AIOT_FOREVER));
	AIOT_END(t);
}
AIOT_SERVICE(owner, struct owner, .main = owns);

/* ---- the stage ---- */

struct stage {
	struct fake *f;
	struct aiot_task *owner;
	struct fake_kind *waiters;
};

static struct owner *owner_of(const struct stage *s)
{
	return aiot_task_self(s->owner);
}

static struct waiter *waiter_of(struct aiot_task *t)
{
	return aiot_task_self(t);
}

/* The queue is full for those who want to put, else empty. */
static struct stage open_stage(struct fake *f, enum kind kind)
{
	struct stage s = {.f = f, .waiters = fake_load(f, &aiot_service_waiter, NULL)};
	uint32_t item = 7;

	s.owner = fake_start(f, fake_load(f, &aiot_service_owner, NULL), "owner");
	aiot_queue_init(&owner_of(&s)->queue, owner_of(&s)->items, sizeof(uint32_t), 1);
	if (kind == PUT)
		assert_int_equal(aiot_queue_try_put(&owner_of(&s)->queue, &item), 0);
	fake_idle(f);
	return s;
}

static struct aiot_task *add_waiter(const struct stage *s, const char *name, enum kind kind,
				    uint32_t timeout_ms)
{
	struct aiot_task *t = fake_add(s->f, s->waiters, name);
	struct waiter *w = waiter_of(t);

	w->owner = owner_of(s);
	w->whom = "owner";
	w->id = aiot_entry_id(&s->owner->entry);
	w->kind = kind;
	w->timeout_ms = timeout_ms;
	w->item = 42;
	w->how = w->at_last = 1;
	w->core = &s->f->core;
	w->entry = &t->entry;
	(void)aiot_core_start(&s->f->core, &t->entry);
	return t;
}

/* What the kind waits for. */
static void fulfil(const struct stage *s, enum kind kind)
{
	uint32_t item = 99;

	switch (kind) {
	case EVENT:
		aiot_event_set(&owner_of(s)->event);
		break;
	case GET:
		assert_int_equal(aiot_queue_try_put(&owner_of(s)->queue, &item), 0);
		break;
	case PUT:
		assert_int_equal(aiot_queue_try_get(&owner_of(s)->queue, &item), 0);
		assert_int_equal(item, 7);
		break;
	default:
		aiot_event_set(&owner_of(s)->quit);
		fake_idle(s->f);
	}
}

/* The waiter has gone on, or failed because it got no memory for its wait. */
static void assert_ended(const struct stage *s, struct aiot_task *t, int how)
{
	const struct waiter *w = waiter_of(t);

	if (s->f->failed_takes && t->entry.state == AIOT_FAILURE) {
		assert_int_equal(t->entry.fail, AIOT_ENOMEM);
		assert_string_equal(w->trail, "af");
		return;
	}
	assert_int_equal(w->how, how);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_string_equal(w->trail, "abf");
}

static bool pending(struct aiot_task *t)
{
	return strcmp(waiter_of(t)->trail, "a") == 0;
}

/* ---- each kind, each end ---- */

static enum kind now; /* of the scenario under way */

static void there_before(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t;

	fulfil(&s, now);
	t = add_waiter(&s, "t", now, AIOT_FOREVER);
	fake_idle(f);
	assert_ended(&s, t, 0);
	assert_int_equal(f->core.steps, now >= TASK ? 3 : 2); /* it never waited */
	if (now == GET)
		assert_int_equal(waiter_of(t)->item, 99);
}

static void there_later(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 60000);

	fake_for(f, 59 * FAKE_S);
	if (pending(t))
		fulfil(&s, now);
	fake_idle(f);
	assert_ended(&s, t, 0);
	fake_for(f, FAKE_MINUTE);
	assert_true(f->next_ns == AIOT_CORE_NEVER); /* the time-out went with the wait */
	if (now == GET && waiter_of(t)->how == 0)
		assert_int_equal(waiter_of(t)->item, 99);
}

static void never_there(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 1000);
	uint64_t due = f->mono_ns + FAKE_S;

	fake_until(f, due - 1);
	if (t->entry.state != AIOT_FAILURE)
		assert_true(pending(t));
	fake_until(f, due + FAKE_TICK);
	assert_ended(&s, t, -AIOT_ETIMEDOUT);
	fulfil(&s, now); /* nobody is there any more */
	fake_idle(f);
	assert_ended(&s, t, -AIOT_ETIMEDOUT);
	assert_int_equal(waiter_of(t)->item, 42);
}

static void only_tried(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 0);

	fake_idle(f);
	assert_ended(&s, t, -AIOT_ETIMEDOUT);
}

static void stopped_meanwhile(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 60000);

	fake_idle(f);
	if (aiot_core_stop(&f->core, &t->entry, false) < 0)
		return; /* without memory it has failed already */
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_string_equal(waiter_of(t)->trail, "af");
	assert_int_equal(waiter_of(t)->at_last, -AIOT_ECANCELED);
	fulfil(&s, now);
	assert_int_equal(waiter_of(t)->item, 42);
	assert_true(f->next_ns == AIOT_CORE_NEVER || f->core.alive > 0);
}

/* It was handed what it waited for and had no step since. */
static void stopped_when_it_is_there(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 60000);

	fake_idle(f);
	if (!pending(t))
		return;
	fulfil(&s, now);
	if (now < TASK) {
		assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
		fake_idle(f);
		assert_string_equal(waiter_of(t)->trail, "af");
		assert_int_equal(waiter_of(t)->at_last, 0); /* FINALLY knows that it has it */
	}
	if (now == GET)
		assert_int_equal(waiter_of(t)->item, 99);
}

static void deleted_with_its_owner(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 60000);

	fake_idle(f);
	aiot_core_delete(&f->core, &s.owner->entry);
	fake_idle(f);
	if (now == TASK || now == TASK_ID)
		assert_ended(&s, t, 0); /* its run did end */
	else
		assert_ended(&s, t, -AIOT_ECANCELED);
}

static void deleted_itself(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t = add_waiter(&s, "t", now, 60000);

	fake_idle(f);
	aiot_core_delete(&f->core, &t->entry);
	fake_idle(f);
	assert_null(aiot_core_find(&f->core, "t"));
	fulfil(&s, now);
	fake_idle(f);
}

static void out_of_time_for_its_run(struct fake *f)
{
	struct stage s = open_stage(f, now);
	struct aiot_task *t;

	s.waiters->spec.timeout_ms = 1000;
	t = add_waiter(&s, "t", now, AIOT_FOREVER);
	fake_for(f, 2 * FAKE_S);
	if (f->failed_takes == 0) {
		assert_int_equal(t->entry.state, AIOT_FAILURE);
		assert_int_equal(t->entry.fail, AIOT_ETIMEDOUT);
		assert_string_equal(waiter_of(t)->trail, "af");
	}
}

static void in_every_kind(void (*scenario)(struct fake *f))
{
	for (now = EVENT; now < KINDS; now++)
		fake_starve(scenario);
}

#define IN_EVERY_KIND(scenario)                                                                    \
	static void test_##scenario(void **state)                                                  \
	{                                                                                          \
		(void)state;                                                                       \
		in_every_kind(scenario);                                                           \
	}
IN_EVERY_KIND(there_before)
IN_EVERY_KIND(there_later)
IN_EVERY_KIND(never_there)
IN_EVERY_KIND(only_tried)
IN_EVERY_KIND(stopped_meanwhile)
IN_EVERY_KIND(stopped_when_it_is_there)
IN_EVERY_KIND(deleted_with_its_owner)
IN_EVERY_KIND(deleted_itself)
IN_EVERY_KIND(out_of_time_for_its_run)

/* ---- what is particular ---- */

static void those_who_wait_go_on_in_the_order_they_came(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, GET);
	struct aiot_task *t[3];
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		const char name[2] = {(char)('a' + i), '\0'};

		t[i] = add_waiter(&s, name, GET, i == 1 ? 1000 : AIOT_FOREVER);
		fake_idle(f);
	}
	fake_for(f, 2 * FAKE_S);
	assert_ended(&s, t[1], -AIOT_ETIMEDOUT);
	fulfil(&s, GET);
	fake_idle(f);
	assert_ended(&s, t[0], 0);
	assert_true(pending(t[2]));
	fulfil(&s, GET);
	fake_idle(f);
	assert_ended(&s, t[2], 0);
	assert_int_equal(aiot_queue_count(&owner_of(&s)->queue), 0);
	fake_close(f);
}

static enum aiot_co puts_in_a_second(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct waiter, self);
	AIOT_SLEEP_MS(t, 1000);
	aiot_result_int(t, aiot_queue_try_put(&self->owner->queue, &self->item));
	AIOT_END(t);
}
AIOT_SERVICE(putter, struct waiter, .main = puts_in_a_second);

static void nothing_is_lost_when_a_time_out_and_a_put_meet(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, GET);
	struct aiot_task *t = add_waiter(&s, "t", GET, 1000);
	struct aiot_task *p = fake_add(f, fake_load(f, &aiot_service_putter, NULL), "p");
	uint32_t item = 0;

	(void)state;
	waiter_of(p)->owner = owner_of(&s);
	waiter_of(p)->item = 5;
	assert_int_equal(aiot_core_start(&f->core, &p->entry), 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(aiot_outcome_of(&p->entry)->value, 0);
	assert_ended(&s, t, -AIOT_ETIMEDOUT);
	assert_int_equal(waiter_of(t)->item, 42);
	assert_int_equal(aiot_queue_try_get(&owner_of(&s)->queue, &item), 0);
	assert_int_equal(item, 5);
	fake_close(f);
}

static enum aiot_co never_has_to_wait(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct waiter, self);
	for (; self->rounds < 100000; self->rounds++)
		AIOT_WAIT(t, aiot_event_wait(t, &self->owner->event, AIOT_FOREVER));
	AIOT_END(t);
}
AIOT_SERVICE(busy, struct waiter, .main = never_has_to_wait);

static void waits_that_are_over_at_once_leave_turns_to_others(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, EVENT);
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_busy, NULL), "t");

	(void)state;
	waiter_of(t)->owner = owner_of(&s);
	aiot_event_set(&owner_of(&s)->event);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	(void)fake_run(f);
	assert_int_equal(waiter_of(t)->rounds, 63);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_true(f->core.steps < 100000 / 60);
	fake_close(f);
}

static enum aiot_co waits_then_sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct waiter, self);
	AIOT_WAIT(t, begin(t, self));
	self->how = aiot_waited(t);
	AIOT_YIELD(t);
	assert_int_equal(aiot_waited(t), self->how);
	AIOT_SLEEP_MS(t, 1);
	self->at_last = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct waiter, .main = waits_then_sleeps);

static void a_sleep_forgets_how_the_wait_before_it_ended(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, EVENT);
	struct aiot_task *t;

	(void)state;
	s.waiters = fake_load(f, &aiot_service_sleeper, NULL);
	t = add_waiter(&s, "t", EVENT, 10);
	fake_for(f, FAKE_S);
	assert_int_equal(waiter_of(t)->how, -AIOT_ETIMEDOUT);
	assert_int_equal(waiter_of(t)->at_last, 0);
	fake_close(f);
}

/* ---- other tasks ---- */

static void waiting_for_who_is_not_there_ends_at_once(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, TASK);
	struct aiot_task *a = add_waiter(&s, "a", TASK, AIOT_FOREVER);
	struct aiot_task *b = add_waiter(&s, "b", TASK_ID, AIOT_FOREVER);

	(void)state;
	waiter_of(a)->whom = "nobody";
	waiter_of(b)->id = 4711;
	fake_idle(f);
	assert_ended(&s, a, -AIOT_ENOENT);
	assert_ended(&s, b, -AIOT_ENOENT);
	fake_close(f);
}

static enum aiot_co waits_for_another_later(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct waiter, self);
	AIOT_WAIT(t, aiot_event_wait(t, &self->owner->event, AIOT_FOREVER));
	AIOT_WAIT(t, aiot_task_wait(t, self->whom, AIOT_FOREVER));
	self->how = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(later, struct waiter, .main = waits_for_another_later);

static void tasks_that_would_wait_for_each_other_are_refused(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, TASK);
	struct aiot_task *c = fake_add(f, fake_load(f, &aiot_service_later, NULL), "c");
	struct aiot_task *a, *b, *d;

	(void)state;
	waiter_of(c)->owner = owner_of(&s);
	waiter_of(c)->whom = "a";
	assert_int_equal(aiot_core_start(&f->core, &c->entry), 0);
	b = add_waiter(&s, "b", TASK, AIOT_FOREVER);
	waiter_of(b)->whom = "c";
	a = add_waiter(&s, "a", TASK, AIOT_FOREVER);
	waiter_of(a)->whom = "b";
	d = add_waiter(&s, "d", TASK, AIOT_FOREVER);
	waiter_of(d)->whom = "d";
	fake_idle(f);
	assert_ended(&s, d, -AIOT_EDEADLK);
	assert_true(pending(a) && pending(b));
	aiot_event_set(&owner_of(&s)->event); /* a waits for b, b for c, and c wants to for a */
	fake_idle(f);
	assert_int_equal(waiter_of(c)->how, -AIOT_EDEADLK);
	assert_ended(&s, b, 0);
	assert_ended(&s, a, 0);
	fake_close(f);
}

static enum aiot_co fails(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct waiter, self);
	AIOT_WAIT(t, aiot_event_wait(t, &self->owner->event, AIOT_FOREVER));
	AIOT_FAIL(t, -AIOT_EIO, "no answer");
	AIOT_END(t);
}
AIOT_SERVICE(failing, struct waiter, .main = fails);

static void how_another_task_ended_can_be_read(void **state)
{
	struct fake *f = fake_open();
	struct stage s = open_stage(f, TASK);
	struct aiot_task *t = add_waiter(&s, "t", TASK, AIOT_FOREVER);
	struct aiot_task *o = fake_add(f, fake_load(f, &aiot_service_failing, NULL), "o");
	struct aiot_task_view view;
	char text[512];

	(void)state;
	waiter_of(o)->owner = owner_of(&s);
	assert_int_equal(aiot_core_start(&f->core, &o->entry), 0);
	waiter_of(t)->whom = "o";
	fake_idle(f);
	assert_int_equal(aiot_task_view(t, "o", &view), 0);
	assert_string_equal(view.state, "running");
	assert_int_equal(view.alive, 1);
	aiot_event_set(&owner_of(&s)->event);
	fake_idle(f);
	assert_ended(&s, t, 0);
	assert_int_equal(aiot_task_view(t, "o", &view), 0);
	assert_string_equal(view.state, "failed");
	assert_int_equal(view.failure, -AIOT_EIO);
	assert_int_equal(view.alive, 0);
	assert_int_equal(view.runs, 1);
	assert_int_equal(view.id, aiot_entry_id(&o->entry));
	assert_true(aiot_task_result(t, "o", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"message\":\"no answer\""));
	assert_int_equal(aiot_task_result(t, "o", text, 20), -AIOT_ENOSPC);
	assert_string_equal(text, "");
	assert_int_equal(aiot_task_result(t, "owner", text, sizeof(text)), 4);
	assert_string_equal(text, "null");
	assert_int_equal(aiot_task_result(t, "nobody", text, sizeof(text)), -AIOT_ENOENT);
	assert_int_equal(aiot_task_view(t, "nobody", &view), -AIOT_ENOENT);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_before),
		cmocka_unit_test(test_there_later),
		cmocka_unit_test(test_never_there),
		cmocka_unit_test(test_only_tried),
		cmocka_unit_test(test_stopped_meanwhile),
		cmocka_unit_test(test_stopped_when_it_is_there),
		cmocka_unit_test(test_deleted_with_its_owner),
		cmocka_unit_test(test_deleted_itself),
		cmocka_unit_test(test_out_of_time_for_its_run),
		cmocka_unit_test(those_who_wait_go_on_in_the_order_they_came),
		cmocka_unit_test(nothing_is_lost_when_a_time_out_and_a_put_meet),
		cmocka_unit_test(waits_that_are_over_at_once_leave_turns_to_others),
		cmocka_unit_test(a_sleep_forgets_how_the_wait_before_it_ended),
		cmocka_unit_test(waiting_for_who_is_not_there_ends_at_once),
		cmocka_unit_test(tasks_that_would_wait_for_each_other_are_refused),
		cmocka_unit_test(how_another_task_ended_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
