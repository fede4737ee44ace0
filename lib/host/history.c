/*
 * history.c - see history.h.
 *
 * Called by host.c at start, by core-ops.c when a run ends, by conditions, by info.  Never waits
 * for the disk but at start; what goes there is history-jobs.c's.
 */
#include "history.h"

#include <limits.h>
#include <string.h>

#include "history-private.h"
#include "host.h"
#include "mem.h"
#include "outcome.h"

/* ---- opening ---- */

static int make_ring(struct aiot_history *h, uint64_t bytes)
{
	size_t size = bytes ? (size_t)bytes & ~(size_t)7 : AIOT_HISTORY_BYTES;

	h->mem = aiot_mem_zalloc(size); /* untouched memory costs nothing yet */
	if (h->mem == NULL)
		return -AIOT_ENOMEM;
	aiot_histring_init(&h->ring, h->mem, size);
	return 0;
}

struct filling {
	struct aiot_histring *ring;
	size_t bytes;
	uint64_t from;
};

static bool measure(void *ctx, const struct aiot_run *run)
{
	struct filling *f = ctx;

	f->bytes += aiot_run_bytes(run);
	if (f->bytes > f->ring->size)
		return false;
	f->from = run->id;
	return true;
}

static bool refill(void *ctx, const struct aiot_run *run)
{
	struct filling *f = ctx;

	aiot_histring_add(f->ring, run);
	return true;
}

/* The newest runs of before, for conditions and for who asks for them. */
static int fill_ring(struct aiot_history *h, char *why, size_t why_size)
{
	struct filling f = {.ring = &h->ring, .from = INT64_MAX};
	int r = aiot_histdisk_read(h->disk, INT64_MAX, true, measure, &f, why, why_size);

	if (r == 0 && f.bytes > 0)
		r = aiot_histdisk_read(h->disk, f.from, false, refill, &f, why, why_size);
	h->written = h->ring.next_id - 1;
	return r;
}

static int find_path(struct aiot_host *host, const char *file)
{
	struct aiot_history *h = host->history;
	size_t size;

	if (file != NULL && file[0] != '\0') {
		h->path = aiot_mem_strdup(file);
		return h->path ? 0 : -AIOT_ENOMEM;
	}
	if (host->state_dir == NULL) {
		(void)aiot_format_to(h->why, sizeof(h->why), "there is no state directory");
		return 0;
	}
	size = strlen(host->state_dir) + sizeof("/" AIOT_HISTDISK_NAME);
	h->path = aiot_mem_alloc(size);
	if (h->path == NULL)
		return -AIOT_ENOMEM;
	(void)aiot_format_to(h->path, size, "%s/%s", host->state_dir, AIOT_HISTDISK_NAME);
	return 0;
}

/* A damaged file in our own place is ours to set aside; one that was named may be anything. */
static int open_disk(struct aiot_host *host, const struct aiot_host_options *o)
{
	uint64_t bytes = o->history_disk_bytes ? o->history_disk_bytes : AIOT_HISTORY_DISK_BYTES;
	bool ours = o->history_file == NULL || o->history_file[0] == '\0';
	struct aiot_history *h = host->history;
	int r = find_path(host, o->history_file);

	h->wants_disk = true;
	if (r < 0)
		return r;
	if (h->path != NULL && host->ringfile.busy)
		(void)aiot_format_to(h->why, sizeof(h->why), "another daemon uses '%s'",
				     host->runtime_dir);
	else if (h->path != NULL)
		r = aiot_histdisk_open(h->path, bytes, ours, &h->disk, h->why, sizeof(h->why));
	if (r == 0 && h->disk != NULL && h->why[0] != '\0')
		aiot_host_log(host, AIOT_WARN, "the history of runs: %s", h->why);
	if (h->disk != NULL) {
		h->why[0] = '\0';
		r = fill_ring(h, h->why, sizeof(h->why));
		if (r == -AIOT_EBADMSG) /* the next write sets it aside */
			aiot_host_log(host, AIOT_WARN, "the history of runs: %s", h->why);
		h->why[0] = '\0';
		return 0;
	}
	aiot_host_log(host, AIOT_WARN, "the history of runs is kept in memory only: %s", h->why);
	return r == -AIOT_ENOMEM ? r : 0;
}

