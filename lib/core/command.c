/*
 * command.c - finding commands, errors and other words in their tables.
 *
 * Called by the server, the console and aiotoolsctl before a call, and by the renderer behind it.
 * Pure look-ups over const data: the tables are short, so all of them walk from the front.  Never
 * runs a command (call.c) and never reads one from words (words.c).
 */
#include "command-private.h"

#include <string.h>

#include <aiotools.h>

/* ---- commands ---- */

const struct aiot_command *aiot_command_by_verb(const struct aiot_commands *c, const char *verb)
{
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (row->verb && strcmp(row->verb, verb) == 0)
				return row;
		}
	}
	return NULL;
}

const struct aiot_command *aiot_command_by_method(const struct aiot_commands *c,
						  struct aiot_json method)
{
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (row->method && aiot_json_str_is(method, row->method))
				return row;
		}
	}
	return NULL;
}

const struct aiot_command *aiot_command_with_method(const struct aiot_commands *c,
						    const char *method)
{
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (row->method && strcmp(row->method, method) == 0)
				return row;
		}
	}
	return NULL;
}

const struct aiot_command *aiot_command_by_id(const struct aiot_commands *c, unsigned id)
{
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (row->id == id)
				return row;
		}
	}
	return NULL;
}

const char *aiot_command_near(const struct aiot_commands *c, const char *verb)
{
	struct aiot_near near;

	aiot_near_begin(&near, verb);
	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (row->verb)
				aiot_near_offer(&near, row->verb);
		}
	}
	return near.best;
}

/* ---- errors ---- */

struct error_row {
	const char *name;
	uint8_t action, query; /* exit codes */
	const char *sentence;
};

static const struct error_row errors[AIOT_ERR_COUNT] = {
	[AIOT_ERR_NONE] = {"", 1, 1, ""},
	[AIOT_ERR_INTERFACE_NOT_FOUND] = {"org.varlink.service.InterfaceNotFound", 1, 1,
					  "no such interface"},
	[AIOT_ERR_METHOD_NOT_FOUND] = {"org.varlink.service.MethodNotFound", 1, 1,
				       "no such method"},
	[AIOT_ERR_METHOD_NOT_IMPLEMENTED] = {"org.varlink.service.MethodNotImplemented", 1, 1,
					     "this daemon does not have that method"},
	[AIOT_ERR_INVALID_PARAMETER] = {"org.varlink.service.InvalidParameter", 2, 2,
					"a parameter is wrong"},
	[AIOT_ERR_PERMISSION_DENIED] = {"org.varlink.service.PermissionDenied", 4, 4,
					"permission denied"},
	[AIOT_ERR_EXPECTED_MORE] = {"org.varlink.service.ExpectedMore", 2, 2,
				    "the answer takes several replies: ask with \"more\":true"},
	[AIOT_ERR_INVALID_REQUEST] = {"io.aiotools.InvalidRequest", 2, 2,
				      "the request is not understood"},
	[AIOT_ERR_USE_MORE] = {"io.aiotools.UseMore", 2, 2,
			       "the answer is too large for one reply: ask with \"more\":true"},
	[AIOT_ERR_USAGE] = {"io.aiotools.Usage", 2, 2, "the command is not understood"},
	[AIOT_ERR_NO_SUCH_TASK] = {"io.aiotools.NoSuchTask", 5, 4, "no such task"},
	[AIOT_ERR_NO_SUCH_SERVICE] = {"io.aiotools.NoSuchService", 5, 4, "no such service"},
	[AIOT_ERR_ALREADY] = {"io.aiotools.Already", 1, 1, "it is so already"},
	[AIOT_ERR_TASK_FAILED] = {"io.aiotools.TaskFailed", 1, 1, "the task failed"},
	[AIOT_ERR_BAD_CONFIGURATION] = {"io.aiotools.BadConfiguration", 6, 6,
					"the configuration is wrong"},
	[AIOT_ERR_LOAD_FAILED] = {"io.aiotools.LoadFailed", 1, 1, "the service did not load"},
	[AIOT_ERR_SHUTTING_DOWN] = {"io.aiotools.ShuttingDown", 1, 1, "the daemon is stopping"},
	[AIOT_ERR_NO_MEMORY] = {"io.aiotools.NoMemory", 1, 1, "no memory is left"},
	[AIOT_ERR_TIMED_OUT] = {"io.aiotools.TimedOut", 1, 1, "it took too long"},
	[AIOT_ERR_LIMIT] = {"io.aiotools.Limit", 1, 1, "a limit is reached"},
};

static const struct error_row *error_row(enum aiot_error_id id)
{
	return &errors[(unsigned)id < AIOT_ERR_COUNT ? id : AIOT_ERR_NONE];
}

const char *aiot_error_name(enum aiot_error_id id)
{
	return error_row(id)->name;
}

void aiot_error_put(struct aiot_json_out *j, enum aiot_error_id id)
{
	aiot_json_put_str(j, "error", aiot_error_name(id));
}

const char *aiot_error_sentence(enum aiot_error_id id)
{
	return error_row(id)->sentence;
}

enum aiot_error_id aiot_error_find(struct aiot_json name)
{
	for (unsigned i = AIOT_ERR_NONE + 1; i < AIOT_ERR_COUNT; i++) {
		if (aiot_json_str_is(name, errors[i].name))
			return (enum aiot_error_id)i;
	}
	return AIOT_ERR_NONE;
}

int aiot_error_exit(enum aiot_error_id id, bool query)
{
	return query ? error_row(id)->query : error_row(id)->action;
}

/* ---- levels and forms ---- */

struct level {
	uint8_t level;
	const char *word;
};

/* The first word of a level is the one that is shown. */
static const struct level levels[] = {
	{AIOT_ERROR, "error"}, {AIOT_WARN, "warn"},    {AIOT_INFO, "info"}, {AIOT_DEBUG, "debug"},
	{AIOT_ERROR, "err"},   {AIOT_WARN, "warning"}, {AIOT_ERROR, "3"},   {AIOT_WARN, "4"},
	{AIOT_INFO, "6"},      {AIOT_DEBUG, "7"},
};

const char *aiot_level_word(uint8_t level)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (levels[i].level == level)
			return levels[i].word;
	}
	return NULL;
}

static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char lower = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;

		if (lower != *b)
			return false;
	}
	return *a == *b;
}

int aiot_level_parse(const char *text)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (same_word(text, levels[i].word))
			return levels[i].level;
	}
	return -AIOT_EINVAL;
}

int aiot_form_parse(const char *text)
{
	static const char *const words[] = {
		[AIOT_FORM_SHORT] = "short", [AIOT_FORM_ISO] = "iso", [AIOT_FORM_MONO] = "mono",
		[AIOT_FORM_JSON] = "json",   [AIOT_FORM_CAT] = "cat",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	}
	return -AIOT_EINVAL;
}
