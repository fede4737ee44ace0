/*
 * An INI document: its sections, entries and errors, and the questions asked of it.
 *
 * Filled by ini-read.c, one line after the other; asked by keys.c and by whoever loads services and
 * the daemon's own file.  Never reads a file itself and never changes a document once it is read.
 */
#include "inifile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "aiotools.h"
#include "ini-private.h"
#include "mem.h"
#include "service.h"

#define FEW 4 /* entries or sections, as most files have: there may be thousands of files */

bool aiot_ini_key_eq(const char *a, const char *b)
{
	return aiot_key_equal(a, b);
}

/* ---- errors ---- */

static int format_error(char **ret_text, const char *label, unsigned line, const char *fmt,
			va_list ap) __attribute__((format(printf, 4, 0)));

static int format_error(char **ret_text, const char *label, unsigned line, const char *fmt,
			va_list ap)
{
	char where[16] = "";
	va_list again;
	char *text;
	int head, body;

	if (line)
		(void)snprintf(where, sizeof(where), ":%u", line);
	va_copy(again, ap);
	head = snprintf(NULL, 0, "%s%s: ", label, where);
	body = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = head < 0 || body < 0 ? NULL : aiot_mem_alloc((size_t)head + (size_t)body + 1);
	if (!text)
		return -AIOT_ENOMEM;
	(void)snprintf(text, (size_t)head + 1, "%s%s: ", label, where);
	(void)vsnprintf(text + head, (size_t)body + 1, fmt, ap);
	*ret_text = text;
	return 0;
}

int aiot_ini_complain(struct aiot_ini_errors *errors, const char *label, unsigned line,
		      const char *fmt, ...)
{
	va_list ap;
	int rc = 0;

	if (errors->count == AIOT_INI_ERRORS_MAX) {
		errors->lost++;
		return 0;
	}
	va_start(ap, fmt);
	rc = format_error(&errors->text[errors->count], label, line, fmt, ap);
	va_end(ap);
	if (rc < 0)
		errors->lost++;
	else
		errors->count++;
	return rc;
}

void aiot_ini_errors_finish(struct aiot_ini_errors *errors)
{
	if (!errors)
		return;
	for (size_t i = 0; i < errors->count; i++)
		aiot_mem_free(errors->text[i]);
	memset(errors, 0, sizeof(*errors));
}

/* ---- filling ---- */

static char *copy_text(const char *text, size_t len)
{
	char *copy = aiot_mem_alloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* Room for one more element of an array that grows from FEW by doubling; NULL without memory. */
static void *make_room(void *array, size_t count, size_t size)
{
	if (count > 0 && (count < FEW || (count & (count - 1)) != 0))
		return array;
	return aiot_mem_realloc(array, (count > 0 ? 2 * count : FEW) * size);
}

const char *ini_add_section(struct aiot_ini *doc, const char *name, size_t len, unsigned line,
			    int *ret_code)
{
	struct aiot_ini_section *sections;
	char *copy = copy_text(name, len);

	for (size_t i = 0; copy && i < doc->section_count; i++) {
		if (aiot_ini_key_eq(doc->sections[i].name, copy)) {
			aiot_mem_free(copy);
			return doc->sections[i].name;
		}
	}
	if (copy && doc->section_count == AIOT_INI_SECTIONS_MAX) {
		aiot_mem_free(copy);
		*ret_code = -AIOT_EOVERFLOW;
		return NULL;
	}
	sections = copy ? make_room(doc->sections, doc->section_count, sizeof(*sections)) : NULL;
	if (!sections) {
		aiot_mem_free(copy);
		*ret_code = -AIOT_ENOMEM;
		return NULL;
	}
	doc->sections = sections;
	sections[doc->section_count++] =
		(struct aiot_ini_section){.name = copy, .file = doc->label, .line = line};
	return copy;
}

int ini_add_entry(struct aiot_ini *doc, const char *section, const char *key, unsigned line)
{
	struct aiot_ini_entry *entries;
	struct aiot_ini_entry entry = {.section = section, .file = doc->label, .line = line};

	if (doc->entry_count == AIOT_INI_ENTRIES_MAX)
		return -AIOT_EOVERFLOW;
	entry.key = copy_text(key, strlen(key));
	entry.value = copy_text("", 0);
	entries = make_room(doc->entries, doc->entry_count, sizeof(*entries));
	if (entries)
		doc->entries = entries;
	if (!entry.key || !entry.value || !entries) {
		aiot_mem_free(entry.key);
		aiot_mem_free(entry.value);
		return -AIOT_ENOMEM;
	}
	entries[doc->entry_count++] = entry;
	return 0;
}

int ini_add_value(struct aiot_ini *doc, const char *bytes, size_t len)
{
	struct aiot_ini_entry *entry = &doc->entries[doc->entry_count - 1];
	char *value;

	if (len > AIOT_INI_TOTAL_MAX - doc->value_bytes)
		return -AIOT_EOVERFLOW;
	value = aiot_mem_realloc(entry->value, entry->value_len + len + 1);
	if (!value)
		return -AIOT_ENOMEM;
	memcpy(value + entry->value_len, bytes, len);
	entry->value = value;
	entry->value_len += len;
	value[entry->value_len] = '\0';
	doc->value_bytes += len;
	return 0;
}

void aiot_ini_finish(struct aiot_ini *doc)
{
	if (!doc)
		return;
	for (size_t i = 0; i < doc->entry_count; i++) {
		aiot_mem_free(doc->entries[i].key);
		aiot_mem_free(doc->entries[i].value);
	}
	for (size_t i = 0; i < doc->section_count; i++)
		aiot_mem_free(doc->sections[i].name);
	aiot_mem_free(doc->entries);
	for (size_t i = 0; i < doc->other_count; i++)
		aiot_mem_free(doc->others[i]);
	aiot_mem_free(doc->others);
	aiot_mem_free(doc->sections);
	aiot_mem_free(doc->label);
	aiot_ini_errors_finish(&doc->errors);
	memset(doc, 0, sizeof(*doc));
}

/* ---- asking ---- */

const struct aiot_ini_entry *aiot_ini_find(const struct aiot_ini *doc, const char *section,
					   const char *key)
{
	for (size_t i = 0; i < doc->entry_count; i++) {
		if (aiot_ini_key_eq(doc->entries[i].section, section) &&
		    aiot_ini_key_eq(doc->entries[i].key, key))
			return &doc->entries[i];
	}
	return NULL;
}

const char *aiot_ini_get(const struct aiot_ini *doc, const char *section, const char *key)
{
	const struct aiot_ini_entry *entry = aiot_ini_find(doc, section, key);

	return entry ? entry->value : NULL;
}

const struct aiot_ini_entry *aiot_ini_at(const struct aiot_ini *doc, size_t index)
{
	return index < doc->entry_count ? &doc->entries[index] : NULL;
}