int aiot_history_open(struct aiot_host *host, const struct aiot_host_options *o)
{
	struct aiot_history *h = aiot_mem_zalloc(sizeof(*h));
	int r = 0;

	if (h == NULL)
		return -AIOT_ENOMEM;
	host->history = h;
	h->host = host;
	if (o->history_keep > AIOT_HISTORY_DISK ||
	    (o->history_bytes != 0 &&
	     (o->history_bytes < AIOT_HISTRING_MIN || o->history_bytes > 1u << 30)) ||
	    (o->history_disk_bytes != 0 && o->history_disk_bytes < AIOT_HISTORY_DISK_MIN))
		return aiot_host_fail(host, -AIOT_EINVAL,
				      "history_keep, history_bytes or history_disk_bytes is out "
				      "of bounds");
	if (o->history_keep != AIOT_HISTORY_NONE)
		r = make_ring(h, o->history_bytes);
	if (r == 0 && o->history_keep == AIOT_HISTORY_DISK)
		r = open_disk(host, o);
	return r;
}

void aiot_history_free(struct aiot_host *host)
{
	struct aiot_history *h = host->history;
	unsigned i;

	if (h == NULL)
		return;
	for (i = 0; i < TICKETS; i++) {
		aiot_mem_free(h->tickets[i].names);
		aiot_mem_free(h->tickets[i].runs);
	}
	aiot_histdisk_close(h->disk);
	aiot_mem_free(h->batch);
	aiot_mem_free(h->path);
	aiot_mem_free(h->mem);
	aiot_mem_free(h);
	host->history = NULL;
}

/* ---- a run ---- */

