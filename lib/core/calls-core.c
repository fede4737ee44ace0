/*
 * calls-core.c - binds the core's commands to their handlers, and answers `info` and `debug`.
 */
#include "calls.h"

enum aiot_call_result aiot_call_info(struct aiot_call *call)
{
	struct aiot_core *core = call->core;
	struct aiot_json_out *json = &call->json;
	uint64_t now_ns = core->ops->mono_ns(core->ctx);

	aiot_json_put_object(json, "info");
	if (core->ops->info != NULL)
		core->ops->info(core->ctx, json);
	aiot_json_put_object(json, "tasks");
	aiot_json_put_u64(json, "count", aiot_core_count(core));
	aiot_json_put_u64(json, "alive", core->alive);
#if AIOT_COUNTERS
	aiot_json_put_u64(json, "steps", core->steps);
	aiot_json_put_u64(json, "rounds", core->rounds);
#endif
	aiot_json_put_u64(json, "uptime_us", (now_ns - core->start_ns) / 1000);
	aiot_json_put_end_object(json);
	aiot_json_put_object(json, "log");
	aiot_json_put_u64(json, "bytes", core->ring->data_size);
	aiot_json_put_u64(json, "first", core->ring->first_seq);
	aiot_json_put_u64(json, "next", core->ring->next_seq);
	aiot_json_put_str(json, "level", aiot_level_word(core->log_level));
	aiot_json_put_end_object(json);
	aiot_json_put_end_object(json);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_debug(struct aiot_call *call)
{
	struct aiot_json mode = aiot_json_get(call->params, "mode");
	struct aiot_core *core = call->core;

	if (aiot_json_str_is(mode, "on"))
		core->debug = true;
	else if (aiot_json_str_is(mode, "off"))
		core->debug = false;
	else if (aiot_json_type(mode) != AIOT_JSON_STRING)
		core->debug = !core->debug;
	else
		return aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", "mode",
					  "debug: 'mode' has to be on or off");
	aiot_log_order(call);
	aiot_json_put_bool(&call->json, "debug", core->debug);
	return AIOT_CALL_DONE;
}

const struct aiot_binding aiot_bindings_core[] = {
	{AIOT_CMD_STATUS, aiot_call_status},
	{AIOT_CMD_LIST, aiot_call_list},
	{AIOT_CMD_START, aiot_call_start},
	{AIOT_CMD_STOP, aiot_call_stop},
	{AIOT_CMD_RESTART, aiot_call_restart},
	{AIOT_CMD_TRACEBACK, aiot_call_traceback},
	{AIOT_CMD_LOG, aiot_call_log},
	{AIOT_CMD_FOLLOW, aiot_call_follow},
	{AIOT_CMD_SCHEDULE, aiot_call_schedule},
	{AIOT_CMD_INFO, aiot_call_info},
	{AIOT_CMD_SET, aiot_call_set},
	{AIOT_CMD_RESULT, aiot_call_results},
	{AIOT_CMD_STATS, aiot_call_stats},
	{AIOT_CMD_DEBUG, aiot_call_debug},
#if AIOT_VERBS
	{AIOT_CMD_UNSCHEDULE, aiot_call_unschedule},
#endif
	{0},
};
