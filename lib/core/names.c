/*
 * names.c - the entries of a core by name.
 *
 * Called by whoever makes tasks, and by commands that name them.
 */
#include <string.h>

#include "core.h"
#include "marks.h"
#include "port.h"

/* What a name that is taken means; AIOT_RENAME is the caller's. */
static int taken(enum aiot_collision collision)
{
	return collision == AIOT_IGNORE ? -AIOT_EALREADY : -AIOT_EEXIST;
}

#if AIOT_BOARD
/* The name is the spec's; there is no room for another one, so nothing is renamed. */
static int take_name(struct aiot_core *core, struct aiot_entry *entry, const char *name,
		     size_t name_at, enum aiot_collision collision)
{
	(void)entry;
	(void)name_at;
	return aiot_core_find(core, name) != NULL ? taken(collision) : 0;
}

void aiot_entry_unname(struct aiot_entry *entry)
{
	(void)entry;
}
#else
/* The first free NAME_n, n counted by the owner so that no number comes twice, else from 1. */
static int numbered(struct aiot_core *core, char *name, size_t len)
{
	uint32_t n = 0;

	do {
		struct aiot_out out;

		n = core->ops->next_number ? core->ops->next_number(core->ctx, name, len) : n + 1;
		if (n == 0)
			return -AIOT_ENOMEM;
		aiot_out_init(&out, name + len, AIOT_NAME_MAX + 1 - len);
		aiot_out_char(&out, '_');
		aiot_out_u64(&out, n);
		(void)aiot_out_str(&out);
		if (out.error < 0) {
			name[len] = '\0';
			return -AIOT_ENAMETOOLONG;
		}
	} while (aiot_core_find(core, name) != NULL);
	return 0;
}

/* Copied into the entry, or behind it. */
static void keep_name(struct aiot_core *core, struct aiot_entry *entry, const char *name,
		      size_t name_at)
{
	size_t len = strlen(name);

	if (len < AIOT_NAME_SHORT)
		name_at = offsetof(struct aiot_entry, short_name);
	memcpy((char *)entry + name_at, name, len + 1);
	entry->name_len = (uint8_t)len;
	entry->node.key_off =
		(int16_t)((ptrdiff_t)name_at - (ptrdiff_t)offsetof(struct aiot_entry, node));
	entry->node.tag = ++core->next_id;
	entry->spec->users++;
}

static int take_name(struct aiot_core *core, struct aiot_entry *entry, const char *name,
		     size_t name_at, enum aiot_collision collision)
{
	char final[AIOT_NAME_MAX + 1];
	size_t len = strlen(name);
	int r;

	memcpy(final, name, len + 1);
	if (aiot_core_find(core, name) != NULL) {
		if (collision != AIOT_RENAME)
			return taken(collision);
		r = numbered(core, final, len);
		if (r < 0)
			return r;
	}
	keep_name(core, entry, final, name_at);
	return 0;
}

void aiot_entry_unname(struct aiot_entry *entry)
{
	AIOT_ASSERT(entry->spec->users > 0);
	entry->spec->users--;
}
#endif

int aiot_core_add(struct aiot_core *core, struct aiot_entry *entry, const char *name,
		  size_t name_at, enum aiot_collision collision)
{
	int r;

	if (!aiot_name_valid_entry(name, strlen(name)))
		return -AIOT_EINVAL;
	r = take_name(core, entry, name, name_at, collision);
	if (r < 0)
		return r;
	r = aiot_index_insert(&core->names, entry);
	if (r < 0)
		return r;
	entry->state = entry->last = AIOT_STOPPED;
	aiot_core_touch(core);
	aiot_mark_since(entry, core->now_ns);
	return 0;
}

struct aiot_entry *aiot_core_find(const struct aiot_core *core, const char *name)
{
	return aiot_index_find(&core->names, name);
}

struct aiot_entry *aiot_entry_named(const struct aiot_core *core, const char *name)
{
	struct aiot_entry *e = aiot_core_find(core, name);
	char longer[AIOT_NAME_MAX + sizeof(".service")];

	if (e != NULL || strlen(name) > AIOT_NAME_MAX)
		return e;
	(void)aiot_format_to(longer, sizeof(longer), "%s.service", name);
	return aiot_core_find(core, longer);
}

#if AIOT_BOARD
struct aiot_entry *aiot_core_match(const struct aiot_core *core, const char *pattern,
				   const char *after)
{
	struct aiot_entry *e = aiot_index_from(&core->names, after, after[0] != '\0');

	while (e != NULL && !aiot_name_match(pattern, strlen(pattern), aiot_entry_name(e),
					     aiot_entry_name_len(e)))
		e = aiot_index_from(&core->names, aiot_entry_name(e), true);
	return e;
}
#else
/* A pattern's plain beginning bounds the walk: only names between it and its end are looked at. */
static size_t plain_prefix(const char *pattern, char prefix[AIOT_NAME_MAX + 1])
{
	size_t len = 0;

	while (len < AIOT_NAME_MAX && pattern[len] && pattern[len] != '*' && pattern[len] != '?') {
		prefix[len] = pattern[len];
		len++;
	}
	prefix[len] = '\0';
	return len;
}

struct aiot_entry *aiot_core_match(const struct aiot_core *core, const char *pattern,
				   const char *after)
{
	char prefix[AIOT_NAME_MAX + 1];
	size_t pattern_len = strlen(pattern), len = plain_prefix(pattern, prefix);
	bool any = strcmp(pattern + len, "*") == 0; /* what comes behind that */
	struct aiot_entry *e;

	if (strcmp(after, prefix) < 0)
		e = aiot_index_from(&core->names, prefix, false);
	else
		e = aiot_index_from(&core->names, after, after[0] != '\0');
	for (; e != NULL; e = aiot_index_from(&core->names, aiot_entry_name(e), true)) {
		if (strncmp(aiot_entry_name(e), prefix, len) != 0)
			return NULL;
		if (any || aiot_name_match(pattern, pattern_len, aiot_entry_name(e),
					   aiot_entry_name_len(e)))
			return e;
	}
	return NULL;
}
#endif
