/*
 * ping-probe.c - see ping-probe.h.  Host only (POSIX sockets).
 *
 * ICMP goes through a datagram socket where net.ipv4.ping_group_range has the group of this
 * program, for then it takes no right; else through a raw one.  Either is connected, so that only
 * the host's own packets come, and what the network says of them (unreachable) comes as an error.
 */
#include "ping-probe.h"

#include <aiotools.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_BYTES 64 /* header and payload, as ping(8) sends them */
#define ANSWER_BYTES 2048
#define PORT_MAX 65535

/* The head of an echo of both versions, and what of its payload is ours. */
struct echo {
	uint8_t type, code;
	uint16_t checksum;
	uint16_t id, sequence;
	uint64_t token;
};
_Static_assert(sizeof(struct echo) == 16, "as the network has it");

/* ---- who ------------------------------------------------------------------------------------- */

static int read_port(const char *text, uint16_t *ret_port)
{
	unsigned long port;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	port = strtoul(text, &end, 10);
	if (*end != '\0' || port == 0 || port > PORT_MAX)
		return -ERANGE;
	*ret_port = (uint16_t)port;
	return 0;
}

const char *probe_read_host(struct probe *probe, const char *text)
{
	const char *from = text, *end = strrchr(text, ':'), *port = end;
	size_t len;

	probe->port = 0;
	if (text[0] == '[') {
		from = text + 1;
		end = strchr(text, ']');
		if (end == NULL)
			return "a ] is missing";
		if (end[1] != '\0' && end[1] != ':')
			return "behind ] comes a : and a port";
		port = end[1] == ':' ? end + 1 : NULL;
	} else if (end == NULL || strchr(text, ':') != end) { /* no port, or an IPv6 address */
		end = text + strlen(text);
		port = NULL;
	}
	if (port != NULL && read_port(port + 1, &probe->port) < 0)
		return "a port is a number from 1 to 65535";
	len = (size_t)(end - from);
	if (len == 0)
		return "the host is missing";
	if (len >= sizeof(probe->host))
		return "no host has a name of more than 253 letters";
	memcpy(probe->host, from, len);
	probe->host[len] = '\0';
	return NULL;
}

/* ---- where ----------------------------------------------------------------------------------- */

static void resolve(struct probe *probe, int flags)
{
	struct addrinfo hints = {.ai_family = probe->family,
				 .ai_socktype = SOCK_STREAM, /* or each comes three times */
				 .ai_flags = flags};
	struct addrinfo *found = NULL;

	probe->resolve_error = getaddrinfo(probe->host, NULL, &hints, &found);
	probe->resolved = probe->resolve_error == 0 && found->ai_addrlen <= sizeof(probe->to);
	if (probe->resolved) {
		memcpy(&probe->to, found->ai_addr, found->ai_addrlen);
		if (getnameinfo(found->ai_addr, found->ai_addrlen, probe->address,
				sizeof(probe->address), NULL, 0, NI_NUMERICHOST) != 0)
			probe->address[0] = '\0';
	}
	if (found != NULL)
		freeaddrinfo(found);
}

void probe_resolve_number(struct probe *probe)
{
	resolve(probe, AI_NUMERICHOST);
}

void probe_resolve(void *probe)
{
	resolve(probe, 0);
}

static socklen_t address_size(const struct probe *probe)
{
	return probe->to.any.sa_family == AF_INET ? sizeof(probe->to.v4) : sizeof(probe->to.v6);
}

static bool is_v4(const struct probe *probe)
{
	return probe->to.any.sa_family == AF_INET;
}

/* ---- ICMP ------------------------------------------------------------------------------------ */

