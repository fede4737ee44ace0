/*
 * call-small.c - one call, from the check of its parameters to the envelope of its last reply, on
 * boards that have little flash.
 *
 * Built instead of call.c; called by session.c alone.  There are no roles, for whoever is at a
 * serial line may do all, and every command may answer in pages.
 */
#include <string.h>

#include <aiotools.h>

#include "command-private.h"
#include "core.h"

/* What the parameters and their envelope were takes back, and makes an error of it. */
void aiot_call_put_error(struct aiot_call *call, enum aiot_error_id id, const char *member,
			 const char *value, const struct aiot_out *message)
{
	struct aiot_json_out *j = &call->json;

	j->out->len = call->reply_start;
	j->out->error = 0;
	aiot_json_begin(j, j->out);
	aiot_json_put_object(j, NULL);
	aiot_json_put_str(j, "error", aiot_error_name(id));
	aiot_json_put_object(j, "parameters");
	if (member)
		aiot_json_put_str(j, member, value);
	aiot_json_put_strn(j, "message", message->buf, message->len);
	aiot_json_put_end_object(j);
	call->error = id;
}

/* ---- the checks ---- */

static bool fits(const struct aiot_param *p, struct aiot_json value)
{
	static const uint8_t types[] = {
		[AIOT_PARAM_BOOL] = AIOT_JSON_BOOL,    [AIOT_PARAM_U32] = AIOT_JSON_NUMBER,
		[AIOT_PARAM_STR] = AIOT_JSON_STRING,   [AIOT_PARAM_STRS] = AIOT_JSON_ARRAY,
		[AIOT_PARAM_LEVEL] = AIOT_JSON_NUMBER, [AIOT_PARAM_TIME] = AIOT_JSON_NUMBER,
		[AIOT_PARAM_ARGS] = AIOT_JSON_OBJECT,
	};
	enum aiot_json_type type = aiot_json_type(value);

	if (p->flags & AIOT_PARAM_NEGATED && aiot_json_bool(value, false))
		return false;
	return type == AIOT_JSON_NULL || type == types[p->type];
}

static enum aiot_call_result refuse(struct aiot_call *call, const char *what,
				    struct aiot_json member)
{
	return aiot_call_error(call, AIOT_ERR_INVALID_PARAMETER, "%s: %s %.*s",
			       aiot_command_title(call->command), what, (int)member.len,
			       member.text);
}

static enum aiot_call_result check(struct aiot_call *call)
{
	const struct aiot_param *p, *params = call->command->params;
	struct aiot_json_iter it = {NULL};
	struct aiot_json member, value;

	while (aiot_json_next(call->params, &it, &member, &value)) {
		for (p = params; p && p->name && !aiot_json_str_is(member, p->name); p++)
			continue;
		if (!p || !p->name)
			return refuse(call, "this board does not know", member);
		if (!fits(p, value))
			return refuse(call, "wrong value of", member);
	}
	for (p = params; p && p->name; p++) {
		value = aiot_json_get(call->params, p->name);
		/* An empty string, array or object has two bytes. */
		if (p->flags & AIOT_PARAM_REQUIRED && (value.len <= 2 || value.text[0] == 'n'))
			return aiot_call_error(call, AIOT_ERR_INVALID_PARAMETER, "%s: %s is needed",
					       aiot_command_title(call->command), p->name);
	}
	return AIOT_CALL_DONE;
}

/* ---- the call ---- */

bool aiot_call_begin(const struct aiot_commands *c, struct aiot_call *call,
		     const struct aiot_command *command, struct aiot_json params,
		     enum aiot_role role, bool more, bool text)
{
	*call = (struct aiot_call){
		.command = command,
		.params = params,
		.role = role,
		.more = more,
		.core = c->core,
		.started_ns = c->core->ops->mono_ns(c->core->ctx),
		.text = text,
	};
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_binding *b = c->segment[i].bindings;

		for (; b && b->id; b++) {
			if (b->id == command->id) {
				call->fn = b->fn;
				call->ctx = c->segment[i].ctx;
			}
		}
	}
	return true;
}

bool aiot_call_full(const struct aiot_call *call)
{
	return call->page_bytes > 0 && call->json.out->len - call->reply_start > call->page_bytes;
}

enum aiot_call_result aiot_call_step(struct aiot_call *call, struct aiot_out *out)
{
	enum aiot_call_result result = AIOT_CALL_DONE;

	call->json.out = out;
	if (!call->open) {
		call->error = AIOT_ERR_NONE;
		call->reply_start = out->len;
		aiot_json_begin(&call->json, out);
		aiot_json_put_object(&call->json, NULL);
		aiot_json_put_object(&call->json, "parameters");
		call->reply_empty = out->len;
	}
	if (!call->checked)
		result = check(call);
	call->checked = true;
	if (result == AIOT_CALL_DONE)
		result = call->fn(call);
	call->open = result == AIOT_CALL_WAIT;
	if (call->open)
		return result;
	if (result == AIOT_CALL_STREAM && out->len == call->reply_empty)
		out->len = call->reply_start;
	else if (result != AIOT_CALL_ERROR)
		aiot_json_put_end_object(&call->json);
	if (out->error)
		result = aiot_call_error(call, AIOT_ERR_LIMIT, "%s: the answer does not fit",
					 aiot_command_title(call->command));
	return result;
}
