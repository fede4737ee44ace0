/*
 * overlay.c - see overlay.h: services.json in memory, read from text and made text.
 *
 * Called by overlay-file.c and by the handlers of commands that change it.  Touches no file.
 */
#include "overlay.h"

#include <string.h>

#include "aiotools.h"
#include "json.h"
#include "mem.h"
#include "service.h"

/* ---- entries ---- */

static struct aiot_overlay_entry *of_node(struct aiot_trie_node *node)
{
	return (struct aiot_overlay_entry *)node; /* first member */
}

const struct aiot_overlay_entry *aiot_overlay_find(const struct aiot_overlay *overlay,
						   const char *name)
{
	struct aiot_trie_node *node = aiot_trie_find(&overlay->entries, name);

	return node ? of_node(node) : NULL;
}

const struct aiot_overlay_entry *aiot_overlay_next(const struct aiot_overlay *overlay,
						   const struct aiot_overlay_entry *after)
{
	struct aiot_trie_node *node =
		aiot_trie_from(&overlay->entries, after ? after->name : "", after != NULL);

	return node ? of_node(node) : NULL;
}

static void free_args(struct aiot_overlay_entry *entry)
{
	uint32_t i;

	for (i = 0; i < entry->arg_count; i++) {
		aiot_mem_free(entry->args[i].key);
		aiot_mem_free(entry->args[i].value);
	}
	aiot_mem_free(entry->args);
}

void aiot_overlay_entry_free(struct aiot_overlay_entry *entry)
{
	if (entry == NULL)
		return;
	free_args(entry);
	aiot_mem_free(entry);
}

void aiot_overlay_finish(struct aiot_overlay *overlay)
{
	struct aiot_trie_node *node;

	while ((node = aiot_trie_from(&overlay->entries, "", false)) != NULL) {
		aiot_trie_remove(&overlay->entries, node);
		aiot_overlay_entry_free(of_node(node));
	}
	overlay->print = 0;
	overlay->unread = false;
}

static struct aiot_overlay_entry *make_entry(const char *name)
{
	struct aiot_overlay_entry *entry = aiot_mem_zalloc(sizeof(*entry));

	if (entry == NULL)
		return NULL;
	(void)aiot_format_to(entry->name, sizeof(entry->name), "%s", name);
	entry->node.key_off = offsetof(struct aiot_overlay_entry, name);
	return entry;
}

struct aiot_overlay_entry *aiot_overlay_copy(const struct aiot_overlay *overlay, const char *name)
{
	const struct aiot_overlay_entry *from = aiot_overlay_find(overlay, name);
	struct aiot_overlay_entry *entry = make_entry(name);
	uint32_t i;

	if (entry == NULL || from == NULL)
		return entry;
	entry->enabled = from->enabled;
	entry->masked = from->masked;
	for (i = 0; i < from->arg_count; i++) {
		if (aiot_overlay_set_arg(entry, from->args[i].key, from->args[i].value) < 0) {
			aiot_overlay_entry_free(entry);
			return NULL;
		}
	}
	return entry;
}

static struct aiot_overlay_arg *find_arg(const struct aiot_overlay_entry *entry, const char *key)
{
	uint32_t i;

	for (i = 0; i < entry->arg_count; i++) {
		if (aiot_key_equal(entry->args[i].key, key))
			return &entry->args[i];
	}
	return NULL;
}

static void drop_arg(struct aiot_overlay_entry *entry, struct aiot_overlay_arg *arg)
{
	if (arg == NULL)
		return;
	aiot_mem_free(arg->key);
	aiot_mem_free(arg->value);
	*arg = entry->args[--entry->arg_count];
}

static int add_arg(struct aiot_overlay_entry *entry, const char *key, char *value)
{
	size_t bytes = (entry->arg_count + 1) * sizeof(*entry->args);
	struct aiot_overlay_arg *args = aiot_mem_realloc(entry->args, bytes);
	char *copy = aiot_mem_strdup(key);

	if (args != NULL)
		entry->args = args;
	if (args == NULL || copy == NULL) {
		aiot_mem_free(copy);
		aiot_mem_free(value);
		return -AIOT_ENOMEM;
	}
	args[entry->arg_count++] = (struct aiot_overlay_arg){copy, value};
	return 0;
}

