/*
 * command-small.c - finding commands, errors and levels in their tables, for boards that have
 * little flash.  Built instead of command.c; it has what a board asks for.
 */
#include "command-private.h"

#include <string.h>

#include <aiotools.h>

static const struct aiot_command *find(const struct aiot_commands *c, const char *verb,
				       struct aiot_json method)
{
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (verb ? row->verb && strcmp(row->verb, verb) == 0
				 : aiot_json_str_is(method, row->method))
				return row;
		}
	}
	return NULL;
}

const struct aiot_command *aiot_command_by_verb(const struct aiot_commands *c, const char *verb)
{
	return find(c, verb, (struct aiot_json){NULL, 0});
}

const struct aiot_command *aiot_command_by_method(const struct aiot_commands *c,
						  struct aiot_json method)
{
	return find(c, NULL, method);
}

const char *aiot_error_name(enum aiot_error_id id)
{
	switch (id) {
	case AIOT_ERR_METHOD_NOT_IMPLEMENTED:
		return "org.varlink.service.MethodNotImplemented";
	case AIOT_ERR_INVALID_PARAMETER:
		return "org.varlink.service.InvalidParameter";
	case AIOT_ERR_EXPECTED_MORE:
		return "org.varlink.service.ExpectedMore";
	case AIOT_ERR_INVALID_REQUEST:
		return "io.aiotools.InvalidRequest";
	case AIOT_ERR_NO_SUCH_TASK:
		return "io.aiotools.NoSuchTask";
	case AIOT_ERR_ALREADY:
		return "io.aiotools.Already";
	case AIOT_ERR_TASK_FAILED:
		return "io.aiotools.TaskFailed";
	case AIOT_ERR_NO_MEMORY:
		return "io.aiotools.NoMemory";
	case AIOT_ERR_LIMIT:
		return "io.aiotools.Limit";
	default:
		return "io.aiotools.Usage";
	}
}

/* The numbers are syslog's: 3 4 6 7. */
static const char level_words[][6] = {"", "", "", "error", "warn", "", "info", "debug"};

const char *aiot_level_word(uint8_t level)
{
	return level < 8 && level_words[level][0] ? level_words[level] : NULL;
}

int aiot_level_parse(const char *text)
{
	for (int i = 0; i < 8; i++) {
		if (text[0] == '0' + i && text[1] == '\0')
			return i;
		if (text[0] != '\0' && strcmp(text, level_words[i]) == 0)
			return i;
	}
	return -AIOT_EINVAL;
}
