/*
 * calls-log.c - the handlers of log and follow: records of the ring, filtered, oldest first.
 *
 * Called by the dispatcher, through the bindings in calls-core.c.  A call keeps only a sequence
 * number in between, so a slow reader holds up nothing; what was overwritten before it came is told
 * as `lost`.
 */
#include <string.h>

#include "calls.h"
#include "timetext.h"

#define FOLLOW_LINES 10

struct filter {
	struct aiot_json names;
	uint64_t level;
	int64_t since_ns, until_ns;
	char grep[256];
	size_t grep_len;
	bool glob;
};

/* ---- a record as data ---- */

static void hex(const uint8_t *bytes, size_t count, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * count] = '\0';
}

/* SEQ@BOOT, the boot's first four bytes: enough to see that a cursor is from another ring. */
#define CURSOR_BOOT_BYTES 4

#define CURSOR_MAX 40

static void write_cursor(const struct aiot_ring_record *record, char cursor[CURSOR_MAX])
{
	char boot[2 * CURSOR_BOOT_BYTES + 1];

	hex(record->boot, CURSOR_BOOT_BYTES, boot);
	(void)aiot_format_to(cursor, CURSOR_MAX, "%llu@%s", (unsigned long long)record->seq, boot);
}

#define END_BYTES 64 /* what a reply ends with behind its records */

size_t aiot_record_room(const struct aiot_ring_record *record, const struct aiot_out *out)
{
	size_t used = out->len + record->name_len + AIOT_RECORD_BYTES + END_BYTES;

	if (out->grow != NULL)
		return SIZE_MAX;
	return used < out->size ? out->size - used : 0;
}

void aiot_record_json(const struct aiot_ring_record *record, struct aiot_json_out *json)
{
	size_t room = aiot_record_room(record, json->out);
	bool fits = record->text_len <= room;
	char boot[33], cursor[CURSOR_MAX];

	hex(record->boot, 16, boot);
	write_cursor(record, cursor);
	aiot_json_put_object(json, NULL);
	aiot_json_put_u64(json, "seq", record->seq);
	aiot_json_put_str(json, "cursor", cursor);
	aiot_json_put_i64(json, "time_us", record->wall_ns / 1000);
	aiot_json_put_i64(json, "mono_us",
			  (int64_t)record->mono_ns / 1000); /* a board's: before 0 */
	aiot_json_put_str(json, "boot", boot);
	aiot_json_put_str(json, "level", aiot_level_word(record->level));
	aiot_json_put_strn(json, "name", record->name, record->name_len);
	aiot_json_put_strn(json, "text", record->text, fits ? record->text_len : room);
	aiot_json_put_bool(json, "cut", record->cut || !fits);
	aiot_json_put_end_object(json);
}

/* ---- filters ---- */

static int64_t time_param(const struct aiot_call *call, const char *name, int64_t otherwise)
{
	int64_t us;

	if (aiot_json_i64(aiot_json_get(call->params, name), &us) < 0 || us > INT64_MAX / 1000 ||
	    us < INT64_MIN / 1000)
		return otherwise;
	return us * 1000;
}

/* -AIOT_ENOSPC: the pattern is too long. */
static int read_filter(const struct aiot_call *call, struct filter *f)
{
	int len = aiot_json_str(aiot_json_get(call->params, "grep"), f->grep, sizeof(f->grep));

	f->names = aiot_json_get(call->params, "names");
	f->level = AIOT_DEBUG;
	(void)aiot_json_u64(aiot_json_get(call->params, "level"), &f->level);
	f->since_ns = time_param(call, "since_us", INT64_MIN);
	f->until_ns = time_param(call, "until_us", INT64_MAX);
	f->grep_len = len > 0 ? (size_t)len : 0;
	f->glob = aiot_name_is_pattern(f->grep, f->grep_len);
	return len == -AIOT_ENOSPC ? len : 0;
}

