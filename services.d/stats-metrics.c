/*
 * stats-metrics.c - see stats-metrics.h.  Called by stats.c, and by its test.  Host only.
 *
 * The format wants all lines of one figure together, each figure with its help and type before it
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), so the tasks are walked once for
 * each.
 */
#include "stats-metrics.h"

#include <inttypes.h>

#define NAME_BYTES (AIOT_NAME_BYTES * 2) /* a board's name, a colon, a task's */
#define KEY_BYTES 128

/* Of each task; a task that does not have the member has no line. */
struct figure {
	const char *name, *type, *help;
	const char *member;
	bool micro; /* the member counts microseconds, the figure seconds */
};

static const struct figure figures[] = {
	{"aiotools_task_runs_total", "counter", "Runs that were begun.", "runs", false},
	{"aiotools_task_restarts_total", "counter", "Runs that were begun by a restart.",
	 "restarts", false},
	{"aiotools_task_cpu_seconds_total", "counter", "CPU time of all runs.", "cpu_us", true},
	{"aiotools_task_longest_step_seconds", "gauge", "The longest stretch between two awaits.",
	 "longest_us", true},
	{"aiotools_task_state_since_seconds", "gauge", "When it came into its state, since 1970.",
	 "since_us", true},
};

static const char *const states[] = {
	"stopped",  "scheduled",  "waiting", "starting", "running",
	"stopping", "restarting", "done",    "failed",	 "held",
};
#define STATES (sizeof(states) / sizeof(states[0]))

static void put_help(struct grow *out, const char *name, const char *type, const char *help)
{
	grow_add(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: quotes, backslashes and line ends have an escape, all else stands as it is. */
static void put_label(struct grow *out, const char *key, const char *value)
{
	grow_add(out, "%s=\"", key);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			grow_addn(out, "\\n", 2);
		else if (*value == '"' || *value == '\\')
			grow_add(out, "\\%c", *value);
		else
			grow_addn(out, value, 1);
	}
	grow_addn(out, "\"", 1);
}

/* "NAME{task="x"", to be gone on with; false: it has no name. */
static bool begin_line(struct grow *out, const char *name, struct aiot_json task)
{
	char text[NAME_BYTES];

	if (aiot_json_str(aiot_json_get(task, "name"), text, sizeof(text)) < 0)
		return false;
	grow_add(out, "%s{", name);
	put_label(out, "task", text);
	return true;
}

static size_t state_of(struct aiot_json task)
{
	struct aiot_json state = aiot_json_get(task, "state");
	size_t i = 0;

	while (i < STATES && !aiot_json_str_is(state, states[i]))
		i++;
	return i;
}

/* ---- the figures ---------------------------------------------------------------------------- */

static void put_counts(struct aiot_json tasks, struct grow *out)
{
	unsigned count[STATES + 1] = {0};
	struct aiot_json_iter it = {0};
	struct aiot_json task;
	size_t i;

	while (aiot_json_next(tasks, &it, NULL, &task))
		count[state_of(task)]++;
	put_help(out, "aiotools_tasks", "gauge", "Tasks, by state.");
	for (i = 0; i < STATES; i++)
		grow_add(out, "aiotools_tasks{state=\"%s\"} %u\n", states[i], count[i]);
}

static void put_states(struct aiot_json tasks, struct grow *out)
{
	struct aiot_json_iter it = {0};
	struct aiot_json task;

	put_help(out, "aiotools_task_state", "gauge", "1 for the state that the task is in.");
	while (aiot_json_next(tasks, &it, NULL, &task)) {
		size_t state = state_of(task);

		if (state < STATES && begin_line(out, "aiotools_task_state", task))
			grow_add(out, ",state=\"%s\"} 1\n", states[state]);
	}
}

static void put_failures(struct aiot_json tasks, struct grow *out)
{
	struct aiot_json_iter it = {0};
	struct aiot_json task;

	put_help(out, "aiotools_task_failed", "gauge", "1 if the last run failed.");
	while (aiot_json_next(tasks, &it, NULL, &task)) {
		bool failed = aiot_json_type(aiot_json_get(task, "error")) == AIOT_JSON_OBJECT;

		if (begin_line(out, "aiotools_task_failed", task))
			grow_add(out, "} %d\n", failed);
	}
}

static void put_figure(const struct figure *figure, struct aiot_json tasks, struct grow *out)
{
	struct aiot_json_iter it = {0};
	struct aiot_json task;
	uint64_t value;

	put_help(out, figure->name, figure->type, figure->help);
	while (aiot_json_next(tasks, &it, NULL, &task)) {
		if (aiot_json_u64(aiot_json_get(task, figure->member), &value) < 0 ||
		    !begin_line(out, figure->name, task))
			continue;
		if (figure->micro)
			grow_add(out, "} %" PRIu64 ".%06" PRIu64 "\n", value / 1000000,
				 value % 1000000);
		else
			grow_add(out, "} %" PRIu64 "\n", value);
	}
}

/* What services measure, by their own names for it; texts are no figures. */
static void put_stats_of(struct aiot_json task, struct grow *out)
{
	struct aiot_json stats = aiot_json_get(task, "stats"), key, value;
	struct aiot_json_iter it = {0};
	char text[KEY_BYTES];

	while (aiot_json_next(stats, &it, &key, &value)) {
		enum aiot_json_type type = aiot_json_type(value);

		if ((type != AIOT_JSON_NUMBER && type != AIOT_JSON_BOOL) ||
		    aiot_json_str(key, text, sizeof(text)) < 0 ||
		    !begin_line(out, "aiotools_stat", task))
			continue;
		grow_addn(out, ",", 1);
		put_label(out, "stat", text);
		if (type == AIOT_JSON_BOOL)
			grow_add(out, "} %d\n", aiot_json_bool(value, false));
		else
			grow_add(out, "} %.*s\n", (int)value.len, value.text);
	}
}

void stats_put_metrics(struct aiot_json tasks, struct grow *out)
{
	struct aiot_json_iter it = {0};
	struct aiot_json task;
	size_t i;

	put_counts(tasks, out);
	put_states(tasks, out);
	put_failures(tasks, out);
	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		put_figure(&figures[i], tasks, out);
	put_help(out, "aiotools_stat", "untyped", "What services measure.");
	while (aiot_json_next(tasks, &it, NULL, &task))
		put_stats_of(task, out);
}
