/*
 * options.c - see options.h.  Called once by main.c; prints help and sentences, changes nothing.
 */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <aiotools-host.h>

static const struct option long_options[] = {
	{"user", no_argument, NULL, 'u'},
	{"config-dir", required_argument, NULL, 'c'},
	{"runtime-dir", required_argument, NULL, 'r'},
	{"state-dir", required_argument, NULL, 's'},
	{"module-dir", required_argument, NULL, 'm'},
	{"env-file", required_argument, NULL, 'e'},
	{"no-banner", no_argument, NULL, 'b'},
	{"no-schedule", no_argument, NULL, 'S'},
	{"no-config", no_argument, NULL, 'C'},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static void print_key(void *arg, const char *text)
{
	(void)arg;
	printf("  %s\n", text);
}

static void print_help(void)
{
	printf("usage: aiotoolsd [OPTION...]\n"
	       "Hosts named, supervised, scheduled tasks from service modules; aiotoolsctl "
	       "controls it.\n"
	       "\n"
	       "  --user             for this user: $XDG_RUNTIME_DIR/aiotools, ~/.config/aiotools\n"
	       "  --config-dir DIR   aiotoolsd.ini and services.d/*.ini [" VENDOR_DIR "\n"
	       "                     and " CONFIG_DIR "]; services.d in the runtime\n"
	       "                     directory counts as well, until the next boot\n"
	       "  --runtime-dir DIR  control.sock and the log ring [/run/aiotools]\n"
	       "  --state-dir DIR    what outlives a reboot [/var/lib/aiotools]\n"
	       "  --module-dir DIR   where NAME.so is looked for; may be repeated\n"
	       "                     [" MODULE_DIR "]\n"
	       "  --env-file FILE    KEY=VALUE lines for the environment, instead of .env beside\n"
	       "                     aiotoolsd.ini and of its EnvironmentFile=\n"
	       "  --no-schedule      let no [Schedule] start anything until its task is started\n"
	       "  --no-config        services have their options' defaults, whatever [Args] and\n"
	       "                     `aiotoolsctl config` say\n"
	       "  --no-banner        at a terminal, do not begin with name, host and boot mode\n"
	       "  -q, --quiet        print neither that nor which services load, but what fails\n"
	       "  -h, --help         this text\n"
	       "  -V, --version      the version\n"
	       "\n"
	       "TERM and INT stop all tasks, then the daemon; HUP reads the configuration again.\n"
	       "AIOTOOLS_SOCKET in the environment moves the control socket, except with --user.\n"
	       "\n"
	       "Keys of aiotoolsd.ini, with their defaults:\n");
	aiot_host_options_help(print_key, NULL);
}

static enum options_result usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static enum options_result usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "aiotoolsd: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; aiotoolsd --help lists the options\n");
	return OPTIONS_EXIT_USAGE;
}

/* word: of the command line, in which option c was found. */
static enum options_result take(struct options *o, int c, const char *word)
{
	switch (c) {
	case 'u':
		o->user = true;
		return OPTIONS_RUN;
	case 'q':
		o->quiet = true;
		return OPTIONS_RUN;
	case 'b':
		o->no_banner = true;
		return OPTIONS_RUN;
	case 'e':
		o->env_file = optarg;
		return OPTIONS_RUN;
	case 'S':
		o->no_schedule = true;
		return OPTIONS_RUN;
	case 'C':
		o->no_config = true;
		return OPTIONS_RUN;
	case 'c':
		o->config_dir = optarg;
		return OPTIONS_RUN;
	case 'r':
		o->runtime_dir = optarg;
		return OPTIONS_RUN;
	case 's':
		o->state_dir = optarg;
		return OPTIONS_RUN;
	case 'm':
		if (o->module_dirs == OPTIONS_DIRS_MAX)
			return usage("--module-dir was given more than %d times", OPTIONS_DIRS_MAX);
		o->module_dir[o->module_dirs++] = optarg;
		return OPTIONS_RUN;
	case 'h':
		print_help();
		return OPTIONS_EXIT_OK;
	case 'V':
		printf("aiotoolsd %s\n", aiot_version());
		return OPTIONS_EXIT_OK;
	case ':':
		return usage("option '%s' needs a value", word);
	default:
		if (strncmp(word, "--", 2) == 0)
			return usage("unknown option '%s'", word);
		return usage("unknown option '-%c'", optopt);
	}
}

enum options_result options_parse(int argc, char **argv, struct options *ret)
{
	enum options_result r = OPTIONS_RUN;
	int c, at = 1;

