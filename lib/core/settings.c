/*
 * settings.c - see settings.h.  Called by the handlers of set, trigger, add and call, by the
 * registry at the ends of a run, and by places.  Never starts or stops anything.
 */
#include "settings.h"

#include <string.h>

#include "more.h"
#include "service.h"

/* ---- reading ---- */

#define OPTIONS_NAMED 8 /* in a sentence */
#define SHOWN 60	/* bytes of a wrong value that its sentence repeats */

/* What they are: of a task that `add` made, or of a board's, nobody may know what to describe. */
static void put_options(const struct aiot_service *service, const struct aiot_opt *table,
			struct aiot_out *why)
{
	const struct aiot_opt *opt;
	unsigned i;

	for (i = 0; (opt = aiot_opt_row(service, table, i)) != NULL && i < OPTIONS_NAMED; i++)
		aiot_format(why, "%s%s", i == 0 ? ": " : ", ", opt->key);
	if (opt != NULL)
		aiot_out_text(why, " ...");
}

int aiot_setting_no_key(const struct aiot_service *service, const struct aiot_opt *table,
			const char *key, struct aiot_out *why)
{
	const struct aiot_opt *opt;
	struct aiot_near near;
	unsigned i;

	aiot_near_begin(&near, key);
	for (i = 0; (opt = aiot_opt_row(service, table, i)) != NULL; i++)
		aiot_near_offer(&near, opt->key);
	aiot_format(why, "'%.64s' is none of the options", key);
	if (near.best != NULL)
		aiot_format(why, ", did you mean '%s'?", near.best);
	else if (i == 0)
		aiot_out_text(why, ": there are none");
	else
		put_options(service, table, why);
	return -AIOT_EINVAL;
}

/* Where a block for `len` bytes of text has them. */
static struct aiot_setting *take(struct aiot_core *core, const struct aiot_opt *opt, size_t len)
{
	size_t bytes = sizeof(struct aiot_setting) + len + 1;
	struct aiot_setting *s = core->ops->take(core->ctx, bytes);

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->opt = opt;
	s->block_bytes = (uint32_t)bytes;
	s->value[len] = '\0';
	return s;
}

static void release(struct aiot_core *core, struct aiot_setting *s)
{
	core->ops->give(core->ctx, s, s->block_bytes);
}

void aiot_settings_free(struct aiot_core *core, struct aiot_setting *list)
{
	while (list != NULL) {
		struct aiot_setting *next = list->next;

		release(core, list);
		list = next;
	}
}

static int no_memory(const struct aiot_opt *opt, struct aiot_out *why)
{
	aiot_format(why, "%s: no memory for its value", opt->key);
	return -AIOT_ENOMEM;
}

static int refuse_length(const struct aiot_opt *opt, size_t len, struct aiot_out *why)
{
	aiot_format(why, "%s: its value has %zu bytes, %u are allowed", opt->key, len,
		    AIOT_ARG_MAX);
	return -AIOT_EMSGSIZE;
}

/* The number of bytes that a string has when it is decoded, found by decoding it to nowhere. */
static int count_grow(struct aiot_out *out, size_t need)
{
	(void)need;
	*(size_t *)out->ctx += out->len;
	out->len = 0;
	return 0;
}

static size_t string_bytes(struct aiot_json value)
{
	char window[64];
	size_t bytes = 0;
	struct aiot_out out;

	aiot_out_init(&out, window, sizeof(window));
	out.grow = count_grow;
	out.ctx = &bytes;
	(void)aiot_json_str_out(value, &out);
	return bytes + out.len;
}

/* The text of a value as a command line would have given it. */
static int read_text(struct aiot_core *core, const struct aiot_opt *opt, struct aiot_json value,
		     struct aiot_setting **ret, struct aiot_out *why)
{
	bool string = aiot_json_type(value) == AIOT_JSON_STRING;
	size_t len = string ? string_bytes(value) : value.len;
	struct aiot_setting *s;

	if (len > AIOT_ARG_MAX)
		return refuse_length(opt, len, why);
	s = take(core, opt, len);
	if (s == NULL)
		return no_memory(opt, why);
	if (string)
		(void)aiot_json_str(value, s->value, len + 1);
	else
		memcpy(s->value, value.text, len);
	*ret = s;
	return 0;
}

