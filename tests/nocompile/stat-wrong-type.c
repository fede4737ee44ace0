/*
 * A stat whose field has another type than its row says: it would be read past its end.
 *
 * refused by gcc, always: not compatible with any association
 * refused by clang, always: not compatible with any generic association
 */
#include <aiotools.h>

struct blink {
	uint32_t toggles;
};

extern const struct aiot_stat stats[];

const struct aiot_stat stats[] = {
	AIOT_STAT_U64(struct blink, toggles, "times switched"),
	{0},
};
