/*
 * inspect-child.c - aiot_host_inspect(): opens a module in a process of its own and tells what is
 * in it.
 *
 * Called by the main() of aiotoolsd --inspect, whose parent is inspect.c.  What a constructor does
 * there harms nobody: it may crash, hang or print, and has limits.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "aiotools-host.h"
#include "describe.h"
#include "inspect.h"
#include "json.h"
#include "mem.h"
#include "module-copy.h"

static void set_limits(void)
{
	const struct rlimit none = {0, 0}, seconds = {AIOT_INSPECT_S, AIOT_INSPECT_S};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setrlimit(RLIMIT_CPU, &seconds);
}

/* Its copy is made; from here on it writes to pipes alone. */
static void forbid_files(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_FSIZE, &none);
}

/* What constructors print goes elsewhere than what is told here. */
static int take_stdout(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0)
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	return fd;
}

static void put_service(const struct aiot_service *s, struct aiot_out *out)
{
	struct aiot_json_out json;

	aiot_json_begin(&json, out);
	aiot_json_put_object(&json, NULL);
	aiot_json_put_u64(&json, "abi", s->abi);
	aiot_json_put_u64(&json, "version", s->version);
	aiot_json_put_str(&json, "info", s->info);
	aiot_json_put_str(&json, "docs", s->docs);
	aiot_describe_put(s, NULL, &json);
	aiot_json_put_end_object(&json);
}

static void put_refusal(int code, const char *why, struct aiot_out *out)
{
	struct aiot_json_out json;

	aiot_json_begin(&json, out);
	aiot_json_put_object(&json, NULL);
	aiot_json_put_i64(&json, "code", code);
	aiot_json_put_str(&json, "error", why);
	aiot_json_put_end_object(&json);
}

static int grow(struct aiot_out *out, size_t need)
{
	size_t size = out->size ? out->size : 4096;
	char *buf;

	while (size < out->len + need)
		size *= 2;
	buf = size > AIOT_INSPECT_BYTES ? NULL : aiot_mem_realloc(out->buf, size);
	if (buf == NULL)
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = size;
	return 0;
}

static void inspect(const char *path, const char *name, struct aiot_out *out)
{
	struct aiot_module_object object;
	struct aiot_module_copy copy;
	struct stat st;
	char text[4096];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = aiot_module_take(path, &st, &copy, &why);
	forbid_files();
	if (r == 0)
		r = aiot_module_object_open(path, name, &copy, &object, &why);
	if (r == 0)
		put_service(&object.service, out);
	else
		put_refusal(r, aiot_out_str(&why), out);
}

void aiot_host_inspect(const char *path, const char *name)
{
	struct aiot_out out = {.grow = grow};
	size_t at = 0;
	int fd = take_stdout();

	set_limits();
	inspect(path, name, &out);
	while (out.error == 0 && at < out.len) {
		ssize_t n = write(fd, out.buf + at, out.len - at);

		if (n < 0)
			break;
		at += (size_t)n;
	}
	_exit(out.error == 0 && at == out.len ? 0 : 1); /* without its destructors */
}
