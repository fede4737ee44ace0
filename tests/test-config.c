/*
 * test-config.c - aiotoolsd.ini: its keys and defaults, what is wrong with one, and its help.
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

static struct aiot_host_options o;
static struct aiot_host_file *file;
static char sentences[4096];

static int read_options(const char *text)
{
	memset(&o, 0, sizeof(o));
	o.name = "kept";
	file = NULL;
	write_text("d.ini", text);
	memset(sentences, 'x', sizeof(sentences));
	return aiot_host_options_read(&o, path_of("d.ini"), &file, sentences, sizeof(sentences));
}

/* The sentences with the directory cut out of each line. */
static const char *told(void)
{
	static char text[4096];
	const char *from = sentences;
	char *to = text;

	while (*from) {
		if (strncmp(from, base, strlen(base)) == 0)
			from += strlen(base) + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return text;
}

static void an_empty_file_gives_all_defaults(void **state)
{
	(void)state;
	assert_int_equal(read_options("# nothing\n"), 0);
	assert_string_equal(sentences, "");
	assert_int_equal(o.name_taken, AIOT_NAME_TAKEN_RENAME);
	assert_int_equal(o.log_level, AIOT_INFO);
	assert_int_equal(o.log_bytes, 1 << 20);
	assert_int_equal(o.max_clients, 64);
	assert_string_equal(o.operate_group, "");
	assert_string_equal(o.read_group, "");
	assert_string_equal(o.name, "kept");
	aiot_host_file_free(file);
}

static void every_key_arrives(void **state)
{
	(void)state;
	assert_int_equal(read_options("[daemon]\ntask_pre_exist = Raise\n[LOG]\nsize = 64K\n"
				      "Level = debug\n[Control]\nMaxClients = 1\n"
				      "operate-group = root\nReadGroup = daemon\n"),
			 0);
	assert_int_equal(o.name_taken, AIOT_NAME_TAKEN_RAISE);
	assert_int_equal(o.log_level, AIOT_DEBUG);
	assert_int_equal(o.log_bytes, 65536);
	assert_int_equal(o.max_clients, 1);
	assert_string_equal(o.operate_group, "root");
	assert_string_equal(o.read_group, "daemon");
	aiot_host_file_free(file);
	assert_int_equal(read_options("[Daemon]\nTaskPreExist = ignore\n[Log]\nLevel = ERROR\n"),
			 0);
	assert_int_equal(o.name_taken, AIOT_NAME_TAKEN_IGNORE);
	assert_int_equal(o.log_level, AIOT_ERROR);
	aiot_host_file_free(file);
	assert_int_equal(read_options("[Log]\nLevel = warn\n"), 0);
	assert_int_equal(o.log_level, AIOT_WARN);
	aiot_host_file_free(file);
}

static void all_that_is_wrong_is_told_a_line_each_and_nothing_is_taken(void **state)
{
	(void)state;
	assert_int_equal(read_options("[Daemon]\nTaskPreExists = raise\n[Log]\nSize = 1\n"
				      "Level = loud\n[Control]\nMaxClients = 0\n"
				      "MaxClients = 7\n"),
			 -AIOT_EINVAL);
	assert_null(file);
	assert_int_equal(o.max_clients, 0);
	assert_string_equal(
		told(), "d.ini:8: key 'MaxClients' in [Control] is already set in line 7\n"
			"d.ini:2: unknown key 'TaskPreExists' in [Daemon], did you mean "
			"'TaskPreExist'?\n"
			"d.ini:4: bad value '1' for 'Size' in [Log], expected a size such as 4096, "
			"64K or 1M from 16K to 1G\n"
			"d.ini:5: bad value 'loud' for 'Level' in [Log], expected one of error, "
			"warn, info, debug\n"
			"d.ini:7: bad value '0' for 'MaxClients' in [Control], expected a whole "
			"number from 1 to 4096");
}

static void a_missing_file_and_one_that_others_can_write_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(
		aiot_host_options_read(&o, path_of("nix.ini"), &file, sentences, sizeof(sentences)),
		-AIOT_ENOENT);
	assert_string_equal(told(), "nix.ini: cannot be opened: No such file or directory");
	write_text("d.ini", "");
	assert_int_equal(chmod(path_of("d.ini"), 0666), 0);
	assert_int_equal(
		aiot_host_options_read(&o, path_of("d.ini"), &file, sentences, sizeof(sentences)),
		-AIOT_EPERM);
	assert_non_null(strstr(sentences, "can be written by"));
}

static void sentences_that_do_not_fit_are_cut(void **state)
{
	char little[16];

	(void)state;
	write_text("d.ini", "[Nothing]\n");
	memset(little, 'x', sizeof(little));
	assert_int_equal(
		aiot_host_options_read(&o, path_of("d.ini"), &file, little, sizeof(little)),
		-AIOT_EINVAL);
	assert_int_equal(strlen(little), sizeof(little) - 1);
	assert_memory_equal(little, base, sizeof(little) - 1);
}

static void a_host_takes_options_whose_file_is_freed_at_once(void **state)
{
	(void)state;
	assert_int_equal(read_options("[Log]\nLevel = debug\nSize = 32K\n"), 0);
	o.name = NULL;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), 0);
	aiot_host_file_free(file);
	assert_int_equal(host->core.log_level, AIOT_DEBUG);
	end_host();
}

