/*
 * request.c - one message of a connection: a call in varlink's envelope, or a console line.
 *
 * Called by conn.c for each message that the splitter found.  Checks what is the protocol's (JSON,
 * the envelope, the verb and its words), and hands the rest to inflight.c; what is wrong is
 * answered at once, behind what is queued.  A call gets a copy of what it needs of its message, for
 * the input buffer moves on.  Never sends anything by itself.
 */
#include "conn.h"

#include <string.h>
#include <time.h>

#include <aiotools.h>

#include "mem.h"

#define WORDS_MAX 256
#define SENTENCE_SIZE 512
#define NAME_SIZE 128 /* of a method in a sentence */

/* ---- errors that belong to no call ---- */

void aiot_refuse_call(struct aiot_conn *conn, struct aiot_json id, enum aiot_error_id error,
		      const char *fmt, ...)
{
	char text[SENTENCE_SIZE];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	conn->server->counts.errors++;
	aiot_error_reply(&conn->out, error, "%s", aiot_out_str(&out));
	aiot_reply_end(conn, id);
}

void aiot_refuse_line(struct aiot_conn *conn, const char *fmt, ...)
{
	va_list ap;

	conn->server->counts.errors++;
	aiot_out_text(&conn->out, "error: ");
	va_start(ap, fmt);
	aiot_vformat(&conn->out, fmt, ap);
	va_end(ap);
	aiot_out_char(&conn->out, '\n');
}

void aiot_refuse(struct aiot_conn *conn, bool console, enum aiot_error_id id, const char *fmt, ...)
{
	char text[SENTENCE_SIZE];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	if (console)
		aiot_refuse_line(conn, "%s", aiot_out_str(&out));
	else
		aiot_refuse_call(conn, (struct aiot_json){0}, id, "%s", aiot_out_str(&out));
}

void aiot_request_too_many(struct aiot_conn *conn, bool console)
{
	const struct aiot_server *server = conn->server;

	if (conn->role == AIOT_ROLE_NONE)
		aiot_refuse(conn, console, AIOT_ERR_LIMIT,
			    "too many connections: of those that MaxClients= in aiotoolsd.ini "
			    "allows, users without a role may have %u",
			    (unsigned)aiot_server_strangers_max(server));
	else
		aiot_refuse(conn, console, AIOT_ERR_LIMIT,
			    "too many connections: MaxClients= in aiotoolsd.ini allows %u",
			    (unsigned)server->limits.max_clients);
	aiot_conn_finish(conn);
}

/* ---- a call in varlink's envelope ---- */

struct envelope {
	struct aiot_json method, params, id;
	bool more, oneway;
};

/* false: it is there and is neither true nor false. */
static bool read_flag(struct aiot_json value, bool *ret)
{
	*ret = aiot_json_bool(value, false);
	return value.text == NULL || aiot_json_type(value) == AIOT_JSON_BOOL;
}

/* NULL, or what is wrong. */
static const char *read_envelope(struct aiot_json call, struct envelope *e)
{
	static const char *const keys[] = {"method", "parameters", "id", "more", "oneway"};
	struct aiot_json member[5];
	enum aiot_json_type type;

	aiot_json_members(call, keys, 5, member);
	*e = (struct envelope){.method = member[0], .params = member[1], .id = member[2]};
	type = aiot_json_type(e->id);
	if (type == AIOT_JSON_NULL)
		e->id = (struct aiot_json){0};
	if (type == AIOT_JSON_ARRAY || type == AIOT_JSON_OBJECT || e->id.len > AIOT_ID_MAX) {
		e->id = (struct aiot_json){0};
		return "\"id\" has to be a string, a number, true or false, of up to 256 bytes";
	}
	if (aiot_json_type(e->method) != AIOT_JSON_STRING)
		return "\"method\" has to be a string: \"INTERFACE.METHOD\"";
	if (!read_flag(member[3], &e->more))
		return "\"more\" has to be true or false";
	if (!read_flag(member[4], &e->oneway))
		return "\"oneway\" has to be true or false";
	return NULL;
}

