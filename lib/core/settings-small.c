/*
 * settings-small.c - see settings.h: options that are set, on boards that have little flash.
 *
 * Built instead of settings.c; called by the handler of set, by the registry at the beginning of a
 * run, and by places.
 */
#include "settings.h"

#include <stddef.h>
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

/* What is set stands above the arguments, of which the last one counts, and these above defaults.
 */
int aiot_settings_apply(const struct aiot_entry *e, void *self)
{
	const struct aiot_spec *spec = e->spec;
	const struct aiot_opt *opt;
	uint32_t a, known = 0;
	unsigned i;

	for (i = 0; (opt = option(e, i)) != NULL; i++) {
		const struct aiot_setting *s = e->more ? *find(&e->more->set, opt) : NULL;
		const char *text = opt->def;
		int r;

		for (a = 0; a < spec->arg_count; a++) {
			if (aiot_key_equal(spec->args[a].key, opt->key)) {
				text = spec->args[a].value;
				known++;
			}
		}
		r = aiot_opt_store(opt, self, s ? s->value : text);
		if (r < 0)
			return r;
	}
	return known < spec->arg_count ? -AIOT_ENOENT : 0;
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
	size_t bytes = offsetof(struct aiot_setting, value) + value->len + 1;
	struct aiot_setting *s = core->ops->take(core->ctx, bytes);
	int r;

	if (s == NULL)
		return -AIOT_ENOMEM;
	s->opt = opt;
	s->block_bytes = (uint16_t)bytes;
	s->reset = aiot_json_type(*value) == AIOT_JSON_NULL;
	r = aiot_json_str(*value, s->value, value->len + 1);
	if (r == -AIOT_EINVAL &&
	    aiot_json_type(*value) < AIOT_JSON_STRING) { /* a number, true or false: as it stands */
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

static void insert(struct aiot_setting **list, struct aiot_setting *s)
{
	s->next = *list;
	*list = s;
}

/* In the place of what was set before, to the text of which the run under way may point. */
static void put(struct aiot_core *core, struct aiot_more *more, struct aiot_setting *s)
{
	struct aiot_setting **at = find(&more->set, s->opt), *old = *at;

	if (old != NULL) {
		*at = old->next;
		if (old->opt->type == AIOT_TYPE_STR)
			insert(&more->replaced, old);
		else
			release(core, old);
	}
	if (s->reset)
		release(core, s);
	else
		insert(&more->set, s);
}

int aiot_setting_set(struct aiot_entry *e, const struct aiot_json member[2], bool check)
{
	struct aiot_core *core = e->spec->core;
	void *self = aiot_task_self(aiot_task_of(e));
	const struct aiot_opt *opt;
	struct aiot_setting *s;
	unsigned i = 0;
	bool live;
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
	live = opt->flags & AIOT_OPT_LIVE && !s->reset;
	put(core, e->more, s);
	if (!aiot_entry_alive(e)) {
		r = aiot_settings_apply(e, self); /* then nothing points to what was replaced */
		aiot_settings_begin(core, e);
		return r;
	}
	if (live)
		(void)aiot_opt_store(opt, self, s->value);
	return live;
}

void aiot_settings_finish(struct aiot_core *core, struct aiot_more *more)
{
	release_all(core, &more->set);
	release_all(core, &more->replaced);
}
