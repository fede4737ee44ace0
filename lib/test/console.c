/*
 * console.c - a line of aiotoolsctl's, carried out by the host that is tested.
 *
 * Called by the tests of services.  The words become parameters, the call is stepped and its
 * replies become text, all by what daemon and client use for it; time passes while it waits.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"
#include "timetext.h"

#define WORDS_MAX 128
#define PAGE_BYTES 65536
#define WAIT_NS (3600 * AIOT_NS_PER_S)

/* One line under way. */
struct line {
	struct aiot_test *x;
	const struct aiot_command *command;
	struct aiot_json request;
	struct aiot_call call;
	struct aiot_out params, reply;
	bool first;
	int exit;
};

static int refuse(struct aiot_test *x, const char *sentence)
{
	aiot_format(&x->output, "%s\n", sentence);
	return 2; /* usage */
}

static int refuse_verb(struct aiot_test *x, const char *verb)
{
	const char *near = aiot_command_near(&x->host->commands, verb);

	aiot_format(&x->output, "unknown command '%s'", verb);
	if (near != NULL)
		aiot_format(&x->output, ", did you mean '%s'?", near);
	aiot_out_char(&x->output, '\n');
	return 2;
}

/* What it was answered, as text; the first exit code that is not 0 counts. */
static void show(struct line *l)
{
	struct aiot_render render = {.host = "test"};
	struct aiot_json whole, error, parameters;
	struct aiot_out *out = &l->x->output;
	int code;

	aiot_out_char(&l->reply, '}');
	if (aiot_json_parse(l->reply.buf, l->reply.len, &whole, NULL) < 0)
		aiot_test_wrong("'%s' was answered by what is no JSON", l->command->verb);
	error = aiot_json_get(whole, "error");
	parameters = aiot_json_get(whole, "parameters");
	if (error.text != NULL) {
		aiot_render_error(error, parameters, out);
		aiot_out_char(out, '\n');
		code = aiot_error_exit(aiot_error_find(error),
				       l->command->flags & AIOT_COMMAND_QUERY);
	} else {
		aiot_render_reply(&render, l->command, l->request, parameters, l->first, out);
		aiot_render_failures(l->command, parameters, out);
		code = aiot_render_exit(l->command, l->request, parameters);
	}
	if (l->exit == 0)
		l->exit = code;
	l->first = false;
	l->reply.len = 0;
}

/* Step the call to its end; a stream ends where nothing is new. */
static void carry_out(struct line *l)
{
	const struct aiot_commands *commands = &l->x->host->commands;
	uint64_t until_ns = aiot_clock_mono_ns() + WAIT_NS;
	enum aiot_call_result r;
	bool ran = false, patient = true;

	(void)aiot_call_begin(commands, &l->call, l->command, l->request, AIOT_ROLE_ADMIN, true,
			      true);
	l->call.page_bytes = PAGE_BYTES;
	do {
		r = aiot_call_step(&l->call, &l->reply);
		if (r == AIOT_CALL_WAIT && ran && !aiot_test_pass(l->x, until_ns, &patient)) {
			aiot_format(&l->x->output, "'%s' still waits\n", l->command->verb);
			l->exit = 1;
			return;
		}
		if (r == AIOT_CALL_WAIT)
			aiot_test_run(l->x);
		else if (l->reply.len > 0)
			show(l);
		ran = r == AIOT_CALL_WAIT;
	} while (r == AIOT_CALL_WAIT || r == AIOT_CALL_PAGE);
}

static int run_words(struct line *l, const char *const *words, size_t count)
{
	char sentence[1024];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, sentence, sizeof(sentence));
	r = aiot_words_to_params(l->command, words, count, aiot_clock_wall_ns(), &l->params, &why);
	if (r == -AIOT_EALREADY) {
		aiot_command_usage(l->command, &l->x->output);
		return 0;
	}
	if (r < 0)
		return refuse(l->x, aiot_out_str(&why));
	if (aiot_json_parse(l->params.buf, l->params.len, &l->request, NULL) < 0)
		aiot_test_wrong("the words of '%s' became no JSON", l->command->verb);
	carry_out(l);
	aiot_test_run(l->x);
	return l->exit;
}

static int run_line(struct aiot_test *x, char *text)
{
	struct line l = {.x = x,
			 .first = true,
			 .params = {.grow = aiot_test_grow},
			 .reply = {.grow = aiot_test_grow}};
	const char *words[WORDS_MAX];
	int count = aiot_words_split(text, words, WORDS_MAX);

	if (count < 1)
		return refuse(x, "no command, an open quote, or too many words");
	l.command = aiot_command_by_verb(&x->host->commands, words[0]);
	if (l.command == NULL || l.command->method == NULL)
		return refuse_verb(x, words[0]);
	l.exit = run_words(&l, words + 1, (size_t)count - 1);
	free(l.params.buf);
	free(l.reply.buf);
	return l.exit;
}

int aiot_test_ctl(struct aiot_test *x, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n, r;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		text = malloc((size_t)n + 1);
	if (text == NULL)
		aiot_test_wrong("no memory for a line");
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	x->output.grow = aiot_test_grow;
	x->output.len = 0;
	r = run_line(x, text);
	free(text);
	return r;
}

const char *aiot_test_output(struct aiot_test *x)
{
	const char *text;

	x->output.grow = aiot_test_grow;
	text = aiot_test_str(&x->output);
	x->output.len--; /* asked again, it is the same */
	return text;
}
