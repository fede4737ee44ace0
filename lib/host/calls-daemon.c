/*
 * calls-daemon.c - the handlers of shutdown and daemon-restart.
 *
 * Called by the dispatcher, through the bindings in calls-host.c, for clients and for tasks.  They
 * tell the program; what it then does is its own affair.
 */
#include "host.h"

enum aiot_call_result aiot_call_shutdown(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;

	if (host->on_stop != NULL)
		host->on_stop(host->arg);
	else
		aiot_host_stop(host, NULL, NULL);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_daemon_restart(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;

	if (host->on_restart == NULL)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
				       "this program cannot restart itself; use shutdown and "
				       "start it again");
	if (host->stopping)
		return aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				       "the daemon is stopping already");
	host->on_restart(host->arg, host->restarting);
	return AIOT_CALL_DONE;
}
