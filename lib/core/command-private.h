/*
 * command-private.h - what the files about commands share: command*.c, call.c, words.c, usage.c and
 * render*.c, and nobody else.
 */
#ifndef AIOT_COMMAND_PRIVATE_H
#define AIOT_COMMAND_PRIVATE_H

#include "command.h"

/* What a command is called in a sentence: its verb, or its method. */
static inline const char *aiot_command_title(const struct aiot_command *command)
{
#if AIOT_TEXT
	return command->verb ? command->verb : command->method;
#else
	return command->verb + (*command->verb == '\0');
#endif
}

/* For an error that came without a message; "" for AIOT_ERR_NONE. */
const char *aiot_error_sentence(enum aiot_error_id id);

enum aiot_form {
	AIOT_FORM_SHORT,
	AIOT_FORM_ISO,
	AIOT_FORM_MONO,
	AIOT_FORM_JSON,
	AIOT_FORM_CAT,
};
#define AIOT_FORM_WORDS "short, iso, mono, json or cat"
/* -AIOT_EINVAL: no form of log lines. */
int aiot_form_parse(const char *text);

/* ---- word-values.c ---- */

#define AIOT_ARG_KEY_MAX 255

/*
 * Whether a word can be a value of that type (enum aiot_param_type).  Negative: with the end of a
 * sentence in why ("is not a whole number"); for AIOT_PARAM_ARGS it is a whole one.
 */
int aiot_word_check(uint8_t type, const char *value, int64_t now_ns, struct aiot_out *why);
/* Write one that was checked as member `name`; a word of AIOT_PARAM_ARGS brings its own name. */
void aiot_word_put(uint8_t type, const char *name, const char *value, int64_t now_ns,
		   struct aiot_json_out *j);

/* Make the reply an error: what it has so far is taken back.  member NULL: only the message. */
void aiot_call_put_error(struct aiot_call *call, enum aiot_error_id id, const char *member,
			 const char *value, const struct aiot_out *message);

#endif
