/*
 * test-calls-small-order.c - start, stop and restart on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calls-stage.h"

/* All rows of a call that may wait, as "name:state" or "name!message". */
static const char *orders(const char *verb, const char *params)
{
	static char told[512];
	struct aiot_out out;
	enum aiot_call_result r;

	aiot_out_init(&out, told, sizeof(told));
	begin(verb, params, true);
	do {
		r = call_step();
		if (r == AIOT_CALL_WAIT) {
			fake_for(f, FAKE_S / 4);
			continue;
		}
		if (nth_of("done", 0).text != NULL)
			aiot_format(&out, "%s:%s ", member_of(nth_of("done", 0), "name"),
				    member_of(nth_of("done", 0), "state"));
		if (nth_of("failed", 0).text != NULL)
			aiot_format(&out, "%s!%s ", member_of(nth_of("failed", 0), "name"),
				    member_of(nth_of("failed", 0), "message"));
	} while (r == AIOT_CALL_WAIT || r == AIOT_CALL_PAGE);
	if (r == AIOT_CALL_ERROR)
		aiot_out_text(&out, message());
	fake_pass(f, FAKE_S); /* so that nothing is of the next call's making */
	return aiot_out_str(&out);
}

static void all_are_started_and_told_one_by_one(void **state)
{
	(void)state;
	(void)add(&aiot_service_play, "a");
	(void)add(&aiot_service_broken, "b");
	(void)add(&aiot_service_quick, "c");
	assert_string_equal(orders("start", NULL), "a:running b!divide by zero c:done ");
	assert_string_equal(orders("start", "{'names':['a']}"), "a!runs already ");
	assert_string_equal(orders("start", "{'names':['a*']}"), "");
	assert_string_equal(orders("restart", "{'names':['a']}"), "a:running ");
	assert_int_equal(fake_logged(f, AIOT_INFO, "restart {\"names\":[\"a\"]}"), 1);
}

static void a_stop_is_waited_for_and_what_is_stopped_is(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "a");

	(void)state;
	fake_pass(f, FAKE_S);
	assert_string_equal(orders("stop", "{'names':['a']}"), "a:stopped ");
	assert_int_equal(((struct play *)aiot_task_self(t))->undone, 1);
	assert_string_equal(orders("stop", "{'names':['a']}"), "a:stopped ");
	assert_string_equal(orders("stop", NULL), "");
}

static void a_wrong_name_leaves_all_as_they_are(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "a");

	(void)state;
	assert_string_equal(orders("start", "{'names':['a','b']}"), "no such task: 'b'");
	assert_int_equal(t->entry.runs, 0);
	assert_string_equal(orders("restart", "{'names':[]}"), "restart: needs names");
}

static void schedules_are_held_kept_and_taken_up_again(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "a");

	(void)state;
	schedule(t, 50 * FAKE_S, 100 * FAKE_S);
	fake_pass(f, FAKE_S);
	assert_string_equal(orders("start", NULL), "");
	assert_string_equal(orders("stop", "{'names':['a']}"), "a:stopped ");
	assert_string_equal(orders("restart", "{'names':['a']}"), "a:scheduled ");
	assert_int_equal(t->entry.runs, 0);
	assert_string_equal(orders("start", "{'names':['a']}"), "a:scheduled ");
	assert_int_equal(t->entry.runs, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_are_started_and_told_one_by_one),
		T(a_stop_is_waited_for_and_what_is_stopped_is),
		T(a_wrong_name_leaves_all_as_they_are),
		T(schedules_are_held_kept_and_taken_up_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
