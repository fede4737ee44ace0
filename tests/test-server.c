/*
 * test-server.c - server.c and accept.c: who is let in, how it ends, and that nothing ends it
 * early.  The length is that of its subject: each way in and out of one server, on the same few
 * helpers.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <aiotools.h>

#include "mem.h"
#include "server-stub.h"

#define SAY_X "{\"method\":\"test.Echo.Say\",\"parameters\":{\"text\":\"x\"}}"
#define SAID_X "{\"parameters\":{\"text\":\"x\"}}"
#define WAIT "{\"method\":\"test.Flow.Wait\"}"
#define CLOSED "<closed>"
#define NONE ((gid_t)-1)

/* ---- who is let in ---- */

#define CLIENTS 4 /* max_clients 2, and the two slots of root and the daemon's user, who is us */

static const struct aiot_server_options few = {
	.max_clients = CLIENTS - 2,
	.operate_group = NONE,
	.read_group = NONE,
};

/* Long enough for a busy machine to hear who speaks at once. */
static const struct aiot_server_options hasty = {
	.max_clients = CLIENTS - 2,
	.request_timeout_ms = 300,
	.operate_group = NONE,
	.read_group = NONE,
};

static void one_client_too_many_is_told_so_and_costs_no_slot(void **state)
{
	static const char sentence[] =
		"too many connections: MaxClients= in aiotoolsd.ini allows 2";
	struct aiot_server_counts counts;
	char reply[256];
	struct rig rig;
	int fd[CLIENTS], extra, i;

	(void)state;
	rig_start(&rig, &few);
	for (i = 0; i < CLIENTS; i++)
		fd[i] = rig_connect(&rig);
	extra = rig_connect(&rig);
	send_bytes(extra, SAY_X, sizeof(SAY_X));
	(void)snprintf(reply, sizeof(reply),
		       "{\"error\":\"io.aiotools.Limit\",\"parameters\":{\"message\":\"%s\"}}",
		       sentence);
	assert_string_equal(receive(&rig, extra, '\0'), reply);
	assert_string_equal(receive(&rig, extra, '\0'), CLOSED);
	(void)close(extra);
	extra = rig_connect(&rig);
	(void)snprintf(reply, sizeof(reply), "error: %s", sentence);
	ask(&rig, extra, "say x", reply);
	assert_string_equal(receive_line(&rig, extra), CLOSED);
	(void)close(extra);
	extra = rig_connect(&rig); /* says nothing: told all the same */
	assert_string_equal(receive_line(&rig, extra), reply);
	(void)close(extra);
	(void)close(fd[2]);
	rig_turn(&rig);
	fd[2] = rig_connect(&rig); /* a slot is free again */
	for (i = 0; i < CLIENTS; i++) {
		ask(&rig, fd[i], SAY_X, SAID_X);
		(void)close(fd[i]);
	}
	aiot_server_counts(rig.server, &counts);
	assert_int_equal(counts.accepted, CLIENTS + 1);
	assert_int_equal(counts.refused, 3);
	assert_int_equal(counts.clients_max, CLIENTS - 2);
	rig_finish(&rig);
}

static void a_crowd_of_refused_clients_is_bounded(void **state)
{
	struct rig rig;
	int fd[CLIENTS + 60], i, dropped = 0;
	char c;

	(void)state;
	rig_start(&rig, &few);
	for (i = 0; i < CLIENTS + 60; i++)
		fd[i] = rig_knock(&rig);
	rig_turn(&rig);
	assert_int_equal(rig_clients(&rig), CLIENTS);
	for (i = 0; i < CLIENTS; i++)
		ask(&rig, fd[i], SAY_X, SAID_X);
	for (i = 0; i < CLIENTS + 60; i++)
		dropped += recv(fd[i], &c, 1, 0) == 0;
	assert_int_equal(dropped, 60 - 16); /* so many are told, the others just dropped */
	for (i = 0; i < CLIENTS + 60; i++)
		(void)close(fd[i]);
	rig_finish(&rig);
}

static int knock_as(struct rig *rig, uid_t uid)
{
	int fd;

	assert_int_equal(seteuid(uid), 0);
	fd = rig_knock(rig);
	assert_int_equal(seteuid(0), 0);
	rig_turn(rig);
	return fd;
}

