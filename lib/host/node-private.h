/*
 * node-private.h - what the node*.c files share, and nobody else.
 */
#ifndef AIOT_NODE_PRIVATE_H
#define AIOT_NODE_PRIVATE_H

#include <string.h>

#include "callout.h"
#include "node.h"
#include "timetext.h"

/* ---- node.c ---- */

/* A line of the node's own log. */
void aiot_node_say(struct aiot_node *node, enum aiot_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Nothing is heard of the board any more, and why: orders and calls under way are answered with
 * that sentence, its tasks stay as they were told last.
 */
void aiot_node_lost(struct aiot_node *node, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* It answers again. */
void aiot_node_found(struct aiot_node *node);
/* Have the conversation go on soon. */
static inline void aiot_node_kick(struct aiot_node *node)
{
	aiot_event_set(&node->kick);
}
/* Ours, of a time by the board's clock. */
static inline uint64_t aiot_node_time(const struct aiot_node *node, uint64_t board_us)
{
	return board_us * 1000 + (uint64_t)node->offset_ns;
}

/* ---- node-line.c ---- */

/* Open the device and watch it; negative, with the end of a sentence in why. */
int aiot_node_open(struct aiot_node *node, char *why, size_t why_size);
/* NULL is fine for a node without a line. */
void aiot_node_close(struct aiot_node *node);
/* What can be had now: 0: nothing; -AIOT_EPIPE: it is gone. */
ssize_t aiot_node_read(struct aiot_node *node, char *buf, size_t size);
/* What can be written now: 0: nothing, and the line is watched for room; -AIOT_EPIPE. */
ssize_t aiot_node_write(struct aiot_node *node, const char *buf, size_t len);
/* Bits per second of its line; 0: a socket. */
uint32_t aiot_node_line_baud(const struct aiot_node *node);
/* Whether serial devices have that rate. */
bool aiot_node_baud_known(uint32_t baud);

/* ---- node-talk.c ---- */

/* Go on as far as it goes without waiting; when to come again, on the core's clock. */
uint64_t aiot_node_talk(struct aiot_node *node);
static inline uint64_t aiot_node_clock(const struct aiot_node *node)
{
	return node->core->ops->mono_ns(node->core->ctx);
}

/* ---- node-hear.c ---- */

/* Something happened on the line. */
void aiot_node_hear(struct aiot_node *node, enum aiot_serial_event event);
/* Whether somebody waits whose turn comes before what is asked by the way. */
bool aiot_node_urgent(struct aiot_node *node);

/* ---- node-mirror.c ---- */

/* One page of Task.Status; of the first, the last. */
void aiot_node_pass_begin(struct aiot_node *node);
void aiot_node_pass_page(struct aiot_node *node, struct aiot_json tasks);
void aiot_node_pass_end(struct aiot_node *node);

/* ---- node-show.c ---- */

/* A task's parts of status; the place's ops. */
void aiot_node_brief(struct aiot_place *place, struct aiot_entry *entry,
		     struct aiot_json_out *json);
void aiot_node_detail(struct aiot_place *place, struct aiot_entry *entry,
		      struct aiot_json_out *json);
void aiot_node_stats(struct aiot_place *place, struct aiot_entry *entry,
		     struct aiot_json_out *json);
bool aiot_node_due(struct aiot_place *place, const struct aiot_entry *entry, int64_t *ret_us);

/* ---- node-log.c ---- */

/* Where an earlier run of the program ended to read. */
void aiot_node_cursor_load(struct aiot_node *node);
/* A page of Log.Read; the records go into our log. */
void aiot_node_log_page(struct aiot_node *node, struct aiot_json page);
/* Keep the cursor for the next run. */
void aiot_node_cursor_save(struct aiot_node *node);

/* ---- node-place.c ---- */

void aiot_node_place_init(struct aiot_node *node);
/* Enter a task that the board has; NULL: no memory, or its name is none. */
struct aiot_node_task *aiot_node_task_add(struct aiot_node *node, const char *name);
struct aiot_node_task *aiot_node_task_find(const struct aiot_node *node, const char *name);
/* It is no task of the board any more; whoever waits for it goes on. */
void aiot_node_task_leave(struct aiot_node_task *task);
/* The order that is to be sent next; NULL: none waits. */
struct aiot_node_task *aiot_node_next_order(const struct aiot_node *node);
/* Its request's parameters. */
const char *aiot_node_order_method(const struct aiot_node_task *task);
void aiot_node_order_params(const struct aiot_node_task *task, struct aiot_out *out);
/* It was answered (NULL: not refused), or will not be. */
void aiot_node_order_done(struct aiot_node_task *task, const char *why);
/* All orders that were not answered. */
void aiot_node_orders_fail(struct aiot_node *node, const char *why);

/* What the board calls the task. */
static inline const char *aiot_node_task_name(const struct aiot_node_task *task)
{
	return strchr(aiot_entry_name(&task->entry), ':') + 1;
}
static inline struct aiot_node_task *aiot_node_task_of(struct aiot_entry *entry)
{
	return (struct aiot_node_task *)(void *)entry; /* first member */
}

/* ---- node-forward.c ---- */

int aiot_node_forward(struct aiot_place *place, struct aiot_entry *entry, struct aiot_call *call);
/* The call that is to be sent next; NULL: none waits. */
struct aiot_node_forward *aiot_node_next_forward(struct aiot_node *node);
/* A page of its answer; false: it is too long. */
bool aiot_node_forward_page(struct aiot_node *node, struct aiot_node_forward *f,
			    struct aiot_json page);
/* It is answered: why NULL: by its pages. */
void aiot_node_forward_done(struct aiot_node *node, struct aiot_node_forward *f, const char *why);
void aiot_node_forwards_fail(struct aiot_node *node, const char *why);
/* Forget all of them. */
void aiot_node_forwards_free(struct aiot_node *node);
/* The one that is under way, its task being looked at included; NULL: none. */
struct aiot_node_forward *aiot_node_forward_sent(struct aiot_node *node);

#endif
