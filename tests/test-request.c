/*
 * test-request.c - request.c and inflight.c: the envelope, ids and order, streams, console lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server-stub.h"

#define SAY_X "{\"method\":\"test.Echo.Say\",\"parameters\":{\"text\":\"x\"}}"
#define SAID_X "{\"parameters\":{\"text\":\"x\"}}"
#define WAIT "{\"method\":\"test.Flow.Wait\"}"
#define WAITED "{\"parameters\":{\"begun\":true,\"released\":1}}"
#define INVALID(sentence)                                                                          \
	"{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"" sentence "\"}}"

struct fixture {
	struct rig rig;
	int fd;
};

static int set_up(void **state)
{
	static struct fixture f;

	rig_start(&f.rig, NULL);
	f.fd = rig_connect(&f.rig);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)close(f->fd);
	rig_finish(&f->rig);
	return 0;
}

static void release(struct fixture *f)
{
	f->rig.stub.released = 1;
	aiot_server_poke(f->rig.server);
}

/* ---- the envelope ---- */

static void unknown_methods_are_named(void **state)
{
	struct fixture *f = *state;

	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Sing\"}",
	    "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"test."
	    "Echo."
	    "Sing\"}}");
	ask(&f->rig, f->fd, "{\"method\":\"test.Ech.Say\",\"id\":7}",
	    "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":"
	    "\"test."
	    "Ech\"},\"id\":7}");
	ask(&f->rig, f->fd, "{\"method\":\"Say\"}",
	    "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"Say\"}"
	    "}");
	ask(&f->rig, f->fd, "{\"method\":\"io.aiotools.Task.List\"}",
	    "{\"error\":\"org.varlink.service.MethodNotImplemented\",\"parameters\":{\"method\":"
	    "\"io."
	    "aiotools.Task.List\",\"message\":\"list is not to be had here\"}}");
}

static void an_envelope_that_is_wrong_is_told(void **state)
{
	struct fixture *f = *state;
	char text[600];

	ask(&f->rig, f->fd, "{}",
	    INVALID("\\\"method\\\" has to be a string: \\\"INTERFACE.METHOD\\\""));
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"more\":1}",
	    INVALID("\\\"more\\\" has to be true or false"));
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"oneway\":\"yes\"}",
	    INVALID("\\\"oneway\\\" has to be true or false"));
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"id\":[1]}",
	    INVALID("\\\"id\\\" has to be a string, a number, true or false, of up to 256 bytes"));
	(void)snprintf(text, sizeof(text), "{\"method\":\"test.Echo.Say\",\"id\":\"%0*d\"}", 255,
		       0);
	ask(&f->rig, f->fd, text,
	    INVALID("\\\"id\\\" has to be a string, a number, true or false, of up to 256 bytes"));
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"parameters\":[]}",
	    "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":"
	    "\"parameters\",\"message\":\"say: the parameters have to be an object\"}}");
}

static void unknown_members_of_the_envelope_are_ignored(void **state)
{
	struct fixture *f = *state;

	ask(&f->rig, f->fd,
	    "{\"upgrade\":false,\"x\":{\"y\":[]},\"method\":\"test.Echo.Say\",\"parameters\":{"
	    "\"text\":"
	    "\"x\"},\"more\":false}",
	    SAID_X);
}

static void an_id_is_echoed_as_it_came(void **state)
{
	struct fixture *f = *state;

	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"id\" : \"a\\u0041\\\"\" }",
	    "{\"parameters\":{\"text\":null},\"id\":\"a\\u0041\\\"\"}");
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"id\":1.50e2}",
	    "{\"parameters\":{\"text\":null},\"id\":1.50e2}");
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"id\":null}",
	    "{\"parameters\":{\"text\":null}}");
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Fail\",\"id\":0}",
	    "{\"error\":\"io.aiotools.TaskFailed\",\"parameters\":{\"message\":\"it was asked to "
	    "fail\"},\"id\":0}");
}

static void oneway_is_never_answered(void **state)
{
	struct fixture *f = *state;

	send_text(f->fd, "{\"method\":\"test.Echo.Say\",\"oneway\":true}\n"
			 "{\"method\":\"test.Echo.Fail\",\"oneway\":true}\n"
			 "{\"method\":\"no.such.Thing\",\"oneway\":true}\n"
			 "{\"method\":\"test.Flow.Stream\",\"oneway\":true,\"more\":true}\n");
	ask(&f->rig, f->fd, SAY_X, SAID_X);
	assert_false(aiot_server_waiting(f->rig.server));
}

static void several_replies_need_more(void **state)
{
	struct fixture *f = *state;

	ask(&f->rig, f->fd, "{\"method\":\"test.Flow.Pages\"}",
	    "{\"error\":\"io.aiotools.UseMore\",\"parameters\":{\"message\":\"the answer is too "
	    "large "
	    "for one reply: ask with \\\"more\\\":true\"}}");
	send_text(f->fd,
		  "{\"method\":\"test.Flow.Pages\",\"parameters\":{\"count\":2},\"more\":true,"
		  "\"id\":\"p\"}\n");
	assert_string_equal(
		receive_line(&f->rig, f->fd),
		"{\"parameters\":{\"page\":1,\"fill\":[]},\"continues\":true,\"id\":\"p\"}");
	assert_string_equal(
		receive_line(&f->rig, f->fd),
		"{\"parameters\":{\"page\":2,\"fill\":[]},\"continues\":true,\"id\":\"p\"}");
	assert_string_equal(receive_line(&f->rig, f->fd), "{\"parameters\":{},\"id\":\"p\"}");
	receive_nothing(&f->rig, f->fd);
}

