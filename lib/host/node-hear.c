/*
 * node-hear.c - what a board answers, and what it means when it does not.
 *
 * Called by node-talk.c with each event of the line.  A change of the board's state becomes the
 * node's here: found, lost, reset, refused.  What it says of tasks and log goes on to node-mirror.c
 * and node-log.c; everything it says is taken for what a stranger says.
 */
#include "node-private.h"

#include <string.h>

#include "outcome.h"
#include "wire.h"

#define GREET_AGAIN_NS 500000000u	      /* a board that does not answer */
#define FORGOTTEN_PAUSE_NS 20000000u	      /* one that always forgets is not asked without end */
#define REFUSED_AGAIN_NS (10 * AIOT_NS_PER_S) /* one of another protocol: it may be flashed */
#define POLL_PAUSE_NS 20000000u /* between two: who always has news is not asked more often */
#define TELL_PAUSE_NS 20000000u /* callers hear of a failed order before the board is heard */
#define LOG_PAGES_MAX 64u
#define LOOK_PAGES_MAX 2u     /* at one task */
#define STATUS_PAGES_MORE 16u /* than there may be tasks */
#define CLOCK_SLACK_US 1000000u

/* ---- values ---- */

static uint64_t number(struct aiot_json object, const char *key)
{
	uint64_t value = 0;

	(void)aiot_json_u64(aiot_json_get(object, key), &value);
	return value;
}

/* Of microseconds that can be nanoseconds; else 0. */
static uint64_t clock_of(struct aiot_json object)
{
	uint64_t us = number(object, "now_us");

	return us < INT64_MAX / 2000 ? us : 0;
}

/* A member's text, cut to what fits. */
static void text_of(struct aiot_json object, const char *key, char *buf, size_t size)
{
	struct aiot_out out;

	aiot_out_init(&out, buf, size);
	(void)aiot_json_str_out(aiot_json_get(object, key), &out);
	(void)aiot_out_str(&out);
}

/* ---- clocks ---- */

/*
 * The board's clock said so between the instant of the request and that of the answer.  The offset
 * stays what it is while it is possible, so that times do not jitter; drift moves it.
 */
static void note_clock(struct aiot_node *node, uint64_t board_us)
{
	uint64_t now_ns = aiot_node_clock(node);
	int64_t least = (int64_t)(node->asked_ns - board_us * 1000);
	int64_t most = (int64_t)(now_ns - board_us * 1000);

	node->board_us = board_us;
	if (!node->has_offset) /* asked twice, nobody knows which time was answered */
		node->offset_ns = node->serial.retries == node->asked_retries
					  ? least + (most - least) / 2
					  : most;
	else if (node->offset_ns < least)
		node->offset_ns = least;
	else if (node->offset_ns > most)
		node->offset_ns = most;
	node->has_offset = true;
}

/* ---- what went wrong ---- */

static void greet(struct aiot_node *node, uint64_t pause_ns)
{
	node->stage = AIOT_NODE_GREETING;
	node->topic = AIOT_NODE_NOTHING;
	node->page_due = false;
	node->quiet_ns = aiot_node_clock(node) + pause_ns;
}

/* "node 'board': cannot start 'hello': ..." */
static void put_refusal(const struct aiot_node *node, struct aiot_json error,
			struct aiot_json message, struct aiot_out *out)
{
	char text[AIOT_NODE_WHY];

	aiot_out_init(out, out->buf, out->size);
	if (aiot_json_str(message, text, sizeof(text)) < 0 &&
	    aiot_json_str(error, text, sizeof(text)) < 0)
		(void)aiot_format_to(text, sizeof(text), "it refused, and did not say why");
	aiot_format(out, "node '%s': %s", node->name, text);
}

/* The long form of some task may be longer than what the board can say at once: then the short one.
 */
static void status_failed(struct aiot_node *node, const char *why)
{
	node->stale_tasks = !node->plain_status;
	if (node->plain_status && !node->told_mute)
		aiot_node_say(node, AIOT_WARN, "the board does not tell its tasks: %s", why);
	node->told_mute |= node->plain_status;
	node->plain_status = true;
}

/* ---- answers ---- */

/* "watchdog in task 'stuck.service' at stuck.c:12"; nothing where there was no fault. */
static void put_fault(struct aiot_json fault, struct aiot_out *out)
{
	char what[96], task[AIOT_NAME_MAX + 1], file[96];

	text_of(fault, "what", what, sizeof(what));
	text_of(fault, "task", task, sizeof(task));
	text_of(fault, "file", file, sizeof(file));
	aiot_out_text(out, what);
	if (task[0] != '\0')
		aiot_format(out, " in task '%s'", task);
	if (file[0] != '\0')
		aiot_format(out, " at %s:%llu", file, (unsigned long long)number(fault, "line"));
}

