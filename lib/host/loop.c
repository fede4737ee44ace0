/*
 * loop.c - drives a core from a libuv loop, and tells it of clock steps.
 *
 * One timer stands for all sleeping tasks: it is set to the time that aiot_core_run() returns, and
 * a millisecond ahead at least, so that all tasks due within one are woken together; this is what
 * makes a wake cheap (a turn of the loop costs more than the step of a task).  It is a timerfd that
 * the loop polls: it runs on in suspend, as the tasks' clock does, and is told to the kernel when
 * it changes, where a uv timer costs every turn of the loop a time-out, a request's too.  What is
 * to be done at once is done by an idle handle, once a turn.  Never blocks.
 */
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host.h"
#include "install.h"
#include "lastruns.h"
#include "timetext.h"

/* Steps before the loop looks at its sockets again. */
#define STEP_BUDGET 4096

/* Steps in a round that make it a busy one: about 100,000 wakes a second. */
#define BUSY_STEPS 100

#define TIME_MAX ((((time_t)1 << (sizeof(time_t) * 8 - 2)) - 1) * 2 + 1)

/* ---- the core's timer ---- */

static void on_idle(uv_idle_t *idle);

/*
 * A turn of the loop costs as much as hundreds of steps.  After a round of many steps the next one
 * is put off, and so has more to do: by three milliseconds, or four where these are less than a
 * tenth of the shortest sleep asked for in it.  A task never wakes early by this, and under light
 * load not late either.
 */
static uint64_t pause_ns(const struct aiot_host *host, uint64_t steps)
{
	if (steps < BUSY_STEPS)
		return AIOT_NS_PER_MS;
	return host->core.shortest_ns / 10 < 4 * AIOT_NS_PER_MS ? 3 * AIOT_NS_PER_MS
								: 4 * AIOT_NS_PER_MS;
}

/* due_ns AIOT_CORE_NEVER: not at all.  Setting it also takes back that it went off. */
static void set_timer(struct aiot_host *host, uint64_t due_ns)
{
	bool never = due_ns == AIOT_CORE_NEVER;
	struct itimerspec at = {.it_value.tv_sec = 0};

	if (!host->core_fired && due_ns == host->core_due_ns)
		return;
	if (!never) {
		at.it_value.tv_sec = due_ns / AIOT_NS_PER_S < TIME_MAX
					     ? (time_t)(due_ns / AIOT_NS_PER_S)
					     : TIME_MAX;
		at.it_value.tv_nsec = (long)(due_ns % AIOT_NS_PER_S);
	}
	(void)timerfd_settime(host->core_fd, TFD_TIMER_ABSTIME, &at, NULL);
	host->core_fired = false;
	host->core_due_ns = due_ns;
	if (never) /* a loop with nothing to wait for ends */
		uv_unref((uv_handle_t *)&host->core_poll);
	else
		uv_ref((uv_handle_t *)&host->core_poll);
}

static void arm(struct aiot_host *host, uint64_t next_ns, uint64_t steps)
{
	uint64_t soon_ns = host->core.now_ns + pause_ns(host, steps);

	(void)uv_idle_stop(&host->core_idle);
	if (next_ns > host->core.now_ns) {
		set_timer(host, next_ns < soon_ns ? soon_ns : next_ns);
		return;
	}
	set_timer(host, AIOT_CORE_NEVER);
	(void)uv_idle_start(&host->core_idle, on_idle);
}

static void run_core(struct aiot_host *host)
{
	uint64_t before = host->core.steps, next_ns;

	aiot_stepclock_set(&host->stepclock, aiot_clock_mono_ns);
	next_ns = aiot_core_run(&host->core, STEP_BUDGET);
	arm(host, next_ns, host->core.steps - before);
	aiot_boot_step(host);
	aiot_install_step(host);
	aiot_host_stop_step(host);
}

static void on_timer(uv_poll_t *poll, int status, int events)
{
	struct aiot_host *host = poll->data;

	(void)status;
	(void)events;
	host->core_fired = true;
	run_core(host);
}

static void on_idle(uv_idle_t *idle)
{
	run_core(idle->data);
}

void aiot_loop_wake(struct aiot_host *host)
{
	if (!uv_is_closing((uv_handle_t *)&host->core_idle))
		(void)uv_idle_start(&host->core_idle, on_idle);
}

/* ---- clock steps ---- */

void aiot_loop_tell_clock(struct aiot_host *host)
{
	uint8_t boot[16] = {0};

	(void)aiot_boot_id(boot);
	aiot_ring_clock(host->core.ring, boot,
			aiot_clock_wall_ns() - (int64_t)aiot_clock_mono_ns());
}

/* A timer far away that the kernel cancels when the wall clock is set. */
static int watch_clock(struct aiot_host *host)
{
	struct itimerspec far = {.it_value.tv_sec = TIME_MAX};

	if (timerfd_settime(host->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
			    NULL) < 0)
		return -errno;
	return 0;
}

