/*
 * spec.c - how a task is run, as one block of memory; and the task's own block.
 *
 * Called when a service is loaded and when a program adds a task.  The block keeps copies of
 * everything that was handed in, so that files and callers may go.
 */
#include <string.h>

#include "host.h"
#include "mem.h"
#include "service.h"

#define STOP_TIMEOUT_MS 10000

/* The nearest option to a misspelt key; NULL: none is near. */
static const char *near_option(const struct aiot_service *service, const struct aiot_kind *kind,
			       const char *key)
{
	const struct aiot_opt *opt;
	struct aiot_near near;
	unsigned i;

	aiot_near_begin(&near, key);
	for (i = 0; (opt = aiot_opt_row(service, kind->opts, i)) != NULL; i++)
		aiot_near_offer(&near, opt->key);
	return near.best;
}

static int check_arg(const struct aiot_service *service, const struct aiot_kind *kind,
		     const struct aiot_arg *arg, struct aiot_out *why)
{
	const struct aiot_opt *opt = aiot_opt_find(service, kind->opts, arg->key);
	const char *near;
	int r;

	if (opt == NULL) {
		near = near_option(service, kind, arg->key);
		aiot_format(why, "%s: '%s' is no option of service '%s'", arg->origin, arg->key,
			    service->name);
		if (near != NULL)
			aiot_format(why, ", did you mean '%s'?", near);
		return -AIOT_EINVAL;
	}
	r = aiot_opt_store(opt, NULL, arg->value);
	if (r < 0)
		aiot_format(why, "%s: %s: '%s' is not %s", arg->origin, opt->key, arg->value,
			    aiot_type_words(opt->type));
	return r;
}

const struct aiot_arg *aiot_arg_find(const struct aiot_arg *args, uint32_t count, const char *key)
{
	while (count-- > 0) { /* the last one counts */
		if (aiot_key_equal(args[count].key, key))
			return &args[count];
	}
	return NULL;
}

int aiot_args_check(const struct aiot_service *service, const struct aiot_kind *kind,
		    const struct aiot_arg *args, uint32_t count, struct aiot_out *why)
{
	int first = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		size_t len = why->len;
		int r;

		if (first < 0)
			aiot_out_text(why, "; ");
		r = check_arg(service, kind, &args[i], why);
		if (first == 0)
			first = r;
		else if (r == 0)
			why->len = len;
	}
	return first;
}

static char *append(char *at, const char **ret, const char *text)
{
	size_t len = strlen(text) + 1;

	*ret = at;
	memcpy(at, text, len);
	return at + len;
}

/* One piece of memory: copies of label and args. */
struct aiot_texts {
	struct aiot_texts *older; /* link: block.texts */
	size_t bytes;		  /* of all that are older as well */
	struct aiot_arg args[];
};

#define TEXTS_MAX (1u << 20) /* of one block */

static size_t texts_bytes(const char *label, const struct aiot_arg *args, uint32_t count)
{
	size_t size = sizeof(struct aiot_texts) + count * sizeof(*args) + strlen(label) + 1;
	uint32_t i;

	for (i = 0; i < count; i++)
		size += strlen(args[i].key) + strlen(args[i].value) + strlen(args[i].origin) + 3;
	return size;
}

static int copy_texts(struct aiot_spec_block *block, const char *label, const struct aiot_arg *args,
		      uint32_t count)
{
	size_t size = texts_bytes(label, args, count);
	struct aiot_texts *texts = aiot_mem_zalloc(size);
	struct aiot_arg *copies;
	uint32_t i;
	char *at;

	if (texts == NULL)
		return -AIOT_ENOMEM;
	texts->older = block->texts;
	texts->bytes = size + (texts->older ? texts->older->bytes : 0);
	copies = texts->args;
	at = append((char *)(copies + count), &block->spec.label, label);
	for (i = 0; i < count; i++) {
		at = append(at, &copies[i].key, args[i].key);
		at = append(at, &copies[i].value, args[i].value);
		at = append(at, &copies[i].origin, args[i].origin);
	}
	block->texts = texts;
	block->spec.args = copies;
	block->spec.arg_count = count;
	return 0;
}

int aiot_spec_exchange_args(struct aiot_spec_block *block, const struct aiot_arg *args,
			    uint32_t count)
{
	if (block->texts->bytes + texts_bytes(block->spec.label, args, count) > TEXTS_MAX)
		return -AIOT_ENOSPC;
	return copy_texts(block, block->spec.label, args, count);
}

int aiot_spec_create(struct aiot_host *host, const struct aiot_service *service, const char *kind,
		     const char *label, const struct aiot_arg *args, uint32_t arg_count,
		     struct aiot_spec_block **ret, struct aiot_out *why)
{
	struct aiot_spec_block *block = aiot_mem_zalloc(sizeof(*block));
	int r = 0;

	if (block == NULL) {
		aiot_out_text(why, "no memory");
		return -AIOT_ENOMEM;
	}
	block->service = *service;
	block->spec.service = &block->service;
	block->spec.place = &host->place.place;
	block->spec.stop_timeout_ms = STOP_TIMEOUT_MS;
	if (!aiot_service_kind(service, kind, &block->spec.kind)) {
		aiot_format(why, "service '%s' has no kind '%s'", service->name,
			    kind ? kind : "main");
		r = -AIOT_ENOENT;
	}
	if (r == 0)
		r = aiot_args_check(service, &block->spec.kind, args, arg_count, why);
	if (r == 0) {
		r = copy_texts(block, label, args, arg_count);
		if (r < 0)
			aiot_out_text(why, "no memory");
	}
	if (r < 0)
		aiot_spec_free(block);
	else
		*ret = block;
	return r;
}

void aiot_spec_free(struct aiot_spec_block *block)
{
	struct aiot_texts *texts;

	if (block == NULL)
		return;
	while ((texts = block->texts) != NULL) {
		block->texts = texts->older;
		aiot_mem_free(texts);
	}
	aiot_mem_free(block);
}

/* A name that is free needs no room for a number behind it. */
int aiot_host_make_task(struct aiot_host *host, struct aiot_spec *spec, const char *name,
			enum aiot_collision collision, struct aiot_task **ret)
{
	size_t len = strlen(name);
	void *block;
	int r;

	if (!aiot_name_valid(name, len))
		return -AIOT_EINVAL;
	if (aiot_core_find(&host->core, name) == NULL)
		collision = AIOT_RAISE;
	block = aiot_mem_zalloc(
		aiot_task_bytes(spec, collision == AIOT_RENAME ? AIOT_NAME_MAX : len));
	if (block == NULL)
		return -AIOT_ENOMEM;
	r = aiot_task_create(&host->core, spec, block, name, collision, ret);
	if (r < 0)
		aiot_mem_free(block);
	return r;
}
