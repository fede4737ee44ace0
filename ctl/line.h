/*
 * line.h - the way to a board: a serial device, or a UNIX socket as emulators have it.
 */
#ifndef CTL_LINE_H
#define CTL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "out.h"

struct ctl_line {
	/* read-only */
	int fd;	       /* does not block */
	uint32_t baud; /* 0: a socket */
	bool is_socket;
	char path[256]; /* without the baud rate, for sentences */
};

/*
 * Open DEVICE[,BAUD] (115200) for this program alone: 8 data bits, no parity, 1 stop bit, no flow
 * control.  0, or negative with a sentence in why; -AIOT_EINVAL: the words themselves are wrong.
 */
int ctl_line_open(struct ctl_line *line, const char *device, struct aiot_out *why);
void ctl_line_close(struct ctl_line *line);

#endif
