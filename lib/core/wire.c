/*
 * wire.c - see wire.h.
 *
 * Called for each line that goes out or comes in, at both ends.  The check sum goes by nibbles,
 * with sixteen constants: a table of 256 would be half a kilobyte of a board's flash.
 */
#include "wire.h"

#include <aiotools.h>

#define DIGITS 4

uint16_t aiot_wire_crc(uint16_t crc, const void *data, size_t len)
{
	static const uint16_t table[16] = {
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
		0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
	};
	const uint8_t *at = data, *end = at + len;

	for (; at < end; at++) {
		crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ *at >> 4]);
		crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ (*at & 15)]);
	}
	return crc;
}

void aiot_wire_end(struct aiot_out *out, size_t start)
{
	static const char digits[] = "0123456789ABCDEF";
	uint16_t crc;
	int shift;

	if (out->error)
		return;
	crc = aiot_wire_crc(AIOT_WIRE_CRC_INIT, out->buf + start, out->len - start);
	aiot_out_char(out, '*');
	for (shift = 12; shift >= 0; shift -= 4)
		aiot_out_char(out, digits[crc >> shift & 15]);
	aiot_out_char(out, '\n');
}

/* -1: not a hexadecimal digit. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int aiot_wire_check(const char *line, size_t len)
{
	unsigned sum = 0;
	size_t i;

	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len < DIGITS + 1 || line[len - DIGITS - 1] != '*')
		return -AIOT_EBADMSG;
	for (i = len - DIGITS; i < len; i++) {
		int value = hex_value(line[i]);

		if (value < 0)
			return -AIOT_EBADMSG;
		sum = sum << 4 | (unsigned)value;
	}
	len -= DIGITS + 1;
	return aiot_wire_crc(AIOT_WIRE_CRC_INIT, line, len) == sum ? (int)len : -AIOT_EBADMSG;
}
