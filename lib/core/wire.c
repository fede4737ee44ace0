/*
 * wire.c - see wire.h.
 *
 * Called for each line that goes out or comes in, at both ends.  The check sum needs no table: what
 * a byte does to it is its two nibbles, moved.
 */
#include "wire.h"

#include <aiotools.h>

#define SUM "*%04X" /* behind the object */
#define SUM_BYTES (AIOT_WIRE_TAIL - 1)

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

void aiot_wire_sum_add(struct aiot_wire_sum *s, char c)
{
	if (c == '*') {
		s->sum = s->crc;
		s->tail_len = 1;
	} else if (s->tail_len > 0) {
		unsigned digit = s->sum >> 12;
		bool right = (c >= 'a' && c <= 'f' ? c - 0x20 : c) ==
			     (char)(digit < 10 ? '0' + digit : 'A' - 10 + digit);

		s->sum = (uint16_t)(s->sum << 4);
		s->tail_len = right && s->tail_len < SUM_BYTES ? s->tail_len + 1 : 0;
	}
	s->crc = aiot_wire_crc(s->crc, &c, 1);
}

bool aiot_wire_sum_right(const struct aiot_wire_sum *s)
{
	return s->tail_len == SUM_BYTES;
}

int aiot_wire_check(const char *line, size_t len)
{
	struct aiot_wire_sum sum = {0};
	size_t i;

	if (len < SUM_BYTES)
		return -AIOT_EBADMSG;
	len -= SUM_BYTES;
	sum.crc = aiot_wire_crc(AIOT_WIRE_CRC_INIT, line, len);
	for (i = len; i < len + SUM_BYTES; i++)
		aiot_wire_sum_add(&sum, line[i]);
	return aiot_wire_sum_right(&sum) ? (int)len : -AIOT_EBADMSG;
}
