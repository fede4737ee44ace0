/*
 * guard.c - see guard.h.  Called by host.c at the beginning and the end, by loop.c for its handles;
 * brings together stallwatch.c, crash.c, quarantine.c and fdwatch.c, none of which knows a host's
 * loop and log.
 */
#include "guard.h"

#include <string.h>

#include "crash.h"
#include "host.h"
#include "quarantine.h"
#include "timetext.h"

#define FILES_MS 60000

/* ---- steps that block the loop ---- */

/* "blocks the loop for 1.2s at hello() services.d/hello.c:12, it spins" */
static void put_stall(const struct aiot_stall_view *v, const char *verb, struct aiot_out *out)
{
	const char *manner = aiot_stall_manner(v);

	aiot_format(out, "%s the loop for ", verb);
	aiot_out_span(out, v->lasted_ns / AIOT_NS_PER_MS * AIOT_NS_PER_MS);
	if (v->what.doing != NULL)
		aiot_format(out, " %s", v->what.doing);
	if (v->site.file[0] != '\0')
		aiot_format(out, ", in the step from %s() %s:%u on", v->site.function, v->site.file,
			    v->site.line);
	else if (v->what.doing == NULL)
		aiot_out_text(out, ", in a run's first step");
	if (manner[0] != '\0')
		aiot_format(out, "; it %s", manner);
}

/* For the log, by the loop when it comes back. */
static void leave_report(struct aiot_guard *g, const struct aiot_stall_view *v)
{
	struct aiot_guard_report *r;
	struct aiot_out out;

	(void)pthread_mutex_lock(&g->lock);
	if (g->count == AIOT_GUARD_REPORTS) {
		g->lost++;
	} else {
		r = &g->reports[g->count++];
		(void)aiot_format_to(r->name, sizeof(r->name), "%.*s", (int)v->what.name_len,
				     v->what.name);
		aiot_out_init(&out, r->text, sizeof(r->text));
		put_stall(v, "blocked", &out);
		(void)aiot_out_str(&out);
	}
	if (g->wakes) /* else there is no loop that could log it */
		(void)uv_async_send(&g->wake);
	(void)pthread_mutex_unlock(&g->lock);
}

static void tell_program(struct aiot_host *host, const struct aiot_stall_view *v, const char *end)
{
	struct aiot_guard *g = &host->guard;
	char text[512];
	struct aiot_out out;

	if (g->stalled == NULL)
		return;
	aiot_out_init(&out, text, sizeof(text));
	aiot_format(&out, "%.*s ", (int)v->what.name_len, v->what.name);
	put_stall(v, "blocks", &out);
	aiot_out_text(&out, end);
	g->stalled(host->arg, aiot_out_str(&out));
}

/* On the watching thread. */
static void stall_told(void *arg, enum aiot_stall_event event, const struct aiot_stall_view *v)
{
	struct aiot_host *host = arg;

	if (event == AIOT_STALL_ENDED) {
		leave_report(&host->guard, v);
	} else if (event == AIOT_STALL_BEGAN) {
		tell_program(host, v, "");
	} else if (!host->guard.crashes) {
		tell_program(host, v, "; not ended for that");
	} else {
		tell_program(host, v, "; ending the program (StallAbortSec=)");
		aiot_crash_blocked((uint32_t)(v->lasted_ns / AIOT_NS_PER_MS));
	}
}

static void log_reports(uv_async_t *wake)
{
	struct aiot_host *host = wake->data;
	struct aiot_guard *g = &host->guard;
	struct aiot_guard_report reports[AIOT_GUARD_REPORTS];
	unsigned count, lost, i;

	(void)pthread_mutex_lock(&g->lock);
	memcpy(reports, g->reports, sizeof(reports));
	count = g->count;
	lost = g->lost;
	g->count = g->lost = 0;
	(void)pthread_mutex_unlock(&g->lock);
	for (i = 0; i < count; i++)
		aiot_core_log(&host->core, reports[i].name, AIOT_WARN, "%s", reports[i].text);
	if (lost > 0)
		aiot_host_log(host, AIOT_WARN, "%u more steps blocked the loop", lost);
}

static void begin_watch(struct aiot_host *host)
{
	struct aiot_guard *g = &host->guard;
	int r;

	if (g->wakes || host->closing || (g->warn_ms == 0 && g->abort_ms == 0))
		return;
	if (uv_async_init(host->loop, &g->wake, log_reports) < 0)
		return;
	g->wake.data = host;
	uv_unref((uv_handle_t *)&g->wake);
	host->open_handles++;
	g->wakes = true;
	g->watch.stall = &host->stall;
	g->watch.tell = stall_told;
	g->watch.arg = host;
	r = aiot_stallwatch_start(&g->watch, (struct aiot_stall_limits){g->warn_ms, g->abort_ms});
	if (r < 0)
		aiot_host_log(host, AIOT_WARN,
			      "nobody watches the loop for steps that block it: %s", strerror(-r));
}

