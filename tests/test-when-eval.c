/* Asking conditions: true or false, until when, and which intervals come next. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "aiotools.h"
#include "when-zones.h"
#include "when.h"

#define S AIOT_US_PER_S
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NEVER AIOT_NEVER_US

/* What is known: records of the own task and of the tasks 'a' and 'b'. */
struct record {
	int slot;
	unsigned action;
	const char *time;
};

static struct world {
	const struct record *records; /* ended by a record without a time */
	struct aiot_zone zone;
	struct aiot_when_facts facts;
	int custom[4];	/* what each answers */
	unsigned asked; /* bits: which were asked */
	const char *param;
} world;

static _Alignas(8) char memory[16384];

static bool last(void *ctx, int slot, unsigned actions, int64_t from_us, int64_t to_us,
		 int64_t *ret_us)
{
	bool found = false;

	(void)ctx;
	for (const struct record *r = world.records; r && r->time; r++) {
		int64_t when = at(r->time);

		if (r->slot != slot || !(r->action & actions) || when < from_us || when > to_us)
			continue;
		*ret_us = when;
		found = true;
	}
	return found;
}

static void fails(void *ctx, int slot, struct aiot_when_fails *ret)
{
	(void)ctx;
	*ret = (struct aiot_when_fails){0};
	for (const struct record *r = world.records; r && r->time; r++) {
		if (r->slot != slot)
			continue;
		ret->last = r->action == AIOT_WHEN_FAIL;
		if (r->action == AIOT_WHEN_FAIL)
			ret->count++;
		else if (r->action != AIOT_WHEN_RUN)
			ret->count = 0;
	}
}

static bool running(void *ctx, int slot, int64_t *ret_since_us)
{
	bool runs = false;

	(void)ctx;
	for (const struct record *r = world.records; r && r->time; r++) {
		if (r->slot != slot)
			continue;
		runs = r->action == AIOT_WHEN_RUN;
		*ret_since_us = at(r->time);
	}
	return runs;
}

static const char *param(void *ctx, const char *key)
{
	(void)ctx;
	return strcmp(key, "k") == 0 ? world.param : NULL;
}

static int custom(void *ctx, unsigned slot)
{
	(void)ctx;
	world.asked |= 1u << slot;
	return world.custom[slot];
}

static int any_word(void *ctx, const char *word, size_t len, bool quoted)
{
	(void)ctx;
	(void)quoted;
	return len == 1 && strchr("pqrs", word[0]) ? 0 : -AIOT_ENOENT;
}

static void begin(const char *tz)
{
	memset(&world, 0, sizeof(world));
	set_zone(tz, &world.zone);
	world.facts = (struct aiot_when_facts){
		.zone = &world.zone,
		.last = last,
		.fails = fails,
		.running = running,
		.param = param,
		.custom = custom,
		.started_us = AIOT_NEVER_US,
	};
}

static struct aiot_when *compile(const char *text)
{
	static const struct aiot_when_resolver resolver = {any_word, NULL};
	struct aiot_when *w = NULL;
	struct aiot_when_error error = {0};

	if (aiot_when_compile(text, strlen(text), &resolver, memory, sizeof(memory), &w, &error) <
	    0)
		fail_msg("%s: column %u: %s", text, error.column, error.text);
	return w;
}

static struct aiot_when_result ask(const char *text, const char *now)
{
	struct aiot_when_result result = {0};

	assert_int_equal(aiot_when_at(compile(text), &world.facts, at(now), &result), 0);
	return result;
}

/* until: NULL is never. */
static void check(const char *text, const char *now, bool value, const char *until)
{
	struct aiot_when_result result = ask(text, now);
	int64_t expected = until ? at(until) : NEVER;

	if (result.value != value || result.until_us != expected || result.poll)
		fail_msg("%s at %s: %d until %lld, not %lld", text, now, result.value,
			 (long long)result.until_us, (long long)expected);
}

