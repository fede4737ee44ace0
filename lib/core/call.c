/*
 * call.c - one call, from the check of its parameters to the envelope of its last reply.
 *
 * The server, the console and aiot_call() begin a call and step it until its result is DONE or
 * ERROR; handlers write members into the open object and say how it goes on.  A call that is
 * refused gets a handler that refuses, so that its error is written like any other.  Never sends,
 * never waits, keeps nothing outside of struct aiot_call.
 */
#include <string.h>

#include <aiotools.h>

#include "command-private.h"
#include "core.h"

#define MEMBER_SIZE 64

/* ---- errors ---- */

/* {"error":NAME,"parameters":{MEMBER:VALUE,"message":...}, the outer object left open. */
static void put_error(struct aiot_json_out *j, struct aiot_out *out, enum aiot_error_id id,
		      const char *member, const char *value, const struct aiot_out *message)
{
	aiot_json_begin(j, out);
	aiot_json_put_object(j, NULL);
	aiot_error_put(j, id);
	aiot_json_put_object(j, "parameters");
	if (member)
		aiot_json_put_str(j, member, value);
	aiot_json_put_strn(j, "message", message->buf, message->len);
	aiot_json_put_end_object(j);
}

/* Take back what this reply has so far, with its error if it had one. */
static void take_back(struct aiot_call *call)
{
	struct aiot_out *out = call->json.out;

	if (out->len < call->reply_start)
		return; /* its owner let go of the bytes: nothing can be mended */
	out->len = call->reply_start;
	out->error = 0;
}

void aiot_call_put_error(struct aiot_call *call, enum aiot_error_id id, const char *member,
			 const char *value, const struct aiot_out *message)
{
	take_back(call);
	put_error(&call->json, call->json.out, id, member, value, message);
	call->error = id;
}

void aiot_error_reply(struct aiot_out *out, enum aiot_error_id id, const char *fmt, ...)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out message;
	struct aiot_json_out json;
	va_list ap;

	aiot_out_init(&message, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&message, fmt, ap);
	va_end(ap);
	put_error(&json, out, id, NULL, NULL, &message);
}

/* ---- the checks; each writes the error and returns false ---- */

static bool check_role(struct aiot_call *call)
{
	static const struct {
		const char *may, *group;
	} words[] = {
		[AIOT_ROLE_NONE] = {"call", ""},
		[AIOT_ROLE_READ] = {"look", ", or a member of ReadGroup= in aiotoolsd.ini"},
		[AIOT_ROLE_OPERATE] = {"operate tasks",
				       ", or a member of OperateGroup= in aiotoolsd.ini"},
		[AIOT_ROLE_ADMIN] = {"administer the daemon", ""},
	};
	enum aiot_role need = (enum aiot_role)call->command->role;
	char who[32] = "the caller";

	if (call->role >= need)
		return true;
	if (call->uid >= 0)
		(void)aiot_format_to(who, sizeof(who), "uid %lld", (long long)call->uid);
	(void)aiot_call_error(call, AIOT_ERR_PERMISSION_DENIED,
			      "%s: %s may not %s: be root or the daemon's user%s",
			      aiot_command_title(call->command), who, words[need].may,
			      words[need].group);
	return false;
}

static bool check_bound(struct aiot_call *call)
{
	if (call->fn)
		return true;
	(void)aiot_call_error_at(call, AIOT_ERR_METHOD_NOT_IMPLEMENTED, "method",
				 call->command->method, "%s is not to be had here",
				 aiot_command_title(call->command));
	return false;
}

/* A string that a C string can hold. */
static bool is_text(struct aiot_json value)
{
	char nothing[1];
	int len = aiot_json_str(value, nothing, sizeof(nothing));

	return len >= 0 || len == -AIOT_ENOSPC;
}

static bool is_texts(struct aiot_json value)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json item;

	if (aiot_json_type(value) != AIOT_JSON_ARRAY)
		return false;
	while (aiot_json_next(value, &it, NULL, &item)) {
		if (!is_text(item))
			return false;
	}
	return true;
}

/* An object of values that a command line could have given. */
static bool is_args(struct aiot_json value)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json item;

	if (aiot_json_type(value) != AIOT_JSON_OBJECT)
		return false;
	while (aiot_json_next(value, &it, NULL, &item)) {
		enum aiot_json_type type = aiot_json_type(item);

		if (type == AIOT_JSON_ARRAY || type == AIOT_JSON_OBJECT ||
		    (type == AIOT_JSON_STRING && !is_text(item)))
			return false;
	}
	return true;
}

static bool is_form(struct aiot_json value)
{
	char word[8];

	return aiot_json_str(value, word, sizeof(word)) >= 0 && aiot_form_parse(word) >= 0;
}

