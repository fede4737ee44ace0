/*
 * look.c - how a test looks at tasks: states, results, stats, the log.
 *
 * Called by the tests of services.  Changes nothing.
 */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include <string.h>

#include "outcome.h"
#include "service.h"

static struct aiot_entry *find(struct aiot_test *x, const char *name)
{
	struct aiot_entry *e = aiot_entry_named(&x->host->core, name);

	if (e == NULL)
		aiot_test_wrong("there is no task '%s'", name);
	return e;
}

const char *aiot_test_state(struct aiot_test *x, const char *name)
{
	const struct aiot_entry *e = aiot_entry_named(&x->host->core, name);

	return e ? aiot_state_word((enum aiot_state)e->state) : "";
}

/* The one member of an object, without the object. */
static const char *only_value(struct aiot_test *x, struct aiot_out *object)
{
	struct aiot_json value = {NULL, 0};
	struct aiot_out *text = aiot_test_text(x);

	if (aiot_json_parse(object->buf, object->len, &value, NULL) == 0)
		value = aiot_json_get(value, "v");
	aiot_out_mem(text, value.text, value.len);
	return aiot_test_str(text);
}

const char *aiot_test_result(struct aiot_test *x, const char *name)
{
	const struct aiot_outcome *o = aiot_outcome_of(find(x, name));
	struct aiot_out *object = aiot_test_text(x);
	struct aiot_json_out json;

	if (o == NULL || o->type == AIOT_OUTCOME_ERROR)
		return "";
	aiot_json_begin(&json, object);
	aiot_json_put_object(&json, NULL);
	aiot_outcome_json(o, &json, "v");
	aiot_json_put_end_object(&json);
	return only_value(x, object);
}

static const struct aiot_outcome *error_of(struct aiot_test *x, const char *name)
{
	const struct aiot_outcome *o = aiot_outcome_of(find(x, name));

	return o != NULL && o->type == AIOT_OUTCOME_ERROR ? o : NULL;
}

const char *aiot_test_failure(struct aiot_test *x, const char *name)
{
	const struct aiot_outcome *o = error_of(x, name);
	struct aiot_out *text = aiot_test_text(x);

	if (o != NULL)
		aiot_out_text(text, o->text);
	return aiot_test_str(text);
}

int aiot_test_code(struct aiot_test *x, const char *name)
{
	const struct aiot_outcome *o = error_of(x, name);

	return o ? o->code : 0;
}

void *aiot_test_self(struct aiot_test *x, const char *name)
{
	return aiot_task_self(aiot_task_of(find(x, name)));
}

const char *aiot_test_stat(struct aiot_test *x, const char *name, const char *key)
{
	struct aiot_entry *e = find(x, name);
	const char *self = aiot_task_self(aiot_task_of(e));
	struct aiot_out *object = aiot_test_text(x);
	const struct aiot_stat *stat;
	struct aiot_json_out json;
	unsigned i;

	for (i = 0; (stat = aiot_stat_row(e->spec->service, e->spec->kind.stats, i)) != NULL; i++) {
		if (strcmp(stat->key, key) == 0)
			break;
	}
	if (stat == NULL)
		aiot_test_wrong("task '%s' has no stat '%s'", name, key);
	aiot_json_begin(&json, object);
	aiot_json_put_object(&json, NULL);
	aiot_value_json(stat->type, self + stat->off, &json, "v");
	aiot_json_put_end_object(&json);
	return only_value(x, object);
}

/* ---- the log ---- */

/* The next record of a task. */
static bool next_record(struct aiot_test *x, struct aiot_ring_cursor *at,
			struct aiot_ring_record *ret)
{
	const char *own = x->host->name;

	while (aiot_ring_next(x->host->core.ring, at, ret, NULL)) {
		if (ret->name_len != strlen(own) || memcmp(ret->name, own, ret->name_len) != 0)
			return true;
	}
	return false;
}

static const char *level_name(uint8_t level)
{
	return level == AIOT_ERROR  ? "ERROR"
	       : level == AIOT_WARN ? "WARN"
	       : level == AIOT_INFO ? "INFO"
				    : "DEBUG";
}

const char *aiot_test_log(struct aiot_test *x)
{
	struct aiot_ring_cursor at = x->log;
	struct aiot_out *text = aiot_test_text(x);
	struct aiot_ring_record r;

	while (next_record(x, &at, &r))
		aiot_format(text, "[%s] [%.*s] %.*s\n", level_name(r.level), (int)r.name_len,
			    r.name, (int)r.text_len, r.text);
	return aiot_test_str(text);
}

unsigned aiot_test_logged(struct aiot_test *x, enum aiot_level level, const char *text)
{
	struct aiot_ring_cursor at = x->log;
	struct aiot_ring_record r;
	unsigned count = 0;

	while (next_record(x, &at, &r)) {
		count += r.level == level && memmem(r.text, r.text_len, text, strlen(text)) != NULL;
	}
	return count;
}

void aiot_test_forget_log(struct aiot_test *x)
{
	aiot_ring_newest(x->host->core.ring, &x->log);
}
