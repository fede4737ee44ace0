/*
 * settings-small.c - see settings.h: options that are set, on boards that have little flash.
 *
 * Built instead of settings.c; called by the handler of set, by the registry at the beginning of a
 * run, and by places.
 */
#include "settings.h"

#include <string.h>

#include "more.h"
#include "task.h"

static void release(struct aiot_core *core, struct aiot_setting *s)
{
	core->ops->give(core->ctx, s, s->block_bytes);
}

static void release_all(struct aiot_core *core, struct aiot_setting **list)
{
	while (*list != NULL) {
		struct aiot_setting *s = *list;

		*list = s->next;
		release(core, s);
	}
}

static struct aiot_setting **find(struct aiot_setting **list, const struct aiot_opt *opt)
{
	while (*list != NULL && (*list)->opt != opt)
		list = &(*list)->next;
	return list;
}

static const struct aiot_opt *option(const struct aiot_entry *e, unsigned i)
{
	return aiot_opt_row(e->spec->service, AIOT_KIND(e->spec)->opts, i);
}

/* What a run that begins now would get. */
static const char *value_of(const struct aiot_entry *e, const struct aiot_opt *opt)
{
	const struct aiot_setting *s = e->more ? *find(&e->more->set, opt) : NULL;
	uint32_t i = e->spec->arg_count;

	if (s != NULL)
		return s->value;
	while (i-- > 0) { /* the last one counts */
		if (aiot_key_equal(e->spec->args[i].key, opt->key))
			return e->spec->args[i].value;
	}
	return opt->def;
}

/* Likewise of all options. */
int aiot_settings_apply(const struct aiot_entry *entry, void *self)
{
	const struct aiot_opt *opt;
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && (opt = option(entry, i)) != NULL; i++)
		r = aiot_opt_store(opt, self, value_of(entry, opt));
	return r;
}

void aiot_settings_begin(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->more != NULL)
		release_all(core, &entry->more->replaced);
}

/* A value that was read, in a block of its own. */
static int read(struct aiot_core *core, const struct aiot_opt *opt, const struct aiot_json *value,
		struct aiot_setting **ret)
{
	size_t bytes = sizeof(struct aiot_setting) + value->len + 1;
	struct aiot_setting *s = core->ops->take(core->ctx, bytes);
	int r;

	if (s == NULL)
		return -AIOT_ENOMEM;
	s->opt = opt;
	s->block_bytes = (uint32_t)bytes;
	s->reset = aiot_json_type(*value) == AIOT_JSON_NULL;
	r = aiot_json_str(*value, s->value, value->len + 1);
	if (r == -AIOT_EINVAL) { /* a number, true or false: as it stands */
		memcpy(s->value, value->text, value->len);
		s->value[value->len] = '\0';
		r = 0;
	}
	if (r >= 0 && !s->reset)
		r = aiot_opt_store(opt, NULL, s->value);
	*ret = s;
	if (r < 0)
		release(core, s);
	return r;
}

/* In the place of what was set before, to which the run under way may point. */
static void put(struct aiot_more *more, struct aiot_setting *s)
{
	struct aiot_setting **at = find(&more->set, s->opt), *old = *at;

	if (old != NULL) {
		*at = old->next;
		old->next = more->replaced;
		more->replaced = old;
	}
	at = s->reset ? &more->replaced : &more->set;
	s->next = *at;
	*at = s;
}

int aiot_setting_set(struct aiot_entry *e, const struct aiot_json member[2], bool check)
{
	struct aiot_core *core = e->spec->core;
	void *self = aiot_task_self(aiot_task_of(e));
	const struct aiot_opt *opt;
	struct aiot_setting *s;
	unsigned i = 0;
	int r;

	do {
		opt = option(e, i++);
		if (opt == NULL)
			return -AIOT_ENOENT;
	} while (!aiot_json_str_is(member[0], opt->key));
	r = read(core, opt, &member[1], &s);
	if (r < 0)
		return r;
	if (check || aiot_more_of(core, e) == NULL) {
		release(core, s);
		return check ? 0 : -AIOT_ENOMEM;
	}
	put(e->more, s);
	if (!aiot_entry_alive(e)) {
		r = aiot_settings_apply(e, self); /* then nothing points to what was replaced */
		aiot_settings_begin(core, e);
		return r;
	}
	if (!(opt->flags & AIOT_OPT_LIVE))
		return 0;
	(void)aiot_opt_store(opt, self, value_of(e, opt));
	return 1;
}

void aiot_settings_finish(struct aiot_core *core, struct aiot_more *more)
{
	release_all(core, &more->set);
	release_all(core, &more->replaced);
}
