/*
 * restart.h - how aiotoolsd starts itself anew, once its host is gone.
 */
#ifndef AIOTOOLSD_RESTART_H
#define AIOTOOLSD_RESTART_H

#include <aiotools-host.h>

/* Remember where the program lies, for it may have been exchanged by then.  First thing in main. */
void restart_prepare(void);

/* Where that is; NULL: nobody knows. */
const char *restart_program(void);

/* Keep copies of the `count` sockets that were handed over (3 and up), for the next one. */
void restart_keep_sockets(int count);

/*
 * Unblock the signals that were held, and start anew with the same arguments: REPLACE does not
 * return unless it fails; RELAUNCH and FRESH start a process, tell the service manager that it is
 * the main one now, and return 0; RECALL does nothing, the caller begins again.  A failure is a
 * sentence on stderr and 1.
 */
int restart_carry_out(enum aiot_restarting how, char **argv);

#endif
