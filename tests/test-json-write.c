/* test-json-write.c - json-write.c: commas, escapes, bad UTF-8, and buffers that end anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "json.h"

struct text {
	char buf[2048];
	struct aiot_out out;
	struct aiot_json_out j;
};

static struct aiot_json_out *start(struct text *t)
{
	aiot_out_init(&t->out, t->buf, sizeof(t->buf));
	aiot_json_begin(&t->j, &t->out);
	return &t->j;
}

static void check(struct text *t, const char *expected)
{
	struct aiot_json value;

	assert_int_equal(t->out.error, 0);
	assert_string_equal(aiot_out_str(&t->out), expected);
	assert_int_equal(aiot_json_parse(t->buf, t->out.len, &value, NULL), 0);
}

/* One of everything. */
static void put_all(struct aiot_json_out *j)
{
	aiot_json_put_object(j, NULL);
	aiot_json_put_str(j, "s", "text");
	aiot_json_put_array(j, "a");
	aiot_json_put_i64(j, NULL, INT64_MIN);
	aiot_json_put_u64(j, NULL, UINT64_MAX);
	aiot_json_put_object(j, NULL);
	aiot_json_put_end_object(j);
	aiot_json_put_array(j, NULL);
	aiot_json_put_end_array(j);
	aiot_json_put_bool(j, NULL, true);
	aiot_json_put_end_array(j);
	aiot_json_put_decimal(j, "d", -2579, 2);
	aiot_json_put_bool(j, "b", false);
	aiot_json_put_null(j, "n");
	aiot_json_put_strf(j, "f", "%d\t%s", 5, "\xe2\x82\xac");
	aiot_json_put_str(j, "e\"k\n", "\x01\xff!");
	aiot_json_put_raw(j, "r", (struct aiot_json){"{\"x\":[]}", 8});
	aiot_json_put_end_object(j);
}

static const char all[] = "{\"s\":\"text\",\"a\":[-9223372036854775808,18446744073709551615,{},[],"
			  "true],\"d\":-25.79,\"b\":false,\"n\":null,\"f\":\"5\\t\xe2\x82\xac\","
			  "\"e\\\"k\\n\":\"\\u0001\xef\xbf\xbd!\",\"r\":{\"x\":[]}}";

static void commas_and_keys_are_where_they_belong(void **state)
{
	struct text t;

	(void)state;
	put_all(start(&t));
	check(&t, all);
	assert_int_equal(t.j.depth, 0);
}

static void one_scalar_is_a_text_too(void **state)
{
	struct text t;

	(void)state;
	aiot_json_put_str(start(&t), NULL, "");
	check(&t, "\"\"");
	aiot_json_put_decimal(start(&t), NULL, 5, 3);
	check(&t, "0.005");
}

static void what_is_not_there_is_null(void **state)
{
	struct text t;
	struct aiot_json_out *j = start(&t);

	(void)state;
	aiot_json_put_array(j, NULL);
	aiot_json_put_str(j, NULL, NULL);
	aiot_json_put_strn(j, NULL, NULL, 5);
	aiot_json_put_raw(j, NULL, (struct aiot_json){NULL, 0});
	aiot_json_put_end_array(j);
	check(&t, "[null,null,null]");
}

static void control_characters_quotes_and_backslashes_are_escaped(void **state)
{
	struct text t;
	char bytes[0x23];

	(void)state;
	for (unsigned c = 0; c < sizeof(bytes); c++)
		bytes[c] = (char)c;
	aiot_json_put_strn(start(&t), NULL, bytes, sizeof(bytes));
	check(&t, "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r"
		  "\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018"
		  "\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f !\\\"\"");
	aiot_json_put_str(start(&t), NULL, "\\/\x7f");
	check(&t, "\"\\\\/\x7f\"");
}

/* Each byte value at each place of a text longer than two words comes back as itself or U+FFFD. */
static void every_byte_at_every_place_comes_back(void **state)
{
	(void)state;
	for (size_t at = 0; at < 20; at++) {
		for (unsigned c = 1; c < 256; c++) {
			char text[] = "abcdefghijklmnopqrst", back[64], expected[64] = "";
			struct text t;
			struct aiot_json value;
			size_t made = c < 0x80 ? 1 : 3;

			text[at] = (char)c;
			memcpy(expected, text, at);
			memcpy(expected + at, c < 0x80 ? text + at : "\xef\xbf\xbd", made);
			memcpy(expected + at + made, text + at + 1, strlen(text + at + 1));
			aiot_json_put_str(start(&t), NULL, text);
			assert_int_equal(aiot_json_parse(t.buf, t.out.len, &value, NULL), 0);
			assert_true(aiot_json_str(value, back, sizeof(back)) > 0);
			assert_string_equal(back, expected);
		}
	}
}

