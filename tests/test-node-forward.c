/*
 * test-node-forward.c - lib/host/node-forward.c and lib/core/calls-away.c: calls that the board
 * answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node-stage.h"

#define SET "{'name':'board:hello','args':{'whom':'Ada'}}"

/* A call, up to its answer. */
static enum aiot_call_result give(const char *verb, const char *params, bool more)
{
	enum aiot_call_result r;
	unsigned i;

	call_begin(&stage_commands, verb, params, more);
	r = call_step();
	for (i = 0; r == AIOT_CALL_WAIT && i < 200; i++) {
		pass(100 * FAKE_MS);
		r = call_step();
	}
	return r;
}

static void a_call_is_answered_by_the_board(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", "{'parameters':{'name':'hello','set':[{'key':'whom','value':'Ada',"
			   "'name':'hello'}]}}");
	assert_int_equal(give("set", SET, false), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "board:hello");
	assert_string_equal(member_of(nth_of("set", 0), "value"), "Ada");
	assert_string_equal(member_of(nth_of("set", 0), "name"), "board:hello");
	assert_memory_equal(board.asked, "Task.Set ", 9);
}

static void the_board_is_given_the_name_that_it_knows(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", BUSY);
	call_begin(&stage_commands, "set", SET, false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f);
	assert_string_equal(board.params, "{\"name\":\"hello\",\"args\":{\"whom\":\"Ada\"}}");
	assert_int_equal(fake_logged(f, AIOT_INFO, "set board:hello whom"), 1);
}

static void a_refusal_is_the_boards_sentence(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", "{'error':'io.aiotools.Usage','parameters':{'message':'no such key'}}");
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "cannot set 'board:hello': node 'board': no such key");
	answer("Task.Set", "{'error':'io.aiotools.Usage'}");
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED,
		     "cannot set 'board:hello': node 'board': io.aiotools.Usage");
}

static void a_node_that_is_away_refuses_at_once(void **state)
{
	(void)state;
	connect_node();
	board.gone = true;
	board_say("x", 1);
	pass(10 * FAKE_MS);
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "cannot set 'board:hello': node 'board' is not "
					   "reachable: its device is gone");
}

static void a_line_that_is_lost_ends_the_call(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", BUSY);
	call_begin(&stage_commands, "set", SET, false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	pass(FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	board.gone = true;
	board_say("x", 1);
	pass(10 * FAKE_MS);
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_true(f->pokes > 0);
}

static void an_answer_is_not_told_before_its_task_was_looked_at(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", "{'parameters':{'name':'hello'}}");
	answer("Task.Status", TASKS(ROW("hello", "stopped")));
	assert_int_equal(give("set", SET, false), AIOT_CALL_DONE);
	assert_state("board:hello", "stopped");
	answer("Task.Status", "{'error':'io.aiotools.Limit','parameters':{'message':'too long'}}");
	assert_int_equal(give("set", SET, false), AIOT_CALL_DONE);
	answer("Task.Status", BUSY);
	assert_int_equal(give("set", SET, false), AIOT_CALL_DONE);
	board.mute = true;
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
}

static void no_answer_and_no_end_are_sentences_too(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", BUSY);
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED,
		     "cannot set 'board:hello': the board is still at it; look later");
	board.mute = true;
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "cannot set 'board:hello': the board does not answer; "
					   "whether this was done is not known");
}

static void what_is_too_long_for_the_board_is_refused(void **state)
{
	char text[1500];
	unsigned long n =
		aiot_format_to(text, sizeof(text), "{'name':'board:hello','args':{'whom':'");

	(void)state;
	connect_node();
	memset(text + n, 'x', 300);
	memcpy(text + n + 300, "'}}", 4);
	assert_int_equal(give("set", text, false), AIOT_CALL_ERROR);
	assert_non_null(strstr(message(), "too long for the board"));
	memset(text + n, 'x', 1400);
	memcpy(text + n + 1400, "'}}", 4);
	assert_int_equal(give("set", text, false), AIOT_CALL_ERROR);
	assert_non_null(strstr(message(), "too long for its board"));
}

