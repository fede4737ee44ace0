/*
 * edit.h - a service's file in the user's editor.
 */
#ifndef CTL_EDIT_H
#define CTL_EDIT_H

#include "call.h"
#include "json.h"
#include "out.h"

/* Zeroed to begin with. */
struct ctl_edit {
	/* private */
	char path[4096];	 /* the copy; "": none */
	struct aiot_out request; /* what the new parameters lie in */
};

#define CTL_EDIT_UNCHANGED (-1)

/*
 * Have the user change a copy of the file of the service that the request names, and put the new
 * text into the request.  call is used for asking what the file says.  0; CTL_EDIT_UNCHANGED: the
 * user has left it as it was; else aiotoolsctl's exit code, with a sentence in why.
 */
int ctl_edit_begin(struct ctl_edit *edit, struct ctl_call *call, const struct aiot_commands *c,
		   struct aiot_json *request, struct aiot_out *why);

/* The daemon has taken the text, or has not: then the copy stays, and its path is told. */
void ctl_edit_end(struct ctl_edit *edit, bool taken);

#endif
