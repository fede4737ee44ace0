/* test-port.c - the hosts' port: real numbers, the time zone, and how a panic ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "port.h"

static size_t format_real(char *buf, size_t size, const char *flags, int precision, ...)
{
	struct aiot_va va;
	size_t len;

	va_start(va.ap, precision);
	len = aiot_port_format_real(buf, size, flags, -1, precision, 'f', &va);
	va_end(va.ap);
	return len;
}

static void a_real_that_does_not_fit_is_cut_and_terminated(void **state)
{
	char buf[5] = "xxxx";

	(void)state;
	assert_int_equal(format_real(buf, sizeof(buf), "", 3, 12.125), 4);
	assert_string_equal(buf, "12.1");
	assert_int_equal(format_real(buf, sizeof(buf), "", 1, 12.125), 4);
	assert_string_equal(buf, "12.1");
	assert_int_equal(format_real(buf, 0, "", 1, 99.5), 0);
	assert_string_equal(buf, "12.1");
}

static void all_flags_together_are_understood(void **state)
{
	char buf[16];

	(void)state;
	assert_int_equal(format_real(buf, sizeof(buf), "-+ #0", 0, 2.0), 3);
	assert_string_equal(buf, "+2.");
}

static int with_zone(const char *zone)
{
	int rc = setenv("TZ", zone, 1);

	tzset();
	return rc;
}

static void offsets_follow_the_zone_and_its_summer_time(void **state)
{
	(void)state;
	assert_int_equal(with_zone("CET-1CEST,M3.5.0,M10.5.0/3"), 0);
	assert_int_equal(aiot_port_utc_offset(1795221421), 3600);
	/* 2026-03-29 01:00:00 UTC, the change to summer time, and the second before. */
	assert_int_equal(aiot_port_utc_offset(1774745999), 3600);
	assert_int_equal(aiot_port_utc_offset(1774746000), 7200);
	assert_int_equal(with_zone("XXX3:30"), 0);
	assert_int_equal(aiot_port_utc_offset(0), -12600);
	assert_int_equal(with_zone("UTC0"), 0);
	assert_int_equal(aiot_port_utc_offset(-1), 0);
}

static void time_does_not_end_in_2038(void **state)
{
	(void)state;
	assert_true(sizeof(time_t) >= sizeof(int64_t));
	assert_int_equal(with_zone("CET-1CEST,M3.5.0,M10.5.0/3"), 0);
	assert_int_equal(aiot_port_utc_offset(2540000000), 7200); /* June 2050 */
	assert_int_equal(aiot_port_utc_offset(2555000000), 3600); /* December */
}

static void an_instant_beyond_all_years_is_utc(void **state)
{
	(void)state;
	assert_int_equal(with_zone("XXX3:30"), 0);
	assert_int_equal(aiot_port_utc_offset(INT64_MAX), 0);
	assert_int_equal(aiot_port_utc_offset(INT64_MIN), 0);
}

_Noreturn static void panic_into(int fd)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGABRT, SIG_DFL);
	(void)dup2(fd, STDERR_FILENO);
	aiot_port_panic("a < b", "lib/x.c", 4294967295u);
}

static void a_panic_says_where_and_aborts(void **state)
{
	char text[128] = "";
	int fds[2], status = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		panic_into(fds[1]);
	(void)close(fds[1]);
	for (size_t len = 0; len < sizeof(text) - 1;) {
		ssize_t n = read(fds[0], text + len, sizeof(text) - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	(void)close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	text[strcspn(text, "\n")] = '\0'; /* an emulator may have more to say */
	assert_string_equal(text, "panic: 'a < b' does not hold at lib/x.c:4294967295");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_that_does_not_fit_is_cut_and_terminated),
		cmocka_unit_test(all_flags_together_are_understood),
		cmocka_unit_test(offsets_follow_the_zone_and_its_summer_time),
		cmocka_unit_test(time_does_not_end_in_2038),
		cmocka_unit_test(an_instant_beyond_all_years_is_utc),
		cmocka_unit_test(a_panic_says_where_and_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
