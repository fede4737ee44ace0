/*
 * condition.c - see condition.h.  Called by schedule.c.  Answers from what is at hand: the past of
 * entries, or the history when the owner wants that asked.
 */
#include "condition.h"

#include <string.h>

#include "more.h"
#include "outcome.h"
#include "schedule.h"
#include "service.h"
#include "settings.h"

#define ROUND(n) (((n) + 7u) & ~(size_t)7u)

/* ---- compiling ---- */

/* Every task that is named has its name in quotes. */
static size_t names_max(const char *text)
{
	size_t quotes = 0;

	for (; *text; text++)
		quotes += *text == '\'' || *text == '"';
	return quotes / 2;
}

size_t aiot_condition_bytes(const char *text)
{
	return ROUND(sizeof(struct aiot_condition)) + ROUND(aiot_when_need(strlen(text))) +
	       names_max(text) * ROUND(sizeof(struct aiot_watch));
}

struct word_owner {
	struct aiot_core *core;
	const char *own;
};

static int find_word(void *ctx, const char *word, size_t len, bool quoted)
{
	const struct word_owner *o = ctx;

	(void)quoted;
	return aiot_condition_find_word(o->core, o->own, word, len);
}

static int compile(struct aiot_condition *c, const char *text,
		   const struct aiot_when_resolver *resolver, struct aiot_out *why)
{
	size_t len = strlen(text);
	char *mem = (char *)c + ROUND(sizeof(*c));
	struct aiot_when_error error;
	int r = aiot_when_compile(text, len, resolver, mem, aiot_when_need(len), &c->when, &error);

	if (r == -AIOT_EINVAL)
		aiot_format(why, "When: column %u: %s", error.column, error.text);
	else if (r < 0)
		aiot_out_text(why, "When: the condition is too long");
	c->watches = (void *)(mem + ROUND(aiot_when_need(len)));
	return r < 0 ? -AIOT_EINVAL : 0;
}

static int check_names(struct aiot_core *core, const struct aiot_condition *c, struct aiot_out *why)
{
	unsigned i, count = aiot_when_task_count(c->when);

	for (i = 0; i < count; i++) {
		const char *name = aiot_when_task_name(c->when, i);

		if (!aiot_name_valid_entry(name, strlen(name))) {
			aiot_format(why, "When: '%s' cannot be the name of a task", name);
			return -AIOT_EINVAL;
		}
		if (aiot_entry_named(core, name) != NULL ||
		    (core->ops->knows_task && core->ops->knows_task(core->ctx, name)))
			continue;
		aiot_format(why, "When: there is no task '%s'", name);
		return -AIOT_EINVAL;
	}
	return 0;
}

int aiot_condition_compile(struct aiot_core *core, struct aiot_condition *c, const char *text,
			   const char *own, struct aiot_out *why)
{
	struct word_owner owner = {core, own};
	struct aiot_when_resolver resolver = {find_word, &owner};
	int r = compile(c, text, &resolver, why);

	if (r == 0)
		r = check_names(core, c, why);
	return r == 0 && own != NULL ? aiot_condition_check_ring(core, c, own, why) : r;
}

static int any_word(void *ctx, const char *word, size_t len, bool quoted)
{
	(void)ctx;
	(void)word;
	(void)len;
	(void)quoted;
	return 0;
}

int aiot_condition_check(const char *text, void *mem, struct aiot_out *why)
{
	static const struct aiot_when_resolver resolver = {any_word, NULL};

	return compile(mem, text, &resolver, why);
}

size_t aiot_condition_used(const struct aiot_condition *c)
{
	return ROUND(sizeof(*c)) + ROUND(aiot_when_size(c->when)) +
	       aiot_when_task_count(c->when) * ROUND(sizeof(struct aiot_watch));
}

void aiot_condition_copy(const struct aiot_condition *from, struct aiot_condition *to)
{
	size_t size = aiot_when_size(from->when);

	to->when = (void *)((char *)to + ROUND(sizeof(*to)));
	memcpy(to->when, from->when, size); /* it has no pointers */
	to->watches = (void *)((char *)to->when + ROUND(size));
}

/* ---- watching ---- */

static void acted(struct aiot_core *core, struct aiot_watch *watch)
{
	struct aiot_condition *c = watch->ctx;

	c->stirred(core, c);
}

