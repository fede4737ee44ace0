/*
 * overlay-file.c - services.json on disk: read at each scan, written when a command changes it.
 *
 * Called by unit-scan.c and by the handlers of enable, mask, config and their like.  The file is in
 * the state directory; where that cannot be written, in the runtime directory, where it counts
 * until the next boot: it is a copy of the whole, and read instead of the other.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "keep.h"
#include "mem.h"
#include "savefile.h"
#include "trust.h"
#include "units.h"

#define PATH_BYTES 1024

/* ---- where it is ---- */

static bool same_dir(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Where it is kept until the next boot; NULL: nowhere, or that is where it belongs. */
static const char *second_home(const struct aiot_host *host)
{
	return same_dir(host->state_home, host->runtime_dir) ? NULL : host->runtime_dir;
}

static bool path_in(const char *dir, char path[PATH_BYTES])
{
	return dir != NULL &&
	       snprintf(path, PATH_BYTES, "%s/%s", dir, AIOT_OVERLAY_FILE) < PATH_BYTES;
}

/* Of the two the one that counts; false: there is none. */
static bool find_file(const struct aiot_host *host, char path[PATH_BYTES], struct stat *st)
{
	if (path_in(second_home(host), path) && stat(path, st) == 0)
		return true;
	return path_in(host->state_home, path) && stat(path, st) == 0;
}

/* ---- reading ---- */

/* Never 0. */
static uint64_t print_of(const struct stat *st)
{
	uint64_t print = (uint64_t)st->st_ino * 31 + (uint64_t)st->st_size;

	print = print * 1000003 + (uint64_t)st->st_mtim.tv_sec;
	print = print * 1000003 + ((uint64_t)st->st_mode << 32 | st->st_uid); /* a remedy, too */
	return (print * 1000003 + (uint64_t)st->st_mtim.tv_nsec) | 1;
}

static int read_text(int fd, char *text, size_t size, size_t *ret_len, struct aiot_out *why)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			aiot_format(why, "it cannot be read: %s", strerror(errno));
			return -AIOT_EIO;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

/* -AIOT_EINVAL: what stands in it is no good. */
static int read_overlay(int fd, size_t size, struct aiot_overlay *overlay, struct aiot_out *why)
{
	char *text;
	size_t len = 0;
	int r;

	if (size > AIOT_OVERLAY_BYTES_MAX) {
		aiot_format(why, "it has over %u MiB", AIOT_OVERLAY_BYTES_MAX >> 20);
		return -AIOT_EINVAL;
	}
	text = aiot_mem_alloc(size + 1);
	if (text == NULL)
		return -AIOT_ENOMEM;
	r = read_text(fd, text, size, &len, why);
	if (r == 0)
		r = aiot_overlay_parse(text, len, overlay, why);
	aiot_mem_free(text);
	return r;
}

/* A damaged one is kept beside it, for a person to look at. */
static void put_aside(struct aiot_host *host, const char *path, const char *why)
{
	char text[2048];
	int r = aiot_savefile_set_aside(path);

	if (r == 0)
		host->overlay.print = 0; /* it is gone, and what is in force stays all the same */
	if (r == 0)
		(void)aiot_format_to(text, sizeof(text),
				     "%s is damaged: %s; moved to %s.bad, going on without it",
				     path, why, path);
	else
		(void)aiot_format_to(text, sizeof(text),
				     "%s is damaged: %s; going on without it, it cannot be moved "
				     "aside: %s",
				     path, why, strerror(-r));
	aiot_unit_tell(host, AIOT_ERROR, text);
}

/* Somebody else has written it: the scan under way finds out whom that changes. */
static void suspect_all(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL)
		unit->changed |= unit->load == AIOT_UNIT_LOADED;
}

static void use(struct aiot_host *host, struct aiot_overlay *fresh, const struct stat *st)
{
	aiot_overlay_finish(&host->overlay);
	host->overlay = *fresh;
	host->overlay.print = print_of(st);
	suspect_all(host);
}

static int read_file(const char *path, struct aiot_overlay *ret, struct aiot_out *why)
{
	struct stat st = {0}; /* the path may lead to another one by now */
	char text[512];
	int fd, r;

	r = aiot_trust_open(path, &fd, text, sizeof(text));
	if (r < 0) {
		aiot_out_text(why, text);
		return r == -AIOT_EINVAL ? -AIOT_EIO : r;
	}
	(void)fstat(fd, &st);
	r = read_overlay(fd, (size_t)st.st_size, ret, why);
	(void)close(fd);
	if (r == -AIOT_ENOMEM)
		aiot_format(why, "%s: no memory to read it", path);
	return r;
}

/* true: it was damaged, and is out of the way of another one. */
static bool load_file(struct aiot_host *host, const char *path, const struct stat *st)
{
	struct aiot_overlay fresh = {0};
	char text[1024];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = read_file(path, &fresh, &why);
	host->overlay.print = print_of(st); /* told once, whatever comes of it */
	host->overlay.unread = r < 0 && r != -AIOT_EINVAL;
	if (r == 0)
		use(host, &fresh, st);
	else if (r == -AIOT_EINVAL)
		put_aside(host, path, aiot_out_str(&why));
	else
		aiot_unit_tell(host, AIOT_ERROR, aiot_out_str(&why));
	return r == -AIOT_EINVAL;
}

