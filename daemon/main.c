/*
 * main.c - aiotoolsd: one host with the services that INI files name, controlled over a socket.
 *
 * Reads options and aiotoolsd.ini, makes a host, listens, boots what is enabled, tells the service
 * manager when that is through, and runs until it is asked to stop.  All of it through
 * aiotools-host.h: a program of yours can do the same.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <aiotools-host.h>

#include "banner.h"
#include "notify.h"
#include "options.h"
#include "restart.h"

#define STALL_WARN_MS 1000 /* without aiotoolsd.ini */

struct daemon {
	struct aiot_host *host;
	bool quiet;
	bool color;
	bool loops;	      /* what is printed from here on must not hold up the loop */
	bool ready;	      /* all services have been loaded */
	uint32_t watchdog_ms; /* how often the service manager wants to hear of us; 0: never */
	bool restart;	      /* once the host is gone */
	enum aiot_restarting how;
	char status[128]; /* as last told to the service manager */
};

static int complain(const char *what)
{
	fprintf(stderr, "aiotoolsd: %s\n", what);
	return 1;
}

/* Whether a line can be written without waiting for whoever reads it. */
static bool has_room(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT);
}

/*
 * One write of at most PIPE_BUF bytes, which a pipe that has room takes whole.  In the loop a line
 * that finds no room is dropped: whoever printed it has logged it.
 */
static void put_line(const struct daemon *d, int fd, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put_line(const struct daemon *d, int fd, const char *fmt, ...)
{
	char line[PIPE_BUF];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (len < 0 || (d->loops && !has_room(fd)))
		return;
	if ((size_t)len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (write(fd, line, (size_t)len) < 0)
		return; /* nobody is there to be told */
}

static void print_line(void *arg, const char *text)
{
	static const struct {
		const char *word, *color;
	} marks[] = {{"OK", "\033[92m"}, {"ERROR", "\033[31;1m"}, {"Booting", "\033[36m"}};
	const struct daemon *d = arg;
	unsigned i;

	if (strncmp(text, "[ ", 2) != 0) {
		put_line(d, STDERR_FILENO, "aiotoolsd: %s", text);
		return;
	}
	if (d->quiet && strncmp(text, "[ ERROR ]", 9) != 0)
		return;
	for (i = 0; d->color && i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i].word);

		if (strncmp(text + 2, marks[i].word, len) == 0) {
			put_line(d, STDOUT_FILENO, "[ %s%s\033[0m%s", marks[i].color, marks[i].word,
				 text + 2 + len);
			return;
		}
	}
	put_line(d, STDOUT_FILENO, "%s", text);
}

/* While a task blocks the loop; on another thread, and so without looking at anything of ours. */
static void print_stall(void *arg, const char *text)
{
	const struct daemon here = {.loops = true};

	(void)arg;
	put_line(&here, STDERR_FILENO, "aiotoolsd: %s", text);
}

/* Sent only when it changed: a service manager keeps what it was told. */
static void tell_status(struct daemon *d)
{
	char status[sizeof(d->status)];

	(void)snprintf(status, sizeof(status), "%u tasks, %u running",
		       aiot_host_task_count(d->host), aiot_host_alive_count(d->host));
	if (strcmp(status, d->status) == 0)
		return;
	memcpy(d->status, status, sizeof(status));
	notify_send("STATUS=%s", status);
}

/*
 * From the loop: while a task blocks it, this does not come, and the service manager notices.  A
 * boot may take longer than the manager waits for a start.
 */
#define BOOT_MS 10000

static void feed_manager(void *arg)
{
	struct daemon *d = arg;

	if (d->watchdog_ms > 0)
		notify_send("WATCHDOG=1");
	if (d->ready)
		tell_status(d);
	else
		notify_send("EXTEND_TIMEOUT_USEC=%u", 3 * BOOT_MS * 1000);
}

static void booted(void *arg)
{
	struct daemon *d = arg;

	d->ready = true;
	(void)aiot_host_every_ms(d->host, d->watchdog_ms, feed_manager, d);
	notify_send("READY=1");
	tell_status(d);
}

/*
 * The end has begun: a TERM that comes late must not kill what is ending.  Blocked, not ignored,
 * for the loop gives a signal its default action back when it lets go of it.
 */
static void hold_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void stop(void *arg)
{
	struct daemon *d = arg;

	d->restart = false; /* who asks for the end means it, a restart under way or not */
	hold_signals();
	notify_send("STOPPING=1\nSTATUS=stopping");
	aiot_host_stop(d->host, NULL, NULL);
}

/* To the service manager it is a reload: it is told when the next one is ready. */
static void restart(void *arg, enum aiot_restarting how)
{
	struct daemon *d = arg;

	d->restart = true;
	d->how = how;
	hold_signals();
	notify_send("RELOADING=1\nSTATUS=restarting");
	aiot_host_stop(d->host, NULL, NULL);
}

/* A socket that was handed over, or our own. */
static int open_socket(struct daemon *d, const struct paths *p)
{
	int fds = notify_listen_fds(), i, r = 0;

	restart_keep_sockets(fds);
	for (i = 0; i < fds && r == 0; i++)
		r = aiot_host_adopt(d->host, 3 + i);
	if (fds == 0)
		r = aiot_host_listen(d->host, p->socket);
	return r;
}

