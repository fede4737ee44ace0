/*
 * test-calls-report.c - report: what a service tells of itself, and what is told of the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "render.h"

static const char *blamed; /* what a watchdog would say while it tells */

struct tale {
	uint32_t told, lines, fail, misuse;
};

static enum aiot_co waits(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct tale, self);
	if (self->misuse)
		aiot_print(t, "too early");
	AIOT_SLEEP_MS(t, 3600000);
	(void)aiot_result_int(t, 7);
	AIOT_END(t);
}

static int tell(struct aiot_task *t, void *self)
{
	struct tale *tale = self;
	uint32_t i;

	tale->told++;
	blamed = f->stall.doing;
	for (i = 0; i < tale->lines; i++)
		aiot_print(t, "line %u of %s\n", i, aiot_name(t));
	(void)aiot_result_text(t, "not the run's");
	if (tale->fail == 2)
		return -AIOT_EBUSY;
	return tale->fail ? aiot_fail(t, -AIOT_EIO, "no ink") : 0;
}

static int wait(struct aiot_task *t, void *self)
{
	(void)self;
	aiot_sleep_ms_(t, 1);
	return 0;
}

static const struct aiot_stat tale_stats[] = {
	AIOT_STAT_U32(struct tale, told, "how often it was told"),
	{0},
};
static const struct aiot_opt tale_opts[] = {
	AIOT_OPT_U32(struct tale, misuse, "misuse", "0", "print where nothing is to be printed"),
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "other", .fn = ends, .self_size = sizeof(struct play)},
	{0},
};
AIOT_SERVICE(tale, struct tale, .main = waits, .opts = tale_opts, .stats = tale_stats,
	     .kinds = kinds, .report = tell);
AIOT_SERVICE(waiter, struct tale, .main = waits, .report = wait);

static struct tale *tale_of(struct aiot_task *t)
{
	return aiot_task_self(t);
}

static struct aiot_task *start_tale(uint32_t lines, uint32_t fail)
{
	struct aiot_task *t = run(&aiot_service_tale, "x.service");

	tale_of(t)->lines = lines;
	tale_of(t)->fail = fail;
	return t;
}

static const char *rendered(void)
{
	static char text[200000];
	struct aiot_render render = {.host = "h"};
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_render_reply(&render, call.command, call.params, reply, true, &out);
	return aiot_out_str(&out);
}

static void a_service_tells_of_itself(void **state)
{
	struct aiot_task *t = start_tale(2, 0);

	(void)state;
	assert_int_equal(ask("report", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("reports", "text"), "line 0 of x.service\nline 1 of x.service");
	assert_string_equal(rendered(), "x.service: running\n"
					"    line 0 of x.service\n"
					"    line 1 of x.service\n");
	assert_int_equal(tale_of(t)->told, 1);
	assert_null(aiot_outcome_of(&t->entry));
	assert_int_equal(f->blocks, 0);
	assert_string_equal(blamed, "in its report");
}

static void without_names_those_that_have_something_to_tell(void **state)
{
	(void)state;
	(void)start_tale(1, 0);
	(void)run(&aiot_service_play, "p");
	(void)run(&aiot_service_quick, "q");
	assert_int_equal(ask("report", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("reports", "name"), "p x.service");
	assert_non_null(strstr(rendered(), "p: running\n    steps: 1\n"));
	assert_int_equal(ask("report", "{'names':['q']}"), AIOT_CALL_DONE);
	assert_string_equal(rendered(), "q: done\n");
	assert_int_equal(ask("report", "{'names':['nobody']}"), AIOT_CALL_ERROR);
}

static void a_report_is_its_main_tasks(void **state)
{
	(void)state;
	(void)fake_start(f, fake_load(f, &aiot_service_tale, "other"), "o");
	assert_int_equal(ask("report", "{'names':['o']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("reports", 0), "text"), "-");
}

static void what_fails_is_told_behind_what_was_written(void **state)
{
	struct aiot_task *t = start_tale(1, 1);

	(void)state;
	assert_int_equal(ask("report", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(rendered(), "x.service: running\n"
					"    line 0 of x.service\n"
					"    the report failed: EIO: no ink\n");
	tale_of(t)->lines = 0;
	tale_of(t)->fail = 2;
	assert_int_equal(ask("report", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(rendered(),
			    "x.service: running\n"
			    "    the report failed: EBUSY: it failed without a reason\n");
	assert_int_equal(t->entry.state, AIOT_RUNNING);
}

static void a_report_that_waits_fails_and_the_task_goes_on(void **state)
{
	struct aiot_task *t = run(&aiot_service_waiter, "w");

	(void)state;
	assert_int_equal(ask("report", "{'names':['w']}"), AIOT_CALL_DONE);
	assert_non_null(strstr(rendered(), "the report failed: "));
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
}

static void a_report_that_is_too_long_is_cut_and_says_so(void **state)
{
	(void)state;
	(void)start_tale(10000, 0);
	assert_int_equal(ask("report", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("reports", 0), "cut"), "true");
	assert_non_null(strstr(rendered(), "    (cut: a report has room for 60 KiB)\n"));
	assert_int_equal(f->blocks, 0);
}

static void without_memory_it_is_cut(struct fake *starved)
{
	struct aiot_task *t;

	f = starved;
	commands.core = &f->core;
	t = fake_add(f, fake_load(f, &aiot_service_tale, NULL), "x");
	if (aiot_core_start(&f->core, &t->entry) < 0)
		return;
	tale_of(t)->lines = 100;
	(void)ask("report", "{'names':['x']}");
}

static void it_does_without_memory(void **state)
{
	struct fake *mine = f;

	(void)state;
	fake_starve(without_memory_it_is_cut);
	f = mine;
}

static void printing_outside_of_a_report_fails_the_task(void **state)
{
	struct fake_kind *k = fake_load(f, &aiot_service_tale, NULL);
	static const struct aiot_arg arg = {"misuse", "1", "test"};
	struct aiot_task *t;

	(void)state;
	k->spec.args = &arg;
	k->spec.arg_count = 1;
	t = fake_start(f, k, "x");
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_non_null(strstr(aiot_outcome_of(&t->entry)->text, "aiot_print outside of .report"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_service_tells_of_itself),
		T(without_names_those_that_have_something_to_tell),
		T(a_report_is_its_main_tasks),
		T(what_fails_is_told_behind_what_was_written),
		T(a_report_that_waits_fails_and_the_task_goes_on),
		T(a_report_that_is_too_long_is_cut_and_says_so),
		T(it_does_without_memory),
		T(printing_outside_of_a_report_fails_the_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
