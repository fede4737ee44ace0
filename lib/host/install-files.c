/*
 * install-files.c - see install-files.h.  Called by install.c on a thread of the loop's pool.
 *
 * What is written is written beside its place, made durable, and renamed: whoever looks at any
 * time, also after a kill or a power loss, sees the old file or the new one.
 */
#define _GNU_SOURCE /* O_PATH */

#include "install-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"
#include "inifile.h"
#include "mem.h"
#include "out.h"
#include "units.h"

#define STAGED ".new" /* behind a name with a dot in front */

static int cannot(struct aiot_install_files *f, const char *path, const char *what)
{
	int error = errno;

	(void)aiot_format_to(f->why, sizeof(f->why), "%s: %s: %s", path, what, strerror(error));
	return -error;
}

/* ---- the names of files ---- */

struct place {
	const char *dir, *end; /* below the state directory; of the name */
};
static const struct place modules = {"modules", ".so"}, services = {"services.d", ".ini"},
			  before = {"services.d", ".ini.old"};

static void put_path(const struct aiot_install_files *f, const struct place *p, bool staged,
		     char path[AIOT_INSTALL_PATH])
{
	(void)aiot_format_to(path, AIOT_INSTALL_PATH, "%s/%s/%s%s%s%s", f->state, p->dir,
			     staged ? "." : "", f->name, p->end, staged ? STAGED : "");
}

void aiot_install_staged(const struct aiot_install_files *f, char path[AIOT_INSTALL_PATH])
{
	put_path(f, &modules, true, path);
}

/* ---- finding ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static int append_module(struct aiot_install_files *f, const char *found, unsigned count)
{
	size_t len = strlen(f->source);

	if (count == 0) {
		(void)aiot_format_to(f->why, sizeof(f->why), "%.500s: holds no module (NAME.so)",
				     f->source);
		return -AIOT_ENOENT;
	}
	if (count > 1 || len + strlen(found) + 2 > sizeof(f->source)) {
		(void)aiot_format_to(
			f->why, sizeof(f->why),
			"%.500s: holds %u modules, %s among them; name the one that is meant",
			f->source, count, found);
		return -AIOT_EINVAL;
	}
	(void)aiot_format_to(f->source + len, sizeof(f->source) - len, "/%s", found);
	return 0;
}

/* The only NAME.so in a directory. */
static int find_module(struct aiot_install_files *f)
{
	char found[NAME_MAX + 1] = "";
	struct dirent *entry;
	unsigned count = 0;
	DIR *d = opendir(f->source);

	if (d == NULL)
		return cannot(f, f->source, "cannot be read");
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.' || !ends_with(entry->d_name, ".so"))
			continue;
		count++;
		(void)aiot_format_to(found, sizeof(found), "%s", entry->d_name);
	}
	(void)closedir(d);
	return append_module(f, found, count);
}

static int find_name(struct aiot_install_files *f)
{
	const char *slash = strrchr(f->source, '/'), *base = slash ? slash + 1 : f->source;
	size_t len = strlen(base);

	if (!ends_with(base, ".so") || !aiot_unit_name_valid(base, len - 3)) {
		(void)aiot_format_to(
			f->why, sizeof(f->why),
			"%.500s: is neither NAME.so nor a directory that holds one, where "
			"NAME is up to %u letters, digits and any of . _ - @",
			f->source, (unsigned)AIOT_UNIT_NAME_MAX);
		return -AIOT_EINVAL;
	}
	memcpy(f->name, base, len - 3);
	f->name[len - 3] = '\0';
	return 0;
}

static int find_source(struct aiot_install_files *f)
{
	struct stat st;
	int r = 0;

	if (stat(f->source, &st) < 0)
		return cannot(f, f->source, "cannot be read");
	if (S_ISDIR(st.st_mode))
		r = find_module(f);
	return r < 0 ? r : find_name(f);
}

/* ---- directories ---- */

static int make_dir(struct aiot_install_files *f, const char *below)
{
	char path[AIOT_INSTALL_PATH];

	(void)aiot_format_to(path, sizeof(path), "%s%s%s", f->state, below ? "/" : "",
			     below ? below : "");
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	return cannot(f, path, "cannot be made");
}

