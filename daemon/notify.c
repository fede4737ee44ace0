/*
 * notify.c - see notify.h.  Called by main.c; never blocks, never fails loudly: without a service
 * manager all of it does nothing.
 */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char text[512];
	va_list ap;
	size_t len;
	int fd, n;

	if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof(to.sun_path))
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n <= 0 || (size_t)n >= sizeof(text))
		return;
	len = strlen(path);
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@') /* abstract */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}

/* A whole number of an environment variable; 0 if it is none. */
static unsigned long long number(const char *name)
{
	const char *text = getenv(name);
	unsigned long long value;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	return *end == '\0' && errno == 0 ? value : 0;
}

uint32_t notify_watchdog_ms(void)
{
	unsigned long long usec = number("WATCHDOG_USEC"), pid = number("WATCHDOG_PID");
	unsigned long long ms = usec / 4000;

	if (usec == 0 || (pid != 0 && pid != (unsigned long long)getpid()))
		return 0;
	if (ms == 0)
		return 1;
	return ms > 3600000 ? 3600000 : (uint32_t)ms;
}

int notify_listen_fds(void)
{
	unsigned long long fds = number("LISTEN_FDS");
	int i;

	if (number("LISTEN_PID") != (unsigned long long)getpid() || fds > 16)
		return 0;
	for (i = 0; i < (int)fds; i++)
		(void)fcntl(3 + i, F_SETFD, FD_CLOEXEC);
	return (int)fds;
}
