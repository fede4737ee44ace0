/*
 * service-fake-wait.h - service-fake.h with waits, results and a clock: for tests of services that
 * wait for something.  A wait returns at once to the test, which sees in fake_wait what is waited
 * for, says by fake_waited how it ends, and steps on.  Work in a thread is done on the spot.
 */
#ifndef SERVICE_FAKE_WAIT_H
#define SERVICE_FAKE_WAIT_H

#include <aiotools-posix.h>

#include "service-fake.h"

static struct fake_wait {
	const char *what; /* "fd", "work", "process", "call", "task", "event"; "": none yet */
	int fd;
	unsigned events;
	uint32_t timeout_ms;
	struct aiot_process *process;
	char name[256]; /* the task or method */
	char args[1024];
} fake_wait = {.what = ""};
static int fake_waited;
static uint64_t fake_now_ns;
static char fake_result[8192]; /* JSON; "" until there is one */

static inline void fake_reset(void)
{
	memset(&fake_wait, 0, sizeof(fake_wait));
	fake_wait.what = "";
	fake_waited = 0;
	fake_now_ns = 1000000000;
	fake_result[0] = '\0';
}

int aiot_waited(const struct aiot_task *t)
{
	(void)t;
	return fake_waited;
}

uint64_t aiot_now_ns(const struct aiot_task *t)
{
	(void)t;
	return fake_now_ns;
}

int aiot_result_json(struct aiot_task *t, const char *json)
{
	(void)t;
	(void)snprintf(fake_result, sizeof(fake_result), "%s", json);
	return 0;
}

int aiot_result_text(struct aiot_task *t, const char *text)
{
	(void)t;
	(void)snprintf(fake_result, sizeof(fake_result), "\"%s\"", text);
	return 0;
}

struct aiot_wait aiot_fd_wait(struct aiot_task *t, int fd, unsigned events, uint32_t timeout_ms)
{
	(void)t;
	fake_wait = (struct fake_wait){
		.what = "fd", .fd = fd, .events = events, .timeout_ms = timeout_ms};
	return (struct aiot_wait){1};
}

struct aiot_wait aiot_work(struct aiot_task *t, void (*fn)(void *arg), void *arg)
{
	(void)t;
	fake_wait = (struct fake_wait){.what = "work"};
	fn(arg);
	return (struct aiot_wait){1};
}

#endif
