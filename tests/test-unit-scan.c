/*
 * test-unit-scan.c - which services there are: files found, overridden, changed, broken, gone.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-stage.h"
#include "mem.h"

#define GOOD "[Service]\nModule = good\n"

static const char *all_units(void)
{
	static char text[1024];
	struct aiot_unit *unit = NULL;

	text[0] = '\0';
	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		strncat(text, text[0] ? " " : "", 2);
		strncat(text, unit->name, 65);
	}
	return text;
}

static void scan(void)
{
	assert_int_equal(aiot_units_scan(host), 0);
}

static void only_files_that_end_with_ini_are_services(void **state)
{
	(void)state;
	unit_file("hello", GOOD);
	unit_file("a.b@c-d_1", GOOD);
	write_text("admin/services.d/hello.ini.bak", GOOD);
	write_text("admin/services.d/README", "x");
	write_text("admin/services.d/.ini", GOOD);
	write_text("admin/world.ini", GOOD);
	scan();
	assert_string_equal(all_units(), "a.b@c-d_1 hello");
	assert_string_equal(unit_of("hello")->file, path_of("admin/services.d/hello.ini"));
	assert_string_equal(unit_of("hello")->conf.module, "good");
	assert_int_equal(unit_of("hello")->load, AIOT_UNIT_UNLOADED);
}

#define N56 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffff"

static void names_that_no_service_can_have_are_left_out_with_a_warning(void **state)
{
	(void)state;
	unit_file("two words", GOOD);
	unit_file(".hidden", GOOD);
	unit_file("a:b", GOOD);
	unit_file("x.service", GOOD);
	unit_file(N56, GOOD);
	unit_file(N56 "g", GOOD);
	scan();
	assert_string_equal(all_units(), N56);
	assert_int_equal(logged("its name cannot be a service's, ignoring"), 5);
	assert_int_equal(logged("up to 56 letters, digits and any of . _ - @"), 5);
}

static void a_file_called_x_service_ini_does_not_take_the_place_of_x(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	scan();
	unit_file("x.service", "[Service]\nModule = other\n");
	scan();
	assert_string_equal(unit_of("x")->conf.module, "good");
	assert_ptr_equal(aiot_unit_find(host, "x.service"), unit_of("x"));
}

static void the_later_directory_wins_whole(void **state)
{
	(void)state;
	write_text("vendor/services.d/x.ini", "[Service]\nModule = v\nDescription = vendor's\n");
	write_text("vendor/services.d/y.ini", "[Service]\nModule = v\n");
	scan();
	assert_string_equal(unit_of("x")->conf.module, "v");
	write_text("admin/services.d/x.ini", "[Service]\nModule = a\n");
	scan();
	assert_string_equal(unit_of("x")->conf.module, "a");
	assert_null(unit_of("x")->conf.description);
	assert_string_equal(unit_of("y")->conf.module, "v");
	assert_int_equal(remove(path_of("admin/services.d/x.ini")), 0);
	scan();
	assert_string_equal(unit_of("x")->conf.module, "v");
}

static void a_changed_file_is_read_again_and_a_missing_one_forgotten(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	scan();
	unit_file("x", "[Service]\nModule = another\n");
	assert_int_equal(remove(path_of("admin/services.d/y.ini")), 0);
	scan();
	assert_string_equal(all_units(), "x");
	assert_string_equal(unit_of("x")->conf.module, "another");
	assert_false(unit_of("x")->changed);
}

static void a_broken_file_fails_with_all_its_complaints_until_it_is_mended(void **state)
{
	(void)state;
	unit_file("x", "[Service]\nModul = good\nEnabled = 7\n");
	scan();
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_FAILED);
	assert_true(unit_of("x")->bad_file);
	assert_string_equal(
		error_of("x"),
		"admin/services.d/x.ini:2: unknown key 'Modul' in [Service], did you mean "
		"'Module'?; line 3: bad value '7' for 'Enabled' in [Service], expected yes or no");
	unit_file("x", GOOD);
	scan();
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_UNLOADED);
	assert_false(unit_of("x")->bad_file);
	assert_null(unit_of("x")->error);
}

static void a_file_that_others_can_write_is_refused_until_that_is_mended(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	assert_int_equal(chmod(path_of("admin/services.d/x.ini"), 0666), 0);
	assert_int_equal(mkdir(path_of("admin/services.d/dir.ini"), 0755), 0);
	scan();
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_FAILED);
	assert_non_null(strstr(error_of("x"), "can be written by"));
	assert_int_equal(unit_of("dir")->load, AIOT_UNIT_FAILED);
	assert_int_equal(chmod(path_of("admin/services.d/x.ini"), 0644), 0);
	scan();
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_UNLOADED);
}

static void a_loaded_service_is_only_marked_when_its_file_changes_or_goes(void **state)
{
	(void)state;
	install("good.so", "good");
	unit_file("x", GOOD);
	unit_file("y", GOOD);
	scan();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	assert_int_equal(aiot_host_load(host, "y"), 0);
	scan();
	assert_false(unit_of("x")->changed);
	unit_file("x", "[Service]\nModule = nothing-of-the-kind\n");
	assert_int_equal(remove(path_of("admin/services.d/y.ini")), 0);
	scan();
	assert_true(unit_of("x")->changed);
	assert_true(unit_of("y")->changed);
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_LOADED);
	assert_string_equal(unit_of("x")->module->service.name, "good");
	unit_file("x", "[Service]\n");
	scan();
	assert_true(unit_of("x")->bad_file);
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_LOADED);
	settle();
	assert_string_equal(state_of("x.service"), "running");
}

static void a_loaded_service_is_marked_when_its_object_file_changes(void **state)
{
	(void)state;
	install("good.so", "good");
	unit_file("x", "[Service]\nModule = good\n");
	scan();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	install("good.so", "good"); /* another file, but with the same bytes */
	scan();
	assert_false(unit_of("x")->changed);
	install("newer.so", "good");
	scan();
	assert_true(unit_of("x")->changed);
}

