/*
 * options.h - the command line of aiotoolsctl: what is the client's own, and what is the verb's.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "out.h"

enum ctl_color {
	CTL_COLOR_AUTO,
	CTL_COLOR_ALWAYS,
	CTL_COLOR_NEVER,
};

struct ctl_options {
	const char *verb;		    /* NULL: none was given */
	const struct aiot_command *command; /* NULL: no verb, or one that nobody knows */
	const char *const *words;	    /* what is left for the verb; in argv's memory */
	size_t word_count;
	const char *socket; /* NULL: not given */
	const char *serial; /* DEVICE[,BAUD]; NULL: not given */
	enum ctl_color color;
	bool user, json, quiet, no_pager, help, version;
};

/*
 * Take the client's own options out of argv, wherever they stand: neither behind `--` nor as the
 * value of one of the verb's options.  argv is reordered and, where short options are written
 * together (-qf), shortened in place.  0, or -AIOT_EINVAL with a sentence in why.
 */
int ctl_options_parse(const struct aiot_commands *commands, int argc, char **argv,
		      struct ctl_options *ret_options, struct aiot_out *why);

/* The options' lines of the general help. */
extern const char ctl_options_help[];

#endif
