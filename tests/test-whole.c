/*
 * test-whole.c - files that services write whole.
 */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../services.d/whole.h"

static char dir[] = "/tmp/test-whole-XXXXXX", path[64], new_path[80], other[64];

static int open_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/report", dir);
	(void)snprintf(new_path, sizeof(new_path), "%s" WHOLE_NEW, path);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int close_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(new_path);
	(void)unlink(other);
	if (rmdir(dir) < 0)
		return -1;
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	return 0;
}

static void put(const char *at, const char *text)
{
	FILE *f = fopen(at, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void check(const char *at, const char *text)
{
	char got[64];
	FILE *f = fopen(at, "r");

	assert_non_null(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	(void)fclose(f);
	assert_string_equal(got, text);
}

static void the_new_text_takes_the_place_of_the_old_one(void **state)
{
	(void)state;
	assert_int_equal(whole_write(path, "one", 3), 0);
	check(path, "one");
	assert_int_equal(whole_write(path, "", 0), 0);
	check(path, "");
	assert_int_equal(access(new_path, F_OK), -1);
}

static void what_a_killed_run_left_is_no_hindrance(void **state)
{
	(void)state;
	put(new_path, "half of a longer te");
	assert_int_equal(whole_write(path, "whole", 5), 0);
	check(path, "whole");
}

static void what_others_put_in_its_way_is_not_written_to(void **state)
{
	(void)state;
	put(other, "theirs");
	assert_int_equal(link(other, new_path), 0);
	assert_int_equal(whole_write(path, "ours", 4), 0);
	check(other, "theirs");
	check(path, "ours");
	assert_int_equal(symlink(other, new_path), 0);
	assert_int_equal(whole_write(path, "again", 5), 0);
	check(other, "theirs");
	check(path, "again");
}

static void what_cannot_be_written_leaves_all_as_it_was(void **state)
{
	(void)state;
	put(path, "old");
	assert_int_equal(mkdir(new_path, 0755), 0);
	assert_int_not_equal(whole_write(path, "new", 3), 0);
	check(path, "old");
	assert_int_equal(rmdir(new_path), 0);
}

#define W(name) cmocka_unit_test_setup_teardown(name, open_dir, close_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(the_new_text_takes_the_place_of_the_old_one),
		W(what_a_killed_run_left_is_no_hindrance),
		W(what_others_put_in_its_way_is_not_written_to),
		W(what_cannot_be_written_leaves_all_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
