/*
 * ini-private.h - what the INI reader's files share.  Included by ini*.c only.
 */
#ifndef AIOT_INI_PRIVATE_H
#define AIOT_INI_PRIVATE_H

#include "inifile.h"

/* Growing text, allocated; zeroed before use, free(buf) after. */
struct ini_text {
	char *buf; /* terminated when len > 0 */
	size_t len, room;
};

/* -AIOT_ENOMEM, or -AIOT_EOVERFLOW when it would be over AIOT_INI_TOTAL_MAX bytes. */
int ini_text_add(struct ini_text *text, const char *bytes, size_t len);

/*
 * Append `from` with ${NAME} and $$ replaced, for an instance %i and %%, too.  What is wrong with
 * it goes to the document's errors, for that line, and the value is then incomplete.  Returns 0,
 * -AIOT_ENOMEM or -AIOT_EOVERFLOW.
 */
int ini_expand(struct aiot_ini *doc, unsigned line, const char *from, struct ini_text *text);

/*
 * The first byte of a line that has no place in a text file: NUL, another control character but
 * tab, or what is not UTF-8.  len when there is none.
 */
size_t ini_bad_byte(const char *text, size_t len);

/* Find or add a section; NULL without memory or beyond AIOT_INI_SECTIONS_MAX (ret_code says). */
const char *ini_add_section(struct aiot_ini *doc, const char *name, size_t len, unsigned line,
			    int *ret_code);
/* Append an entry with an empty value.  0, -AIOT_ENOMEM, -AIOT_EOVERFLOW: too many. */
int ini_add_entry(struct aiot_ini *doc, const char *section, const char *key, unsigned line);
/* Lengthen the last entry's value.  0, -AIOT_ENOMEM, -AIOT_EOVERFLOW. */
int ini_add_value(struct aiot_ini *doc, const char *bytes, size_t len);

#endif
