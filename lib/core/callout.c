/*
 * callout.c - see callout.h, and aiotools-call.h's functions.
 *
 * Called by services through AIOT_WAIT, by the executor behind each round, and by the registry when
 * a run ends.  A handler is stepped within the step of the task that calls or behind a round, never
 * inside a state change.
 */
#include "callout.h"

#include <string.h>

#include "more.h"
#include "out-taken.h"
#include "wait.h"

#define PAGE_BYTES 16384
#define TEXT_MAX (1u << 20)

/* ---- memory ---- */

static int grow(struct aiot_out *out, size_t need)
{
	return aiot_out_take(out, need, TEXT_MAX);
}

static void leave_list(struct aiot_callout *c)
{
	if (c->link.next != NULL)
		aiot_list_remove(&c->link);
}

static void free_callout(struct aiot_callout *c)
{
	struct aiot_core *core = c->core;

	leave_list(c);
	c->task = NULL;
	if (c->stepping)
		return;
	aiot_out_give(&c->params);
	aiot_out_give(&c->reply);
	aiot_out_give(&c->strings);
	core->ops->give(core->ctx, c, sizeof(*c));
}

void aiot_callout_end(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	if (entry->more == NULL || entry->more->callout == NULL)
		return;
	free_callout(entry->more->callout);
	entry->more->callout = NULL;
}

/* ---- replies ---- */

static void forget_reply(struct aiot_callout *c)
{
	c->reply.len = c->strings.len = 0;
	c->reply.error = c->strings.error = 0;
}

/* The first row that failed, if it is an action's reply. */
static struct aiot_json first_failed(struct aiot_json parameters)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row = {NULL, 0};

	(void)aiot_json_next(aiot_json_get(parameters, "failed"), &it, NULL, &row);
	return row;
}

static int code_of(enum aiot_error_id id)
{
	switch (id) {
	case AIOT_ERR_NO_SUCH_TASK:
	case AIOT_ERR_NO_SUCH_SERVICE:
	case AIOT_ERR_INTERFACE_NOT_FOUND:
	case AIOT_ERR_METHOD_NOT_FOUND:
		return -AIOT_ENOENT;
	case AIOT_ERR_METHOD_NOT_IMPLEMENTED:
		return -AIOT_ENOSYS;
	case AIOT_ERR_INVALID_PARAMETER:
	case AIOT_ERR_INVALID_REQUEST:
	case AIOT_ERR_USAGE:
		return -AIOT_EINVAL;
	case AIOT_ERR_PERMISSION_DENIED:
		return -AIOT_EPERM;
	case AIOT_ERR_ALREADY:
		return -AIOT_EALREADY;
	case AIOT_ERR_TIMED_OUT:
		return -AIOT_ETIMEDOUT;
	case AIOT_ERR_LIMIT:
		return -AIOT_ENOSPC;
	case AIOT_ERR_SHUTTING_DOWN:
		return -AIOT_ECANCELED;
	case AIOT_ERR_NO_MEMORY:
		return -AIOT_ENOMEM;
	default:
		return -AIOT_EIO;
	}
}

static size_t keep_string(struct aiot_callout *c, struct aiot_json value)
{
	size_t at = c->strings.len;

	if (value.len > 0)
		(void)aiot_json_str_out(value, &c->strings);
	aiot_out_char(&c->strings, '\0');
	return at;
}

/* Take the reply apart.  Returns what aiot_waited() says. */
static int read_reply(struct aiot_callout *c)
{
	struct aiot_json whole = {NULL, 0}, parameters, error, at;
	enum aiot_error_id id;

	c->strings.len = 0;
	aiot_out_char(&c->reply, '}');
	if (c->reply.error < 0 || aiot_json_parse(c->reply.buf, c->reply.len, &whole, NULL) < 0) {
		forget_reply(c);
		return -AIOT_ENOMEM;
	}
	parameters = aiot_json_get(whole, "parameters");
	error = aiot_json_get(whole, "error");
	at = error.len > 0 ? parameters : first_failed(parameters);
	id = aiot_error_find(error.len > 0 ? error : aiot_json_get(at, "error"));
	aiot_out_mem(&c->strings, parameters.text, parameters.len);
	aiot_out_char(&c->strings, '\0');
	c->error_at = keep_string(c, error);
	c->message_at = keep_string(c, aiot_json_get(at, "message"));
	c->reply.len = 0;
	if (c->strings.error < 0) {
		forget_reply(c);
		return -AIOT_ENOMEM;
	}
	return at.len == 0 ? 0 : code_of(id);
}

