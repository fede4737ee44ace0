/*
 * test-stats-metrics.c - tasks as text for Prometheus: what stands where, labels, what is no
 * figure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../services.d/stats-metrics.c"

static struct grow out;

static const char *metrics_of(const char *json)
{
	struct aiot_json tasks;

	grow_free(&out);
	assert_int_equal(aiot_json_parse(json, strlen(json), &tasks, NULL), 0);
	stats_put_metrics(tasks, &out);
	assert_int_equal(out.error, 0);
	return out.text;
}

static void assert_line(const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *at = text;

	while ((at = strstr(at, line)) != NULL) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return;
		at += len;
	}
	fail_msg("no line '%s' in:\n%s", line, text);
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	while ((text = strstr(text, word)) != NULL) {
		n++;
		text += strlen(word);
	}
	return n;
}

static void a_task_has_its_figures(void **state)
{
	const char *text = metrics_of(
		"[{\"name\":\"hello.service\",\"state\":\"running\",\"runs\":3,\"restarts\":1,"
		"\"cpu_us\":1500042,\"longest_us\":7,\"since_us\":1795304767138515}]");

	(void)state;
	assert_line(text, "aiotools_tasks{state=\"running\"} 1");
	assert_line(text, "aiotools_tasks{state=\"failed\"} 0");
	assert_line(text, "aiotools_task_state{task=\"hello.service\",state=\"running\"} 1");
	assert_line(text, "aiotools_task_failed{task=\"hello.service\"} 0");
	assert_line(text, "aiotools_task_runs_total{task=\"hello.service\"} 3");
	assert_line(text, "aiotools_task_restarts_total{task=\"hello.service\"} 1");
	assert_line(text, "aiotools_task_cpu_seconds_total{task=\"hello.service\"} 1.500042");
	assert_line(text, "aiotools_task_longest_step_seconds{task=\"hello.service\"} 0.000007");
	assert_line(text,
		    "aiotools_task_state_since_seconds{task=\"hello.service\"} 1795304767.138515");
}

static void a_failed_task_is_told_also_while_it_is_scheduled(void **state)
{
	const char *text = metrics_of("[{\"name\":\"a\",\"state\":\"scheduled\",\"error\":{"
				      "\"error\":\"x\"}},{\"name\":\"b\",\"state\":\"done\","
				      "\"error\":null}]");

	(void)state;
	assert_line(text, "aiotools_task_failed{task=\"a\"} 1");
	assert_line(text, "aiotools_task_failed{task=\"b\"} 0");
}

static void what_services_measure_is_a_label(void **state)
{
	const char *text = metrics_of(
		"[{\"name\":\"s\",\"state\":\"running\",\"stats\":{\"load_1\":9.340,\"on\":true,"
		"\"report\":\"text\",\"below\":-3,\"none\":null}}]");

	(void)state;
	assert_line(text, "aiotools_stat{task=\"s\",stat=\"load_1\"} 9.340");
	assert_line(text, "aiotools_stat{task=\"s\",stat=\"on\"} 1");
	assert_line(text, "aiotools_stat{task=\"s\",stat=\"below\"} -3");
	assert_int_equal(count(text, "stat=\"report\""), 0);
	assert_int_equal(count(text, "stat=\"none\""), 0);
}

static void labels_are_escaped(void **state)
{
	const char *text = metrics_of("[{\"name\":\"s\",\"state\":\"running\",\"stats\":{"
				      "\"a\\\"b\\\\c\\nd\":1}}]");

	(void)state;
	assert_line(text, "aiotools_stat{task=\"s\",stat=\"a\\\"b\\\\c\\nd\"} 1");
}

/* The format wants them together, and each help once. */
static void lines_of_one_figure_stand_together(void **state)
{
	const char *text = metrics_of("[{\"name\":\"a\",\"state\":\"done\",\"runs\":1},"
				      "{\"name\":\"b\",\"state\":\"done\",\"runs\":2}]");

	(void)state;
	assert_non_null(strstr(text, "aiotools_task_runs_total{task=\"a\"} 1\n"
				     "aiotools_task_runs_total{task=\"b\"} 2\n"));
	assert_int_equal(count(text, "# TYPE aiotools_task_runs_total counter\n"), 1);
	assert_int_equal(count(text, "# HELP aiotools_task_runs_total "), 1);
}

static void what_is_missing_has_no_line(void **state)
{
	const char *text = metrics_of("[{\"name\":\"a\",\"state\":\"odd\"},{\"state\":\"done\","
				      "\"runs\":1},7,null]");

	(void)state;
	assert_int_equal(count(text, "aiotools_task_runs_total{"), 0);
	assert_int_equal(count(text, "aiotools_task_state{"), 0);
	assert_line(text, "aiotools_tasks{state=\"done\"} 1");
}

static void no_task_at_all_is_fine(void **state)
{
	(void)state;
	assert_line(metrics_of("[]"), "aiotools_tasks{state=\"done\"} 0");
}

static void a_text_that_grows_too_large_says_so(void **state)
{
	static char piece[1 << 20];
	struct grow grow = {0};
	unsigned i;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (i = 0; i < 20; i++)
		grow_addn(&grow, piece, sizeof(piece));
	assert_int_equal(grow.error, -AIOT_EMSGSIZE);
	assert_true(grow.len < GROW_MAX);
	assert_int_equal(strlen(grow.text), grow.len);
	grow_add(&grow, "%s", "y");
	assert_int_equal(grow.text[grow.len - 1], 'x');
	grow_free(&grow);
}

static int free_text(void **state)
{
	(void)state;
	grow_free(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_has_its_figures),
		cmocka_unit_test(a_failed_task_is_told_also_while_it_is_scheduled),
		cmocka_unit_test(what_services_measure_is_a_label),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(lines_of_one_figure_stand_together),
		cmocka_unit_test(what_is_missing_has_no_line),
		cmocka_unit_test(no_task_at_all_is_fine),
		cmocka_unit_test(a_text_that_grows_too_large_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, free_text);
}
