/*
 * tty.h - the way to a board: a serial device, or a UNIX socket as emulators have it.
 *
 * Called by the daemon's nodes and by aiotoolsctl --serial, which so keep each other off a line.
 * Never waits, and says nothing: errors are negative errno.
 */
#ifndef AIOT_TTY_H
#define AIOT_TTY_H

#include <stdbool.h>
#include <stdint.h>

/* Whether serial devices have that rate. */
bool aiot_tty_baud_known(uint32_t baud);

/*
 * Open a device raw, 8N1, without flow control, for this program alone, or connect to a socket;
 * *ret_socket is set in any case.  The descriptor does not block.  -EBUSY: another program has it;
 * -ENOTTY: it is neither of both.
 */
int aiot_tty_open(const char *path, uint32_t baud, int *ret_fd, bool *ret_socket);

/* What is not sent yet is not waited for. */
void aiot_tty_close(int fd, bool is_socket);

#endif
