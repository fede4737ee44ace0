/*
 * test-unit-conf.c - what a service's file may say: right ones, and each wrong one with its
 * sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "timetext.h"
#include "units.h"

static struct aiot_ini doc;
static struct aiot_unit_conf conf;

static int read_conf(const char *text)
{
	int r = aiot_ini_parse("x.ini", text, strlen(text), &doc);

	assert_true(r == 0 || r == -AIOT_EINVAL);
	memset(&conf, 0xa5, sizeof(conf));
	return aiot_unit_conf_read(&doc, &conf);
}

static void the_shortest_file_has_all_defaults(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[Service]\nModule = hello\n"), 0);
	assert_string_equal(conf.module, "hello");
	assert_null(conf.description);
	assert_null(conf.documentation);
	assert_true(conf.enabled);
	assert_true(conf.stop_timeout_ns == 10 * AIOT_NS_PER_S);
	assert_int_equal(conf.timeout_ms, 0);
	assert_int_equal(conf.rank, 0);
	assert_int_equal(conf.kind, AIOT_UNIT_RUNTIME);
	assert_false(conf.scheduled);
	assert_false(aiot_plan_given(&conf.plan));
	aiot_ini_finish(&doc);
}

static void every_key_arrives_in_its_field(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[service]\nDescription = Hello runner v1.0\n"
				   "documentation = https://example.org/\nModule: world\n"
				   "Type = Schedule\nenabled = off\ntimeout-stop_sec = 1min 30s\n"
				   "[Schedule]\nStartIn = 1min 500ms from Daemon\nEvery = 1h\n"
				   "[Args]\nwhatever = x\n"),
			 0);
	assert_string_equal(conf.module, "world");
	assert_string_equal(conf.description, "Hello runner v1.0");
	assert_string_equal(conf.documentation, "https://example.org/");
	assert_false(conf.enabled);
	assert_true(conf.stop_timeout_ns == 90 * AIOT_NS_PER_S);
	assert_int_equal(conf.kind, AIOT_UNIT_SCHEDULE);
	assert_true(conf.scheduled);
	assert_true(conf.plan.from_daemon);
	assert_true(conf.plan.start_in_ns == 60500 * AIOT_NS_PER_MS);
	assert_true(conf.plan.every_ns == 3600 * AIOT_NS_PER_S);
	aiot_ini_finish(&doc);
}

#define M "[Service]\nModule = m\n"

static void a_schedule_needs_no_type_and_may_begin_at_once(void **state)
{
	static const struct {
		const char *text;
		uint64_t start_in_ns, every_ns;
		bool from_daemon;
	} rows[] = {
		{M "[Schedule]\nStartIn = 0\n", 0, 0, false},
		{M "[Schedule]\nStartIn = 1.5\n", 1500 * AIOT_NS_PER_MS, 0, false},
		{M "[Schedule]\nStartIn = 2s from task\n", 2 * AIOT_NS_PER_S, 0, false},
		{M "[Schedule]\nStartIn = 2s from daemon\n", 2 * AIOT_NS_PER_S, 0, true},
		{M "[Schedule]\nEvery = 1ms\n", 0, AIOT_NS_PER_MS, false},
		{M "Type = schedule\n[Schedule]\nEvery = 1d\n", 0, 86400 * AIOT_NS_PER_S, false},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_conf(rows[i].text), 0);
		assert_true(conf.scheduled);
		assert_int_equal(conf.kind, AIOT_UNIT_SCHEDULE);
		assert_true(conf.plan.start_in_ns == rows[i].start_in_ns);
		assert_true(conf.plan.every_ns == rows[i].every_ns);
		assert_int_equal(conf.plan.from_daemon, rows[i].from_daemon);
		aiot_ini_finish(&doc);
	}
}

static void time_outs_and_priorities_are_read(void **state)
{
	static const struct {
		const char *text;
		uint32_t timeout_ms;
		int rank;
	} rows[] = {
		{M "TimeoutSec = never\nPriority = -100\n", 0, -100},
		{M "TimeoutSec = 0\nPriority = 100\n", 0, 100},
		{M "TimeoutSec = 5\nPriority = 007\n", 5000, 7},
		{M "timeout_sec = 1ms\npriority = -0\n", 1, 0},
		{M "TimeoutSec = 1min 30s\n", 90000, 0},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_conf(rows[i].text), 0);
		assert_int_equal(conf.timeout_ms, rows[i].timeout_ms);
		assert_int_equal(conf.rank, rows[i].rank);
		aiot_ini_finish(&doc);
	}
}

static void a_policy_is_read_and_has_defaults(void **state)
{
	const struct aiot_policy *p = &conf.policy;

	(void)state;
	assert_int_equal(read_conf(M), 0);
	assert_int_equal(p->restart, AIOT_RESTART_NO);
	assert_int_equal(p->burst, 5);
	assert_true(p->interval_ns == 10 * AIOT_NS_PER_S);
	assert_true(p->delay_ns == 100 * AIOT_NS_PER_MS);
	assert_true(p->max_ns == 30 * AIOT_NS_PER_S);
	assert_true(p->reset_ns == 60 * AIOT_NS_PER_S);
	assert_true(p->watchdog_ns == 0);
	aiot_ini_finish(&doc);
	assert_int_equal(read_conf(M
				   "Restart = On_Failure\nRestartSec = 1min\nStartLimitBurst = 0\n"
				   "start_limit_interval_sec = 1h\nRestartResetSec = 0\n"
				   "WatchdogSec = 5s\n"),
			 0);
	assert_int_equal(p->restart, AIOT_RESTART_ON_FAILURE);
	assert_int_equal(p->burst, 0);
	assert_true(p->interval_ns == 3600 * AIOT_NS_PER_S);
	assert_true(p->delay_ns == 60 * AIOT_NS_PER_S);
	assert_true(p->max_ns == p->delay_ns); /* of which nothing was said */
	assert_true(p->reset_ns == 0);
	assert_true(p->watchdog_ns == 5 * AIOT_NS_PER_S);
	aiot_ini_finish(&doc);
	assert_int_equal(read_conf(M "Restart = always\n"), 0);
	assert_int_equal(p->restart, AIOT_RESTART_ALWAYS);
	aiot_ini_finish(&doc);
}

