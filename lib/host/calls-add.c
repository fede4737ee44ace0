/*
 * calls-add.c - the handlers of add and delete: further tasks of a service, and their end.
 *
 * Called by the dispatcher, through the bindings in calls-host.c.  A task that was added keeps its
 * service's module in use; unloading the service deletes it first (unit-load.c).
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "mem.h"
#include "outcome.h"
#include "service.h"
#include "settings.h"
#include "units.h"

/* ---- add: what is asked for ---- */

struct request {
	struct aiot_call *call;
	struct aiot_host *host;
	struct aiot_unit *unit;
	char service[2 * AIOT_NAME_MAX + 2]; /* cut at the slash */
	const char *kind;		     /* behind it; NULL: none */
	char name[AIOT_NAME_MAX + 1];
	struct aiot_out *why;
};

/* "SERVICE[/KIND]" */
static void read_service(struct request *q)
{
	struct aiot_json given = aiot_json_get(q->call->params, "service");
	char *slash;

	if (aiot_json_str(given, q->service, sizeof(q->service)) < 0)
		(void)aiot_format_to(q->service, sizeof(q->service), "%.*s ...", AIOT_NAME_MAX,
				     given.text + 1);
	slash = strchr(q->service, '/');
	if (slash == NULL)
		return;
	*slash = '\0';
	q->kind = slash + 1;
}

/* false: the error reply is made. */
static bool find_service(struct request *q)
{
	struct aiot_call *call = q->call;

	q->unit = aiot_unit_find(q->host, q->service);
	if (q->unit == NULL)
		(void)aiot_no_such_service(call, q->service);
	else if (q->host->stopping)
		(void)aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				      "nothing is added any more: the daemon is stopping");
	else if (q->unit->load == AIOT_UNIT_FAILED)
		(void)aiot_call_error_at(call, AIOT_ERR_LOAD_FAILED, "name", q->unit->name,
					 "service '%s' did not load; aiotoolsctl traceback %s says "
					 "why",
					 q->unit->name, q->unit->name);
	else if (q->unit->load != AIOT_UNIT_LOADED || q->unit->unloading)
		(void)aiot_call_error_at(call, AIOT_ERR_LOAD_FAILED, "name", q->unit->name,
					 "service '%s' is not loaded; aiotoolsctl load %s",
					 q->unit->name, q->unit->name);
	return call->error == AIOT_ERR_NONE;
}

static bool read_name(struct request *q)
{
	struct aiot_json given = aiot_json_get(q->call->params, "name");
	bool kind = q->kind != NULL && strcmp(q->kind, "main") != 0;
	char text[2 * AIOT_NAME_MAX + 2];

	if (aiot_json_type(given) != AIOT_JSON_STRING)
		(void)aiot_format_to(text, sizeof(text), "%s%s%s", q->unit->name, kind ? "." : "",
				     kind ? q->kind : "");
	else if (aiot_json_str(given, text, sizeof(text)) < 0)
		(void)aiot_format_to(text, sizeof(text), "%.*s ...", AIOT_NAME_MAX, given.text + 1);
	if (aiot_name_valid(text, strlen(text))) {
		memcpy(q->name, text, strlen(text) + 1);
		return true;
	}
	(void)aiot_call_error_at(q->call, AIOT_ERR_USAGE, "name", text,
				 "'%s' cannot be a task's name; allowed are up to %u letters, "
				 "digits and any of . _ - @",
				 text, (unsigned)AIOT_NAME_MAX);
	return false;
}

/* ---- add: what it is made of ---- */

/*
 * The arguments of its service's own file, if it is of the same kind, and above them those given.
 * The array is the caller's to free; its texts are others'.
 */
static struct aiot_arg *collect_args(const struct request *q, const struct aiot_kind *kind,
				     const struct aiot_setting *given, uint32_t *ret_count)
{
	const struct aiot_spec *main = &q->unit->block->spec;
	uint32_t inherited = kind->fn == main->kind.fn ? main->arg_count : 0, count = inherited;
	const struct aiot_setting *s;
	struct aiot_arg *args;

	for (s = given; s != NULL; s = s->next)
		count++;
	args = aiot_mem_zalloc((count + 1) * sizeof(*args));
	if (args == NULL)
		return NULL;
	if (inherited > 0)
		memcpy(args, main->args, inherited * sizeof(*args));
	*ret_count = count;
	for (s = given, count = inherited; s != NULL; s = s->next)
		args[count++] = (struct aiot_arg){s->opt->key, s->value, "add"};
	return args;
}