static bool contains(const char *text, size_t text_len, const char *part, size_t part_len)
{
	const char *at = text, *end = text + text_len;

	if (part_len == 0)
		return true;
	while ((size_t)(end - at) >= part_len) {
		at = memchr(at, part[0], (size_t)(end - at) - part_len + 1);
		if (at == NULL)
			return false;
		if (memcmp(at, part, part_len) == 0)
			return true;
		at++;
	}
	return false;
}

static bool named(struct aiot_call *call, const struct filter *f,
		  const struct aiot_ring_record *record)
{
	struct aiot_json_iter it = {0};
	struct aiot_json value;
	char text[AIOT_NAME_MAX + 1];

	if (aiot_json_count(f->names) == 0)
		return true;
	while (aiot_json_next(f->names, &it, NULL, &value)) {
		call->work++;
		if (aiot_json_str(value, text, sizeof(text)) >= 0 &&
		    aiot_name_meant(text, record->name, record->name_len))
			return true;
	}
	return false;
}

static bool passes(struct aiot_call *call, const struct filter *f,
		   const struct aiot_ring_record *record)
{
	call->work++;
	if (record->level > f->level || record->wall_ns < f->since_ns ||
	    record->wall_ns > f->until_ns)
		return false;
	if (f->glob ? !aiot_name_match(f->grep, f->grep_len, record->text, record->text_len)
		    : !contains(record->text, record->text_len, f->grep, f->grep_len))
		return false;
	return named(call, f, record);
}

/* ---- where to begin ---- */

/* "SEQ@BOOT"; -AIOT_EINVAL. */
static int read_cursor(const char *text, uint64_t *ret_seq, const char **ret_boot)
{
	uint64_t seq = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && seq < UINT64_MAX / 100; at++)
		seq = seq * 10 + (uint64_t)(*at - '0');
	if (at == text || *at != '@' || strlen(at + 1) != 2 * CURSOR_BOOT_BYTES)
		return -AIOT_EINVAL;
	*ret_seq = seq;
	*ret_boot = at + 1;
	return 0;
}

/* A cursor that is from another ring: nothing is known of what was read, so all is shown. */
static void begin_foreign(struct aiot_call *call)
{
	call->at.seq = call->core->ring->first_seq;
	aiot_json_put_bool(&call->json, "foreign", true);
}

/* Where a cursor points. */
static int begin_at_cursor(struct aiot_call *call, const char *text, bool after)
{
	const struct aiot_ring *ring = call->core->ring;
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	uint64_t seq, lost;
	const char *boot;
	char have[33];

	if (read_cursor(text, &seq, &boot) < 0)
		return -AIOT_EINVAL;
	if (seq < ring->first_seq && ring->first_seq < ring->next_seq) {
		call->at.lost = ring->first_seq - seq - (after ? 1 : 0);
		call->at.seq = ring->first_seq;
		return 0;
	}
	aiot_ring_seek(ring, seq, &cursor);
	if (seq >= ring->next_seq || !aiot_ring_next(ring, &cursor, &record, &lost)) {
		begin_foreign(call);
		return 0;
	}
	hex(record.boot, CURSOR_BOOT_BYTES, have);
	call->at.seq = seq + (after ? 1 : 0);
	if (strcmp(have, boot) != 0)
		begin_foreign(call);
	return 0;
}

/* From the newest record back over `lines` that pass, but not over record at.seq. */
static void begin_back(struct aiot_call *call, uint64_t lines)
{
	struct aiot_ring_cursor cursor;

	aiot_ring_newest(call->core->ring, &cursor);
	call->at.until = call->at.seq;
	call->at.seq = cursor.seq;
	call->at.back = cursor.seq;
	call->at.back_hint = cursor.offset;
	call->at.left = lines < UINT32_MAX ? (uint32_t)lines : UINT32_MAX;
}

