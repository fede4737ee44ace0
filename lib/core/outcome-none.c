/*
 * outcome-none.c - errors in a build that keeps no outcomes: their words go to the log at once.
 */
#include "core.h"
#include "outcome.h"

#if !AIOT_OUTCOMES
struct aiot_outcome *aiot_outcome_error(struct aiot_core *core, int code, const char *text,
					size_t len, const struct aiot_frame *chain,
					const struct aiot_site *site)
{
	const char *name = core->current ? aiot_name(core->current) : "aiotools";

	if (site == NULL && chain != NULL)
		site = chain->site;
	aiot_core_log(core, name, AIOT_ERROR, "%d: %.*s (%s:%u)", code, (int)len, text,
		      site ? site->file : "?", site ? site->line : 0);
	return NULL;
}
#endif
