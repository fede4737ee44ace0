/*
 * aiotools-wait.h - waiting for something: events, queues, the end of other tasks; child tasks.
 *
 * Part of aiotools.h, which includes it: include that.  What it says about threads, pointers and
 * the ABI holds here too.
 *
 * Each aiot_..._wait, aiot_queue_get and aiot_queue_put begins a wait and is only ever written
 * inside AIOT_WAIT, in a coroutine:
 *	AIOT_WAIT(t, aiot_event_wait(t, &self->button, 5000));
 *	if (aiot_waited(t) == -AIOT_ETIMEDOUT)
 *		...
 * What it points to (event, queue, item) lives in self, never in a local.  A stop, a failure and
 * TimeoutSec= end a wait at any moment; the coroutine then goes on in its AIOT_FINALLY.
 */
#ifndef AIOTOOLS_WAIT_H
#define AIOTOOLS_WAIT_H

#include <aiotools.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIOT_FOREVER 0xffffffffu /* a timeout_ms: none.  0 only tries, and never waits. */

/* What a function that begins a wait returns, for AIOT_WAIT alone.  Frozen. */
struct aiot_wait {
	uint32_t began_;
};
#define AIOT_WAIT_API_ __attribute__((warn_unused_result)) AIOT_API

/*
 * Wait for what `wait` begins.  Where there is nothing to wait for, the coroutine goes on at once.
 * One that never has to wait gives the other tasks their turn now and then all the same.
 */
#define AIOT_WAIT(t, wait) AIOT_SUSPEND_(t, AIOT_WAIT_BEGIN_(wait))

/*
 * How the last AIOT_WAIT ended; valid up to the next one, or the next sleep (then it is 0).
 *	0			what was waited for is there
 *	-AIOT_ETIMEDOUT		timeout_ms ran out first
 *	-AIOT_ECANCELED		the object is gone (the task it belonged to was deleted), or this
 *				task is being stopped: then nothing was taken or put
 *	-AIOT_ENOENT		there is no such task
 *	-AIOT_EDEADLK		the task waits for this one, itself or through others
 * In AIOT_FINALLY it says whether a wait that was stopped had had its item: 0, and it is there.
 */
AIOT_API int aiot_waited(const struct aiot_task *t);

/* private: who waits for an object.  Frozen, as are the structs that hold it. */
struct aiot_link {
	struct aiot_link *next;
#if !AIOT_BOARD
	struct aiot_link *prev;
#endif
};
struct aiot_waiters {
	struct aiot_link tasks; /* link: aiot_task.timer.link */
	struct aiot_link known; /* link: aiot_core.awaited; an object that others wait for */
};

/* ---- events ---------------------------------------------------------------------------------- */

/*
 * Something that happens: set wakes all who wait, and whoever comes later goes on at once, until
 * reset.  All zero is a valid event that is not set.
 *
 * Events and queues belong to the loop whose tasks wait for them, and are used on its thread alone.
 * set, reset and pulse need no task: call them from any callback of that loop (uv_async_t's bridges
 * from other threads).  They live in some task's struct; when that task is deleted, those who wait
 * for them go on with -AIOT_ECANCELED.  One that lives elsewhere (static, malloc) is closed with
 * aiot_event_close() before its memory goes.
 */
struct aiot_event {
	struct aiot_waiters waiters; /* private */
	uint32_t set;		     /* private */
	uint32_t reserved;
};

AIOT_API void aiot_event_set(struct aiot_event *event);
AIOT_API void aiot_event_reset(struct aiot_event *event);
/* Wake all who wait now; it stays as it is. */
AIOT_API void aiot_event_pulse(struct aiot_event *event);
/* 1 or 0. */
AIOT_API int aiot_event_is_set(const struct aiot_event *event);
/* Wake all who wait with -AIOT_ECANCELED, and reset it. */
AIOT_API void aiot_event_close(struct aiot_event *event);

/* Wait until it is set, or pulsed.  In AIOT_WAIT. */
AIOT_WAIT_API_ struct aiot_wait aiot_event_wait(struct aiot_task *t, struct aiot_event *event,
						uint32_t timeout_ms);

/* ---- queues ---------------------------------------------------------------------------------- */

/*
 * Items of one size, first in, first out; so are those who wait.  The memory is the author's:
 *	struct pump { struct aiot_queue queue; struct reading kept[8]; struct reading next; };
 *	aiot_queue_init(&self->queue, self->kept, sizeof(self->kept[0]), 8);
 * With a capacity of 0 each put waits for its get.  Nothing is lost when a time-out and a put meet:
 * an item is with its getter, or still in the queue, or still with whoever put it.
 */
struct aiot_queue {
	struct aiot_waiters waiters; /* private, all of it */
	void *items;
	uint32_t item_bytes, capacity;
	uint32_t first, count;
	uint32_t putters; /* 1: those who wait want to put */
	uint32_t reserved;
};