/* "hello" means hello.service here as well, unless there is a task that is called so. */
static void full_name(struct aiot_core *core, const char *name, char ret[AIOT_NAME_MAX + 1])
{
	const struct aiot_entry *e = aiot_entry_named(core, name);
	size_t len = strlen(name);

	if (e != NULL)
		(void)aiot_format_to(ret, AIOT_NAME_MAX + 1, "%s", aiot_entry_name(e));
	else if (core->ops->knows_task && strchr(name, '.') == NULL &&
		 len + sizeof(".service") <= AIOT_NAME_MAX + 1)
		(void)aiot_format_to(ret, AIOT_NAME_MAX + 1, "%s.service", name);
	else
		(void)aiot_format_to(ret, AIOT_NAME_MAX + 1, "%s", name);
}

void aiot_condition_begin(struct aiot_core *core, struct aiot_condition *c, struct aiot_entry *own,
			  void *owner,
			  void (*stirred)(struct aiot_core *core, struct aiot_condition *c))
{
	uint32_t i;

	c->core = core;
	c->own = own;
	c->owner = owner;
	c->stirred = stirred;
	c->watch_count = aiot_when_task_count(c->when);
	for (i = 0; i < c->watch_count; i++) {
		char name[AIOT_NAME_MAX + 1];

		full_name(core, aiot_when_task_name(c->when, i), name);
		c->watches[i].fn = acted;
		c->watches[i].ctx = c;
		aiot_watch_add(core, &c->watches[i], name);
		if (core->ops->keep_past != NULL)
			core->ops->keep_past(core->ctx, name);
	}
}

void aiot_condition_end(struct aiot_core *core, struct aiot_condition *c)
{
	uint32_t i;

	for (i = 0; i < c->watch_count; i++)
		aiot_watch_remove(core, &c->watches[i]);
	c->watch_count = 0;
}

/* ---- facts ---- */

static struct aiot_entry *entry_of(const struct aiot_condition *c, int slot)
{
	return slot == AIOT_WHEN_OWN ? c->own : aiot_core_find(c->core, c->watches[slot].name);
}

static const char *name_of(const struct aiot_condition *c, int slot)
{
	return slot == AIOT_WHEN_OWN ? aiot_entry_name(c->own) : c->watches[slot].name;
}

/* Of the cached times, or of the history where the owner wants that (force_status_from_logs). */
static bool fact_last(void *ctx, int slot, unsigned actions, int64_t from_us, int64_t to_us,
		      int64_t *ret_us)
{
	const struct aiot_condition *c = ctx;
	const struct aiot_core_ops *ops = c->core->ops;
	const struct aiot_entry *e = entry_of(c, slot);
	bool found = false;
	unsigned i;

	if (c->core->from_history && ops->history_last)
		return ops->history_last(c->core->ctx, name_of(c, slot), actions, from_us, to_us,
					 ret_us);
	for (i = 0; e != NULL && e->more != NULL && i < AIOT_ACTIONS; i++) {
		int64_t us = e->more->past.last_us[i];

		if (!(actions & 1u << i) || us == AIOT_NO_TIME_US || us < from_us || us > to_us ||
		    (found && us < *ret_us))
			continue;
		*ret_us = us;
		found = true;
	}
	return found;
}

static void fact_fails(void *ctx, int slot, struct aiot_when_fails *ret)
{
	const struct aiot_condition *c = ctx;
	const struct aiot_core_ops *ops = c->core->ops;
	const struct aiot_entry *e = entry_of(c, slot);

	if (c->core->from_history && ops->history_fails) {
		ret->count = ops->history_fails(c->core->ctx, name_of(c, slot));
		ret->last = ret->count > 0 && !(e && aiot_entry_alive(e));
		return;
	}
	ret->count = e && e->more ? e->more->past.fails : 0;
	ret->last = ret->count > 0 && aiot_past_last(&e->more->past) == AIOT_ACTION_FAIL;
}

static bool fact_running(void *ctx, int slot, int64_t *ret_since_us)
{
	const struct aiot_condition *c = ctx;
	const struct aiot_entry *e = entry_of(c, slot);

	if (e == NULL || !aiot_entry_alive(e))
		return false;
	*ret_since_us = aiot_core_wall_of(c->core, aiot_entry_began_ns(e)) / 1000;
	return true;
}