static void check_bad(const char *text, size_t len, const char *expected)
{
	struct text t;
	char *copy = malloc(len);

	assert_non_null(copy);
	memcpy(copy, text, len);
	aiot_json_put_strn(start(&t), NULL, copy, len);
	free(copy);
	check(&t, expected);
}

#define BAD "\xef\xbf\xbd"

static void each_byte_that_is_no_utf8_is_replaced(void **state)
{
	(void)state;
	check_bad("\xe2\x82\xac", 3, "\"\xe2\x82\xac\"");
	check_bad("\xe2\x82", 2, "\"" BAD BAD "\"");
	check_bad("\xe2\x82(", 3, "\"" BAD BAD "(\"");
	check_bad("a\xc0\x80", 3, "\"a" BAD BAD "\"");
	check_bad("\xed\xa0\x80", 3, "\"" BAD BAD BAD "\"");
	check_bad("\xf4\x90\x80\x80", 4, "\"" BAD BAD BAD BAD "\"");
	check_bad("\xf0\x9f\x98\x80\xf0\x9f\x98", 7, "\"\xf0\x9f\x98\x80" BAD BAD BAD "\"");
}

static void a_formatted_string_is_cut_at_its_limit(void **state)
{
	struct text t;

	(void)state;
	aiot_json_put_strf(start(&t), NULL, "%600s", "x");
	assert_int_equal(t.out.error, 0);
	assert_int_equal(t.out.len, 511 + 2);
	assert_int_equal(t.buf[512], '"');
}

static void a_buffer_may_end_anywhere(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(all) - 1; size++) {
		char *buf = malloc(size > 0 ? size : 1);
		struct aiot_out out;
		struct aiot_json_out j;

		assert_non_null(buf);
		aiot_out_init(&out, buf, size);
		aiot_json_begin(&j, &out);
		put_all(&j);
		assert_int_equal(out.error, -AIOT_ENOSPC);
		assert_int_equal(out.len, size);
		assert_memory_equal(buf, all, size);
		free(buf);
	}
}

static int grow_a_little(struct aiot_out *out, size_t need)
{
	char *buf = realloc(out->buf, out->len + need);

	if (!buf)
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = out->len + need;
	return 0;
}

static void a_growing_buffer_gets_the_same_text(void **state)
{
	struct aiot_out out = {.grow = grow_a_little};
	struct aiot_json_out j;

	(void)state;
	aiot_json_begin(&j, &out);
	put_all(&j);
	assert_int_equal(out.error, 0);
	assert_string_equal(aiot_out_str(&out), all);
	free(out.buf);
}

static void too_deep_is_an_error_and_no_damage(void **state)
{
	struct text t;
	struct aiot_json_out *j = start(&t);

	(void)state;
	for (unsigned i = 0; i < AIOT_JSON_DEPTH; i++)
		aiot_json_put_array(j, NULL);
	assert_int_equal(t.out.error, 0);
	aiot_json_put_object(j, NULL);
	aiot_json_put_i64(j, "x", 1);
	assert_int_equal(t.out.error, -AIOT_EOVERFLOW);
	assert_int_equal(t.out.len, AIOT_JSON_DEPTH);
	aiot_json_put_end_object(j);
	for (unsigned i = 0; i < AIOT_JSON_DEPTH; i++)
		aiot_json_put_end_array(j);
	assert_int_equal(t.out.len, AIOT_JSON_DEPTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_keys_are_where_they_belong),
		cmocka_unit_test(one_scalar_is_a_text_too),
		cmocka_unit_test(what_is_not_there_is_null),
		cmocka_unit_test(control_characters_quotes_and_backslashes_are_escaped),
		cmocka_unit_test(every_byte_at_every_place_comes_back),
		cmocka_unit_test(each_byte_that_is_no_utf8_is_replaced),
		cmocka_unit_test(a_formatted_string_is_cut_at_its_limit),
		cmocka_unit_test(a_buffer_may_end_anywhere),
		cmocka_unit_test(a_growing_buffer_gets_the_same_text),
		cmocka_unit_test(too_deep_is_an_error_and_no_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