static void a_moved_file_of_a_loaded_service_is_a_change_if_it_says_something_else(void **state)
{
	(void)state;
	install("good.so", "good");
	write_text("vendor/services.d/x.ini", GOOD);
	scan();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	unit_file("x", GOOD);
	scan();
	assert_false(unit_of("x")->changed);
	unit_file("x", GOOD "[Args]\ncount = 9\n");
	scan();
	assert_true(unit_of("x")->changed);
	assert_string_equal(unit_of("x")->file, path_of("admin/services.d/x.ini"));
}

static void a_directory_that_cannot_be_read_is_told_and_one_that_is_missing_not(void **state)
{
	(void)state;
	assert_int_equal(rmdir(path_of("vendor/services.d")), 0);
	unit_file("x", GOOD);
	scan();
	assert_string_equal(all_units(), "x");
	assert_int_equal(logged("cannot read"), 0);
	write_text("vendor/services.d", "a file");
	assert_int_equal(aiot_units_scan(host), -AIOT_EIO);
	assert_int_equal(logged("services.d: Not a directory, ignoring"), 1);
	assert_non_null(strstr(printed, "services.d: Not a directory, ignoring"));
	assert_string_equal(all_units(), "x");
}

static void what_was_in_a_directory_that_cannot_be_read_stays_known(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	scan();
	assert_int_equal(rename(path_of("admin/services.d"), path_of("admin/away")), 0);
	write_text("admin/services.d", "a file");
	write_text("vendor/services.d/y.ini", GOOD);
	assert_int_equal(aiot_host_reload(host), -AIOT_EIO);
	assert_non_null(strstr(aiot_host_error(host), "services.d: Not a directory; services"));
	assert_string_equal(all_units(), "x y"); /* the other directory was read */
	assert_int_equal(remove(path_of("admin/services.d")), 0);
	scan();
	assert_string_equal(all_units(), "y");
}

static void dev_null_masks_an_empty_file_is_told_and_enabled_no_alone_disables(void **state)
{
	(void)state;
	write_text("vendor/services.d/a.ini", GOOD);
	write_text("vendor/services.d/b.ini", GOOD);
	write_text("vendor/services.d/c.ini", GOOD);
	unit_file("a", "");
	assert_int_equal(symlink("/dev/null", path_of("admin/services.d/b.ini")), 0);
	unit_file("c", "[Service]\nEnabled = no\n");
	scan();
	assert_true(!unit_of("a")->masked && unit_of("b")->masked && !unit_of("c")->masked);
	assert_non_null(strstr(unit_of("a")->error->text, "a.ini is empty; write it again"));
	assert_int_equal(aiot_host_load(host, "a"), -AIOT_EINVAL);
	assert_int_equal(remove(path_of("admin/services.d/a.ini")), 0);
	assert_int_equal(remove(path_of("vendor/services.d/a.ini")), 0);
	scan();
	printed[0] = '\0';
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_string_equal(printed, "");
	assert_null(unit_of("b")->error);
	assert_null(unit_of("c")->error);
	assert_int_equal(unit_of("c")->load, AIOT_UNIT_UNLOADED);
	assert_int_equal(aiot_host_load(host, "b"), -AIOT_EPERM);
	assert_non_null(strstr(aiot_host_error(host), "the service is masked"));
	assert_int_equal(aiot_host_load(host, "c"), -AIOT_EPERM);
	assert_non_null(strstr(aiot_host_error(host), "only disables it"));
	assert_int_equal(remove(path_of("admin/services.d/b.ini")), 0);
	scan();
	assert_false(unit_of("b")->masked);
	assert_string_equal(unit_of("b")->conf.module, "good");
	assert_null(unit_of("b")->error);
}

