/*
 * test-hold.c - services that wait for others, lose them and get them back.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boot-stage.h"

/* net, and app that requires it; both run. */
static void begin_pair(const char *key)
{
	char text[128];

	(void)snprintf(text, sizeof(text), GOOD "%s = net\n", key);
	unit_file("net", GOOD);
	unit_file("app", text);
	boot();
	run_until("app.service", "running");
	assert_string_equal(state_of("net.service"), "running");
}

static void a_stop_of_what_is_required_stops_and_a_start_starts(void **state)
{
	(void)state;
	begin_pair("Requires");
	assert_int_equal(aiot_host_stop_task(host, "net.service"), 0);
	run_until("app.service", "waiting");
	assert_int_equal(logged("stops: it requires net.service, which is stopping"), 1);
	assert_int_equal(logged("let go"), 1 + (strcmp(state_of("net.service"), "stopped") == 0));
	run_until("net.service", "stopped");
	assert_string_equal(waits_of("app"), "net.service, which was stopped");
	settle();
	assert_string_equal(state_of("net.service"), "stopped"); /* nothing has brought it up */
	assert_int_equal(aiot_host_start_task(host, "net.service"), 0);
	run_until("app.service", "running");
	assert_int_equal(entry_of("app")->runs, 2);
}

static void a_restart_of_what_is_required_is_never_missed(void **state)
{
	(void)state;
	begin_pair("Requires");
	assert_int_equal(aiot_core_restart(&host->core, entry_of("net")), 0);
	run_until("app.service", "stopping");
	run_until("app.service", "running");
	assert_int_equal(entry_of("app")->runs, 2);
	assert_int_equal(entry_of("net")->runs, 2);
}

/* It was refused: "it is waiting already". */
static void a_start_of_what_waits_starts_what_was_stopped_far_behind_it(void **state)
{
	(void)state;
	unit_file("net", GOOD);
	unit_file("db", GOOD "Requires = net\n");
	unit_file("web", GOOD "Requires = db\n");
	unit_file("top", GOOD "Wants = web\n");
	boot();
	run_until("web.service", "running");
	assert_int_equal(aiot_host_stop_task(host, "top.service"), 0);
	assert_int_equal(aiot_host_stop_task(host, "net.service"), 0);
	run_until("web.service", "waiting");
	run_until("net.service", "stopped");
	settle();
	assert_int_equal(aiot_host_start_task(host, "web.service"), 0);
	run_until("web.service", "running");
	assert_string_equal(state_of("net.service"), "running");
	/* also from one that is stopped itself */
	assert_int_equal(aiot_host_stop_task(host, "net.service"), 0);
	run_until("web.service", "waiting");
	run_until("net.service", "stopped");
	run_until("top.service", "stopped");
	assert_int_equal(aiot_host_start_task(host, "top.service"), 0);
	run_until("top.service", "running");
	assert_string_equal(state_of("web.service"), "running");
}

static void a_start_does_not_bring_back_what_failed(void **state)
{
	(void)state;
	unit_file("net", ONCE "[Args]\ncode = 5\n");
	unit_file("db", GOOD "Requires = net\n");
	unit_file("web", GOOD "Requires = db\n");
	boot();
	run_until("net.service", "failed");
	run_until("db.service", "waiting");
	run_until("web.service", "waiting");
	settle();
	assert_int_equal(aiot_host_start_task(host, "web.service"), -AIOT_EALREADY);
	assert_int_equal(entry_of("net")->runs, 1);
	assert_string_equal(waits_of("web"),
			    "db.service, which waits for net.service, which failed");
}

static void what_is_wanted_may_stop(void **state)
{
	(void)state;
	begin_pair("Wants");
	assert_int_equal(aiot_host_stop_task(host, "net.service"), 0);
	run_until("net.service", "stopped");
	settle();
	assert_string_equal(state_of("app.service"), "running");
}

static void an_order_brings_up_what_is_stopped(void **state)
{
	static const char *const keys[] = {"Requires", "Wants"};
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin_pair(keys[i]);
		assert_int_equal(aiot_host_stop_task(host, "app.service"), 0);
		run_until("app.service", "stopped");
		assert_int_equal(aiot_host_stop_task(host, "net.service"), 0);
		run_until("net.service", "stopped");
		assert_int_equal(aiot_host_start_task(host, "app.service"), 0);
		assert_string_equal(state_of("app.service"), "waiting");
		run_until("app.service", "running");
		assert_string_equal(state_of("net.service"), "running");
		aiot_host_destroy(host);
		assert_int_equal(create_host(NULL), 0);
	}
}

static void an_order_loads_what_is_not_loaded_but_nothing_that_cannot_be(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\nEnabled = no\n");
	unit_file("b", GOOD "Requires = c\nEnabled = no\n");
	unit_file("c", GOOD "Enabled = no\n");
	unit_file("x", GOOD "Requires = y\nEnabled = no\n");
	unit_file("y", "[Service]\nModule = initfails\nEnabled = no\n");
	boot();
	assert_int_equal(aiot_host_load(host, "a"), 0);
	run_until("a.service", "running");
	assert_string_equal(state_of("c.service"), "running");
	assert_int_equal(aiot_host_load(host, "x"), 0);
	settle();
	assert_string_equal(state_of("x.service"), "waiting");
	assert_string_equal(waits_of("x"), "y.service, which did not load");
	assert_int_equal(aiot_host_stop_task(host, "x.service"), 0);
	assert_int_equal(aiot_host_start_task(host, "x.service"), 0); /* once was enough */
	settle();
	assert_string_equal(waits_of("x"), "y.service, which did not load");
}

