/*
 * place-detail.c - what the place "main" tells of a task: options, stats, where it waits.
 *
 * Called for `status --debug` and its like.  Reads the task's struct and runs nothing of it.
 */
#include "more.h"
#include "outcome.h"
#include "place-main.h"
#include "service.h"
#include "settings.h"
#include "wait.h"

#if AIOT_TEXT
static const char *origin_of(const struct aiot_entry *entry, const struct aiot_opt *opt)
{
	const char *origin;

	if (entry->more != NULL &&
	    aiot_setting_find(aiot_settings_of_run(entry->more), opt) != NULL)
		return "trigger";
	(void)aiot_setting_value(entry, opt, &origin);
	return origin;
}

/* Where each value comes from, and those that another run would have. */
static void put_origins(struct aiot_entry *entry, const char *self, struct aiot_json_out *json)
{
	const struct aiot_spec *spec = entry->spec;
	const struct aiot_opt *opt;
	const char *value, *origin;
	unsigned i;

	aiot_json_put_object(json, "origins");
	for (i = 0; (opt = aiot_opt_row(spec->service, AIOT_KIND(spec)->opts, i)) != NULL; i++)
		aiot_json_put_str(json, opt->key, origin_of(entry, opt));
	aiot_json_put_end_object(json);
	aiot_json_put_object(json, "next");
	for (i = 0; (opt = aiot_opt_row(spec->service, AIOT_KIND(spec)->opts, i)) != NULL; i++) {
		value = aiot_setting_value(entry, opt, &origin);
		if (aiot_opt_differs(opt, self, value))
			aiot_json_put_str(json, opt->key, value);
	}
	aiot_json_put_end_object(json);
}
#else
static void put_origins(struct aiot_entry *entry, const char *self, struct aiot_json_out *json)
{
	(void)entry;
	(void)self;
	(void)json; /* there is no room for them */
}
#endif

static void put_args(struct aiot_entry *entry, const char *self, struct aiot_json_out *json)
{
	const struct aiot_spec *spec = entry->spec;
	const struct aiot_opt *opt;
	unsigned i;

	aiot_json_put_object(json, "args");
	for (i = 0; (opt = aiot_opt_row(spec->service, AIOT_KIND(spec)->opts, i)) != NULL; i++)
		aiot_value_json(opt->type, self + opt->off, json, opt->key);
	aiot_json_put_end_object(json);
}

void aiot_site_json(const struct aiot_site *site, struct aiot_json_out *json, const char *key)
{
	if (site == NULL)
		return;
	aiot_json_put_object(json, key);
	aiot_json_put_str(json, "function", site->func);
	aiot_json_put_str(json, "file", site->file);
	aiot_json_put_u64(json, "line", site->line);
	aiot_json_put_end_object(json);
}

void aiot_main_stats(struct aiot_place *place, struct aiot_entry *entry, struct aiot_json_out *json)
{
	const struct aiot_spec *spec = entry->spec;
	const char *self = aiot_task_self(aiot_task_of(entry));
	const struct aiot_stat *stat;
	unsigned i;

	(void)place;
	aiot_json_put_object(json, "stats");
	for (i = 0; (stat = aiot_stat_row(spec->service, AIOT_KIND(spec)->stats, i)) != NULL; i++)
		aiot_value_json(stat->type, self + stat->off, json, stat->key);
	aiot_json_put_end_object(json);
}

void aiot_main_detail(struct aiot_place *place, struct aiot_entry *entry,
		      struct aiot_json_out *json)
{
	struct aiot_task *t = aiot_task_of(entry);
	const char *self = aiot_task_self(t);

	put_args(entry, self, json);
	put_origins(entry, self, json);
	aiot_main_stats(place, entry, json);
	if (aiot_entry_alive(entry) && t->top != NULL)
		aiot_site_json(t->top->site, json, "site");
	aiot_children_json(entry, json);
}
