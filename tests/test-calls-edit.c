/*
 * test-calls-edit.c - cat and edit: files shown, checked and replaced.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "kept-stage.h"

#define X "admin/services.d/x.ini"

static void prepare(void)
{
	unit_file("x", GOOD);
	write_text("vendor/services.d/v.ini", GOOD);
	unit_file("t@", GOOD "Description = %i\n");
	assert_int_equal(mkdir(path_of("admin/services.d/x.ini.d"), 0755), 0);
	write_text("admin/services.d/x.ini.d/a.ini", "[Args]\ncount = 3\n");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	assert_int_equal(aiot_host_reload(host), 0);
}

static enum aiot_call_result edit(const char *name, const char *text)
{
	char params[1024];

	(void)snprintf(params, sizeof(params), "{'name':'%s','text':'%s'}", name, text);
	return asked("edit", params);
}

/* ---- cat ---- */

static void cat_shows_all_that_a_service_is_made_of(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(asked("disable", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(asked("cat", "{'names':['x','v','part']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("files", "service"), "x x x v");
	assert_string_equal(member_of(nth_of("files", 0), "file"), path_of(X));
	assert_string_equal(member_of(nth_of("files", 0), "text"), GOOD);
	assert_string_equal(member_of(nth_of("files", 1), "text"), "[Args]\ncount = 3\n");
	assert_string_equal(member_of(nth_of("files", 2), "file"), "services.json");
	assert_string_equal(member_of(nth_of("files", 2), "text"), "{\"enabled\":false}\n");
	assert_int_equal(strlen(member_of(nth_of("files", 0), "base")), 16);
	assert_string_equal(member_of(nth_of("files", 1), "base"), "null");
	assert_int_equal(asked("cat", "{'names':['nix']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
}

static void who_may_only_look_sees_what_everybody_can_read(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(chmod(path_of(X), 0640), 0);
	call_begin(&host->commands, "cat", "{'names':['x']}", false);
	call.role = AIOT_ROLE_OPERATE;
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("files", 0), "text"), "null");
	assert_string_equal(member_of(nth_of("files", 0), "base"), "null");
	assert_string_equal(member_of(nth_of("files", 1), "text"), "[Args]\ncount = 3\n");
}

static void cat_comes_in_pages(void **state)
{
	(void)state;
	prepare();
	call_begin(&host->commands, "cat", "{'names':['v','x']}", true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("files", "service"), "v");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("files", "service"), "x x");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
}

/* ---- edit ---- */

static void a_good_text_replaces_the_file_and_is_read_at_once(void **state)
{
	struct stat st;

	(void)state;
	prepare();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	assert_int_equal(chmod(path_of(X), 0600), 0);
	assert_int_equal(
		edit("x", "[Service]\\nModule = good\\nDescription = new\\nPriority = 3\\n"),
		AIOT_CALL_DONE);
	assert_string_equal(text_of(X), GOOD "Description = new\nPriority = 3\n");
	assert_string_equal(member_of(reply, "path"), path_of(X));
	assert_string_equal(member_of(aiot_json_get(reply, "service"), "changed"), "true");
	assert_string_equal(unit_of("x")->conf.description, "new");
	assert_int_equal(stat(path_of(X), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_wrong_text_is_refused_with_all_that_is_wrong(void **state)
{
	static const struct {
		const char *name, *text, *message;
	} rows[] = {
		{"x", "[Service]\\nModul = good\\nEnabled = 7\\n",
		 "x.ini:2: unknown key 'Modul' in [Service], did you mean 'Module'?; line 3: bad "
		 "value '7' for 'Enabled' in [Service], expected yes or no"},
		{"x", "", "cannot edit 'x': the text is empty; to do without the service, mask it"},
		{"x", "[Service]\\nModule = good\\n[Node]\\nDevice = /dev/x\\n",
		 "x.ini:2: a file has Module= or [Node], not both"},
		{"x", "[Service]\\nModule = good\\n[Args]\\ncuont = 5\\n",
		 "x.ini:4: 'cuont' is no option of service 'good', did you mean 'count'?"},
		{"t@", "[Service\\n", "t@.ini:1: section header without ']'"},
	};
	size_t i;

	(void)state;
	prepare();
	assert_int_equal(aiot_host_load(host, "x"), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(edit(rows[i].name, rows[i].text), AIOT_CALL_ERROR);
		assert_string_equal(reply_error, "io.aiotools.BadConfiguration");
		assert_non_null(strstr(message(), rows[i].message));
	}
	assert_string_equal(text_of(X), GOOD);
	assert_false(unit_of("x")->changed);
}

static void options_of_what_is_not_loaded_are_checked_by_a_look_into_its_module(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(edit("x", "[Service]\\nModule = good\\n[Args]\\ncuont = 1\\n"),
			 AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.BadConfiguration");
	assert_non_null(strstr(member_of(reply, "message"),
			       "x.ini:4: 'cuont' is no option of service 'good', did you mean"));
	assert_string_equal(text_of(X), GOOD);
	assert_null(host->modules);
	assert_int_equal(edit("x", "[Service]\\nModule = nix\\n[Args]\\nany = 1\\n"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "checked"), "false");
	assert_non_null(strstr(member_of(reply, "unchecked"), "no file nix.so"));
}

static void a_drop_in_that_does_not_fit_the_new_text_is_told(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(edit("x", "[Node]\\nDevice = /dev/x\\n"), AIOT_CALL_ERROR);
	assert_non_null(strstr(message(), "x.ini.d/a.ini:1: a node's options stand in [Node]"));
}

static void what_cannot_be_edited_says_why(void **state)
{
	static const struct {
		const char *name, *message;
	} rows[] = {
		{"part", "cannot edit 'part': it is linked into the program and has no file"},
		{"m",
		 "cannot edit 'm': its file is a link to /dev/null, which masks it; remove that "
		 "first"},
		{"t@1", "cannot edit 't@1': it is made from a template; edit that, or write a file "
			"of its own name"},
	};
	size_t i;

	(void)state;
	assert_int_equal(symlink("/dev/null", path_of("admin/services.d/m.ini")), 0);
	prepare();
	assert_int_equal(asked("load", "{'names':['t@1']}"), AIOT_CALL_DONE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(edit(rows[i].name, "x"), AIOT_CALL_ERROR);
		assert_string_equal(message(), rows[i].message);
	}
	assert_int_equal(asked("edit", "{'name':'x'}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.Usage");
	assert_int_equal(edit("nix", "x"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
}

static void a_packages_file_stays_and_the_administrators_directory_has_the_new_one(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(edit("v", "[Service]\\nModule = good\\nDescription = mine\\n"),
			 AIOT_CALL_DONE);
	assert_string_equal(text_of("vendor/services.d/v.ini"), GOOD);
	assert_string_equal(text_of("admin/services.d/v.ini"), GOOD "Description = mine\n");
	assert_string_equal(unit_of("v")->file, path_of("admin/services.d/v.ini"));
	assert_string_equal(unit_of("v")->conf.description, "mine");
}

static void where_that_cannot_be_written_the_state_directory_has_it(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(mkdir(path_of("admin/services.d/v.ini.tmp"), 0755), 0); /* in the way */
	assert_int_equal(edit("v", "[Service]\\nModule = good\\nDescription = mine\\n"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "path"), path_of("state/services.d/v.ini"));
	assert_string_equal(member_of(reply, "until_boot"), "false");
	assert_int_equal(mkdir(path_of("state/services.d/v.ini.tmp"), 0755), 0);
	assert_int_equal(edit("v", "[Service]\\nModule = good\\nDescription = again\\n"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "path"), path_of("run/services.d/v.ini"));
	assert_string_equal(member_of(reply, "until_boot"), "true");
	assert_string_equal(unit_of("v")->conf.description, "again");
	assert_int_equal(mkdir(path_of("run/services.d/v.ini.tmp"), 0755), 0);
	assert_int_equal(edit("v", "[Service]\\nModule = good\\n"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.TaskFailed");
	assert_string_equal(unit_of("v")->conf.description, "again");
}

static void a_file_that_somebody_else_changed_meanwhile_is_left(void **state)
{
	char params[256], base_was[32];

	(void)state;
	prepare();
	assert_int_equal(asked("cat", "{'names':['v']}"), AIOT_CALL_DONE);
	(void)snprintf(base_was, sizeof(base_was), "%s", member_of(nth_of("files", 0), "base"));
	write_text("vendor/services.d/v.ini", GOOD "Description = theirs\n");
	(void)snprintf(params, sizeof(params),
		       "{'name':'v','text':'[Service]\\nModule = good\\n','base':'%s'}", base_was);
	assert_int_equal(asked("edit", params), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_BAD_CONFIGURATION,
		     "cannot edit 'v': somebody else has changed the file meanwhile");
	assert_string_equal(text_of("admin/services.d/v.ini"), "");
}

static void a_template_is_edited_for_all_its_instances(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(edit("t@", "[Service]\\nModule = good\\nDescription = number %i\\n"),
			 AIOT_CALL_DONE);
	assert_int_equal(asked("load", "{'names':['t@1']}"), AIOT_CALL_DONE);
	assert_string_equal(unit_of("t@1")->conf.description, "number 1");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		K(cat_shows_all_that_a_service_is_made_of),
		K(who_may_only_look_sees_what_everybody_can_read),
		K(cat_comes_in_pages),
		K(a_good_text_replaces_the_file_and_is_read_at_once),
		K(a_wrong_text_is_refused_with_all_that_is_wrong),
		K(options_of_what_is_not_loaded_are_checked_by_a_look_into_its_module),
		K(a_drop_in_that_does_not_fit_the_new_text_is_told),
		K(what_cannot_be_edited_says_why),
		K(a_packages_file_stays_and_the_administrators_directory_has_the_new_one),
		K(where_that_cannot_be_written_the_state_directory_has_it),
		K(a_file_that_somebody_else_changed_meanwhile_is_left),
		K(a_template_is_edited_for_all_its_instances),
	};

	be_inspector(argc, argv);
	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
