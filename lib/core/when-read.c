/*
 * when-read.c - one condition of the language, up to the operator behind it.
 *
 * Called by when.c wherever a condition may stand.  The word it begins with says what it is; each
 * kind has a function that reads the rest and adds its nodes (most one; "after tasks 'a', 'b'" one
 * for each task and the operators between them).  Names stay in the text, only their places are
 * noted.  Never looks whether a task exists.
 */
#include <string.h>

#include "aiotools.h"
#include "name.h"
#include "when-private.h"

static const struct {
	const char *often, *of; /* daily, day */
} units[] = {
	{"secondly", "second"}, {"minutely", "minute"}, {"hourly", "hour"}, {"daily", "day"},
	{"weekly", "week"},	{"monthly", "month"},	{"yearly", "year"},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

/* ---- names ---- */

int when_read_quoted(struct when_reader *r, const char *expected, bool empty, struct when_word *ret)
{
	size_t start = r->at;
	char quote = when_peek(r);

	if (quote != '\'' && quote != '"')
		return when_refuse(r, start, expected);
	r->at++;
	while (r->at < r->len && r->text[r->at] != quote) {
		if ((unsigned char)r->text[r->at] < ' ')
			return when_complain(r, r->at, "expected no control character in a name");
		r->at++;
	}
	if (r->at == r->len)
		return when_complain(r, start, "expected a closing %c for this one", quote);
	*ret = (struct when_word){start + 1, r->at - start - 1};
	r->at++;
	when_skip_blanks(r);
	if (ret->len > WHEN_NAME_MAX)
		return when_complain(r, start, "expected a name of at most %u bytes",
				     WHEN_NAME_MAX);
	if (ret->len == 0 && !empty)
		return when_complain(r, start, "expected a name between the quotes");
	return 0;
}

bool when_same_word(const struct when_reader *r, const struct when_word *a,
		    const struct when_word *b)
{
	return a->len == b->len && memcmp(r->text + a->at, r->text + b->at, a->len) == 0;
}

/* ---- the clock ---- */

/* "daily ..." */
static int read_once(struct when_reader *r, enum aiot_period_unit unit)
{
	struct when_node node = {.op = WHEN_ONCE, .slot = AIOT_WHEN_OWN};
	int rc = when_read_period(r, unit, &node);

	r->uses_own = true;
	return rc < 0 ? rc : when_add(r, &node);
}

/* "time of day ..." */
static int read_time(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_TIME};
	size_t unit = 0;

	while (unit < UNITS && !when_take(r, units[unit].of))
		unit++;
	if (unit == UNITS)
		return when_refuse(r, r->at, "second, minute, hour, day, week, month or year");
	if (when_read_period(r, (enum aiot_period_unit)unit, &node) < 0)
		return -AIOT_EINVAL;
	return when_add(r, &node);
}

/* The end of a cron expression that is not quoted. */
static size_t cron_end(struct when_reader *r)
{
	size_t start = r->at;
	size_t end;

	while (r->at < r->len && !strchr("&|()~", r->text[r->at])) {
		size_t at = r->at;

		if ((at == start || strchr(" \t\r\n", r->text[at - 1])) &&
		    (when_take(r, "and") || when_take(r, "or"))) {
			r->at = at;
			break;
		}
		r->at++;
	}
	end = r->at;
	r->at = start;
	return end;
}

static int read_cron(struct when_reader *r, enum when_op op)
{
	struct when_node node = {.op = (uint8_t)op, .slot = AIOT_WHEN_OWN};
	struct when_word text = {r->at, cron_end(r) - r->at};
	char quote = when_peek(r);
	int rc = 0;

	if (quote == '\'' || quote == '"')
		rc = when_read_quoted(r, "a cron expression", false, &text);
	else
		r->at += text.len;
	if (rc == 0) {
		rc = aiot_cron_compile(r->text + text.at, text.len, &node.cron, r->error);
		if (rc < 0)
			r->error->column += (uint32_t)text.at;
	}
	r->uses_own |= op == WHEN_CRON;
	return rc < 0 ? rc : when_add(r, &node);
}

