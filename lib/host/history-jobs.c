/*
 * history-jobs.c - the history's database: one job at a time, on a thread of the loop's pool.
 *
 * Called by history.c when a run came and at the end, by calls-history.c to read.  A batch a second
 * at most is written, copied out of the ring; the ring is the queue: what is overwritten there
 * before it was written is counted as lost.  Readers hold tickets, for the one who asked may be
 * gone when the answer comes.
 */
#include <string.h>

#include "callout.h"
#include "calls.h"
#include "history-private.h"
#include "host.h"
#include "mem.h"

#define WRITE_MS 1000u
#define RETRY_MS 30000u		   /* after a failure */
#define BATCH_BYTES (256u << 10)   /* written at once */
#define PIECE_BYTES (64u << 10)	   /* read at once */
#define PIECE_RUNS 20000u	   /* looked at for it */
#define ABANDONED_NS 1000000000ull /* an answer that nobody took is nobody's */

static void next_job(struct aiot_history *h);

/* ---- what is to be written ---- */

static bool pending(const struct aiot_history *h)
{
	return h->disk != NULL && h->ring.next_id - 1 > h->written;
}

static void on_timer(uv_timer_t *timer)
{
	struct aiot_host *host = timer->data;

	host->history->due = true;
	next_job(host->history);
}

void aiot_history_added(struct aiot_history *h)
{
	uv_timer_t *timer = &h->host->history_timer;

	if (!h->begun || h->done != NULL || h->due || !pending(h) ||
	    uv_is_active((uv_handle_t *)timer))
		return;
	(void)uv_timer_start(timer, on_timer, h->failing ? RETRY_MS : WRITE_MS, 0);
	uv_unref((uv_handle_t *)timer);
}

void aiot_history_begin(struct aiot_host *host)
{
	host->history->begun = true;
	aiot_history_added(host->history);
}

/* false: no memory; it is tried again later. */
static bool make_batch(struct aiot_history *h)
{
	struct aiot_histcursor cursor = {.id = h->written + 1};
	struct aiot_histcursor back;
	struct aiot_run run;

	if (h->ring.first_id > h->written + 1) {
		h->lost += h->ring.first_id - h->written - 1;
		h->written = h->ring.first_id - 1;
		cursor.id = h->ring.first_id;
	}
	aiot_histring_newest(&h->ring, &back);
	while (back.id > cursor.id && aiot_histring_prev(&h->ring, &back, &run)) {
		/* to the first that is not written */
	}
	cursor = back;
	h->batch = aiot_mem_alloc(BATCH_BYTES);
	h->batch_len = 0;
	if (h->batch == NULL)
		return false;
	for (back = cursor; aiot_histring_next(&h->ring, &cursor, &run); back = cursor) {
		if (h->batch_len + aiot_run_bytes(&run) > BATCH_BYTES)
			break;
		aiot_run_pack(h->batch + h->batch_len, &run);
		h->batch_len += aiot_run_bytes(&run);
		h->batch_last = run.id;
	}
	return true;
}

/* Said once when it fails, and once when it works again. */
static void wrote(struct aiot_history *h)
{
	aiot_mem_free(h->batch);
	h->batch = NULL;
	if (h->result == 0) {
		h->written = h->batch_last;
		if (h->job_why[0] != '\0')
			aiot_host_log(h->host, AIOT_WARN, "the history of runs: %s", h->job_why);
		if (h->failing)
			aiot_host_log(h->host, AIOT_INFO, "the history of runs is written again");
		h->why[0] = '\0';
	} else {
		(void)aiot_format_to(h->why, sizeof(h->why), "%s", h->job_why);
		if (!h->failing)
			aiot_host_log(h->host, AIOT_WARN,
				      "the history of runs is not written, it is tried again: %s",
				      h->why);
	}
	h->failing = h->result < 0;
}

/* ---- what is to be read ---- */

