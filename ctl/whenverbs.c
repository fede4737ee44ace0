/*
 * whenverbs.c - the verbs that need no daemon: when and timespan.
 *
 * Called by main.c with the verb's words as parameters.  A condition is compiled and asked by the
 * core's own functions, so that what is shown here is what the daemon does; facts come from a
 * history file (history.c) or there are none.  Never connects to anything.
 */
#include "whenverbs.h"

#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "heap.h"
#include "history.h"
#include "timetext.h"
#include "when.h"

#define EXIT_USAGE 2
#define NEXT_MAX 10000u

/* One asking. */
struct asking {
	struct aiot_when *when;
	struct ctl_history history;
	struct aiot_zone zone;
	struct aiot_when_facts facts;
	int64_t now_us;
	uint32_t count;
	struct aiot_when_result result;
	struct aiot_out *out;
};

/* A string parameter as a C string that the caller frees; NULL: absent, or no C string. */
static char *string_of(struct aiot_json request, const char *member)
{
	struct aiot_json value = aiot_json_get(request, member);
	char *text = value.len ? malloc(value.len + 1) : NULL;

	if (text && aiot_json_str(value, text, value.len + 1) < 0) {
		free(text);
		text = NULL;
	}
	return text;
}

/* ---- when ---- */

static int compile(struct asking *a, const char *text, struct aiot_out *why)
{
	struct aiot_when_error error = {0};
	size_t size = aiot_when_need(strlen(text));
	void *mem = malloc(size);
	int rc = mem ? aiot_when_compile(text, strlen(text), NULL, mem, size, &a->when, &error)
		     : -AIOT_ENOMEM;

	if (rc == 0)
		return 0;
	free(mem);
	if (rc == -AIOT_EINVAL)
		aiot_format(why, "column %u: %s", error.column, error.text);
	else
		aiot_out_text(why, "there is not enough memory for this condition");
	return rc;
}

static void format_time(struct asking *a, int64_t at_us, char between, char *buf, size_t size)
{
	struct aiot_civil c;
	int64_t local = aiot_zone_local(&a->zone, at_us);
	int64_t rest = (local % AIOT_US_PER_S + AIOT_US_PER_S) % AIOT_US_PER_S;
	size_t len;

	aiot_civil_from_s((local - rest) / AIOT_US_PER_S, &c);
	len = aiot_format_to(buf, size, "%04d-%02u-%02u%c%02u:%02u:%02u", (int)c.year, c.month,
			     c.day, between, c.hour, c.minute, c.second);
	if (rest)
		(void)aiot_format_to(buf + len, size - len, ".%06u", (unsigned)rest);
}

static void put_json_time(struct asking *a, struct aiot_json_out *j, const char *key, int64_t at_us)
{
	char text[40];

	if (at_us == AIOT_NEVER_US) {
		aiot_json_put_null(j, key);
		return;
	}
	format_time(a, at_us, 'T', text, sizeof(text));
	aiot_json_put_str(j, key, text);
}

/* The next interval behind *from_us, which is then its end.  1, 0: there is none, or negative. */
static int next_interval(struct asking *a, int64_t *from_us, struct aiot_interval *ret)
{
	int rc = *from_us == AIOT_NEVER_US ? -AIOT_ENODATA
					   : aiot_when_next(a->when, &a->facts, *from_us, ret);

	if (rc < 0)
		return rc == -AIOT_ENODATA ? 0 : rc;
	*from_us = ret->end_us;
	return 1;
}

static int put_json(struct asking *a, const char *text)
{
	struct aiot_interval interval;
	struct aiot_json_out j;
	int64_t from_us = a->now_us;
	int rc = 1;

	aiot_json_begin(&j, a->out);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_str(&j, "text", text);
	put_json_time(a, &j, "now", a->now_us);
	aiot_json_put_bool(&j, "true", a->result.value);
	aiot_json_put_array(&j, "next");
	for (uint32_t i = 0; i < a->count && rc > 0; i++) {
		rc = next_interval(a, &from_us, &interval);
		if (rc <= 0)
			break;
		aiot_json_put_object(&j, NULL);
		put_json_time(a, &j, "start", interval.start_us);
		put_json_time(a, &j, "end", interval.end_us);
		aiot_json_put_end_object(&j);
	}
	aiot_json_put_end_array(&j);
	aiot_json_put_end_object(&j);
	aiot_out_char(a->out, '\n');
	return rc < 0 ? rc : 0;
}

static int put_text(struct asking *a, const char *text)
{
	struct aiot_interval interval;
	int64_t from_us = a->now_us;
	char time[40];

	aiot_format(a->out, "Canonical: %s\n", text);
	format_time(a, a->now_us, ' ', time, sizeof(time));
	aiot_format(a->out, "      Now: %s\n     True: %s\n", time, a->result.value ? "yes" : "no");
	for (uint32_t i = 0; i < a->count; i++) {
		int rc = next_interval(a, &from_us, &interval);

		if (rc < 0)
			return rc;
		if (rc == 0) {
			aiot_out_text(a->out,
				      i ? "           never again\n" : "     Next: never\n");
			break;
		}
		format_time(a, interval.start_us, ' ', time, sizeof(time));
		aiot_format(a->out, "%s%s", i ? "           " : "     Next: ", time);
		if (interval.end_us == AIOT_NEVER_US) {
			aiot_out_text(a->out, ", from then on\n");
			break;
		}
		format_time(a, interval.end_us, ' ', time, sizeof(time));
		aiot_format(a->out, " to %s\n", time);
	}
	return 0;
}

