/*
 * unit-names.h - what handlers of commands about services share: a unit as data, and walking the
 * units that a call names.
 */
#ifndef AIOT_UNIT_NAMES_H
#define AIOT_UNIT_NAMES_H

#include "command.h"
#include "units.h"

/* What must be true of a unit that is named plainly. */
enum aiot_unit_wanted {
	AIOT_WANT_ANY,
	AIOT_WANT_LOADED,
	AIOT_WANT_NOT_LOADED,
};

typedef void aiot_unit_fn(struct aiot_call *call, struct aiot_unit *unit);

/* Members of a Service object (idl.c) but `kinds` and `error`. */
void aiot_put_unit_members(struct aiot_unit *unit, struct aiot_json_out *json);
/* "loaded", "failed", "unloaded" or "masked". */
const char *aiot_unit_load_word(const struct aiot_unit *unit);
/* A Service object without kinds. */
void aiot_put_unit(struct aiot_unit *unit, struct aiot_json_out *json);

/*
 * Before anything is done: every plain name must be that of a service, and one for which there is
 * something to do.  false: the error reply is made.
 */
bool aiot_unit_names_fit(struct aiot_call *call, enum aiot_unit_wanted wanted);

/* fn for every unit that is named; all when there are no names.  fn may forget its unit. */
void aiot_each_unit(struct aiot_call *call, aiot_unit_fn *fn);

#endif
