/*
 * console.c - the smallest firmware that can be asked: eight tasks, schedules in seconds, a log,
 * and a serial line for persons and programs.
 *
 * For tools/size, which says what that takes: two bundled services, unchanged, on the port's clock,
 * with the firmware's session.  Built with the core's configuration m0.  What else the firmware
 * does (board.c: reasons of resets, tasks that are held, a clock on the wall) is measured there.
 */
#include "board.h"
#include "port.h"
#include "session.h"
#include "tasks.h"
#include "units.h"

struct aiot_core aiot_board_core;
struct aiot_place_main aiot_board_place;

/* What every byte of the serial line needs comes first: there it takes the shortest instructions.
 */
static struct {
	struct aiot_session session;
	struct aiot_ring ring;
	struct aiot_units units;
} fw;
_Alignas(8) static char log_memory[AIOT_LOG_MEMORY] __attribute__((section(".noinit")));

static uint64_t mono_ns(void *ctx)
{
	(void)ctx;
	return aiot_board_now_ns();
}

static int64_t wall_ns(void *ctx)
{
	(void)ctx;
	return (int64_t)aiot_board_now_ns();
}

static void *take(void *ctx, size_t size)
{
	(void)ctx;
	return aiot_units_take(&fw.units, size);
}

static void give(void *ctx, void *block, size_t size)
{
	(void)ctx;
	aiot_units_give(&fw.units, block, size);
}

static void wake(void *ctx)
{
	(void)ctx; /* the core knows, and the main loop asks it */
}

static void poke(void *ctx)
{
	(void)ctx;
	aiot_session_poke(&fw.session);
}

static void of_entry(void *ctx, struct aiot_entry *entry)
{
	(void)entry;
	poke(ctx);
}

static void info(void *ctx, struct aiot_json_out *json)
{
	(void)ctx;
	aiot_json_put_str(json, "product", "aiotools");
	aiot_json_put_str(json, "version", AIOT_VERSION);
	aiot_json_put_str(json, "name", aiot_board_name());
	aiot_json_put_u64(json, "units", fw.units.most);
}

static const struct aiot_core_ops ops = {
	.mono_ns = mono_ns,
	.wall_ns = wall_ns,
	.take = take,
	.give = give,
	.wake = wake,
	.changed = of_entry,
	.dropped = of_entry,
	.poke = poke,
	.logged = poke,
	.info = info,
};

_Noreturn void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr)
{
	(void)what;
	(void)pc;
	(void)lr;
	aiot_board_reset();
}

_Noreturn void aiot_port_panic(const char *what, const char *file, uint32_t line)
{
	(void)file;
	aiot_board_fault(what, line, 0);
}

static const struct aiot_commands commands = {
	.core = &aiot_board_core,
	.segment = {{aiot_commands_core, aiot_bindings_core, &fw}},
};

/* Each out of line: what one has on the stack is not there while another works. */
#define NOINLINE __attribute__((noinline))

static NOINLINE void begin(void)
{
	static const struct aiot_core_memory memory = {.ring = &fw.ring};

	aiot_board_init();
	if (aiot_ring_attach(&fw.ring, log_memory, sizeof(log_memory), NULL) < 0)
		AIOT_ASSERT(aiot_ring_format(&fw.ring, log_memory, sizeof(log_memory)) == 0);
	AIOT_ASSERT(aiot_core_init(&aiot_board_core, &ops, &fw,
				   (struct aiot_geometry){20, {1, 1, 0}}, &memory) == 0);
	aiot_board_core.name = AIOT_BOARD_NAME;
	aiot_place_main_init(&aiot_board_place, &aiot_board_core);
	aiot_session_init(&fw.session, &commands);
}

static NOINLINE uint64_t run(void)
{
	return aiot_core_run(&aiot_board_core, 0);
}

static NOINLINE bool serve(void)
{
	return aiot_session_turn(&fw.session);
}

int main(void)
{
	uint64_t due;

	begin();
	aiot_tasks_make(&aiot_board_core);
	for (;;) {
		aiot_board_watch(AIOT_WATCHDOG_MS);
		due = run();
		if (!serve() && !aiot_board_core.woken)
			aiot_board_sleep(due);
	}
}