static int sync_dir(struct aiot_install_files *f, const struct place *p)
{
	char path[AIOT_INSTALL_PATH];
	int fd, r = 0;

	(void)aiot_format_to(path, sizeof(path), "%s/%s", f->state, p->dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cannot(f, path, "cannot be opened");
	if (fsync(fd) < 0 && errno != EINVAL) /* some file systems cannot */
		r = cannot(f, path, "cannot be synced");
	(void)close(fd);
	return r;
}

/* What a run that was killed has left. */
static void sweep(const struct aiot_install_files *f, const struct place *p)
{
	char path[AIOT_INSTALL_PATH];
	struct dirent *entry;
	DIR *d;

	(void)aiot_format_to(path, sizeof(path), "%s/%s", f->state, p->dir);
	d = opendir(path);
	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.' && ends_with(entry->d_name, STAGED))
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	(void)closedir(d);
}

/* ---- writing ---- */

/* Told of the file that it is to be. */
static int cannot_write(struct aiot_install_files *f, const struct place *p)
{
	char path[AIOT_INSTALL_PATH];
	int error = errno;

	put_path(f, p, false, path);
	errno = error;
	return cannot(f, path, "cannot be written");
}

/* 0644: what belongs to this program's user and nobody else may write. */
static int create(struct aiot_install_files *f, const struct place *p)
{
	char path[AIOT_INSTALL_PATH];
	int fd, r;

	put_path(f, p, true, path);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return cannot_write(f, p);
	if (fchmod(fd, 0644) == 0)
		return fd;
	r = cannot_write(f, p);
	(void)close(fd);
	return r;
}

/* close() too can be where a disk says that it is full.  r: what came of the writing. */
static int finish(struct aiot_install_files *f, const struct place *p, int fd, int r)
{
	if (r == 0 && fsync(fd) < 0)
		r = cannot_write(f, p);
	if (close(fd) < 0 && r == 0)
		r = cannot_write(f, p);
	return r;
}

static int copy_all(struct aiot_install_files *f, int to, int from, off_t size)
{
	off_t at = 0;

	while (at < size) {
		ssize_t n = sendfile(to, from, &at, (size_t)(size - at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_write(f, &modules);
		if (n == 0) {
			errno = ENODATA;
			return cannot(f, f->source, "became shorter while it was copied");
		}
	}
	return 0;
}

static int check_source(struct aiot_install_files *f, int fd, struct stat *ret)
{
	if (fstat(fd, ret) < 0)
		return cannot(f, f->source, "cannot be read");
	if (S_ISREG(ret->st_mode) && (unsigned long long)ret->st_size <= AIOT_INSTALL_MODULE_MAX)
		return 0;
	(void)aiot_format_to(f->why, sizeof(f->why), "%.500s: is not a file of at most %llu MiB",
			     f->source, AIOT_INSTALL_MODULE_MAX >> 20);
	return -AIOT_EINVAL;
}

static int copy_module(struct aiot_install_files *f)
{
	int from = open(f->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), to, r;
	struct stat st;

	if (from < 0)
		return cannot(f, f->source, "cannot be read");
	r = check_source(f, from, &st);
	if (r == 0) {
		to = create(f, &modules);
		r = to < 0 ? to : finish(f, &modules, to, copy_all(f, to, from, st.st_size));
	}
	(void)close(from);
	return r;
}

static int write_text(struct aiot_install_files *f, const struct place *p, const char *text,
		      size_t len)
{
	int fd = create(f, p), r = 0;
	size_t at = 0;

	if (fd < 0)
		return fd;
	while (r == 0 && at < len) {
		ssize_t n = write(fd, text + at, len - at);

		if (n < 0 && errno != EINTR)
			r = cannot_write(f, p);
		at += n > 0 ? (size_t)n : 0;
	}
	return finish(f, p, fd, r);
}

/* ---- its INI file ---- */

/* *ret NULL, and 0: there is none. */
static int read_text(struct aiot_install_files *f, const char *path, char **ret, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text;
	ssize_t n;

	*ret = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : cannot(f, path, "cannot be read");
	text = aiot_mem_alloc(AIOT_INI_FILE_MAX + 1);
	n = text == NULL ? -1 : read(fd, text, AIOT_INI_FILE_MAX + 1);
	if (n < 0)
		(void)cannot(f, path, "cannot be read");
	(void)close(fd);
	if (n < 0) {
		aiot_mem_free(text);
		return -AIOT_EIO;
	}
	*ret = text;
	*ret_len = (size_t)n;
	return 0;
}

/* The source's with another ending. */
static int read_ini(struct aiot_install_files *f)
{
	size_t len = strlen(f->source) - 3;
	char path[AIOT_INSTALL_PATH + 8];

	(void)aiot_format_to(path, sizeof(path), "%.*s.ini", (int)len, f->source);
	return read_text(f, path, &f->ini, &f->ini_len);
}

/* ---- the steps ---- */

int aiot_install_stage(struct aiot_install_files *f)
{
	int r = find_source(f);

	if (r == 0)
		r = make_dir(f, NULL);
	if (r == 0)
		r = make_dir(f, modules.dir);
	if (r == 0)
		r = make_dir(f, services.dir);
	if (r < 0)
		return r;
	sweep(f, &modules);
	sweep(f, &services);
	r = copy_module(f);
	if (r == 0)
		r = read_ini(f);
	if (r < 0)
		aiot_install_drop(f);
	return r;
}

void aiot_install_drop(const struct aiot_install_files *f)
{
	char path[AIOT_INSTALL_PATH];

	if (f->name[0] == '\0')
		return;
	put_path(f, &modules, true, path);
	(void)unlink(path);
	put_path(f, &services, true, path);
	(void)unlink(path);
	put_path(f, &before, true, path);
	(void)unlink(path);
}

static int put_in_place(struct aiot_install_files *f, const struct place *p)
{
	char from[AIOT_INSTALL_PATH], to[AIOT_INSTALL_PATH];

	put_path(f, p, true, from);
	put_path(f, p, false, to);
	if (rename(from, to) < 0)
		return cannot(f, to, "cannot be replaced");
	f->replaced |= p == &modules;
	return sync_dir(f, p);
}

/* What `edit` or somebody by hand made of it is not lost with the file that takes its place. */
static int keep_before(struct aiot_install_files *f)
{
	char path[AIOT_INSTALL_PATH], *text;
	size_t len = 0;
	int r;

	put_path(f, &services, false, path);
	r = read_text(f, path, &text, &len);
	if (text != NULL && (len != f->ini_len || memcmp(text, f->ini, len) != 0)) {
		r = write_text(f, &before, text, len);
		if (r == 0)
			r = put_in_place(f, &before);
		f->kept = r == 0;
	}
	aiot_mem_free(text);
	return r;
}

int aiot_install_commit(struct aiot_install_files *f)
{
	int r = f->ini != NULL ? keep_before(f) : 0;

	if (r == 0 && f->ini != NULL)
		r = write_text(f, &services, f->ini, f->ini_len);
	if (r == 0)
		r = put_in_place(f, &modules);
	if (r == 0 && f->ini != NULL)
		r = put_in_place(f, &services);
	if (r < 0 && f->replaced)
		(void)aiot_format_to(f->why + strlen(f->why), sizeof(f->why) - strlen(f->why),
				     "; the module is the new one already");
	if (r < 0)
		aiot_install_drop(f);
	return r;
}

/* 1: it was there. */
static int take_away(struct aiot_install_files *f, const struct place *p)
{
	char path[AIOT_INSTALL_PATH];
	int r;

	put_path(f, p, false, path);
	if (unlink(path) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0
							   : cannot(f, path, "cannot be removed");
	r = sync_dir(f, p);
	return r < 0 ? r : 1;
}

int aiot_install_remove(struct aiot_install_files *f)
{
	int ini = take_away(f, &services), module = ini < 0 ? ini : take_away(f, &modules);
	int old = module < 0 ? module : take_away(f, &before);

	if (old < 0)
		return old;
	return ini + module > 0 ? 0 : -AIOT_ENOENT;
}

bool aiot_install_there(const char *state, const char *name)
{
	char path[AIOT_INSTALL_PATH];
	struct stat st;

	if (state == NULL)
		return false;
	(void)aiot_format_to(path, sizeof(path), "%s/%s/%s%s", state, modules.dir, name,
			     modules.end);
	if (lstat(path, &st) == 0)
		return true;
	(void)aiot_format_to(path, sizeof(path), "%s/%s/%s%s", state, services.dir, name,
			     services.end);
	return lstat(path, &st) == 0;
}
