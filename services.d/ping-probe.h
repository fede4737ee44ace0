/*
 * ping-probe.h - one question to one host, over ICMP or by a TCP connect, without blocking.  Host
 * only (POSIX sockets).
 *
 * Called by ping.c, in this order: probe_resolve() in a thread, then for each question
 * probe_begin(), probe_go_on() whenever the descriptor is ready, and probe_end() always.  It knows
 * no task, no clock and no time-out.
 */
#ifndef SERVICES_PING_PROBE_H
#define SERVICES_PING_PROBE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define PROBE_HOST_BYTES 256   /* a name, its end included */
#define PROBE_ADDRESS_BYTES 48 /* an address as text */

struct probe {
	/* who: filled in by probe_read_host() */
	char host[PROBE_HOST_BYTES];
	uint16_t port; /* 0: none was named */
	/* where: filled in by probe_resolve() */
	int family;	   /* AF_UNSPEC, or which alone will do; the caller's */
	int resolve_error; /* 0, or what gai_strerror() knows */
	bool resolved;
	char address[PROBE_ADDRESS_BYTES];
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
	bool forbidden; /* ICMP is not for this program: the last question was not asked */
	/* private */
	int fd; /* for waiting; -1: none is open */
	bool tcp, raw;
	bool refusal_will_do; /* a host that refuses a connection is there */
	uint16_t sequence;
	uint64_t token; /* tells our answer from others */
};

/* HOST, HOST:PORT, [V6]:PORT.  NULL, or what is wrong with it. */
const char *probe_read_host(struct probe *probe, const char *text);

/* Find the address: at once where it is written as a number, else by the resolver, which blocks. */
void probe_resolve_number(struct probe *probe);
void probe_resolve(void *probe); /* a struct probe *: what aiot_work() calls */

/*
 * Ask by ICMP, or (tcp_port not 0) by a connect.  1: it has answered already, 0: wait for fd,
 * or a negative errno; see forbidden.
 */
int probe_begin(struct probe *probe, uint16_t tcp_port);
/* The same, when fd is ready. */
int probe_go_on(struct probe *probe);
void probe_end(struct probe *probe);

#endif