int aiot_overlay_set_arg(struct aiot_overlay_entry *entry, const char *key, const char *value)
{
	struct aiot_overlay_arg *arg = find_arg(entry, key);
	char *copy;

	if (value == NULL) {
		drop_arg(entry, arg);
		return 0;
	}
	copy = aiot_mem_strdup(value);
	if (copy == NULL)
		return -AIOT_ENOMEM;
	if (arg == NULL)
		return add_arg(entry, key, copy);
	aiot_mem_free(arg->value);
	arg->value = copy;
	return 0;
}

static bool says_nothing(const struct aiot_overlay_entry *entry)
{
	return entry->enabled == AIOT_OVERLAY_UNSAID && !entry->masked && entry->arg_count == 0;
}

bool aiot_overlay_says(const struct aiot_overlay *overlay, const struct aiot_overlay_entry *entry)
{
	const struct aiot_overlay_entry *here = aiot_overlay_find(overlay, entry->name);
	uint32_t i;

	if (here == NULL)
		return says_nothing(entry);
	if (here->enabled != entry->enabled || here->masked != entry->masked ||
	    here->arg_count != entry->arg_count)
		return false;
	for (i = 0; i < entry->arg_count; i++) {
		const struct aiot_overlay_arg *arg = find_arg(here, entry->args[i].key);

		if (arg == NULL || strcmp(arg->value, entry->args[i].value) != 0)
			return false;
	}
	return true;
}

static void drop(struct aiot_overlay *overlay, const char *name)
{
	struct aiot_trie_node *old = aiot_trie_find(&overlay->entries, name);

	if (old == NULL)
		return;
	aiot_trie_remove(&overlay->entries, old);
	aiot_overlay_entry_free(of_node(old));
}

void aiot_overlay_put(struct aiot_overlay *overlay, struct aiot_overlay_entry *entry)
{
	drop(overlay, entry->name);
	(void)aiot_trie_insert(&overlay->entries, &entry->node);
}

struct aiot_overlay_entry *aiot_overlay_out(struct aiot_overlay *overlay, const char *name)
{
	struct aiot_trie_node *node = aiot_trie_find(&overlay->entries, name);

	aiot_trie_remove(&overlay->entries, node);
	return of_node(node);
}

void aiot_overlay_take(struct aiot_overlay *overlay, struct aiot_overlay *changes)
{
	struct aiot_trie_node *node;

	while ((node = aiot_trie_from(&changes->entries, "", false)) != NULL) {
		struct aiot_overlay_entry *entry = of_node(node);

		aiot_trie_remove(&changes->entries, node);
		drop(overlay, entry->name);
		if (says_nothing(entry))
			aiot_overlay_entry_free(entry);
		else
			aiot_overlay_put(overlay, entry);
	}
}

/* ---- as text ---- */

void aiot_overlay_entry_format(const struct aiot_overlay_entry *entry, struct aiot_out *out)
{
	struct aiot_json_out json;
	uint32_t i;

	aiot_json_begin(&json, out);
	aiot_json_put_object(&json, NULL);
	if (entry->enabled != AIOT_OVERLAY_UNSAID)
		aiot_json_put_bool(&json, "enabled", entry->enabled == AIOT_OVERLAY_YES);
	if (entry->masked)
		aiot_json_put_bool(&json, "masked", true);
	if (entry->arg_count > 0) {
		aiot_json_put_object(&json, "args");
		for (i = 0; i < entry->arg_count; i++)
			aiot_json_put_str(&json, entry->args[i].key, entry->args[i].value);
		aiot_json_put_end_object(&json);
	}
	aiot_json_put_end_object(&json);
}

/* A service a line, for people who look. */
static void format_line(const struct aiot_overlay_entry *entry, struct aiot_out *out)
{
	if (says_nothing(entry))
		return;
	aiot_format(out, "%s\"%s\":", out->len > 1 ? ",\n" : "\n", entry->name);
	aiot_overlay_entry_format(entry, out);
}

void aiot_overlay_format(const struct aiot_overlay *overlay, const struct aiot_overlay *changes,
			 struct aiot_out *out)
{
	const struct aiot_overlay_entry *e = NULL;

	aiot_out_char(out, '{');
	while ((e = aiot_overlay_next(overlay, e)) != NULL) {
		if (aiot_overlay_find(changes, e->name) == NULL)
			format_line(e, out);
	}
	while ((e = aiot_overlay_next(changes, e)) != NULL)
		format_line(e, out);
	aiot_out_text(out, "\n}\n");
}