static void a_stranger_has_no_role_and_no_reserved_slot(void **state)
{
	struct rig rig;
	int fd[3];

	(void)state;
	if (geteuid() != 0)
		return; /* only root can be a stranger to itself; test-roles.c has the rules */
	rig_start(&rig, &few);
	assert_int_equal(chmod(rig.dir, 0755), 0);
	fd[0] = knock_as(&rig, 12345);
	ask(&rig, fd[0], SAY_X, SAID_X);
	ask(&rig, fd[0], "secret",
	    "error: secret: uid 12345 may not operate tasks: be root or the daemon's user, "
	    "or a member of OperateGroup= in aiotoolsd.ini");
	fd[1] = knock_as(&rig, 12345);
	ask(&rig, fd[1], "fail",
	    "error: too many connections: of those that MaxClients= in aiotoolsd.ini allows, "
	    "users without a role may have 1");
	fd[2] = rig_connect(&rig);
	ask(&rig, fd[2], "fail", "error: it was asked to fail");
	(void)close(fd[0]);
	(void)close(fd[1]);
	(void)close(fd[2]);
	rig_finish(&rig);
}

static void a_stranger_that_says_nothing_loses_its_slot(void **state)
{
	struct rig rig;
	int silent, other;

	(void)state;
	if (geteuid() != 0)
		return;
	rig_start(&rig, &hasty);
	assert_int_equal(chmod(rig.dir, 0755), 0);
	silent = knock_as(&rig, 12345);
	assert_string_equal(receive_line(&rig, silent),
			    "error: the request took too long to arrive");
	assert_string_equal(receive_line(&rig, silent), CLOSED);
	other = knock_as(&rig, 12345);
	ask(&rig, other, SAY_X, SAID_X);
	(void)close(silent);
	(void)close(other);
	rig_finish(&rig);
}

/* From here on no file can be opened. */
static void take_all_files(struct rlimit *ret_before)
{
	struct rlimit now;
	int next = dup(STDERR_FILENO);

	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, ret_before), 0);
	now = *ret_before;
	now.rlim_cur = (rlim_t)next; /* all below are taken */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

static void without_descriptors_clients_are_sent_away(void **state)
{
	struct rlimit before;
	struct rig rig;
	int there, late;

	(void)state;
	if (geteuid() != 0)
		return; /* only root can be a stranger to itself */
	rig_start(&rig, NULL);
	assert_int_equal(chmod(rig.dir, 0755), 0);
	there = rig_connect(&rig);
	assert_int_equal(seteuid(12345), 0);
	late = rig_knock(&rig);
	assert_int_equal(seteuid(0), 0);
	take_all_files(&before);
	assert_string_equal(receive_line(&rig, late), CLOSED);
	ask(&rig, there, SAY_X, SAID_X);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	(void)close(late);
	late = rig_connect(&rig);
	ask(&rig, late, SAY_X, SAID_X);
	(void)close(late);
	(void)close(there);
	rig_finish(&rig);
}

static void without_descriptors_an_admin_is_let_in_to_mend_it(void **state)
{
	struct rlimit before;
	struct rig rig;
	int late, next;

	(void)state;
	rig_start(&rig, NULL);
	late = rig_knock(&rig);
	next = rig_knock(&rig);
	take_all_files(&before);
	ask(&rig, late, SAY_X, SAID_X);
	(void)close(late);
	ask(&rig, next, SAY_X, SAID_X); /* one at a time */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	(void)close(next);
	rig_finish(&rig);
}

/* ---- sockets ---- */

