/*
 * outcome-values.h - results that are numbers and texts, and what they look like as JSON.
 *
 * Included by the tests of both kinds of outcomes, which have these cases in common.
 */
#ifndef AIOT_OUTCOME_VALUES_H
#define AIOT_OUTCOME_VALUES_H

#include <string.h>

#include "fake.h"
#include "outcome.h"

static char json_text[2048];

static const char *as_json(const struct aiot_outcome *o)
{
	struct aiot_json_out json;
	struct aiot_json value;
	struct aiot_out out;

	aiot_out_init(&out, json_text, sizeof(json_text));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	aiot_outcome_json(o, &json, "result");
	aiot_json_put_end_object(&json);
	(void)aiot_out_str(&out);
	assert_int_equal(aiot_json_parse(out.buf, out.len, &value, NULL), 0);
	return json_text;
}

static void check_value(struct fake *f, enum aiot_outcome_type type, int64_t value, unsigned digits,
			const char *json)
{
	struct aiot_outcome *o = aiot_outcome_value(&f->core, type, value, digits);

	assert_non_null(o);
	assert_string_equal(o->text, "");
	assert_string_equal(as_json(o), json);
	aiot_outcome_free(&f->core, o);
}

static void numbers_are_told_exactly(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	check_value(f, AIOT_OUTCOME_INT, 42, 0, "{\"result\":42}");
	check_value(f, AIOT_OUTCOME_INT, INT64_MIN, 0, "{\"result\":-9223372036854775808}");
	check_value(f, AIOT_OUTCOME_DECIMAL, 2579, 2, "{\"result\":25.79}");
	check_value(f, AIOT_OUTCOME_DECIMAL, -5, 3, "{\"result\":-0.005}");
	check_value(f, AIOT_OUTCOME_DECIMAL, 7, 0, "{\"result\":7}");
	check_value(f, AIOT_OUTCOME_DECIMAL, INT64_MIN, 18, "{\"result\":-9.223372036854775808}");
	assert_string_equal(as_json(NULL), "{\"result\":null}");
	fake_close(f);
}

static void texts_are_copies(void **state)
{
	struct fake *f = fake_open();
	char text[] = "say \"hi\"\n", json[] = "{\"a\":[1,null]}";
	struct aiot_outcome *o = aiot_outcome_text(&f->core, AIOT_OUTCOME_TEXT, text, 8);
	struct aiot_outcome *p = aiot_outcome_text(&f->core, AIOT_OUTCOME_JSON, json, 14);
	struct aiot_outcome *empty = aiot_outcome_text(&f->core, AIOT_OUTCOME_TEXT, "", 0);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memset(json, 'x', sizeof(json) - 1);
	assert_string_equal(o->text, "say \"hi\"");
	assert_int_equal(o->text_len, 8);
	assert_string_equal(as_json(o), "{\"result\":\"say \\\"hi\\\"\"}");
	assert_string_equal(as_json(p), "{\"result\":{\"a\":[1,null]}}");
	assert_string_equal(as_json(empty), "{\"result\":\"\"}");
	aiot_outcome_free(&f->core, o);
	aiot_outcome_free(&f->core, p);
	aiot_outcome_free(&f->core, empty);
	aiot_outcome_free(&f->core, NULL);
	fake_close(f);
}

#endif
