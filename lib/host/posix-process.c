/*
 * posix-process.c - aiotools-posix.h's processes: started, listened to, waited for, killed.
 *
 * Called by services from their tasks.  A run is a block of its own, which outlives a task that was
 * given up until the process is reaped.  What does not fit in max_process_count waits in a list.
 * The end is told by a pidfd, on older kernels by SIGCHLD; no child of others is ever reaped.
 */
#define _GNU_SOURCE /* syscall */
#include "posix.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "list.h"
#include "mem.h"
#include "wait.h"

#define READ_BYTES 4096		    /* at once */
#define READ_MAX (1u << 20)	    /* when it has ended: no pipe holds more */
#define READ_TURN (16 * READ_BYTES) /* before the loop looks at anything else */
#define REST_MS 20		    /* from look to look whether a group is gone */

/* stdout or stderr. */
struct stream {
	uv_poll_t poll; /* data: this */
	struct run *run;
	int fd; /* -1: closed */
	struct aiot_posix_lines lines;
};

struct run {
	struct aiot_link link; /* link: aiot_processes.waiting or .running */
	struct aiot_host *host;
	struct aiot_task *task;	      /* NULL: given up */
	struct aiot_process *process; /* in the task's struct; NULL with it */
	char **argv, **env;	      /* copies, in this block */
	pid_t pid;
	int pidfd; /* -1: SIGCHLD tells */
	int result;
	unsigned open;	 /* handles */
	uv_poll_t exit;	 /* data: this */
	uv_timer_t rest; /* data: this; runs while `reaped` */
	bool reaped;	 /* it has ended, and others of its group are still asked to */
	bool killed;	 /* these, too */
	int status;	 /* as waitpid() has it */
	struct stream out, err;
};

struct aiot_processes {
	struct aiot_link waiting, running;
	uint32_t count;		   /* running */
	uint32_t unseen;	   /* of these, without a pidfd */
	uv_signal_t *child_signal; /* for those without a pidfd; NULL: none was started yet */
};

static bool without_pidfd;
void aiot_processes_without_pidfd(bool without)
{
	without_pidfd = without;
}

static struct run *run_at(struct aiot_link *link)
{
	return (struct run *)(void *)link; /* its first member */
}

/* ---- output ---- */

static void handle_closed(uv_handle_t *handle)
{
	struct run *run = handle->data;

	if (--run->open == 0)
		aiot_mem_free(run);
}

static void close_stream(struct stream *s)
{
	if (s->fd < 0)
		return;
	s->poll.data = s->run;
	uv_close((uv_handle_t *)&s->poll, handle_closed);
	(void)close(s->fd);
	s->fd = -1;
}

/* Take what is there, up to a limit. */
static void drain(struct stream *s, size_t max)
{
	char text[READ_BYTES];
	size_t total = 0;

	while (s->fd >= 0 && total < max) {
		ssize_t n = read(s->fd, text, sizeof(text));
		struct aiot_process *p = s->run->process;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_stream(s);
			return;
		}
		total += (size_t)n;
		if (s == &s->run->out && p != NULL && p->out != NULL)
			aiot_posix_buffer_add(p, text, (size_t)n);
		else
			aiot_posix_lines_add(&s->lines, s->run->task, text, (size_t)n);
	}
}

static void output(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	drain(poll->data, READ_TURN);
}

/* ---- the end ---- */

static void start_waiting(struct aiot_host *host);

static void close_all(struct run *run)
{
	close_stream(&run->out);
	close_stream(&run->err);
	if (run->pidfd >= 0) {
		uv_close((uv_handle_t *)&run->exit, handle_closed);
		(void)close(run->pidfd);
		run->pidfd = -1;
	}
	if (run->reaped)
		uv_close((uv_handle_t *)&run->rest, handle_closed);
	if (--run->open == 0) /* the one of start() */
		aiot_mem_free(run);
}

/* All that it wrote is told before its end is. */
static void finish_stream(struct stream *s)
{
	drain(s, READ_MAX);
	aiot_posix_lines_end(&s->lines, s->run->task);
}