/* ---- steps ---- */

/* 1: there is an answer, and *ret_code what to say of it; 0: not yet; -1: its task is gone. */
static int step(struct aiot_callout *c, int *ret_code)
{
	enum aiot_call_result r;

	c->stepping = true;
	r = aiot_call_step(&c->call, &c->reply);
	c->stepping = false;
	if (c->task == NULL) {
		free_callout(c);
		return -1;
	}
	c->more = r == AIOT_CALL_PAGE || r == AIOT_CALL_STREAM;
	if (r == AIOT_CALL_WAIT || (r == AIOT_CALL_STREAM && c->reply.len == 0))
		return 0;
	*ret_code = read_reply(c);
	return 1;
}

void aiot_callouts_step(struct aiot_core *core)
{
	struct aiot_link todo;

	if (!core->callouts_due)
		return;
	core->callouts_due = false;
	aiot_list_init(&todo);
	aiot_list_splice(&todo, &core->callouts);
	while (!aiot_list_empty(&todo)) {
		struct aiot_callout *c =
			(struct aiot_callout *)(void *)((char *)todo.next -
							offsetof(struct aiot_callout, link));
		struct aiot_task *t = c->task;
		int code = 0, r;

		aiot_list_remove(&c->link);
		aiot_list_append(&core->callouts, &c->link);
		r = step(c, &code);
		if (r != 1)
			continue;
		leave_list(c);
		aiot_wait_end(core, t, code);
	}
}

/* A stop or a failure: the coroutine goes on in its FINALLY. */
static bool leave(struct aiot_core *core, struct aiot_task *t, void *arg, enum aiot_leave why)
{
	(void)core;
	(void)t;
	(void)why;
	leave_list(arg);
	return true;
}

/* Step it for the first time, or for the next reply; or wait for that. */
static struct aiot_wait go_on(struct aiot_task *t, struct aiot_callout *c)
{
	struct aiot_core *core = c->core;
	int code = 0, r;

	forget_reply(c);
	r = step(c, &code);
	if (r < 0)
		return aiot_wait_over(t, -AIOT_ECANCELED);
	if (r > 0)
		return aiot_wait_over(t, code);
	if (!aiot_wait_for(t, leave, c, AIOT_FOREVER))
		return (struct aiot_wait){1}; /* no memory: the task fails */
	aiot_list_append(&core->callouts, &c->link);
	return (struct aiot_wait){1};
}

/* ---- beginning ---- */

/* A call of the task, in place of the one before; NULL: no memory, or it may not wait. */
static struct aiot_callout *begin(struct aiot_task *t)
{
	struct aiot_core *core = aiot_task_core(t);
	struct aiot_more *more;
	struct aiot_callout *c;

	if (!aiot_wait_may(t))
		return NULL;
	aiot_callout_end(core, &t->entry);
	more = aiot_more_of(core, &t->entry);
	c = more ? core->ops->take(core->ctx, sizeof(*c)) : NULL;
	if (c == NULL)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->core = core;
	c->task = t;
	c->params.grow = c->reply.grow = c->strings.grow = grow;
	c->params.ctx = c->reply.ctx = c->strings.ctx = core;
	more->callout = c;
	return c;
}

static struct aiot_wait not_begun(struct aiot_task *t)
{
	if (t->entry.run_flags & AIOT_RUN_MISUSED)
		return (struct aiot_wait){0};
	return aiot_wait_over(t, -AIOT_ENOMEM);
}

