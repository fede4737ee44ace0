/*
 * devop-plan.h - the modes of the service devop, as its option names them: which services are to
 * run in which mode.
 *	test: hello unittest; app: hello stats
 * It reads that text each time, and keeps nothing.  Host only.
 */
#ifndef DEVOP_PLAN_H
#define DEVOP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grow.h"

#define PLAN_MODES_MAX 16u
#define PLAN_NAME_BYTES 32	/* of a mode */
#define PLAN_SERVICES_BYTES 960 /* of the services of one */

struct plan_mode {
	char name[PLAN_NAME_BYTES];
	char services[PLAN_SERVICES_BYTES]; /* with blanks between */
};

/* NULL, or what is wrong, a sentence (in wrong, of size bytes). */
const char *plan_wrong(const char *modes, char *wrong, size_t size);

/* Of a plan that is right. */
uint32_t plan_count(const char *modes);
void plan_mode(const char *modes, uint32_t index, struct plan_mode *ret);
/* A mode's number, -1: there is none. */
int plan_find(const char *modes, const char *name);

/* Whether a service is among those, with or without ".service". */
bool plan_lists(const char *services, const char *name);

/* What a mode says of a service. */
enum plan_want { PLAN_SILENT, PLAN_OFF, PLAN_ON };
enum plan_want plan_wants(const char *modes, uint32_t index, const char *name);

/*
 * All services that the mode wants on, or off, as parameters of a command: {"names":["hello"]}.
 * How many these are.
 */
uint32_t plan_put_names(const char *modes, uint32_t index, enum plan_want want, struct grow *out);

/*
 * The first service of any mode that is not in `known` ("\nhello\nworld\n"), and its mode.  False:
 * all are.
 */
bool plan_unknown(const char *modes, const char *known, struct plan_mode *ret, char *service,
		  size_t size);

#endif
