/*
 * json-number.c - whole numbers out of a text that aiot_json_parse() found to be JSON.
 *
 * Called as json-read.c is, with slices of such a text.  Numbers are read from their digits, never
 * through a double.
 */
#include "json.h"

#include <aiotools.h>

/* The value is digits (dots among them skipped) * 10^scale. */
struct number {
	const char *from, *end;
	int64_t scale;
	bool negative;
};

static int64_t read_exponent(const char *p, const char *end)
{
	const int64_t enough = 1000000000000; /* beyond any number of digits a text can have */
	bool negative = *p == '-';
	int64_t value = 0;

	if (*p == '-' || *p == '+')
		p++;
	for (; p < end && value < enough; p++)
		value = value * 10 + (*p - '0');
	return negative ? -value : value;
}

/* Take the number apart, so that its last digit is not 0 (or there is none: zero). */
static void split_number(struct aiot_json value, struct number *ret)
{
	const char *p = value.text, *end = value.text + value.len;
	const char *dot = NULL;

	ret->negative = *p == '-';
	ret->from = p + ret->negative;
	ret->scale = 0;
	for (p = ret->from; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.')
			dot = p;
	}
	ret->end = p;
	if (p < end)
		ret->scale = read_exponent(p + 1, end);
	if (dot)
		ret->scale -= p - dot - 1;
	for (; ret->end > ret->from && (ret->end[-1] == '0' || ret->end[-1] == '.'); ret->end--) {
		if (ret->end[-1] == '0')
			ret->scale++;
	}
}

static int times_ten(uint64_t *value, unsigned digit)
{
	if (*value > (UINT64_MAX - digit) / 10)
		return -AIOT_ERANGE;
	*value = *value * 10 + digit;
	return 0;
}

static int read_magnitude(struct aiot_json value, bool *ret_negative, uint64_t *ret)
{
	struct number number;
	uint64_t sum = 0;
	int rc = 0;

	if (aiot_json_type(value) != AIOT_JSON_NUMBER)
		return -AIOT_EINVAL;
	split_number(value, &number);
	if (number.scale < 0 && number.from < number.end)
		return -AIOT_EINVAL;
	for (const char *p = number.from; p < number.end && rc == 0; p++) {
		if (*p != '.')
			rc = times_ten(&sum, (unsigned)(*p - '0'));
	}
	for (; number.scale > 0 && sum > 0 && rc == 0; number.scale--)
		rc = times_ten(&sum, 0);
	if (rc < 0)
		return rc;
	*ret_negative = number.negative;
	*ret = sum;
	return 0;
}

int aiot_json_u64(struct aiot_json value, uint64_t *ret)
{
	uint64_t sum;
	bool negative;
	int rc = read_magnitude(value, &negative, &sum);

	if (rc < 0)
		return rc;
	if (negative && sum > 0)
		return -AIOT_ERANGE;
	*ret = sum;
	return 0;
}

int aiot_json_i64(struct aiot_json value, int64_t *ret)
{
	uint64_t sum;
	bool negative;
	int rc = read_magnitude(value, &negative, &sum);

	if (rc < 0)
		return rc;
	if (sum > (uint64_t)INT64_MAX + negative)
		return -AIOT_ERANGE;
	/* The smallest has no positive counterpart. */
	*ret = negative && sum > 0 ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
	return 0;
}