/* NULL if the value fits, else what it has to be, for a sentence. */
static const char *param_misfit(const struct aiot_param *p, struct aiot_json value)
{
	uint64_t number;
	int64_t us;

	switch ((enum aiot_param_type)p->type) {
	case AIOT_PARAM_BOOL:
		return aiot_json_type(value) == AIOT_JSON_BOOL ? NULL : "true or false";
	case AIOT_PARAM_U32:
		return aiot_json_u64(value, &number) == 0 && number <= UINT32_MAX
			       ? NULL
			       : "a whole number from 0 to 4294967295";
	case AIOT_PARAM_STR:
		return is_text(value) ? NULL : "a string without U+0000";
	case AIOT_PARAM_STRS:
		return is_texts(value) ? NULL : "an array of strings without U+0000";
	case AIOT_PARAM_LEVEL:
		return aiot_json_u64(value, &number) == 0 && number <= UINT8_MAX &&
				       aiot_level_word((uint8_t)number)
			       ? NULL
			       : "3 (error), 4 (warn), 6 (info) or 7 (debug)";
	case AIOT_PARAM_TIME:
		return aiot_json_i64(value, &us) == 0 && us <= INT64_MAX / 1000 &&
				       us >= INT64_MIN / 1000
			       ? NULL
			       : "a time in microseconds since 1970 UTC";
	case AIOT_PARAM_SPAN:
		return aiot_json_u64(value, &number) == 0 && number <= INT64_MAX / 1000
			       ? NULL
			       : "a time span in microseconds";
	case AIOT_PARAM_FORM:
		return is_form(value) ? NULL : AIOT_FORM_WORDS;
	case AIOT_PARAM_ARGS:
		return is_args(value) ? NULL
				      : "an object of strings without U+0000, numbers, true, false "
					"and null";
	}
	return "something else";
}

static const struct aiot_param *find_param(const struct aiot_command *command,
					   struct aiot_json member)
{
	const struct aiot_param *p = command->params;

	for (; p && p->name; p++) {
		if (aiot_json_str_is(member, p->name))
			return p;
	}
	return NULL;
}

static void refuse_unknown(struct aiot_call *call, struct aiot_json member)
{
	const struct aiot_param *p = call->command->params;
	const char *title = aiot_command_title(call->command);
	char name[MEMBER_SIZE] = "?"; /* for one that is too long to be a slip */
	struct aiot_near near;

	(void)aiot_json_str(member, name, sizeof(name));
	aiot_near_begin(&near, name);
	for (; p && p->name; p++) {
		if (!(p->flags & AIOT_PARAM_TEXT) || call->text)
			aiot_near_offer(&near, p->name);
	}
	if (near.best)
		(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", name,
					 "%s: unknown parameter '%s', did you mean '%s'?", title,
					 name, near.best);
	else
		(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", name,
					 "%s: unknown parameter '%s'", title, name);
}

static bool check_member(struct aiot_call *call, struct aiot_json member, struct aiot_json value)
{
	const struct aiot_param *p = find_param(call->command, member);
	const char *title = aiot_command_title(call->command);
	const char *misfit;

	if (!p) {
		refuse_unknown(call, member);
		return false;
	}
	if ((p->flags & AIOT_PARAM_TEXT) && !call->text) {
		(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", p->name,
					 "%s: '%s' is about text, and replies are data", title,
					 p->name);
		return false;
	}
	if (aiot_json_type(value) == AIOT_JSON_NULL)
		return true;
	misfit = param_misfit(p, value);
	if (!misfit)
		return true;
	(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", p->name,
				 "%s: '%s' has to be %s", title, p->name, misfit);
	return false;
}

static bool check_required(struct aiot_call *call)
{
	const struct aiot_param *p = call->command->params;

	for (; p && p->name; p++) {
		struct aiot_json value;
		enum aiot_json_type type;

		if (!(p->flags & AIOT_PARAM_REQUIRED))
			continue;
		value = aiot_json_get(call->params, p->name);
		type = aiot_json_type(value);
		if (type == AIOT_JSON_NONE || type == AIOT_JSON_NULL ||
		    ((type == AIOT_JSON_ARRAY || type == AIOT_JSON_OBJECT) &&
		     aiot_json_count(value) == 0)) {
			(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter",
						 p->name, "%s: '%s' is needed",
						 aiot_command_title(call->command), p->name);
			return false;
		}
	}
	return true;
}

static bool check_params(struct aiot_call *call)
{
	enum aiot_json_type type = aiot_json_type(call->params);
	struct aiot_json_iter it = {NULL};
	struct aiot_json member, value;

	if (type != AIOT_JSON_OBJECT && type != AIOT_JSON_NULL && type != AIOT_JSON_NONE) {
		(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter",
					 "parameters", "%s: the parameters have to be an object",
					 aiot_command_title(call->command));
		return false;
	}
	while (aiot_json_next(call->params, &it, &member, &value)) {
		if (!check_member(call, member, value))
			return false;
	}
	return check_required(call);
}

