/*
 * Anything at a board's serial line: nothing crashes, leaks or writes beyond the buffer, and a
 * program that comes then has its answer.
 *
 * The first byte chooses the room in the UART.  0xfe lets time pass, as the
 * byte behind it says; 0xff makes a program's line of the bytes up to the next of these, with a
 * good check sum; the rest is sent as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "../fake-board.h"
#include "wire.h"

#define TIME 0xfe
#define LINE 0xff

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_line(const uint8_t *data, size_t size)
{
	char text[1024];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_char(&out, AIOT_WIRE_FORGET);
	aiot_out_mem(&out, data, size);
	aiot_wire_end(&out, 1);
	fake_board_put(text, out.len);
}

static size_t act(const uint8_t *data, size_t size)
{
	size_t n = 1;

	if (data[0] == TIME) {
		fake_board_for((uint64_t)(size > 1 ? data[1] : 0) * 16 * FAKE_MS);
		return size > 1 ? 2 : 1;
	}
	while (n < size && n < 900 && data[n] < TIME)
		n++;
	if (data[0] == LINE)
		put_line(data + 1, n - 1);
	else
		fake_board_put((const char *)data, n);
	fake_board_turn();
	board.out_len = 0;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned how = size > 0 ? data[0] : 0;
	const char *answer;

	fake_board_open();
	board.room = how >> 4;
	if (size > 0) {
		data++;
		size--;
	}
	while (size > 0) {
		size_t n = act(data, size);

		data += n;
		size -= n;
	}
	do /* a person's lines are answered in order, and some take their time */
		fake_board_for(2 * FAKE_S);
	while (board.in_len > 0);
	answer = fake_board_ask(
		"{\"method\":\"io.aiotools.Node.Hello\",\"session\":4000000001,\"id\":1}");
	if (strstr(answer, "{\"parameters\":{\"protocol\":1") == NULL)
		abort();
	fake_board_close();
	return 0;
}
