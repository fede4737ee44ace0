/*
 * The item of a queue is a local: it is gone when the item comes.  Where the compiler does not see
 * it, the wait does: the task fails and is told why.
 *
 * refused by gcc, -Wmaybe-uninitialized: may be used uninitialized
 * refused by clang, -Wuninitialized: uninitialized when used here
 */
#include <aiotools.h>

struct blink {
	struct aiot_queue queue;
	uint32_t last;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	for (;;) {
		uint32_t item;

		AIOT_WAIT(t, aiot_queue_get(t, &self->queue, &item, AIOT_FOREVER));
		self->last = item;
	}
	AIOT_END(t);
}