static bool check(struct aiot_call *call)
{
	return check_role(call) && check_bound(call) && check_params(call);
}

/* ---- the call ---- */

static void bind_handler(const struct aiot_commands *c, struct aiot_call *call)
{
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_binding *b = c->segment[i].bindings;

		for (; b && b->id; b++) {
			if (b->id != call->command->id)
				continue;
			call->fn = b->fn;
			call->ctx = c->segment[i].ctx;
			return;
		}
	}
}

bool aiot_call_begin(const struct aiot_commands *c, struct aiot_call *call,
		     const struct aiot_command *command, struct aiot_json params,
		     enum aiot_role role, bool more, bool text)
{
	struct aiot_out nowhere = {.buf = NULL};

	*call = (struct aiot_call){
		.command = command,
		.params = params,
		.role = role,
		.more = more && (command->flags & AIOT_COMMAND_MORE),
		.core = c->core,
		.started_ns = c->core ? c->core->ops->mono_ns(c->core->ctx) : 0,
		.text = text,
		.uid = -1,
	};
	bind_handler(c, call);
	/* Only the answer counts now; what it says is written by the step. */
	call->json.out = &nowhere;
	call->refused = !check(call);
	call->json.out = NULL;
	return !call->refused;
}

bool aiot_call_overworked(const struct aiot_call *call)
{
	return call->more && call->work > AIOT_CALL_WORK;
}

bool aiot_call_full(const struct aiot_call *call)
{
	if (aiot_call_overworked(call))
		return true;
	return call->page_bytes > 0 && call->json.out->len - call->reply_start > call->page_bytes;
}

static void open_reply(struct aiot_call *call, struct aiot_out *out)
{
	call->error = AIOT_ERR_NONE;
	call->reply_start = out->len;
	aiot_json_begin(&call->json, out);
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_object(&call->json, "parameters");
	call->reply_empty = out->len;
}

static enum aiot_call_result run_handler(struct aiot_call *call)
{
	enum aiot_call_result result;

	if (call->refused) {
		(void)check(call);
		return AIOT_CALL_ERROR;
	}
	result = call->fn(call);
	if (result == AIOT_CALL_ERROR && call->error == AIOT_ERR_NONE)
		(void)aiot_call_error(call, AIOT_ERR_TASK_FAILED, "%s failed without a reason",
				      aiot_command_title(call->command));
	return call->error == AIOT_ERR_NONE ? result : AIOT_CALL_ERROR;
}

/* Several replies that nobody asked for are none. */
static enum aiot_call_result check_more(struct aiot_call *call, enum aiot_call_result result)
{
	enum aiot_error_id id = AIOT_ERR_NONE;

	if (call->more)
		return result;
	if (result == AIOT_CALL_PAGE)
		id = AIOT_ERR_USE_MORE;
	else if (result == AIOT_CALL_STREAM)
		id = AIOT_ERR_EXPECTED_MORE;
	return id == AIOT_ERR_NONE ? result
				   : aiot_call_error(call, id, "%s", aiot_error_sentence(id));
}

/* The reply did not fit into memory or into the buffer: say at least that. */
static enum aiot_call_result tell_overflow(struct aiot_call *call)
{
	struct aiot_out *out = call->json.out;
	int error = out->error;

	if (error == -AIOT_ENOMEM)
		(void)aiot_call_error(call, AIOT_ERR_NO_MEMORY, "%s: no memory for the answer",
				      aiot_command_title(call->command));
	else
		(void)aiot_call_error(call, AIOT_ERR_LIMIT, "%s: the answer does not fit",
				      aiot_command_title(call->command));
	if (out->error) {
		take_back(call);
		out->error = error;
	}
	return AIOT_CALL_ERROR;
}

enum aiot_call_result aiot_call_step(struct aiot_call *call, struct aiot_out *out)
{
	enum aiot_call_result result;

	if (out->error)
		return AIOT_CALL_ERROR; /* of its owner's making: not ours to hide */
	call->json.out = out;
	call->work = 0;
	if (!call->open)
		open_reply(call, out);
	result = check_more(call, run_handler(call));
	call->open = result == AIOT_CALL_WAIT && !out->error;
	if (call->open)
		return result;
	if (result == AIOT_CALL_STREAM && out->len == call->reply_empty) {
		take_back(call);
		return result;
	}
	if (result != AIOT_CALL_ERROR)
		aiot_json_put_end_object(&call->json);
	return out->error ? tell_overflow(call) : result;
}
