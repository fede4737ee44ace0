/*
 * node-stage.h - for the tests of lib/host/node*.c: a node on the fake core, and a board that says
 * what the test has written for each method.  It stands in for node-line.c: nothing is opened, no
 * time passes but what a test lets pass.
 */
#ifndef NODE_STAGE_H
#define NODE_STAGE_H

#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "calls.h"
#include "fake.h"
#include "node-private.h"
#include "units.h"
#include "wire.h"

#define ANSWERS_MAX 16
#define HELLO                                                                                      \
	"{'parameters':{'protocol':1,'board':'fake','version':'0.1','boots':%u,'now_us':%llu,"     \
	"'line_max':256,'reset':'watchdog'%s}}"
#define ROW(name, state) "{'name':'" name "','state':'" state "','runs':1,'ago_us':5000000}"
#define TASKS(rows) "{'parameters':{'tasks':[" rows "]}}"

static struct fake *f;
static struct aiot_node *node;
static struct aiot_host stage_host;
static struct aiot_unit stage_unit;
static struct aiot_spec_block stage_block;
static struct aiot_core_ops stage_ops;
static struct aiot_commands stage_commands;

/* The board. */
static struct {
	bool there, gone, mute; /* can be opened; hangs up; answers nothing */
	uint32_t baud;
	uint32_t boots;
	uint64_t began_ns; /* its last reset */
	const char *fault;
	char in[1 << 16]; /* to the node */
	size_t in_len, room;
	char request[4096]; /* from it, so far */
	size_t request_len;
	char asked[4096];   /* methods without their interface, and a blank */
	char params[1024];  /* of the last request but polls */
	char busy_mark[64]; /* of the request that it is at; "": none */
	char poll_mark[64]; /* session and id of one that waits; "": none */
	unsigned lines;	    /* requests that came, repeated ones included */
	struct {
		const char *method, *reply; /* its object, single quotes for double ones */
	} answers[ANSWERS_MAX];
} board;

/* ---- what it says ---- */

static inline void board_send(const char *object, const char *mark)
{
	char text[1 << 14];
	struct aiot_out out;
	size_t i, len = strlen(object);

	aiot_out_init(&out, text, sizeof(text));
	for (i = 0; i + 1 < len; i++)
		aiot_out_char(&out, object[i] == '\'' ? '"' : object[i]);
	aiot_format(&out, ",%s}", mark);
	aiot_wire_end(&out, 0);
	assert_int_equal(out.error, 0);
	assert_true(board.in_len + out.len < sizeof(board.in));
	memcpy(board.in + board.in_len, text, out.len);
	board.in_len += out.len;
	if (node != NULL)
		aiot_node_kick(node);
}

static inline void board_say(const char *bytes, size_t len)
{
	memcpy(board.in + board.in_len, bytes, len);
	board.in_len += len;
	aiot_node_kick(node);
}

static inline uint64_t board_us(void)
{
	return (f->mono_ns - board.began_ns) / 1000;
}

#define BUSY "" /* a reply: that it is at it, as often as it is asked again */

/* What is said to a method from now on; NULL: nothing. */
static inline void answer(const char *method, const char *object)
{
	unsigned i;

	for (i = 0; board.answers[i].method && strcmp(board.answers[i].method, method) != 0; i++)
		assert_true(i + 1 < ANSWERS_MAX);
	board.answers[i].method = method;
	board.answers[i].reply = object;
}

/* A poll that waits is answered. */
static inline void news(unsigned change, unsigned seq)
{
	char text[256];

	assert_true(board.poll_mark[0] != '\0');
	(void)aiot_format_to(text, sizeof(text),
			     "{'parameters':{'now_us':%llu,'boots':%u,'change':%u,'seq':%u}}",
			     (unsigned long long)board_us(), board.boots, change, seq);
	board_send(text, board.poll_mark);
	board.poll_mark[0] = '\0';
}

static inline void say_hello(const char *mark)
{
	char text[1024];

	(void)aiot_format_to(text, sizeof(text), HELLO, board.boots, (unsigned long long)board_us(),
			     board.fault ? board.fault : "");
	board_send(text, mark);
}

