/*
 * ringfile.c - opens the file in which the log ring lives, and falls back to memory.
 *
 * Called by the runtime at start (open) and at the very end (close).  All of the file is allocated
 * before it is mapped: a store to a mapped hole of a full disk would be a SIGBUS.  Never logs,
 * never touches a file that may be someone else's, and never removes the file.
 */
#include "ringfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"

/* Set the sentence: "'DIR/log.ring': reason".  A long directory is cut, never the reason. */
__attribute__((format(printf, 3, 4))) static void ringfile_say(struct aiot_ringfile *f,
							       const char *dir, const char *fmt,
							       ...)
{
	va_list ap;
	int len;

	len = snprintf(f->why, sizeof(f->why), "'%.120s/%s': ", dir, AIOT_RINGFILE_NAME);
	va_start(ap, fmt);
	(void)vsnprintf(f->why + len, sizeof(f->why) - (size_t)len, fmt, ap);
	va_end(ap);
}

static int ringfile_fail(struct aiot_ringfile *f, const char *dir, const char *what, int error)
{
	ringfile_say(f, dir, "%s: %s", what, strerror(error));
	return -error;
}

/* O_NONBLOCK: not to hang on a device that is named like the log. */
static int ringfile_open_fd(struct aiot_ringfile *f, const char *dir)
{
	int dir_fd, error;

	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return ringfile_fail(f, dir, "cannot open the directory", errno);
	f->fd = openat(dir_fd, AIOT_RINGFILE_NAME,
		       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0640);
	error = errno;
	(void)close(dir_fd);
	if (f->fd >= 0)
		return 0;
	if (error == ELOOP) {
		ringfile_say(f, dir, "is a symbolic link, not following it");
		return -error;
	}
	return ringfile_fail(f, dir, "cannot open", error);
}

/* Is it a file that nobody but us can have made or can write to? */
static int ringfile_check(struct aiot_ringfile *f, const char *dir, struct stat *ret_st)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return ringfile_fail(f, dir, "cannot stat", errno);
	if (!S_ISREG(st.st_mode)) {
		ringfile_say(f, dir, "is not a regular file");
	} else if (st.st_uid != geteuid()) {
		ringfile_say(f, dir, "belongs to user %lu, not to us", (unsigned long)st.st_uid);
	} else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		ringfile_say(f, dir, "is writable by others (mode %03o)",
			     (unsigned)st.st_mode & 0777);
	} else {
		*ret_st = st;
		return 0;
	}
	return -AIOT_EPERM;
}

static int ringfile_lock(struct aiot_ringfile *f, const char *dir)
{
	if (flock(f->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return ringfile_fail(f, dir, "cannot lock", errno);
	f->busy = true;
	ringfile_say(f, dir, "is in use by another daemon");
	return -AIOT_EBUSY;
}

/* Make the file `size` bytes without a hole.  Where that fails it is as long as before. */
static int ringfile_allocate(struct aiot_ringfile *f, const char *dir, size_t size, off_t old_size)
{
	int error;

	if (old_size > (off_t)size && ftruncate(f->fd, (off_t)size) < 0)
		return ringfile_fail(f, dir, "cannot shorten", errno);
	do {
		error = posix_fallocate(f->fd, 0, (off_t)size);
	} while (error == EINTR);
	if (error == 0)
		return 0;
	if (old_size < (off_t)size)
		(void)ftruncate(f->fd, old_size);
	ringfile_say(f, dir, "cannot allocate %zu bytes: %s", size, strerror(error));
	return -error;
}

static int ringfile_map(struct aiot_ringfile *f, size_t size, int flags)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, f->fd, 0);

	if (mem == MAP_FAILED)
		return -errno;
	f->mem = mem;
	f->size = size;
	return 0;
}

/*
 * The records are gone, but not what a crash has just left: it says whom not to start.  Whoever
 * reads that slot knows what is none.
 */
