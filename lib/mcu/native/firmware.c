/*
 * firmware.c - a small firmware for the native board: hello, and a task that counts its runs.
 */
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "board.h"
#include "calls-board.h"
#include "calls.h"
#include "native.h"
#include "service.h"
#include "session.h"
#include "task.h"

static struct {
	uint32_t magic, boots;
	uint64_t log[1024];
} noinit;
void *const aiot_native_noinit = &noinit;
const size_t aiot_native_noinit_bytes = sizeof(noinit);

extern const struct aiot_service aiot_service_hello;

struct count {
	uint32_t runs;
};
static enum aiot_co counts(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct count, self);
	(void)self;
	aiot_info(t, "one more run");
	(void)aiot_result_int(t, 42);
	AIOT_END(t);
}
AIOT_SERVICE(count, struct count, .main = counts);

static enum aiot_co lingers(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct count, self);
	(void)self;
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 1500);
	AIOT_END(t);
}
AIOT_SERVICE(linger, struct count, .main = lingers);

static struct aiot_core core;
static struct aiot_ring ring;
static struct aiot_place_main place;
static struct aiot_session session;
static struct aiot_board_facts facts;
static int64_t wall_offset;
static bool awake;

static uint64_t mono(void *ctx)
{
	return aiot_board_now_ns();
}
static int64_t wall(void *ctx)
{
	return (int64_t)aiot_board_now_ns() + wall_offset;
}
static void *take(void *ctx, size_t size)
{
	return malloc(size);
}
static void give(void *ctx, void *block, size_t size)
{
	free(block);
}
static void wake(void *ctx)
{
	awake = true;
}
static void changed(void *ctx, struct aiot_entry *e)
{
	facts.changes++;
	aiot_session_poke(&session);
}
static void poke(void *ctx)
{
	aiot_session_poke(&session);
}
static void dropped(void *ctx, struct aiot_entry *e)
{
}
static const struct aiot_core_ops ops = {
	.mono_ns = mono,
	.wall_ns = wall,
	.take = take,
	.give = give,
	.wake = wake,
	.changed = changed,
	.dropped = dropped,
	.logged = poke,
	.poke = poke,
};
static const uint8_t boot_id[16] = "native";

static void set_wall(int64_t wall_ns)
{
	wall_offset = wall_ns - (int64_t)aiot_board_now_ns();
	aiot_ring_clock(&ring, boot_id, wall_offset);
}

static void add(const struct aiot_service *found, const char *name, bool start)
{
	struct aiot_service *service = calloc(1, sizeof(*service));
	struct aiot_spec *spec = calloc(1, sizeof(*spec));
	struct aiot_task *task;
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	if (aiot_service_check(found, found->name, service, &why) < 0)
		abort();
	(void)aiot_service_kind(service, NULL, &spec->kind);
	spec->service = service;
	spec->place = &place.place;
	spec->label = "linked in";
	spec->stop_timeout_ms = 90000;
	task = calloc(1, aiot_task_bytes(spec, AIOT_NAME_MAX));
	if (aiot_task_create(&core, spec, task, name, AIOT_RAISE, &task) < 0 ||
	    aiot_task_init_service(&core, task) < 0)
		abort();
	if (start)
		(void)aiot_core_start(&core, &task->entry);
}

void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr)
{
	aiot_board_reset();
}

int main(void)
{
	static const struct aiot_geometry geometry = {20, {6, 8, 2}};
	static struct aiot_commands commands;
	static char line[256], reply[1024];
	static const struct aiot_session_config config = {&commands, "native", line,
							  reply,     256,      1024};
	struct aiot_core_memory memory = {calloc(1, AIOT_CORE_WHEEL_BYTES(geometry)),
					  calloc(1, AIOT_CORE_WHEEL_BYTES(geometry)), &ring,
					  calloc(1, sizeof(struct aiot_stall))};

	aiot_board_init();
	if (noinit.magic != 7 ||
	    aiot_ring_attach(&ring, noinit.log, sizeof(noinit.log), NULL) < 0) {
		noinit.boots = 0;
		(void)aiot_ring_format(&ring, noinit.log, sizeof(noinit.log));
	}
	noinit.magic = 7;
	noinit.boots++;
	aiot_ring_clock(&ring, boot_id, 0);
	if (aiot_core_init(&core, &ops, NULL, geometry, &memory) < 0)
		abort();
	aiot_place_main_init(&place, &core);
	commands = (struct aiot_commands){&core,
					  {{aiot_commands_core, aiot_bindings_core, NULL},
					   {aiot_commands_board, aiot_bindings_board, &facts}}};
	facts = (struct aiot_board_facts){.board = "native",
					  .version = "0.1.0",
					  .reset = noinit.boots > 1 ? "requested" : "power-on",
					  .boots = noinit.boots,
					  .line_max = 256,
					  .set_wall = set_wall};
	aiot_session_init(&session, &config);
	add(&aiot_service_hello, "hello.service", true);
	add(&aiot_service_count, "count", false);
	add(&aiot_service_linger, "linger", true);
	for (;;) {
		uint64_t due = aiot_core_run(&core, 0);

		awake = false;
		if (!aiot_session_turn(&session) && !awake)
			aiot_board_sleep(due);
	}
}
