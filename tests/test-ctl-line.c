/*
 * test-ctl-line.c - ctl/line.c: what --serial takes, and why there is no board.  How devices are
 * opened is tty.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <aiotools.h>

#include "line.h"

static char dir[32], path[64], sentence[512];
static struct ctl_line line;

static int open_line(const char *device)
{
	struct aiot_out why;
	int rc;

	aiot_out_init(&why, sentence, sizeof(sentence));
	rc = ctl_line_open(&line, device, &why);
	(void)aiot_out_str(&why);
	return rc;
}

static int make_dir(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/test-ctl-line-XXXXXX", sizeof("/tmp/test-ctl-line-XXXXXX"));
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

/* A socket there; listening: a board is behind it. */
static int make_socket(bool listening)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void words_that_are_wrong_are_told(void **state)
{
	static const char *const no_rates[] = {"115201", "0",	  "-9600",
					       "fast",	 "9600x", "4294976896"};
	char device[400], told[64];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(no_rates) / sizeof(no_rates[0]); i++) {
		(void)snprintf(device, sizeof(device), "/dev/null,%s", no_rates[i]);
		assert_int_equal(open_line(device), -AIOT_EINVAL);
		(void)snprintf(told, sizeof(told), "'%s' is not a baud rate; ", no_rates[i]);
		assert_memory_equal(sentence, told, strlen(told));
	}
	assert_int_equal(open_line(""), -AIOT_EINVAL);
	assert_string_equal(sentence, "'--serial' takes DEVICE[,BAUD], not ''");
	assert_int_equal(open_line(",9600"), -AIOT_EINVAL);
	memset(device, 'a', sizeof(device) - 1);
	device[sizeof(device) - 1] = '\0';
	assert_int_equal(open_line(device), -AIOT_EINVAL);
	assert_int_equal(line.fd, -1);
}

static void why_there_is_no_board_is_told(void **state)
{
	char told[256];
	int fd;

	(void)state;
	assert_true(open_line(path) < 0);
	(void)snprintf(told, sizeof(told), "no board is reachable at %s: no such file", path);
	assert_string_equal(sentence, told);
	assert_true(open_line("/dev/null,9600") < 0);
	assert_string_equal(sentence, "no board is reachable at /dev/null: it is neither a serial "
				      "device nor a socket");
	fd = make_socket(false);
	assert_true(open_line(path) < 0);
	assert_non_null(strstr(sentence, ": nobody listens there; is the board running?"));
	(void)close(fd);
	assert_int_equal(line.fd, -1);
	ctl_line_close(&line); /* nothing was opened */
}

static void a_socket_has_no_rate(void **state)
{
	char device[80];
	int fd = make_socket(true);

	(void)state;
	(void)snprintf(device, sizeof(device), "%s,9600", path);
	assert_int_equal(open_line(device), 0);
	assert_true(line.is_socket);
	assert_int_equal(line.baud, 0);
	assert_string_equal(line.path, path);
	ctl_line_close(&line);
	assert_int_equal(line.fd, -1);
	(void)close(fd);
}

static void a_device_has_115200_unless_another_is_said(void **state)
{
	char device[80];
	int master, slave;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(open_line(ttyname(slave)), 0);
	assert_false(line.is_socket);
	assert_int_equal(line.baud, 115200);
	ctl_line_close(&line);
	(void)snprintf(device, sizeof(device), "%s,9600", ttyname(slave));
	assert_int_equal(open_line(device), 0);
	assert_int_equal(line.baud, 9600);
	assert_string_equal(line.path, ttyname(slave));
	ctl_line_close(&line);
	(void)close(slave);
	(void)close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_that_are_wrong_are_told, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(why_there_is_no_board_is_told, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_socket_has_no_rate, make_dir, drop_dir),
		cmocka_unit_test(a_device_has_115200_unless_another_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
