/*
 * watching.c - see watching.h.  Host only (Linux's inotify).
 *
 * A pattern is matched component by component: the directories that its first n components match
 * are watched for names that match the next one; at ** all those below them are, for the one behind
 * it.  Each look begins anew with a descriptor of its
 * own, and the old one is heard to its end when the new one is taken over: so nothing that happens
 * in between is missed, and no watch has to be taken back.  A directory is watched before what is
 * in it is read.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* asprintf */
#endif
#include "watching.h"

#include <aiotools.h>

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watching-pattern.h"

#define EVENTS_BYTES 16384
#define SETTLES_MAX 10
#define NS_PER_MS UINT64_C(1000000)
#define WAY (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define ENDING (WAY | IN_CLOSE_WRITE)

/* A directory that the first `level` components of a pattern match. */
struct watching_dir {
	int wd;
	uint16_t pattern, level;
	bool last;     /* its names are what the pattern is about */
	bool deep;     /* and so are those of the directories in it */
	bool fresh;    /* it is gone, or another than it was: what is in it is not known */
	uint32_t next; /* with the same watch; its number + 1, 0: none */
	dev_t device;
	ino_t inode;
	char *path;
};

/* ---- directories ----------------------------------------------------------------------------- */

static void view_close(struct watching_view *view)
{
	uint32_t i;

	for (i = 0; i < view->count; i++)
		free(view->dirs[i].path);
	free(view->dirs);
	free(view->first);
	if (view->fd >= 0)
		(void)close(view->fd);
	*view = (struct watching_view){.fd = -1};
}

static int refuse(struct watching *w, int code, const char *what, const char *path)
{
	(void)snprintf(w->why, sizeof(w->why), "%s '%s': %s", what, path, strerror(-code));
	return code;
}

static int no_watch(struct watching *w, const char *path)
{
	if (errno != ENOSPC)
		return refuse(w, -errno, "cannot watch directory", path);
	(void)snprintf(
		w->why, sizeof(w->why),
		"no watch is left for directory '%s'; fs.inotify.max_user_watches limits them",
		path);
	return -ENOSPC;
}

/* Room for one more member of an array that doubles. */
static void *grow(void *array, uint32_t count, uint32_t *size, size_t bytes)
{
	void *larger;

	if (count < *size)
		return array;
	larger = realloc(array, (size_t)(*size ? *size * 2 : 16) * bytes);
	if (larger != NULL)
		*size = *size ? *size * 2 : 16;
	return larger;
}

static int by_inode(const void *a, const void *b)
{
	ino_t one = ((const struct watching_dir *)a)->inode;
	ino_t other = ((const struct watching_dir *)b)->inode;

	return (one > other) - (one < other);
}

/* The look is over: make the view one in which events find their directories.  0 or -ENOMEM. */
static int sort_view(struct watching_view *view)
{
	struct watching_dir *dir;
	uint32_t i, most = 0;

	if (view->count == 0)
		return 0;
	qsort(view->dirs, view->count, sizeof(*view->dirs), by_inode);
	for (i = 0; i < view->count; i++)
		most = (uint32_t)view->dirs[i].wd > most ? (uint32_t)view->dirs[i].wd : most;
	view->first = calloc(most + 1, sizeof(*view->first));
	if (view->first == NULL)
		return -ENOMEM;
	view->first_count = most + 1;
	for (i = 0; i < view->count; i++) {
		dir = &view->dirs[i];
		dir->next = view->first[dir->wd];
		view->first[dir->wd] = i + 1;
	}
	return 0;
}

/* The same directory in a sorted view; NULL: it is not in there. */
static struct watching_dir *find_dir(const struct watching_view *view,
				     const struct watching_dir *like)
{
	uint32_t low = 0, high = view->count, middle;
	struct watching_dir *dir;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (view->dirs[middle].inode < like->inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < view->count && view->dirs[low].inode == like->inode; low++) {
		dir = &view->dirs[low];
		if (dir->pattern == like->pattern && dir->level == like->level &&
		    dir->device == like->device && strcmp(dir->path, like->path) == 0)
			return dir;
	}
	return NULL;
}

