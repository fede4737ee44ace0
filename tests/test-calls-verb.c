/*
 * test-calls-verb.c - call: the verbs that a service brings along.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"

struct box {
	uint32_t opened, said;
};
struct open_args {
	const char *key;
	uint32_t times;
};

static enum aiot_co waits(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct box, self);
	AIOT_SLEEP_MS(t, 1000);
	(void)aiot_result_int(t, 7);
	AIOT_END(t);
}

static int open_box(struct aiot_task *t, void *box, const void *args)
{
	const struct open_args *a = args;
	struct box *self = box;

	if (a->times == 0)
		return aiot_fail(t, -AIOT_EACCES, "key '%s' does not fit", a->key);
	self->opened += a->times;
	return aiot_result_text(t, a->key);
}

static int peek(struct aiot_task *t, void *box, const void *args)
{
	assert_null(args);
	return aiot_result_int(t, ((struct box *)box)->opened);
}

static int misuse(struct aiot_task *t, void *box, const void *args)
{
	(void)box;
	(void)args;
	aiot_sleep_ms_(t, 1);
	return 0;
}

static int forgetful(struct aiot_task *t, void *box, const void *args)
{
	(void)box;
	(void)args;
	(void)aiot_fail(t, -AIOT_EIO, "broken");
	return 0;
}

static int wordless(struct aiot_task *t, void *box, const void *args)
{
	(void)t;
	(void)args;
	((struct box *)box)->said++;
	return ((struct box *)box)->said > 1 ? -AIOT_EBUSY : 0;
}

static const struct aiot_opt open_opts[] = {
	AIOT_OPT_STR(struct open_args, key, "key", "master", "which key"),
	AIOT_OPT_U32(struct open_args, times, "times", "1", "how often"),
	{0},
};
static const struct aiot_verb verbs[] = {
	{"open", "open it", open_box, open_opts, sizeof(struct open_args), 0},
	{"peek", "how often it was opened", peek, NULL, 0, AIOT_VERB_READ},
	{"misuse", "wait", misuse, NULL, 0, 0},
	{"forgetful", "fail", forgetful, NULL, 0, 0},
	{"wordless", "say nothing", wordless, NULL, 0, 0},
	{0},
};
AIOT_SERVICE(box, struct box, .main = waits, .verbs = verbs);

static void words_are_values_in_their_order_or_by_key(void **state)
{
	(void)state;
	(void)run(&aiot_service_box, "x.service");
	assert_int_equal(ask("call", "{'name':'x','verb':'open'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "result"), "master");
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['a','2']}"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "result"), "a");
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['TIMES=3','key=b=c']}"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "result"), "b=c");
	assert_int_equal(ask("call", "{'name':'x','verb':'peek'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "result"), "6");
	assert_int_equal(fake_logged(f, AIOT_INFO, "call x open"), 3);
	assert_int_equal(f->blocks, AIOT_BOARD ? 1 : 0); /* `more`, where a result is */
}

