/*
 * An await in a function that has no AIOT_BEGIN: there is no frame to resume.
 *
 * refused by gcc, always: 'aiot_f_' undeclared
 * refused by clang, always: undeclared identifier 'aiot_f_'
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}
