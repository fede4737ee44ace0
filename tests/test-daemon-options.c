/*
 * test-daemon-options.c - aiotoolsd's command line, and the directories that follow from it.
 *
 * What is printed goes to a file while an option is read.
 */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <getopt.h>

#include "options.h"

static struct options o;
static struct paths p;
static char said[8192]; /* to stdout and stderr */

static int redirect(FILE *to, int out, int err)
{
	(void)fflush(stdout);
	(void)fflush(stderr);
	return dup2(to ? fileno(to) : out, 1) < 0 || dup2(to ? fileno(to) : err, 2) < 0 ? -1 : 0;
}

typedef void act_fn(void *arg);

/* Run something and keep what it says. */
static void listen_to(act_fn *act, void *arg)
{
	FILE *file = tmpfile();
	int out = dup(1), err = dup(2);
	size_t len;

	assert_non_null(file);
	assert_int_equal(redirect(file, 0, 0), 0);
	act(arg);
	assert_int_equal(redirect(NULL, out, err), 0);
	(void)close(out);
	(void)close(err);
	rewind(file);
	len = fread(said, 1, sizeof(said) - 1, file);
	said[len] = '\0';
	(void)fclose(file);
}

struct words {
	char *argv[64];
	int argc;
	enum options_result result;
};

static void parse_words(void *arg)
{
	struct words *w = arg;

	optind = 0; /* begin anew */
	w->result = options_parse(w->argc, w->argv, &o);
}

/* Words with a blank between them; they live until the next call. */
static enum options_result parse(const char *line)
{
	static char text[4096];
	struct words w = {.argc = 0};
	char *at = text, *word;

	(void)snprintf(text, sizeof(text), "aiotoolsd %s", line);
	while (w.argc < 63 && (word = strtok_r(at, " ", &at)) != NULL)
		w.argv[w.argc++] = word;
	listen_to(parse_words, &w);
	return w.result;
}

static bool ok;

static void take_paths(void *arg)
{
	(void)arg;
	ok = options_paths(&o, &p);
}

static bool paths(const char *line)
{
	assert_int_equal(parse(line), OPTIONS_RUN);
	listen_to(take_paths, NULL);
	return ok;
}

static int clean_environment(void **state)
{
	static const char *const names[] = {"AIOTOOLS_SOCKET", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
					    "XDG_STATE_HOME",  "XDG_DATA_HOME",	  "HOME"};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	return 0;
}

/* ---- the command line ---- */

static void options_arrive_and_nothing_is_said(void **state)
{
	(void)state;
	assert_int_equal(parse(""), OPTIONS_RUN);
	assert_false(o.user || o.quiet);
	assert_int_equal(o.module_dirs, 0);
	assert_int_equal(parse("--user -q --config-dir=/c --runtime-dir /r --state-dir /s "
			       "--module-dir /m1 --module-dir=/m2"),
			 OPTIONS_RUN);
	assert_string_equal(said, "");
	assert_true(o.user && o.quiet);
	assert_string_equal(o.config_dir, "/c");
	assert_string_equal(o.runtime_dir, "/r");
	assert_string_equal(o.state_dir, "/s");
	assert_string_equal(o.module_dir[0], "/m1");
	assert_string_equal(o.module_dir[1], "/m2");
	assert_null(o.module_dir[2]);
	assert_null(o.env_file);
	assert_false(o.no_banner);
	assert_int_equal(parse("--no-banner --env-file /e"), OPTIONS_RUN);
	assert_true(o.no_banner);
	assert_string_equal(o.env_file, "/e");
}

