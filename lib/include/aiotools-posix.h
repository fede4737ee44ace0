/*
 * aiotools-posix.h - what a task can wait for on Linux only: file descriptors, work in a thread,
 * child processes; and the loop, for services that bring their own libuv code.
 *
 * Used like the waits of aiotools-wait.h: inside AIOT_WAIT, on the loop's thread.  A service that
 * includes it says "host only" in its head, for it does not build for a microcontroller.
 */
#ifndef AIOTOOLS_POSIX_H
#define AIOTOOLS_POSIX_H

#include <aiotools.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s;

/*
 * The loop that runs this task, for handles of your own; an event (aiot_event_set in the callback)
 * wakes a task from there.  Handles are closed, and their callbacks through, before the task's run
 * ends: in AIOT_FINALLY.  The module of a service that asked for the loop stays mapped when it is
 * unloaded, for nobody can know what still points into it.  NULL: the task is on no loop.
 */
AIOT_API struct uv_loop_s *aiot_uv_loop(struct aiot_task *t);

#define AIOT_FD_READ 1u
#define AIOT_FD_WRITE 2u

/*
 * Wait until a descriptor can be read or written without blocking, or has an error or its end.  It
 * becomes non-blocking, stays the caller's, and is not closed meanwhile.  aiot_waited(): 0,
 * -AIOT_ETIMEDOUT, -AIOT_ECANCELED; -AIOT_EEXIST: somebody waits for it already (use dup(2));
 * -AIOT_EPERM: it is a file, which is always ready; -AIOT_EBADF: it is not open; or whatever else
 * the system says.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_fd_wait(struct aiot_task *t, int fd, unsigned events,
					     uint32_t timeout_ms);

/*
 * Run fn(arg) in a thread and wait until it is through.  fn blocks as it likes, touches only what
 * arg points to, and calls nothing of aiotools but the readers of aiotools-json.h.  It cannot be
 * interrupted: a task that is stopped meanwhile, be it by TimeoutStopSec=, ends when fn does (one
 * that has not begun is called off: -AIOT_ECANCELED).  There are four threads in all, unless
 * UV_THREADPOOL_SIZE says otherwise.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_work(struct aiot_task *t, void (*fn)(void *arg), void *arg);

/*
 * A process to run.  It lives in self while it is waited for, zeroed but for what is set; argv and
 * env are copied at once.
 */
struct aiot_process {
	/* public; all zero but argv is fine */
	const char *const *argv; /* ended by NULL; a name without a slash is looked for in PATH */
	const char *const *env;	 /* "NAME=value" ... ended by NULL, on top of this process's own */
	char *out;		 /* what it writes to stdout goes here; NULL: to the log */
	uint32_t out_size;	 /* of out, the final 0 included */
	uint32_t timeout_ms;	 /* after that it is killed; 0: none */
	/* read-only, when the wait is over */
	uint32_t out_len;     /* bytes in out */
	uint32_t out_lost;    /* bytes for which there was no room */
	int32_t pid;	      /* 0: it was never started */
	int32_t exit_code;    /* 0 to 255; -1: a signal ended it */
	int32_t exit_signal;  /* 0: it ended by itself */
	uint32_t reserved[3]; /* zero */
};

/*
 * Run a process and wait for its end.  stdin is empty; stdout and stderr go to the task's log, a
 * line each, as information and warnings, and are complete when the wait is over.  It has a process
 * group of its own: a stop of the task, and its own time-out, send SIGTERM to all of it and wait
 * until all have ended; when the stop time-out has run out, SIGKILL.  Of one that ends by itself
 * the rest of the group is left alone.  No more than max_process_count run at a time; the others
 * wait their turn, first come, first served.
 * aiot_waited(): 0: it ran, see exit_code and exit_signal; -AIOT_ENOENT, -AIOT_EACCES: no such
 * program, or no right to run it; -AIOT_ETIMEDOUT: it was killed, exit_signal and out are filled
 * in; -AIOT_ECANCELED: stopped; or what else the system says of starting it.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_process(struct aiot_task *t, struct aiot_process *process);

#ifdef __cplusplus
}
#endif
#endif