static inline void poll_waits(const char *mark, struct aiot_json params)
{
	uint64_t change = 0, seq = 0, wait_ms = 0;

	(void)aiot_json_u64(aiot_json_get(params, "change"), &change);
	(void)aiot_json_u64(aiot_json_get(params, "seq"), &seq);
	(void)aiot_json_u64(aiot_json_get(params, "wait_ms"), &wait_ms);
	(void)aiot_format_to(board.poll_mark, sizeof(board.poll_mark), "%s", mark);
	(void)aiot_format_to(board.busy_mark, sizeof(board.busy_mark), "%s", mark);
	if (wait_ms == 0)
		news((unsigned)change, (unsigned)seq);
}

static inline void take_request(struct aiot_json request)
{
	struct aiot_json params = aiot_json_get(request, "parameters");
	char method[64] = "io.aiotools.Next", mark[64];
	const char *name = method + sizeof("io.aiotools.") - 1;
	uint64_t session = 0, id = 0;
	unsigned i;

	(void)aiot_json_str(aiot_json_get(request, "method"), method, sizeof(method));
	(void)aiot_json_u64(aiot_json_get(request, "session"), &session);
	(void)aiot_json_u64(aiot_json_get(request, "id"), &id);
	(void)aiot_format_to(mark, sizeof(mark), "\"session\":%llu,\"id\":%llu",
			     (unsigned long long)session, (unsigned long long)id);
	if (strcmp(mark, board.busy_mark) == 0) {
		board_send("{'busy':true}", mark);
		return;
	}
	if (strlen(board.asked) + strlen(name) + 2 < sizeof(board.asked)) {
		strncat(board.asked, name, sizeof(board.asked) - strlen(board.asked) - 1);
		strncat(board.asked, " ", sizeof(board.asked) - strlen(board.asked) - 1);
	}
	board.poll_mark[0] = board.busy_mark[0] = '\0';
	for (i = 0; board.answers[i].method; i++) {
		if (strcmp(board.answers[i].method, name) != 0)
			continue;
		if (board.answers[i].reply == NULL)
			break;
		if (board.answers[i].reply[0] == '\0')
			memcpy(board.busy_mark, mark, sizeof(mark));
		else
			board_send(board.answers[i].reply, mark);
		break;
	}
	if (strcmp(name, "Node.Poll") == 0)
		poll_waits(mark, params);
	else
		(void)aiot_format_to(board.params, sizeof(board.params), "%.*s", (int)params.len,
				     params.text ? params.text : "");
	if (strcmp(name, "Node.Hello") == 0 && board.answers[i].method == NULL)
		say_hello(mark);
}

static inline void take_line(const char *text, size_t len)
{
	struct aiot_json request;
	int object = aiot_wire_check(text, len);

	assert_true(object > 0);
	assert_int_equal(aiot_json_parse(text, (size_t)object, &request, NULL), 0);
	board.lines++;
	if (!board.mute)
		take_request(request);
}

/* ---- instead of node-line.c ---- */

struct aiot_node_line {
	int unused;
};
static struct aiot_node_line stage_line;

int aiot_node_open(struct aiot_node *n, char *why, size_t why_size)
{
	if (!board.there) {
		(void)aiot_format_to(why, why_size, "cannot open %s: not there", n->device);
		return -AIOT_ENOENT;
	}
	n->line = &stage_line;
	return 0;
}

void aiot_node_close(struct aiot_node *n)
{
	n->line = NULL;
	board.in_len = board.request_len = 0;
}

ssize_t aiot_node_read(struct aiot_node *n, char *buf, size_t size)
{
	size_t len = board.in_len < size ? board.in_len : size;

	assert_non_null(n->line);
	if (board.gone)
		return -AIOT_EPIPE;
	memcpy(buf, board.in, len);
	memmove(board.in, board.in + len, board.in_len - len);
	board.in_len -= len;
	return (ssize_t)len;
}

