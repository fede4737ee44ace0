/*
 * fdwatch.c - see fdwatch.h.  Called by guard.c, once a minute and for info.
 */
#include "fdwatch.h"

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>

#include "aiotools.h"

static uint32_t lowest(const struct aiot_fdwatch *w, uint32_t from)
{
	uint32_t least = UINT32_MAX, i;

	for (i = from; i < from + AIOT_FDWATCH_SPAN; i++) {
		if (w->sample[i % AIOT_FDWATCH_SAMPLES] < least)
			least = w->sample[i % AIOT_FDWATCH_SAMPLES];
	}
	return least;
}

void aiot_fdwatch_add(struct aiot_fdwatch *w, uint32_t open)
{
	uint32_t first, second, third;

	w->sample[w->count++ % AIOT_FDWATCH_SAMPLES] = open;
	w->growth = 0;
	if (w->count < AIOT_FDWATCH_SAMPLES)
		return;
	first = lowest(w, w->count);
	second = lowest(w, w->count + AIOT_FDWATCH_SPAN);
	third = lowest(w, w->count + 2 * AIOT_FDWATCH_SPAN);
	if (first < second && second < third && third - first >= AIOT_FDWATCH_GROWTH)
		w->growth = third - first;
}

enum aiot_fd_verdict aiot_fdwatch_verdict(const struct aiot_fdwatch *w, uint32_t open,
					  uint32_t limit)
{
	if (open > limit - limit / 4)
		return AIOT_FD_MANY;
	return w->growth > 0 ? AIOT_FD_GROWING : AIOT_FD_FINE;
}

int aiot_fd_count(uint32_t *ret_open, uint32_t *ret_limit)
{
	struct rlimit limit;
	uint32_t n = 0;
	DIR *d = opendir("/proc/self/fd");

	if (d == NULL && errno != EMFILE)
		return -errno;
	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	*ret_limit = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)limit.rlim_cur;
	/* "." and "..", and the one to look; none to look with: all are taken */
	*ret_open = d != NULL ? n - 3 : *ret_limit;
	return 0;
}
