/*
 * Anything from a board: the peer's engine never reads or writes beyond its buffers, never hangs,
 * never sends a request more often than it may, and has its answer from a board that is all right
 * again.
 *
 * A byte below 0xf8 is one from the board; the others do something: begin a call, ask for a page,
 * give up, let time pass, or have the bytes up to the next of these come as a line with a good
 * check sum.
 */
#include <stdlib.h>
#include <string.h>

#include "serial.h"
#include "wire.h"

#define CALL 0xf8
#define NEXT 0xf9
#define DROP 0xfa
#define TIME 0xfb
#define DUE 0xfc
#define LINE 0xfd

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
	struct aiot_serial serial;
	uint64_t now;
	char *line, *input; /* of exactly their size, so that a byte beyond is seen */
	unsigned sent;	    /* of the present request */
};

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void begin(struct peer *p)
{
	struct aiot_serial_options options = {
		.session = 7,
		.baud = 115200,
		.line_bytes = AIOT_SERIAL_LINE_MIN + 1,
		.input_bytes = 300,
	};

	*p = (struct peer){.now = 1000};
	options.line = p->line = malloc(options.line_bytes);
	options.input = p->input = malloc(options.input_bytes);
	require(p->line != NULL && p->input != NULL);
	aiot_serial_init(&p->serial, &options);
}

static void write_all(struct peer *p)
{
	const char *text;
	size_t len = aiot_serial_output(&p->serial, &text);

	if (len == 0)
		return;
	require(text[0] == AIOT_WIRE_FORGET && text[len - 1] == '\n');
	require(aiot_wire_check(text + 1, len - 2) > 0);
	aiot_serial_wrote(&p->serial, len, p->now);
	require(aiot_serial_output(&p->serial, &text) == 0);
	require(++p->sent <= AIOT_SERIAL_TRIES);
}

static void heard(struct peer *p, enum aiot_serial_event event)
{
	if (event == AIOT_SERIAL_NONE)
		return;
	require(!aiot_serial_busy(&p->serial));
	if (event == AIOT_SERIAL_REPLY)
		require(aiot_json_type(p->serial.reply.parameters) == AIOT_JSON_OBJECT);
}

static void feed(struct peer *p, const char *bytes, size_t count)
{
	while (count > 0) {
		enum aiot_serial_event event;
		size_t n = aiot_serial_feed(&p->serial, bytes, count, p->now, &event);

		require(n > 0 && n <= count);
		bytes += n;
		count -= n;
		heard(p, event);
		if (aiot_serial_due(&p->serial) > p->now + AIOT_SERIAL_WAIT_NS)
			p->sent = 0; /* busy: as often as it likes */
		write_all(p);
	}
}

static void tick(struct peer *p)
{
	heard(p, aiot_serial_tick(&p->serial, p->now));
	write_all(p);
}

static void feed_line(struct peer *p, const uint8_t *data, size_t size)
{
	char text[512];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_mem(&out, data, size);
	aiot_wire_end(&out, 0);
	feed(p, text, out.len);
}

static size_t act(struct peer *p, const uint8_t *data, size_t size)
{
	static const struct aiot_json none = {NULL, 0};
	size_t n = 1;
	char c = (char)data[0];

	switch (data[0]) {
	case CALL:
		p->sent = 0;
		require(aiot_serial_call(&p->serial, "io.aiotools.Task.List", none, p->now) == 0);
		break;
	case NEXT:
		p->sent = 0;
		aiot_serial_next(&p->serial, p->now);
		break;
	case DROP:
		aiot_serial_drop(&p->serial);
		break;
	case TIME:
		p->now += 10000000;
		tick(p);
		break;
	case DUE:
		if (aiot_serial_busy(&p->serial)) {
			if (aiot_serial_due(&p->serial) > p->now)
				p->now = aiot_serial_due(&p->serial);
			tick(p);
		}
		break;
	case LINE:
		while (n < size && n < 256 && data[n] < CALL)
			n++;
		feed_line(p, data + 1, n - 1);
		break;
	default:
		feed(p, &c, 1);
	}
	write_all(p);
	return n;
}

/* Whatever came before, a whole answer is one. */
static void finish(struct peer *p)
{
	static const struct aiot_json none = {NULL, 0};
	enum aiot_serial_event event;
	char text[128];
	struct aiot_out out;

	p->sent = 0;
	require(aiot_serial_call(&p->serial, "io.aiotools.Node.Hello", none, p->now) == 0);
	write_all(p);
	aiot_out_init(&out, text, sizeof(text));
	aiot_format(&out, "{\"session\":%u,\"id\":%u}", (unsigned)p->serial.session,
		    (unsigned)p->serial.id);
	aiot_wire_end(&out, 0);
	require(aiot_serial_feed(&p->serial, text, out.len, p->now, &event) == out.len);
	require(event == AIOT_SERIAL_REPLY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer p;

	begin(&p);
	while (size > 0) {
		size_t n = act(&p, data, size);

		data += n;
		size -= n;
	}
	finish(&p);
	free(p.line);
	free(p.input);
	return 0;
}
