/*
 * service-calls.h - for the tests of commands about services: a host on its loop that is asked, as
 * a client would, and a service that loads.
 */
#ifndef AIOT_SERVICE_CALLS_H
#define AIOT_SERVICE_CALLS_H

#include "ask.h"
#include "host-part.h"
#include "host-stage.h"

#define GOOD "[Service]\nModule = good\n"

static inline void begin(const char *verb, const char *params, bool more)
{
	call_begin(&host->commands, verb, params, more);
}

/* Until it is answered. */
static inline enum aiot_call_result ask(const char *verb, const char *params)
{
	enum aiot_call_result r;

	begin(verb, params, false);
	while ((r = call_step()) == AIOT_CALL_WAIT)
		assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
	return r;
}

#endif
