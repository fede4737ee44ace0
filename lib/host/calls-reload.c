/*
 * calls-reload.c - the handler of reload: services brought to what their files say now.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  Reads the files, has code
 * that is new looked into by another process, for a constructor that crashes must not end this one,
 * has unit-reload.c do what differs asks for, and waits for all of it by being called again.
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "inspect.h"
#include "unit-names.h"

enum { BEGIN, READ, GIVE, AWAIT, TELL };

static bool only_changed(const struct aiot_call *call)
{
	return aiot_json_bool(aiot_json_get(call->params, "changed"), false);
}

/* What has begun already, by another call or an unload, comes to its end first. */
static void count_busy(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->next != NULL || unit->unloading)
		call->at.seq++;
}

static bool any_busy(struct aiot_call *call)
{
	call->at.seq = 0;
	aiot_each_unit(call, count_busy);
	return call->at.seq > 0;
}

static bool is_wanted(const struct aiot_call *call, const struct aiot_unit *unit)
{
	return unit->load == AIOT_UNIT_LOADED && unit->task != NULL && unit->file != NULL &&
	       unit->next == NULL && !(only_changed(call) && !unit->changed);
}

/* Whether it would be opened anew.  at.hint: the ticket of a look that is under way; 0: none. */
static bool begin_look(struct aiot_call *call, const struct aiot_unit *unit)
{
	const char *module = unit->conf.module;
	char path[AIOT_MODULE_PATH_MAX], text[64];
	struct aiot_out why; /* said again, and in full, by whoever opens it */

	aiot_out_init(&why, text, sizeof(text));
	if (unit->bad_file || module == NULL || aiot_module_find(call->ctx, module) != NULL ||
	    aiot_module_locate(call->ctx, module, path, &why) < 0)
		return false;
	return aiot_inspect(call->ctx, path, module, &call->at.hint, &why) == 0;
}

/* It was begun for a unit that is not there any more, or is not to be reloaded now. */
static void drop_other_look(struct aiot_call *call, const struct aiot_unit *unit)
{
	if (call->at.hint == 0 || call->at.until == (uintptr_t)unit)
		return;
	aiot_inspect_free(call->ctx, call->at.hint);
	call->at.hint = 0;
}

/* false: it has to be waited for. */
static bool reload_one(struct aiot_call *call, struct aiot_unit *unit)
{
	struct aiot_inspected found = {0};

	drop_other_look(call, unit);
	call->at.until = (uintptr_t)unit;
	if (call->at.hint == 0 && begin_look(call, unit))
		return false;
	if (call->at.hint != 0 && !aiot_inspect_done(call->ctx, call->at.hint, &found))
		return false;
	call->at.lost++;
	if (found.code < 0)
		aiot_unit_refuse(call->ctx, unit, found.code, found.why);
	else
		(void)aiot_unit_reload(call->ctx, unit);
	aiot_inspect_free(call->ctx, call->at.hint);
	call->at.hint = 0;
	return true;
}

static bool is_linked_in(const struct aiot_call *call, const char *name)
{
	const struct aiot_unit *unit = aiot_unit_find(call->ctx, name);

	return unit != NULL && unit->file == NULL;
}

/* false: the error reply is made. */
static bool check_names(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	uint32_t n;

	if (aiot_json_count(aiot_json_get(call->params, "names")) == 0 && !only_changed(call)) {
		(void)aiot_call_error(call, AIOT_ERR_USAGE,
				      "reload needs the names of services, or --changed for all "
				      "that changed on disk");
		return false;
	}
	if (!aiot_unit_names_fit(call, AIOT_WANT_LOADED))
		return false;
	aiot_names_begin(&names, call);
	for (n = 0; aiot_names_nth(&names, n, text); n++) {
		if (!is_linked_in(call, text))
			continue;
		(void)aiot_call_error_at(call, AIOT_ERR_TASK_FAILED, "name", text,
					 "service '%s' is linked into the program and has no file "
					 "that could change",
					 text);
		return false;
	}
	return true;
}

static enum aiot_call_result read_files(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;
	int r;

	if (host->stopping)
		return aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				       "nothing is reloaded any more: the daemon is stopping");
	if (!check_names(call))
		return AIOT_CALL_ERROR;
	r = aiot_units_scan(host);
	if (r < 0)
		return aiot_call_error(
			call, r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_BAD_CONFIGURATION,
			"%s",
			r == -AIOT_ENOMEM ? "no memory to read the configuration"
					  : aiot_host_error(host));
	return AIOT_CALL_DONE;
}

/* The next that is named, from where the last one was left; NULL: no more of them. */
static struct aiot_unit *next_unit(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;

	aiot_names_begin(&names, call);
	while (aiot_names_nth(&names, call->at.count, text)) {
		struct aiot_unit *unit = aiot_unit_match(call->ctx, text, call->at.name);

		if (unit != NULL)
			return unit;
		call->at.name[0] = '\0';
		call->at.count++;
	}
	call->at.count = 0;
	return NULL;
}

static void pass(struct aiot_call *call, const struct aiot_unit *unit)
{
	memcpy(call->at.name, unit->name, sizeof(call->at.name));
}

static enum aiot_call_result give(struct aiot_call *call)
{
	struct aiot_unit *unit;

	while ((unit = next_unit(call)) != NULL) {
		if (is_wanted(call, unit) && !reload_one(call, unit))
			return AIOT_CALL_WAIT;
		pass(call, unit);
	}
	if (call->at.lost == 0 && !only_changed(call))
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED, "no loaded service matches");
	return AIOT_CALL_DONE;
}

/* Those that this call has brought anywhere. */
static bool is_told(const struct aiot_call *call, const struct aiot_unit *unit)
{
	return unit->reloaded_ns >= call->started_ns &&
	       !(only_changed(call) && unit->effect == AIOT_UNIT_UNCHANGED);
}

static int put_told(struct aiot_call *call, struct aiot_unit *unit)
{
	if (is_told(call, unit))
		aiot_put_reloaded(unit, &call->json);
	return 0;
}

enum aiot_call_result aiot_call_reload(struct aiot_call *call)
{
	enum aiot_call_result r;

	if (call->at.phase == BEGIN) {
		if (any_busy(call))
			return AIOT_CALL_WAIT;
		call->at.phase = READ;
	}
	if (call->at.phase == READ) {
		r = read_files(call);
		if (r != AIOT_CALL_DONE)
			return r;
		call->at.phase = GIVE;
	}
	if (call->at.phase == GIVE) {
		r = give(call);
		if (r != AIOT_CALL_DONE)
			return r;
		call->at.phase = AWAIT;
	}
	if (call->at.phase == AWAIT) {
		if (any_busy(call))
			return AIOT_CALL_WAIT;
		call->at.phase = TELL;
	}
	return aiot_unit_pages(call, "services", put_told);
}
