/*
 * inflight.c - one call from its first step to its last reply.
 *
 * Begun by request.c, stepped again by server.c (pokes) and conn.c (pages).  Most calls end in
 * their first step; the others stay with their connection:
 *
 *	       .-- PAGE: stepped again when the client has taken all
 *	NEW ---+-- WAIT: stepped again at a poke, its reply stays open
 *	       |-- STREAM: at a poke, too; becomes PAGE while its client is behind
 *	       `-- DONE, ERROR: freed
 *
 * The reply is written to a buffer that is lent for the step, then copied behind what is queued;
 * only a reply that waits keeps its buffer.  A console's call goes the same way, and only its
 * replies become text.  Never looks into what commands do, and never sends anything by itself.
 */
#include "conn.h"

#include <string.h>

#include <aiotools.h>

#include "mem.h"

#define SCRATCH_KEPT 65536 /* of a lent buffer that comes back larger, the memory is given up */
#define WAIT_KEPT 4096	   /* of a lent buffer whose call waits */

/* ---- the life of a call ---- */

static struct aiot_inflight *call_of(struct aiot_link *link)
{
	return (struct aiot_inflight *)(void *)((char *)link -
						offsetof(struct aiot_inflight, link));
}

static void set_state(struct aiot_inflight *f, enum aiot_inflight_state state)
{
	bool waits = state == AIOT_INFLIGHT_WAIT || state == AIOT_INFLIGHT_STREAM;
	bool waited = f->waiting.next != NULL;

	f->conn->page_count += (state == AIOT_INFLIGHT_PAGE) - (f->state == AIOT_INFLIGHT_PAGE);
	f->state = (uint8_t)state;
	if (waits && !waited)
		aiot_list_append(&f->conn->server->waiting, &f->waiting);
	else if (!waits && waited)
		aiot_list_remove(&f->waiting);
}

struct aiot_inflight *aiot_inflight_create(struct aiot_conn *conn)
{
	struct aiot_inflight *f = aiot_mem_zalloc(sizeof(*f));

	if (f == NULL)
		return NULL;
	f->conn = conn;
	f->reply.grow = aiot_server_grow;
	f->reply.ctx = &conn->server->reply_max;
	aiot_list_append(&conn->calls, &f->link);
	conn->call_count++;
	return f;
}

void aiot_inflight_end(struct aiot_inflight *f)
{
	struct aiot_conn *conn = f->conn;

	set_state(f, AIOT_INFLIGHT_NEW);
	aiot_list_remove(&f->link);
	conn->call_count--;
	if (conn->ordered == f)
		conn->ordered = NULL;
	aiot_mem_free(f->reply.buf);
	aiot_mem_free(f->text);
	aiot_mem_free(f);
}

void aiot_conn_forget(struct aiot_conn *conn)
{
	while (!aiot_list_empty(&conn->calls))
		aiot_inflight_end(call_of(conn->calls.next));
}

bool aiot_inflight_yields(const struct aiot_inflight *f)
{
	return f->streamed && f->console && !f->stepping;
}

/* ---- the buffer of a reply ---- */

static void swap_buffers(struct aiot_out *a, struct aiot_out *b)
{
	char *buf = a->buf;
	size_t size = a->size;

	a->buf = b->buf;
	a->size = b->size;
	b->buf = buf;
	b->size = size;
}

static void borrow_buffer(struct aiot_inflight *f)
{
	if (f->reply.buf == NULL)
		swap_buffers(&f->reply, &f->conn->server->scratch);
}

static void return_buffer(struct aiot_inflight *f)
{
	struct aiot_out *scratch = &f->conn->server->scratch;

	f->reply.len = 0;
	f->reply.error = 0;
	if (scratch->buf == NULL && f->reply.size <= SCRATCH_KEPT) {
		swap_buffers(&f->reply, scratch);
		return;
	}
	aiot_mem_free(f->reply.buf);
	f->reply.buf = NULL;
	f->reply.size = 0;
}

/* A reply that waits is mostly just begun. */
static void shrink_buffer(struct aiot_inflight *f)
{
	char *smaller;

	if (f->reply.size <= WAIT_KEPT || f->reply.len > WAIT_KEPT / 2)
		return;
	smaller = aiot_mem_realloc(f->reply.buf, WAIT_KEPT);
	if (smaller == NULL)
		return;
	f->reply.buf = smaller;
	f->reply.size = WAIT_KEPT;
}

/* ---- replies ---- */

void aiot_reply_end(struct aiot_conn *conn, struct aiot_json id)
{
	if (id.text != NULL) {
		aiot_out_text(&conn->out, ",\"id\":");
		aiot_out_mem(&conn->out, id.text, id.len);
	}
	aiot_out_char(&conn->out, '}');
	aiot_out_char(&conn->out, aiot_conn_terminator(conn));
}

