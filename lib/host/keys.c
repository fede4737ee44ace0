/*
 * The known keys of INI documents: checking a document against its table, and reading its values
 * into a struct.
 *
 * Called by whoever loads the daemon's file or a service's, after ini-read.c; `set` and `config`
 * ask it about single values.  Each value is read in one place, read_value(), so that what the
 * checker lets through is what is applied.  Never allocates but for sentences; never prints.
 */
#include "keys.h"

#include <string.h>
#include <strings.h>

#include "aiotools.h"
#include "name.h"
#include "out.h"
#include "timetext.h"

#define QUOTE_MAX 60 /* bytes of a wrong value that a sentence repeats */

/* ---- values ---- */

static int read_bool(const char *text, uint64_t *ret_value)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*ret_value = i % 2;
			return 0;
		}
	}
	return -AIOT_EINVAL;
}

/* Decimal digits at the start; returns how many bytes they are, 0 when none or too large. */
static size_t read_digits(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9'; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return i;
}

static int read_number(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t used = read_digits(text, &value);

	if (used == 0 || text[used])
		return -AIOT_EINVAL;
	*ret_value = value;
	return 0;
}

static int read_size(const char *text, uint64_t *ret_value)
{
	static const char units[] = "KkMmGg";
	uint64_t value = 0;
	size_t used = read_digits(text, &value);
	const char *unit;
	unsigned shift;

	if (used == 0)
		return -AIOT_EINVAL;
	if (text[used]) {
		unit = strchr(units, text[used]);
		if (!unit || text[used + 1])
			return -AIOT_EINVAL;
		shift = (unsigned)((unit - units) / 2 + 1) * 10;
		if (value > UINT64_MAX >> shift)
			return -AIOT_EINVAL;
		value <<= shift;
	}
	*ret_value = value;
	return 0;
}

/* The index-th word of "a|b|c"; false behind the last. */
static bool enum_word(const char *words, uint32_t index, char *buf, size_t size)
{
	size_t len;

	for (; index > 0; index--) {
		words += strcspn(words, "|");
		if (!*words)
			return false;
		words++;
	}
	len = strcspn(words, "|");
	if (len >= size)
		len = size - 1;
	memcpy(buf, words, len);
	buf[len] = '\0';
	return true;
}

static int read_enum(const char *words, const char *text, uint64_t *ret_value)
{
	char word[AIOT_NAME_MAX];

	for (uint32_t i = 0; enum_word(words, i, word, sizeof(word)); i++) {
		if (aiot_ini_key_eq(word, text)) {
			*ret_value = i;
			return 0;
		}
	}
	return -AIOT_EINVAL;
}

static uint64_t upper_bound(const struct aiot_key *key)
{
	if (key->max)
		return key->max;
	return key->type == AIOT_KEY_TYPE_U32 ? UINT32_MAX : UINT64_MAX;
}

/* Read any type but texts, bounds included. */
static int read_value(const struct aiot_key *key, const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;
	int rc = 0;

	switch (key->type) {
	case AIOT_KEY_TYPE_STR:
	case AIOT_KEY_TYPE_WORDS:
		return 0;
	case AIOT_KEY_TYPE_BOOL:
		return read_bool(text, ret_value);
	case AIOT_KEY_TYPE_ENUM:
		return read_enum(key->words, text, ret_value);
	case AIOT_KEY_TYPE_U32:
	case AIOT_KEY_TYPE_U64:
		rc = read_number(text, &value);
		break;
	case AIOT_KEY_TYPE_SIZE:
		rc = read_size(text, &value);
		break;
	case AIOT_KEY_TYPE_SPAN:
		rc = aiot_span_parse(text, strlen(text), &value, NULL);
		break;
	}
	if (rc < 0 || value < key->min || value > upper_bound(key))
		return -AIOT_EINVAL;
	*ret_value = value;
	return 0;
}

int aiot_key_set(const struct aiot_key *key, const char *value, void *into)
{
	char *field = (char *)into + key->offset;
	uint64_t number = 0;
	uint32_t number32;
	bool truth;

	if (read_value(key, value, &number) < 0)
		return -AIOT_EINVAL;
	number32 = (uint32_t)number;
	truth = number != 0;
	switch (key->type) {
	case AIOT_KEY_TYPE_STR:
	case AIOT_KEY_TYPE_WORDS:
		memcpy(field, &value, sizeof(value));
		break;
	case AIOT_KEY_TYPE_BOOL:
		memcpy(field, &truth, sizeof(truth));
		break;
	case AIOT_KEY_TYPE_U32:
	case AIOT_KEY_TYPE_ENUM:
		memcpy(field, &number32, sizeof(number32));
		break;
	case AIOT_KEY_TYPE_U64:
	case AIOT_KEY_TYPE_SIZE:
	case AIOT_KEY_TYPE_SPAN:
		memcpy(field, &number, sizeof(number));
		break;
	}
	return 0;
}

