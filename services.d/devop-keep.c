/*
 * devop-keep.c - see devop-keep.h.  Called by devop.c, what deals with files in a thread or where a
 * moment is no matter.  Host only.
 */
#include "devop-keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <aiotools-json.h>

#include "whole.h"

#define KEEP_BYTES 512 /* more is none of ours */

static int read_mode(const char *text, size_t len, struct keep *ret)
{
	struct keep keep = {.round = 0};
	struct aiot_json json;
	uint64_t round;

	if (aiot_json_parse(text, len, &json, NULL) < 0 ||
	    aiot_json_str(aiot_json_get(json, "mode"), keep.mode, sizeof(keep.mode)) < 0 ||
	    aiot_json_u64(aiot_json_get(json, "round"), &round) < 0 || round > UINT32_MAX)
		return -EBADMSG;
	keep.round = (uint32_t)round;
	keep.over = aiot_json_bool(aiot_json_get(json, "over"), false);
	*ret = keep;
	return 0;
}

int keep_read(const char *path, struct keep *ret)
{
	char text[KEEP_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text));
	n = n < 0 ? -errno : n;
	(void)close(fd);
	return n < 0 ? (int)n : read_mode(text, (size_t)n, ret);
}

int keep_write(const char *path, const struct keep *keep)
{
	char text[KEEP_BYTES];
	int n = snprintf(text, sizeof(text), "{\"mode\":\"%s\",\"round\":%u,\"over\":%s}\n",
			 keep->mode, (unsigned)keep->round, keep->over ? "true" : "false");

	return whole_write(path, text, (size_t)n);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static struct aiot_json elements(const char *reply, const char *array)
{
	struct aiot_json page = {NULL, 0};

	(void)aiot_json_parse(reply, strlen(reply), &page, NULL);
	return aiot_json_get(page, array);
}

/* A string's text; a value that is none: nothing. */
static void put_str(struct aiot_json value, struct grow *out)
{
	char *at = grow_room(out, value.len);
	int len = at ? aiot_json_str(value, at, value.len + 1) : -1;

	if (len > 0)
		out->len += (size_t)len;
	else if (at != NULL)
		*at = '\0';
}

static void put_error(struct aiot_json error, struct grow *out)
{
	if (aiot_json_type(error) != AIOT_JSON_OBJECT)
		return;
	grow_add(out, ": ");
	put_str(aiot_json_get(error, "error"), out);
	grow_add(out, ": ");
	put_str(aiot_json_get(error, "message"), out);
}

void keep_put_tasks(const char *reply, struct grow *out)
{
	struct aiot_json tasks = elements(reply, "tasks"), task;
	struct aiot_json_iter it = {0};

	while (aiot_json_next(tasks, &it, NULL, &task)) {
		put_str(aiot_json_get(task, "name"), out);
		grow_add(out, ": ");
		put_str(aiot_json_get(task, "state"), out);
		put_error(aiot_json_get(task, "error"), out);
		grow_add(out, "\n");
	}
}

/* Each line a bit to the right, under its name. */
static void put_lines(struct aiot_json text, struct grow *out)
{
	struct grow lines = {0};
	const char *at, *end;

	put_str(text, &lines);
	for (at = lines.text; at != NULL && *at != '\0'; at = *end ? end + 1 : end) {
		end = at + strcspn(at, "\n");
		grow_add(out, "    %.*s\n", (int)(end - at), at);
	}
	if (lines.error < 0 && out->error == 0)
		out->error = lines.error;
	grow_free(&lines);
}

void keep_put_reports(const char *reply, struct grow *out)
{
	struct aiot_json reports = elements(reply, "reports"), report, text;
	struct aiot_json_iter it = {0};

	while (aiot_json_next(reports, &it, NULL, &report)) {
		text = aiot_json_get(report, "text");
		if (aiot_json_type(text) != AIOT_JSON_STRING)
			continue; /* its stats have a file of their own */
		grow_add(out, "\n");
		put_str(aiot_json_get(report, "name"), out);
		put_error(aiot_json_get(report, "error"), out);
		grow_add(out, "\n");
		put_lines(text, out);
	}
}

void keep_put_stats(const char *reply, struct grow *out)
{
	struct aiot_json tasks = elements(reply, "tasks"), task;
	struct aiot_json_iter it = {0};

	while (aiot_json_next(tasks, &it, NULL, &task)) {
		grow_add(out, out->len > 0 ? ",\n" : "");
		grow_addn(out, task.text, task.len);
	}
}
