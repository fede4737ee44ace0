/*
 * board.c - the firmware: a core, the tasks of the board's table, its serial line, in fixed memory.
 *
 * Called by the start-up code (main) and by the port's fault and watchdog handlers.  The loop runs
 * what is due, gives the serial line its turn, and sleeps until something is due or an interrupt
 * has come.  A turn that takes longer than AIOT_WATCHDOG_MS is a task that does not yield: the
 * watchdog ends it, and the next start tells which it was.
 */
#include "board.h"

#include <string.h>

#include "calls-board.h"
#include "command-rows.h"
#include "held.h"
#include "noinit.h"
#include "port.h"
#include "session.h"
#include "tasks.h"
#include "units.h"

#ifndef AIOT_VERSION
#error "the build defines AIOT_VERSION"
#endif

#define TICK_SHIFT 20	    /* a tick is 1.05 ms */
#define RESET_NS 100000000u /* for the reply to go out */

_Static_assert(AIOT_WATCHDOG_MS <= 2000, "what every port can count to");

struct aiot_core aiot_board_core;
struct aiot_place_main aiot_board_place;

/* What every byte of the serial line needs comes first: there it takes the shortest instructions.
 */
static struct firmware {
	struct aiot_session session;
	struct aiot_ring ring;
	struct aiot_units units;
	struct aiot_start start;
	struct aiot_board_crash crash;
	struct aiot_board_facts facts;
	struct aiot_commands commands;
	int64_t wall_offset_ns;
	uint64_t reset_ns; /* when a reset that was asked for is due; 0: none */
	bool woken;	   /* something is due although the core's round is over */
} fw;

/* ---- what the core asks of its owner ---- */

static uint64_t mono_ns(void *ctx)
{
	(void)ctx;
	return aiot_board_now_ns();
}

static int64_t wall_ns(void *ctx)
{
	(void)ctx;
	return (int64_t)aiot_board_now_ns() + fw.wall_offset_ns;
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
	(void)ctx;
	fw.woken = true;
}

static void changed(void *ctx, struct aiot_entry *entry)
{
	(void)ctx;
	(void)entry;
	fw.facts.changes++;
	aiot_session_poke(&fw.session);
}

static void dropped(void *ctx, struct aiot_entry *entry)
{
	(void)ctx;
	(void)entry; /* its memory is not given out again */
}

static void poke(void *ctx)
{
	(void)ctx;
	aiot_session_poke(&fw.session);
}

#if AIOT_TEXT
static bool origin(void *ctx, struct aiot_entry *entry, struct aiot_json_out *json)
{
	const struct aiot_board_row *row = aiot_tasks_row(entry);
	const struct aiot_service *service = entry->spec->service;
	const char *info = row->info ? row->info : service->info;

	(void)ctx;
	aiot_json_put_str(json, "name", service->name);
	aiot_json_put_str(json, "info", info ? info : "");
	aiot_json_put_str(json, "docs", row->docs ? row->docs : service->docs);
	aiot_json_put_str(json, "path", entry->spec->label);
	aiot_json_put_str(json, "type", row->plan ? "schedule.service" : "runtime.service");
	return true;
}
#endif

static void info(void *ctx, struct aiot_json_out *json)
{
	(void)ctx;
	aiot_json_put_str(json, "product", "aiotools");
	aiot_json_put_str(json, "version", AIOT_VERSION);
	aiot_json_put_str(json, "name", fw.facts.board);
	aiot_json_put_u64(json, "boots", fw.facts.boots);
	aiot_json_put_str(json, "reset", fw.facts.reset);
	aiot_json_put_object(json, "memory");
	aiot_json_put_u64(json, "units", AIOT_UNIT_COUNT);
	aiot_json_put_u64(json, "in_use", fw.units.in_use);
	aiot_json_put_u64(json, "most", fw.units.most);
	aiot_json_put_end_object(json);
}

static const struct aiot_core_ops ops = {
	.mono_ns = mono_ns,
	.wall_ns = wall_ns,
	.take = take,
	.give = give,
	.wake = wake,
	.changed = changed,
	.dropped = dropped,
	.poke = poke,
	.logged = poke,
#if AIOT_TEXT
	.origin = origin,
#endif
	.info = info,
};

/* ---- the clock on the wall ---- */

/* The log's clock epochs are told apart by it: another start, another clock. */
static void tell_clock(void)
{
	uint8_t boot[16] = {0};

	memcpy(boot, &fw.facts.boots, sizeof(fw.facts.boots));
	aiot_ring_clock(&fw.ring, boot, fw.wall_offset_ns);
}

static void set_wall(int64_t ns)
{
	fw.wall_offset_ns = ns - (int64_t)aiot_board_now_ns();
	tell_clock();
}

/* ---- what only a board's end can do ---- */

static enum aiot_call_result restart(struct aiot_call *call)
{
	(void)call;
	aiot_core_log(&aiot_board_core, aiot_board_core.name, AIOT_INFO, "reset, asked for");
	fw.reset_ns = aiot_board_now_ns() + RESET_NS;
	fw.woken = true;
	return AIOT_CALL_DONE;
}

static const struct aiot_command commands[] = {
	COMMAND(DAEMON_RESTART, ADMIN, 0, "daemon-restart", "Daemon.Restart", no_params,
		"reset the board", "()"),
	{0},
};

