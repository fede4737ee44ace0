/*
 * service.c - see service.h.  Called by the loader and by whoever starts a task.  Touches a
 * descriptor only within the sizes that it declares, and never runs its code.
 */
#include "service.h"

#include <string.h>

/* The next byte that counts, in small letters, of a text that is passed. */
static unsigned char take_letter(const char **text)
{
	unsigned char c;

	do {
		c = (unsigned char)*(*text)++;
	} while (c == '_' || c == '-');
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool aiot_key_equal(const char *a, const char *b)
{
	unsigned char c;

	do {
		c = take_letter(&a);
		if (c != take_letter(&b))
			return false;
	} while (c != '\0');
	return true;
}

#if !AIOT_SETTINGS
/* Descriptors were checked when the values were made (lib/mcu/native/values.c). */
const struct aiot_opt *aiot_opt_row(const struct aiot_service *service,
				    const struct aiot_opt *table, unsigned i)
{
	(void)service;
	return table != NULL && table[i].type != 0 ? &table[i] : NULL;
}
#else
static int refuse(struct aiot_out *why, const char *text)
{
	aiot_out_text(why, text);
	return -AIOT_EINVAL;
}

/* Everything up to `kinds` came with ABI 1. */
#define SERVICE_MIN offsetof(struct aiot_service, init)
#define KIND_MIN offsetof(struct aiot_kind, on_stop)

#define SELF_MAX (1u << 20)

/* Whether a field lies inside the struct, where its type may lie. */
static bool field_fits(uint32_t self_size, uint32_t off, uint16_t type)
{
	uint32_t size = aiot_type_bytes(type);
	uint32_t align = size < sizeof(void *) ? size : (uint32_t)sizeof(void *);

	return off % align == 0 && off < self_size && self_size - off >= size;
}

static int check_opts(const struct aiot_service *s, const struct aiot_opt *table,
		      uint32_t self_size, struct aiot_out *why)
{
	const struct aiot_opt *opt;
	unsigned i;

	for (i = 0; (opt = aiot_opt_row(s, table, i)) != NULL; i++) {
		if (opt->def == NULL || !field_fits(self_size, opt->off, opt->type)) {
			aiot_format(why, "has a broken option '%s'", opt->key);
			return -AIOT_EINVAL;
		}
		if (aiot_opt_store(opt, NULL, opt->def) < 0) {
			aiot_format(why, "has option '%s' whose default '%s' is not %s", opt->key,
				    opt->def, aiot_type_words(opt->type));
			return -AIOT_EINVAL;
		}
	}
	return 0;
}

static int check_kind(const struct aiot_service *s, const struct aiot_kind *kind,
		      struct aiot_out *why)
{
	const struct aiot_stat *stat;
	unsigned i;

	if (kind->fn == NULL) {
		aiot_format(why, "has kind '%s' without a task function", kind->name);
		return -AIOT_EINVAL;
	}
	if (kind->self_size > SELF_MAX)
		return refuse(why, "wants more than 1 MiB for its struct");
	for (i = 0; (stat = aiot_stat_row(s, kind->stats, i)) != NULL; i++) {
		if (!field_fits(kind->self_size, stat->off, stat->type)) {
			aiot_format(why, "has a broken stat '%s'", stat->key);
			return -AIOT_EINVAL;
		}
	}
	return check_opts(s, kind->opts, kind->self_size, why);
}

/* Row i of the further kinds, NULL behind the last. */
static const struct aiot_kind *kind_row(const struct aiot_service *s, unsigned i)
{
	const struct aiot_kind *row;

	if (s->kinds == NULL)
		return NULL;
	row = (const void *)((const char *)s->kinds + (size_t)i * s->kind_size);
	return row->name ? row : NULL;
}

static struct aiot_kind main_kind(const struct aiot_service *s)
{
	return (struct aiot_kind){.name = "main",
				  .fn = s->main,
				  .self_size = s->self_size,
				  .flags = s->flags,
				  .opts = s->opts,
				  .stats = s->stats,
				  .on_stop = s->on_stop,
				  .on_error = s->on_error};
}

const struct aiot_verb *aiot_verb_row(const struct aiot_service *s, unsigned i)
{
	const struct aiot_verb *row;

	if (s->verbs == NULL)
		return NULL;
	row = (const void *)((const char *)s->verbs + (size_t)i * s->verb_size);
	return row->name ? row : NULL;
}

const struct aiot_cond *aiot_cond_row(const struct aiot_service *s, unsigned i)
{
	const struct aiot_cond *row;

	if (s->conditions == NULL)
		return NULL;
	row = (const void *)((const char *)s->conditions + (size_t)i * s->cond_size);
	return row->name ? row : NULL;
}

static int check_conditions(const struct aiot_service *s, struct aiot_out *why)
{
	const struct aiot_cond *cond;
	unsigned i;

	if (s->conditions != NULL && s->cond_size < sizeof(struct aiot_cond))
		return refuse(why, "has table rows that are too short");
	for (i = 0; (cond = aiot_cond_row(s, i)) != NULL; i++) {
		if (cond->fn == NULL || cond->help == NULL ||
		    !aiot_name_valid(cond->name, strlen(cond->name))) {
			aiot_format(why, "has a broken condition '%s'", cond->name);
			return -AIOT_EINVAL;
		}
	}
	return 0;
}

static int check_verbs(const struct aiot_service *s, struct aiot_out *why)
{
	const struct aiot_verb *verb;
	unsigned i;

	if (s->verbs != NULL && s->verb_size < sizeof(struct aiot_verb))
		return refuse(why, "has table rows that are too short");
	for (i = 0; (verb = aiot_verb_row(s, i)) != NULL; i++) {
		if (verb->fn == NULL || verb->help == NULL || verb->args_size > SELF_MAX) {
			aiot_format(why, "has a broken verb '%s'", verb->name);
			return -AIOT_EINVAL;
		}
		if (check_opts(s, verb->opts, verb->args_size, why) < 0)
			return -AIOT_EINVAL;
	}
	return 0;
}

static int check_kinds(const struct aiot_service *s, struct aiot_out *why)
{
	const struct aiot_kind *row;
	struct aiot_kind kind = main_kind(s);
	unsigned i;

	if (s->main == NULL && kind_row(s, 0) == NULL)
		return refuse(why, "has no task function; set .main");
	if (s->main != NULL && check_kind(s, &kind, why) < 0)
		return -AIOT_EINVAL;
	if (s->main == NULL && (s->on_stop != NULL || s->on_error != NULL))
		return refuse(why, "has .on_stop or .on_error without .main; give it to a kind");
	for (i = 0; (row = kind_row(s, i)) != NULL; i++) {
		if (check_kind(s, row, why) < 0)
			return -AIOT_EINVAL;
	}
	return 0;
}

int aiot_service_check(const struct aiot_service *found, const char *name, struct aiot_service *ret,
		       struct aiot_out *why)
{
	struct aiot_service s = {0};

	if (found->abi != AIOT_ABI) {
		aiot_format(why, "was built for ABI %u, this is ABI %u; rebuild it", found->abi,
			    AIOT_ABI);
		return -AIOT_EINVAL;
	}
	if (found->size < SERVICE_MIN) {
		aiot_format(why, "has a descriptor of %u bytes, too short for ABI %u (%u)",
			    found->size, AIOT_ABI, (unsigned)SERVICE_MIN);
		return -AIOT_EINVAL;
	}
	memcpy(&s, found, found->size < sizeof(s) ? found->size : sizeof(s));
	if (s.opt_size < sizeof(struct aiot_opt) || s.stat_size < sizeof(struct aiot_stat) ||
	    s.kind_size < KIND_MIN)
		return refuse(why, "has table rows that are too short");
	if (s.name == NULL || strcmp(s.name, name) != 0) {
		aiot_format(why, "calls itself '%s' but exports aiot_service_%s",
			    s.name ? s.name : "", name);
		return -AIOT_EINVAL;
	}
	if (check_kinds(&s, why) < 0 || check_verbs(&s, why) < 0 || check_conditions(&s, why) < 0)
		return -AIOT_EINVAL;
	*ret = s;
	return 0;
}

bool aiot_service_kind(const struct aiot_service *service, const char *name, struct aiot_kind *ret)
{
	const struct aiot_kind *row;
	unsigned i;

	if (service->main != NULL && (name == NULL || strcmp(name, "main") == 0)) {
		*ret = main_kind(service);
		return true;
	}
	for (i = 0; (row = kind_row(service, i)) != NULL; i++) {
		if (name == NULL || strcmp(row->name, name) == 0) {
			*ret = (struct aiot_kind){0};
			memcpy(ret, row,
			       service->kind_size < sizeof(*ret) ? service->kind_size
								 : sizeof(*ret));
			return true;
		}
	}
	return false;
}

const struct aiot_opt *aiot_opt_row(const struct aiot_service *service,
				    const struct aiot_opt *table, unsigned i)
{
	const struct aiot_opt *row;

	if (table == NULL)
		return NULL;
	row = (const void *)((const char *)table + (size_t)i * service->opt_size);
	return row->key ? row : NULL;
}

const struct aiot_stat *aiot_stat_row(const struct aiot_service *service,
				      const struct aiot_stat *table, unsigned i)
{
	const struct aiot_stat *row;

	if (table == NULL)
		return NULL;
	row = (const void *)((const char *)table + (size_t)i * service->stat_size);
	return row->key ? row : NULL;
}

const struct aiot_opt *aiot_opt_find(const struct aiot_service *service,
				     const struct aiot_opt *table, const char *key)
{
	const struct aiot_opt *opt;
	unsigned i;

	for (i = 0; (opt = aiot_opt_row(service, table, i)) != NULL; i++) {
		if (aiot_key_equal(opt->key, key))
			return opt;
	}
	return NULL;
}
#endif
