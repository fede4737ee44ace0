/*
 * span-small.c - time spans as people write them, on boards that have little flash: whole numbers
 * of ms, s, min (or m), h and d, several summed, up to 49 days.
 *
 * Built instead of timeread.c; called for options and for the command `schedule`.  One table for
 * both ways.  What the daemon reads in addition (fractions, 2hours, 01:30:00) is refused.
 */
#include "timetext.h"

#include <aiotools.h>

static const struct {
	uint32_t ms;
	char name[4];
} units[] = {
	{24 * 60 * 60 * 1000, "d"},
	{60 * 60 * 1000, "h"},
	{60 * 1000, "min"},
	{1000, "s"},
	{1, "ms"},
	{60 * 1000, "m"}, /* read, and never written: min comes first */
};

#define SECOND 3
#define UNITS (sizeof(units) / sizeof(units[0]))

static const char *pass_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* Which unit the text begins with, and passes it; ms and min are looked for before m. */
static size_t take_unit(const char **text)
{
	size_t i, n;

	for (i = 0; i < UNITS; i++) {
		const char *name = units[i].name;

		for (n = 0; name[n] != '\0' && name[n] == (*text)[n]; n++)
			continue;
		if (name[n] == '\0') {
			*text += n;
			break;
		}
	}
	return i;
}

int aiot_span_ms(const char *text, size_t len, uint32_t *ret_ms)
{
	const char *end = text + len;
	uint32_t ms = 0;
	bool alone = true;

	text = pass_blanks(text);
	do {
		const char *digits = text;
		uint32_t number = 0;
		size_t unit = SECOND;

		for (; *text >= '0' && *text <= '9'; text++) {
			if (number >= UINT32_MAX / 10)
				return -AIOT_ERANGE;
			number = number * 10 + (uint32_t)(*text - '0');
		}
		if (text == digits)
			return -AIOT_EINVAL;
		text = pass_blanks(text);
		if (!alone || text < end) {
			unit = take_unit(&text);
			if (unit == UNITS)
				return -AIOT_EINVAL;
			text = pass_blanks(text);
		}
		if (number > (UINT32_MAX - ms) / units[unit].ms)
			return -AIOT_ERANGE;
		ms += number * units[unit].ms;
		alone = false;
	} while (text < end);
	*ret_ms = ms;
	return 0;
}

int aiot_span_parse(const char *text, size_t len, uint64_t *ret_ns, size_t *ret_column)
{
	uint32_t ms;
	int r = aiot_span_ms(text, len, &ms);

	(void)ret_column;
	if (r == 0)
		*ret_ns = ms * AIOT_NS_PER_MS;
	return r;
}

void aiot_out_span_ms(struct aiot_out *out, uint32_t ms)
{
	size_t i = ms > 0 ? 0 : SECOND;

	while (ms % units[i].ms != 0)
		i++;
	aiot_out_u64(out, ms / units[i].ms);
	aiot_out_text(out, units[i].name);
}
