/*
 * harness.c - a host on a loop of its own, and its time.
 *
 * Called by the tests of services.  The host is as programs have it; here the core is run and the
 * clock is moved to what comes next, where lib/host/loop.c would wait for it.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "posix.h"
#include "timetext.h"

#define NOON_S 1767268800 /* 2026-01-01 12:00 UTC */
#define MOST_ROUNDS 1000000u
#define LOG_BYTES (4u << 20)
#define STOP_NS (86400 * AIOT_NS_PER_S) /* longer than any stop may take */

void aiot_test_wrong(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("aiotools-test: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	abort();
}

/* ---- texts ---- */

int aiot_test_grow(struct aiot_out *out, size_t need)
{
	size_t size = (out->len + need) * 2 + 64;
	char *buf = realloc(out->buf, size);

	if (buf == NULL)
		aiot_test_wrong("no memory for a text");
	out->buf = buf;
	out->size = size;
	return 0;
}

struct aiot_out *aiot_test_text(struct aiot_test *x)
{
	struct aiot_out *out = &x->text[x->turn++ % AIOT_TEST_TEXTS];

	out->grow = aiot_test_grow;
	out->len = 0;
	return out;
}

const char *aiot_test_str(struct aiot_out *out)
{
	aiot_out_char(out, '\0');
	return out->buf;
}

/* ---- making ---- */

struct aiot_test *aiot_test_open(const struct aiot_host_options *options)
{
	struct aiot_host_options o = {.size = sizeof(o), .log_level = AIOT_DEBUG};
	struct aiot_test *x = calloc(1, sizeof(*x));
	char why[512] = "no memory";

	if (x == NULL || uv_loop_init(&x->loop) < 0)
		aiot_test_wrong("no memory");
	if (getenv("TZ") == NULL && setenv("TZ", "UTC0", 1) < 0)
		aiot_test_wrong("no memory");
	tzset();
	if (options != NULL)
		memcpy(&o, options, options->size < sizeof(o) ? options->size : sizeof(o));
	o.loop = &x->loop;
	x->loop.data = x;
	if (o.log_bytes == 0)
		o.log_bytes = LOG_BYTES;
	if (o.log_level == 0)
		o.log_level = AIOT_DEBUG;
	aiot_test_clock_set(AIOT_TEST_BEGIN_NS, NOON_S * (int64_t)AIOT_NS_PER_S);
	if (aiot_host_create(&o, &x->host, why, sizeof(why)) < 0)
		aiot_test_wrong("aiot_test_open: %s", why);
	x->host->core.seed = 1; /* the same chances in every run */
	aiot_ring_newest(x->host->core.ring, &x->log);
	aiot_test_run(x);
	return x;
}

/* The service's stops take the time they need; the host's own work is waited for. */
static void end_host(struct aiot_test *x)
{
	uint64_t most_ns = aiot_clock_mono_ns() + STOP_NS;
	bool patient = true;

	aiot_host_stop(x->host, NULL, NULL);
	while (!x->host->stopped) {
		if (!aiot_test_pass(x, most_ns, &patient) && !x->host->stopped)
			(void)uv_run(&x->loop, UV_RUN_ONCE);
	}
	aiot_host_destroy(x->host);
	x->host = NULL;
}

int aiot_test_close(struct aiot_test *x)
{
	unsigned i;
	int r;

	if (x->host != NULL)
		end_host(x);
	(void)uv_run(&x->loop, UV_RUN_NOWAIT);
	r = uv_loop_close(&x->loop) < 0 ? -AIOT_EBUSY : 0;
	if (r < 0)
		return r;
	aiot_test_pins_free(x);
	for (i = 0; i < AIOT_TEST_TEXTS; i++)
		free(x->text[i].buf);
	free(x->output.buf);
	free(x);
	return 0;
}

int aiot_test_start(struct aiot_test *x, const struct aiot_service *service,
		    const char *const *args)
{
	int r = aiot_host_add_service(x->host, service, args);

	aiot_test_run(x);
	return r;
}

const char *aiot_test_why(struct aiot_test *x)
{
	return aiot_host_error(x->host);
}

struct aiot_host *aiot_test_host(struct aiot_test *x)
{
	return x->host;
}

/* ---- time ---- */

static void move_to(uint64_t ns)
{
	uint64_t now = aiot_clock_mono_ns();

	if (ns > now)
		aiot_test_clock_set(ns, aiot_clock_wall_ns() + (int64_t)(ns - now));
}

/* Run what is due; returns when the next is. */
static uint64_t run_due(struct aiot_test *x)
{
	struct aiot_host *host = x->host;
	unsigned rounds = 0;
	uint64_t next;

	do {
		(void)uv_run(&x->loop, UV_RUN_NOWAIT);
		next = aiot_core_run(&host->core, 0);
		aiot_host_stop_step(host);
		if (++rounds == MOST_ROUNDS)
			aiot_test_wrong("a task is always ready: it never waits");
	} while (next <= aiot_clock_mono_ns() ||
		 (!host->closing && uv_is_active((uv_handle_t *)&host->core_idle)));
	return next;
}

bool aiot_test_step(struct aiot_test *x, uint64_t not_beyond_ns)
{
	uint64_t next = run_due(x);

	if (next == AIOT_CORE_NEVER || next > not_beyond_ns)
		return false;
	move_to(next);
	(void)run_due(x);
	return true;
}

void aiot_test_run(struct aiot_test *x)
{
	(void)run_due(x);
}

void aiot_test_advance_ms(struct aiot_test *x, uint64_t ms)
{
	uint64_t until_ns = aiot_clock_mono_ns() + ms * AIOT_NS_PER_MS;

	while (aiot_test_step(x, until_ns)) {
		/* each at its time */
	}
	move_to(until_ns);
	(void)run_due(x);
}

int aiot_test_next(struct aiot_test *x)
{
	return aiot_test_step(x, AIOT_CORE_NEVER - 1);
}

uint64_t aiot_test_now_ms(struct aiot_test *x)
{
	(void)x;
	return (aiot_clock_mono_ns() - AIOT_TEST_BEGIN_NS) / AIOT_NS_PER_MS;
}

/* As the loop does when the kernel tells of it. */
void aiot_test_set_wall_s(struct aiot_test *x, int64_t wall_s)
{
	aiot_test_clock_set(aiot_clock_mono_ns(), wall_s * (int64_t)AIOT_NS_PER_S);
	aiot_loop_tell_clock(x->host);
	aiot_core_clock_set(&x->host->core);
	aiot_test_run(x);
}

static bool is_in(struct aiot_test *x, const char *name, const char *state)
{
	return strcmp(aiot_test_state(x, name), state) == 0;
}

int aiot_test_until(struct aiot_test *x, const char *name, const char *state, uint64_t within_ms)
{
	uint64_t until_ns = aiot_clock_mono_ns() + within_ms * AIOT_NS_PER_MS;

	aiot_test_run(x);
	while (!is_in(x, name, state)) {
		if (!aiot_test_step(x, until_ns)) {
			move_to(until_ns);
			return is_in(x, name, state) ? 0 : -AIOT_ETIMEDOUT;
		}
	}
	return 0;
}

/* ---- what is outside ---- */

/* Until when real time is waited for. */
struct patience {
	uv_timer_t timer; /* data: this */
	bool over;
};

static void out_of_patience(uv_timer_t *timer)
{
	((struct patience *)timer->data)->over = true;
}

static void begin_patience(struct aiot_test *x, struct patience *p, uint64_t ms)
{
	p->over = false;
	p->timer.data = p;
	(void)uv_timer_init(&x->loop, &p->timer);
	uv_update_time(&x->loop);
	(void)uv_timer_start(&p->timer, out_of_patience, ms, 0);
}

static void end_patience(struct aiot_test *x, struct patience *p)
{
	uv_close((uv_handle_t *)&p->timer, NULL);
	(void)uv_run(&x->loop, UV_RUN_NOWAIT); /* it is on our caller's stack */
}

/* Whether its stop waits for a process or a thread. */
static bool is_held_up(struct aiot_entry *e)
{
	return e->state == AIOT_STOPPING && !aiot_entry_elsewhere(e) &&
	       aiot_posix_holds(aiot_task_of(e));
}

static struct aiot_entry *held_up(struct aiot_test *x)
{
	struct aiot_entry *e = NULL;

	do {
		e = aiot_core_match(&x->host->core, "*", e ? aiot_entry_name(e) : "");
	} while (e != NULL && !is_held_up(e));
	return e;
}

bool aiot_test_pass(struct aiot_test *x, uint64_t not_beyond_ns, bool *patient)
{
	struct aiot_entry *e = *patient ? held_up(x) : NULL;
	struct patience p;

	if (e == NULL)
		return aiot_test_step(x, not_beyond_ns);
	begin_patience(x, &p, e->spec->stop_timeout_ms);
	while (held_up(x) != NULL && !p.over) {
		(void)uv_run(&x->loop, UV_RUN_ONCE);
		aiot_test_run(x);
	}
	*patient = !p.over;
	end_patience(x, &p);
	return true;
}

struct what {
	const char *name, *state, *text;
	enum aiot_level level;
};

static bool is_there(struct aiot_test *x, const struct what *w)
{
	return w->text != NULL ? aiot_test_logged(x, w->level, w->text) > 0
			       : is_in(x, w->name, w->state);
}

static int await(struct aiot_test *x, const struct what *w, uint32_t within_s)
{
	struct patience p;

	begin_patience(x, &p, within_s * 1000ull);
	aiot_test_run(x);
	while (!is_there(x, w) && !p.over) {
		(void)uv_run(&x->loop, UV_RUN_ONCE);
		aiot_test_run(x);
	}
	end_patience(x, &p);
	return is_there(x, w) ? 0 : -AIOT_ETIMEDOUT;
}

int aiot_test_await(struct aiot_test *x, const char *name, const char *state, uint32_t within_s)
{
	return await(x, &(struct what){.name = name, .state = state}, within_s);
}

int aiot_test_await_log(struct aiot_test *x, enum aiot_level level, const char *text,
			uint32_t within_s)
{
	return await(x, &(struct what){.level = level, .text = text}, within_s);
}