/* The Internet's check sum (RFC 1071) of an even number of bytes. */
static uint16_t checksum(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;
	uint16_t word;
	size_t i;

	for (i = 0; i + 1 < size; i += 2) {
		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static int open_icmp(struct probe *probe)
{
	int protocol = is_v4(probe) ? IPPROTO_ICMP : IPPROTO_ICMPV6, one = 1;
	int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

	probe->raw = false;
	probe->fd = socket(probe->to.any.sa_family, SOCK_DGRAM | flags, protocol);
	if (probe->fd < 0) {
		probe->raw = true;
		probe->fd = socket(probe->to.any.sa_family, SOCK_RAW | flags, protocol);
	}
	probe->forbidden = probe->fd < 0 && (errno == EPERM || errno == EACCES);
	if (probe->fd < 0)
		return -errno;
	/* Without it, that a host cannot be reached looks like silence. */
	(void)setsockopt(probe->fd, is_v4(probe) ? IPPROTO_IP : IPPROTO_IPV6,
			 is_v4(probe) ? IP_RECVERR : IPV6_RECVERR, &one, sizeof(one));
	return connect(probe->fd, &probe->to.any, address_size(probe)) < 0 ? -errno : 0;
}

static int send_echo(struct probe *probe)
{
	uint8_t packet[PACKET_BYTES] = {0};
	struct echo echo = {.type = is_v4(probe) ? ICMP_ECHO : ICMP6_ECHO_REQUEST};

	if (getentropy(&probe->token, sizeof(probe->token)) < 0)
		return -errno;
	echo.id = (uint16_t)probe->token;
	echo.sequence = htons(++probe->sequence);
	echo.token = probe->token;
	memcpy(packet, &echo, sizeof(echo));
	if (is_v4(probe)) { /* of version 6 the kernel makes it */
		echo.checksum = checksum(packet, sizeof(packet));
		memcpy(packet, &echo, sizeof(echo));
	}
	return send(probe->fd, packet, sizeof(packet), 0) < 0 ? -errno : 0;
}

/* Whether a packet answers our question: a raw socket also hears the answers to others. */
static bool is_answer(const struct probe *probe, const uint8_t *packet, size_t size)
{
	size_t skip = 0;
	struct echo echo;

	if (probe->raw && is_v4(probe) && size > 0)
		skip = (packet[0] & 0x0fu) * 4u; /* the IP header that it comes with */
	if (size < skip + sizeof(echo))
		return false;
	memcpy(&echo, packet + skip, sizeof(echo));
	return echo.type == (is_v4(probe) ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) &&
	       echo.token == probe->token;
}

static int receive_echo(struct probe *probe)
{
	uint8_t packet[ANSWER_BYTES];
	ssize_t n;

	for (;;) {
		n = recv(probe->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n >= 0 && is_answer(probe, packet, (size_t)n))
			return 1;
	}
}

/* ---- TCP ------------------------------------------------------------------------------------- */

static int judge_connect(const struct probe *probe, int error)
{
	if (error == 0 || (error == ECONNREFUSED && probe->refusal_will_do))
		return 1;
	return error == EINPROGRESS ? 0 : -error;
}

static int begin_connect(struct probe *probe, uint16_t port)
{
	probe->refusal_will_do = probe->port == 0;
	if (is_v4(probe))
		probe->to.v4.sin_port = htons(port);
	else
		probe->to.v6.sin6_port = htons(port);
	probe->fd = socket(probe->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe->fd < 0)
		return -errno;
	if (connect(probe->fd, &probe->to.any, address_size(probe)) == 0)
		return 1;
	return judge_connect(probe, errno);
}

static int end_connect(struct probe *probe)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return judge_connect(probe, error);
}

/* ---- a question ------------------------------------------------------------------------------ */

int probe_begin(struct probe *probe, uint16_t tcp_port)
{
	int r;

	probe->tcp = tcp_port != 0;
	probe->forbidden = false;
	if (probe->tcp)
		return begin_connect(probe, tcp_port);
	r = open_icmp(probe);
	return r < 0 ? r : send_echo(probe);
}

int probe_go_on(struct probe *probe)
{
	return probe->tcp ? end_connect(probe) : receive_echo(probe);
}

void probe_end(struct probe *probe)
{
	if (probe->fd >= 0)
		(void)close(probe->fd);
	probe->fd = -1;
}
