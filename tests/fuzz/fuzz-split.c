/*
 * fuzz-split.c - the same bytes, cut into reads in any way, must give the same messages.
 *
 * The fuzzer calls LLVMFuzzerTestOneInput.  The first byte of the input chooses the limit, the
 * second how many sizes of reads follow; the rest is the stream.  It is fed whole once and in reads
 * of those sizes once; the lists of messages must be equal, and nothing may be found twice or lost.
 */
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "out.h"
#include "port.h"
#include "split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feed {
	struct aiot_split split;
	struct aiot_out list;
	size_t messages; /* bytes of all of them */
};

static int grow(struct aiot_out *out, size_t need)
{
	size_t size = out->len + need + out->size;
	char *buf = realloc(out->buf, size);

	if (!buf)
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = size;
	return 0;
}

static void check_message(const struct feed *f, enum aiot_split_kind kind, const char *text,
			  size_t len)
{
	AIOT_ASSERT(len <= f->split.limit);
	if (kind == AIOT_SPLIT_OBJECT) {
		AIOT_ASSERT(len > 0 && text[0] == '{');
		AIOT_ASSERT(f->split.fixed && (f->split.end == '\0' || f->split.end == '\n'));
	} else {
		AIOT_ASSERT(len == 0 || (text[0] != '{' && text[0] != '\0'));
		AIOT_ASSERT(!memchr(text, '\n', len));
	}
}

/* Take every message out of buf[0..len); returns the bytes consumed. */
static size_t take_all(struct feed *f, const char *buf, size_t len)
{
	size_t total = 0;

	for (;;) {
		const char *text = NULL;
		size_t text_len = 0, used = SIZE_MAX;
		enum aiot_split_kind kind = aiot_split_next(&f->split, buf + total, len - total,
							    &text, &text_len, &used);

		AIOT_ASSERT(used <= len - total);
		if (kind == AIOT_SPLIT_OBJECT || kind == AIOT_SPLIT_LINE) {
			AIOT_ASSERT(text == buf + total || text_len < used);
			check_message(f, kind, text, text_len);
			aiot_format(&f->list, "%d:%zu:", (int)kind, text_len);
			aiot_out_mem(&f->list, text, text_len);
			f->messages += text_len;
		} else if (kind == AIOT_SPLIT_TOO_LONG) {
			aiot_out_text(&f->list, "long:");
		}
		total += used;
		if (kind == AIOT_SPLIT_MORE)
			return total;
		AIOT_ASSERT(used > 0);
	}
}

/* Feed the stream in reads of the given sizes, over and over; no sizes: in one read. */
static void feed(struct feed *f, size_t limit, const uint8_t *sizes, size_t count,
		 const uint8_t *stream, size_t len)
{
	size_t from = 0, to = 0;

	*f = (struct feed){.list = {.grow = grow}};
	aiot_split_init(&f->split, limit);
	for (size_t i = 0; to < len; i++) {
		size_t piece = count > 0 ? sizes[i % count] + (size_t)1 : len;

		to = len - to < piece ? len : to + piece;
		/* Of the exact size, and at another address each time. */
		char *buf = malloc(to - from);
		AIOT_ASSERT(buf);
		memcpy(buf, stream + from, to - from);
		from += take_all(f, buf, to - from);
		free(buf);
	}
	AIOT_ASSERT(to - from <= f->split.limit + 1);
	aiot_format(&f->list, "end:%d:%d:%d", f->split.fixed, f->split.end,
		    aiot_split_pending(&f->split, to - from));
	AIOT_ASSERT(f->messages <= len && f->list.error == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed whole, pieces;
	size_t limit, count;

	if (size < 2)
		return 0;
	limit = data[0];
	count = data[1] % 8;
	if (size < 2 + count)
		return 0;
	feed(&whole, limit, NULL, 0, data + 2 + count, size - 2 - count);
	feed(&pieces, limit, data + 2, count, data + 2 + count, size - 2 - count);
	AIOT_ASSERT(whole.list.len == pieces.list.len);
	AIOT_ASSERT(memcmp(whole.list.buf, pieces.list.buf, whole.list.len) == 0);
	free(whole.list.buf);
	free(pieces.list.buf);
	return 0;
}
