/*
 * A local with a cleanup attribute: it would be cleaned up at each await.  What has to be released
 * goes behind AIOT_FINALLY.
 *
 * refused by gcc, -Wjump-misses-init: jumps over variable initialization
 * refused by clang, always: cannot jump from switch statement to this case label
 */
#include <aiotools.h>

void release(char *c);

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	__attribute__((cleanup(release))) char c = (char)self->ms;
	AIOT_SLEEP_MS(t, 1);
	aiot_info(t, "%c", c);
	AIOT_END(t);
}
