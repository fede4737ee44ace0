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

const char *aiot_error_name(enum aiot_error_id id)
{
	/* In the order of enum aiot_error_id; "" for what no board has to say. */
	static const char names[] = "\0\0\0"
				    "org.varlink.service.MethodNotImplemented\0"
				    "org.varlink.service.InvalidParameter\0"
				    "\0"
				    "org.varlink.service.ExpectedMore\0"
				    "io.aiotools.InvalidRequest\0"
				    "\0"
				    "io.aiotools.Usage\0"
				    "io.aiotools.NoSuchTask\0"
				    "\0"
				    "io.aiotools.Already\0"
				    "io.aiotools.TaskFailed\0"
				    "\0\0\0"
				    "io.aiotools.NoMemory\0"
				    "io.aiotools.Limit";

	return nth(names, id);
}

static const char levels[] = "\0\0\0error\0warn\0\0info\0debug";

const char *aiot_level_word(uint8_t level)
{
	const char *word = level < 8 ? nth(levels, level) : "";

	return *word ? word : NULL;
}

int aiot_level_parse(const char *text)
{
	for (unsigned level = 3; level < 8; level++) {
		const char *word = nth(levels, level);

		if (*word && strcmp(text, word) == 0)
			return (int)level;
	}
	return -AIOT_EINVAL;
}
