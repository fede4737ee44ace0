/*
 * fake.c - see fake.h.  Nothing here waits for time to pass: every wait is for something that
 * happens, and a client that does not do it lets the test's own time-out end it.
 */
#define _GNU_SOURCE /* memfd_create, posix_openpt */
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

const char *fake_binary;
char fake_path[64];
static char dir[32];
static int listener;

int fake_setup(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/aiot-ctl-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(fake_path, sizeof(fake_path), "%s/control.sock", dir);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return listen(listener, 1);
}

int fake_teardown(void **state)
{
	(void)close(listener);
	(void)unlink(fake_path);
	return rmdir(dir);

	(void)state;
}

/* ---- the client ---- */

/* Whatever may be set where the tests run must not matter. */
static void set_environment(const struct fake *f)
{
	static const char *const cleared[] = {"AIOTOOLS_PAGER", "PAGER", "NO_COLOR",
					      "XDG_RUNTIME_DIR", "LESS"};

	for (size_t i = 0; i < sizeof(cleared) / sizeof(cleared[0]); i++)
		(void)unsetenv(cleared[i]);
	(void)setenv("TERM", "xterm", 1);
	(void)setenv("TZ", "UTC", 1);
	(void)setenv("AIOTOOLS_SOCKET", fake_path, 1);
	for (size_t i = 0; i < FAKE_WORDS && f->environment[i]; i++)
		(void)putenv((char *)(uintptr_t)f->environment[i]);
}

_Noreturn static void exec_client(const struct fake *f, int out)
{
	const char *argv[FAKE_WORDS + 2] = {fake_binary};

	for (size_t i = 0; i < FAKE_WORDS && f->words[i]; i++)
		argv[i + 1] = f->words[i];
	set_environment(f);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(f->err_fd, STDERR_FILENO);
	(void)execv(fake_binary, (char **)(uintptr_t)argv);
	_exit(126);
}

/* A terminal that passes bytes as they are; its other end is what the client gets. */
static int open_terminal(struct fake *f)
{
	struct termios raw;
	int slave;

	f->out_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(f->out_fd >= 0);
	assert_int_equal(grantpt(f->out_fd), 0);
	assert_int_equal(unlockpt(f->out_fd), 0);
	slave = open(ptsname(f->out_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	assert_int_equal(tcgetattr(slave, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
	return slave;
}

void fake_start(struct fake *f)
{
	int ends[2], out;

	f->client = -1;
	f->err_fd = memfd_create("err", MFD_CLOEXEC);
	if (f->terminal) {
		out = open_terminal(f);
	} else if (f->pipe) {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		f->out_fd = ends[0];
		out = ends[1];
	} else {
		f->out_fd = memfd_create("out", MFD_CLOEXEC);
		out = dup(f->out_fd);
	}
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (f->pid == 0)
		exec_client(f, out);
	(void)close(out);
}

/* ---- the daemon's end ---- */

void fake_accept(struct fake *f)
{
	size_t len = 0, size = 4096;
	char c = 1;

	f->client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(f->client >= 0);
	f->request = malloc(size);
	while (c != '\0' && recv(f->client, &c, 1, 0) == 1) {
		if (len == size)
			f->request = realloc(f->request, size *= 2);
		f->request[len++] = c;
	}
	assert_true(len > 0);
	f->request[len - 1] = '\0';
}

static void wait_until_read(int fd)
{
	int pending = 1;

	while (ioctl(fd, SIOCOUTQ, &pending) == 0 && pending > 0)
		(void)sched_yield();
}

void fake_send(struct fake *f, const char *bytes, size_t len, bool singly)
{
	while (len > 0) {
		/* A client that has gone is seen by what it left behind, not here. */
		ssize_t n = send(f->client, bytes, singly ? 1 : len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		if (singly)
			wait_until_read(f->client);
		bytes += n;
		len -= (size_t)n;
	}
}

void fake_close(struct fake *f)
{
	if (f->client >= 0)
		(void)close(f->client);
	f->client = -1;
}

/* ---- what it wrote ---- */

static char *append(char *text, size_t *len, const char *more, size_t more_len)
{
	char *grown = realloc(text, *len + more_len + 1);

	assert_non_null(grown);
	memcpy(grown + *len, more, more_len);
	*len += more_len;
	grown[*len] = '\0';
	return grown;
}

/* One read; false at the end (a terminal says EIO there). */
static bool read_some(struct fake *f)
{
	char buf[16384];
	ssize_t n = read(f->out_fd, buf, sizeof(buf));

	f->out = append(f->out, &f->out_len, buf, n > 0 ? (size_t)n : 0);
	return n > 0;
}

void fake_expect(struct fake *f, const char *text)
{
	while (!f->out || !strstr(f->out, text))
		assert_true(read_some(f));
}

void fake_end(struct fake *f)
{
	bool file = !f->pipe && !f->terminal;
	size_t len = 0;
	char buf[4096];
	ssize_t n;
	int status;

	while (!file && read_some(f))
		;
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	f->exit = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	(void)lseek(f->out_fd, 0, SEEK_SET);
	while (file && read_some(f))
		;
	(void)lseek(f->err_fd, 0, SEEK_SET);
	f->err = append(NULL, &len, "", 0);
	while ((n = read(f->err_fd, buf, sizeof(buf))) > 0)
		f->err = append(f->err, &len, buf, (size_t)n);
	(void)close(f->out_fd);
	(void)close(f->err_fd);
	fake_close(f);
}

void fake_free(struct fake *f)
{
	free(f->out);
	free(f->err);
	free(f->request);
}

void fake_run(struct fake *f, const char *answer)
{
	size_t len;
	char *bytes;

	fake_start(f);
	if (answer) {
		fake_accept(f);
		bytes = fake_nul(answer, &len);
		fake_send(f, bytes, len, false);
		free(bytes);
	}
	fake_end(f);
}

char *fake_nul(const char *text, size_t *ret_len)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	*ret_len = strlen(copy);
	for (char *at = copy; (at = strchr(at, '|')); at++)
		*at = '\0';
	return copy;
}
