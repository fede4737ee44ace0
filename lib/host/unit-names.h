/*
 * unit-names.h - what handlers of commands about services share: a unit as data, and walking the
 * units that a call names.
 */
#ifndef AIOT_UNIT_NAMES_H
#define AIOT_UNIT_NAMES_H

#include "calls.h"
#include "command.h"
#include "units.h"

/* What must be true of a unit that is named plainly. */
enum aiot_unit_wanted {
	AIOT_WANT_ANY,
	AIOT_WANT_LOADED,
	AIOT_WANT_NOT_LOADED,
};

typedef void aiot_unit_fn(struct aiot_call *call, struct aiot_unit *unit);

/* Whether it is loaded at start: enabled, disabled, masked, static (linked in) or template. */
const char *aiot_unit_enabled_word(const struct aiot_unit *unit);
/* Members of a Service object (idl.c) but `kinds` and `error`. */
void aiot_put_unit_brief(struct aiot_unit *unit, struct aiot_json_out *json); /* up to `info` */
void aiot_put_unit_members(struct aiot_unit *unit, struct aiot_json_out *json);
/* "loaded", "failed", "unloaded" or "masked". */
const char *aiot_unit_load_word(const struct aiot_unit *unit);
/* A Service object without kinds. */
void aiot_put_unit(struct aiot_unit *unit, struct aiot_json_out *json);
/* The same, with what its reload came to. */
void aiot_put_reloaded(struct aiot_unit *unit, struct aiot_json_out *json);

/*
 * Before anything is done: every plain name must be that of a service, and one for which there is
 * something to do.  false: the error reply is made.
 */
bool aiot_unit_names_fit(struct aiot_call *call, enum aiot_unit_wanted wanted);

/*
 * The units that are named, one after the other; all when there are no names.  Each may be
 * forgotten before the next one is asked for.  NULL: the end.
 */
struct aiot_unit_walk {
	struct aiot_call *call;
	struct aiot_names names;
	uint32_t n;		       /* which name */
	char after[AIOT_NAME_MAX + 1]; /* the last one that it meant */
};
void aiot_unit_walk_begin(struct aiot_unit_walk *walk, struct aiot_call *call);
struct aiot_unit *aiot_unit_walk_next(struct aiot_unit_walk *walk);

/* Write what is to be told of a unit; nothing where that is nothing.  0 or -AIOT_ENOMEM. */
typedef int aiot_unit_row_fn(struct aiot_call *call, struct aiot_unit *unit);
/*
 * An array of that name with the rows of the units that are named, each once, in as many replies as
 * that takes; its place is in call->at (count, name and back), which are zero at first.  PAGE: call
 * it again; DONE, or ERROR.
 */
enum aiot_call_result aiot_unit_pages(struct aiot_call *call, const char *member,
				      aiot_unit_row_fn *put);
/*
 * Whether one reply for all that are named, and for which `counts` is true, could be too long,
 * which is too late to say when all is done: false where several replies are welcome.
 */
bool aiot_unit_names_need_more(struct aiot_call *call,
			       bool (*counts)(const struct aiot_call *call,
					      const struct aiot_unit *unit));

/* ---- what is kept: calls-enable.c ---- */

struct aiot_overlay;

/* Have the changes written, by a call that waits for that with its ticket in at.seq.  Not while
 * aiot_keep_busy().  DONE or ERROR. */
enum aiot_call_result aiot_call_commit(struct aiot_call *call, struct aiot_overlay *changes);
/* Whether that is through: DONE, WAIT, or ERROR. */
enum aiot_call_result aiot_call_kept(struct aiot_call *call);
/* Where it was written: members of the reply. */
void aiot_put_kept(struct aiot_call *call);

/* fn for every unit that is named.  fn may forget its unit. */
void aiot_each_unit(struct aiot_call *call, aiot_unit_fn *fn);

#endif
