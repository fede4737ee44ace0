/*
 * Any bytes as an INI file: nothing crashes, and what comes back keeps its promises: entries in the
 * order of their lines, each in a section of the document, no key twice, values terminated where
 * they say, errors exactly when the answer is an error.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "inifile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check_entry(const struct aiot_ini *doc, size_t index)
{
	const struct aiot_ini_entry *e = aiot_ini_at(doc, index);
	int known = 0;

	require(strlen(e->value) == e->value_len);
	require(*e->key && *e->section);
	require(aiot_ini_find(doc, e->section, e->key) == e);
	require(index == 0 || aiot_ini_at(doc, index - 1)->line < e->line);
	for (size_t i = 0; i < doc->section_count; i++)
		known |= doc->sections[i].name == e->section;
	require(known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aiot_ini doc;
	int rc = aiot_ini_parse("f", (const char *)data, size, &doc);

	require(rc == 0 || rc == -AIOT_EINVAL || rc == -AIOT_ENOMEM);
	require((doc.errors.count > 0) == (rc == -AIOT_EINVAL));
	for (size_t i = 0; i < doc.entry_count; i++)
		check_entry(&doc, i);
	for (size_t i = 0; i < doc.errors.count; i++)
		require(strncmp(doc.errors.text[i], "f:", 2) == 0);
	aiot_ini_finish(&doc);
	return 0;
}
