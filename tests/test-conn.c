/*
 * test-conn.c - conn.c: framing, limits, backpressure and time-outs of one connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server-stub.h"

#define SAY_X "{\"method\":\"test.Echo.Say\",\"parameters\":{\"text\":\"x\"}}"
#define SAID_X "{\"parameters\":{\"text\":\"x\"}}"
#define NONE ((gid_t)-1)

static const struct aiot_server_options small = {
	.max_request = 256,
	.max_output = 65536,
	.page_bytes = 4096,
	.operate_group = NONE,
	.read_group = NONE,
};

static const struct aiot_server_options hasty = {
	.request_timeout_ms = 300, /* enough for a busy machine between two halves */
	.output_timeout_ms = 40,
	.operate_group = NONE,
	.read_group = NONE,
};

/* ---- framing ---- */

static void a_reply_ends_as_the_request_did(void **state)
{
	struct rig rig;
	int lf, nul;

	(void)state;
	rig_start(&rig, NULL);
	lf = rig_connect(&rig);
	nul = rig_connect(&rig);
	ask(&rig, lf, SAY_X, SAID_X);
	send_bytes(nul, SAY_X, sizeof(SAY_X));
	assert_string_equal(receive(&rig, nul, '\0'), SAID_X);
	/* Once NUL, always NUL: a line feed is white space. */
	send_bytes(nul, "\n" SAY_X "\n", sizeof("\n" SAY_X "\n"));
	assert_string_equal(receive(&rig, nul, '\0'), SAID_X);
	(void)close(lf);
	(void)close(nul);
	rig_finish(&rig);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char request[] = SAY_X "\n";
	struct rig rig;
	int fd;
	size_t i;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	for (i = 0; i + 1 < sizeof(request); i++) {
		receive_nothing(&rig, fd);
		send_bytes(fd, &request[i], 1);
	}
	assert_string_equal(receive_line(&rig, fd), SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

static void several_requests_may_come_in_one_packet(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	send_text(fd, SAY_X "\n" SAY_X "\r\n\n  " SAY_X "\n{\"method\":");
	assert_string_equal(receive_line(&rig, fd), SAID_X);
	assert_string_equal(receive_line(&rig, fd), SAID_X);
	assert_string_equal(receive_line(&rig, fd), SAID_X);
	receive_nothing(&rig, fd);
	send_text(fd, "\"test.Echo.Say\"}\n");
	assert_string_equal(receive_line(&rig, fd), "{\"parameters\":{\"text\":null}}");
	(void)close(fd);
	rig_finish(&rig);
}

static void a_request_may_be_spread_over_lines(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	ask(&rig, fd,
	    "{\n\t\"method\": \"test.Echo.Say\",\n\t\"parameters\": {\n\t\t\"text\": "
	    "\"}{\\\"\"\n\t}\n}",
	    "{\"parameters\":{\"text\":\"}{\\\"\"}}");
	ask(&rig, fd, "\n\n" SAY_X, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

static void what_is_no_json_is_told_and_the_connection_goes_on(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	ask(&rig, fd, "{\"method\";1}",
	    "{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"the request "
	    "is "
	    "not JSON: wrong at byte 9\"}}");
	ask(&rig, fd, "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
	    "{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"the request "
	    "is "
	    "nested deeper than 16\"}}");
	ask(&rig, fd, SAY_X, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

static char *long_request(const char *begin, char fill, size_t len)
{
	static char text[200000];
	size_t at = strlen(begin);

	memcpy(text, begin, at);
	memset(text + at, fill, len - at);
	text[len] = '\0';
	return text;
}

#define TOO_LONG                                                                                   \
	"{\"error\":\"io.aiotools.Limit\",\"parameters\":{\"message\":\"the request is over 256 "  \
	"bytes\"}}"

static void a_request_that_is_too_long_is_dropped_and_told_once(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	send_text(fd, long_request("{\"a\":\"", 'x', 50000));
	receive_nothing(&rig, fd); /* who knows yet what ends its messages? */
	ask(&rig, fd, "\"}", TOO_LONG);
	ask(&rig, fd, SAY_X, SAID_X);
	send_text(fd, long_request("{\"a\":\"", 'x', 300));
	assert_string_equal(receive_line(&rig, fd), TOO_LONG); /* known: at once */
	send_text(fd, "\"}\n");
	receive_nothing(&rig, fd);
	send_text(fd, long_request("say ", 'x', 300));
	assert_string_equal(receive_line(&rig, fd), "error: the request is over 256 bytes");
	send_text(fd, "xxx\n");
	ask(&rig, fd, SAY_X, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

static void too_long_is_told_with_the_terminator_of_the_client(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	send_text(fd, long_request("{\"a\":\"", 'x', 1000));
	send_bytes(fd, "\"}", 3);
	assert_string_equal(receive(&rig, fd, '\0'), TOO_LONG);
	(void)close(fd);
	rig_finish(&rig);
}

static void the_longest_request_is_taken(void **state)
{
	struct rig rig;
	char text[300];
	int fd;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	memset(text, ' ', 256);
	memcpy(text, SAY_X, strlen(SAY_X) - 1);
	text[255] = '}';
	text[256] = '\0';
	ask(&rig, fd, text, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

static void a_request_cut_off_is_not_run(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	send_text(fd, "fail");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_string_equal(receive_line(&rig, fd),
			    "error: the connection ended before the request did");
	assert_string_equal(receive_line(&rig, fd), "<closed>");
	(void)close(fd);
	fd = rig_connect(&rig);
	send_text(fd, SAY_X); /* whole, but nothing says so */
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_string_equal(
		receive_line(&rig, fd),
		"{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"the "
		"connection ended before the request did\"}}");
	assert_string_equal(receive_line(&rig, fd), "<closed>");
	(void)close(fd);
	rig_finish(&rig);
}

static void who_sends_no_more_still_gets_answers(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	send_text(fd, "{\"method\":\"test.Flow.Wait\"}\n" SAY_X "\n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	receive_nothing(&rig, fd);
	rig.stub.released = 1;
	aiot_server_poke(rig.server);
	assert_string_equal(receive_line(&rig, fd),
			    "{\"parameters\":{\"begun\":true,\"released\":1}}");
	assert_string_equal(receive_line(&rig, fd), SAID_X);
	assert_string_equal(receive_line(&rig, fd), "<closed>");
	(void)close(fd);
	rig_finish(&rig);
}

static void who_goes_while_a_call_waits_is_forgotten(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	send_text(fd, "{\"method\":\"test.Flow.Wait\"}\n{\"meth");
	rig_turn(&rig);
	assert_true(aiot_server_waiting(rig.server));
	(void)close(fd);
	rig_turn(&rig);
	assert_int_equal(rig_clients(&rig), 0); /* at once, not by a time-out */
	assert_false(aiot_server_waiting(rig.server));
	rig_finish(&rig);
}

/* ---- flow ---- */

static void pages_wait_for_the_client(void **state)
{
	struct rig rig;
	uint32_t steps;
	char page[32];
	int fd, i;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	send_text(fd,
		  "{\"method\":\"test.Flow.Pages\",\"parameters\":{\"count\":500,\"bytes\":8000},"
		  "\"more\":true}\n");
	rig_turn(&rig);
	steps = rig.stub.steps;
	assert_in_range(steps, 2, 200); /* the kernel's buffer, and no more */
	rig_turn(&rig);
	assert_int_equal(rig.stub.steps, steps);
	for (i = 1; i <= 500; i++) {
		const char *line = receive_line(&rig, fd);

		(void)snprintf(page, sizeof(page), "\"page\":%d,", i);
		assert_non_null(strstr(line, page));
		assert_string_equal(line + strlen(line) - 19, "},\"continues\":true}");
	}
	assert_string_equal(receive_line(&rig, fd), "{\"parameters\":{}}");
	(void)close(fd);
	rig_finish(&rig);
}

static void a_stream_skips_a_client_that_is_behind(void **state)
{
	struct rig rig;
	uint32_t steps, last = 0;
	int fd;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	rig.stub.page_fill = 8000;
	send_text(fd, "{\"method\":\"test.Flow.Stream\",\"more\":true}\n");
	while (rig.stub.ticks < 1000) {
		rig.stub.ticks++;
		aiot_server_poke(rig.server);
		(void)uv_run(&rig.loop, UV_RUN_NOWAIT);
	}
	steps = rig.stub.steps;
	assert_in_range(steps, 2, 200);
	while (last < 1000) {
		const char *at = strstr(receive_line(&rig, fd), "\"tick\":");

		assert_non_null(at);
		assert_int_equal(strtoul(at + 7, NULL, 10), ++last); /* none is missing */
	}
	receive_nothing(&rig, fd);
	(void)close(fd);
	rig_finish(&rig);
}

static void requests_are_left_unread_while_answers_are(void **state)
{
	static const char big[] =
		"{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":30000}}\n";
	struct aiot_server_counts counts;
	struct rig rig;
	uint32_t sent = 0;
	int fd;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	while (sent < 100000 && send(fd, big, sizeof(big) - 1, MSG_NOSIGNAL) == sizeof(big) - 1) {
		sent++;
		if (sent % 16 == 0)
			rig_turn(&rig);
	}
	assert_in_range(sent, 5, 99999); /* it came to a stand */
	assert_int_equal(rig_clients(&rig), 1);
	aiot_server_counts(rig.server, &counts);
	assert_in_range(counts.requests, 2, sent - 1);
	for (; sent > 0; sent--)
		assert_true(strlen(receive_line(&rig, fd)) > 29000);
	(void)close(fd);
	rig_finish(&rig);
}

static void a_burst_larger_than_the_queue_is_answered_whole(void **state)
{
	static const char one[] =
		"{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":20000}}\n";
	struct aiot_server_options options = small;
	struct rig rig;
	int fd, i;

	(void)state;
	options.max_request = 4096;
	rig_start(&rig, &options);
	fd = rig_connect(&rig);
	for (i = 0; i < 50; i++)
		send_bytes(fd, one, sizeof(one) - 1);
	for (i = 0; i < 50; i++)
		assert_true(strlen(receive_line(&rig, fd)) > 19000);
	(void)close(fd);
	rig_finish(&rig);
}

static void an_answer_over_the_limit_is_an_error(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, &small);
	fd = rig_connect(&rig);
	ask(&rig, fd, "{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":100000}}",
	    "{\"error\":\"io.aiotools.Limit\",\"parameters\":{\"message\":\"test.Echo.Big: the "
	    "answer "
	    "does not fit\"}}");
	ask(&rig, fd, SAY_X, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

/* ---- time ---- */

static void a_slow_request_is_told_and_closed(void **state)
{
	struct rig rig;
	int fd, idle;

	(void)state;
	rig_start(&rig, &hasty);
	idle = rig_connect(&rig);
	send_text(idle, "{\"method\":");
	rig_turn(&rig);
	ask(&rig, idle, "\"test.Echo.Say\"}", "{\"parameters\":{\"text\":null}}");
	fd = rig_connect(&rig);
	send_text(fd, "{\"method\":");
	assert_string_equal(
		receive_line(&rig, fd),
		"{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"the "
		"request took too long to arrive\"}}");
	assert_string_equal(receive_line(&rig, fd), "<closed>");
	(void)close(fd);
	fd = rig_connect(&rig);
	send_text(fd, SAY_X "\nsa");
	assert_string_equal(receive_line(&rig, fd), SAID_X);
	assert_string_equal(receive_line(&rig, fd), "error: the request took too long to arrive");
	assert_string_equal(receive_line(&rig, fd), "<closed>");
	(void)close(fd);
	ask(&rig, idle, SAY_X, SAID_X); /* whoever says nothing may take all the time */
	(void)close(idle);
	rig_finish(&rig);
}

static void a_call_that_waits_is_no_slow_request(void **state)
{
	struct rig rig;
	int fd, slow;

	(void)state;
	rig_start(&rig, &hasty);
	fd = rig_connect(&rig);
	send_text(fd, "{\"method\":\"test.Flow.Wait\"}\n{\"method\":");
	slow = rig_connect(&rig);
	send_text(slow, "x");
	assert_string_equal(receive_line(&rig, slow), "error: the request took too long to arrive");
	rig.stub.released = 2;
	aiot_server_poke(rig.server);
	assert_string_equal(receive_line(&rig, fd),
			    "{\"parameters\":{\"begun\":true,\"released\":2}}");
	(void)close(fd);
	(void)close(slow);
	rig_finish(&rig);
}

static bool nobody_is_there(struct rig *rig, void *arg)
{
	(void)arg;
	return rig_clients(rig) == 0;
}

static void who_never_reads_is_closed(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, &hasty);
	fd = rig_connect(&rig);
	send_text(
		fd,
		"{\"method\":\"test.Flow.Pages\",\"parameters\":{\"count\":100000,\"bytes\":30000},"
		"\"more\":true}\n");
	rig_until(&rig, nobody_is_there, NULL);
	assert_true(receive_all(&rig, fd) > 30000);
	(void)close(fd);
	rig_finish(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_ends_as_the_request_did),
		cmocka_unit_test(a_request_may_come_byte_by_byte),
		cmocka_unit_test(several_requests_may_come_in_one_packet),
		cmocka_unit_test(a_request_may_be_spread_over_lines),
		cmocka_unit_test(what_is_no_json_is_told_and_the_connection_goes_on),
		cmocka_unit_test(a_request_that_is_too_long_is_dropped_and_told_once),
		cmocka_unit_test(too_long_is_told_with_the_terminator_of_the_client),
		cmocka_unit_test(the_longest_request_is_taken),
		cmocka_unit_test(a_request_cut_off_is_not_run),
		cmocka_unit_test(who_sends_no_more_still_gets_answers),
		cmocka_unit_test(who_goes_while_a_call_waits_is_forgotten),
		cmocka_unit_test(pages_wait_for_the_client),
		cmocka_unit_test(a_stream_skips_a_client_that_is_behind),
		cmocka_unit_test(requests_are_left_unread_while_answers_are),
		cmocka_unit_test(a_burst_larger_than_the_queue_is_answered_whole),
		cmocka_unit_test(an_answer_over_the_limit_is_an_error),
		cmocka_unit_test(a_slow_request_is_told_and_closed),
		cmocka_unit_test(a_call_that_waits_is_no_slow_request),
		cmocka_unit_test(who_never_reads_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