static void clock_stepped(uv_poll_t *poll, int status, int events)
{
	struct aiot_host *host = poll->data;
	uint64_t expirations;

	(void)status;
	(void)events;
	(void)!read(host->clock_fd, &expirations, sizeof(expirations)); /* ECANCELED is the news */
	aiot_loop_tell_clock(host);
	aiot_lastruns_clock_stepped(host);
	aiot_core_clock_set(&host->core);
	if (watch_clock(host) < 0)
		(void)uv_poll_stop(&host->clock_poll);
}

/* Without it (no such timerfd) only the correction of log times after a step is missing. */
static void start_clock_watch(struct aiot_host *host)
{
	host->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (host->clock_fd < 0)
		return;
	if (watch_clock(host) < 0 ||
	    uv_poll_init(host->loop, &host->clock_poll, host->clock_fd) < 0) {
		(void)close(host->clock_fd);
		host->clock_fd = -1;
		return;
	}
	host->clock_poll.data = host;
	host->open_handles++;
	(void)uv_poll_start(&host->clock_poll, UV_READABLE, clock_stepped);
	uv_unref((uv_handle_t *)&host->clock_poll);
}

/* ---- life ---- */

static int open_timer(struct aiot_host *host)
{
	int r;

	host->core_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (host->core_fd < 0)
		return -errno;
	r = uv_poll_init(host->loop, &host->core_poll, host->core_fd);
	if (r < 0) {
		(void)close(host->core_fd);
		return r;
	}
	host->core_poll.data = host;
	host->core_due_ns = AIOT_CORE_NEVER;
	(void)uv_poll_start(&host->core_poll, UV_READABLE, on_timer);
	uv_unref((uv_handle_t *)&host->core_poll);
	return 0;
}

int aiot_loop_init(struct aiot_host *host, uv_loop_t *loop)
{
	int r;

	host->loop = loop;
	host->clock_fd = -1;
	aiot_stepclock_init(&host->stepclock);
	if (loop == NULL) {
		r = uv_loop_init(&host->own_loop);
		if (r < 0)
			return aiot_host_fail(host, r, "cannot make a loop: %s", uv_strerror(r));
		host->loop = &host->own_loop;
	}
	r = open_timer(host);
	if (r < 0) {
		if (loop == NULL)
			(void)uv_loop_close(&host->own_loop);
		return aiot_host_fail(host, r, "cannot make a timer: %s", uv_strerror(r));
	}
	host->owns_loop = loop == NULL;
	(void)uv_timer_init(host->loop, &host->every_timer);
	(void)uv_timer_init(host->loop, &host->save_timer);
	(void)uv_timer_init(host->loop, &host->history_timer);
	(void)uv_idle_init(host->loop, &host->core_idle);
	host->core_idle.data = host->every_timer.data = host;
	host->save_timer.data = host->history_timer.data = host;
	uv_unref((uv_handle_t *)&host->every_timer);
	host->open_handles = 5;
	start_clock_watch(host);
	return 0;
}

static void fire_every(uv_timer_t *timer)
{
	struct aiot_host *host = timer->data;

	host->every_fn(host->every_arg);
}

int aiot_host_every_ms(struct aiot_host *host, uint32_t interval_ms, void (*fn)(void *arg),
		       void *arg)
{
	host->every_fn = fn;
	host->every_arg = arg;
	if (interval_ms == 0)
		return uv_timer_stop(&host->every_timer);
	return uv_timer_start(&host->every_timer, fire_every, interval_ms, interval_ms);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct aiot_host *host = handle->data;

	if (signum == SIGHUP) {
		(void)aiot_host_reload(host);
		return;
	}
	if (host->on_stop != NULL)
		host->on_stop(host->arg);
	else
		aiot_host_stop(host, NULL, NULL);
}

int aiot_host_handle_signals(struct aiot_host *host)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	unsigned i;
	int r = 0;

	if (host->has_signals)
		return 0;
	host->has_signals = true;
	for (i = 0; i < 3 && r == 0; i++) {
		r = uv_signal_init(host->loop, &host->signals[i]);
		if (r < 0)
			break;
		host->signals[i].data = host;
		host->open_handles++;
		r = uv_signal_start(&host->signals[i], on_signal, numbers[i]);
		uv_unref((uv_handle_t *)&host->signals[i]);
	}
	return r < 0 ? aiot_host_fail(host, r, "cannot watch signals: %s", uv_strerror(r)) : 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct aiot_host *host = handle->data;

	if (--host->open_handles == 0)
		host->closed_fn(host);
}

static void close_handle(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_closed);
}

void aiot_loop_close(struct aiot_host *host, void (*closed)(struct aiot_host *host))
{
	unsigned i;

	host->closed_fn = closed;
	for (i = 0; host->has_signals && i < 3; i++) {
		if (host->signals[i].data == host)
			close_handle((uv_handle_t *)&host->signals[i]);
	}
	if (host->clock_fd >= 0)
		close_handle((uv_handle_t *)&host->clock_poll);
	aiot_guard_end(host, close_handle);
	close_handle((uv_handle_t *)&host->every_timer);
	close_handle((uv_handle_t *)&host->save_timer);
	close_handle((uv_handle_t *)&host->history_timer);
	close_handle((uv_handle_t *)&host->core_poll);
	close_handle((uv_handle_t *)&host->core_idle);
}