/* A reply of our own making: the call never came to a handler. */
static struct aiot_wait refuse(struct aiot_callout *c, enum aiot_error_id id, const char *text)
{
	aiot_error_reply(&c->reply, id, "%s", text);
	return aiot_wait_over(c->task, read_reply(c));
}

static struct aiot_wait run(struct aiot_callout *c, const char *method)
{
	const struct aiot_commands *commands = c->core->commands;
	const struct aiot_command *command;
	struct aiot_json params = {NULL, 0};

	if (commands == NULL)
		return aiot_wait_over(c->task, -AIOT_ENOSYS);
	if (c->params.error < 0)
		return aiot_wait_over(c->task, -AIOT_ENOMEM);
	if (c->params.len > 0 && aiot_json_parse(c->params.buf, c->params.len, &params, NULL) < 0)
		return refuse(c, AIOT_ERR_INVALID_REQUEST, "the parameters are no JSON");
	command = aiot_command_with_method(commands, method);
	if (command == NULL)
		return refuse(c, AIOT_ERR_METHOD_NOT_FOUND, "there is no such method");
	(void)aiot_call_begin(commands, &c->call, command, params, AIOT_ROLE_ADMIN, true, false);
	/* Within a step all that happens bears the step's time, which is earlier. */
	c->call.started_ns = c->core->now_ns;
	c->call.page_bytes = PAGE_BYTES;
	c->call.who = aiot_entry_name(&c->task->entry);
	return go_on(c->task, c);
}

struct aiot_wait aiot_call(struct aiot_task *t, const char *method, const char *params)
{
	struct aiot_callout *c = begin(t);

	if (c == NULL)
		return not_begun(t);
	if (params != NULL)
		aiot_out_text(&c->params, params);
	return run(c, method);
}

struct aiot_wait aiot_call_next(struct aiot_task *t)
{
	struct aiot_callout *c = t->entry.more ? t->entry.more->callout : NULL;

	if (!aiot_wait_may(t))
		return (struct aiot_wait){0};
	if (c == NULL || !c->more)
		return aiot_wait_over(t, -AIOT_ENODATA);
	return go_on(t, c);
}

/* ---- what came back ---- */

static const struct aiot_callout *answered(const struct aiot_task *t)
{
	const struct aiot_callout *c = t->entry.more ? t->entry.more->callout : NULL;

	return c != NULL && c->strings.len > 0 ? c : NULL;
}

int aiot_reply_more(const struct aiot_task *t)
{
	const struct aiot_callout *c = answered(t);

	return c != NULL && c->more;
}

const char *aiot_reply(const struct aiot_task *t)
{
	const struct aiot_callout *c = answered(t);

	return c ? c->strings.buf : "{}";
}

const char *aiot_reply_error(const struct aiot_task *t)
{
	const struct aiot_callout *c = answered(t);

	return c ? c->strings.buf + c->error_at : "";
}

const char *aiot_reply_message(const struct aiot_task *t)
{
	const struct aiot_callout *c = answered(t);

	return c ? c->strings.buf + c->message_at : "";
}

/* ---- the most usual ones ---- */

static void put_args(struct aiot_json_out *json, const char *const *args)
{
	if (args == NULL)
		return;
	aiot_json_put_object(json, "args");
	for (; args[0] != NULL && args[1] != NULL; args += 2)
		aiot_json_put_str(json, args[0], args[1]);
	aiot_json_put_end_object(json);
}

/* one: "name" instead of "names"; name NULL: neither. */
static struct aiot_wait order(struct aiot_task *t, const char *method, const char *name, bool one,
			      const char *const *args)
{
	struct aiot_callout *c = begin(t);
	struct aiot_json_out json;

	if (c == NULL)
		return not_begun(t);
	aiot_json_begin(&json, &c->params);
	aiot_json_put_object(&json, NULL);
	if (name != NULL && one) {
		aiot_json_put_str(&json, "name", name);
	} else if (name != NULL) {
		aiot_json_put_array(&json, "names");
		aiot_json_put_str(&json, NULL, name);
		aiot_json_put_end_array(&json);
	}
	put_args(&json, args);
	aiot_json_put_end_object(&json);
	return run(c, method);
}

