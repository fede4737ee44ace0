/*
 * wire.c - see wire.h.
 *
 * Called for each line that goes out or comes in, at both ends.  The check sum needs no table: what
 * a byte does to it is its two nibbles, moved.
 */
#include "wire.h"

#include <aiotools.h>

#define SUM "*%04X" /* behind the object */
#define SUM_BYTES 5

uint16_t aiot_wire_crc(uint16_t crc, const void *data, size_t len)
{
	const uint8_t *at = data, *end = at + len;
	uint32_t sum = crc;

	for (; at < end; at++) {
		uint32_t x = (sum >> 8 ^ *at) & 0xff;

		x ^= x >> 4;
		sum = (sum << 8 ^ x << 12 ^ x << 5 ^ x) & 0xffff;
	}
	return (uint16_t)sum;
}

void aiot_wire_end(struct aiot_out *out, size_t start)
{
	if (out->error)
		return;
	aiot_format(out, SUM "\n",
		    aiot_wire_crc(AIOT_WIRE_CRC_INIT, out->buf + start, out->len - start));
}

int aiot_wire_check(const char *line, size_t len)
{
	char sum[SUM_BYTES + 1];

	if (len < SUM_BYTES)
		return -AIOT_EBADMSG;
	len -= SUM_BYTES;
	(void)aiot_format_to(sum, sizeof(sum), SUM, aiot_wire_crc(AIOT_WIRE_CRC_INIT, line, len));
	for (size_t i = 0; i < SUM_BYTES; i++) {
		char c = line[len + i];

		if ((c >= 'a' && c <= 'f' ? c - 0x20 : c) != sum[i])
			return -AIOT_EBADMSG;
	}
	return (int)len;
}
