/*
 * test-unit-reload.c - a loaded service is brought to what its files say, by as little as that
 * takes; a new version that fails leaves the old one running.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ask.h"
#include "host-stage.h"
#include "mem.h"
#include "more.h"
#include "settings.h"

#define HANDING "[Service]\nModule = handing\n"

static void install_version(unsigned version)
{
	char file[32];

	(void)snprintf(file, sizeof(file), "handing-%u.so", version);
	install(file, "handing");
}

/* Loaded and running, of version 1. */
static struct aiot_unit *prepare(const char *text)
{
	install_version(1);
	unit_file("x", text);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "x"), 0);
	settle();
	return unit_of("x");
}

/* As the handler does it, until it is through; what it came to. */
static enum aiot_unit_effect reload(void)
{
	struct aiot_unit *unit = unit_of("x");

	assert_int_equal(aiot_units_scan(host), 0);
	(void)aiot_unit_reload(host, unit);
	while (unit->next != NULL)
		(void)uv_run(&loop, UV_RUN_ONCE);
	settle();
	return (enum aiot_unit_effect)unit->effect;
}

static uint32_t runs(void)
{
	return unit_of("x")->task->entry.runs;
}

static void nothing_that_changed_changes_nothing(void **state)
{
	struct aiot_task *task = prepare(HANDING)->task;

	(void)state;
	assert_int_equal(reload(), AIOT_UNIT_UNCHANGED);
	assert_ptr_equal(unit_of("x")->task, task);
	assert_int_equal(runs(), 1);
}

static void a_file_written_anew_with_the_same_words_changes_nothing(void **state)
{
	struct aiot_unit *unit = prepare("[Service]\nModule = handing\n[Args]\nword = a\n");

	(void)state;
	install_version(1);
	unit_file("x", "# a comment\n[args]\nWORD = a\n[Service]\nDescription = other words\n"
		       "Module = handing\nEnabled = no\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_false(unit->changed);
	assert_int_equal(reload(), AIOT_UNIT_UNCHANGED);
	assert_int_equal(runs(), 1);
}

static void a_live_option_is_set_without_a_restart(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "[Args]\nword = a\n");
	const struct aiot_arg *arg;

	(void)state;
	unit_file("x", HANDING "[Args]\n\nword = b\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_true(unit->changed);
	assert_true(unit->task->entry.flags & AIOT_ENTRY_STALE);
	assert_int_equal(reload(), AIOT_UNIT_SET);
	assert_false(unit->changed);
	assert_false(unit->task->entry.flags & AIOT_ENTRY_STALE);
	assert_int_equal(runs(), 1);
	assert_int_equal(logged("service 'x': word = b ("), 1);
	arg = aiot_arg_find(unit->block->spec.args, unit->block->spec.arg_count, "word");
	assert_string_equal(arg->value, "b");
	assert_non_null(strstr(arg->origin, "x.ini:5"));
	unit_file("x", HANDING);
	assert_int_equal(reload(), AIOT_UNIT_SET);
	assert_int_equal(logged("service 'x': word = none (default)"), 1);
}

static void limits_are_set_without_a_restart(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "Priority = 3\n");

	(void)state;
	assert_int_equal(host->core.prioritised, 1);
	unit_file("x", HANDING "TimeoutStopSec = 3s\nTimeoutSec = 2h\n");
	assert_int_equal(reload(), AIOT_UNIT_SET);
	assert_int_equal(host->core.prioritised, 0);
	assert_int_equal(unit->block->spec.stop_timeout_ms, 3000);
	assert_int_equal(unit->block->spec.timeout_ms, 7200000);
	unit_file("x", HANDING "Priority = -7\n");
	assert_int_equal(reload(), AIOT_UNIT_SET);
	assert_int_equal(host->core.prioritised, 1);
	assert_int_equal(unit->block->spec.timeout_ms, 0);
	assert_int_equal(unit->block->spec.stop_timeout_ms, 10000);
	assert_int_equal(runs(), 1);
}

static void an_option_that_is_not_live_restarts_it(void **state)
{
	struct aiot_unit *unit = prepare(HANDING);

	(void)state;
	unit_file("x", HANDING "[Args]\nmode = other\nword = b\n");
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_int_equal(logged("version 1 let go"), 1);
	assert_int_equal(logged("version 1 init"), 2);
	assert_int_equal(logged("word b"), 1);
	assert_string_equal(state_of("x.service"), "running");
	assert_int_equal(unit->module->users, 1);
	assert_non_null(strstr(printed, "[ OK ] Service: x.service from "));
	assert_non_null(strstr(printed, "/modules/handing.so reloaded\n"));
	assert_int_equal(reload(), AIOT_UNIT_UNCHANGED);
}