	memset(ret, 0, sizeof(*ret));
	/* `+`: options are read in the order of the words, so that `at` is where this one stands.
	 */
	while (r == OPTIONS_RUN &&
	       (c = getopt_long(argc, argv, "+:qhV", long_options, NULL)) != -1) {
		r = take(ret, c, argv[at]);
		at = optind;
	}
	if (r == OPTIONS_RUN && optind < argc)
		return usage("takes no words, but got '%s'", argv[optind]);
	return r;
}

/* ---- directories ---- */

/* "DIR/TAIL"; false: too long. */
static bool join(char path[OPTIONS_PATH_MAX], const char *dir, const char *tail)
{
	return snprintf(path, OPTIONS_PATH_MAX, "%s%s", dir, tail) < OPTIONS_PATH_MAX;
}

/* "$VARIABLE/aiotools", or "$HOME/OTHERWISE/aiotools". */
static bool user_dir(char path[OPTIONS_PATH_MAX], const char *variable, const char *otherwise)
{
	const char *value = getenv(variable), *home = getenv("HOME");
	char dir[OPTIONS_PATH_MAX];

	if (value != NULL && value[0] == '/')
		return join(path, value, "/aiotools");
	if (otherwise == NULL || home == NULL || home[0] != '/')
		return false;
	return join(dir, home, otherwise) && join(path, dir, "/aiotools");
}

static bool fixed_dir(char path[OPTIONS_PATH_MAX], const char *dir)
{
	return join(path, dir, "");
}

static bool base_dirs(const struct options *o, struct paths *p)
{
	if (o->user && o->runtime_dir == NULL && !user_dir(p->runtime, "XDG_RUNTIME_DIR", NULL)) {
		fprintf(stderr,
			"aiotoolsd: --user needs XDG_RUNTIME_DIR (a login session sets it), "
			"or --runtime-dir DIR\n");
		return false;
	}
	if (o->user && (!user_dir(p->config, "XDG_CONFIG_HOME", "/.config") ||
			!user_dir(p->state, "XDG_STATE_HOME", "/.local/state") ||
			!user_dir(p->user_modules, "XDG_DATA_HOME", "/.local/share"))) {
		fprintf(stderr, "aiotoolsd: --user needs HOME\n");
		return false;
	}
	if (!o->user &&
	    (!fixed_dir(p->runtime, "/run/aiotools") || !fixed_dir(p->config, CONFIG_DIR) ||
	     !fixed_dir(p->state, "/var/lib/aiotools")))
		return false;
	return true;
}

static void list_module_dirs(const struct options *o, struct paths *p)
{
	size_t n = 0, i;

	for (i = 0; i < o->module_dirs; i++)
		p->module_dirs[n++] = o->module_dir[i];
	if (o->module_dirs > 0)
		return;
	if (o->user) {
		strncat(p->user_modules, "/services",
			OPTIONS_PATH_MAX - strlen(p->user_modules) - 1);
		p->module_dirs[n++] = p->user_modules;
	}
	p->module_dirs[n++] = MODULE_DIR;
}

bool options_paths(const struct options *o, struct paths *p)
{
	/* As in aiotoolsctl, where --user also means this user's own socket. */
	const char *socket = o->user ? NULL : getenv("AIOTOOLS_SOCKET");
	size_t n = 0;
	bool ok = true;

	memset(p, 0, sizeof(*p));
	if (!base_dirs(o, p))
		return false;
	if (o->runtime_dir != NULL)
		ok = ok && fixed_dir(p->runtime, o->runtime_dir);
	if (o->state_dir != NULL)
		ok = ok && fixed_dir(p->state, o->state_dir);
	if (o->config_dir != NULL)
		ok = ok && fixed_dir(p->config, o->config_dir);
	else if (!o->user)
		p->config_dirs[n++] = VENDOR_DIR;
	p->config_dirs[n++] = p->state;
	p->config_dirs[n++] = p->config;
	p->config_dirs[n++] = p->runtime;
	ok = ok && join(p->file, p->config, "/aiotoolsd.ini") &&
	     join(p->env_file, p->config, "/.env");
	ok = ok && (socket && socket[0] ? fixed_dir(p->socket, socket)
					: join(p->socket, p->runtime, "/control.sock"));
	list_module_dirs(o, p);
	if (!ok)
		fprintf(stderr, "aiotoolsd: a directory's name is too long\n");
	return ok;
}

void options_make_parents(const char *path)
{
	char part[OPTIONS_PATH_MAX];
	size_t i;

	for (i = 1; path[0] != '\0' && path[i] != '\0' && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		(void)mkdir(part, 0700);
	}
}
