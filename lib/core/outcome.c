/*
 * outcome.c - see outcome.h.  Called when a result is set and when a task fails.  Takes one block
 * from the owner's memory, or does without: a failure is reported even when its words found no
 * room.
 */
#include "outcome.h"

#include <string.h>

#include "core.h"

static struct aiot_outcome *take(struct aiot_core *core, size_t size)
{
	struct aiot_outcome *o = core->ops->take(core->ctx, size);

	if (o == NULL)
		return NULL;
	memset(o, 0, sizeof(*o));
	o->block_size = (uint32_t)size;
	o->text = "";
	return o;
}

struct aiot_outcome *aiot_outcome_value(struct aiot_core *core, enum aiot_outcome_type type,
					int64_t value, unsigned digits)
{
	struct aiot_outcome *o = take(core, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->type = (uint8_t)type;
	o->value = value;
	o->digits = (uint8_t)digits;
	return o;
}

struct aiot_outcome *aiot_outcome_text(struct aiot_core *core, enum aiot_outcome_type type,
				       const char *text, size_t len)
{
	struct aiot_outcome *o = take(core, sizeof(*o) + len + 1);
	char *copy;

	if (o == NULL)
		return NULL;
	copy = (char *)(o + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	o->type = (uint8_t)type;
	o->text = copy;
	o->text_len = (uint32_t)len;
	return o;
}

#if AIOT_BOARD
/* A board's programs stay: their names and files need no copies. */
static size_t copy_bytes(const char *text)
{
	(void)text;
	return 0;
}

static const char *keep(char **at, const char *text)
{
	(void)at;
	return text;
}
#else
static size_t copy_bytes(const char *text)
{
	return strlen(text) + 1;
}

/* Copy a string to *at and move on. */
static const char *keep(char **at, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = *at;

	memcpy(copy, text, len);
	*at += len;
	return copy;
}
#endif

/* The sites of a chain, innermost first; the innermost one may be replaced by `site`. */
static unsigned collect(const struct aiot_frame *chain, const struct aiot_site *site,
			const struct aiot_site *sites[AIOT_TRACE_MAX])
{
	unsigned n = 0;

	if (site != NULL)
		sites[n++] = site;
	if (chain != NULL && site != NULL)
		chain = chain->caller;
	for (; chain != NULL && n < AIOT_TRACE_MAX; chain = chain->caller) {
		if (chain->site != NULL)
			sites[n++] = chain->site;
	}
	return n;
}

struct aiot_outcome *aiot_outcome_error(struct aiot_core *core, int code, const char *text,
					size_t len, const struct aiot_frame *chain,
					const struct aiot_site *site)
{
	const struct aiot_site *sites[AIOT_TRACE_MAX];
	unsigned n = collect(chain, site, sites), i;
	size_t size = sizeof(struct aiot_outcome) + n * sizeof(struct aiot_trace_line) + len + 1;
	struct aiot_trace_line *trace;
	struct aiot_outcome *o;
	char *at;

	for (i = 0; i < n; i++)
		size += copy_bytes(sites[i]->func) + copy_bytes(sites[i]->file);
	o = take(core, size);
	if (o == NULL)
		return NULL;
	trace = (struct aiot_trace_line *)(void *)(o + 1);
	at = (char *)(trace + n);
	for (i = 0; i < n; i++) {
		const struct aiot_site *s = sites[n - 1 - i];

		trace[i].func = keep(&at, s->func);
		trace[i].file = keep(&at, s->file);
		trace[i].line = s->line;
	}
	memcpy(at, text, len);
	at[len] = '\0';
	o->type = AIOT_OUTCOME_ERROR;
	o->code = code;
	o->text = at;
	o->text_len = (uint32_t)len;
	o->trace = trace;
	o->trace_count = (uint16_t)n;
	return o;
}

void aiot_outcome_free(struct aiot_core *core, struct aiot_outcome *outcome)
{
	if (outcome != NULL)
		core->ops->give(core->ctx, outcome, outcome->block_size);
}

const char *aiot_error_word(int code)
{
	static const struct {
		int code;
		const char *word;
	} words[] = {
		{AIOT_EPERM, "EPERM"},
		{AIOT_ENOENT, "ENOENT"},
		{AIOT_EIO, "EIO"},
		{AIOT_EBADF, "EBADF"},
		{AIOT_EAGAIN, "EAGAIN"},
		{AIOT_ENOMEM, "ENOMEM"},
		{AIOT_EACCES, "EACCES"},
		{AIOT_EBUSY, "EBUSY"},
		{AIOT_EEXIST, "EEXIST"},
		{AIOT_ENODEV, "ENODEV"},
		{AIOT_EINVAL, "EINVAL"},
		{AIOT_ENOSPC, "ENOSPC"},
		{AIOT_EPIPE, "EPIPE"},
		{AIOT_EDOM, "EDOM"},
		{AIOT_ERANGE, "ERANGE"},
		{AIOT_EDEADLK, "EDEADLK"},
		{AIOT_ENOSYS, "ENOSYS"},
		{AIOT_ENODATA, "ENODATA"},
		{AIOT_EPROTO, "EPROTO"},
		{AIOT_EBADMSG, "EBADMSG"},
		{AIOT_EOVERFLOW, "EOVERFLOW"},
		{AIOT_EMSGSIZE, "EMSGSIZE"},
		{AIOT_ETIMEDOUT, "ETIMEDOUT"},
		{AIOT_EALREADY, "EALREADY"},
		{AIOT_ECANCELED, "ECANCELED"},
		{AIOT_ENAMETOOLONG, "ENAMETOOLONG"},
	};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (-words[i].code == code)
			return words[i].word;
	}
	return "Error";
}

static void error_json(const struct aiot_outcome *o, struct aiot_json_out *json, const char *key)
{
	unsigned i;

	aiot_json_put_object(json, key);
	aiot_json_put_str(json, "error", aiot_error_word(o->code));
	aiot_json_put_i64(json, "code", o->code);
	aiot_json_put_strn(json, "message", o->text, o->text_len);
	aiot_json_put_array(json, "traceback");
	for (i = 0; i < o->trace_count; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "function", o->trace[i].func);
		aiot_json_put_str(json, "file", o->trace[i].file);
		aiot_json_put_u64(json, "line", o->trace[i].line);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
	aiot_json_put_end_object(json);
}

void aiot_outcome_json(const struct aiot_outcome *o, struct aiot_json_out *json, const char *key)
{
	struct aiot_json raw;

	if (o == NULL) {
		aiot_json_put_null(json, key);
		return;
	}
	switch (o->type) {
	case AIOT_OUTCOME_INT:
		aiot_json_put_i64(json, key, o->value);
		break;
	case AIOT_OUTCOME_DECIMAL:
		aiot_json_put_decimal(json, key, o->value, o->digits);
		break;
	case AIOT_OUTCOME_TEXT:
		aiot_json_put_strn(json, key, o->text, o->text_len);
		break;
	case AIOT_OUTCOME_JSON:
		raw = (struct aiot_json){o->text, o->text_len};
		aiot_json_put_raw(json, key, raw);
		break;
	default:
		error_json(o, json, key);
	}
}
