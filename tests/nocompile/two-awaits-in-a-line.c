/*
 * Two awaits in one line, also by a macro of one's own: a resume could not tell them apart, as the
 * line is what is kept.
 *
 * refused by gcc, always: duplicate case value
 * refused by clang, always: duplicate case value
 */
#include <aiotools.h>

#define WAIT_TWICE(t, ms)                                                                          \
	do {                                                                                       \
		AIOT_SLEEP_MS(t, ms);                                                              \
		AIOT_SLEEP_MS(t, ms);                                                              \
	} while (0)

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	WAIT_TWICE(t, self->ms);
	AIOT_END(t);
}
