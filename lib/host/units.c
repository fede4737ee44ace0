/*
 * units.c - see units.h: the table of the services that are known.
 *
 * Called by all that reads, loads and shows services.
 */
#include "units.h"

#include <string.h>

#include "mem.h"

/* ---- the table ---- */

static const char suffix[] = AIOT_UNIT_SUFFIX;

bool aiot_unit_name_valid(const char *name, size_t len)
{
	size_t suffix_len = sizeof(suffix) - 1;

	if (!aiot_name_valid(name, len) || len > AIOT_UNIT_NAME_MAX || name[0] == '.')
		return false;
	return len < suffix_len || memcmp(name + len - suffix_len, suffix, suffix_len) != 0;
}

bool aiot_unit_is_template(const struct aiot_unit *unit)
{
	size_t len = strlen(unit->name);

	return unit->file != NULL && len > 1 && unit->name[len - 1] == '@';
}

const char *aiot_unit_instance(const struct aiot_unit *unit)
{
	return unit->templated ? strchr(unit->name, '@') + 1 : NULL;
}

size_t aiot_unit_word_len(const char *word, size_t len)
{
	size_t suffix_len = sizeof(suffix) - 1;

	return len > suffix_len && memcmp(word + len - suffix_len, suffix, suffix_len) == 0
		       ? len - suffix_len
		       : len;
}

struct aiot_unit *aiot_unit_find(struct aiot_host *host, const char *name)
{
	struct aiot_trie_node *node = aiot_trie_find(&host->units, name);
	size_t len = strlen(name), suffix_len = sizeof(suffix) - 1;
	char shorter[AIOT_NAME_MAX + 1];

	if (node == NULL && len > suffix_len && len - suffix_len <= AIOT_NAME_MAX &&
	    strcmp(name + len - suffix_len, suffix) == 0) {
		memcpy(shorter, name, len - suffix_len);
		shorter[len - suffix_len] = '\0';
		node = aiot_trie_find(&host->units, shorter);
	}
	return node ? aiot_unit_of(node) : NULL;
}

struct aiot_unit *aiot_unit_match(struct aiot_host *host, const char *pattern, const char *after)
{
	struct aiot_trie_node *node = aiot_trie_from(&host->units, after, after[0] != '\0');
	size_t len = strlen(pattern);

	if (!aiot_name_is_pattern(pattern, len)) {
		struct aiot_unit *unit = aiot_unit_find(host, pattern);

		return unit != NULL && strcmp(unit->name, after) > 0 ? unit : NULL;
	}
	while (node != NULL && strcmp(pattern, "*") != 0 &&
	       !aiot_name_match(pattern, len, aiot_unit_of(node)->name,
				strlen(aiot_unit_of(node)->name)))
		node = aiot_trie_from(&host->units, aiot_trie_key(node), true);
	return node ? aiot_unit_of(node) : NULL;
}

struct aiot_unit *aiot_unit_create(struct aiot_host *host, const char *name)
{
	struct aiot_unit *unit = aiot_mem_zalloc(sizeof(*unit));

	if (unit == NULL)
		return NULL;
	memcpy(unit->name, name, strlen(name) + 1);
	unit->node.key_off = offsetof(struct aiot_unit, name);
	if (!aiot_trie_insert(&host->units, &unit->node)) {
		aiot_mem_free(unit);
		return NULL;
	}
	aiot_deps_come(host, unit);
	return unit;
}

void aiot_unit_destroy(struct aiot_host *host, struct aiot_unit *unit)
{
	aiot_hold_forget(unit);
	aiot_boot_forget(unit);
	aiot_deps_go(host, unit);
	aiot_trie_remove(&host->units, &unit->node);
	aiot_outcome_free(&host->core, unit->error);
	aiot_ini_finish(&unit->doc);
	aiot_spec_free(unit->linked);
	aiot_mem_free(unit->file);
	aiot_mem_free(unit->tried);
	aiot_mem_free(unit->steps);
	aiot_mem_free(unit);
}

void aiot_units_finish(struct aiot_host *host)
{
	struct aiot_unit *unit;

	while ((unit = aiot_unit_match(host, "*", "")) != NULL)
		aiot_unit_destroy(host, unit);
}
