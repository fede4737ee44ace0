/*
 * node-log.c - a board's log, line by line into ours.
 *
 * Called by node-hear.c with each page of Log.Read.  Times are those of our clock.  Which line was
 * read last is kept in memory and, for the next run of this program, in the runtime directory: that
 * is as old as the log that the lines went into.
 */
#include "node-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STATE_BYTES 128
#define AGREE_US 2000000 /* clocks that differ by less say the same */
#define AHEAD_US 60000000u
#define NAME_BYTES (AIOT_NODE_NAME_MAX + 1 + AIOT_NAME_MAX + 1)

/* ---- where it was read to ---- */

static bool state_path(const struct aiot_node *node, char *path, size_t size)
{
	if (node->host->runtime_dir == NULL)
		return false;
	(void)aiot_format_to(path, size, "%s/node-%s", node->host->runtime_dir, node->name);
	return true;
}

/* "BOOTS CURSOR\n"; anything else is as if there was none. */
void aiot_node_cursor_load(struct aiot_node *node)
{
	char path[4096], text[STATE_BYTES];
	char *at = text;
	uint32_t boots = 0;
	ssize_t len;
	int fd;

	if (node->boots != 0 || !state_path(node, path, sizeof(path)))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (len <= 0 || text[len - 1] != '\n')
		return;
	text[len - 1] = '\0';
	for (; *at >= '0' && *at <= '9' && boots < UINT32_MAX / 10; at++)
		boots = boots * 10 + (uint32_t)(*at - '0');
	if (*at != ' ' || strlen(at + 1) >= sizeof(node->cursor))
		return;
	memcpy(node->cursor, at + 1, strlen(at + 1) + 1);
	node->boots = boots;
}

/* Without it the next run reads the board's whole log again, which is no reason to complain. */
void aiot_node_cursor_save(struct aiot_node *node)
{
	char path[4096], text[STATE_BYTES];
	size_t len;
	int fd;

	if (node->cursor[0] == '\0' || !state_path(node, path, sizeof(path)))
		return;
	len = aiot_format_to(text, sizeof(text), "%u %s\n", node->boots, node->cursor);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		return;
	if (pwrite(fd, text, len, 0) != (ssize_t)len || ftruncate(fd, (off_t)len) < 0)
		(void)unlink(path);
	(void)close(fd);
}

/* ---- records ---- */

static uint64_t number_of(struct aiot_json object, const char *key)
{
	uint64_t value = 0;

	(void)aiot_json_u64(aiot_json_get(object, key), &value);
	return value;
}

/* When it was written by the board's clock; what can be no time is the beginning. */
static uint64_t mono_us_of(struct aiot_json record)
{
	uint64_t us = number_of(record, "mono_us");

	return us < INT64_MAX / 2000 ? us : 0;
}

/* What the board's wall clock said, if it was set; else 0. */
static int64_t told_wall_us(struct aiot_json record)
{
	int64_t us = 0;

	(void)aiot_json_i64(aiot_json_get(record, "time_us"), &us);
	return us >= AIOT_CLOCK_SET_US && us < INT64_MAX / 2000 ? us : 0;
}

/*
 * Whether a record was written before the board's present run: that is so behind a reset, until the
 * board's clock is seen to begin anew, and may be so when the board is met for the first time,
 * until both its clocks agree.
 */
static bool is_former(struct aiot_node *node, struct aiot_json record, uint64_t mono_us)
{
	int64_t wall_us = told_wall_us(record);
	int64_t by_mono_us = aiot_core_wall_of(node->core, aiot_node_time(node, mono_us)) / 1000;
	int64_t apart_us = wall_us - by_mono_us;

	if (mono_us < node->last_mono_us || (apart_us < AGREE_US && apart_us > -AGREE_US))
		node->former = AIOT_FORMER_NONE;
	node->last_mono_us = mono_us;
	return node->former == AIOT_FORMER_SURE ||
	       (node->former == AIOT_FORMER_MAYBE && wall_us != 0) ||
	       mono_us > node->board_us + AHEAD_US;
}

/*
 * When it was written, by our clock.  Of a former run of the board the wall time tells, if that was
 * known; else no more is known than that it was before the present run.
 */
static uint64_t time_of(struct aiot_node *node, struct aiot_json record)
{
	uint64_t mono_us = mono_us_of(record);
	int64_t wall_us = told_wall_us(record);

	if (!is_former(node, record, mono_us))
		return aiot_node_time(node, mono_us);
	if (wall_us == 0)
		return aiot_node_time(node, 0);
	return (uint64_t)(wall_us * 1000 - aiot_core_wall_of(node->core, 0));
}

/* What no task can be called is said to be the board's own. */
static size_t name_of(const struct aiot_node *node, struct aiot_json given, char *buf)
{
	char name[AIOT_NAME_MAX + 1];
	int len = aiot_json_str(given, name, sizeof(name));
	size_t total;

	if (len <= 0 || !aiot_name_valid(name, (size_t)len))
		return aiot_format_to(buf, NAME_BYTES, "%s:board", node->name);
	total = aiot_format_to(buf, NAME_BYTES, "%s:%s", node->name, name);
	return total < AIOT_RING_NAME_MAX ? total : AIOT_RING_NAME_MAX;
}

static uint8_t level_of(struct aiot_json word)
{
	char text[8];
	int level = -1;

	if (aiot_json_str(word, text, sizeof(text)) >= 0)
		level = aiot_level_parse(text);
	return level < 0 ? AIOT_INFO : (uint8_t)level;
}

static void take_record(struct aiot_node *node, struct aiot_json record)
{
	struct aiot_ring *ring = node->core->ring;
	uint8_t level = level_of(aiot_json_get(record, "level"));
	uint64_t mono_ns = time_of(node, record);
	char name[NAME_BYTES], text[AIOT_NODE_INPUT];
	struct aiot_out out;
	size_t name_len = name_of(node, aiot_json_get(record, "name"), name);

	aiot_out_init(&out, text, sizeof(text));
	(void)aiot_json_str_out(aiot_json_get(record, "text"), &out);
	node->lines++;
	if (level <= node->core->log_level)
		(void)aiot_ring_append(ring, mono_ns, level, name, name_len, text, out.len);
}

static void keep_cursor(struct aiot_node *node, struct aiot_json cursor)
{
	(void)aiot_json_str(cursor, node->cursor, sizeof(node->cursor));
}

void aiot_node_log_page(struct aiot_node *node, struct aiot_json page)
{
	struct aiot_json records = aiot_json_get(page, "records"), record;
	uint64_t lost = number_of(page, "lost");
	struct aiot_json_iter it = {NULL};

	if (lost > 0) {
		node->lost += lost;
		aiot_node_say(node, AIOT_WARN,
			      "lost=%llu lines of the board's log were overwritten before they "
			      "were read",
			      (unsigned long long)lost);
	}
	while (aiot_json_next(records, &it, NULL, &record)) {
		take_record(node, record);
		keep_cursor(node, aiot_json_get(record, "cursor"));
	}
	keep_cursor(node, aiot_json_get(page, "cursor"));
	if (node->core->ops->logged != NULL && aiot_json_count(records) > 0)
		node->core->ops->logged(node->core->ctx);
	aiot_callouts_poke(node->core);
}
