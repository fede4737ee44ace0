/*
 * node-line.c - the device of a node: opened, read, written, watched, closed.
 *
 * Called by node-talk.c.  A serial device is set to raw 8N1 and taken for this program alone; a
 * socket is connected to.  Whatever else the path names is refused.  Never waits: no byte, no
 * room and no carrier are all answers.
 */
#include "node-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "mem.h"

struct aiot_node_line {
	uv_poll_t poll; /* data: this */
	struct aiot_node *node;
	int fd;
	int events; /* watched */
	bool tty;
};

/* ---- rates ---- */

static const struct {
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

static bool find_rate(uint32_t baud, speed_t *ret)
{
	size_t i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		if (rates[i].baud != baud)
			continue;
		*ret = rates[i].speed;
		return true;
	}
	return false;
}

bool aiot_node_baud_known(uint32_t baud)
{
	speed_t speed;

	return find_rate(baud, &speed);
}

/* ---- opening ---- */

static int refuse(char *why, size_t size, const char *what, const char *path, int error)
{
	(void)aiot_format_to(why, size, "cannot %s %s: %s", what, path, strerror(error));
	return -error;
}

static int set_up_tty(int fd, uint32_t baud)
{
	struct termios t;
	speed_t speed;

	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	t.c_cflag &= (tcflag_t) ~(CSTOPB | CRTSCTS | PARENB | HUPCL);
	t.c_cflag |= CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1; /* a read that finds nothing says so, as O_NONBLOCK does */
	t.c_cc[VTIME] = 0;
	if (!find_rate(baud, &speed))
		return -EINVAL;
	if (cfsetispeed(&t, speed) < 0 || cfsetospeed(&t, speed) < 0 ||
	    tcsetattr(fd, TCSANOW, &t) < 0)
		return -errno;
	(void)tcflush(fd, TCIOFLUSH); /* what somebody else asked or was told */
	return 0;
}

/* TIOCEXCL keeps others from opening it, but not root; the lock keeps those away who ask for it. */
static int take(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return ioctl(fd, TIOCEXCL) < 0 ? -errno : 0;
}

static int open_tty(const struct aiot_node *node, int *ret_fd, char *why, size_t size)
{
	int fd = open(node->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), r;

	if (fd < 0)
		return refuse(why, size, "open", node->device, errno);
	if (!isatty(fd)) {
		(void)close(fd);
		(void)aiot_format_to(why, size, "%s is no serial device", node->device);
		return -ENOTTY;
	}
	r = take(fd);
	if (r == 0)
		r = set_up_tty(fd, node->baud);
	if (r == 0) {
		*ret_fd = fd;
		return 0;
	}
	(void)close(fd);
	if (r != -EBUSY)
		return refuse(why, size, "set up", node->device, -r);
	(void)aiot_format_to(why, size, "%s is in use by another program", node->device);
	return r;
}

static int open_socket(const struct aiot_node *node, int *ret_fd, char *why, size_t size)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(node->device);
	int fd;

	if (len >= sizeof(at.sun_path))
		return refuse(why, size, "connect to", node->device, ENAMETOOLONG);
	memcpy(at.sun_path, node->device, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(why, size, "make a socket for", node->device, errno);
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0) {
		int error = errno;

		(void)close(fd);
		return refuse(why, size, "connect to", node->device, error);
	}
	*ret_fd = fd;
	return 0;
}

static int open_device(const struct aiot_node *node, bool *ret_tty, int *ret_fd, char *why,
		       size_t size)
{
	struct stat st;

	if (stat(node->device, &st) < 0)
		return refuse(why, size, "open", node->device, errno);
	*ret_tty = S_ISCHR(st.st_mode);
	if (S_ISCHR(st.st_mode))
		return open_tty(node, ret_fd, why, size);
	if (S_ISSOCK(st.st_mode))
		return open_socket(node, ret_fd, why, size);
	(void)aiot_format_to(why, size, "%s is neither a serial device nor a socket", node->device);
	return -EINVAL;
}

/* ---- watching ---- */

static void on_news(uv_poll_t *poll, int status, int events)
{
	const struct aiot_node_line *line = poll->data;

	(void)status;
	(void)events; /* an error, too, is what the next read or write says */
	aiot_node_kick(line->node);
}

static void watch(struct aiot_node_line *line, int events)
{
	if (events == line->events)
		return;
	line->events = events;
	(void)uv_poll_start(&line->poll, events, on_news);
}

int aiot_node_open(struct aiot_node *node, char *why, size_t why_size)
{
	struct aiot_node_line *line = aiot_mem_zalloc(sizeof(*line));
	int r;

	if (line == NULL)
		return refuse(why, why_size, "open", node->device, ENOMEM);
	line->node = node;
	line->poll.data = line;
	r = open_device(node, &line->tty, &line->fd, why, why_size);
	if (r < 0) {
		aiot_mem_free(line);
		return r;
	}
	r = uv_poll_init(node->host->loop, &line->poll, line->fd);
	if (r < 0) {
		(void)close(line->fd);
		aiot_mem_free(line);
		return refuse(why, why_size, "watch", node->device, -r);
	}
	node->line = line;
	watch(line, UV_READABLE);
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	aiot_mem_free(handle->data);
}

void aiot_node_close(struct aiot_node *node)
{
	struct aiot_node_line *line = node->line;

	if (line == NULL)
		return;
	node->line = NULL;
	if (line->tty) { /* close() would wait for what is not sent yet */
		(void)tcflush(line->fd, TCIOFLUSH);
		(void)ioctl(line->fd, TIOCNXCL);
	}
	uv_close((uv_handle_t *)&line->poll, on_closed);
	(void)close(line->fd);
}

uint32_t aiot_node_line_baud(const struct aiot_node *node)
{
	return node->line != NULL && node->line->tty ? node->baud : 0;
}

/* ---- bytes ---- */

/* A terminal whose other end hung up reads as nothing, too, and so does a socket. */
ssize_t aiot_node_read(struct aiot_node *node, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(node->line->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -AIOT_EPIPE;
}

ssize_t aiot_node_write(struct aiot_node *node, const char *buf, size_t len)
{
	struct aiot_node_line *line = node->line;
	ssize_t n;

	do
		n = line->tty ? write(line->fd, buf, len) : send(line->fd, buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return -AIOT_EPIPE;
	watch(line, n == (ssize_t)len ? UV_READABLE : UV_READABLE | UV_WRITABLE);
	return n > 0 ? n : 0;
}
