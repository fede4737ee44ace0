/*
 * line.c - see line.h.
 *
 * Called by board.c, once.  A device is locked (flock and TIOCEXCL), because two programs on one
 * line take each other's answers; it is waited for a little, as the other one may be another
 * aiotoolsctl.
 */
#define _DEFAULT_SOURCE /* cfmakeraw, CRTSCTS, the higher baud rates */
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <aiotools.h>

#define BAUD 115200
#define LOCK_TRIES 20 /* a tenth of a second apart */

static const struct speed {
	uint32_t baud;
	speed_t speed;
} speeds[] = {
	{1200, B1200},	     {2400, B2400},	  {4800, B4800},       {9600, B9600},
	{19200, B19200},     {38400, B38400},	  {57600, B57600},     {115200, B115200},
	{230400, B230400},   {460800, B460800},	  {500000, B500000},   {576000, B576000},
	{921600, B921600},   {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000},
	{3000000, B3000000},
};
#define SPEED_COUNT (sizeof(speeds) / sizeof(speeds[0]))

static const struct speed *find_speed(uint32_t baud)
{
	size_t i;

	for (i = 0; i < SPEED_COUNT; i++) {
		if (speeds[i].baud == baud)
			return &speeds[i];
	}
	return NULL;
}

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
		      !find_speed((uint32_t)baud))) {
		aiot_format(why, "'%s' is not a baud rate; such as 9600, 115200 or 921600 are",
			    comma + 1);
		return -AIOT_EINVAL;
	}
	memcpy(line->path, device, len);
	line->path[len] = '\0';
	line->baud = (uint32_t)baud;
	return 0;
}

/* ---- a socket ---- */

static int connect_to(struct ctl_line *line)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(line->path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, line->path, strlen(line->path));
	line->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	line->baud = 0;
	if (line->fd < 0)
		return -errno;
	return connect(line->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno
											 : 0;
}

/* ---- a device ---- */

static int lock(int fd)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	int tries;

	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
			return -errno;
		(void)nanosleep(&pause, NULL);
	}
	return ioctl(fd, TIOCEXCL) < 0 ? -errno : 0;
}

static int set_up(struct ctl_line *line)
{
	speed_t speed = find_speed(line->baud)->speed;
	struct termios t;

	if (tcgetattr(line->fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	t.c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | CRTSCTS);
	/* Without HUPCL a board whose reset hangs on DTR is not reset when this program ends. */
	t.c_cflag &= ~(tcflag_t)HUPCL;
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (cfsetspeed(&t, speed) < 0 || tcsetattr(line->fd, TCSANOW, &t) < 0 ||
	    tcflush(line->fd, TCIFLUSH) < 0)
		return -errno;
	return 0;
}

static int open_device(struct ctl_line *line)
{
	int rc;

	line->fd = open(line->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (line->fd < 0)
		return -errno;
	if (!isatty(line->fd))
		return -ENOTTY;
	rc = lock(line->fd);
	return rc < 0 ? rc : set_up(line);
}

/* ---- either ---- */

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
	case EWOULDBLOCK:
	case EBUSY:
		return "another program uses it; if that is aiotoolsd, ask it without --serial";
	case ECONNREFUSED:
		return "nobody listens there; is the board running?";
	default:
		return strerror(error);
	}
}

int ctl_line_open(struct ctl_line *line, const char *device, struct aiot_out *why)
{
	struct stat st;
	int rc;

	line->fd = -1;
	rc = read_words(line, device, why);
	if (rc < 0)
		return rc;
	if (stat(line->path, &st) < 0)
		rc = -errno;
	else
		rc = S_ISSOCK(st.st_mode) ? connect_to(line) : open_device(line);
	if (rc == 0)
		return 0;
	ctl_line_close(line);
	aiot_format(why, "no board is reachable at %s: %s", line->path, reason(-rc));
	return rc == -AIOT_EINVAL ? -AIOT_EIO : rc;
}

void ctl_line_close(struct ctl_line *line)
{
	if (line->fd >= 0)
		(void)close(line->fd);
	line->fd = -1;
}
