/*
 * grow.h - a text that grows as it is written.  Host only.  For services whose answers have no
 * bound that is known beforehand; the bound that each has all the same is its own (GROW_MAX).  The
 * first failure lasts: what is added behind it is left out, and `error` says why.
 */
#ifndef SERVICES_GROW_H
#define SERVICES_GROW_H

#include <aiotools.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROW_MAX ((size_t)16 << 20)

/* All zero is empty. */
struct grow {
	char *text; /* ended by 0, malloc'ed; NULL while nothing was added */
	size_t len, size;
	int error; /* 0, -AIOT_ENOMEM, -AIOT_EMSGSIZE: over GROW_MAX */
};

static inline void grow_free(struct grow *grow)
{
	free(grow->text);
	*grow = (struct grow){0};
}

/* Room for `more` bytes and the final 0; NULL: there is none. */
static inline char *grow_room(struct grow *grow, size_t more)
{
	size_t need = grow->len + more + 1, size = grow->size ? grow->size : 1024;
	char *text;

	if (grow->error == 0 && (more > GROW_MAX || need > GROW_MAX))
		grow->error = -AIOT_EMSGSIZE;
	if (grow->error < 0)
		return NULL;
	while (size < need)
		size *= 2;
	text = size == grow->size ? grow->text : realloc(grow->text, size);
	if (text == NULL) {
		grow->error = -AIOT_ENOMEM;
		return NULL;
	}
	grow->text = text;
	grow->size = size;
	return text + grow->len;
}

static inline void grow_addn(struct grow *grow, const char *text, size_t len)
{
	char *at = grow_room(grow, len);

	if (at == NULL)
		return;
	memcpy(at, text, len);
	at[len] = '\0';
	grow->len += len;
}

__attribute__((format(printf, 2, 3))) static inline void grow_add(struct grow *grow,
								  const char *fmt, ...)
{
	char *at = grow_room(grow, 0);
	va_list ap;
	int n;

	if (at == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(at, grow->size - grow->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= grow->size - grow->len) {
		at = grow_room(grow, (size_t)n);
		if (at == NULL)
			return;
		va_start(ap, fmt);
		(void)vsnprintf(at, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	grow->len += (size_t)n;
}

/* As a string of JSON.  Bytes over 127 are taken for UTF-8. */
static inline void grow_add_json(struct grow *out, const char *text)
{
	grow_addn(out, "\"", 1);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			grow_add(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			grow_add(out, "\\u%04x", (unsigned char)*text);
		else
			grow_addn(out, text, 1);
	}
	grow_addn(out, "\"", 1);
}

#endif
