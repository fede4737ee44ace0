/*
 * calendar.c - see calendar.h.  Called by schedule.c.  Reads no clock: what it is asked is behind
 * which instant.
 */
#include "calendar.h"

#include <string.h>

#define CRON_FIELDS 5

static unsigned fields_of(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++) {
		if (*text != ' ' && *text != '\t' &&
		    (text[1] == ' ' || text[1] == '\t' || text[1] == '\0'))
			n++;
	}
	return n;
}

/* In a crontab a field that is missing is a mistake; a condition may leave some out. */
int aiot_calendar_compile(const char *text, struct aiot_cron *ret, struct aiot_out *why)
{
	unsigned fields = fields_of(text);
	struct aiot_when_error error;
	struct aiot_cron cron;

	if (aiot_cron_compile(text, strlen(text), &cron, &error) < 0) {
		aiot_format(why, "Cron: column %u: %s", error.column, error.text);
		return -AIOT_EINVAL;
	}
	if (fields != CRON_FIELDS && strchr(text, '@') == NULL) {
		aiot_format(why,
			    "Cron: '%s' has %u of the five fields minute, hour, day of month, "
			    "month, day of week; write * where any will do",
			    text, fields);
		return -AIOT_EINVAL;
	}
	*ret = cron;
	return 0;
}

/* At, and every so often from then on. */
static bool at_after(const struct aiot_plan *plan, int64_t after_us, int64_t *ret_us)
{
	int64_t every_us = (int64_t)(plan->every_ns / 1000), n;

	if (plan->at_us > after_us) {
		*ret_us = plan->at_us;
		return true;
	}
	if (every_us == 0)
		return false;
	n = (after_us - plan->at_us) / every_us + 1;
	*ret_us = plan->at_us + n * every_us;
	return true;
}

bool aiot_calendar_after(struct aiot_core *core, const struct aiot_schedule *s, int64_t after_us,
			 int64_t *ret_us)
{
	int64_t us;

	if (s->cron == NULL)
		return at_after(&s->plan, after_us, ret_us);
	us = aiot_cron_next(s->cron, &core->zone, after_us + 1);
	if (us == AIOT_NEVER_US)
		return false;
	*ret_us = us;
	return true;
}