/* Intervals from `now` on: "start to end" pairs; an end of NULL is none. */
static void check_next(const char *text, const char *now, const char *const *times)
{
	struct aiot_when *w = compile(text);
	struct aiot_interval found = {0, at(now)};

	for (; *times; times += 2) {
		assert_int_equal(aiot_when_next(w, &world.facts, found.end_us, &found), 0);
		if (found.start_us != at(times[0]) ||
		    found.end_us != (times[1] ? at(times[1]) : NEVER))
			fail_msg("%s: %lld to %lld, not %s", text, (long long)found.start_us,
				 (long long)found.end_us, times[0]);
		if (!times[1])
			break;
	}
}

/* ---- leaves ---- */

static void the_clock_alone(void **state)
{
	(void)state;
	begin("UTC0");
	check("true", "2026-11-21 07:00", true, NULL);
	check("time of day", "2026-11-21 07:00", true, NULL);
	check("time of day between 10:00 and 12:00", "2026-11-21 07:00", false, "2026-11-21 10:00");
	check("time of day between 10:00 and 12:00", "2026-11-21 10:00", true, "2026-11-21 12:00");
	check("time of month after 31st", "2026-02-10 00:00", false, "2026-03-31 00:00");
	check("crontime 0 12 * * *", "2026-11-21 12:00:30", true, "2026-11-21 12:01");
	check("crontime 0 12 * * *", "2026-11-21 12:01", false, "2026-11-22 12:00");
}

static void daily_is_once_in_each_window(void **state)
{
	static const struct record ended[] = {{-1, AIOT_WHEN_RUN, "2026-11-21 06:50"},
					      {-1, AIOT_WHEN_SUCCESS, "2026-11-21 07:20"},
					      {0}};
	static const struct record crashed[] = {{-1, AIOT_WHEN_CRASH, "2026-11-21 07:20"}, {0}};

	(void)state;
	begin("UTC0");
	check("daily after 07:00", "2026-11-21 06:00", false, "2026-11-21 07:00");
	check("daily", "2026-11-21 07:30", true, "2026-11-22 00:00");
	world.records = ended;
	check("daily after 07:00", "2026-11-21 07:30", false, "2026-11-22 00:00");
	check("daily", "2026-11-22 00:00", true, "2026-11-23 00:00");
	check("hourly", "2026-11-21 08:00", true, "2026-11-21 09:00");
	world.records = crashed;
	check("daily after 07:00", "2026-11-21 07:30", true, "2026-11-22 00:00");
}

static void cron_is_once_in_its_minute(void **state)
{
	static const struct record ran[] = {{-1, AIOT_WHEN_RUN, "2026-11-21 07:00:10"}, {0}};

	(void)state;
	begin("UTC0");
	check("cron 0 7 * * *", "2026-11-21 07:00:20", true, "2026-11-21 07:01");
	world.records = ran;
	check("cron 0 7 * * *", "2026-11-21 07:00:20", false, "2026-11-21 07:01");
	check("cron 0 7 * * *", "2026-11-21 07:00:05", true, "2026-11-21 07:01");
}

static void every_counts_from_start_or_from_what_it_says(void **state)
{
	static const struct record ran[] = {{-1, AIOT_WHEN_RUN, "2026-11-21 07:00"},
					    {-1, AIOT_WHEN_FAIL, "2026-11-21 07:10"},
					    {0}};

	(void)state;
	begin("UTC0");
	check("every 1 h", "2026-11-21 07:30", true, NULL);
	world.records = ran;
	check("every 1 h", "2026-11-21 07:30", false, "2026-11-21 08:00");
	check("every 1 h", "2026-11-21 08:00", true, NULL);
	check("every 1 h after finish", "2026-11-21 08:00", false, "2026-11-21 08:10");
	check("every 1 h after success", "2026-11-21 07:30", true, NULL);
	check_next("every 1 h", "2026-11-21 07:30", (const char *[]){"2026-11-21 08:00", NULL});
}

