/*
 * calls-install.c - the handlers of install and remove.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  They say what can be said at
 * once; the rest is install.c's, and waited for by being called again.
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "install-files.h"
#include "install.h"
#include "unit-names.h"

/* at.hint: the ticket. */
static enum aiot_call_result cannot_begin(struct aiot_call *call, int code)
{
	if (code == -AIOT_ENOSYS)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
				       "the program has no state directory to install anything in");
	return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory for it");
}

static bool is_stopping(struct aiot_call *call)
{
	const struct aiot_host *host = call->ctx;

	if (!host->stopping)
		return false;
	(void)aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN, "the daemon is stopping");
	return true;
}

static enum aiot_call_result tell_failure(struct aiot_call *call, const struct aiot_installed *got)
{
	return got->name[0]
		       ? aiot_call_error_at(call, got->error, "name", got->name, "%s", got->why)
		       : aiot_call_error(call, got->error, "%s", got->why);
}

/* ---- install ---- */

/* A path that is not absolute is meant in the caller's directory, which it tells. */
static bool read_path(struct aiot_call *call, char path[AIOT_INSTALL_PATH])
{
	char given[AIOT_INSTALL_PATH] = "", dir[AIOT_INSTALL_PATH] = "";
	int r = aiot_json_str(aiot_json_get(call->params, "path"), given, sizeof(given));

	(void)aiot_json_str(aiot_json_get(call->params, "directory"), dir, sizeof(dir));
	if (r > 0 && given[0] == '/' && strlen(given) < AIOT_INSTALL_PATH - NAME_MAX) {
		memcpy(path, given, strlen(given) + 1);
	} else if (r > 0 && dir[0] == '/' &&
		   strlen(dir) + strlen(given) < AIOT_INSTALL_PATH - NAME_MAX) {
		(void)aiot_format_to(path, AIOT_INSTALL_PATH, "%s/%s", dir, given);
	} else {
		(void)aiot_call_error_at(call, AIOT_ERR_USAGE, "parameter", "path",
					 "'%.200s' cannot be where a module is; give the whole "
					 "path, from / on",
					 given);
		return false;
	}
	return true;
}

static enum aiot_call_result tell_installed(struct aiot_call *call, const char *name)
{
	struct aiot_host *host = call->ctx;
	struct aiot_unit *unit = aiot_unit_find(host, name);

	aiot_json_put_str(&call->json, "name", name);
	aiot_json_put_strf(&call->json, "path", "%s/modules/%s.so", host->state_dir, name);
	aiot_json_put_str(&call->json, "file", unit ? unit->file : NULL);
	aiot_json_put_bool(&call->json, "loaded", unit != NULL && unit->load == AIOT_UNIT_LOADED);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_install(struct aiot_call *call)
{
	char path[AIOT_INSTALL_PATH];
	struct aiot_installed got;
	int r;

	if (call->at.hint == 0) {
		if (is_stopping(call) || !read_path(call, path))
			return AIOT_CALL_ERROR;
		r = aiot_install(call->ctx, path, &call->at.hint);
		if (r < 0)
			return cannot_begin(call, r);
		return AIOT_CALL_WAIT;
	}
	if (!aiot_install_done(call->ctx, call->at.hint, &got))
		return AIOT_CALL_WAIT;
	return got.error ? tell_failure(call, &got) : tell_installed(call, got.name);
}

/* ---- remove ---- */

/* Another service whose module it is, too; NULL: none. */
static const struct aiot_unit *other_user(struct aiot_host *host, const char *name)
{
	const struct aiot_unit *unit = NULL;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (unit->conf.module != NULL && strcmp(unit->conf.module, name) == 0 &&
		    strcmp(unit->name, name) != 0)
			return unit;
	}
	return NULL;
}

static bool may_remove(struct aiot_call *call, char name[AIOT_NAME_MAX + 1])
{
	struct aiot_host *host = call->ctx;
	const struct aiot_unit *unit, *other;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, AIOT_NAME_MAX + 1);
	unit = aiot_unit_find(host, name);
	if (unit == NULL) {
		(void)aiot_no_such_service(call, name);
		return false;
	}
	memcpy(name, unit->name, sizeof(unit->name));
	other = other_user(host, name);
	if (unit->load == AIOT_UNIT_LOADED)
		(void)aiot_call_error_at(call, AIOT_ERR_ALREADY, "name", name,
					 "service '%s' is loaded; aiotoolsctl unload %s first",
					 name, name);
	else if (other != NULL)
		(void)aiot_call_error_at(call, AIOT_ERR_TASK_FAILED, "name", name,
					 "the module of '%s' is that of service '%s' as well; "
					 "remove %s first",
					 name, other->name, other->name);
	return call->error == AIOT_ERR_NONE;
}

enum aiot_call_result aiot_call_remove(struct aiot_call *call)
{
	char name[AIOT_NAME_MAX + 1] = "";
	struct aiot_installed got;
	int r;

	if (call->at.hint == 0) {
		if (is_stopping(call) || !may_remove(call, name))
			return AIOT_CALL_ERROR;
		r = aiot_uninstall(call->ctx, name, &call->at.hint);
		if (r < 0)
			return cannot_begin(call, r);
		return AIOT_CALL_WAIT;
	}
	if (!aiot_install_done(call->ctx, call->at.hint, &got))
		return AIOT_CALL_WAIT;
	if (got.error)
		return tell_failure(call, &got);
	aiot_json_put_str(&call->json, "name", got.name);
	return AIOT_CALL_DONE;
}
