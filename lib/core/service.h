/*
 * service.h - descriptors from object files of any age: checked, completed, their options applied.
 */
#ifndef AIOT_SERVICE_H
#define AIOT_SERVICE_H

#include <stdbool.h>

#include "aiotools.h"
#include "entry.h"
#include "json.h"
#include "out.h"

/*
 * Check a descriptor found under aiot_service_NAME and copy it to ret, fields that it is too old to
 * have as zero.  On refusal writes the reason as the end of a sentence ("was built for ABI 2, this
 * is ABI 1") to why and returns -AIOT_EINVAL.
 */
int aiot_service_check(const struct aiot_service *found, const char *name, struct aiot_service *ret,
		       struct aiot_out *why);

/* The kind of that name ("main" or NULL: .main); false: none. */
bool aiot_service_kind(const struct aiot_service *service, const char *name, struct aiot_kind *ret);

/* Row i of a table, NULL behind the last; rows may be longer than this header's. */
const struct aiot_opt *aiot_opt_row(const struct aiot_service *service,
				    const struct aiot_opt *table, unsigned i);
const struct aiot_stat *aiot_stat_row(const struct aiot_service *service,
				      const struct aiot_stat *table, unsigned i);

/* Row i of its verbs, NULL behind the last. */
const struct aiot_verb *aiot_verb_row(const struct aiot_service *service, unsigned i);

/* Whether a field has another value than the one this text stands for. */
bool aiot_opt_differs(const struct aiot_opt *opt, const void *self, const char *text);

/* Row i of its conditions, NULL behind the last. */
const struct aiot_cond *aiot_cond_row(const struct aiot_service *service, unsigned i);

/* Keys compare without case, `_` and `-`. */
bool aiot_key_equal(const char *a, const char *b);
/* The option of that key, or NULL. */
const struct aiot_opt *aiot_opt_find(const struct aiot_service *service,
				     const struct aiot_opt *table, const char *key);

/* Bytes of a field. */
uint32_t aiot_type_bytes(uint16_t type);
/* "a time span such as 500ms", for error sentences. */
const char *aiot_type_words(uint16_t type);
const char *aiot_type_name(uint16_t type);

/* Read text as the type and store it at self + off; self NULL: only check.  -AIOT_EINVAL,
 * -AIOT_ERANGE. */
int aiot_opt_store(const struct aiot_opt *opt, void *self, const char *text);

/* The same, but only read; a text is borrowed. */
int aiot_opt_value(const struct aiot_opt *opt, const char *text, union aiot_value *ret);

/* Set every option: the argument given, else the default.  The first error is that of a bad
 * argument. */
int aiot_opts_apply(const struct aiot_spec *spec, void *self);

/* A field as a JSON member; a time span as text ("1min 30s"). */
void aiot_value_json(uint16_t type, const void *field, struct aiot_json_out *json, const char *key);

#endif