/* As a JSON string, its end cut off with a mark if it does not fit. */
static bool put_cut(struct aiot_json_out *json, const char *key, const char *text, size_t len,
		    size_t room)
{
	struct aiot_out *out = json->out;
	struct aiot_json_out from = *json;
	size_t at = out->len, full = out->size;
	bool cut = false;

	out->size = at + room;
	for (;;) {
		aiot_json_put_strn(json, key, text, len);
		if (out->error == 0 && (!cut || out->size - out->len >= 3))
			break;
		out->len = at;
		out->error = 0;
		*json = from;
		cut = true;
		len = len / 4 * 3;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	if (cut) { /* inside the quotes */
		out->len--;
		aiot_out_text(out, "...\"");
	}
	out->size = full;
	return cut;
}

#define FRAME 100 /* what is around an error's message */

static void error_value(const struct aiot_outcome *o, struct aiot_json_out *json,
			struct aiot_run *run)
{
	aiot_json_put_object(json, NULL);
	aiot_json_put_str(json, "error", aiot_error_word(o->code));
	aiot_json_put_i64(json, "code", o->code);
	run->cut = put_cut(json, "message", o->text, o->text_len, AIOT_RUN_VALUE_MAX - FRAME);
	aiot_json_put_end_object(json);
	run->kind = AIOT_RUN_ERROR;
}

/* text: AIOT_RUN_VALUE_MAX bytes. */
static void put_value(const struct aiot_outcome *o, char *text, struct aiot_run *run)
{
	struct aiot_json_out json;
	struct aiot_out out;

	if (o == NULL)
		return;
	aiot_out_init(&out, text, AIOT_RUN_VALUE_MAX);
	aiot_json_begin(&json, &out);
	run->kind = AIOT_RUN_RESULT;
	if (o->type == AIOT_OUTCOME_ERROR)
		error_value(o, &json, run);
	else if (o->type == AIOT_OUTCOME_TEXT ||
		 (o->type == AIOT_OUTCOME_JSON && o->text_len > AIOT_RUN_VALUE_MAX))
		run->cut = put_cut(&json, NULL, o->text, o->text_len, AIOT_RUN_VALUE_MAX);
	else
		aiot_outcome_json(o, &json, NULL);
	run->value = text;
	run->value_len = (uint32_t)out.len;
}

static void add(struct aiot_history *h, struct aiot_run *run)
{
	run->id = h->ring.next_id;
	aiot_histring_add(&h->ring, run);
	aiot_history_added(h);
}

void aiot_history_acted(struct aiot_host *host, struct aiot_entry *entry, enum aiot_action action,
			int64_t wall_us)
{
	char text[AIOT_RUN_VALUE_MAX];
	struct aiot_run run = {
		.start_us = wall_us - (int64_t)(entry->run_ns / 1000),
		.end_us = wall_us,
		.name = aiot_entry_name(entry),
		.name_len = aiot_entry_name_len(entry),
		.outcome = (uint8_t)action,
	};

	if (action == AIOT_ACTION_RUN || host->history->mem == NULL)
		return;
	put_value(aiot_outcome_of(entry), text, &run);
	add(host->history, &run);
}

void aiot_history_crashed(struct aiot_host *host, const char *name, int64_t began_us,
			  int64_t found_us)
{
	struct aiot_run run = {
		.start_us = began_us,
		.end_us = found_us,
		.name = name,
		.name_len = (uint8_t)strlen(name),
		.outcome = AIOT_ACTION_CRASH,
	};

	if (host->history->mem != NULL)
		add(host->history, &run);
}

/* ---- for conditions ---- */

static bool is_of(const struct aiot_run *run, const char *name, size_t len)
{
	return run->name_len == len && memcmp(run->name, name, len) == 0;
}

static void later(bool *found, int64_t *last, int64_t us, int64_t from_us, int64_t to_us)
{
	if (us < from_us || us > to_us || (*found && us <= *last))
		return;
	*found = true;
	*last = us;
}

bool aiot_history_last(const struct aiot_host *host, const char *name, unsigned action_bits,
		       int64_t from_us, int64_t to_us, int64_t *ret_us)
{
	const struct aiot_entry *e = aiot_entry_named(&host->core, name);
	const struct aiot_histring *ring = &host->history->ring;
	bool found = false, runs = (action_bits & 1u << AIOT_ACTION_RUN) != 0;
	struct aiot_histcursor cursor;
	struct aiot_run run;
	int64_t last = 0;
	size_t len;

	if (e != NULL)
		name = aiot_entry_name(e);
	len = strlen(name);
	if (runs && e != NULL && aiot_entry_alive(e) && e->runs > 0)
		later(&found, &last, aiot_core_wall_of(&host->core, e->run_ns) / 1000, from_us,
		      to_us);
	aiot_histring_newest(ring, &cursor);
	/* The clock may have been set in between, so all are looked at. */
	while (aiot_histring_prev(ring, &cursor, &run)) {
		if (!is_of(&run, name, len))
			continue;
		if (runs)
			later(&found, &last, run.start_us, from_us, to_us);
		if (action_bits & 1u << run.outcome)
			later(&found, &last, run.end_us, from_us, to_us);
	}
	if (found && ret_us != NULL)
		*ret_us = last;
	return found;
}

uint32_t aiot_history_fails(const struct aiot_host *host, const char *name)
{
	const struct aiot_histring *ring = &host->history->ring;
	struct aiot_histcursor cursor;
	size_t len = strlen(name);
	struct aiot_run run;
	uint32_t fails = 0;

	aiot_histring_newest(ring, &cursor);
	while (aiot_histring_prev(ring, &cursor, &run)) {
		if (!is_of(&run, name, len))
			continue;
		if (run.outcome != AIOT_ACTION_FAIL)
			break;
		fails++;
	}
	return fails;
}

/* ---- info ---- */

void aiot_history_info(const struct aiot_host *host, struct aiot_json_out *json)
{
	const struct aiot_history *h = host->history;
	const char *kept = h->mem == NULL ? "nowhere" : h->disk ? "on disk" : "in memory only";

	aiot_json_put_object(json, "history");
	aiot_json_put_str(json, "kept", kept);
	aiot_json_put_str(json, "library", aiot_histdisk_library());
	aiot_json_put_str(json, "file", h->disk ? h->path : NULL);
	aiot_json_put_str(json, "why", h->why[0] ? h->why : NULL);
	aiot_json_put_u64(json, "runs", h->ring.count);
	aiot_json_put_u64(json, "lost", h->lost);
	aiot_json_put_end_object(json);
}
