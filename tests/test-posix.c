/*
 * test-posix.c - descriptors, work in threads and the loop itself, on a real loop: each wait ended
 * by what it waits for, by time, by a stop, and with no memory left.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "aiotools-posix.h"
#include "host-stage.h"
#include "mem.h"
#include "modules.h"

struct posix {
	int fd, how, at_last;
	uint32_t events, timeout_ms;
	uv_sem_t *gate, *begun; /* what the work waits for, and tells */
	int worked;
	uv_async_t async;
	struct aiot_event event;
	int closed;
};

/* The task called "t". */
static struct posix *posix_of(void)
{
	return aiot_task_self(aiot_task_of(aiot_core_find(&host->core, "t")));
}

static struct posix given; /* what the next task begins with */

static void begin(struct posix *self)
{
	struct posix *g = &given;

	self->fd = g->fd;
	self->events = g->events;
	self->timeout_ms = g->timeout_ms;
	self->gate = g->gate;
	self->begun = g->begun;
	self->how = self->at_last = 1;
}

static void add(const struct aiot_service *service)
{
	assert_int_equal(aiot_host_add_task(host, service, NULL, "t", NULL, NULL), 0);
}

/* ---- descriptors ---- */

static enum aiot_co waits_for_fd(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct posix, self);
	begin(self);
	AIOT_WAIT(t, aiot_fd_wait(t, self->fd, self->events, self->timeout_ms));
	self->how = aiot_waited(t);
	AIOT_FINALLY(t);
	self->at_last = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(fd, struct posix, .main = waits_for_fd);

static void wait_for_fd(int fd, uint32_t events, uint32_t timeout_ms)
{
	given = (struct posix){.fd = fd, .events = events, .timeout_ms = timeout_ms};
	add(&aiot_service_fd);
	settle();
}