static void wrong_words_are_refused_before_it_runs(void **state)
{
	(void)state;
	(void)run(&aiot_service_box, "x");
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['a','b']}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE,
		     "cannot call 'open' of 'x': times: 'b' is not a whole number from "
		     "0 to 4294967295");
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['a','1','2']}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot call 'open' of 'x': '2' is one word too many");
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['kee=1']}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE,
		     "cannot call 'open' of 'x': 'kee' is none of the options, did you "
		     "mean 'key'?");
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['a','key=1']}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot call 'open' of 'x': 'key' is given twice");
	assert_int_equal(ask("call", "{'name':'x','verb':'peek','words':['a']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "cannot call 'peek' of 'x': 'a' is one word too many");
	assert_int_equal(ask("call", "{'name':'x','verb':'opne'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "service 'box' has no verb 'opne', did you mean 'open'?");
	assert_int_equal(f->blocks, 0);
}

static void a_service_without_verbs_says_so(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "x");
	assert_int_equal(ask("call", "{'name':'x','verb':'open'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "service 'play' has no verbs of its own");
}

static void who_may_only_look_calls_what_only_looks(void **state)
{
	(void)state;
	(void)run(&aiot_service_box, "x");
	begin("call", "{'name':'x','verb':'open'}", false);
	call.role = AIOT_ROLE_READ;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "org.varlink.service.PermissionDenied");
	begin("call", "{'name':'x','verb':'peek'}", false);
	call.role = AIOT_ROLE_READ;
	assert_int_equal(call_step(), AIOT_CALL_DONE);
}

static void what_a_verb_breaks_is_not_the_run_s(void **state)
{
	struct aiot_task *t = run(&aiot_service_box, "x");

	(void)state;
	assert_int_equal(ask("call", "{'name':'x','verb':'open','words':['a','0']}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED,
		     "cannot call 'open' of 'x': EACCES: key 'a' does not fit");
	assert_int_equal(ask("call", "{'name':'x','verb':'misuse'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED,
		     "cannot call 'misuse' of 'x': EINVAL: wrong use of the API: "
		     "a wait in init, on_stop or on_error");
	assert_int_equal(ask("call", "{'name':'x','verb':'forgetful'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED, "cannot call 'forgetful' of 'x': EIO: broken");
	assert_int_equal(ask("call", "{'name':'x','verb':'wordless'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "result"), "null");
	assert_int_equal(ask("call", "{'name':'x','verb':'wordless'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_TASK_FAILED,
		     "cannot call 'wordless' of 'x': it failed without a reason (EBUSY)");
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(ask("call", "{'name':'x','verb':'peek'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("result", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("results", "result"), "7");
}

static void without_memory_it_is_an_error(void **state)
{
	unsigned n;

	(void)state;
	(void)run(&aiot_service_box, "x");
	for (n = 1; n < 9; n++) {
		f->fail_at = n;
		(void)ask("call", "{'name':'x','verb':'open','words':['a','2']}");
		if (f->fail_at > 0 || reply_error[0] == '\0')
			break;
		assert_true(n == 6 || strcmp(reply_error, "io.aiotools.NoMemory") == 0 ||
			    strcmp(reply_error, "io.aiotools.TaskFailed") == 0);
	}
	f->fail_at = 0;
	assert_true(n > 4 && n < 9);
}

static enum aiot_co other(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	AIOT_SLEEP_MS(t, 1000);
	AIOT_END(t);
}
static const struct aiot_kind kinds[] = {{"side", other, sizeof(struct play), 0, NULL, NULL}, {0}};
AIOT_SERVICE(two, struct box, .main = waits, .verbs = verbs, .kinds = kinds);

#if !AIOT_BOARD
static void verbs_are_for_the_struct_that_they_know(void **state)
{
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_two, "side"), "x");

	(void)state;
	(void)t;
	assert_int_equal(ask("call", "{'name':'x','verb':'peek'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE,
		     "verbs are for main tasks of service 'two', and 'x' is of kind 'side'");
}
#endif

static void a_broken_table_is_refused_at_its_load(void **state)
{
	static const struct aiot_verb no_fn[] = {{"open", "open it", NULL, NULL, 0, 0}, {0}};
	static const struct aiot_verb too_small[] = {
		{"open", "open it", open_box, open_opts, sizeof(char *) - 1, 0}, {0}};
	struct aiot_service broken = aiot_service_box, checked;
	char text[200];
	struct aiot_out why;

	(void)state;
	aiot_out_init(&why, text, sizeof(text));
	broken.verbs = no_fn;
	assert_int_equal(aiot_service_check(&broken, "box", &checked, &why), -AIOT_EINVAL);
	assert_string_equal(aiot_out_str(&why), "has a broken verb 'open'");
	why.len = 0;
	broken.verbs = too_small;
	assert_int_equal(aiot_service_check(&broken, "box", &checked, &why), -AIOT_EINVAL);
	assert_string_equal(aiot_out_str(&why), "has a broken option 'key'");
	why.len = 0;
	broken.verb_size = 8;
	assert_int_equal(aiot_service_check(&broken, "box", &checked, &why), -AIOT_EINVAL);
	assert_string_equal(aiot_out_str(&why), "has table rows that are too short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(words_are_values_in_their_order_or_by_key),
		T(wrong_words_are_refused_before_it_runs),
		T(a_service_without_verbs_says_so),
		T(who_may_only_look_calls_what_only_looks),
		T(what_a_verb_breaks_is_not_the_run_s),
		T(without_memory_it_is_an_error),
#if !AIOT_BOARD
		T(verbs_are_for_the_struct_that_they_know),
#endif
		T(a_broken_table_is_refused_at_its_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
