/*
 * calls-small-log.c - the handler of log and follow on boards that have little flash: records of
 * the ring, oldest first, by name and level.
 *
 * Built instead of calls-log.c; called by the dispatcher, through the bindings in calls-small.c.  A
 * call keeps only a sequence number in between; what was overwritten before it came is told as
 * `lost`.
 */
#include "calls-small.h"

#include <string.h>

#define FOLLOW_LINES 10
#define CURSOR_MAX 32
#define RECORD_BYTES 150 /* of its object at most, without name and text, and what ends a reply */

/* SEQ@BOOT, the boot's first four bytes: enough to see that a cursor is from another ring. */
static void put_cursor(const struct aiot_ring_record *record, struct aiot_json_out *json)
{
	char cursor[CURSOR_MAX];

	(void)aiot_format_to(cursor, sizeof(cursor), "%lu@%02x%02x%02x%02x",
			     (unsigned long)record->seq, record->boot[0], record->boot[1],
			     record->boot[2], record->boot[3]);
	aiot_json_put_str(json, "cursor", cursor);
}

/* Where a cursor points, + after; the log's beginning if it is not of this log. */
static bool read_cursor(struct aiot_call *call, const char *param, unsigned after)
{
	const struct aiot_ring *ring = call->core->ring;
	struct aiot_json value = aiot_json_get(call->params, param), digits = value;
	uint64_t seq = 0;
	const char *at;

	if (value.len < 2)
		return false;
	digits.text++;
	at = memchr(digits.text, '@', value.len - 2);
	digits.len = at ? (size_t)(at - digits.text) : 0;
	call->at.seq = ring->first_seq;
	if (aiot_json_u64(digits, &seq) < 0 || seq >= ring->next_seq)
		aiot_json_put_bool(&call->json, "foreign", true);
	else if (seq + after < ring->first_seq)
		call->at.lost = ring->first_seq - seq - after;
	else
		call->at.seq = seq + after;
	return true;
}

static bool passes(struct aiot_call *call, const struct aiot_ring_record *record)
{
	char name[AIOT_NAME_MAX + 1];
	uint64_t level = AIOT_DEBUG;

	(void)aiot_json_u64(aiot_json_get(call->params, "level"), &level);
	if (record->level > level)
		return false;
	(void)aiot_format_to(name, sizeof(name), "%.*s", (int)record->name_len, record->name);
	return aiot_small_meant(call, name) != AIOT_NOT_MEANT;
}

/* Back over so many records that pass, but not over record at.seq. */
static void begin_back(struct aiot_call *call, uint64_t lines)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	uint64_t from = call->at.seq;

	aiot_ring_newest(call->core->ring, &cursor);
	call->at.seq = cursor.seq;
	while (lines > 0 && aiot_ring_prev(call->core->ring, &cursor, &record) &&
	       record.seq >= from) {
		if (!passes(call, &record))
			continue;
		call->at.seq = record.seq;
		lines--;
	}
}

static void begin(struct aiot_call *call)
{
	bool follow = call->command->id == AIOT_CMD_FOLLOW, given;
	uint64_t lines = FOLLOW_LINES;
	bool counted = aiot_json_u64(aiot_json_get(call->params, "lines"), &lines) == 0;

	call->at.phase = 1;
	call->at.seq = call->core->ring->first_seq;
	given = read_cursor(call, "cursor", 0) || read_cursor(call, "after_cursor", 1);
	if (counted || (follow && !given))
		begin_back(call, lines);
}

/* The text is cut to what fits. */
static void put_record(struct aiot_call *call, const struct aiot_ring_record *record)
{
	struct aiot_json_out *json = &call->json;
	size_t used = json->out->len + record->name_len + RECORD_BYTES;
	size_t room = used < json->out->size ? json->out->size - used : 0;
	bool cut = record->cut || record->text_len > room;

	aiot_json_put_object(json, NULL);
	put_cursor(record, json);
	aiot_small_put_us(call, "time_us", record->wall_ns);
	aiot_small_put_us(call, "mono_us", (int64_t)record->mono_ns); /* may be before 0 */
	aiot_json_put_str(json, "level", aiot_level_word(record->level));
	aiot_json_put_strn(json, "name", record->name, record->name_len);
	aiot_json_put_strn(json, "text", record->text,
			   record->text_len < room ? record->text_len : room);
	if (cut)
		aiot_json_put_bool(json, "cut", true);
	aiot_json_put_end_object(json);
}

enum aiot_call_result aiot_small_log(struct aiot_call *call)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	struct aiot_json_out *json = &call->json;
	bool follow = call->command->id == AIOT_CMD_FOLLOW, found;
	uint64_t lost;

	if (call->at.phase == 0)
		begin(call);
	cursor = (struct aiot_ring_cursor){.seq = call->at.seq, .offset = call->at.hint};
	do {
		found = aiot_ring_next(call->core->ring, &cursor, &record, &lost);
		call->at.lost += lost;
	} while (found && !passes(call, &record));
	call->at.seq = cursor.seq;
	call->at.hint = cursor.offset;
	if (!found && follow)
		return AIOT_CALL_STREAM;
	if (call->at.lost > 0)
		aiot_json_put_u64(json, "lost", call->at.lost);
	call->at.lost = 0;
	aiot_json_put_array(json, "records");
	if (found)
		put_record(call, &record);
	aiot_json_put_end_array(json);
	if (found)
		return AIOT_CALL_PAGE;
	/* Who asks for what comes behind it misses nothing. */
	if (aiot_ring_prev(call->core->ring, &cursor, &record))
		put_cursor(&record, json);
	return AIOT_CALL_DONE;
}
