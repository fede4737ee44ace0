/*
 * document.h - answers as JSON, for --json: one document, or one object a line.
 */
#ifndef CTL_DOCUMENT_H
#define CTL_DOCUMENT_H

#include "json.h"
#include "out.h"

struct ctl_member;

/* The replies of one call so far, put together.  Zeroed to begin with. */
struct ctl_document {
	/* private */
	struct ctl_member *members; /* in the order in which they first came */
	size_t count;
};

void ctl_document_finish(struct ctl_document *document);

/*
 * Take over a copy of one reply's parameters: arrays are put behind what the member has already, of
 * anything else the last value counts.  0, or -AIOT_ENOMEM.
 */
int ctl_document_add(struct ctl_document *document, struct aiot_json parameters);

/*
 * The same for a reply of `result`: each of its rows becomes a member, its name's, whose value is
 * the result or the error.
 */
int ctl_document_add_results(struct ctl_document *document, struct aiot_json parameters);

/* The same for a reply of `get-config`: each service becomes a member, whose value is its row. */
int ctl_document_add_configs(struct ctl_document *document, struct aiot_json parameters);

/* Write it as one object and a newline. */
void ctl_document_write(const struct ctl_document *document, struct aiot_out *out);

/*
 * Write a reply of a log: {"lost":N} if records are missing before it, then its records, one a
 * line.
 */
void ctl_document_write_records(struct aiot_json parameters, struct aiot_out *out);

/* {"error":...,"parameters":...} and a newline. */
void ctl_document_write_error(struct aiot_json error, struct aiot_json parameters,
			      struct aiot_out *out);

#endif
