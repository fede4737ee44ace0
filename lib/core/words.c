/*
 * words.c - from command line words to a call's parameters.
 *
 * aiotoolsctl and the console give the words behind a verb; out comes the parameters object, or a
 * sentence that says which word is wrong.  Options stand anywhere, the last of several counts.  The
 * words are walked once to check them all and then once for each parameter, so that nothing needs
 * to be kept.  Single values are word-values.c's.  Only the words are looked at, never whether the
 * tasks they name exist.
 */
#include <string.h>

#include <aiotools.h>

#include "command-private.h"

/* One option with its value, or one word that is no option. */
struct item {
	const struct aiot_param *param;
	const char *value; /* NULL: a flag */
	bool is_short;	   /* typed as -n */
};

struct scan {
	const struct aiot_command *command;
	const char *const *words;
	size_t count, next;
	const char *bundle;	       /* the letters left of "-fq"; NULL: none */
	const struct aiot_param *slot; /* what the next word that is no option is for; NULL: none */
	bool plain;		       /* behind "--" */
	struct aiot_out *why;
};

static const struct aiot_param *next_slot(const struct aiot_param *p)
{
	for (; p && p->name; p++) {
		if (!p->option)
			return p;
	}
	return NULL;
}

static void scan_begin(struct scan *s, const struct aiot_command *command, const char *const *words,
		       size_t count, struct aiot_out *why)
{
	*s = (struct scan){
		.command = command,
		.words = words,
		.count = count,
		.slot = next_slot(command->params),
		.why = why,
	};
}

/* ---- refusals: the sentence goes to why, the result is always the same ---- */

static int refuse_long(struct scan *s, const char *typed, size_t len)
{
	const struct aiot_param *p = s->command->params;
	struct aiot_near near;
	char name[48];

	(void)aiot_format_to(name, sizeof(name), "%.*s", (int)(len < 48 ? len : 48), typed);
	aiot_near_begin(&near, name);
	for (; p && p->name; p++) {
		if (p->option)
			aiot_near_offer(&near, p->option + 2);
	}
	aiot_format(s->why, "%s: unknown option '--%s'", aiot_command_title(s->command), name);
	if (near.best)
		aiot_format(s->why, ", did you mean '--%s'?", near.best);
	return -AIOT_EINVAL;
}

static int refuse_letter(struct scan *s, char letter)
{
	aiot_format(s->why, "%s: unknown option '-%c'", aiot_command_title(s->command), letter);
	return -AIOT_EINVAL;
}

static void put_option(struct scan *s, const struct item *item)
{
	if (item->is_short)
		aiot_format(s->why, "-%c", item->param->letter);
	else
		aiot_out_text(s->why,
			      item->param->option ? item->param->option : item->param->value);
}

static int refuse_option(struct scan *s, const struct item *item, const char *reason)
{
	aiot_format(s->why, "%s: option '", aiot_command_title(s->command));
	put_option(s, item);
	aiot_format(s->why, "' %s", reason);
	return -AIOT_EINVAL;
}

static int refuse_word(struct scan *s, const char *word)
{
	const char *title = aiot_command_title(s->command);

	if (next_slot(s->command->params))
		aiot_format(s->why, "%s: '%s' is one word too many", title, word);
	else
		aiot_format(s->why, "%s takes no words, but got '%s'", title, word);
	return -AIOT_EINVAL;
}

/* ---- walking the words ---- */

/* The value of an option whose value is not part of its own word. */
static int scan_value(struct scan *s, struct item *item)
{
	if (s->next == s->count)
		return refuse_option(s, item, "needs a value");
	item->value = s->words[s->next++];
	return 1;
}

static const struct aiot_param *find_long(const struct aiot_command *command, const char *name,
					  size_t len)
{
	const struct aiot_param *p = command->params;

	for (; p && p->name; p++) {
		if (p->option && strlen(p->option) == len + 2 &&
		    memcmp(p->option + 2, name, len) == 0)
			return p;
	}
	return NULL;
}

