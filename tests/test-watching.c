/*
 * test-watching.c - services.d/watching.c: which changes are told, of which paths, in real
 * directories that come and go.
 */
#define _GNU_SOURCE /* nftw, asprintf */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>

#include "../services.d/watching.c"

static struct watching w;
static char root[64];
static char told[4096]; /* "+~-! PATH" without the root, one a line */

static void tell(void *ctx, const char *path, unsigned changes)
{
	size_t len = strlen(told);

	assert_ptr_equal(ctx, &w);
	if (path[0] != '\0')
		path += strlen(root);
	(void)snprintf(told + len, sizeof(told) - len, "%s%s%s%s %s\n",
		       changes & WATCHING_CREATED ? "+" : "", changes & WATCHING_CHANGED ? "~" : "",
		       changes & WATCHING_DELETED ? "-" : "", changes & WATCHING_LOST ? "!" : "",
		       path);
}

static const char *at(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s%s", root, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/test-watching-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	watching_init(&w, tell, &w);
	told[0] = '\0';
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	watching_finish(&w);
	return nftw(root, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(close(fd), 0);
}

static void make_dir(const char *name)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
}

static void look(void)
{
	unsigned turns = 0;

	do {
		watching_look(&w);
		assert_int_equal(watching_take(&w), 0);
		assert_true(++turns < 10);
	} while (w.stale);
}

static void watch(const char *pattern)
{
	assert_null(watching_add(&w, at(pattern)));
	look();
	assert_string_equal(told, "");
}

