/*
 * task.h - a task of the place "main": an entry, its first frame and a timer, in one block.
 *
 * place-main.c implements the place; aiotools.h's functions work on the task that is running.
 */
#ifndef AIOT_TASK_H
#define AIOT_TASK_H

#include "core.h"
#include "outcome.h"

/*
 * Layout of the one block a caller hands in:  struct aiot_task | long name | service's struct.
 * A firmware's tasks stand in an array instead, and their structs in another (lib/mcu/tasks.c):
 * root.self says where.  Where that is NULL, the task could not be made and cannot be started.
 * `top` is first because the macros of aiotools.h read it there; `timer` shares its link between
 * the wheel (sleeping) and the ready queue.
 */
struct aiot_task {
	struct aiot_frame *top; /* the innermost coroutine: the one that is resumed */
	struct aiot_timer timer;
#if AIOT_BOARD
	struct aiot_entry entry; /* its bytes are reached in short instructions here */
	struct aiot_frame root;
#else
	struct aiot_frame root;
	struct aiot_entry entry;
#endif
};

/* entry.run_flags */
#if AIOT_ORDERS
#define AIOT_RUN_UNWINDING 0x01u /* stop: each frame's FINALLY, then its caller's */
#else
#define AIOT_RUN_UNWINDING 0u /* nobody stops it */
#endif
#define AIOT_RUN_FAILING 0x02u /* some frame has failed, and nobody has caught it */
#define AIOT_RUN_MISUSED 0x04u /* the API was called wrongly: fail at the next return */
#define AIOT_RUN_HOOK 0x08u    /* inside init, on_stop or on_error: nothing can wait */
#if AIOT_BOARD
#define AIOT_RUN_ASLEEP 0u /* its sleep is armed at once */
#else
#define AIOT_RUN_ASLEEP 0x10u /* sleeps for timer.due ms, counted from the end of this step */
#endif
#if AIOT_WAITS
#define AIOT_RUN_WAITING 0x20u /* in a wait of wait.h */
#define AIOT_RUN_WAITED 0x40u  /* timer.due says how the last one ended */
#define AIOT_RUN_AT_ONCE 0x80u /* that wait was over before it began */
#else
#define AIOT_RUN_WAITING 0u /* nobody waits for more than time */
#define AIOT_RUN_WAITED 0u
#define AIOT_RUN_AT_ONCE 0u
#endif
#define AIOT_RUN_ARMED (AIOT_RUN_ASLEEP | AIOT_RUN_WAITING | AIOT_RUN_AT_ONCE)

/* aiot_frame.flags beside AIOT_FRAME_FINAL_ */
#define AIOT_FRAME_CAUGHT 0x2u	/* AIOT_TRY awaits it */
#define AIOT_FRAME_CLEANUP 0x4u /* it runs on behalf of a FINALLY */
#define AIOT_FRAME_FAILED 0x8u	/* its failure goes on to its caller when its FINALLY is through */
#define AIOT_FRAME_CODE 8	/* the failure's code, its sign dropped, is flags >> 8 */

static inline struct aiot_task *aiot_task_of(struct aiot_entry *entry)
{
	return (struct aiot_task *)(void *)((char *)entry - offsetof(struct aiot_task, entry));
}

/* The place whose tasks run on a core's own loop. */
struct aiot_place_main {
	struct aiot_place place;
	struct aiot_core *core;
};

void aiot_place_main_init(struct aiot_place_main *place, struct aiot_core *core);

static inline struct aiot_core *aiot_task_core(const struct aiot_task *task)
{
#if AIOT_BOARD
	return task->entry.spec->core;
#else
	return ((struct aiot_place_main *)(void *)task->entry.spec->place)->core;
#endif
}

/* Where a name lies that is not short, from the entry on: behind the task. */
#define AIOT_TASK_NAME_AT (sizeof(struct aiot_task) - offsetof(struct aiot_task, entry))

/* Room for a name of that length; the service's struct lies behind it, aligned to 8 bytes. */
static inline size_t aiot_task_name_room(size_t name_len)
{
	return name_len < AIOT_NAME_SHORT ? 0 : (name_len + 8u) & ~(size_t)7u;
}

/* Size of a task's block. */
static inline size_t aiot_task_bytes(const struct aiot_spec *spec, size_t name_len)
{
	return sizeof(struct aiot_task) + aiot_task_name_room(name_len) +
	       AIOT_KIND(spec)->self_size;
}

/*
 * Make a task in `block` (zeroed, 8-byte aligned; aiot_task_bytes() for the name, or for
 * AIOT_NAME_MAX under AIOT_RENAME) and enter it.  Returns what aiot_core_add() does.  On a board
 * the spec says core and name already.
 */
int aiot_task_create(struct aiot_core *core, AIOT_SPEC *spec, void *block, const char *name,
		     enum aiot_collision collision, struct aiot_task **ret);

/*
 * Set the task's options and run the service's init; once, before the first run.  A failure is the
 * init's code, its words are the entry's outcome.
 */
int aiot_task_init_service(struct aiot_core *core, struct aiot_task *task);
#if !AIOT_BOARD
/* Run its service's hand_over: `old` has left the registry, its struct is there still. */
int aiot_task_hand_over(struct aiot_core *core, struct aiot_task *task,
			const struct aiot_task *old);
#endif

static inline void *aiot_task_self(struct aiot_task *task)
{
	return task->root.self;
}

/* One step of a task that is due; called by the executor alone. */
void aiot_task_step(struct aiot_core *core, struct aiot_task *task);

/* Make the innermost frame go on in its FINALLY; false: it is busy with one, or never began. */
bool aiot_task_unwind(struct aiot_task *task);

/* Whether a stop makes it go there now. */
bool aiot_task_stops(const struct aiot_task *task);

/* The service called the API wrongly: it fails at its next return.  what: ends a sentence. */
#if AIOT_HELP
void aiot_task_misuse(struct aiot_task *task, const char *what);
#else
void aiot_task_misused(struct aiot_task *task);
/* The line has to do, so that these words take no room. */
#define aiot_task_misuse(task, what) aiot_task_misused(task)
#endif

/* Drop an error that is over: it was caught.  Nothing is dropped while another is on its way. */
void aiot_task_forget_error(struct aiot_task *task);

/* Take it out of the list it is in, if any. */
static inline void aiot_task_unlink(struct aiot_core *core, struct aiot_task *task)
{
	struct aiot_link *link = &task->timer.link;

	(void)core;
	if (link->next == NULL)
		return;
#if AIOT_BOARD
	struct aiot_link *before = aiot_list_before(link);

	aiot_fifo_forget(&core->ready, link, before);
#if AIOT_TEXT
	aiot_fifo_forget(&core->wheel.list, link, before); /* only then its last one is known */
#endif
#endif
	aiot_list_remove(link);
}

/* It waits no longer, for whatever it was. */
static inline void aiot_task_disarm(struct aiot_task *task)
{
	task->entry.run_flags &= (uint8_t)~AIOT_RUN_ARMED;
	aiot_task_unlink(aiot_task_core(task), task);
}

/* Put a task that is in no list to sleep. */
void aiot_task_sleep(struct aiot_core *core, struct aiot_task *task, uint64_t span_ns);

/* Make a sleeping or idle task run at the next turn. */
void aiot_task_wake(struct aiot_core *core, struct aiot_task *task);

#endif
