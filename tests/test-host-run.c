/*
 * test-host-run.c - the end of a host: in which order, what is waited for, what may come in
 * between.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "host-stage.h"
#include "more.h"
#include "service.h"
#include "settings.h"

static unsigned stops;

static void stopped(void *arg)
{
	assert_ptr_equal(arg, host);
	stops++;
}

static void begin_test(void)
{
	undone[0] = '\0';
	stops = finis = 0;
}

static char seen[32];

static void see_word(void *self)
{
	(void)snprintf(seen, sizeof(seen), "%s", ((struct part *)self)->word);
}
AIOT_SERVICE(seer, struct part, .main = ends, .opts = opts, .fini = see_word);

static void fini_sees_the_text_that_was_set(void **state)
{
	struct aiot_setting *s = NULL;
	const struct aiot_opt *opt;
	struct aiot_entry *e;
	struct aiot_out out;

	(void)state;
	assert_int_equal(aiot_host_add_service(host, &aiot_service_seer, NULL), 0);
	settle();
	e = aiot_core_find(&host->core, "seer.service");
	opt = aiot_opt_find(e->spec->service, AIOT_KIND(e->spec)->opts, "word");
	aiot_out_init(&out, why, sizeof(why));
	assert_int_equal(aiot_setting_read(&host->core, opt, "abc", &s, &out), 0);
	assert_non_null(aiot_more_of(&host->core, e));
	(void)aiot_setting_put(&host->core, e, s);
	assert_int_equal(aiot_unit_unload(host, aiot_unit_find(host, "seer")), 0);
	assert_string_equal(seen, "abc");
}

static void all_tasks_are_stopped_the_newest_first(void **state)
{
	(void)state;
	begin_test();
	assert_int_equal(add("b", NULL), 0);
	assert_int_equal(add("c", NULL), 0);
	assert_int_equal(add("a", NULL), 0);
	settle();
	aiot_host_stop(host, stopped, host);
	assert_int_equal(aiot_host_run(host), 0);
	assert_string_equal(undone, "a c b");
	assert_int_equal(stops, 1);
	assert_int_equal(aiot_host_task_count(host), 3);
	assert_string_equal(state_of("b"), "stopped");
	assert_int_equal(uv_loop_alive(&loop), 0);
}

static void the_stop_waits_for_a_finally_that_sleeps_and_begins_only_once(void **state)
{
	static const char *const slow[] = {"ms", "3ms", NULL};

	(void)state;
	begin_test();
	assert_int_equal(add("slow", slow), 0);
	assert_int_equal(add("quick", NULL), 0);
	settle();
	aiot_host_stop(host, stopped, host);
	aiot_host_stop(host, NULL, NULL);
	assert_string_equal(state_of("slow"), "stopping");
	assert_int_equal(aiot_host_run(host), 0);
	assert_string_equal(undone, "quick slow");
	aiot_host_stop(host, NULL, NULL);
	assert_int_equal(stops, 1);
	assert_int_equal(logged("stopped"), 1);
}

static void destroy_without_a_stop_stops_first(void **state)
{
	static const char *const slow[] = {"ms", "3ms", NULL};

	(void)state;
	begin_test();
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, slow), 0);
	assert_int_equal(add("a", NULL), 0);
	settle();
	end_host();
	assert_string_equal(undone, "a part.service");
	assert_int_equal(finis, 1);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(NULL), 0);
}

static void what_never_ran_has_nothing_to_undo(void **state)
{
	(void)state;
	begin_test();
	assert_int_equal(add("a", NULL), 0);
	aiot_host_stop(host, stopped, host);
	assert_int_equal(aiot_host_run(host), 0);
	assert_string_equal(undone, "");
	assert_int_equal(stops, 1);
}

static void while_it_stops_nothing_new_is_taken_in(void **state)
{
	static const char *const slow[] = {"ms", "2ms", NULL};

	(void)state;
	begin_test();
	assert_int_equal(add("a", slow), 0);
	settle();
	aiot_host_stop(host, stopped, host);
	assert_int_equal(add("b", NULL), -AIOT_ECANCELED);
	assert_string_equal(aiot_host_error(host), "the host is stopping");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), -AIOT_ECANCELED);
	assert_int_equal(aiot_host_load(host, NULL), -AIOT_ECANCELED);
	assert_int_equal(aiot_host_start_task(host, "a"), -AIOT_ECANCELED);
	assert_int_equal(aiot_host_listen(host, path_of("sock")), -AIOT_ECANCELED);
	assert_int_equal(aiot_host_run(host), 0);
	assert_int_equal(stops, 1);
}

static void what_a_client_starts_during_the_stop_is_refused(void **state)
{
	static const char *const slow[] = {"ms", "2ms", NULL};

	(void)state;
	begin_test();
	assert_int_equal(add("a", slow), 0);
	assert_int_equal(add("b", slow), 0);
	settle();
	assert_int_equal(aiot_host_stop_task(host, "b"), 0);
	run_until("b", "stopped");
	aiot_host_stop(host, stopped, host);
	settle();
	assert_string_equal(state_of("a"), "stopping");
	assert_int_equal(aiot_core_start(&host->core, aiot_core_find(&host->core, "b")),
			 -AIOT_ECANCELED);
	assert_int_equal(aiot_core_restart(&host->core, aiot_core_find(&host->core, "a")),
			 -AIOT_ECANCELED);
	assert_int_equal(aiot_host_run(host), 0);
	assert_int_equal(stops, 1);
	assert_int_equal(aiot_host_alive_count(host), 0);
}

static void destroy_host(void *arg)
{
	struct aiot_host **slot = arg;

	aiot_host_destroy(*slot);
	*slot = NULL;
	stops++;
}

static void a_program_may_destroy_it_in_the_very_callback_on_its_own_loop(void **state)
{
	(void)state;
	begin_test();
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	settle();
	aiot_host_stop(host, destroy_host, &host);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(stops, 1);
	assert_null(host);
}

static void two_hosts_live_and_end_on_one_loop(void **state)
{
	struct aiot_host *first = host, *second;

	(void)state;
	begin_test();
	assert_int_equal(create_host(NULL), 0);
	second = host;
	assert_int_equal(add("same", NULL), 0);
	assert_int_equal(aiot_host_listen(host, path_of("second.sock")), 0);
	host = first;
	assert_int_equal(add("same", NULL), 0);
	assert_int_equal(aiot_host_listen(host, path_of("first.sock")), 0);
	settle();
	host = second;
	settle();
	aiot_host_stop(first, NULL, NULL);
	assert_int_equal(aiot_host_run(first), 0);
	assert_string_equal(state_of("same"), "running");
	assert_int_equal(access(path_of("first.sock"), F_OK), -1);
	assert_int_equal(access(path_of("second.sock"), F_OK), 0);
	aiot_host_destroy(first);
	assert_string_equal(aiot_host_task_state(second, "same"), "running");
}

static void a_socket_is_listened_on_and_two_hosts_cannot_have_the_same(void **state)
{
	struct aiot_host *first = host;

	(void)state;
	assert_int_equal(aiot_host_listen(host, path_of("sock")), 0);
	assert_int_equal(create_host(NULL), 0);
	assert_int_equal(aiot_host_listen(host, path_of("sock")), -AIOT_EBUSY);
	assert_true(aiot_host_error(host)[0] != '\0');
	aiot_host_destroy(host);
	host = first;
}

static void a_descriptor_is_taken_even_when_it_is_refused(void **state)
{
	int fd = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(aiot_host_adopt(host, fd), -AIOT_EINVAL);
	assert_int_equal(close(fd), -1);
	assert_string_equal(host->socket_path, "");
	aiot_host_stop(host, NULL, NULL);
	fd = dup(STDERR_FILENO);
	assert_int_equal(aiot_host_adopt(host, fd), -AIOT_ECANCELED);
	assert_int_equal(close(fd), -1);
}

static void on_stop(void *arg)
{
	(void)arg;
	stops++;
}

static void the_wish_to_stop_goes_to_the_program_or_stops_the_host(void **state)
{
	(void)state;
	begin_test();
	assert_int_equal(aiot_host_handle_signals(host), 0);
	assert_int_equal(aiot_host_handle_signals(host), 0);
	assert_int_equal(add("a", NULL), 0);
	settle();
	host->on_stop = on_stop;
	assert_int_equal(raise(SIGINT), 0);
	while (stops == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_false(host->stopping);
	host->on_stop = NULL;
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(aiot_host_run(host), 0);
	assert_string_equal(undone, "a");
}

static void hup_reads_the_configuration_again(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_handle_signals(host), 0);
	assert_int_equal(add("a", NULL), 0);
	settle();
	unit_file("new", "[Service]\nModule = good\n");
	assert_int_equal(raise(SIGHUP), 0);
	while (host->units.count == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_non_null(aiot_unit_find(host, "new"));
	assert_false(host->stopping);
}

static unsigned beats;

static void beat(void *arg)
{
	if (++beats == 3)
		assert_int_equal(aiot_host_every_ms(arg, 0, NULL, NULL), 0);
}

static void a_function_is_called_every_interval_until_it_is_ended(void **state)
{
	(void)state;
	beats = 0;
	assert_int_equal(add("a", NULL), 0);
	settle();
	assert_int_equal(aiot_host_every_ms(host, 1, beat, host), 0);
	while (beats < 3)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_false(uv_is_active((uv_handle_t *)&host->every_timer));
}

static void neither_signals_nor_an_interval_keep_a_program_that_has_nothing_to_do(void **state)
{
	(void)state;
	settle();
	assert_int_equal(aiot_host_handle_signals(host), 0);
	assert_int_equal(aiot_host_every_ms(host, 3600000, beat, NULL), 0);
	assert_int_equal(aiot_host_run(host), 0); /* and not in an hour */
	assert_false(host->stopped);
}

