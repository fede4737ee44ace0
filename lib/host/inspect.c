/*
 * inspect.c - see inspect.h.  Called by the handlers of describe, install and reload.
 *
 *	FREE --start--> RUNNING --its output ends, or time is up--> ENDING --reaped--> DONE --> FREE
 *
 * What is DONE becomes FREE when it is read, or after a while.
 * A process is known by its number alone: it is asked after every few milliseconds once its output
 * has ended, which every kernel can.  Never waits.
 */
#define _GNU_SOURCE /* strsignal */

#include "inspect.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "callout.h"
#include "host.h"
#include "install.h"
#include "mem.h"
#include "posix.h"
#include "server.h"
#include "timetext.h"

#define REAP_MS 2
#define TURN_BYTES 65536 /* read at once: the loop has other things to do, too */

enum { FREE, RUNNING, ENDING, DONE };

struct aiot_inspect_job {
	struct aiot_host *host;
	uint32_t ticket;
	uint8_t state;
	bool late; /* it was killed for taking too long */
	uint64_t until_ns;
	unsigned open; /* handles; the struct is freed with the last, once the host is gone */
	pid_t pid;
	int status;
	uv_poll_t out, err;
	uv_timer_t timer;
	int out_fd, err_fd;
	char *text; /* of AIOT_INSPECT_BYTES; what it told */
	size_t len;
	char said[256]; /* the beginning of what was printed to stderr */
	size_t said_len;
	char why[768];
	struct aiot_inspected result;
	char path[];
};

static struct aiot_inspect_job **job_at(struct aiot_host *host, uint32_t ticket)
{
	unsigned i;

	for (i = 0; i < AIOT_INSPECTS; i++) {
		struct aiot_inspect_job *j = host->inspects[i];

		if (j != NULL && j->ticket == ticket)
			return &host->inspects[i];
	}
	return NULL;
}

/* ---- closing ---- */

static void handle_closed(uv_handle_t *handle)
{
	struct aiot_inspect_job *j = handle->data;

	if (--j->open > 0)
		return;
	aiot_mem_free(j->text);
	aiot_mem_free(j);
}

static void close_pipe(uv_poll_t *poll, int *fd)
{
	if (*fd < 0)
		return;
	uv_close((uv_handle_t *)poll, handle_closed);
	(void)close(*fd);
	*fd = -1;
}

/* It is in no table any more. */
static void let_go(struct aiot_inspect_job *j)
{
	close_pipe(&j->out, &j->out_fd);
	close_pipe(&j->err, &j->err_fd);
	uv_close((uv_handle_t *)&j->timer, handle_closed);
}

/* ---- what came of it ---- */

static void refuse(struct aiot_inspect_job *j, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void refuse(struct aiot_inspect_job *j, int code, const char *fmt, ...)
{
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, j->why, sizeof(j->why));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	j->result.code = code;
	j->result.why = aiot_out_str(&out);
}

/* What it printed, as the end of a sentence. */
static const char *last_words(struct aiot_inspect_job *j)
{
	size_t i;

	while (j->said_len > 0 && (unsigned char)j->said[j->said_len - 1] <= ' ')
		j->said_len--;
	j->said[j->said_len] = '\0';
	for (i = 0; i < j->said_len; i++) {
		if ((unsigned char)j->said[i] < ' ')
			j->said[i] = ' ';
	}
	return j->said;
}

static void tell_end(struct aiot_inspect_job *j)
{
	const char *said = last_words(j);
	const char *colon = said[0] ? ": " : "";

	j->result.fatal = true;
	if (j->late)
		refuse(j, -AIOT_ETIMEDOUT,
		       "%s: was not opened within %u ms: a constructor of it hangs%s%s", j->path,
		       j->host->inspect_ms, colon, said);
	else if (WIFSIGNALED(j->status))
		refuse(j, -AIOT_EINVAL, "%s: crashes when it is opened (signal %d, %s)%s%s",
		       j->path, WTERMSIG(j->status), strsignal(WTERMSIG(j->status)), colon, said);
	else
		refuse(j, -AIOT_EINVAL, "%s: ends the program that opens it, with exit code %d%s%s",
		       j->path, WEXITSTATUS(j->status), colon, said);
}

