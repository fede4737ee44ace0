/*
 * tty.c - see tty.h.
 *
 * A device is locked, because two programs on one line take each other's answers: TIOCEXCL keeps
 * others from opening it, but not root; the flock() keeps those away who ask for it.
 */
#define _DEFAULT_SOURCE /* cfmakeraw, CRTSCTS, the higher rates */
#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/* ---- rates ---- */

static const struct rate {
	uint32_t baud;
	speed_t speed;
} rates[] = {
	{300, B300},	     {1200, B1200},	  {2400, B2400},       {4800, B4800},
	{9600, B9600},	     {19200, B19200},	  {38400, B38400},     {57600, B57600},
	{115200, B115200},   {230400, B230400},	  {460800, B460800},   {500000, B500000},
	{576000, B576000},   {921600, B921600},	  {1000000, B1000000}, {1152000, B1152000},
	{1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000}, {3000000, B3000000},
	{3500000, B3500000}, {4000000, B4000000},
};

static const struct rate *find_rate(uint32_t baud)
{
	size_t i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		if (rates[i].baud == baud)
			return &rates[i];
	}
	return NULL;
}

bool aiot_tty_baud_known(uint32_t baud)
{
	return find_rate(baud) != NULL;
}

/* ---- a device ---- */

static int set_up(int fd, uint32_t baud)
{
	const struct rate *rate = find_rate(baud);
	struct termios t;

	if (rate == NULL)
		return -EINVAL;
	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	/* Without HUPCL a board whose reset hangs on DTR is not reset when this program ends. */
	t.c_cflag &= (tcflag_t) ~(CSTOPB | CRTSCTS | PARENB | HUPCL);
	t.c_cflag |= CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1; /* a read that finds nothing says so, as O_NONBLOCK does */
	t.c_cc[VTIME] = 0;
	if (cfsetispeed(&t, rate->speed) < 0 || cfsetospeed(&t, rate->speed) < 0 ||
	    tcsetattr(fd, TCSANOW, &t) < 0)
		return -errno;
	(void)tcflush(fd, TCIOFLUSH); /* what somebody else asked or was told */
	return 0;
}

static int take(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return ioctl(fd, TIOCEXCL) < 0 ? -errno : 0;
}

static int open_device(const char *path, uint32_t baud, int *ret_fd)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (!isatty(fd))
		r = -ENOTTY;
	if (r == 0)
		r = take(fd);
	if (r == 0)
		r = set_up(fd, baud);
	if (r < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return r;
}

/* ---- a socket ---- */

static int connect_to(const char *path, int *ret_fd)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd, r = 0;

	if (len >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		r = -errno;
	if (r < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return r;
}

/* ---- either ---- */

int aiot_tty_open(const char *path, uint32_t baud, int *ret_fd, bool *ret_socket)
{
	struct stat st;

	*ret_socket = false;
	if (stat(path, &st) < 0)
		return -errno;
	*ret_socket = S_ISSOCK(st.st_mode);
	if (*ret_socket)
		return connect_to(path, ret_fd);
	return S_ISCHR(st.st_mode) ? open_device(path, baud, ret_fd) : -ENOTTY;
}

void aiot_tty_close(int fd, bool is_socket)
{
	if (!is_socket) { /* close() would wait for what is not sent yet */
		(void)tcflush(fd, TCIOFLUSH);
		(void)ioctl(fd, TIOCNXCL);
	}
	(void)close(fd);
}
