/*
 * test-callout.c - callout.c: commands that tasks call, from the await to the reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "callout.h"
#include "calls-stage.h"
#include "more.h"

/* A task that makes one call after another, as the test asks, and notes what came. */
struct caller {
	uint32_t calls, pages;
	int waited;
	char reply[2000], error[64], message[200];
};

static const char *method = "", *params;
static enum { CALL, ORDERS, GONE } mode;
static char seen[4000];
static const char *const word_args[] = {"word", "w", NULL};

static void note(struct aiot_task *t, struct caller *self)
{
	self->waited = aiot_waited(t);
	(void)aiot_format_to(self->reply, sizeof(self->reply), "%s", aiot_reply(t));
	(void)aiot_format_to(self->error, sizeof(self->error), "%s", aiot_reply_error(t));
	(void)aiot_format_to(self->message, sizeof(self->message), "%s", aiot_reply_message(t));
	self->calls++;
}

static void see(struct aiot_task *t, const char *what)
{
	size_t len = strlen(seen);

	(void)aiot_format_to(seen + len, sizeof(seen) - len, "%s%s:%d", len ? " " : "", what,
			     aiot_waited(t));
}

static enum aiot_co calls(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct caller, self);
	if (mode == ORDERS) {
		AIOT_WAIT(t, aiot_task_stop(t, "x"));
		see(t, "stop");
		AIOT_WAIT(t, aiot_task_set(t, "x", word_args));
		see(t, "set");
		AIOT_WAIT(t, aiot_task_start(t, "x"));
		see(t, "start");
		AIOT_WAIT(t, aiot_task_restart(t, "x"));
		see(t, "restart");
		AIOT_WAIT(t, aiot_task_trigger(t, "x", word_args));
		see(t, "trigger");
		AIOT_WAIT(t, aiot_task_pause(t, "x"));
		see(t, "pause");
		AIOT_WAIT(t, aiot_task_resume(t, "nix"));
		see(t, "resume");
		AIOT_WAIT(t, aiot_task_delete(t, "x"));
		see(t, "delete");
		AIOT_WAIT(t, aiot_task_add(t, "play", NULL, "y", word_args));
		see(t, "add");
		AIOT_WAIT(t, aiot_daemon_shutdown(t));
		see(t, "shutdown");
		AIOT_WAIT(t, aiot_daemon_restart(t));
		see(t, "restart");
		AIOT_RETURN(t);
	}
	AIOT_WAIT(t, aiot_call(t, method, params));
	note(t, self);
	while (aiot_reply_more(t)) {
		AIOT_WAIT(t, aiot_call_next(t));
		note(t, self);
	}
	if (mode == GONE)
		AIOT_WAIT(t, aiot_call_next(t));
	if (mode == GONE)
		note(t, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	if (mode != ORDERS)
		see(t, aiot_reply(t));
	AIOT_END(t);
}
AIOT_SERVICE(caller, struct caller, .main = calls);

static int open_calls(void **state)
{
	(void)open_stage(state);
	f->core.commands = &commands;
	mode = CALL;
	params = NULL;
	seen[0] = '\0';
	return 0;
}

static struct caller *call_as_task(const char *name, const char *text)
{
	static char quoted[4000];
	struct aiot_task *t = add(&aiot_service_caller, "caller");
	size_t i;

	for (i = 0; text && text[i]; i++)
		quoted[i] = text[i] == '\'' ? '"' : text[i];
	quoted[i] = '\0';
	method = name;
	params = text ? quoted : NULL;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	return aiot_task_self(t);
}

static void an_order_waits_until_it_is_carried_out(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "x");
	struct caller *c;

	(void)state;
	c = call_as_task("io.aiotools.Task.Stop", "{'names':['x']}");
	assert_int_equal(c->calls, 0);
	fake_for(f, FAKE_S);
	assert_int_equal(c->calls, 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(c->calls, 1);
	assert_int_equal(c->waited, 0);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_string_equal(c->reply,
			    "{\"failed\":[],\"done\":[{\"name\":\"x\",\"state\":\"stopped\"}]}");
	assert_string_equal(c->error, "");
	assert_string_equal(c->message, "");
	assert_int_equal(fake_logged(f, AIOT_INFO, "stop x: by task caller"), 1);
}

/* A clock that goes on within a step: what was ordered seemed to be older than the order. */
static void a_start_is_waited_for_and_its_failure_told(void **state)
{
	struct caller *c;

	(void)state;
	(void)add(&aiot_service_play, "x");
	(void)add(&aiot_service_broken, "y");
	f->read_ns = 1000;
	c = call_as_task("io.aiotools.Task.Start", "{'names':['x*']}");
	assert_int_equal(c->calls, 1);
	assert_string_equal(c->reply,
			    "{\"failed\":[],\"done\":[{\"name\":\"x\",\"state\":\"running\"}]}");
	aiot_core_delete(&f->core, aiot_core_find(&f->core, "caller"));
	fake_idle(f);
	c = call_as_task("io.aiotools.Task.Start", "{'names':['y']}");
	assert_int_equal(c->calls, 1);
	assert_int_equal(c->waited, -AIOT_EIO);
	assert_string_equal(c->message,
			    "'y' failed: divide by zero; " AIOT_CTL "traceback y shows where");
}