ssize_t aiot_node_write(struct aiot_node *n, const char *buf, size_t len)
{
	size_t i;

	assert_non_null(n->line);
	if (board.gone)
		return -AIOT_EPIPE;
	if (board.room && len > board.room)
		len = board.room;
	for (i = 0; i < len; i++) {
		assert_true(board.request_len < sizeof(board.request));
		if (buf[i] == AIOT_WIRE_FORGET) {
			board.request_len = 0;
		} else if (buf[i] == '\n') {
			take_line(board.request, board.request_len);
			board.request_len = 0;
		} else {
			board.request[board.request_len++] = buf[i];
		}
	}
	if (board.room)
		aiot_node_kick(n);
	return (ssize_t)len;
}

uint32_t aiot_node_line_baud(const struct aiot_node *n)
{
	(void)n;
	return board.baud;
}

bool aiot_node_baud_known(uint32_t baud)
{
	return baud == 9600 || baud == 115200;
}

/* ---- the stage ---- */

static inline void stage_dropped(void *ctx, struct aiot_entry *entry)
{
	struct aiot_spec_block *block = (struct aiot_spec_block *)(void *)entry->spec;

	(void)ctx;
	if (block->dropped != NULL)
		block->dropped(entry);
	else
		free(aiot_task_of(entry));
}

/* The node's task, made from arguments as the INI file has them; what its init says. */
static inline int stage_make(const struct aiot_arg *args, uint32_t count)
{
	struct aiot_task *t;
	int r;

	stage_block = (struct aiot_spec_block){.unit = &stage_unit};
	stage_block.service = aiot_service_node;
	stage_block.spec = (struct aiot_spec){.place = &f->place.place,
					      .service = &stage_block.service,
					      .label = "board",
					      .args = args,
					      .arg_count = count,
					      .stop_timeout_ms = 1000};
	assert_true(aiot_service_kind(&stage_block.service, NULL, &stage_block.spec.kind));
	t = calloc(1, aiot_task_bytes(&stage_block.spec, AIOT_NAME_MAX));
	assert_non_null(t);
	assert_int_equal(
		aiot_task_create(&f->core, &stage_block.spec, t, "board.service", AIOT_RAISE, &t),
		0);
	r = aiot_task_init_service(&f->core, t);
	node = aiot_task_self(t);
	node->task = t;
	node->host = &stage_host;
	return r;
}

static inline int open_stage(void **state)
{
	static const struct aiot_arg args[] = {{"device", "/dev/board", "test"}};

	(void)state;
	memset(&board, 0, sizeof(board));
	board.there = true;
	board.boots = 1;
	node = NULL;
	memset(&stage_host, 0, sizeof(stage_host));
	memset(&stage_unit, 0, sizeof(stage_unit));
	memcpy(stage_unit.name, "board", sizeof("board"));
	f = fake_open();
	board.began_ns = f->mono_ns - 60 * FAKE_S;
	stage_ops = *f->core.ops;
	stage_ops.dropped = stage_dropped;
	f->core.ops = &stage_ops;
	stage_commands = (struct aiot_commands){
		.core = &f->core,
		.segment = {{aiot_commands_core, aiot_bindings_core, NULL}},
	};
	answer("Task.Status", TASKS(ROW("hello", "running") "," ROW("world", "done")));
	answer("Log.Read", "{'parameters':{'records':[]}}");
	assert_int_equal(stage_make(args, 1), 0);
	return 0;
}

static inline int close_stage(void **state)
{
	(void)state;
	aiot_service_node.fini(node);
	fake_close(f);
	return 0;
}

/* Time passes, as far as the node wants to know it. */
static inline void pass(uint64_t ns)
{
	fake_for(f, ns);
	fake_idle(f);
}

/* Started, greeted, its tasks and log read, and a poll waits. */
static inline void connect_node(void)
{
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(100 * FAKE_MS);
	assert_int_equal(node->stage, AIOT_NODE_TALKING);
	assert_true(board.poll_mark[0] != '\0');
	board.asked[0] = '\0';
}

static inline struct aiot_entry *entry_of(const char *name)
{
	return aiot_core_find(&f->core, name);
}

static inline const char *state_of(const char *name)
{
	struct aiot_entry *e = entry_of(name);

	return e ? aiot_state_word((enum aiot_state)e->state) : "none";
}

#define assert_state(name, word) assert_string_equal(state_of(name), word)
#define assert_asked(words) assert_string_equal(board.asked, words)
#define S(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

#endif
