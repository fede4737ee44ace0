/*
 * edit.c - see edit.h.
 *
 * Called by main.c for `edit`, before and behind the call itself.  The text is asked of the daemon,
 * for it may be one that only root can read; what the user has written is never thrown away before
 * the daemon has it.
 */
#include "edit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aiotools.h>

#include "heap.h"
#include "output.h"
#include "render.h"

#define TEXT_MAX 65536 /* as the daemon has it */
#define EXIT_UNREACHABLE 7

/* ---- the text as it is ---- */

static int ask(struct ctl_call *call, const struct aiot_commands *c, struct aiot_json name,
	       struct ctl_reply *reply, struct aiot_out *why)
{
	struct aiot_out text = {.grow = ctl_heap_grow};
	struct aiot_json_out j;
	struct aiot_json request;
	int rc;

	aiot_json_begin(&j, &text);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_array(&j, "names");
	aiot_json_put_raw(&j, NULL, name);
	aiot_json_put_end_array(&j);
	aiot_json_put_end_object(&j);
	rc = text.error ? text.error : aiot_json_parse(text.buf, text.len, &request, NULL);
	if (rc == 0)
		rc = ctl_call_send(call, aiot_command_by_id(c, AIOT_CMD_CAT), request, why);
	free(text.buf);
	return rc == 0 ? ctl_call_next(call, reply, why) : rc;
}

/* The service's own file among those that cat tells: the one with a base. */
static struct aiot_json own_file(struct aiot_json reply)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json file;

	while (aiot_json_next(aiot_json_get(reply, "files"), &it, NULL, &file)) {
		if (aiot_json_type(aiot_json_get(file, "base")) == AIOT_JSON_STRING)
			return file;
	}
	return (struct aiot_json){NULL, 0};
}

/* ---- the copy ---- */

static int cannot(const char *what, const char *path, struct aiot_out *why)
{
	int error = errno;

	aiot_format(why, "%s %s: %s", what, path, strerror(error));
	return -error;
}

static int write_copy(struct ctl_edit *edit, const char *text, size_t len, struct aiot_out *why)
{
	const char *dir = getenv("TMPDIR");
	int fd, rc;

	(void)snprintf(edit->path, sizeof(edit->path), "%s/aiotools-XXXXXX.ini",
		       dir && dir[0] ? dir : "/tmp");
	fd = mkstemps(edit->path, 4);
	if (fd < 0) {
		rc = cannot("cannot make a copy to edit,", edit->path, why);
		edit->path[0] = '\0';
		return rc;
	}
	rc = write(fd, text, len) == (ssize_t)len ? 0 : -EIO;
	if (close(fd) < 0 || rc < 0)
		rc = cannot("cannot write", edit->path, why);
	return rc;
}

static int read_copy(const struct ctl_edit *edit, struct aiot_out *text, struct aiot_out *why)
{
	int fd = open(edit->path, O_RDONLY | O_CLOEXEC);
	char piece[4096];
	ssize_t n = 0;

	if (fd < 0)
		return cannot("cannot read", edit->path, why);
	while (text->len <= TEXT_MAX && (n = read(fd, piece, sizeof(piece))) > 0)
		aiot_out_mem(text, piece, (size_t)n);
	(void)close(fd);
	if (n < 0)
		return cannot("cannot read", edit->path, why);
	return text->error;
}

/* ---- the editor ---- */

static const char *editor(void)
{
	static const char *const names[] = {"VISUAL", "EDITOR"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return value;
	}
	return "vi";
}

/* With the signals as this program got them, but for SIGPIPE, which it ignores for itself. */
static _Noreturn void be_editor(const struct ctl_edit *edit, const struct sigaction old[2])
{
	char command[4096];

	(void)snprintf(command, sizeof(command), "exec %s \"$1\"", editor());
	(void)sigaction(SIGINT, &old[0], NULL);
	(void)sigaction(SIGQUIT, &old[1], NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execl("/bin/sh", "sh", "-c", command, "sh", edit->path, (char *)NULL);
	_exit(127);
}

/*
 * By the shell, for an editor may come with options; the path is no part of what it reads.  Ctrl-C
 * is the editor's while it shows: it would otherwise be left alone with the terminal.
 */
static int run_editor(const struct ctl_edit *edit, struct aiot_out *why)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old[2];
	int status = 0, error;
	pid_t pid;

	(void)sigaction(SIGINT, &ignore, &old[0]);
	(void)sigaction(SIGQUIT, &ignore, &old[1]);
	pid = fork();
	error = errno;
	if (pid == 0)
		be_editor(edit, old);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	(void)sigaction(SIGINT, &old[0], NULL);
	(void)sigaction(SIGQUIT, &old[1], NULL);
	errno = error;
	if (pid < 0)
		return cannot("cannot start", editor(), why);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		aiot_format(why, "there is no editor '%s'; set VISUAL or EDITOR", editor());
	else
		aiot_format(why, "the editor '%s' failed; nothing has changed", editor());
	return -AIOT_ECANCELED;
}

