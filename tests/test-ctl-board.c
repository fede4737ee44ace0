/*
 * test-ctl-board.c - ctl/board.c: calls to a board, over a line that the test opens instead of
 * line.c.  At the other end, in a thread, a board says what the test has written for each request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board.h"
#include "heap.h"
#include "wire.h"

#define ASKED_BYTES 2048
#define HELLO(protocol)                                                                            \
	"{'parameters':{'protocol':" protocol ",'board':'lamp','boots':1,'line_max':300}}"
#define FORGOTTEN "{'error':'io.aiotools.InvalidRequest'}"
#define NAK "damaged"
#define HANG_UP NULL

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL}},
};

static struct {
	pthread_t thread;
	int fd;			    /* the board's end */
	const char *const *replies; /* one a request, single quotes for double ones; HANG_UP */
	/* to be read when it was joined */
	char asked[ASKED_BYTES]; /* the requests, from their method up to their session */
} board;

static struct ctl_board b;
static struct ctl_reply reply;
static struct aiot_out why;
static int line_fd;

/* ---- the board ---- */

/* false: the line is at its end. */
static bool read_request(char *buf, size_t size)
{
	size_t len = 0;

	for (;;) {
		char c;

		if (read(board.fd, &c, 1) != 1 || len + 1 == size)
			return false;
		if (c == '\n') {
			buf[len] = '\0';
			return true;
		}
		if (c == AIOT_WIRE_FORGET)
			len = 0;
		else
			buf[len++] = c;
	}
}

static void note(const char *request)
{
	const char *from = strchr(request, ':'), *to = strstr(request, ",\"session\"");
	size_t len = strlen(board.asked), more = (size_t)(to - from - 1);

	if (to < from) /* a next page has no more than its number */
		return;
	if (len + more + 2 > ASKED_BYTES)
		abort();
	memcpy(board.asked + len, from + 1, more);
	board.asked[len + more] = '\n';
	board.asked[len + more + 1] = '\0';
}

/* What a board says to a line that came damaged: it knows no number. */
static void answer_nak(void)
{
	char text[64];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, "{\"error\":\"io.aiotools.InvalidRequest\"}");
	aiot_wire_end(&out, 0);
	if (write(board.fd, out.buf, out.len) != (ssize_t)out.len)
		abort();
}

static void answer(const char *request, const char *object)
{
	const char *mark = strstr(request, "\"session\"");
	char text[1024];
	struct aiot_out out;
	size_t i, len = strlen(object);

	aiot_out_init(&out, text, sizeof(text));
	for (i = 0; i + 1 < len; i++)
		aiot_out_char(&out, object[i] == '\'' ? '"' : object[i]);
	aiot_out_char(&out, ',');
	aiot_out_mem(&out, mark, strcspn(mark, ",}"));
	mark = strstr(request, "\"id\"");
	aiot_out_char(&out, ',');
	aiot_out_mem(&out, mark, strcspn(mark, ",}"));
	aiot_out_char(&out, '}');
	aiot_wire_end(&out, 0);
	if (write(board.fd, out.buf, out.len) != (ssize_t)out.len)
		abort();
}

static void *play(void *unused)
{
	const char *const *at = board.replies;
	char request[CTL_BOARD_BYTES];

	(void)unused;
	while (*at != HANG_UP && read_request(request, sizeof(request))) {
		note(request);
		if (strcmp(*at, NAK) == 0)
			answer_nak();
		else
			answer(request, *at);
		at++;
	}
	(void)shutdown(board.fd, SHUT_RDWR);
	return NULL;
}

/* ---- instead of line.c ---- */

int ctl_line_open(struct ctl_line *line, const char *device, struct aiot_out *sentence)
{
	(void)sentence;
	*line = (struct ctl_line){.fd = line_fd, .is_socket = true};
	memcpy(line->path, device, strlen(device) + 1);
	return 0;
}

void ctl_line_close(struct ctl_line *line)
{
	if (line->fd >= 0)
		(void)close(line->fd);
	line->fd = -1;
}

/* ---- a call ---- */

static int open_board(const char *const *replies)
{
	int ends[2];

	memset(&board, 0, sizeof(board));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	line_fd = ends[0];
	board.fd = ends[1];
	board.replies = replies;
	assert_int_equal(pthread_create(&board.thread, NULL, play, NULL), 0);
	why = (struct aiot_out){.grow = ctl_heap_grow};
	return ctl_board_open(&b, "/dev/lamp", NULL, &why);
}

