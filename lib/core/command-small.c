/*
 * command-small.c - finding commands, errors and levels in their tables, for boards that have
 * little flash.  Built instead of command.c; it has what a board asks for.
 */
#include "command-private.h"

#include <string.h>

#include <aiotools.h>

#define INTERFACE "\"io.aiotools."

/* ---- commands ---- */

static const struct aiot_command *find(const struct aiot_commands *c, const char *word, size_t len,
				       bool method)
{
	for (const struct aiot_segment *s = c->segment; s < c->segment + AIOT_SEGMENTS; s++) {
		for (const struct aiot_command *row = s->commands; row && row->verb; row++) {
			const char *name = row->verb;

			if (method)
				name += strlen(name) + 1;
			if (*name && aiot_json_is_word(name, word, len))
				return row;
		}
	}
	return NULL;
}

const struct aiot_command *aiot_command_by_verb(const struct aiot_commands *c, const char *verb)
{
	return find(c, verb, strlen(verb), false);
}

const struct aiot_command *aiot_command_by_method(const struct aiot_commands *c,
						  struct aiot_json method)
{
	size_t skip = sizeof(INTERFACE) - 1;

	if (method.len <= skip || memcmp(method.text, INTERFACE, skip) != 0)
		return NULL;
	return find(c, method.text + skip, method.len - skip - 1, true);
}

/* ---- words by their numbers ---- */

/* The nth of words that end with a NUL each. */
static const char *nth(const char *words, unsigned n)
{
	while (n-- > 0)
		words += strlen(words) + 1;
	return words;
}

void aiot_error_put(struct aiot_json_out *j, enum aiot_error_id id)
{
	/* In the order of enum aiot_error_id; "" for what no board has to say. */
	static const char names[] =
		"\0\0\0MethodNotImplemented\0InvalidParameter\0\0ExpectedMore\0"
		"InvalidRequest\0\0Usage\0NoSuchTask\0\0Already\0TaskFailed\0\0\0\0"
		"NoMemory\0Limit";

	/* Piece by piece: printf would lie too deep in the stack. */
	aiot_json_put_raw(j, "error", (struct aiot_json){"\"", 1});
	aiot_out_text(j->out,
		      id < AIOT_ERR_INVALID_REQUEST ? "org.varlink.service." : "io.aiotools.");
	aiot_out_text(j->out, nth(names, id));
	aiot_out_char(j->out, '"');
}

static const char levels[] = "\0\0\0error\0warn\0\0info\0debug";

/* "" for others: no record has them. */
const char *aiot_level_word(uint8_t level)
{
	return nth(levels, level & 7);
}

int aiot_level_parse(const char *text)
{
	int level = 7;

	while (level > 0 && strcmp(text, nth(levels, (unsigned)level)) != 0)
		level--;
	return level >= 3 && *text ? level : -AIOT_EINVAL;
}
