/*
 * test-tty.c - lib/posix/tty.c: pseudo terminals, sockets and what is neither.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "tty.h"

static char dir[] = "/tmp/test-tty-XXXXXX", path[64];
static int fd, master, device;
static bool is_socket;

static int make_terminal(void **state)
{
	(void)state;
	assert_int_equal(openpty(&master, &device, NULL, NULL, NULL), 0);
	return 0;
}

static int drop_terminal(void **state)
{
	(void)state;
	(void)close(device);
	(void)close(master);
	return 0;
}

static int make_dir(void **state)
{
	(void)state;
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 7);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/line", dir);
	return 0;
}

static int drop_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static int open_terminal(uint32_t baud)
{
	return aiot_tty_open(ttyname(device), baud, &fd, &is_socket);
}

static void a_device_becomes_raw_8n1_at_its_rate(void **state)
{
	struct termios t;

	(void)state;
	assert_int_equal(open_terminal(57600), 0);
	assert_false(is_socket);
	assert_int_equal(tcgetattr(device, &t), 0);
	assert_int_equal(t.c_lflag & (ICANON | ECHO | ISIG), 0);
	assert_int_equal(t.c_oflag & OPOST, 0);
	assert_int_equal(t.c_cflag & (CSIZE | PARENB | CSTOPB), CS8);
	assert_int_equal(t.c_cflag & HUPCL, 0);
	assert_int_equal(cfgetispeed(&t), B57600);
	assert_int_equal(cfgetospeed(&t), B57600);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	aiot_tty_close(fd, is_socket);
}

static void a_device_is_one_programs_alone(void **state)
{
	int other;

	(void)state;
	assert_int_equal(open_terminal(115200), 0);
	other = fd;
	assert_int_equal(open_terminal(115200), -EBUSY);
	aiot_tty_close(other, false);
	assert_int_equal(open_terminal(115200), 0);
	aiot_tty_close(fd, false);
}

static void what_lay_there_before_is_thrown_away(void **state)
{
	char c;

	(void)state;
	assert_int_equal(write(master, "old\n", 4), 4);
	assert_int_equal(open_terminal(115200), 0);
	assert_int_equal(read(fd, &c, 1), -1);
	assert_int_equal(errno, EAGAIN);
	aiot_tty_close(fd, false);
}

static void a_rate_that_no_device_has_is_refused(void **state)
{
	(void)state;
	assert_true(aiot_tty_baud_known(115200));
	assert_false(aiot_tty_baud_known(12345));
	assert_false(aiot_tty_baud_known(0));
	assert_int_equal(open_terminal(12345), -EINVAL);
	assert_int_equal(flock(device, LOCK_EX | LOCK_NB), 0);
}

static void what_is_neither_device_nor_socket_is_refused(void **state)
{
	(void)state;
	assert_int_equal(aiot_tty_open("/dev/null", 115200, &fd, &is_socket), -ENOTTY);
	assert_int_equal(aiot_tty_open(dir, 115200, &fd, &is_socket), -ENOTTY);
	assert_int_equal(aiot_tty_open(path, 115200, &fd, &is_socket), -ENOENT);
}

static void a_socket_is_connected_to(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(aiot_tty_open(path, 115200, &fd, &is_socket), -ECONNREFUSED);
	assert_true(is_socket);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(aiot_tty_open(path, 115200, &fd, &is_socket), 0);
	assert_true(is_socket);
	aiot_tty_close(fd, is_socket);
	(void)close(listener);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_terminal, drop_terminal)
#define D(name) cmocka_unit_test_setup_teardown(name, make_dir, drop_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_device_becomes_raw_8n1_at_its_rate),
		T(a_device_is_one_programs_alone),
		T(what_lay_there_before_is_thrown_away),
		T(a_rate_that_no_device_has_is_refused),
		D(what_is_neither_device_nor_socket_is_refused),
		D(a_socket_is_connected_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
