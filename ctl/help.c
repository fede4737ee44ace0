/*
 * help.c - see help.h.
 *
 * Called by main.c for `help`, --help and -h.  What concerns a command comes from its row; only
 * what is the client's own is written here.
 */
#include "help.h"

#include "options.h"

static const char usage[] = "usage: aiotoolsctl [OPTION...] COMMAND [WORD...]\n"
			    "\n"
			    "Look at and control the tasks inside aiotoolsd.\n"
			    "\n"
			    "Commands ('aiotoolsctl help COMMAND' tells their options):\n";

static const char environment[] =
	"\n"
	"Environment:\n"
	"  AIOTOOLS_SOCKET  where the daemon listens, unless --socket or --user says\n"
	"  XDG_RUNTIME_DIR  with --user: the daemon listens in aiotools/ below it\n"
	"  AIOTOOLS_PAGER   the pager of long output; else PAGER, else less; empty: none\n"
	"  NO_COLOR         not empty: no colours, unless --color=always\n";

static const char exit_codes[] =
	"\n"
	"Exit codes:\n"
	"  0  all went well\n"
	"  1  the action failed, or nothing matched\n"
	"  2  the command line was wrong\n"
	"  3  status: the one task that was named does not run\n"
	"  4  status, list, traceback: no such task; actions: no permission\n"
	"  5  actions: no such task\n"
	"  6  bad configuration\n"
	"  7  the daemon, or the board, is not reachable\n";

void ctl_help_general(const struct aiot_commands *commands, struct aiot_out *out)
{
	aiot_out_text(out, usage);
	aiot_commands_help(commands, out);
	aiot_out_text(out, "\nOptions:\n");
	aiot_out_text(out, ctl_options_help);
	aiot_out_text(out, environment);
	aiot_out_text(out, exit_codes);
}

void ctl_help_command(const struct aiot_command *command, struct aiot_out *out)
{
	aiot_command_usage(command, out);
	aiot_out_text(out, "\nOptions of all commands: 'aiotoolsctl --help'.\n");
}