/* Give it up again if its option does not take its text. */
static int check_text(struct aiot_core *core, struct aiot_setting *s, struct aiot_out *why)
{
	const struct aiot_opt *opt = s->opt;
	int r = aiot_opt_store(opt, NULL, s->value);

	if (r == 0)
		return 0;
	aiot_format(why, "%s: '%.*s%s' is not %s", opt->key, SHOWN, s->value,
		    strlen(s->value) > SHOWN ? "..." : "", aiot_type_words(opt->type));
	release(core, s);
	return r;
}

int aiot_setting_read(struct aiot_core *core, const struct aiot_opt *opt, const char *text,
		      struct aiot_setting **ret, struct aiot_out *why)
{
	size_t len = strlen(text);
	struct aiot_setting *s;
	int r;

	if (len > AIOT_ARG_MAX)
		return refuse_length(opt, len, why);
	s = take(core, opt, len);
	if (s == NULL)
		return no_memory(opt, why);
	memcpy(s->value, text, len);
	r = check_text(core, s, why);
	if (r == 0)
		*ret = s;
	return r;
}

static int read_setting(struct aiot_core *core, const struct aiot_opt *opt, struct aiot_json value,
			bool may_reset, struct aiot_setting **ret, struct aiot_out *why)
{
	int r;

	if (aiot_json_type(value) == AIOT_JSON_NULL) {
		if (!may_reset) {
			aiot_format(why, "%s: a value is needed: %s=VALUE", opt->key, opt->key);
			return -AIOT_EINVAL;
		}
		*ret = take(core, opt, 0);
		if (*ret == NULL)
			return no_memory(opt, why);
		(*ret)->reset = true;
		return 0;
	}
	r = read_text(core, opt, value, ret, why);
	return r < 0 ? r : check_text(core, *ret, why);
}

/* The option that a key means, unless the list has it already. */
static int find_option(const struct aiot_service *service, const struct aiot_opt *table,
		       struct aiot_json key, struct aiot_setting *list, const struct aiot_opt **ret,
		       struct aiot_out *why)
{
	size_t shown = key.len - 2 < SHOWN ? key.len - 2 : SHOWN; /* between its quotes */
	char text[256] = "";

	if (aiot_json_str(key, text, sizeof(text)) < 0)
		(void)aiot_format_to(text, sizeof(text), "%.*s", (int)shown, key.text + 1);
	*ret = aiot_opt_find(service, table, text);
	if (*ret == NULL)
		return aiot_setting_no_key(service, table, text, why);
	if (aiot_setting_find(list, *ret) == NULL)
		return 0;
	aiot_format(why, "%s: given twice", (*ret)->key);
	return -AIOT_EINVAL;
}

int aiot_settings_read(struct aiot_core *core, const struct aiot_service *service,
		       const struct aiot_opt *table, struct aiot_json args, bool may_reset,
		       struct aiot_setting **ret, struct aiot_out *why)
{
	struct aiot_setting *list = NULL, **end = &list;
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	int r = 0;

	while (r == 0 && aiot_json_next(args, &it, &key, &value)) {
		const struct aiot_opt *opt = NULL;

		r = find_option(service, table, key, list, &opt, why);
		if (r == 0)
			r = read_setting(core, opt, value, may_reset, end, why);
		if (r == 0)
			end = &(*end)->next;
		else
			*end = NULL;
	}
	if (r < 0)
		aiot_settings_free(core, list);
	else
		*ret = list;
	return r;
}

/* ---- what is in force ---- */

struct aiot_setting *aiot_setting_find(struct aiot_setting *list, const struct aiot_opt *opt)
{
	while (list != NULL && list->opt != opt)
		list = list->next;
	return list;
}

static const struct aiot_arg *arg_of(const struct aiot_spec *spec, const struct aiot_opt *opt)
{
	uint32_t i = spec->arg_count;

	while (i-- > 0) { /* the last one counts */
		if (aiot_key_equal(spec->args[i].key, opt->key))
			return &spec->args[i];
	}
	return NULL;
}