static int note_appeared(struct watching *w, const char *dir, const char *name)
{
	char **larger = grow(w->appeared, w->appeared_count, &w->appeared_size, sizeof(char *));

	if (larger == NULL)
		return -ENOMEM;
	w->appeared = larger;
	if (asprintf(&w->appeared[w->appeared_count], "%s/%s", dir[1] ? dir : "", name) < 0)
		return -ENOMEM;
	w->appeared_count++;
	return 0;
}

/* What is already in a directory that was not watched before has come with it. */
static int note_contents(struct watching *w, const struct watching_dir *dir)
{
	const char *pattern = w->patterns[dir->pattern];
	DIR *names = opendir(dir->path);
	struct dirent *entry;
	int r = 0;

	if (names == NULL)
		return 0; /* it went again */
	while (r == 0 && (entry = readdir(names)) != NULL)
		if (pattern_matches(pattern, dir->level, entry->d_name))
			r = note_appeared(w, dir->path, entry->d_name);
	(void)closedir(names);
	return r;
}

/* One more directory of the next view; NULL: no memory. */
static struct watching_dir *add_member(struct watching_view *view, const char *path)
{
	struct watching_dir *dirs = grow(view->dirs, view->count, &view->size, sizeof(*dirs));
	struct stat st = {0};
	char *copy = strdup(path);

	if (dirs != NULL)
		view->dirs = dirs;
	if (dirs == NULL || copy == NULL) {
		free(copy);
		return NULL;
	}
	(void)stat(path, &st); /* one that went again is told by the one above it */
	dirs += view->count++;
	*dirs = (struct watching_dir){.device = st.st_dev, .inode = st.st_ino, .path = copy};
	return dirs;
}

/* Watch a directory, if it is one, and is to be read. */
static int add_dir(struct watching *w, const char *path, unsigned pattern, unsigned level,
		   unsigned levels)
{
	bool last = level + 1 >= levels;
	uint32_t mask = (last ? ENDING : WAY) | IN_MASK_ADD | IN_ONLYDIR | IN_EXCL_UNLINK;
	int wd = inotify_add_watch(w->next.fd, path, mask);
	struct watching_dir *dir, *known;

	if (wd < 0) {
		if (errno == ENOTDIR || errno == ENOENT || errno == ELOOP ||
		    (errno == EACCES && !last)) /* one may pass through what one may not list */
			return 0;
		return no_watch(w, path);
	}
	if (w->next.count >= w->dirs_max) {
		(void)snprintf(w->why, sizeof(w->why),
			       "'%s' is one directory more than the %u of max-directories", path,
			       w->dirs_max);
		return -ENOSPC;
	}
	dir = add_member(&w->next, path);
	if (dir == NULL)
		return refuse(w, -ENOMEM, "cannot watch directory", path);
	dir->wd = wd;
	dir->pattern = (uint16_t)pattern;
	dir->level = (uint16_t)level;
	dir->last = last;
	known = find_dir(&w->now, dir);
	if (!last || w->now.fd < 0 || (known != NULL && !known->fresh))
		return 0;
	if (known != NULL)
		known->fresh = false; /* this look sees it */
	return note_contents(w, dir);
}

