/*
 * exec.c - the executor: clock, wheel, ready queue and log of one loop.
 *
 * The owner calls aiot_core_run() when the time it last returned has come or ops->wake was called;
 * this runs alarms, moves tasks that are due into the ready queue and gives each one step.  A task
 * made ready by a step of this round runs in the next, so that no task can keep the loop to itself
 * by yielding. Never blocks, never allocates.
 */
#include <string.h>

#include "account.h"
#include "callout.h"
#include "core.h"
#include "port.h"
#include "task.h"

#if AIOT_TEXT
#define NOINLINE
#else
#define NOINLINE __attribute__((noinline)) /* where the stack is small */
#endif

static bool usable(struct aiot_geometry g, const struct aiot_core_memory *memory)
{
	if (memory->ring == NULL || g.tick_shift > 40)
		return false;
#if AIOT_BOARD
	return true;
#else
	return memory->wheel_mem != NULL && memory->alarm_mem != NULL && memory->stall != NULL &&
	       g.wheel.bits >= 1 && g.wheel.bits <= 8 && g.wheel.levels >= 1 &&
	       g.wheel.lane_bits <= 3;
#endif
}

/* What only some builds have. */
static void init_features(struct aiot_core *core, const struct aiot_core_memory *memory)
{
	(void)memory;
#if AIOT_CALENDARS
	aiot_list_init(&core->calendars);
	core->wall_offset_ns = core->ops->wall_ns(core->ctx) - (int64_t)core->now_ns;
	core->cycle_ns = AIOT_CYCLE_NS;
	core->silent_conditions = true;
#endif
#if AIOT_WAITS
	aiot_list_init(&core->awaited);
#endif
#if AIOT_CALLS
	aiot_list_init(&core->callouts);
#endif
#if !AIOT_BOARD
	core->stall = memory->stall;
	memset(core->stall, 0, sizeof(*core->stall));
#endif
}

int aiot_core_init(struct aiot_core *core, const struct aiot_core_ops *ops, void *ctx,
		   struct aiot_geometry g, const struct aiot_core_memory *memory)
{
	uint64_t now;

	if (!usable(g, memory))
		return -AIOT_EINVAL;
	memset(core, 0, sizeof(*core));
	core->ops = ops;
	core->mono_ns = ops->mono_ns;
	core->ctx = ctx;
#if !AIOT_BOARD
	core->tick_shift = g.tick_shift;
#endif
	core->ring = memory->ring;
	core->log_level = AIOT_INFO;
	now = ops->mono_ns(ctx);
	core->now_ns = now;
#if AIOT_TEXT
	core->start_ns = now;
#endif
	aiot_wheel_init(&core->wheel, g.wheel, memory->wheel_mem, now >> AIOT_TICK_SHIFT(core));
	aiot_wheel_init(&core->alarms, g.wheel, memory->alarm_mem, now >> AIOT_TICK_SHIFT(core));
	aiot_fifo_init(&core->ready);
	init_features(core, memory);
	return 0;
}

/* ---- running ---- */

static void run_alarms(struct aiot_core *core, uint64_t tick)
{
	struct aiot_fifo fired;

#if AIOT_BOARD && AIOT_TEXT
	if (aiot_wheel_empty(&core->alarms))
		return;
#endif
	aiot_fifo_init(&fired);
	aiot_wheel_advance(&core->alarms, tick, &fired);
	while (!aiot_fifo_empty(&fired)) {
		struct aiot_alarm *alarm = (struct aiot_alarm *)(void *)fired.list.next;

		(void)aiot_list_pop(&fired.list);
		alarm->fn(core, alarm);
		core->now_ns = aiot_core_clock_ns(core); /* no task's time */
	}
}

static struct aiot_task *task_at(struct aiot_link *link)
{
	return (struct aiot_task *)(void *)((char *)link - offsetof(struct aiot_task, timer));
}

#if AIOT_BOARD
static void prefetch(const struct aiot_link *link)
{
	(void)link; /* its memory is as near as any */
}
#else
/* What a step touches, but for a long name. */
#define HOT_BYTES offsetof(struct aiot_task, entry.last)

/* Bring in what a step touches.  Two steps ahead, for one is shorter than the way to memory. */
static void prefetch(struct aiot_link *link)
{
	const char *at = (const char *)task_at(link);

	__builtin_prefetch(at);
	__builtin_prefetch(at + 64);
	__builtin_prefetch(at + HOT_BYTES - 1);
}
#endif

#if AIOT_PRIORITY
#define SORT_BITS 4
#define SORT_LISTS (1u << SORT_BITS)

/* Stable: what was in front stays in front of its equals. */
static void sort_by_digit(struct aiot_link *round, unsigned shift)
{
	struct aiot_link list[SORT_LISTS];
	unsigned i;

	for (i = 0; i < SORT_LISTS; i++)
		aiot_list_init(&list[i]);
	while (!aiot_list_empty(round)) {
		struct aiot_link *link = round->next;
		unsigned rank = 127u - (unsigned)task_at(link)->entry.spec->priority;

		aiot_list_remove(link);
		aiot_list_append(&list[rank >> shift & (SORT_LISTS - 1)], link);
	}
	for (i = 0; i < SORT_LISTS; i++)
		aiot_list_splice(round, &list[i]);
}

