/*
 * test-child.c - child tasks: they live within their parent's run, whichever way it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"
#include "wait.h"

#define CHILDREN 3

struct parent {
	uint32_t children_stopped;
	char trail[32];
	uint32_t children, depth, stay_ms;
	int started[CHILDREN], how;
	char state[16];
	struct aiot_event event;
};

struct child {
	struct parent *own;
	const char *text;
	uint32_t linger_ms, code, depth;
	int started;
};

static void mark(struct parent *p, char letter)
{
	size_t len = strlen(p->trail);

	assert_true(len < sizeof(p->trail) - 1);
	p->trail[len] = letter;
}

static enum aiot_co child(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct child, self);
	self->own = aiot_parent_self(t);
	if (strstr(aiot_name(t), "deeper") != NULL)
		self->own = ((struct child *)aiot_parent_self(t))->own;
	if (self->depth > 0)
		self->started = aiot_child_start(t, "child", "deeper", NULL);
	AIOT_WAIT(t, aiot_event_wait(t, &self->own->event, AIOT_FOREVER));
	if (self->code)
		AIOT_FAIL(t, -(int)self->code, "as asked");
	if (aiot_result_text(t, self->text) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no memory");
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, self->linger_ms);
	AIOT_END(t);
}

/* Starts as many as it was told to, then stays. */
static enum aiot_co parent(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct parent, self);
	{
		static const char *const names[CHILDREN] = {"one", "two", "three"};
		uint32_t i = 0;

		mark(self, 'p');
		for (i = 0; i < self->children; i++)
			self->started[i] = aiot_child_start(t, "child", names[i], NULL);
	}
	if (self->stay_ms)
		AIOT_SLEEP_MS(t, self->stay_ms);
	AIOT_FINALLY(t);
	mark(self, 'f');
	AIOT_END(t);
}

static void stops(struct aiot_task *t, void *self)
{
	struct parent *p = self;

	mark(p, t->entry.more && t->entry.more->children.next &&
				!aiot_list_empty(&t->entry.more->children)
			? '!'
			: 's');
}

/* Its own, not the parent's: that one would take this struct for another. */
static void child_stops(struct aiot_task *t, void *self)
{
	if (strstr(aiot_name(t), "deeper") == NULL && self == aiot_self(t))
		((struct parent *)aiot_parent_self(t))->children_stopped++;
}

static const struct aiot_opt child_opts[] = {
	AIOT_OPT_STR(struct child, text, "text", "default", "its result"),
	AIOT_OPT_MS(struct child, linger_ms, "linger", "1s", "how long its FINALLY takes"),
	AIOT_OPT_U32(struct child, code, "code", "0", "to fail with"),
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "child",
	 .fn = child,
	 .self_size = sizeof(struct child),
	 .opts = child_opts,
	 .on_stop = child_stops},
	{0},
};
AIOT_SERVICE(parent, struct parent, .main = parent, .kinds = kinds, .on_stop = stops);

/* ---- an owner that makes children ---- */

static struct aiot_arg arg[8];

static int create_child(void *ctx, struct aiot_entry *above, const char *kind, const char *name,
			const char *const *args, struct aiot_entry **ret)
{
	struct fake *f = ctx;
	struct aiot_kind found;
	struct fake_kind *k;
	struct aiot_task *t;
	int r;

	if (!aiot_service_kind(above->spec->service, kind, &found))
		return -AIOT_ENOENT;
	k = fake_load(f, &aiot_service_parent, kind);
	k->spec.stop_timeout_ms = above->spec->stop_timeout_ms;
	for (; args != NULL && args[0] != NULL; args += 2)
		arg[k->spec.arg_count++] = (struct aiot_arg){args[0], args[1], "test"};
	k->spec.args = arg;
	r = fake_try_add(f, k, name, AIOT_RAISE, &t);
	if (r == 0)
		*ret = &t->entry;
	return r;
}

static struct aiot_core_ops ops;

static struct aiot_task *add_parent(struct fake *f, const char *name, uint32_t children)
{
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_parent, NULL), name);
	struct parent *p = aiot_task_self(t);

	ops = *f->core.ops;
	ops.create_child = create_child;
	f->core.ops = &ops;
	p->children = children;
	p->stay_ms = 3600000;
	fake_spec(&t->entry)->stop_timeout_ms = 5000;
	return t;
}

static struct parent *parent_of(struct aiot_task *t)
{
	return aiot_task_self(t);
}

static struct aiot_task *start_parent(struct fake *f, uint32_t children)
{
	struct aiot_task *t = add_parent(f, "p", children);

	(void)aiot_core_start(&f->core, &t->entry);
	fake_idle(f);
	return t;
}

static struct aiot_entry *find(struct fake *f, const char *name)
{
	return aiot_core_find(&f->core, name);
}

