/*
 * keep.c - see keep.h.
 *
 * Called by the handlers of commands that write files, and at the end.  The thread touches the
 * order and its result only, and both belong to it until the loop hears that it is through.
 */
#include "keep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "callout.h"
#include "host.h"
#include "mem.h"
#include "savefile.h"

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
	unsigned dir_count;
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

static int save_in(struct aiot_keep *k, unsigned i)
{
	char why[sizeof(k->result.why)] = "";
	size_t len = strlen(k->result.why);
	int r;

	(void)mkdir(k->dirs[i], 0755);
	r = aiot_savefile_mode(k->dirs[i], k->name, k->order.mode, k->order.bytes, k->order.len,
			       why, sizeof(why));
	if (r < 0)
		(void)snprintf(k->result.why + len, sizeof(k->result.why) - len, "%s%s",
			       len ? "; " : "", why);
	return r;
}

/* The copy that is read instead is brought up to date before, and removed after the first one. */
static void write_order(uv_work_t *work)
{
	struct aiot_keep *k = work->data;
	unsigned last = k->dir_count - 1, i, written = 0;
	bool shadowed = k->order.shadowed && last > 0;
	bool shadow = shadowed && save_in(k, last) == 0;
	int r = -AIOT_EIO;

	for (i = 0; i < k->dir_count && r < 0; i++) {
		r = shadow && i == last ? 0 : save_in(k, i);
		written = i;
	}
	k->result.code = r;
	(void)snprintf(k->result.path, sizeof(k->result.path), "%s/%s", k->dirs[written], k->name);
	if (r == 0 && shadowed && written < last) {
		char old[AIOT_KEEP_PATH + sizeof(k->name) + 1];

		(void)snprintf(old, sizeof(old), "%s/%s", k->dirs[last], k->name);
		(void)unlink(old);
	}
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
}

static int copy_names(struct aiot_keep *k, const struct aiot_keep_order *order)
{
	unsigned i;

	k->dir_count = 0;
	for (i = 0; i < AIOT_KEEP_DIRS && order->dirs[i] != NULL; i++) {
		if (snprintf(k->dirs[i], sizeof(k->dirs[i]), "%s", order->dirs[i]) >=
		    (int)(sizeof(k->dirs[i]) - sizeof(k->name)))
			return -AIOT_ENAMETOOLONG;
		k->dir_count++;
	}
	if (snprintf(k->name, sizeof(k->name), "%s", order->name) >= (int)sizeof(k->name))
		return -AIOT_ENAMETOOLONG;
	return 0;
}

int aiot_keep_write(struct aiot_host *host, const struct aiot_keep_order *order,
		    uint64_t *ret_ticket)
{
	struct aiot_keep *k = host->keep ? host->keep : aiot_mem_zalloc(sizeof(*k));
	int r = k ? copy_names(k, order) : -AIOT_ENOMEM;

	host->keep = k;
	if (r < 0) {
		aiot_mem_free(order->bytes);
		return r;
	}
	k->host = host;
	k->order = *order;
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
