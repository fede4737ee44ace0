/*
 * calls-load.c - the handler of load.
 *
 *	BEGIN -> LOOK: modules that are not open are looked into by another process -> all are
 *	loaded in one go -> TELL, in as many replies as that takes
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  Whoever names a service may
 * have written it a minute ago: a constructor that crashes or hangs must not take the program with
 * it.  Without a name what is enabled is loaded as at a start, which does not look first.
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "inspect.h"
#include "mem.h"
#include "unit-files.h"
#include "unit-names.h"

enum { BEGIN, LOOK, TELL };

/* ---- what is told ---- */

static void put_steps(const struct aiot_load_steps *steps, struct aiot_json_out *json)
{
	unsigned i;

	aiot_json_put_array(json, "steps");
	for (i = 0; steps != NULL && i < steps->count; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "step", steps->step[i].step);
		aiot_json_put_u64(json, "us", steps->step[i].us);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
}

static bool is_debug(const struct aiot_call *call)
{
	return aiot_json_bool(aiot_json_get(call->params, "debug"), false);
}

/* Those that this call tried to load. */
static int put_load(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->boot.load_ns < call->started_ns)
		return 0;
	aiot_json_put_object(&call->json, NULL);
	aiot_put_unit_members(unit, &call->json);
	aiot_outcome_json(unit->error, &call->json, "error");
	if (is_debug(call))
		put_steps(unit->steps, &call->json);
	aiot_json_put_end_object(&call->json);
	return 0;
}

/* ---- who is meant ---- */

static bool is_to_load(const struct aiot_call *call, const struct aiot_unit *unit)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0;

	return unit->load != AIOT_UNIT_LOADED && !unit->masked && !aiot_unit_is_template(unit) &&
	       (!all || aiot_unit_wanted(unit));
}

/* ---- looking first ---- */

#define LOOKED 128 /* files that are remembered */

/* Those whose constructors were seen to come back, so that many services of one cost one look. */
struct aiot_looked {
	struct stat file[LOOKED];
	unsigned next;
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool was_looked_into(const struct aiot_host *host, const char *path)
{
	struct stat st;
	unsigned i;

	if (host->looked == NULL || stat(path, &st) < 0)
		return false;
	for (i = 0; i < LOOKED; i++) {
		if (same_file(&host->looked->file[i], &st))
			return true;
	}
	return false;
}

/* Without memory it is looked into again. */
static void remember(struct aiot_host *host, const char *path)
{
	if (host->looked == NULL)
		host->looked = aiot_mem_zalloc(sizeof(*host->looked));
	if (host->looked != NULL)
		(void)stat(path, &host->looked->file[host->looked->next++ % LOOKED]);
}

/* Where its module is, if opening it would run code that nobody has seen run; false: no. */
static bool find_unseen(struct aiot_call *call, struct aiot_unit *unit,
			char path[AIOT_MODULE_PATH_MAX])
{
	struct aiot_host *host = call->ctx;
	char text[64];
	struct aiot_out why; /* said again, and in full, by whoever opens it */

	if (unit->file == NULL || aiot_drop_ins_look(host, unit->name) < 0)
		return false;
	aiot_unit_refresh(host, unit);
	aiot_out_init(&why, text, sizeof(text));
	return !unit->bad_file && unit->conf.module != NULL &&
	       aiot_module_find(host, unit->conf.module) == NULL &&
	       aiot_module_locate(host, unit->conf.module, path, &why) == 0 &&
	       !was_looked_into(host, path);
}

static void drop_look(struct aiot_call *call)
{
	aiot_inspect_free(call->ctx, call->at.hint);
	call->at.hint = 0;
}

/* What came of it.  What is wrong without being fatal is said by the load itself. */
static void take_look(struct aiot_call *call, struct aiot_unit *unit, const char *path,
		      const struct aiot_inspected *found)
{
	if (found->fatal) {
		aiot_unit_fail(call->ctx, unit, found->code, found->why);
		unit->unfit = true;
	} else if (found->code == 0) {
		remember(call->ctx, path);
	}
	drop_look(call);
}

/* false: it has to be waited for.  at.hint: the ticket; 0: none. */
static bool look_first(struct aiot_call *call, struct aiot_unit *unit)
{
	char path[AIOT_MODULE_PATH_MAX], text[64];
	struct aiot_inspected found;
	struct aiot_out why;

	unit->unfit = false;
	if (call->at.until != (uintptr_t)unit) /* of one that is gone meanwhile */
		drop_look(call);
	call->at.until = (uintptr_t)unit;
	if (!find_unseen(call, unit, path)) {
		drop_look(call);
		return true;
	}
	aiot_out_init(&why, text, sizeof(text));
	if (call->at.hint == 0)
		return aiot_inspect(call->ctx, path, unit->conf.module, &call->at.hint, &why) < 0;
	if (!aiot_inspect_done(call->ctx, call->at.hint, &found))
		return false;
	take_look(call, unit, path, &found);
	return true;
}

/* Goes on at the unit that it waits for. */
static enum aiot_call_result look(struct aiot_call *call)
{
	struct aiot_unit_walk walk;
	struct aiot_unit *unit;

