/*
 * calls-timers.c - the handlers of schedule and timers, and a schedule as data.
 *
 * Called by the dispatcher, through the bindings in calls-core.c and of the host; the data is part
 * of status as well.  They change plans and never start anything.
 */
#include "calls.h"

#include <string.h>

#include "more.h"
#include "schedule.h"

#define NEXT_MAX 1000u	/* times to come, of one task */
#define SORTED_MAX 256u /* timers that are told in the order of their times */

/* ---- a schedule as data ---- */

static int64_t wall_us(struct aiot_core *core, uint64_t mono_ns)
{
	return aiot_core_wall_of(core, mono_ns) / 1000;
}

#if AIOT_CALENDARS
/* What only plans have that go by the wall clock, too. */
static void put_wall_plan(const struct aiot_plan *plan, struct aiot_json_out *json)
{
	if (plan->at_us != AIOT_NO_TIME_US)
		aiot_json_put_i64(json, "at_us", plan->at_us);
	if (plan->cron != NULL)
		aiot_json_put_str(json, "cron", plan->cron);
	if (plan->when != NULL)
		aiot_json_put_str(json, "when", plan->when);
	if (plan->jitter_ns)
		aiot_json_put_u64(json, "jitter_us", plan->jitter_ns / 1000);
	aiot_json_put_str(json, "catch_up", aiot_catch_up_word(plan->catch_up));
	aiot_json_put_str(json, "overlap", aiot_overlap_word(plan->overlap));
}

static int64_t past_run_us(const struct aiot_schedule *s)
{
	return s->entry->more->past.last_us[AIOT_ACTION_RUN];
}

/* What keeps it from being planned. */
static const char *waits_for(const struct aiot_schedule *s)
{
	if (s->unset)
		return "clock";
	return s->condition != NULL && s->phase == AIOT_SCHEDULE_ARMED ? "condition" : NULL;
}

/* Why its only time will never come, NULL if it will.  "06:30" is of a day that no clock knows. */
static const char *why_past(const struct aiot_plan *plan, int64_t now_ns)
{
	int64_t now_us = now_ns / 1000;

	if (plan->at_us == AIOT_NO_TIME_US || plan->every_ns)
		return NULL;
	if (now_us < AIOT_CLOCK_SET_US && plan->at_us < AIOT_CLOCK_SET_US)
		return "At: the clock is not set yet, so the date has to be said, too";
	return plan->at_us <= now_us ? "At: that time is past" : NULL;
}
#else
static void put_wall_plan(const struct aiot_plan *plan, struct aiot_json_out *json)
{
	(void)plan;
	(void)json;
}

static int64_t past_run_us(const struct aiot_schedule *s)
{
	(void)s;
	return AIOT_NO_TIME_US;
}

static const char *waits_for(const struct aiot_schedule *s)
{
	(void)s;
	return NULL;
}

static const char *why_past(const struct aiot_plan *plan, int64_t now_ns)
{
	(void)plan;
	(void)now_ns;
	return NULL;
}
#endif

