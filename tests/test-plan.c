/*
 * test-plan.c - plan.c: the keys of [Schedule], one by one and together, and a plan as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <aiotools.h>

#include "plan.h"

#define NOW_NS (INT64_C(1795221310) * 1000000000) /* 2026-11-21 00:35:10 */
#define S UINT64_C(1000000000)

static struct aiot_plan plan;
static char why_text[512], plan_text[AIOT_PLAN_TEXT_MAX];

static int set(const char *key, const char *value, int64_t wall_ns)
{
	struct aiot_out why;
	int r;

	aiot_out_init(&why, why_text, sizeof(why_text));
	r = aiot_plan_set(&plan, key, value, wall_ns, &why);
	(void)aiot_out_str(&why);
	return r;
}

static void good(const char *key, const char *value)
{
	if (set(key, value, -1) < 0)
		fail_msg("%s", why_text);
}

static void bad(const char *key, const char *value, const char *words)
{
	assert_int_equal(set(key, value, -1), -AIOT_EINVAL);
	assert_string_equal(why_text, words);
}

static const char *text(void)
{
	struct aiot_out out;

	aiot_out_init(&out, plan_text, sizeof(plan_text));
	aiot_plan_text(&plan, &out);
	return aiot_out_str(&out);
}

static int begin(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	aiot_plan_init(&plan);
	return 0;
}

/* ---- one by one ---- */

static void keys_in_any_spelling(void **state)
{
	(void)state;
	assert_false(aiot_plan_given(&plan));
	good("start_in", "10s");
	good("EVERY", "1min 30s");
	good("jitter", "5s");
	good("catch-up", "One");
	good("Overlap", "queue");
	assert_true(aiot_plan_given(&plan));
	assert_true(plan.start_in_ns == 10 * S && plan.every_ns == 90 * S &&
		    plan.jitter_ns == 5 * S);
	assert_false(plan.from_daemon);
	assert_string_equal(text(),
			    "StartIn=10s Every=1min 30s Jitter=5s CatchUp=one Overlap=queue");
	assert_int_equal(set("Evry", "1s", -1), -AIOT_ENOENT);
}

static void start_in_may_count_from_the_daemon(void **state)
{
	(void)state;
	good("StartIn", "10s from daemon");
	assert_true(plan.from_daemon);
	assert_string_equal(text(), "StartIn=10s from daemon");
	good("StartIn", "0 from task");
	assert_false(plan.from_daemon);
	assert_true(plan.has_start_in && plan.start_in_ns == 0);
	bad("StartIn", "10s from boot",
	    "StartIn counts `from task` or `from daemon`, not 'from boot'");
}

static void spans_that_are_none(void **state)
{
	(void)state;
	bad("Every", "-3s", "Every: '-3s' is not a time span such as 10s or 1min 30s");
	bad("Every", "", "Every: '' is not a time span such as 10s or 1min 30s");
	bad("Every", "often", "Every: 'often' is not a time span such as 10s or 1min 30s");
	bad("Every", "0", "Every: '0' is too short, at least 1ms");
	bad("Every", "999us", "Every: '999us' is too short, at least 1ms");
	bad("Every", "101 years", "Every: '101 years' is not a time span such as 10s or 1min 30s");
	bad("Every", "40000d", "Every: '40000d' is too long, at most 100 years");
	bad("StartIn", "99999999999999999999h",
	    "StartIn: '99999999999999999999h' is too long, at most 100 years");
	bad("Jitter", "a bit", "Jitter: 'a bit' is not a time span such as 10s or 1min 30s");
}

static void dates_that_are_none(void **state)
{
	(void)state;
	good("At", "2026-11-21 06:30");
	assert_true(plan.at_us == INT64_C(1795242600000000));
	assert_string_equal(text(), "At=2026-11-21 06:30:00");
	bad("At", "2026-02-30 10:00",
	    "At: '2026-02-30 10:00' is not a time such as 2026-11-21 06:30");
	bad("At", "2026-13-01", "At: '2026-13-01' is not a time such as 2026-11-21 06:30");
	bad("At", "", "At: '' is not a time such as 2026-11-21 06:30");
	bad("At", "10:00", "At: '10:00' needs its date, as in 2026-11-21 06:30");
	bad("At", "today", "At: 'today' needs its date, as in 2026-11-21 06:30");
	assert_int_equal(set("At", "10:00", NOW_NS), 0); /* a command's: today */
	assert_true(plan.at_us == INT64_C(1795255200000000));
}

static void words_that_are_none(void **state)
{
	(void)state;
	bad("Overlap", "perhaps", "Overlap: 'perhaps' is none of skip, queue, allow");
	bad("CatchUp", "all", "CatchUp: 'all' is none of none, one");
	bad("Cron", "", "Cron is empty; leave it out");
	bad("When", "", "When is empty; leave it out");
}

/* ---- together ---- */

/* keys: "At=... Every=...", one letter a key. */
static void assert_check(const char *keys, const char *words)
{
	struct aiot_out why;
	int r;

	aiot_plan_init(&plan);
	for (; *keys; keys++) {
		good(*keys == 'A'   ? "At"
		     : *keys == 'E' ? "Every"
		     : *keys == 'C' ? "Cron"
		     : *keys == 'W' ? "When"
		     : *keys == 'J' ? "Jitter"
				    : "StartIn",
		     *keys == 'A'   ? "2026-11-21 06:30"
		     : *keys == 'C' ? "* * * * *"
		     : *keys == 'W' ? "daily"
				    : "1h");
	}
	aiot_out_init(&why, why_text, sizeof(why_text));
	r = aiot_plan_check(&plan, &why);
	assert_int_equal(r, words ? -AIOT_EINVAL : 0);
	assert_string_equal(aiot_out_str(&why), words ? words : "");
}

static void what_goes_together(void **state)
{
	(void)state;
	assert_check("S", NULL);
	assert_check("SE", NULL);
	assert_check("EJ", NULL);
	assert_check("AE", NULL);
	assert_check("AJ", NULL);
	assert_check("CJ", NULL);
	assert_check("W", NULL);
	assert_check("", "a schedule needs StartIn, At, Every, Cron or When");
	assert_check("J", "a schedule needs StartIn, At, Every, Cron or When");
	assert_check("AS", "At and StartIn both say when the first run is; leave out one");
	assert_check("CA", "Cron stands alone; leave out At, or use When");
	assert_check("CE", "Cron stands alone; leave out Every, or use When");
	assert_check("CS", "Cron stands alone; leave out StartIn, or use When");
#define WHEN_ALONE(part)                                                                           \
	"When stands alone; write " part " into the condition, as in `every 10 min & time of day " \
	"between 10:00 and 12:00`"
	assert_check("WA", WHEN_ALONE("the time of At"));
	assert_check("WC", WHEN_ALONE("`cron ...`"));
	assert_check("WE", WHEN_ALONE("`every ...`"));
	assert_check("WJ", WHEN_ALONE("what Jitter is for"));
}

#define P(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		P(keys_in_any_spelling), P(start_in_may_count_from_the_daemon),
		P(spans_that_are_none),	 P(dates_that_are_none),
		P(words_that_are_none),	 P(what_goes_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
