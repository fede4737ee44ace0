/*
 * test-calls-reply.c - calls-reply.c: the record that tells who ordered what, and single names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"

static void an_order_is_one_record_with_who_gave_it(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "x");
	(void)run(&aiot_service_play, "y");
	begin("restart", "{'names':['x','y']}", false);
	call.uid = 1000;
	while (call_step() == AIOT_CALL_WAIT)
		fake_idle(f);
	assert_int_equal(fake_logged(f, AIOT_INFO, "restart x y: by uid 1000"), 1);
	order("stop", NULL);
	assert_int_equal(fake_logged(f, AIOT_INFO, "stop"), 1);
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_int_equal(fake_logged(f, AIOT_INFO, "by uid"), 1);
}

static void of_many_names_the_first_are_told(void **state)
{
	static char params[8192];
	struct aiot_out out;
	unsigned i;

	(void)state;
	aiot_out_init(&out, params, sizeof(params));
	aiot_out_text(&out, "{'names':['t0'");
	for (i = 1; i < 100; i++)
		aiot_format(&out, ",'t%u'", i);
	aiot_out_text(&out, "]}");
	order("stop", aiot_out_str(&out));
	assert_int_equal(fake_logged(f, AIOT_INFO, "t18 t19 and 80 more"), 1);
	aiot_out_init(&out, params, sizeof(params));
	aiot_format(&out, "{'names':['%01000d']}", 0);
	order("stop", aiot_out_str(&out));
	assert_int_equal(fake_logged(f, AIOT_INFO, "000..."), 1);
}

static void the_name_of_the_records_is_the_owner_s(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;

	(void)state;
	f->core.name = "pump";
	order("stop", NULL);
	aiot_ring_newest(&f->ring, &cursor);
	assert_true(aiot_ring_prev(&f->ring, &cursor, &record));
	assert_int_equal(record.name_len, 4);
	assert_memory_equal(record.name, "pump", 4);
}

static void a_name_longer_than_any_is_no_task_s(void **state)
{
	char params[300];

	(void)state;
	(void)aiot_format_to(params, sizeof(params), "{'name':'%0200d','args':{'a':1}}", 0);
	assert_int_equal(ask("set", params), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchTask");
}

static void a_name_and_a_pattern_that_mean_none_are_told_alike_by_all_orders(void **state)
{
	static const char *const verbs[] = {"stop", "restart", "wait", "pause", "reset-failed"};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		assert_int_equal(ask(verbs[i], "{'names':['nix','z*']}"), AIOT_CALL_DONE);
		assert_string_equal(all_of("failed", "message"),
				    "no such task: 'nix'; " AIOT_CTL
				    "list --all shows all no task matches 'z*'");
		assert_string_equal(all_of("failed", "error"),
				    "io.aiotools.NoSuchTask io.aiotools.TaskFailed");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_order_is_one_record_with_who_gave_it),
		T(of_many_names_the_first_are_told),
		T(the_name_of_the_records_is_the_owner_s),
		T(a_name_longer_than_any_is_no_task_s),
		T(a_name_and_a_pattern_that_mean_none_are_told_alike_by_all_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
