/*
 * test-varlink.c - varlink.c: what is said about the interfaces is whole, true and well-formed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <aiotools-host.h>

#include "mem.h"
#include "varlink.h"

const char *aiot_version(void)
{
	return "1.2.3";
}

static const struct aiot_binding bindings[] = {
	{AIOT_CMD_GET_INFO, aiot_call_varlink_info},
	{AIOT_CMD_GET_INTERFACE, aiot_call_varlink_interface},
	{0},
};
static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL}, {aiot_commands_host, bindings, NULL}},
};

/* One call without `more`; the reply's object, closed. */
static const char *call(unsigned id, const char *params_text)
{
	static char text[65536];
	struct aiot_json params;
	struct aiot_call c;
	struct aiot_out out;

	assert_int_equal(aiot_json_parse(params_text, strlen(params_text), &params, NULL), 0);
	(void)aiot_call_begin(&commands, &c, aiot_command_by_id(&commands, id), params,
			      AIOT_ROLE_NONE, false, false);
	aiot_out_init(&out, text, sizeof(text));
	(void)aiot_call_step(&c, &out);
	aiot_out_char(&out, '}');
	return aiot_out_str(&out);
}

static const char *describe(const char *interface)
{
	static char text[65536];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	assert_true(aiot_varlink_describe(interface, &out));
	assert_int_equal(out.error, 0);
	return aiot_out_str(&out);
}

static void info_names_all_interfaces(void **state)
{
	(void)state;
	assert_string_equal(
		call(AIOT_CMD_GET_INFO, "{}"),
		"{\"parameters\":{\"vendor\":\"aiotools\",\"product\":\"aiotools\","
		"\"version\":\"1.2.3\",\"url\":\"\",\"interfaces\":[\"org.varlink.service\","
		"\"io.aiotools\",\"io.aiotools.Task\",\"io.aiotools.Log\","
		"\"io.aiotools.Service\",\"io.aiotools.Daemon\"]}}");
}

static void every_method_and_error_is_described(void **state)
{
	const struct aiot_command *const tables[] = {aiot_commands_core, aiot_commands_host,
						     aiot_commands_service};
	const struct aiot_command *row;
	char interface[64], line[80];
	unsigned id;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (row = tables[i]; row->id != 0; row++) {
			const char *dot = row->method ? strrchr(row->method, '.') : NULL;

			if (dot == NULL)
				continue;
			(void)snprintf(interface, sizeof(interface), "%.*s",
				       (int)(dot - row->method), row->method);
			(void)snprintf(line, sizeof(line), "\nmethod %s(", dot + 1);
			assert_non_null(strstr(describe(interface), line));
			assert_non_null(strstr(call(AIOT_CMD_GET_INFO, "{}"), interface));
		}
	}
	for (id = AIOT_ERR_NONE + 1; id < AIOT_ERR_COUNT; id++) {
		const char *name = aiot_error_name((enum aiot_error_id)id);
		const char *dot = strrchr(name, '.');

		(void)snprintf(interface, sizeof(interface), "%.*s", (int)(dot - name), name);
		(void)snprintf(line, sizeof(line), "\nerror %s (", dot + 1);
		assert_non_null(strstr(describe(interface), line));
	}
}

static void parameters_have_varlinks_types(void **state)
{
	(void)state;
	assert_non_null(strstr(describe("io.aiotools.Task"),
			       "\nmethod Stop(names: ?[]string, keep_schedule: ?bool) -> (done: "
			       "[]TaskState, failed: []TaskError)\n"));
	assert_non_null(
		strstr(describe("io.aiotools.Task"), "\nmethod Restart(names: []string) -> "));
	assert_non_null(strstr(describe("io.aiotools.Log"),
			       "lines: ?int, level: ?int, grep: ?string, since_us: ?int"));
	/* What only concerns text is no parameter of a method. */
	assert_null(strstr(describe("io.aiotools.Log"), "output"));
	assert_non_null(strstr(describe("io.aiotools.Daemon"), "\nmethod Shutdown() -> ()\n"));
}

/* ---- a reader of varlink's language, as strict as its grammar ---- */

struct reader {
	const char *at;
	char types[1024]; /* "Name;Name;" that exist */
	char used[4096];  /* that are referred to */
};

static void blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\n' || *r->at == '#') {
		if (*r->at == '#')
			r->at += strcspn(r->at, "\n");
		else
			r->at++;
	}
}

static void expect(struct reader *r, const char *text)
{
	blanks(r);
	if (strncmp(r->at, text, strlen(text)) != 0)
		fail_msg("'%s' expected at '%.40s'", text, r->at);
	r->at += strlen(text);
}

static bool word(struct reader *r, const char *text)
{
	size_t len = strlen(text);

	blanks(r);
	if (strncmp(r->at, text, len) != 0 || isalnum((unsigned char)r->at[len]))
		return false;
	r->at += len;
	return true;
}

