/*
 * lastruns-save.c - the copy of the last runs in the state directory.
 *
 * Called by lastruns.c when something changed, by its timer, and at the end.  The bytes are made on
 * the loop and written on a thread of its pool, one file at a time.  While nothing runs nothing is
 * written.
 */
#include "lastruns-private.h"

#include <limits.h>
#include <string.h>

#include "host.h"
#include "mem.h"
#include "savefile.h"

static void save(struct aiot_host *host);

static void on_timer(uv_timer_t *timer)
{
	save(timer->data);
}

/* Not before the loop is there (begin), and not at the end. */
void aiot_lastruns_dirty(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;

	lr->dirty = true;
	if (!lr->begun || lr->done != NULL || host->save_s == 0 || host->state_dir == NULL ||
	    lr->foreign || uv_is_active((uv_handle_t *)&host->save_timer))
		return;
	(void)uv_timer_start(&host->save_timer, on_timer, (uint64_t)host->save_s * 1000, 0);
	uv_unref((uv_handle_t *)&host->save_timer);
}

void aiot_lastruns_begin(struct aiot_host *host)
{
	host->lastruns->begun = true;
	if (host->lastruns->dirty)
		aiot_lastruns_dirty(host);
}

/* ---- writing ---- */

static int make_bytes(struct aiot_lastruns *lr)
{
	size_t size = aiot_pastfile_bytes(lr->items.count);
	struct item *item = NULL;
	uint32_t i = 0;

	lr->bytes = aiot_mem_zalloc(size);
	if (lr->bytes == NULL)
		return -AIOT_ENOMEM;
	lr->bytes_len = size;
	aiot_pastfile_format(lr->bytes, lr->items.count);
	while ((item = aiot_item_next(lr, item)) != NULL)
		aiot_pastfile_put(lr->bytes, i++, item->name, &item->record);
	return 0;
}

static void write_bytes(uv_work_t *work)
{
	struct aiot_lastruns *lr = work->data;

	lr->result = aiot_savefile(lr->host->state_dir, AIOT_LASTRUNS_SAVED, lr->bytes,
				   lr->bytes_len, lr->save_why, sizeof(lr->save_why));
}

/* Said once when it fails, and once when it works again. */
static void tell(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;

	if (lr->result < 0 && !lr->failing)
		aiot_host_log(host, AIOT_WARN,
			      "last runs are not saved, after a power loss tasks may run again: %s",
			      lr->save_why);
	if (lr->result == 0 && lr->failing)
		aiot_host_log(host, AIOT_INFO, "last runs are saved again");
	lr->failing = lr->result < 0;
	if (lr->result == 0)
		lr->save_why[0] = '\0';
}

static void end(struct aiot_host *host)
{
	void (*done)(struct aiot_host * host) = host->lastruns->done;

	(void)uv_timer_stop(&host->save_timer);
	if (done != NULL)
		done(host);
}

static void settle(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;

	tell(host);
	if (lr->result < 0)
		lr->dirty = true;
	if (lr->done == NULL && lr->dirty)
		aiot_lastruns_dirty(host);
	else if (lr->done != NULL && lr->dirty && lr->result == 0)
		save(host);
	else if (lr->done != NULL)
		end(host);
}

static void written(uv_work_t *work, int status)
{
	struct aiot_lastruns *lr = work->data;

	(void)status; /* nobody cancels it */
	aiot_mem_free(lr->bytes);
	lr->bytes = NULL;
	lr->saving = false;
	settle(lr->host);
}

static void save(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;

	if (lr->saving)
		return;
	lr->dirty = false;
	lr->result = make_bytes(lr);
	if (lr->result == 0) {
		lr->work.data = lr;
		lr->saving = true;
		(void)uv_queue_work(host->loop, &lr->work, write_bytes, written);
		return;
	}
	(void)aiot_format_to(lr->save_why, sizeof(lr->save_why), "no memory");
	settle(host);
}

void aiot_lastruns_finish(struct aiot_host *host, void (*done)(struct aiot_host *host))
{
	struct aiot_lastruns *lr = host->lastruns;

	lr->done = done;
	if (lr->saving)
		return;
	if (lr->dirty && host->state_dir != NULL && !lr->foreign)
		save(host);
	else
		end(host);
}

/* ---- info ---- */

void aiot_lastruns_info(const struct aiot_host *host, struct aiot_json_out *json)
{
	const struct aiot_lastruns *lr = host->lastruns;
	bool saves = host->state_dir != NULL && !lr->foreign;

	aiot_json_put_object(json, "last_runs");
	aiot_json_put_u64(json, "tasks", lr->items.count);
	aiot_json_put_str(json, "kept", lr->map.mem ? "in a file" : "in memory only");
	aiot_json_put_str(json, "why", lr->why[0] ? lr->why : NULL);
	if (saves && host->save_s == 0)
		aiot_json_put_str(json, "saved", "at the end");
	else if (saves)
		aiot_json_put_strf(json, "saved", "every %u s, and at the end", host->save_s);
	else
		aiot_json_put_null(json, "saved");
	aiot_json_put_str(json, "save_why", lr->save_why[0] ? lr->save_why : NULL);
	aiot_json_put_u64(json, "lost", lr->unkept);
	aiot_json_put_end_object(json);
}
