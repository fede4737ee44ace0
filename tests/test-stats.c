/*
 * test-stats.c - services.d/stats.c and its parts: a real HTTP server whose clients are here, and
 * whose clock is the harness's.  The text for Prometheus is test-stats-metrics.c's.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "../services.d/stats-visits.h"
#include "service-stage.h"

extern const struct aiot_service aiot_service_stats;
extern const struct aiot_service aiot_service_hello;

static char heard[1 << 20];

static void start(struct aiot_test *x)
{
	assert_int_equal(
		aiot_test_start(x, &aiot_service_stats, AIOT_TEST_ARGS("listen", "127.0.0.1:0")),
		0);
	assert_string_equal(aiot_test_state(x, "stats"), "running");
}

/* A client that has said this. */
static int client(struct aiot_test *x, const char *said)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)strtoul(aiot_test_stat(x, "stats", "port"), NULL, 10));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(fd, said, strlen(said), MSG_NOSIGNAL), (ssize_t)strlen(said));
	return fd;
}

/* What it hears until it is hung up. */
static const char *hear(struct aiot_test *x, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0) {
		aiot_test_run(x);
		if (poll(&p, 1, 1) == 0)
			continue;
		n = recv(fd, heard + len, sizeof(heard) - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	heard[len] = '\0';
	(void)close(fd);
	return heard;
}

static const char *ask(struct aiot_test *x, const char *path)
{
	char text[8192];

	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	return hear(x, client(x, text));
}

static void assert_part(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no '%s' in: %.500s", part, text);
}

static void each_page_has_what_its_command_has(void **state)
{
	struct aiot_test *x = *state;

	start(x);
	assert_int_equal(aiot_test_start(x, &aiot_service_hello, NULL), 0);
	assert_part(ask(x, "/status"), "HTTP/1.1 200 OK");
	assert_part(heard, "\"tasks\":[{\"name\":\"hello.service\"");
	assert_part(ask(x, "/debug?name=hello"), "\"args\":{\"whom\":\"world\"");
	assert_null(strstr(heard, "stats.service"));
	assert_part(ask(x, "/stats"), "\"stats\":{\"greeted\":1}");
	assert_part(ask(x, "/info"), "\"info\":{\"product\":\"aiotools\"");
	assert_part(ask(x, "/metrics"), "Content-Type: text/plain; version=0.0.4");
	assert_part(heard, "aiotools_stat{task=\"hello.service\",stat=\"greeted\"} 1\n");
	assert_part(ask(x, "/status?name=x*"), "\"tasks\":[]}\n");
	assert_string_equal(aiot_test_stat(x, "stats", "requests"), "6");
}

static void what_is_no_request_is_refused_with_a_sentence(void **state)
{
	struct aiot_test *x = *state;
	char many[8000] = "";
	unsigned i;

	start(x);
	assert_part(ask(x, "/nowhere"), "404 Not Found");
	assert_part(heard, "there are /status, /debug, /stats, /metrics and /info");
	assert_part(ask(x, "/status?name=nobody"), "no such task: 'nobody'");
	assert_part(ask(x, "/status?other=1"), "there is one argument, name=PATTERN");
	assert_part(ask(x, "/status?name=%22"), "that cannot be a task's name or pattern");
	assert_part(ask(x, "/info?name=a"), "this page has no names");
	for (i = 0; i < 200; i++)
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s",
			       i > 0 ? "&name=aaaaaaaaaaaaaaaaaaaaaaaa" : "/status?name=a");
	assert_part(ask(x, many), "too many names; take a pattern");
	assert_part(hear(x, client(x, "POST /status HTTP/1.1\r\nHost: x\r\n\r\n")),
		    "405 Method Not Allowed");
	assert_part(heard, "nothing can be changed from here");
	assert_string_equal(aiot_test_stat(x, "stats", "refused"), "6");
	assert_string_equal(aiot_test_stat(x, "stats", "failed"), "1");
}

static void who_asks_at_the_same_time_is_answered_in_turn(void **state)
{
	struct aiot_test *x = *state;
	int fds[8];
	unsigned i;

	start(x);
	for (i = 0; i < 8; i++)
		fds[i] = client(x, "GET /status HTTP/1.1\r\nHost: x\r\n\r\n");
	for (i = 0; i < 8; i++)
		assert_part(hear(x, fds[i]), "\"name\":\"stats.service\"");
}