/* Go on with that.  false: the page is full. */
static bool walk_back(struct aiot_call *call, const struct filter *f)
{
	struct aiot_ring_cursor cursor = {.seq = call->at.back, .offset = call->at.back_hint};
	struct aiot_ring_record record;

	while (call->at.left > 0 && !aiot_call_overworked(call)) {
		if (!aiot_ring_prev(call->core->ring, &cursor, &record) ||
		    record.seq < call->at.until)
			call->at.left = 0;
		else if (passes(call, f, &record)) {
			call->at.seq = record.seq;
			call->at.left--;
		}
	}
	call->at.back = cursor.seq;
	call->at.back_hint = cursor.offset;
	return call->at.left == 0;
}

/* A cursor where to begin was given: 1; none: 0; a bad one: negative. */
static int cursor_param(struct aiot_call *call, const char *name, bool after)
{
	char text[48];
	struct aiot_json value = aiot_json_get(call->params, name);
	struct aiot_out shown;

	if (aiot_json_type(value) == AIOT_JSON_NONE || aiot_json_type(value) == AIOT_JSON_NULL)
		return 0;
	if (aiot_json_str(value, text, sizeof(text)) < 0 ||
	    begin_at_cursor(call, text, after) < 0) {
		aiot_out_init(&shown, text, sizeof(text)); /* cut, if it is longer than any */
		(void)aiot_json_str_out(value, &shown);
		(void)aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", name,
					 "'%s %s' is not a cursor; log --show-cursor prints one",
					 after ? "--after-cursor" : "--cursor",
					 aiot_out_str(&shown));
		return -AIOT_EINVAL;
	}
	return 1;
}

static int begin(struct aiot_call *call, const struct filter *f, bool follow)
{
	uint64_t lines = FOLLOW_LINES;
	bool counted = aiot_json_u64(aiot_json_get(call->params, "lines"), &lines) == 0;
	int r = cursor_param(call, "cursor", false);

	if (r == 0)
		r = cursor_param(call, "after_cursor", true);
	if (r < 0)
		return r;
	if (r == 0)
		call->at.seq = call->core->ring->first_seq;
	if (counted || (r == 0 && follow && f->since_ns == INT64_MIN))
		begin_back(call, lines);
	return 0;
}

/* ---- names that nothing is called ---- */

#define UNKNOWN_MAX 16u		/* so many are told of */
#define UNKNOWN_BACK_MAX 20000u /* records that are looked at for them; a longer log may know */

/* The plain names given that no task has, at most UNKNOWN_MAX; which of them: bits of the result.
 */
static uint32_t without_task(const struct aiot_call *call, const struct filter *f)
{
	struct aiot_json_iter it = {0};
	struct aiot_json value;
	char text[AIOT_NAME_MAX + 1];
	uint32_t i, unknown = 0;

	for (i = 0; i < UNKNOWN_MAX && aiot_json_next(f->names, &it, NULL, &value); i++) {
		int len = aiot_json_str(value, text, sizeof(text));

		if (len < 0 || (!aiot_name_is_pattern(text, (size_t)len) &&
				aiot_entry_named(call->core, text) == NULL))
			unknown |= 1u << i;
	}
	return unknown;
}

/* Take away those that the record is of. */
static uint32_t without_record(const struct filter *f, const struct aiot_ring_record *record,
			       uint32_t unknown)
{
	struct aiot_json_iter it = {0};
	struct aiot_json value;
	char text[AIOT_NAME_MAX + 1];
	uint32_t i;

	for (i = 0; i < UNKNOWN_MAX && aiot_json_next(f->names, &it, NULL, &value); i++) {
		if (unknown & 1u << i && aiot_json_str(value, text, sizeof(text)) >= 0 &&
		    aiot_name_meant(text, record->name, record->name_len))
			unknown &= ~(1u << i);
	}
	return unknown;
}

/* Mistyped names would else look like tasks that say nothing.  The ring is walked for them alone.
 */
