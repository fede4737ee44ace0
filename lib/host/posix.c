/*
 * posix.c - aiotools-posix.h's loop, descriptors and work in threads.
 *
 * Called by services from their tasks.  Each wait has a block of its own with the libuv handle or
 * request; the task may leave and be freed at any time, the block stays until libuv is through with
 * it.  Work that has begun is the exception: it uses the task's memory, so the task stays.
 */
#include "posix.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "core.h"
#include "crash.h"
#include "mem.h"
#include "modules.h"
#include "more.h"
#include "units.h"
#include "wait.h"

struct aiot_host *aiot_posix_host(const struct aiot_task *t)
{
	struct aiot_core *core = aiot_task_core(t);

	return core->ops == &aiot_host_core_ops ? core->ctx : NULL;
}

struct uv_loop_s *aiot_uv_loop(struct aiot_task *t)
{
	struct aiot_host *host = aiot_posix_host(t);
	struct aiot_module *module;

	if (host == NULL)
		return NULL;
	module = aiot_module_of(&t->entry);
	if (module != NULL)
		module->kept = true;
	return host->loop;
}

/* ---- descriptors ---- */

struct fd_wait {
	uv_poll_t poll; /* data: the task */
};

static void free_fd_wait(uv_handle_t *handle)
{
	aiot_mem_free(handle); /* its first member */
}

static bool leave_fd(struct aiot_core *core, struct aiot_task *t, void *arg, enum aiot_leave why)
{
	struct fd_wait *w = arg;

	(void)core;
	(void)t;
	(void)why;
	uv_close((uv_handle_t *)&w->poll, free_fd_wait);
	return true;
}

/* An error is news as well: the caller's read or write will say what it is. */
static void fd_ready(uv_poll_t *poll, int status, int events)
{
	struct aiot_task *t = poll->data;

	(void)status;
	(void)events;
	uv_close((uv_handle_t *)poll, free_fd_wait);
	aiot_wait_end(aiot_task_core(t), t, 0);
}

/* 1: it is ready now; 0: not yet; else a negative code. */
static int look(int fd, unsigned events)
{
	struct pollfd p = {.fd = fd};

	if (events & AIOT_FD_READ)
		p.events |= POLLIN;
	if (events & AIOT_FD_WRITE)
		p.events |= POLLOUT;
	if (fd < 0 || (events & ~(AIOT_FD_READ | AIOT_FD_WRITE)) || events == 0)
		return fd < 0 ? -AIOT_EBADF : -AIOT_EINVAL;
	if (poll(&p, 1, 0) <= 0)
		return 0;
	return p.revents & POLLNVAL ? -AIOT_EBADF : 1;
}

static int watch(struct aiot_host *host, struct fd_wait *w, int fd, unsigned events)
{
	int flags = 0, r = uv_poll_init(host->loop, &w->poll, fd);

	if (r < 0) {
		aiot_mem_free(w); /* nothing of it is on the loop */
		return r;
	}
	if (events & AIOT_FD_READ)
		flags |= UV_READABLE;
	if (events & AIOT_FD_WRITE)
		flags |= UV_WRITABLE;
	r = uv_poll_start(&w->poll, flags, fd_ready);
	if (r < 0)
		uv_close((uv_handle_t *)&w->poll, free_fd_wait);
	return r;
}

struct aiot_wait aiot_fd_wait(struct aiot_task *t, int fd, unsigned events, uint32_t timeout_ms)
{
	struct aiot_host *host = aiot_posix_host(t);
	struct fd_wait *w;
	int r;

	if (!aiot_wait_may(t))
		return (struct aiot_wait){0};
	r = host ? look(fd, events) : -AIOT_ENOSYS;
	if (r == 0 && timeout_ms == 0)
		r = -AIOT_ETIMEDOUT;
	if (r != 0)
		return aiot_wait_over(t, r < 0 ? r : 0);
	w = aiot_mem_zalloc(sizeof(*w));
	if (w == NULL)
		return aiot_wait_no_memory(t);
	w->poll.data = t;
	r = watch(host, w, fd, events);
	if (r < 0)
		return aiot_wait_over(t, r);
	if (!aiot_wait_for(t, leave_fd, w, timeout_ms))
		uv_close((uv_handle_t *)&w->poll, free_fd_wait);
	return (struct aiot_wait){1};
}

/* ---- work ---- */

struct work {
	uv_work_t request;
	struct aiot_task *task;
	void (*fn)(void *arg);
	void *arg;
	char name[AIOT_NAME_MAX + 1]; /* the task's, for a crash in there */
};

/* In a thread of libuv's pool. */
static void do_work(uv_work_t *request)
{
	struct work *w = (struct work *)(void *)request;

	aiot_crash_thread(w->name);
	w->fn(w->arg);
	aiot_crash_thread(NULL);
}

static void work_done(uv_work_t *request, int status)
{
	struct work *w = (struct work *)(void *)request;
	struct aiot_task *t = w->task;

	aiot_mem_free(w);
	aiot_wait_end(aiot_task_core(t), t, status < 0 ? -AIOT_ECANCELED : 0);
}

/* What has not begun is called off; work_done() comes in any case, and the task stays for it. */
static bool leave_work(struct aiot_core *core, struct aiot_task *t, void *arg, enum aiot_leave why)
{
	struct work *w = arg;

	(void)core;
	(void)t;
	(void)why;
	(void)uv_cancel((uv_req_t *)&w->request);
	return false;
}

bool aiot_posix_holds(const struct aiot_task *t)
{
	const struct aiot_more *more = t->entry.more;

	return more != NULL && (more->leave == leave_work || more->leave == aiot_process_leave);
}

struct aiot_wait aiot_work(struct aiot_task *t, void (*fn)(void *arg), void *arg)
{
	struct aiot_host *host = aiot_posix_host(t);
	struct work *w;

	if (!aiot_wait_may(t) || !aiot_wait_lasting(t, arg, "what the work gets"))
		return (struct aiot_wait){0};
	if (host == NULL)
		return aiot_wait_over(t, -AIOT_ENOSYS);
	w = aiot_mem_zalloc(sizeof(*w));
	if (w == NULL)
		return aiot_wait_no_memory(t);
	w->task = t;
	w->fn = fn;
	w->arg = arg;
	memcpy(w->name, aiot_entry_name(&t->entry), aiot_entry_name_len(&t->entry) + 1u);
	if (aiot_wait_for(t, leave_work, w, AIOT_FOREVER))
		(void)uv_queue_work(host->loop, &w->request, do_work, work_done); /* fn is there */
	else
		aiot_mem_free(w);
	return (struct aiot_wait){1};
}
