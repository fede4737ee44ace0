/*
 * watcher-dog.c - see watcher-dog.h.  Called by watcher.c.  Anything that can be written to may
 * stand in for the device: it gets a letter for each feeding, and a V for the end.  Host only.
 */
#include "watcher-dog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FOOD "."
#define MAGIC_END "V" /* what its driver takes for an end that is meant */

static int put_letter(const struct dog *dog, const char *letter)
{
	ssize_t n;

	do
		n = write(dog->fd, letter, 1);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -EIO : 0;
}

static void set_timeout(struct aiot_task *t, struct dog *dog, const char *path, uint32_t timeout_s)
{
	int seconds = (int)timeout_s;

	if (timeout_s > 0 && ioctl(dog->fd, WDIOC_SETTIMEOUT, &seconds) < 0)
		aiot_warn(t, "watchdog %s: its time-out cannot be set to %u s: %s; going on", path,
			  (unsigned)timeout_s, strerror(errno));
	if (ioctl(dog->fd, WDIOC_GETTIMEOUT, &seconds) == 0 && seconds > 0)
		dog->timeout_s = (uint32_t)seconds;
	else
		dog->timeout_s = timeout_s;
}

int dog_open(struct aiot_task *t, struct dog *dog, const char *path, uint32_t timeout_s)
{
	/* A FIFO that nobody reads does not block that way; the device does not care. */
	dog->fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (dog->fd < 0)
		return -errno;
	dog->starves = false;
	set_timeout(t, dog, path, timeout_s);
	return 0;
}

int dog_feed(struct aiot_task *t, struct dog *dog)
{
	int r = put_letter(dog, FOOD);

	if (r < 0 && !dog->starves)
		aiot_error(t, "the watchdog cannot be fed: %s", strerror(-r));
	dog->starves = r < 0;
	return r;
}

void dog_close(struct dog *dog, bool calm)
{
	if (dog->fd < 0)
		return;
	if (calm)
		(void)put_letter(dog, MAGIC_END);
	(void)close(dog->fd);
	dog->fd = -1;
}
