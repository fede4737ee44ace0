/*
 * A local array without an initialiser is filled, then read after an await.  No compiler sees how
 * it is used, as the array's address was given away; what is refused is where it is declared.
 *
 * refused by gcc, -Wdeclaration-after-statement: forbids mixed declarations
 * refused by clang, -Wdeclaration-after-statement: mixing declarations and code
 */
#include <aiotools.h>

void fill(char *buffer);

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	char buffer[16];
	fill(buffer);
	AIOT_SLEEP_MS(t, self->ms);
	aiot_info(t, "%s", buffer);
	AIOT_END(t);
}
