/*
 * call-small.c - one call, from the check of its parameters to the envelope of its last reply, on
 * boards that have little flash.
 *
 * Built instead of call.c and call-error.c; called by session.c and by handlers.  There are no
 * roles, for whoever is at a serial line may do all, and every command may answer in pages.  A
 * reply begins where its buffer does.
 */
#include <string.h>

#include <aiotools.h>

#include "command-private.h"
#include "core.h"

#define BEGINNING "{\"parameters\":{"

/* ---- errors ---- */

/*
 * The sentence is made where it is to stand.  What would have to be escaped there is shown as '.
 */
enum aiot_call_result aiot_call_error(struct aiot_call *call, enum aiot_error_id id,
				      const char *fmt, ...)
{
	struct aiot_out *out = call->json.out;
	va_list ap;
	size_t i;

	out->len = 0;
	out->error = 0;
	aiot_json_put_object(&call->json, NULL);
	aiot_error_put(&call->json, id);
	aiot_out_text(out, ",\"parameters\":{\"message\":\"");
	i = out->len;
	va_start(ap, fmt);
	aiot_vformat(out, fmt, ap);
	va_end(ap);
	for (; i < out->len; i++) {
		char c = out->buf[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			out->buf[i] = '\'';
	}
	if (out->error) { /* one that is too long ends in dots */
		out->len = out->size - 5;
		out->error = 0;
		aiot_out_text(out, "...");
	}
	aiot_out_text(out, "\"}");
	return AIOT_CALL_ERROR;
}

/* ---- the checks ---- */

/* Of a flag that is false by default, or the other way round, only the other value is known. */
static bool fits(const struct aiot_param *p, struct aiot_json value)
{
	unsigned kind = (unsigned char)p->text[0];
	enum aiot_json_type type = aiot_json_type(value);

	if (type == AIOT_JSON_BOOL && kind & AIOT_KIND_OTHERWISE && *value.text == 't')
		return false;
	return type == AIOT_JSON_NULL || type == (kind & AIOT_KIND_TYPE);
}

static enum aiot_call_result refuse(struct aiot_call *call, const char *what, struct aiot_json name)
{
	return aiot_call_error(call, AIOT_ERR_INVALID_PARAMETER, "%s: %s %.*s",
			       aiot_command_title(call->command), what, (int)name.len, name.text);
}

/* Out of line: what it has on the stack is not there when the handler runs. */
static __attribute__((noinline)) enum aiot_call_result check(struct aiot_call *call)
{
	const struct aiot_param *p;
	struct aiot_json_iter it = {NULL};
	struct aiot_json member, value;

	if (aiot_json_type(call->params) > AIOT_JSON_NULL && *call->params.text != '{')
		return refuse(call, "wants an object, not", call->params);
	while (aiot_json_next(call->params, &it, &member, &value)) {
		p = call->command->params;
		while (p->text && !aiot_json_str_is(member, p->text + 1))
			p++;
		if (!p->text || !fits(p, value))
			return refuse(call, "unknown, or of another type:", member);
	}
	for (p = call->command->params; p->text; p++) {
		member.text = p->text + 1;
		member.len = strlen(member.text);
		value = aiot_json_get(call->params, member.text);
		/* An empty string, array or object has two bytes. */
		if (!(p->text[0] & AIOT_KIND_FREE) && (value.len <= 2 || *value.text == 'n'))
			return refuse(call, "needs", member);
	}
	return AIOT_CALL_DONE;
}

/* ---- the call ---- */

bool aiot_call_begin(const struct aiot_commands *c, struct aiot_call *call,
		     const struct aiot_command *command, struct aiot_json params,
		     enum aiot_role role, bool more, bool text)
{
	(void)role;
	(void)more;
	(void)text;
	*call = (struct aiot_call){
		.command = command,
		.params = params,
		.core = c->core,
		.started_ns = c->core->ops->mono_ns(c->core->ctx),
	};
	for (const struct aiot_segment *s = c->segment; s < c->segment + AIOT_SEGMENTS; s++) {
		for (const struct aiot_binding *b = s->bindings; b && b->id; b++) {
			if (b->id == command->id) {
				call->fn = b->fn;
				call->ctx = s->ctx;
			}
		}
	}
	return true;
}

bool aiot_call_full(const struct aiot_call *call)
{
	return call->page_bytes > 0 && call->json.out->len > call->page_bytes;
}

enum aiot_call_result aiot_call_step(struct aiot_call *call, struct aiot_out *out)
{
	enum aiot_call_result result = AIOT_CALL_DONE;

	call->json.out = out;
	if (!call->open)
		aiot_out_text(out, BEGINNING);
	if (!call->checked)
		result = check(call);
	call->checked = true;
	if (result == AIOT_CALL_DONE)
		result = call->fn(call);
	call->open = result == AIOT_CALL_WAIT;
	if (call->open)
		return result;
	if (result == AIOT_CALL_STREAM && out->len == sizeof(BEGINNING) - 1)
		out->len = 0;
	else if (result != AIOT_CALL_ERROR)
		aiot_out_char(out, '}');
	if (out->error)
		result = aiot_call_error(call, AIOT_ERR_LIMIT, "the answer does not fit");
	return result;
}