/* ---- from text ---- */

static int damaged(struct aiot_out *why, const char *name, const char *what)
{
	if (name[0] != '\0')
		aiot_format(why, "'%s': ", name);
	aiot_out_text(why, what);
	return -AIOT_EINVAL;
}

/* A string of any length as a C string that the caller frees.  -AIOT_EINVAL: it has a NUL. */
static int read_string(struct aiot_json value, char **ret)
{
	char *text = aiot_mem_alloc(value.len + 1);

	if (text == NULL)
		return -AIOT_ENOMEM;
	if (aiot_json_str(value, text, value.len + 1) < 0) {
		aiot_mem_free(text);
		return -AIOT_EINVAL;
	}
	*ret = text;
	return 0;
}

static int parse_args(struct aiot_overlay_entry *entry, struct aiot_json args, struct aiot_out *why)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	int r = 0;

	if (aiot_json_type(args) != AIOT_JSON_OBJECT)
		return damaged(why, entry->name, "\"args\" is no object");
	while (r == 0 && aiot_json_next(args, &it, &key, &value)) {
		char *name = NULL, *text = NULL;

		if (aiot_json_type(value) != AIOT_JSON_STRING)
			return damaged(why, entry->name, "an argument's value is no string");
		r = read_string(key, &name);
		if (r == 0)
			r = read_string(value, &text);
		if (r == 0)
			r = aiot_overlay_set_arg(entry, name, text);
		aiot_mem_free(name);
		aiot_mem_free(text);
	}
	return r == -AIOT_EINVAL ? damaged(why, entry->name, "there is a NUL in an argument") : r;
}

static int parse_member(struct aiot_overlay_entry *entry, struct aiot_json key,
			struct aiot_json value, struct aiot_out *why)
{
	bool truth = aiot_json_bool(value, false);

	if (aiot_json_str_is(key, "args"))
		return parse_args(entry, value, why);
	if (!aiot_json_str_is(key, "enabled") && !aiot_json_str_is(key, "masked"))
		return 0; /* a newer version's: who went back to this one is not to lose the rest */
	if (aiot_json_type(value) != AIOT_JSON_BOOL)
		return damaged(why, entry->name,
			       "\"enabled\" or \"masked\" is neither true nor false");
	if (aiot_json_str_is(key, "masked"))
		entry->masked = truth;
	else
		entry->enabled = truth ? AIOT_OVERLAY_YES : AIOT_OVERLAY_NO;
	return 0;
}

static int parse_entry(struct aiot_overlay *overlay, const char *name, struct aiot_json value,
		       struct aiot_out *why)
{
	struct aiot_overlay_entry *entry;
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, member;
	int r = 0;

	if (aiot_json_type(value) != AIOT_JSON_OBJECT)
		return damaged(why, name, "it is no object");
	entry = make_entry(name);
	if (entry == NULL)
		return -AIOT_ENOMEM;
	while (r == 0 && aiot_json_next(value, &it, &key, &member))
		r = parse_member(entry, key, member, why);
	if (r < 0)
		aiot_overlay_entry_free(entry);
	else
		aiot_overlay_put(overlay, entry);
	return r;
}

static int parse_entries(struct aiot_json whole, struct aiot_overlay *overlay, struct aiot_out *why)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	int r = 0;

	if (aiot_json_type(whole) != AIOT_JSON_OBJECT)
		return damaged(why, "", "it is no JSON object");
	while (r == 0 && aiot_json_next(whole, &it, &key, &value)) {
		char name[AIOT_NAME_MAX + 1];

		if (aiot_json_str(key, name, sizeof(name)) < 0 ||
		    !aiot_name_valid(name, strlen(name)))
			return damaged(why, "", "it names what cannot be a service");
		r = parse_entry(overlay, name, value, why);
	}
	return r;
}

int aiot_overlay_parse(const char *text, size_t len, struct aiot_overlay *overlay,
		       struct aiot_out *why)
{
	struct aiot_json whole;
	size_t offset = 0;
	int r = aiot_json_parse(text, len, &whole, &offset);

	if (r < 0) {
		aiot_format(why, "it is not JSON from byte %zu on", offset + 1);
		return -AIOT_EINVAL;
	}
	r = parse_entries(whole, overlay, why);
	if (r < 0)
		aiot_overlay_finish(overlay);
	return r;
}