static int ringfile_begin_anew(struct aiot_ringfile *f)
{
	char crash[AIOT_RING_CRASH_SIZE];
	int r;

	memcpy(crash, aiot_ring_crash_bytes(f->mem), sizeof(crash));
	r = aiot_ring_format(&f->ring, f->mem, f->size);
	if (r == 0)
		memcpy(aiot_ring_crash_slot(&f->ring), crash, sizeof(crash));
	return r;
}

/* Go on with the records in the file, or begin anew and say so unless the file is new too. */
static int ringfile_attach(struct aiot_ringfile *f, const char *dir, off_t old_size)
{
	size_t dropped = 0;
	int r = aiot_ring_attach(&f->ring, f->mem, f->size, &dropped);

	if (r == 0) {
		if (dropped > 0)
			ringfile_say(f, dir, "was damaged, %zu bytes are lost", dropped);
		return 0;
	}
	if (old_size != 0 && old_size != (off_t)f->size)
		ringfile_say(f, dir, "had %lld bytes instead of %zu, beginning a new log",
			     (long long)old_size, f->size);
	else if (r == -AIOT_EBADMSG)
		ringfile_say(f, dir, "has a damaged header, beginning a new log");
	else if (old_size != 0)
		ringfile_say(f, dir, "is not a log of this version, beginning a new one");
	return ringfile_begin_anew(f);
}

static int ringfile_open_file(struct aiot_ringfile *f, const char *dir, size_t size)
{
	struct stat st;
	int r = ringfile_open_fd(f, dir);

	if (r < 0)
		return r;
	r = ringfile_check(f, dir, &st);
	if (r < 0)
		return r;
	r = ringfile_lock(f, dir);
	if (r < 0)
		return r;
	/* Only the holder of the lock may ask for the size: another one may be changing it. */
	if (fstat(f->fd, &st) < 0)
		return ringfile_fail(f, dir, "cannot stat", errno);
	r = ringfile_allocate(f, dir, size, st.st_size);
	if (r < 0)
		return r;
	r = ringfile_map(f, size, MAP_SHARED);
	if (r < 0)
		return ringfile_fail(f, dir, "cannot map", -r);
	return ringfile_attach(f, dir, st.st_size);
}

/* What is held goes; the sentence stays. */
static void ringfile_release(struct aiot_ringfile *f)
{
	if (f->mem != NULL)
		(void)munmap(f->mem, f->size);
	if (f->fd >= 0)
		(void)close(f->fd);
	f->mem = NULL;
	f->fd = -1;
}

int aiot_ringfile_open(struct aiot_ringfile *f, const char *dir, size_t size)
{
	int r;

	memset(f, 0, sizeof(*f));
	if (size < AIOT_RING_MIN_SIZE || size > AIOT_RING_MAX_SIZE)
		return -AIOT_EINVAL;
	f->fd = -1;
	if (dir != NULL && ringfile_open_file(f, dir, size) == 0)
		return 0;
	ringfile_release(f);
	f->in_memory = true;
	r = ringfile_map(f, size, MAP_PRIVATE | MAP_ANONYMOUS);
	if (r < 0) {
		memset(f, 0, sizeof(*f));
		return -AIOT_ENOMEM;
	}
	return aiot_ring_format(&f->ring, f->mem, size);
}

void aiot_ringfile_close(struct aiot_ringfile *f)
{
	if (f == NULL || f->mem == NULL)
		return;
	ringfile_release(f);
	memset(f, 0, sizeof(*f));
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* 32 lower-case hexadecimal digits with dashes between. */
static int boot_id_parse(const char *text, size_t len, uint8_t ret[16])
{
	uint8_t id[16] = {0};
	size_t digits = 0;
	int value;

	for (size_t i = 0; i < len && digits < 32; i++) {
		if (text[i] == '-')
			continue;
		value = hex_value(text[i]);
		if (value < 0)
			return -AIOT_EBADMSG;
		id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | value);
		digits++;
	}
	if (digits < 32)
		return -AIOT_EBADMSG;
	memcpy(ret, id, sizeof(id));
	return 0;
}

int aiot_boot_id(uint8_t ret[16])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t len;
	int r;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text));
	r = len < 0 ? -errno : boot_id_parse(text, (size_t)len, ret);
	(void)close(fd);
	return r;
}
