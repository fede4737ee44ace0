/*
 * test-notify.c - what a service manager is told, and what its environment asks for.
 */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "notify.h"

static char dir[] = "/tmp/test-notify-XXXXXX";
static struct sockaddr_un address;
static int manager = -1;

/* A service manager's socket; a name that begins with @ is abstract. */
static void open_manager(const char *name)
{
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(manager >= 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&address, size), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

/* The next message, "" when there is none. */
static const char *heard(void)
{
	static char text[1024];
	ssize_t len = recv(manager, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static int enter(void **state)
{
	static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
					    "LISTEN_FDS", "LISTEN_PID"};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int leave(void **state)
{
	(void)state;
	if (manager >= 0)
		(void)close(manager);
	manager = -1;
	if (address.sun_path[0] == '/')
		(void)unlink(address.sun_path);
	return rmdir(dir);
}

static const char *in_dir(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void a_message_comes_as_one_datagram(void **state)
{
	(void)state;
	open_manager(in_dir("notify"));
	notify_send("READY=1\nSTATUS=%u tasks", 7u);
	assert_string_equal(heard(), "READY=1\nSTATUS=7 tasks");
	assert_string_equal(heard(), "");
}

static void an_abstract_socket_is_found(void **state)
{
	char name[64];

	(void)state;
	(void)snprintf(name, sizeof(name), "@aiot-test-notify-%d", getpid());
	open_manager(name);
	notify_send("WATCHDOG=1");
	assert_string_equal(heard(), "WATCHDOG=1");
}

static void without_a_manager_nothing_happens(void **state)
{
	char path[256];

	(void)state;
	notify_send("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
	notify_send("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", in_dir("nobody"), 1), 0);
	notify_send("READY=1");
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	notify_send("READY=1");
}

static void a_manager_that_does_not_read_does_not_hold_us_up(void **state)
{
	unsigned i;

	(void)state;
	open_manager(in_dir("notify"));
	for (i = 0; i < 10000; i++)
		notify_send("WATCHDOG=1");
	assert_string_equal(heard(), "WATCHDOG=1");
}

static void a_message_that_is_too_long_is_not_sent_in_part(void **state)
{
	char text[600];

	(void)state;
	open_manager(in_dir("notify"));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_send("STATUS=%s", text);
	assert_string_equal(heard(), "");
	text[511 - 7] = '\0';
	notify_send("STATUS=%s", text);
	assert_int_equal(strlen(heard()), 511);
}

static uint32_t watchdog(const char *usec, const char *pid)
{
	assert_int_equal(setenv("WATCHDOG_USEC", usec, 1), 0);
	if (pid != NULL)
		assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	else
		(void)unsetenv("WATCHDOG_PID");
	return notify_watchdog_ms();
}

static void the_watchdog_is_fed_four_times_as_often_as_asked_for(void **state)
{
	char own[32];

	(void)state;
	(void)snprintf(own, sizeof(own), "%d", getpid());
	assert_int_equal(notify_watchdog_ms(), 0);
	assert_int_equal(watchdog("20000000", NULL), 5000);
	assert_int_equal(watchdog("20000000", own), 5000);
	assert_int_equal(watchdog("20000000", "1"), 0);
	assert_int_equal(watchdog("1", NULL), 1);
	assert_int_equal(watchdog("0", NULL), 0);
	assert_int_equal(watchdog("", NULL), 0);
	assert_int_equal(watchdog("-1", NULL), 0);
	assert_int_equal(watchdog(" 20000000", NULL), 0);
	assert_int_equal(watchdog("20000000x", NULL), 0);
	assert_int_equal(watchdog("18446744073709551615", NULL), 3600000);
	assert_int_equal(watchdog("18446744073709551616", NULL), 0);
}

static int listen_fds(const char *fds, const char *pid)
{
	assert_int_equal(setenv("LISTEN_FDS", fds, 1), 0);
	assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
	return notify_listen_fds();
}

static void sockets_are_taken_only_if_they_are_meant_for_us(void **state)
{
	char own[32];
	int fd;

	(void)state;
	(void)snprintf(own, sizeof(own), "%d", getpid());
	assert_int_equal(notify_listen_fds(), 0);
	assert_int_equal(listen_fds("1", "1"), 0);
	assert_int_equal(listen_fds("0", own), 0);
	assert_int_equal(listen_fds("x", own), 0);
	assert_int_equal(listen_fds("1000", own), 0);
	fd = open("/dev/null", O_RDONLY);
	assert_true(fd >= 3);
	if (fcntl(3, F_GETFD) < 0)
		assert_int_equal(dup2(fd, 3), 3);
	assert_int_equal(fcntl(3, F_SETFD, 0), 0);
	assert_int_equal(listen_fds("1", own), 1);
	assert_int_equal(fcntl(3, F_GETFD), FD_CLOEXEC);
	if (fd != 3)
		(void)close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_comes_as_one_datagram, enter, leave),
		cmocka_unit_test_setup_teardown(an_abstract_socket_is_found, enter, leave),
		cmocka_unit_test_setup_teardown(without_a_manager_nothing_happens, enter, leave),
		cmocka_unit_test_setup_teardown(a_manager_that_does_not_read_does_not_hold_us_up,
						enter, leave),
		cmocka_unit_test_setup_teardown(a_message_that_is_too_long_is_not_sent_in_part,
						enter, leave),
		cmocka_unit_test_setup_teardown(
			the_watchdog_is_fed_four_times_as_often_as_asked_for, enter, leave),
		cmocka_unit_test_setup_teardown(sockets_are_taken_only_if_they_are_meant_for_us,
						enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
