/*
 * node-show.c - what status shows of a board's task beside its entry, in the board's own words.
 *
 * Called by the handlers of status and timers, as the place's ops.  It was checked when it was told
 * (node-mirror.c); only times are worked out anew.
 */
#include "node-private.h"

static int64_t wall_us(struct aiot_core *core, uint64_t mono_ns)
{
	return aiot_core_wall_of(core, mono_ns) / 1000;
}

static struct aiot_json member_of(const struct aiot_node_task *task, const char *key)
{
	return task->text ? aiot_json_get((struct aiot_json){task->text, task->text_len}, key)
			  : (struct aiot_json){NULL, 0};
}

/* As it was told, but for the times that have moved on since. */
static void put_schedule(const struct aiot_node_task *task, struct aiot_json_out *json)
{
	struct aiot_core *core = task->node->core;
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	char name[32];

	aiot_json_put_object(json, "schedule");
	while (aiot_json_next(member_of(task, "schedule"), &it, &key, &value)) {
		if (aiot_json_str(key, name, sizeof(name)) >= 0 && strcmp(name, "next_us") != 0 &&
		    strcmp(name, "in_us") != 0)
			aiot_json_put_raw(json, name, value);
	}
	if (task->due_ns == AIOT_CORE_NEVER) {
		aiot_json_put_null(json, "next_us");
		aiot_json_put_null(json, "in_us");
	} else {
		uint64_t now_ns = core->ops->mono_ns(core->ctx);

		aiot_json_put_i64(json, "next_us", wall_us(core, task->due_ns));
		aiot_json_put_i64(json, "in_us", (int64_t)(task->due_ns - now_ns) / 1000);
	}
	aiot_json_put_end_object(json);
}

void aiot_node_brief(struct aiot_place *place, struct aiot_entry *entry, struct aiot_json_out *json)
{
	const struct aiot_node_task *task = aiot_node_task_of(entry);
	const struct aiot_node *node = task->node;
	struct aiot_core *core = node->core;

	(void)place;
	if (task->scheduled)
		put_schedule(task, json);
	if (!node->away)
		return;
	aiot_json_put_object(json, "away");
	aiot_json_put_i64(json, "since_us", wall_us(core, node->away_ns));
	aiot_json_put_i64(json, "ago_us",
			  (int64_t)(core->ops->mono_ns(core->ctx) - node->away_ns) / 1000);
	aiot_json_put_str(json, "why", node->why);
	aiot_json_put_end_object(json);
}

bool aiot_node_origin(struct aiot_entry *entry, struct aiot_json_out *json)
{
	const struct aiot_node_task *task = aiot_node_task_of(entry);
	struct aiot_json service = member_of(task, "service");
	char name[AIOT_NAME_MAX + 1];

	if (aiot_json_str(aiot_json_get(service, "name"), name, sizeof(name)) < 0)
		(void)aiot_format_to(name, sizeof(name), "%s", aiot_node_task_name(task));
	aiot_json_put_strf(json, "name", "%s:%s", task->node->name, name);
	aiot_json_put_raw(json, "info", aiot_json_get(service, "info"));
	aiot_json_put_raw(json, "docs", aiot_json_get(service, "docs"));
	aiot_json_put_str(json, "path", entry->spec->label);
	aiot_json_put_str(json, "type", "node.service");
	return true;
}

static void put_children(const struct aiot_node_task *task, struct aiot_json_out *json)
{
	struct aiot_json children = member_of(task, "children"), child;
	struct aiot_json_iter it = {NULL};
	char name[AIOT_NAME_MAX + 1];

	if (aiot_json_type(children) != AIOT_JSON_ARRAY)
		return;
	aiot_json_put_array(json, "children");
	while (aiot_json_next(children, &it, NULL, &child)) {
		if (aiot_json_str(child, name, sizeof(name)) >= 0)
			aiot_json_put_strf(json, NULL, "%s:%s", task->node->name, name);
	}
	aiot_json_put_end_array(json);
}

void aiot_node_detail(struct aiot_place *place, struct aiot_entry *entry,
		      struct aiot_json_out *json)
{
	static const char *const keys[] = {"args", "origins", "next", "stats", "site"};
	const struct aiot_node_task *task = aiot_node_task_of(entry);
	size_t i;

	(void)place;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct aiot_json value = member_of(task, keys[i]);

		if (aiot_json_type(value) == AIOT_JSON_OBJECT && (i < 4 || aiot_entry_alive(entry)))
			aiot_json_put_raw(json, keys[i], value);
	}
	put_children(task, json);
}

void aiot_node_stats(struct aiot_place *place, struct aiot_entry *entry, struct aiot_json_out *json)
{
	const struct aiot_node_task *task = aiot_node_task_of(entry);

	(void)place;
	aiot_json_put_raw(json, "stats", member_of(task, "stats"));
}

bool aiot_node_due(struct aiot_place *place, const struct aiot_entry *entry, int64_t *ret_us)
{
	const struct aiot_node_task *task = (const struct aiot_node_task *)(const void *)entry;

	(void)place;
	*ret_us = task->due_ns == AIOT_CORE_NEVER ? AIOT_NO_TIME_US
						  : wall_us(task->node->core, task->due_ns);
	return task->scheduled;
}
