/*
 * log.c - what a log record costs, and how soon a follower has it.
 */
#include <aiotools-host.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "bench.h"

#define RING_BYTES (1u << 20)
#define TICK_MS 2u
#define TICKS 1000u
#define TICK_WORD "tick "

/* ---- records ---- */

/* The text is 100 bytes long. */
#define RECORD_FORMAT                                                                              \
	"sensor %u reads %d of %s, which is a text that is as long as texts in a log are, about "  \
	"%08x"
#define RECORD_ARGS(i) 1000u + (i) % 9000u, -(int)(i) % 900 - 100, "adc", (i)

static struct records {
	uint32_t count;
	uint64_t cpu_ns;
} records;

struct nothing {
};

static enum aiot_co write_records(struct aiot_task *t)
{
	uint32_t i;

	records.cpu_ns = bench_cpu_ns();
	for (i = 0; i < records.count; i++)
		aiot_info(t, RECORD_FORMAT, RECORD_ARGS(i));
	records.cpu_ns = bench_cpu_ns() - records.cpu_ns;
	return AIOT_DONE;
}

AIOT_SERVICE(writer, struct nothing, .info = "writes records", .main = write_records);

static int log_records(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host = bench_host(NULL);

	records.count = count;
	if (host == NULL ||
	    aiot_host_add_task(host, &aiot_service_writer, NULL, "task00000000", NULL, NULL) < 0)
		return -1;
	(void)aiot_host_run(host);
	ret->value = (double)records.cpu_ns / count;
	return 0;
}

static int print_records(uint32_t count, struct bench_result *ret)
{
	char *ring = malloc(RING_BYTES), text[256];
	uint64_t cpu_ns = bench_cpu_ns();
	size_t at = 0;
	uint32_t i;

	if (ring == NULL)
		return bench_fail("no memory");
	for (i = 0; i < count; i++) {
		size_t len = (size_t)snprintf(text, sizeof(text), RECORD_FORMAT, RECORD_ARGS(i));

		if (at + len > RING_BYTES)
			at = 0;
		memcpy(ring + at, text, len);
		at += len;
	}
	ret->value = (double)(bench_cpu_ns() - cpu_ns) / count;
	free(ring);
	return 0;
}

static int log_record(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {log_records, row->count}, theirs = {print_records, row->count};

	return bench_rounds(5, ours, theirs, ret);
}

/* ---- following ---- */

static enum aiot_co tick(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct nothing, self);
	for (;;) {
		aiot_info(t, TICK_WORD "%llu", (unsigned long long)bench_now_ns());
		AIOT_SLEEP_MS(t, TICK_MS);
	}
	AIOT_END(t);
}

AIOT_SERVICE(ticker, struct nothing, .info = "logs the time", .main = tick);

/* The same by nothing but libuv: a line with the time to whoever has connected. */
static void send_tick(uv_timer_t *timer)
{
	char text[64];
	uv_buf_t line;
	int len = snprintf(text, sizeof(text), TICK_WORD "%llu\n",
			   (unsigned long long)bench_now_ns());

	line = uv_buf_init(text, (unsigned)len);
	if (uv_try_write(timer->data, &line, 1) == UV_EPIPE)
		(void)uv_timer_stop(timer);
}

static void ticks_wanted(uv_stream_t *listener, int status)
{
	struct {
		uv_pipe_t pipe;
		uv_timer_t timer;
	} *client = malloc(sizeof(*client));

	if (status < 0 || client == NULL)
		abort();
	(void)uv_pipe_init(listener->loop, &client->pipe, 0);
	(void)uv_accept(listener, (uv_stream_t *)&client->pipe);
	(void)uv_timer_init(listener->loop, &client->timer);
	client->timer.data = &client->pipe;
	(void)uv_timer_start(&client->timer, send_tick, TICK_MS, TICK_MS);
}

static int serve_ticks(const char *path, const void *arg)
{
	uv_loop_t loop;
	uv_pipe_t listener;

	(void)arg;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)uv_loop_init(&loop);
	(void)uv_pipe_init(&loop, &listener, 0);
	if (uv_pipe_bind(&listener, path) < 0 ||
	    uv_listen((uv_stream_t *)&listener, 16, ticks_wanted) < 0)
		return bench_fail("cannot listen at %s", path);
	return uv_run(&loop, UV_RUN_DEFAULT);
}

/* The delays of all ticks in what was just read; `text` is terminated. */
static unsigned note_ticks(const char *text, uint64_t now_ns, double *us, unsigned count)
{
	while (count < TICKS && (text = strstr(text, TICK_WORD)) != NULL) {
		text += strlen(TICK_WORD);
		us[count++] = (double)(now_ns - strtoull(text, NULL, 10)) / 1000;
	}
	return count;
}

static int follow(const char *path, const char *request, double *ret_us)
{
	static char text[65536];
	static double us[TICKS];
	int fd = bench_connect(path);
	unsigned count = 0;
	ssize_t n = 1, i;

	if (request != NULL && write(fd, request, strlen(request) + 1) < 0)
		return bench_fail("cannot ask for the log");
	while (count < TICKS) {
		n = read(fd, text, sizeof(text) - 1);
		if (n <= 0)
			return bench_fail("the log ended");
		text[n] = '\0';
		for (i = 0; i < n; i++) {
			if (text[i] == '\0')
				text[i] = '\n';
		}
		count = note_ticks(text, bench_now_ns(), us, count);
	}
	(void)close(fd);
	*ret_us = bench_median(us, TICKS);
	return 0;
}

static int follow_p50(const struct bench_row *row, struct bench_figure *ret)
{
	static const char request[] = "{\"method\":\"io.aiotools.Log.Follow\",\"more\":true,"
				      "\"parameters\":{\"lines\":0}}";
	struct bench_tasks tasks = {.count = row->count, .service = &aiot_service_ticker};
	struct bench_server ours, theirs;
	int r;

	if (bench_server_start((struct bench_service){bench_serve_tasks, &tasks}, &ours) < 0)
		return -1;
	r = follow(ours.path, request, &ret->value);
	bench_server_stop(&ours);
	if (r < 0 || bench_server_start((struct bench_service){serve_ticks, NULL}, &theirs) < 0)
		return -1;
	r = follow(theirs.path, NULL, &ret->beside);
	bench_server_stop(&theirs);
	return r;
}

/* ---- rows ---- */

#define SNPRINTF "snprintf and memcpy"
#define STREAM "a libuv server that sends a line"
const struct bench_row bench_rows_log[] = {
	{"log_record", "ns", SNPRINTF, 250, false, 200000, log_record},
	{"follow_p50", "us", STREAM, 60, false, 20, follow_p50},
	{0},
};