static void name(struct reader *r, bool capital, char ret[64])
{
	size_t len = 0;

	blanks(r);
	assert_true(capital ? isupper((unsigned char)*r->at) : isalpha((unsigned char)*r->at));
	while (isalnum((unsigned char)r->at[len]) ||
	       (!capital && r->at[len] == '_' && isalnum((unsigned char)r->at[len + 1])))
		len++;
	assert_true(len < 64);
	memcpy(ret, r->at, len);
	ret[len] = '\0';
	r->at += len;
}

static void type(struct reader *r)
{
	static const char *const basic[] = {"bool", "int", "float", "string", "object"};
	char text[64];
	size_t i;

	blanks(r);
	if (*r->at == '?')
		r->at++;
	for (;;) {
		if (strncmp(r->at, "[]", 2) == 0)
			r->at += 2;
		else if (strncmp(r->at, "[string]", 8) == 0)
			r->at += 8;
		else
			break;
	}
	for (i = 0; i < 5; i++) {
		if (word(r, basic[i]))
			return;
	}
	name(r, true, text);
	(void)strncat(r->used, text, sizeof(r->used) - strlen(r->used) - 2);
	(void)strncat(r->used, ";", 2);
}

static void fields(struct reader *r)
{
	char text[64];

	expect(r, "(");
	blanks(r);
	while (*r->at != ')') {
		name(r, false, text);
		expect(r, ":");
		type(r);
		blanks(r);
		if (*r->at != ')')
			expect(r, ",");
		blanks(r);
	}
	r->at++;
}

static void member(struct reader *r)
{
	char text[64];

	if (word(r, "method")) {
		name(r, true, text);
		fields(r);
		expect(r, "->");
	} else if (word(r, "type")) {
		name(r, true, text);
		(void)snprintf(r->types + strlen(r->types), sizeof(r->types) - strlen(r->types),
			       "%s;", text);
	} else {
		expect(r, "error");
		name(r, true, text);
	}
	fields(r);
}

static void check_uses(const struct reader *r)
{
	const char *at = r->used;
	char text[66];

	while (*at != '\0') {
		size_t len = strcspn(at, ";");

		(void)snprintf(text, sizeof(text), "%.*s;", (int)len, at);
		if (strstr(r->types, text) == NULL)
			fail_msg("type %s is not declared", text);
		at += len + 1;
	}
}

static void descriptions_are_well_formed(void **state)
{
	const char *const names[] = {"org.varlink.service", "io.aiotools",
				     "io.aiotools.Task",    "io.aiotools.Log",
				     "io.aiotools.Service", "io.aiotools.Daemon"};
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct reader r = {.at = describe(names[i])};
		unsigned members = 0;

		expect(&r, "interface ");
		expect(&r, names[i]);
		assert_int_equal(*r.at, '\n');
		for (blanks(&r); *r.at != '\0'; blanks(&r)) {
			member(&r);
			members++;
		}
		assert_true(members > 0);
		check_uses(&r);
	}
}

/* ---- asked over the protocol ---- */

static void a_description_is_a_string(void **state)
{
	const char *reply = call(AIOT_CMD_GET_INTERFACE, "{\"interface\":\"io.aiotools.Log\"}");
	struct aiot_json root;
	char text[8192];

	(void)state;
	assert_int_equal(aiot_json_parse(reply, strlen(reply), &root, NULL), 0);
	root = aiot_json_get(aiot_json_get(root, "parameters"), "description");
	assert_true(aiot_json_str(root, text, sizeof(text)) > 0);
	assert_string_equal(text, describe("io.aiotools.Log"));
}

static void an_unknown_interface_is_an_error(void **state)
{
	struct aiot_out out = {0};

	(void)state;
	assert_string_equal(
		call(AIOT_CMD_GET_INTERFACE, "{\"interface\":\"io.aiotools.Lo\"}"),
		"{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{"
		"\"interface\":"
		"\"io.aiotools.Lo\",\"message\":\"no such interface: 'io.aiotools.Lo'\"}}");
	assert_false(aiot_varlink_describe("", &out));
	assert_false(aiot_varlink_describe("io.aiotools.Task.List", &out));
	assert_non_null(strstr(call(AIOT_CMD_GET_INTERFACE, "{}"), "InvalidParameter"));
}

static void without_memory_it_is_an_error(void **state)
{
	(void)state;
	(void)aiot_mem_fail(1, 1);
	assert_non_null(strstr(call(AIOT_CMD_GET_INTERFACE, "{\"interface\":\"io.aiotools.Log\"}"),
			       "io.aiotools.NoMemory"));
	(void)aiot_mem_fail(0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(info_names_all_interfaces),
		cmocka_unit_test(every_method_and_error_is_described),
		cmocka_unit_test(parameters_have_varlinks_types),
		cmocka_unit_test(descriptions_are_well_formed),
		cmocka_unit_test(a_description_is_a_string),
		cmocka_unit_test(an_unknown_interface_is_an_error),
		cmocka_unit_test(without_memory_it_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
