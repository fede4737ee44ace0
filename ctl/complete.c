/*
 * complete.c - see complete.h.
 *
 * Called by main.c for `aiotoolsctl complete WORD...`, which the files of completions/ run at every
 * Tab and which no help shows.  Verbs, options and fixed values come from the tables of commands;
 * names and keys from the daemon, where there is one (complete-ask.c).
 */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "complete-private.h"
#include "heap.h"

/* ---- candidates ---- */

static void put_help(struct aiot_out *out, const char *help, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		aiot_out_char(out, (unsigned char)help[i] < ' ' ? ' ' : help[i]);
}

/* One that begins as what was typed does; tail: what is always behind it. */
static void offer(struct completion *c, const char *word, const char *tail, const char *help)
{
	struct aiot_out text = {.grow = ctl_heap_grow};
	size_t typed = strlen(c->last);

	aiot_format(&text, "%s%s%s", c->before, word, tail);
	if (text.error == 0 && text.len >= typed && memcmp(text.buf, c->last, typed) == 0) {
		aiot_out_mem(c->out, text.buf, text.len);
		if (help && help[0]) {
			aiot_out_char(c->out, '\t');
			put_help(c->out, help, strlen(help));
		}
		aiot_out_char(c->out, '\n');
	}
	free(text.buf);
}

/* The same from JSON; what is no plain string is none. */
static void offer_json(struct completion *c, struct aiot_json word, const char *tail,
		       struct aiot_json help)
{
	char text[256], about[256] = "";

	(void)aiot_json_str(help, about, sizeof(about));
	if (aiot_json_str(word, text, sizeof(text)) > 0)
		offer(c, text, tail, about);
}

/* "on|off": the words between the bars. */
static void offer_list(struct completion *c, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, "|");
		char word[32];

		if (len < sizeof(word)) {
			memcpy(word, list, len);
			word[len] = '\0';
			offer(c, word, "", NULL);
		}
		list += len + (list[len] != '\0');
	}
}

static void offer_verbs(struct completion *c)
{
	const struct aiot_command *row;
	size_t i;

	for (i = 0; i < AIOT_SEGMENTS; i++) {
		for (row = c->commands->segment[i].commands; row && row->id; row++) {
			if (row->verb)
				offer(c, row->verb, "", row->help);
		}
	}
}

static void offer_options(struct completion *c)
{
	static const char *const own[] = {"--json",  "--user",	   "--socket", "--serial",
					  "--quiet", "--no-pager", "--color=", "--help"};
	const struct aiot_param *p = c->options.command ? c->options.command->params : NULL;
	size_t i;

	for (; p && p->name; p++) {
		if (p->option)
			offer(c, p->option, "", p->help);
	}
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		offer(c, own[i], "", NULL);
	if (!c->options.verb)
		offer(c, "--version", "", NULL);
}

/* ---- names ---- */

static void offer_names(struct completion *c, struct aiot_json rows, const char *help)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(rows, &it, NULL, &row))
		offer_json(c, aiot_json_get(row, "name"), "", aiot_json_get(row, help));
}

/* Not twice on one line. */
static bool is_given(const struct completion *c, struct aiot_json row)
{
	size_t i = 0;

	while (i < c->word_count && !aiot_json_str_is(aiot_json_get(row, "name"), c->word[i]))
		i++;
	return i < c->word_count;
}

static void take_services(struct completion *c, struct aiot_json reply)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(aiot_json_get(reply, "services"), &it, NULL, &row)) {
		if (ctl_complete_fits_service(c->options.command, row) && !is_given(c, row))
			offer_json(c, aiot_json_get(row, "name"), "", aiot_json_get(row, "info"));
	}
}

static void take_tasks(struct completion *c, struct aiot_json reply)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(aiot_json_get(reply, "tasks"), &it, NULL, &row)) {
		if (ctl_complete_fits_task(c->options.command, row) && !is_given(c, row))
			offer_json(c, aiot_json_get(row, "name"), "", aiot_json_get(row, "state"));
	}
}