static void what_tasks_did(void **state)
{
	static const struct record records[] = {{-1, AIOT_WHEN_RUN, "2026-11-21 07:00"},
						{0, AIOT_WHEN_RUN, "2026-11-21 07:01"},
						{0, AIOT_WHEN_SUCCESS, "2026-11-21 07:02"},
						{1, AIOT_WHEN_RUN, "2026-11-21 07:03"},
						{0}};

	(void)state;
	begin("UTC0");
	world.records = records;
	check("after task 'a'", "2026-11-21 07:10", true, NULL);
	check("after task 'a' failed", "2026-11-21 07:10", false, NULL);
	check("after tasks 'a', 'b' finished", "2026-11-21 07:10", false, NULL);
	check("after any tasks 'a', 'b' finished", "2026-11-21 07:10", true, NULL);
	check("task 'a' has succeeded today", "2026-11-21 23:59", true, "2026-11-22 00:00");
	check("task 'a' has succeeded today", "2026-11-22 00:00", false, "2026-11-23 00:00");
	check("task 'a' has succeeded past 10 min", "2026-11-21 07:12", true,
	      "2026-11-21 07:12:00.000001");
	check("task 'a' has succeeded past 10 min", "2026-11-21 07:13", false, NULL);
	check("task 'a' is running", "2026-11-21 07:13", false, NULL);
	check("task 'a' is running | task 'b' is running", "2026-11-21 07:13", true, NULL);
	check("task 'a' has failed | task 'b' is running for more than 10 min", "2026-11-21 07:12",
	      false, "2026-11-21 07:13");
	check("task 'a' has failed | task 'b' is running for less than 10 min", "2026-11-21 07:12",
	      true, "2026-11-21 07:13");
	check("is running", "2026-11-21 07:13", true, NULL);
	/* Without a time, within the period of what schedules the task. */
	check("daily & has started", "2026-11-22 07:00", false, "2026-11-23 00:00");
	check("has started", "2026-11-22 07:00", true, NULL);
}

static void retries_count_failures_in_a_row(void **state)
{
	static const struct record twice[] = {{-1, AIOT_WHEN_SUCCESS, "2026-11-21 07:00"},
					      {-1, AIOT_WHEN_RUN, "2026-11-21 07:01"},
					      {-1, AIOT_WHEN_FAIL, "2026-11-21 07:02"},
					      {-1, AIOT_WHEN_RUN, "2026-11-21 07:03"},
					      {-1, AIOT_WHEN_FAIL, "2026-11-21 07:04"},
					      {0}};

	(void)state;
	begin("UTC0");
	check("retry", "2026-11-21 07:10", false, NULL);
	world.records = twice;
	check("retry 1", "2026-11-21 07:10", false, NULL);
	check("retry 2", "2026-11-21 07:10", true, NULL);
	check("retry", "2026-11-21 07:10", true, NULL);
	check("daily | retry 2", "2026-11-21 07:10", true, NULL);
	check("retry 0", "2026-11-21 07:10", false, NULL);
}

static void the_scheduler_and_its_surroundings(void **state)
{
	(void)state;
	begin("UTC0");
	check("scheduler has run over 10 min", "2026-11-21 07:00", false, NULL);
	world.facts.started_us = at("2026-11-21 06:55");
	check("scheduler has run over 10 min", "2026-11-21 07:00", false, "2026-11-21 07:05");
	check("scheduler started 10 min ago", "2026-11-21 07:00", true, "2026-11-21 07:05");
	check("scheduler has run over 10 min", "2026-11-21 07:05", true, NULL);
	check("env 'test'", "2026-11-21 07:05", false, NULL);
	world.facts.env = "test";
	check("env 'test'", "2026-11-21 07:05", true, NULL);
	check("startup", "2026-11-21 07:05", false, NULL);
	world.facts.starting = true;
	check("startup", "2026-11-21 07:05", true, NULL);
}

/* ---- operators ---- */

static void the_next_change_is_of_what_decides(void **state)
{
	(void)state;
	begin("UTC0");
	/* Both false: the later one decides. */
	check("time of day after 10:00 & time of day after 11:00", "2026-11-21 07:00", false,
	      "2026-11-21 11:00");
	check("time of day after 10:00 | time of day after 11:00", "2026-11-21 07:00", false,
	      "2026-11-21 10:00");
	check("time of day after 10:00 & false", "2026-11-21 07:00", false, NULL);
	check("time of day before 10:00 | true", "2026-11-21 07:00", true, NULL);
	check("~time of day before 10:00", "2026-11-21 07:00", false, "2026-11-21 10:00");
}

