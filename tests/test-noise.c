/*
 * test-noise.c - both ends of a serial line, with noise between them, on a fake clock.
 *
 * Every byte of a request and of its reply is lost, changed, or has others put before it, one test
 * of each kind for every position.  The peer has its answer within a second, and the task that it
 * started has run once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-board.h"
#include "serial.h"

#if !AIOT_TEXT
/* All that the peer's end asks for that is not in the board's core. */
enum aiot_error_id aiot_error_find(struct aiot_json name)
{
	return aiot_json_str_is(name, "io.aiotools.InvalidRequest") ? AIOT_ERR_INVALID_REQUEST
								    : AIOT_ERR_NONE;
}
#endif

static struct aiot_serial peer;
static char line[AIOT_SERIAL_BYTES + 1], input[1200];

/* ---- what the noise does ---- */

struct noise {
	bool to_peer;	    /* which way; the other one is clean */
	size_t at;	    /* the byte of that way before or at which it happens */
	size_t drop;	    /* so many bytes are lost */
	uint8_t flip;	    /* bits of one byte that are changed */
	const char *insert; /* bytes that come before it */
	size_t insert_len;
};

static struct noise noise;
static const char *names;	  /* the parameters of the start */
static bool beside_long_reply;	  /* it finds no room, but for its repeats */
static size_t sent_up, sent_down; /* bytes so far, to the board and to the peer */

/* One way's bytes with the noise in them; ret has room for twice as many and the burst. */
static size_t spoil(const char *bytes, size_t count, bool to_peer, size_t *sent, char *ret)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++, (*sent)++) {
		bool here = noise.to_peer == to_peer && *sent == noise.at;
		char c = bytes[i];

		if (here && noise.insert_len > 0) {
			memcpy(ret + n, noise.insert, noise.insert_len);
			n += noise.insert_len;
		}
		if (noise.to_peer == to_peer && *sent >= noise.at && *sent < noise.at + noise.drop)
			continue;
		if (here)
			c = (char)(c ^ noise.flip);
		ret[n++] = c;
	}
	return n;
}

/* ---- the line ---- */

static void to_board(void)
{
	char spoiled[4096];
	const char *bytes;
	size_t len = aiot_serial_output(&peer, &bytes);

	if (len == 0)
		return;
	fake_board_put(spoiled, spoil(bytes, len, false, &sent_up, spoiled));
	aiot_serial_wrote(&peer, len, board.f->mono_ns);
}

static enum aiot_serial_event to_peer(void)
{
	static char spoiled[2 * sizeof(board.out)];
	enum aiot_serial_event event = AIOT_SERIAL_NONE;
	size_t len = spoil(board.out, board.out_len, true, &sent_down, spoiled), used = 0;

	board.out_len = 0;
	while (used < len && event == AIOT_SERIAL_NONE)
		used += aiot_serial_feed(&peer, spoiled + used, len - used, board.f->mono_ns,
					 &event);
	return event;
}

/* Until there is an event; fails if that takes longer than a second. */
static enum aiot_serial_event exchange(void)
{
	uint64_t start = board.f->mono_ns;
	enum aiot_serial_event event = AIOT_SERIAL_NONE;

	while (event == AIOT_SERIAL_NONE) {
		to_board();
		fake_board_turn();
		event = to_peer();
		if (event != AIOT_SERIAL_NONE)
			break;
		if (aiot_serial_due(&peer) > board.f->mono_ns)
			fake_board_for(FAKE_MS);
		event = aiot_serial_tick(&peer, board.f->mono_ns);
		if (board.f->mono_ns - start >= FAKE_S)
			fail_msg("no answer within a second: noise at %zu to the %s", noise.at,
				 noise.to_peer ? "peer" : "board");
	}
	return event;
}

static void call(const char *method, const char *params)
{
	struct aiot_json json = {NULL, 0};

	if (params != NULL)
		assert_int_equal(aiot_json_parse(params, strlen(params), &json, NULL), 0);
	assert_int_equal(aiot_serial_call(&peer, method, json, board.f->mono_ns), 0);
}

/* ---- one try ---- */

/* The reply that the next request finds in its way takes what it can of the board's buffer. */
static void read_long_record(void)
{
	aiot_core_log(&board.f->core, "long", AIOT_INFO, "%0*d", AIOT_SERIAL_BYTES, 0);
	call("io.aiotools.Log.Read", "{\"names\":[\"long\"],\"lines\":1}");
	assert_int_equal(exchange(), AIOT_SERIAL_REPLY);
	assert_int_equal(aiot_json_count(aiot_json_get(peer.reply.parameters, "records")), 1);
}

