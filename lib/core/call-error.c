/*
 * call-error.c - a call's error from a printf sentence, in whichever of the two forms of calls.
 *
 * Called by handlers and by session.c; call.c or call-small.c writes the reply.
 */
#include <aiotools.h>

#include "command-private.h"

/* One that is longer than it may be ends in dots. */
static void make_sentence(struct aiot_out *out, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void make_sentence(struct aiot_out *out, const char *fmt, va_list ap)
{
	aiot_vformat(out, fmt, ap);
	for (size_t i = 1; out->error && i <= 3; i++)
		out->buf[out->size - i] = '.';
}

enum aiot_call_result aiot_call_error(struct aiot_call *call, enum aiot_error_id id,
				      const char *fmt, ...)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out message;
	va_list ap;

	aiot_out_init(&message, text, sizeof(text));
	va_start(ap, fmt);
	make_sentence(&message, fmt, ap);
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
	make_sentence(&message, fmt, ap);
	va_end(ap);
	aiot_call_put_error(call, id, member, value, &message);
	return AIOT_CALL_ERROR;
}