/* Watch all directories below the one that was added last, those of further down behind them. */
static int add_below(struct watching *w, unsigned pattern, unsigned level)
{
	uint32_t at = w->next.count - 1;
	struct dirent *entry;
	char path[PATH_MAX];
	struct stat st;
	DIR *names;
	int r = 0;

	for (; at < w->next.count && r == 0; at++) {
		w->next.dirs[at].deep = true;
		names = opendir(w->next.dirs[at].path);
		while (names != NULL && r == 0 && (entry = readdir(names)) != NULL) {
			if (entry->d_name[0] == '.' ||
			    (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
				continue;
			if (snprintf(path, sizeof(path), "%s/%s",
				     w->next.dirs[at].path[1] ? w->next.dirs[at].path : "",
				     entry->d_name) < (int)sizeof(path) &&
			    lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
				r = add_dir(w, path, pattern, level, level + 1);
		}
		if (names != NULL)
			(void)closedir(names);
	}
	return r;
}

/* One that was found; with `deep` all that is below it, too. */
static int add_found(struct watching *w, const char *path, unsigned pattern, unsigned level,
		     bool deep)
{
	uint32_t before = w->next.count;
	int r;

	if (!deep)
		return add_dir(w, path, pattern, level, pattern_count(w->patterns[pattern]));
	r = add_dir(w, path, pattern, level + 1, level + 2);
	return r == 0 && w->next.count > before ? add_below(w, pattern, level + 1) : r;
}

/* All directories that the first `level` components match.  1: at **, there is no further level. */
static int look_level(struct watching *w, unsigned pattern, unsigned level)
{
	char prefix[PATH_MAX + 1] = "/";
	const char *from = w->patterns[pattern] + 1, *here;
	size_t len = pattern_component(w->patterns[pattern], level, &here), i;
	bool deep = pattern_any_depth(here, len);
	glob_t found = {0};
	int r = 0;

	if (level > 0) {
		len = pattern_component(w->patterns[pattern], level - 1, &from);
		len = (size_t)(from + len - w->patterns[pattern]);
		memcpy(prefix, w->patterns[pattern], len);
		prefix[len] = '\0';
	}
	switch (glob(prefix, GLOB_NOSORT, NULL, &found)) {
	case 0:
		for (i = 0; i < found.gl_pathc && r == 0; i++)
			r = add_found(w, found.gl_pathv[i], pattern, level, deep);
		break;
	case GLOB_NOSPACE:
		r = refuse(w, -ENOMEM, "cannot look for", prefix);
		break;
	default:
		break; /* none is there */
	}
	globfree(&found);
	return r == 0 && deep ? 1 : r;
}

void watching_look(void *watching)
{
	struct watching *w = watching;
	unsigned i, level, levels;

	w->stale = false;
	view_close(&w->next);
	w->next.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->error = w->next.fd < 0 ? refuse(w, -errno, "no inotify for", w->patterns[0]) : 0;
	for (i = 0; i < w->pattern_count; i++) {
		levels = pattern_count(w->patterns[i]);
		for (level = 0; level <= levels && w->error == 0; level++)
			w->error = look_level(w, i, level);
		w->error = w->error > 0 ? 0 : w->error;
	}
	if (w->error == 0 && sort_view(&w->next) < 0)
		w->error = refuse(w, -ENOMEM, "cannot watch", w->patterns[0]);
	if (w->error < 0)
		view_close(&w->next);
}

/* ---- events ---------------------------------------------------------------------------------- */

static unsigned changes_of(uint32_t mask)
{
	return (mask & (IN_CREATE | IN_MOVED_TO) ? WATCHING_CREATED : 0) |
	       (mask & (IN_CLOSE_WRITE | IN_MOVED_TO) ? WATCHING_CHANGED : 0) |
	       (mask & (IN_DELETE | IN_MOVED_FROM) ? WATCHING_DELETED : 0);
}

/* A name in a directory: what the pattern is about, or on the way to it. */
static void take_name(struct watching *w, const struct watching_dir *dir, const char *name,
		      uint32_t mask)
{
	char path[PATH_MAX + NAME_MAX + 2];

	if (dir->deep && (mask & IN_ISDIR) && name[0] != '.')
		w->stale = true;
	if (!pattern_matches(w->patterns[dir->pattern], dir->level, name))
		return;
	if (!dir->last || (mask & IN_ISDIR))
		w->stale = w->stale || (mask & WAY) != 0;
	if (!dir->last)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", dir->path[1] ? dir->path : "", name);
	w->fn(w->ctx, path, changes_of(mask));
}

static void take_event(struct watching *w, const struct inotify_event *event)
{
	struct watching_dir *dir;
	uint32_t i;

	if (event->mask & IN_Q_OVERFLOW) {
		w->stale = true;
		w->fn(w->ctx, "", WATCHING_LOST);
		return;
	}
	i = (uint32_t)event->wd < w->now.first_count ? w->now.first[event->wd] : 0;
	for (; i > 0; i = dir->next) {
		dir = &w->now.dirs[i - 1];
		if (event->len == 0) /* IN_IGNORED: what it tells, the one above it does, too */
			dir->fresh = true;
		else
			take_name(w, dir, event->name, event->mask);
	}
}

void watching_hear(struct watching *w)
{
	char events[EVENTS_BYTES] __attribute__((aligned(8)));
	const struct inotify_event *event;
	const char *at;
	ssize_t n;

	while ((n = read(w->now.fd, events, sizeof(events))) > 0 || (n < 0 && errno == EINTR))
		for (at = events; n > 0 && at < events + n; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(const void *)at;
			take_event(w, event);
		}
}

/* A directory that was found under the name of one that had gone by then is looked at again. */
static void carry_fresh(struct watching *w)
{
	const struct watching_dir *was;
	uint32_t i;

	w->stale = false; /* all else that was heard, the look has seen */
	for (i = 0; i < w->next.count; i++) {
		was = find_dir(&w->now, &w->next.dirs[i]);
		w->next.dirs[i].fresh = was != NULL && was->fresh && was->last;
		w->stale = w->stale || w->next.dirs[i].fresh;
	}
}

int watching_take(struct watching *w)
{
	uint32_t i;

	if (w->error < 0)
		return w->error;
	if (w->now.fd >= 0) {
		watching_hear(w);
		carry_fresh(w);
	}
	view_close(&w->now);
	w->now = w->next;
	w->next = (struct watching_view){.fd = -1};
	w->fd = w->now.fd;
	for (i = 0; i < w->appeared_count; i++) {
		w->fn(w->ctx, w->appeared[i], WATCHING_CREATED | WATCHING_CHANGED);
		free(w->appeared[i]);
	}
	w->appeared_count = 0;
	return 0;
}

uint32_t watching_wait_ms(struct watching *w, uint64_t now_ns, bool happened, uint32_t settle_ms)
{
	uint64_t left;

	if (!happened) {
		w->settled_by_ns = 0;
		return AIOT_FOREVER;
	}
	if (w->settled_by_ns == 0)
		w->settled_by_ns = now_ns + SETTLES_MAX * settle_ms * NS_PER_MS;
	if (now_ns >= w->settled_by_ns)
		return 0;
	left = (w->settled_by_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
	return left < settle_ms ? (uint32_t)left : settle_ms;
}

bool watching_settled(const struct watching *w, uint64_t now_ns, int waited)
{
	if (w->settled_by_ns == 0)
		return false;
	return now_ns >= w->settled_by_ns || (waited == -AIOT_ETIMEDOUT && !w->stale);
}

void watching_init(struct watching *w, watching_fn *fn, void *ctx)
{
	*w = (struct watching){
		.fn = fn, .ctx = ctx, .fd = -1, .dirs_max = 1024, .now.fd = -1, .next.fd = -1};
}

void watching_finish(struct watching *w)
{
	uint32_t i;

	for (i = 0; i < w->pattern_count; i++)
		free(w->patterns[i]);
	for (i = 0; i < w->appeared_count; i++)
		free(w->appeared[i]);
	free(w->appeared);
	view_close(&w->now);
	view_close(&w->next);
	watching_init(w, w->fn, w->ctx);
}
