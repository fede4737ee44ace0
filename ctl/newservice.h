/*
 * newservice.h - new-service: the files of a service that somebody is about to write.
 */
#ifndef CTL_NEWSERVICE_H
#define CTL_NEWSERVICE_H

#include <stdbool.h>

#include "json.h"
#include "out.h"

/* A file to write; @NAME@ stands for the service's name in both. */
struct ctl_template {
	const char *file;
	const char *text;
};

extern const struct ctl_template ctl_templates[]; /* ended by a row without a file; embed.py */

/*
 * Write them below the directory that the request names ("dir", else the service's name), and to
 * out which they are.  Nothing is overwritten, and what was begun is taken back when it fails.  The
 * exit code; if it is not 0, a sentence is in why.
 */
int ctl_new_service(struct aiot_json request, bool json, bool quiet, struct aiot_out *out,
		    struct aiot_out *why);

#endif
