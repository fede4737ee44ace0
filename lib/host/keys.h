/*
 * keys.h - which keys an INI document may have: const tables, a checker that explains what is
 * wrong, and typed values put into a struct.
 *
 * One table per kind of file (the daemon's, a service's), each row one key.  Order of use: check
 * the document; fill the struct with the defaults; apply each document in turn, the last wins.
 *
 *	static const struct aiot_key keys[] = {
 *		AIOT_KEY_STR("Service", "Description", struct unit, description, "", "what it is"),
 *		AIOT_KEY_ENUM("Service", "Execution", struct unit, execution, "main",
 *			      "main|thread|process", "where its tasks run"),
 *		AIOT_KEYS_FREE("Args"),
 *	};
 */
#ifndef AIOT_KEYS_H
#define AIOT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inifile.h"

enum aiot_key_type {
	AIOT_KEY_TYPE_STR,   /* const char *, owned by the document or the table */
	AIOT_KEY_TYPE_BOOL,  /* bool: yes no true false on off 1 0 */
	AIOT_KEY_TYPE_U32,   /* uint32_t, decimal */
	AIOT_KEY_TYPE_U64,   /* uint64_t, decimal */
	AIOT_KEY_TYPE_SIZE,  /* uint64_t, bytes: decimal, K, M or G behind it (1024 each) */
	AIOT_KEY_TYPE_SPAN,  /* uint64_t, nanoseconds, as aiot_span_parse() */
	AIOT_KEY_TYPE_ENUM,  /* uint32_t, the index in `words`; case, `_` and `-` do not matter */
	AIOT_KEY_TYPE_WORDS, /* const char *, for aiot_words_next() */
};

#define AIOT_KEYS_ANY 0x1u /* the whole section is free: any key, any value */

#define AIOT_KEYS_NOT                                                                              \
	0x2u /* there is none, though some will look for it: help says what there is */

struct aiot_key {
	const char *section, *key; /* as documented; key is NULL of a whole section */
	enum aiot_key_type type;
	unsigned flags;
	size_t offset;	      /* of the field */
	const char *fallback; /* the default, as text; NULL: the field is left alone */
	const char *words;    /* of an enum, "main|thread|process" */
	const char *help;
	uint64_t min, max; /* of numbers, sizes and spans; max 0: what the type holds */
};

/* The field's offset; the field must be of that C type or it does not compile. */
#define AIOT_KEY_FIELD_(T, f, ctype) _Generic(&((T *)0)->f, ctype * : offsetof(T, f))

#define AIOT_KEY_STR(s, k, T, f, def, text)                                                        \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_STR,                                 \
		.offset = AIOT_KEY_FIELD_(T, f, const char *), .fallback = def, .help = text,      \
	}
#define AIOT_KEY_WORDS(s, k, T, f, def, text)                                                      \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_WORDS,                               \
		.offset = AIOT_KEY_FIELD_(T, f, const char *), .fallback = def, .help = text,      \
	}
#define AIOT_KEY_BOOL(s, k, T, f, def, text)                                                       \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_BOOL,                                \
		.offset = AIOT_KEY_FIELD_(T, f, bool), .fallback = def, .help = text,              \
	}
#define AIOT_KEY_ENUM(s, k, T, f, def, list, text)                                                 \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_ENUM,                                \
		.offset = AIOT_KEY_FIELD_(T, f, uint32_t), .fallback = def, .words = list,         \
		.help = text,                                                                      \
	}
/* Numbers may have bounds behind the help: `.min = 1, .max = 64`. */
#define AIOT_KEY_U32(s, k, T, f, def, ...)                                                         \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_U32,                                 \
		.offset = AIOT_KEY_FIELD_(T, f, uint32_t), .fallback = def, .help = __VA_ARGS__,   \
	}
#define AIOT_KEY_U64(s, k, T, f, def, ...)                                                         \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_U64,                                 \
		.offset = AIOT_KEY_FIELD_(T, f, uint64_t), .fallback = def, .help = __VA_ARGS__,   \
	}
#define AIOT_KEY_SIZE(s, k, T, f, def, ...)                                                        \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_SIZE,                                \
		.offset = AIOT_KEY_FIELD_(T, f, uint64_t), .fallback = def, .help = __VA_ARGS__,   \
	}
#define AIOT_KEY_SPAN(s, k, T, f, def, ...)                                                        \
	{                                                                                          \
		.section = s, .key = k, .type = AIOT_KEY_TYPE_SPAN,                                \
		.offset = AIOT_KEY_FIELD_(T, f, uint64_t), .fallback = def, .help = __VA_ARGS__,   \
	}
#define AIOT_KEYS_FREE(s)                                                                          \
	{                                                                                          \
		.section = s, .flags = AIOT_KEYS_ANY,                                              \
	}

#define AIOT_KEY_NOT(s, k, text)                                                                   \
	{                                                                                          \
		.section = s, .key = k, .flags = AIOT_KEYS_NOT, .help = text,                      \
	}

/*
 * Compare a document with its table; what is wrong is added to errors (which may be the document's
 * own).  Returns 0, -AIOT_EINVAL or -AIOT_ENOMEM.
 */
int aiot_keys_check(const struct aiot_ini *doc, const struct aiot_key *table, size_t count,
		    struct aiot_ini_errors *errors);

/* The same of a drop-in, before it is merged: of keys that are to go back to their default. */
int aiot_keys_check_empty(const struct aiot_ini *doc, const struct aiot_key *table, size_t count,
			  struct aiot_ini_errors *errors);

/* Put the defaults into the struct.  -AIOT_EINVAL: one of them is not what its own row asks for. */
int aiot_keys_defaults(const struct aiot_key *table, size_t count, void *into);

/*
 * Put the document's values into the struct; fields without a key in it stay.  Texts are the
 * document's, so it must outlive the struct.  A value that aiot_keys_check() would refuse is left
 * out, and -AIOT_EINVAL returned at the end.
 */
int aiot_keys_apply(const struct aiot_ini *doc, const struct aiot_key *table, size_t count,
		    void *into);

/* The row of a key, NULL when the table has none. */
const struct aiot_key *aiot_keys_find(const struct aiot_key *table, size_t count,
				      const char *section, const char *key);

/* Put one value into its field.  -AIOT_EINVAL: not of the row's type or range; into untouched. */
int aiot_key_set(const struct aiot_key *key, const char *value, void *into);

/* What a row accepts, in words: "yes or no", "a whole number from 1 to 64". */
void aiot_key_form(const struct aiot_key *key, char *buf, size_t size);

/*
 * The next word of a list (blanks, line ends and commas between them); *list moves on.  False at
 * the end.  The word is not terminated.
 */
bool aiot_words_next(const char **list, const char **ret_word, size_t *ret_len);

#endif