static size_t length_to_equals(const char *text)
{
	const char *equals = memchr(text, '=', strlen(text));

	return equals ? (size_t)(equals - text) : strlen(text);
}

/* "--name" or "--name=value", the dashes passed. */
static int scan_long(struct scan *s, const char *name, struct item *item)
{
	size_t len = length_to_equals(name);

	if (strcmp(name, "help") == 0)
		return -AIOT_EALREADY;
	item->is_short = false;
	item->param = find_long(s->command, name, len);
	if (!item->param)
		return refuse_long(s, name, len);
	item->value = name[len] ? name + len + 1 : NULL;
	if (item->param->type != AIOT_PARAM_BOOL)
		return item->value ? 1 : scan_value(s, item);
	return item->value ? refuse_option(s, item, "takes no value") : 1;
}

/* The next letter of "-fn5". */
static int scan_letter(struct scan *s, struct item *item)
{
	const struct aiot_param *p = s->command->params;
	char letter = *s->bundle++;
	const char *rest = *s->bundle ? s->bundle : NULL;

	s->bundle = rest;
	if (letter == 'h')
		return -AIOT_EALREADY;
	while (p && p->name && p->letter != letter)
		p++;
	if (!p || !p->name)
		return refuse_letter(s, letter);
	*item = (struct item){.param = p, .is_short = true};
	if (p->type == AIOT_PARAM_BOOL)
		return 1;
	s->bundle = NULL;
	item->value = rest;
	return rest ? 1 : scan_value(s, item);
}

static bool takes_many(const struct aiot_param *p)
{
	return p->type == AIOT_PARAM_STRS || p->type == AIOT_PARAM_ARGS;
}

/* No name has a = in it: behind names, the first key=value is no name any more. */
static int scan_word(struct scan *s, const char *word, struct item *item)
{
	const struct aiot_param *behind = s->slot ? next_slot(s->slot + 1) : NULL;

	if (!s->slot)
		return refuse_word(s, word);
	if (s->slot->type == AIOT_PARAM_STRS && behind && behind->type == AIOT_PARAM_ARGS &&
	    strchr(word, '='))
		s->slot = behind;
	*item = (struct item){.param = s->slot, .value = word};
	if (!takes_many(s->slot))
		s->slot = behind;
	return 1;
}

/* 1: ret_item is the next one; 0: the end; negative with a sentence, -AIOT_EALREADY for help. */
static int scan_next(struct scan *s, struct item *ret_item)
{
	while (!s->bundle) {
		const char *word;

		if (s->next == s->count)
			return 0;
		word = s->words[s->next++];
		if (s->plain || word[0] != '-' || word[1] == '\0')
			return scan_word(s, word, ret_item);
		if (word[1] != '-')
			s->bundle = word + 1;
		else if (word[2] != '\0')
			return scan_long(s, word + 2, ret_item);
		else
			s->plain = true;
	}
	return scan_letter(s, ret_item);
}

/* ---- values ---- */

static int check_item(struct scan *s, const struct item *item, int64_t now_ns)
{
	struct aiot_out nowhere = {.buf = NULL};

	if (item->value == NULL ||
	    aiot_word_check(item->param->type, item->value, now_ns, &nowhere) == 0)
		return 0;
	aiot_format(s->why, "%s: ", aiot_command_title(s->command));
	if (item->param->type != AIOT_PARAM_ARGS) {
		aiot_out_char(s->why, '\'');
		put_option(s, item);
		aiot_format(s->why, " %s': '%s' ", item->value, item->value);
	}
	(void)aiot_word_check(item->param->type, item->value, now_ns, s->why);
	return -AIOT_EINVAL;
}

/* ---- the parameters ---- */

/* The last item for a parameter; false: there is none. */
static bool last_item(struct scan *s, const struct aiot_param *p, struct item *ret_item)
{
	struct item item;
	bool found = false;

	scan_begin(s, s->command, s->words, s->count, s->why);
	while (scan_next(s, &item) > 0) {
		if (item.param != p)
			continue;
		*ret_item = item;
		found = true;
	}
	return found;
}