static void a_pipe_is_readable_when_something_is_in_it(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	wait_for_fd(fds[0], AIOT_FD_READ, AIOT_FOREVER);
	assert_string_equal(state_of("t"), "running");
	assert_int_equal(write(fds[1], "x", 1), 1);
	run_until("t", "done");
	assert_int_equal(posix_of()->how, 0);
	assert_int_equal(aiot_host_start_task(host, "t"), 0); /* it is there still: at once */
	settle();
	assert_string_equal(state_of("t"), "done");
	assert_int_equal(posix_of()->how, 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void the_other_end_gone_is_news_too(void **state)
{
	int in[2], out[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	wait_for_fd(in[0], AIOT_FD_READ, AIOT_FOREVER);
	(void)close(in[1]);
	run_until("t", "done");
	assert_int_equal(posix_of()->how, 0);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	(void)close(in[0]);

	assert_int_equal(pipe(out), 0);
	assert_int_equal(fcntl(out[1], F_SETFL, O_NONBLOCK), 0);
	while (write(out[1], base, sizeof(base)) > 0) {
	}
	wait_for_fd(out[1], AIOT_FD_WRITE, AIOT_FOREVER);
	assert_string_equal(state_of("t"), "running");
	(void)close(out[0]);
	run_until("t", "done");
	assert_int_equal(posix_of()->how, 0);
	(void)close(out[1]);
}

static void nothing_comes_and_the_time_is_up(void **state)
{
	int fds[2], again[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	wait_for_fd(fds[0], AIOT_FD_READ, 2);
	run_until("t", "done");
	assert_int_equal(posix_of()->how, -AIOT_ETIMEDOUT);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	wait_for_fd(fds[0], AIOT_FD_READ, 0);
	assert_int_equal(posix_of()->how, -AIOT_ETIMEDOUT);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	(void)close(fds[0]); /* nothing watches it any more: its number is free for another */
	(void)close(fds[1]);
	assert_int_equal(pipe(again), 0);
	assert_int_equal(again[0], fds[0]);
	wait_for_fd(again[0], AIOT_FD_READ, AIOT_FOREVER);
	assert_int_equal(write(again[1], "x", 1), 1);
	run_until("t", "done");
	(void)close(again[0]);
	(void)close(again[1]);
}

static void a_stop_and_a_delete_leave_the_descriptor_alone(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	wait_for_fd(fds[0], AIOT_FD_READ, AIOT_FOREVER);
	assert_int_equal(aiot_host_stop_task(host, "t"), 0);
	run_until("t", "stopped");
	assert_int_equal(posix_of()->at_last, -AIOT_ECANCELED);
	assert_int_equal(aiot_host_start_task(host, "t"), 0);
	settle();
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	run_until("t", "none");
	assert_int_equal(write(fds[1], "x", 1), 1);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void what_cannot_be_waited_for_says_so(void **state)
{
	int fds[2];

	(void)state;
	wait_for_fd(-1, AIOT_FD_READ, AIOT_FOREVER);
	assert_int_equal(posix_of()->how, -AIOT_EBADF);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	wait_for_fd(4000, AIOT_FD_READ, AIOT_FOREVER);
	assert_int_equal(posix_of()->how, -AIOT_EBADF);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	wait_for_fd(0, 8, AIOT_FOREVER);
	assert_int_equal(posix_of()->how, -AIOT_EINVAL);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_fd, NULL, "first", NULL, NULL), 0);
	given = (struct posix){.fd = fds[0], .events = AIOT_FD_READ, .timeout_ms = AIOT_FOREVER};
	settle();
	wait_for_fd(fds[0], AIOT_FD_READ, AIOT_FOREVER);
	assert_int_equal(posix_of()->how, -AIOT_EEXIST);
	assert_int_equal(aiot_host_delete_task(host, "first"), 0);
	run_until("first", "none");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void without_memory_a_wait_fails_its_task(void **state)
{
	unsigned nth;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (nth = 1; nth <= 2; nth++) {
		given = (struct posix){
			.fd = fds[0], .events = AIOT_FD_READ, .timeout_ms = AIOT_FOREVER};
		add(&aiot_service_fd);
		(void)aiot_mem_fail(nth, 1);
		settle();
		(void)aiot_mem_fail(0, 0);
		assert_string_equal(state_of("t"), "failed");
		assert_int_equal(logged("failed: ENOMEM: no memory to wait"), nth);
		assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* ---- work ---- */

static void work(void *arg)
{
	struct posix *self = arg;

	if (self->begun != NULL)
		uv_sem_post(self->begun);
	if (self->gate != NULL)
		uv_sem_wait(self->gate);
	self->worked++;
}

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct posix, self);
	begin(self);
	AIOT_WAIT(t, aiot_work(t, work, self));
	self->how = aiot_waited(t);
	AIOT_FINALLY(t);
	self->at_last = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(works, struct posix, .main = works);

static uv_sem_t gate, begun;

static void work_at_the_gate(void)
{
	assert_int_equal(uv_sem_init(&gate, 0), 0);
	assert_int_equal(uv_sem_init(&begun, 0), 0);
	given = (struct posix){.gate = &gate, .begun = &begun};
	add(&aiot_service_works);
	settle();
	uv_sem_wait(&begun);
}

static void end_gate(void)
{
	uv_sem_destroy(&gate);
	uv_sem_destroy(&begun);
}

static void work_is_done_in_a_thread(void **state)
{
	(void)state;
	given = (struct posix){.fd = 0};
	add(&aiot_service_works);
	run_until("t", "done");
	assert_int_equal(posix_of()->worked, 1);
	assert_int_equal(posix_of()->how, 0);
}

static void a_stop_waits_for_work_that_has_begun(void **state)
{
	(void)state;
	work_at_the_gate();
	assert_int_equal(aiot_host_stop_task(host, "t"), 0);
	settle();
	assert_string_equal(state_of("t"), "stopping");
	uv_sem_post(&gate);
	run_until("t", "stopped");
	assert_int_equal(posix_of()->worked, 1);
	assert_int_equal(posix_of()->how, 1); /* straight to FINALLY */
	assert_int_equal(posix_of()->at_last, 0);
	end_gate();
}

static void a_task_is_not_freed_under_its_work(void **state)
{
	struct aiot_entry *entry;

	(void)state;
	work_at_the_gate();
	entry = aiot_core_find(&host->core, "t");
	entry->spec->stop_timeout_ms = 1;
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	while (logged("cannot be given up: it waits for work") == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_string_equal(state_of("t"), "stopping");
	uv_sem_post(&gate);
	run_until("t", "none");
	end_gate();
}

static void work_that_has_not_begun_is_called_off(void **state)
{
	unsigned i, n = 0;

	(void)state;
	assert_int_equal(uv_sem_init(&gate, 0), 0);
	assert_int_equal(uv_sem_init(&begun, 0), 0);
	given = (struct posix){.gate = &gate, .begun = &begun};
	for (i = 0; i < 8; i++) { /* four of them fill the threads */
		char name[8];

		(void)snprintf(name, sizeof(name), "w%u", i);
		assert_int_equal(
			aiot_host_add_task(host, &aiot_service_works, NULL, name, NULL, NULL), 0);
	}
	settle();
	for (i = 0; i < 4; i++)
		uv_sem_wait(&begun);
	aiot_host_stop(host, NULL, NULL);
	for (i = 0; i < 8; i++)
		uv_sem_post(&gate);
	assert_int_equal(aiot_host_run(host), 0);
	for (i = 0; i < 8; i++) {
		char name[8];
		struct posix *self;

		(void)snprintf(name, sizeof(name), "w%u", i);
		self = aiot_task_self(aiot_task_of(aiot_core_find(&host->core, name)));
		n += self->worked == 1;
		assert_int_equal(self->at_last, self->worked ? 0 : -AIOT_ECANCELED);
	}
	assert_int_equal(n, 4);
	end_gate();
}

static enum aiot_co begins_work_and_ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct posix, self);
	begin(self);
	AIOT_WAIT_BEGIN_(aiot_work(t, work, self));
	AIOT_END(t);
}
AIOT_SERVICE(careless, struct posix, .main = begins_work_and_ends);

static void work_begun_outside_a_wait_holds_the_task_and_fails_it(void **state)
{
	(void)state;
	given = (struct posix){.fd = 0};
	add(&aiot_service_careless);
	run_until("t", "failed");
	assert_true(logged("a wait was begun outside AIOT_WAIT") > 0);
}

/* ---- the loop ---- */

static void bridge(uv_async_t *async)
{
	struct posix *self = async->data;

	aiot_event_set(&self->event);
}

static void async_closed(uv_handle_t *handle)
{
	struct posix *self = handle->data;

	self->closed = 1;
	aiot_event_set(&self->event);
}

static enum aiot_co brings_its_own(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct posix, self);
	(void)uv_async_init(aiot_uv_loop(t), &self->async, bridge);
	self->async.data = self;
	(void)uv_async_send(&self->async);
	AIOT_WAIT(t, aiot_event_wait(t, &self->event, AIOT_FOREVER));
	self->how = aiot_waited(t);
	AIOT_FINALLY(t);
	aiot_event_reset(&self->event);
	uv_close((uv_handle_t *)&self->async, async_closed);
	AIOT_WAIT(t, aiot_event_wait(t, &self->event, AIOT_FOREVER));
	AIOT_END(t);
}
AIOT_SERVICE(own, struct posix, .main = brings_its_own);

static void an_event_bridges_a_callback_of_ones_own_to_a_wait(void **state)
{
	(void)state;
	add(&aiot_service_own);
	run_until("t", "done");
	assert_int_equal(posix_of()->how, 0);
	assert_int_equal(posix_of()->closed, 1);
}

static void a_module_that_used_the_loop_stays_mapped(void **state)
{
	struct aiot_task *t;
	void *handle;

	(void)state;
	install("good.so", "good");
	unit_file("good", "[Service]\nModule = good\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, "good"), 0);
	t = aiot_task_of(aiot_core_find(&host->core, "good.service"));
	assert_ptr_equal(aiot_uv_loop(t), &loop);
	handle = (void *)(uintptr_t)t->entry.spec->service->main;
	assert_int_equal(aiot_host_delete_task(host, "good.service"), 0);
	run_until("good.service", "none");
	assert_int_equal(logged("stays in memory: a service of it has used the loop"), 1);
	assert_int_not_equal(*(const unsigned char *)handle, 0); /* its code can be read still */
	assert_int_equal(aiot_host_load(host, "good"), 0);	 /* and be loaded again */
	assert_ptr_equal(
		(void *)(uintptr_t)aiot_task_of(aiot_core_find(&host->core, "good.service"))
			->entry.spec->service->main,
		handle);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(a_pipe_is_readable_when_something_is_in_it),
		T(the_other_end_gone_is_news_too),
		T(nothing_comes_and_the_time_is_up),
		T(a_stop_and_a_delete_leave_the_descriptor_alone),
		T(what_cannot_be_waited_for_says_so),
		T(without_memory_a_wait_fails_its_task),
		T(work_is_done_in_a_thread),
		T(a_stop_waits_for_work_that_has_begun),
		T(a_task_is_not_freed_under_its_work),
		T(work_that_has_not_begun_is_called_off),
		T(work_begun_outside_a_wait_holds_the_task_and_fails_it),
		T(an_event_bridges_a_callback_of_ones_own_to_a_wait),
		T(a_module_that_used_the_loop_stays_mapped),
	};

	if (argc > 1)
		built = argv[1];
	(void)setenv("UV_THREADPOOL_SIZE", "4", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
