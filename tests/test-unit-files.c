/*
 * test-unit-files.c - what a service is made of: directories, drop-ins, templates and instances.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kept-stage.h"
#include "unit-files.h"

static void drop_in(const char *dir, const char *name, const char *file, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/services.d", dir);
	(void)mkdir(path_of(path), 0755);
	(void)snprintf(path, sizeof(path), "%s/services.d/%s.ini.d", dir, name);
	(void)mkdir(path_of(path), 0755);
	(void)snprintf(path, sizeof(path), "%s/services.d/%s.ini.d/%s", dir, name, file);
	if (text == NULL)
		assert_int_equal(symlink("/dev/null", path_of(path)), 0);
	else
		write_text(path, text);
}

static void scan(void)
{
	assert_int_equal(aiot_host_reload(host), 0);
}

static const char *description(const char *name)
{
	const char *text = unit_of(name)->conf.description;

	return text ? text : "";
}

#define COUNT(text) "[Args]\ncount = " text "\n"
#define SAYS(text) "[Service]\nDescription = " text "\n"

/* ---- directories ---- */

static void four_directories_count_in_their_order(void **state)
{
	static const char *const dirs[] = {"vendor", "state", "admin", "run"};
	char path[64], text[64];
	size_t i;

	(void)state;
	assert_int_equal(mkdir(path_of("run/services.d"), 0755), 0);
	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s/services.d/x.ini", dirs[i]);
		(void)snprintf(text, sizeof(text), GOOD "Description = %s\n", dirs[i]);
		write_text(path, text);
		scan();
		assert_string_equal(description("x"), dirs[i]);
	}
	for (i = 4; i-- > 1;) {
		(void)snprintf(path, sizeof(path), "%s/services.d/x.ini", dirs[i]);
		assert_int_equal(remove(path_of(path)), 0);
		scan();
		assert_string_equal(description("x"), dirs[i - 1]);
	}
}

/* ---- drop-ins ---- */

static void drop_ins_of_all_directories_count_by_their_file_names(void **state)
{
	(void)state;
	write_text("vendor/services.d/x.ini", GOOD "Description = own\nTimeoutStopSec = 7s\n");
	drop_in("admin", "x", "20-b.ini", SAYS("b"));
	drop_in("run", "x", "10-a.ini", SAYS("a"));
	scan();
	assert_string_equal(description("x"), "b");
	assert_true(unit_of("x")->conf.stop_timeout_ns == 7000000000u);
	drop_in("vendor", "x", "30-c.ini", SAYS("c"));
	drop_in("state", "x", "30-c.ini.bak", SAYS("no drop-in"));
	drop_in("state", "x", ".40.ini", SAYS("nor this"));
	scan();
	assert_string_equal(description("x"), "c");
}

static void of_two_of_one_name_the_higher_directorys_counts_and_a_link_to_null_neither(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	drop_in("vendor", "x", "10.ini", SAYS("vendor") "TimeoutStopSec = 7s\n");
	drop_in("admin", "x", "10.ini", SAYS("admin"));
	scan();
	assert_string_equal(description("x"), "admin");
	assert_true(unit_of("x")->conf.stop_timeout_ns == 10000000000u); /* it replaces it whole */
	drop_in("run", "x", "10.ini", NULL);
	scan();
	assert_string_equal(description("x"), "");
	assert_false(unit_of("x")->bad_file);
}

static void an_empty_value_goes_back_to_the_default(void **state)
{
	(void)state;
	unit_file("x", GOOD "Enabled = no\n[Args]\ncount = 5\n[Schedule]\nEvery = 1h\n");
	drop_in("admin", "x", "a.ini",
		"[Service]\nEnabled =\n[Args]\ncount =\n[Schedule]\nEvery =\n");
	scan();
	assert_string_equal(error_of("x"), "");
	assert_true(unit_of("x")->enabled);
	assert_false(unit_of("x")->conf.scheduled);
	assert_int_equal(aiot_host_load(host, "x"), 0);
	assert_int_equal(unit_of("x")->block->spec.arg_count, 0);
}

static void a_complaint_names_the_file_that_is_to_be_mended(void **state)
{
	(void)state;
	unit_file("x", GOOD "Colour = red\n");
	drop_in("admin", "x", "10.ini", "[Service]\nEnabled = 7\nModul =\nTimeoutStopSec = x\n");
	drop_in("run", "x", "20.ini", "nonsense\n[Schedule]\nEvery = often\n");
	scan();
	assert_string_equal(
		error_of("x"),
		"admin/services.d/x.ini.d/10.ini:3: unknown key 'Modul' in [Service], did you mean "
		"'Module'?; run/services.d/x.ini.d/20.ini:1: 'nonsense' is neither 'Key = value' "
		"nor '[Section]'; admin/services.d/x.ini:3: unknown key 'Colour' in [Service]; "
		"admin/services.d/x.ini.d/10.ini:2: bad value '7' for 'Enabled' in [Service], "
		"expected yes or no; line 4: bad value 'x' for 'TimeoutStopSec' in [Service], "
		"expected a time span such as 500ms or 1min 30s from 1ms to 1h; "
		"run/services.d/x.ini.d/20.ini:3: Every: 'often' is not a time span such as 10s or "
		"1min 30s");
	assert_true(unit_of("x")->bad_file);
}

