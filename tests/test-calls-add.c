/*
 * test-calls-add.c - add and delete, from the call to its reply; and what unloading does to tasks
 * that were added.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ask.h"
#include "host-part.h"
#include "host-stage.h"

#define GOOD "[Service]\nModule = good\n[Args]\ncount = 5\n"

static enum aiot_call_result ask(const char *verb, const char *params)
{
	call_begin(&host->commands, verb, params, false);
	return call_step();
}

/* Asked, and stepped until it is answered. */
static enum aiot_call_result order(const char *verb, const char *params)
{
	enum aiot_call_result r = ask(verb, params);
	unsigned turns = 0;

	while (r == AIOT_CALL_WAIT && turns++ < 1000) {
		(void)uv_run(&loop, UV_RUN_ONCE);
		r = call_step();
	}
	return r;
}

static void prepare(void)
{
	static const char *const args[] = {"word", "own", "ms", "3ms", NULL};

	finis = 0;
	install("good.so", "good");
	unit_file("a", GOOD);
	unit_file("b", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "a"), 0);
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, args), 0);
	settle();
}

static struct part *part_of(const char *task)
{
	struct aiot_entry *e = aiot_core_find(&host->core, task);

	assert_non_null(e);
	return aiot_task_self(aiot_task_of(e));
}

static void a_task_gets_its_service_s_arguments_and_above_them_its_own(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'part','args':{'ms':'1ms'}}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "part");
	settle();
	assert_string_equal(state_of("part"), "running");
	assert_string_equal(part_of("part")->word, "own");
	assert_int_equal(part_of("part")->ms, 1);
	assert_int_equal(part_of("part.service")->ms, 3);
	assert_int_equal(part_of("part")->inits, 1);
	assert_int_equal(logged("add part/main as part"), 1);
	assert_int_equal(ask("status", "{'names':['part'],'debug':true}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("tasks", 0), "origins"),
			    "{\"word\":\"added\",\"ms\":\"add\"}");
}

#define SIXTY "123456789012345678901234567890123456789012345678901234567890"

static void names_that_are_taken_get_numbers(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "a");
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "a_1");
	assert_int_equal(ask("add", "{'service':'a/side'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "a.side");
	assert_int_equal(ask("add", "{'service':'a/main','name':'z'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "z");
	assert_int_equal(ask("add", "{'service':'a','name':'" SIXTY "2345'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("add", "{'service':'a','name':'" SIXTY "2345'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED,
		     "cannot add '" SIXTY
		     "2345': there is a task of that name already, and a number "
		     "behind it would make it longer than 64 characters; --name gives it another");
	host->collision = AIOT_RAISE;
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_ALREADY,
		     "cannot add 'a': there is a task of that name already; --name "
		     "gives it another");
	host->collision = AIOT_IGNORE;
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "a");
	assert_string_equal(member_of(reply, "kept"), "true");
	assert_int_equal(unit_of("a")->added, 5);
}

static void what_cannot_be_added_is_refused(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'nix'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_SERVICE,
		     "no such service: 'nix'; aiotoolsctl services shows all");
	assert_int_equal(ask("add", "{'service':'b'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_LOAD_FAILED, "service 'b' is not loaded; aiotoolsctl load b");
	assert_int_equal(ask("add", "{'service':'a/nix'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE,
		     "cannot add 'a.nix': service 'a' has no kind 'nix'; aiotoolsctl "
		     "describe a shows them");
	assert_int_equal(ask("add", "{'service':'a','args':{'coutn':1}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot add 'a': 'coutn' is none of the options, did you mean "
				     "'count'?");
	assert_int_equal(ask("add", "{'service':'a','name':'a b'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "'a b' cannot be a task's name; allowed are up to 64 letters, "
				     "digits and any of . _ - @");
	assert_int_equal(ask("add", "{'service':'part','args':{'word':'bad'}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "cannot add 'part': ENODEV: no such pin: 7");
	assert_null(aiot_core_find(&host->core, "part"));
	assert_int_equal(unit_of("part")->added, 0);
	assert_int_equal(finis, 0);
	host->stopping = true;
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.ShuttingDown");
	host->stopping = false;
}

static void delete_waits_for_the_finally_and_frees_what_it_had(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'part','name':'x'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("add", "{'service':'part','name':'y'}"), AIOT_CALL_DONE);
	settle();
	assert_int_equal(order("delete", "{'names':['x','y','nix','part.service','z*']}"),
			 AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "x y");
	assert_string_equal(all_of("done", "state"), "deleted deleted");
	assert_string_equal(
		all_of("failed", "message"),
		"no such task: 'nix'; " AIOT_CTL "list --all shows all cannot delete "
		"'part.service', "
		"the task of service 'part'; aiotoolsctl unload part no task matches 'z*'");
	assert_null(aiot_core_find(&host->core, "x"));
	assert_int_equal(finis, 2);
	assert_int_equal(unit_of("part")->added, 0);
	assert_string_equal(state_of("part.service"), "running");
}

static void a_pattern_deletes_what_was_added(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("add", "{'service':'a'}"), AIOT_CALL_DONE);
	settle();
	assert_int_equal(order("delete", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "a a_1");
	assert_string_equal(member_of(reply, "failed"), "[]");
	assert_string_equal(state_of("a.service"), "running");
}

static void unloading_takes_added_tasks_first(void **state)
{
	(void)state;
	prepare();
	undone[0] = '\0';
	assert_int_equal(ask("add", "{'service':'part','name':'x'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("add", "{'service':'part','name':'y'}"), AIOT_CALL_DONE);
	settle();
	assert_int_equal(order("unload", "{'names':['part']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "load"), "unloaded");
	assert_int_equal(strcmp(undone, "x y part.service"), 0);
	assert_int_equal(finis, 3);
	assert_int_equal(logged("tasks of it that were added go first: 2"), 1);
	assert_int_equal(ask("add", "{'service':'part'}"), AIOT_CALL_ERROR);
}

static void deleting_the_service_s_task_from_the_program_takes_them_first(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'a','name':'x'}"), AIOT_CALL_DONE);
	settle();
	assert_int_equal(aiot_host_delete_task(host, "a.service"), 0);
	while (unit_of("a")->load == AIOT_UNIT_LOADED)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_null(aiot_core_find(&host->core, "x"));
	assert_int_equal(aiot_core_count(&host->core), 1);
}

/* The end of the program drops tasks in any order: the module stays until the last is gone. */
static void a_module_stays_as_long_as_an_added_task(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(ask("add", "{'service':'a','name':'x'}"), AIOT_CALL_DONE);
	settle();
	aiot_core_delete(&host->core, &unit_of("a")->task->entry);
	while (unit_of("a")->task != NULL)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(unit_of("a")->load, AIOT_UNIT_LOADED);
	assert_non_null(unit_of("a")->module);
	aiot_core_delete(&host->core, aiot_core_find(&host->core, "x"));
	while (unit_of("a")->load == AIOT_UNIT_LOADED)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_null(unit_of("a")->module);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(a_task_gets_its_service_s_arguments_and_above_them_its_own),
		T(names_that_are_taken_get_numbers),
		T(what_cannot_be_added_is_refused),
		T(delete_waits_for_the_finally_and_frees_what_it_had),
		T(a_pattern_deletes_what_was_added),
		T(unloading_takes_added_tasks_first),
		T(deleting_the_service_s_task_from_the_program_takes_them_first),
		T(a_module_stays_as_long_as_an_added_task),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