/* ---- the end of the parent ---- */

static void a_stopped_parent_waits_for_its_children(struct fake *f)
{
	struct aiot_task *t = start_parent(f, 3);
	unsigned i, running = 0;

	for (i = 0; i < 3; i++)
		running += parent_of(t)->started[i] == 0;
	if (f->failed_takes == 0) {
		assert_int_equal(running, 3);
		assert_int_equal(find(f, "p.two")->state, AIOT_RUNNING);
	}
	assert_int_equal(aiot_core_count(&f->core), 1 + running);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_S / 2);
	if (running > 0) {
		assert_string_equal(parent_of(t)->trail, "pf");
		assert_int_equal(t->entry.state, AIOT_STOPPING);
		assert_int_equal(aiot_core_start(&f->core, &t->entry), -AIOT_EALREADY);
	}
	fake_for(f, FAKE_S);
	assert_string_equal(parent_of(t)->trail, "pfs"); /* on_stop comes when they are gone */
	assert_int_equal(parent_of(t)->children_stopped, running);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_int_equal(aiot_core_count(&f->core), 1);
}

static void children_stop_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(a_stopped_parent_waits_for_its_children);
}

static void children_end_when_their_parent_is_done(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_parent(f, "p", 2);

	(void)state;
	parent_of(t)->stay_ms = 0; /* it ends without ever having waited */
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	(void)fake_run(f);
	assert_int_equal(t->entry.state, AIOT_ENDED); /* for they had not begun either */
	assert_int_equal(aiot_core_count(&f->core), 1);
	parent_of(t)->stay_ms = 100;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S / 2);
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	assert_int_equal(find(f, "p.one")->state, AIOT_STOPPING);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(aiot_core_count(&f->core), 1);
	assert_string_equal(fake_states(f, "p"), "starting done starting running stopping done");
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0); /* and all over again */
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static void a_deleted_parent_takes_its_children_along(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_parent(f, 3);

	(void)state;
	aiot_core_delete(&f->core, &t->entry);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(aiot_core_count(&f->core), 0);
	fake_close(f);
}

static void children_that_do_not_stop_are_given_up_with_their_parent(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_parent(f, 2);
	struct child *c = aiot_task_self(aiot_task_of(find(f, "p.one")));

	(void)state;
	c->linger_ms = 3600000;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, 4 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	assert_null(find(f, "p.two"));
	fake_for(f, 2 * FAKE_S);
	assert_null(find(f, "p.one"));
	assert_int_equal(aiot_core_count(&f->core), 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "did not stop within its TimeoutStopSec") > 0,
			 1);
	assert_false(aiot_entry_alive(&t->entry));
	fake_close(f);
}

static void grandchildren_go_innermost_first(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_parent(f, 1);
	struct aiot_task *c = aiot_task_of(find(f, "p.one")), *g;

	(void)state;
	((struct child *)aiot_task_self(c))->depth = 1;
	assert_int_equal(aiot_core_restart(&f->core, &c->entry), 0);
	fake_for(f, 2 * FAKE_S);
	g = aiot_task_of(find(f, "p.one.deeper"));
	assert_int_equal(g->entry.state, AIOT_RUNNING);
	aiot_core_delete(&f->core, &t->entry);
	fake_for(f, 3 * FAKE_S / 2);
	assert_int_equal(c->entry.state, AIOT_STOPPING); /* its own FINALLY is through */
	assert_int_equal(g->entry.state, AIOT_STOPPING);
	fake_for(f, FAKE_S);
	assert_int_equal(aiot_core_count(&f->core), 0);
	fake_close(f);
}

/* ---- one child ---- */

struct boss {
	struct aiot_event event;
	const char *const *args;
	int r, again, none, bad, ended, how;
	struct aiot_task_view view;
	char result[256];
};

static const char *const boss_args[] = {"text", "for you", "linger", "10ms", NULL};

static enum aiot_co boss(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct boss, self);
	self->r = aiot_child_start(t, "child", "c", self->args);
	self->again = aiot_child_start(t, "child", "c", NULL);
	self->none = aiot_child_start(t, "nothing", "d", NULL);
	self->bad = aiot_child_start(t, "child", "no/name", NULL);
	AIOT_WAIT(t, aiot_task_wait(t, ".c", 60000));
	self->how = aiot_waited(t);
	(void)aiot_task_view(t, ".c", &self->view);
	(void)aiot_task_result(t, ".c", self->result, sizeof(self->result));
	self->ended = aiot_child_end(t, "c");
	self->again = self->again == -AIOT_EEXIST ? aiot_child_start(t, "child", "c", NULL) : 1;
	AIOT_END(t);
}

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct child, self);
	AIOT_SLEEP_MS(t, 1000);
	if (self->code)
		AIOT_FAIL(t, -(int)self->code, "as asked");
	(void)aiot_result_text(t, self->text);
	AIOT_END(t);
}
static const struct aiot_kind boss_kinds[] = {
	{.name = "child", .fn = works, .self_size = sizeof(struct child), .opts = child_opts},
	{0},
};
AIOT_SERVICE(boss, struct boss, .main = boss, .kinds = boss_kinds);

