/*
 * test-plot.c - the picture of a boot: a row for each service, in order, with what took its time.
 */
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

#define ROW(name, begin, load, wait, start, ready)                                                 \
	"{\"name\":\"" name "\",\"begin_us\":" begin ",\"load_us\":" load ",\"wait_us\":" wait     \
	",\"start_us\":" start ",\"ready_us\":" ready ",\"took_us\":4}"

static void each_service_has_a_row_in_the_order_of_their_begin(void **state)
{
	char *svg = plot("{\"total_us\":1000,\"core_us\":400,\"services\":[" ROW(
		"b", "500", "100", "0", "100", "700") "," ROW("a", "0", "100", "200", "300",
							      "600") "," ROW("c", "0", "10", "0",
									     "900", "null") "]}");

	(void)state;
	assert_memory_equal(svg, "<?xml version=\"1.0\"", 19);
	assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
	assert_true(strstr(svg, "a.service") < strstr(svg, "c.service"));
	assert_true(strstr(svg, "c.service") < strstr(svg, "b.service"));
	assert_non_null(strstr(svg, "booted in 1.0 ms, core services 0.4 ms"));
	/* a: 0 to 100 of 1000, then 200 of waiting */
	assert_non_null(strstr(svg, "<rect class=\"load\" y=\"70\" height=\"16\" x=\"0.00\" "
				    "width=\"100.00\"/>"));
	assert_non_null(strstr(svg, "<rect class=\"wait\" y=\"70\" height=\"16\" x=\"100.00\" "
				    "width=\"200.00\"/>"));
	assert_non_null(strstr(svg, "<rect class=\"start\" y=\"70\" height=\"16\" x=\"300.00\" "
				    "width=\"300.00\"/>"));
	assert_int_equal(count(svg, "<rect class=\"never\""), 2); /* c's and the legend's */
	assert_int_equal(count(svg, "<line class=\"core\""), 1);
	free(svg);
}

static void nothing_and_what_is_not_over_make_a_picture_too(void **state)
{
	char *svg = plot("{\"state\":\"booting\",\"services\":[]}");

	(void)state;
	assert_non_null(strstr(svg, "still booting"));
	assert_int_equal(count(svg, "</svg>"), 1);
	free(svg);
	svg = plot("{}");
	assert_int_equal(count(svg, "</svg>"), 1);
	free(svg);
}

static void a_boot_of_years_has_no_more_lines_than_fit(void **state)
{
	char *svg = plot("{\"total_us\":100000000000000,\"core_us\":1,\"services\":[" ROW(
		"a", "0", "1", "1", "99999999999998", "1") "]}");

	(void)state;
	assert_in_range(count(svg, "<line class=\"tick\""), 2, 21);
	free(svg);
}

static void a_name_is_never_markup(void **state)
{
	char *svg = plot("{\"services\":[" ROW("<x>&\\\"\\u0007", "0", "1", "1", "1", "1") "]}");

	(void)state;
	assert_non_null(strstr(svg, ">&#60;x&#62;&#38;&#34;&#63;.service"));
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_service_has_a_row_in_the_order_of_their_begin),
		cmocka_unit_test(nothing_and_what_is_not_over_make_a_picture_too),
		cmocka_unit_test(a_boot_of_years_has_no_more_lines_than_fit),
		cmocka_unit_test(a_name_is_never_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