static void a_loaded_service_whose_new_args_are_wrong_is_told_with_all_of_them(void **state)
{
	(void)state;
	install("good.so", "good");
	unit_file("x", GOOD);
	scan();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	unit_file("x", GOOD "[Args]\ncuont = 5\nfirst-word = y\ncount = many\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(unit_of("x")->load, AIOT_UNIT_LOADED);
	assert_true(unit_of("x")->bad_args);
	assert_non_null(strstr(error_of("x"), "x.ini:4: 'cuont' is no option of service 'good', "
					      "did you mean 'count'?; admin/"));
	assert_non_null(strstr(error_of("x"), "x.ini:6: count: 'many' is not "));
	assert_null(strstr(error_of("x"), "x.ini:5"));
	assert_int_equal(logged("service 'x' runs on as it was: "), 1);
	unit_file("x", GOOD "[Args]\ncount = 5\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_null(unit_of("x")->error);
	assert_int_equal(logged("service 'x' changed on disk, run: aiotoolsctl reload x"), 1);
	settle();
	assert_string_equal(state_of("x.service"), "running");
}

static void new_code_is_loaded_beside_old_code_of_the_same_file(void **state)
{
	(void)state;
	install("handing-1.so", "handing");
	unit_file("a", "[Service]\nModule = handing\n");
	unit_file("b", "[Service]\nModule = handing\n");
	scan();
	assert_int_equal(aiot_host_load(host, "a"), 0);
	install("handing-2.so", "handing");
	assert_int_equal(aiot_host_load(host, "b"), 0);
	assert_int_equal(unit_of("a")->module->service.version, 1);
	assert_int_equal(unit_of("b")->module->service.version, 2);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_true(unit_of("a")->changed);
	assert_false(unit_of("b")->changed);
	assert_int_equal(logged("'a' changed on disk, run: aiotoolsctl reload a"), 1);
}

static void services_are_found_by_pattern_by_name_and_by_the_name_of_their_task(void **state)
{
	(void)state;
	unit_file("a", GOOD);
	unit_file("ab", GOOD);
	scan();
	assert_ptr_equal(aiot_unit_find(host, "a.service"), unit_of("a"));
	assert_null(aiot_unit_find(host, "a.servic"));
	assert_null(aiot_unit_find(host, ".service"));
	assert_null(aiot_unit_find(host, ""));
	assert_ptr_equal(aiot_unit_match(host, "a?", ""), unit_of("ab"));
	assert_null(aiot_unit_match(host, "a?", "ab"));
	assert_ptr_equal(aiot_unit_match(host, "a", ""), unit_of("a"));
	assert_null(aiot_unit_match(host, "a", "a"));
}

static void without_memory_a_scan_fails_and_leaves_no_half_service_behind(void **state)
{
	struct aiot_unit *unit;
	unsigned n;
	int r;

	(void)state;
	unit_file("x", GOOD);
	unit_file("y", "[Service]\nModul = good\n");
	for (n = 1; n < 1000; n++) {
		(void)aiot_mem_fail(n, 1);
		r = aiot_units_scan(host);
		if (aiot_mem_fail(0, 0) < n)
			break;
		assert_true(r == 0 || r == -AIOT_ENOMEM);
		for (unit = NULL; (unit = aiot_unit_match(host, "*", unit ? unit->name : ""));) {
			assert_non_null(unit->file);
			assert_true(unit->load == AIOT_UNIT_UNLOADED || unit->error == NULL ||
				    unit->error->text[0] != '\0');
		}
		while ((unit = aiot_unit_match(host, "*", "")) != NULL)
			aiot_unit_destroy(host, unit);
	}
	assert_true(n > 4 && n < 1000);
	assert_string_equal(all_units(), "x y");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(only_files_that_end_with_ini_are_services),
		T(names_that_no_service_can_have_are_left_out_with_a_warning),
		T(a_file_called_x_service_ini_does_not_take_the_place_of_x),
		T(the_later_directory_wins_whole),
		T(a_changed_file_is_read_again_and_a_missing_one_forgotten),
		T(a_broken_file_fails_with_all_its_complaints_until_it_is_mended),
		T(a_file_that_others_can_write_is_refused_until_that_is_mended),
		T(a_loaded_service_is_only_marked_when_its_file_changes_or_goes),
		T(a_loaded_service_is_marked_when_its_object_file_changes),
		T(a_moved_file_of_a_loaded_service_is_a_change_if_it_says_something_else),
		T(a_directory_that_cannot_be_read_is_told_and_one_that_is_missing_not),
		T(what_was_in_a_directory_that_cannot_be_read_stays_known),
		T(services_are_found_by_pattern_by_name_and_by_the_name_of_their_task),
		T(without_memory_a_scan_fails_and_leaves_no_half_service_behind),
		T(dev_null_masks_an_empty_file_is_told_and_enabled_no_alone_disables),
		T(a_loaded_service_whose_new_args_are_wrong_is_told_with_all_of_them),
		T(new_code_is_loaded_beside_old_code_of_the_same_file),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
