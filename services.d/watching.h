/*
 * watching.h - hears of files that come, change and go, by patterns of their paths.  Host only
 * (Linux's inotify).
 *
 * Called by services that watch files (files, unittest), in this order:
 *	watching_init(w); watching_add(w, PATTERN) for each of them
 *	watching_look(w) in a thread, watching_take(w), then wait for w->fd and watching_hear(w);
 *	as long as w->stale says so, look and take again
 *	watching_finish(w)
 * It never waits, but looking reads directories.  Directories need not be there yet, and may come
 * and go: all those on the way to a pattern are watched, too.
 */
#ifndef SERVICES_WATCHING_H
#define SERVICES_WATCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCHING_PATTERNS_MAX 256u
#define WATCHING_DIRS_MOST 16384u /* for dirs_max */
#define WATCHING_WHY_BYTES 320

enum watching_change {
	WATCHING_CREATED = 1,
	WATCHING_CHANGED = 2, /* written and closed, or replaced */
	WATCHING_DELETED = 4,
	WATCHING_LOST = 8, /* more happened than could be told; path is "" */
};

/* Told of a change; `changes` is a set, path the caller's only within the call. */
typedef void watching_fn(void *ctx, const char *path, unsigned changes);

/* All directories that are watched, by one descriptor. */
struct watching_view {
	int fd;
	uint32_t count, size;
	struct watching_dir *dirs; /* by inode, once the look is over */
	uint32_t *first;	   /* of each watch's directories; its number + 1, 0: none */
	uint32_t first_count;
};

struct watching {
	watching_fn *fn;
	void *ctx;
	uint32_t dirs_max;	/* more directories are an error; watching_init() says 1024 */
	int fd;			/* to wait for; -1: none yet */
	bool stale;		/* directories have come or gone: look */
	uint64_t settled_by_ns; /* private; 0: nothing has happened that counts */
	/* private, but for pattern_count, and now.count: directories that are watched */
	uint32_t pattern_count;
	char *patterns[WATCHING_PATTERNS_MAX];
	struct watching_view now, next;
	uint32_t appeared_count, appeared_size; /* files that came with their directory */
	char **appeared;
	int error;		      /* of the last look, a negative errno */
	char why[WATCHING_WHY_BYTES]; /* a sentence */
};

void watching_init(struct watching *w, watching_fn *fn, void *ctx);
void watching_finish(struct watching *w);

/*
 * Watch what matches: an absolute path, with * ? [ ] within its components.  What is a directory,
 * or ends with a slash, stands for what is in it.  The component ** stands for any number of
 * directories, none as well, but for hidden ones and links; it is the last one (all that is below)
 * or the one before (names that match, in all that is below).  NULL, or what is wrong with it.
 */
const char *watching_add(struct watching *w, const char *pattern);
/*
 * The same for an option's list.  NULL, or a sentence in `wrong`.
 */
const char *watching_add_list(struct watching *w, const char *option, const char *list, char *wrong,
			      size_t size);

/* Find all directories and watch them; a struct watching *, what aiot_work() calls. */
void watching_look(void *w);
/*
 * Take over what was found, telling of what has come with it.  0, or a negative errno with words in
 * w->why.
 */
int watching_take(struct watching *w);
/* Tell of all that has happened. */
void watching_hear(struct watching *w);

/*
 * What happens close together is told together.  How long to wait for fd, in ms for
 * aiot_fd_wait(): for ever as long as nothing that counts has happened, else until nothing more
 * has for settle_ms, or ten times as long where it does not end.
 */
uint32_t watching_wait_ms(struct watching *w, uint64_t now_ns, bool happened, uint32_t settle_ms);
/* Behind that wait and watching_hear(), with what aiot_waited() says: whether it is to be told. */
bool watching_settled(const struct watching *w, uint64_t now_ns, int waited);

#endif