void aiot_guard_limit(struct aiot_host *host, uint32_t warn_ms, uint32_t abort_ms)
{
	struct aiot_guard *g = &host->guard;

	g->warn_ms = warn_ms;
	g->abort_ms = abort_ms;
	if (g->watch.running)
		aiot_stallwatch_limit(&g->watch, (struct aiot_stall_limits){warn_ms, abort_ms});
	else
		begin_watch(host);
}

/* ---- open files ---- */

static void put_files(const struct aiot_guard *g, uint32_t open, uint32_t limit,
		      struct aiot_out *out)
{
	if (aiot_fdwatch_verdict(&g->files, open, limit) == AIOT_FD_MANY)
		aiot_format(out,
			    "%u of %u files that may be open are; a service may forget to close "
			    "some",
			    open, limit);
	else
		aiot_format(out,
			    "ever more files are open, %u more than a quarter of an hour ago; a "
			    "service may forget to close some",
			    g->files.growth);
}

/* Told when it becomes so, and when it becomes worse. */
static void count_files(uv_timer_t *timer)
{
	struct aiot_host *host = timer->data;
	struct aiot_guard *g = &host->guard;
	enum aiot_fd_verdict verdict;
	uint32_t open, limit;
	char text[160];
	struct aiot_out out;

	if (aiot_fd_count(&open, &limit) < 0)
		return;
	aiot_fdwatch_add(&g->files, open);
	verdict = aiot_fdwatch_verdict(&g->files, open, limit);
	if (verdict > g->files_told) {
		aiot_out_init(&out, text, sizeof(text));
		put_files(g, open, limit, &out);
		aiot_host_log(host, AIOT_WARN, "%s", aiot_out_str(&out));
	}
	g->files_told = verdict;
}

static void info_files(struct aiot_host *host, struct aiot_json_out *json)
{
	const struct aiot_guard *g = &host->guard;
	uint32_t open, limit;
	char text[160];
	struct aiot_out out;

	if (aiot_fd_count(&open, &limit) < 0)
		return;
	aiot_json_put_object(json, "files");
	aiot_json_put_u64(json, "open", open);
	aiot_json_put_u64(json, "limit", limit);
	if (aiot_fdwatch_verdict(&g->files, open, limit) != AIOT_FD_FINE) {
		aiot_out_init(&out, text, sizeof(text));
		put_files(g, open, limit, &out);
		aiot_json_put_str(json, "warning", aiot_out_str(&out));
	}
	aiot_json_put_end_object(json);
}

/* ---- life ---- */

void aiot_guard_open(struct aiot_host *host)
{
	char *slot = aiot_ring_crash_slot(host->core.ring);
	size_t size = AIOT_RING_CRASH_SIZE;
	int r;

	(void)pthread_mutex_init(&host->guard.lock, NULL);
	if (!host->guard.crashes)
		return;
	aiot_quarantine_open(host, slot, size);
	r = aiot_crash_install(&host->core, slot, size);
	if (r < 0)
		aiot_host_log(host, AIOT_WARN, "a crash will leave no record: %s",
			      r == -AIOT_EBUSY ? "another host of this process has its signals"
					       : "no memory");
}

void aiot_guard_begin(struct aiot_host *host)
{
	struct aiot_guard *g = &host->guard;

	begin_watch(host);
	(void)uv_timer_init(host->loop, &g->files_timer);
	g->files_timer.data = host;
	uv_unref((uv_handle_t *)&g->files_timer);
	host->open_handles++;
	g->counts = true;
	(void)uv_timer_start(&g->files_timer, count_files, FILES_MS, FILES_MS);
}

void aiot_guard_end(struct aiot_host *host, void (*close)(uv_handle_t *handle))
{
	struct aiot_guard *g = &host->guard;
	bool wakes;

	(void)pthread_mutex_lock(&g->lock);
	wakes = g->wakes;
	g->wakes = false;
	(void)pthread_mutex_unlock(&g->lock);
	if (wakes)
		close((uv_handle_t *)&g->wake);
	if (g->counts)
		close((uv_handle_t *)&g->files_timer);
}

void aiot_guard_finish(struct aiot_host *host)
{
	aiot_stallwatch_stop(&host->guard.watch);
	aiot_quarantine_finish(host);
}

void aiot_guard_info(struct aiot_host *host, struct aiot_json_out *json)
{
	info_files(host, json);
	aiot_quarantine_info(host, json);
}