static void close_board(bool opened)
{
	if (opened)
		ctl_board_close(&b);
	assert_int_equal(pthread_join(board.thread, NULL), 0);
	(void)close(board.fd);
	free(why.buf);
}

static int send_words(const char *verb, const char *params)
{
	struct aiot_json json;

	assert_int_equal(aiot_json_parse(params, strlen(params), &json, NULL), 0);
	return ctl_board_send(&b, aiot_command_by_verb(&commands, verb), json, &why);
}

static void assert_reply(const char *parameters, bool continues)
{
	assert_int_equal(ctl_board_next(&b, &reply, &why), 0);
	assert_null(reply.error.text);
	assert_int_equal(reply.parameters.len, strlen(parameters));
	assert_memory_equal(reply.parameters.text, parameters, reply.parameters.len);
	assert_int_equal(reply.continues, continues);
}

static void assert_error(const char *parameters)
{
	assert_int_equal(ctl_board_next(&b, &reply, &why), 0);
	assert_non_null(reply.error.text);
	assert_int_equal(reply.parameters.len, strlen(parameters));
	assert_memory_equal(reply.parameters.text, parameters, reply.parameters.len);
}

/* ---- tests ---- */

static void hello_gives_the_time_and_learns_the_name(void **state)
{
	static const char *const says[] = {HELLO("1"), HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_string_equal(b.name, "lamp");
	close_board(true);
	assert_non_null(strstr(board.asked, "Node.Hello\",\"parameters\":{\"wall_us\":"));
}

static void another_protocol_is_told_with_both_numbers(void **state)
{
	static const char *const says[] = {HELLO("2"), HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), -AIOT_EPROTO);
	assert_string_equal(aiot_out_str(&why),
			    "the board at /dev/lamp speaks protocol 2, this aiotoolsctl 1: bring "
			    "both to the same version");
	close_board(false);
}

static void pages_are_one_reply(void **state)
{
	static const char *const says[] = {
		HELLO("1"), "{'parameters':{'tasks':[{'name':'a'}]},'continues':true}",
		"{'parameters':{'tasks':[{'name':'b'}]},'continues':true}",
		"{'parameters':{'tasks':[]}}", HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("list", "{\"all\":true}"), 0);
	assert_reply("{\"tasks\":[{\"name\":\"a\"},{\"name\":\"b\"}]}", false);
	close_board(true);
	assert_non_null(strstr(board.asked, "Task.List\",\"parameters\":{\"all\":true}\n"));
}

static void an_error_comes_behind_the_pages_before_it(void **state)
{
	static const char *const says[] = {
		HELLO("1"), "{'parameters':{'tasks':[{'name':'a'}]},'continues':true}",
		"{'error':'io.aiotools.NoSuchTask','parameters':{'message':'none'}}", HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("status", "{}"), 0);
	assert_reply("{\"tasks\":[{\"name\":\"a\"}]}", true);
	assert_error("{\"message\":\"none\"}");
	close_board(true);
}

static void what_is_for_text_is_not_sent(void **state)
{
	static const char *const says[] = {HELLO("1"), "{'parameters':{'records':[]}}", HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("log", "{\"lines\":3,\"output\":\"cat\"}"), 0);
	assert_reply("{\"records\":[]}", false);
	close_board(true);
	assert_non_null(strstr(board.asked, "Log.Read\",\"parameters\":{\"lines\":3}\n"));
}

static void a_command_that_the_board_does_not_have_is_named_by_its_verb(void **state)
{
	static const char *const says[] = {
		HELLO("1"), "{'error':'org.varlink.service.MethodNotFound','parameters':{}}",
		"{'error':'org.varlink.service.MethodNotImplemented','parameters':{}}", HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("services", "{}"), 0);
	assert_error("{}"); /* what people read is made of its name */
	assert_int_equal(send_words("services", "{}"), 0);
	assert_error("{\"message\":\"services is not to be had here: the board at /dev/lamp has no "
		     "such command\"}");
	close_board(true);
}

