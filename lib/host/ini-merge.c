/*
 * ini-merge.c - a drop-in laid over an INI document.
 *
 * Called by unit-read.c for each drop-in, in the order in which they count.  What is moved keeps
 * its file and line, so that a complaint names the one that is to be mended.
 */
#include <string.h>

#include "aiotools.h"
#include "ini-private.h"
#include "mem.h"

static struct aiot_ini_entry *find(struct aiot_ini *doc, const struct aiot_ini_entry *like)
{
	for (size_t i = 0; i < doc->entry_count; i++) {
		if (aiot_ini_key_eq(doc->entries[i].section, like->section) &&
		    aiot_ini_key_eq(doc->entries[i].key, like->key))
			return &doc->entries[i];
	}
	return NULL;
}

static void drop_entry(struct aiot_ini *doc, struct aiot_ini_entry *e)
{
	size_t behind = doc->entry_count - (size_t)(e - doc->entries) - 1;

	doc->value_bytes -= e->value_len;
	aiot_mem_free(e->key);
	aiot_mem_free(e->value);
	memmove(e, e + 1, behind * sizeof(*e));
	doc->entry_count--;
}

/* The value and where it stands; the old one goes with `from`. */
static void take_value(struct aiot_ini *doc, struct aiot_ini_entry *e, struct aiot_ini_entry *from)
{
	char *value = e->value;
	size_t len = e->value_len;

	doc->value_bytes += from->value_len - len;
	e->value = from->value;
	e->value_len = from->value_len;
	e->file = from->file;
	e->line = from->line;
	from->value = value;
	from->value_len = len;
}

static int add_entry(struct aiot_ini *doc, const char *section, struct aiot_ini_entry *from)
{
	int rc = ini_add_entry(doc, section, from->key, from->line);

	if (rc == 0)
		take_value(doc, &doc->entries[doc->entry_count - 1], from);
	return rc;
}

/* All sections of it, so that unknown ones are told; *ret_section is `e`'s. */
static int merge_entry(struct aiot_ini *doc, struct aiot_ini_entry *from)
{
	struct aiot_ini_entry *e = find(doc, from);
	const char *section;
	int rc = 0;

	if (from->value_len == 0) {
		if (e)
			drop_entry(doc, e);
		return 0;
	}
	if (e) {
		take_value(doc, e, from);
		return 0;
	}
	section = ini_add_section(doc, from->section, strlen(from->section), from->line, &rc);
	return section ? add_entry(doc, section, from) : rc;
}

static int merge_sections(struct aiot_ini *doc, const struct aiot_ini *drop_in)
{
	for (size_t i = 0; i < drop_in->section_count; i++) {
		const struct aiot_ini_section *s = &drop_in->sections[i];
		size_t before = doc->section_count;
		int rc = 0;

		if (!ini_add_section(doc, s->name, strlen(s->name), s->line, &rc))
			return rc;
		if (doc->section_count > before)
			doc->sections[before].file = s->file;
	}
	return 0;
}

static void move_errors(struct aiot_ini *doc, struct aiot_ini *drop_in)
{
	struct aiot_ini_errors *to = &doc->errors, *from = &drop_in->errors;
	size_t moved = 0;

	while (moved < from->count && to->count < AIOT_INI_ERRORS_MAX)
		to->text[to->count++] = from->text[moved++];
	to->lost += from->lost + from->count - moved;
	memmove(from->text, from->text + moved, (from->count - moved) * sizeof(from->text[0]));
	from->count -= moved;
}

/* The label lives as long as what was taken from that file. */
static int move_label(struct aiot_ini *doc, struct aiot_ini *drop_in)
{
	size_t bytes = (doc->other_count + 1) * sizeof(*doc->others);
	char **others = aiot_mem_realloc(doc->others, bytes);

	if (!others)
		return -AIOT_ENOMEM;
	doc->others = others;
	others[doc->other_count++] = drop_in->label;
	drop_in->label = NULL;
	return 0;
}

int aiot_ini_merge(struct aiot_ini *doc, struct aiot_ini *drop_in)
{
	int rc = move_label(doc, drop_in);

	if (rc == 0)
		move_errors(doc, drop_in);
	if (rc == 0)
		rc = merge_sections(doc, drop_in);
	for (size_t i = 0; rc == 0 && i < drop_in->entry_count; i++)
		rc = merge_entry(doc, &drop_in->entries[i]);
	aiot_ini_finish(drop_in);
	if (rc != -AIOT_EOVERFLOW)
		return rc;
	rc = aiot_ini_complain(&doc->errors, doc->label, 0, "over %d keys with its drop-ins",
			       AIOT_INI_ENTRIES_MAX);
	return rc < 0 ? rc : -AIOT_EINVAL;
}
