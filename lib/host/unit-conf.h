/*
 * unit-conf.h - what reading a service's files and changing them share: see unit-conf.c and
 * unit-read.c.
 */
#ifndef AIOT_UNIT_CONF_H
#define AIOT_UNIT_CONF_H

#include "unit-files.h"

/* Complain of keys that are to go back to a default and that there are not.  0 or -AIOT_ENOMEM. */
int aiot_unit_conf_check_drop_in(struct aiot_ini *drop_in);

/*
 * Lay the drop-ins over the document of the service's own file.  What is wrong in one goes into the
 * document's errors; one that cannot be read at all is a negative code with a sentence in why.
 */
int aiot_unit_lay_over(const struct aiot_unit *unit, const struct aiot_unit_files *files,
		       struct aiot_ini *doc, struct aiot_out *why);

/* All that is wrong with a document, as one sentence. */
void aiot_unit_complaints(const struct aiot_ini *doc, struct aiot_out *out);

/* Whether its files are others than were read. */
bool aiot_unit_differs(struct aiot_host *host, const struct aiot_unit *unit);

#endif
