/*
 * command-rows.h - how a row of the tables of commands is written, for all builds: boards that have
 * little flash keep of it what command.h says there.
 *
 * Included by whoever has a table for boards: commands-core.c, commands-board.c, lib/mcu/board.c.
 * Rows and parameters that small boards do not have stand between #if AIOT_TEXT and #endif.
 */
#ifndef AIOT_COMMAND_ROWS_H
#define AIOT_COMMAND_ROWS_H

#include "command.h"

/*
 * POSITIONAL(name, value, type, need, help)
 *	need: OPTIONAL or REQUIRED
 * OPTION(name, option, letter, value, type, how, help)
 *	letter: "" for none; value: NULL for flags
 *	how: PLAIN: small boards make it of its name; OWN: it has another name; NEGATED: the same,
 *	and it means false; TEXT: it is about how text is rendered
 * COMMAND(id, role, flags, verb, method, params, help, reply)
 * METHOD(id, role, method, params, help, reply): it has no verb
 */
#if AIOT_TEXT

#define FLAGS_OPTIONAL 0
#define FLAGS_REQUIRED AIOT_PARAM_REQUIRED
#define FLAGS_PLAIN 0
#define FLAGS_OWN 0
#define FLAGS_NEGATED AIOT_PARAM_NEGATED
#define FLAGS_TEXT AIOT_PARAM_TEXT

#define POSITIONAL(name, value, type, need, help)                                                  \
	{                                                                                          \
		name, NULL, value, AIOT_HELP_TEXT(help), 0, AIOT_PARAM_##type, FLAGS_##need        \
	}
#define OPTION(name, option, letter, value, type, how, help)                                       \
	{                                                                                          \
		name, option, value, AIOT_HELP_TEXT(help), letter[0], AIOT_PARAM_##type,           \
			FLAGS_##how                                                                \
	}
#define COMMAND(id, role, flags, verb, method, params, help, reply)                                \
	{                                                                                          \
		AIOT_CMD_##id, AIOT_ROLE_##role, flags, verb, "io.aiotools." method,               \
			AIOT_HELP_TEXT(help), params, AIOT_HELP_TEXT(reply)                        \
	}
#define METHOD(id, role, method, params, help, reply)                                              \
	COMMAND(id, role, 0, NULL, method, params, help, reply)

#else

/* The first byte of a parameter: its JSON type, and AIOT_KIND_... of command.h. */
#define KIND_STR_OPTIONAL "\x34"
#define KIND_STRS_OPTIONAL "\x35"
#define KIND_STR_REQUIRED "\x24"
#define KIND_STRS_REQUIRED "\x25"
#define KIND_ARGS_REQUIRED "\x26"
#define KIND_BOOL_PLAIN "\x72"
#define KIND_BOOL_NEGATED "\x7a"
#define KIND_U32_PLAIN "\x73"
#define KIND_TIME_PLAIN "\x73"
#define KIND_LEVEL_PLAIN "\x7b"
#define KIND_STR_PLAIN "\x74"
#define KIND_STR_OWN "\x74"

/* What stands behind an option's name. */
#define SPELT_PLAIN(letter, option) letter
#define SPELT_OWN(letter, option) option
#define SPELT_NEGATED(letter, option) option

#define POSITIONAL(name, value, type, need, help)                                                  \
	{                                                                                          \
		KIND_##type##_##need name                                                          \
	}
#define OPTION(name, option, letter, value, type, how, help)                                       \
	{                                                                                          \
		KIND_##type##_##how name "\0" SPELT_##how(letter, option)                          \
	}
#define COMMAND(id, role, flags, verb, method, params, help, reply)                                \
	{                                                                                          \
		verb "\0" method, params, AIOT_CMD_##id, flags                                     \
	}
#define METHOD(id, role, method, params, help, reply)                                              \
	COMMAND(id, role, 0, "", method, params, help, reply)

#endif

static const struct aiot_param no_params[] = {{0}};

#endif
