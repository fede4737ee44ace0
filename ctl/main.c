/*
 * main.c - aiotoolsctl: a command line, one call to the daemon, its answer as text or JSON.
 *
 * In order: the command line is read (options.c), the verb's words become the call's parameters,
 * the call is made (connect.c, call.c; board.c to a board), and each reply is shown as it comes
 * (the core's renderer, or document.c), all output through one buffer (output.c).  Commands are
 * known from the core's tables alone; nothing here knows one by name but help, result, the two that
 * follow the log, those that show a table, and those that need no daemon (whenverbs.c,
 * newservice.c, complete.c).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <aiotools.h>

#include "beside.h"
#include "board.h"
#include "call.h"
#include "complete.h"
#include "connect.h"
#include "document.h"
#include "edit.h"
#include "heap.h"
#include "help.h"
#include "newservice.h"
#include "options.h"
#include "output.h"
#include "pager.h"
#include "plot.h"
#include "render.h"
#include "whenverbs.h"

#define EXIT_USAGE 2
#define EXIT_UNREACHABLE 7

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL},
		    {aiot_commands_local, NULL, NULL}},
};

/* One run of the program. */
struct ctl {
	struct ctl_options options;
	struct aiot_json request; /* the verb's words as parameters */
	bool follow;		  /* the answer has no end */
	int exit;		  /* the first code that is not 0 counts */
	struct aiot_out why;	  /* the sentence of what went wrong */
	struct ctl_document document;
	struct aiot_table table;
	struct ctl_output *output;
};

static int fail(struct ctl *ctl, int code)
{
	ctl_print_error(&ctl->why);
	return code;
}

static bool is_log(const struct aiot_command *command)
{
	return command->id == AIOT_CMD_LOG || command->id == AIOT_CMD_FOLLOW;
}

/* Its text is one table, with one width for each column however many replies it comes in. */
static bool is_table(const struct aiot_command *command)
{
	return command->id == AIOT_CMD_LIST || command->id == AIOT_CMD_STATS ||
	       command->id == AIOT_CMD_TIMERS || command->id == AIOT_CMD_SERVICES ||
	       command->id == AIOT_CMD_ANALYZE;
}

/* Shown as a picture. */
static bool is_plot(const struct ctl *ctl)
{
	return ctl->options.command->id == AIOT_CMD_ANALYZE && !ctl->options.json &&
	       aiot_json_str_is(aiot_json_get(ctl->request, "what"), "plot");
}

/* ---- help ---- */

/* Text that comes from no daemon; as a JSON string where nothing but JSON may be written. */
static void show_json_text(struct ctl *ctl, const char *member, const char *text, size_t len)
{
	struct aiot_json_out j;

	aiot_json_begin(&j, &ctl->output->out);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_strn(&j, member, text, len);
	aiot_json_put_end_object(&j);
	aiot_out_char(&ctl->output->out, '\n');
}

static int show_version(struct ctl *ctl)
{
	if (ctl->options.json)
		show_json_text(ctl, "version", AIOT_VERSION, strlen(AIOT_VERSION));
	else
		aiot_out_text(&ctl->output->out, "aiotoolsctl " AIOT_VERSION "\n");
	return 0;
}

/* command NULL: all of them. */
static int show_help(struct ctl *ctl, const struct aiot_command *command)
{
	struct aiot_out text = {.grow = ctl_heap_grow};

	if (command)
		ctl_help_command(command, &text);
	else
		ctl_help_general(&commands, &text);
	if (ctl->options.json) {
		show_json_text(ctl, "help", text.buf, text.len);
	} else {
		if (!ctl->options.no_pager)
			ctl_pager_start(ctl->output);
		aiot_out_mem(&ctl->output->out, text.buf, text.len);
	}
	free(text.buf);
	return 0;
}

static int refuse_verb(struct ctl *ctl, const char *verb)
{
	const char *near = aiot_command_near(&commands, verb);

	aiot_format(&ctl->why, "unknown command '%s'", verb);
	if (near)
		aiot_format(&ctl->why, ", did you mean '%s'?", near);
	else
		aiot_out_text(&ctl->why, "; 'aiotoolsctl --help' lists them");
	return fail(ctl, EXIT_USAGE);
}

/* help [VERB] */
static int run_help(struct ctl *ctl)
{
	struct aiot_json verb = aiot_json_get(ctl->request, "verb");
	const struct aiot_command *command;
	char name[64];

	if (verb.len == 0)
		return show_help(ctl, NULL);
	if (aiot_json_str(verb, name, sizeof(name)) < 0) {
		aiot_out_text(&ctl->why, "no command has such a name");
		return fail(ctl, EXIT_USAGE);
	}
	command = aiot_command_by_verb(&commands, name);
	return command ? show_help(ctl, command) : refuse_verb(ctl, name);
}

