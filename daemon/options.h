/*
 * options.h - aiotoolsd's command line, and the directories that follow from it.
 */
#ifndef AIOTOOLSD_OPTIONS_H
#define AIOTOOLSD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_DIRS_MAX 16
#define OPTIONS_PATH_MAX 4096

struct options {
	bool user;
	bool quiet;
	bool no_banner;
	const char *env_file; /* NULL: not given */
	bool no_schedule, no_config;
	const char *config_dir, *runtime_dir, *state_dir; /* NULL: not given */
	const char *module_dir[OPTIONS_DIRS_MAX + 1];	  /* ended by NULL */
	size_t module_dirs;
};

/* What the program is to do after the options are read. */
enum options_result {
	OPTIONS_RUN,
	OPTIONS_EXIT_OK,    /* help or version was printed */
	OPTIONS_EXIT_USAGE, /* a sentence was printed to stderr */
};

enum options_result options_parse(int argc, char **argv, struct options *ret);

/* The directories in effect; texts point into the struct. */
struct paths {
	char runtime[OPTIONS_PATH_MAX], state[OPTIONS_PATH_MAX], config[OPTIONS_PATH_MAX];
	char socket[OPTIONS_PATH_MAX], file[OPTIONS_PATH_MAX], user_modules[OPTIONS_PATH_MAX];
	char env_file[OPTIONS_PATH_MAX];	       /* beside the file, perhaps not there */
	const char *config_dirs[5];		       /* a later one wins; ended by NULL */
	const char *module_dirs[OPTIONS_DIRS_MAX + 3]; /* ended by NULL */
};

/* false: a sentence was printed to stderr ($XDG_RUNTIME_DIR or $HOME is missing). */
bool options_paths(const struct options *options, struct paths *ret);

/* Make the directories above `path` that are missing, for this user alone; what fails shows later.
 */
void options_make_parents(const char *path);

#endif
