/*
 * settings.h - options given while the program runs: by `set`, and for one run by `trigger`.
 *
 * They stand above what the spec says (INI file, add) and live in blocks of the core's memory,
 * listed in the entry's struct aiot_more:
 *
 *	default  <  spec.args  <  more.set  <  more.run_args
 *
 * A task's struct holds pointers into their texts, so a text that was replaced while a run is under
 * way is kept until the next one begins (more.replaced).
 */
#ifndef AIOT_SETTINGS_H
#define AIOT_SETTINGS_H

#include "core.h"
#include "service.h"

#define AIOT_ARG_MAX (60u * 1024u)	  /* longest value, in bytes */
#define AIOT_REPLACED_MAX (1024u * 1024u) /* bytes of texts kept for one run */

struct aiot_more;

#if AIOT_SETTINGS
struct aiot_setting {
	struct aiot_setting *next;
	const struct aiot_opt *opt; /* the service's own row */
#if AIOT_TEXT
	uint32_t block_bytes;
#else
	uint16_t block_bytes;
#endif
	bool reset; /* in a list just read: back to what the spec says */
	char value[];
};

/*
 * Read an object of options (AIOT_PARAM_ARGS) against a table; null is a reset if that is allowed.
 * 0; -AIOT_EINVAL, -AIOT_ERANGE, -AIOT_EMSGSIZE, -AIOT_ENOMEM, each with a sentence in why.
 */
int aiot_settings_read(struct aiot_core *core, const struct aiot_service *service,
		       const struct aiot_opt *table, struct aiot_json args, bool may_reset,
		       struct aiot_setting **ret, struct aiot_out *why);
/* One option from its text; fails likewise. */
int aiot_setting_read(struct aiot_core *core, const struct aiot_opt *opt, const char *text,
		      struct aiot_setting **ret, struct aiot_out *why);
/* No option is called so: a sentence in why, and -AIOT_EINVAL. */
int aiot_setting_no_key(const struct aiot_service *service, const struct aiot_opt *table,
			const char *key, struct aiot_out *why);
void aiot_settings_free(struct aiot_core *core, struct aiot_setting *list);

/* The one for that option; NULL: none. */
struct aiot_setting *aiot_setting_find(struct aiot_setting *list, const struct aiot_opt *opt);

/* Make room for what aiot_setting_put() will be given.  -AIOT_ENOMEM; -AIOT_ENOSPC: over
 * AIOT_REPLACED_MAX. */
int aiot_settings_prepare(struct aiot_core *core, struct aiot_entry *entry,
			  const struct aiot_setting *list);
/*
 * Set an option for all runs from the next one on, also for this one if it may change while it
 * runs: true.  Takes the setting over.
 */
bool aiot_setting_put(struct aiot_core *core, struct aiot_entry *entry, struct aiot_setting *s);

/* What a run of the entry that begins now would get, and where that comes from: for people. */
const char *aiot_setting_value(const struct aiot_entry *entry, const struct aiot_opt *opt,
			       const char **ret_origin);

#if !AIOT_TEXT
/*
 * Of an object of options, one (key and value): set for all runs from the next one on, also for
 * this one if it may change while it runs: 1; else 0.  null: from the next run on as the spec says.
 * check: only whether that could be.  -AIOT_ENOENT: no option is called just so; -AIOT_EINVAL,
 * -AIOT_ERANGE: the value; -AIOT_ENOMEM.
 */
int aiot_setting_set(struct aiot_entry *e, const struct aiot_json member[2], bool check);
#endif

/* A run begins: what was kept for the one before can go.  Called by the registry. */
void aiot_settings_begin(struct aiot_core *core, struct aiot_entry *entry);
/* Fill in a task's struct: defaults and all that stands above them.  Called by its place. */
int aiot_settings_apply(const struct aiot_entry *entry, void *self);
/* The entry has left, and its struct with it. */
void aiot_settings_finish(struct aiot_core *core, struct aiot_more *more);
#else
static inline void aiot_settings_begin(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}

static inline int aiot_settings_apply(const struct aiot_entry *entry, void *self)
{
	return aiot_opts_apply(entry->spec, self);
}

static inline void aiot_settings_finish(struct aiot_core *core, struct aiot_more *more)
{
	(void)core;
	(void)more;
}
#endif

#endif