/* Only those that begin as what was typed does, for there may be very many. */
static void ask_names(struct completion *c, bool services)
{
	struct aiot_out params = {.grow = ctl_heap_grow};
	struct aiot_json_out j;

	if (strpbrk(c->last, "*?") != NULL)
		return;
	aiot_json_begin(&j, &params);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_array(&j, "names");
	aiot_json_put_strf(&j, NULL, "%.128s*", c->last);
	aiot_json_put_end_array(&j);
	if (!services)
		aiot_json_put_bool(&j, "all", true);
	aiot_json_put_end_object(&j);
	if (services)
		ctl_ask(c, "io.aiotools.Service.List", &params, take_services);
	else
		ctl_ask(c, "io.aiotools.Task.List", &params, take_tasks);
}

/* ---- what belongs to a task or a service ---- */

static struct aiot_json first_task(struct aiot_json reply)
{
	struct aiot_json tasks = aiot_json_get(reply, "tasks"), task = {NULL, 0};
	struct aiot_json_iter it = {NULL};

	(void)aiot_json_next(tasks, &it, NULL, &task);
	return task;
}

/* The keys of a task's options. */
static void take_keys(struct completion *c, struct aiot_json reply)
{
	struct aiot_json args = aiot_json_get(first_task(reply), "args"), key, value;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(args, &it, &key, &value))
		offer_json(c, key, "=", value);
}

static void take_service(struct completion *c, struct aiot_json reply)
{
	struct aiot_json service = aiot_json_get(first_task(reply), "service");

	(void)aiot_json_str(aiot_json_get(service, "name"), c->service, sizeof(c->service));
}

/* Keys of a table of options, or the values of one whose key was typed. */
static void offer_table(struct completion *c, struct aiot_json options)
{
	const char *equals = strchr(c->last, '=');
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(options, &it, NULL, &row)) {
		char key[128];

		if (!equals) {
			offer_json(c, aiot_json_get(row, "key"), "=", aiot_json_get(row, "help"));
		} else if (aiot_json_str(aiot_json_get(row, "key"), key, sizeof(key)) >= 0 &&
			   strlen(key) == (size_t)(equals - c->last) &&
			   memcmp(key, c->last, strlen(key)) == 0 &&
			   aiot_json_str_is(aiot_json_get(row, "type"), "bool")) {
			offer(c, key, "=yes", NULL);
			offer(c, key, "=no", NULL);
		}
	}
}

/* The row of that name in an array; absent: there is none. */
static struct aiot_json row_named(struct aiot_json rows, const char *name)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(rows, &it, NULL, &row)) {
		if (aiot_json_str_is(aiot_json_get(row, "name"), name))
			return row;
	}
	return (struct aiot_json){NULL, 0};
}

static void take_verbs(struct completion *c, struct aiot_json reply)
{
	struct aiot_json verbs = aiot_json_get(aiot_json_get(reply, "service"), "verbs");

	offer_names(c, verbs, "help");
}

static void take_verb_options(struct completion *c, struct aiot_json reply)
{
	struct aiot_json verbs = aiot_json_get(aiot_json_get(reply, "service"), "verbs");

	offer_table(c, aiot_json_get(row_named(verbs, c->word[1]), "options"));
}

/* SERVICE, or SERVICE/KIND. */
static void take_kind_options(struct completion *c, struct aiot_json reply)
{
	struct aiot_json kinds = aiot_json_get(aiot_json_get(reply, "service"), "kinds");
	const char *slash = strchr(c->word[0], '/');

	offer_table(c, aiot_json_get(row_named(kinds, slash ? slash + 1 : "main"), "options"));
}

