/*
 * serial.h - the peer's end of a serial line: calls to a board, one at a time.
 *
 * A pure state machine without file and clock.  Its owner (aiotoolsctl's poll loop, the daemon's
 * node) writes what aiot_serial_output() shows, hands in what it reads, and calls
 * aiot_serial_tick() when aiot_serial_due() has come.  The engine numbers the requests, repeats one
 * that was not answered, and throws away whatever is no answer to it.  A repeated request has the
 * number of the first, so the board runs it once.
 *
 *	          call, next                     an answer
 *	IDLE ----------------------> ASKING ----------------------> IDLE
 *	                             |  ^  |  time-out: again, up to 4 times: NO_ANSWER
 *	                        busy v  | 500 ms
 *	                            BUSY
 *
 * Times are nanoseconds on any clock that does not go back.  Never allocates.
 */
#ifndef AIOT_SERIAL_H
#define AIOT_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

#define AIOT_SERIAL_TRIES 4	       /* so often a request is sent */
#define AIOT_SERIAL_WAIT_NS 250000000u /* for an answer, beside the time that the bytes take */
#define AIOT_SERIAL_BUSY_NS 500000000u /* between questions to a board that is not done yet */
#define AIOT_SERIAL_LINE_MIN 256       /* every board takes lines of that many bytes */
#define AIOT_SERIAL_NEVER UINT64_MAX

enum aiot_serial_event {
	AIOT_SERIAL_NONE,      /* nothing yet: write, read, wait */
	AIOT_SERIAL_REPLY,     /* `reply` is there; if it continues, aiot_serial_next() gets more */
	AIOT_SERIAL_NO_ANSWER, /* to none of the tries; the call is over, whether it ran is not
				  known */
	/*
	 * The board no longer knows the session, or the call whose next page was asked for: it was
	 * reset, or somebody else has spoken to it.  The call is over, and may have run or not.
	 */
	AIOT_SERIAL_FORGOTTEN,
};

/* Slices of the reply buffer: until the next call, next page or feed. */
struct aiot_serial_reply {
	struct aiot_json error;	     /* a string, or absent */
	struct aiot_json parameters; /* an object; {} if there were none */
	bool continues;
};

struct aiot_serial_options {
	uint32_t session;   /* the first, another one each time the program starts; not 0 */
	uint32_t baud;	    /* 0: a socket, where bytes take no time */
	char *line;	    /* for one request */
	size_t line_bytes;  /* at least AIOT_SERIAL_LINE_MIN + 1 */
	char *input;	    /* for one line from the board */
	size_t input_bytes; /* a longer one is thrown away; 4096 is more than boards send */
};

struct aiot_serial {
	/* read-only */
	struct aiot_serial_reply reply; /* with AIOT_SERIAL_REPLY */
	size_t line_max; /* what the board takes, its owner sets it when Hello told; at first 256 */
	/* counters, for info */
	uint32_t requests, retries, bad_lines, naks;
	uint32_t waits; /* of the retries: the board had said that it was busy */
	/* private */
	struct aiot_serial_options o;
	uint64_t due_ns,
		latest_ns;	  /* of the present try; bytes that come put it off up to latest */
	size_t line_len, written; /* of the request, its Ctrl-U included */
	size_t input_len;
	uint32_t session, id;
	uint8_t state, tries;
	bool too_long; /* the rest of the present input line is skipped */
};

void aiot_serial_init(struct aiot_serial *s, const struct aiot_serial_options *options);

/*
 * Begin a call; one that is under way is dropped (what it ordered goes on).  params: an object, or
 * absent.  -AIOT_EMSGSIZE: the line would be longer than line_max; nothing is changed.
 */
int aiot_serial_call(struct aiot_serial *s, const char *method, struct aiot_json params,
		     uint64_t now_ns);
/* How long the line of such a call would be: for sentences, and to ask before. */
size_t aiot_serial_line_bytes(const struct aiot_serial *s, const char *method,
			      struct aiot_json params);
/* Ask for the page behind a reply that continues. */
void aiot_serial_next(struct aiot_serial *s, uint64_t now_ns);
/* Wait for nothing any more; an answer that comes yet is thrown away. */
void aiot_serial_drop(struct aiot_serial *s);
/* Whether a request waits for its answer. */
bool aiot_serial_busy(const struct aiot_serial *s);

/* What is to be written now: up to the returned number of bytes at *ret; 0: nothing. */
size_t aiot_serial_output(const struct aiot_serial *s, const char **ret);
/* So much of it was. */
void aiot_serial_wrote(struct aiot_serial *s, size_t bytes, uint64_t now_ns);

/*
 * Bytes came.  Takes them up to the end of a line that means something, or all; returns how many:
 * go on with the rest after the event was dealt with.  With no call under way all are thrown away.
 */
size_t aiot_serial_feed(struct aiot_serial *s, const char *bytes, size_t count, uint64_t now_ns,
			enum aiot_serial_event *ret);

/* When to call tick (or before); AIOT_SERIAL_NEVER. */
uint64_t aiot_serial_due(const struct aiot_serial *s);
enum aiot_serial_event aiot_serial_tick(struct aiot_serial *s, uint64_t now_ns);

#endif
