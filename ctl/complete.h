/*
 * complete.h - what may stand where a person is typing: for the shells' completions.
 */
#ifndef CTL_COMPLETE_H
#define CTL_COMPLETE_H

#include "command.h"
#include "out.h"

#define CTL_COMPLETE_FILE 3 /* the name of a file goes there */

/*
 * words: those behind "aiotoolsctl", the last one being typed ("" if it is not begun); the others
 * may be changed. Writes a candidate a line to out, behind a tab what it is.  The exit code: 0, or
 * CTL_COMPLETE_FILE.  Says nothing on standard error, whatever goes wrong.
 */
int ctl_complete(const struct aiot_commands *commands, char **words, int count,
		 struct aiot_out *out);

#endif
