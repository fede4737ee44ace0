/*
 * server-commands.c - see server-commands.h.
 */
#include "server-commands.h"

enum {
	STUB_SAY = 200,
	STUB_BIG,
	STUB_FAIL,
	STUB_STOP,
	STUB_PAGES,
	STUB_WAIT,
	STUB_STREAM,
	STUB_SECRET,
};

static const struct aiot_param say_params[] = {
	{"text", NULL, "TEXT", "what to say", 0, AIOT_PARAM_STR, 0},
	{0},
};
static const struct aiot_param stop_params[] = {
	{"wait", "--wait", NULL, "and wait then", 'w', AIOT_PARAM_BOOL, 0},
	{0},
};
static const struct aiot_param big_params[] = {
	{"bytes", "--bytes", "N", "how many", 'b', AIOT_PARAM_U32, 0},
	{0},
};
static const struct aiot_param pages_params[] = {
	{"count", "--count", "N", "how many", 'c', AIOT_PARAM_U32, 0},
	{"bytes", "--bytes", "N", "how large", 'b', AIOT_PARAM_U32, 0},
	{0},
};

static const struct aiot_command stub_rows[] = {
	{STUB_SAY, AIOT_ROLE_NONE, 0, "say", "test.Echo.Say", "say it", say_params, "()"},
	{STUB_BIG, AIOT_ROLE_NONE, 0, NULL, "test.Echo.Big", "say much", big_params, "()"},
	{STUB_FAIL, AIOT_ROLE_NONE, 0, "fail", "test.Echo.Fail", "fail", NULL, "()"},
	{STUB_STOP, AIOT_ROLE_NONE, 0, NULL, "test.Echo.Stop", "close", stop_params, "()"},
	{STUB_PAGES, AIOT_ROLE_NONE, AIOT_COMMAND_MORE, NULL, "test.Flow.Pages", "pages",
	 pages_params, "()"},
	{STUB_WAIT, AIOT_ROLE_NONE, 0, "wait", "test.Flow.Wait", "wait", NULL, "()"},
	{STUB_STREAM, AIOT_ROLE_NONE, AIOT_COMMAND_MORE, NULL, "test.Flow.Stream", "stream", NULL,
	 "()"},
	{STUB_SECRET, AIOT_ROLE_OPERATE, 0, "secret", "test.Flow.Secret", "secret", NULL, "()"},
	{0},
};

static uint64_t number(const struct aiot_call *call, const char *name, uint64_t otherwise)
{
	(void)aiot_json_u64(aiot_json_get(call->params, name), &otherwise);
	return otherwise;
}

/* Not for ever, whatever is asked for. */
#define FILL_MAX 4000000

static void put_fill(struct aiot_call *call, uint64_t bytes)
{
	static const char fill[64] =
		"................................................................";

	if (bytes > FILL_MAX)
		bytes = FILL_MAX;
	aiot_json_put_array(&call->json, "fill");
	for (; bytes >= 64; bytes -= 64)
		aiot_json_put_strn(&call->json, NULL, fill, 61);
	aiot_json_put_end_array(&call->json);
}

static enum aiot_call_result stub_say(struct aiot_call *call)
{
	aiot_json_put_raw(&call->json, "text", aiot_json_get(call->params, "text"));
	return AIOT_CALL_DONE;
}

static enum aiot_call_result stub_big(struct aiot_call *call)
{
	put_fill(call, number(call, "bytes", 0));
	return AIOT_CALL_DONE;
}

static enum aiot_call_result stub_fail(struct aiot_call *call)
{
	return aiot_call_error(call, AIOT_ERR_TASK_FAILED, "it was asked to fail");
}

static enum aiot_call_result stub_stop(struct aiot_call *call)
{
	struct stub *stub = call->ctx;

	aiot_server_close(stub->server, stub->closed, stub->closed_arg);
	return aiot_json_bool(aiot_json_get(call->params, "wait"), false) ? AIOT_CALL_WAIT
									  : AIOT_CALL_DONE;
}

static enum aiot_call_result stub_pages(struct aiot_call *call)
{
	struct stub *stub = call->ctx;