static void pages_come_one_by_one(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Unschedule", "{'parameters':{'failed':[{'name':'hello','error':'x',"
				  "'message':'y'}],'done':[]},'continues':true}");
	answer("Next", "{'parameters':{'failed':[],'done':[]}}");
	assert_int_equal(give("unschedule", "{'names':['board:hello']}", true), AIOT_CALL_PAGE);
	assert_string_equal(member_of(nth_of("failed", 0), "name"), "board:hello");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_int_equal(aiot_json_count(aiot_json_get(reply, "failed")), 0);
}

static void an_answer_without_end_is_cut_off(void **state)
{
	static char page[3000];
	size_t n;

	(void)state;
	connect_node();
	n = aiot_format_to(page, sizeof(page), "{'parameters':{'name':'");
	memset(page + n, 'x', 2500);
	memcpy(page + n + 2500, "'},'continues':true}", 21);
	answer("Task.Set", page);
	answer("Next", page);
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_non_null(strstr(message(), "the board's answer is too long"));
}

static void answers_that_nobody_takes_make_room(void **state)
{
	unsigned i;

	(void)state;
	connect_node();
	answer("Task.Set", "{'parameters':{'name':'hello','set':[]}}");
	for (i = 0; i < 3 * AIOT_NODE_FORWARDS; i++) {
		call_begin(&stage_commands, "set", SET, false);
		assert_int_equal(call_step(), AIOT_CALL_WAIT); /* and hangs up */
		pass(100 * FAKE_MS);
	}
	assert_int_equal(give("set", SET, false), AIOT_CALL_DONE);
}

static void too_many_at_once_are_refused(void **state)
{
	unsigned i;

	(void)state;
	connect_node();
	for (i = 0; i < AIOT_NODE_FORWARDS; i++) {
		call_begin(&stage_commands, "set", SET, false);
		assert_int_equal(call_step(), AIOT_CALL_WAIT);
	}
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_LIMIT,
		     "cannot set 'board:hello': too many calls wait for its board already");
}

static void of_several_names_those_elsewhere_are_told(void **state)
{
	(void)state;
	connect_node();
	assert_int_equal(give("unschedule", "{'names':['board:hello','board:world']}", true),
			 AIOT_CALL_DONE);
	assert_non_null(strstr(member_of(nth_of("failed", 0), "message"), "give its name alone"));
	assert_int_equal(give("unschedule", "{'names':['board:*']}", true), AIOT_CALL_DONE);
	assert_int_equal(aiot_json_count(aiot_json_get(reply, "failed")), 0);
	assert_asked("");
}

static void a_task_that_left_meanwhile_is_none(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", BUSY);
	call_begin(&stage_commands, "set", SET, false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	pass(100 * FAKE_MS);
	aiot_node_task_leave(aiot_node_task_find(node, "hello"));
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, aiot_error_name(AIOT_ERR_NO_SUCH_TASK));
}

#define FORGOTTEN                                                                                  \
	"{'error':'io.aiotools.InvalidRequest','parameters':{'message':'no such session'}}"

/* A board that was spoken to by somebody else in between, or whose call noise has ended. */
static void a_call_that_the_board_forgot_is_answered(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", "{'parameters':{'name':'hello','set':[]},'continues':true}");
	answer("Next", FORGOTTEN);
	assert_int_equal(give("set", SET, false), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "cannot set 'board:hello': the board forgot this call "
					   "before it was over; whether it was done is not known");
	answer("Task.Set", "{'parameters':{'name':'hello','set':[]}}");
	assert_int_equal(give("set", SET, false), AIOT_CALL_DONE);
}

/* It says so of the first try: nothing was done. */
static void a_call_in_a_session_that_is_no_more_is_sent_in_the_next(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Set", FORGOTTEN);
	call_begin(&stage_commands, "set", SET, false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f);
	answer("Task.Set", "{'parameters':{'name':'hello','set':[]}}");
	pass(100 * FAKE_MS);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(a_call_is_answered_by_the_board),
		S(the_board_is_given_the_name_that_it_knows),
		S(a_refusal_is_the_boards_sentence),
		S(a_node_that_is_away_refuses_at_once),
		S(a_line_that_is_lost_ends_the_call),
		S(an_answer_is_not_told_before_its_task_was_looked_at),
		S(no_answer_and_no_end_are_sentences_too),
		S(what_is_too_long_for_the_board_is_refused),
		S(pages_come_one_by_one),
		S(an_answer_without_end_is_cut_off),
		S(answers_that_nobody_takes_make_room),
		S(too_many_at_once_are_refused),
		S(of_several_names_those_elsewhere_are_told),
		S(a_task_that_left_meanwhile_is_none),
		S(a_call_that_the_board_forgot_is_answered),
		S(a_call_in_a_session_that_is_no_more_is_sent_in_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