/* SERVICE/KIND is being typed. */
static void take_kinds(struct completion *c, struct aiot_json reply)
{
	struct aiot_json service = aiot_json_get(reply, "service"), row;
	struct aiot_json_iter it = {NULL};
	char before[AIOT_NAME_MAX + 2], name[AIOT_NAME_MAX + 1];

	if (aiot_json_str(aiot_json_get(service, "name"), name, sizeof(name)) <= 0)
		return;
	(void)aiot_format_to(before, sizeof(before), "%s/", name);
	c->before = before;
	while (aiot_json_next(aiot_json_get(service, "kinds"), &it, NULL, &row))
		offer_json(c, aiot_json_get(row, "name"), "", aiot_json_get(row, "help"));
	c->before = "";
}

static void ask_service_of_task(struct completion *c, take_fn *take)
{
	if (c->word_count == 0)
		return;
	ctl_ask_task(c, c->word[0], take_service);
	if (c->service[0] != '\0')
		ctl_ask_service(c, c->service, take);
}

static bool is_about_services(const struct aiot_command *command)
{
	const struct aiot_command *row = aiot_commands_service;

	while (row->id && row != command)
		row++;
	return row->id != 0 || command->id == AIOT_CMD_ADD || command->id == AIOT_CMD_ANALYZE;
}

/* The service in SERVICE/KIND, or SERVICE. */
static void ask_service_in(struct completion *c, const char *word, take_fn *take)
{
	size_t len = strcspn(word, "/");
	char service[AIOT_NAME_MAX + 1];

	if (len > AIOT_NAME_MAX)
		return;
	memcpy(service, word, len);
	service[len] = '\0';
	ctl_ask_service(c, service, take);
}

static void ask_kinds(struct completion *c)
{
	ask_service_in(c, c->last, take_kinds);
}

/* KEY= for the task or service that was named first. */
static void offer_keys(struct completion *c)
{
	if (c->word_count == 0)
		return;
	if (is_about_services(c->options.command))
		ask_service_in(c, c->word[0], take_kind_options);
	else
		ctl_ask_task(c, c->word[0], take_keys);
}

/* ---- which of all that it is ---- */

static bool is_file(const struct aiot_param *p)
{
	static const char *const files[] = {"PATH", "FILE", "DIR", "DEVICE"};
	size_t i;

	for (i = 0; p->value && i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(p->value, files[i]) == 0)
			return true;
	}
	return false;
}

static int offer_value(struct completion *c, const struct aiot_param *p)
{
	if (is_file(p))
		return CTL_COMPLETE_FILE;
	if (p->type == AIOT_PARAM_LEVEL)
		offer_list(c, "error|warn|info|debug");
	else if (p->type == AIOT_PARAM_FORM)
		offer_list(c, "short|iso|mono|json|cat");
	else if (p->value && strchr(p->value, '|'))
		offer_list(c, p->value);
	return 0;
}

/* The positional that comes next: the last one may be many words. */
static const struct aiot_param *next_positional(const struct completion *c)
{
	const struct aiot_param *p = c->options.command->params, *last = NULL;
	size_t n = c->word_count;

	for (; p && p->name; p++) {
		if (p->option)
			continue;
		last = p;
		if (p->type == AIOT_PARAM_STRS)
			break;
		if (n-- == 0)
			return p;
	}
	return last && (last->type == AIOT_PARAM_STRS || last->type == AIOT_PARAM_ARGS) ? last
											: NULL;
}