/*
 * Set up an empty queue in memory that was zeroed before its first use.  items has room for
 * capacity items of item_bytes (at least 1) and lives as long as the queue.  May be called again:
 * what was queued is forgotten, those who wait for an item go on waiting, those who wait for room
 * put theirs.
 */
AIOT_API void aiot_queue_init(struct aiot_queue *queue, void *items, uint32_t item_bytes,
			      uint32_t capacity);

/* Without waiting, also from callbacks: 0, or -AIOT_EAGAIN: it is full, or empty. */
AIOT_API int aiot_queue_try_put(struct aiot_queue *queue, const void *item);
AIOT_API int aiot_queue_try_get(struct aiot_queue *queue, void *ret_item);
/* Items queued. */
AIOT_API uint32_t aiot_queue_count(const struct aiot_queue *queue);
/* Wake all who wait with -AIOT_ECANCELED, and forget what is queued. */
AIOT_API void aiot_queue_close(struct aiot_queue *queue);

/* Wait for room, or for an item.  *item is in self and stays there meanwhile.  In AIOT_WAIT. */
AIOT_WAIT_API_ struct aiot_wait aiot_queue_put(struct aiot_task *t, struct aiot_queue *queue,
					       const void *item, uint32_t timeout_ms);
AIOT_WAIT_API_ struct aiot_wait aiot_queue_get(struct aiot_task *t, struct aiot_queue *queue,
					       void *ret_item, uint32_t timeout_ms);

/* ---- other tasks ----------------------------------------------------------------------------- */

/*
 * Tasks are named as status shows them, services also without ".service"; ".NAME" is this task's
 * child NAME.
 *
 * Wait for the end of the run that is under way; none is: goes on at once.  A task that is deleted
 * meanwhile has ended, too.  One that waits for itself, also through others, is refused with
 * -AIOT_EDEADLK.  In AIOT_WAIT.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_task_wait(struct aiot_task *t, const char *name,
					       uint32_t timeout_ms);
/* The same by id, which no other task ever has; looks through all tasks. */
AIOT_WAIT_API_ struct aiot_wait aiot_task_wait_id(struct aiot_task *t, uint32_t id,
						  uint32_t timeout_ms);

/* A task as it is now.  Frozen. */
struct aiot_task_view {
	const char *state; /* "running", "done" ...; lives for ever */
	uint32_t id;
	uint32_t runs;	 /* begun */
	uint32_t alive;	 /* 1: a run is under way */
	int32_t failure; /* code the last run failed with; 0: it did not */
};

/* 0, -AIOT_ENOENT: no such task. */
AIOT_API int aiot_task_view(const struct aiot_task *t, const char *name,
			    struct aiot_task_view *ret);
/*
 * The last result of a task as JSON text into buf (size bytes, its end included): the value, null,
 * or {"error":"EIO","code":-5,"message":...,"traceback":[...]}.  The length, or -AIOT_ENOENT: no
 * such task, -AIOT_ENOSPC: it is longer; buf is "" then.  A text grows by its quotes and escapes.
 */
AIOT_API int aiot_task_result(const struct aiot_task *t, const char *name, char *buf, size_t size);

/* ---- child tasks ----------------------------------------------------------------------------- */

/*
 * Start a task of a kind of the same service (NULL: main), named PARENT.NAME.  args: "key",
 * "value", ... ended by NULL; the rest are defaults; NULL: all are.  It runs by itself: its failure
 * is its own, the parent learns of it by waiting and looking.  It stays until aiot_child_end(), or
 * the end of the parent's run, which waits for its children: they are stopped, each within its stop
 * time-out, and deleted.
 * -AIOT_EEXIST: there is one of that name; -AIOT_ENOENT: no such kind; -AIOT_EINVAL, -AIOT_ERANGE:
 * a name or an argument (the log says which); -AIOT_ENAMETOOLONG; -AIOT_ENOMEM; -AIOT_ECANCELED:
 * this task is stopping; -AIOT_ENOSYS: the board has no child tasks.
 */
AIOT_WAIT_API_ int aiot_child_start(struct aiot_task *t, const char *kind, const char *name,
				    const char *const *args);
/*
 * Stop a child and delete it; its name is free when it is over (AIOT_WAIT for it, if need be).
 * -AIOT_ENOENT: there is none of that name.
 */
AIOT_API int aiot_child_end(struct aiot_task *t, const char *name);
/* A child's parent's struct, valid as long as the child; NULL: it is no child. */
AIOT_API void *aiot_parent_self(const struct aiot_task *t);

/* -- what the macros are made of; not for use by hand -- */
#define AIOT_WAIT_BEGIN_(wait)                                                                     \
	do {                                                                                       \
		const struct aiot_wait aiot_began_ = (wait);                                       \
		(void)aiot_began_;                                                                 \
	} while (0)

#ifdef __cplusplus
}
#endif

#include <aiotools-call.h> /* behind this, for it needs it */
#endif
