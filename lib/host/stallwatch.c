/*
 * stallwatch.c - see stallwatch.h.  Started and stopped by guard.c.  The thread shares nothing with
 * the loop but the stall block and what is under the lock; it never logs.
 */
#define _GNU_SOURCE /* SYS_gettid */
#include "stallwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "out.h"
#include "timetext.h"

/* ---- one look ---- */

static bool same_step(const struct aiot_stall *a, const struct aiot_stall *b)
{
	return a->name_len > 0 && a->name_len == b->name_len && a->step == b->step &&
	       a->start_ns == b->start_ns && a->doing == b->doing;
}

/* What began since the last look has lasted since its beginning, if time went on as it should. */
static void take_up(struct aiot_stall_view *v, const struct aiot_stall *now, uint64_t now_ns,
		    const struct aiot_stall_usage *usage, uint64_t longest_ns)
{
	uint64_t lasted_ns = now_ns > now->start_ns ? now_ns - now->start_ns : 0;

	*v = (struct aiot_stall_view){
		.what = *now,
		.lasted_ns = lasted_ns < longest_ns ? lasted_ns : 0,
		.looked_ns = now_ns,
		.cpu_from_ns = usage->cpu_ns,
		.delay_from_ns = usage->delay_ns,
	};
}

static bool is_over(uint64_t ns, uint32_t limit_ms)
{
	return limit_ms > 0 && ns >= limit_ms * AIOT_NS_PER_MS;
}

/* Waiting for a processor is no fault of the step's, but no excuse for the rest either. */
static uint64_t own_ns(const struct aiot_stall_view *v)
{
	return v->lasted_ns > v->delay_ns ? v->lasted_ns - v->delay_ns : 0;
}

enum aiot_stall_event aiot_stall_look(struct aiot_stall_view *v, const struct aiot_stall *now,
				      uint64_t now_ns, const struct aiot_stall_usage *usage,
				      uint64_t longest_ns, struct aiot_stall_limits limits)
{
	uint64_t passed_ns = now_ns - v->looked_ns;

	if (!same_step(&v->what, now)) {
		if (v->told) {
			v->told = false;
			return AIOT_STALL_ENDED;
		}
		take_up(v, now, now_ns, usage, longest_ns);
		return AIOT_STALL_NOTHING;
	}
	v->lasted_ns += passed_ns < longest_ns ? passed_ns : longest_ns;
	v->cpu_ns = usage->cpu_ns - v->cpu_from_ns;
	v->delay_ns = usage->delay_ns - v->delay_from_ns;
	v->looked_ns = now_ns;
	if (!v->fatal && is_over(own_ns(v), limits.abort_ms)) {
		v->fatal = true;
		return AIOT_STALL_FATAL;
	}
	if (v->told || !is_over(v->lasted_ns, limits.warn_ms))
		return AIOT_STALL_NOTHING;
	v->told = true;
	return AIOT_STALL_BEGAN;
}

const char *aiot_stall_manner(const struct aiot_stall_view *v)
{
	if (v->delay_ns > v->lasted_ns / 2)
		return "is short of processor time";
	if (v->cpu_ns > v->lasted_ns / 2)
		return "spins";
	if (v->cpu_ns < v->lasted_ns / 10)
		return "waits in the kernel";
	return "";
}

