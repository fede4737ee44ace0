/*
 * crew.c - a service with child tasks: readers that measure, each in its own time, and a parent
 * that takes what they found out of a queue until it has enough.
 *
 * It runs on boards as well.  Under a daemon:
 *	[Service]
 *	Module = crew
 *	[Args]
 *	readers = 3
 *	enough = 100
 * `aiotoolsctl status --debug crew.service` names the readers; each has a status of its own.
 */
#include <aiotools.h>

struct reading {
	uint32_t reader, value;
};

struct crew {
	uint32_t readers, enough;
	uint32_t i, taken, sum;
	struct aiot_queue found;
	struct reading room[4], next;
};

struct reader {
	struct crew *crew; /* lives longer than its readers do */
	uint32_t number, every_ms;
	struct reading reading;
};

/* A child: measures for ever, and waits when the queue is full. */
static enum aiot_co reader(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct reader, self);
	self->crew = aiot_parent_self(t);
	self->reading.reader = self->number;
	for (;;) {
		AIOT_SLEEP_MS(t, self->every_ms);
		self->reading.value++;
		AIOT_WAIT(t, aiot_queue_put(t, &self->crew->found, &self->reading, AIOT_FOREVER));
	}
	AIOT_END(t);
}

static const char *const number[] = {"0", "1", "2", "3"};

/* The parent.  When it ends, its readers do. */
static enum aiot_co crew(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct crew, self);
	aiot_queue_init(&self->found, self->room, sizeof(self->room[0]), 4);
	self->taken = self->sum = 0;
	for (self->i = 0; self->i < self->readers && self->i < 4; self->i++) {
		const char *const args[] = {"number", number[self->i], NULL};

		if (aiot_child_start(t, "reader", number[self->i], args) < 0)
			AIOT_FAIL(t, -AIOT_EAGAIN, "cannot start reader %s", number[self->i]);
	}
	while (self->taken < self->enough) {
		AIOT_WAIT(t, aiot_queue_get(t, &self->found, &self->next, 10000));
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, -AIOT_ETIMEDOUT, "no reading in ten seconds");
		self->taken++;
		self->sum += self->next.value;
	}
	if (aiot_result_int(t, self->taken) < 0)
		aiot_warn(t, "no memory for the result");
	AIOT_END(t);
}

static const struct aiot_opt crew_opts[] = {
	AIOT_OPT_U32(struct crew, readers, "readers", "2", "how many readers, up to 4"),
	AIOT_OPT_U32(struct crew, enough, "enough", "10", "readings until it is done"),
	{0},
};
static const struct aiot_stat crew_stats[] = {
	AIOT_STAT_U32(struct crew, taken, "readings taken"),
	{0},
};
static const struct aiot_opt reader_opts[] = {
	AIOT_OPT_U32(struct reader, number, "number", "0", "which reader it is"),
	AIOT_OPT_MS(struct reader, every_ms, "every", "10ms", "pause between readings"),
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "reader", .fn = reader, .self_size = sizeof(struct reader), .opts = reader_opts},
	{0},
};

AIOT_SERVICE(crew, struct crew, .info = "Readers and their queue", .main = crew, .opts = crew_opts,
	     .stats = crew_stats, .kinds = kinds);
