/*
 * inspect.h - modules that are looked into by another process, so that nothing of them runs in this
 * one.
 */
#ifndef AIOT_INSPECT_H
#define AIOT_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "out.h"

#define AIOT_INSPECT_S 5		  /* how long opening may take */
#define AIOT_INSPECT_KEPT_S 30		  /* a result that nobody takes */
#define AIOT_INSPECT_BYTES (256u * 1024u) /* of what is told */
#define AIOT_INSPECTS 4			  /* at a time */

struct aiot_host;

/* What came of it; valid until the loop goes on. */
struct aiot_inspected {
	int code;	       /* 0, or -AIOT_E... */
	bool fatal;	       /* opening it ends or hangs the program that does */
	const char *why;       /* a sentence, when code is negative */
	struct aiot_json json; /* abi version info docs kinds conditions verbs */
};

/*
 * Have a module opened and looked into.  *ret is a ticket, for which nobody has to come; 0: all are
 * under way, and the callers that wait are asked again when one is through.  Negative, with a
 * sentence in why: it cannot be done.
 */
int aiot_inspect(struct aiot_host *host, const char *path, const char *name, uint32_t *ret,
		 struct aiot_out *why);
/* false: it is under way.  What is told of a ticket that waited too long says so. */
bool aiot_inspect_done(struct aiot_host *host, uint32_t ticket, struct aiot_inspected *ret);
/* It was read. */
void aiot_inspect_free(struct aiot_host *host, uint32_t ticket);

/* The host ends: kill what is under way, close what there is on the loop. */
void aiot_inspects_finish(struct aiot_host *host);

#endif
