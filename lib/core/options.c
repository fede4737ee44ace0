/*
 * options.c - values of options: read from text, put into a struct.
 *
 * Called by service.c to check descriptors and by settings.c to fill in a task's struct.  Pure
 * functions of what they are handed; which option is meant is service.c's.
 */
#include <string.h>

#include "service.h"
#include "timetext.h"

uint32_t aiot_type_bytes(uint16_t type)
{
	switch (type) {
	case AIOT_TYPE_STR:
		return sizeof(const char *);
	case AIOT_TYPE_BOOL:
		return 1;
	case AIOT_TYPE_I32:
	case AIOT_TYPE_U32:
	case AIOT_TYPE_MS:
		return 4;
	default:
		return 8;
	}
}

static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	return c;
}

/* ---- reading ---- */

/* [+-]digits[.digits], scaled by 10^digits; all of the text. */
static int read_number(const char *text, unsigned digits, int64_t *ret, bool *ret_negative,
		       uint64_t *ret_magnitude)
{
	bool negative = *text == '-';
	uint64_t value = 0;
	unsigned seen = 0;

	if (*text == '-' || *text == '+')
		text++;
	for (; *text >= '0' && *text <= '9'; text++, seen++) {
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -AIOT_ERANGE;
	}
	if (seen == 0)
		return -AIOT_EINVAL;
	if (*text == '.' && digits) {
		text++;
		if (*text == '\0')
			return -AIOT_EINVAL;
	}
	while (digits > 0) {
		uint64_t digit = 0;

		if (*text >= '0' && *text <= '9')
			digit = (uint64_t)(*text++ - '0');
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -AIOT_ERANGE;
		digits--;
	}
	if (*text != '\0')
		return -AIOT_EINVAL;
	*ret_negative = negative;
	*ret_magnitude = value;
	if (value > (uint64_t)INT64_MAX + (negative ? 1u : 0u))
		*ret = 0;
	else
		*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return 0;
}

static int read_integer(const char *text, unsigned digits, int64_t min, uint64_t max, int64_t *ret)
{
	bool negative = false;
	uint64_t magnitude = 0;
	int64_t value = 0;
	int r = read_number(text, digits, &value, &negative, &magnitude);

	if (r < 0)
		return r;
	if (negative ? magnitude > (uint64_t)INT64_MAX + 1 || value < min : magnitude > max)
		return -AIOT_ERANGE;
	*ret = negative ? value : (int64_t)magnitude;
	return 0;
}

/* Case does not matter.  Unlike in keys everything else does: "-1" is no yes. */
static bool word_equal(const char *a, const char *b)
{
	while (plain(*a) == plain(*b)) {
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
	return false;
}

static int read_bool(const char *text, int64_t *ret)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (word_equal(text, words[i])) {
			*ret = i & 1;
			return 0;
		}
	}
	return -AIOT_EINVAL;
}

static int read_ms(const char *text, int64_t *ret)
{
	uint64_t ns;
	int r = aiot_span_parse(text, strlen(text), &ns, NULL);

	if (r < 0)
		return r;
	if (ns / AIOT_NS_PER_MS > UINT32_MAX || ns % AIOT_NS_PER_MS != 0)
		return -AIOT_ERANGE; /* 500us would become 0, and a pause no pause */
	*ret = (int64_t)(ns / AIOT_NS_PER_MS);
	return 0;
}

static int read_value(uint16_t type, const char *text, int64_t *ret)
{
	switch (type) {
	case AIOT_TYPE_STR:
		return 0;
	case AIOT_TYPE_BOOL:
		return read_bool(text, ret);
	case AIOT_TYPE_I32:
		return read_integer(text, 0, INT32_MIN, INT32_MAX, ret);
	case AIOT_TYPE_U32:
		return read_integer(text, 0, 0, UINT32_MAX, ret);
	case AIOT_TYPE_I64:
		return read_integer(text, 0, INT64_MIN, INT64_MAX, ret);
	case AIOT_TYPE_U64:
		return read_integer(text, 0, 0, UINT64_MAX, ret);
	case AIOT_TYPE_MS:
		return read_ms(text, ret);
	case AIOT_TYPE_DEC3:
		return read_integer(text, 3, INT64_MIN, INT64_MAX, ret);
	default:
		return -AIOT_EINVAL;
	}
}

int aiot_opt_value(const struct aiot_opt *opt, const char *text, union aiot_value *ret)
{
	int64_t number = 0;
	int r = read_value(opt->type, text, &number);

	if (r < 0)
		return r;
	if (opt->type == AIOT_TYPE_STR)
		ret->text = text;
	else
		ret->number = (uint64_t)number;
	return 0;
}

static void put(const struct aiot_opt *opt, void *self, const union aiot_value *value)
{
	void *field = (char *)self + opt->off;

	switch (opt->type) {
	case AIOT_TYPE_STR:
		*(const char **)field = value->text;
		break;
	case AIOT_TYPE_BOOL:
		*(uint8_t *)field = (uint8_t)value->number;
		break;
	case AIOT_TYPE_I32:
	case AIOT_TYPE_U32:
	case AIOT_TYPE_MS:
		*(uint32_t *)field = (uint32_t)value->number;
		break;
	default:
		*(uint64_t *)field = value->number;
	}
}

int aiot_opt_store(const struct aiot_opt *opt, void *self, const char *text)
{
	union aiot_value value;
	int r = aiot_opt_value(opt, text, &value);

	if (r == 0 && self != NULL)
		put(opt, self, &value);
	return r;
}

bool aiot_opt_differs(const struct aiot_opt *opt, const void *self, const char *text)
{
	const void *field = (const char *)self + opt->off;
	struct aiot_opt at_zero = *opt;
	uint64_t value = 0;

	if (opt->type == AIOT_TYPE_STR)
		return strcmp(*(const char *const *)field, text) != 0;
	at_zero.off = 0;
	return aiot_opt_store(&at_zero, &value, text) == 0 &&
	       memcmp(field, &value, aiot_type_bytes(opt->type)) != 0;
}

#if AIOT_SETTINGS
int aiot_opts_apply(const struct aiot_spec *spec, void *self)
{
	const struct aiot_opt *opt;
	uint32_t a;
	unsigned i;
	int r;

	for (i = 0; (opt = aiot_opt_row(spec->service, AIOT_KIND(spec)->opts, i)) != NULL; i++) {
		r = aiot_opt_store(opt, self, opt->def);
		if (r < 0)
			return r;
	}
	for (a = 0; a < spec->arg_count; a++) {
		opt = aiot_opt_find(spec->service, AIOT_KIND(spec)->opts, spec->args[a].key);
		r = opt ? aiot_opt_store(opt, self, spec->args[a].value) : -AIOT_ENOENT;
		if (r < 0)
			return r;
	}
	return 0;
}
#else
int aiot_opts_apply(const struct aiot_spec *spec, void *self)
{
	const struct aiot_opt *opt;
	unsigned i;

	for (i = 0; (opt = aiot_opt_row(spec->service, AIOT_KIND(spec)->opts, i)) != NULL; i++)
		put(opt, self, &spec->values[i]);
	return 0;
}
#endif
