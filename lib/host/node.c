/*
 * node.c - the built-in service behind [Node]: its options, its figures, its one task.
 *
 * Loaded by unit-load.c like the service of a module.  The task runs while somebody wants the board
 * to be taken in: it lets node-talk.c go on whenever something has come, is due or was ordered.
 * Whether the board answers is the task's state: running, or restarting while it is looked for.
 */
#include "node-private.h"

#include <string.h>

#include "units.h"

#define TELL_AGAIN_NS (60 * AIOT_NS_PER_S)

/* ---- what is said ---- */

void aiot_node_say(struct aiot_node *node, enum aiot_level level, const char *fmt, ...)
{
	const struct aiot_entry *e = &node->task->entry;
	va_list ap;

	va_start(ap, fmt);
	aiot_core_vlog(node->core, aiot_entry_name(e), e->name_len, level, fmt, ap);
	va_end(ap);
}

/* Its reasons may take turns each second: the first is told, others now and then. */
static void tell_lost(struct aiot_node *node, const char *why)
{
	bool first = !node->away, other = strcmp(node->error_text, why) != 0;

	if (!first && (!other || node->core->now_ns - node->told_ns < TELL_AGAIN_NS))
		return;
	node->told_ns = node->core->now_ns;
	(void)aiot_format_to(node->error_text, sizeof(node->error_text), "%s", why);
	aiot_node_say(node, AIOT_WARN, "not reachable: %s", why);
}

/* Tasks that are shown here are as they were told; who looks at status learns that they are old. */
static void show(struct aiot_node *node, enum aiot_state state)
{
	struct aiot_entry *e = &node->task->entry;

	if (e->state == AIOT_STARTING || e->state == AIOT_RUNNING || e->state == AIOT_RESTARTING)
		aiot_entry_set(node->core, e, state);
}

void aiot_node_lost(struct aiot_node *node, const char *fmt, ...)
{
	char why[AIOT_NODE_WHY], text[AIOT_NODE_WHY + 64];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, why, sizeof(why));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	tell_lost(node, aiot_out_str(&out));
	(void)aiot_format_to(text, sizeof(text), "node '%s' is not reachable: %s", node->name, why);
	memcpy(node->why, why, sizeof(why));
	if (!node->away)
		node->away_ns = node->core->now_ns;
	node->away = true;
	show(node, AIOT_RESTARTING);
	aiot_node_orders_fail(node, text);
	aiot_node_forwards_fail(node, text);
}

void aiot_node_found(struct aiot_node *node)
{
	node->away = false;
	node->told_ns = 0;
	node->error_text[0] = '\0';
	show(node, AIOT_RUNNING);
}

/* ---- the task ---- */

static void begin(struct aiot_node *node)
{
	node->stage = AIOT_NODE_CLOSED;
	node->topic = AIOT_NODE_NOTHING;
	node->open_ns = node->quiet_ns = node->poll_ns = 0;
	node->has_offset = false;
	aiot_node_cursor_load(node);
}

/* Its tasks stay, as they were told last. */
static void end(struct aiot_node *node)
{
	static const char why[] = "it is stopped";

	aiot_node_close(node);
	aiot_node_cursor_save(node);
	node->stage = AIOT_NODE_CLOSED;
	if (!node->away)
		node->away_ns = node->core->now_ns;
	node->away = true;
	memcpy(node->why, why, sizeof(why));
	aiot_node_orders_fail(node, why);
	aiot_node_forwards_fail(node, why);
}

static uint32_t wait_ms(const struct aiot_node *node, uint64_t due_ns)
{
	uint64_t ns = due_ns > node->core->now_ns ? due_ns - node->core->now_ns : 0;

	return ns / AIOT_NS_PER_MS < 60000 ? (uint32_t)(ns / AIOT_NS_PER_MS) + 1 : 60000;
}

static struct aiot_wait next_news(struct aiot_node *node)
{
	uint64_t due_ns;

	aiot_event_reset(&node->kick);
	due_ns = aiot_node_talk(node);
	return aiot_event_wait(node->task, &node->kick, wait_ms(node, due_ns));
}

static enum aiot_co keep_up(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct aiot_node, self);
	begin(self);
	for (;;)
		AIOT_WAIT(t, next_news(self));
	AIOT_FINALLY(t);
	end(self);
	AIOT_END(t);
}

/* ---- its life ---- */