static void drop_ins_that_cannot_be_used_are_told_and_the_service_is_not_loaded(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	drop_in("admin", "x", "a.ini", "");
	scan();
	assert_string_equal(error_of("x"), "admin/services.d/x.ini.d/a.ini is empty; write it "
					   "again, or remove it");
	assert_int_equal(aiot_host_load(host, "x"), -AIOT_EINVAL);
	write_text("admin/services.d/x.ini.d/a.ini", SAYS("a"));
	assert_int_equal(chmod(path_of("admin/services.d/x.ini.d/a.ini"), 0666), 0);
	scan();
	assert_non_null(strstr(error_of("x"), "a.ini: not trusted: it can be written by"));
	assert_int_equal(chmod(path_of("admin/services.d/x.ini.d/a.ini"), 0644), 0);
	scan();
	assert_string_equal(description("x"), "a");
	assert_int_equal(symlink("gone", path_of("admin/services.d/x.ini.d/b.ini")), 0);
	scan();
	assert_non_null(
		strstr(error_of("x"), "cannot read admin/services.d/x.ini.d/b.ini: No such"));
}

static void a_loaded_service_is_changed_by_its_drop_ins_until_they_are_gone(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	scan();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	drop_in("admin", "x", "a.ini", SAYS("nothing that runs depends on"));
	scan();
	assert_false(unit_of("x")->changed);
	write_text("admin/services.d/x.ini.d/a.ini", COUNT("77"));
	scan();
	assert_true(unit_of("x")->changed);
	scan();
	assert_true(unit_of("x")->changed);
	assert_int_equal(remove(path_of("admin/services.d/x.ini.d/a.ini")), 0);
	scan();
	assert_false(unit_of("x")->changed);
}

static void drop_ins_of_nothing_are_told(void **state)
{
	(void)state;
	drop_in("admin", "nix", "a.ini", SAYS("a"));
	drop_in("admin", "nix@5", "a.ini", SAYS("a")); /* perhaps of an instance to come */
	scan();
	assert_int_equal(logged("there are drop-ins for 'nix', but no service is called so"), 1);
	assert_int_equal(logged("there are drop-ins for"), 1);
}

static void drop_ins_have_an_end(void **state)
{
	char name[32];
	unsigned i;

	(void)state;
	unit_file("x", GOOD);
	for (i = 0; i <= AIOT_DROP_INS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%03u.ini", i);
		drop_in("admin", "x", name, SAYS("a"));
	}
	scan();
	assert_non_null(strstr(error_of("x"), ": over 64 drop-ins"));
	assert_int_equal(remove(path_of("admin/services.d/x.ini.d/000.ini")), 0);
	scan();
	assert_string_equal(error_of("x"), "");
}