static void what_nobody_announces_is_polled_only_if_it_decides(void **state)
{
	(void)state;
	begin("UTC0");
	assert_true(ask("param 'k' exists", "2026-11-21 07:00").poll);
	assert_false(ask("param 'k' exists", "2026-11-21 07:00").value);
	world.param = "v";
	assert_true(ask("param 'k' is 'v'", "2026-11-21 07:00").value);
	check("param 'k' exists & false", "2026-11-21 07:00", false, NULL);
	check("param 'k' exists | time of day before 10:00", "2026-11-21 07:00", true,
	      "2026-11-21 10:00");
	assert_true(ask("scheduler has less than 3 cycles", "2026-11-21 07:00").poll);
	assert_true(ask("scheduler has 0 cycles", "2026-11-21 07:00").value);
	assert_false(ask("scheduler has more than 0 cycles", "2026-11-21 07:00").value);
}

static void conditions_of_services_are_asked_last_and_only_if_needed(void **state)
{
	struct aiot_when_result result;

	(void)state;
	begin("UTC0");
	check("p & false", "2026-11-21 07:00", false, NULL);
	check("p | time of day", "2026-11-21 07:00", true, NULL);
	assert_int_equal(world.asked, 0);
	world.custom[1] = 1;
	result = ask("(p & false) | q", "2026-11-21 07:00");
	assert_true(result.value && result.poll);
	assert_int_equal(world.asked, 2);
	world.asked = 0;
	result = ask("p & q", "2026-11-21 07:00");
	assert_false(result.value);
	assert_int_equal(world.asked, 1);
	world.asked = 0;
	assert_true(ask("~p & q", "2026-11-21 07:00").value);
	assert_int_equal(world.asked, 3);
}

static void a_condition_that_fails_is_named(void **state)
{
	struct aiot_when_result result = {0};

	(void)state;
	begin("UTC0");
	world.custom[0] = 1;
	world.custom[1] = -AIOT_EIO;
	assert_int_equal(aiot_when_at(compile("p & q"), &world.facts, 0, &result), -AIOT_EIO);
	assert_int_equal(result.cond_slot, 1);
	assert_int_equal(aiot_when_at(compile("p | q"), &world.facts, 0, &result), 0);
	assert_int_equal(result.cond_slot, -1);
}

/* ---- intervals ---- */

static void windows_are_told_one_by_one(void **state)
{
	(void)state;
	begin("UTC0");
	check_next("crontime * * * * *", "2026-11-21 12:29:59",
		   (const char *[]){"2026-11-21 12:29:59", "2026-11-21 12:30", "2026-11-21 12:30",
				    "2026-11-21 12:31", NULL});
	check_next("time of day", "2026-11-21 12:30",
		   (const char *[]){"2026-11-21 12:30", "2026-11-22 00:00", "2026-11-22 00:00",
				    "2026-11-23 00:00", NULL});
	check_next("time of day between 08:00 and 18:00 & time of day between 10:00 and 14:00 & "
		   "time of day between 12:00 and 16:00",
		   "2026-11-21 07:00",
		   (const char *[]){"2026-11-21 12:00", "2026-11-21 14:00", "2026-11-22 12:00",
				    "2026-11-22 14:00", NULL});
	check_next("time of day between 08:00 and 18:00 & time of minute", "2026-11-21 12:00",
		   (const char *[]){"2026-11-21 12:00", "2026-11-21 12:01", NULL});
}

static void parts_of_an_or_and_of_a_not_are_joined(void **state)
{
	(void)state;
	begin("UTC0");
	check_next("time of day between 10:00 and 12:00 | time of day between 11:00 and 13:00",
		   "2026-11-21 07:00",
		   (const char *[]){"2026-11-21 10:00", "2026-11-21 13:00", "2026-11-22 10:00",
				    "2026-11-22 13:00", NULL});
	check_next("time of day between 10:00 and 12:00 | time of day between 12:00 and 14:00",
		   "2026-11-21 11:00",
		   (const char *[]){"2026-11-21 11:00", "2026-11-21 14:00", NULL});
	check_next("~time of day between 10:00 and 12:00", "2026-11-21 11:00",
		   (const char *[]){"2026-11-21 12:00", "2026-11-22 10:00", NULL});
	check_next("~~time of day on 10:00", "2026-11-21 07:00",
		   (const char *[]){"2026-11-21 10:00", "2026-11-21 11:00", NULL});
	check_next("true", "2026-11-21 11:00", (const char *[]){"2026-11-21 11:00", NULL});
	check_next("~~daily", "2026-11-21 11:00", (const char *[]){"2026-11-21 11:00", NULL});
	check_next("daily & (time of hour | false)", "2026-11-21 11:00",
		   (const char *[]){"2026-11-21 11:00", "2026-11-22 00:00", NULL});
}

