/*
 * A yes-or-no option whose field is an int: only its first byte would be written.
 *
 * refused by gcc, always: not compatible with any association
 * refused by clang, always: not compatible with any generic association
 */
#include <aiotools.h>

struct blink {
	int inverted;
};

extern const struct aiot_opt opts[];

const struct aiot_opt opts[] = {
	AIOT_OPT_BOOL(struct blink, inverted, "inverted", "no", "on is low"),
	{0},
};
