/*
 * A text option whose field is an array: the runtime stores a pointer to its own copy there.
 *
 * refused by gcc, always: not compatible with any association
 * refused by clang, always: not compatible with any generic association
 */
#include <aiotools.h>

struct blink {
	char pin[16];
};

extern const struct aiot_opt opts[];

const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct blink, pin, "pin", "2", "the pin"),
	{0},
};
