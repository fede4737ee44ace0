/*
 * plan-spans.c - see plan.h: plans of a build without calendars, in seconds from the start.
 *
 * Called for the command `schedule`; what INI files say was turned into a plan at build time.
 */
#include <string.h>

#include "plan.h"
#include "service.h"
#include "timetext.h"

void aiot_plan_init(struct aiot_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
}

int aiot_plan_set(struct aiot_plan *plan, const char *key, const char *value, int64_t wall_ns,
		  struct aiot_out *why)
{
	bool every = aiot_key_equal(key, "Every");
	uint64_t ns;

	(void)wall_ns;
	if (!every && !aiot_key_equal(key, "StartIn")) {
		aiot_format(why, "%s: a board's schedules are StartIn and Every", key);
		return -AIOT_EINVAL;
	}
	if (aiot_span_parse(value, strlen(value), &ns, NULL) < 0 ||
	    (every && ns < AIOT_NS_PER_MS)) {
		aiot_format(why, "%s: '%s' is not a time span such as 10s", key, value);
		return -AIOT_EINVAL;
	}
	if (every) {
		plan->every_ns = ns;
	} else {
		plan->start_in_ns = ns;
		plan->has_start_in = true;
	}
	return 0;
}

bool aiot_plan_given(const struct aiot_plan *plan)
{
	return plan->has_start_in || plan->every_ns;
}

int aiot_plan_check(const struct aiot_plan *plan, struct aiot_out *why)
{
	if (aiot_plan_given(plan))
		return 0;
	aiot_out_text(why, "a schedule needs StartIn or Every");
	return -AIOT_EINVAL;
}

void aiot_plan_text(const struct aiot_plan *plan, struct aiot_out *out)
{
	if (plan->has_start_in) {
		aiot_out_text(out, "StartIn=");
		aiot_out_span(out, plan->start_in_ns);
	}
	if (plan->every_ns) {
		aiot_out_text(out, plan->has_start_in ? " Every=" : "Every=");
		aiot_out_span(out, plan->every_ns);
	}
}
