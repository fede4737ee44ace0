/*
 * condition-word.c - conditions that services declare: "warm" of the own service, "sensor:warm" of
 * another one's main task.
 *
 * Called by condition.c.  Which service a word means is looked up each time, for services come and
 * go; what a condition says is its own affair.
 */
#include <string.h>

#include "condition.h"
#include "outcome.h"
#include "service.h"

/* The row that is called so.  A condition knows the struct of main tasks, and no other kind's. */
static const struct aiot_cond *row_of(const struct aiot_entry *e, const char *word, size_t len)
{
	const struct aiot_cond *row;
	unsigned i;

	if (aiot_spec_fn(e->spec) != e->spec->service->main)
		return NULL;
	for (i = 0; (row = aiot_cond_row(e->spec->service, i)) != NULL; i++) {
		if (strlen(row->name) == len && memcmp(row->name, word, len) == 0)
			return row;
	}
	return NULL;
}

/* Whose condition it is: the task in front of a colon, which is cut off, or the own one. */
static struct aiot_entry *asked_of(struct aiot_core *core, struct aiot_entry *own,
				   const char **word, size_t *len, char name[AIOT_NAME_MAX + 1])
{
	const char *colon = memchr(*word, ':', *len);
	size_t name_len;

	name[0] = '\0';
	if (colon == NULL)
		return own;
	name_len = (size_t)(colon - *word);
	if (name_len > AIOT_NAME_MAX)
		return NULL;
	memcpy(name, *word, name_len);
	name[name_len] = '\0';
	*len -= name_len + 1;
	*word = colon + 1;
	return aiot_entry_named(core, name);
}

int aiot_condition_find_word(struct aiot_core *core, const char *own, const char *word, size_t len)
{
	char name[AIOT_NAME_MAX + 1];
	struct aiot_entry *e =
		asked_of(core, own ? aiot_core_find(core, own) : NULL, &word, &len, name);

	if (e != NULL)
		return row_of(e, word, len) ? 0 : -AIOT_ENOENT;
	/* A service that is not loaded yet may have it. */
	if (name[0] != '\0' && core->ops->knows_task && core->ops->knows_task(core->ctx, name))
		return 0;
	return -AIOT_ENOENT;
}

int aiot_condition_ask_word(struct aiot_core *core, struct aiot_entry *own, const char *word,
			    const char *arg, struct aiot_out *why)
{
	size_t len = strlen(word);
	char name[AIOT_NAME_MAX + 1];
	struct aiot_entry *e = asked_of(core, own, &word, &len, name);
	struct aiot_outcome *outcome = NULL;
	const struct aiot_cond *row;
	int r;

	if (e == NULL) {
		aiot_format(why, "there is no task '%s'", name);
		return -AIOT_ENOENT;
	}
	row = row_of(e, word, len);
	if (row == NULL) {
		aiot_format(why, "'%s' declares no condition '%s'", aiot_entry_name(e), word);
		return -AIOT_ENOENT;
	}
	r = e->spec->place->ops->ask(e->spec->place, e, row, arg, &outcome);
	if (r < 0)
		aiot_format(why, "%s: %s", aiot_error_word(r),
			    outcome && outcome->type == AIOT_OUTCOME_ERROR ? outcome->text
									   : "it gave no reason");
	aiot_outcome_free(core, outcome);
	return r;
}
