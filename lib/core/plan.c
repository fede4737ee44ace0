/*
 * plan.c - see plan.h.  Called for INI files, for the command `schedule` and by services.
 */
#include "plan.h"

#include <string.h>

#include "service.h"
#include "timetext.h"

static const char *const catch_up_words[] = {"none", "one"};
static const char *const overlap_words[] = {"skip", "queue", "allow"};

const char *aiot_catch_up_word(unsigned catch_up)
{
	return catch_up_words[catch_up];
}

const char *aiot_overlap_word(unsigned overlap)
{
	return overlap_words[overlap];
}

void aiot_plan_init(struct aiot_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->at_us = AIOT_NO_TIME_US;
}

/* ---- reading ---- */

static int read_span(const char *key, const char *text, size_t len, uint64_t *ret_ns,
		     struct aiot_out *why)
{
	int r = aiot_span_parse(text, len, ret_ns, NULL);

	if (r == -AIOT_ERANGE)
		aiot_format(why, "%s: '%.*s' is too long, at most 100 years", key, (int)len, text);
	else if (r < 0)
		aiot_format(why, "%s: '%.*s' is not a time span such as 10s or 1min 30s", key,
			    (int)len, text);
	return r < 0 ? -AIOT_EINVAL : 0;
}

/* Where " from " begins; NULL: nowhere. */
static const char *find_from(const char *text)
{
	for (; *text; text++) {
		if (strncmp(text, " from ", 6) == 0)
			return text;
	}
	return NULL;
}

/* "10s", "10s from daemon". */
static int set_start_in(struct aiot_plan *plan, const char *value, struct aiot_out *why)
{
	const char *from = find_from(value);
	size_t len = from ? (size_t)(from - value) : strlen(value);

	if (from != NULL && !aiot_key_equal(from + 6, "task") &&
	    !aiot_key_equal(from + 6, "daemon")) {
		aiot_format(why, "StartIn counts `from task` or `from daemon`, not '%s'", from + 1);
		return -AIOT_EINVAL;
	}
	plan->has_start_in = true;
	plan->from_daemon = from != NULL && aiot_key_equal(from + 6, "daemon");
	return read_span("StartIn", value, len, &plan->start_in_ns, why);
}

static int set_every(struct aiot_plan *plan, const char *value, struct aiot_out *why)
{
	int r = read_span("Every", value, strlen(value), &plan->every_ns, why);

	if (r < 0 || plan->every_ns >= AIOT_NS_PER_MS)
		return r;
	aiot_format(why, "Every: '%s' is too short, at least 1ms", value);
	return -AIOT_EINVAL;
}

#define DAY_NS (86400 * (int64_t)AIOT_NS_PER_S)

/* A time that depends on the day it is read on would mean another one at each start. */
static int set_at(struct aiot_plan *plan, const char *value, int64_t wall_ns, struct aiot_out *why)
{
	int64_t now_ns = wall_ns < 0 ? 0 : wall_ns, ns = 0, other_ns = 0;
	size_t len = strlen(value);
	int r = aiot_time_parse(value, len, now_ns, &ns, NULL);

	if (r < 0) {
		aiot_format(why, "At: '%s' is not a time such as 2026-11-21 06:30", value);
		return -AIOT_EINVAL;
	}
	if (wall_ns < 0 &&
	    (aiot_time_parse(value, len, 40 * DAY_NS, &other_ns, NULL) < 0 || other_ns != ns)) {
		aiot_format(why, "At: '%s' needs its date, as in 2026-11-21 06:30", value);
		return -AIOT_EINVAL;
	}
	plan->at_us = ns / 1000;
	return 0;
}

static int set_word(const char *key, const char *value, const char *const *words, size_t count,
		    uint8_t *ret, struct aiot_out *why)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (aiot_key_equal(value, words[i])) {
			*ret = (uint8_t)i;
			return 0;
		}
	}
	aiot_format(why, "%s: '%s' is none of", key, value);
	for (i = 0; i < count; i++)
		aiot_format(why, "%s %s", i ? "," : "", words[i]);
	return -AIOT_EINVAL;
}

static int set_text(const char *key, const char *value, const char **ret, struct aiot_out *why)
{
	if (value[0] == '\0') {
		aiot_format(why, "%s is empty; leave it out", key);
		return -AIOT_EINVAL;
	}
	*ret = value;
	return 0;
}

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