/* Start the counting task through the noise, and then see that the line is as good as before. */
static void start_count(void)
{
	unsigned runs = fake_board_runs;
	struct noise spoils = noise;

	if (beside_long_reply) {
		noise = (struct noise){.at = SIZE_MAX};
		read_long_record();
		noise = spoils;
	}
	sent_up = 0;
	sent_down = 0;
	call("io.aiotools.Task.Start", names);
	assert_int_equal(exchange(), AIOT_SERIAL_REPLY);
	assert_null(peer.reply.error.text);
	assert_int_equal(aiot_json_count(aiot_json_get(peer.reply.parameters, "done")), 1);
	if (fake_board_runs != runs + 1)
		fail_msg("%u runs: noise at %zu to the %s", fake_board_runs - runs, noise.at,
			 noise.to_peer ? "peer" : "board");
	noise = (struct noise){.at = SIZE_MAX};
	call("io.aiotools.Task.Status", "{\"names\":[\"play\"],\"log\":false}");
	assert_int_equal(exchange(), AIOT_SERIAL_REPLY);
	assert_int_equal(aiot_json_count(aiot_json_get(peer.reply.parameters, "tasks")), 1);
	board.f->changes = 0;
}

/* At every position, either way: spoiled takes the kind of noise, but for where it is. */
static void everywhere_from(size_t first, struct noise spoiled)
{
	size_t up, down, i;

	noise = (struct noise){.at = SIZE_MAX};
	start_count();
	/* How long both are; the status behind it counts, too. */
	up = sent_up;
	down = sent_down;
	for (i = first; i < up; i++) {
		noise = spoiled;
		noise.at = i;
		start_count();
	}
	for (i = 0; i < down; i++) {
		noise = spoiled;
		noise.to_peer = true;
		noise.at = i;
		start_count();
	}
}

static void everywhere(struct noise spoiled)
{
	everywhere_from(0, spoiled);
}

static int open_line(void **state)
{
	const struct aiot_serial_options options = {4000000000u,  115200, line,
						    sizeof(line), input,  sizeof(input)};

	(void)state;
	names = "{\"names\":[\"count\"]}";
	beside_long_reply = false;
	fake_board_open();
	aiot_serial_init(&peer, &options);
	return 0;
}

static int close_line(void **state)
{
	(void)state;
	fake_board_close();
	return 0;
}

static void a_lost_byte_anywhere(void **state)
{
	(void)state;
	everywhere((struct noise){.drop = 1});
}

static void lost_bytes_anywhere(void **state)
{
	size_t count;

	(void)state;
	for (count = 2; count <= 64; count *= 2)
		everywhere((struct noise){.drop = count});
}

static void a_changed_bit_anywhere(void **state)
{
	unsigned bit;

	(void)state;
	for (bit = 1; bit < 256; bit <<= 1)
		everywhere((struct noise){.flip = (uint8_t)bit});
}

static void a_byte_that_becomes_a_line_end_or_a_ctrl_u(void **state)
{
	static const char *const bytes[] = {"\n", "\r", "\x15", "{", "}", "*", "\x03", "\x1b", "a"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		everywhere((struct noise){.drop = 1, .insert = bytes[i], .insert_len = 1});
}

static void a_byte_more_anywhere(void **state)
{
	static const char bytes[] = {0, '\n', '\r', 0x15, '{', '}', '"', '*', 0x7f, (char)0xff};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		everywhere((struct noise){.insert = bytes + i, .insert_len = 1});
}

static void a_burst_anywhere(void **state)
{
	char burst[300];
	uint64_t seed = 1;
	size_t i, round;

	(void)state;
	for (round = 0; round < 8; round++) {
		for (i = 0; i < sizeof(burst); i++)
			burst[i] = (char)fake_random(&seed);
		everywhere((struct noise){.insert = burst, .insert_len = 1 + i * round / 8});
		everywhere((struct noise){.drop = 20, .insert = burst, .insert_len = 20});
	}
}

/* In the midst of a request; before its first byte there would be a person indeed. */
static void a_burst_that_reads_as_a_person_s_order(void **state)
{
	static const char order[] = "\nstart count\n";

	(void)state;
	everywhere_from(2, (struct noise){.insert = order, .insert_len = sizeof(order) - 1});
}

/* The repeat of a request that was asked for again is spoilt, too. */
static void noise_where_a_request_has_no_room_beside_the_last_reply(void **state)
{
	char text[AIOT_SESSION_LINE_MAX + 1];

	(void)state;
	(void)aiot_format_to(text, sizeof(text), "{\"names\":%*s[\"count\"]}",
			     AIOT_SESSION_LINE_MAX - 20, "");
	names = text;
	beside_long_reply = true;
	peer.line_max = sizeof(line) - 1;
	start_count();
	assert_true(peer.naks > 0);
	everywhere((struct noise){.drop = 1});
	everywhere((struct noise){.flip = 1});
	everywhere((struct noise){.insert = "\n", .insert_len = 1});
	everywhere((struct noise){.insert = "{", .insert_len = 1});
	everywhere((struct noise){.drop = 20, .insert = "\x15**}{", .insert_len = 5});
}

int main(void)
{
#define on_line(test) cmocka_unit_test_setup_teardown(test, open_line, close_line)
	const struct CMUnitTest tests[] = {
		on_line(a_lost_byte_anywhere),
		on_line(lost_bytes_anywhere),
		on_line(a_changed_bit_anywhere),
		on_line(a_byte_that_becomes_a_line_end_or_a_ctrl_u),
		on_line(a_byte_more_anywhere),
		on_line(a_burst_anywhere),
		on_line(a_burst_that_reads_as_a_person_s_order),
		on_line(noise_where_a_request_has_no_room_beside_the_last_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