static int serve(struct daemon *d, const struct paths *p)
{
	int r;

	if (aiot_host_handle_signals(d->host) < 0 || open_socket(d, p) < 0)
		return complain(aiot_host_error(d->host));
	r = aiot_host_reload(d->host);
	if (r < 0 && r != -AIOT_EIO) /* a directory that cannot be read was told already */
		return complain(aiot_host_error(d->host));
	d->watchdog_ms = notify_watchdog_ms();
	(void)aiot_host_every_ms(d->host, d->watchdog_ms ? d->watchdog_ms : BOOT_MS, feed_manager,
				 d);
	r = aiot_host_boot(d->host, booted, d);
	if (r < 0)
		return complain(aiot_host_error(d->host));
	if (!d->ready)
		notify_send("STATUS=booting");
	d->loops = true;
	(void)aiot_host_run(d->host);
	return aiot_host_exit_code(d->host);
}

/* A directory that was asked for by name and is not there: said, and gone on without. */
static void check_dir(struct daemon *d, const char *option, const char *dir)
{
	char text[OPTIONS_PATH_MAX + 128];
	struct stat st;
	int error = ENOTDIR;

	if (dir == NULL)
		return;
	if (stat(dir, &st) < 0)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		return;
	(void)snprintf(text, sizeof(text), "%s %s: %s, going on without it", option, dir,
		       strerror(error));
	(void)complain(text);
	aiot_host_log(d->host, AIOT_WARN, "%s", text);
}

static void check_dirs(struct daemon *d, const struct options *options)
{
	size_t i;

	check_dir(d, "--config-dir", options->config_dir);
	for (i = 0; i < options->module_dirs; i++)
		check_dir(d, "--module-dir", options->module_dir[i]);
}

/* Options from the file, if there is one.  false: a sentence was printed. */
static bool read_file(struct aiot_host_options *o, const struct paths *p,
		      struct aiot_host_file **file)
{
	char why[4096];
	int r = aiot_host_options_read(o, p->file, file, why, sizeof(why));

	if (r == 0 || r == -AIOT_ENOENT)
		return true;
	(void)complain(why[0] ? why : "no memory");
	return false;
}

/*
 * The file that was asked for, or .env where it is; before aiotoolsd.ini, which may use it.  false:
 * a sentence was printed.
 */
static bool read_environment(const struct options *options, const struct paths *p,
			     struct aiot_environment **ret)
{
	char why[4096];
	int r = aiot_environment_read(options->env_file ? options->env_file : p->env_file, ret, why,
				      sizeof(why));

	if (r == 0 || (r == -AIOT_ENOENT && options->env_file == NULL))
		return true;
	(void)complain(why);
	return false;
}

static void show_banner(const struct options *options, const struct paths *p,
			const struct daemon *d, const char *environment)
{
	char text[2048];
	size_t len;

	if (options->quiet || options->no_banner || isatty(STDOUT_FILENO) != 1)
		return;
	len = banner_write(text, sizeof(text), d->color, options->user, environment, p->socket);
	if (write(STDOUT_FILENO, text, len) < 0)
		return; /* nobody is there to see it */
}

static int run(const struct options *options, const struct paths *p, struct daemon *d)
{
	struct aiot_host_options o = {
		.size = sizeof(o),
		.name = "aiotoolsd",
		.runtime_dir = p->runtime,
		.state_dir = p->state,
		.config_dirs = p->config_dirs,
		.module_dirs = p->module_dirs,
		.print = print_line,
		.on_stop = stop,
		.on_restart = restart,
		.arg = d,
		.config_file = p->file,
		.stall_warn_ms = STALL_WARN_MS,
		.catch_crashes = 1,
		.stalled = print_stall,
		.inspector = restart_program(),
	};
	struct aiot_host_file *file = NULL;
	char why[512] = "";
	int r;

	if (!read_file(&o, p, &file))
		return 6;
	if (options->env_file != NULL)
		o.environment_file = NULL;
	show_banner(options, p, d, o.environment);
	o.no_schedule = options->no_schedule;
	o.no_config = options->no_config;
	if (options->user)
		options_make_parents(p->state);
	r = aiot_host_create(&o, &d->host, why, sizeof(why));
	aiot_host_file_free(file);
	if (r < 0) {
		(void)complain(why[0] ? why : "no memory");
		return r == -AIOT_EINVAL || r == -AIOT_ENOENT || r == -AIOT_EPERM ? 6 : 1;
	}
	check_dirs(d, options);
	r = serve(d, p);
	hold_signals();
	aiot_host_destroy(d->host);
	return r;
}

/* Until it is to end, or somebody else goes on. */
static int run_all(const struct options *options, const struct paths *p, char **argv)
{
	struct aiot_environment *environment;
	struct daemon d;
	int r;

	do {
		d = (struct daemon){.quiet = options->quiet, .color = banner_color(STDOUT_FILENO)};
		environment = NULL;
		r = read_environment(options, p, &environment) ? run(options, p, &d) : 6;
		aiot_environment_undo(environment); /* the next one reads it anew */
		if (r != 0 || !d.restart)
			return r;
		r = restart_carry_out(d.how, argv);
	} while (r == 0 && d.how == AIOT_RESTARTING_RECALL);
	return r;
}

int main(int argc, char **argv)
{
	struct options options;
	struct paths paths;

	restart_prepare();
	if (argc == 4 && strcmp(argv[1], "--inspect") == 0) /* this program asks itself; hidden */
		aiot_host_inspect(argv[2], argv[3]);
	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_EXIT_OK:
		return 0;
	case OPTIONS_EXIT_USAGE:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	if (!options_paths(&options, &paths))
		return 2;
	return run_all(&options, &paths, argv);
}