static void put_unknown(struct aiot_call *call, const struct filter *f)
{
	uint32_t i, looked = 0, unknown = without_task(call, f);
	struct aiot_json_iter it = {0};
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	struct aiot_json value;

	aiot_ring_newest(call->core->ring, &cursor);
	while (unknown != 0 && aiot_ring_prev(call->core->ring, &cursor, &record)) {
		unknown = ++looked > UNKNOWN_BACK_MAX ? 0 : without_record(f, &record, unknown);
		call->work++;
	}
	if (unknown == 0)
		return;
	aiot_json_put_array(&call->json, "unknown");
	for (i = 0; i < UNKNOWN_MAX && aiot_json_next(f->names, &it, NULL, &value); i++) {
		if (unknown & 1u << i)
			aiot_json_put_raw(&call->json, NULL, value);
	}
	aiot_json_put_end_array(&call->json);
}

/* ---- the handlers ---- */

/* Records from at.seq on, until the page is full.  false: there are no more now. */
static bool write_records(struct aiot_call *call, const struct filter *f, uint32_t *ret_count)
{
	struct aiot_ring_cursor cursor = {.seq = call->at.seq, .offset = call->at.hint};
	struct aiot_ring_record record;
	uint64_t lost = 0;
	bool full = false;

	while (!full && aiot_ring_next(call->core->ring, &cursor, &record, &lost)) {
		call->at.lost += lost;
		lost = 0;
		if (!passes(call, f, &record)) {
			full = aiot_call_overworked(call);
			continue;
		}
		if ((*ret_count)++ == 0)
			aiot_json_put_array(&call->json, "records");
		aiot_record_json(&record, &call->json);
		full = aiot_call_full(call);
	}
	call->at.lost += lost; /* a damaged part: nothing came behind it */
	if (*ret_count > 0)
		aiot_json_put_end_array(&call->json);
	call->at.seq = cursor.seq;
	call->at.hint = cursor.offset;
	return full;
}

/* Of the last record that was looked at: who asks for what comes behind it misses nothing. */
static void put_last_cursor(struct aiot_call *call)
{
	struct aiot_ring_cursor cursor = {.seq = call->at.seq, .offset = call->at.hint};
	struct aiot_ring_record record;
	char text[CURSOR_MAX];

	if (!aiot_ring_prev(call->core->ring, &cursor, &record))
		return;
	write_cursor(&record, text);
	aiot_json_put_str(&call->json, "cursor", text);
}

static enum aiot_call_result read_log(struct aiot_call *call, bool follow)
{
	uint32_t count = 0;
	struct filter f;
	bool full;

	if (read_filter(call, &f) < 0)
		return aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter", "grep",
					  "a pattern for --grep has at most %u bytes",
					  (unsigned)sizeof(f.grep) - 1);
	if (call->at.phase == 0) {
		if (follow && !call->more)
			return aiot_call_error(call, AIOT_ERR_EXPECTED_MORE,
					       "following the log takes several replies: ask with "
					       "\"more\":true");
		if (f.since_ns > f.until_ns)
			return aiot_call_error_at(call, AIOT_ERR_INVALID_PARAMETER, "parameter",
						  "since_us", "--since is after --until");
		if (begin(call, &f, follow) < 0)
			return AIOT_CALL_ERROR;
		put_unknown(call, &f);
		call->at.phase = 1;
	}
	full = !walk_back(call, &f) || write_records(call, &f, &count);
	if (call->at.lost > 0 && (count > 0 || !follow))
		aiot_json_put_u64(&call->json, "lost", call->at.lost);
	if (count > 0)
		call->at.lost = 0;
	if (count == 0 && (full || !follow)) {
		aiot_json_put_array(&call->json, "records");
		aiot_json_put_end_array(&call->json);
	}
	if (full)
		return AIOT_CALL_PAGE;
	if (follow)
		return AIOT_CALL_STREAM;
	put_last_cursor(call);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_log(struct aiot_call *call)
{
	return read_log(call, aiot_json_bool(aiot_json_get(call->params, "follow"), false));
}

enum aiot_call_result aiot_call_follow(struct aiot_call *call)
{
	return read_log(call, true);
}