static void a_chain_falls_and_rises_as_a_whole(void **state)
{
	(void)state;
	unit_file("a", GOOD);
	unit_file("b", GOOD "Requires = a\n");
	unit_file("c", GOOD "Requires = b\n");
	unit_file("d", GOOD "After = c\nRequires = b\n");
	boot();
	run_until("d.service", "running");
	assert_int_equal(aiot_host_stop_task(host, "a.service"), 0);
	run_until("d.service", "waiting");
	run_until("c.service", "waiting");
	assert_string_equal(waits_of("c"),
			    "b.service, which waits for a.service, which was stopped");
	assert_int_equal(aiot_host_start_task(host, "a.service"), 0);
	run_until("d.service", "running");
	assert_string_equal(state_of("c.service"), "running");
}

static void one_that_waits_is_unloaded_at_once(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\n");
	unit_file("b", "[Service]\nModule = initfails\n");
	boot();
	assert_string_equal(state_of("a.service"), "waiting");
	assert_int_equal(aiot_host_delete_task(host, "a.service"), 0);
	assert_string_equal(state_of("a.service"), "none");
	assert_int_equal(unit_of("a")->load, AIOT_UNIT_UNLOADED);
}

static void what_is_masked_or_gone_is_said(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\n");
	assert_int_equal(symlink("/dev/null", path_of("admin/services.d/b.ini")), 0);
	boot();
	assert_string_equal(waits_of("a"), "b.service, which is masked");
	assert_int_equal(remove(path_of("admin/services.d/b.ini")), 0);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_string_equal(waits_of("a"), "b.service, which is not known");
	unit_file("b", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_string_equal(waits_of("a"), "b.service, which is not loaded");
	assert_int_equal(aiot_host_load(host, "b"), 0);
	run_until("a.service", "running");
}

static void a_schedule_is_ready_when_it_is_armed_whatever_its_runs_do(void **state)
{
	(void)state;
	unit_file("job", ONCE "[Schedule]\nEvery = 1h\n[Args]\ncode = 5\n");
	unit_file("app", GOOD "Requires = job\n");
	boot();
	run_until("app.service", "running");
	run_until("job.service", "scheduled");
	settle();
	assert_string_equal(state_of("app.service"), "running");
	assert_int_equal(aiot_host_stop_task(host, "job.service"), 0);
	run_until("app.service", "waiting");
}

static void a_schedule_waits_for_its_requirement(void **state)
{
	(void)state;
	unit_file("net", GOOD);
	unit_file("job", ONCE "Requires = net\n[Schedule]\nStartIn = 1h\n");
	boot();
	run_until("job.service", "scheduled");
	assert_int_equal(aiot_host_stop_task(host, "net.service"), 0);
	run_until("job.service", "waiting");
	assert_int_equal(logged("is held: it requires net.service"), 1);
	run_until("net.service", "stopped");
	assert_int_equal(aiot_host_start_task(host, "net.service"), 0);
	run_until("job.service", "scheduled");
	assert_int_equal(entry_of("job")->runs, 0);
}

static void a_run_that_ends_well_stays_ready(void **state)
{
	(void)state;
	unit_file("prepare", ONCE);
	unit_file("app", GOOD "Requires = prepare\n");
	boot();
	run_until("prepare.service", "done");
	settle();
	assert_string_equal(state_of("app.service"), "running");
}

/* What it was loaded as counts, not what its file says meanwhile. */
static void a_core_service_that_runs_is_not_ready_because_its_file_was_spoilt(void **state)
{
	(void)state;
	prepare();
	unit_file("early", CORE "[Args]\nafter = 1h\n");
	unit_file("app", GOOD "Requires = early\nEnabled = no\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "early"), 0);
	run_until("early.service", "running");
	unit_file("early", "rubbish\n");
	(void)aiot_host_reload(host);
	assert_int_equal(aiot_host_load(host, "app"), 0);
	settle();
	assert_string_equal(state_of("app.service"), "waiting");
}

static void the_end_of_the_host_is_held_up_by_nothing(void **state)
{
	(void)state;
	begin_pair("Requires");
	aiot_host_stop(host, NULL, NULL);
	(void)aiot_host_run(host);
	assert_int_equal(logged("stops: it requires"), 0);
	assert_int_equal(entry_of("app")->runs, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(a_stop_of_what_is_required_stops_and_a_start_starts),
		T(a_restart_of_what_is_required_is_never_missed),
		T(a_start_of_what_waits_starts_what_was_stopped_far_behind_it),
		T(a_start_does_not_bring_back_what_failed),
		T(what_is_wanted_may_stop),
		T(an_order_brings_up_what_is_stopped),
		T(an_order_loads_what_is_not_loaded_but_nothing_that_cannot_be),
		T(a_chain_falls_and_rises_as_a_whole),
		T(one_that_waits_is_unloaded_at_once),
		T(what_is_masked_or_gone_is_said),
		T(a_schedule_is_ready_when_it_is_armed_whatever_its_runs_do),
		T(a_schedule_waits_for_its_requirement),
		T(a_run_that_ends_well_stays_ready),
		T(a_core_service_that_runs_is_not_ready_because_its_file_was_spoilt),
		T(the_end_of_the_host_is_held_up_by_nothing),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
