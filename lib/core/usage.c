/*
 * usage.c - help, made from the command tables: of one command, and of all.
 *
 * Called for -h and `help`, by aiotoolsctl and the console.  Text only; a board that has no room
 * for help leaves this file out.
 */
#include <string.h>

#include "command-private.h"

#define WIDTH 80

static bool takes_many(const struct aiot_param *p)
{
	return p->type == AIOT_PARAM_STRS || p->type == AIOT_PARAM_ARGS;
}

/* "-n, --lines N", "NAME...": how a parameter begins its line; cut at WIDTH. */
static void format_left(const struct aiot_param *p, char buf[WIDTH], struct aiot_out *ret_left)
{
	aiot_out_init(ret_left, buf, WIDTH);
	if (!p->option) {
		aiot_format(ret_left, "  %s%s", p->value, takes_many(p) ? "..." : "");
		return;
	}
	if (p->letter)
		aiot_format(ret_left, "  -%c, %s", p->letter, p->option);
	else
		aiot_format(ret_left, "      %s", p->option);
	if (p->value)
		aiot_format(ret_left, " %s", p->value);
}

/* The same as a part of the usage line. */
static void put_part(const struct aiot_param *p, struct aiot_out *out)
{
	bool required = p->flags & AIOT_PARAM_REQUIRED;

	if (!required)
		aiot_out_char(out, '[');
	if (p->letter)
		aiot_format(out, "-%c", p->letter);
	else if (p->option)
		aiot_out_text(out, p->option);
	if (p->option && p->value)
		aiot_out_char(out, ' ');
	if (p->value)
		aiot_out_text(out, p->value);
	if (takes_many(p))
		aiot_out_text(out, "...");
	if (!required)
		aiot_out_char(out, ']');
}

static void put_usage_line(const struct aiot_command *command, struct aiot_out *out)
{
	const struct aiot_param *p = command->params;
	size_t indent = strlen("usage: ") + strlen(aiot_command_title(command));
	size_t column = indent;

	aiot_format(out, "usage: %s", aiot_command_title(command));
	for (; p && p->name; p++) {
		char buf[WIDTH];
		struct aiot_out part;

		aiot_out_init(&part, buf, sizeof(buf));
		put_part(p, &part);
		if (column + 1 + part.len > WIDTH) {
			aiot_out_char(out, '\n');
			aiot_out_pad(out, ' ', indent);
			column = indent;
		}
		aiot_out_char(out, ' ');
		aiot_out_mem(out, part.buf, part.len);
		column += 1 + part.len;
	}
	aiot_out_char(out, '\n');
}

static size_t left_width(const struct aiot_command *command)
{
	const struct aiot_param *p = command->params;
	size_t width = strlen("  -h, --help");

	for (; p && p->name; p++) {
		char buf[WIDTH];
		struct aiot_out left;

		format_left(p, buf, &left);
		width = left.len > width ? left.len : width;
	}
	return width;
}

static void put_line(const struct aiot_param *p, size_t width, struct aiot_out *out)
{
	char buf[WIDTH];
	struct aiot_out left;

	format_left(p, buf, &left);
	aiot_out_mem(out, left.buf, left.len);
	aiot_out_pad(out, ' ', width - left.len + 2);
	aiot_format(out, "%s\n", p->help);
}

void aiot_command_usage(const struct aiot_command *command, struct aiot_out *out)
{
	static const struct aiot_param help = {"help", "--help",	NULL, "this text",
					       'h',    AIOT_PARAM_BOOL, 0};
	const struct aiot_param *p = command->params;
	size_t width = left_width(command);

	put_usage_line(command, out);
	aiot_format(out, "%s\n\n", command->help);
	for (; p && p->name; p++)
		put_line(p, width, out);
	put_line(&help, width, out);
}

static size_t verb_width(const struct aiot_commands *c)
{
	size_t width = 0;

	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			size_t len = row->verb ? strlen(row->verb) : 0;

			width = len > width ? len : width;
		}
	}
	return width;
}

void aiot_commands_help(const struct aiot_commands *c, struct aiot_out *out)
{
	int width = (int)verb_width(c);

	for (size_t i = 0; i < AIOT_SEGMENTS; i++) {
		const struct aiot_command *row = c->segment[i].commands;

		for (; row && row->id; row++) {
			if (row->verb)
				aiot_format(out, "  %-*s  %s\n", width, row->verb, row->help);
		}
	}
}