/* ---- the thread ---- */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {0};

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * AIOT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* The second number of its schedstat; 0 where the kernel does not count. */
static uint64_t delay_of(int tid)
{
	char path[64], text[64], *end;
	ssize_t len = -1;
	int fd;

	(void)aiot_format_to(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	if (len <= 0)
		return 0;
	text[len] = '\0';
	(void)strtoull(text, &end, 10);
	return strtoull(end, NULL, 10);
}

static void get_usage(const struct aiot_stallwatch *w, const struct aiot_stall *now,
		      struct aiot_stall_usage *ret)
{
	clockid_t clock;

	*ret = (struct aiot_stall_usage){0};
	if (now->name_len == 0)
		return;
	if (pthread_getcpuclockid(w->loop, &clock) == 0)
		ret->cpu_ns = clock_ns(clock);
	ret->delay_ns = delay_of(w->tid);
}

static uint64_t least_ms(struct aiot_stall_limits limits)
{
	if (limits.warn_ms == 0 || (limits.abort_ms > 0 && limits.abort_ms < limits.warn_ms))
		return limits.abort_ms;
	return limits.warn_ms;
}

/* Seldom while the loop rests, so that the machine can; 0: there is nothing to look for. */
static uint64_t pause_ns(struct aiot_stall_limits limits, const struct aiot_stall_view *v)
{
	uint64_t ns = least_ms(limits) * AIOT_NS_PER_MS;

	if (v->told || v->what.name_len > 0)
		ns /= 8;
	if (ns > AIOT_NS_PER_S)
		ns = AIOT_NS_PER_S;
	return ns > 0 && ns < 5 * AIOT_NS_PER_MS ? 5 * AIOT_NS_PER_MS : ns;
}

static bool same_limits(struct aiot_stall_limits a, struct aiot_stall_limits b)
{
	return a.warn_ms == b.warn_ms && a.abort_ms == b.abort_ms;
}

/* Not at all if there are others than the thread knows, whom nobody wakes twice.  false: it is
 * over. */
static bool rest(struct aiot_stallwatch *w, uint64_t ns, struct aiot_stall_limits *limits)
{
	uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + ns;
	struct timespec until = {(time_t)(until_ns / AIOT_NS_PER_S),
				 (long)(until_ns % AIOT_NS_PER_S)};
	bool ending;

	(void)pthread_mutex_lock(&w->lock);
	if (!w->ending && same_limits(*limits, w->limits)) {
		if (ns == 0)
			(void)pthread_cond_wait(&w->changed, &w->lock);
		else
			(void)pthread_cond_timedwait(&w->changed, &w->lock, &until);
	}
	*limits = w->limits;
	ending = w->ending;
	(void)pthread_mutex_unlock(&w->lock);
	return !ending;
}

static void look(struct aiot_stallwatch *w, struct aiot_stall_view *v, uint64_t longest_ns,
		 struct aiot_stall_limits limits)
{
	enum aiot_stall_event event;
	struct aiot_stall_usage usage;
	struct aiot_stall now;

	if (!aiot_stall_read(w->stall, &now))
		return; /* many steps a moment: none of them is long */
	get_usage(w, &now, &usage);
	event = aiot_stall_look(v, &now, clock_ns(CLOCK_BOOTTIME), &usage, longest_ns, limits);
	if (event == AIOT_STALL_NOTHING)
		return;
	if (event != AIOT_STALL_ENDED)
		aiot_peek_site(v->what.site, &v->site);
	w->tell(w->arg, event, v);
}

static void *watch(void *arg)
{
	struct aiot_stallwatch *w = arg;
	struct aiot_stall_limits limits = {0};
	struct aiot_stall_view view = {{0}};
	uint64_t ns;

	if (!rest(w, 1, &limits))
		return NULL;
	for (;;) {
		ns = pause_ns(limits, &view);
		if (!rest(w, ns, &limits))
			return NULL;
		look(w, &view, 2 * (ns > 0 ? ns : AIOT_NS_PER_S), limits);
	}
}

/* ---- its life ---- */

static int create(struct aiot_stallwatch *w)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int r;

	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)sigfillset(&all); /* signals of the process are for its loop */
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&w->thread, NULL, watch, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

int aiot_stallwatch_start(struct aiot_stallwatch *w, struct aiot_stall_limits limits)
{
	int r;

	w->loop = pthread_self();
	w->tid = (int)syscall(SYS_gettid);
	w->limits = limits;
	w->ending = false;
	r = create(w);
	w->running = r == 0;
	if (r < 0) {
		(void)pthread_cond_destroy(&w->changed);
		(void)pthread_mutex_destroy(&w->lock);
	}
	return r;
}

void aiot_stallwatch_limit(struct aiot_stallwatch *w, struct aiot_stall_limits limits)
{
	if (!w->running)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->limits = limits;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

void aiot_stallwatch_stop(struct aiot_stallwatch *w)
{
	if (!w->running)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->lock);
	w->running = false;
}
