/*
 * test-tables.c - the options of a service that another process told are as good for checking as
 * those of an open module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "entry.h"
#include "host.h"
#include "mem.h"
#include "tables.h"

static struct aiot_service *read_text(const char *text)
{
	struct aiot_service *s;
	struct aiot_json found;

	assert_int_equal(aiot_json_parse(text, strlen(text), &found, NULL), 0);
	s = aiot_tables_read(found, "it");
	assert_non_null(s);
	return s;
}

static int check(const struct aiot_service *s, const char *key, const char *value, char *why)
{
	const struct aiot_arg arg = {key, value, "x.ini:4"};
	struct aiot_kind kind;
	struct aiot_out out;
	int r;

	aiot_out_init(&out, why, 512);
	assert_true(aiot_service_kind(s, NULL, &kind));
	r = aiot_args_check(s, &kind, &arg, 1, &out);
	(void)aiot_out_str(&out);
	return r;
}

static void values_are_checked_by_what_was_told(void **state)
{
	struct aiot_service *s = read_text(
		"{\"kinds\":[{\"name\":\"main\",\"options\":["
		"{\"key\":\"last\",\"type\":\"duration\",\"default\":\"1s\",\"live\":true},"
		"{\"key\":\"w\\u00e4rm\",\"type\":\"uint\",\"default\":null},"
		"{\"key\":\"word\",\"type\":\"string\",\"default\":\"\\u00e4\"}]},"
		"{\"name\":\"other\",\"options\":[]}]}");
	const struct aiot_opt *opt = aiot_opt_find(s, s->kinds[0].opts, "word");
	char why[512];

	(void)state;
	assert_non_null(opt);
	assert_string_equal(opt->def, "\xc3\xa4");
	assert_int_equal(check(s, "LAST", "5 min", why), 0);
	assert_int_equal(check(s, "w\xc3\xa4rm", "7", why), 0);
	assert_int_equal(check(s, "word", "any", why), 0);
	assert_int_equal(check(s, "w\xc3\xa4rm", "many", why), -AIOT_EINVAL);
	assert_string_equal(why, "x.ini:4: w\xc3\xa4rm: 'many' is not a whole number from 0 to "
				 "4294967295");
	assert_int_equal(check(s, "lst", "5s", why), -AIOT_EINVAL);
	assert_string_equal(why,
			    "x.ini:4: 'lst' is no option of service 'it', did you mean 'last'?");
	assert_null(aiot_opt_row(s, s->kinds[0].opts, 3));
	aiot_mem_free(s);
}

static void a_service_without_options_takes_none(void **state)
{
	static const char *const texts[] = {"{}",
					    "{\"kinds\":[]}",
					    "{\"kinds\":[{\"name\":\"m\"}]}",
					    "{\"kinds\":[{\"options\":[]}]}",
					    "[]",
					    "7"};
	char why[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct aiot_service *s = read_text(texts[i]);

		assert_int_equal(check(s, "any", "1", why), -AIOT_EINVAL);
		aiot_mem_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_checked_by_what_was_told),
		cmocka_unit_test(a_service_without_options_takes_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
