/*
 * shell.h - a line for /bin/sh, run and waited for.  Host only.  For services whose options are
 * commands:
 *	AIOT_WAIT(t, shell_run(t, &self->shell, self->command, 0));
 * and then self->shell.process tells how it ended, shell_end() in words.
 */
#ifndef SERVICES_SHELL_H
#define SERVICES_SHELL_H

#include <aiotools-posix.h>

#include <stdio.h>
#include <string.h>

/* In the service's struct. */
struct shell {
	struct aiot_process process;
	const char *argv[4];
};

/* timeout_ms 0: none. */
static inline struct aiot_wait shell_run(struct aiot_task *t, struct shell *shell,
					 const char *command, uint32_t timeout_ms)
{
	shell->argv[0] = "/bin/sh";
	shell->argv[1] = "-c";
	shell->argv[2] = command;
	shell->argv[3] = NULL;
	shell->process = (struct aiot_process){.argv = shell->argv, .timeout_ms = timeout_ms};
	return aiot_process(t, &shell->process);
}

/* Behind the wait, with what aiot_waited() says: whether it ended well, and how, into how. */
static inline bool shell_end(const struct shell *shell, int waited, char *how, size_t size)
{
	const struct aiot_process *p = &shell->process;

	if (waited == -AIOT_ETIMEDOUT)
		(void)snprintf(how, size, "not over within %u ms", (unsigned)p->timeout_ms);
	else if (waited < 0)
		(void)snprintf(how, size, "/bin/sh did not start: %s", strerror(-waited));
	else if (p->exit_signal != 0)
		(void)snprintf(how, size, "signal %d", (int)p->exit_signal);
	else
		(void)snprintf(how, size, "exit code %d", (int)p->exit_code);
	return waited == 0 && p->exit_code == 0;
}

#endif
