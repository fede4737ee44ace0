/* test-ctl-man.c - the manual page tells of every command and option that the tables have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "command.h"

static char page[65536];

static void has(const char *verb, const char *text)
{
	if (!strstr(page, text))
		fail_msg("'%s': nothing says %s", verb, text);
}

static void check_command(const struct aiot_command *command)
{
	const struct aiot_param *p = command->params;
	char text[128];

	if (!command->verb)
		return;
	(void)snprintf(text, sizeof(text), "Cm %s", command->verb);
	has(command->verb, text);
	for (; p && p->name; p++) {
		/* -long is written "Fl -long", with its letter "Fl l , Fl -long" or "l | -long". */
		if (p->option)
			has(command->verb, p->option + 1);
		(void)snprintf(text, sizeof(text), "Fl %c ", p->letter);
		if (p->letter)
			has(command->verb, text);
	}
}

static void every_command_and_option_is_told(void **state)
{
	const struct aiot_command *row;

	(void)state;
	for (row = aiot_commands_core; row->id; row++)
		check_command(row);
	for (row = aiot_commands_host; row->id; row++)
		check_command(row);
	for (row = aiot_commands_service; row->id; row++)
		check_command(row);
	for (row = aiot_commands_local; row->id; row++)
		check_command(row);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_and_option_is_told),
	};
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!in) {
		(void)fputs("usage: test-ctl-man PAGE\n", stderr);
		return 2;
	}
	page[fread(page, 1, sizeof(page) - 1, in)] = '\0';
	(void)fclose(in);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
