/*
 * calls-small-log.c - the handler of log and follow on boards that have little flash: records of
 * the ring, oldest first, by name and level.
 *
 * Built instead of calls-log.c; called by the dispatcher, through the bindings in calls-small.c.  A
 * call keeps only a sequence number in between; what was overwritten before it came is told as
 * `lost`.  A cursor is the number of a record; one that is of no record here, for the log began
 * anew, means the oldest.
 */
#include "calls-small.h"

#define FOLLOW_LINES 10
#define RECORD_BYTES 140 /* of its object at most, without name and text, and what ends a reply */

/* A number in a string: 32 bits of it are more than a flash can take. */
static void put_cursor(struct aiot_json_out *json, uint64_t seq)
{
	aiot_json_put_raw(json, "cursor", (struct aiot_json){"\"", 1});
	aiot_out_u64(json->out, seq);
	aiot_out_char(json->out, '"');
}

/* Where a cursor points, + after.  false: it is not given. */
static bool read_cursor(struct aiot_call *call, const char *param, unsigned after)
{
	struct aiot_json value = aiot_json_get(call->params, param);
	uint64_t seq;

	if (value.len < 2)
		return false;
	value.text++;
	value.len -= 2;
	if (aiot_json_u64(value, &seq) == 0 && seq < call->core->ring->next_seq)
		call->at.seq = seq + after;
	return true;
}

/* The next record that is asked for; false: there is none.  Adds to *lost_sum. */
static bool next(struct aiot_call *call, struct aiot_ring_cursor *cursor,
		 struct aiot_ring_record *ret, uint64_t *lost_sum)
{
	uint64_t level = AIOT_DEBUG, lost;
	bool found;

	(void)aiot_json_u64(aiot_json_get(call->params, "level"), &level);
	do {
		found = aiot_ring_next(call->core->ring, cursor, ret, &lost);
		*lost_sum += lost;
	} while (found && (ret->level > level ||
			   aiot_small_meant(call, ret->name, ret->name_len) == AIOT_NOT_MEANT));
	return found;
}

/* at.seq is where to begin, at.count how many of what is found there are too old. */
static void begin(struct aiot_call *call)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	uint64_t lines = FOLLOW_LINES, lost = 0;
	bool given;

	call->at.phase = 1;
	call->at.seq = call->core->ring->first_seq;
	given = read_cursor(call, "cursor", 0) || read_cursor(call, "after_cursor", 1);
	if (aiot_json_u64(aiot_json_get(call->params, "lines"), &lines) < 0 &&
	    (given || call->command->id != AIOT_CMD_FOLLOW))
		return;
	cursor = (struct aiot_ring_cursor){.seq = call->at.seq};
	while (next(call, &cursor, &record, &lost)) {
		if (lines > 0)
			lines--;
		else
			call->at.count++;
	}
}

/* The text is cut to what fits. */
static void put_record(struct aiot_call *call, const struct aiot_ring_record *record)
{
	struct aiot_json_out *json = &call->json;
	size_t used = json->out->len + record->name_len + RECORD_BYTES;
	size_t room = used < json->out->size ? json->out->size - used : 0;
	bool cut = record->cut;

	if (room >= record->text_len)
		room = record->text_len;
	else
		cut = true;
	aiot_json_put_object(json, NULL);
	put_cursor(json, record->seq);
	aiot_small_put_us(call, "time_us", record->wall_ns);
	aiot_small_put_us(call, "mono_us", (int64_t)record->mono_ns); /* may be before 0 */
	aiot_json_put_str(json, "level", aiot_level_word(record->level));
	aiot_json_put_strn(json, "name", record->name, record->name_len);
	aiot_json_put_strn(json, "text", record->text, room);
	if (cut)
		aiot_json_put_bool(json, "cut", true);
	aiot_json_put_end_object(json);
}

enum aiot_call_result aiot_small_log(struct aiot_call *call)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	struct aiot_json_out *json = &call->json;
	bool found;
	uint64_t lost = 0;

	if (call->at.phase == 0)
		begin(call);
	cursor = (struct aiot_ring_cursor){.seq = call->at.seq, .offset = call->at.hint};
	do {
		found = next(call, &cursor, &record, &lost);
	} while (found && call->at.count > 0 && call->at.count-- > 0);
	call->at.seq = cursor.seq;
	call->at.hint = cursor.offset;
	if (lost > 0)
		aiot_json_put_u64(json, "lost", lost);
	if (!found && call->command->id == AIOT_CMD_FOLLOW)
		return AIOT_CALL_STREAM;
	aiot_json_put_array(json, "records");
	if (found)
		put_record(call, &record);
	aiot_json_put_end_array(json);
	if (found)
		return AIOT_CALL_PAGE;
	/* Who asks for what comes behind it misses nothing. */
	put_cursor(json, cursor.seq - 1);
	return AIOT_CALL_DONE;
}
