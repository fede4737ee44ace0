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
#include "keep.h"
#include "overlay.h"
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

/* A sentence a line. */
static void put_notes(struct aiot_call *call, const char *notes)
{
	const char *end;

	aiot_json_put_array(&call->json, "notes");
	for (; (end = strchr(notes, '\n')) != NULL; notes = end + 1)
		aiot_json_put_strn(&call->json, NULL, notes, (size_t)(end - notes));
	aiot_json_put_end_array(&call->json);
}

static enum aiot_call_result tell_installed(struct aiot_call *call,
					    const struct aiot_installed *got)
{
	const char *name = got->name;

	struct aiot_host *host = call->ctx;
	struct aiot_unit *unit = aiot_unit_find(host, name);

	aiot_json_put_str(&call->json, "name", name);
	aiot_json_put_strf(&call->json, "path", "%s/modules/%s.so", host->state_dir, name);
	aiot_json_put_str(&call->json, "file", unit ? unit->file : NULL);
	aiot_json_put_bool(&call->json, "loaded", unit != NULL && unit->load == AIOT_UNIT_LOADED);
	put_notes(call, got->notes);
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
	return got.error ? tell_failure(call, &got) : tell_installed(call, &got);
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

/* Whether services.json is to forget it, and says anything of it. */
static bool is_to_purge(struct aiot_call *call, const char *name)
{
	const struct aiot_host *host = call->ctx;

	return aiot_json_bool(aiot_json_get(call->params, "purge"), false) &&
	       aiot_overlay_find(&host->overlay, name) != NULL;
}

static bool may_remove(struct aiot_call *call, char name[AIOT_NAME_MAX + 1])
{
	struct aiot_host *host = call->ctx;
	const struct aiot_unit *unit, *other;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, AIOT_NAME_MAX + 1);
	unit = aiot_unit_find(host, name);
	if (unit != NULL)
		memcpy(name, unit->name, sizeof(unit->name));
	other = other_user(host, name);
	/* Without a file there may be a module, left by a kill between the two. */
	if (unit == NULL &&
	    !(aiot_unit_name_valid(name, strlen(name)) &&
	      aiot_install_there(host->state_dir, name)) &&
	    !is_to_purge(call, name))
		(void)aiot_no_such_service(call, name);
	else if (unit != NULL && unit->load == AIOT_UNIT_LOADED)
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

enum { BEGIN, AWAIT, PURGE, AWAIT_PURGE };

static enum aiot_call_result begin_remove(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;
	char name[AIOT_NAME_MAX + 1] = "";
	int r;

	if (is_stopping(call) || !may_remove(call, name))
		return AIOT_CALL_ERROR;
	memcpy(call->at.name, name, sizeof(name));
	if (is_to_purge(call, name) && !aiot_install_there(host->state_dir, name)) {
		put_notes(call, "");
		call->at.phase = PURGE;
		return AIOT_CALL_DONE;
	}
	r = aiot_uninstall(host, name, is_to_purge(call, name), &call->at.hint);
	if (r < 0)
		return cannot_begin(call, r);
	if (call->at.hint != 0)
		call->at.phase = AWAIT;
	return AIOT_CALL_WAIT;
}

static enum aiot_call_result await_remove(struct aiot_call *call)
{
	struct aiot_installed got;

	if (!aiot_install_done(call->ctx, call->at.hint, &got))
		return AIOT_CALL_WAIT;
	if (got.error)
		return tell_failure(call, &got);
	put_notes(call, got.notes);
	call->at.phase = PURGE;
	return AIOT_CALL_DONE;
}

/* An entry that says nothing takes the place of the one that there is. */
static enum aiot_call_result begin_purge(struct aiot_call *call)
{
	struct aiot_overlay none = {0}, changes = {0};
	struct aiot_overlay_entry *entry;

	if (aiot_keep_busy(call->ctx))
		return AIOT_CALL_WAIT;
	if (is_to_purge(call, call->at.name)) {
		entry = aiot_overlay_copy(&none, call->at.name);
		if (entry == NULL)
			return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory");
		aiot_overlay_put(&changes, entry);
		if (aiot_call_commit(call, &changes) != AIOT_CALL_DONE)
			return AIOT_CALL_ERROR;
	}
	call->at.phase = AWAIT_PURGE;
	return AIOT_CALL_DONE;
}

static enum aiot_call_result await_purge(struct aiot_call *call)
{
	const struct aiot_keep_result *result =
		call->at.seq ? aiot_keep_result(call->ctx, call->at.seq) : NULL;

	if (call->at.seq != 0 && result == NULL)
		return AIOT_CALL_WAIT;
	if (result != NULL && result->code < 0)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
				       "%s; '%s' is removed, but " AIOT_OVERLAY_FILE
				       " speaks of it still",
				       result->why, call->at.name);
	aiot_json_put_str(&call->json, "name", call->at.name);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_remove(struct aiot_call *call)
{
	enum aiot_call_result r = AIOT_CALL_DONE;

	if (call->at.phase == BEGIN)
		r = begin_remove(call);
	if (r == AIOT_CALL_DONE && call->at.phase == AWAIT)
		r = await_remove(call);
	if (r == AIOT_CALL_DONE && call->at.phase == PURGE)
		r = begin_purge(call);
	return r == AIOT_CALL_DONE ? await_purge(call) : r;
}
