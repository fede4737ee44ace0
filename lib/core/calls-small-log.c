/*
 * calls-small-log.c - the handler of log and follow on boards that have little flash: records of
 * the ring, oldest first, by name and level.
 *
 * Built instead of calls-log.c; called by the dispatcher, through the bindings in calls-small.c.  A
 * call keeps only a sequence number in between; what was overwritten before it came is told as
 * `lost`.  A cursor is the number of a record, 32 bits of it, as many as a flash can take; one that
 * is of no record here, for the log began anew, means the oldest.
 */
#include "calls-small.h"

#define FOLLOW_LINES 10
#define BEHIND 16 /* bytes: what follows a text, to the end of the reply */

static void put_cursor(struct aiot_json_out *json, uint32_t seq)
{
	aiot_json_put_raw(json, "cursor", (struct aiot_json){"\"", 1});
	aiot_out_u64(json->out, seq);
	aiot_out_char(json->out, '"');
}

/* Out of line: the cursor is not on the stack while the names are looked at. */
static __attribute__((noinline)) bool read_one(struct aiot_call *call, struct aiot_ring_record *ret,
					       uint32_t *lost_sum)
{
	struct aiot_ring_cursor cursor = {.seq = call->at.seq, .offset = call->at.hint};
	uint64_t lost;
	bool found = aiot_ring_next(call->core->ring, &cursor, ret, &lost);

	*lost_sum += (uint32_t)lost;
	call->at.seq = (uint32_t)cursor.seq;
	call->at.hint = cursor.offset;
	return found;
}

/* The next record that is asked for; false: there is none.  Adds to *lost_sum. */
static bool next(struct aiot_call *call, struct aiot_ring_record *ret, uint32_t *lost_sum)
{
	uint32_t level = aiot_small_number(call, "level", AIOT_DEBUG);

	while (read_one(call, ret, lost_sum)) {
		if (ret->level <= level &&
		    aiot_small_meant(call, ret->name, ret->name_len) != AIOT_NOT_MEANT)
			return true;
	}
	return false;
}

/* at.seq is where to begin, at.count how many of what is found there are too old. */
static void begin(struct aiot_call *call, struct aiot_ring_record *record)
{
	const struct aiot_ring *ring = call->core->ring;
	uint32_t from = aiot_small_number(call, "after_cursor", UINT32_MAX) + 1, lines, lost = 0;

	if (from == 0)
		from = aiot_small_number(call, "cursor", 0);
	lines = from == 0 && call->command->id == AIOT_CMD_FOLLOW ? FOLLOW_LINES : UINT32_MAX;
	if (from - 1 >= ring->next_seq)
		from = (uint32_t)ring->first_seq;
	lines = aiot_small_number(call, "lines", lines);
	call->at.seq = from;
	while (next(call, record, &lost)) {
		if (lines > 0)
			lines--;
		else
			call->at.count++;
	}
	call->at.seq = from;
	call->at.until = (uint32_t)ring->next_seq;
	call->at.hint = 0;
	call->at.phase = 1;
}

/* The text is cut to what fits. */
static void put_record(struct aiot_call *call, const struct aiot_ring_record *record)
{
	struct aiot_json_out *json = &call->json;
	bool cut = record->cut;

	aiot_json_put_object(json, NULL);
	put_cursor(json, (uint32_t)record->seq);
	aiot_small_put_us(call, "time_us", record->wall_ns);
	aiot_small_put_us(call, "mono_us", (int64_t)record->mono_ns); /* may be before 0 */
	aiot_json_put_str(json, "level", aiot_level_word(record->level));
	aiot_json_put_strn(json, "name", record->name, record->name_len);
	cut |= !aiot_json_put_cut(json, "text", record->text, record->text_len, BEHIND);
	if (cut)
		aiot_json_put_bool(json, "cut", true);
	aiot_json_put_end_object(json);
}

enum aiot_call_result aiot_small_log(struct aiot_call *call)
{
	struct aiot_ring_record record;
	struct aiot_json_out *json = &call->json;
	uint32_t lost = 0;
	bool found;

	if (call->at.phase == 0)
		begin(call, &record);
	do {
		found = next(call, &record, &lost);
	} while (found && call->at.count > 0 && call->at.count-- > 0);
	/* What came while the pages before were read is left to whoever follows. */
	if (found && record.seq >= call->at.until && call->command->id == AIOT_CMD_LOG) {
		call->at.seq = call->at.until;
		found = false;
	}
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
	put_cursor(json, (uint32_t)call->at.seq - 1);
	return AIOT_CALL_DONE;
}
