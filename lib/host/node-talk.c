/*
 * node-talk.c - the conversation with a board: what is asked next, and what an answer means.
 *
 * Called by the node's task whenever something has come, is due or was ordered.  One exchange is
 * under way at a time (core/serial.h).  A poll, which the board answers when it has news, is
 * dropped for an order; passes over its tasks and its log are begun anew after one.  Nothing a
 * board says makes this go on without end: bytes, pages and polls are bounded in number or in time.
 */
#include "node-private.h"

#include <string.h>
#include <sys/random.h>

#define READ_BYTES 4096
#define READS_MAX 4		    /* at a time, before the loop looks at anything else */
#define OPEN_AGAIN_NS AIOT_NS_PER_S /* a device that is not there */
#define BURST_NS AIOT_NS_PER_S
#define BURST_MAX 250 /* exchanges in that time: more than any serial line has */
#define POLL_WAIT_MS 10000u
#define FORWARD_WAIT_NS (10 * AIOT_NS_PER_S)
#define READ_WAIT_NS (10 * AIOT_NS_PER_S) /* for what a board can say at once */
#define LOOK_WAIT_NS (2 * AIOT_NS_PER_S)  /* the answer is there already */

/* ---- asking ---- */

static bool ask(struct aiot_node *node, enum aiot_node_topic topic, const char *method,
		const char *params, size_t len)
{
	uint64_t now_ns = aiot_node_clock(node);

	if (aiot_serial_call(&node->serial, method, (struct aiot_json){params, len}, now_ns) < 0)
		return false;
	node->topic = topic;
	node->asked_ns = now_ns;
	node->asked_retries = node->serial.retries;
	return true;
}

static void ask_hello(struct aiot_node *node)
{
	int64_t wall_us = node->core->ops->wall_ns(node->core->ctx) / 1000;
	char params[64];
	size_t len = 0;

	if (wall_us >= AIOT_CLOCK_SET_US)
		len = aiot_format_to(params, sizeof(params), "{\"wall_us\":%lld}",
				     (long long)wall_us);
	(void)ask(node, AIOT_NODE_HELLO, "io.aiotools.Node.Hello", len ? params : NULL, len);
}

static void ask_order(struct aiot_node *node, struct aiot_node_task *task)
{
	char params[AIOT_NAME_MAX + 64];
	struct aiot_out out;

	aiot_out_init(&out, params, sizeof(params));
	aiot_node_order_params(task, &out);
	node->asked = task;
	if (!ask(node, AIOT_NODE_ORDER, aiot_node_order_method(task), params, out.len))
		aiot_node_order_done(task, "its name is too long for the board's lines");
}

static void ask_forward(struct aiot_node *node, struct aiot_node_forward *f)
{
	f->sent = true;
	if (!ask(node, AIOT_NODE_FORWARD, f->method, f->params, strlen(f->params)))
		aiot_node_forward_done(node, f, "what is to be given on is too long for the board");
}

/* How its task is now, before whoever gave the call hears its answer and asks just that. */
static void ask_look(struct aiot_node *node, struct aiot_node_forward *f)
{
	char params[AIOT_NAME_MAX + 64];
	struct aiot_json_out json;
	struct aiot_out out;

	node->pages = 0;
	aiot_out_init(&out, params, sizeof(params));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	aiot_json_put_array(&json, "names");
	aiot_json_put_str(&json, NULL, f->task);
	aiot_json_put_end_array(&json);
	if (!node->plain_status)
		aiot_json_put_bool(&json, "debug", true);
	aiot_json_put_bool(&json, "log", false);
	aiot_json_put_end_object(&json);
	if (!ask(node, AIOT_NODE_LOOK, "io.aiotools.Task.Status", params, out.len))
		aiot_node_forward_done(node, f, NULL);
}

static void ask_status(struct aiot_node *node)
{
	static const char full[] = "{\"debug\":true,\"log\":false}", plain[] = "{\"log\":false}";
	const char *params = node->plain_status ? plain : full;

	node->stale_tasks = false;
	node->pages = 0;
	aiot_node_pass_begin(node);
	(void)ask(node, AIOT_NODE_STATUS, "io.aiotools.Task.Status", params, strlen(params));
}

static void ask_log(struct aiot_node *node)
{
	char params[AIOT_NODE_CURSOR + 32];
	struct aiot_json_out json;
	struct aiot_out out;

	node->stale_log = false;
	node->pages = 0;
	aiot_out_init(&out, params, sizeof(params));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	if (node->cursor[0] != '\0')
		aiot_json_put_str(&json, "after_cursor", node->cursor);
	aiot_json_put_end_object(&json);
	(void)ask(node, AIOT_NODE_LOG, "io.aiotools.Log.Read", params, out.len);
}