static void ended(struct run *run)
{
	struct aiot_host *host = run->host;
	struct aiot_task *t = run->task;
	int result = run->result, status = run->status;

	finish_stream(&run->out);
	finish_stream(&run->err);
	if (run->process != NULL) {
		run->process->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		run->process->exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
	aiot_list_remove(&run->link);
	host->processes->count--;
	if (run->pidfd < 0 && --host->processes->unseen == 0)
		uv_unref((uv_handle_t *)host->processes->child_signal);
	close_all(run);
	if (t != NULL)
		aiot_wait_end(&host->core, t, result);
	start_waiting(host);
}

/* Killed ones may stay as zombies, where nobody reaps them: they are not waited for. */
static void look_at_rest(uv_timer_t *timer)
{
	struct run *run = timer->data;

	if (run->killed || kill(-run->pid, 0) < 0)
		ended(run);
}

/*
 * Who was asked to end may have left others in its group, for whom the same time runs: a shell ends
 * at once, and the command that it waited for does not.  False: there are none.
 */
static bool wait_for_rest(struct run *run)
{
	if (run->result == 0 || run->task == NULL || run->killed || kill(-run->pid, 0) < 0 ||
	    uv_timer_init(run->host->loop, &run->rest) < 0)
		return false;
	run->reaped = true;
	run->rest.data = run;
	run->open++;
	if (run->pidfd >= 0)
		(void)uv_poll_stop(&run->exit);
	return uv_timer_start(&run->rest, look_at_rest, REST_MS, REST_MS) == 0;
}

/* One that somebody else reaped has ended, too. */
static void reap(struct run *run)
{
	pid_t pid;

	if (run->reaped)
		return;
	do
		pid = waitpid(run->pid, &run->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return;
	if (pid < 0) {
		run->status = -1; /* neither exited nor signalled */
		if (run->result == 0)
			run->result = -errno;
	}
	if (pid < 0 || !wait_for_rest(run))
		ended(run);
}

static void exited(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	reap(poll->data);
}

/* Without pidfds: some child has ended, perhaps one of these. */
static void child_signal(uv_signal_t *handle, int signum)
{
	struct aiot_processes *all = ((struct aiot_host *)handle->data)->processes;
	struct aiot_link *link, *next;

	(void)signum;
	for (link = all->running.next; link != &all->running; link = next) {
		next = link->next;
		if (run_at(link)->pidfd < 0)
			reap(run_at(link));
	}
}

/* ---- the beginning ---- */

static void free_signal(uv_handle_t *handle)
{
	aiot_mem_free(handle);
}

/*
 * SIGCHLD, once for all of them, and before any is started: one that is not watched yet when a
 * process ends is lost.  It keeps the loop alive only while somebody needs it.
 */
static int watch_children(struct aiot_host *host)
{
	uv_signal_t *s = host->processes->child_signal;
	int r;

	if (s != NULL)
		return 0;
	s = aiot_mem_zalloc(sizeof(*s));
	if (s == NULL)
		return -AIOT_ENOMEM;
	r = uv_signal_init(host->loop, s);
	if (r < 0) {
		aiot_mem_free(s);
		return r;
	}
	s->data = host;
	uv_unref((uv_handle_t *)s);
	r = uv_signal_start(s, child_signal, SIGCHLD);
	if (r < 0)
		uv_close((uv_handle_t *)s, free_signal);
	else
		host->processes->child_signal = s;
	return r;
}

/* How its end will be known. */
static int watch_end(struct run *run)
{
	int r;

	if (!without_pidfd)
		run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0u);
	r = run->pidfd < 0 ? -errno : uv_poll_init(run->host->loop, &run->exit, run->pidfd);
	if (r < 0) {
		if (run->pidfd >= 0)
			(void)close(run->pidfd);
		run->pidfd = -1;
		return 0; /* SIGCHLD will tell */
	}
	run->exit.data = run;
	run->open++;
	return uv_poll_start(&run->exit, UV_READABLE, exited);
}

static int listen_to(struct stream *s, struct run *run, int fd, enum aiot_level level)
{
	int r = uv_poll_init(run->host->loop, &s->poll, fd);

	if (r < 0) {
		(void)close(fd);
		return r;
	}
	s->run = run;
	s->fd = fd;
	s->lines.level = level;
	s->poll.data = s;
	run->open++;
	return uv_poll_start(&s->poll, UV_READABLE, output);
}

/* On failure the process, if it was started, is the caller's to end. */
static int start_listening(struct run *run)
{
	int out = -1, err = -1;
	int r = watch_children(run->host);

	if (r == 0)
		r = aiot_posix_spawn(run->argv, run->env, &run->pid, &out, &err);
	if (r < 0)
		return r;
	r = listen_to(&run->out, run, out, AIOT_INFO);
	if (r == 0)
		r = listen_to(&run->err, run, err, AIOT_WARN);
	else
		(void)close(err);
	return r == 0 ? watch_end(run) : r;
}

/* It runs, but cannot be watched. */
static void give_back(struct run *run)
{
	if (run->pid <= 0)
		return;
	(void)kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR) {
	}
}

