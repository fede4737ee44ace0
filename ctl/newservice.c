/*
 * newservice.c - see newservice.h.
 *
 * Called by main.c.  Asks no daemon and writes nowhere but to that one directory.
 */
#include "newservice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <aiotools.h>

#include "heap.h"
#include "name.h"

#define MARK "@NAME@"
#define PATH_BYTES 4096
/* Its task has a name, too: NAME.service. */
#define NAME_BYTES (AIOT_NAME_MAX + 1 - (sizeof(".service") - 1))
#define EXIT_USAGE 2

/* One service to be written. */
struct writing {
	char name[NAME_BYTES];
	char dir[PATH_BYTES];
	bool made_dir;
	struct aiot_out *why;
};

/* The descriptor's symbol has it in it. */
static bool is_identifier(const char *name)
{
	const char *c;

	if (name[0] == '\0' || (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (c = name; *c; c++) {
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') &&
		    !(*c >= '0' && *c <= '9') && *c != '_')
			return false;
	}
	return true;
}

static int read_request(struct aiot_json request, struct writing *w)
{
	struct aiot_json name = aiot_json_get(request, "name"), dir = aiot_json_get(request, "dir");

	if (aiot_json_str(name, w->name, sizeof(w->name)) < 0) {
		aiot_format(w->why, "a service's name has at most %u letters",
			    (unsigned)NAME_BYTES - 1);
		return EXIT_USAGE;
	}
	if (!is_identifier(w->name)) {
		aiot_format(w->why,
			    "'%s' cannot be a service's name: letters, digits and _ make one, and "
			    "no digit begins it",
			    w->name);
		return EXIT_USAGE;
	}
	if (dir.len == 0)
		dir = name;
	if (aiot_json_str(dir, w->dir, sizeof(w->dir)) < 0 || w->dir[0] == '\0') {
		aiot_out_text(w->why, "--dir: no directory has such a name");
		return EXIT_USAGE;
	}
	return 0;
}

/* text with the name in the place of each mark. */
static void fill_in(const struct writing *w, const char *text, struct aiot_out *out)
{
	const char *mark;

	while ((mark = strstr(text, MARK)) != NULL) {
		aiot_out_mem(out, text, (size_t)(mark - text));
		aiot_out_text(out, w->name);
		text = mark + strlen(MARK);
	}
	aiot_out_text(out, text);
}

static bool path_of(const struct writing *w, const struct ctl_template *t, char path[PATH_BYTES])
{
	struct aiot_out out;

	aiot_out_init(&out, path, PATH_BYTES);
	aiot_format(&out, "%s/", w->dir);
	fill_in(w, t->file, &out);
	(void)aiot_out_str(&out);
	return out.error == 0;
}

static int complain(const struct writing *w, const char *path, int error)
{
	aiot_format(w->why, "%s: %s", path,
		    error == EEXIST ? "it is there already, and is not overwritten"
				    : strerror(error));
	return EXIT_FAILURE;
}

/* All of them, before the first is written. */
static int check_free(const struct writing *w)
{
	const struct ctl_template *t;
	char path[PATH_BYTES];
	struct stat st;

	for (t = ctl_templates; t->file; t++) {
		if (!path_of(w, t, path))
			return complain(w, w->dir, ENAMETOOLONG);
		if (lstat(path, &st) == 0)
			return complain(w, path, EEXIST);
	}
	return 0;
}

static int make_dir(struct writing *w)
{
	if (mkdir(w->dir, 0777) == 0)
		w->made_dir = true;
	else if (errno != EEXIST)
		return complain(w, w->dir, errno);
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int write_file(const struct writing *w, const struct ctl_template *t, bool *ret_made)
{
	struct aiot_out text = {.grow = ctl_heap_grow};
	char path[PATH_BYTES];
	int fd, error;

	(void)path_of(w, t, path); /* it was one before */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return complain(w, path, errno);
	*ret_made = true;
	fill_in(w, t->text, &text);
	error = text.error ? ENOMEM : write_all(fd, text.buf, text.len);
	free(text.buf);
	if (close(fd) < 0 && error == 0)
		error = errno;
	return error ? complain(w, path, error) : 0;
}

/* The first `count` of them, and the directory if it was not there. */
static void take_back(const struct writing *w, size_t count)
{
	char path[PATH_BYTES];

	while (count-- > 0) {
		if (path_of(w, &ctl_templates[count], path))
			(void)unlink(path);
	}
	if (w->made_dir)
		(void)rmdir(w->dir);
}

static int write_files(struct writing *w)
{
	size_t count = 0;
	int code = make_dir(w);

	while (code == 0 && ctl_templates[count].file) {
		bool made = false;

		code = write_file(w, &ctl_templates[count], &made);
		count += made;
	}
	if (code)
		take_back(w, count);
	return code;
}

static void tell_json(const struct writing *w, struct aiot_out *out)
{
	const struct ctl_template *t;
	struct aiot_json_out j;
	char path[PATH_BYTES];

	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_str(&j, "name", w->name);
	aiot_json_put_array(&j, "files");
	for (t = ctl_templates; t->file; t++) {
		if (path_of(w, t, path))
			aiot_json_put_str(&j, NULL, path);
	}
	aiot_json_put_end_array(&j);
	aiot_json_put_end_object(&j);
	aiot_out_char(out, '\n');
}

static void tell(const struct writing *w, struct aiot_out *out)
{
	const struct ctl_template *t;
	char path[PATH_BYTES];

	for (t = ctl_templates; t->file; t++) {
		if (path_of(w, t, path))
			aiot_format(out, "%s\n", path);
	}
	aiot_format(out,
		    "Build and test it: cd %s && meson setup build && ninja -C build test\n"
		    "Then have it run:  aiotoolsctl install build/%s.so && aiotoolsctl load %s\n",
		    w->dir, w->name, w->name);
}

int ctl_new_service(struct aiot_json request, bool json, bool quiet, struct aiot_out *out,
		    struct aiot_out *why)
{
	struct writing w = {.why = why};
	int code = read_request(request, &w);

	if (code == 0)
		code = check_free(&w);
	if (code == 0)
		code = write_files(&w);
	if (code == 0 && json)
		tell_json(&w, out);
	else if (code == 0 && !quiet)
		tell(&w, out);
	return code;
}
