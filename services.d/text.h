/*
 * text.h - lists read, and texts made piece by piece, in memory that is handed in.  For services
 * whose options are lists, and whose results and reports are longer than one printf.  Nothing here
 * takes memory, and what does not fit is left out and said by `cut`.
 */
#ifndef SERVICES_TEXT_H
#define SERVICES_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A text in the making: always ended, `used` bytes long.  With cut it lacks its end. */
struct text {
	char *buf;
	size_t size, used;
	bool cut;
};

static inline void text_begin(struct text *text, char *buf, size_t size)
{
	*text = (struct text){.buf = buf, .size = size};
	buf[0] = '\0';
}

__attribute__((format(printf, 2, 3))) static inline void text_add(struct text *text,
								  const char *fmt, ...)
{
	size_t room = text->size - text->used;
	va_list ap;
	int n;

	if (text->cut)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text->buf + text->used, room, fmt, ap);
	va_end(ap);
	text->cut = n < 0 || (size_t)n >= room;
	text->used += text->cut ? strlen(text->buf + text->used) : (size_t)n;
}

/* As a string of JSON.  Bytes over 127 are taken for UTF-8, which it is for the runtime to check.
 */
static inline void text_add_json(struct text *text, const char *string)
{
	const unsigned char *at = (const unsigned char *)string;

	text_add(text, "\"");
	for (; *at != '\0' && !text->cut; at++) {
		if (*at == '"' || *at == '\\')
			text_add(text, "\\%c", *at);
		else if (*at < ' ')
			text_add(text, "\\u%04x", (unsigned)*at);
		else
			text_add(text, "%c", *at);
	}
	text_add(text, "\"");
}

/*
 * The next item of a list whose items are parted by any of `between`, without blanks at its ends,
 * into item.  Its length, 0: there is none.  *at moves on.  One that is `size` or longer is not
 * copied: its length tells.
 */
static inline size_t next_item(const char **at, const char *between, char *item, size_t size)
{
	const char *from = *at;
	size_t len;

	for (;;) {
		from += strspn(from, " \t\n");
		if (*from == '\0' || strchr(between, *from) == NULL)
			break;
		from++;
	}
	len = strcspn(from, between);
	*at = from + len;
	while (len > 0 && strchr(" \t\n", from[len - 1]) != NULL)
		len--;
	if (len < size) {
		memcpy(item, from, len);
		item[len] = '\0';
	}
	return len;
}

#endif