static void a_request_that_is_too_long_is_told_with_its_length(void **state)
{
	static const char *const says[] = {HELLO("1"), HANG_UP};
	char params[400];
	struct aiot_out out;

	(void)state;
	assert_int_equal(open_board(says), 0);
	aiot_out_init(&out, params, sizeof(params));
	aiot_out_text(&out, "{\"names\":[\"");
	aiot_out_pad(&out, 'a', 300);
	aiot_out_text(&out, "\"]}");
	assert_int_equal(send_words("start", aiot_out_str(&out)), -AIOT_EMSGSIZE);
	assert_non_null(strstr(aiot_out_str(&why),
			       "and this board takes 300: name fewer things, or shorter values"));
	close_board(true);
}

static void noise_was_told_as_a_wrong_request(void **state)
{
	static const char *const says[] = {HELLO("1"), NAK, NAK, NAK, NAK, HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("status", "{}"), 0);
	assert_int_equal(ctl_board_next(&b, &reply, &why), -AIOT_ETIMEDOUT);
	assert_string_equal(
		aiot_out_str(&why),
		"the board at /dev/lamp got each of 4 tries damaged; is the line noisy?");
	close_board(true);
}

static void a_line_that_is_closed_is_told(void **state)
{
	static const char *const says[] = {HELLO("1"), HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("status", "{}"), 0);
	assert_int_equal(ctl_board_next(&b, &reply, &why), -AIOT_ENODATA);
	assert_string_equal(aiot_out_str(&why), "/dev/lamp was closed at its other end");
	close_board(true);
}

static void a_reset_between_pages_is_told(void **state)
{
	static const char *const says[] = {
		HELLO("1"), "{'parameters':{'tasks':[]},'continues':true}", FORGOTTEN, HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("status", "{}"), 0);
	assert_int_equal(ctl_board_next(&b, &reply, &why), -AIOT_ECANCELED);
	assert_non_null(strstr(aiot_out_str(&why), "was reset, or spoken to by somebody else"));
	close_board(true);
}

/* News are waited for; what is behind the last record is asked for, also in the board's next run.
 */
static void following_goes_on_behind_the_last_record(void **state)
{
	static const char *const says[] = {HELLO("1"),
					   "{'parameters':{'records':[1],'cursor':'c1'}}",
					   "{'parameters':{'change':7,'seq':5}}",
					   "{'parameters':{'records':[2],'cursor':'c2'}}",
					   FORGOTTEN,
					   HELLO("1"),
					   "{'parameters':{'records':[3],'cursor':'c3'}}",
					   HANG_UP};

	(void)state;
	assert_int_equal(open_board(says), 0);
	assert_int_equal(send_words("follow", "{\"names\":[\"a\"]}"), 0);
	assert_reply("{\"records\":[1],\"cursor\":\"c1\"}", true);
	assert_reply("{\"records\":[2],\"cursor\":\"c2\"}", true);
	assert_reply("{\"records\":[3],\"cursor\":\"c3\"}", true);
	close_board(true);
	assert_non_null(
		strstr(board.asked,
		       "Log.Read\",\"parameters\":{\"names\":[\"a\"],\"lines\":10}\n"
		       "\"io.aiotools.Node.Poll\",\"parameters\":{\"change\":0,\"seq\":0,\"wait_"
		       "ms\":10000}\n"
		       "\"io.aiotools.Log.Read\",\"parameters\":{\"names\":[\"a\"],\"after_"
		       "cursor\":\"c1\"}\n"
		       "\"io.aiotools.Node.Poll\",\"parameters\":{\"change\":7,\"seq\":5,\"wait_"
		       "ms\":10000}\n"));
	assert_non_null(strstr(board.asked, "{\"names\":[\"a\"],\"after_cursor\":\"c2\"}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_gives_the_time_and_learns_the_name),
		cmocka_unit_test(another_protocol_is_told_with_both_numbers),
		cmocka_unit_test(pages_are_one_reply),
		cmocka_unit_test(an_error_comes_behind_the_pages_before_it),
		cmocka_unit_test(what_is_for_text_is_not_sent),
		cmocka_unit_test(a_command_that_the_board_does_not_have_is_named_by_its_verb),
		cmocka_unit_test(a_request_that_is_too_long_is_told_with_its_length),
		cmocka_unit_test(noise_was_told_as_a_wrong_request),
		cmocka_unit_test(a_line_that_is_closed_is_told),
		cmocka_unit_test(a_reset_between_pages_is_told),
		cmocka_unit_test(following_goes_on_behind_the_last_record),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as in the program (output.c) */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
