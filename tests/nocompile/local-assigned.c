/*
 * A local without an initialiser is assigned before an await and read after it.  The resume jumps
 * past the assignment.  It belongs into the service's struct.
 *
 * refused by gcc, -Wdeclaration-after-statement: forbids mixed declarations
 * refused by clang, -Wuninitialized: 'n' is uninitialized when used here
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	uint32_t n;
	n = self->ms;
	AIOT_SLEEP_MS(t, 1);
	aiot_info(t, "%u", (unsigned)n);
	AIOT_END(t);
}
