/*
 * split.h - where one message ends and the next begins, on a byte stream.
 *
 * One splitter a connection, on the server, in the client and on a UART.  A message is a JSON
 * object, or a console line (anything whose first byte is not '{').  Two ends of message exist and
 * the first one seen after the first object is the connection's for good: NUL (varlink) or LF
 * (people, socat). Under LF, an object may be spread over many lines: LF ends it only at depth 0
 * outside strings (braces are what counts). Console lines always end with LF (a CR before it is
 * dropped, and not counted).  Never allocates: the caller keeps the bytes; this only says where
 * messages lie.
 */
#ifndef AIOT_SPLIT_H
#define AIOT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum aiot_split_kind {
	AIOT_SPLIT_MORE,    /* no whole message yet */
	AIOT_SPLIT_OBJECT,  /* a JSON object (its JSON may still be wrong) */
	AIOT_SPLIT_LINE,    /* a console line; may be empty */
	AIOT_SPLIT_TOO_LONG /* over the limit; the rest of it is dropped (said once a message) */
};

struct aiot_split {
	/* read-only */
	char end; /* '\0' or '\n' once fixed by the first object; see fixed */
	bool fixed;
	/* private */
	uint8_t state; /* STATE_* in split.c */
	uint32_t depth;
	bool in_string, escaped, dropping;
	size_t scanned; /* bytes of the pending message looked at already */
	size_t limit;
};

/* limit: the longest message, its terminator not counted. */
void aiot_split_init(struct aiot_split *s, size_t limit);

/*
 * Look for the next message at the start of buf[0..len), which begins with the bytes not yet
 * consumed. OBJECT and LINE: ret_text/ret_len is the message without terminator, ret_used how many
 * bytes to drop from the start of buf before the next call.  MORE: ret_used may still be > 0
 * (leading white space and dropped bytes), and the same buf with more bytes at its end is wanted.
 * Before an object, blanks and blank lines after an earlier *object* are skipped (pretty printers
 * end with them), and a NUL or LF that merely ends the terminator pair "}\n\0" likewise.  A NUL
 * where a message would begin is always skipped (serial lines make them).
 */
enum aiot_split_kind aiot_split_next(struct aiot_split *s, const char *buf, size_t len,
				     const char **ret_text, size_t *ret_len, size_t *ret_used);

/* Whether bytes of an unfinished message are pending (a half-sent request, for time-outs). */
bool aiot_split_pending(const struct aiot_split *s, size_t len);

#endif
