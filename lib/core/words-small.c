/*
 * words-small.c - from command line words to a call's parameters, on boards that have little flash.
 *
 * Built instead of words.c and word-values.c.  What a value may be is left to the handlers, but for
 * numbers, which are written as such.  An option that is given twice counts the first time.
 */
#include <string.h>

#include <aiotools.h>

#include "command-private.h"

static int refuse(const struct aiot_command *command, const char *what, const char *word,
		  struct aiot_out *why)
{
	aiot_format(why, "%s: %s %s", aiot_command_title(command), what, word);
	return -AIOT_EINVAL;
}

/* "--after-cursor" is after_cursor; "-n" is by letter. */
static bool is_option(const struct aiot_param *p, const char *word)
{
	const char *name = p->name;

	if (!(p->flags & AIOT_PARAM_OPTION))
		return false;
	if (word[1] != '-')
		return word[1] == p->letter && word[2] == '\0';
	word += 2;
	if (p->flags & AIOT_PARAM_NEGATED && strncmp(word, "no-", 3) == 0)
		word += 3;
	if (p->flags & AIOT_PARAM_TAIL)
		name = strchr(name, '_') + 1;
	while (*name != '\0' && (*word == *name || (*name == '_' && *word == '-'))) {
		name++;
		word++;
	}
	return *name == *word;
}

/* A number, or the number of a level's word. */
static int put_value(const struct aiot_param *p, const char *word, struct aiot_json_out *j)
{
	struct aiot_json value = {word, strlen(word)};
	uint64_t number;
	int level;

	if (p->type == AIOT_PARAM_STR) {
		aiot_json_put_str(j, p->name, word);
		return 0;
	}
	level = p->type == AIOT_PARAM_LEVEL ? aiot_level_parse(word) : -1;
	if (level >= 0)
		aiot_json_put_u64(j, p->name, (unsigned)level);
	else if (aiot_json_u64(value, &number) == 0)
		aiot_json_put_u64(j, p->name, number);
	else
		return -AIOT_EINVAL;
	return 0;
}

/* Options; bits of ret_used: the words that were of one. */
static int put_options(const struct aiot_command *command, const char *const *words, size_t count,
		       struct aiot_json_out *j, struct aiot_out *why, uint32_t *ret_used)
{
	*ret_used = 0;
	for (size_t i = 0; i < count; i++) {
		const struct aiot_param *p = command->params;
		const char *word = words[i];

		if (word[0] != '-' || word[1] == '\0')
			continue;
		while (p && p->name && !is_option(p, word))
			p++;
		if (!p || !p->name)
			return refuse(command, "unknown option", word, why);
		*ret_used |= 1u << i;
		if (p->type == AIOT_PARAM_BOOL) {
			aiot_json_put_bool(j, p->name, !(p->flags & AIOT_PARAM_NEGATED));
			continue;
		}
		if (++i == count || put_value(p, words[i], j) < 0)
			return refuse(command, "no value for", word, why);
		*ret_used |= 1u << i;
	}
	return 0;
}

/* KEY=VALUE, or KEY alone, which is null. */
static void put_arg(const char *word, struct aiot_json_out *j)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	char key[AIOT_NAME_MAX + 1];

	(void)aiot_format_to(key, sizeof(key), "%.*s", (int)len, word);
	aiot_json_put_str(j, key, equals ? equals + 1 : NULL);
}

/* What is not positional, or there is none of. */
static const struct aiot_param *next_slot(const struct aiot_param *p)
{
	while (p && p->name && p->flags & AIOT_PARAM_OPTION)
		p++;
	return p && p->name ? p : NULL;
}

/* The other words, each for the next positional parameter; the last one takes all that are left. */
static int put_words(const struct aiot_command *command, const char *const *words, size_t count,
		     uint32_t used, struct aiot_json_out *j, struct aiot_out *why)
{
	const struct aiot_param *p = next_slot(command->params);
	bool open = false;

	for (size_t i = 0; i < count; i++) {
		if (used >> i & 1)
			continue;
		if (p == NULL)
			return refuse(command, "too many words:", words[i], why);
		if (p->type == AIOT_PARAM_STR) {
			aiot_json_put_str(j, p->name, words[i]);
			p = next_slot(p + 1);
			continue;
		}
		if (p->type == AIOT_PARAM_STRS && !open)
			aiot_json_put_array(j, p->name);
		else if (!open)
			aiot_json_put_object(j, p->name);
		open = true;
		if (p->type == AIOT_PARAM_STRS)
			aiot_json_put_str(j, NULL, words[i]);
		else
			put_arg(words[i], j);
	}
	if (open && p->type == AIOT_PARAM_STRS)
		aiot_json_put_end_array(j);
	else if (open)
		aiot_json_put_end_object(j);
	return 0;
}

int aiot_words_to_params(const struct aiot_command *command, const char *const *words, size_t count,
			 int64_t now_wall_ns, struct aiot_out *out, struct aiot_out *why)
{
	struct aiot_json_out j;
	uint32_t used;
	int r;

	(void)now_wall_ns;
	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	r = put_options(command, words, count, &j, why, &used);
	if (r == 0)
		r = put_words(command, words, count, used, &j, why);
	aiot_json_put_end_object(&j);
	if (r == 0 && out->error)
		r = refuse(command, "too many words", "", why);
	return r;
}

/*
 * A word at *from, written at *to, which is never ahead of it; *from is left behind it.
 * -AIOT_EINVAL: a quote stays open.
 */
static int unquote(char **from, char **to)
{
	char quote = '\0';

	for (; **from && (quote || **from != ' '); ++*from) {
		char c = **from;

		if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? '\0' : c;
		else
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

		while (*from == ' ')
			from++;
		if (!*from)
			return (int)count;
		if (count == max)
			return -AIOT_ENOSPC;
		words[count++] = to;
		if (unquote(&from, &to) < 0)
			return -AIOT_EINVAL;
		last = !*from; /* read before the terminator may overwrite it */
		*to++ = '\0';
		if (last)
			return (int)count;
		from++;
	}
}