/* What has happened since, and forget it. */
static void assert_told(const char *expected)
{
	watching_hear(&w);
	if (w.stale)
		look();
	assert_string_equal(told, expected);
	told[0] = '\0';
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void what_matches_is_told_and_nothing_else(void **state)
{
	(void)state;
	make_dir("/d");
	put("/d/old.c");
	watch("/d/*.c");
	assert_told("");
	put("/d/a.c");
	put("/d/a.h");
	assert_told("+ /d/a.c\n~ /d/a.c\n");
	put("/d/a.c");
	put("/other");
	assert_told("~ /d/a.c\n");
	assert_int_equal(rename(at("/d/a.c"), at("/d/b.c")), 0);
	assert_told("- /d/a.c\n+~ /d/b.c\n");
	assert_int_equal(unlink(at("/d/b.c")), 0);
	assert_told("- /d/b.c\n");
}

static void an_editors_replacement_is_a_change(void **state)
{
	(void)state;
	put("/conf");
	watch("/conf");
	put("/conf.new");
	assert_int_equal(rename(at("/conf.new"), at("/conf")), 0);
	assert_told("+~ /conf\n");
	put("/conf");
	assert_told("~ /conf\n");
}

static void a_directory_stands_for_what_is_in_it(void **state)
{
	(void)state;
	make_dir("/d");
	watch("/d");
	put("/d/a");
	put("/d/.hidden");
	assert_told("+ /d/a\n~ /d/a\n");
}

static void a_slash_at_the_end_means_the_same_before_it_is_there(void **state)
{
	(void)state;
	watch("/d/");
	make_dir("/d");
	assert_told("");
	put("/d/a");
	assert_told("+ /d/a\n~ /d/a\n");
}

static void directories_that_come_later_are_watched_with_all_in_them(void **state)
{
	(void)state;
	watch("/*/in/*.csv");
	make_dir("/x");
	make_dir("/x/in");
	put("/x/in/1.csv");
	put("/x/in/1.txt");
	assert_told("+~ /x/in/1.csv\n");
	put("/x/in/2.csv");
	assert_told("+ /x/in/2.csv\n~ /x/in/2.csv\n");
	assert_int_equal(w.stale, false);
}

static void a_directory_that_came_back_is_watched_again(void **state)
{
	(void)state;
	make_dir("/d");
	put("/d/a");
	watch("/d/*");
	assert_int_equal(unlink(at("/d/a")), 0);
	assert_int_equal(rmdir(at("/d")), 0);
	assert_told("- /d/a\n");
	make_dir("/d");
	put("/d/a");
	assert_told("+~ /d/a\n");
	put("/d/a");
	assert_told("~ /d/a\n");
}

static void a_directory_replaced_at_once_is_read(void **state)
{
	(void)state;
	make_dir("/d");
	put("/d/a");
	watch("/d/*");
	assert_int_equal(rename(at("/d"), at("/was")), 0);
	make_dir("/d");
	put("/d/a");
	assert_told("+~ /d/a\n");
	put("/was/a");
	assert_told("");
}

/* The look is over, and its result not yet taken. */
static void what_happens_during_a_look_is_not_missed(void **state)
{
	(void)state;
	make_dir("/d");
	watch("/d/*");
	watching_look(&w);
	put("/d/a");
	assert_int_equal(unlink(at("/d/a")), 0);
	assert_int_equal(rmdir(at("/d")), 0);
	make_dir("/d");
	put("/d/b");
	assert_int_equal(watching_take(&w), 0);
	watching_hear(&w);
	if (w.stale)
		look();
	assert_non_null(strstr(told, "+ /d/a\n"));
	assert_non_null(strstr(told, "- /d/a\n"));
	assert_non_null(strstr(told, "+~ /d/b\n"));
}

static void more_than_could_be_told_is_said(void **state)
{
	struct inotify_event event = {.wd = -1, .mask = IN_Q_OVERFLOW};

	(void)state;
	make_dir("/d");
	watch("/d/*");
	take_event(&w, &event);
	assert_string_equal(told, "! \n");
	assert_true(w.stale);
	look();
}

static void several_patterns_share_a_directory(void **state)
{
	(void)state;
	assert_null(watching_add(&w, at("/*.c")));
	watch("/a.*");
	put("/a.c");
	assert_told("+ /a.c\n+ /a.c\n~ /a.c\n~ /a.c\n");
	put("/a.h");
	assert_told("+ /a.h\n~ /a.h\n");
}

static void what_is_no_pattern_is_refused(void **state)
{
	static char longest[PATH_MAX + 2];
	unsigned i;

	(void)state;
	assert_string_equal(watching_add(&w, "etc"), "not an absolute path");
	assert_string_equal(watching_add(&w, ""), "not an absolute path");
	assert_string_equal(watching_add(&w, "/a/../b"),
			    "'.' and '..' cannot be watched; write the path without them");
	assert_string_equal(watching_add(&w, "/a/./b"),
			    "'.' and '..' cannot be watched; write the path without them");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	assert_string_equal(watching_add(&w, longest), "the path is too long");
	longest[300] = '\0';
	assert_string_equal(watching_add(&w, longest),
			    "no file has a name of more than 255 letters");
	for (i = 0; i < WATCHING_PATTERNS_MAX; i++)
		assert_null(watching_add(&w, "/a/..b"));
	assert_string_equal(watching_add(&w, "/a"), "more than 256 paths");
}

static void more_directories_than_fit_are_an_error_and_the_old_ones_stay(void **state)
{
	char name[32];
	unsigned i;

	(void)state;
	make_dir("/d0");
	watch("/d*/a");
	for (i = 1; i < 1024; i++) {
		(void)snprintf(name, sizeof(name), "/d%u", i);
		make_dir(name);
	}
	watching_hear(&w);
	assert_true(w.stale);
	watching_look(&w);
	assert_int_equal(watching_take(&w), -ENOSPC);
	assert_non_null(strstr(w.why, "is one directory more than the 1024 of max-directories"));
	put("/d0/a");
	watching_hear(&w);
	assert_string_equal(told, "+ /d0/a\n~ /d0/a\n");
}

static void two_stars_are_all_that_is_below(void **state)
{
	(void)state;
	make_dir("/t");
	make_dir("/t/a");
	make_dir("/t/a/b");
	make_dir("/t/.git");
	assert_int_equal(symlink(at("/t"), at("/t/a/loop")), 0);
	watch("/t/**");
	put("/t/x");
	put("/t/a/b/y");
	put("/t/.git/z");
	put("/t/a/.y.swp");
	assert_told("+ /t/x\n~ /t/x\n+ /t/a/b/y\n~ /t/a/b/y\n");
	make_dir("/t/a/b/c");
	assert_told("+ /t/a/b/c\n");
	put("/t/a/b/c/w");
	assert_told("+ /t/a/b/c/w\n~ /t/a/b/c/w\n");
	assert_int_equal(unlink(at("/t/a/b/c/w")), 0);
	assert_int_equal(rmdir(at("/t/a/b/c")), 0);
	assert_told("- /t/a/b/c/w\n- /t/a/b/c\n");
}

/* A tree that comes at once, as an archive unpacks it, is told whole. */
static void two_stars_and_a_name_are_such_names_anywhere_below(void **state)
{
	(void)state;
	watch("/t/**/*.c");
	make_dir("/t");
	make_dir("/t/a");
	make_dir("/t/a/b");
	put("/t/1.c");
	put("/t/a/b/2.c");
	put("/t/a/b/2.h");
	assert_told("+~ /t/1.c\n+~ /t/a/b/2.c\n");
	put("/t/a/3.c");
	put("/t/a/3.h");
	assert_told("+ /t/a/3.c\n~ /t/a/3.c\n");
	assert_int_equal(rename(at("/t/a"), at("/t/z")), 0);
	assert_told("+~ /t/z/3.c\n+~ /t/z/b/2.c\n");
	put("/t/z/b/2.c");
	assert_told("~ /t/z/b/2.c\n");
}

static void two_stars_have_their_place_and_their_bound(void **state)
{
	char name[64] = "/t";
	unsigned i;

	(void)state;
	assert_string_equal(watching_add(&w, "/a/**/b/c"),
			    "** is the last component of a path, or the one before the last");
	assert_string_equal(watching_add(&w, "/**/a/**"),
			    "** is the last component of a path, or the one before the last");
	make_dir(name);
	w.dirs_max = 10;
	for (i = 0; i < 10; i++) {
		(void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "/d");
		make_dir(name);
	}
	assert_null(watching_add(&w, at("/t/**")));
	watching_look(&w);
	assert_int_equal(watching_take(&w), -ENOSPC);
	assert_non_null(strstr(w.why, "more than the 10 of max-directories"));
}

#define IN_A_ROOT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_ROOT(what_matches_is_told_and_nothing_else),
		IN_A_ROOT(two_stars_are_all_that_is_below),
		IN_A_ROOT(two_stars_and_a_name_are_such_names_anywhere_below),
		IN_A_ROOT(two_stars_have_their_place_and_their_bound),
		IN_A_ROOT(an_editors_replacement_is_a_change),
		IN_A_ROOT(a_directory_stands_for_what_is_in_it),
		IN_A_ROOT(a_slash_at_the_end_means_the_same_before_it_is_there),
		IN_A_ROOT(directories_that_come_later_are_watched_with_all_in_them),
		IN_A_ROOT(a_directory_that_came_back_is_watched_again),
		IN_A_ROOT(a_directory_replaced_at_once_is_read),
		IN_A_ROOT(what_happens_during_a_look_is_not_missed),
		IN_A_ROOT(more_than_could_be_told_is_said),
		IN_A_ROOT(several_patterns_share_a_directory),
		IN_A_ROOT(what_is_no_pattern_is_refused),
		IN_A_ROOT(more_directories_than_fit_are_an_error_and_the_old_ones_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
