/*
 * options-check.h - stores texts in options of a service, and compares what became of them.
 *
 * Included by the tests of options.
 */
#ifndef AIOT_OPTIONS_CHECK_H
#define AIOT_OPTIONS_CHECK_H

#include <string.h>

#include "options-all.h"
#include "service.h"

static enum aiot_co nothing(struct aiot_task *t)
{
	(void)t;
	return AIOT_DONE;
}

AIOT_SERVICE(plain, struct all, .main = nothing, .opts = opts);

struct value {
	const char *text;
	int result;
	int64_t value;
};

/* Store each text and compare; what is refused must leave the field alone. */
static void check_values(const char *key, const struct value *v, size_t count)
{
	const struct aiot_opt *opt = aiot_opt_find(&aiot_service_plain, opts, key);
	size_t i;

	assert_non_null(opt);
	for (i = 0; i < count; i++) {
		struct all self, before;
		int64_t got = 0;

		memset(&self, 0xa5, sizeof(self));
		before = self;
		if (aiot_opt_store(opt, NULL, v[i].text) != v[i].result ||
		    aiot_opt_store(opt, &self, v[i].text) != v[i].result)
			fail_msg("%s '%s' is not %d", key, v[i].text, v[i].result);
		if (v[i].result < 0) {
			assert_memory_equal(&self, &before, sizeof(self));
			continue;
		}
		if (opt->type == AIOT_TYPE_BOOL)
			got = self.flag;
		else if (opt->type == AIOT_TYPE_I32)
			got = self.i32;
		else if (opt->type == AIOT_TYPE_U32)
			got = self.u32;
		else if (opt->type == AIOT_TYPE_MS)
			got = self.ms;
		else
			memcpy(&got, (char *)&self + opt->off, sizeof(got));
		if (got != v[i].value)
			fail_msg("%s '%s' became %lld", key, v[i].text, (long long)got);
	}
}

#define CHECK(key, ...)                                                                            \
	do {                                                                                       \
		static const struct value values_[] = {__VA_ARGS__};                               \
		check_values(key, values_, sizeof(values_) / sizeof(values_[0]));                  \
	} while (0)

#endif
