/*
 * banner.c - see banner.h.  Called by main.c, which decides whether anybody sees it.
 */
#include "banner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <aiotools-host.h>

bool banner_color(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) == 1 && (no == NULL || no[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

size_t banner_write(char *text, size_t size, bool color, bool user, const char *environment,
		    const char *socket)
{
	bool named = environment != NULL && environment[0] != '\0';
	struct utsname host;
	int len;

	if (uname(&host) < 0)
		return 0;
	len = snprintf(text, size,
		       "%saiotoolsd %s%s\n"
		       "  host:      %s, %s %s, %s\n"
		       "  boot mode: %s%s%s\n"
		       "  control:   %s\n",
		       color ? "\033[1m" : "", aiot_version(), color ? "\033[0m" : "",
		       host.nodename, host.sysname, host.release, host.machine,
		       user ? "user" : "system", named ? ", " : "", named ? environment : "",
		       socket);
	if (len < 0)
		return 0;
	return (size_t)len < size ? (size_t)len : size - 1;
}