static int answer(struct asking *a, bool json, struct aiot_out *why)
{
	struct aiot_out text = {.grow = ctl_heap_grow};
	const char *canonical;
	int rc = aiot_when_at(a->when, &a->facts, a->now_us, &a->result);

	aiot_when_text(a->when, &text);
	canonical = aiot_out_str(&text);
	if (rc == 0 && canonical && !text.error)
		rc = json ? put_json(a, canonical) : put_text(a, canonical);
	else if (rc == 0)
		rc = -AIOT_ENOMEM;
	free(text.buf);
	if (rc < 0)
		aiot_out_text(why, "the condition could not be evaluated");
	return rc < 0 ? EXIT_FAILURE : 0;
}

/* The time to ask about and how often; 0 or -1. */
static int read_numbers(struct asking *a, struct aiot_json request, int64_t now_ns,
			struct aiot_out *why)
{
	uint64_t count = 1;

	a->now_us = now_ns / 1000;
	if (aiot_json_get(request, "now_us").len)
		(void)aiot_json_i64(aiot_json_get(request, "now_us"), &a->now_us);
	if (a->now_us < AIOT_WALL_MIN_US || a->now_us >= AIOT_WALL_MAX_US) {
		aiot_out_text(why, "when: '--now' has to be within the years 1678 to 2261");
		return -1;
	}
	if (aiot_json_get(request, "next").len)
		(void)aiot_json_u64(aiot_json_get(request, "next"), &count);
	if (count > NEXT_MAX) {
		aiot_format(why, "when: '--next' is at most %u", NEXT_MAX);
		return -1;
	}
	a->count = (uint32_t)count;
	return 0;
}

static int ask(struct asking *a, const char *task, const char *path, bool json,
	       struct aiot_out *why)
{
	int code = EXIT_FAILURE;

	if (ctl_history_init(&a->history, a->when, task, why) == 0 &&
	    (!path || ctl_history_read(&a->history, path, a->now_us, why) == 0)) {
		ctl_history_facts(&a->history, &a->facts);
		code = answer(a, json, why);
	}
	ctl_history_finish(&a->history);
	return code;
}

int ctl_when(struct aiot_json request, bool json, int64_t now_ns, struct aiot_out *out,
	     struct aiot_out *why)
{
	struct asking a = {.out = out};
	char *condition = string_of(request, "condition");
	char *path = string_of(request, "history");
	char *task = string_of(request, "task");
	int code = EXIT_USAGE;

	a.facts.zone = &a.zone;
	a.facts.started_us = AIOT_NEVER_US;
	if (!condition)
		aiot_out_text(why, "the condition can't be read");
	else if (read_numbers(&a, request, now_ns, why) == 0 && compile(&a, condition, why) == 0)
		code = ask(&a, task, path, json, why);
	free(a.when);
	free(condition);
	free(path);
	free(task);
	return code;
}

/* ---- timespan ---- */

/* A + before a span says nothing. */
static size_t plus_len(const char *text)
{
	size_t blanks = strspn(text, " \t");

	return text[blanks] == '+' ? blanks + 1 : 0;
}

static void refuse_span(const char *text, int rc, size_t column, struct aiot_out *why)
{
	size_t blanks = strspn(text, " \t");

	if (text[blanks] == '-')
		aiot_format(why, "column %zu: a time span can't be negative", blanks + 1);
	else if (rc == -AIOT_ERANGE)
		aiot_format(why, "column %zu: expected a time span of at most 100 years",
			    column + 1);
	else if (text[column])
		aiot_format(why,
			    "column %zu: expected a time span such as 1 hour 30 min, not '%.32s'",
			    column + 1, text + column);
	else
		aiot_format(why,
			    "column %zu: expected a time span such as 1 hour 30 min, but the text "
			    "ends",
			    column + 1);
}

int ctl_timespan(struct aiot_json request, bool json, struct aiot_out *out, struct aiot_out *why)
{
	char *text = string_of(request, "timespan");
	size_t column = 0;
	uint64_t ns = 0;
	size_t plus = text ? plus_len(text) : 0;
	int rc = text ? aiot_span_parse(text + plus, strlen(text + plus), &ns, &column)
		      : -AIOT_EINVAL;
	struct aiot_json_out j;

	if (rc < 0) {
		refuse_span(text ? text : "", rc, plus + column, why);
		free(text);
		return EXIT_USAGE;
	}
	free(text);
	if (!json) {
		aiot_format(out, "%llu\n", (unsigned long long)(ns / 1000));
		return 0;
	}
	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_u64(&j, "us", ns / 1000);
	aiot_json_put_end_object(&j);
	aiot_out_char(out, '\n');
	return 0;
}
