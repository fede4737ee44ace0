/*
 * overlay.h - services.json: what enable, disable, mask, unmask and config were told, kept in the
 * state directory and laid over what the services' files say.
 *
 *	{"hello":{"enabled":true,"masked":false,"args":{"whom":"Ada"}}, ...}
 *
 * Only what was said is written.  overlay.c is the thing itself, in memory; overlay-file.c reads
 *and writes it.
 */
#ifndef AIOT_OVERLAY_H
#define AIOT_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "name.h"
#include "out.h"
#include "trie.h"

struct aiot_host;

#define AIOT_OVERLAY_FILE "services.json"
#define AIOT_OVERLAY_BYTES_MAX (4u << 20)

enum aiot_overlay_enabled {
	AIOT_OVERLAY_UNSAID,
	AIOT_OVERLAY_NO,
	AIOT_OVERLAY_YES,
};

struct aiot_overlay_arg {
	char *key, *value;
};

struct aiot_overlay_entry {
	struct aiot_trie_node node; /* link: overlay.entries */
	char name[AIOT_NAME_MAX + 1];
	uint8_t enabled; /* enum aiot_overlay_enabled */
	bool masked;
	uint32_t arg_count;
	struct aiot_overlay_arg *args;
};

/* Zeroed: says nothing.  Also changes that are to be made at once are one. */
struct aiot_overlay {
	struct aiot_trie entries; /* by service name */
	uint64_t print;		  /* of the file it was read from; 0: of none */
	bool unread;		  /* that is there, but could not be read: nobody writes over it */
};

const struct aiot_overlay_entry *aiot_overlay_find(const struct aiot_overlay *overlay,
						   const char *name);
/* In the order of their names; NULL begins and ends. */
const struct aiot_overlay_entry *aiot_overlay_next(const struct aiot_overlay *overlay,
						   const struct aiot_overlay_entry *after);
void aiot_overlay_finish(struct aiot_overlay *overlay);

/*
 * A copy of what is said of a service, to be changed and then put in its place; of one of which
 * nothing is said an empty one.  NULL: no memory.
 */
struct aiot_overlay_entry *aiot_overlay_copy(const struct aiot_overlay *overlay, const char *name);
void aiot_overlay_entry_free(struct aiot_overlay_entry *entry);
/* value NULL: say nothing of that key any more.  0 or -AIOT_ENOMEM. */
int aiot_overlay_set_arg(struct aiot_overlay_entry *entry, const char *key, const char *value);
/* Whether the entry says what the overlay does. */
bool aiot_overlay_says(const struct aiot_overlay *overlay, const struct aiot_overlay_entry *entry);
/* Put one in its place; it is taken over. */
void aiot_overlay_put(struct aiot_overlay *overlay, struct aiot_overlay_entry *entry);
/* Take the one of that name, which is in it, out. */
struct aiot_overlay_entry *aiot_overlay_out(struct aiot_overlay *overlay, const char *name);
/* Put all changes in their places; those that say nothing are forgotten.  changes is then empty. */
void aiot_overlay_take(struct aiot_overlay *overlay, struct aiot_overlay *changes);

/* The file's text, with the changes in their places; out must grow. */
void aiot_overlay_format(const struct aiot_overlay *overlay, const struct aiot_overlay *changes,
			 struct aiot_out *out);
/* One service's object, as JSON. */
void aiot_overlay_entry_format(const struct aiot_overlay_entry *entry, struct aiot_out *out);
/*
 * Read the file's text into an empty overlay.  -AIOT_EINVAL, with what is wrong in why (and nothing
 * in the overlay); -AIOT_ENOMEM.
 */
int aiot_overlay_parse(const char *text, size_t len, struct aiot_overlay *overlay,
		       struct aiot_out *why);

/* ---- overlay-file.c ---- */

/*
 * Read the host's file, if it is another one than was read last.  One that is damaged is told and
 * moved aside; what is in force stays.
 */
void aiot_overlay_load(struct aiot_host *host);

/*
 * Write the changes, which come into force when they are on disk; what they change nothing of is
 * not written.  They are taken over in any case.  *ret_ticket: for aiot_keep_result(); 0: nothing
 * is written.  Negative with a sentence in why.  No write may be under way.
 */
int aiot_overlay_commit(struct aiot_host *host, struct aiot_overlay *changes, uint64_t *ret_ticket,
			struct aiot_out *why);

#endif
