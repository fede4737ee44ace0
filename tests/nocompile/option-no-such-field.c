/*
 * An option that names no field of the struct.
 *
 * refused by gcc, always: has no member named 'pim'
 * refused by clang, always: no member named 'pim'
 */
#include <aiotools.h>

struct blink {
	uint32_t pin;
};

extern const struct aiot_opt opts[];

const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct blink, pim, "pin", "2", "the pin"),
	{0},
};
