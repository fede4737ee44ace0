/*
 * pager.c - see pager.h.
 *
 * main.c starts it before the first output of a command that may be long; output.c waits for it.
 * less is given F, R and X: text that fits on the screen is shown as without it, colours pass, and
 * the text stays on the screen.
 */
#include "pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"

/* NULL: less; "": none. */
static const char *pager_command(void)
{
	const char *command = getenv("AIOTOOLS_PAGER");

	if (!command)
		command = getenv("PAGER");
	return command && strcmp(command, "cat") == 0 ? "" : command;
}

/* In the child.  What can't be started becomes `cat`, or the text would be lost. */
_Noreturn static void run_pager(const char *command, int input)
{
	/* A program started with SIGPIPE ignored would not notice that its own reader is gone. */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)dup2(input, STDIN_FILENO);
	(void)setenv("LESS", "FRX", 0);
	if (command)
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	else
		(void)execlp("less", "less", "-FRX", (char *)NULL);
	(void)execlp("cat", "cat", (char *)NULL);
	_exit(127);
}

void ctl_pager_start(struct ctl_output *output)
{
	const char *command = pager_command();
	int ends[2];
	pid_t pid;

	if ((command && command[0] == '\0') || !isatty(STDOUT_FILENO) || pipe(ends) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]); /* or its input would never end */
		run_pager(command, ends[0]);
	}
	(void)close(ends[0]);
	if (pid < 0) {
		(void)close(ends[1]);
		return;
	}
	output->pager = pid;
	output->fd = ends[1];
}

void ctl_pager_wait(pid_t pid, int fd)
{
	/* Ctrl-C is the pager's while it shows: it would otherwise be left alone with the
	 * terminal. */
	(void)signal(SIGINT, SIG_IGN);
	(void)close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
