/*
 * opening - modules for tests that do something when they are opened: crash, hang, print, end the
 * program, close all files and hang, print without an end.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <aiotools.h>

static enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, int, self);
	AIOT_END(t);
}

static const char noise[65536] __attribute__((unused)) = "noise";

__attribute__((constructor)) static void opened(void)
{
	switch (OPENING) {
	case 1:
		(void)fputs("about to crash\n", stderr);
		(void)signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would end it otherwise */
		(void)raise(SIGSEGV);
		break;
	case 2:
		for (;;)
			(void)pause();
		break;
	case 3:
		(void)puts("{\"error\":\"this is no answer\"}");
		(void)fflush(stdout);
		break;
	case 5:
		for (int fd = 0; fd < 256; fd++)
			(void)close(fd);
		for (;;)
			(void)pause();
		break;
	case 6:
		(void)fork();
		(void)fork();
		for (;;)
			(void)!write(STDERR_FILENO, noise, sizeof(noise));
		break;
	default:
		(void)fputs("leaving\n", stderr);
		_exit(3);
	}
}

#if OPENING == 1
AIOT_SERVICE(crashes, int, .main = run);
#elif OPENING == 2
AIOT_SERVICE(hangs, int, .main = run);
#elif OPENING == 3
AIOT_SERVICE(prints, int, .main = run, .info = "Says something");
#elif OPENING == 5
AIOT_SERVICE(closes, int, .main = run);
#elif OPENING == 6
AIOT_SERVICE(floods, int, .main = run);
#else
AIOT_SERVICE(leaves, int, .main = run);
#endif
