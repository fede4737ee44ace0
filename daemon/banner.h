/*
 * banner.h - what aiotoolsd shows of itself when it begins at a terminal.
 */
#ifndef AIOTOOLSD_BANNER_H
#define AIOTOOLSD_BANNER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write it to text, lines with their ends: name and version, host and system, boot mode (whose
 * daemon it is, and Environment= if that says something), socket.  environment may be NULL.
 * Returns the bytes written, cut to size - 1.
 */
size_t banner_write(char *text, size_t size, bool color, bool user, const char *environment,
		    const char *socket);

/* Whether what is written there may be coloured: a terminal, and the environment has no objection.
 */
bool banner_color(int fd);

#endif
