/*
 * setclock.c - preloaded into a daemon under test: its wall clock is the machine's plus what a file
 * says, and what tells it that the clock was set is a pipe that the test writes to.
 *
 * Only the program that it is loaded into sees another time; the machine's clock is left alone.
 *	AIOT_CLOCK_OFFSET   file of eight bytes: nanoseconds to add
 *	AIOT_CLOCK_PIPE     a FIFO: eight bytes in it stand for a cancelled timer
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SEEN __attribute__((visibility("default")))

/* What the headers call them where time is given 64 bits on a machine of 32. */
#if defined(_TIME_BITS) && defined(__TIMESIZE) && __TIMESIZE == 32
#define CLOCK_GETTIME "__clock_gettime64"
#define TIMERFD_SETTIME "__timerfd_settime64"
#else
#define CLOCK_GETTIME "clock_gettime"
#define TIMERFD_SETTIME "timerfd_settime"
#endif

static volatile int64_t *offset_ns;
static int pipe_fd = -1;

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void map_offset(void)
{
	const char *path = getenv("AIOT_CLOCK_OFFSET");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		offset_ns = at;
	(void)close(fd);
}

SEEN int clock_gettime(clockid_t clock, struct timespec *ts)
{
	static int (*next)(clockid_t clock, struct timespec * ts);
	int64_t ns;
	int r;

	if (next == NULL)
		*(void **)&next = real(CLOCK_GETTIME);
	r = next(clock, ts);
	if (r < 0 || clock != CLOCK_REALTIME || offset_ns == NULL)
		return r;
	ns = (int64_t)ts->tv_sec * 1000000000 + ts->tv_nsec + *offset_ns;
	ts->tv_sec = (time_t)(ns / 1000000000);
	ts->tv_nsec = (long)(ns % 1000000000);
	return r;
}

SEEN int timerfd_create(int clock, int flags)
{
	static int (*next)(int clock, int flags);
	const char *path = getenv("AIOT_CLOCK_PIPE");

	if (next == NULL)
		*(void **)&next = real("timerfd_create");
	if (clock != CLOCK_REALTIME || path == NULL)
		return next(clock, flags);
	pipe_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return pipe_fd;
}

SEEN int timerfd_settime(int fd, int flags, const struct itimerspec *at, struct itimerspec *was)
{
	static int (*next)(int fd, int flags, const struct itimerspec *at, struct itimerspec *was);

	if (next == NULL)
		*(void **)&next = real(TIMERFD_SETTIME);
	return fd >= 0 && fd == pipe_fd ? 0 : next(fd, flags, at, was);
}