/* ---- replies ---- */

static void note_exit(struct ctl *ctl, int code, bool first)
{
	bool any = ctl->options.command->flags & AIOT_COMMAND_ANY;

	/* One that asks whether any is: 0 once it was said, else the worst. */
	if (any && !first)
		ctl->exit = ctl->exit == 0 || code == 0 ? 0 : code > ctl->exit ? code : ctl->exit;
	else if (ctl->exit == 0)
		ctl->exit = code;
}

static void take_error(struct ctl *ctl, const struct ctl_reply *reply)
{
	bool query = ctl->options.command->flags & AIOT_COMMAND_QUERY;

	/* What was shown before belongs above the sentence. */
	(void)ctl_output_finish(ctl->output);
	aiot_render_error(reply->error, reply->parameters, &ctl->why);
	ctl->exit = fail(ctl, aiot_error_exit(aiot_error_find(reply->error), query));
	if (ctl->options.json)
		ctl_document_write_error(reply->error, reply->parameters, &ctl->output->out);
}

/* What could not be done, each a sentence on standard error, whatever the form. */
static void tell_failures(struct ctl *ctl, struct aiot_json reply)
{
	aiot_render_failures(ctl->options.command, reply, &ctl->why);
	if (ctl->why.len == 0)
		return;
	ctl_output_flush(ctl->output);
	ctl->why.len--; /* the newline comes with it */
	ctl_print_error(&ctl->why);
	ctl->why.len = 0;
}

/* Only what may be long, and has an end. */
static bool wants_pager(const struct ctl *ctl)
{
	return !ctl->options.json && !ctl->options.no_pager && !ctl->follow && !is_plot(ctl) &&
	       (ctl->options.command->flags & AIOT_COMMAND_MORE) &&
	       !(ctl->options.command->flags & AIOT_COMMAND_TELLS) &&
	       ctl->options.command->role < AIOT_ROLE_OPERATE;
}

static int add_to_document(struct ctl *ctl, struct aiot_json parameters)
{
	if (ctl->options.command->id == AIOT_CMD_RESULT)
		return ctl_document_add_results(&ctl->document, parameters);
	if (ctl->options.command->id == AIOT_CMD_GET_CONFIG)
		return ctl_document_add_configs(&ctl->document, parameters);
	return ctl_document_add(&ctl->document, parameters);
}

static int refuse_size(struct ctl *ctl)
{
	aiot_out_text(&ctl->why, "the daemon's answer does not fit into memory");
	return -AIOT_ENOMEM;
}

static int show_reply(struct ctl *ctl, const struct aiot_render *render,
		      const struct ctl_reply *reply, bool first)
{
	/* A table's titles come with the first row, which may not be in the first reply. */
	if (render->table != NULL)
		first = render->table->columns == 0;
	aiot_render_reply(render, ctl->options.command, ctl->request, reply->parameters, first,
			  &ctl->output->out);
	return ctl->table.cells.error ? refuse_size(ctl) : 0;
}

static int take_reply(struct ctl *ctl, const struct aiot_render *render,
		      const struct ctl_reply *reply, bool first)
{
	const struct aiot_command *command = ctl->options.command;
	int rc = 0;

	if (first && wants_pager(ctl))
		ctl_pager_start(ctl->output);
	note_exit(ctl, aiot_render_exit(command, ctl->request, reply->parameters), first);
	if (ctl->options.json ? !is_log(command) : is_plot(ctl))
		rc = add_to_document(ctl, reply->parameters) < 0 ? refuse_size(ctl) : 0;
	else if (ctl->options.json)
		ctl_document_write_records(reply->parameters, &ctl->output->out);
	else
		rc = show_reply(ctl, render, reply, first);
	if (rc < 0)
		return rc;
	/* These say at once what is missing; passing over each large page for it would cost. */
	if (!(command->flags & AIOT_COMMAND_MORE) || command->role >= AIOT_ROLE_OPERATE ||
	    command->flags & AIOT_COMMAND_TELLS ||
	    (first && (is_log(command) || command->id == AIOT_CMD_HISTORY)))
		tell_failures(ctl, reply->parameters);
	return 0;
}