static void another_schedule_restarts_it(void **state)
{
	(void)state;
	(void)prepare(HANDING);
	unit_file("x", HANDING "[Schedule]\nEvery = 1h\n");
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_non_null(aiot_entry_schedule(&unit_of("x")->task->entry));
	assert_int_equal(reload(), AIOT_UNIT_UNCHANGED);
	unit_file("x", HANDING);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_null(aiot_entry_schedule(&unit_of("x")->task->entry));
	assert_string_equal(state_of("x.service"), "running");
}

static void new_code_takes_over_and_the_old_is_closed(void **state)
{
	struct aiot_unit *unit = prepare(HANDING);

	(void)state;
	install_version(2);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_true(unit->changed);
	assert_int_equal(logged("service 'x' changed on disk, run: aiotoolsctl reload x"), 1);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_int_equal(logged("version 1 let go"), 1);
	assert_int_equal(logged("version 2 takes over from version 1, 24 bytes"),
			 sizeof(void *) == 8);
	assert_int_equal(logged("version 2 runs, count 2"), 1);
	install_version(3);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_int_equal(logged("version 3 takes over from version 2"), 1);
	assert_int_equal(logged("version 3 runs, count 3"), 1);
	install_version(1); /* which has no hand_over */
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_int_equal(logged("version 1 runs, count 1,"), 2);
	assert_ptr_equal(host->modules, unit->module);
	assert_null(host->modules->next);
}

static void units_of_one_module_are_reloaded_one_by_one(void **state)
{
	struct aiot_unit *unit = prepare(HANDING);

	(void)state;
	unit_file("y", HANDING);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "y"), 0);
	install_version(2);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_true(unit_of("y")->changed && !unit->changed);
	assert_ptr_not_equal(unit->module, unit_of("y")->module);
	assert_string_equal(state_of("y.service"), "running");
	assert_int_equal(unit_of("y")->module->service.version, 1);
	assert_int_equal(unit->module->service.version, 2);
}

static void what_is_wrong_beforehand_stops_nothing(void **state)
{
	struct aiot_unit *unit = prepare(HANDING);

	(void)state;
	unit_file("x", HANDING "[Args]\nwrod = b\n");
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	assert_non_null(strstr(error_of("x"), "x.ini:4: 'wrod' is no option of service 'handing', "
					      "did you mean 'word'?"));
	assert_true(unit->bad_args);
	unit_file("x", HANDING "Modul = b\n");
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	unit_file("x", "[Service]\nModule = nix\n");
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	assert_non_null(strstr(error_of("x"), "no file nix.so in the module path"));
	unit_file("x", HANDING);
	install("newer.so", "handing");
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	assert_non_null(strstr(error_of("x"), "has no symbol aiot_service_handing"));
	write_text("modules/handing.so", "no object");
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	assert_non_null(strstr(error_of("x"), "not an object file"));
	assert_int_equal(remove(path_of("admin/services.d/x.ini")), 0);
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	assert_string_equal(error_of("x"), "admin/services.d/x.ini is gone; to end it: "
					   "aiotoolsctl unload x");
	assert_int_equal(symlink("/dev/null", path_of("admin/services.d/x.ini")), 0);
	assert_int_equal(reload(), AIOT_UNIT_REFUSED);
	assert_non_null(strstr(error_of("x"), "the service is masked"));
	assert_int_equal(remove(path_of("admin/services.d/x.ini")), 0);
	assert_int_equal(unit->load, AIOT_UNIT_LOADED);
	assert_string_equal(state_of("x.service"), "running");
	assert_int_equal(runs(), 1);
	assert_int_equal(logged("service 'x' runs on as it was: "), 7);
	install_version(1);
	unit_file("x", HANDING);
	assert_int_equal(reload(), AIOT_UNIT_UNCHANGED);
	assert_null(unit->error);
}

static void a_new_version_whose_init_fails_has_the_old_one_started_again(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "[Args]\nmode = initfails\n");

	(void)state;
	install_version(2);
	assert_int_equal(reload(), AIOT_UNIT_RESTORED);
	assert_string_equal(error_of("x"), "version 2 wants no init");
	assert_int_equal(unit->module->service.version, 1);
	assert_true(unit->changed);
	assert_int_equal(unit->load, AIOT_UNIT_LOADED);
	assert_non_null(strstr(printed, "[ ERROR ] Service: x.service from "));
	assert_non_null(strstr(printed, "not reloaded, the old one is back as it was: version 2 "
					"wants no init\n"));
}