static void ask_poll(struct aiot_node *node)
{
	uint32_t wait_ms = POLL_WAIT_MS;
	char params[96];
	size_t len;

	if (node->refresh_ms != 0 && node->refresh_ms < wait_ms)
		wait_ms = node->refresh_ms;
	if (node->ask_clock || node->look_up)
		wait_ms = 0;
	node->look_up = false;
	len = aiot_format_to(params, sizeof(params), "{\"change\":%u,\"seq\":%u,\"wait_ms\":%u}",
			     node->poll_change, node->poll_seq, wait_ms);
	(void)ask(node, AIOT_NODE_POLL, "io.aiotools.Node.Poll", params, len);
}

static void ask_page(struct aiot_node *node)
{
	node->page_due = false;
	node->asked_ns = aiot_node_clock(node);
	node->asked_retries = node->serial.retries;
	aiot_serial_next(&node->serial, node->asked_ns);
}

/* A board at a socket may answer as fast as it likes: false, and quiet_ns says when to go on. */
static bool within_burst(struct aiot_node *node, uint64_t now_ns)
{
	if (now_ns - node->burst_ns >= BURST_NS) {
		node->burst_ns = now_ns;
		node->burst = 0;
	}
	if (++node->burst <= BURST_MAX)
		return true;
	node->quiet_ns = node->burst_ns + BURST_NS;
	return false;
}

/* The next exchange, if it is time for one. */
static void ask_next(struct aiot_node *node)
{
	struct aiot_node_forward *forward;
	struct aiot_node_task *task;
	uint64_t now_ns = aiot_node_clock(node);

	if (now_ns < node->quiet_ns || !within_burst(node, now_ns))
		return;
	if (node->page_due) {
		ask_page(node);
		return;
	}
	if (node->stage != AIOT_NODE_TALKING) {
		ask_hello(node);
		return;
	}
	forward = aiot_node_forward_sent(node);
	if (forward != NULL && forward->answered) {
		ask_look(node, forward);
		return;
	}
	task = aiot_node_next_order(node);
	forward = aiot_node_next_forward(node);
	if (task != NULL)
		ask_order(node, task);
	else if (forward != NULL)
		ask_forward(node, forward);
	else if (node->stale_tasks)
		ask_status(node);
	else if (node->stale_log && !node->look_up)
		ask_log(node);
	else if (now_ns >= node->poll_ns)
		ask_poll(node);
}

/* ---- the line ---- */

static void hang_up(struct aiot_node *node, const char *why)
{
	node->earlier.requests += node->serial.requests;
	node->earlier.retries += node->serial.retries - node->serial.waits;
	node->earlier.noise += node->serial.bad_lines + node->serial.naks;
	aiot_serial_drop(&node->serial);
	aiot_node_close(node);
	node->stage = AIOT_NODE_CLOSED;
	node->topic = AIOT_NODE_NOTHING;
	node->open_ns = aiot_node_clock(node) + OPEN_AGAIN_NS;
	aiot_node_lost(node, "%s", why);
}

/* A session of its own each time, for numbers begin anew. */
static void begin_session(struct aiot_node *node)
{
	struct aiot_serial_options options = {
		.baud = aiot_node_line_baud(node),
		.line = node->line_buffer,
		.line_bytes = sizeof(node->line_buffer),
		.input = node->input_buffer,
		.input_bytes = sizeof(node->input_buffer),
	};

	if (getrandom(&options.session, sizeof(options.session), GRND_NONBLOCK) < 0 ||
	    options.session == 0)
		options.session = (uint32_t)aiot_node_clock(node) | 1;
	aiot_serial_init(&node->serial, &options);
	node->stage = AIOT_NODE_GREETING;
	node->topic = AIOT_NODE_NOTHING;
	node->quiet_ns = 0;
	node->page_due = false;
}

static bool open_line(struct aiot_node *node)
{
	uint64_t now_ns = aiot_node_clock(node);
	char why[AIOT_NODE_WHY];

	if (now_ns < node->open_ns)
		return false;
	if (aiot_node_open(node, why, sizeof(why)) < 0) {
		node->open_ns = now_ns + OPEN_AGAIN_NS;
		aiot_node_lost(node, "%s", why);
		return false;
	}
	begin_session(node);
	return true;
}

static void feed(struct aiot_node *node, const char *bytes, size_t count)
{
	enum aiot_serial_event event;

	while (count > 0) {
		size_t n = aiot_serial_feed(&node->serial, bytes, count, aiot_node_clock(node),
					    &event);

		bytes += n;
		count -= n;
		aiot_node_hear(node, event);
	}
}