/* What had to wait for the last reply, or for the last one that came. */
static int show_rest(struct ctl *ctl)
{
	struct aiot_out whole = {.grow = ctl_heap_grow};
	struct aiot_json reply;
	int rc;

	aiot_render_table(&ctl->table, &ctl->output->out);
	if (!is_plot(ctl) || ctl->document.count == 0)
		return 0;
	ctl_document_write(&ctl->document, &whole);
	/* Made of what was checked page by page, and a line end. */
	reply = (struct aiot_json){whole.buf, whole.len - 1};
	rc = whole.error ? whole.error : ctl_plot(reply, &ctl->output->out);
	free(whole.buf);
	return rc < 0 ? refuse_size(ctl) : 0;
}

/* All replies.  0, or negative: the call broke off, and why says so unless there is no reader. */
static int take_replies(struct ctl *ctl, struct ctl_call *call, const struct aiot_render *render)
{
	struct ctl_reply reply = {.continues = true};
	bool first = true;
	int rc = 0, shown;

	while (rc == 0 && reply.continues && reply.error.len == 0) {
		rc = ctl_call_next(call, &reply, &ctl->why);
		if (rc == 0 && reply.error.len == 0)
			rc = take_reply(ctl, render, &reply, first);
		if (rc == 0 && ctl->output->error)
			rc = -AIOT_EPIPE;
		first = false;
	}
	shown = rc == -AIOT_ENOMEM ? 0 : show_rest(ctl);
	if (rc < 0 || shown < 0)
		return rc < 0 ? rc : shown;
	if (reply.error.len > 0)
		take_error(ctl, &reply);
	else if (ctl->options.json && !is_log(ctl->options.command))
		ctl_document_write(&ctl->document, &ctl->output->out);
	return 0;
}

static int run_call(struct ctl *ctl, struct ctl_call *call)
{
	struct utsname names = {.nodename = ""};
	struct aiot_render render = {
		.quiet = ctl->options.quiet,
		.host = names.nodename,
		.table = is_table(ctl->options.command) ? &ctl->table : NULL,
	};
	int rc = ctl_call_send(call, ctl->options.command, ctl->request, &ctl->why);

	if (rc < 0)
		return fail(ctl, rc == -AIOT_EMSGSIZE ? EXIT_USAGE : EXIT_UNREACHABLE);
	if (!ctl->options.json) {
		(void)uname(&names);
		if (call->board && call->board->name[0])
			render.host = call->board->name;
		render.color = ctl_output_colored(ctl->options.color);
	}
	rc = take_replies(ctl, call, &render);
	if (rc == 0 || ctl->output->error)
		return ctl->exit;
	(void)ctl_output_finish(ctl->output);
	return fail(ctl, rc == -AIOT_ENOMEM ? EXIT_FAILURE : EXIT_UNREACHABLE);
}

/* ---- one run ---- */

static int64_t wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A command that needs no daemon. */
static int run_local(struct ctl *ctl)
{
	struct aiot_out *out = &ctl->output->out;
	unsigned id = ctl->options.command->id;
	int code;

	if (id == AIOT_CMD_HELP)
		return run_help(ctl);
	if (id == AIOT_CMD_WHEN)
		code = ctl_when(ctl->request, ctl->options.json, wall_ns(), out, &ctl->why);
	else if (id == AIOT_CMD_NEW_SERVICE)
		code = ctl_new_service(ctl->request, ctl->options.json, ctl->options.quiet, out,
				       &ctl->why);
	else
		code = ctl_timespan(ctl->request, ctl->options.json, out, &ctl->why);
	return code ? fail(ctl, code) : 0;
}

/* A call to a board. */
static int run_on_board(struct ctl *ctl)
{
	struct ctl_board board;
	struct ctl_call call;
	int rc = ctl_board_open(&board, ctl->options.serial, ctl->follow ? ctl->output : NULL,
				&ctl->why);

	if (rc < 0)
		return fail(ctl, rc == -AIOT_EINVAL ? EXIT_USAGE : EXIT_UNREACHABLE);
	ctl_call_init_board(&call, &board);
	ctl->exit = run_call(ctl, &call);
	ctl_call_finish(&call);
	ctl_board_close(&board);
	ctl_document_finish(&ctl->document);
	return ctl->exit;
}

/* 0, or the exit code. */
static int open_call(struct ctl *ctl, struct ctl_call *call, char *path_buf, size_t path_size)
{
	struct aiot_out path;
	int fd = -1;

	aiot_out_init(&path, path_buf, path_size);
	if (ctl_socket_path(&ctl->options, &path, &ctl->why) == 0)
		fd = ctl_connect(&ctl->options, aiot_out_str(&path), &ctl->why);
	if (fd < 0)
		return fail(ctl, EXIT_UNREACHABLE);
	ctl_call_init(call, fd, ctl->follow ? ctl->output : NULL,
		      ctl->follow || ctl->options.quiet ? NULL : aiot_out_str(&path));
	return 0;
}

