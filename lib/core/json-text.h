/*
 * json-text.h - what JSON's checker, reader and writer all ask of bytes.
 *
 * Included by json-*.c only.  Pure functions, defined here because they
 * are called in innermost loops.
 */
#ifndef AIOT_JSON_TEXT_H
#define AIOT_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool json_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* -1: not a hexadecimal digit. */
static inline int json_hex_value(char c)
{
	if (json_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ASCII that stands for itself in a JSON string. */
static inline bool json_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/*
 * The bytes of w that are not plain: each term has a byte's top bit set where that byte is, in
 * order: not ASCII, a control character, a quote, a backslash.  A borrow can reach the next higher
 * byte, but only from one that is itself not plain: the lowest bit set is right, and so is none.
 */
static inline uint64_t json_not_plain(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101u;

	return (w | (w - ones * 0x20) | ((w ^ ones * '"') - ones) | ((w ^ ones * '\\') - ones)) &
	       ones * 0x80;
}

/* How many bytes at the start of text[0..len) are plain. */
static inline size_t json_plain_run(const char *text, size_t len)
{
	size_t i = 0;

	while (len - i >= 8) {
		uint64_t w, found;

		memcpy(&w, text + i, sizeof(w));
		found = json_not_plain(w);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		if (found)
			return i + (size_t)__builtin_ctzll(found) / 8;
#else
		if (found)
			break;
#endif
		i += sizeof(w);
	}
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (i > 0 && i < len) { /* the last eight, most of which were looked at already */
		uint64_t w, found;

		memcpy(&w, text + len - 8, sizeof(w));
		found = json_not_plain(w);
		return found ? len - 8 + (size_t)__builtin_ctzll(found) / 8 : len;
	}
#endif
	if (len >= 4 && len < 8) { /* its first four and its last four, which may overlap */
		uint32_t head, tail;

		memcpy(&head, text, sizeof(head));
		memcpy(&tail, text + len - 4, sizeof(tail));
		if (!json_not_plain((uint64_t)head << 32 | tail))
			return len;
	}
	while (i < len && json_is_plain((unsigned char)text[i]))
		i++;
	return i;
}

/* Length of the well-formed UTF-8 sequence at the start of text[0..len), len > 0; 0: it is none. */
static inline size_t json_utf8_length(const char *text, size_t len)
{
	const unsigned char *u = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	size_t need;

	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	need = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (len < need)
		return 0;
	if (u[0] == 0xe0)
		low = 0xa0; /* shorter forms exist */
	else if (u[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (u[0] == 0xf0)
		low = 0x90;
	else if (u[0] == 0xf4)
		high = 0x8f; /* beyond U+10FFFF */
	if (u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	return need;
}

#endif
