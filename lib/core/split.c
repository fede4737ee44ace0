/*
 * split.c - find messages on a byte stream.
 *
 * The owner of a connection calls aiot_split_next() on the bytes it has not consumed yet until it
 * says MORE, then reads more behind them.  What is found depends on the bytes alone, never on how
 * they were cut into reads: a decision is made at a fixed byte of the message.
 *
 *	START --'{'--> OBJECT --end--> BETWEEN --'{'--> OBJECT ...
 *	START --other-> LINE --LF--> START
 *	BETWEEN: START that skips blanks and line ends first
 *
 * It counts braces only: outside strings, a JSON object ends with its own brace, whatever brackets
 * are in it, and a text that is no JSON then ends as early as it can.  Never copies, and never
 *looks at a byte twice, however small the reads are.
 */
#include "split.h"

#include <string.h>

enum {
	STATE_START,
	STATE_BETWEEN,
	STATE_OBJECT,
	STATE_LINE,
};

void aiot_split_init(struct aiot_split *s, size_t limit)
{
	/* Up to two bytes more than the limit are looked at. */
	*s = (struct aiot_split){.limit = limit < SIZE_MAX - 2 ? limit : SIZE_MAX - 2};
}

/* How many bytes to pass before a message begins. */
static size_t skip_between(const struct aiot_split *s, const char *buf, size_t len)
{
	size_t i = 0;

	/* A NUL begins nothing: it ends "}\n\0", or is a break on a serial line. */
	while (i < len &&
	       (buf[i] == '\0' || (s->state == STATE_BETWEEN && memchr(" \t\r\n", buf[i], 4))))
		i++;
	return i;
}

static void begin_message(struct aiot_split *s, char first)
{
	s->state = first == '{' ? STATE_OBJECT : STATE_LINE;
	s->depth = 0;
	s->in_string = false;
	s->escaped = false;
	s->dropping = false;
	s->scanned = 0;
}

/* Follow strings and braces over one byte of an object. */
static void step(struct aiot_split *s, char c)
{
	if (s->escaped) {
		s->escaped = false;
	} else if (s->in_string) {
		s->escaped = c == '\\';
		s->in_string = c != '"';
	} else if (c == '"') {
		s->in_string = true;
	} else if (c == '{') {
		s->depth++;
	} else if (c == '}' && s->depth > 0) {
		s->depth--;
	}
}

/* Look for an object's terminator in buf[scanned..len): its place, or false and scanned is len. */
static bool find_object_end(struct aiot_split *s, const char *buf, size_t len, size_t *ret_at)
{
	for (; s->scanned < len; s->scanned++) {
		char c = buf[s->scanned];
		bool ends = c == '\n' && s->depth == 0 && !s->in_string;

		/* Not fixed: NUL ends it anywhere, it is no part of any JSON. */
		if (ends || (c == '\0' && !s->fixed)) {
			s->fixed = true;
			s->end = c;
			*ret_at = s->scanned;
			return true;
		}
		step(s, c);
	}
	return false;
}

static bool find_byte(struct aiot_split *s, const char *buf, size_t len, char c, size_t *ret_at)
{
	const char *hit = NULL;

	if (s->scanned < len)
		hit = memchr(buf + s->scanned, c, len - s->scanned);
	s->scanned = len;
	if (!hit)
		return false;
	*ret_at = (size_t)(hit - buf);
	return true;
}

static bool find_end(struct aiot_split *s, const char *buf, size_t len, size_t *ret_at)
{
	if (s->state == STATE_LINE)
		return find_byte(s, buf, len, '\n', ret_at);
	if (s->fixed && s->end == '\0')
		return find_byte(s, buf, len, '\0', ret_at);
	return find_object_end(s, buf, len, ret_at);
}

/* The length without the CR of a line's (perhaps still missing) CR LF. */
static size_t without_cr(const struct aiot_split *s, const char *buf, size_t len)
{
	return s->state == STATE_LINE && len > 0 && buf[len - 1] == '\r' ? len - 1 : len;
}

static void end_message(struct aiot_split *s)
{
	s->state = s->state == STATE_OBJECT ? STATE_BETWEEN : STATE_START;
	s->scanned = 0;
	s->dropping = false;
}

/* Drop the rest of a message that was too long, its end included if it is there. */
static void drop(struct aiot_split *s, const char *buf, size_t len, size_t *used)
{
	size_t at = len;
	bool ended = find_end(s, buf, len, &at);

	*used += ended ? at + 1 : len;
	s->scanned = 0;
	if (ended)
		end_message(s);
}

/* The message that begins at buf[0], of which nothing was consumed yet. */
static enum aiot_split_kind take(struct aiot_split *s, const char *buf, size_t len, size_t *ret_len,
				 size_t *used)
{
	/* Of a line, also a CR and the LF behind it: neither counts. */
	size_t most = s->limit + (s->state == STATE_LINE ? 2 : 1);
	size_t seen = len < most ? len : most;
	enum aiot_split_kind kind = AIOT_SPLIT_TOO_LONG;
	size_t at;

	if (find_end(s, buf, seen, &at)) {
		*used += at + 1;
		at = without_cr(s, buf, at);
		if (at <= s->limit) {
			*ret_len = at;
			kind = s->state == STATE_LINE ? AIOT_SPLIT_LINE : AIOT_SPLIT_OBJECT;
		}
		end_message(s);
		return kind;
	}
	if (seen == most || without_cr(s, buf, seen) > s->limit) {
		*used += seen;
		s->scanned = 0;
		s->dropping = true;
		return kind;
	}
	return AIOT_SPLIT_MORE;
}

enum aiot_split_kind aiot_split_next(struct aiot_split *s, const char *buf, size_t len,
				     const char **ret_text, size_t *ret_len, size_t *ret_used)
{
	enum aiot_split_kind kind = AIOT_SPLIT_MORE;
	size_t used = 0, begin, message;

	if (len == 0) {
		*ret_used = 0; /* buf may be NULL */
		return AIOT_SPLIT_MORE;
	}
	if (s->dropping)
		drop(s, buf, len, &used);
	if (!s->dropping && s->state != STATE_OBJECT && s->state != STATE_LINE) {
		used += skip_between(s, buf + used, len - used);
		if (used < len)
			begin_message(s, buf[used]);
	}
	begin = used;
	if (used < len)
		kind = take(s, buf + begin, len - begin, &message, &used);
	if (kind == AIOT_SPLIT_OBJECT || kind == AIOT_SPLIT_LINE) {
		*ret_text = buf + begin;
		*ret_len = message;
	}
	*ret_used = used;
	return kind;
}

bool aiot_split_pending(const struct aiot_split *s, size_t len)
{
	return len > 0 || s->state == STATE_OBJECT || s->state == STATE_LINE;
}
