/*
 * when-span.c - numbers and time spans inside a condition.
 *
 * Called by when-read.c and when-task.c.  A span has no end of its own: it goes on to the next
 * operator or to a word that cannot belong to it, and what lies between has to be a span as
 * timeread.c reads it, with a unit at every number.
 */
#include <string.h>

#include "aiotools.h"
#include "timetext.h"
#include "when-private.h"

#define SPAN_TEXT_MAX 96u

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int when_read_number(struct when_reader *r, int64_t max, const char *expected, int64_t *ret)
{
	size_t start = r->at;
	int64_t value = 0;

	for (; is_digit(when_peek(r)) && value <= max; r->at++)
		value = value * 10 + (when_peek(r) - '0');
	if (r->at == start || value > max)
		return when_refuse(r, start, expected);
	when_skip_blanks(r);
	*ret = value;
	return 0;
}

/* A word behind which no span goes on. */
static bool ends_span(struct when_reader *r)
{
	static const char *const words[] = {"and", "or", "after", "ago"};
	size_t start = r->at;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (when_take(r, words[i])) {
			r->at = start;
			return true;
		}
	}
	return false;
}

/* The text of a span, in lower case; where it stands may be its end. */
static size_t span_text(struct when_reader *r, char *text, size_t size)
{
	size_t start = r->at;
	bool word_begins = true;
	size_t len;

	while (r->at < r->len && !strchr("&|()~", when_peek(r)) && !(word_begins && ends_span(r))) {
		word_begins = strchr(" \t\r\n", when_peek(r)) != NULL;
		r->at++;
	}
	len = r->at - start;
	while (len > 0 && strchr(" \t\r\n", r->text[start + len - 1]))
		len--;
	for (size_t i = 0; i < len && i < size; i++) {
		char c = r->text[start + i];

		if (c == '\n' || c == '\r')
			c = ' ';
		text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return len;
}

int when_read_span(struct when_reader *r, int64_t *ret_us)
{
	char text[SPAN_TEXT_MAX];
	bool plus = when_peek(r) == '+';
	size_t start = r->at += plus;
	size_t len = span_text(r, text, sizeof(text));
	size_t column = 0;
	uint64_t ns = 0;
	int rc;

	if (len > sizeof(text))
		return when_complain(r, start, "expected a time span of at most %u characters",
				     SPAN_TEXT_MAX);
	if (len > 0 && text[0] == '-')
		return when_complain(r, start, "expected a time span that is not negative");
	rc = aiot_span_parse(text, len, &ns, &column);
	if (rc == -AIOT_ERANGE)
		return when_complain(r, start + column,
				     "expected a time span of at most 100 years");
	if (rc < 0)
		return when_refuse(r, start + column, "a time span such as 1 hour 30 min");
	if (is_digit(text[len - 1]) && !memchr(text, ':', len))
		return when_complain(r, start + len,
				     "expected a unit behind %.*s, such as %.*s min", (int)len,
				     text, (int)len, text);
	if (ns < 1000)
		return when_complain(r, start, "expected a time span above zero");
	*ret_us = (int64_t)(ns / 1000);
	return 0;
}