/* Whether some method of that interface exists. */
static bool knows_interface(const struct aiot_commands *commands, const char *name, size_t len)
{
	const struct aiot_command *row;
	size_t i;

	for (i = 0; i < AIOT_SEGMENTS; i++) {
		for (row = commands->segment[i].commands; row != NULL && row->id != 0; row++) {
			const char *dot = row->method ? strrchr(row->method, '.') : NULL;

			if (dot != NULL && (size_t)(dot - row->method) == len &&
			    memcmp(row->method, name, len) == 0)
				return true;
		}
	}
	return false;
}

static void refuse_method(struct aiot_conn *conn, const struct envelope *e)
{
	enum aiot_error_id error = AIOT_ERR_METHOD_NOT_FOUND;
	char name[NAME_SIZE] = "?"; /* for one that is too long to be anybody's */
	struct aiot_json_out json;
	const char *dot;

	(void)aiot_json_str(e->method, name, sizeof(name));
	dot = strrchr(name, '.');
	if (dot != NULL && !knows_interface(conn->server->commands, name, (size_t)(dot - name)))
		error = AIOT_ERR_INTERFACE_NOT_FOUND;
	conn->server->counts.errors++;
	if (e->oneway)
		return;
	aiot_json_begin(&json, &conn->out);
	aiot_json_put_object(&json, NULL);
	aiot_json_put_str(&json, "error", aiot_error_name(error));
	aiot_json_put_object(&json, "parameters");
	if (error == AIOT_ERR_INTERFACE_NOT_FOUND)
		aiot_json_put_strn(&json, "interface", name, (size_t)(dot - name));
	else
		aiot_json_put_str(&json, "method", name);
	aiot_json_put_end_object(&json);
	aiot_reply_end(conn, e->id);
}

/* Move a slice from one copy of the text to another. */
static struct aiot_json moved(struct aiot_json value, const char *from, const char *to)
{
	if (value.text != NULL)
		value.text = to + (value.text - from);
	return value;
}

static void begin_call(struct aiot_conn *conn, const struct aiot_command *command,
		       const struct envelope *e, const char *text, size_t len)
{
	struct aiot_inflight *f = aiot_inflight_create(conn);

	if (f != NULL)
		f->text = aiot_mem_alloc(len);
	if (f == NULL || f->text == NULL) {
		if (f != NULL)
			aiot_inflight_end(f);
		aiot_refuse_call(conn, e->id, AIOT_ERR_NO_MEMORY, "no memory for the call");
		return;
	}
	memcpy(f->text, text, len);
	f->id = moved(e->id, text, f->text);
	f->oneway = e->oneway;
	aiot_inflight_begin(f, command, moved(e->params, text, f->text), e->more && !e->oneway);
}

static void take_object(struct aiot_conn *conn, const char *text, size_t len)
{
	const struct aiot_command *command;
	const char *wrong;
	struct aiot_json call;
	struct envelope e;
	size_t offset = 0;
	int r = aiot_json_parse(text, len, &call, &offset);

	if (r == -AIOT_EOVERFLOW) {
		aiot_refuse_call(conn, (struct aiot_json){0}, AIOT_ERR_INVALID_REQUEST,
				 "the request is nested deeper than %u", AIOT_JSON_DEPTH);
		return;
	}
	if (r < 0) {
		aiot_refuse_call(conn, (struct aiot_json){0}, AIOT_ERR_INVALID_REQUEST,
				 "the request is not JSON: wrong at byte %llu",
				 (unsigned long long)offset);
		return;
	}
	wrong = read_envelope(call, &e);
	if (wrong != NULL) {
		aiot_refuse_call(conn, e.id, AIOT_ERR_INVALID_REQUEST, "%s", wrong);
		return;
	}
	command = aiot_command_by_method(conn->server->commands, e.method);
	if (command == NULL)
		refuse_method(conn, &e);
	else if (conn->call_count >= AIOT_CALLS_MAX)
		aiot_refuse_call(conn, e.id, AIOT_ERR_LIMIT,
				 "%u calls are under way on this connection",
				 (unsigned)conn->call_count);
	else
		begin_call(conn, command, &e, text, len);
}