bool aiot_words_next(const char **list, const char **ret_word, size_t *ret_len)
{
	static const char between[] = " \t\r\n,";
	const char *word = *list + strspn(*list, between);
	size_t len = strcspn(word, between);

	*list = word + len;
	if (len == 0)
		return false;
	*ret_word = word;
	*ret_len = len;
	return true;
}

/* ---- what is accepted, in words ---- */

static void out_number(struct aiot_out *out, enum aiot_key_type type, uint64_t value)
{
	static const char units[] = {'\0', 'K', 'M', 'G'};
	size_t unit = 0;

	if (type == AIOT_KEY_TYPE_SPAN) {
		aiot_out_span(out, value);
		return;
	}
	while (type == AIOT_KEY_TYPE_SIZE && value && value % 1024 == 0 && unit < 3) {
		value /= 1024;
		unit++;
	}
	aiot_out_u64(out, value);
	if (unit)
		aiot_out_char(out, units[unit]);
}

static void out_bounds(struct aiot_out *out, const struct aiot_key *key)
{
	bool bounded = key->max || key->type == AIOT_KEY_TYPE_U32;

	if (key->min) {
		aiot_out_text(out, bounded ? " from " : " of at least ");
		out_number(out, key->type, key->min);
	}
	if (bounded) {
		aiot_out_text(out, key->min ? " to " : " up to ");
		out_number(out, key->type, upper_bound(key));
	}
}

static void out_words(struct aiot_out *out, const char *words)
{
	if (strchr(words, '|') != NULL)
		aiot_out_text(out, "one of ");
	for (; *words; words++) {
		if (*words == '|')
			aiot_out_text(out, ", ");
		else
			aiot_out_char(out, *words);
	}
}

void aiot_key_form(const struct aiot_key *key, char *buf, size_t size)
{
	static const char *const forms[] = {
		[AIOT_KEY_TYPE_STR] = "any text",
		[AIOT_KEY_TYPE_WORDS] = "words",
		[AIOT_KEY_TYPE_BOOL] = "yes or no",
		[AIOT_KEY_TYPE_ENUM] = "",
		[AIOT_KEY_TYPE_U32] = "a whole number",
		[AIOT_KEY_TYPE_U64] = "a whole number",
		[AIOT_KEY_TYPE_SIZE] = "a size such as 4096, 64K or 1M",
		[AIOT_KEY_TYPE_SPAN] = "a time span such as 500ms or 1min 30s",
	};
	struct aiot_out out;

	aiot_out_init(&out, buf, size);
	aiot_out_text(&out, forms[key->type]);
	if (key->type == AIOT_KEY_TYPE_ENUM)
		out_words(&out, key->words);
	else if ((key->min || key->max || key->type == AIOT_KEY_TYPE_U32) &&
		 key->type != AIOT_KEY_TYPE_STR)
		out_bounds(&out, key);
	(void)aiot_out_str(&out);
}

/* ---- checking ---- */

/* A wrong value as a sentence may show it: short, and without control characters. */
static void quote(const char *value, char *buf, size_t size)
{
	size_t len = 0;

	while (value[len] && len < size - 4) {
		buf[len] =
			(unsigned char)value[len] < 0x20 || value[len] == 0x7f ? '?' : value[len];
		len++;
	}
	if (value[len]) {
		while (len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80)
			len--;
		memcpy(buf + len, "...", 3);
		len += 3;
	}
	buf[len] = '\0';
}

static bool section_is_known(const struct aiot_key *table, size_t count, const char *section,
			     bool *ret_free)
{
	bool known = false;

	*ret_free = false;
	for (size_t i = 0; i < count; i++) {
		if (table[i].flags & AIOT_KEYS_NOT || !aiot_ini_key_eq(table[i].section, section))
			continue;
		known = true;
		*ret_free |= (table[i].flags & AIOT_KEYS_ANY) != 0;
	}
	return known;
}

const struct aiot_key *aiot_keys_find(const struct aiot_key *table, size_t count,
				      const char *section, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].key && !(table[i].flags & AIOT_KEYS_NOT) &&
		    aiot_ini_key_eq(table[i].section, section) &&
		    aiot_ini_key_eq(table[i].key, key))
			return &table[i];
	}
	return NULL;
}

/* What there is instead of a key, or of a section (key NULL), that there is not; NULL: no word. */
static const char *instead_of(const struct aiot_key *table, size_t count, const char *section,
			      const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].flags & AIOT_KEYS_NOT && aiot_ini_key_eq(table[i].section, section) &&
		    (key ? table[i].key && aiot_ini_key_eq(table[i].key, key) : !table[i].key))
			return table[i].help;
	}
	return NULL;
}

