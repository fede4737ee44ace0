/*
 * outcome-small.c - see outcome.h: how runs ended, on boards that have little flash.
 *
 * Built instead of outcome.c; called when a result is set and when a task fails.  Takes one block
 * from the owner's memory, or does without: a failure is reported even when its words found no
 * room.  Of a site it keeps the address, for a board's programs stay.
 */
#include "outcome.h"

#include <string.h>

#include "core.h"

/* A block's head, sites and text; none is a constant. */
static size_t bytes_of(unsigned sites, size_t len)
{
	return sizeof(struct aiot_outcome) + sites * sizeof(struct aiot_site *) +
	       (len > 0 ? len + 1 : 0);
}

static struct aiot_outcome *make(struct aiot_core *core, unsigned sites, const char *text,
				 size_t len)
{
	struct aiot_outcome *o = core->ops->take(core->ctx, bytes_of(sites, len));
	char *copy;

	if (o == NULL)
		return NULL;
	o->text = "";
	if (len > 0) {
		copy = (char *)&o->sites[sites];
		memcpy(copy, text, len);
		copy[len] = '\0';
		o->text = copy;
	}
	o->text_len = (uint16_t)len;
	o->site_count = (uint8_t)sites;
	return o;
}

struct aiot_outcome *aiot_outcome_value(struct aiot_core *core, enum aiot_outcome_type type,
					int64_t value, unsigned digits)
{
	struct aiot_outcome *o = make(core, 0, "", 0);

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
	struct aiot_outcome *o = make(core, 0, text, len);

	if (o != NULL)
		o->type = (uint8_t)type;
	return o;
}

struct aiot_outcome *aiot_outcome_error(struct aiot_core *core, int code, const char *text,
					size_t len, const struct aiot_frame *chain,
					const struct aiot_site *site)
{
	const struct aiot_site *sites[AIOT_TRACE_MAX];
	unsigned n = 0;
	struct aiot_outcome *o;

	while (n < AIOT_TRACE_MAX && (site != NULL || chain != NULL)) {
		if (site == NULL)
			site = chain->site;
		if (site != NULL)
			sites[n++] = site;
		if (chain != NULL)
			chain = chain->caller;
		site = NULL;
	}
	o = make(core, n, text, len);
	if (o == NULL)
		return NULL;
	o->type = AIOT_OUTCOME_ERROR;
	o->code = code;
	memcpy(o->sites, sites, n * sizeof(sites[0]));
	return o;
}

void aiot_outcome_free(struct aiot_core *core, struct aiot_outcome *o)
{
	if (o != NULL)
		core->ops->give(
			core->ctx, o,
			bytes_of(o->type == AIOT_OUTCOME_ERROR ? o->site_count : 0, o->text_len));
}

const char *aiot_error_word(int code)
{
	(void)code; /* which is told, too */
	return "Error";
}

/* Bytes: what follows a message, and a site, to the end of the reply. */
#define BEHIND_TEXT 24
#define BEHIND_SITE 8

/* Of what finds no room in the reply the end is left out, so that it is still one. */
static void error_json(const struct aiot_outcome *o, struct aiot_json_out *json, const char *key)
{
	unsigned i = o->site_count;
	size_t start;
	bool fits = true;

	aiot_json_put_object(json, key);
	aiot_json_put_str(json, "error", aiot_error_word(o->code));
	aiot_json_put_i64(json, "code", o->code);
	(void)aiot_json_put_cut(json, "message", o->text, o->text_len, BEHIND_TEXT);
	aiot_json_put_array(json, "traceback");
	while (fits && i-- > 0) {
		start = json->out->len;
		aiot_site_json(o->sites[i], json, NULL);
		fits = aiot_json_fits(json->out, start, BEHIND_SITE);
	}
	aiot_json_put_end_array(json);
	aiot_json_put_end_object(json);
}

void aiot_outcome_json(const struct aiot_outcome *o, struct aiot_json_out *json, const char *key)
{
	struct aiot_json raw = {NULL, 0};
	size_t start = json->out->len;

	if (o != NULL && o->type == AIOT_OUTCOME_ERROR) {
		error_json(o, json, key);
	} else if (o != NULL && o->type <= AIOT_OUTCOME_DECIMAL) {
		aiot_json_put_decimal(json, key, o->value, o->digits);
	} else if (o != NULL && o->type == AIOT_OUTCOME_TEXT) {
		(void)aiot_json_put_cut(json, key, o->text, o->text_len, BEHIND_TEXT);
	} else {
		if (o != NULL)
			raw = (struct aiot_json){o->text, o->text_len};
		aiot_json_put_raw(json, key, raw);
		if (!aiot_json_fits(json->out, start, BEHIND_TEXT) && o != NULL) /* a cut text */
			(void)aiot_json_put_cut(json, key, o->text, o->text_len, BEHIND_TEXT);
	}
}
