/*
 * address.h - the address and port that a service listens on, read from an option.  Host only.
 */
#ifndef SERVICES_ADDRESS_H
#define SERVICES_ADDRESS_H

#include <aiotools.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct address {
	struct sockaddr_storage bytes;
	bool local; /* only this machine reaches it */
};

/* "127.0.0.1:8888", "[::1]:8888".  0 or -AIOT_EINVAL. */
static inline int address_read(const char *text, struct address *ret)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->bytes;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->bytes;
	char host[64], *end;
	unsigned long port;
	size_t len;

	*ret = (struct address){0};
	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return -AIOT_EINVAL;
	port = strtoul(colon + 1, &end, 10);
	len = (size_t)(colon - text);
	if (*end != '\0' || port > 65535 || len == 0 || len >= sizeof(host))
		return -AIOT_EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		ret->local = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
		return 0;
	}
	if (host[0] != '[' || host[len - 1] != ']')
		return -AIOT_EINVAL;
	host[len - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
		return -AIOT_EINVAL;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	ret->local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	return 0;
}

#endif