static void read_refusal(struct aiot_inspect_job *j, struct aiot_json error)
{
	int64_t code = -AIOT_EINVAL;

	(void)aiot_json_i64(aiot_json_get(j->result.json, "code"), &code);
	refuse(j, code < 0 && code >= -4095 ? (int)code : -AIOT_EINVAL, "%s", "");
	if (aiot_json_str(error, j->why, sizeof(j->why)) < 0)
		(void)aiot_format_to(j->why, sizeof(j->why), "%s: cannot be opened", j->path);
}

static void read_result(struct aiot_inspect_job *j)
{
	struct aiot_json error;

	if (j->late || !WIFEXITED(j->status) || WEXITSTATUS(j->status) != 0 ||
	    aiot_json_parse(j->text, j->len, &j->result.json, NULL) < 0 ||
	    aiot_json_type(j->result.json) != AIOT_JSON_OBJECT) {
		tell_end(j);
		return;
	}
	error = aiot_json_get(j->result.json, "error");
	if (aiot_json_type(error) == AIOT_JSON_STRING)
		read_refusal(j, error);
}

/* One is through, or there is a place: all that wait look again, in their turn. */
static void tell_waiting(struct aiot_host *host)
{
	if (host->server != NULL)
		aiot_server_poke(host->server);
	aiot_callouts_poke(&host->core);
	aiot_loop_wake(host);
}

/* Out of its table. */
static void forget(struct aiot_inspect_job **place)
{
	struct aiot_inspect_job *j = *place;

	*place = NULL;
	let_go(j);
	tell_waiting(j->host);
}

static void was_not_taken(uv_timer_t *timer)
{
	struct aiot_inspect_job *j = timer->data;

	forget(job_at(j->host, j->ticket));
}

static void done(struct aiot_inspect_job *j)
{
	read_result(j);
	j->state = DONE;
	(void)uv_timer_start(&j->timer, was_not_taken, j->host->inspect_kept_ms, 0);
	uv_unref((uv_handle_t *)&j->timer);
	tell_waiting(j->host);
}

/* Its group, for it may have children of its own. */
static void end_late(struct aiot_inspect_job *j)
{
	if (j->late)
		return;
	j->late = true;
	(void)kill(-j->pid, SIGKILL);
}

/* Its output may have ended because it closed it, and goes on. */
static void reap(uv_timer_t *timer)
{
	struct aiot_inspect_job *j = timer->data;
	pid_t pid;

	do
		pid = waitpid(j->pid, &j->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0 && aiot_clock_mono_ns() >= j->until_ns)
		end_late(j);
	if (pid == 0)
		return;
	if (pid < 0)
		j->status = 0; /* somebody else took it */
	done(j);
}

static void await_end(struct aiot_inspect_job *j)
{
	if (j->state != RUNNING)
		return;
	j->state = ENDING;
	close_pipe(&j->out, &j->out_fd);
	close_pipe(&j->err, &j->err_fd);
	(void)uv_timer_start(&j->timer, reap, 0, REAP_MS);
}

static void time_is_up(uv_timer_t *timer)
{
	struct aiot_inspect_job *j = timer->data;

	end_late(j);
	await_end(j);
}

/* ---- while it runs ---- */

