/*
 * A decimal option whose field is a double: it is whole thousandths, int64_t.
 *
 * refused by gcc, always: not compatible with any association
 * refused by clang, always: not compatible with any generic association
 */
#include <aiotools.h>

struct blink {
	double limit;
};

extern const struct aiot_opt opts[];

const struct aiot_opt opts[] = {
	AIOT_OPT_DEC3(struct blink, limit, "limit", "1.5", "the limit"),
	{0},
};
