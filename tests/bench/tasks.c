/*
 * tasks.c - hosts with tasks, as several rows need them.
 *
 * Called by the rows, in the process that a measurement has to itself.
 */
#include <aiotools-host.h>
#include <stdio.h>

#include "bench.h"

#define DAY_MS 86400000u

/* Without a struct of its own, so that what a task takes is the runtime's alone. */
struct nothing {
};

static enum aiot_co sleep_long(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct nothing, self);
	for (;;)
		AIOT_SLEEP_MS(t, DAY_MS);
	AIOT_END(t);
}

AIOT_SERVICE(sleeper, struct nothing, .info = "sleeps", .main = sleep_long);

struct aiot_host *bench_host(struct uv_loop_s *loop)
{
	struct aiot_host_options options = {.size = sizeof(options), .loop = loop, .name = "bench"};
	struct aiot_host *host;
	char why[512];

	if (aiot_host_create(&options, &host, why, sizeof(why)) == 0)
		return host;
	(void)bench_fail("no host: %s", why);
	return NULL;
}

void bench_name(uint32_t number, char ret[BENCH_NAME_BYTES])
{
	(void)snprintf(ret, BENCH_NAME_BYTES, "task%08u", number % 100000000u);
}

int bench_add_sleepers(struct aiot_host *host, uint32_t count)
{
	char name[BENCH_NAME_BYTES];
	uint32_t i;

	for (i = 0; i < count; i++) {
		bench_name(i, name);
		if (aiot_host_add_task(host, &aiot_service_sleeper, NULL, name, NULL, NULL) < 0)
			return bench_fail("%s: %s", name, aiot_host_error(host));
	}
	return 0;
}
