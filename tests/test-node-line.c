/*
 * test-node-line.c - lib/host/node-line.c: real devices, pseudo terminals and sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "node-private.h"

static uv_loop_t loop;
static struct aiot_host host;
static struct aiot_node node;
static char dir[] = "/tmp/test-node-line-XXXXXX", path[64], why[200];

static int open_loop(void **state)
{
	(void)state;
	memset(&node, 0, sizeof(node));
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 7);
	assert_non_null(mkdtemp(dir));
	(void)aiot_format_to(path, sizeof(path), "%s/device", dir);
	assert_int_equal(uv_loop_init(&loop), 0);
	host.loop = &loop;
	node.host = &host;
	node.device = path;
	node.baud = 115200;
	return 0;
}

static int close_loop(void **state)
{
	(void)state;
	aiot_node_close(&node);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	(void)unlink(path);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

/* The other end of a pseudo terminal whose device is at `path`. */
static int make_terminal(int *ret_device)
{
	int master;

	assert_int_equal(openpty(&master, ret_device, NULL, NULL, NULL), 0);
	assert_int_equal(symlink(ttyname(*ret_device), path), 0);
	return master;
}

static int make_socket(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Turns of the loop until the node is told that something came. */
static void wait_kick(void)
{
	while (!aiot_event_is_set(&node.kick))
		(void)uv_run(&loop, UV_RUN_ONCE);
	aiot_event_reset(&node.kick);
}

static void a_terminal_becomes_raw_8n1_and_ours_alone(void **state)
{
	int device, master = make_terminal(&device);
	struct termios t;

	(void)state;
	assert_int_equal(aiot_node_open(&node, why, sizeof(why)), 0);
	assert_int_equal(tcgetattr(device, &t), 0);
	assert_int_equal(t.c_lflag & (ICANON | ECHO | ISIG), 0);
	assert_int_equal(t.c_oflag & OPOST, 0);
	assert_int_equal(t.c_cflag & (CSIZE | PARENB | CSTOPB), CS8);
	assert_int_equal(cfgetospeed(&t), B115200);
	assert_int_equal(aiot_node_line_baud(&node), 115200);
	assert_true(open(path, O_RDWR | O_NOCTTY) < 0 || geteuid() == 0);
	assert_true(flock(device, LOCK_EX | LOCK_NB) < 0);
	aiot_node_close(&node);
	assert_int_equal(aiot_node_line_baud(&node), 0);
	(void)close(device);
	(void)close(master);
}

static void bytes_go_both_ways(void **state)
{
	int device, master = make_terminal(&device);
	char buf[16];

	(void)state;
	assert_int_equal(aiot_node_open(&node, why, sizeof(why)), 0);
	assert_int_equal(aiot_node_read(&node, buf, sizeof(buf)), 0);
	assert_int_equal(write(master, "a\r\x15\xff", 4), 4);
	wait_kick();
	assert_int_equal(aiot_node_read(&node, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "a\r\x15\xff", 4);
	assert_int_equal(aiot_node_write(&node, "b\n", 2), 2);
	assert_int_equal(read(master, buf, sizeof(buf)), 2);
	assert_memory_equal(buf, "b\n", 2);
	(void)close(device);
	(void)close(master);
}

static void a_terminal_that_is_pulled_out_is_gone(void **state)
{
	int device, master = make_terminal(&device);
	char buf[16];

	(void)state;
	assert_int_equal(aiot_node_open(&node, why, sizeof(why)), 0);
	(void)close(device);
	(void)close(master);
	wait_kick();
	assert_int_equal(aiot_node_read(&node, buf, sizeof(buf)), -AIOT_EPIPE);
	assert_int_equal(aiot_node_write(&node, "b", 1), -AIOT_EPIPE);
	aiot_node_close(&node);
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "cannot open /tmp/test-node-line-"));
}

static void a_terminal_in_use_is_not_taken(void **state)
{
	int device, master = make_terminal(&device), other;

	(void)state;
	other = open(path, O_RDWR | O_NOCTTY);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "is in use by another program"));
	assert_null(node.line);
	(void)close(other);
	(void)close(device);
	(void)close(master);
}

static void a_full_line_is_watched_for_room(void **state)
{
	int listener = make_socket(), fd;
	static char bytes[1 << 20];
	ssize_t n = 1, total = 0;

	(void)state;
	assert_int_equal(aiot_node_open(&node, why, sizeof(why)), 0);
	fd = accept(listener, NULL, NULL);
	assert_int_equal(aiot_node_line_baud(&node), 0);
	while (n > 0) {
		n = aiot_node_write(&node, bytes, sizeof(bytes));
		total += n;
	}
	assert_int_equal(n, 0);
	while (total > 0) {
		n = read(fd, bytes, sizeof(bytes));
		assert_true(n > 0);
		total -= n;
	}
	wait_kick();
	(void)uv_run(&loop, UV_RUN_NOWAIT); /* room is told of once */
	assert_false(aiot_event_is_set(&node.kick));
	assert_int_equal(aiot_node_write(&node, bytes, 1), 1);
	(void)close(fd);
	wait_kick();
	assert_int_equal(aiot_node_read(&node, bytes, 1), -AIOT_EPIPE);
	(void)close(listener);
}

static void what_is_no_device_is_refused(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	(void)state;
	(void)close(fd);
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "is neither a serial device nor a socket"));
	node.device = "/dev/null";
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_string_equal(why, "/dev/null is neither a serial device nor a socket");
	node.device = "/nowhere/at/all";
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_string_equal(why, "cannot open /nowhere/at/all: No such file or directory");
}

static void a_socket_that_nobody_listens_at_is_refused(void **state)
{
	int fd = make_socket();

	(void)state;
	(void)close(fd);
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "cannot connect to"));
	assert_non_null(strstr(why, "Connection refused"));
}

static void a_rate_that_no_device_has_is_refused(void **state)
{
	int device, master = make_terminal(&device);

	(void)state;
	node.baud = 12345;
	assert_true(aiot_node_open(&node, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "cannot open"));
	assert_true(aiot_node_baud_known(9600));
	assert_false(aiot_node_baud_known(0));
	(void)close(device);
	(void)close(master);
}

#define L(name) cmocka_unit_test_setup_teardown(name, open_loop, close_loop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		L(a_terminal_becomes_raw_8n1_and_ours_alone),
		L(bytes_go_both_ways),
		L(a_terminal_that_is_pulled_out_is_gone),
		L(a_terminal_in_use_is_not_taken),
		L(a_full_line_is_watched_for_room),
		L(what_is_no_device_is_refused),
		L(a_socket_that_nobody_listens_at_is_refused),
		L(a_rate_that_no_device_has_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
