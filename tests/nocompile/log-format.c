/*
 * The words of a log line do not fit its arguments.
 *
 * refused by gcc, -Wformat=: format '%d' expects
 * refused by clang, -Wformat: format specifies type
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	aiot_info(t, "pin %d", "two");
	AIOT_SLEEP_MS(t, self->ms);
	AIOT_END(t);
}