static int unknown_section(const struct aiot_ini_section *section, const struct aiot_key *table,
			   size_t count, struct aiot_ini_errors *errors)
{
	const char *instead = instead_of(table, count, section->name, NULL);
	struct aiot_near near;

	if (instead)
		return aiot_ini_complain(errors, section->file, section->line,
					 "unknown section [%s]; %s", section->name, instead);
	aiot_near_begin(&near, section->name);
	for (size_t i = 0; i < count; i++) {
		if (!(table[i].flags & AIOT_KEYS_NOT))
			aiot_near_offer(&near, table[i].section);
	}
	if (near.best)
		return aiot_ini_complain(errors, section->file, section->line,
					 "unknown section [%s], did you mean [%s]?", section->name,
					 near.best);
	return aiot_ini_complain(errors, section->file, section->line, "unknown section [%s]",
				 section->name);
}

static int unknown_key(const struct aiot_ini_entry *e, const struct aiot_key *table, size_t count,
		       struct aiot_ini_errors *errors)
{
	const char *elsewhere = NULL, *instead = instead_of(table, count, e->section, e->key);
	struct aiot_near near;

	if (instead)
		return aiot_ini_complain(errors, e->file, e->line, "unknown key '%s' in [%s]; %s",
					 e->key, e->section, instead);
	aiot_near_begin(&near, e->key);
	for (size_t i = 0; i < count; i++) {
		if (!table[i].key || table[i].flags & AIOT_KEYS_NOT)
			continue;
		if (aiot_ini_key_eq(table[i].section, e->section))
			aiot_near_offer(&near, table[i].key);
		else if (elsewhere == NULL && aiot_ini_key_eq(table[i].key, e->key))
			elsewhere = table[i].section;
	}
	if (elsewhere)
		return aiot_ini_complain(errors, e->file, e->line,
					 "unknown key '%s' in [%s], it belongs in [%s]", e->key,
					 e->section, elsewhere);
	if (near.best)
		return aiot_ini_complain(errors, e->file, e->line,
					 "unknown key '%s' in [%s], did you mean '%s'?", e->key,
					 e->section, near.best);
	return aiot_ini_complain(errors, e->file, e->line, "unknown key '%s' in [%s]", e->key,
				 e->section);
}

static int bad_value(const struct aiot_ini_entry *e, const struct aiot_key *key,
		     struct aiot_ini_errors *errors)
{
	char form[256];
	char shown[QUOTE_MAX + 4];

	aiot_key_form(key, form, sizeof(form));
	quote(e->value, shown, sizeof(shown));
	return aiot_ini_complain(
		errors, e->file, e->line, "bad value '%s' for '%s' in [%s], expected %s%s", shown,
		e->key, e->section, form,
		strstr(e->value, " #") ? "; behind a value a comment begins with ;" : "");
}

static int check_entry(const struct aiot_ini_entry *e, const struct aiot_key *table, size_t count,
		       struct aiot_ini_errors *errors)
{
	const struct aiot_key *key = aiot_keys_find(table, count, e->section, e->key);
	bool is_free;
	uint64_t value;

	if (!section_is_known(table, count, e->section, &is_free))
		return 0; /* said once, for the section */
	if (key && read_value(key, e->value, &value) < 0)
		return bad_value(e, key, errors);
	return key || is_free ? 0 : unknown_key(e, table, count, errors);
}

int aiot_keys_check(const struct aiot_ini *doc, const struct aiot_key *table, size_t count,
		    struct aiot_ini_errors *errors)
{
	size_t before = errors->count + errors->lost;
	bool is_free;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < doc->section_count; i++) {
		if (!section_is_known(table, count, doc->sections[i].name, &is_free))
			rc = unknown_section(&doc->sections[i], table, count, errors);
	}
	for (size_t i = 0; rc == 0 && i < doc->entry_count; i++)
		rc = check_entry(&doc->entries[i], table, count, errors);
	if (rc < 0)
		return rc;
	return errors->count + errors->lost > before ? -AIOT_EINVAL : 0;
}

int aiot_keys_check_empty(const struct aiot_ini *doc, const struct aiot_key *table, size_t count,
			  struct aiot_ini_errors *errors)
{
	bool is_free;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < doc->entry_count; i++) {
		const struct aiot_ini_entry *e = &doc->entries[i];

		if (e->value_len == 0 && section_is_known(table, count, e->section, &is_free) &&
		    !is_free && !aiot_keys_find(table, count, e->section, e->key))
			rc = unknown_key(e, table, count, errors);
	}
	return rc;
}

/* ---- filling a struct ---- */

int aiot_keys_defaults(const struct aiot_key *table, size_t count, void *into)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		if (table[i].key && table[i].fallback &&
		    aiot_key_set(&table[i], table[i].fallback, into) < 0)
			rc = -AIOT_EINVAL;
	}
	return rc;
}

int aiot_keys_apply(const struct aiot_ini *doc, const struct aiot_key *table, size_t count,
		    void *into)
{
	int rc = 0;

	for (size_t i = 0; i < doc->entry_count; i++) {
		const struct aiot_ini_entry *e = &doc->entries[i];
		const struct aiot_key *key = aiot_keys_find(table, count, e->section, e->key);

		if (key && aiot_key_set(key, e->value, into) < 0)
			rc = -AIOT_EINVAL;
	}
	return rc;
}
