/*
 * The INI reader's view of text: which bytes a file may hold, and ${NAME} in values.
 *
 * Called by ini-read.c for each line and each piece of a value.  Reads the environment, never
 * changes it; what a variable holds is not expanded again.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "ini-private.h"
#include "mem.h"

int ini_text_add(struct ini_text *text, const char *bytes, size_t len)
{
	if (len > AIOT_INI_TOTAL_MAX - text->len)
		return -AIOT_EOVERFLOW;
	if (text->len + len + 1 > text->room) {
		size_t room = (text->len + len + 1) * 2;
		char *buf = aiot_mem_realloc(text->buf, room);

		if (!buf)
			return -AIOT_ENOMEM;
		text->buf = buf;
		text->room = room;
	}
	if (len > 0)
		memcpy(text->buf + text->len, bytes, len);
	text->len += len;
	text->buf[text->len] = '\0';
	return 0;
}

/* How many bytes the UTF-8 sequence at text has; 0 when it is none (too long forms, surrogates). */
static size_t utf8_length(const char *text, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by length */
	const unsigned char *u = (const unsigned char *)text;
	size_t need = u[0] < 0xc0 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	uint32_t point = u[0] & (0x7fu >> need);

	if (u[0] < 0x80)
		return 1;
	if (need == 1 || u[0] > 0xf4 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (u[i] & 0x3fu);
	}
	if (point < least[need] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	return need;
}

size_t ini_bad_byte(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		unsigned char c = (unsigned char)text[i];
		size_t step = utf8_length(text + i, len - i);

		if (step == 0 || (c < 0x20 && c != '\t') || c == 0x7f)
			break;
		i += step;
	}
	return i;
}

static bool is_utf8(const char *text)
{
	size_t len = strlen(text);
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		step = utf8_length(text + i, len - i);
		if (step == 0)
			return false;
	}
	return true;
}

bool aiot_ini_is_variable(const char *name)
{
	if (*name >= '0' && *name <= '9')
		return false;
	for (const char *c = name; *c; c++) {
		if (!(*c >= 'A' && *c <= 'Z') && !(*c >= 'a' && *c <= 'z') &&
		    !(*c >= '0' && *c <= '9') && *c != '_')
			return false;
	}
	return *name != '\0';
}

/* Append the variable whose name is at `from`, up to end. */
static int add_variable(struct aiot_ini *doc, unsigned line, const char *from, const char *end,
			struct ini_text *text)
{
	char name[AIOT_INI_LINE_MAX + 1]; /* a name is part of one line */
	size_t len = (size_t)(end - from);
	const char *value;

	if (len >= sizeof(name))
		return -AIOT_EOVERFLOW;
	memcpy(name, from, len);
	name[len] = '\0';
	if (!aiot_ini_is_variable(name))
		return aiot_ini_complain(&doc->errors, doc->label, line,
					 "'${%s}' does not name an environment variable", name);
	value = getenv(name);
	if (!value)
		return aiot_ini_complain(&doc->errors, doc->label, line,
					 "environment variable '%s' is not set", name);
	if (!is_utf8(value))
		return aiot_ini_complain(&doc->errors, doc->label, line,
					 "environment variable '%s' is not UTF-8", name);
	return ini_text_add(text, value, strlen(value));
}

/* ${NAME}, $$ or a plain $; *from moves behind it. */
static int add_dollar(struct aiot_ini *doc, unsigned line, const char **from, struct ini_text *text)
{
	const char *at = *from, *end;

	*from = at + (at[1] == '$' ? 2 : 1);
	if (at[1] != '{')
		return ini_text_add(text, "$", 1);
	end = strchr(at, '}');
	if (!end) {
		*from = at + strlen(at);
		return aiot_ini_complain(&doc->errors, doc->label, line,
					 "'${' without its '}' ($$ is a plain $)");
	}
	*from = end + 1;
	return add_variable(doc, line, at + 2, end, text);
}

/* %i or %%; a plain % where the file is no template. */
static int add_percent(struct aiot_ini *doc, unsigned line, const char **from,
		       struct ini_text *text)
{
	const char *at = *from;

	*from = at + 1;
	if (!doc->instance)
		return ini_text_add(text, "%", 1);
	*from += at[1] != '\0';
	if (at[1] == 'i')
		return ini_text_add(text, doc->instance, strlen(doc->instance));
	if (at[1] == '%')
		return ini_text_add(text, "%", 1);
	return aiot_ini_complain(&doc->errors, doc->label, line,
				 "'%%%.1s' means nothing in a template; %%i is what stands behind "
				 "the @, %%%% a plain %%",
				 at + 1);
}

int ini_expand(struct aiot_ini *doc, unsigned line, const char *from, struct ini_text *text)
{
	int rc = ini_text_add(text, "", 0);

	while (rc == 0 && *from) {
		size_t plain = strcspn(from, "$%");

		rc = ini_text_add(text, from, plain);
		from += plain;
		if (rc < 0 || !*from)
			break;
		rc = *from == '$' ? add_dollar(doc, line, &from, text)
				  : add_percent(doc, line, &from, text);
	}
	return rc;
}