static int make_block(struct request *q, struct aiot_spec_block **ret)
{
	const struct aiot_service *service = &q->unit->block->service;
	struct aiot_setting *given = NULL;
	struct aiot_arg *args = NULL;
	struct aiot_kind kind;
	uint32_t count = 0;
	int r;

	if (!aiot_service_kind(service, q->kind, &kind)) {
		aiot_format(q->why,
			    "service '%s' has no kind '%.64s'; aiotoolsctl describe %s shows "
			    "them",
			    q->unit->name, q->kind ? q->kind : "main", q->unit->name);
		return -AIOT_EINVAL;
	}
	r = aiot_settings_read(&q->host->core, service, kind.opts,
			       aiot_json_get(q->call->params, "args"), false, &given, q->why);
	if (r < 0)
		return r;
	args = collect_args(q, &kind, given, &count);
	if (args == NULL)
		aiot_out_text(q->why, "no memory");
	r = args == NULL ? -AIOT_ENOMEM
			 : aiot_spec_create(q->host, service, kind.name, q->unit->block->spec.label,
					    args, count, ret, q->why);
	aiot_mem_free(args);
	aiot_settings_free(&q->host->core, given);
	if (r < 0)
		return r;
	(*ret)->owner = q->unit;
	(*ret)->module = aiot_module_share(q->unit->module);
	(*ret)->spec.stop_timeout_ms = q->unit->block->spec.stop_timeout_ms;
	return 0;
}

/* A main task's struct is the service's own: it has its init. */
static int init_and_start(struct request *q, struct aiot_spec_block *block, struct aiot_task *task)
{
	const struct aiot_outcome *o;
	bool main = block->spec.kind.fn == block->service.main;
	int r = main ? aiot_task_init_service(&q->host->core, task) : 0;

	block->initialised = main && r == 0;
	if (r < 0) {
		o = aiot_outcome_of(&task->entry);
		aiot_format(q->why, "%s: %s", aiot_error_word(r),
			    o != NULL ? o->text : "its init failed without a reason");
		return r;
	}
	r = aiot_core_start(&q->host->core, &task->entry);
	if (r < 0)
		aiot_format(q->why, "it cannot be started: %s", aiot_error_word(r));
	return r;
}

static int make_task(struct request *q, struct aiot_spec_block *block, struct aiot_task **ret)
{
	int r = aiot_host_make_task(q->host, &block->spec, q->name, q->host->collision, ret);

	if (r == -AIOT_EEXIST)
		aiot_out_text(q->why,
			      "there is a task of that name already; --name gives it another");
	else if (r == -AIOT_ENAMETOOLONG)
		aiot_format(
			q->why,
			"there is a task of that name already, and a number behind it would make "
			"it longer than %u characters; --name gives it another",
			AIOT_NAME_MAX);
	else if (r < 0 && r != -AIOT_EALREADY)
		aiot_out_text(q->why, aiot_error_word(r));
	if (r < 0)
		return r;
	q->unit->added++;
	r = init_and_start(q, block, *ret);
	if (r < 0)
		aiot_core_delete(&q->host->core, &(*ret)->entry);
	return r;
}

/* ---- add ---- */

static enum aiot_call_result refuse(const struct request *q, int error)
{
	enum aiot_error_id id = error == -AIOT_ENOMEM	? AIOT_ERR_NO_MEMORY
				: error == -AIOT_EEXIST ? AIOT_ERR_ALREADY
							: AIOT_ERR_TASK_FAILED;

	return aiot_call_error_at(q->call, id, "name", q->name, "cannot add '%s': %s", q->name,
				  aiot_out_str(q->why));
}

static enum aiot_call_result put_name(const struct request *q, const char *name, bool kept)
{
	aiot_json_put_str(&q->call->json, "name", name);
	aiot_json_put_bool(&q->call->json, "kept", kept);
	return AIOT_CALL_DONE;
}

static enum aiot_call_result add(struct request *q)
{
	struct aiot_spec_block *block = NULL;
	struct aiot_task *task = NULL;
	int r = make_block(q, &block);

	if (r < 0 && r != -AIOT_ENOMEM)
		return aiot_call_error_at(q->call, AIOT_ERR_USAGE, "name", q->name,
					  "cannot add '%s': %s", q->name, aiot_out_str(q->why));
	if (r < 0)
		return refuse(q, r);
	block->spec.users++; /* ours: a task that has to go again does not take it along */
	r = make_task(q, block, &task);
	if (--block->spec.users == 0)
		aiot_block_unused(q->host, block);
	if (r == -AIOT_EALREADY) /* task_pre_exist=ignore */
		return put_name(q, q->name, true);
	if (r < 0)
		return refuse(q, r);
	aiot_host_log(q->host, AIOT_INFO, "add %s/%s as %s: by uid %lld", q->unit->name,
		      block->spec.kind.name, aiot_entry_name(&task->entry),
		      (long long)q->call->uid);
	return put_name(q, aiot_entry_name(&task->entry), false);
}

