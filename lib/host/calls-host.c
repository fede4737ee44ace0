/*
 * calls-host.c - which function answers which of the host's commands about tasks and the daemon.
 *
 * Looked at by the dispatcher.  Those about services are bound in calls-service.c.
 */
#include "calls.h"
#include "history.h"
#include "host.h"
#include "varlink.h"

const struct aiot_binding aiot_bindings_host[] = {
	{AIOT_CMD_TIMERS, aiot_call_timers},
	{AIOT_CMD_DAEMON_RESTART, aiot_call_daemon_restart},
	{AIOT_CMD_HISTORY, aiot_call_history},
	{AIOT_CMD_ANALYZE, aiot_call_analyze},
	{AIOT_CMD_DAEMON_RELOAD, aiot_call_daemon_reload},
	{AIOT_CMD_SHUTDOWN, aiot_call_shutdown},
	{AIOT_CMD_ADD, aiot_call_add},
	{AIOT_CMD_DELETE, aiot_call_delete},
	{AIOT_CMD_TRIGGER, aiot_call_trigger},
	{AIOT_CMD_PAUSE, aiot_call_pause},
	{AIOT_CMD_RESUME, aiot_call_resume},
	{AIOT_CMD_WAIT, aiot_call_wait},
	{AIOT_CMD_IS_ACTIVE, aiot_call_is_active},
	{AIOT_CMD_IS_FAILED, aiot_call_is_failed},
	{AIOT_CMD_RESET_FAILED, aiot_call_reset_failed},
	{AIOT_CMD_CALL, aiot_call_verb},
	{AIOT_CMD_REPORT, aiot_call_report},
	{AIOT_CMD_GET_INFO, aiot_call_varlink_info},
	{AIOT_CMD_GET_INTERFACE, aiot_call_varlink_interface},
	{0},
};
