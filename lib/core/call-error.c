/*
 * call-error.c - a call's error from a printf sentence, in whichever of the two forms of calls.
 *
 * Called by handlers; call.c or call-small.c writes the reply.
 */
#include <aiotools.h>

#include "command-private.h"

enum aiot_call_result aiot_call_error(struct aiot_call *call, enum aiot_error_id id,
				      const char *fmt, ...)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out message;
	va_list ap;

	aiot_out_init(&message, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&message, fmt, ap);
	va_end(ap);
	aiot_call_put_error(call, id, NULL, NULL, &message);
	return AIOT_CALL_ERROR;
}

enum aiot_call_result aiot_call_error_at(struct aiot_call *call, enum aiot_error_id id,
					 const char *member, const char *value, const char *fmt,
					 ...)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out message;
	va_list ap;

	aiot_out_init(&message, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&message, fmt, ap);
	va_end(ap);
	aiot_call_put_error(call, id, member, value, &message);
	return AIOT_CALL_ERROR;
}