static void tell_fault(struct aiot_node *node, struct aiot_json fault)
{
	struct aiot_out out;
	char text[384];

	if (aiot_json_type(fault) != AIOT_JSON_OBJECT)
		return;
	aiot_out_init(&out, text, sizeof(text));
	put_fault(fault, &out);
	if (number(fault, "pc") != 0)
		aiot_format(&out, ", pc 0x%08llx, lr 0x%08llx",
			    (unsigned long long)number(fault, "pc"),
			    (unsigned long long)number(fault, "lr"));
	aiot_node_say(node, AIOT_ERROR, "the board's run before ended by a fault: %s",
		      aiot_out_str(&out));
}

/* Those who wait for the board hear that it was reset, and why: it may be their order's doing. */
static void fail_all(struct aiot_node *node, struct aiot_json fault)
{
	struct aiot_out out;
	char text[384];

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, "the board was reset meanwhile: ");
	if (aiot_json_type(fault) == AIOT_JSON_OBJECT)
		put_fault(fault, &out);
	else
		aiot_out_text(&out, node->reset_text[0] ? node->reset_text : "nobody knows why");
	aiot_node_orders_fail(node, aiot_out_str(&out));
	aiot_node_forwards_fail(node, aiot_out_str(&out));
}

/* All that hangs on the board's run before is over. */
static void note_reset(struct aiot_node *node, uint32_t boots, struct aiot_json fault)
{
	struct aiot_node_task *task;

	node->resets++;
	aiot_node_say(node, AIOT_WARN, "the board was reset: %s; boots: %u",
		      node->reset_text[0] ? node->reset_text : "nobody knows why", boots);
	fail_all(node, fault);
	for (task = node->first; task != NULL; task = task->next)
		task->before.known = false;
	node->has_offset = false;
	node->former = AIOT_FORMER_SURE;
	node->plain_status = false;
	node->told_full = node->told_odd = node->told_mute = false;
}

static bool was_reset(const struct aiot_node *node, struct aiot_json parameters)
{
	return node->boots != (uint32_t)number(parameters, "boots") ||
	       clock_of(parameters) + CLOCK_SLACK_US < node->board_us;
}

/*
 * What was asked has no answer, or is not known in this session any more.  The next greeting says
 * whether the board was reset meanwhile; only then those who wait are told.  doubt: why nobody
 * knows whether it was done; NULL: it was not.
 */
static void leave_open(struct aiot_node *node, const char *doubt, uint64_t pause_ns)
{
	node->left = node->topic;
	node->doubt = doubt;
	greet(node, pause_ns);
}

/*
 * The session is no more.  Who says so to the first try has done nothing: it is sent in the next
 * one.  Of a request that was repeated, or whose pages had begun, nobody knows.
 */
static void forgotten(struct aiot_node *node)
{
	static const char unknown[] = "the board forgot this call before it was over; whether it "
				      "was done is not known";
	struct aiot_node_forward *f = aiot_node_forward_sent(node);
	bool begun = node->topic == AIOT_NODE_FORWARD && f != NULL && f->pages != NULL;

	leave_open(node, begun || node->serial.retries != node->asked_retries ? unknown : NULL,
		   FORGOTTEN_PAUSE_NS);
}

/* The board is in the same run still, or nobody knows. */
static void settle_left(struct aiot_node *node)
{
	struct aiot_node_forward *f = aiot_node_forward_sent(node);
	enum aiot_node_topic topic = node->left;

	node->left = AIOT_NODE_NOTHING;
	if (topic == AIOT_NODE_LOOK && f != NULL)
		aiot_node_forward_done(node, f, NULL);
	if (topic == AIOT_NODE_FORWARD && f != NULL && node->doubt != NULL)
		aiot_node_forward_done(node, f, node->doubt);
	else if (topic == AIOT_NODE_FORWARD && f != NULL)
		f->sent = false;
	if (topic == AIOT_NODE_ORDER && node->asked != NULL && node->doubt != NULL)
		aiot_node_order_done(node->asked, node->doubt);
	if (topic == AIOT_NODE_ORDER)
		node->asked = NULL;
}

static void no_answer(struct aiot_node *node)
{
	static const char unknown[] =
		"the board does not answer; whether this was done is not known";

	if (node->topic == AIOT_NODE_HELLO) {
		settle_left(node);
		aiot_node_lost(node, "%s: no answer", node->device);
		greet(node, GREET_AGAIN_NS);
		return;
	}
	if (node->topic == AIOT_NODE_STATUS)
		status_failed(node, "no answer that can be read");
	leave_open(node, unknown, 0);
}

