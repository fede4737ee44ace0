/*
 * An option whose field is narrower than its type: the runtime would write past it.
 *
 * refused by gcc, always: not compatible with any association
 * refused by clang, always: not compatible with any generic association
 */
#include <aiotools.h>

struct blink {
	uint16_t ms;
};

extern const struct aiot_opt opts[];

const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct blink, ms, "sleep", "5s", "how long it is off"),
	{0},
};