/* ---- order ---- */

static void without_ids_answers_come_in_order(void **state)
{
	struct fixture *f = *state;

	send_text(f->fd, WAIT "\n" SAY_X "\n" WAIT "\n" SAY_X "\n");
	receive_nothing(&f->rig, f->fd);
	assert_int_equal(f->rig.stub.steps, 1);
	release(f);
	assert_string_equal(receive_line(&f->rig, f->fd), WAITED);
	assert_string_equal(receive_line(&f->rig, f->fd), SAID_X);
	assert_string_equal(receive_line(&f->rig, f->fd), WAITED);
	assert_string_equal(receive_line(&f->rig, f->fd), SAID_X);
}

static void with_ids_calls_overlap(void **state)
{
	struct fixture *f = *state;

	send_text(f->fd, "{\"method\":\"test.Flow.Wait\",\"id\":1}\n"
			 "{\"method\":\"test.Flow.Stream\",\"more\":true,\"id\":2}\n"
			 "{\"method\":\"test.Echo.Say\",\"id\":3}\n" SAY_X "\n");
	assert_string_equal(receive_line(&f->rig, f->fd),
			    "{\"parameters\":{\"text\":null},\"id\":3}");
	assert_string_equal(receive_line(&f->rig, f->fd), SAID_X);
	f->rig.stub.ticks = 1;
	aiot_server_poke(f->rig.server);
	assert_string_equal(
		receive_line(&f->rig, f->fd),
		"{\"parameters\":{\"tick\":1,\"fill\":[]},\"continues\":true,\"id\":2}");
	release(f);
	assert_string_equal(receive_line(&f->rig, f->fd),
			    "{\"parameters\":{\"begun\":true,\"released\":1},\"id\":1}");
	receive_nothing(&f->rig, f->fd);
	assert_true(aiot_server_waiting(f->rig.server)); /* the stream */
}

static void calls_in_flight_are_bounded(void **state)
{
	struct fixture *f = *state;
	char text[64];
	int i;

	for (i = 0; i < 16; i++) {
		(void)snprintf(text, sizeof(text), "{\"method\":\"test.Flow.Wait\",\"id\":%d}\n",
			       i);
		send_text(f->fd, text);
	}
	receive_nothing(&f->rig, f->fd);
	ask(&f->rig, f->fd, "{\"method\":\"test.Echo.Say\",\"id\":16}",
	    "{\"error\":\"io.aiotools.Limit\",\"parameters\":{\"message\":\"16 calls are under way "
	    "on "
	    "this connection\"},\"id\":16}");
	ask(&f->rig, f->fd, "say x", "error: 16 calls are under way on this connection");
	release(f);
	for (i = 0; i < 16; i++) {
		(void)snprintf(text, sizeof(text),
			       "{\"parameters\":{\"begun\":true,\"released\":1},\"id\":%d}", i);
		assert_string_equal(receive_line(&f->rig, f->fd), text);
	}
	ask(&f->rig, f->fd, SAY_X, SAID_X);
}

static void a_poke_steps_once_a_turn_and_only_who_waits(void **state)
{
	struct fixture *f = *state;

	aiot_server_poke(f->rig.server); /* nobody */
	assert_int_equal(uv_backend_timeout(&f->rig.loop), -1);
	send_text(f->fd, WAIT "\n");
	receive_nothing(&f->rig, f->fd);
	assert_int_equal(f->rig.stub.steps, 1);
	aiot_server_poke(f->rig.server);
	aiot_server_poke(f->rig.server);
	assert_int_equal(uv_backend_timeout(&f->rig.loop), 0); /* in this turn */
	rig_turn(&f->rig);
	assert_int_equal(f->rig.stub.steps, 2);
	assert_int_equal(uv_backend_timeout(&f->rig.loop), -1); /* and idle again */
}

static void a_poke_inside_a_step_is_not_lost(void **state)
{
	struct fixture *f = *state;

	f->rig.stub.hasty = true;
	ask(&f->rig, f->fd, WAIT, WAITED);
}

/* ---- the console ---- */

static void a_line_is_a_command(void **state)
{
	struct fixture *f = *state;

	send_text(f->fd, "start good bad\r\n");
	assert_string_equal(receive_line(&f->rig, f->fd), "good: running");
	assert_string_equal(receive_line(&f->rig, f->fd), "no such task: 'bad'");
	ask(&f->rig, f->fd, "fail", "error: it was asked to fail");
	ask(&f->rig, f->fd, "frobnicate", "error: unknown command 'frobnicate'; help shows all");
	ask(&f->rig, f->fd, "folow", "error: unknown command 'folow', did you mean 'follow'?");
	ask(&f->rig, f->fd, "say 'x", "error: the line has an open quote");
	ask(&f->rig, f->fd, "fail --really", "error: fail: unknown option '--really'");
	send_text(f->fd, "\n   \n");
	receive_nothing(&f->rig, f->fd);
	send_bytes(f->fd, "a\0b\n", 4);
	assert_string_equal(receive_line(&f->rig, f->fd), "error: the line has a NUL in it");
}

