/*
 * test-render-boot.c - dependencies as a tree, and how long a boot took, as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

#define ROW(name, depth, relation, load, state, repeated)                                          \
	"{\"name\":\"" name "\",\"depth\":" depth ",\"relation\":" relation ",\"load\":\"" load    \
	"\",\"state\":" state ",\"repeated\":" repeated "}"

static const char tree[] =
	"{\"dependencies\":[" ROW("web", "0", "null", "loaded", "\"running\"", "false") "," ROW(
		"db", "1", "\"requires\"", "loaded", "\"failed\"",
		"false") "," ROW("nix", "2", "\"wants\"", "unknown", "null",
				 "false") "," ROW("off", "1", "\"after\"", "unloaded", "null",
						  "false") "," ROW("db", "1", "\"after\"", "loaded",
								   "\"failed\"", "true") "]}";

static void a_tree_says_what_each_needs(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "dependencies", tree),
			    "web.service: running\n"
			    "  requires db.service: failed\n"
			    "    wants nix.service: not known\n"
			    "  after off.service: unloaded\n"
			    "  after db.service: failed (see above)\n");
	assert_non_null(strstr(render(&color, "dependencies", tree),
			       "requires db.service: \x1b[31;1mfailed\x1b[0m\n"));
}

static void in_reverse_it_says_who_needs_it(void **state)
{
	(void)state;
	assert_string_equal(render_more(&plain, "dependencies", "{\"reverse\":true}", tree, true),
			    "web.service: running\n"
			    "  required by db.service: failed\n"
			    "    wanted by nix.service: not known\n"
			    "  before off.service: unloaded\n"
			    "  before db.service: failed (see above)\n");
}

static void the_boot_is_one_line(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "analyze",
		       "{\"state\":\"booted\",\"total_us\":61234567,\"core_us\":1234567,"
		       "\"init_us\":1250}"),
		"booted in 1min 1s: core 1.234 s, init 1.2 ms\n");
	assert_string_equal(render(&plain, "analyze",
				   "{\"state\":\"booting\",\"since_us\":999,\"under_way\":"
				   "[\"net\",\"ntp\"]}"),
			    "booting for 999 us, core services under way: net.service, "
			    "ntp.service\n");
	assert_string_equal(render(&plain, "analyze",
				   "{\"state\":\"booting\",\"since_us\":0,\"under_way\":[]}"),
			    "booting for 0 us\n");
	assert_string_equal(
		render(&plain, "analyze", "{\"state\":\"not booted\",\"under_way\":[]}"),
		"not booted\n");
}

#define START(name, ready, took, depth)                                                            \
	"{\"name\":\"" name "\",\"type\":\"core\",\"ready_us\":" ready ",\"took_us\":" took        \
	",\"depth\":" depth "}"

static void blame_is_a_table(void **state)
{
	(void)state;
	assert_string_equal(
		render_more(&plain, "analyze", "{\"what\":\"blame\"}",
			    "{\"services\":[" START("net", "5000", "120300",
						    "0") "," START("db", "null", "57", "0") "]}",
			    true),
		"120.3 ms  net.service\n"
		"57 us     db.service (not ready)\n");
	assert_string_equal(
		render_more(&plain, "analyze", "{\"what\":\"blame\"}", "{\"services\":[]}", true),
		"");
}

static void a_chain_goes_deeper_with_each_service(void **state)
{
	(void)state;
	assert_string_equal(render_more(&plain, "analyze", "{\"what\":\"critical-chain\"}",
					"{\"services\":[" START("web", "null", "57", "0") "," START(
						"db", "201200", "50300",
						"1") "," START("net", "120500", "120300", "2") "]}",
					true),
			    "web.service not ready +57 us\n" /* who answers is older */
			    "\xe2\x94\x94\xe2\x94\x80"
			    "db.service @201.2 ms +50.3 ms\n"
			    "  \xe2\x94\x94\xe2\x94\x80"
			    "net.service @120.5 ms +120.3 ms\n");
}

static void what_is_not_ready_says_what_became_of_it(void **state)
{
	static const char reply[] =
		"{\"services\":[{\"name\":\"db\",\"state\":\"failed\",\"ready_us\":null,"
		"\"took_us\":57,\"depth\":0}]}";

	(void)state;
	assert_string_equal(render_more(&plain, "analyze", "{\"what\":\"blame\"}", reply, true),
			    "57 us  db.service (failed)\n");
	assert_string_equal(
		render_more(&plain, "analyze", "{\"what\":\"critical-chain\"}", reply, true),
		"db.service failed +57 us\n");
}

static void what_waits_says_for_what(void **state)
{
	(void)state;
	assert_non_null(strstr(render(&plain, "status",
				      TASK("\"name\":\"web.service\",\"state\":\"waiting\"," SINCE
					   "\"ago_us\":3000000,\"runs\":0,\"reason\":\"waits for "
					   "db.service, which failed\"")),
			       "status: waiting since 2026-11-21 00:35:00; 3 s ago: waits for "
			       "db.service, which failed\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_says_what_each_needs),
		cmocka_unit_test(in_reverse_it_says_who_needs_it),
		cmocka_unit_test(the_boot_is_one_line),
		cmocka_unit_test(blame_is_a_table),
		cmocka_unit_test(a_chain_goes_deeper_with_each_service),
		cmocka_unit_test(what_is_not_ready_says_what_became_of_it),
		cmocka_unit_test(what_waits_says_for_what),
	};

	(void)setenv("TZ", "UTC", 1);
	(void)quiet;
	(void)exit_of;
	(void)assert_begins;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
