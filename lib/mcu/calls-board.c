/*
 * calls-board.c - the handlers of the methods that only boards answer: Node.Hello and Node.Poll.
 *
 * Called by the dispatcher through the bindings at the end.  They tell what the program at the
 * other end needs to keep up with a board that may be reset at any time; tasks and log are read
 * through the core's commands.
 */
#include "calls-board.h"

#include "wire.h"

#define WAIT_MAX_MS 10000u

static void put_hex(struct aiot_json_out *json, const char *key, uint32_t value)
{
	if (value != 0)
		aiot_json_put_u64(json, key, value);
}

static void put_crash(struct aiot_json_out *json, const struct aiot_board_crash *crash)
{
	aiot_json_put_object(json, "fault");
	aiot_json_put_str(json, "what", crash->what);
	aiot_json_put_str(json, "task", crash->task);
	aiot_json_put_str(json, "file", crash->file);
	put_hex(json, "line", crash->line);
	put_hex(json, "pc", crash->pc);
	put_hex(json, "lr", crash->lr);
	aiot_json_put_end_object(json);
}

static void take_wall(struct aiot_call *call, struct aiot_board_facts *facts)
{
	int64_t wall_us;

	if (facts->wall_known || facts->set_wall == NULL ||
	    aiot_json_i64(aiot_json_get(call->params, "wall_us"), &wall_us) < 0)
		return;
	facts->wall_known = true;
	facts->set_wall(wall_us * 1000);
}

static uint64_t now_ns(const struct aiot_call *call)
{
	return call->core->ops->mono_ns(call->core->ctx);
}

static enum aiot_call_result hello(struct aiot_call *call)
{
	struct aiot_board_facts *facts = call->ctx;
	struct aiot_json_out *json = &call->json;

	take_wall(call, facts);
	aiot_json_put_u64(json, "protocol", AIOT_WIRE_PROTOCOL);
	aiot_json_put_str(json, "board", facts->board);
	aiot_json_put_str(json, "version", facts->version);
	aiot_json_put_u64(json, "boots", facts->boots);
	aiot_json_put_u64(json, "now_us", now_ns(call) / 1000);
	aiot_json_put_u64(json, "line_max", facts->line_max);
	aiot_json_put_str(json, "reset", facts->reset);
	if (facts->crash != NULL)
		put_crash(json, facts->crash);
	return AIOT_CALL_DONE;
}

/* Whether a number is given and is still the present one. */
static bool is_still(const struct aiot_call *call, const char *key, uint32_t present)
{
	uint64_t number;

	return aiot_json_u64(aiot_json_get(call->params, key), &number) == 0 && number == present;
}

static uint64_t due_ns(const struct aiot_call *call)
{
	uint64_t ms = 0;

	(void)aiot_json_u64(aiot_json_get(call->params, "wait_ms"), &ms);
	return call->started_ns + (ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS) * 1000000;
}

static void time_is_up(struct aiot_core *core, struct aiot_alarm *alarm)
{
	(void)alarm;
	core->ops->poke(core->ctx);
}

static enum aiot_call_result poll(struct aiot_call *call)
{
	struct aiot_board_facts *facts = call->ctx;
	struct aiot_json_out *json = &call->json;
	uint32_t seq = (uint32_t)call->core->ring->next_seq;

	if (is_still(call, "change", facts->changes) && is_still(call, "seq", seq) &&
	    now_ns(call) < due_ns(call)) {
		facts->poll.fn = time_is_up;
		aiot_alarm_set(call->core, &facts->poll, due_ns(call));
		return AIOT_CALL_WAIT;
	}
	aiot_alarm_cancel(&facts->poll);
	aiot_json_put_u64(json, "now_us", now_ns(call) / 1000);
	aiot_json_put_u64(json, "boots", facts->boots);
	aiot_json_put_u64(json, "change", facts->changes);
	aiot_json_put_u64(json, "seq", seq);
	return AIOT_CALL_DONE;
}

const struct aiot_binding aiot_bindings_board[] = {
	{AIOT_CMD_NODE_HELLO, hello},
	{AIOT_CMD_NODE_POLL, poll},
	{0},
};