/* false: the device is gone. */
static bool read_line(struct aiot_node *node)
{
	char bytes[READ_BYTES];
	unsigned i;

	for (i = 0; i < READS_MAX; i++) {
		ssize_t n = aiot_node_read(node, bytes, sizeof(bytes));

		if (n < 0)
			return false;
		if (n == 0)
			return true;
		feed(node, bytes, (size_t)n);
	}
	return true;
}

static bool write_line(struct aiot_node *node)
{
	const char *bytes;
	size_t len;

	while ((len = aiot_serial_output(&node->serial, &bytes)) > 0) {
		ssize_t n = aiot_node_write(node, bytes, len);

		if (n <= 0)
			return n == 0;
		aiot_serial_wrote(&node->serial, (size_t)n, aiot_node_clock(node));
	}
	return true;
}

/* ---- time ---- */

/*
 * An order that the board is at longer than a lost one could take has been accepted: what comes of
 * it is told by the task's states.  A stop may take long, and the log is not to stand still
 * meanwhile.
 */
static uint64_t patience_ns(const struct aiot_node *node)
{
	uint32_t baud = aiot_node_line_baud(node);
	uint64_t bytes = AIOT_NODE_LINE + AIOT_NODE_INPUT;
	uint64_t line_ns = baud ? bytes * 10 * AIOT_NS_PER_S / baud : 0;

	return AIOT_SERIAL_TRIES * (AIOT_SERIAL_WAIT_NS + line_ns) + AIOT_SERIAL_BUSY_NS;
}

/* How long an exchange may take: somebody may wait for it, or behind it. */
static uint64_t most_ns(const struct aiot_node *node)
{
	switch (node->topic) {
	case AIOT_NODE_ORDER:
		return patience_ns(node);
	case AIOT_NODE_FORWARD:
		return FORWARD_WAIT_NS;
	case AIOT_NODE_LOOK:
		return LOOK_WAIT_NS;
	case AIOT_NODE_POLL:
		return AIOT_CORE_NEVER; /* an order takes its place */
	default:
		return READ_WAIT_NS + patience_ns(node); /* a slow line is no busy board */
	}
}

static void give_up(struct aiot_node *node)
{
	struct aiot_node_forward *f = aiot_node_forward_sent(node);

	if (node->topic == AIOT_NODE_ORDER) {
		if (node->asked != NULL)
			aiot_node_order_done(node->asked, NULL);
		node->asked = NULL;
	} else if (node->topic == AIOT_NODE_FORWARD || node->topic == AIOT_NODE_LOOK) {
		if (f != NULL)
			aiot_node_forward_done(
				node, f,
				f->answered ? NULL : "the board is still at it; look later");
	} else {
		aiot_node_hear(node, AIOT_SERIAL_NO_ANSWER);
	}
}

static void lose_patience(struct aiot_node *node)
{
	if (!aiot_serial_busy(&node->serial))
		return;
	if (aiot_node_clock(node) - node->asked_ns >= most_ns(node)) {
		aiot_serial_drop(&node->serial);
		give_up(node);
	} else if (node->topic == AIOT_NODE_POLL && aiot_node_urgent(node)) {
		aiot_serial_drop(&node->serial);
	}
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When there is something to do, if nothing comes before. */
static uint64_t next_due(const struct aiot_node *node)
{
	uint64_t due_ns = aiot_serial_due(&node->serial);

	if (node->line == NULL)
		return node->open_ns;
	if (!aiot_serial_busy(&node->serial) && node->page_due)
		return node->quiet_ns;
	if (!aiot_serial_busy(&node->serial))
		return node->quiet_ns > node->poll_ns ? node->quiet_ns : node->poll_ns;
	if (most_ns(node) != AIOT_CORE_NEVER)
		due_ns = sooner(due_ns, node->asked_ns + most_ns(node));
	return due_ns;
}

static void count(struct aiot_node *node)
{
	const struct aiot_serial *s = &node->serial;

	node->requests = node->earlier.requests + s->requests;
	node->retries = node->earlier.retries + s->retries - s->waits;
	node->noise = node->earlier.noise + s->bad_lines + s->naks;
}

uint64_t aiot_node_talk(struct aiot_node *node)
{
	static const char gone[] = "its device is gone";

	if (node->line == NULL && !open_line(node))
		return node->open_ns;
	if (!read_line(node)) {
		hang_up(node, gone);
		return node->open_ns;
	}
	aiot_node_hear(node, aiot_serial_tick(&node->serial, aiot_node_clock(node)));
	lose_patience(node);
	if (!aiot_serial_busy(&node->serial))
		ask_next(node);
	if (!write_line(node))
		hang_up(node, gone);
	else
		count(node);
	return next_due(node);
}