/* ---- the request ---- */

static int make_request(struct ctl_edit *edit, struct aiot_json name, struct aiot_json base,
			const struct aiot_out *text, struct aiot_json *ret)
{
	struct aiot_json_out j;

	edit->request = (struct aiot_out){.grow = ctl_heap_grow};
	aiot_json_begin(&j, &edit->request);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_raw(&j, "name", name);
	aiot_json_put_raw(&j, "base", base);
	aiot_json_put_strn(&j, "text", text->buf, text->len);
	aiot_json_put_end_object(&j);
	return edit->request.error
		       ? edit->request.error
		       : aiot_json_parse(edit->request.buf, edit->request.len, ret, NULL);
}

/* What has nothing of the user's in it is not worth keeping. */
static void forget_if_same(struct ctl_edit *edit, const struct aiot_out *old)
{
	struct aiot_out text = {.grow = ctl_heap_grow}, nowhere = {.buf = NULL};

	if (edit->path[0] != '\0' && read_copy(edit, &text, &nowhere) == 0 &&
	    text.len == old->len && memcmp(text.buf, old->buf, old->len) == 0) {
		(void)unlink(edit->path);
		edit->path[0] = '\0';
	}
	free(text.buf);
}

/* Compared with what the daemon said, decoded. */
static int change(struct ctl_edit *edit, const struct aiot_out *old, struct aiot_out *text,
		  struct aiot_out *why)
{
	int rc = write_copy(edit, old->buf, old->len, why);

	if (rc == 0)
		rc = run_editor(edit, why);
	if (rc == 0)
		rc = read_copy(edit, text, why);
	if (rc < 0) {
		forget_if_same(edit, old);
		return EXIT_FAILURE;
	}
	return text->len == old->len && memcmp(text->buf, old->buf, old->len) == 0
		       ? CTL_EDIT_UNCHANGED
		       : 0;
}

static int take_reply(struct ctl_edit *edit, const struct ctl_reply *reply, struct aiot_json name,
		      struct aiot_json *request, struct aiot_out *why)
{
	struct aiot_json file = own_file(reply->parameters);
	struct aiot_out old = {.grow = ctl_heap_grow}, text = {.grow = ctl_heap_grow};
	int rc = aiot_json_str_out(aiot_json_get(file, "text"), &old);

	if (rc < 0) {
		aiot_out_text(why, "there is no file of its own that could be edited; cat shows "
				   "what it is made of");
		rc = EXIT_FAILURE;
	} else {
		rc = change(edit, &old, &text, why);
	}
	if (rc == 0 && make_request(edit, name, aiot_json_get(file, "base"), &text, request) < 0) {
		aiot_out_text(why, "the text does not fit into memory");
		rc = EXIT_FAILURE;
	}
	free(old.buf);
	free(text.buf);
	return rc;
}

int ctl_edit_begin(struct ctl_edit *edit, struct ctl_call *call, const struct aiot_commands *c,
		   struct aiot_json *request, struct aiot_out *why)
{
	struct aiot_json name = aiot_json_get(*request, "name");
	struct ctl_reply reply;

	if (ask(call, c, name, &reply, why) < 0)
		return EXIT_UNREACHABLE;
	if (reply.error.len > 0) {
		aiot_render_error(reply.error, reply.parameters, why);
		return aiot_error_exit(aiot_error_find(reply.error), false);
	}
	return take_reply(edit, &reply, name, request, why);
}

void ctl_edit_end(struct ctl_edit *edit, bool taken)
{
	struct aiot_out text = {.grow = ctl_heap_grow};

	if (edit->path[0] != '\0' && taken)
		(void)unlink(edit->path);
	if (edit->path[0] != '\0' && !taken) {
		aiot_format(&text, "aiotoolsctl: what you wrote is in %s", edit->path);
		ctl_print_error(&text);
	}
	free(text.buf);
	free(edit->request.buf);
}