/* They have its code, and count down in it when they go. */
static void a_lost_service_is_known_as_long_as_added_tasks_of_it_are_there(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "[Args]\nmode = initfails\n");

	(void)state;
	call_begin(&host->commands, "add", "{'service':'x','name':'beside'}", false);
	while (call_step() == AIOT_CALL_WAIT)
		(void)uv_run(&loop, UV_RUN_ONCE);
	settle();
	assert_string_equal(state_of("beside"), "running");
	install_version(2);
	assert_int_equal(setenv("HANDING_DEAD", "1", 1), 0);
	assert_int_equal(reload(), AIOT_UNIT_LOST);
	assert_int_equal(unsetenv("HANDING_DEAD"), 0);
	assert_string_equal(error_of("x"), "its device is gone");
	assert_int_equal(unit->load, AIOT_UNIT_FAILED);
	assert_int_equal(remove(path_of("admin/services.d/x.ini")), 0);
	assert_int_equal(aiot_units_scan(host), 0);
	assert_string_equal(state_of("beside"), "running");
	call_begin(&host->commands, "delete", "{'names':['beside']}", false);
	while (call_step() == AIOT_CALL_WAIT)
		(void)uv_run(&loop, UV_RUN_ONCE);
	settle();
	assert_string_equal(state_of("beside"), "none");
	assert_int_equal(unit->load, AIOT_UNIT_FAILED);
	assert_int_equal(aiot_units_scan(host), 0);
	assert_null(aiot_unit_find(host, "x"));
}

static void its_schedule_comes_back_as_well(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "[Schedule]\nCron = 1 2 3 4 *\n"
						 "[Args]\nmode = initfails\n");
	const struct aiot_schedule *s;

	(void)state;
	install_version(2);
	unit_file("x", HANDING "[Args]\nmode = initfails\n");
	assert_int_equal(reload(), AIOT_UNIT_RESTORED);
	s = aiot_entry_schedule(&unit->task->entry);
	assert_non_null(s);
	assert_string_equal(s->plan.cron, "1 2 3 4 *");
	assert_string_equal(state_of("x.service"), "scheduled");
}

static void a_hand_over_that_fails_has_the_old_one_started_again(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "[Args]\nmode = refuses\n");

	(void)state;
	install_version(2);
	assert_int_equal(reload(), AIOT_UNIT_RESTORED);
	assert_string_equal(error_of("x"), "version 1 is too old");
	assert_int_equal(logged("version 1 runs"), 2);
	assert_int_equal(logged("version 2 runs"), 0);
	unit_file("x", HANDING "[Args]\nmode = mute\n");
	assert_int_equal(reload(), AIOT_UNIT_RESTORED);
	assert_non_null(strstr(error_of("x"), "its hand_over failed without a reason"));
	assert_string_equal(state_of("x.service"), "running");
	assert_int_equal(unit->block->unit == unit, 1);
	unit_file("x", HANDING);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_null(unit->error);
}

static void what_was_stopped_stays_stopped(void **state)
{
	(void)state;
	(void)prepare(HANDING);
	assert_int_equal(aiot_host_stop_task(host, "x.service"), 0);
	run_until("x.service", "stopped");
	install_version(2);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_string_equal(state_of("x.service"), "stopped");
	unit_file("x", HANDING "[Schedule]\nStartIn = 1h\n");
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_string_equal(state_of("x.service"), "stopped");
	assert_int_equal(aiot_host_start_task(host, "x.service"), 0);
	assert_string_equal(state_of("x.service"), "scheduled");
}

static void a_reload_while_it_stops_waits_and_leaves_it_stopped(void **state)
{
	struct aiot_unit *unit = prepare(HANDING);

	(void)state;
	assert_int_equal(aiot_host_stop_task(host, "x.service"), 0);
	assert_string_equal(state_of("x.service"), "stopping");
	install_version(2);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_string_equal(state_of("x.service"), "stopped");
	assert_int_equal(unit->module->service.version, 2);
}

