/*
 * test-word-values.c - word-values.c: single words as values of parameters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <aiotools.h>

#include "command-private.h"

#define NOW 1795221421000000000ll

static char text[400];

/* The value as a member of an object, or the sentence. */
static const char *read_as(uint8_t type, const char *word)
{
	struct aiot_json_out json;
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	if (aiot_word_check(type, word, NOW, &out) == 0) {
		assert_int_equal(out.len, 0);
		aiot_json_begin(&json, &out);
		aiot_json_put_object(&json, NULL);
		aiot_word_put(type, "x", word, NOW, &json);
		aiot_json_put_end_object(&json);
	}
	return aiot_out_str(&out);
}

static void spans_become_microseconds(void **state)
{
	(void)state;
	assert_string_equal(read_as(AIOT_PARAM_SPAN, "500ms"), "{\"x\":500000}");
	assert_string_equal(read_as(AIOT_PARAM_SPAN, "1min 30s"), "{\"x\":90000000}");
	assert_string_equal(read_as(AIOT_PARAM_SPAN, "0"), "{\"x\":0}");
	assert_string_equal(read_as(AIOT_PARAM_SPAN, "soon"),
			    "is not a time span, such as 500ms, 10s or 1min 30s");
}

static void arguments_bring_their_keys(void **state)
{
	(void)state;
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "a=b"), "{\"a\":\"b\"}");
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "a=b=c\n\x01"), "{\"a\":\"b=c\\n\\u0001\"}");
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "a="), "{\"a\":\"\"}");
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "a"), "{\"a\":null}");
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "a=\xc3\xa9"), "{\"a\":\"\xc3\xa9\"}");
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "=b"), "'=b' has no key in front of its '='");
	assert_string_equal(read_as(AIOT_PARAM_ARGS, "a=\xff"),
			    "'a' is not given as UTF-8, which is all that can be sent");
}

static void a_key_longer_than_any_is_cut(void **state)
{
	char word[400];

	(void)state;
	memset(word, 'k', sizeof(word));
	memcpy(word + 300, "=v", 3);
	assert_int_equal(strlen(read_as(AIOT_PARAM_ARGS, word)), AIOT_ARG_KEY_MAX + 8);
}

static void the_others_are_as_they_were(void **state)
{
	(void)state;
	assert_string_equal(read_as(AIOT_PARAM_U32, "12"), "{\"x\":12}");
	assert_string_equal(read_as(AIOT_PARAM_U32, "4294967296"), "is over 4294967295");
	assert_string_equal(read_as(AIOT_PARAM_LEVEL, "warn"), "{\"x\":4}");
	assert_string_equal(read_as(AIOT_PARAM_TIME, "@1"), "{\"x\":1000000}");
	assert_string_equal(read_as(AIOT_PARAM_TIME, "5min"),
			    "is not a time but a time span; did you mean '5min ago'?");
	assert_string_equal(read_as(AIOT_PARAM_FORM, "cat"), "{\"x\":\"cat\"}");
	assert_string_equal(read_as(AIOT_PARAM_STR, "s"), "{\"x\":\"s\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_become_microseconds),
		cmocka_unit_test(arguments_bring_their_keys),
		cmocka_unit_test(a_key_longer_than_any_is_cut),
		cmocka_unit_test(the_others_are_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