struct aiot_wait aiot_task_start(struct aiot_task *t, const char *name)
{
	return order(t, "io.aiotools.Task.Start", name, false, NULL);
}

struct aiot_wait aiot_task_stop(struct aiot_task *t, const char *name)
{
	return order(t, "io.aiotools.Task.Stop", name, false, NULL);
}

struct aiot_wait aiot_task_restart(struct aiot_task *t, const char *name)
{
	return order(t, "io.aiotools.Task.Restart", name, false, NULL);
}

struct aiot_wait aiot_task_delete(struct aiot_task *t, const char *name)
{
	return order(t, "io.aiotools.Task.Delete", name, false, NULL);
}

struct aiot_wait aiot_task_pause(struct aiot_task *t, const char *name)
{
	return order(t, "io.aiotools.Task.Pause", name, false, NULL);
}

struct aiot_wait aiot_task_resume(struct aiot_task *t, const char *name)
{
	return order(t, "io.aiotools.Task.Resume", name, false, NULL);
}

struct aiot_wait aiot_task_trigger(struct aiot_task *t, const char *name, const char *const *args)
{
	return order(t, "io.aiotools.Task.Trigger", name, false, args);
}

struct aiot_wait aiot_task_set(struct aiot_task *t, const char *name, const char *const *args)
{
	return order(t, "io.aiotools.Task.Set", name, true, args);
}

struct aiot_wait aiot_task_add(struct aiot_task *t, const char *service, const char *kind,
			       const char *name, const char *const *args)
{
	struct aiot_callout *c = begin(t);
	char which[160];
	struct aiot_json_out json;

	if (c == NULL)
		return not_begun(t);
	(void)aiot_format_to(which, sizeof(which), "%.64s/%.64s", service, kind ? kind : "main");
	aiot_json_begin(&json, &c->params);
	aiot_json_put_object(&json, NULL);
	aiot_json_put_str(&json, "service", which);
	if (name != NULL)
		aiot_json_put_str(&json, "name", name);
	put_args(&json, args);
	aiot_json_put_end_object(&json);
	return run(c, "io.aiotools.Task.Add");
}

struct aiot_wait aiot_daemon_shutdown(struct aiot_task *t)
{
	return order(t, "io.aiotools.Daemon.Shutdown", NULL, false, NULL);
}

struct aiot_wait aiot_daemon_restart(struct aiot_task *t)
{
	return order(t, "io.aiotools.Daemon.Restart", NULL, false, NULL);
}

/* ---- finding ---- */

static bool is_of(const struct aiot_entry *e, const char *service, const char *kind)
{
	return strcmp(e->spec->service->name, service) == 0 &&
	       (kind == NULL || strcmp(aiot_spec_kind_name(e->spec), kind) == 0);
}

static int find(const struct aiot_task *t, aiot_co_fn *fn, const char *service, const char *kind,
		char name[AIOT_NAME_BYTES])
{
	const struct aiot_core *core = aiot_task_core(t);
	const struct aiot_entry *e = aiot_core_match(core, "*", name);

	while (e != NULL && !(service ? is_of(e, service, kind) : aiot_spec_fn(e->spec) == fn))
		e = aiot_core_match(core, "*", aiot_entry_name(e));
	if (e == NULL)
		return -AIOT_ENOENT;
	memcpy(name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
	return 0;
}

int aiot_task_find(const struct aiot_task *t, aiot_co_fn *fn, char name[AIOT_NAME_BYTES])
{
	return find(t, fn, NULL, NULL, name);
}

int aiot_task_find_kind(const struct aiot_task *t, const char *service, const char *kind,
			char name[AIOT_NAME_BYTES])
{
	return find(t, NULL, service, kind, name);
}
