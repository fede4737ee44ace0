/*
 * ask.h - for the tests of command handlers: a call begun and stepped as the server does it, and
 * short ways to look at its replies.  One call at a time.
 */
#ifndef ASK_H
#define ASK_H

#include <string.h>

#include "command.h"
#include "outcome.h"

static struct aiot_call call;
static struct aiot_json reply; /* its "parameters" */
static char reply_error[64];   /* its "error", "" if it is none */
static char params_text[1 << 17], reply_text[1 << 20], words[1 << 17];
static struct aiot_out reply_out;

/* Single quotes stand for double ones in parameters. */
static inline void call_begin(const struct aiot_commands *c, const char *verb, const char *params,
			      bool more)
{
	const struct aiot_command *command = aiot_command_by_verb(c, verb);
	struct aiot_json value = {NULL, 0};
	size_t i, len = params ? strlen(params) : 0;

	assert_non_null(command);
	assert_true(len < sizeof(params_text));
	for (i = 0; i < len; i++)
		params_text[i] = params[i] == '\'' ? '"' : params[i];
	if (params)
		assert_int_equal(aiot_json_parse(params_text, len, &value, NULL), 0);
	(void)aiot_call_begin(c, &call, command, value, AIOT_ROLE_ADMIN, more, false);
	aiot_out_init(&reply_out, reply_text, sizeof(reply_text));
}

/* One step; unless it waits, the reply is then parsed. */
static inline enum aiot_call_result call_step(void)
{
	enum aiot_call_result r = aiot_call_step(&call, &reply_out);
	struct aiot_json whole;

	reply = (struct aiot_json){NULL, 0};
	reply_error[0] = '\0';
	if (r == AIOT_CALL_WAIT || reply_out.len == 0)
		return r;
	aiot_out_char(&reply_out, '}');
	assert_int_equal(reply_out.error, 0);
	assert_int_equal(aiot_json_parse(reply_text, reply_out.len, &whole, NULL), 0);
	(void)aiot_json_str(aiot_json_get(whole, "error"), reply_error, sizeof(reply_error));
	reply = aiot_json_get(whole, "parameters");
	reply_out.len = 0;
	return r;
}

/* The n-th element of an array member of the reply. */
static inline struct aiot_json nth_of(const char *array, unsigned n)
{
	struct aiot_json container = aiot_json_get(reply, array), value = {NULL, 0};
	struct aiot_json_iter it = {NULL};

	do {
		if (!aiot_json_next(container, &it, NULL, &value))
			return (struct aiot_json){NULL, 0};
	} while (n-- > 0);
	return value;
}

/* A member as text: strings bare, the rest as JSON, "-" for none. */
static inline const char *member_of(struct aiot_json object, const char *key)
{
	static char text[4][4096];
	static unsigned turn;
	struct aiot_json value = aiot_json_get(object, key);
	char *t = text[++turn % 4];

	if (value.text == NULL)
		return "-";
	if (aiot_json_str(value, t, sizeof(text[0])) >= 0)
		return t;
	assert_true(value.len < sizeof(text[0]));
	memcpy(t, value.text, value.len);
	t[value.len] = '\0';
	return t;
}

/* One member of all elements, with blanks between: "a b c". */
static inline const char *all_of(const char *array, const char *key)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json value;
	struct aiot_out out;

	aiot_out_init(&out, words, sizeof(words));
	while (aiot_json_next(aiot_json_get(reply, array), &it, NULL, &value))
		aiot_format(&out, "%s%s", out.len ? " " : "", member_of(value, key));
	return aiot_out_str(&out);
}

static inline const char *message(void)
{
	return member_of(reply, "message");
}

/* What is told as the "error" of a reply. */
static inline const char *error_name(enum aiot_error_id id)
{
	static char text[80];
	char object[80];
	struct aiot_json_out json;
	struct aiot_json whole;
	struct aiot_out out;

	aiot_out_init(&out, object, sizeof(object));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	aiot_error_put(&json, id);
	aiot_json_put_end_object(&json);
	assert_int_equal(aiot_json_parse(object, out.len, &whole, NULL), 0);
	assert_true(aiot_json_str(aiot_json_get(whole, "error"), text, sizeof(text)) > 0);
	return text;
}

#define assert_error(id, words)                                                                    \
	do {                                                                                       \
		assert_string_equal(reply_error, error_name(id));                                  \
		assert_string_equal(message(), (words));                                           \
	} while (0)

#endif
