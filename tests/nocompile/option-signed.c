/*
 * An option of an unsigned type whose field is signed.
 *
 * refused by gcc, always: not compatible with any association
 * refused by clang, always: not compatible with any generic association
 */
#include <aiotools.h>

struct blink {
	int32_t pin;
};

extern const struct aiot_opt opts[];

const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct blink, pin, "pin", "2", "the pin"),
	{0},
};