int aiot_plan_set(struct aiot_plan *plan, const char *key, const char *value, int64_t wall_ns,
		  struct aiot_out *why)
{
	if (aiot_key_equal(key, "StartIn"))
		return set_start_in(plan, value, why);
	if (aiot_key_equal(key, "At"))
		return set_at(plan, value, wall_ns, why);
	if (aiot_key_equal(key, "Every"))
		return set_every(plan, value, why);
	if (aiot_key_equal(key, "Cron"))
		return set_text("Cron", value, &plan->cron, why);
	if (aiot_key_equal(key, "When"))
		return set_text("When", value, &plan->when, why);
	if (aiot_key_equal(key, "Jitter"))
		return read_span("Jitter", value, strlen(value), &plan->jitter_ns, why);
	if (aiot_key_equal(key, "CatchUp"))
		return set_word("CatchUp", value, catch_up_words, COUNT(catch_up_words),
				&plan->catch_up, why);
	if (aiot_key_equal(key, "Overlap"))
		return set_word("Overlap", value, overlap_words, COUNT(overlap_words),
				&plan->overlap, why);
	return -AIOT_ENOENT;
}

bool aiot_plan_given(const struct aiot_plan *plan)
{
	return plan->has_start_in || plan->every_ns || plan->cron != NULL || plan->when != NULL ||
	       plan->at_us != AIOT_NO_TIME_US;
}

int aiot_plan_check(const struct aiot_plan *plan, struct aiot_out *why)
{
	bool at = plan->at_us != AIOT_NO_TIME_US, cron = plan->cron != NULL;
	bool when = plan->when != NULL, spans = plan->has_start_in || plan->every_ns;

	if (!aiot_plan_given(plan))
		aiot_out_text(why, "a schedule needs StartIn, At, Every, Cron or When");
	else if (when && (at || cron || spans || plan->jitter_ns))
		aiot_format(why,
			    "When stands alone; write %s into the condition, as in `every 10 min "
			    "& time of day between 10:00 and 12:00`",
			    at	    ? "the time of At"
			    : cron  ? "`cron ...`"
			    : spans ? "`every ...`"
				    : "what Jitter is for");
	else if (cron && (at || spans))
		aiot_format(why, "Cron stands alone; leave out %s, or use When",
			    at		     ? "At"
			    : plan->every_ns ? "Every"
					     : "StartIn");
	else if (at && plan->has_start_in)
		aiot_out_text(why, "At and StartIn both say when the first run is; leave out one");
	else
		return 0;
	return -AIOT_EINVAL;
}

/* ---- writing ---- */

static void put_key(struct aiot_out *out, bool *some, const char *key)
{
	aiot_format(out, "%s%s=", *some ? " " : "", key);
	*some = true;
}

static void put_span(struct aiot_out *out, bool *some, const char *key, uint64_t ns)
{
	put_key(out, some, key);
	aiot_out_span(out, ns);
}

static void put_text(struct aiot_out *out, bool *some, const char *key, const char *text)
{
	put_key(out, some, key);
	aiot_out_text(out, text);
}

void aiot_plan_text(const struct aiot_plan *plan, struct aiot_out *out)
{
	bool some = false;

	if (plan->has_start_in)
		put_span(out, &some, "StartIn", plan->start_in_ns);
	if (plan->has_start_in && plan->from_daemon)
		aiot_out_text(out, " from daemon");
	if (plan->at_us != AIOT_NO_TIME_US) {
		put_key(out, &some, "At");
		aiot_out_time(out, plan->at_us * 1000);
	}
	if (plan->every_ns)
		put_span(out, &some, "Every", plan->every_ns);
	if (plan->cron != NULL)
		put_text(out, &some, "Cron", plan->cron);
	if (plan->when != NULL)
		put_text(out, &some, "When", plan->when);
	if (plan->jitter_ns)
		put_span(out, &some, "Jitter", plan->jitter_ns);
	if (plan->catch_up)
		put_text(out, &some, "CatchUp", catch_up_words[plan->catch_up]);
	if (plan->overlap)
		put_text(out, &some, "Overlap", overlap_words[plan->overlap]);
}
