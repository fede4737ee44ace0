/*
 * beside.c - see beside.h.  Called by main.c before a request is sent.
 */
#include "beside.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <aiotools.h>

/* In front of the brace; `text` is a JSON value's. */
static void add(struct aiot_out *params, const char *key, const char *text, bool *ret_added)
{
	params->len--;
	if (params->len > 1)
		aiot_out_char(params, ',');
	aiot_format(params, "\"%s\":%s}", key, text);
	*ret_added = true;
}

static int add_directory(struct aiot_json request, struct aiot_out *params, bool *ret_added,
			 struct aiot_out *why)
{
	struct aiot_json path = aiot_json_get(request, "path");
	char dir[PATH_MAX], text[6 * PATH_MAX + 3];
	struct aiot_json_out json;
	struct aiot_out out;

	if (aiot_json_type(aiot_json_get(request, "directory")) == AIOT_JSON_STRING ||
	    (path.len > 1 && path.text[1] == '/'))
		return 0;
	if (getcwd(dir, sizeof(dir)) == NULL) {
		aiot_format(why, "the directory that this is cannot be told: %s", strerror(errno));
		return -AIOT_EINVAL;
	}
	aiot_out_init(&out, text, sizeof(text));
	aiot_json_begin(&json, &out);
	aiot_json_put_str(&json, NULL, dir);
	add(params, "directory", aiot_out_str(&out), ret_added);
	return params->error;
}

int ctl_beside(const struct aiot_command *command, bool json, struct aiot_json request,
	       struct aiot_out *params, bool *ret_added, struct aiot_out *why)
{
	*ret_added = false;
	if (command->id == AIOT_CMD_INSTALL)
		return add_directory(request, params, ret_added, why);
	if (command->id == AIOT_CMD_SERVICES && !json &&
	    aiot_json_type(aiot_json_get(request, "brief")) == AIOT_JSON_NONE &&
	    !aiot_json_bool(aiot_json_get(request, "status"), false))
		add(params, "brief", "true", ret_added);
	return params->error;
}