/* The highest priority first. */
static void sort_round(struct aiot_core *core, struct aiot_link *round)
{
	if (core->prioritised == 0)
		return;
	sort_by_digit(round, 0);
	sort_by_digit(round, SORT_BITS);
}
#else
static void sort_round(struct aiot_core *core, struct aiot_link *round)
{
	(void)core;
	(void)round;
}
#endif

/*
 * Steps for all that is ready or due at this tick, which is the alarms', however long they took;
 * what is left over for want of budget stays first in line.
 */
static void run_ready(struct aiot_core *core, uint64_t tick, uint32_t budget)
{
	struct aiot_fifo round;
	uint32_t left = budget ? budget : UINT32_MAX;

	aiot_fifo_take(&core->ready, &round);
	aiot_wheel_advance(&core->wheel, tick, &round);
	sort_round(core, &round.list);
	while (!aiot_fifo_empty(&round) && left-- > 0) {
		struct aiot_task *task = task_at(round.list.next);

		prefetch(round.list.next->next->next);
		(void)aiot_list_pop(&round.list);
		aiot_task_step(core, task);
	}
	aiot_fifo_put_back(&core->ready, &round.list);
}

#if AIOT_BOARD
/* In 32 bits as far as it goes: both lists have been brought to the present. */
static uint64_t next_time(struct aiot_core *core)
{
	const struct aiot_link *timer = core->wheel.list.list.next;
	const struct aiot_link *alarm = core->alarms.list.list.next;
	uint64_t tick = core->wheel.now;
	uint32_t ahead = UINT32_MAX;

	if (!aiot_fifo_empty(&core->ready) || aiot_callouts_due(core))
		return core->now_ns;
	if (timer != &core->wheel.list.list)
		ahead = aiot_wheel_ahead(timer, (uint32_t)tick);
	else if (alarm == &core->alarms.list.list)
		return AIOT_CORE_NEVER;
	if (alarm != &core->alarms.list.list && aiot_wheel_ahead(alarm, (uint32_t)tick) < ahead)
		ahead = aiot_wheel_ahead(alarm, (uint32_t)tick);
	return (tick + ahead) << AIOT_TICK_SHIFT(core);
}
#else
static uint64_t next_time(struct aiot_core *core)
{
	uint64_t tick = aiot_wheel_next(&core->wheel), alarm = aiot_wheel_next(&core->alarms);

	if (!aiot_fifo_empty(&core->ready) || aiot_callouts_due(core))
		return core->now_ns;
	if (alarm < tick)
		tick = alarm;
	return tick == AIOT_WHEEL_NEVER ? AIOT_CORE_NEVER : tick << AIOT_TICK_SHIFT(core);
}
#endif

/* What waits and owners ask of the round under way. */
static inline __attribute__((always_inline)) void begin_round(struct aiot_core *core)
{
	(void)core;
#if AIOT_COUNTERS
	core->rounds++;
#endif
#if AIOT_WAITS && !AIOT_BOARD
	core->stack = __builtin_frame_address(0);
#endif
#if !AIOT_BOARD
	core->shortest_ns = UINT64_MAX;
#endif
}

static inline void end_round(struct aiot_core *core)
{
	(void)core;
#if AIOT_CALENDARS && !AIOT_COUNTERS
	core->ran = true; /* beside `running`, so that one store does both */
#endif
}

uint64_t aiot_core_run(struct aiot_core *core, uint32_t budget)
{
	uint64_t tick;

#if !AIOT_BOARD
	AIOT_ASSERT(!core->running);
#endif
	core->running = true;
	core->woken = false;
	begin_round(core);
	core->now_ns = aiot_core_clock_ns(core);
	tick = core->now_ns >> AIOT_TICK_SHIFT(core);
	run_alarms(core, tick);
	run_ready(core, tick, budget);
	aiot_account_idle(core);
	end_round(core);
	core->running = false;
	aiot_callouts_step(core);
	return next_time(core);
}

void aiot_core_touch(struct aiot_core *core)
{
	if (!core->running)
		core->now_ns = aiot_core_clock_ns(core);
}

int64_t aiot_core_wall_of(const struct aiot_core *core, uint64_t mono_ns)
{
	/* The wall is read behind it: what was at the clock's beginning is not told as before it.
	 */
	uint64_t ago_ns = aiot_core_clock_ns(core) - mono_ns;

	return core->ops->wall_ns(core->ctx) - (int64_t)ago_ns;
}

/* ---- alarms ---- */

/* The owner sleeps until the time run() gave it: tell it when that is too late now. */
static void wake_owner(struct aiot_core *core)
{
	if (core->running || core->woken)
		return;
	core->woken = true;
	core->ops->wake(core->ctx);
}

