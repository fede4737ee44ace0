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

#define VALUE_MAX 63

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

/* A block with the text at the list's head; text NULL: none.  What was set before is replaced. */
static int put(struct aiot_entry *e, const struct aiot_opt *opt, const char *text, size_t len)
{
	struct aiot_core *core = e->spec->core;
	struct aiot_more *more = aiot_more_of(core, e);
	size_t bytes = sizeof(struct aiot_setting) + len + 1;
	struct aiot_setting *s = NULL, *old, **at;

	if (more == NULL || (text != NULL && (s = core->ops->take(core->ctx, bytes)) == NULL))
		return -AIOT_ENOMEM;
	at = find(&more->set, opt);
	old = *at;
	if (old != NULL) {
		*at = old->next;
		old->next = more->replaced; /* the run under way may point to it */
		more->replaced = old;
	}
	if (s == NULL)
		return 0;
	s->next = more->set;
	s->opt = opt;
	s->block_bytes = (uint32_t)bytes;
	memcpy(s->value, text, len + 1);
	more->set = s;
	return 0;
}

/* Likewise of all options. */
int aiot_settings_apply(const struct aiot_entry *entry, void *self)
{
	const struct aiot_opt *table = AIOT_KIND(entry->spec)->opts, *opt;
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && (opt = aiot_opt_row(entry->spec->service, table, i)) != NULL; i++)
		r = aiot_opt_store(opt, self, value_of(entry, opt));
	return r;
}

void aiot_settings_begin(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->more != NULL)
		release_all(core, &entry->more->replaced);
}

int aiot_setting_set(struct aiot_entry *e, const struct aiot_json member[2], bool check)
{
	const struct aiot_json *value = &member[1];
	bool null = aiot_json_type(*value) == AIOT_JSON_NULL;
	void *self = aiot_task_self(aiot_task_of(e));
	const struct aiot_opt *opt;
	char text[VALUE_MAX + 1];
	int len = aiot_json_str(member[0], text, sizeof(text));

	opt = len < 0 ? NULL : aiot_opt_find(e->spec->service, AIOT_KIND(e->spec)->opts, text);
	if (opt == NULL)
		return -AIOT_ENOENT;
	len = aiot_json_str(*value, text, sizeof(text));
	if (len == -AIOT_EINVAL) /* a number, true or false: as it stands */
		len = (int)aiot_format_to(text, sizeof(text), "%.*s", (int)value->len, value->text);
	if (len < 0)
		return len;
	if (check)
		return null ? 0 : aiot_opt_store(opt, NULL, text);
	len = put(e, opt, null ? NULL : text, (size_t)len);
	if (len < 0)
		return len;
	if (!aiot_entry_alive(e)) {
		len = aiot_settings_apply(e, self); /* then nothing points to what was replaced */
		aiot_settings_begin(e->spec->core, e);
		return len;
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
