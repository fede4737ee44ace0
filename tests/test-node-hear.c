/*
 * test-node-hear.c - lib/host/node-hear.c: what answers mean, and what is said of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node-stage.h"

static unsigned said(const char *text)
{
	return fake_logged(f, AIOT_INFO, text) + fake_logged(f, AIOT_WARN, text) +
	       fake_logged(f, AIOT_ERROR, text);
}

/* As a reset leaves it. */
static void reset_board(const char *fault)
{
	board.boots++;
	board.began_ns = f->mono_ns;
	board.fault = fault;
	news(1, 0);
	pass(100 * FAKE_MS);
}

static void the_board_says_who_it_is(void **state)
{
	(void)state;
	connect_node();
	assert_string_equal(node->board, "fake");
	assert_string_equal(node->version, "0.1");
	assert_string_equal(node->reset, "watchdog");
	assert_int_equal(node->boots, 1);
	assert_int_equal(node->connects, 1);
	assert_int_equal(said("connected: fake, firmware 0.1"), 1);
	assert_int_equal(said("reset"), 0);
}

static void another_protocol_is_told_once_and_looked_at_now_and_then(void **state)
{
	(void)state;
	answer("Node.Hello", "{'parameters':{'protocol':9,'boots':1}}");
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(60 * FAKE_S);
	assert_int_equal(said("its firmware speaks protocol 9, and this is 1"), 1);
	assert_int_equal(node->stage, AIOT_NODE_REFUSED);
	assert_state("board.service", "restarting");
	assert_true(board.lines >= 5 && board.lines <= 8);
	board.answers[2].method = NULL; /* another firmware */
	pass(11 * FAKE_S);
	assert_state("board.service", "running");
	assert_state("board:hello", "running");
}

static void what_is_no_board_is_told(void **state)
{
	(void)state;
	answer("Node.Hello", "{'error':'io.aiotools.MethodNotImplemented',"
			     "'parameters':{'message':'none of that'}}");
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(FAKE_S);
	assert_int_equal(said("is no board of ours: none of that"), 1);
}

static void a_board_that_does_not_answer_is_asked_again(void **state)
{
	(void)state;
	board.mute = true;
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(20 * FAKE_S);
	assert_int_equal(said("not reachable: /dev/board: no answer"), 1);
	assert_state("board.service", "restarting");
	board.mute = false;
	pass(FAKE_S);
	assert_state("board.service", "running");
}

static void a_reset_is_told_with_its_reason_and_fault(void **state)
{
	(void)state;
	connect_node();
	reset_board(",'fault':{'what':'hard fault','task':'hello','file':'hello.c','line':12,"
		    "'pc':4660,'lr':22136}");
	assert_int_equal(said("the board was reset: watchdog; boots: 2"), 1);
	assert_int_equal(said("hard fault in task 'hello' at hello.c:12, pc 0x00001234, "
			      "lr 0x00005678"),
			 1);
	assert_int_equal(node->resets, 1);
	assert_state("board:hello", "running");
	assert_int_equal(said("connected"), 1); /* it was never away */
}

static void of_a_fault_only_what_is_known_is_told(void **state)
{
	(void)state;
	connect_node();
	reset_board(
		",'fault':{'what':'watchdog','task':'hello','file':null,'line':0,'pc':0,'lr':0}");
	reset_board(",'fault':{'what':'stack "
		    "overflow','task':null,'file':null,'line':0,'pc':16,'lr':0}");
	assert_int_equal(said("by a fault: watchdog in task 'hello'"), 1);
	assert_int_equal(said("by a fault: watchdog in task 'hello' at"), 0);
	assert_int_equal(said("by a fault: stack overflow, pc 0x00000010, lr 0x00000000"), 1);
}

static void a_clock_that_goes_back_is_a_reset_too(void **state)
{
	(void)state;
	connect_node();
	board.began_ns = f->mono_ns; /* its counter of boots was lost with the power */
	news(1, 0);
	pass(100 * FAKE_MS);
	assert_int_equal(node->resets, 1);
}