static void an_unload_while_it_is_reloaded_ends_both(void **state)
{
	struct aiot_unit *unit;

	(void)state;
	install("good.so", "good");
	unit_file("x", "[Service]\nModule = good\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "x"), 0);
	settle();
	unit = unit_of("x");
	unit_file("x", "[Service]\nModule = good\n[Args]\ncount = 7\n");
	assert_int_equal(aiot_units_scan(host), 0);
	assert_int_equal(aiot_unit_reload(host, unit), 0);
	assert_non_null(unit->next);
	assert_int_equal(aiot_unit_unload(host, unit), 0);
	assert_null(unit->next);
	assert_int_equal(unit->effect, AIOT_UNIT_GONE);
	run_until("x.service", "none");
	assert_int_equal(unit->load, AIOT_UNIT_UNLOADED);
	assert_null(host->modules);
}

static void the_end_of_the_host_comes_first(void **state)
{
	struct aiot_unit *unit;

	(void)state;
	install("good.so", "good");
	unit_file("x", "[Service]\nModule = good\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "x"), 0);
	settle();
	unit = unit_of("x");
	unit_file("x", "[Service]\nModule = good\n[Args]\ncount = 7\n");
	assert_int_equal(aiot_units_scan(host), 0);
	assert_int_equal(aiot_unit_reload(host, unit), 0);
	assert_non_null(unit->next); /* and close_stage() finds nothing left */
}

static void what_was_set_stays_set(void **state)
{
	struct aiot_unit *unit = prepare(HANDING "[Args]\nword = file\n");
	const struct aiot_opt *opt;
	struct aiot_setting *s = NULL;
	struct aiot_out out;
	const char *origin;

	(void)state;
	aiot_out_init(&out, why, sizeof(why));
	opt = aiot_opt_find(unit->block->spec.service, unit->block->spec.kind.opts, "word");
	assert_int_equal(aiot_setting_read(&host->core, opt, "mine", &s, &out), 0);
	assert_int_equal(aiot_settings_prepare(&host->core, &unit->task->entry, s), 0);
	(void)aiot_setting_put(&host->core, &unit->task->entry, s);
	unit_file("x", HANDING "[Args]\nword = other\n");
	assert_int_equal(reload(), AIOT_UNIT_SET);
	install_version(2);
	assert_int_equal(reload(), AIOT_UNIT_RELOADED);
	assert_int_equal(logged("version 2 runs, count 2, word mine"), 1);
	opt = aiot_opt_find(unit->block->spec.service, unit->block->spec.kind.opts, "word");
	assert_string_equal(aiot_setting_value(&unit->task->entry, opt, &origin), "mine");
	assert_string_equal(origin, "set");
}

static void without_memory_the_old_one_runs_on(void **state)
{
	struct aiot_unit *unit = prepare(HANDING);
	unsigned n;

	(void)state;
	for (n = 1; n < 200; n++) {
		install_version(n % 2 + 1);
		unit_file("x", n % 2 ? HANDING "[Schedule]\nEvery = 1h\n" : HANDING);
		if (aiot_units_scan(host) < 0)
			continue;
		(void)aiot_mem_fail(n, 1);
		(void)aiot_unit_reload(host, unit);
		while (unit->next != NULL)
			assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
		(void)aiot_mem_fail(0, 0);
		settle();
		if (unit->load != AIOT_UNIT_LOADED)
			assert_int_equal(aiot_host_load(host, "x"), 0);
		assert_string_not_equal(state_of("x.service"), "none");
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(nothing_that_changed_changes_nothing),
		T(a_file_written_anew_with_the_same_words_changes_nothing),
		T(a_live_option_is_set_without_a_restart),
		T(limits_are_set_without_a_restart),
		T(an_option_that_is_not_live_restarts_it),
		T(another_schedule_restarts_it),
		T(new_code_takes_over_and_the_old_is_closed),
		T(units_of_one_module_are_reloaded_one_by_one),
		T(what_is_wrong_beforehand_stops_nothing),
		T(a_new_version_whose_init_fails_has_the_old_one_started_again),
		T(a_lost_service_is_known_as_long_as_added_tasks_of_it_are_there),
		T(its_schedule_comes_back_as_well),
		T(a_hand_over_that_fails_has_the_old_one_started_again),
		T(what_was_stopped_stays_stopped),
		T(a_reload_while_it_stops_waits_and_leaves_it_stopped),
		T(an_unload_while_it_is_reloaded_ends_both),
		T(the_end_of_the_host_comes_first),
		T(what_was_set_stays_set),
		T(without_memory_the_old_one_runs_on),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