/* Rounded up, so that nothing is early. */
static uint64_t tick_of(const struct aiot_core *core, uint64_t due_ns)
{
	uint64_t mask = (1ull << AIOT_TICK_SHIFT(core)) - 1;

	if (!AIOT_BOARD && due_ns > UINT64_MAX - mask)
		return UINT64_MAX >> AIOT_TICK_SHIFT(core); /* a board's are cut in any case */
	return (due_ns >> AIOT_TICK_SHIFT(core)) + ((due_ns & mask) != 0);
}

void aiot_alarm_set(struct aiot_core *core, struct aiot_alarm *alarm, uint64_t due_ns)
{
	aiot_alarm_cancel(alarm);
#if AIOT_BOARD && AIOT_TEXT
	if (core->alarms.now < core->wheel.now && aiot_wheel_empty(&core->alarms))
		core->alarms.now = core->wheel.now; /* it was left behind */
#endif
	aiot_wheel_add(&core->alarms, &alarm->timer, tick_of(core, due_ns));
	wake_owner(core);
}

void aiot_alarm_cancel(struct aiot_alarm *alarm)
{
	if (aiot_alarm_armed(alarm))
		aiot_wheel_remove(&alarm->timer);
}

#if AIOT_CONTROL && AIOT_TEXT
/* Whoever waits for later sets it again when he is stepped. */
static void poke(struct aiot_core *core, struct aiot_alarm *alarm)
{
	(void)alarm;
	aiot_callouts_poke(core);
	if (core->ops->poke != NULL)
		core->ops->poke(core->ctx);
}

void aiot_core_poke_at(struct aiot_core *core, uint64_t due_ns)
{
	if (aiot_alarm_armed(&core->poke_alarm) && core->poke_due_ns <= due_ns)
		return;
	core->poke_alarm.fn = poke;
	core->poke_due_ns = due_ns;
	aiot_alarm_set(core, &core->poke_alarm, due_ns);
}
#endif

/* ---- tasks ---- */

#if AIOT_BOARD && !AIOT_TEXT
void aiot_task_sleep(struct aiot_core *core, struct aiot_task *task, uint64_t span_ns)
{
	aiot_wheel_add(&core->wheel, &task->timer,
		       tick_of(core, aiot_core_clock_ns(core) + span_ns));
}
#elif AIOT_BOARD
void aiot_task_sleep(struct aiot_core *core, struct aiot_task *task, uint64_t span_ns)
{
	uint64_t due_ns = aiot_core_clock_ns(core) + span_ns + (1u << AIOT_TICK_SHIFT(core)) - 1;
	uint32_t tick = (uint32_t)(due_ns >> AIOT_TICK_SHIFT(core));

	aiot_wheel_add_ahead(&core->wheel, &task->timer, tick - (uint32_t)core->wheel.now);
}
#else
void aiot_task_sleep(struct aiot_core *core, struct aiot_task *task, uint64_t span_ns)
{
	if (span_ns < core->shortest_ns)
		core->shortest_ns = span_ns;
	aiot_wheel_add(&core->wheel, &task->timer, tick_of(core, core->now_ns + span_ns));
}
#endif

void aiot_task_wake(struct aiot_core *core, struct aiot_task *task)
{
	aiot_task_unlink(core, task);
	aiot_fifo_append(&core->ready, &task->timer.link);
	wake_owner(core);
}

/* ---- log ---- */

/* Within a step time goes on, and a step that is long is one whose records matter. */
static uint64_t record_ns(struct aiot_core *core)
{
	if (!core->running)
		return core->now_ns;
	return !AIOT_BOARD && core->ops->step_ns ? core->ops->step_ns(core->ctx)
						 : aiot_core_clock_ns(core);
}

/* The room for a record's text, in out.  Out of line, and so gone before printf goes deep. */
static NOINLINE void open_record(struct aiot_core *core, const char *name, size_t name_len,
				 enum aiot_level level, struct aiot_out *out)
{
	size_t room;
	char *text;

	aiot_core_touch(core);
	text = aiot_ring_reserve(core->ring, record_ns(core), (uint8_t)level, name, name_len,
				 AIOT_RING_TEXT_MAX, &room);
	aiot_out_init(out, text, room);
}

static NOINLINE void close_record(struct aiot_core *core, const struct aiot_out *out)
{
	(void)aiot_ring_commit(core->ring, out->len, out->error == -AIOT_ENOSPC);
	aiot_callouts_poke(core);
	if (aiot_callouts_due(core))
		wake_owner(core);
	if (core->ops->logged)
		core->ops->logged(core->ctx);
}

void aiot_core_vlog(struct aiot_core *core, const char *name, size_t name_len,
		    enum aiot_level level, const char *fmt, va_list ap)
{
	struct aiot_out out;

	if ((uint8_t)level > core->log_level)
		return;
	open_record(core, name, name_len, level, &out);
	aiot_vformat(&out, fmt, ap);
	close_record(core, &out);
}

void aiot_core_log(struct aiot_core *core, const char *name, enum aiot_level level, const char *fmt,
		   ...)
{
	va_list ap;

	va_start(ap, fmt);
	aiot_core_vlog(core, name, strlen(name), level, fmt, ap);
	va_end(ap);
}