static int check_required(struct scan *s)
{
	const struct aiot_param *p = s->command->params;
	struct item item;

	for (; p && p->name; p++) {
		bool vowel;

		if (!(p->flags & AIOT_PARAM_REQUIRED) || last_item(s, p, &item))
			continue;
		vowel = memchr("AEIOU", p->value[0], 5) != NULL;
		aiot_format(s->why, "%s: %s %s is needed", aiot_command_title(s->command),
			    vowel ? "an" : "a", p->value);
		return -AIOT_EINVAL;
	}
	return 0;
}

static int check_all(struct scan *s, int64_t now_ns)
{
	struct item item;
	int rc;

	while ((rc = scan_next(s, &item)) > 0) {
		rc = check_item(s, &item, now_ns);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : check_required(s);
}

static void put_words(struct scan *s, const struct aiot_param *p, struct aiot_json_out *j)
{
	struct item item;

	aiot_json_put_array(j, p->name);
	scan_begin(s, s->command, s->words, s->count, s->why);
	while (scan_next(s, &item) > 0) {
		if (item.param == p)
			aiot_json_put_str(j, NULL, item.value);
	}
	aiot_json_put_end_array(j);
}

static void put_args(struct scan *s, const struct aiot_param *p, struct aiot_json_out *j)
{
	struct item item;

	aiot_json_put_object(j, p->name);
	scan_begin(s, s->command, s->words, s->count, s->why);
	while (scan_next(s, &item) > 0) {
		if (item.param == p)
			aiot_word_put(p->type, NULL, item.value, 0, j);
	}
	aiot_json_put_end_object(j);
}

static void put_param(struct scan *s, const struct aiot_param *p, int64_t now_ns,
		      struct aiot_json_out *j)
{
	struct item item;

	if (!last_item(s, p, &item))
		return;
	switch (p->type) {
	case AIOT_PARAM_BOOL:
		aiot_json_put_bool(j, p->name, !(p->flags & AIOT_PARAM_NEGATED));
		break;
	case AIOT_PARAM_STRS:
		put_words(s, p, j);
		break;
	case AIOT_PARAM_ARGS:
		put_args(s, p, j);
		break;
	default:
		aiot_word_put(p->type, p->name, item.value, now_ns, j);
	}
}

int aiot_words_to_params(const struct aiot_command *command, const char *const *words, size_t count,
			 int64_t now_wall_ns, struct aiot_out *out, struct aiot_out *why)
{
	const struct aiot_param *p = command->params;
	struct aiot_json_out j;
	struct scan s;
	int rc;

	scan_begin(&s, command, words, count, why);
	rc = check_all(&s, now_wall_ns);
	if (rc < 0)
		return rc;
	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	for (; p && p->name; p++)
		put_param(&s, p, now_wall_ns, &j);
	aiot_json_put_end_object(&j);
	if (out->error)
		aiot_format(why, "%s: there is no room for so many words",
			    aiot_command_title(command));
	return out->error;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Take one word at *from apart, writing it at *to, which is never ahead of it.  -AIOT_EINVAL: a
 * quote stays open.
 */
static int unquote(char **from, char **to)
{
	char quote = '\0';

	for (; **from && (quote || !is_blank(**from)); ++*from) {
		char c = **from;

		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? '\0' : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && (*from)[1])
			c = *++*from;
		*(*to)++ = c;
	}
	return quote ? -AIOT_EINVAL : 0;
}

int aiot_words_split(char *line, const char **words, size_t max)
{
	char *from = line, *to = line;
	size_t count = 0;

	for (;;) {
		bool last;
		int rc;

		while (is_blank(*from))
			from++;
		if (!*from)
			return (int)count;
		if (count == max)
			return -AIOT_ENOSPC;
		words[count++] = to;
		rc = unquote(&from, &to);
		if (rc < 0)
			return rc;
		last = !*from; /* read before the terminator may overwrite it */
		*to++ = '\0';
		if (last)
			return (int)count;
		from++;
	}
}