static void take_line_max(struct aiot_node *node, uint64_t line_max)
{
	if (line_max < AIOT_SERIAL_LINE_MIN)
		line_max = AIOT_SERIAL_LINE_MIN;
	if (line_max > AIOT_NODE_LINE - 1)
		line_max = AIOT_NODE_LINE - 1;
	node->serial.line_max = (size_t)line_max;
}

static void refuse(struct aiot_node *node, uint64_t protocol)
{
	node->stage = AIOT_NODE_REFUSED;
	node->topic = AIOT_NODE_NOTHING;
	node->quiet_ns = aiot_node_clock(node) + REFUSED_AGAIN_NS;
	aiot_node_lost(node, "its firmware speaks protocol %llu, and this is %u; flash another one",
		       (unsigned long long)protocol, AIOT_WIRE_PROTOCOL);
}

static void take_hello(struct aiot_node *node, struct aiot_json p)
{
	uint64_t protocol = number(p, "protocol");
	uint32_t boots = (uint32_t)number(p, "boots");
	bool reset = node->boots != 0 && was_reset(node, p), first = node->boots == 0;
	bool open = node->left != AIOT_NODE_NOTHING;

	if (protocol != AIOT_WIRE_PROTOCOL) {
		refuse(node, protocol);
		return;
	}
	text_of(p, "board", node->board_text, sizeof(node->board_text));
	text_of(p, "version", node->version_text, sizeof(node->version_text));
	text_of(p, "reset", node->reset_text, sizeof(node->reset_text));
	if (node->away)
		aiot_node_say(node, AIOT_INFO, "connected: %s, firmware %s", node->board_text,
			      node->version_text);
	if (reset)
		note_reset(node, boots, aiot_json_get(p, "fault"));
	settle_left(node);
	if (reset || open)
		node->quiet_ns = aiot_node_clock(node) + TELL_PAUSE_NS;
	if (first)
		node->former = AIOT_FORMER_MAYBE;
	if (reset || first)
		tell_fault(node, aiot_json_get(p, "fault"));
	node->boots = boots;
	node->connects += node->away;
	take_line_max(node, number(p, "line_max"));
	note_clock(node, clock_of(p));
	node->round_trip_ms = (int64_t)(aiot_node_clock(node) - node->asked_ns) / 1000;
	node->stage = AIOT_NODE_TALKING;
	node->stale_tasks = !node->told_mute;
	node->stale_log = true;
	aiot_node_found(node);
}

static void take_poll(struct aiot_node *node, struct aiot_json p)
{
	uint32_t change = (uint32_t)number(p, "change"), seq = (uint32_t)number(p, "seq");
	uint64_t now_ns = aiot_node_clock(node), refresh_ns = node->refresh_ms * AIOT_NS_PER_MS;

	if (was_reset(node, p)) {
		greet(node, 0);
		return;
	}
	/* A late answer says little about the board's clock: the next one is to come at once. */
	node->ask_clock = now_ns - node->asked_ns >= AIOT_NS_PER_S;
	note_clock(node, clock_of(p));
	node->stale_tasks |= change != node->poll_change ||
			     (refresh_ns != 0 && now_ns - node->refreshed_ns >= refresh_ns);
	node->stale_log |= seq != node->poll_seq;
	node->poll_change = change;
	node->poll_seq = seq;
	node->poll_ns = now_ns + POLL_PAUSE_NS;
}

/* An action's answer: 0, or the sentence of the first thing that failed. */
static const char *failed_words(struct aiot_node *node, const struct aiot_serial_reply *reply,
				char *buf, size_t size)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row, error = reply->error, words = reply->parameters;
	struct aiot_out out;

	if (error.text == NULL) {
		if (!aiot_json_next(aiot_json_get(words, "failed"), &it, NULL, &row))
			return NULL;
		error = aiot_json_get(row, "error");
		words = row;
	}
	aiot_out_init(&out, buf, size);
	put_refusal(node, error, aiot_json_get(words, "message"), &out);
	return aiot_out_str(&out);
}

static void take_order(struct aiot_node *node)
{
	char buf[AIOT_NODE_WHY + 64];
	const char *why = failed_words(node, &node->serial.reply, buf, sizeof(buf));

	if (why != NULL)
		node->quiet_ns = aiot_node_clock(node) + TELL_PAUSE_NS;
	node->stale_tasks = true;
	if (node->asked != NULL)
		aiot_node_order_done(node->asked, why);
	node->asked = NULL;
}