/* One that hangs up before its answer is nobody's concern. */
static void clients_come_and_go(void **state)
{
	struct aiot_test *x = *state;
	unsigned i;

	start(x);
	for (i = 0; i < 100; i++) {
		assert_int_equal(close(client(x, i % 2 ? "GET /debug HTTP/1.1\r\nHost: x\r\n\r\n"
						       : "GET /de")),
				 0);
		aiot_test_run(x);
	}
	assert_part(ask(x, "/status"), "200 OK");
}

/* More at once than there is room for, and none of them stays: the server slept for ever. */
static void a_crowd_that_leaves_left_it_deaf(void **state)
{
	struct aiot_test *x = *state;
	int fds[40];
	unsigned i;

	start(x);
	for (i = 0; i < 40; i++)
		fds[i] = client(x, "GET /de");
	aiot_test_run(x);
	for (i = 0; i < 40; i++)
		assert_int_equal(close(fds[i]), 0);
	aiot_test_run(x);
	assert_part(ask(x, "/status"), "200 OK");
}

static void a_client_that_drips_is_dropped_all_the_same(void **state)
{
	struct aiot_test *x = *state;
	int fd;
	unsigned i;

	start(x);
	fd = client(x, "GET /status HTTP/1.1\r\n");
	for (i = 0; i < VISIT_S / 10; i++) {
		aiot_test_advance_ms(x, 10000);
		assert_int_equal(send(fd, "X", 1, MSG_NOSIGNAL), 1);
		aiot_test_run(x);
	}
	aiot_test_advance_ms(x, 40000); /* the server wakes within its own time-out */
	assert_string_equal(hear(x, fd), "");
	assert_part(ask(x, "/status"), "200 OK");
}

/* Pages of a reply, a thread that makes a text of them: the loop goes on meanwhile. */
static void many_tasks_are_one_answer(void **state)
{
	struct aiot_test *x = *state;
	char name[16];
	unsigned i;

	start(x);
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "hello_%u", i);
		assert_int_equal(aiot_host_add_task(aiot_test_host(x), &aiot_service_hello, NULL,
						    name, NULL, NULL),
				 0);
	}
	assert_part(ask(x, "/metrics"),
		    "aiotools_task_state{task=\"hello_299\",state=\"running\"} 1\n");
	assert_part(ask(x, "/debug?name=hello_2*"), "\"name\":\"hello_299\"");
	assert_null(strstr(heard, "hello_100"));
}

static void a_stop_answers_who_waits(void **state)
{
	struct aiot_test *x = *state;
	int fd;

	start(x);
	fd = client(x, "GET /status HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(aiot_test_ctl(x, "stop stats"), 0);
	(void)hear(x, fd);
	assert_string_equal(aiot_test_state(x, "stats"), "stopped");
	assert_int_equal(aiot_test_ctl(x, "start stats"), 0);
	assert_part(ask(x, "/status"), "200 OK");
}

static void others_than_this_machine_are_let_in_only_by_a_word(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(
		aiot_test_start(x, &aiot_service_stats, AIOT_TEST_ARGS("listen", "0.0.0.0:0")),
		-AIOT_EPERM);
	assert_part(aiot_test_why(x), "others than this machine could look");
	assert_int_equal(aiot_test_start(x, &aiot_service_stats, AIOT_TEST_ARGS("listen", "here")),
			 -AIOT_EINVAL);
	assert_int_equal(aiot_test_start(x, &aiot_service_stats, AIOT_TEST_ARGS("clients", "0")),
			 -AIOT_ERANGE);
	assert_int_equal(aiot_test_start(x, &aiot_service_stats,
					 AIOT_TEST_ARGS("listen", "0.0.0.0:0", "remote", "yes")),
			 0);
}

static void a_port_that_is_taken_is_told(void **state)
{
	struct aiot_test *x = *state;
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char address[32];

	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &size), 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(here.sin_port));
	assert_int_equal(aiot_test_start(x, &aiot_service_stats, AIOT_TEST_ARGS("listen", address)),
			 0);
	assert_string_equal(aiot_test_state(x, "stats"), "failed");
	assert_part(aiot_test_failure(x, "stats"), "Address already in use");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_page_has_what_its_command_has),
		T(what_is_no_request_is_refused_with_a_sentence),
		T(who_asks_at_the_same_time_is_answered_in_turn),
		T(clients_come_and_go),
		T(a_crowd_that_leaves_left_it_deaf),
		T(a_client_that_drips_is_dropped_all_the_same),
		T(many_tasks_are_one_answer),
		T(a_stop_answers_who_waits),
		T(others_than_this_machine_are_let_in_only_by_a_word),
		T(a_port_that_is_taken_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