static void a_second_server_at_the_path_is_refused(void **state)
{
	struct rig rig;
	char why[256];
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	assert_int_equal(aiot_server_listen(rig.server, rig.path, why, sizeof(why)), -AIOT_EBUSY);
	assert_non_null(strstr(why, "another daemon answers at '"));
	fd = rig_connect(&rig);
	ask(&rig, fd, SAY_X, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

static void a_socket_that_is_handed_over_is_served(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct rig rig;
	char why[256];
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = dup(listening);

	(void)state;
	rig_create(&rig, NULL);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", rig.path);
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(aiot_server_adopt(rig.server, fd, why, sizeof(why)), -AIOT_EINVAL);
	assert_int_equal(close(fd), -1); /* it was taken all the same */
	assert_int_equal(listen(listening, 8), 0);
	assert_int_equal(aiot_server_adopt(rig.server, listening, why, sizeof(why)), 0);
	fd = rig_connect(&rig);
	ask(&rig, fd, SAY_X, SAID_X);
	(void)close(fd);
	aiot_server_close(rig.server, rig.stub.closed, &rig);
	assert_int_equal(unlink(rig.path), 0); /* was not removed */
	rig.server = NULL;
	rig_finish(&rig);
}

/* ---- the end ---- */

static void calls_that_wait_are_told_of_the_end(void **state)
{
	struct rig rig;
	int fd, line;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	line = rig_connect(&rig);
	send_text(fd, "{\"method\":\"test.Flow.Wait\",\"id\":1}\n"
		      "{\"method\":\"test.Flow.Stream\",\"more\":true,\"id\":2}\n" WAIT "\n" SAY_X
		      "\n");
	send_text(line, "wait\n");
	rig_turn(&rig);
	aiot_server_close(rig.server, rig.stub.closed, &rig);
	rig.server = NULL;
#define ENDS(id)                                                                                   \
	"{\"error\":\"io.aiotools.ShuttingDown\",\"parameters\":{\"message\":\"the daemon is "     \
	"shutting down\"}" id "}"
	assert_string_equal(receive_line(&rig, fd), ENDS(",\"id\":1"));
	assert_string_equal(receive_line(&rig, fd), ENDS(",\"id\":2"));
	assert_string_equal(receive_line(&rig, fd), ENDS(""));
	assert_string_equal(receive_line(&rig, fd), CLOSED);
	assert_string_equal(receive_line(&rig, line), "error: the daemon is shutting down");
	assert_string_equal(receive_line(&rig, line), CLOSED);
	(void)close(fd);
	(void)close(line);
	rig_finish(&rig);
}

static void what_is_queued_is_still_sent(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	send_text(fd, "{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":900000}}\n");
	rig_turn(&rig);
	aiot_server_close(rig.server, rig.stub.closed, &rig);
	rig.server = NULL;
	assert_in_range(receive_all(&rig, fd), 850000, 1000000);
	(void)close(fd);
	rig_finish(&rig);
}

static void who_does_not_read_does_not_hold_up_the_end(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	send_text(fd, "{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":900000}}\n");
	rig_turn(&rig);
	rig_finish(&rig);
	(void)close(fd);
}

static void a_handler_may_close_the_server(void **state)
{
	struct rig rig;
	int fd, other;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	other = rig_connect(&rig);
	send_text(other, WAIT "\n");
	send_text(fd, "{\"method\":\"test.Flow.Wait\",\"id\":1}\n"
		      "{\"method\":\"test.Echo.Stop\",\"id\":2}\n" SAY_X "\n");
	rig.server = NULL;
	assert_string_equal(receive_line(&rig, fd), ENDS(",\"id\":1"));
	assert_string_equal(receive_line(&rig, fd), "{\"parameters\":{},\"id\":2}");
	assert_string_equal(receive_line(&rig, fd), CLOSED);
	assert_string_equal(receive_line(&rig, other), ENDS(""));
	assert_string_equal(receive_line(&rig, other), CLOSED);
	(void)close(fd);
	(void)close(other);
	rig_finish(&rig);
}

static void a_call_that_closes_the_server_and_waits_is_told_of_the_end(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	rig.server = NULL;
	ask(&rig, fd, "{\"method\":\"test.Echo.Stop\",\"parameters\":{\"wait\":true},\"id\":2}",
	    ENDS(",\"id\":2"));
	assert_string_equal(receive_line(&rig, fd), CLOSED);
	(void)close(fd);
	rig_finish(&rig);
}

static void no_server_is_closed_at_once(void **state)
{
	bool done = false;
	struct rig rig;

	(void)state;
	rig_create(&rig, NULL);
	rig.closed = false;
	aiot_server_close(NULL, rig.stub.closed, &rig);
	assert_true(rig.closed);
	rig.closed = done;
	aiot_server_close(NULL, NULL, NULL);
	aiot_server_close(rig.stub.server, rig.stub.closed, &rig);
	rig_finish(&rig);
}

static void who_goes_in_the_middle_of_an_answer_ends_nothing(void **state)
{
	struct rig rig;
	int fd, i;

	(void)state;
	(void)signal(SIGPIPE, SIG_DFL);
	rig_start(&rig, NULL);
	for (i = 0; i < 10; i++) {
		fd = rig_connect(&rig);
		send_text(fd, "{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":900000}}\n");
		(void)close(fd);
		rig_turn(&rig);
		fd = rig_connect(&rig);
		send_text(fd, WAIT "\n");
		assert_int_equal(shutdown(fd, SHUT_RD), 0);
		rig_turn(&rig);
		rig.stub.released = 1;
		aiot_server_poke(rig.server);
		rig_turn(&rig);
		(void)close(fd);
	}
	fd = rig_connect(&rig);
	ask(&rig, fd, SAY_X, SAID_X);
	(void)close(fd);
	rig_finish(&rig);
}

/* ---- no memory ---- */