static void errors_come_as_codes_and_sentences(void **state)
{
	static const struct {
		const char *method, *params;
		int waited;
		const char *error, *message;
	} cases[] = {
		{"io.aiotools.Task.Start", "{'names':['nix']}", -AIOT_ENOENT, "",
		 "no such task: 'nix'; " AIOT_CTL "list --all shows all"},
		{"io.aiotools.Task.Status", "{'names':['nix']}", -AIOT_ENOENT,
		 "io.aiotools.NoSuchTask", "no such task: 'nix'; " AIOT_CTL "list --all shows all"},
		{"io.aiotools.Task.Start", "{'names':['x']}", -AIOT_EALREADY, "",
		 "cannot start 'x': it is running already; use restart to start it anew"},
		{"io.aiotools.Task.Fly", NULL, -AIOT_ENOENT, "org.varlink.service.MethodNotFound",
		 "there is no such method"},
		{"io.aiotools.Task.Start", "{'names'", -AIOT_EINVAL, "io.aiotools.InvalidRequest",
		 "the parameters are no JSON"},
		{"io.aiotools.Task.Start", "{'name':1}", -AIOT_EINVAL,
		 "org.varlink.service.InvalidParameter",
		 "start: unknown parameter 'name', did you mean 'names'?"},
		{"io.aiotools.Task.Wait", "{'names':['x'],'timeout_us':0}", -AIOT_ETIMEDOUT, "",
		 "'x' is running still when the time to wait is over"},
		{"io.aiotools.Daemon.Shutdown", NULL, -AIOT_ENOSYS,
		 "org.varlink.service.MethodNotImplemented", "shutdown is not to be had here"},
	};
	size_t i;

	(void)state;
	(void)run(&aiot_service_play, "x");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct caller *c = call_as_task(cases[i].method, cases[i].params);

		assert_int_equal(c->calls, 1);
		assert_int_equal(c->waited, cases[i].waited);
		assert_string_equal(c->error, cases[i].error);
		assert_string_equal(c->message, cases[i].message);
		aiot_core_delete(&f->core, aiot_core_find(&f->core, "caller"));
		fake_idle(f);
	}
}

static void each_of_the_usual_orders_has_its_function(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "x");
	mode = ORDERS;
	(void)call_as_task("", NULL);
	fake_for(f, FAKE_S);
	/* delete, add and shutdown are the host's */
	assert_string_equal(seen, "stop:0 set:0 start:0 restart:0 trigger:0 pause:-5 resume:-2 "
				  "delete:-38 add:-38 shutdown:-38 restart:-38");
	assert_int_equal(f->blocks,
			 5); /* two aiot_more; of x its word, the run that waits, its word */
}

static void a_stream_is_followed_reply_by_reply(void **state)
{
	struct caller *c;

	(void)state;
	c = call_as_task("io.aiotools.Log.Follow", "{'names':['x'],'lines':0}");
	aiot_core_log(&f->core, "x", AIOT_INFO, "one");
	fake_idle(f);
	aiot_core_log(&f->core, "y", AIOT_INFO, "nothing");
	fake_idle(f);
	aiot_core_log(&f->core, "x", AIOT_INFO, "two");
	fake_idle(f);
	assert_true(c->calls >= 2);
	assert_non_null(strstr(c->reply, "\"two\""));
	order("stop", "{'names':['caller']}");
	assert_int_equal(f->core.alive, 0);
	assert_true(aiot_list_empty(&f->core.callouts));
}

static void a_long_answer_comes_in_pages(void **state)
{
	struct caller *c;
	char name[16];
	unsigned i;

	(void)state;
	for (i = 0; i < 500; i++) {
		(void)aiot_format_to(name, sizeof(name), "t%u", i);
		(void)add(&aiot_service_quick, name);
	}
	c = call_as_task("io.aiotools.Task.Status", NULL);
	assert_true(c->calls > 3);
	assert_int_equal(c->waited, 0);
}

static void behind_the_last_reply_there_is_none(void **state)
{
	struct caller *c;

	(void)state;
	mode = GONE;
	c = call_as_task("io.aiotools.Daemon.Info", NULL);
	assert_int_equal(c->calls, 2);
	assert_int_equal(c->waited, -AIOT_ENODATA);
}

