/*
 * tables.c - see tables.h.
 *
 * Called by the handlers that check values, behind an inspection.  What it makes is read like the
 * table of an open module, and refers to nothing outside of its block.
 */
#include "tables.h"

#include <string.h>

#include "mem.h"

struct block {
	struct aiot_service service; /* first, for the caller frees it as that */
	struct aiot_kind kinds[2];   /* the last one is the end */
	struct aiot_opt opts[];	     /* texts lie behind them */
};

/* The kind that a load makes a task of: it comes first. */
static struct aiot_json options_of(struct aiot_json found)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json kind = {NULL, 0};

	(void)aiot_json_next(aiot_json_get(found, "kinds"), &it, NULL, &kind);
	return aiot_json_get(kind, "options");
}

static uint16_t type_of(struct aiot_json name)
{
	uint16_t type = 1;

	while (strcmp(aiot_type_name(type), "unknown") != 0) {
		if (aiot_json_str_is(name, aiot_type_name(type)))
			return type;
		type++;
	}
	return 0;
}

/* A member's text, decoded to *at, which moves on; the room was counted by read_options(). */
static const char *take_text(struct aiot_json option, const char *key, char **at)
{
	struct aiot_json value = aiot_json_get(option, key);
	char *text = *at;

	if (aiot_json_str(value, text, value.len + 1) < 0) /* null, where there is none */
		text[0] = '\0';
	*at += strlen(text) + 1;
	return text;
}

static void read_options(struct aiot_json options, struct block *b, char *at)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json option;
	struct aiot_opt *opt = b->opts;

	for (; aiot_json_next(options, &it, NULL, &option); opt++) {
		opt->key = take_text(option, "key", &at);
		opt->def = take_text(option, "default", &at);
		opt->help = "";
		opt->type = type_of(aiot_json_get(option, "type"));
		opt->flags =
			aiot_json_bool(aiot_json_get(option, "live"), false) ? AIOT_OPT_LIVE : 0;
	}
}

struct aiot_service *aiot_tables_read(struct aiot_json found, const char *name)
{
	struct aiot_json options = options_of(found);
	size_t rows = (aiot_json_count(options) + 1) * sizeof(struct aiot_opt);
	size_t name_bytes = strlen(name) + 1;
	/* No text is longer decoded; each has its quotes as room for its NUL. */
	struct block *b = aiot_mem_zalloc(sizeof(*b) + rows + options.len + name_bytes + 1);
	char *texts;

	if (b == NULL)
		return NULL;
	texts = (char *)b->opts + rows;
	memcpy(texts, name, name_bytes);
	b->service = (struct aiot_service){
		.abi = AIOT_ABI,
		.size = sizeof(b->service),
		.name = texts,
		.opt_size = sizeof(struct aiot_opt),
		.kind_size = sizeof(struct aiot_kind),
		.kinds = b->kinds,
	};
	b->kinds[0] = (struct aiot_kind){.name = "main", .opts = b->opts};
	read_options(options, b, texts + name_bytes);
	return &b->service;
}
