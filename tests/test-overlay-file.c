/*
 * test-overlay-file.c - services.json on disk: read, damaged, written, and what is done where it
 * cannot be.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kept-stage.h"
#include "mem.h"

static void reload(void)
{
	assert_int_equal(aiot_host_reload(host), 0);
}

static void what_is_kept_stands_above_the_files_after_each_start(void **state)
{
	(void)state;
	unit_file("x", GOOD "Enabled = no\n[Args]\ncount = 1\n");
	unit_file("y", GOOD);
	unit_file("z", GOOD);
	write_text("state/services.json", "{\"x\":{\"enabled\":true,\"args\":{\"count\":\"5\"}},"
					  "\"y\":{\"enabled\":false},\"z\":{\"masked\":true}}");
	reload();
	assert_true(unit_of("x")->enabled);
	assert_false(unit_of("y")->enabled);
	assert_true(unit_of("z")->masked);
	assert_int_equal(aiot_host_load(host, NULL), 0);
	settle();
	assert_string_equal(state_of("x.service"), "running");
	assert_string_equal(state_of("y.service"), "none");
	assert_string_equal(state_of("z.service"), "none");
	assert_int_equal(unit_of("x")->block->spec.arg_count, 1);
	assert_string_equal(unit_of("x")->block->spec.args[0].value, "5");
	assert_string_equal(unit_of("x")->block->spec.args[0].origin, "services.json");
	open_again();
	assert_true(unit_of("x")->enabled && unit_of("z")->masked);
}

static void a_damaged_file_is_told_moved_aside_and_gone_on_without(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	write_text("state/services.json", "{\"x\":{\"enabled\":fal");
	open_again();
	assert_true(unit_of("x")->enabled);
	assert_string_equal(text_of("state/services.json"), "");
	assert_string_equal(text_of("state/services.json.bad"), "{\"x\":{\"enabled\":fal");
	assert_non_null(strstr(printed, "services.json is damaged: it is not JSON from byte 20 on; "
					"moved to "));
	assert_int_equal(logged("services.json.bad, going on without it"), 1);
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	open_again();
	assert_false(unit_of("x")->enabled);
}

static void one_that_is_damaged_while_the_program_runs_leaves_what_is_in_force(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	reload();
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	write_text("state/services.json", "rubbish");
	reload();
	assert_false(unit_of("x")->enabled);
	assert_int_equal(logged("is damaged"), 1);
}

static void one_that_others_can_write_is_not_read(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	write_text("state/services.json", "{\"x\":{\"masked\":true}}");
	assert_int_equal(chmod(path_of("state/services.json"), 0666), 0);
	reload();
	assert_false(unit_of("x")->masked);
	assert_int_equal(logged("services.json: not trusted: it can be written by everyone"), 1);
	reload();
	assert_int_equal(logged("services.json: not trusted"), 1); /* once is enough */
}

/* Else an order for one service would be the end of what was said of all others. */
static void one_that_could_not_be_read_is_not_written_over(void **state)
{
	static const char text[] = "{\"x\":{\"masked\":true}}";

	(void)state;
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	write_text("state/services.json", text);
	assert_int_equal(chmod(path_of("state/services.json"), 0666), 0);
	open_again();
	assert_int_equal(asked("disable", "{'names':['y']}"), AIOT_CALL_ERROR);
	assert_non_null(strstr(message(), "services.json could not be read"));
	assert_string_equal(text_of("state/services.json"), text);
	assert_true(unit_of("y")->enabled);
	assert_int_equal(chmod(path_of("state/services.json"), 0644), 0);
	reload();
	assert_int_equal(asked("disable", "{'names':['y']}"), AIOT_CALL_DONE);
	assert_true(unit_of("x")->masked);
	assert_string_equal(text_of("state/services.json"),
			    "{\n\"x\":{\"masked\":true},\n\"y\":{\"enabled\":false}\n}\n");
}

static void one_that_is_damaged_gives_way_to_the_other(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	write_text("state/services.json", "{\"x\":{\"masked\":true}}");
	write_text("run/services.json", "{\"x\":{\"mas");
	open_again();
	assert_true(unit_of("x")->masked);
	assert_string_equal(text_of("run/services.json.bad"), "{\"x\":{\"mas");
	assert_int_equal(remove(path_of("run/services.json.bad")), 0);
}