static void a_scheduled_task_is_not_started_any_more_once_it_stops(void **state)
{
	struct aiot_plan plan;
	struct aiot_task *task;
	struct aiot_out words;
	char text[256];

	(void)state;
	begin_test();
	aiot_out_init(&words, text, sizeof(text));
	aiot_plan_init(&plan);
	plan.every_ns = 1000000;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "a", NULL, NULL), 0);
	run_until("a", "done");
	task = aiot_task_of(aiot_core_find(&host->core, "a"));
	assert_int_equal(aiot_schedule_create(&host->core, &task->entry, &plan, false, &words), 0);
	while (task->entry.runs < 3)
		assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
	aiot_host_stop(host, stopped, host);
	assert_int_equal(aiot_host_run(host), 0);
	assert_int_equal(stops, 1);
	assert_false(aiot_schedule_armed(aiot_entry_schedule(&task->entry)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(all_tasks_are_stopped_the_newest_first),
		T(fini_sees_the_text_that_was_set),
		T(the_stop_waits_for_a_finally_that_sleeps_and_begins_only_once),
		T(destroy_without_a_stop_stops_first),
		T(what_never_ran_has_nothing_to_undo),
		T(while_it_stops_nothing_new_is_taken_in),
		T(what_a_client_starts_during_the_stop_is_refused),
		T(a_program_may_destroy_it_in_the_very_callback_on_its_own_loop),
		T(two_hosts_live_and_end_on_one_loop),
		T(a_socket_is_listened_on_and_two_hosts_cannot_have_the_same),
		T(a_descriptor_is_taken_even_when_it_is_refused),
		T(the_wish_to_stop_goes_to_the_program_or_stops_the_host),
		T(hup_reads_the_configuration_again),
		T(a_function_is_called_every_interval_until_it_is_ended),
		T(neither_signals_nor_an_interval_keep_a_program_that_has_nothing_to_do),
		T(a_scheduled_task_is_not_started_any_more_once_it_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
