/*
 * watcher-dog.h - a hardware watchdog of Linux's (/dev/watchdog): from its opening on it resets the
 * machine unless it is fed in time.  Of the service watcher.  Host only.
 */
#ifndef WATCHER_DOG_H
#define WATCHER_DOG_H

#include <stdbool.h>
#include <stdint.h>

#include <aiotools.h>

struct dog {
	int fd;		    /* -1: none is open */
	uint32_t timeout_s; /* as the driver says; 0: it does not */
	bool starves;	    /* the last feeding failed, and that was said */
};

/*
 * Open it and have it wait for timeout_s (0: as it is used to).  0, or a negative errno.  What only
 * the time-out lacks is logged, and gone on without.
 */
int dog_open(struct aiot_task *t, struct dog *dog, const char *path, uint32_t timeout_s);
/* 0, or a negative errno, which is logged the first time. */
int dog_feed(struct aiot_task *t, struct dog *dog);
/* calm: switch it off first, where the kernel allows that; else it waits on for whoever opens it
 * next. */
void dog_close(struct dog *dog, bool calm);

#endif