static int create_for_boss(void *ctx, struct aiot_entry *above, const char *kind, const char *name,
			   const char *const *args, struct aiot_entry **ret)
{
	struct aiot_kind found;
	struct fake_kind *k;
	struct aiot_task *t = NULL;
	int r;

	(void)above;
	if (!aiot_service_kind(&aiot_service_boss, kind, &found))
		return -AIOT_ENOENT;
	k = fake_load(ctx, &aiot_service_boss, kind);
	for (; args != NULL && args[0] != NULL; args += 2)
		arg[k->spec.arg_count++] = (struct aiot_arg){args[0], args[1], "test"};
	k->spec.args = arg;
	r = fake_try_add(ctx, k, name, AIOT_RAISE, &t);
	if (r == 0)
		*ret = &t->entry;
	return r;
}

static struct boss *run_boss(struct fake *f, const char *const *args)
{
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_boss, NULL), "b");
	struct boss *b = aiot_task_self(t);

	ops = *f->core.ops;
	ops.create_child = create_for_boss;
	f->core.ops = &ops;
	b->args = args;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(aiot_core_count(&f->core), 1);
	return b;
}

static void a_parent_waits_for_a_child_and_reads_its_result(void **state)
{
	struct fake *f = fake_open();
	struct boss *b = run_boss(f, boss_args);

	(void)state;
	assert_int_equal(b->r, 0);
	assert_int_equal(b->none, -AIOT_ENOENT);
	assert_int_equal(b->bad, -AIOT_EINVAL);
	assert_int_equal(b->how, 0);
	assert_string_equal(b->view.state, "done");
	assert_string_equal(b->result, "\"for you\"");
	assert_int_equal(b->ended, 0);
	assert_int_equal(b->again, 0); /* the name was free at once, and was taken before */
	fake_close(f);
}

static void the_failure_of_a_child_is_its_own(void **state)
{
	static const char *const args[] = {"code", "5", NULL};
	struct fake *f = fake_open();
	struct boss *b = run_boss(f, args);

	(void)state;
	assert_string_equal(b->view.state, "failed");
	assert_int_equal(b->view.failure, -AIOT_EIO);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EIO: as asked"), 1);
	fake_close(f);
}

static void a_board_without_children_says_so(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_parent, NULL), "p");

	(void)state;
	parent_of(t)->children = 1;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(parent_of(t)->started[0], -AIOT_ENOSYS);
	fake_close(f);
}

#if !AIOT_BOARD
static void names_that_get_too_long_are_refused(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t =
		add_parent(f, "a-name-of-sixty-two-letters-which-leaves-no-room-for-the-dot-in", 1);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(parent_of(t)->started[0], -AIOT_ENAMETOOLONG);
	fake_close(f);
}
#endif

static void a_child_that_people_delete_is_just_gone(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_parent(f, 2);

	(void)state;
	aiot_core_delete(&f->core, find(f, "p.one"));
	fake_for(f, 2 * FAKE_S);
	assert_null(find(f, "p.one"));
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(aiot_child_end(t, "one"), -AIOT_ENOENT);
	assert_int_equal(aiot_child_end(t, "two"), 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(aiot_core_count(&f->core), 1);
	fake_close(f);
}

static void status_names_the_children(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_parent(f, 2);
	char text[1024];
	struct aiot_json_out json;
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	t->entry.spec->place->ops->detail(t->entry.spec->place, &t->entry, &json);
	aiot_json_put_end_object(&json);
	assert_non_null(strstr(aiot_out_str(&out), "\"children\":[\"p.one\",\"p.two\"]"));
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_stop_with_and_without_memory),
		cmocka_unit_test(children_end_when_their_parent_is_done),
		cmocka_unit_test(a_deleted_parent_takes_its_children_along),
		cmocka_unit_test(children_that_do_not_stop_are_given_up_with_their_parent),
		cmocka_unit_test(grandchildren_go_innermost_first),
		cmocka_unit_test(a_parent_waits_for_a_child_and_reads_its_result),
		cmocka_unit_test(the_failure_of_a_child_is_its_own),
		cmocka_unit_test(a_board_without_children_says_so),
#if !AIOT_BOARD
		cmocka_unit_test(names_that_get_too_long_are_refused),
#endif
		cmocka_unit_test(a_child_that_people_delete_is_just_gone),
		cmocka_unit_test(status_names_the_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