static int offer_positional(struct completion *c)
{
	const struct aiot_command *command = c->options.command;
	const struct aiot_param *p = next_positional(c), *args = p;

	if (!p)
		return 0;
	if (command->id == AIOT_CMD_HELP)
		offer_verbs(c);
	else if (command->id == AIOT_CMD_CALL && strcmp(p->name, "verb") == 0)
		ask_service_of_task(c, take_verbs);
	else if (command->id == AIOT_CMD_CALL && strcmp(p->name, "words") == 0)
		ask_service_of_task(c, take_verb_options);
	else if (p->type == AIOT_PARAM_ARGS)
		offer_keys(c);
	else if (command->flags & AIOT_COMMAND_LOCAL)
		return offer_value(c, p);
	else if (strcmp(p->name, "service") == 0 && strchr(c->last, '/') != NULL)
		ask_kinds(c);
	else if (strncmp(p->name, "name", 4) == 0 || strcmp(p->name, "service") == 0)
		ask_names(c, is_about_services(command));
	else
		return offer_value(c, p);
	/* NAME... KEY=VALUE... */
	while (args->name && (args->option || args->type != AIOT_PARAM_ARGS))
		args++;
	if (args->name && args != p && p->type == AIOT_PARAM_STRS)
		offer_keys(c);
	return 0;
}

static const struct aiot_param *find_option(const struct completion *c, const char *word)
{
	const struct aiot_param *p = c->options.command->params;

	for (; p && p->name; p++) {
		if (p->option && strcmp(p->option, word) == 0)
			return p;
		if (p->letter && word[0] == '-' && word[1] == p->letter && word[2] == '\0')
			return p;
	}
	return NULL;
}

/* Which of the verb's words are options and values of options, and which stand by themselves. */
static void sort_words(struct completion *c)
{
	bool all_plain = false;
	size_t i;

	for (i = 0; i < c->options.word_count; i++) {
		const char *word = c->options.words[i];
		const struct aiot_param *p = NULL;

		if (!all_plain && strcmp(word, "--") == 0) {
			all_plain = true;
			continue;
		}
		if (!all_plain && word[0] == '-' && word[1] != '\0') {
			p = find_option(c, word);
			if (p && p->type != AIOT_PARAM_BOOL && ++i == c->options.word_count)
				c->value_of = p;
		} else if (c->word_count < WORDS_MAX) {
			c->word[c->word_count++] = word;
		}
	}
}

/* --option=value: the value is what is typed. */
static int offer_assigned(struct completion *c)
{
	const char *equals = strchr(c->last, '=');
	char name[64], before[66];
	const struct aiot_param *p;

	if (!equals || (size_t)(equals - c->last) >= sizeof(name))
		return 0;
	(void)aiot_format_to(name, sizeof(name), "%.*s", (int)(equals - c->last), c->last);
	(void)aiot_format_to(before, sizeof(before), "%s=", name);
	c->before = before;
	p = c->options.command ? find_option(c, name) : NULL;
	if (strcmp(name, "--color") == 0)
		offer_list(c, "auto|always|never");
	else if (strcmp(name, "--socket") == 0 || strcmp(name, "--serial") == 0)
		return CTL_COMPLETE_FILE;
	else if (p)
		return offer_value(c, p);
	return 0;
}

static int complete(struct completion *c)
{
	if (c->options.command)
		sort_words(c);
	if (c->value_of)
		return offer_value(c, c->value_of);
	if (c->last[0] == '-' && strchr(c->last, '='))
		return offer_assigned(c);
	if (c->last[0] == '-')
		offer_options(c);
	else if (!c->options.verb)
		offer_verbs(c);
	else if (c->options.command)
		return offer_positional(c);
	return 0;
}

int ctl_complete(const struct aiot_commands *commands, char **words, int count,
		 struct aiot_out *out)
{
	struct completion c = {.commands = commands, .before = "", .last = "", .out = out};
	struct aiot_out why = {.grow = ctl_heap_grow};
	const char *previous = count > 1 ? words[count - 2] : "";
	int code = 0;

	if (count > 0)
		c.last = words[count - 1];
	if (strcmp(previous, "--socket") == 0 || strcmp(previous, "--serial") == 0)
		return CTL_COMPLETE_FILE;
	/* words[-1] is "complete", which stands for the program's name. */
	if (ctl_options_parse(commands, count > 0 ? count : 1, words - 1, &c.options, &why) == 0)
		code = complete(&c);
	free(why.buf);
	return code;
}
