/*
 * module-copy.c - see module-copy.h.  Called by modules.c before it opens a file.
 *
 * A module that is overwritten while it runs is a crash: its pages are the file's.  So what is
 * opened is a sealed copy in memory.  The dynamic linker knows objects by the name that they were
 * opened by, and gives out an old one for a name that it has seen; the number of a descriptor comes
 * again, so copies are told apart by how many dots and slashes lead to it.
 */
#define _GNU_SOURCE /* memfd_create, F_ADD_SEALS */

#include "module-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"

/* ---- marking ---- */

#define HASH_START 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u

/* FNV-1a over words, folded so that high bits count as well; nobody forges what only he can write.
 */
static uint64_t hash_bytes(const unsigned char *bytes, size_t len)
{
	uint64_t hash = HASH_START, word;
	size_t i;

	for (i = 0; i < len; i += sizeof(word)) {
		size_t n = len - i < sizeof(word) ? len - i : sizeof(word);

		word = 0;
		memcpy(&word, bytes + i, n);
		hash = (hash ^ word) * HASH_PRIME;
		hash ^= hash >> 32;
	}
	return hash;
}

/* By reading: a file that is cut while it is mapped would be a SIGBUS. */
int aiot_module_mark(int fd, struct aiot_module_mark *ret)
{
	unsigned char block[16384];
	struct aiot_module_mark mark = {HASH_START, 0};
	ssize_t n;

	while ((n = pread(fd, block, sizeof(block), (off_t)mark.bytes)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		mark.hash = (mark.hash ^ hash_bytes(block, (size_t)n)) * HASH_PRIME;
		mark.bytes += (uint64_t)n;
	}
	*ret = mark;
	return 0;
}

/* ---- copying ---- */

/* "/proc/self/fd", the bits of the copy's inode, which is its own as long as it is mapped, "/7" */
static void name_copy(struct aiot_module_copy *copy)
{
	struct stat st = {0};
	struct aiot_out out;
	uint64_t n;

	(void)fstat(copy->fd, &st);
	aiot_out_init(&out, copy->name, sizeof(copy->name));
	aiot_out_text(&out, "/proc/self/fd");
	for (n = st.st_ino; n > 0; n >>= 1)
		aiot_out_text(&out, n & 1 ? "/." : "/");
	aiot_format(&out, "/%d", copy->fd);
	(void)aiot_out_str(&out);
}

static int fill(int to, int from, uint64_t bytes)
{
	off_t at = 0;

	while ((uint64_t)at < bytes) {
		ssize_t n = sendfile(to, from, &at, (size_t)(bytes - (uint64_t)at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

/* Behind this not even its owner changes it. */
static int seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0
		       ? -errno
		       : 0;
}

/* In /proc/PID/maps it is called as the file is, as far as there is room. */
static int open_copy(int fd, const char *path, uint64_t bytes)
{
	size_t len = strlen(path), max = 200;
	int copy =
		memfd_create(path + (len > max ? len - max : 0), MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = copy < 0 ? -errno : fill(copy, fd, bytes);

	if (r == 0)
		r = seal(copy);
	if (r == 0)
		return copy;
	if (copy >= 0)
		(void)close(copy);
	return r;
}

int aiot_module_copy(int fd, const char *path, struct aiot_module_copy *ret, struct aiot_out *why)
{
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	ret->fd = r < 0 ? r : open_copy(fd, path, (uint64_t)st.st_size);
	ret->why[0] = '\0';
	if (ret->fd < 0)
		(void)aiot_format_to(ret->why, sizeof(ret->why), "no copy of it in memory: %s",
				     strerror(-ret->fd));
	else
		name_copy(ret);
	if (r == 0)
		r = aiot_module_mark(ret->fd < 0 ? fd : ret->fd, &ret->mark);
	if (ret->fd < 0)
		ret->fd = -1;
	if (r == 0)
		return 0;
	aiot_format(why, "%s: cannot be read: %s", path, strerror(-r));
	aiot_module_copy_finish(ret);
	return -AIOT_EIO;
}

void aiot_module_copy_finish(struct aiot_module_copy *copy)
{
	if (copy->fd >= 0)
		(void)close(copy->fd);
	copy->fd = -1;
}