void aiot_overlay_load(struct aiot_host *host)
{
	char path[PATH_BYTES];
	struct stat st = {0};

	if (aiot_keep_busy(host)) /* what is being written is what counts */
		return;
	if (!find_file(host, path, &st)) {
		if (host->overlay.print != 0) { /* somebody removed it */
			aiot_overlay_finish(&host->overlay);
			suspect_all(host);
		}
		return;
	}
	while (print_of(&st) != host->overlay.print && load_file(host, path, &st) &&
	       find_file(host, path, &st))
		continue;
}

/* ---- writing ---- */

/* Leave only what changes anything; true: there is some. */
static bool differs(const struct aiot_overlay *overlay, struct aiot_overlay *changes)
{
	struct aiot_overlay kept = {0};
	const struct aiot_overlay_entry *e;

	while ((e = aiot_overlay_next(changes, NULL)) != NULL) {
		struct aiot_overlay_entry *entry = aiot_overlay_out(changes, e->name);

		if (aiot_overlay_says(overlay, entry))
			aiot_overlay_entry_free(entry);
		else
			aiot_overlay_put(&kept, entry);
	}
	*changes = kept;
	return kept.entries.count > 0;
}

/* The file that was written is the one that is known. */
static void note_file(struct aiot_host *host)
{
	char path[PATH_BYTES];
	struct stat st = {0};

	host->overlay.print = find_file(host, path, &st) ? print_of(&st) : 0;
}

/* A service that runs goes on with what it was loaded with. */
static void apply(struct aiot_host *host, const char *name)
{
	struct aiot_unit *unit = aiot_unit_find(host, name);

	if (unit == NULL)
		return;
	aiot_unit_overlay(host, unit);
	unit->changed |= unit->load == AIOT_UNIT_LOADED;
	aiot_unit_compare(host, unit);
}

static void apply_templates(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;

	while ((unit = aiot_unit_match(host, "*@*", unit ? unit->name : "")) != NULL)
		aiot_unit_overlay(host, unit);
}

static void committed(struct aiot_host *host, void *arg, const struct aiot_keep_result *result)
{
	struct aiot_overlay *changes = arg, whole = {0};
	const struct aiot_overlay_entry *e;

	if (result->why[0] != '\0')
		aiot_host_log(host, result->code < 0 ? AIOT_ERROR : AIOT_WARN, "%s%s", result->why,
			      result->code < 0	   ? "; nothing has changed"
			      : result->until_boot ? "; kept in the runtime directory, until the "
						     "next boot"
						   : "");
	while (result->code == 0 && (e = aiot_overlay_next(changes, NULL)) != NULL) {
		char name[AIOT_NAME_MAX + 1];

		memcpy(name, e->name, sizeof(name));
		aiot_overlay_put(&whole, aiot_overlay_out(changes, name));
		aiot_overlay_take(&host->overlay, &whole);
		apply(host, name);
	}
	if (result->code == 0) {
		apply_templates(host);
		note_file(host);
	}
	aiot_overlay_finish(changes);
	aiot_mem_free(changes);
}

static int start_write(struct aiot_host *host, struct aiot_overlay *changes, uint64_t *ret_ticket)
{
	struct aiot_out text = {.grow = aiot_mem_grow};
	struct aiot_keep_order order = {
		.dirs = {host->state_home ? host->state_home : second_home(host),
			 host->state_home ? second_home(host) : NULL},
		.name = AIOT_OVERLAY_FILE,
		.mode = 0640,
		.done = committed,
		.arg = changes,
	};
	char path[PATH_BYTES];
	struct stat st;

	aiot_overlay_format(&host->overlay, changes, &text);
	if (text.error < 0 || text.len > AIOT_OVERLAY_BYTES_MAX) {
		aiot_mem_free(text.buf);
		return text.error < 0 ? text.error : -AIOT_EMSGSIZE;
	}
	order.shadowed =
		order.dirs[1] != NULL && path_in(order.dirs[1], path) && stat(path, &st) == 0;
	order.bytes = text.buf;
	order.len = text.len;
	return aiot_keep_write(host, &order, ret_ticket);
}

int aiot_overlay_commit(struct aiot_host *host, struct aiot_overlay *changes, uint64_t *ret_ticket,
			struct aiot_out *why)
{
	struct aiot_overlay *own;
	int r;

	*ret_ticket = 0;
	if (!differs(&host->overlay, changes))
		return 0;
	if (host->state_home == NULL && host->runtime_dir == NULL) {
		aiot_overlay_finish(changes);
		aiot_out_text(why, "there is no state directory to keep it in");
		return -AIOT_ENOENT;
	}
	if (host->overlay.unread) {
		aiot_overlay_finish(changes);
		aiot_out_text(why, AIOT_OVERLAY_FILE
			      " could not be read, the log says why, and is not written over; mend "
			      "or remove it, then run: aiotoolsctl daemon-reload");
		return -AIOT_EPERM;
	}
	own = aiot_mem_alloc(sizeof(*own));
	if (own != NULL)
		*own = *changes;
	else
		aiot_overlay_finish(changes);
	*changes = (struct aiot_overlay){0};
	r = own ? start_write(host, own, ret_ticket) : -AIOT_ENOMEM;
	if (r == 0)
		return 0;
	if (own != NULL)
		aiot_overlay_finish(own);
	aiot_mem_free(own);
	aiot_format(why, r == -AIOT_EMSGSIZE	   ? AIOT_OVERLAY_FILE " would have over 4 MiB"
			 : r == -AIOT_ENAMETOOLONG ? "the state directory's name is too long"
						   : "no memory");
	return r;
}