static int check_options(struct aiot_task *t, const struct aiot_node *node)
{
	if (node->device[0] != '/')
		return aiot_fail(t, -AIOT_EINVAL,
				 "Device: '%s' is no path; it begins with /, as in /dev/ttyACM0",
				 node->device);
	if (!aiot_node_baud_known(node->baud))
		return aiot_fail(t, -AIOT_EINVAL,
				 "Baud: %u is no rate of serial devices; 115200 is usual",
				 (unsigned)node->baud);
	if (node->max_tasks == 0 || node->max_tasks > AIOT_NODE_TASKS_MAX)
		return aiot_fail(t, -AIOT_EINVAL, "MaxTasks: %u is not from 1 to %u",
				 (unsigned)node->max_tasks, AIOT_NODE_TASKS_MAX);
	return 0;
}

static int init(struct aiot_task *t, void *self)
{
	const struct aiot_spec_block *block =
		(const struct aiot_spec_block *)(const void *)t->entry.spec;
	struct aiot_node *node = self;
	size_t len;
	int r;

	if (block->unit == NULL) /* made by `add`, or beside another run */
		return aiot_fail(t, -AIOT_EINVAL, "a node has one task, which its file makes");
	len = strlen(block->unit->name);
	if (len > AIOT_NODE_NAME_MAX)
		return aiot_fail(t, -AIOT_ENAMETOOLONG,
				 "'%s' is too long for a node: at most %u letters",
				 block->unit->name, AIOT_NODE_NAME_MAX);
	r = check_options(t, node);
	if (r < 0)
		return r;
	memcpy(node->name, block->unit->name, len + 1);
	node->task = t;
	node->core = aiot_task_core(t);
	node->host = node->core->ctx;
	node->board = node->board_text;
	node->version = node->version_text;
	node->reset = node->reset_text;
	node->error = node->error_text;
	node->block.owner = block->unit;
	node->away = true;
	memcpy(node->why, "it was not started yet", sizeof("it was not started yet"));
	aiot_node_place_init(node);
	return 0;
}

static void fini(void *self)
{
	struct aiot_node *node = self;

	aiot_node_close(node);
	while (node->first != NULL)
		aiot_node_task_leave(node->first);
	aiot_node_forwards_free(node);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct aiot_node, device, "Device", "",
		     "the board's serial device, or a UNIX socket"),
	AIOT_OPT_U32(struct aiot_node, baud, "Baud", "115200", "of a serial device: 8N1"),
	AIOT_OPT_U32(struct aiot_node, max_tasks, "MaxTasks", "64",
		     "of the board, that are shown at most"),
	AIOT_OPT_MS_LIVE(struct aiot_node, refresh_ms, "RefreshSec", "10s",
			 "how old figures of its tasks may be while no state changes; 0: any age"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_STR(struct aiot_node, board, "what the board calls itself"),
	AIOT_STAT_STR(struct aiot_node, version, "of its firmware"),
	AIOT_STAT_STR(struct aiot_node, reset, "why it was reset last"),
	AIOT_STAT_U32(struct aiot_node, boots, "how often it has started"),
	AIOT_STAT_STR(struct aiot_node, error, "why it is not reachable"),
	AIOT_STAT_U32(struct aiot_node, connects, "how often it was found"),
	AIOT_STAT_U32(struct aiot_node, resets, "how often it was reset meanwhile"),
	AIOT_STAT_U32(struct aiot_node, tasks, "tasks it has"),
	AIOT_STAT_U64(struct aiot_node, lines, "lines of its log that were read"),
	AIOT_STAT_U64(struct aiot_node, lost, "lines that were overwritten before"),
	AIOT_STAT_U32(struct aiot_node, requests, "requests sent"),
	AIOT_STAT_U32(struct aiot_node, retries, "sent again: not answered yet, or not understood"),
	AIOT_STAT_U32(struct aiot_node, noise, "lines that were damaged, both ways"),
	AIOT_STAT_DEC3(struct aiot_node, round_trip_ms, "of its greeting"),
	{0},
};

/* Not by AIOT_SERVICE: nobody outside is to find it. */
const struct aiot_service aiot_service_node = {
	.abi = AIOT_ABI,
	.size = sizeof(struct aiot_service),
	.opt_size = sizeof(struct aiot_opt),
	.stat_size = sizeof(struct aiot_stat),
	.kind_size = sizeof(struct aiot_kind),
	.verb_size = sizeof(struct aiot_verb),
	.cond_size = sizeof(struct aiot_cond),
	.name = "node",
	.info = "a board on a serial line",
	.main = keep_up,
	.self_size = sizeof(struct aiot_node),
	.opts = opts,
	.stats = stats,
	.init = init,
	.fini = fini,
};