	aiot_unit_walk_begin(&walk, call);
	walk.n = call->at.count;
	memcpy(walk.after, call->at.name, sizeof(walk.after));
	while ((unit = aiot_unit_walk_next(&walk)) != NULL) {
		if (is_to_load(call, unit) && !look_first(call, unit))
			return AIOT_CALL_WAIT;
		call->at.count = walk.n;
		memcpy(call->at.name, walk.after, sizeof(walk.after));
	}
	call->at.count = 0;
	call->at.name[0] = '\0';
	return AIOT_CALL_DONE;
}

/* ---- loading ---- */

/* With or without its configuration, and with its steps or not. */
static void load_as_asked(struct aiot_call *call, struct aiot_unit *unit)
{
	struct aiot_host *host = call->ctx;

	aiot_mem_free(unit->steps);
	unit->steps = is_debug(call) ? aiot_mem_zalloc(sizeof(*unit->steps)) : NULL;
	if (unit->steps != NULL)
		unit->steps->last_ns = aiot_clock_mono_ns();
	unit->bare = aiot_json_bool(aiot_json_get(call->params, "no_config"), false);
	host->load_steps = unit->steps;
	(void)aiot_unit_load(host, unit);
	host->load_steps = NULL;
	unit->bare = false;
}

/* Those that are loaded first wait for those behind them, if they name them. */
static void expect_one(struct aiot_call *call, struct aiot_unit *unit)
{
	if (is_to_load(call, unit))
		aiot_boot_expect(unit);
}

static void load_one(struct aiot_call *call, struct aiot_unit *unit)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0;

	if (!is_to_load(call, unit))
		return;
	call->at.lost++;
	if (unit->unfit && unit->error != NULL) {
		aiot_boot_load_begins(unit);
		aiot_unit_tell_failed(call->ctx, unit);
		aiot_boot_load_ended(call->ctx, unit);
		return;
	}
	if (all || aiot_drop_ins_look(call->ctx, unit->name) == 0) {
		load_as_asked(call, unit);
		return;
	}
	aiot_boot_load_begins(unit);
	aiot_unit_fail(call->ctx, unit, -AIOT_ENOMEM, "no memory");
	aiot_boot_load_ended(call->ctx, unit);
}

static bool is_stopping(struct aiot_call *call)
{
	const struct aiot_host *host = call->ctx;

	if (host->stopping)
		(void)aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				      "nothing is loaded any more: the daemon is stopping");
	return host->stopping;
}

/* All at once: a client that leaves does not leave some of them expected for ever.  at.lost: how
 * many. */
static enum aiot_call_result load_all(struct aiot_call *call)
{
	if (is_stopping(call))
		return AIOT_CALL_ERROR;
	aiot_each_unit(call, expect_one);
	aiot_each_unit(call, load_one);
	if (call->at.lost == 0 && aiot_json_count(aiot_json_get(call->params, "names")) > 0)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
				       "no service that could be loaded matches");
	return AIOT_CALL_DONE;
}

static enum aiot_call_result begin(struct aiot_call *call)
{
	if (is_stopping(call) || !aiot_unit_names_fit(call, AIOT_WANT_NOT_LOADED))
		return AIOT_CALL_ERROR;
	if (aiot_unit_names_need_more(call, is_to_load))
		return AIOT_CALL_PAGE; /* which is an error without `more` */
	call->at.phase = LOOK;
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_load(struct aiot_call *call)
{
	bool named = aiot_json_count(aiot_json_get(call->params, "names")) > 0;
	enum aiot_call_result r = call->at.phase == BEGIN ? begin(call) : AIOT_CALL_DONE;

	if (r == AIOT_CALL_DONE && call->at.phase == LOOK) {
		r = named ? look(call) : AIOT_CALL_DONE;
		if (r == AIOT_CALL_DONE)
			r = load_all(call);
		if (r == AIOT_CALL_DONE)
			call->at.phase = TELL;
	}
	return r == AIOT_CALL_DONE ? aiot_unit_pages(call, "services", put_load) : r;
}