static void next_page(struct aiot_node *node)
{
	node->pages++;
	node->page_due = true;
}

static void take_forward(struct aiot_node *node)
{
	const struct aiot_serial_reply *reply = &node->serial.reply;
	struct aiot_node_forward *f = aiot_node_forward_sent(node);
	char buf[AIOT_NODE_WHY + 64];

	node->stale_tasks = true;
	if (f == NULL)
		return;
	if (reply->error.text != NULL)
		aiot_node_forward_done(node, f, failed_words(node, reply, buf, sizeof(buf)));
	else if (!aiot_node_forward_page(node, f, reply->parameters))
		aiot_node_forward_done(node, f, "the board's answer is too long");
	else if (reply->continues)
		next_page(node);
	else
		f->answered = true;
}

static void take_look(struct aiot_node *node)
{
	const struct aiot_serial_reply *reply = &node->serial.reply;
	struct aiot_node_forward *f = aiot_node_forward_sent(node);

	if (reply->error.text == NULL)
		aiot_node_pass_page(node, aiot_json_get(reply->parameters, "tasks"));
	if (reply->error.text == NULL && reply->continues && node->pages < LOOK_PAGES_MAX)
		next_page(node);
	else if (f != NULL)
		aiot_node_forward_done(node, f, NULL);
}

bool aiot_node_urgent(struct aiot_node *node)
{
	return aiot_node_next_order(node) != NULL || aiot_node_next_forward(node) != NULL;
}

static void take_status(struct aiot_node *node)
{
	const struct aiot_serial_reply *reply = &node->serial.reply;
	uint32_t most = node->max_tasks + STATUS_PAGES_MORE;

	if (reply->error.text != NULL) {
		char words[AIOT_NODE_WHY];

		text_of(reply->parameters, "message", words, sizeof(words));
		status_failed(node, words);
		return;
	}
	aiot_node_pass_page(node, aiot_json_get(reply->parameters, "tasks"));
	if (!reply->continues) {
		aiot_node_pass_end(node);
		node->refreshed_ns = aiot_node_clock(node);
	} else if (aiot_node_urgent(node) || node->pages > most) {
		node->stale_tasks = node->pages <= most;
	} else {
		next_page(node);
	}
}

static void take_log(struct aiot_node *node)
{
	const struct aiot_serial_reply *reply = &node->serial.reply;

	if (reply->error.text != NULL) { /* a cursor that it does not take */
		node->stale_log = node->cursor[0] != '\0';
		node->cursor[0] = '\0';
		return;
	}
	aiot_node_log_page(node, reply->parameters);
	if (!reply->continues)
		aiot_node_cursor_save(node);
	else if (!aiot_node_urgent(node) && node->pages <= LOG_PAGES_MAX)
		next_page(node);
	else
		node->stale_log = true; /* goes on behind the last record */
	/* It may be written faster than it can be read: tasks are looked at all the same. */
	node->look_up = node->pages > LOG_PAGES_MAX;
}

static void take_reply(struct aiot_node *node)
{
	const struct aiot_serial_reply *reply = &node->serial.reply;
	enum aiot_node_topic topic = node->topic;
	char words[AIOT_NODE_WHY];

	if (reply->error.text != NULL && (topic == AIOT_NODE_HELLO || topic == AIOT_NODE_POLL)) {
		text_of(reply->parameters, "message", words, sizeof(words));
		aiot_node_lost(node, "what answers at %s is no board of ours: %s", node->device,
			       words);
		greet(node, REFUSED_AGAIN_NS);
		return;
	}
	if (topic == AIOT_NODE_HELLO)
		take_hello(node, reply->parameters);
	else if (topic == AIOT_NODE_POLL)
		take_poll(node, reply->parameters);
	else if (topic == AIOT_NODE_ORDER)
		take_order(node);
	else if (topic == AIOT_NODE_FORWARD)
		take_forward(node);
	else if (topic == AIOT_NODE_LOOK)
		take_look(node);
	else if (topic == AIOT_NODE_STATUS)
		take_status(node);
	else if (topic == AIOT_NODE_LOG)
		take_log(node);
}

void aiot_node_hear(struct aiot_node *node, enum aiot_serial_event event)
{
	if (event == AIOT_SERIAL_REPLY)
		take_reply(node);
	else if (event == AIOT_SERIAL_NO_ANSWER)
		no_answer(node);
	else if (event == AIOT_SERIAL_FORGOTTEN) /* it was reset, or somebody spoke in between */
		forgotten(node);
}