static void put_plan(const struct aiot_plan *plan, struct aiot_json_out *json)
{
	char text[AIOT_PLAN_TEXT_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_plan_text(plan, &out);
	aiot_json_put_strn(json, "plan", text, out.len);
	aiot_json_put_u64(json, "start_in_us", plan->start_in_ns / 1000);
	aiot_json_put_u64(json, "every_us", plan->every_ns / 1000);
	aiot_json_put_bool(json, "from_daemon", plan->from_daemon);
	put_wall_plan(plan, json);
}

static void put_due(struct aiot_core *core, struct aiot_schedule *s, uint64_t now_ns,
		    struct aiot_json_out *json)
{
	int64_t now_us = wall_us(core, now_ns), next_us = 0;

	if (s->due_ns != AIOT_CORE_NEVER) {
		aiot_json_put_i64(json, "next_us", aiot_schedule_due_us(core, s));
		aiot_json_put_i64(json, "in_us", (int64_t)(s->due_ns - now_ns) / 1000);
	} else if (aiot_schedule_next_us(core, s, now_us, &next_us)) {
		aiot_json_put_i64(json, "next_us", next_us);
		aiot_json_put_i64(json, "in_us", next_us - now_us);
	} else {
		aiot_json_put_null(json, "next_us");
		aiot_json_put_null(json, "in_us");
	}
}

static void put_members(struct aiot_core *core, struct aiot_schedule *s, uint64_t now_ns,
			struct aiot_json_out *json)
{
	int64_t past_us = past_run_us(s);
	const char *waits = waits_for(s);

	put_plan(&s->plan, json);
	if (s->last_ns)
		aiot_json_put_i64(json, "last_us", wall_us(core, s->last_ns));
	else if (past_us != AIOT_NO_TIME_US) /* by hand, or by an earlier program */
		aiot_json_put_i64(json, "last_us", past_us);
	else
		aiot_json_put_null(json, "last_us");
	put_due(core, s, now_ns, json);
	aiot_json_put_u64(json, "skipped", s->skipped);
	aiot_json_put_bool(json, "held", s->phase == AIOT_SCHEDULE_HELD);
	if (s->queued)
		aiot_json_put_bool(json, "queued", true);
	if (waits != NULL)
		aiot_json_put_str(json, "waits_for", waits);
}

void aiot_schedule_json(struct aiot_core *core, struct aiot_schedule *s, uint64_t now_ns,
			struct aiot_json_out *json)
{
	aiot_json_put_object(json, "schedule");
	put_members(core, s, now_ns, json);
	aiot_json_put_end_object(json);
}

/* ---- timers ---- */

static void put_times(struct aiot_call *call, struct aiot_schedule *s, uint64_t count)
{
	int64_t at_us = wall_us(call->core, call->core->ops->mono_ns(call->core->ctx));

	aiot_json_put_array(&call->json, "next");
	while (count-- > 0 && aiot_schedule_next_us(call->core, s, at_us, &at_us)) {
		aiot_json_put_i64(&call->json, NULL, at_us);
		call->work++;
	}
	aiot_json_put_end_array(&call->json);
}

static void put_timer(struct aiot_call *call, struct aiot_entry *e, uint64_t count)
{
	struct aiot_core *core = call->core;
	struct aiot_schedule *s = aiot_entry_schedule(e);

	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_strn(&call->json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	aiot_json_put_str(&call->json, "state", aiot_state_word((enum aiot_state)e->state));
	aiot_json_put_bool(&call->json, "paused", e->flags & AIOT_ENTRY_PAUSED);
	aiot_json_put_i64(&call->json, "now_us", wall_us(core, core->now_ns));
	if (s != NULL)
		aiot_schedule_json(core, s, core->ops->mono_ns(core->ctx), &call->json);
	else
		aiot_elsewhere_json(e, &call->json);
	if (count > 0 && s != NULL)
		put_times(call, s, count);
	aiot_json_put_end_object(&call->json);
}

/*
 * A timer and its place in the list: the next to run first, those without a time last; of two at
 * the same time the older task.
 */
struct timer {
	int64_t next_us;
	struct aiot_entry *entry;
};

static bool has_schedule(const struct aiot_entry *e)
{
	int64_t next_us;

	if (aiot_entry_elsewhere(e))
		return aiot_elsewhere_due(e, &next_us);
	return aiot_entry_schedule(e) != NULL;
}

static int64_t next_us_of(struct aiot_core *core, const struct aiot_entry *e)
{
	struct aiot_schedule *s = aiot_entry_schedule(e);
	int64_t next_us = INT64_MAX;

	if (s == NULL) {
		(void)aiot_elsewhere_due(e, &next_us);
		return next_us == AIOT_NO_TIME_US ? INT64_MAX : next_us;
	}
	if (s->due_ns != AIOT_CORE_NEVER)
		return wall_us(core, s->due_ns);
	(void)aiot_schedule_next_us(core, s, wall_us(core, core->now_ns), &next_us);
	return next_us;
}

static bool behind(const struct timer *a, const struct timer *b)
{
	return a->next_us > b->next_us ||
	       (a->next_us == b->next_us && aiot_entry_id(a->entry) > aiot_entry_id(b->entry));
}

static void sort_in(struct timer *timers, unsigned count, struct timer timer)
{
	unsigned i = count;

	for (; i > 0 && behind(&timers[i - 1], &timer); i--)
		timers[i] = timers[i - 1];
	timers[i] = timer;
}

/*
 * All timers that the call names, in order; more than SORTED_MAX of them: SORTED_MAX + 1, and they
 * are left in the order of their names.  NULL in ret_missing: no name was wrong.
 */
static unsigned collect(struct aiot_names *names, struct timer timers[SORTED_MAX],
			const char **ret_missing)
{
	struct aiot_core *core = names->call->core;
	enum aiot_names_result r;
	struct aiot_entry *e;
	unsigned count = 0;

	*ret_missing = NULL;
	aiot_names_rewind(names);
	while (count <= SORTED_MAX && (r = aiot_names_next(names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_MISSING) {
			*ret_missing = names->missing;
			break;
		}
		if (r != AIOT_NAMES_TASK || !has_schedule(e))
			continue;
		if (count < SORTED_MAX)
			sort_in(timers, count, (struct timer){next_us_of(core, e), e});
		count++;
	}
	aiot_names_rewind(names);
	return count;
}

/*
 * Those behind the last one of the page before (at.until, at.seq), for some may have run meanwhile.
 * false: the page is full.
 */
static bool write_sorted(struct aiot_call *call, const struct timer *timers, unsigned count,
			 uint64_t next)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		uint64_t at = (uint64_t)timers[i].next_us;
		uint32_t id = aiot_entry_id(timers[i].entry);

		if (call->at.phase == 1 &&
		    (at < call->at.until || (at == call->at.until && id <= call->at.seq)))
			continue;
		put_timer(call, timers[i].entry, next);
		call->at.until = at;
		call->at.seq = id;
		if (i + 1 < count && aiot_call_full(call)) {
			call->at.phase = 1;
			return false;
		}
	}
	return true;
}

/* Very many: by name, from where the page before ended.  false: the page is full. */
static bool write_by_name(struct aiot_call *call, struct aiot_names *names, uint64_t next)
{
	enum aiot_names_result r;
	struct aiot_entry *e;

	while ((r = aiot_names_next(names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_TASK && has_schedule(e))
			put_timer(call, e, next);
		if (r == AIOT_NAMES_AGAIN ? aiot_call_overworked(call) : aiot_call_full(call))
			return false;
	}
	return true;
}

/* phase 0: the first page; 1: further ones by time; 2: by name. */
enum aiot_call_result aiot_call_timers(struct aiot_call *call)
{
	struct timer timers[SORTED_MAX];
	const char *missing = NULL;
	struct aiot_names names;
	unsigned count = SORTED_MAX + 1;
	uint64_t next = 0;
	bool whole;

	(void)aiot_json_u64(aiot_json_get(call->params, "next"), &next);
	if (next > NEXT_MAX)
		return aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", "next",
					  "next: at most %u times are shown of each task",
					  NEXT_MAX);
	aiot_names_begin(&names, call);
	aiot_core_touch(call->core);
	if (call->at.phase < 2)
		count = collect(&names, timers, &missing);
	if (missing != NULL)
		return aiot_call_no_such_task(call, missing);
	aiot_json_put_array(&call->json, "timers");
	if (count <= SORTED_MAX) {
		whole = write_sorted(call, timers, count, next);
	} else {
		call->at.phase = 2;
		whole = write_by_name(call, &names, next);
	}
	aiot_json_put_end_array(&call->json);
	return whole ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}

/* ---- schedule ---- */

/* The plan's keys, as the command has them. */
static const struct {
	const char *param, *key;
} plan_keys[] = {
	{"start_in", "StartIn"}, {"at", "At"},		 {"every", "Every"},
	{"cron", "Cron"},	 {"when", "When"},	 {"jitter", "Jitter"},
	{"catch_up", "CatchUp"}, {"overlap", "Overlap"},
};
#define PLAN_KEYS (sizeof(plan_keys) / sizeof(plan_keys[0]))

/*
 * Texts are put into `texts`, one behind the other; what does not fit is too long for any plan.
 * false: refused, with a sentence in why.
 */
static bool read_plan(struct aiot_call *call, struct aiot_plan *plan, char *texts, size_t size,
		      struct aiot_out *why)
{
	int64_t now_ns = call->core->ops->wall_ns(call->core->ctx);
	const char *past;
	size_t i, used = 0;

	aiot_plan_init(plan);
	for (i = 0; i < PLAN_KEYS; i++) {
		struct aiot_json value = aiot_json_get(call->params, plan_keys[i].param);

		if (aiot_json_type(value) != AIOT_JSON_STRING)
			continue;
		if (aiot_json_str(value, texts + used, size - used) < 0) {
			aiot_format(why, "%s is too long or no text", plan_keys[i].key);
			return false;
		}
		if (aiot_plan_set(plan, plan_keys[i].key, texts + used, now_ns, why) < 0)
			return false;
		used += strlen(texts + used) + 1;
	}
	if (aiot_plan_check(plan, why) < 0)
		return false;
	past = why_past(plan, now_ns);
	if (past != NULL)
		aiot_out_text(why, past);
	return past == NULL;
}

enum aiot_call_result aiot_call_schedule(struct aiot_call *call)
{
	struct aiot_core *core = call->core;
	char texts[AIOT_PLAN_TEXT_MAX], text[2 * AIOT_SENTENCE_MAX];
	enum aiot_call_result elsewhere;
	struct aiot_plan plan;
	struct aiot_entry *e;
	struct aiot_out why;

	if (aiot_call_elsewhere(call, &elsewhere))
		return elsewhere;
	e = aiot_call_entry(call);
	if (e == NULL)
		return AIOT_CALL_ERROR;
	if (core->closed)
		return aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				       "cannot schedule '%s': "
				       "the daemon is stopping",
				       aiot_entry_name(e));
	aiot_out_init(&why, text, sizeof(text));
	if (!read_plan(call, &plan, texts, sizeof(texts), &why))
		return aiot_call_error(call, AIOT_ERR_USAGE, "%s", aiot_out_str(&why));
	switch (aiot_schedule_replace(core, e, &plan, &why)) {
	case 0:
		break;
	case -AIOT_ENOMEM:
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "%s", aiot_out_str(&why));
	default:
		return aiot_call_error(call, AIOT_ERR_USAGE, "%s", aiot_out_str(&why));
	}
	aiot_log_order(call);
	aiot_json_put_array(&call->json, "timers");
	put_timer(call, e, 0);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}
