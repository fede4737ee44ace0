/*
 * test-render-table.c - tables whose rows come in several replies, and those that are written at
 * once: they look alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

#define SERVICE(name, load, info, changed)                                                         \
	"{\"name\":\"" name "\",\"load\":\"" load "\",\"enabled\":\"static\",\"active\":null,"     \
	"\"changed\":" changed ",\"type\":\"runtime\",\"info\":" info "}"

#define SHORT_ROW SERVICE("a", "failed", "\"one\"", "false")
#define LONG_ROW SERVICE("longer-\\u00e4", "unloaded", "null", "true")
#define LAST_ROW SERVICE("b", "loaded", "\"two\"", "true")

static char memory[8192];

static struct aiot_table make_table(size_t size)
{
	return (struct aiot_table){.cells = {.buf = memory, .size = size}};
}

/* A reply of it, as aiotoolsctl renders one. */
static void take(struct aiot_table *table, bool with_color, const char *verb, const char *reply)
{
	struct aiot_render r = {.color = with_color, .table = table};

	assert_string_equal(render_more(&r, verb, NULL, reply, table->columns == 0), "");
}

static const char *text_of(const struct aiot_table *table)
{
	struct aiot_out out;

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_table(table, &out);
	return aiot_out_str(&out);
}

static void rows_of_several_replies_are_one_table(void **state)
{
	struct aiot_table table = make_table(sizeof(memory));

	(void)state;
	take(&table, false, "services", "{\"services\":[]}"); /* its titles are yet to come */
	take(&table, false, "services", "{\"services\":[" SHORT_ROW "]}");
	take(&table, false, "services", "{\"services\":[" LONG_ROW "," LAST_ROW "]}");
	assert_string_equal(
		text_of(&table),
		"NAME              LOAD      ENABLED  ACTIVE  DESCRIPTION\n"
		"a.service         failed    static   -       one\n"
		"longer-\xc3\xa4.service  unloaded  static   -       (changed on disk)\n"
		"b.service         loaded    static   -       two (changed on disk)\n");
}

static void one_that_is_kept_is_as_one_that_is_written_at_once(void **state)
{
	static const struct {
		const char *verb, *reply;
	} cases[] = {
		{"services", "{\"services\":[" SHORT_ROW "," LONG_ROW "," LAST_ROW "]}"},
		{"services", "{\"services\":[ 7 , {} , " SHORT_ROW " ]}"},
		{"list", TASK("\"name\":\"x\",\"state\":\"failed\"," SINCE "\"runs\":1")},
		{"list", "{\"tasks\":[{\"name\":\"\"},{\"state\":\"held\"}]}"},
		{"services", "{}"},
		{"stats", TASK("\"name\":\"x\",\"stats\":{\"n\":1}")},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *verb = cases[i / 2].verb, *reply = cases[i / 2].reply;
		struct aiot_table table = make_table(sizeof(memory));
		static char at_once[4096];

		(void)aiot_format_to(at_once, sizeof(at_once), "%s",
				     render(i % 2 ? &color : &plain, verb, reply));
		take(&table, i % 2, verb, reply);
		assert_string_equal(text_of(&table), at_once);
	}
}

static void figures_of_several_replies_are_one_table(void **state)
{
	struct aiot_table table = make_table(sizeof(memory));

	(void)state;
	take(&table, false, "stats",
	     TASK("\"name\":\"x\",\"stats\":{\"n\":1,\"longest\":\"a b\"}"));
	take(&table, false, "stats", TASK("\"name\":\"none\",\"stats\":{}"));
	take(&table, false, "stats", TASK("\"name\":\"long-\\u00e4\",\"stats\":{\"n\":2.50}"));
	assert_string_equal(text_of(&table), "TASK    STAT     VALUE\n"
					     "x       n        1\n"
					     "x       longest  a b\n"
					     "none\n"
					     "long-\xc3\xa4  n        2.50\n");
}

static void a_table_without_memory_says_so(void **state)
{
	(void)state;
	for (size_t size = 0; size < 64; size++) {
		struct aiot_table table = make_table(size);

		take(&table, false, "services", "{\"services\":[" SHORT_ROW "]}");
		assert_int_equal(table.cells.error, -AIOT_ENOSPC);
	}
}

static void a_table_without_rows_is_nothing(void **state)
{
	struct aiot_table table = {.columns = 0};

	(void)state;
	assert_string_equal(text_of(&table), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_several_replies_are_one_table),
		cmocka_unit_test(one_that_is_kept_is_as_one_that_is_written_at_once),
		cmocka_unit_test(figures_of_several_replies_are_one_table),
		cmocka_unit_test(a_table_without_memory_says_so),
		cmocka_unit_test(a_table_without_rows_is_nothing),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
