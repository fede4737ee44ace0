/*
 * test-ping-probe.c - services.d/ping-probe.c: hosts as they are written, what is an answer to our
 * question, and real questions to this machine's loopback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>

#include "../services.d/ping-probe.c"

#define SECONDS 60 /* for an answer on the slowest machine */

static struct probe probe;

static int probe_setup(void **state)
{
	(void)state;
	memset(&probe, 0, sizeof(probe));
	probe.fd = -1;
	return 0;
}

static void assert_host(const char *text, const char *host, unsigned port)
{
	assert_null(probe_read_host(&probe, text));
	assert_string_equal(probe.host, host);
	assert_int_equal(probe.port, port);
}

static void hosts_may_name_a_port(void **state)
{
	(void)state;
	assert_host("gateway", "gateway", 0);
	assert_host("gateway:22", "gateway", 22);
	assert_host("10.0.0.7:65535", "10.0.0.7", 65535);
	assert_host("fd00::7", "fd00::7", 0);
	assert_host("::1", "::1", 0);
	assert_host("[fd00::7]", "fd00::7", 0);
	assert_host("[fd00::7]:443", "fd00::7", 443);
}

static void assert_wrong(const char *text, const char *why)
{
	assert_string_equal(probe_read_host(&probe, text), why);
}

static void what_is_no_host_is_refused(void **state)
{
	static char longest[400];

	(void)state;
	assert_wrong(":22", "the host is missing");
	assert_wrong("[]:22", "the host is missing");
	assert_wrong("a:", "a port is a number from 1 to 65535");
	assert_wrong("a:0", "a port is a number from 1 to 65535");
	assert_wrong("a:65536", "a port is a number from 1 to 65535");
	assert_wrong("a:99999999999999999999", "a port is a number from 1 to 65535");
	assert_wrong("a:-1", "a port is a number from 1 to 65535");
	assert_wrong("a:http", "a port is a number from 1 to 65535");
	assert_wrong("[::1", "a ] is missing");
	assert_wrong("[::1]x", "behind ] comes a : and a port");
	assert_wrong("[::1]:", "a port is a number from 1 to 65535");
	memset(longest, 'a', sizeof(longest) - 1);
	assert_wrong(longest, "no host has a name of more than 253 letters");
}

static void an_address_needs_no_resolver(void **state)
{
	(void)state;
	assert_host("127.0.0.1", "127.0.0.1", 0);
	probe_resolve_number(&probe);
	assert_true(probe.resolved);
	assert_string_equal(probe.address, "127.0.0.1");
	assert_true(is_v4(&probe));
	assert_host("::1", "::1", 0);
	probe_resolve_number(&probe);
	assert_true(probe.resolved);
	assert_string_equal(probe.address, "::1");
	assert_false(is_v4(&probe));
	probe.family = AF_INET;
	probe_resolve_number(&probe);
	assert_false(probe.resolved);
	assert_int_not_equal(probe.resolve_error, 0);
	probe.family = AF_UNSPEC;
	assert_host("localhost", "localhost", 0);
	probe_resolve_number(&probe);
	assert_false(probe.resolved);
	probe_resolve(&probe);
	assert_true(probe.resolved);
}

static void the_check_sum_is_the_internets(void **state)
{
	/* An echo that was sent, and its sum: adding all of it up gives all ones. */
	static const uint8_t words[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	uint8_t bytes[2];
	uint16_t sum = checksum(words, sizeof(words));

	(void)state;
	memcpy(bytes, &sum, sizeof(sum));
	assert_int_equal(bytes[0], 0x22);
	assert_int_equal(bytes[1], 0x0d);
}

static void only_the_answer_to_our_question_is_one(void **state)
{
	struct echo echo = {.type = ICMP_ECHOREPLY, .token = 77};
	uint8_t raw[20 + sizeof(echo)] = {0x45};

	(void)state;
	probe.to.any.sa_family = AF_INET;
	probe.token = 77;
	assert_true(is_answer(&probe, (const uint8_t *)&echo, sizeof(echo)));
	assert_false(is_answer(&probe, (const uint8_t *)&echo, sizeof(echo) - 1));
	echo.token = 78;
	assert_false(is_answer(&probe, (const uint8_t *)&echo, sizeof(echo)));
	echo.token = 77;
	echo.type = ICMP_ECHO; /* a raw socket hears the question, too */
	assert_false(is_answer(&probe, (const uint8_t *)&echo, sizeof(echo)));
	echo.type = ICMP_ECHOREPLY;
	memcpy(raw + 20, &echo, sizeof(echo));
	probe.raw = true;
	assert_true(is_answer(&probe, raw, sizeof(raw)));
	assert_false(is_answer(&probe, raw, 20));
	assert_false(is_answer(&probe, raw, 0));
	probe.to.any.sa_family = AF_INET6;
	assert_false(is_answer(&probe, (const uint8_t *)&echo, sizeof(echo)));
	echo.type = ICMP6_ECHO_REPLY;
	assert_true(is_answer(&probe, (const uint8_t *)&echo, sizeof(echo)));
}

/* ---- real ones ------------------------------------------------------------------------------- */

/* A socket of this machine at a port of its own; listening or not. */
static int open_port(bool listening, uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* Ask until there is an answer, or an error. */
static int ask(uint16_t tcp_port)
{
	struct pollfd ready = {.events = tcp_port ? POLLOUT : POLLIN};
	int r;

	probe_resolve_number(&probe);
	assert_true(probe.resolved);
	r = probe_begin(&probe, tcp_port);
	while (r == 0) {
		ready.fd = probe.fd;
		assert_int_equal(poll(&ready, 1, SECONDS * 1000), 1);
		r = probe_go_on(&probe);
	}
	probe_end(&probe);
	assert_int_equal(probe.fd, -1);
	return r;
}

static void a_port_that_listens_answers(void **state)
{
	uint16_t port = 0;
	int fd = open_port(true, &port);

	(void)state;
	assert_host("127.0.0.1", "127.0.0.1", 0);
	assert_int_equal(ask(port), 1);
	probe.port = port;
	assert_int_equal(ask(port), 1);
	(void)close(fd);
}

static void a_refusal_answers_unless_the_port_was_named(void **state)
{
	uint16_t port = 0;
	int fd = open_port(false, &port);

	(void)state;
	assert_host("127.0.0.1", "127.0.0.1", 0);
	assert_int_equal(ask(port), 1);
	probe.port = port;
	assert_int_equal(ask(port), -ECONNREFUSED);
	(void)close(fd);
}

static void this_machine_answers_to_icmp(void **state)
{
	int r;

	(void)state;
	assert_host("127.0.0.1", "127.0.0.1", 0);
	r = ask(0);
	assert_true(probe.forbidden ? r < 0 : r == 1);
	if (!probe.forbidden)
		assert_int_equal(ask(0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hosts_may_name_a_port, probe_setup),
		cmocka_unit_test_setup(what_is_no_host_is_refused, probe_setup),
		cmocka_unit_test_setup(an_address_needs_no_resolver, probe_setup),
		cmocka_unit_test_setup(the_check_sum_is_the_internets, probe_setup),
		cmocka_unit_test_setup(only_the_answer_to_our_question_is_one, probe_setup),
		cmocka_unit_test_setup(a_port_that_listens_answers, probe_setup),
		cmocka_unit_test_setup(a_refusal_answers_unless_the_port_was_named, probe_setup),
		cmocka_unit_test_setup(this_machine_answers_to_icmp, probe_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