static void a_group_that_does_not_exist_is_told_with_its_line_and_by_the_host(void **state)
{
	(void)state;
	assert_int_equal(read_options("[Control]\nOperateGroup = no-such-group-here\n"
				      "ReadGroup = nor-this\n"),
			 -AIOT_EINVAL);
	assert_string_equal(told(),
			    "d.ini:2: OperateGroup: there is no group 'no-such-group-here'\n"
			    "d.ini:3: ReadGroup: there is no group 'nor-this'");
	assert_int_equal(read_options(""), 0);
	o.read_group = "no-such-group-here";
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), -AIOT_EINVAL);
	assert_string_equal(why, "there is no group 'no-such-group-here'");
	aiot_host_file_free(file);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void without_memory_nothing_is_left_behind(void **state)
{
	(void)state;
	(void)aiot_mem_fail(1, 1);
	assert_int_equal(read_options(""), -AIOT_ENOMEM);
	assert_string_equal(sentences, "no memory");
	(void)aiot_mem_fail(0, 0);
	aiot_host_file_free(NULL);
}

static unsigned lines;
static char help[8192];

static void take_line(void *arg, const char *text)
{
	assert_ptr_equal(arg, &lines);
	assert_null(strchr(text, '\n'));
	lines++;
	strncat(help, text, sizeof(help) - strlen(help) - 2);
	strncat(help, "\n", 2);
}

static void help_names_every_key_with_its_default_and_what_it_takes(void **state)
{
	(void)state;
	aiot_host_options_help(take_line, &lines);
	assert_int_equal(lines, 44);
	assert_non_null(strstr(help, "[Daemon] Restarting = replace\n"));
	assert_non_null(strstr(help, "[Daemon] CycleSleep = 100ms\n"));
	assert_non_null(strstr(help, "[Daemon] TaskPreExist = rename\n"));
	assert_non_null(strstr(help, "[Log] Size = 1M\n"));
	assert_non_null(strstr(help,
			       "control connections at a time; root and the daemon's user may "
			       "have two more (a whole number from 1 to "
			       "4096)\n"));
}

static void a_reload_applies_the_level_and_tells_what_comes_with_the_next_start(void **state)
{
	(void)state;
	assert_int_equal(read_options("[Log]\nSize = 64K\n"), 0);
	o.name = NULL;
	o.config_file = path_of("d.ini");
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), 0);
	aiot_host_file_free(file);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(logged("next start"), 0);
	write_text("d.ini", "[Log]\nSize = 64K\nLevel = debug\n[Control]\nMaxClients = 3\n"
			    "[Daemon]\nTaskPreExist = ignore\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(host->core.log_level, AIOT_DEBUG);
	assert_int_equal(host->collision, AIOT_IGNORE);
	assert_int_equal(logged("next start"), 1);
	assert_int_equal(logged("MaxClients takes effect at the next start"), 1);
	assert_int_equal(remove(path_of("d.ini")), 0);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(host->core.log_level, AIOT_INFO);
	assert_int_equal(logged("Size in [Log] takes effect at the next start"), 1);
	end_host();
}

static void a_wrong_file_fails_a_reload_and_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(read_options(""), 0);
	o.name = NULL;
	o.config_file = path_of("d.ini");
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), 0);
	aiot_host_file_free(file);
	write_text("d.ini", "[Log]\nLevel = debug\nSize = lots\n[Contrl]\n");
	unit_file("x", "[Service]\nModule = good\n");
	assert_int_equal(aiot_host_reload(host), -AIOT_EINVAL);
	assert_non_null(strstr(aiot_host_error(host), "d.ini:3: bad value 'lots'"));
	assert_non_null(strstr(aiot_host_error(host), "d.ini:4: unknown section [Contrl]"));
	assert_int_equal(logged("d.ini:3: bad value 'lots'"), 1);
	assert_int_equal(host->core.log_level, AIOT_INFO);
	assert_null(aiot_unit_find(host, "x"));
	end_host();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_file_gives_all_defaults, open_base,
						close_base),
		cmocka_unit_test_setup_teardown(every_key_arrives, open_base, close_base),
		cmocka_unit_test_setup_teardown(
			all_that_is_wrong_is_told_a_line_each_and_nothing_is_taken, open_base,
			close_base),
		cmocka_unit_test_setup_teardown(
			a_missing_file_and_one_that_others_can_write_are_told_apart, open_base,
			close_base),
		cmocka_unit_test_setup_teardown(sentences_that_do_not_fit_are_cut, open_base,
						close_base),
		cmocka_unit_test_setup_teardown(a_host_takes_options_whose_file_is_freed_at_once,
						open_base, close_base),
		cmocka_unit_test_setup_teardown(
			a_group_that_does_not_exist_is_told_with_its_line_and_by_the_host,
			open_base, close_base),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_left_behind, open_base,
						close_base),
		cmocka_unit_test_setup_teardown(
			help_names_every_key_with_its_default_and_what_it_takes, open_base,
			close_base),
		cmocka_unit_test_setup_teardown(
			a_reload_applies_the_level_and_tells_what_comes_with_the_next_start,
			open_base, close_base),
		cmocka_unit_test_setup_teardown(a_wrong_file_fails_a_reload_and_changes_nothing,
						open_base, close_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