/* ---- a console line ---- */

static int64_t wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static const struct aiot_command *find_verb(struct aiot_conn *conn, const char *verb)
{
	const struct aiot_commands *commands = conn->server->commands;
	const struct aiot_command *command = aiot_command_by_verb(commands, verb);
	const char *near;

	if (command != NULL)
		return command;
	near = aiot_command_near(commands, verb);
	if (near != NULL)
		aiot_refuse_line(conn, "unknown command '%.64s', did you mean '%s'?", verb, near);
	else
		aiot_refuse_line(conn, "unknown command '%.64s'; help shows all", verb);
	return NULL;
}

static void take_help(struct aiot_conn *conn, const char *const *words, size_t count)
{
	const struct aiot_command *command = NULL;

	if (count > 2) {
		aiot_refuse_line(conn, "help takes one command");
		return;
	}
	if (count == 2) {
		command = find_verb(conn, words[1]);
		if (command != NULL)
			aiot_command_usage(command, &conn->out);
		return;
	}
	aiot_commands_help(conn->server->commands, &conn->out);
}

/* The parameters of the words become f's text; false: answered already. */
static bool read_words(struct aiot_inflight *f, const struct aiot_command *command,
		       const char *const *words, size_t count)
{
	struct aiot_conn *conn = f->conn;
	struct aiot_out params = {.grow = aiot_server_grow, .ctx = &conn->server->queue_max};
	char sentence[SENTENCE_SIZE];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, sentence, sizeof(sentence));
	r = aiot_words_to_params(command, words, count, wall_ns(), &params, &why);
	f->text = params.buf;
	if (r == -AIOT_EALREADY)
		aiot_command_usage(command, &conn->out);
	else if (r < 0)
		aiot_refuse_line(conn, "%s", aiot_out_str(&why));
	if (r < 0)
		return false;
	(void)aiot_json_parse(params.buf, params.len, &f->call.params, NULL);
	return true;
}

static void begin_line(struct aiot_conn *conn, const struct aiot_command *command,
		       const char *const *words, size_t count)
{
	struct aiot_inflight *f = aiot_inflight_create(conn);

	if (f == NULL) {
		aiot_refuse_line(conn, "no memory for the call");
		return;
	}
	f->console = true;
	if (read_words(f, command, words, count))
		aiot_inflight_begin(f, command, f->call.params, true);
	else
		aiot_inflight_end(f);
}

static void take_line(struct aiot_conn *conn, char *text, size_t len)
{
	const struct aiot_command *command;
	const char *words[WORDS_MAX];
	int count;

	if (memchr(text, '\0', len) != NULL) {
		aiot_refuse_line(conn, "the line has a NUL in it");
		return;
	}
	text[len] = '\0'; /* where its LF or CR was */
	count = aiot_words_split(text, words, WORDS_MAX);
	if (count < 0) {
		aiot_refuse_line(conn, "the line has %s",
				 count == -AIOT_ENOSPC ? "too many words" : "an open quote");
		return;
	}
	if (count == 0)
		return;
	if (strcmp(words[0], "help") == 0 || strcmp(words[0], "-h") == 0 ||
	    strcmp(words[0], "--help") == 0) {
		take_help(conn, words, (size_t)count);
		return;
	}
	command = find_verb(conn, words[0]);
	if (command != NULL && conn->call_count >= AIOT_CALLS_MAX)
		aiot_refuse_line(conn, "%u calls are under way on this connection",
				 (unsigned)conn->call_count);
	else if (command != NULL)
		begin_line(conn, command, words + 1, (size_t)count - 1);
}

void aiot_request_take(struct aiot_conn *conn, enum aiot_split_kind kind, char *text, size_t len)
{
	conn->server->counts.requests++;
	if (conn->refused) {
		aiot_request_too_many(conn, kind == AIOT_SPLIT_LINE);
		return;
	}
	if (conn->ordered != NULL) /* a console stream, which any line ends */
		aiot_inflight_end(conn->ordered);
	if (kind == AIOT_SPLIT_LINE)
		take_line(conn, text, len);
	else
		take_object(conn, text, len);
}
