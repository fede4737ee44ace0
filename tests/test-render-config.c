/*
 * test-render-config.c - render-config.c: enable, mask, is-enabled, config, get-config, cat, edit;
 * and their exit codes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

#define KEPT(path, boot, why) "\"path\":" path ",\"until_boot\":" boot ",\"why\":" why
#define SERVICE(name, load, enabled, active)                                                       \
	"{\"name\":\"" name "\",\"load\":\"" load "\",\"enabled\":\"" enabled                      \
	"\",\"active\":" active "}"
#define TWO                                                                                        \
	"{\"services\":[" SERVICE("a", "loaded", "enabled", "\"running\"") "," SERVICE(            \
		"b\\u001b", "unloaded", "masked", "null") "],"

static void what_was_switched_is_told_and_until_when(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "enable", TWO KEPT("\"/s/x\"", "false", "null") "}"),
			    "a.service: enabled, running\nb\\x1b.service: masked\n");
	assert_string_equal(
		render(&plain, "mask", TWO KEPT("\"/r/x\"", "true", "\"'/s': full\"") "}"),
		"a.service: enabled, running, until the next boot: '/s': full; kept in "
		"/r/x\nb\\x1b.service: masked, until the next boot: '/s': full; kept "
		"in /r/x\n");
	assert_string_equal(
		render(&plain, "unmask",
		       "{\"services\":[" SERVICE("a", "loaded", "enabled",
						 "null") "]," KEPT("\"/r/x\"", "true", "null") "}"),
		"a.service: enabled, until the next boot: there is no state directory; kept in "
		"/r/x\n");
	assert_string_equal(render(&quiet, "disable", TWO KEPT("null", "false", "null") "}"), "");
}

static void enable_now_fails_as_load_does(void **state)
{
	(void)state;
	assert_int_equal(exit_of("enable", NULL, TWO KEPT("null", "false", "null") "}"), 0);
	assert_int_equal(exit_of("enable", NULL,
				 "{\"services\":[{\"name\":\"a\",\"load\":\"failed\",\"fault\":"
				 "\"io.aiotools.BadConfiguration\"}]}"),
			 6);
	assert_int_equal(exit_of("disable", NULL,
				 "{\"services\":[{\"name\":\"a\",\"load\":\"failed\",\"fault\":"
				 "\"io.aiotools.BadConfiguration\"}]}"),
			 0);
}

#define IS(word, loads) "{\"name\":\"a\",\"enabled\":\"" word "\",\"loads\":" loads "}"

static void is_enabled_is_a_word_a_line_and_zero_if_any_is(void **state)
{
	static const char both[] =
		"{\"services\":[" IS("masked", "false") "," IS("enabled", "true") "]}";

	(void)state;
	assert_string_equal(render(&plain, "is-enabled", both), "masked\nenabled\n");
	assert_string_equal(render(&quiet, "is-enabled", both), "");
	assert_int_equal(exit_of("is-enabled", NULL, both), 0);
	assert_int_equal(
		exit_of("is-enabled", NULL, "{\"services\":[" IS("disabled", "false") "]}"), 3);
	assert_int_equal(exit_of("is-enabled", NULL, "{\"services\":[]}"), 0);
}

#define CONFIG                                                                                     \
	"{\"name\":\"x\",\"enabled\":false,\"masked\":true,\"args\":{\"whom\":\"A\\nb\","          \
	"\"every\":\"1s\"},\"origin\":{\"enabled\":\"/x.ini:3\",\"args\":{\"whom\":"               \
	"\"services.json\",\"every\":\"default\"}}}"
#define CONFIG_TEXT                                                                                \
	"x.service: disabled (/x.ini:3), masked\n    whom = A\\nb (services.json)\n"               \
	"    every = 1s (default)\n"

static void each_value_is_told_with_where_it_comes_from(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "get-config", "{\"configs\":[" CONFIG "," CONFIG "]}"),
			    CONFIG_TEXT CONFIG_TEXT);
	assert_string_equal(render(&quiet, "get-config", "{\"configs\":[" CONFIG "]}"),
			    CONFIG_TEXT);
	assert_string_equal(
		render(&plain, "config",
		       "{\"config\":" CONFIG
		       ",\"checked\":true,\"applies\":\"now\"," KEPT("null", "false", "null") "}"),
		CONFIG_TEXT);
	assert_string_equal(
		render(&plain, "config",
		       "{\"config\":" CONFIG
		       ",\"checked\":false,\"unchecked\":\"no file\",\"applies\":\"load\"," KEPT(
			       "\"/r\"", "true", "\"full\"") "}"),
		CONFIG_TEXT "not checked: no file\nkept, until the next boot: full; kept in /r\n"
			    "to apply: aiotoolsctl load x\n");
	assert_string_equal(render(&plain, "config",
				   "{\"config\":" CONFIG
				   ",\"checked\":true,\"applies\":\"unmask\"," KEPT("null", "false",
										    "null") "}"),
			    CONFIG_TEXT "it is masked; to apply: aiotoolsctl unmask x\n");
}

static void files_are_told_apart_by_their_names(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "cat",
		       "{\"files\":[{\"service\":\"x\",\"file\":\"/x.ini\",\"text\":"
		       "\"[Service]\\nModule = x\\n\",\"base\":\"0\"},{\"service\":\"x\",\"file\":"
		       "\"/x.ini.d/a.ini\",\"text\":null,\"base\":null}]}"),
		"# /x.ini\n[Service]\nModule = x\n\n# /x.ini.d/a.ini: you may not read it, or it "
		"cannot be read\n");
}

static void what_was_edited_is_told_with_how_to_apply_it(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "edit",
		       "{\"service\":" SERVICE("x", "loaded", "enabled", "\"running\"") "," KEPT(
			       "\"/etc/x.ini\"", "false", "null") "}"),
		"x.service: /etc/x.ini written\nto apply: aiotoolsctl reload x\n");
	assert_string_equal(
		render(&plain, "edit",
		       "{\"service\":" SERVICE("x", "unloaded", "enabled", "null") "," KEPT(
			       "\"/etc/x.ini\"", "false", "\"not synced\"") "}"),
		"x.service: /etc/x.ini written: not synced\n");
}

static void replies_of_another_shape_leave_gaps(void **state)
{
	static const char *const verbs[] = {"enable",	  "is-enabled", "config",
					    "get-config", "cat",	"edit"};
	static const char *const replies[] = {
		"{}", "{\"services\":7,\"config\":[],\"configs\":{},\"files\":\"x\"}",
		"{\"services\":[1],\"configs\":[null],\"files\":[[]],\"service\":\"y\"}"};
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		for (j = 0; j < sizeof(replies) / sizeof(replies[0]); j++) {
			assert_non_null(render(&plain, verbs[i], replies[j]));
			assert_in_range(exit_of(verbs[i], NULL, replies[j]), 0, 6);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_switched_is_told_and_until_when),
		cmocka_unit_test(enable_now_fails_as_load_does),
		cmocka_unit_test(is_enabled_is_a_word_a_line_and_zero_if_any_is),
		cmocka_unit_test(each_value_is_told_with_where_it_comes_from),
		cmocka_unit_test(files_are_told_apart_by_their_names),
		cmocka_unit_test(what_was_edited_is_told_with_how_to_apply_it),
		cmocka_unit_test(replies_of_another_shape_leave_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
