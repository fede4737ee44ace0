/*
 * test-plot.c - the picture of a boot: a row for each service, in order, with what took its time.
 */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heap.h"
#include "plot.h"

static char *plot(const char *reply)
{
	struct aiot_out out = {.grow = ctl_heap_grow};
	struct aiot_json json;

	assert_int_equal(aiot_json_parse(reply, strlen(reply), &json, NULL), 0);
	assert_int_equal(ctl_plot(json, &out), 0);
	aiot_out_char(&out, '\0');
	return out.buf;
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

#define ROW(name, begin, load, wait, start, ready, state)                                          \
	"{\"name\":\"" name "\",\"begin_us\":" begin ",\"load_us\":" load ",\"wait_us\":" wait     \
	",\"start_us\":" start ",\"ready_us\":" ready ",\"state\":\"" state "\",\"took_us\":4}"

static void each_service_has_a_row_in_the_order_of_their_begin(void **state)
{
	char *svg = plot("{\"host\":\"vm\",\"begun_us\":1795221421000000,\"total_us\":1000,"
			 "\"core_us\":400,\"services\":[" ROW(
				 "b", "500", "100", "0", "100", "700",
				 "ready") "," ROW("a", "0", "100", "200", "300", "600",
						  "ready") "," ROW("c", "0", "10", "0", "900",
								   "null", "starting") "]}");

	(void)state;
	assert_memory_equal(svg, "<?xml version=\"1.0\"", 19);
	assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
	assert_true(strstr(svg, "a.service") < strstr(svg, "c.service"));
	assert_true(strstr(svg, "c.service") < strstr(svg, "b.service"));
	assert_non_null(strstr(svg, ">aiotoolsd on vm, 2026-11-21 00:37:01<"));
	assert_non_null(strstr(svg, "booted in 1.0 ms: core services 400 us, the rest 600 us"));
	/* a: 0 to 100 of 1000, then 200 of waiting */
	assert_non_null(strstr(svg, "<rect class=\"load\" y=\"112\" height=\"16\" x=\"0.00\" "
				    "width=\"100.00\"/>"));
	assert_non_null(strstr(svg, "<rect class=\"wait\" y=\"112\" height=\"16\" x=\"100.00\" "
				    "width=\"200.00\"/>"));
	assert_non_null(strstr(svg, "<rect class=\"start\" y=\"112\" height=\"16\" x=\"300.00\" "
				    "width=\"300.00\"/>"));
	assert_int_equal(count(svg, "<rect class=\"open\""), 2); /* c's and the legend's */
	assert_int_equal(count(svg, "<line class=\"mark\""), 2);
	free(svg);
}

static void nothing_and_what_is_not_over_make_a_picture_too(void **state)
{
	char *svg = plot("{\"state\":\"booting\",\"since_us\":1500,\"services\":[]}");

	(void)state;
	assert_non_null(strstr(svg, "still booting, for 1.5 ms"));
	assert_int_equal(count(svg, "</svg>"), 1);
	free(svg);
	svg = plot("{}");
	assert_int_equal(count(svg, "</svg>"), 1);
	free(svg);
}

static void a_boot_of_no_time_is_over(void **state)
{
	char *svg = plot("{\"total_us\":0,\"core_us\":0,\"services\":[]}");

	(void)state;
	assert_non_null(strstr(svg, ">booted in 0 us"));
	free(svg);
}

static void a_boot_of_years_has_no_more_lines_than_fit(void **state)
{
	char *svg = plot("{\"total_us\":100000000000000,\"core_us\":1,\"services\":[" ROW(
		"a", "0", "1", "1", "99999999999998", "1", "ready") "]}");

	(void)state;
	assert_in_range(count(svg, "<line class=\"tick\""), 2, 12);
	free(svg);
}

static void what_failed_says_so_and_has_an_end(void **state)
{
	char *svg = plot("{\"total_us\":1000,\"services\":[" ROW(
		"net", "0", "0", "0", "400", "null",
		"failed") "," ROW("bad", "500", "100", "0", "0", "null", "not loaded") "]}");

	(void)state;
	assert_non_null(strstr(svg, ">net.service (failed, 4 us)<"));
	assert_non_null(strstr(svg, ">bad.service (not loaded, 4 us)<"));
	assert_non_null(strstr(svg, "<rect class=\"bad\" y=\"112\" height=\"16\" x=\"0.00\" "
				    "width=\"400.00\"/>"));
	assert_non_null(strstr(svg, "<rect class=\"bad\" y=\"132\" height=\"16\" x=\"500.00\" "
				    "width=\"100.00\"/>"));
	free(svg);
}

/* It is asked for after a day, or a service gets ready then: the boot is still there to be seen. */
static void what_waits_for_days_does_not_make_the_boot_invisible(void **state)
{
	char *svg = plot("{\"total_us\":1000,\"core_us\":500,\"services\":[" ROW(
		"net", "0", "0", "0", "500", "500",
		"ready") "," ROW("web", "500", "0", "86400000000", "0", "null",
				 "waiting") "," ROW("db", "500", "0", "86400000000", "5",
						    "86400000505", "ready") "]}");

	(void)state;
	assert_non_null(strstr(svg, "<rect class=\"start\" y=\"112\" height=\"16\" x=\"0.00\" "
				    "width=\"500.00\"/>"));
	assert_non_null(strstr(svg, "<rect class=\"wait\" y=\"132\" height=\"16\" x=\"500.00\" "
				    "width=\"500.00\"/>"));
	assert_non_null(strstr(svg, ">web.service (waiting)<"));
	assert_non_null(strstr(svg, ">db.service (4 us, ready @1d)<"));
	free(svg);
}

static void what_was_loaded_later_is_no_part_of_the_boot(void **state)
{
	char *svg = plot("{\"total_us\":1000,\"services\":[" ROW(
		"net", "0", "0", "0", "500", "500",
		"ready") "," ROW("new", "86400000000", "5", "0", "5", "86400000010", "ready") "]}");

	(void)state;
	assert_null(strstr(svg, "new.service"));
	assert_non_null(strstr(svg, "services loaded later, and not shown: 1<"));
	free(svg);
}

static void a_name_stands_where_there_is_room_for_it(void **state)
{
#define LONG "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	char *svg = plot("{\"total_us\":1000,\"services\":[" ROW(
		LONG, "0", "0", "0", "1000", "1000",
		"ready") "," ROW(LONG, "900", "0", "0", "100", "1000",
				 "ready") "," ROW("short", "900", "0", "0", "100", "1000",
						  "ready") "]}");

	(void)state;
	assert_non_null(strstr(svg, "<text class=\"right\" y=\"124\" x=\"6.00\">n"));
	assert_non_null(strstr(svg, "<text class=\"left\" y=\"144\" x=\"894.00\">n"));
	assert_non_null(strstr(svg, "<text class=\"right\" y=\"164\" x=\"1006.00\">s"));
	free(svg);
}

static void a_name_is_never_markup(void **state)
{
	char *svg = plot("{\"host\":\"<h>\",\"services\":[" ROW("<x>&\\\"\\u0007", "0", "1", "1",
								"1", "null", "<waiting>") "]}");

	(void)state;
	assert_non_null(strstr(svg, ">&#60;x&#62;&#38;&#34;&#63;.service (&#60;waiting&#62;"));
	assert_non_null(strstr(svg, "on &#60;h&#62;"));
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_service_has_a_row_in_the_order_of_their_begin),
		cmocka_unit_test(nothing_and_what_is_not_over_make_a_picture_too),
		cmocka_unit_test(a_boot_of_no_time_is_over),
		cmocka_unit_test(what_failed_says_so_and_has_an_end),
		cmocka_unit_test(what_waits_for_days_does_not_make_the_boot_invisible),
		cmocka_unit_test(what_was_loaded_later_is_no_part_of_the_boot),
		cmocka_unit_test(a_name_stands_where_there_is_room_for_it),
		cmocka_unit_test(a_boot_of_years_has_no_more_lines_than_fit),
		cmocka_unit_test(a_name_is_never_markup),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
