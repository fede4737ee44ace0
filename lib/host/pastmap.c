/*
 * pastmap.c - see pastmap.h.
 *
 * Called by lastruns.c.  All of a mapped file is allocated before it is mapped: a store to a hole
 * of a full disk would be a SIGBUS.  Never changes a file that it reads; one that cannot be used is
 * renamed.
 */
#include "pastmap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"
#include "mem.h"
#include "savefile.h"
#include "trust.h"

#define FILE_MAX (256u << 20) /* a million tasks; nobody's file is longer */

/* ---- the mapped file ---- */

static int cannot(const char *dir, const char *name, const char *what, int error, char *why,
		  size_t why_size)
{
	(void)snprintf(why, why_size, "'%s/%s': %s: %s", dir, name, what, strerror(error));
	return -error;
}

static int path_to(const char *dir, const char *name, const char *end, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s%s", dir, name, end) < PATH_MAX ? 0
									      : -AIOT_ENAMETOOLONG;
}

/* The mapping keeps the file: its descriptor is not needed any more. */
static int map_file(int fd, size_t size, void **ret)
{
	int error;
	void *mem;

	do {
		error = posix_fallocate(fd, 0, (off_t)size);
	} while (error == EINTR);
	if (error != 0)
		return -error;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return -errno;
	*ret = mem;
	return 0;
}

int aiot_pastmap_create(struct aiot_pastmap *map, const char *dir, const char *name, uint32_t slots,
			char *why, size_t why_size)
{
	size_t size = aiot_pastfile_bytes(slots);
	char path[PATH_MAX];
	int fd, r = path_to(dir, name, ".new", path);
	void *mem = NULL;

	if (r < 0)
		return cannot(dir, name, "cannot be made", -r, why, why_size);
	(void)unlink(path); /* of a run that was killed */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return cannot(dir, name, "cannot be made", errno, why, why_size);
	r = map_file(fd, size, &mem);
	(void)close(fd);
	if (r < 0) {
		(void)unlink(path);
		return cannot(dir, name, "cannot allocate it", -r, why, why_size);
	}
	aiot_pastmap_close(map);
	aiot_pastfile_format(mem, slots);
	map->mem = mem;
	map->slots = slots;
	return 0;
}

int aiot_pastmap_settle(const char *dir, const char *name, char *why, size_t why_size)
{
	char from[PATH_MAX], to[PATH_MAX];
	int r = path_to(dir, name, ".new", from);

	if (r == 0)
		r = path_to(dir, name, "", to);
	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	return r < 0 ? cannot(dir, name, "cannot be replaced", -r, why, why_size) : 0;
}

void aiot_pastmap_close(struct aiot_pastmap *map)
{
	if (map->mem != NULL)
		(void)munmap(map->mem, aiot_pastfile_bytes(map->slots));
	map->mem = NULL;
	map->slots = 0;
}

/* ---- reading ---- */

static int read_all(int fd, char *bytes, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

/* All of an open file, which is closed; *ret is the caller's. */
static int slurp(int fd, char **ret, size_t *ret_len)
{
	struct stat st;
	char *bytes;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	if (r == 0 && st.st_size > (off_t)FILE_MAX)
		r = -EFBIG;
	bytes = r == 0 ? aiot_mem_alloc((size_t)st.st_size + 1) : NULL;
	if (r == 0 && bytes == NULL)
		r = -AIOT_ENOMEM;
	if (r == 0)
		r = read_all(fd, bytes, (size_t)st.st_size, ret_len);
	(void)close(fd);
	if (r < 0)
		aiot_mem_free(bytes);
	else
		*ret = bytes;
	return r;
}

static int read_slots(const char *path, const void *bytes, uint32_t slots, uint32_t lost,
		      aiot_past_fn *fn, void *ctx, char *why, size_t why_size)
{
	struct aiot_past_record record;
	char name[AIOT_NAME_MAX + 1];
	uint32_t i, damaged = 0;
	int r = 0;

	for (i = 0; r >= 0 && i < slots; i++) {
		if (aiot_pastfile_get(bytes, i, name, &record, &damaged) > 0)
			r = fn(ctx, name, &record);
	}
	if (r < 0)
		return r;
	if (lost > 0)
		(void)snprintf(why, why_size,
			       "'%s': is cut off, room for %u of %u records is lost%s", path, lost,
			       slots + lost, damaged ? ", and others are damaged" : "");
	else if (damaged > 0)
		(void)snprintf(why, why_size,
			       "'%s': %u damaged %s left out: those tasks may run again", path,
			       damaged, damaged == 1 ? "record is" : "records are");
	return 0;
}

static void set_aside(const char *path, const char *what, char *why, size_t why_size)
{
	bool aside = aiot_savefile_set_aside(path) == 0;

	(void)snprintf(why, why_size, "'%s': %s; beginning anew%s", path, what,
		       aside ? ", the old one is kept with .bad behind its name" : "");
}

/* What others may have written is not believed; the sentence says how to mend that. */
static void distrust(const char *path, const char *sentence, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "last runs are not read: %s", sentence);
	(void)aiot_savefile_set_aside(path);
}

int aiot_pastmap_read(const char *path, aiot_past_fn *fn, void *ctx, char *why, size_t why_size)
{
	uint32_t slots = 0, lost = 0;
	char sentence[1024];
	char *bytes = NULL;
	size_t len = 0;
	int fd = -1, r;

	why[0] = '\0';
	r = aiot_trust_open(path, &fd, sentence, sizeof(sentence));
	if (r == -AIOT_ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0) {
		distrust(path, sentence, why, why_size);
		return 0;
	}
	r = slurp(fd, &bytes, &len);
	if (r == -AIOT_ENOMEM)
		return r;
	if (r < 0) {
		set_aside(path, strerror(-r), why, why_size);
		return 0;
	}
	r = aiot_pastfile_check(bytes, len, &slots, &lost);
	if (r == 0)
		r = read_slots(path, bytes, slots, lost, fn, ctx, why, why_size);
	else
		set_aside(path,
			  r == -AIOT_EPROTO ? "is of another version of aiotools"
					    : "is no file of last runs, or its header is damaged",
			  why, why_size);
	aiot_mem_free(bytes);
	return r == -AIOT_EPROTO || r == -AIOT_EBADMSG ? 0 : r;
}