static void what_is_wrong_is_named_as_it_was_typed(void **state)
{
	static const struct {
		const char *line, *sentence;
	} rows[] = {
		{"--colour", "unknown option '--colour'"},
		{"-x", "unknown option '-x'"},
		{"-qx", "unknown option '-x'"},
		{"--quiet -qxV", "unknown option '-x'"},
		{"--quiet=1", "unknown option '--quiet=1'"},
		{"--user --config-dir", "option '--config-dir' needs a value"},
		{"start", "takes no words, but got 'start'"},
		{"-q start --nonsense", "takes no words, but got 'start'"},
		{"-- -q", "takes no words, but got '-q'"},
	};
	char expected[256];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].line), OPTIONS_EXIT_USAGE);
		(void)snprintf(expected, sizeof(expected),
			       "aiotoolsd: %s; aiotoolsd --help lists the options\n",
			       rows[i].sentence);
		assert_string_equal(said, expected);
	}
}

static void module_dirs_are_bounded(void **state)
{
	char line[1024] = "";
	unsigned i;

	(void)state;
	for (i = 0; i < OPTIONS_DIRS_MAX; i++)
		strncat(line, "--module-dir /m ", 20);
	assert_int_equal(parse(line), OPTIONS_RUN);
	assert_int_equal(o.module_dirs, OPTIONS_DIRS_MAX);
	assert_null(o.module_dir[OPTIONS_DIRS_MAX]);
	strncat(line, "--module-dir /m ", 20);
	assert_int_equal(parse(line), OPTIONS_EXIT_USAGE);
	assert_string_equal(said, "aiotoolsd: --module-dir was given more than 16 times; "
				  "aiotoolsd --help lists the options\n");
}

static void help_and_version_are_printed_and_end_the_program(void **state)
{
	(void)state;
	assert_int_equal(parse("--help"), OPTIONS_EXIT_OK);
	assert_non_null(strstr(said, "usage: aiotoolsd [OPTION...]\n"));
	assert_non_null(strstr(said, "  [Log] Size = 1M\n"));
	assert_int_equal(parse("-V"), OPTIONS_EXIT_OK);
	assert_memory_equal(said, "aiotoolsd ", 10);
	assert_int_equal(parse("-qh --nonsense"), OPTIONS_EXIT_OK);
}

/* ---- directories ---- */

static void a_system_daemon_has_the_systems_directories(void **state)
{
	(void)state;
	assert_true(paths(""));
	assert_string_equal(p.runtime, "/run/aiotools");
	assert_string_equal(p.state, "/var/lib/aiotools");
	assert_string_equal(p.config, CONFIG_DIR);
	assert_string_equal(p.file, CONFIG_DIR "/aiotoolsd.ini");
	assert_string_equal(p.socket, "/run/aiotools/control.sock");
	assert_string_equal(p.config_dirs[0], VENDOR_DIR);
	assert_string_equal(p.config_dirs[1], "/var/lib/aiotools");
	assert_string_equal(p.config_dirs[2], CONFIG_DIR);
	assert_string_equal(p.config_dirs[3], "/run/aiotools");
	assert_null(p.config_dirs[4]);
	assert_string_equal(p.module_dirs[0], MODULE_DIR);
	assert_null(p.module_dirs[1]);
}

static void all_of_it_can_be_moved(void **state)
{
	(void)state;
	assert_true(paths("--config-dir c --runtime-dir /r --state-dir /s --module-dir m"));
	assert_string_equal(p.runtime, "/r");
	assert_string_equal(p.state, "/s");
	assert_string_equal(p.file, "c/aiotoolsd.ini");
	assert_string_equal(p.env_file, "c/.env");
	assert_string_equal(p.socket, "/r/control.sock");
	assert_string_equal(p.config_dirs[0], "/s");
	assert_string_equal(p.config_dirs[1], "c");
	assert_string_equal(p.config_dirs[2], "/r");
	assert_null(p.config_dirs[3]);
	assert_string_equal(p.module_dirs[0], "m");
	assert_null(p.module_dirs[1]);
	assert_int_equal(setenv("AIOTOOLS_SOCKET", "/tmp/other.sock", 1), 0);
	assert_true(paths("--runtime-dir /r"));
	assert_string_equal(p.socket, "/tmp/other.sock");
	assert_int_equal(setenv("AIOTOOLS_SOCKET", "", 1), 0);
	assert_true(paths("--runtime-dir /r"));
	assert_string_equal(p.socket, "/r/control.sock");
}