static void what_is_in_force_outlives_a_damaged_file_and_further_reloads(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	reload();
	assert_int_equal(asked("mask", "{'names':['x']}"), AIOT_CALL_DONE);
	write_text("state/services.json", "rubbish");
	reload();
	reload();
	assert_true(unit_of("x")->masked);
}

static void one_that_is_changed_or_removed_by_hand_is_seen_by_reload(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	reload();
	assert_int_equal(asked("mask", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_true(unit_of("x")->masked);
	write_text("state/services.json", "{\"x\":{\"enabled\":false}}");
	reload();
	assert_false(unit_of("x")->masked);
	assert_false(unit_of("x")->enabled);
	assert_int_equal(remove(path_of("state/services.json")), 0);
	reload();
	assert_true(unit_of("x")->enabled);
}

static void what_somebody_else_wrote_is_a_change_of_what_runs_if_it_is_one(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	reload();
	assert_int_equal(aiot_host_load(host, NULL), 0);
	write_text("state/services.json", "{\"x\":{\"args\":{\"count\":\"5\"}}}");
	reload();
	assert_true(unit_of("x")->changed);
	assert_false(unit_of("y")->changed);
	assert_int_equal(remove(path_of("state/services.json")), 0);
	reload();
	assert_false(unit_of("x")->changed);
}

static void what_is_said_of_services_that_are_gone_is_kept(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	reload();
	assert_int_equal(asked("disable", "{'names':['x','y']}"), AIOT_CALL_DONE);
	assert_int_equal(remove(path_of("admin/services.d/x.ini")), 0);
	reload();
	assert_int_equal(asked("enable", "{'names':['y']}"), AIOT_CALL_DONE);
	assert_string_equal(text_of("state/services.json"),
			    "{\n\"x\":{\"enabled\":false},\n\"y\":{\"enabled\":true}\n}\n");
	unit_file("x", GOOD);
	reload();
	assert_false(unit_of("x")->enabled);
}

static void what_says_nothing_new_is_not_written(void **state)
{
	struct stat before, after;

	(void)state;
	unit_file("x", GOOD);
	reload();
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(stat(path_of("state/services.json"), &before), 0);
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "path"), "null");
	assert_int_equal(stat(path_of("state/services.json"), &after), 0);
	assert_true(before.st_ino == after.st_ino);
}

static void where_the_state_directory_cannot_be_written_it_is_kept_until_the_next_boot(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	reload();
	assert_int_equal(mkdir(path_of("state/services.json.tmp"), 0755), 0); /* in the way */
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "until_boot"), "true");
	assert_string_equal(member_of(reply, "path"), path_of("run/services.json"));
	assert_non_null(strstr(member_of(reply, "why"), "cannot write: File exists"));
	assert_false(unit_of("x")->enabled);
	assert_int_equal(logged("; kept in the runtime directory, until the next boot"), 1);
	open_again(); /* the same boot */
	assert_false(unit_of("x")->enabled);
	assert_int_equal(rmdir(path_of("state/services.json.tmp")), 0);
	open_again();
	assert_false(unit_of("x")->enabled);
	assert_int_equal(asked("mask", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "until_boot"), "false");
	assert_string_equal(text_of("run/services.json"), "");
	assert_string_equal(text_of("state/services.json"),
			    "{\n\"x\":{\"enabled\":false,\"masked\":true}\n}\n");
}

