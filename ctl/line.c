/*
 * line.c - see line.h.
 *
 * Called by board.c, once: reads DEVICE[,BAUD], and says why there is no board.  Opening is
 * tty.c's; a line in use is waited for a little.
 */
#define _DEFAULT_SOURCE
#include "line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <aiotools.h>

#include "tty.h"

#define BAUD 115200
#define OPEN_TRIES 20 /* a tenth of a second apart */

/* ---- the words ---- */

static int read_words(struct ctl_line *line, const char *device, struct aiot_out *why)
{
	const char *comma = strrchr(device, ',');
	size_t len = comma ? (size_t)(comma - device) : strlen(device);
	char *end = NULL;
	unsigned long baud = comma ? strtoul(comma + 1, &end, 10) : BAUD;

	if (len == 0 || len >= sizeof(line->path)) {
		aiot_format(why, "'--serial' takes DEVICE[,BAUD], not '%s'", device);
		return -AIOT_EINVAL;
	}
	if (comma && (comma[1] < '0' || comma[1] > '9' || *end || baud > UINT32_MAX ||
		      !aiot_tty_baud_known((uint32_t)baud))) {
		aiot_format(why, "'%s' is not a baud rate; such as 9600, 115200 or 921600 are",
			    comma + 1);
		return -AIOT_EINVAL;
	}
	memcpy(line->path, device, len);
	line->path[len] = '\0';
	line->baud = (uint32_t)baud;
	return 0;
}

/* ---- opening ---- */

static const char *reason(int error)
{
	switch (error) {
	case ENOENT:
		return "no such file";
	case ENOTTY:
		return "it is neither a serial device nor a socket";
	case EACCES:
		return "permission denied; serial devices are mostly for members of the group "
		       "dialout";
	case EBUSY:
		return "another program uses it; if that is aiotoolsd, ask it without --serial";
	case ECONNREFUSED:
		return "nobody listens there; is the board running?";
	default:
		return strerror(error);
	}
}

/* Whoever has it may be another aiotoolsctl, which is through soon. */
static int open_line(struct ctl_line *line)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	int tries, rc = -EBUSY;

	for (tries = 0; rc == -EBUSY && tries < OPEN_TRIES; tries++) {
		if (tries > 0)
			(void)nanosleep(&pause, NULL);
		rc = aiot_tty_open(line->path, line->baud, &line->fd, &line->is_socket);
	}
	if (line->is_socket)
		line->baud = 0;
	return rc;
}

int ctl_line_open(struct ctl_line *line, const char *device, struct aiot_out *why)
{
	int rc;

	line->fd = -1;
	rc = read_words(line, device, why);
	if (rc < 0)
		return rc;
	rc = open_line(line);
	if (rc == 0)
		return 0;
	aiot_format(why, "no board is reachable at %s: %s", line->path, reason(-rc));
	return rc == -AIOT_EINVAL ? -AIOT_EIO : rc;
}

void ctl_line_close(struct ctl_line *line)
{
	if (line->fd >= 0)
		aiot_tty_close(line->fd, line->is_socket);
	line->fd = -1;
}
