/*
 * service-fake.h - stands in for the runtime in the tests that include a service's .c: it keeps the
 * lines that were logged, the last failure and the last sleep.  A sleep returns at once to the
 * test, so that one fake_step() is one stretch from await to await.
 */
#ifndef SERVICE_FAKE_H
#define SERVICE_FAKE_H

#include <aiotools.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FAKE_LINES 32

struct fake_line {
	enum aiot_level level;
	char text[600];
};

struct aiot_task {
	struct aiot_frame *frame; /* first: AIOT_BEGIN reads it */
	struct aiot_frame first;
	struct fake_line lines[FAKE_LINES];
	size_t line_count;
	uint32_t slept_ms;
	int code; /* of the last failure; 0: none */
	char message[256];
};

static void fake_start(struct aiot_task *t, aiot_co_fn *fn, void *self)
{
	memset(t, 0, sizeof(*t));
	t->first.fn = fn;
	t->first.self = self;
	t->frame = &t->first;
}

/* Run to the next await or the end, with an empty log. */
static enum aiot_co fake_step(struct aiot_task *t)
{
	enum aiot_co how;

	t->line_count = 0;
	how = t->first.fn(t);
	if (how == AIOT_FAILED || how == AIOT_RETURNED) {
		t->first.at = AIOT_FINAL_;
		(void)t->first.fn(t);
	}
	return how;
}

/* Stop it: what is behind AIOT_FINALLY. */
static inline enum aiot_co fake_stop(struct aiot_task *t)
{
	t->first.at = AIOT_FINAL_;
	return fake_step(t);
}

/* How many lines of this level there are, and the n-th of any level ("" behind the last). */
static inline size_t fake_count(const struct aiot_task *t, enum aiot_level level)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < t->line_count; i++)
		count += t->lines[i].level == level;
	return count;
}

static inline const char *fake_text(const struct aiot_task *t, size_t n)
{
	return n < t->line_count ? t->lines[n].text : "";
}

void aiot_vlog(struct aiot_task *t, enum aiot_level level, const char *fmt, va_list ap)
{
	struct fake_line *line = &t->lines[t->line_count % FAKE_LINES];

	line->level = level;
	(void)vsnprintf(line->text, sizeof(line->text), fmt, ap);
	t->line_count++;
}

void aiot_log(struct aiot_task *t, enum aiot_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aiot_vlog(t, level, fmt, ap);
	va_end(ap);
}

int aiot_fail_(struct aiot_task *t, int code, const struct aiot_site *site, const char *fmt, ...)
{
	va_list ap;

	(void)site;
	va_start(ap, fmt);
	(void)vsnprintf(t->message, sizeof(t->message), fmt, ap);
	va_end(ap);
	t->code = code;
	return code;
}

void aiot_sleep_ms_(struct aiot_task *t, uint32_t ms)
{
	t->slept_ms = ms;
}

enum aiot_co aiot_bad_resume_(struct aiot_task *t, const char *func)
{
	(void)aiot_fail_(t, -AIOT_EPROTO, NULL, "bad resume in %s", func);
	return AIOT_FAILED;
}

#endif