static void too_many_words_are_refused(void **state)
{
	struct fixture *f = *state;
	char line[1024];

	memset(line, ' ', sizeof(line));
	for (size_t i = 0; i < 600; i += 2)
		line[i] = 'a';
	line[600] = '\0';
	ask(&f->rig, f->fd, line, "error: the line has too many words");
}

static void help_comes_from_the_tables(void **state)
{
	struct fixture *f = *state;
	const char *const ways[] = {"start -h\n", "help start\n", "start good --help\n"};

	for (size_t i = 0; i < 3; i++) {
		send_text(f->fd, ways[i]);
		assert_string_equal(receive_line(&f->rig, f->fd), "usage: start [NAME...]");
		while (strstr(receive_line(&f->rig, f->fd), "--help") == NULL)
			;
	}
	send_text(f->fd, "help\n");
	assert_string_equal(receive_line(&f->rig, f->fd), "  say         say it");
	while (strncmp(receive_line(&f->rig, f->fd), "  help ", 7) != 0)
		;
	ask(&f->rig, f->fd, "help nothing", "error: unknown command 'nothing'; help shows all");
	ask(&f->rig, f->fd, "help a b", "error: help takes one command");
}

static void a_console_stream_ends_with_the_next_line(void **state)
{
	struct fixture *f = *state;

	f->rig.stub.ticks = 1;
	send_text(f->fd, "follow -o cat\n");
	assert_string_equal(receive_line(&f->rig, f->fd), "tick 1");
	f->rig.stub.ticks = 2;
	aiot_server_poke(f->rig.server);
	assert_string_equal(receive_line(&f->rig, f->fd), "tick 2");
	receive_nothing(&f->rig, f->fd);
	send_text(f->fd, "\n");
	receive_nothing(&f->rig, f->fd);
	assert_false(aiot_server_waiting(f->rig.server));
	send_text(f->fd, "follow -o cat\n");
	assert_string_equal(receive_line(&f->rig, f->fd), "tick 1");
	assert_string_equal(receive_line(&f->rig, f->fd), "tick 2");
	ask(&f->rig, f->fd, "fail", "error: it was asked to fail");
	assert_false(aiot_server_waiting(f->rig.server));
}

/* Pages follow each other when their text is written: one without a text was the last one. */
static void a_page_without_text_is_followed_by_the_next_one(void **state)
{
	struct fixture *f = *state;
	int other = rig_connect(&f->rig);

	f->rig.stub.silent = 3;
	f->rig.stub.ticks = 1;
	send_text(f->fd, "follow -o cat\n");
	ask(&f->rig, other, "fail", "error: it was asked to fail");
	assert_true(f->rig.stub.steps <= 3); /* others have their turn in between */
	assert_string_equal(receive_line(&f->rig, f->fd), "tick 1");
	receive_nothing(&f->rig, f->fd);
	(void)close(other);
}

static void lines_wait_for_a_command_that_waits(void **state)
{
	struct fixture *f = *state;

	send_text(f->fd, "wait\nfail\n");
	receive_nothing(&f->rig, f->fd);
	release(f);
	while (strcmp(receive_line(&f->rig, f->fd), "error: it was asked to fail") != 0)
		;
	receive_nothing(&f->rig, f->fd);
}

static void lines_and_objects_mix(void **state)
{
	struct fixture *f = *state;

	send_text(f->fd, "fail\n" SAY_X "\nfail\n" SAY_X "\n");
	assert_string_equal(receive_line(&f->rig, f->fd), "error: it was asked to fail");
	assert_string_equal(receive_line(&f->rig, f->fd), SAID_X);
	assert_string_equal(receive_line(&f->rig, f->fd), "error: it was asked to fail");
	assert_string_equal(receive_line(&f->rig, f->fd), SAID_X);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unknown_methods_are_named),
		TEST(an_envelope_that_is_wrong_is_told),
		TEST(unknown_members_of_the_envelope_are_ignored),
		TEST(an_id_is_echoed_as_it_came),
		TEST(oneway_is_never_answered),
		TEST(several_replies_need_more),
		TEST(without_ids_answers_come_in_order),
		TEST(with_ids_calls_overlap),
		TEST(calls_in_flight_are_bounded),
		TEST(a_poke_steps_once_a_turn_and_only_who_waits),
		TEST(a_poke_inside_a_step_is_not_lost),
		TEST(a_line_is_a_command),
		TEST(too_many_words_are_refused),
		TEST(help_comes_from_the_tables),
		TEST(a_console_stream_ends_with_the_next_line),
		TEST(a_page_without_text_is_followed_by_the_next_one),
		TEST(lines_wait_for_a_command_that_waits),
		TEST(lines_and_objects_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