static const char *fact_param(void *ctx, const char *key)
{
	const struct aiot_condition *c = ctx;
	const struct aiot_spec *spec = c->own->spec;
	const struct aiot_opt *opt = aiot_opt_find(spec->service, AIOT_KIND(spec)->opts, key);
	const char *origin;

	return opt ? aiot_setting_value(c->own, opt, &origin) : NULL;
}

static int fact_custom(void *ctx, unsigned slot)
{
	const struct aiot_condition *c = ctx;

	return aiot_condition_ask_word(c->core, c->own, aiot_when_cond_word(c->when, slot),
				       aiot_when_cond_arg(c->when, slot), c->why);
}

static void get_facts(struct aiot_condition *c, struct aiot_when_facts *ret)
{
	struct aiot_core *core = c->core;

	*ret = (struct aiot_when_facts)
	{
		.ctx = c, .zone = &core->zone, .last = fact_last, .fails = fact_fails,
		.running = fact_running, .param = fact_param, .custom = fact_custom,
		.env = core->env, .started_us = aiot_core_wall_of(core, core->start_ns) / 1000,
#if AIOT_COUNTERS
		.cycles = core->cycle_ns ? (core->now_ns - core->start_ns) / core->cycle_ns
					 : core->rounds,
		.starting = core->rounds <= 1,
#else
		.cycles = core->cycle_ns ? (core->now_ns - core->start_ns) / core->cycle_ns : 0,
		.starting = !core->ran,
#endif
	};
}

/* ---- asking ---- */

/* Said once, for it is asked again and again. */
static void tell_failure(struct aiot_core *core, struct aiot_condition *c, int slot)
{
	const char *word = slot < 0 ? "?" : aiot_when_cond_word(c->when, (unsigned)slot);
	char text[256];

	if (!c->failed)
		aiot_core_log(core, aiot_entry_name(c->own), AIOT_ERROR,
			      "its condition cannot be asked: '%s' failed: %s%s", word,
			      aiot_out_str(c->why),
			      core->silent_conditions ? "; it counts as false" : "");
	c->failed = true;
	if (core->silent_conditions || core->ops->broken == NULL)
		return;
	(void)aiot_format_to(text, sizeof(text),
			     "SilenceCondCheck=no, and its condition '%s' failed: %s", word,
			     aiot_out_str(c->why));
	core->ops->broken(core->ctx, c->own, text);
}

bool aiot_condition_unset(const struct aiot_condition *c, int64_t now_us)
{
	return now_us < AIOT_CLOCK_SET_US && aiot_when_uses_calendar(c->when);
}

void aiot_condition_ask(struct aiot_core *core, struct aiot_condition *c, int64_t now_us,
			struct aiot_verdict *ret)
{
	int64_t cycle_us = (int64_t)(core->cycle_ns / 1000) + 1;
	struct aiot_when_result result;
	struct aiot_when_facts facts;
	struct aiot_out why;
	char text[256];
	int r;

	*ret = (struct aiot_verdict){.again_us = AIOT_NEVER_US};
	ret->unset = aiot_condition_unset(c, now_us);
	if (ret->unset)
		return;
	get_facts(c, &facts);
	aiot_out_init(&why, text, sizeof(text));
	c->why = &why;
	r = aiot_when_at(c->when, &facts, now_us, &result);
	if (r < 0) {
		tell_failure(core, c, result.cond_slot);
		ret->again_us = now_us + cycle_us;
		return;
	}
	c->failed = false;
	ret->yes = result.value;
	ret->again_us = result.until_us;
	if (result.poll && (ret->again_us <= now_us || now_us + cycle_us < ret->again_us))
		ret->again_us = now_us + cycle_us;
}

bool aiot_condition_next(struct aiot_core *core, struct aiot_condition *c, int64_t after_us,
			 int64_t *ret_us)
{
	struct aiot_when_facts facts;
	struct aiot_interval span;
	struct aiot_out why;

	(void)core;
	get_facts(c, &facts);
	aiot_out_init(&why, NULL, 0);
	c->why = &why;
	if (aiot_when_next(c->when, &facts, after_us, &span) < 0)
		return false;
	if (span.start_us <= after_us && (span.end_us == AIOT_NEVER_US ||
					  aiot_when_next(c->when, &facts, span.end_us, &span) < 0))
		return false;
	*ret_us = span.start_us;
	return true;
}
