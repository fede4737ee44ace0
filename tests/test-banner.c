/*
 * test-banner.c - what aiotoolsd shows of itself when it begins.
 */
#define _DEFAULT_SOURCE /* openpty */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <aiotools-host.h>

#include "banner.h"

static char text[2048];

static void it_tells_name_version_host_and_boot_mode(void **state)
{
	struct utsname host;
	size_t len;

	(void)state;
	assert_int_equal(uname(&host), 0);
	len = banner_write(text, sizeof(text), false, false, NULL, "/run/s");
	assert_int_equal(len, strlen(text));
	assert_ptr_equal(strstr(text, "aiotoolsd "), text);
	assert_non_null(strstr(text, aiot_version()));
	assert_non_null(strstr(text, host.nodename));
	assert_non_null(strstr(text, "\n  boot mode: system\n"));
	assert_non_null(strstr(text, "\n  control:   /run/s\n"));
	assert_null(strchr(text, '\033'));
}

static void the_environments_name_is_a_boot_mode(void **state)
{
	(void)state;
	(void)banner_write(text, sizeof(text), true, true, "test", "s");
	assert_non_null(strstr(text, "\n  boot mode: user, test\n"));
	assert_ptr_equal(strstr(text, "\033[1maiotoolsd "), text);
	(void)banner_write(text, sizeof(text), true, true, "", "s");
	assert_non_null(strstr(text, "\n  boot mode: user\n"));
}

static void it_is_cut_to_its_room(void **state)
{
	char small[10];

	(void)state;
	assert_int_equal(banner_write(small, sizeof(small), false, false, NULL, "s"), 9);
	assert_string_equal(small, "aiotoolsd");
}

/* At a terminal, but for those who said that they want none. */
static void it_is_coloured_where_nobody_objects(void **state)
{
	int master, slave;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	(void)setenv("TERM", "xterm", 1);
	(void)unsetenv("NO_COLOR");
	assert_true(banner_color(slave));
	(void)setenv("NO_COLOR", "", 1);
	assert_true(banner_color(slave));
	(void)setenv("NO_COLOR", "1", 1);
	assert_false(banner_color(slave));
	(void)unsetenv("NO_COLOR");
	(void)setenv("TERM", "dumb", 1);
	assert_false(banner_color(slave));
	(void)unsetenv("TERM");
	assert_true(banner_color(slave));
	(void)close(slave);
	(void)close(master);
	assert_false(banner_color(master));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_tells_name_version_host_and_boot_mode),
		cmocka_unit_test(the_environments_name_is_a_boot_mode),
		cmocka_unit_test(it_is_cut_to_its_room),
		cmocka_unit_test(it_is_coloured_where_nobody_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
