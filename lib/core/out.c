/*
 * out.c - text going out: the buffer, and numbers in it.
 *
 * Everything that makes text calls it: printf (format.c), the JSON writer, the renderer.  A write
 * fits, or the owner's grow hook is asked, or the text is cut and `error` says so; writers need not
 * check in between, the first error sticks.  Never allocates, never shrinks what was written.
 */
#include "out.h"

#include <string.h>

#include "config.h"

#define DIGITS_MAX 21 /* of 64 bits, and a sign */

#if !AIOT_BOARD
static const char digit_pairs[] = "00010203040506070809"
				  "10111213141516171819"
				  "20212223242526272829"
				  "30313233343536373839"
				  "40414243444546474849"
				  "50515253545556575859"
				  "60616263646566676869"
				  "70717273747576777879"
				  "80818283848586878889"
				  "90919293949596979899";
#endif

/* ---- the buffer ---- */

void aiot_out_init(struct aiot_out *out, char *buf, size_t size)
{
	*out = (struct aiot_out){.buf = buf, .size = size};
}

/*
 * How many of `need` bytes may be written at buf + len now.  Less than need is either the last part
 * of a text that is being cut (error is set then) or what a hook that passes text on has room for.
 */
static size_t out_take(struct aiot_out *out, size_t need)
{
	if (out->error)
		return 0;
	if (out->size - out->len >= need)
		return need;
	if (!AIOT_CONTROL || !out->grow) { /* only commands have such */
		out->error = -AIOT_ENOSPC;
		return out->size - out->len;
	}
	int rc = out->grow(out, need);
	if (rc == 0 && out->size == out->len)
		rc = -AIOT_ENOSPC; /* a hook that promised and did nothing: do not ask for ever */
	if (rc < 0) {
		out->error = rc;
		return 0;
	}
	return out->size - out->len < need ? out->size - out->len : need;
}

void aiot_out_char(struct aiot_out *out, char c)
{
	if (!out->error && out->len < out->size)
		out->buf[out->len++] = c;
	else
		aiot_out_mem(out, &c, 1);
}

void aiot_out_mem(struct aiot_out *out, const void *data, size_t len)
{
	const char *from = data;

	if (len > 0 && len <= out->size - out->len && out->error == 0) { /* nearly always */
		memcpy(out->buf + out->len, from, len);
		out->len += len;
		return;
	}
	while (len > 0) {
		size_t n = out_take(out, len);
		if (n == 0)
			return;
		memcpy(out->buf + out->len, from, n);
		out->len += n;
		from += n;
		len -= n;
	}
}

void aiot_out_text(struct aiot_out *out, const char *text)
{
	aiot_out_mem(out, text, strlen(text));
}

void aiot_out_pad(struct aiot_out *out, char c, size_t count)
{
	while (count > 0) {
		size_t n = out_take(out, count);
		if (n == 0)
			return;
		memset(out->buf + out->len, c, n);
		out->len += n;
		count -= n;
	}
}

const char *aiot_out_str(struct aiot_out *out)
{
	if (out->len == out->size)
		(void)out_take(out, 1);
	if (out->size == 0)
		return NULL;
	if (out->len == out->size)
		out->len--;
	out->buf[out->len] = '\0';
	return out->buf;
}

/* ---- numbers ---- */

#if AIOT_BOARD
/*
 * Without a division, which the smallest CPUs do bit by bit: eight tenths are the sum of a half, a
 * quarter, and of these a sixteenth, a 256th and so on.  What shifting drops is made good at the
 * end.
 */
static uint32_t divide_by_ten(uint64_t *value)
{
	uint64_t tenth = (*value >> 1) + (*value >> 2);
	unsigned shift;
	uint32_t rest;

	for (shift = 4; shift < 64; shift *= 2)
		tenth += tenth >> shift;
	tenth >>= 3;
	for (rest = (uint32_t)*value - (uint32_t)tenth * 10; rest > 9; rest -= 10)
		tenth++;
	*value = tenth;
	return rest;
}

char *aiot_out_digits(char *end, uint64_t value)
{
	do {
		*--end = (char)('0' + divide_by_ten(&value));
	} while (value > 0);
	return end;
}
#else
char *aiot_out_digits(char *end, uint64_t value)
{
	/* 64-bit divisions are slow on small CPUs: at most two, the rest is 32 bits wide. */
	while (value > UINT32_MAX) {
		uint32_t low = (uint32_t)(value % 100000000u);

		value /= 100000000u;
		for (int i = 0; i < 4; i++) {
			end -= 2;
			memcpy(end, digit_pairs + 2 * (low % 100), 2);
			low /= 100;
		}
	}
	uint32_t rest = (uint32_t)value;
	while (rest >= 100) {
		end -= 2;
		memcpy(end, digit_pairs + 2 * (rest % 100), 2);
		rest /= 100;
	}
	if (rest >= 10) {
		end -= 2;
		memcpy(end, digit_pairs + 2 * rest, 2);
	} else {
		*--end = (char)('0' + rest);
	}
	return end;
}
#endif

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

void aiot_out_u64(struct aiot_out *out, uint64_t value)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *from = aiot_out_digits(end, value);

	aiot_out_mem(out, from, (size_t)(end - from));
}

void aiot_out_i64(struct aiot_out *out, int64_t value)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *from = aiot_out_digits(end, magnitude(value));

	if (value < 0)
		*--from = '-';
	aiot_out_mem(out, from, (size_t)(end - from));
}

void aiot_out_decimal(struct aiot_out *out, int64_t value, unsigned digits)
{
	char text[DIGITS_MAX];
	char *end = text + sizeof(text);
	char *from = aiot_out_digits(end, magnitude(value));
	size_t count = (size_t)(end - from);
	size_t whole = count > digits ? count - digits : 0;

	if (value < 0)
		aiot_out_char(out, '-');
	if (whole == 0)
		aiot_out_char(out, '0');
	aiot_out_mem(out, from, whole);
	if (digits == 0)
		return;
	aiot_out_char(out, '.');
	aiot_out_pad(out, '0', digits - (count - whole));
	aiot_out_mem(out, from + whole, count - whole);
}