static void a_stop_ends_the_call_and_not_what_it_ordered(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "x");

	(void)state;
	(void)call_as_task("io.aiotools.Task.Stop", "{'names':['x']}");
	order("stop", "{'names':['caller']}");
	assert_string_equal(seen, "{}:-125");
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	fake_for(f, 3 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
}

static void a_task_may_stop_itself(void **state)
{
	(void)state;
	(void)call_as_task("io.aiotools.Task.Stop", "{'names':['caller']}");
	fake_for(f, FAKE_S);
	assert_int_equal(aiot_core_find(&f->core, "caller")->state, AIOT_STOPPED);
	assert_string_equal(seen, "{}:-125");
}

static void without_commands_there_are_no_calls(void **state)
{
	struct caller *c;

	(void)state;
	f->core.commands = NULL;
	c = call_as_task("io.aiotools.Daemon.Info", NULL);
	assert_int_equal(c->waited, -AIOT_ENOSYS);
	assert_string_equal(c->reply, "{}");
}

static char found[200];

static enum aiot_co finds(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	AIOT_END(t);
}

/* It ended the process: without a function, the names of services were compared with NULL. */
static void looking_for_null_finds_none(const struct aiot_task *t)
{
	char name[AIOT_NAME_BYTES] = "";

	assert_int_equal(aiot_task_find(t, NULL, name), -AIOT_ENOENT);
	assert_int_equal(aiot_task_find_kind(t, NULL, NULL, name), -AIOT_ENOENT);
	assert_int_equal(aiot_task_find_kind(t, NULL, "main", name), -AIOT_ENOENT);
	assert_string_equal(name, "");
}

static int find_all(struct aiot_task *t, void *self, const void *args)
{
	char name[AIOT_NAME_BYTES] = "";
	struct aiot_out out;

	(void)self;
	(void)args;
	aiot_out_init(&out, found, sizeof(found));
	while (aiot_task_find(t, plays, name) == 0)
		aiot_format(&out, "%s ", name);
	name[0] = '\0';
	while (aiot_task_find_kind(t, "quick", "main", name) == 0)
		aiot_format(&out, "%s ", name);
	name[0] = '\0';
	assert_int_equal(aiot_task_find_kind(t, "quick", "side", name), -AIOT_ENOENT);
	assert_string_equal(name, "");
	looking_for_null_finds_none(t);
	return aiot_result_text(t, aiot_out_str(&out));
}
static const struct aiot_verb find_verbs[] = {{"find", "find", find_all, NULL, 0, 0}, {0}};
AIOT_SERVICE(finder, struct play, .main = finds, .verbs = find_verbs);

static void tasks_are_found_by_what_they_run(void **state)
{
	(void)state;
	(void)add(&aiot_service_play, "b");
	(void)add(&aiot_service_quick, "c");
	(void)add(&aiot_service_play, "a");
	(void)add(&aiot_service_finder, "f");
	assert_int_equal(ask("call", "{'name':'f','verb':'find'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "result"), "a b c ");
}

/* Whatever does not fit into memory is an error, or a task that failed, and leaves nothing. */
static void starving(struct fake *fake)
{
	struct aiot_commands all = {
		.core = &fake->core,
		.segment = {{aiot_commands_core, aiot_bindings_core, NULL}},
	};
	struct aiot_task *t;
	struct caller *c;

	fake->core.commands = &all;
	mode = CALL;
	method = "io.aiotools.Task.Stop";
	params = "{\"names\":[\"x\"]}";
	(void)fake_start(fake, fake_load(fake, &aiot_service_play, NULL), "x");
	fake_idle(fake);
	t = fake_start(fake, fake_load(fake, &aiot_service_caller, NULL), "caller");
	fake_for(fake, FAKE_S);
	c = aiot_task_self(t);
	assert_true(t->entry.state == AIOT_FAILURE || c->calls == 1);
	if (c->calls == 1)
		assert_true(c->waited == 0 || c->waited == -AIOT_ENOMEM);
	fake->core.commands = NULL;
}

static void without_memory_a_call_fails(void **state)
{
	(void)state;
	fake_starve(starving);
}

#define C(name) cmocka_unit_test_setup_teardown(name, open_calls, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		C(an_order_waits_until_it_is_carried_out),
		C(a_start_is_waited_for_and_its_failure_told),
		C(errors_come_as_codes_and_sentences),
		C(each_of_the_usual_orders_has_its_function),
		C(a_stream_is_followed_reply_by_reply),
		C(a_long_answer_comes_in_pages),
		C(behind_the_last_reply_there_is_none),
		C(a_stop_ends_the_call_and_not_what_it_ordered),
		C(a_task_may_stop_itself),
		C(without_commands_there_are_no_calls),
		C(tasks_are_found_by_what_they_run),
		cmocka_unit_test(without_memory_a_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
