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
	/* Piece by piece: printf would lie too deep in the stack. */
	aiot_out_text(why, aiot_command_title(command));
	aiot_out_text(why, ": ");
	aiot_out_text(why, what);
	aiot_out_char(why, ' ');
	aiot_out_text(why, word);
	return -AIOT_EINVAL;
}

/* "--after-cursor" is after_cursor; "-n" is by letter. */
static bool is_option(const struct aiot_param *p, const char *word)
{
	const char *name = p->text + 1;
	const char *own = name + strlen(name) + 1;
	char c;

	if (!(p->text[0] & AIOT_KIND_OPTION))
		return false;
	if (*own == '-')
		return strcmp(word, own) == 0;
	if (*++word != '-')
		return strcmp(word, own) == 0;
	do {
		c = *++word == '-' ? '_' : *word;
		if (c != *name++)
			return false;
	} while (c != '\0');
	return true;
}

static unsigned type_of(const struct aiot_param *p)
{
	return p->text[0] & AIOT_KIND_TYPE;
}

/* An option's value: for a number its digits, or a level's word; false: it is neither. */
static bool put_value(const struct aiot_param *p, const char *word, struct aiot_json_out *j)
{
	struct aiot_json value = {word, strlen(word)};
	bool otherwise = p->text[0] & AIOT_KIND_OTHERWISE;
	const char *name = p->text + 1;
	uint64_t number;
	int level;

	if (type_of(p) == AIOT_JSON_BOOL) {
		aiot_json_put_bool(j, name, !otherwise);
	} else if (type_of(p) == AIOT_JSON_STRING) {
		aiot_json_put_str(j, name, word);
	} else if (otherwise && (level = aiot_level_parse(word)) >= 0) {
		aiot_json_put_u64(j, name, (unsigned)level);
	} else {
		if (aiot_json_u64(value, &number) < 0)
			return false;
		aiot_json_put_raw(j, name, value);
	}
	return true;
}

/* What is positional, or the row at the end. */
static const struct aiot_param *next_slot(const struct aiot_param *p)
{
	while (p->text && p->text[0] & AIOT_KIND_OPTION)
		p++;
	return p;
}

/*
 * Any other word, for the positional parameter at *slot.  The last of these takes all that are
 * left, in an array or an object: *end closes it.
 */
static void put_word(const struct aiot_param **slot, char *end, const char *word,
		     struct aiot_json_out *j)
{
	const char *name = (*slot)->text + 1, *equals;
	char begin = type_of(*slot) == AIOT_JSON_ARRAY ? '[' : '{';

	if (type_of(*slot) == AIOT_JSON_STRING) {
		*slot = next_slot(*slot + 1);
		aiot_json_put_str(j, name, word);
		return;
	}
	if (!*end)
		aiot_json_put_raw(j, name, (struct aiot_json){&begin, 1});
	*end = (char)(begin + 2);
	if (begin == '{') { /* KEY=VALUE, or KEY alone, which is null */
		equals = strchr(word, '=');
		aiot_json_put_strn(j, NULL, word, equals ? (size_t)(equals - word) : strlen(word));
		aiot_out_char(j->out, ':');
		word = equals ? equals + 1 : NULL;
	}
	aiot_json_put_str(j, NULL, word);
}

/*
 * The options are written in a first walk over the words, the others in a second one.  Out of line:
 * nothing of it is on the stack when its caller says what is wrong.
 */
__attribute__((noinline)) int aiot_words_to_params(const struct aiot_command *command,
						   const char *const *words, size_t count,
						   int64_t now_wall_ns, struct aiot_out *out,
						   struct aiot_out *why)
{
	const struct aiot_param *p, *slot = next_slot(command->params);
	struct aiot_json_out j;
	char end = '\0';

	(void)now_wall_ns;
	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	for (unsigned walk = 0; walk < 2; walk++) {
		for (size_t i = 0; i < count; i++) {
			const char *word = words[i];

			if (word[0] == '-' && word[1] != '\0') {
				for (p = command->params; p->text && !is_option(p, word); p++)
					continue;
				if (!p->text)
					return refuse(command, "unknown option", word, why);
				i += type_of(p) != AIOT_JSON_BOOL;
				if (i == count || (walk == 0 && !put_value(p, words[i], &j)))
					return refuse(command, "no value for", word, why);
			} else if (walk > 0) {
				if (!slot->text)
					return refuse(command, "too many words:", word, why);
				put_word(&slot, &end, word, &j);
			}
		}
	}
	if (end)
		aiot_out_char(out, end);
	aiot_json_put_end_object(&j);
	return out->error ? refuse(command, "too many words", "", why) : 0;
}

int aiot_words_split(char *line, const char **words, size_t max)
{
	char *to = line; /* never ahead of it */
	char c, quote = '\0';
	bool inside = false;
	size_t count = 0;

	while ((c = *line++) != '\0') {
		if (c == ' ' && !quote) {
			if (inside)
				*to++ = '\0';
			inside = false;
			continue;
		}
		if (!inside && count == max)
			return -AIOT_ENOSPC;
		if (!inside)
			words[count++] = to;
		inside = true;
		if (quote ? c == quote : c == '\'' || c == '"')
			quote ^= c;
		else
			*to++ = c;
	}
	*to = '\0';
	return quote ? -AIOT_EINVAL : (int)count;
}