/* run is in no list.  Its wait ends at once if it cannot be started. */
static void start(struct run *run)
{
	struct aiot_host *host = run->host;
	int r;

	run->open = 1;
	r = start_listening(run);
	if (r < 0) {
		struct aiot_task *t = run->task;

		give_back(run);
		close_all(run);
		aiot_wait_end(&host->core, t, r);
		return;
	}
	aiot_list_append(&host->processes->running, &run->link);
	host->processes->count++;
	if (run->pidfd < 0 && host->processes->unseen++ == 0)
		uv_ref((uv_handle_t *)host->processes->child_signal);
	run->process->pid = run->pid;
	if (run->process->timeout_ms != 0)
		(void)aiot_wait_timeout(run->task, run->process->timeout_ms); /* has its memory */
}

static void start_waiting(struct aiot_host *host)
{
	struct aiot_processes *all = host->processes;
	uint32_t max = host->max_processes ? host->max_processes : uv_available_parallelism();

	while (!aiot_list_empty(&all->waiting) && all->count < max) {
		struct run *run = run_at(all->waiting.next);

		aiot_list_remove(&run->link);
		start(run);
	}
}

/* A time-out and a stop ask it to end, and wait for that; asked again it is killed. */
bool aiot_process_leave(struct aiot_core *core, struct aiot_task *t, void *arg, enum aiot_leave why)
{
	struct run *run = arg;

	(void)core;
	if (run->pid == 0) { /* it waits its turn */
		aiot_list_remove(&run->link);
		aiot_mem_free(run);
		return true;
	}
	run->killed |= why == AIOT_LEAVE_ABANDON || run->result == -AIOT_ETIMEDOUT;
	(void)kill(-run->pid, run->killed ? SIGKILL : SIGTERM);
	if (why == AIOT_LEAVE_ABANDON) {
		run->task = NULL;
		run->process = NULL;
		return true;
	}
	if (why == AIOT_LEAVE_STOP) {
		run->result = -AIOT_ECANCELED;
	} else {
		run->result = -AIOT_ETIMEDOUT;
		(void)aiot_wait_timeout(t, t->entry.spec->stop_timeout_ms);
	}
	return false;
}

/* ---- what services call ---- */

static struct run *make_run(struct aiot_host *host, struct aiot_task *t, struct aiot_process *p)
{
	size_t argv_bytes = aiot_posix_list_bytes(p->argv);
	struct run *run =
		aiot_mem_zalloc(sizeof(*run) + argv_bytes + aiot_posix_list_bytes(p->env));
	char *at;

	if (run == NULL)
		return NULL;
	at = (char *)(run + 1);
	run->host = host;
	run->task = t;
	run->process = p;
	run->argv = aiot_posix_list_copy(p->argv, at);
	run->env = aiot_posix_list_copy(p->env, at + argv_bytes);
	run->pidfd = run->out.fd = run->err.fd = -1;
	p->out_len = p->out_lost = 0;
	p->pid = p->exit_signal = 0;
	p->exit_code = -1;
	if (p->out != NULL && p->out_size > 0)
		p->out[0] = '\0';
	return run;
}

static bool make_lists(struct aiot_host *host)
{
	struct aiot_processes *all = host->processes;

	if (all != NULL)
		return true;
	all = aiot_mem_zalloc(sizeof(*all));
	if (all == NULL)
		return false;
	aiot_list_init(&all->waiting);
	aiot_list_init(&all->running);
	host->processes = all;
	return true;
}

struct aiot_wait aiot_process(struct aiot_task *t, struct aiot_process *process)
{
	struct aiot_host *host = aiot_posix_host(t);
	struct run *run;

	if (!aiot_wait_may(t) || !aiot_wait_lasting(t, process, "the process"))
		return (struct aiot_wait){0};
	if (host == NULL)
		return aiot_wait_over(t, -AIOT_ENOSYS);
	if (process->argv == NULL || process->argv[0] == NULL)
		return aiot_wait_over(t, -AIOT_EINVAL);
	run = make_lists(host) ? make_run(host, t, process) : NULL;
	if (run == NULL)
		return aiot_wait_no_memory(t);
	if (!aiot_wait_for(t, aiot_process_leave, run, AIOT_FOREVER)) {
		aiot_mem_free(run);
		return (struct aiot_wait){1};
	}
	aiot_list_append(&host->processes->waiting, &run->link);
	start_waiting(host);
	return (struct aiot_wait){1};
}

/* Those that were given up and have not ended yet are killed already; init will reap them. */
void aiot_processes_finish(struct aiot_host *host)
{
	struct aiot_processes *all = host->processes;

	if (all == NULL)
		return;
	while (!aiot_list_empty(&all->running)) {
		struct run *run = run_at(all->running.next);

		aiot_list_remove(&run->link);
		(void)waitpid(run->pid, NULL, WNOHANG);
		close_all(run);
	}
	if (all->child_signal != NULL)
		uv_close((uv_handle_t *)all->child_signal, free_signal);
	aiot_mem_free(all);
	host->processes = NULL;
}