const char *aiot_setting_value(const struct aiot_entry *entry, const struct aiot_opt *opt,
			       const char **ret_origin)
{
	const struct aiot_setting *s =
		entry->more ? aiot_setting_find(entry->more->set, opt) : NULL;
	const struct aiot_arg *arg = s ? NULL : arg_of(entry->spec, opt);

	*ret_origin = s ? "set" : arg ? arg->origin : "default";
	return s ? s->value : arg ? arg->value : opt->def;
}

/* ---- setting ---- */

int aiot_settings_prepare(struct aiot_core *core, struct aiot_entry *entry,
			  const struct aiot_setting *list)
{
	struct aiot_more *more = aiot_more_of(core, entry);
	uint64_t bytes;

	if (more == NULL)
		return -AIOT_ENOMEM;
	bytes = more->replaced_bytes;
	for (; list != NULL && aiot_entry_alive(entry); list = list->next) {
		const struct aiot_setting *old = aiot_setting_find(more->set, list->opt);

		if (old != NULL && old->opt->type == AIOT_TYPE_STR)
			bytes += old->block_bytes;
	}
	return bytes > AIOT_REPLACED_MAX ? -AIOT_ENOSPC : 0;
}

static struct aiot_setting *unlink_setting(struct aiot_setting **list, const struct aiot_opt *opt)
{
	struct aiot_setting *s;

	while (*list != NULL && (*list)->opt != opt)
		list = &(*list)->next;
	s = *list;
	if (s != NULL)
		*list = s->next;
	return s;
}

bool aiot_setting_put(struct aiot_core *core, struct aiot_entry *entry, struct aiot_setting *s)
{
	struct aiot_more *more = entry->more;
	const struct aiot_opt *opt = s->opt;
	struct aiot_setting *old = unlink_setting(&more->set, opt);
	bool alive = aiot_entry_alive(entry);
	/* A run with an argument of its own for it keeps that. */
	bool live = alive && opt->flags & AIOT_OPT_LIVE &&
		    aiot_setting_find(aiot_settings_of_run(more), opt) == NULL;
	const char *origin;

	if (s->reset) {
		release(core, s);
	} else {
		s->next = more->set;
		more->set = s;
	}
	if (live || !alive)
		entry->spec->place->ops->set(entry->spec->place, entry, opt,
					     aiot_setting_value(entry, opt, &origin));
	if (old != NULL && alive && opt->type == AIOT_TYPE_STR) {
		old->next = more->replaced;
		more->replaced = old;
		more->replaced_bytes += old->block_bytes;
	} else if (old != NULL) {
		release(core, old);
	}
	return live;
}

/* ---- runs ---- */

/* What `trigger` gave for the run that begins takes the place of the one's before. */
static void next_run(struct aiot_core *core, struct aiot_more *more)
{
	(void)core;
	(void)more;
#if AIOT_EXTRA
	aiot_settings_free(core, more->run_args);
	more->run_args = more->next_args;
	more->next_args = NULL;
#endif
}

void aiot_settings_begin(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	if (more == NULL)
		return;
	aiot_settings_free(core, more->replaced);
	more->replaced = NULL;
	more->replaced_bytes = 0;
	next_run(core, more);
}

static int store_all(const struct aiot_setting *s, void *self)
{
	int r = 0;

	for (; s != NULL && r == 0; s = s->next)
		r = aiot_opt_store(s->opt, self, s->value);
	return r;
}

int aiot_settings_apply(const struct aiot_entry *entry, void *self)
{
	int r = aiot_opts_apply(entry->spec, self);

	if (r < 0 || entry->more == NULL)
		return r;
	r = store_all(entry->more->set, self);
	return r < 0 ? r : store_all(aiot_settings_of_run(entry->more), self);
}

void aiot_settings_finish(struct aiot_core *core, struct aiot_more *more)
{
	aiot_settings_free(core, more->set);
	next_run(core, more); /* frees those of the run that is over, then those of none */
	next_run(core, more);
	aiot_settings_free(core, more->replaced);
}
