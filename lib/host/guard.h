/*
 * guard.h - what a host guards itself with against its services: who watches the loop for steps
 * that block it, the record of a crash, and a count of open files.
 */
#ifndef AIOT_GUARD_H
#define AIOT_GUARD_H

#include <uv.h>

#include "core.h"
#include "fdwatch.h"
#include "stallwatch.h"

struct aiot_host;

#define AIOT_GUARD_REPORTS 8

struct aiot_guard {
	struct aiot_stallwatch watch;
	/* what the watching thread has to say, under lock, until the loop logs it */
	pthread_mutex_t lock;
	struct aiot_guard_report {
		char name[AIOT_NAME_MAX + 1], text[320];
	} reports[AIOT_GUARD_REPORTS];
	unsigned count, lost;
	uv_async_t wake;
	uv_timer_t files_timer;
	struct aiot_fdwatch files;
	enum aiot_fd_verdict files_told;
	uint32_t warn_ms, abort_ms;
	bool wakes, counts; /* which of the handles there are */
	bool crashes;	    /* asked for */
	/* the program's, called on the watching thread; NULL: nobody is told at once */
	void (*stalled)(void *arg, const char *text);
};

/* Before anything else can crash; the record of the last run is read, and told. */
void aiot_guard_open(struct aiot_host *host);
/* The loop is there: watch it. */
void aiot_guard_begin(struct aiot_host *host);
/* Other limits, from now on. */
void aiot_guard_limit(struct aiot_host *host, uint32_t warn_ms, uint32_t abort_ms);
/* The loop is to be closed; what services still do is watched on.  close is called for each handle.
 */
void aiot_guard_end(struct aiot_host *host, void (*close)(uv_handle_t *handle));
/* Nothing is watched and noted any more; signals are still caught, while services end. */
void aiot_guard_finish(struct aiot_host *host);
/* Members of the info command's object. */
void aiot_guard_info(struct aiot_host *host, struct aiot_json_out *json);

#endif