static void orders_end_with_a_reset(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", "{'parameters':{'failed':[],'done':[]}}");
	answer("Task.Status", TASKS(ROW("hello", "stopping")));
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(100 * FAKE_MS);
	assert_state("board:hello", "stopping");
	answer("Task.Status", TASKS(ROW("hello", "running")));
	reset_board(NULL);
	assert_string_equal(fake_states(f, "board:hello"),
			    "running stopping stopping failed running");
	assert_int_equal(said("the board was reset meanwhile"), 1);
}

static void an_order_that_ended_in_a_reset_was_told_as_not_answered(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Start", NULL);
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), 0);
	pass(100 * FAKE_MS);
	board.mute = true;
	pass(FAKE_S);
	board.mute = false;
	board.fault = ",'fault':{'what':'watchdog','task':'world','file':null,'line':0}";
	board.boots++;
	board.began_ns = f->mono_ns;
	pass(FAKE_S);
	assert_int_equal(said("the board was reset meanwhile: watchdog in task 'world'"), 1);
	assert_int_equal(said("does not answer"), 0);
	assert_int_equal(fake_logged(f, AIOT_WARN, "not reachable"), 0);
}

static void the_offset_of_clocks_is_the_middle_of_the_greeting(void **state)
{
	int64_t true_ns = (int64_t)board.began_ns;

	(void)state;
	f->read_ns = 100000; /* each look at the clock takes that long */
	connect_node();
	assert_true(node->offset_ns - true_ns < 5000000 && true_ns - node->offset_ns < 5000000);
}

static void the_offset_follows_drift_and_does_not_jitter(void **state)
{
	int64_t first;

	(void)state;
	connect_node();
	first = node->offset_ns;
	pass(300 * FAKE_MS);
	news(1, 0);
	pass(100 * FAKE_MS);
	assert_int_equal(node->offset_ns, first);
	board.began_ns += 50000000; /* its clock is 50 ms slow by now */
	pass(2 * FAKE_S);
	news(2, 0);
	pass(100 * FAKE_MS);
	assert_true(node->offset_ns - first > 49000000 && node->offset_ns - first <= 50001000);
	first = node->offset_ns;
	board.began_ns -= 70000000; /* and now fast */
	news(3, 0);
	pass(100 * FAKE_MS);
	assert_true(first - node->offset_ns > 68000000 && first - node->offset_ns <= 71000000);
}

static void a_refused_order_is_a_failure_with_the_boards_sentence(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Start",
	       "{'parameters':{'failed':[{'name':'world','error':'io.aiotools.Already',"
	       "'message':'cannot start world: no pin'}],'done':[]}}");
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), 0);
	fake_idle(f);
	assert_state("board:world", "failed");
	assert_string_equal(aiot_outcome_of(entry_of("board:world"))->text,
			    "node 'board': cannot start world: no pin");
	pass(100 * FAKE_MS); /* and then the truth */
	assert_state("board:world", "done");
}

static void an_order_that_is_not_answered_is_a_failure(void **state)
{
	(void)state;
	connect_node();
	board.mute = true;
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(1500 * FAKE_MS);
	assert_state("board:hello", "stopping"); /* it may be being reset */
	pass(FAKE_S);
	assert_state("board:hello", "failed");
	assert_int_equal(said("whether this was done is not known"), 1);
	pass(FAKE_S);
	assert_true(node->away);
}

static void the_long_form_that_does_not_fit_is_left_for_the_short_one(void **state)
{
	(void)state;
	answer("Task.Status", "{'error':'io.aiotools.Limit','parameters':{'message':'too long'}}");
	connect_node();
	assert_true(node->plain_status);
	assert_int_equal(said("the board does not tell its tasks: too long"), 1);
	answer("Task.Status", TASKS(ROW("hello", "running")));
	news(1, 0);
	pass(100 * FAKE_MS);
	assert_string_equal(board.params, "{\"log\":false}");
	assert_state("board:hello", "running");
}

