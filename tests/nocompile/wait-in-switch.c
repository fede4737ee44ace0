/*
 * A wait inside the author's own switch: the resume would land in the wrong one.
 *
 * refused by gcc, -Woverflow: changes value
 * refused by clang, -Wswitch: overflow converting case value
 */
#include <aiotools.h>

struct blink {
	unsigned state;
	struct aiot_event button;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	switch (self->state) {
	case 1:
		AIOT_WAIT(t, aiot_event_wait(t, &self->button, 1000));
		break;
	}
	AIOT_END(t);
}
