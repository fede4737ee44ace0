/*
 * call-look.h - for handlers that check values: the options of the module that a service is, or
 * would be, loaded from, open or not.
 */
#ifndef AIOT_CALL_LOOK_H
#define AIOT_CALL_LOOK_H

#include "command.h"
#include "service.h"
#include "units.h"

struct aiot_look {
	const struct aiot_service *service; /* NULL: nobody can know */
	const char *why;		    /* why not, a sentence */
	struct aiot_service *made;	    /* private */
	char text[768];
};

/*
 * false: another process looks into it; the handler waits (AIOT_CALL_WAIT) and asks again, with
 * at.hint as it is left here.
 */
bool aiot_look(struct aiot_call *call, const struct aiot_unit_conf *conf, struct aiot_look *look);
/* Members `checked` and `unchecked`, why not; NULL: there was nothing to check. */
void aiot_look_put(struct aiot_call *call, const struct aiot_look *look);
/* It is needed no more. */
void aiot_look_finish(struct aiot_call *call, struct aiot_look *look);

#endif