	stub->steps++;
	if (call->at.count == number(call, "count", 3))
		return AIOT_CALL_DONE;
	aiot_json_put_u64(&call->json, "page", ++call->at.count);
	put_fill(call, number(call, "bytes", 0));
	return AIOT_CALL_PAGE;
}

static enum aiot_call_result stub_wait(struct aiot_call *call)
{
	struct stub *stub = call->ctx;

	stub->steps++;
	if (call->at.phase++ == 0)
		aiot_json_put_bool(&call->json, "begun", true);
	if (stub->released == 0 && stub->hasty) {
		stub->released = 1; /* a moment too late for this step */
		aiot_server_poke(stub->server);
		return AIOT_CALL_WAIT;
	}
	if (stub->released == 0)
		return AIOT_CALL_WAIT;
	aiot_json_put_u64(&call->json, "released", stub->released);
	return AIOT_CALL_DONE;
}

static enum aiot_call_result stub_stream(struct aiot_call *call)
{
	struct stub *stub = call->ctx;

	stub->steps++;
	if (call->at.count >= stub->ticks)
		return AIOT_CALL_STREAM;
	aiot_json_put_u64(&call->json, "tick", ++call->at.count);
	put_fill(call, stub->page_fill);
	return call->at.count < stub->ticks ? AIOT_CALL_PAGE : AIOT_CALL_STREAM;
}

static enum aiot_call_result stub_secret(struct aiot_call *call)
{
	(void)call;
	return AIOT_CALL_DONE;
}

/* One record a tick. */
static enum aiot_call_result stub_follow(struct aiot_call *call)
{
	struct stub *stub = call->ctx;
	struct aiot_json_out *j = &call->json;

	stub->steps++;
	if (call->at.seq++ < stub->silent) {
		aiot_json_put_array(j, "records");
		aiot_json_put_end_array(j);
		return AIOT_CALL_PAGE;
	}
	if (call->at.count >= stub->ticks)
		return AIOT_CALL_STREAM;
	aiot_json_put_array(j, "records");
	aiot_json_put_object(j, NULL);
	aiot_json_put_i64(j, "time_us", 0);
	aiot_json_put_str(j, "level", "info");
	aiot_json_put_str(j, "name", "clock");
	aiot_json_put_strf(j, "text", "tick %u", (unsigned)++call->at.count);
	aiot_json_put_end_object(j);
	aiot_json_put_end_array(j);
	return call->at.count < stub->ticks ? AIOT_CALL_PAGE : AIOT_CALL_STREAM;
}

static void put_action(struct aiot_json_out *j, const char *name, const char *member,
		       const char *value)
{
	aiot_json_put_object(j, NULL);
	aiot_json_put_str(j, "name", name);
	aiot_json_put_str(j, member, value);
	aiot_json_put_end_object(j);
}

/* "good" starts, all others fail. */
static enum aiot_call_result stub_start(struct aiot_call *call)
{
	struct aiot_json_out *j = &call->json;

	aiot_json_put_array(j, "failed");
	put_action(j, "bad", "message", "no such task: 'bad'");
	aiot_json_put_end_array(j);
	aiot_json_put_array(j, "done");
	put_action(j, "good", "state", "running");
	aiot_json_put_end_array(j);
	return AIOT_CALL_DONE;
}

static const struct aiot_binding stub_bindings[] = {
	{STUB_SAY, stub_say},	    {STUB_BIG, stub_big},	{STUB_FAIL, stub_fail},
	{STUB_STOP, stub_stop},	    {STUB_PAGES, stub_pages},	{STUB_WAIT, stub_wait},
	{STUB_STREAM, stub_stream}, {STUB_SECRET, stub_secret}, {0},
};
static const struct aiot_binding core_bindings[] = {
	{AIOT_CMD_FOLLOW, stub_follow},
	{AIOT_CMD_START, stub_start},
	{0},
};

void stub_commands(struct stub *stub, struct aiot_commands *ret)
{
	*ret = (struct aiot_commands){
		.segment = {{stub_rows, stub_bindings, stub},
			    {aiot_commands_core, core_bindings, stub}},
	};
}
