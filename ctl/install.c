/*
 * install.c - see install.h.  Called by main.c before the request of install is sent.
 */
#include "install.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <aiotools.h>

int ctl_install_here(struct aiot_json request, struct aiot_out *params, struct aiot_out *why)
{
	struct aiot_json path = aiot_json_get(request, "path");
	struct aiot_json_out json;
	char dir[PATH_MAX];

	if (aiot_json_type(aiot_json_get(request, "directory")) == AIOT_JSON_STRING ||
	    (path.len > 1 && path.text[1] == '/'))
		return 0;
	if (getcwd(dir, sizeof(dir)) == NULL) {
		aiot_format(why, "the directory that this is cannot be told: %s", strerror(errno));
		return -AIOT_EINVAL;
	}
	params->len--; /* the brace */
	aiot_out_text(params, ",\"directory\":");
	aiot_json_begin(&json, params);
	aiot_json_put_str(&json, NULL, dir);
	aiot_out_char(params, '}');
	return params->error;
}