static void a_cursor_that_the_board_does_not_take_is_given_up(void **state)
{
	(void)state;
	connect_node();
	memcpy(node->cursor, "7@00000000", sizeof("7@00000000"));
	answer("Log.Read", "{'error':'io.aiotools.InvalidParameter','parameters':{}}");
	news(0, 1);
	pass(100 * FAKE_MS);
	assert_asked("Log.Read Log.Read Node.Poll ");
	assert_string_equal(node->cursor, "");
}

static void pages_are_asked_for_one_after_the_other(void **state)
{
	(void)state;
	answer("Task.Status",
	       "{'parameters':{'tasks':[" ROW("a", "running") "]},'continues':true}");
	answer("Next", TASKS(ROW("b", "running")));
	connect_node();
	assert_state("board:a", "running");
	assert_state("board:b", "running");
	assert_state("board:hello", "none");
}

static void pages_without_end_end(void **state)
{
	static const char page[] = "{'parameters':{'records':[]},'continues':true}";

	(void)state;
	connect_node();
	answer("Log.Read", page);
	answer("Next", page);
	news(0, 1);
	fake_idle(f);
	pass(10 * FAKE_MS);
	assert_true(node->serial.requests < 100000);
	answer("Next", "{'parameters':{'records':[]}}");
	pass(FAKE_S);
	assert_int_equal(node->topic, AIOT_NODE_POLL);
}

#define FORGOTTEN                                                                                  \
	"{'error':'io.aiotools.InvalidRequest','parameters':{'message':'no such session'}}"

static void an_order_that_may_have_been_carried_out_is_not_sent_again(void **state)
{
	(void)state;
	connect_node();
	board.mute = true; /* its answer to the first try is lost */
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), 0);
	pass(100 * FAKE_MS);
	board.mute = false;
	answer("Task.Start", FORGOTTEN);
	pass(FAKE_S);
	assert_int_equal(said("the board forgot this call before it was over"), 1);
	assert_ptr_equal(strstr(strstr(board.asked, "Task.Start") + 1, "Task.Start"), NULL);
}

static void an_order_that_was_not_carried_out_is_sent_again(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Start", FORGOTTEN);
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), 0);
	fake_idle(f);
	answer("Task.Start", "{'parameters':{'done':['world'],'failed':[]}}");
	pass(FAKE_S);
	assert_int_equal(said("the board forgot"), 0);
	assert_non_null(strstr(strstr(board.asked, "Task.Start") + 1, "Task.Start"));
}

static void a_clock_that_cannot_be_is_at_its_beginning(void **state)
{
	(void)state;
	answer("Node.Hello", "{'parameters':{'protocol':1,'boots':1,"
			     "'now_us':18446744073709551615,'board':'odd'}}");
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(100 * FAKE_MS);
	assert_int_equal(node->stage, AIOT_NODE_TALKING);
	assert_true(node->offset_ns > 0);
	assert_true((uint64_t)node->offset_ns <= f->mono_ns);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(the_board_says_who_it_is),
		S(another_protocol_is_told_once_and_looked_at_now_and_then),
		S(what_is_no_board_is_told),
		S(a_board_that_does_not_answer_is_asked_again),
		S(a_reset_is_told_with_its_reason_and_fault),
		S(of_a_fault_only_what_is_known_is_told),
		S(a_clock_that_goes_back_is_a_reset_too),
		S(an_order_that_ended_in_a_reset_was_told_as_not_answered),
		S(orders_end_with_a_reset),
		S(the_offset_of_clocks_is_the_middle_of_the_greeting),
		S(the_offset_follows_drift_and_does_not_jitter),
		S(a_refused_order_is_a_failure_with_the_boards_sentence),
		S(an_order_that_is_not_answered_is_a_failure),
		S(the_long_form_that_does_not_fit_is_left_for_the_short_one),
		S(a_cursor_that_the_board_does_not_take_is_given_up),
		S(pages_are_asked_for_one_after_the_other),
		S(pages_without_end_end),
		S(an_order_that_may_have_been_carried_out_is_not_sent_again),
		S(an_order_that_was_not_carried_out_is_sent_again),
		S(a_clock_that_cannot_be_is_at_its_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