static void what_was_kept_counts_on_where_the_state_directory_became_read_only(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	reload();
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	/* The directory stays readable, and so do its files: only a new one cannot be made. */
	assert_int_equal(mkdir(path_of("state/services.json.tmp"), 0755), 0);
	assert_int_equal(asked("disable", "{'names':['y']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "until_boot"), "true");
	open_again();
	assert_false(unit_of("x")->enabled);
	assert_false(unit_of("y")->enabled);
	assert_int_equal(remove(path_of("run/services.json")), 0); /* a boot */
	open_again();
	assert_false(unit_of("x")->enabled);
	assert_true(unit_of("y")->enabled);
}

static void a_failed_write_changes_nothing_and_is_an_error(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	reload();
	assert_int_equal(asked("mask", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(mkdir(path_of("state/services.json.tmp"), 0755), 0);
	assert_int_equal(mkdir(path_of("run/services.json.tmp"), 0755), 0);
	assert_int_equal(asked("unmask", "{'names':['x']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.TaskFailed");
	assert_non_null(strstr(message(), "services.json': cannot write: File exists; '"));
	assert_non_null(strstr(message(), "; nothing has changed"));
	assert_true(unit_of("x")->masked);
	assert_string_equal(text_of("state/services.json"), "{\n\"x\":{\"masked\":true}\n}\n");
	assert_int_equal(asked("config", "{'name':'x','args':{'a':'1'}}"), AIOT_CALL_ERROR);
	assert_int_equal(rmdir(path_of("state/services.json.tmp")), 0);
	assert_int_equal(asked("unmask", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_false(unit_of("x")->masked);
	assert_int_equal(rmdir(path_of("run/services.json.tmp")), 0);
}

static void two_changes_at_a_time_both_count(void **state)
{
	static struct aiot_call first;
	static char first_text[65536];
	struct aiot_out first_out;
	enum aiot_call_result r = AIOT_CALL_WAIT;

	(void)state;
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	reload();
	call_begin(&host->commands, "disable", "{'names':['x']}", false);
	first = call;
	aiot_out_init(&first_out, first_text, sizeof(first_text));
	assert_int_equal(aiot_call_step(&first, &first_out), AIOT_CALL_WAIT);
	/* The second one's parameters take the place of the first one's, which has read them. */
	call_begin(&host->commands, "mask", "{'names':['y']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	while (r == AIOT_CALL_WAIT) {
		(void)uv_run(&loop, UV_RUN_ONCE);
		r = call_step();
	}
	assert_int_equal(r, AIOT_CALL_DONE);
	assert_int_equal(aiot_call_step(&first, &first_out), AIOT_CALL_DONE);
	assert_string_equal(text_of("state/services.json"),
			    "{\n\"x\":{\"enabled\":false},\n\"y\":{\"masked\":true}\n}\n");
}

static void the_end_of_the_program_waits_for_a_write(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	reload();
	call_begin(&host->commands, "disable", "{'names':['x']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	open_again();
	assert_false(unit_of("x")->enabled);
}

static void without_memory_nothing_changes_or_all_does(void **state)
{
	unsigned n;

	(void)state;
	unit_file("x", GOOD);
	reload();
	for (n = 1; n < 200; n++) {
		enum aiot_call_result r;

		(void)aiot_mem_fail(n, 1);
		r = asked("disable", "{'names':['x']}");
		if (aiot_mem_fail(0, 0) < n)
			break;
		if (r == AIOT_CALL_ERROR)
			assert_true(unit_of("x")->enabled);
		else
			assert_int_equal(asked("enable", "{'names':['x']}"), AIOT_CALL_DONE);
		assert_int_equal(asked("enable", "{'names':['x']}"), AIOT_CALL_DONE);
	}
	assert_in_range(n, 4, 199);
	assert_false(unit_of("x")->enabled);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		K(what_is_kept_stands_above_the_files_after_each_start),
		K(a_damaged_file_is_told_moved_aside_and_gone_on_without),
		K(one_that_is_damaged_while_the_program_runs_leaves_what_is_in_force),
		K(one_that_others_can_write_is_not_read),
		K(one_that_could_not_be_read_is_not_written_over),
		K(one_that_is_damaged_gives_way_to_the_other),
		K(what_is_in_force_outlives_a_damaged_file_and_further_reloads),
		K(one_that_is_changed_or_removed_by_hand_is_seen_by_reload),
		K(what_somebody_else_wrote_is_a_change_of_what_runs_if_it_is_one),
		K(what_is_said_of_services_that_are_gone_is_kept),
		K(what_says_nothing_new_is_not_written),
		K(where_the_state_directory_cannot_be_written_it_is_kept_until_the_next_boot),
		K(what_was_kept_counts_on_where_the_state_directory_became_read_only),
		K(a_failed_write_changes_nothing_and_is_an_error),
		K(two_changes_at_a_time_both_count),
		K(the_end_of_the_program_waits_for_a_write),
		K(without_memory_nothing_changes_or_all_does),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