static void a_service_that_is_loaded_by_name_sees_drop_ins_that_are_new(void **state)
{
	(void)state;
	unit_file("x", GOOD);
	scan();
	drop_in("admin", "x", "a.ini", SAYS("a"));
	assert_int_equal(asked("load", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(description("x"), "a");
}

/* ---- templates ---- */

static void an_instance_is_made_of_its_template_by_name(void **state)
{
	(void)state;
	unit_file("t@", GOOD "Description = for %i, 100%%\n[Args]\nfirst_word = %i\n");
	scan();
	assert_string_equal(error_of("t@"), "");
	assert_int_equal(asked("load", "{'names':['t@5','t@eth0.service']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "t@5 t@eth0");
	assert_string_equal(all_of("services", "load"), "loaded loaded");
	assert_string_equal(description("t@5"), "for 5, 100%");
	assert_string_equal(unit_of("t@eth0")->block->spec.args[0].value, "eth0");
	settle();
	assert_string_equal(state_of("t@5.service"), "running");
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_string_equal(state_of("t@.service"), "none");
}

static void a_template_itself_is_not_loaded(void **state)
{
	(void)state;
	unit_file("t@", GOOD);
	scan();
	assert_int_equal(asked("load", "{'names':['t@']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_BAD_CONFIGURATION, "service 't@' is a template; load an instance of "
						 "it, with a word behind the @");
	assert_int_equal(aiot_host_load(host, "t@"), -AIOT_EPERM);
	assert_non_null(strstr(aiot_host_error(host), "is a template; load an instance of it"));
	assert_int_equal(asked("load", "{'names':['u@1']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
	assert_int_equal(asked("load", "{'names':['t@a b']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
}

static void what_is_wrong_in_a_template_is_told_at_its_place_for_each_instance(void **state)
{
	(void)state;
	unit_file("t@", GOOD "[Schedule]\nEvery = %i\n");
	scan();
	assert_string_equal(error_of("t@"), "");
	assert_int_equal(aiot_unit_load(host, aiot_unit_instantiate(host, "t@1h")), 0);
	assert_int_equal(aiot_unit_load(host, aiot_unit_instantiate(host, "t@x")), -AIOT_EINVAL);
	assert_string_equal(error_of("t@x"), "admin/services.d/t@.ini:4: Every: 'x' is not a time "
					     "span such as 10s or 1min 30s");
	unit_file("u@", GOOD "Description = 5%\n");
	scan();
	assert_int_equal(aiot_unit_load(host, aiot_unit_instantiate(host, "u@1")), -AIOT_EINVAL);
	assert_string_equal(error_of("u@1"),
			    "admin/services.d/u@.ini:3: '%' means nothing in a template; %i is "
			    "what stands behind the @, %% a plain %");
}

static void an_instance_has_the_templates_drop_ins_and_its_own(void **state)
{
	(void)state;
	unit_file("t@", GOOD);
	drop_in("admin", "t@", "10.ini", SAYS("all, %i"));
	drop_in("vendor", "t@5", "20.ini", "[Service]\nTimeoutStopSec = 7s\n");
	drop_in("vendor", "t@6", "10.ini", SAYS("six, %i"));
	scan();
	(void)aiot_unit_instantiate(host, "t@5");
	(void)aiot_unit_instantiate(host, "t@6");
	assert_string_equal(description("t@5"), "all, 5");
	assert_true(unit_of("t@5")->conf.stop_timeout_ns == 7000000000u);
	assert_string_equal(description("t@6"), "six, %i");
}

static void an_instances_own_file_takes_the_templates_place(void **state)
{
	(void)state;
	unit_file("t@", GOOD "Description = template\n");
	scan();
	assert_int_equal(asked("load", "{'names':['t@5']}"), AIOT_CALL_DONE);
	unit_file("t@5", GOOD "Description = own %i\n" COUNT("77"));
	scan();
	assert_true(unit_of("t@5")->changed);
	assert_false(unit_of("t@5")->templated);
	assert_string_equal(description("t@5"), "own %i");
	assert_true(unit_of("t@5")->enabled); /* as any file */
}

static void an_instance_that_nobody_wants_any_more_is_forgotten(void **state)
{
	(void)state;
	unit_file("t@", GOOD);
	scan();
	assert_int_equal(asked("load", "{'names':['t@1','t@2']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("enable", "{'names':['t@3']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("unload", "{'names':['t@1']}"), AIOT_CALL_DONE);
	scan();
	assert_null(aiot_unit_find(host, "t@1"));
	assert_non_null(aiot_unit_find(host, "t@2"));
	assert_non_null(aiot_unit_find(host, "t@3"));
	assert_int_equal(remove(path_of("admin/services.d/t@.ini")), 0);
	scan();
	assert_null(aiot_unit_find(host, "t@3"));
	assert_true(unit_of("t@2")->changed); /* it runs */
	assert_int_equal(logged("t@.ini is gone; to end it: aiotoolsctl unload t@2"), 1);
}

static void an_enabled_instance_is_there_after_the_next_start(void **state)
{
	(void)state;
	unit_file("t@", GOOD "Enabled = no\n");
	scan();
	assert_int_equal(asked("enable", "{'names':['t@5']}"), AIOT_CALL_DONE);
	open_again();
	assert_true(unit_of("t@5")->templated);
	assert_int_equal(aiot_host_load(host, NULL), 0);
	settle();
	assert_string_equal(state_of("t@5.service"), "running");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		K(four_directories_count_in_their_order),
		K(drop_ins_of_all_directories_count_by_their_file_names),
		K(of_two_of_one_name_the_higher_directorys_counts_and_a_link_to_null_neither),
		K(an_empty_value_goes_back_to_the_default),
		K(a_complaint_names_the_file_that_is_to_be_mended),
		K(drop_ins_that_cannot_be_used_are_told_and_the_service_is_not_loaded),
		K(a_loaded_service_is_changed_by_its_drop_ins_until_they_are_gone),
		K(drop_ins_of_nothing_are_told),
		K(drop_ins_have_an_end),
		K(a_service_that_is_loaded_by_name_sees_drop_ins_that_are_new),
		K(an_instance_is_made_of_its_template_by_name),
		K(a_template_itself_is_not_loaded),
		K(what_is_wrong_in_a_template_is_told_at_its_place_for_each_instance),
		K(an_instance_has_the_templates_drop_ins_and_its_own),
		K(an_instances_own_file_takes_the_templates_place),
		K(an_instance_that_nobody_wants_any_more_is_forgotten),
		K(an_enabled_instance_is_there_after_the_next_start),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
