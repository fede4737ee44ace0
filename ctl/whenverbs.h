/*
 * whenverbs.h - the verbs that need no daemon: when and timespan.
 */
#ifndef CTL_WHENVERBS_H
#define CTL_WHENVERBS_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "out.h"

/*
 * Answer to out, as text or JSON.  0, or the exit code, with a sentence in why: 2 for a condition
 * or a span that is none, 1 for a history that can't be used.
 */
int ctl_when(struct aiot_json request, bool json, int64_t now_ns, struct aiot_out *out,
	     struct aiot_out *why);
int ctl_timespan(struct aiot_json request, bool json, struct aiot_out *out, struct aiot_out *why);

#endif
