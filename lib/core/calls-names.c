/*
 * calls-names.c - the walk over the tasks that a call names, and what is said of a name that is no
 * task's.
 *
 * Called by the handlers of the core's commands, and for services by those of the host's.  A walk
 * keeps its place in the call, so tasks may come and go between two pages.  Never changes a task.
 */
#include <string.h>

#include "calls.h"
#include "command-private.h"

#define SUFFIX ".service"
#define SUFFIX_LEN (sizeof(SUFFIX) - 1)
#define OTHERS_MAX 256 /* names that are compared with each other */
#define NEAR_NAMES 8
#define NEAR_MAX 4096 /* tasks that a slip of the pen is compared with */

/* ---- what a name means ---- */

bool aiot_name_meant(const char *pattern, const char *name, size_t name_len)
{
	size_t len = strlen(pattern);

	if (aiot_name_match(pattern, len, name, name_len))
		return true;
	return name_len > SUFFIX_LEN &&
	       memcmp(name + name_len - SUFFIX_LEN, SUFFIX, SUFFIX_LEN) == 0 &&
	       aiot_name_match(pattern, len, name, name_len - SUFFIX_LEN);
}

/* The next task behind `after` that a pattern means, by its name or without the ".service". */
static struct aiot_entry *next_match(const struct aiot_core *core, const char *pattern,
				     const char *after)
{
	struct aiot_entry *e = aiot_core_match(core, pattern, after), *other;
	size_t len = strlen(pattern);
	char longer[AIOT_NAME_MAX + 1];

	/* What ends with * has met those already. */
	if (pattern[len - 1] == '*' || len + SUFFIX_LEN > AIOT_NAME_MAX)
		return e;
	memcpy(longer, pattern, len);
	memcpy(longer + len, SUFFIX, SUFFIX_LEN + 1);
	other = aiot_core_match(core, longer, after);
	if (e == NULL || other == NULL)
		return e ? e : other;
	return strcmp(aiot_entry_name(e), aiot_entry_name(other)) < 0 ? e : other;
}

void aiot_names_begin(struct aiot_names *names, struct aiot_call *call)
{
	memset(names, 0, sizeof(*names));
	names->call = call;
	names->given = aiot_json_get(call->params, "names");
	names->all = aiot_json_count(names->given) == 0;
}

void aiot_names_rewind(struct aiot_names *names)
{
	names->call->at.count = 0;
	names->call->at.name[0] = '\0';
}

/* Its beginning, and a blank, which no task has in its name. */
static void too_long(struct aiot_json name, char text[AIOT_NAME_MAX + 1])
{
	struct aiot_out out;

	aiot_out_init(&out, text, AIOT_NAME_MAX - 4);
	(void)aiot_json_str_out(name, &out);
	memcpy(text + out.len, " ...", 5);
}

bool aiot_names_nth(struct aiot_names *names, uint32_t n, char text[AIOT_NAME_MAX + 1])
{
	if (names->all) {
		memcpy(text, "*", 2);
		return n == 0;
	}
	if (n + 1 < names->taken) {
		names->it.at = NULL;
		names->taken = 0;
	}
	while (names->taken <= n) {
		if (!aiot_json_next(names->given, &names->it, NULL, &names->value))
			return false;
		names->taken++;
	}
	if (aiot_json_str(names->value, text, AIOT_NAME_MAX + 1) < 0)
		too_long(names->value, text);
	return true;
}

/*
 * Whether a task has its turn with another name than number n: with one before it or, for what only
 * a pattern found, with a plain one behind it.  e NULL: whether a missing name was said before.  Of
 * very many names only the first are looked at, or it would take long.
 */
static bool has_other_turn(struct aiot_names *names, uint32_t n, bool plain, const char *missing,
			   const struct aiot_entry *e)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json value;
	char text[AIOT_NAME_MAX + 1];

	for (uint32_t i = 0; i < OTHERS_MAX && aiot_json_next(names->given, &it, NULL, &value);
	     i++) {
		bool pattern;

		names->call->work += i % 8 == 7; /* one costs less than a task or a record */
		if (i == n || aiot_json_str(value, text, sizeof(text)) < 0)
			continue;
		pattern = aiot_name_is_pattern(text, strlen(text));
		if (plain ? pattern || i > n : pattern && i > n)
			continue;
		if (e == NULL ? strcmp(text, missing) == 0
		    : pattern ? aiot_name_meant(text, aiot_entry_name(e), aiot_entry_name_len(e))
			      : aiot_entry_named(names->call->core, text) == e)
			return true;
	}
	return false;
}

