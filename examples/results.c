/*
 * results.c - what a task returns when it ends: a number, a decimal, a text or JSON.
 *
 *	aiotoolsctl load results && aiotoolsctl wait results
 *	aiotoolsctl result results		results.service --> 21.5
 *	aiotoolsctl set results as=json && aiotoolsctl start results
 *	aiotoolsctl --json result results
 */
#include <aiotools.h>

#include <string.h>

struct results {
	const char *as;
};

/* Set before the end; the last one counts. Nothing is lost of it: decimals are no floating point.
 */
static int answer(struct aiot_task *t, const char *as)
{
	if (strcmp(as, "int") == 0)
		return aiot_result_int(t, 21);
	if (strcmp(as, "decimal") == 0)
		return aiot_result_decimal(t, 215, 1); /* 21.5 */
	if (strcmp(as, "text") == 0)
		return aiot_result_text(t, "twenty-one and a half");
	if (strcmp(as, "json") == 0)
		return aiot_result_json(t, "{\"celsius\":21.5,\"sensors\":[\"roof\",\"cellar\"]}");
	if (strcmp(as, "none") == 0)
		return aiot_result_none(t);
	return -AIOT_EINVAL;
}

static enum aiot_co results(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct results, self);
	AIOT_SLEEP_MS(t, 100); /* the work */
	if (answer(t, self->as) < 0)
		AIOT_FAIL(t, -AIOT_EINVAL, "as: '%s' is none of int decimal text json none",
			  self->as);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct results, as, "as", "decimal", "int, decimal, text, json or none"),
	{0},
};

AIOT_SERVICE(results, struct results, .info = "Example: results", .main = results, .opts = opts);