static void what_never_comes_is_none(void **state)
{
	struct aiot_interval found = {1, 2};

	(void)state;
	begin("UTC0");
	assert_int_equal(aiot_when_next(compile("false"), &world.facts, 0, &found), -AIOT_ENODATA);
	assert_int_equal(aiot_when_next(compile("time of day on 10:00 & time of day on 12:00"),
					&world.facts, 0, &found),
			 -AIOT_ENODATA);
	assert_int_equal(aiot_when_next(compile("daily"), &world.facts, INT64_MAX, &found),
			 -AIOT_ENODATA);
	assert_int_equal(aiot_when_next(compile("~false"), &world.facts, AIOT_WALL_MAX_US, &found),
			 -AIOT_ENODATA);
	assert_int_equal(found.start_us, 1);
}

/* A year of a schedule in Berlin: each day has its one window, and every answer holds until it
 * says. */
static void a_year_is_passed_in_a_moment(void **state)
{
	struct aiot_when *w;
	struct aiot_when_result result = {0};
	int64_t now;
	unsigned windows = 0;

	(void)state;
	begin(BERLIN);
	w = compile("daily between 02:15 and 02:45 & ~time of week on Sun | cron 30 2 * * SUN");
	for (now = at("2026-01-01 00:00"); now < at("2027-01-01 00:00"); now = result.until_us) {
		assert_int_equal(aiot_when_at(w, &world.facts, now, &result), 0);
		assert_true(result.until_us > now);
		windows += result.value;
	}
	assert_int_equal(windows, 365);
}

/* Values found by asking each minute are those that the answers promised. */
static void answers_hold_until_they_say(void **state)
{
	static const char *const texts[] = {
		"time of day between 22:00 and 02:30 & ~time of hour after 30:00",
		"cron */20 * * * * | time of week on Sun & time of day after 12:00",
		"~(time of month before 15th | crontime 0-30 2,3 * * *) & time of day",
	};

	(void)state;
	for (size_t z = 0; z < ZONES; z += EVERY(3)) {
		begin(all_zones[z]);
		for (size_t i = 0; i < 3; i++) {
			struct aiot_when *w = compile(texts[i]);
			struct aiot_when_result promised = {.until_us = INT64_MIN};
			int64_t now = at("2026-10-20Z"), end = now + TURNS(14 * 1440) * MINUTE;

			for (; now < end; now += MINUTE) {
				struct aiot_when_result result = {0};

				assert_int_equal(aiot_when_at(w, &world.facts, now, &result), 0);
				if (now < promised.until_us)
					assert_int_equal(result.value, promised.value);
				else
					promised = result;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_alone),
		cmocka_unit_test(daily_is_once_in_each_window),
		cmocka_unit_test(cron_is_once_in_its_minute),
		cmocka_unit_test(every_counts_from_start_or_from_what_it_says),
		cmocka_unit_test(what_tasks_did),
		cmocka_unit_test(retries_count_failures_in_a_row),
		cmocka_unit_test(the_scheduler_and_its_surroundings),
		cmocka_unit_test(the_next_change_is_of_what_decides),
		cmocka_unit_test(what_nobody_announces_is_polled_only_if_it_decides),
		cmocka_unit_test(conditions_of_services_are_asked_last_and_only_if_needed),
		cmocka_unit_test(a_condition_that_fails_is_named),
		cmocka_unit_test(windows_are_told_one_by_one),
		cmocka_unit_test(parts_of_an_or_and_of_a_not_are_joined),
		cmocka_unit_test(what_never_comes_is_none),
		cmocka_unit_test(a_year_is_passed_in_a_moment),
		cmocka_unit_test(answers_hold_until_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