enum aiot_call_result aiot_call_add(struct aiot_call *call)
{
	struct request q = {.call = call, .host = call->ctx};
	char text[400];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	q.why = &why;
	read_service(&q);
	if (!find_service(&q) || !read_name(&q))
		return AIOT_CALL_ERROR;
	return add(&q);
}

/* ---- delete ---- */

/* The service whose main task it is; NULL: none. */
static const struct aiot_unit *unit_of(const struct aiot_entry *e)
{
	return ((const struct aiot_spec_block *)(const void *)e->spec)->unit;
}

/* Whether it is one that `add` made, and so can go alone. */
static bool deletable(const struct aiot_entry *e)
{
	return unit_of(e) == NULL && !aiot_entry_elsewhere(e);
}

static void put_refused(struct aiot_call *call, const struct aiot_entry *e)
{
	if (unit_of(e) == NULL) {
		aiot_put_failed(call, aiot_entry_name(e), AIOT_ERR_TASK_FAILED,
				"cannot delete '%s': node '%s' has it; aiotoolsctl stop %s ends "
				"its run",
				aiot_entry_name(e), e->spec->place->name, aiot_entry_name(e));
		return;
	}
	aiot_put_failed(call, aiot_entry_name(e), AIOT_ERR_TASK_FAILED,
			"cannot delete '%s', the task of service '%s'; aiotoolsctl unload %s",
			aiot_entry_name(e), unit_of(e)->name, unit_of(e)->name);
}

/* Tell what cannot be deleted.  false: the page is full. */
static bool tell_refused(struct aiot_call *call)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		aiot_put_unmet(call, &names, r);
		if (r == AIOT_NAMES_TASK && names.plain && !deletable(e))
			put_refused(call, e);
		if (call->more && aiot_call_full(call))
			return false;
	}
	return true;
}

/* Delete the others.  Whoever is not alive is gone at once. */
static bool delete_all(struct aiot_call *call)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_TASK && deletable(e)) {
			aiot_put_done(call, aiot_entry_name(e), "deleted");
			aiot_core_delete(call->core, e);
		}
		if (call->more && aiot_call_full(call))
			return false;
	}
	return true;
}

/* Whether any of those named so far is on its way out still. */
static bool any_left(struct aiot_call *call)
{
	char name[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	struct aiot_entry *e;
	uint32_t n;

	aiot_names_begin(&names, call);
	for (n = 0; n <= call->at.count && aiot_names_nth(&names, n, name); n++) {
		if (!aiot_name_is_pattern(name, strlen(name))) {
			e = aiot_entry_named(call->core, name);
			if (e != NULL && e->flags & AIOT_ENTRY_DELETE && deletable(e))
				return true;
			continue;
		}
		for (e = aiot_core_match(call->core, name, ""); e != NULL;
		     e = aiot_core_match(call->core, name, aiot_entry_name(e))) {
			if (e->flags & AIOT_ENTRY_DELETE && deletable(e))
				return true;
		}
	}
	return false;
}

/*
 * phase 0: tell what is refused; 1: delete, with "done" open; 2: wait for a page of them, then for
 * the last.
 */
enum aiot_call_result aiot_call_delete(struct aiot_call *call)
{
	struct aiot_names names;
	bool whole = true;

	if (call->at.phase == 0 && call->at.count == 0 && aiot_names_need_more(call))
		return AIOT_CALL_PAGE; /* which is an error without `more` */
	if (call->at.phase <= 1) {
		aiot_json_put_array(&call->json, "failed");
		if (call->at.phase == 0 && call->at.count == 0 && call->at.name[0] == '\0')
			aiot_log_order(call);
		whole = call->at.phase == 1 || tell_refused(call);
		aiot_json_put_end_array(&call->json);
		aiot_json_put_array(&call->json, "done");
		if (whole && call->at.phase == 0) {
			aiot_names_begin(&names, call);
			aiot_names_rewind(&names);
			call->at.phase = 1;
		}
	}
	if (call->at.phase == 1) {
		call->at.lost = whole && delete_all(call); /* whether that is the last page */
		call->at.phase = 2;
	}
	if (call->at.phase == 2 && any_left(call))
		return AIOT_CALL_WAIT;
	aiot_json_put_end_array(&call->json);
	if (!whole)
		return AIOT_CALL_PAGE;
	if (call->at.lost)
		return AIOT_CALL_DONE;
	call->at.phase = 1;
	return AIOT_CALL_PAGE;
}