static int read_every(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_EVERY, .slot = AIOT_WHEN_OWN, .actions = AIOT_WHEN_RUN};
	int rc = when_read_span(r, &node.span_us);

	if (rc == 0 && when_take(r, "after")) {
		static const struct {
			const char *word;
			uint8_t actions;
		} anchors[] = {
			{"start", AIOT_WHEN_RUN},
			{"finish", WHEN_FINISHED | AIOT_WHEN_TERMINATE | AIOT_WHEN_INACTION |
					   AIOT_WHEN_CRASH},
			{"success", AIOT_WHEN_SUCCESS},
			{"fail", AIOT_WHEN_FAIL},
		};

		node.actions = 0;
		for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]) && !node.actions; i++) {
			if (when_take(r, anchors[i].word))
				node.actions = anchors[i].actions;
		}
		if (!node.actions)
			rc = when_refuse(r, r->at, "start, finish, success or fail behind 'after'");
	}
	r->uses_own = true;
	return rc < 0 ? rc : when_add(r, &node);
}

/* ---- the scheduler, the environment ---- */

static int read_scheduler(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_SCHED_RUN};
	int rc;

	if (when_take_words(r, "has run over") || when_take_words(r, "has run more than")) {
		rc = when_read_span(r, &node.span_us);
		return rc < 0 ? rc : when_add(r, &node);
	}
	node.op = WHEN_SCHED_STARTED;
	if (when_take(r, "started")) {
		rc = when_read_span(r, &node.span_us);
		if (rc == 0 && !when_take(r, "ago"))
			rc = when_refuse(r, r->at, "'ago' behind the time span");
		return rc < 0 ? rc : when_add(r, &node);
	}
	node.op = WHEN_CYCLES;
	if (!when_take(r, "has"))
		return when_refuse(r, r->at, "'has run over', 'started' or 'has' .. 'cycles'");
	node.how = when_take_words(r, "more than")   ? WHEN_MORE
		   : when_take_words(r, "less than") ? WHEN_LESS
						     : WHEN_EXACTLY;
	rc = when_read_number(r, INT64_C(1000000000000), "'run over' or a number of cycles",
			      &node.number);
	if (rc == 0 && !when_take(r, "cycles") && !when_take(r, "cycle"))
		rc = when_refuse(r, r->at, "'cycles'");
	return rc < 0 ? rc : when_add(r, &node);
}

static int read_env(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_ENV};
	struct when_word name;
	int rc = when_read_quoted(r, "the name of an environment in quotes", false, &name);

	if (rc < 0)
		return rc;
	node.text = (uint16_t)(name.at + 1);
	return when_add(r, &node);
}

static int read_param(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_PARAM};
	struct when_word key, value;
	int rc = when_read_quoted(r, "the name of a parameter in quotes", false, &key);

	if (rc < 0)
		return rc;
	node.text = (uint16_t)(key.at + 1);
	r->uses_own = true;
	if (when_take(r, "exists"))
		return when_add(r, &node);
	if (!when_take(r, "is"))
		return when_refuse(r, r->at, "'exists' or 'is' and a value in quotes");
	rc = when_read_quoted(r, "a value in quotes", true, &value);
	if (rc < 0)
		return rc;
	node.value = (uint16_t)(value.at + 1);
	return when_add(r, &node);
}

/* ---- what services declare, and what is nothing ---- */