static void a_users_daemon_lives_in_the_users_directories(void **state)
{
	(void)state;
	assert_int_equal(setenv("HOME", "/home/ada", 1), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1), 0);
	assert_true(paths("--user"));
	assert_string_equal(p.runtime, "/run/user/1000/aiotools");
	assert_string_equal(p.config, "/home/ada/.config/aiotools");
	assert_string_equal(p.state, "/home/ada/.local/state/aiotools");
	assert_string_equal(p.config_dirs[0], "/home/ada/.local/state/aiotools");
	assert_string_equal(p.config_dirs[1], "/home/ada/.config/aiotools");
	assert_string_equal(p.config_dirs[2], "/run/user/1000/aiotools");
	assert_null(p.config_dirs[3]);
	assert_string_equal(p.module_dirs[0], "/home/ada/.local/share/aiotools/services");
	assert_string_equal(p.module_dirs[1], MODULE_DIR);
	assert_null(p.module_dirs[2]);
	assert_int_equal(setenv("XDG_CONFIG_HOME", "/cfg", 1), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
	assert_true(paths("--user --runtime-dir /r"));
	assert_string_equal(p.config, "/cfg/aiotools");
	assert_string_equal(p.state, "/home/ada/.local/state/aiotools");
	assert_string_equal(p.runtime, "/r");
}

static void a_user_without_a_session_or_a_home_is_told_what_is_missing(void **state)
{
	(void)state;
	assert_int_equal(setenv("HOME", "/home/ada", 1), 0);
	assert_false(paths("--user"));
	assert_string_equal(said, "aiotoolsd: --user needs XDG_RUNTIME_DIR (a login session sets "
				  "it), or --runtime-dir DIR\n");
	(void)unsetenv("HOME");
	assert_false(paths("--user --runtime-dir /r"));
	assert_string_equal(said, "aiotoolsd: --user needs HOME\n");
}

static void a_path_that_is_too_long_is_told_so(void **state)
{
	static char line[5000] = "--runtime-dir /";

	(void)state;
	memset(line + 15, 'x', 4060);
	o.runtime_dir = NULL;
	assert_int_equal(parse(""), OPTIONS_RUN);
	o.runtime_dir = line + 14;
	listen_to(take_paths, NULL);
	assert_true(ok);
	memset(line + 15, 'x', 4090);
	listen_to(take_paths, NULL);
	assert_false(ok);
	assert_string_equal(said, "aiotoolsd: a directory's name is too long\n");
}

static void the_directories_above_a_users_state_are_made_for_the_user_alone(void **state)
{
	char dir[] = "/tmp/test-options-XXXXXX", path[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/a/b/aiotools", dir);
	options_make_parents(path);
	options_make_parents(path);
	options_make_parents("");
	assert_int_equal(stat(path, &st), -1);
	(void)snprintf(path, sizeof(path), "%s/a/b", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(options_arrive_and_nothing_is_said, clean_environment),
		cmocka_unit_test_setup(what_is_wrong_is_named_as_it_was_typed, clean_environment),
		cmocka_unit_test(the_directories_above_a_users_state_are_made_for_the_user_alone),
		cmocka_unit_test_setup(module_dirs_are_bounded, clean_environment),
		cmocka_unit_test_setup(help_and_version_are_printed_and_end_the_program,
				       clean_environment),
		cmocka_unit_test_setup(a_system_daemon_has_the_systems_directories,
				       clean_environment),
		cmocka_unit_test_setup(all_of_it_can_be_moved, clean_environment),
		cmocka_unit_test_setup(a_users_daemon_lives_in_the_users_directories,
				       clean_environment),
		cmocka_unit_test_setup(a_user_without_a_session_or_a_home_is_told_what_is_missing,
				       clean_environment),
		cmocka_unit_test_setup(a_path_that_is_too_long_is_told_so, clean_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