/* All complaints, one a line. */
static const char *complaints(void)
{
	static char text[8192];
	struct aiot_out out;
	size_t i;

	aiot_out_init(&out, text, sizeof(text));
	for (i = 0; i < doc.errors.count; i++)
		aiot_format(&out, "%s%s", i ? "\n" : "", doc.errors.text[i]);
	return aiot_out_str(&out);
}

static void what_is_wrong_is_told_with_file_and_line(void **state)
{
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"", "x.ini: [Service] needs Module=, the name of its object file"},
		{"[Servce]\nModule = m\n",
		 "x.ini:1: unknown section [Servce], did you mean [Service]?"},
		{"[Service]\nModlue = m\n",
		 "x.ini:2: unknown key 'Modlue' in [Service], did you mean 'Module'?"},
		{"[Service]\nEnabled = no\nType = runtime\n",
		 "x.ini:1: [Service] needs Module=, the name of its object file"},
		{"[Service]\nEnabled = yes\n",
		 "x.ini:1: [Service] needs Module=, the name of its object file"},
		{"[Service]\nModule = m.so\n",
		 "x.ini:2: 'm.so' cannot be the name of a module; leave out .so"},
		{"[Service]\nModule = ./m\n",
		 "x.ini:2: './m' cannot be the name of a module; leave out directory and .so, the "
		 "module path finds it"},
		{"[Service]\nModule = a b\n", "x.ini:2: 'a b' cannot be the name of a module"},
		{"[Service]\nModule =\n",
		 "x.ini:2: [Service] needs Module=, the name of its object file"},
		{M "Modul = x\n",
		 "x.ini:3: unknown key 'Modul' in [Service], did you mean 'Module'?"},
		{M "Colour = red\n", "x.ini:3: unknown key 'Colour' in [Service]"},
		{M "Module = n\n", "x.ini:3: key 'Module' in [Service] is already set in line 2"},
		{M "Enabled = maybe\n",
		 "x.ini:3: bad value 'maybe' for 'Enabled' in [Service], expected yes or no"},
		{M "TimeoutStopSec = soon\n",
		 "x.ini:3: bad value 'soon' for 'TimeoutStopSec' in [Service], expected a time "
		 "span such as 500ms or 1min 30s from 1ms to 1h"},
		{M "TimeoutStopSec = 0\n",
		 "x.ini:3: bad value '0' for 'TimeoutStopSec' in [Service], expected a time span "
		 "such as 500ms or 1min 30s from 1ms to 1h"},
		{M "TimeoutStopSec = 2h\n",
		 "x.ini:3: bad value '2h' for 'TimeoutStopSec' in [Service], expected a time span "
		 "such as 500ms or 1min 30s from 1ms to 1h"},
		{M "TimeoutSec = soon\n", "x.ini:3: TimeoutSec: 'soon' is neither `never` nor a "
					  "time span from 1ms to 49d"},
		{M "TimeoutSec = 50d\n", "x.ini:3: TimeoutSec: '50d' is neither `never` nor a "
					 "time span from 1ms to 49d"},
		{M "TimeoutSec = 1us\n", "x.ini:3: TimeoutSec: '1us' is neither `never` nor a "
					 "time span from 1ms to 49d"},
		{M "Restart = sometimes\n",
		 "x.ini:3: bad value 'sometimes' for 'Restart' in [Service], expected one of no, "
		 "on-failure, always"},
		{M "RestartSec = 1min\nRestartMaxSec = 30s\n",
		 "x.ini:4: RestartMaxSec: the longest pause is shorter than the first, RestartSec; "
		 "make it as long at least"},
		{M "StartLimitBurst = -1\n", "x.ini:3: bad value '-1' for 'StartLimitBurst' in "
					     "[Service], expected a whole number "
					     "up to 1000000"},
		{M "WatchdogSec = never\n", "x.ini:3: bad value 'never' for 'WatchdogSec' in "
					    "[Service], expected a time span such "
					    "as 500ms or 1min 30s up to 366d"},
		{M "Restart = always\n[Schedule]\nEvery = 1s\n",
		 "x.ini:3: Restart=always leaves nothing to [Schedule]; Restart=on-failure repeats "
		 "runs "
		 "that failed"},
		{M "Priority = 101\n",
		 "x.ini:3: Priority: '101' is not a whole number from -100 to 100"},
		{M "Priority = -9999999999\n",
		 "x.ini:3: Priority: '-9999999999' is not a whole number from -100 to 100"},
		{M "Priority = high\n",
		 "x.ini:3: Priority: 'high' is not a whole number from -100 to 100"},
		{M "Priority = -\n",
		 "x.ini:3: Priority: '-' is not a whole number from -100 to 100"},
		{M "Type = cron\n", "x.ini:3: Type: 'cron' is neither core, runtime nor schedule"},
		{M "Type =\n", "x.ini:3: Type: '' is neither core, runtime nor schedule"},
		{M "Type = schedule\n",
		 "x.ini:3: Type=schedule needs a [Schedule] with StartIn, At, Every, Cron or When"},
		{M "Type = runtime\n[Schedule]\nEvery = 1s\n",
		 "x.ini:3: Type=runtime has no [Schedule]; use Type=schedule"},
		{M "[Schedule]\nStartIn = soon\n",
		 "x.ini:4: StartIn: 'soon' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nStartIn =\n",
		 "x.ini:4: StartIn: '' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nStartIn = -1s\n",
		 "x.ini:4: StartIn: '-1s' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nStartIn = 101 years\n",
		 "x.ini:4: StartIn: '101 years' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nStartIn = 40000d\n",
		 "x.ini:4: StartIn: '40000d' is too long, at most 100 years"},
		{M "[Schedule]\nStartIn = 10s from\n",
		 "x.ini:4: StartIn: '10s from' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nStartIn = from daemon\n",
		 "x.ini:4: StartIn: 'from daemon' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nStartIn = 10s from boot\n",
		 "x.ini:4: StartIn counts `from task` or `from daemon`, not 'from boot'"},
		{M "[Schedule]\nEvery = 0\n", "x.ini:4: Every: '0' is too short, at least 1ms"},
		{M "[Schedule]\nEvery = 10us\n",
		 "x.ini:4: Every: '10us' is too short, at least 1ms"},
		{M "[Schedule]\nAt = 06:30\n",
		 "x.ini:4: At: '06:30' needs its date, as in 2026-11-21 06:30"},
		{M "[Schedule]\nAt = 2026-02-30 06:30\n",
		 "x.ini:4: At: '2026-02-30 06:30' is not a time such as 2026-11-21 06:30"},
		{M "[Schedule]\nAt = now\n",
		 "x.ini:4: At: 'now' needs its date, as in 2026-11-21 06:30"},
		{M "[Schedule]\nCron =\n", "x.ini:4: Cron is empty; leave it out"},
		{M "[Schedule]\nCron = 0 0 * * *\nEvery = 1h\n",
		 "x.ini:5: Cron stands alone; leave out Every, or use When"},
		{M "[Schedule]\nWhen = daily\nStartIn = 1h\n",
		 "x.ini:5: When stands alone; write `every ...` into the condition, as in `every "
		 "10 min & time of day between 10:00 and 12:00`"},
		{M "[Schedule]\nAt = 2026-11-21 06:30\nStartIn = 1h\n",
		 "x.ini:5: At and StartIn both say when the first run is; leave out one"},
		{M "[Schedule]\nJitter = 1h\n",
		 "x.ini:4: a schedule needs StartIn, At, Every, Cron or When"},
		{M "[Schedule]\nEvery = 1h\nJitter = some\n",
		 "x.ini:5: Jitter: 'some' is not a time span such as 10s or 1min 30s"},
		{M "[Schedule]\nEvery = 1h\nCatchUp = all\n",
		 "x.ini:5: CatchUp: 'all' is none of none, one"},
		{M "[Schedule]\nEvery = 1h\nOverlap = wait\n",
		 "x.ini:5: Overlap: 'wait' is none of skip, queue, allow"},
		{M "Type = schedule\n[Schedule]\nEvery = 0\n",
		 "x.ini:5: Every: '0' is too short, at least 1ms"},
		{M "[Restart]\nWhen = never\n", "x.ini:3: unknown section [Restart]"},
		{M "stray\n", "x.ini:3: 'stray' is neither 'Key = value' nor '[Section]'"},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_conf(rows[i].text), -AIOT_EINVAL);
		assert_string_equal(complaints(), rows[i].complaint);
		aiot_ini_finish(&doc);
	}
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[Service]\nTyp = x\nEnabled = 2\n[Schedule]\nStartIn = x\n"),
			 -AIOT_EINVAL);
	assert_int_equal(doc.errors.count, 4);
	aiot_ini_finish(&doc);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shortest_file_has_all_defaults),
		cmocka_unit_test(every_key_arrives_in_its_field),
		cmocka_unit_test(a_schedule_needs_no_type_and_may_begin_at_once),
		cmocka_unit_test(time_outs_and_priorities_are_read),
		cmocka_unit_test(a_policy_is_read_and_has_defaults),
		cmocka_unit_test(what_is_wrong_is_told_with_file_and_line),
		cmocka_unit_test(all_that_is_wrong_is_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
