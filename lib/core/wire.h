/*
 * wire.h - lines over a serial line: one JSON object each, with a check sum.
 *
 *	{"method":...,"session":S,"id":N}*1A2B LF
 *
 * Between `*` and LF stands the CRC-16/CCITT-FALSE of the object's bytes, in four hex digits.  Used
 * by the board's end (lib/mcu/session.c) and the peer's (serial.c).  Pure functions; what the
 * object says is not looked at here.
 */
#ifndef AIOT_WIRE_H
#define AIOT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out.h"

#define AIOT_WIRE_PROTOCOL                                                                         \
	1 /* of Node.Hello: ends of another number do not understand each other */
#define AIOT_WIRE_FORGET 0x15 /* Ctrl-U, sent before a line: forget what has come so far */
#define AIOT_WIRE_TAIL 6      /* bytes behind the object: *1A2B LF */

#define AIOT_WIRE_CRC_INIT 0xffffu

/* Poly 0x1021, not reflected; begin with AIOT_WIRE_CRC_INIT.  "123456789" gives 0x29b1. */
uint16_t aiot_wire_crc(uint16_t crc, const void *data, size_t len);

/* Append the tail of the line whose object is out->buf[start..out->len). */
void aiot_wire_end(struct aiot_out *out, size_t start);

/*
 * Check a line without its end, whose first byte is the object's first.  The object's length;
 * -AIOT_EBADMSG: no check sum, or a wrong one.
 */
int aiot_wire_check(const char *line, size_t len);

/* The same for who gets a line byte by byte, and may have no room for all of it. */
struct aiot_wire_sum {
	uint16_t crc; /* of what came; AIOT_WIRE_CRC_INIT at first, all else 0 */
	uint16_t sum; /* what the digits behind the last * have to be; those that came are gone */
	uint8_t tail_len; /* the * and its right digits; 0: there is none, or something else came */
};

void aiot_wire_sum_add(struct aiot_wire_sum *s, char c);
/* Whether a line may end here. */
bool aiot_wire_sum_right(const struct aiot_wire_sum *s);

#endif
