/*
 * watcher-beat.h - a LED that beats while the service watcher runs: slowly when all is well, fast
 * while tasks fail.  A kind of task of that service, its child.  Host only.
 */
#ifndef WATCHER_BEAT_H
#define WATCHER_BEAT_H

#include <stdbool.h>
#include <stdint.h>

#include <aiotools.h>

/* What the parent says; first in its struct. */
struct beat_orders {
	bool troubled; /* beat fast */
};

struct beat {
	const char *led, *sysfs;
	uint32_t beats;
	bool open;	     /* it is ours, and to be given back */
	char trigger[64];    /* that drove it before; "": none is known */
	char brightness[16]; /* it had */
	int code;
};

/* NULL, or what is wrong with these options, a sentence. */
const char *beat_options_wrong(const char *led, const char *sysfs);

enum aiot_co beat(struct aiot_task *t);

#define BEAT_OPTS                                                                                  \
	AIOT_OPT_STR(struct beat, led, "led", "", "name of the LED"),                              \
		AIOT_OPT_STR(struct beat, sysfs, "sysfs", "/sys/class", "where leds/ is")

#endif