/* Everything at once; what comes back does not matter, that the server lives does. */
static void busy_minute(struct rig *rig)
{
	static const char requests[] = SAY_X
		"\n" SAY_X "\nfail\nhelp\nfollow\n\nsay 'a b'\n"
		"{\"method\":\"test.Flow.Pages\",\"parameters\":{\"count\":4,\"bytes\":20000},"
		"\"more\":true}\n"
		"{\"method\":\"test.Flow.Wait\",\"id\":1}\n"
		"{\"method\":\"test.Flow.Stream\",\"more\":true,\"id\":2}\n"
		"{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":300000},\"id\":3}\n";
	int fd = rig_knock(rig);

	(void)send(fd, requests, sizeof(requests) - 1, MSG_NOSIGNAL);
	rig_turn(rig);
	rig->stub.ticks = rig->stub.released = 1;
	aiot_server_poke(rig->server);
	rig_turn(rig);
	(void)close(fd);
	rig_turn(rig);
	rig->stub.ticks = rig->stub.released = 0;
}

static bool only_one_is_there(struct rig *rig, void *arg)
{
	(void)arg;
	return rig_clients(rig) == 1;
}

static void any_allocation_may_fail(void **state)
{
	unsigned long n, in_a_row, total;
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	fd = rig_connect(&rig);
	ask(&rig, fd, SAY_X, SAID_X);
	(void)aiot_mem_fail(0, 0);
	busy_minute(&rig);
	total = aiot_mem_fail(0, 0);
	assert_in_range(total, 20, 500);
	for (in_a_row = 1; in_a_row <= 1000; in_a_row += 999) {
		for (n = 1; n <= total; n++) {
			(void)aiot_mem_fail(n, in_a_row);
			busy_minute(&rig);
			(void)aiot_mem_fail(0, 0);
			rig_until(&rig, only_one_is_there, NULL);
			ask(&rig, fd, SAY_X, SAID_X);
		}
	}
	(void)close(fd);
	rig_finish(&rig);
}

static void without_memory_a_client_is_answered_or_closed(void **state)
{
	unsigned long n;
	struct rig rig;
	char text[512];
	ssize_t got;
	int fd;

	(void)state;
	rig_start(&rig, NULL);
	for (n = 1; n < 10; n++) {
		fd = rig_connect(&rig);
		send_text(fd, "{\"method\":\"test.Echo.Big\",\"parameters\":{\"bytes\":9000}}\n");
		(void)aiot_mem_fail(n, 1000);
		rig_turn(&rig);
		(void)aiot_mem_fail(0, 0);
		got = recv(fd, text, sizeof(text), 0);
		if (got < 0)
			assert_int_equal(errno, ECONNRESET); /* closed with its request unread */
		else
			assert_true(got == 0 || text[0] == '{');
		(void)close(fd);
	}
	rig_turn(&rig);
	assert_int_equal(rig_clients(&rig), 0);
	rig_finish(&rig);
}

static void without_memory_there_is_no_server(void **state)
{
	struct aiot_server_options options = {0};
	struct aiot_server *server = NULL;
	struct rig rig;
	char why[256];

	(void)state;
	(void)aiot_mem_fail(1, 1);
	assert_int_equal(aiot_server_create(&options, &server), -AIOT_ENOMEM);
	assert_null(server);
	(void)aiot_mem_fail(0, 0);
	rig_create(&rig, NULL);
	(void)aiot_mem_fail(1, 1);
	assert_int_equal(aiot_server_listen(rig.server, rig.path, why, sizeof(why)), -AIOT_ENOMEM);
	assert_string_equal(why, "cannot listen: no memory");
	(void)aiot_mem_fail(0, 0);
	rig_finish(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_client_too_many_is_told_so_and_costs_no_slot),
		cmocka_unit_test(a_crowd_of_refused_clients_is_bounded),
		cmocka_unit_test(a_stranger_has_no_role_and_no_reserved_slot),
		cmocka_unit_test(a_stranger_that_says_nothing_loses_its_slot),
		cmocka_unit_test(without_descriptors_clients_are_sent_away),
		cmocka_unit_test(without_descriptors_an_admin_is_let_in_to_mend_it),
		cmocka_unit_test(a_second_server_at_the_path_is_refused),
		cmocka_unit_test(a_socket_that_is_handed_over_is_served),
		cmocka_unit_test(calls_that_wait_are_told_of_the_end),
		cmocka_unit_test(what_is_queued_is_still_sent),
		cmocka_unit_test(who_does_not_read_does_not_hold_up_the_end),
		cmocka_unit_test(a_handler_may_close_the_server),
		cmocka_unit_test(a_call_that_closes_the_server_and_waits_is_told_of_the_end),
		cmocka_unit_test(no_server_is_closed_at_once),
		cmocka_unit_test(who_goes_in_the_middle_of_an_answer_ends_nothing),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(without_memory_a_client_is_answered_or_closed),
		cmocka_unit_test(without_memory_there_is_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