static int refuse_word(struct when_reader *r)
{
	static const char *const words[] = {"true",    "false",	  "always",    "every", "cron",
					    "time",    "task",	  "has",       "while", "after",
					    "retry",   "env",	  "scheduler", "param", "running",
					    "startup", "crontime"};
	struct aiot_near near;
	char typed[32];
	size_t len = 0;
	char c = when_peek(r);

	while (len + 1 < sizeof(typed) && r->at + len < r->len &&
	       ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
		typed[len++] = c;
		c = r->at + len < r->len ? r->text[r->at + len] : '\0';
	}
	typed[len] = '\0';
	aiot_near_begin(&near, typed);
	for (size_t i = 0; len > 1 && i < UNITS; i++)
		aiot_near_offer(&near, units[i].often);
	for (size_t i = 0; len > 1 && i < sizeof(words) / sizeof(words[0]); i++)
		aiot_near_offer(&near, words[i]);
	if (near.best)
		return when_complain(r, r->at, "expected a condition, not '%s'; did you mean '%s'?",
				     typed, near.best);
	return when_refuse(r, r->at, "a condition such as 'daily after 10:00' or 'every 10 min'");
}

static bool is_custom_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_.@-:", c));
}

static int read_custom(struct when_reader *r)
{
	struct when_node node = {.op = WHEN_CUSTOM};
	struct when_word word = {r->at, 0}, arg = {0, 0};
	unsigned slot = 0;
	char next;

	while (r->at + word.len < r->len && is_custom_char(r->text[r->at + word.len]))
		word.len++;
	if (!r->resolver || word.len == 0 || word.len > WHEN_NAME_MAX)
		return refuse_word(r);
	r->at += word.len;
	when_skip_blanks(r);
	next = when_peek(r);
	if (r->resolver->custom(r->resolver->ctx, r->text + word.at, word.len,
				next == '\'' || next == '"') < 0) {
		r->at = word.at;
		return refuse_word(r);
	}
	if ((next == '\'' || next == '"') && when_read_quoted(r, "", false, &arg) < 0)
		return -AIOT_EINVAL;
	while (slot < r->cond_count && !(when_same_word(r, &r->cond[slot], &word) &&
					 when_same_word(r, &r->cond_arg[slot], &arg)))
		slot++;
	if (slot == WHEN_CONDS_MAX)
		return when_complain(r, word.at, "expected at most %u conditions of services",
				     WHEN_CONDS_MAX);
	if (slot == r->cond_count) {
		r->cond[slot] = word;
		r->cond_arg[slot] = arg;
		r->cond_count++;
	}
	node.slot = (int16_t)slot;
	return when_add(r, &node);
}

static int add_plain(struct when_reader *r, enum when_op op)
{
	struct when_node node = {.op = (uint8_t)op};

	return when_add(r, &node);
}

static bool next_is(struct when_reader *r, const char *word)
{
	size_t start = r->at;
	bool taken = when_take(r, word);

	r->at = start;
	return taken;
}

int when_read_leaf(struct when_reader *r)
{
	for (size_t i = 0; i < UNITS; i++) {
		if (when_take(r, units[i].often))
			return read_once(r, (enum aiot_period_unit)i);
	}
	if (when_take_words(r, "always true") || when_take(r, "true"))
		return add_plain(r, WHEN_TRUE);
	if (when_take_words(r, "always false") || when_take(r, "false"))
		return add_plain(r, WHEN_FALSE);
	if (when_take(r, "startup"))
		return add_plain(r, WHEN_STARTUP);
	if (when_take(r, "every"))
		return read_every(r);
	if (when_take(r, "cron"))
		return read_cron(r, WHEN_CRON);
	if (when_take(r, "crontime"))
		return read_cron(r, WHEN_CRONTIME);
	if (when_take_words(r, "time of"))
		return read_time(r);
	if (when_take(r, "task"))
		return when_read_task(r);
	if (when_take(r, "while"))
		return when_read_while(r);
	if (when_take(r, "after"))
		return when_read_after(r);
	if (when_take(r, "retry"))
		return when_read_retry(r);
	if (when_take(r, "scheduler"))
		return read_scheduler(r);
	if (when_take(r, "env"))
		return read_env(r);
	if (when_take(r, "param"))
		return read_param(r);
	if (when_take(r, "running")) {
		r->uses_own = true;
		return when_read_running(r, AIOT_WHEN_OWN);
	}
	if (next_is(r, "has") || next_is(r, "is"))
		return when_read_state(r, AIOT_WHEN_OWN);
	return read_custom(r);
}