static bool name_takes(struct aiot_histquery *q, struct aiot_json names, const struct aiot_run *run)
{
	struct aiot_json_iter it = {NULL};
	char text[AIOT_NAME_MAX + 1];
	struct aiot_json name;
	bool takes = false;
	uint32_t i;

	for (i = 0; aiot_json_next(names, &it, NULL, &name); i++) {
		if (aiot_json_str(name, text, sizeof(text)) < 0 ||
		    !aiot_name_meant(text, run->name, run->name_len))
			continue;
		takes = true;
		if (i < 32)
			q->unresolved &= ~(1u << i);
	}
	return takes;
}

bool aiot_histquery_takes(struct aiot_histquery *q, struct aiot_json names,
			  const struct aiot_run *run)
{
	if (aiot_json_count(names) > 0 && !name_takes(q, names, run))
		return false;
	return run->end_us >= q->since_us && run->start_us <= q->until_us;
}

struct reading {
	struct aiot_histticket *ticket;
	struct aiot_json names;
	uint32_t looked;
};

static bool read_back(void *ctx, const struct aiot_run *run)
{
	struct reading *r = ctx;
	struct aiot_histquery *q = &r->ticket->query;

	q->from = run->id;
	if (aiot_histquery_takes(q, r->names, run) && q->left > 0) {
		q->found = run->id;
		q->left--;
	}
	q->end = false;
	if ((q->left == 0 && q->unresolved == 0) || ++r->looked == PIECE_RUNS)
		return false;
	q->end = true; /* unless there is another one */
	return true;
}

static bool read_on(void *ctx, const struct aiot_run *run)
{
	struct reading *r = ctx;
	struct aiot_histticket *t = r->ticket;
	struct aiot_histquery *q = &t->query;

	if (run->id > q->to)
		return false;
	q->end = false;
	if (aiot_histquery_takes(q, r->names, run)) {
		if (t->runs_len + aiot_run_bytes(run) > PIECE_BYTES)
			return false;
		aiot_run_pack(t->runs + t->runs_len, run);
		t->runs_len += aiot_run_bytes(run);
	}
	q->from = run->id + 1;
	if (++r->looked == PIECE_RUNS)
		return false;
	q->end = true;
	return true;
}

/* On a thread. */
static void read_piece(struct aiot_history *h)
{
	struct aiot_histticket *t = h->reading;
	struct reading r = {.ticket = t};

	t->query.end = true;
	(void)aiot_json_parse(t->names, t->names_len, &r.names, NULL);
	t->result =
		aiot_histdisk_read(h->disk, t->query.from, t->query.back,
				   t->query.back ? read_back : read_on, &r, t->why, sizeof(t->why));
}

static struct aiot_histticket *waiting_ticket(struct aiot_history *h)
{
	struct aiot_histticket *oldest = NULL;
	unsigned i;

	for (i = 0; i < TICKETS; i++) {
		struct aiot_histticket *t = &h->tickets[i];

		if (t->state == TICKET_WAITING && (oldest == NULL || t->id < oldest->id))
			oldest = t;
	}
	return oldest;
}

void aiot_history_taken(struct aiot_histticket *t)
{
	aiot_mem_free(t->names);
	aiot_mem_free(t->runs);
	*t = (struct aiot_histticket){.state = TICKET_FREE};
}

static struct aiot_histticket *free_ticket(struct aiot_history *h)
{
	uint64_t now_ns = aiot_clock_mono_ns();
	unsigned i;

	for (i = 0; i < TICKETS; i++) {
		struct aiot_histticket *t = &h->tickets[i];

		if (t->state == TICKET_DONE && now_ns - t->done_ns > ABANDONED_NS)
			aiot_history_taken(t);
		if (t->state == TICKET_FREE)
			return t;
	}
	return NULL;
}

uint32_t aiot_history_ask(struct aiot_history *h, const struct aiot_histquery *query,
			  struct aiot_json names)
{
	static const struct aiot_json none = {"[]", 2};
	struct aiot_histticket *t = free_ticket(h);

