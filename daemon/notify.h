/*
 * notify.h - telling a service manager how we are, as sd_notify(3) describes the protocol.
 */
#ifndef AIOTOOLSD_NOTIFY_H
#define AIOTOOLSD_NOTIFY_H

#include <stdint.h>

/* Send lines such as "READY=1\nSTATUS=..." to $NOTIFY_SOCKET; does nothing where there is none. */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* How often WATCHDOG=1 is to be sent, in ms: a quarter of $WATCHDOG_USEC; 0: not asked for. */
uint32_t notify_watchdog_ms(void);

/* Number of listening sockets that were handed over ($LISTEN_FDS), from descriptor 3 on. */
int notify_listen_fds(void);

#endif