static const struct aiot_binding bindings[] = {
	{AIOT_CMD_DAEMON_RESTART, restart},
	{0},
};

/* ---- faults ---- */

/* Where the task was when its step began, if what says so is still what it was. */
static void blame_task(void)
{
	const struct aiot_task *t = aiot_board_core.current;
	const struct aiot_site *site = NULL;

	if (t == NULL || !aiot_tasks_hold(t, sizeof(*t)))
		return;
	if (aiot_tasks_hold(t->top, sizeof(*t->top)))
		site = t->top->site;
	aiot_held_blame(t);
	aiot_noinit_blame(aiot_entry_name(&t->entry), site ? site->file : NULL,
			  site ? site->line : 0);
}

_Noreturn void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr)
{
	bool watchdog = strcmp(what, AIOT_BOARD_WATCHDOG) == 0;

	aiot_noinit_leave_fault(watchdog ? AIOT_RESET_WATCHDOG : AIOT_RESET_FAULT, what, pc, lr);
	blame_task();
	aiot_board_reset();
}

_Noreturn void aiot_port_panic(const char *what, const char *file, uint32_t line)
{
	uint32_t pc = (uint32_t)(uintptr_t)__builtin_return_address(0);

	aiot_noinit_leave_fault(AIOT_RESET_FAULT, what, pc, 0);
	blame_task();
	aiot_noinit_assertion(file, line);
	aiot_board_reset();
}

/* ---- start ---- */

static void tell_fault(const struct aiot_fault *f)
{
	char text[160];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_format(&out, "the run before this one ended by a fault: %s", f->what);
	if (f->task[0] != '\0')
		aiot_format(&out, ", task %s", f->task);
	if (f->file[0] != '\0')
		aiot_format(&out, " at %s:%u", f->file, f->line);
	aiot_format(&out, ", pc 0x%x, lr 0x%x", f->pc, f->lr);
	aiot_core_log(&aiot_board_core, aiot_board_core.name, AIOT_ERROR, "%s", aiot_out_str(&out));
}

static void tell_start(void)
{
	aiot_core_log(&aiot_board_core, aiot_board_core.name, AIOT_INFO,
		      "aiotools " AIOT_VERSION " starting on %s, start %u, reset: %s",
		      fw.facts.board, fw.facts.boots, fw.facts.reset);
	if (fw.start.lost > 0)
		aiot_core_log(&aiot_board_core, aiot_board_core.name, AIOT_WARN,
			      "the log was damaged, %lu bytes are lost",
			      (unsigned long)fw.start.lost);
	if (fw.start.fault != NULL)
		tell_fault(fw.start.fault);
}

static void make_facts(void)
{
	const struct aiot_fault *f = fw.start.fault;

	fw.facts = (struct aiot_board_facts){
		.board = aiot_board_name(),
		.version = AIOT_VERSION,
		.reset = aiot_reset_word(fw.start.reset),
		.boots = fw.start.boots,
		.line_max = AIOT_SESSION_LINE_MAX,
		.set_wall = set_wall,
	};
	if (f == NULL)
		return;
	fw.crash = (struct aiot_board_crash){
		.what = f->what,
		.task = f->task[0] ? f->task : NULL,
		.file = f->file[0] ? f->file : NULL,
		.line = f->line,
		.pc = f->pc,
		.lr = f->lr,
	};
	fw.facts.crash = &fw.crash;
}

static void make_core(void)
{
	const struct aiot_core_memory memory = {.ring = &fw.ring};
	const struct aiot_geometry geometry = {.tick_shift = TICK_SHIFT};

	AIOT_ASSERT(aiot_core_init(&aiot_board_core, &ops, &fw, geometry, &memory) == 0);
	aiot_board_core.name = fw.facts.board;
#if AIOT_JITTER
	aiot_board_core.seed = aiot_board_now_ns() ^ fw.facts.boots;
#endif
	aiot_place_main_init(&aiot_board_place, &aiot_board_core);
	fw.commands = (struct aiot_commands){
		.core = &aiot_board_core,
		.segment = {{aiot_commands_core, aiot_bindings_core, &fw},
			    {aiot_commands_board, aiot_bindings_board, &fw.facts},
			    {commands, bindings, &fw}},
	};
	aiot_session_init(&fw.session, &fw.commands);
}

/* ---- the loop ---- */

static void reset_if_due(void)
{
	if (fw.reset_ns == 0 || aiot_board_now_ns() < fw.reset_ns)
		return;
	aiot_noinit_leave(AIOT_RESET_REQUESTED);
	aiot_board_reset();
}

static void turn(void)
{
	uint64_t due;
	bool more;

	fw.woken = false;
	aiot_board_watch(AIOT_WATCHDOG_MS);
	due = aiot_core_run(&aiot_board_core, 0);
	more = aiot_session_turn(&fw.session);
	reset_if_due();
	if (fw.reset_ns != 0 && fw.reset_ns < due)
		due = fw.reset_ns;
	if (!more && !fw.woken)
		aiot_board_sleep(due);
}

int main(void)
{
	aiot_board_init();
	aiot_noinit_begin(&fw.start, &fw.ring);
	make_facts();
	make_core();
	tell_clock();
	tell_start();
	aiot_tasks_make(&aiot_board_core);
	aiot_held_stop(&aiot_board_core);
	for (;;)
		turn();
}