/* false: it has ended. */
static bool drain(int fd, char *to, size_t size, size_t *len)
{
	size_t turn = 0;
	char rest[4096];

	while (turn < TURN_BYTES) {
		bool full = *len == size;
		ssize_t n = read(fd, full ? rest : to + *len, full ? sizeof(rest) : size - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		*len += full ? 0 : (size_t)n;
		turn += (size_t)n;
	}
	return true;
}

static void out_ready(uv_poll_t *poll, int status, int events)
{
	struct aiot_inspect_job *j = poll->data;

	(void)status;
	(void)events;
	if (drain(j->out_fd, j->text, AIOT_INSPECT_BYTES, &j->len))
		return;
	(void)drain(j->err_fd, j->said, sizeof(j->said) - 1, &j->said_len);
	await_end(j);
}

static void err_ready(uv_poll_t *poll, int status, int events)
{
	struct aiot_inspect_job *j = poll->data;

	(void)status;
	(void)events;
	if (!drain(j->err_fd, j->said, sizeof(j->said) - 1, &j->said_len))
		(void)uv_poll_stop(&j->err);
}

static int listen_to(struct aiot_inspect_job *j, uv_poll_t *poll, int *to, int fd, uv_poll_cb ready)
{
	int r = uv_poll_init(j->host->loop, poll, fd);

	if (r < 0) {
		(void)close(fd);
		return r;
	}
	poll->data = j;
	*to = fd;
	j->open++;
	return uv_poll_start(poll, UV_READABLE, ready);
}

static int begin(struct aiot_inspect_job *j, const char *name)
{
	const char *argv[] = {j->host->inspector, "--inspect", j->path, name, NULL};
	char *none[] = {NULL};
	int out = -1, err = -1, r;

	j->until_ns = aiot_clock_mono_ns() + j->host->inspect_ms * AIOT_NS_PER_MS;
	r = aiot_posix_spawn((char *const *)(uintptr_t)argv, none, &j->pid, &out, &err);
	if (r < 0)
		return r;
	r = listen_to(j, &j->out, &j->out_fd, out, out_ready);
	if (r == 0)
		r = listen_to(j, &j->err, &j->err_fd, err, err_ready);
	else
		(void)close(err);
	if (r == 0)
		return uv_timer_start(&j->timer, time_is_up, j->host->inspect_ms, 0);
	(void)kill(-j->pid, SIGKILL);
	(void)waitpid(j->pid, NULL, 0);
	return r;
}

static struct aiot_inspect_job *make_job(struct aiot_host *host, const char *path)
{
	size_t len = strlen(path) + 1;
	struct aiot_inspect_job *j = aiot_mem_zalloc(sizeof(*j) + len);

	if (j == NULL)
		return NULL;
	j->text = aiot_mem_alloc(AIOT_INSPECT_BYTES);
	if (j->text == NULL) {
		aiot_mem_free(j);
		return NULL;
	}
	memcpy(j->path, path, len);
	j->host = host;
	j->out_fd = j->err_fd = -1;
	(void)uv_timer_init(host->loop, &j->timer);
	j->timer.data = j;
	j->open = 1;
	j->state = RUNNING;
	return j;
}

/* NULL: none is free. */
static struct aiot_inspect_job **find_place(struct aiot_host *host)
{
	unsigned i;

	for (i = 0; i < AIOT_INSPECTS; i++) {
		if (host->inspects[i] == NULL)
			return &host->inspects[i];
	}
	return NULL;
}

int aiot_inspect(struct aiot_host *host, const char *path, const char *name, uint32_t *ret,
		 struct aiot_out *why)
{
	struct aiot_inspect_job **place = find_place(host), *j;
	int r;

	if (host->inspector == NULL) {
		aiot_format(why,
			    "%s: cannot be looked into: the program has no inspector, and there is "
			    "no aiotoolsd where it would be installed",
			    path);
		return -AIOT_ENOSYS;
	}
	*ret = 0;
	if (place == NULL)
		return 0;
	j = make_job(host, path);
	if (j == NULL) {
		aiot_out_text(why, "no memory");
		return -AIOT_ENOMEM;
	}
	r = begin(j, name);
	if (r < 0) {
		aiot_format(why, "%s: cannot be looked into: %s: %s", path, host->inspector,
			    strerror(-r));
		let_go(j);
		return r;
	}
	j->ticket = ++host->last_inspect ? host->last_inspect : ++host->last_inspect;
	*place = j;
	*ret = j->ticket;
	return 0;
}

bool aiot_inspect_done(struct aiot_host *host, uint32_t ticket, struct aiot_inspected *ret)
{
	static const struct aiot_inspected lost = {
		.code = -AIOT_ETIMEDOUT,
		.why = "what was found out had to wait too long; ask again"};
	struct aiot_inspect_job **place = job_at(host, ticket);

	if (place != NULL && (*place)->state != DONE)
		return false;
	*ret = place ? (*place)->result : lost;
	return true;
}

void aiot_inspect_free(struct aiot_host *host, uint32_t ticket)
{
	struct aiot_inspect_job **place = job_at(host, ticket);

	if (place != NULL)
		forget(place);
}

void aiot_inspects_finish(struct aiot_host *host)
{
	unsigned i;

	for (i = 0; i < AIOT_INSPECTS; i++) {
		struct aiot_inspect_job *j = host->inspects[i];

		host->inspects[i] = NULL;
		if (j == NULL)
			continue;
		if (j->state != DONE) {
			(void)kill(-j->pid, SIGKILL);
			(void)waitpid(j->pid, NULL, 0);
		}
		let_go(j);
	}
}