static void send_text(struct aiot_inflight *f)
{
	struct aiot_conn *conn = f->conn;
	struct aiot_render render = {.host = conn->server->host_name};
	struct aiot_json reply, error, params;

	aiot_out_char(&f->reply, '}');
	if (f->reply.error || aiot_json_parse(f->reply.buf, f->reply.len, &reply, NULL) < 0) {
		aiot_refuse_line(conn, "%s: the answer could not be made", f->call.command->verb);
		return;
	}
	error = aiot_json_get(reply, "error");
	params = aiot_json_get(reply, "parameters");
	if (error.text == NULL) {
		aiot_render_reply(&render, f->call.command, f->call.params, params, !f->replied,
				  &conn->out);
		aiot_render_failures(f->call.command, params, &conn->out);
		return;
	}
	aiot_out_text(&conn->out, "error: ");
	aiot_render_error(error, params, &conn->out);
	aiot_out_char(&conn->out, '\n');
}

static void send_reply(struct aiot_inflight *f, enum aiot_call_result result)
{
	struct aiot_conn *conn = f->conn;

	if (result == AIOT_CALL_ERROR)
		conn->server->counts.errors++;
	if (f->reply.len == 0 || f->oneway)
		return;
	if (f->console) {
		send_text(f);
	} else {
		aiot_out_mem(&conn->out, f->reply.buf, f->reply.len);
		if (result == AIOT_CALL_PAGE || result == AIOT_CALL_STREAM)
			aiot_out_text(&conn->out, ",\"continues\":true");
		aiot_reply_end(conn, f->id);
	}
	f->replied = true;
}

static void send_shutting_down(struct aiot_inflight *f)
{
	static const char sentence[] = "the daemon is shutting down";

	if (f->oneway)
		return;
	if (f->console)
		aiot_refuse_line(f->conn, "%s", sentence);
	else
		aiot_refuse_call(f->conn, f->id, AIOT_ERR_SHUTTING_DOWN, "%s", sentence);
}

/* ---- steps ---- */

static enum aiot_call_result run(struct aiot_inflight *f)
{
	struct aiot_server *server = f->conn->server;
	enum aiot_call_result result;

	borrow_buffer(f);
	f->stepping = true;
	server->stepping++;
	result = aiot_call_step(&f->call, &f->reply);
	server->stepping--;
	f->stepping = false;
	return result;
}

static void step(struct aiot_inflight *f)
{
	struct aiot_conn *conn = f->conn;
	enum aiot_call_result result = run(f);
	bool over = result == AIOT_CALL_DONE || result == AIOT_CALL_ERROR;

	if (f->reply.error) { /* not even an error could be told */
		aiot_conn_close(conn);
		return;
	}
	if (result == AIOT_CALL_WAIT && !conn->ending) {
		shrink_buffer(f);
		set_state(f, AIOT_INFLIGHT_WAIT);
		return;
	}
	if (result != AIOT_CALL_WAIT)
		send_reply(f, result);
	if (!over && conn->ending)
		send_shutting_down(f);
	return_buffer(f);
	f->streamed |= result == AIOT_CALL_STREAM;
	if (over || conn->ending)
		aiot_inflight_end(f);
	else
		set_state(f, result == AIOT_CALL_PAGE ? AIOT_INFLIGHT_PAGE : AIOT_INFLIGHT_STREAM);
}

void aiot_inflight_poke(struct aiot_inflight *f)
{
	struct aiot_conn *conn = f->conn;

	if (conn->closing || conn->ending)
		return;
	if (f->state == AIOT_INFLIGHT_STREAM &&
	    aiot_conn_queued(conn) > conn->server->limits.max_output / 2) {
		set_state(f, AIOT_INFLIGHT_PAGE);
		return;
	}
	aiot_conn_enter(conn);
	step(f);
	if (conn->ordered == NULL)
		aiot_conn_resume(conn);
	aiot_conn_leave(conn);
}

/* Do it to each call there is now; what is done may end any of them. */
static void each_call(struct aiot_conn *conn, void (*fn)(struct aiot_inflight *f))
{
	struct aiot_link todo;

	aiot_list_init(&todo);
	aiot_list_splice(&todo, &conn->calls);
	while (!aiot_list_empty(&todo)) {
		struct aiot_link *link = todo.next;

		aiot_list_remove(link);
		aiot_list_append(&conn->calls, link);
		fn(call_of(link));
	}
}

static void dismiss(struct aiot_inflight *f)
{
	if (f->stepping)
		return;
	send_shutting_down(f);
	aiot_inflight_end(f);
}

static void step_page(struct aiot_inflight *f)
{
	if (f->conn->server->closing) /* by the handler of a call before this one */
		dismiss(f);
	else if (f->state == AIOT_INFLIGHT_PAGE && !f->conn->closing && !f->conn->ending)
		step(f);
}

void aiot_conn_drained(struct aiot_conn *conn)
{
	each_call(conn, step_page);
}

void aiot_conn_dismiss(struct aiot_conn *conn)
{
	each_call(conn, dismiss);
}

/* Begin and take the first step; how often it replies and what is full depend on the command. */
void aiot_inflight_begin(struct aiot_inflight *f, const struct aiot_command *command,
			 struct aiot_json params, bool more)
{
	struct aiot_conn *conn = f->conn;
	const struct aiot_server_options *limits = &conn->server->limits;

	if (f->id.text == NULL)
		conn->ordered = f;
	(void)aiot_call_begin(conn->server->commands, &f->call, command, params,
			      (enum aiot_role)conn->role, more, f->console);
	f->call.uid = conn->uid;
	f->call.page_bytes = f->call.more ? limits->page_bytes : limits->max_output / 2;
	step(f);
}