static enum aiot_names_result next_plain(struct aiot_names *names, const char *text,
					 struct aiot_entry **ret)
{
	struct aiot_entry *e = aiot_entry_named(names->call->core, text);
	uint32_t n = names->call->at.count++;

	names->plain = true;
	if (has_other_turn(names, n, true, text, e))
		return AIOT_NAMES_AGAIN;
	if (e == NULL) {
		memcpy(names->missing, text, strlen(text) + 1);
		return AIOT_NAMES_MISSING;
	}
	*ret = e;
	return AIOT_NAMES_TASK;
}

enum aiot_names_result aiot_names_next(struct aiot_names *names, struct aiot_entry **ret)
{
	struct aiot_call *call = names->call;
	char text[AIOT_NAME_MAX + 1];

	while (aiot_names_nth(names, call->at.count, text)) {
		bool first = call->at.name[0] == '\0';
		struct aiot_entry *e;

		call->work++;
		if (!aiot_name_is_pattern(text, strlen(text)))
			return next_plain(names, text, ret);
		names->plain = false;
		e = next_match(call->core, text, call->at.name);
		if (e != NULL) {
			memcpy(call->at.name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
			if (names->all ? e->flags & AIOT_ENTRY_HIDDEN
				       : has_other_turn(names, call->at.count, false, NULL, e))
				return AIOT_NAMES_AGAIN;
			*ret = e;
			return AIOT_NAMES_TASK;
		}
		call->at.count++;
		call->at.name[0] = '\0';
		memcpy(names->missing, text, strlen(text) + 1);
		if (first && !names->all)
			return AIOT_NAMES_NOTHING;
	}
	return AIOT_NAMES_END;
}

/* ---- a name that is no task's ---- */

/* The task that the name is a slip of the pen for; NULL: none is near, or there are too many. */
static struct aiot_entry *near_task(const struct aiot_core *core, const char *name)
{
	struct aiot_entry *e, *best = NULL;
	char at[AIOT_NAME_MAX + 1] = "", shorter[AIOT_NAME_MAX + 1];
	struct aiot_near near;
	uint32_t seen = 0;

	aiot_near_begin(&near, name);
	while (seen++ < NEAR_MAX && (e = aiot_core_match(core, "*", at)) != NULL) {
		unsigned before = near.distance;

		memcpy(at, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		memcpy(shorter, at, aiot_entry_name_len(e) + 1u);
		if (aiot_entry_name_len(e) > SUFFIX_LEN &&
		    strcmp(at + aiot_entry_name_len(e) - SUFFIX_LEN, SUFFIX) == 0)
			shorter[aiot_entry_name_len(e) - SUFFIX_LEN] = '\0';
		if (e->flags & AIOT_ENTRY_HIDDEN)
			continue;
		aiot_near_offer(&near, aiot_entry_name(e));
		aiot_near_offer(&near, shorter);
		if (near.distance < before)
			best = e;
	}
	return best;
}

void aiot_missing_task(const struct aiot_call *call, const char *name, struct aiot_out *out)
{
	const struct aiot_core *core = call->core;
	const struct aiot_core_ops *ops = core->ops;
	const struct aiot_entry *near;

	if (ops->why_missing != NULL && ops->why_missing(core->ctx, name, out))
		return;
	/* Of many names, only the first are worth the search. */
	near = call->at.count <= NEAR_NAMES ? near_task(core, name) : NULL;
	aiot_format(out, "no such task: '%s'", name);
	if (near != NULL)
		aiot_format(out, ", did you mean '%s'?", aiot_entry_name(near));
	else
		aiot_out_text(out, "; " AIOT_CTL "list --all shows all");
}

enum aiot_call_result aiot_call_no_such_task(struct aiot_call *call, const char *name)
{
	char text[AIOT_MISSING_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_missing_task(call, name, &out);
	return aiot_call_error_at(call, AIOT_ERR_NO_SUCH_TASK, "name", name, "%s",
				  aiot_out_str(&out));
}