static int run_command(struct ctl *ctl)
{
	char path[4096];
	struct ctl_call call;
	int code;

	ctl->follow = ctl->options.command->id == AIOT_CMD_FOLLOW ||
		      aiot_json_bool(aiot_json_get(ctl->request, "follow"), false);
	if (ctl->options.serial)
		return run_on_board(ctl);
	code = open_call(ctl, &call, path, sizeof(path));
	if (code)
		return code;
	ctl->exit = run_call(ctl, &call);
	ctl_call_finish(&call);
	ctl_document_finish(&ctl->document);
	return ctl->exit;
}

/* The text comes from an editor.  It may stay open for long: the call for it is one of its own. */
static int run_edit(struct ctl *ctl)
{
	struct ctl_edit edit = {.path = ""};
	char path[4096];
	struct ctl_call call;
	int code = open_call(ctl, &call, path, sizeof(path));

	if (code)
		return code;
	code = ctl_edit_begin(&edit, &call, &commands, &ctl->request, &ctl->why);
	ctl_call_finish(&call);
	if (code > 0)
		(void)fail(ctl, code);
	else if (code == 0)
		code = run_command(ctl);
	else if (!ctl->options.quiet && !ctl->options.json)
		aiot_out_text(&ctl->output->out, "nothing was changed\n");
	ctl_edit_end(&edit, code <= 0);
	return code < 0 ? 0 : code;
}

static int run_verb(struct ctl *ctl, struct aiot_out *words)
{
	const struct ctl_options *o = &ctl->options;
	bool added = false;
	int rc = aiot_words_to_params(o->command, o->words, o->word_count, wall_ns(), words,
				      &ctl->why);

	if (rc == -AIOT_EALREADY)
		return show_help(ctl, o->command);
	if (rc == 0)
		rc = words->error ? words->error
				  : aiot_json_parse(words->buf, words->len, &ctl->request, NULL);
	if (rc == 0)
		rc = ctl_beside(o->command, o->json, ctl->request, words, &added, &ctl->why);
	if (rc == 0 && added)
		rc = aiot_json_parse(words->buf, words->len, &ctl->request, NULL);
	if (rc < 0 && ctl->why.len == 0)
		aiot_format(&ctl->why, "'%s': these words can't be sent", o->verb);
	if (rc < 0)
		return fail(ctl, EXIT_USAGE);
	if (o->command->id == AIOT_CMD_EDIT && !o->serial &&
	    aiot_json_type(aiot_json_get(ctl->request, "text")) != AIOT_JSON_STRING)
		return run_edit(ctl);
	return o->command->flags & AIOT_COMMAND_LOCAL ? run_local(ctl) : run_command(ctl);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct aiot_out words = {.grow = ctl_heap_grow};
	const struct ctl_options *o = &ctl->options;
	int code;

	if (ctl_options_parse(&commands, argc, argv, &ctl->options, &ctl->why) < 0)
		return fail(ctl, EXIT_USAGE);
	if (o->version)
		return show_version(ctl);
	if (o->verb && !o->command)
		return refuse_verb(ctl, o->verb);
	if (o->help)
		return show_help(ctl, o->command);
	if (!o->verb) {
		aiot_out_text(&ctl->why, "no command; 'aiotoolsctl --help' lists them");
		return fail(ctl, EXIT_USAGE);
	}
	code = run_verb(ctl, &words);
	free(words.buf);
	return code;
}

int main(int argc, char **argv)
{
	struct ctl_output output;
	struct ctl ctl = {
		.why = {.grow = ctl_heap_grow},
		.table = {.cells = {.grow = ctl_heap_grow}},
		.output = &output,
	};
	int code, rc;

	ctl_output_init(&output);
	if (argc > 1 && strcmp(argv[1], "complete") == 0) {
		code = ctl_complete(&commands, argv + 2, argc - 2, &output.out);
		(void)ctl_output_finish(&output);
		return code;
	}
	code = run(&ctl, argc, argv);
	rc = ctl_output_finish(&output);
	if (rc < 0) {
		ctl.why.len = 0;
		aiot_format(&ctl.why, "standard output can't be written: %s", strerror(-rc));
		code = fail(&ctl, code ? code : EXIT_FAILURE);
	}
	free(ctl.why.buf);
	free(ctl.table.cells.buf);
	return code;
}
