/*
 * posix-lines.c - what a process writes, as lines of its task's log or in the task's own buffer.
 *
 * Called by posix-process.c with whatever a pipe had, in pieces of any length.  A line is told when
 * its end has come, or when there is no room for more of it.
 */
#include "posix.h"

#include <string.h>

static void write_line(struct aiot_posix_lines *lines, struct aiot_task *t)
{
	unsigned len = lines->len;

	if (len > 0 && lines->line[len - 1] == '\r')
		len--;
	if (t != NULL)
		aiot_log(t, lines->level, "%.*s", (int)len, lines->line);
	lines->len = 0;
}

void aiot_posix_lines_add(struct aiot_posix_lines *lines, struct aiot_task *t, const char *text,
			  size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '\n') {
			write_line(lines, t);
			continue;
		}
		if (lines->len == sizeof(lines->line))
			write_line(lines, t);
		lines->line[lines->len++] = text[i];
	}
}

void aiot_posix_lines_end(struct aiot_posix_lines *lines, struct aiot_task *t)
{
	if (lines->len > 0)
		write_line(lines, t);
}

void aiot_posix_buffer_add(struct aiot_process *p, const char *text, size_t len)
{
	size_t room = p->out_size - p->out_len - (p->out_size > 0);
	size_t kept = len < room ? len : room;

	if (kept > 0) /* there may be no buffer at all */
		memcpy(p->out + p->out_len, text, kept);
	p->out_len += (uint32_t)kept;
	p->out_lost += (uint32_t)(len - kept);
	if (p->out_size > 0)
		p->out[p->out_len] = '\0';
}