	if (t == NULL)
		return 0;
	if (names.len == 0)
		names = none;
	t->names = aiot_mem_alloc(names.len);
	t->runs = query->back ? NULL : aiot_mem_alloc(PIECE_BYTES);
	if (t->names == NULL || (!query->back && t->runs == NULL)) {
		aiot_history_taken(t);
		return 0;
	}
	memcpy(t->names, names.text, names.len);
	t->names_len = names.len;
	t->query = *query;
	t->id = ++h->last_ticket ? h->last_ticket : ++h->last_ticket;
	t->state = TICKET_WAITING;
	next_job(h);
	return t->id;
}

struct aiot_histticket *aiot_history_ticket(struct aiot_history *h, uint32_t id)
{
	unsigned i;

	for (i = 0; id != 0 && i < TICKETS; i++) {
		if (h->tickets[i].id == id && h->tickets[i].state != TICKET_FREE)
			return &h->tickets[i];
	}
	return NULL;
}

static void read_done(struct aiot_history *h)
{
	h->reading->state = TICKET_DONE;
	h->reading->done_ns = aiot_clock_mono_ns();
	h->reading = NULL;
	if (h->host->server != NULL)
		aiot_server_poke(h->host->server);
	aiot_callouts_poke(&h->host->core);
	aiot_loop_wake(h->host);
}

/* ---- jobs ---- */

static void on_thread(uv_work_t *work)
{
	struct aiot_history *h = work->data;

	if (h->job == JOB_WRITE)
		h->result = aiot_histdisk_write(h->disk, h->batch, h->batch_len, h->job_why,
						sizeof(h->job_why));
	else if (h->job == JOB_READ)
		read_piece(h);
	else
		aiot_histdisk_close(h->disk);
}

static void end(struct aiot_history *h)
{
	(void)uv_timer_stop(&h->host->history_timer);
	h->done(h->host);
}

static void job_done(uv_work_t *work, int status)
{
	struct aiot_history *h = work->data;

	(void)status; /* nobody cancels it */
	h->last_job = h->job;
	h->job = JOB_NONE;
	if (h->last_job == JOB_WRITE)
		wrote(h);
	else if (h->last_job == JOB_READ)
		read_done(h);
	else
		h->disk = NULL;
	if (h->done != NULL && h->disk == NULL) {
		end(h);
		return;
	}
	aiot_history_added(h);
	next_job(h);
}

static void queue(struct aiot_history *h, enum job job)
{
	h->job = job;
	h->work.data = h;
	(void)uv_queue_work(h->host->loop, &h->work, on_thread, job_done);
}

static void write_next(struct aiot_history *h)
{
	h->due = false;
	if (!pending(h))
		return;
	if (make_batch(h)) {
		queue(h, JOB_WRITE);
		return;
	}
	h->result = -AIOT_ENOMEM;
	(void)aiot_format_to(h->job_why, sizeof(h->job_why), "no memory");
	wrote(h);
	aiot_history_added(h);
}

/* At the end: batches as long as they go well, then the database is closed. */
static void finish_next(struct aiot_history *h)
{
	if (pending(h) && !h->failing && make_batch(h))
		queue(h, JOB_WRITE);
	else
		queue(h, JOB_CLOSE);
}

/* Readers and the writer take turns. */
static void next_job(struct aiot_history *h)
{
	if (h->job != JOB_NONE || h->disk == NULL)
		return;
	if (h->done != NULL) {
		finish_next(h);
		return;
	}
	h->reading = h->due && h->last_job == JOB_READ ? NULL : waiting_ticket(h);
	if (h->reading != NULL) {
		h->reading->state = TICKET_RUNNING;
		queue(h, JOB_READ);
	} else if (h->due) {
		write_next(h);
	}
}

void aiot_history_finish(struct aiot_host *host, void (*done)(struct aiot_host *host))
{
	struct aiot_history *h = host->history;

	h->done = done;
	if (h->disk == NULL)
		end(h);
	else
		next_job(h);
}
