/*
 * deps.h - which service needs which: Requires=, Wants= and After= of all files as one graph.
 *
 * Each word is an edge from the service whose file has it to the service that it names, which need
 * not be there.  Both ends are found in one step, and an edge is put in and taken out alone, so
 * that nothing is ever built anew for all services; what has to be known of the whole (rings, the
 * order of a boot) is a walk that passes each edge once.
 */
#ifndef AIOT_DEPS_H
#define AIOT_DEPS_H

#include <stdbool.h>

#include "list.h"
#include "name.h"
#include "out.h"
#include "trie.h"

struct aiot_host;
struct aiot_unit;

/* In words: "requires", "wants", "after". */
enum aiot_dep_kind {
	AIOT_DEP_REQUIRES, /* does not run without it */
	AIOT_DEP_WANTS,	   /* has it loaded and started, too, and begins when that is decided */
	AIOT_DEP_AFTER,	   /* begins when it is decided, if it is being started */
};

/* What services say about one name. */
struct aiot_dep_target {
	struct aiot_trie_node node; /* link: host.targets */
	struct aiot_unit *unit;	    /* of that name; NULL: there is none */
	struct aiot_link from;	    /* edges to here */
	uint32_t count;		    /* of these */
	bool sorted;		    /* they are, by the names of their services */
	char name[AIOT_NAME_MAX + 1];
};

struct aiot_dep {
	struct aiot_link link; /* link: target.from */
	struct aiot_unit *unit;
	struct aiot_dep_target *target;
	uint8_t kind; /* enum aiot_dep_kind */
};

/* A unit's part in it. */
struct aiot_unit_deps {
	struct aiot_dep *to; /* in the order of the file: Requires, Wants, After */
	uint32_t count;
	struct aiot_dep_target *self; /* what others say about it; NULL: nothing */
	/* private: of a walk */
	struct aiot_unit *up;	   /* where it came from */
	uint32_t at, seen;	   /* the next edge; the walk that was here last */
	struct aiot_link *from_at; /* the next one of those to here */
	/* of looking for rings, each as of host.deps_changes */
	uint32_t checked, ringed;
	uint32_t ring; /* ringed: which edge goes on around */
	bool on_path;
};

static inline struct aiot_dep *aiot_dep_of(struct aiot_link *link)
{
	return (struct aiot_dep *)(void *)link; /* first member */
}

/* Where it leads to, an instance of a template made if need be; NULL: to nothing that is known. */
struct aiot_unit *aiot_dep_unit(struct aiot_host *host, const struct aiot_dep *dep);

/* A unit of that name is there from now on, or goes. */
void aiot_deps_come(struct aiot_host *host, struct aiot_unit *unit);
void aiot_deps_go(struct aiot_host *host, struct aiot_unit *unit);

/*
 * Its file was read: take the words of its conf.  While it is loaded it stays as it was loaded.
 * -AIOT_ENOMEM: it has none now.
 */
int aiot_deps_read(struct aiot_host *host, struct aiot_unit *unit);

/* The same for what is loaded: it is as its file says from now on. */
int aiot_deps_apply(struct aiot_host *host, struct aiot_unit *unit);
/* Whether its file says something else of other services than what counts for it. */
bool aiot_deps_differ(const struct aiot_unit *unit);

/*
 * What makes a load fail: a service that is required and not known, one that a core service cannot
 * wait for, a ring.  A sentence in why, with file and line; -AIOT_EINVAL.
 */
int aiot_deps_check(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why);

/* The same for what is loaded and whose file is another one now; its edges stay as they are. */
int aiot_deps_try(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why);

/* Names of Wants= and After= that mean nothing: a line in the log for each. */
void aiot_deps_warn(struct aiot_host *host, const struct aiot_unit *unit);

/* Have a target's edges by name. */
void aiot_deps_sort(struct aiot_dep_target *target);

const char *aiot_dep_word(enum aiot_dep_kind kind);

/* "a.service requires b.service requires a.service"; the unit is in a ring. */
void aiot_deps_put_ring(struct aiot_unit *unit, struct aiot_out *out);

/* Another walk: units whose `seen` is not this were not met by it. */
uint32_t aiot_deps_walk(struct aiot_host *host);

#endif
