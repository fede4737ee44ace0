/*
 * keep.c - see keep.h.
 *
 * Called by the handlers of commands that write files, and at the end.  The thread touches the
 * order and its result only, and both belong to it until the loop hears that it is through.
 */
#include "keep.h"

#include <stdio.h>
#include <string.h>

#include "callout.h"
#include "host.h"
#include "mem.h"

#define RESULTS 64 /* as many as there are clients */

struct aiot_keep {
	struct aiot_host *host;
	uv_work_t work;
	bool busy;
	void (*finished)(struct aiot_host *host);
	uint64_t last_ticket;
	/* the order under way */
	struct aiot_keep_order order;
	char dirs[AIOT_KEEP_DIRS][AIOT_KEEP_PATH], name[128];
	struct aiot_keep_result result;
	struct aiot_keep_result results[RESULTS]; /* by ticket */
};

bool aiot_keep_busy(const struct aiot_host *host)
{
	return host->keep != NULL && host->keep->busy;
}

const struct aiot_keep_result *aiot_keep_result(const struct aiot_host *host, uint64_t ticket)
{
	static const struct aiot_keep_result forgotten = {
		.code = -AIOT_EIO, .why = "it was written so long ago that nobody knows how"};
	const struct aiot_keep_result *r;

	if (host->keep == NULL || (host->keep->busy && host->keep->result.ticket == ticket))
		return NULL;
	r = &host->keep->results[ticket % RESULTS];
	return r->ticket == ticket ? r : &forgotten;
}

/* ---- on a thread ---- */

static void write_order(uv_work_t *work)
{
	struct aiot_keep *k = work->data;

	aiot_keep_save(&k->order, &k->result);
}

/* ---- on the loop ---- */

/* In the runtime directory, where that is not the state directory as well. */
static bool until_boot(const struct aiot_host *host, const char *path)
{
	const char *dir = host->runtime_dir;
	size_t len = dir ? strlen(dir) : 0;

	if (len == 0 || (host->state_home != NULL && strcmp(host->state_home, dir) == 0))
		return false;
	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

static void written(uv_work_t *work, int status)
{
	struct aiot_keep *k = work->data;
	struct aiot_host *host = k->host;

	(void)status; /* nobody cancels it */
	k->result.until_boot = k->result.code == 0 && until_boot(host, k->result.path);
	aiot_mem_free(k->order.bytes);
	k->order.bytes = NULL;
	k->results[k->result.ticket % RESULTS] = k->result;
	k->busy = false;
	if (k->order.done != NULL)
		k->order.done(host, k->order.arg, &k->result);
	if (k->finished != NULL) {
		k->finished(host);
		return;
	}
	if (host->server != NULL)
		aiot_server_poke(host->server);
	aiot_callouts_poke(&host->core);
	aiot_loop_wake(host);
}

/* The caller may go; only the bytes are handed over. */
static int copy_order(struct aiot_keep *k, const struct aiot_keep_order *order)
{
	unsigned i;

	k->order = *order;
	for (i = 0; i < AIOT_KEEP_DIRS && order->dirs[i] != NULL; i++) {
		if (snprintf(k->dirs[i], sizeof(k->dirs[i]), "%s", order->dirs[i]) >=
		    (int)(sizeof(k->dirs[i]) - sizeof(k->name)))
			return -AIOT_ENAMETOOLONG;
		k->order.dirs[i] = k->dirs[i];
	}
	if (snprintf(k->name, sizeof(k->name), "%s", order->name) >= (int)sizeof(k->name))
		return -AIOT_ENAMETOOLONG;
	k->order.name = k->name;
	return 0;
}

int aiot_keep_write(struct aiot_host *host, const struct aiot_keep_order *order,
		    uint64_t *ret_ticket)
{
	struct aiot_keep *k = host->keep ? host->keep : aiot_mem_zalloc(sizeof(*k));
	int r = k ? copy_order(k, order) : -AIOT_ENOMEM;

	host->keep = k;
	if (r < 0) {
		aiot_mem_free(order->bytes);
		return r;
	}
	k->host = host;
	k->result = (struct aiot_keep_result){.ticket = ++k->last_ticket};
	k->busy = true;
	k->work.data = k;
	(void)uv_queue_work(host->loop, &k->work, write_order, written);
	*ret_ticket = k->last_ticket;
	return 0;
}

void aiot_keep_finish(struct aiot_host *host, void (*done)(struct aiot_host *host))
{
	if (aiot_keep_busy(host))
		host->keep->finished = done;
	else
		done(host);
}

void aiot_keep_free(struct aiot_host *host)
{
	aiot_mem_free(host->keep);
	host->keep = NULL;
}
