/*
 * network - a core service that is through when there is a network: an interface that is up, with
 * a carrier and an address.  Who requires it starts when it can be talked to.  Host only (Linux's
 * rtnetlink).
 * The runtime calls network_init once, which checks the options, and runs wait_network() at boot.
 * It looks, and waits for the kernel to say that links or addresses have changed, then looks again:
 * nothing is taken from the events themselves, so none can be missed, and nothing is polled.  It
 * changes no interface.  The result names interface and addresses; the failure says what was
 * missing when the time was over.
 */
#include <aiotools-posix.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

#define BETWEEN " ,"
#define LINKS_MAX 128u
#define REPLY_BYTES 32768 /* as much as the kernel gives at once */
#define TEXT_BYTES 256

enum ip { V4, V6, IPS };

/* An interface, and the first address of each kind that counts. */
struct link {
	uint32_t index;
	uint32_t flags; /* IFF_* */
	char name[IFNAMSIZ];
	bool has[IPS];
	uint8_t prefix[IPS];
	uint8_t address[IPS][16];
};

/* What one look saw. */
struct sight {
	uint32_t count;
	bool full; /* there are more links than fit */
	struct link links[LINKS_MAX];
};

struct network {
	const char *interfaces, *family;
	uint32_t timeout_ms;
	uint8_t link_local;

	uint64_t until_ns;
	uint32_t looks; /* at links and addresses */
	int fd;		/* hears of changes; -1: closed */
	int code;
	const struct link *found;
	struct sight sight;
	char missing[TEXT_BYTES];    /* what the last look lacked */
	char said[TEXT_BYTES];	     /* of that, what is in the log */
	char result[2 * TEXT_BYTES]; /* JSON */
	char reply[REPLY_BYTES] __attribute__((aligned(8)));
};

/* ---- options --------------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words != NULL && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

/* NULL, or what is wrong with the options. */
static const char *options_wrong(const struct network *self)
{
	static const char *const families[] = {"any", "ipv4", "ipv6", "both", NULL};
	const char *at = self->interfaces;
	char pattern[IFNAMSIZ];
	size_t len;

	if (!is_one_of(self->family, families))
		return "family: it is any, ipv4, ipv6 or both";
	while ((len = next_item(&at, BETWEEN, pattern, sizeof(pattern))) > 0)
		if (len >= sizeof(pattern))
			return "interfaces: no interface has a name of more than 15 letters";
	return NULL;
}

/*
 * Whether an interface counts: one of those that are named; if none are, any but a loopback, which
 * is a network that leads nowhere.
 */
static bool is_wanted(const struct network *self, const char *name, uint32_t flags)
{
	const char *at = self->interfaces;
	char pattern[IFNAMSIZ];
	bool any = true;

	while (next_item(&at, BETWEEN, pattern, sizeof(pattern)) > 0) {
		any = false;
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return any && (flags & IFF_LOOPBACK) == 0;
}

/* ---- what the kernel says -------------------------------------------------------------------- */

static void take_link(struct network *self, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct rtattr *attr = IFLA_RTA(info);
	int len = (int)IFLA_PAYLOAD(message);
	struct link *link = &self->sight.links[self->sight.count];

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		if (attr->rta_type != IFLA_IFNAME ||
		    !is_wanted(self, RTA_DATA(attr), info->ifi_flags))
			continue;
		self->sight.full = self->sight.count == LINKS_MAX;
		if (self->sight.full)
			return;
		*link = (struct link){.index = (uint32_t)info->ifi_index, .flags = info->ifi_flags};
		(void)snprintf(link->name, sizeof(link->name), "%s", (const char *)RTA_DATA(attr));
		self->sight.count++;
		return;
	}
}

static struct link *find_link(struct sight *sight, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < sight->count; i++)
		if (sight->links[i].index == index)
			return &sight->links[i];
	return NULL;
}

/* 169.254/16, however the one who gave it has called its scope. */
static bool is_link_local(const struct ifaddrmsg *info, const uint8_t *address)
{
	return info->ifa_scope == RT_SCOPE_LINK ||
	       (info->ifa_family == AF_INET && address[0] == 169 && address[1] == 254);
}

/* An address that is still looked for elsewhere on the link, or was found there, is nobody's. */
static bool is_usable(const struct network *self, const struct ifaddrmsg *info, uint32_t flags,
		      const uint8_t *address)
{
	if ((flags & IFA_F_DADFAILED) != 0 ||
	    ((flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0))
		return false;
	return self->link_local || !is_link_local(info, address);
}

static void take_address(struct network *self, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *info = NLMSG_DATA(message);
	const struct rtattr *attr = IFA_RTA(info);
	int len = (int)IFA_PAYLOAD(message);
	struct link *link = find_link(&self->sight, info->ifa_index);
	enum ip ip = info->ifa_family == AF_INET ? V4 : V6;
	size_t bytes = ip == V4 ? 4 : 16;
	const uint8_t *address = NULL;
	uint32_t flags = info->ifa_flags;

	if (link == NULL || link->has[ip] ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return;
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		/* IFA_LOCAL is this end of a point-to-point link, IFA_ADDRESS then the other. */
		if ((attr->rta_type == IFA_LOCAL ||
		     (attr->rta_type == IFA_ADDRESS && address == NULL)) &&
		    RTA_PAYLOAD(attr) >= bytes)
			address = RTA_DATA(attr);
		else if (attr->rta_type == IFA_FLAGS && RTA_PAYLOAD(attr) >= sizeof(flags))
			memcpy(&flags, RTA_DATA(attr), sizeof(flags));
	}
	if (address == NULL || !is_usable(self, info, flags, address))
		return;
	memcpy(link->address[ip], address, bytes);
	link->prefix[ip] = info->ifa_prefixlen;
	link->has[ip] = true;
}

/* Take what came at once.  1: that was the last of it; 0: there is more; or a negative errno. */
static int take_messages(struct network *self, const void *data, size_t size)
{
	const struct nlmsghdr *message = data;
	uint32_t len = (uint32_t)size;
	const struct nlmsgerr *error;

	for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		switch (message->nlmsg_type) {
		case NLMSG_DONE:
			return 1;
		case NLMSG_ERROR:
			error = NLMSG_DATA(message);
			return error->error < 0 ? error->error : 1;
		case RTM_NEWLINK:
			take_link(self, message);
			break;
		case RTM_NEWADDR:
			take_address(self, message);
			break;
		default:
			break;
		}
	}
	return 0;
}

/* Read the answer to a request.  It is there already: the kernel makes it when it is read. */
static int take_answer(struct network *self, int fd)
{
	int r = 0;
	ssize_t n;

	while (r == 0) {
		n = recv(fd, self->reply, sizeof(self->reply), MSG_DONTWAIT);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			r = take_messages(self, self->reply, (size_t)n);
	}
	return r < 0 ? r : 0;
}

static int netlink_open(uint32_t groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int r;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd < 0 ? -errno : fd;
	r = -errno;
	(void)close(fd);
	return r;
}

/* Ask for all links, or all addresses. */
static int ask(struct network *self, uint16_t what)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} request = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
			 .nlmsg_type = what,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.body = {.rtgen_family = AF_UNSPEC},
	};
	int fd = netlink_open(0), r;

	if (fd < 0)
		return fd;
	r = send(fd, &request, request.head.nlmsg_len, 0) < 0 ? -errno : take_answer(self, fd);
	(void)close(fd);
	return r;
}

/* ---- what it means --------------------------------------------------------------------------- */

/* What a link lacks, NULL: nothing.  *ret_steps: how far it has come. */
static const char *lacks(const struct network *self, const struct link *link, unsigned *ret_steps)
{
	bool v4 = link->has[V4], v6 = link->has[V6];

	*ret_steps = 1;
	if ((link->flags & IFF_UP) == 0)
		return "is down";
	*ret_steps = 2;
	if ((link->flags & IFF_RUNNING) == 0)
		return "is up and has no carrier";
	*ret_steps = 3 + v4 + v6;
	if (strcmp(self->family, "any") == 0)
		return v4 || v6 ? NULL : "is up and has no address";
	if (!v4 && strcmp(self->family, "ipv6") != 0)
		return "is up and has no IPv4 address";
	if (!v6 && strcmp(self->family, "ipv4") != 0)
		return "is up and has no IPv6 address";
	return NULL;
}

/* Choose the first link that lacks nothing; else `missing` tells of the one that came farthest. */
static void judge(struct network *self)
{
	const struct sight *sight = &self->sight;
	unsigned best = 0, steps;
	uint32_t i;

	self->found = NULL;
	if (self->interfaces[0] == '\0')
		(void)snprintf(self->missing, sizeof(self->missing), "there is no interface");
	else
		(void)snprintf(self->missing, sizeof(self->missing), "there is no interface '%s'",
			       self->interfaces);
	for (i = 0; i < sight->count && self->found == NULL; i++) {
		const struct link *link = &sight->links[i];
		const char *why = lacks(self, link, &steps);

		if (why == NULL)
			self->found = link;
		else if (steps > best)
			(void)snprintf(self->missing, sizeof(self->missing), "%s %s", link->name,
				       why);
		best = steps > best ? steps : best;
	}
}

/* See links and addresses as they are now.  0 or a negative errno. */
static int look(struct network *self)
{
	int r;

	self->looks++;
	self->sight.count = 0;
	self->sight.full = false;
	r = ask(self, RTM_GETLINK);
	if (r == 0)
		r = ask(self, RTM_GETADDR);
	if (r == 0)
		judge(self);
	return r;
}

/* Forget what has been said: all of it is seen at the next look. */
static void hear_all(struct network *self)
{
	while (recv(self->fd, self->reply, sizeof(self->reply), MSG_DONTWAIT) >= 0 ||
	       errno == EINTR || errno == ENOBUFS)
		continue;
}

/* {"interface":"eth0","addresses":["10.0.0.2/24"]} */
static void write_result(struct network *self)
{
	static const int families[] = {AF_INET, AF_INET6};
	char address[INET6_ADDRSTRLEN] = "";
	const char *between = "";
	struct text text;
	int ip;

	text_begin(&text, self->result, sizeof(self->result));
	text_add(&text, "{\"interface\":");
	text_add_json(&text, self->found->name);
	text_add(&text, ",\"addresses\":[");
	for (ip = V4; ip < IPS; ip++) {
		if (!self->found->has[ip])
			continue;
		(void)inet_ntop(families[ip], self->found->address[ip], address, sizeof(address));
		text_add(&text, "%s\"%s/%u\"", between, address, self->found->prefix[ip]);
		between = ",";
	}
	text_add(&text, "]}");
}

/* Once for each thing that is missing. */
static void say_missing(struct aiot_task *t, struct network *self)
{
	if (self->sight.full)
		aiot_warn(t, "only the first %u interfaces are looked at; interfaces= names others",
			  LINKS_MAX);
	if (strcmp(self->missing, self->said) == 0)
		return;
	memcpy(self->said, self->missing, sizeof(self->said));
	aiot_info(t, "waiting: %s", self->missing);
}

/* What is left of the time-out, for a wait. */
static uint32_t time_left(const struct aiot_task *t, const struct network *self)
{
	uint64_t now = aiot_now_ns(t);

	if (self->timeout_ms == 0)
		return AIOT_FOREVER;
	return now < self->until_ns ? (uint32_t)((self->until_ns - now + 999999) / 1000000) : 0;
}

static enum aiot_co wait_network(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct network, self);
	self->fd = -1;
	self->said[0] = '\0';
	self->until_ns = aiot_now_ns(t) + self->timeout_ms * UINT64_C(1000000);
	if (options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", options_wrong(self));
	self->fd = netlink_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	if (self->fd < 0)
		AIOT_FAIL(t, self->fd, "cannot hear of interfaces (netlink): %s",
			  strerror(-self->fd));
	for (;;) {
		self->code = look(self);
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "cannot look at the interfaces (netlink): %s",
				  strerror(-self->code));
		if (self->found != NULL)
			break;
		say_missing(t, self);
		AIOT_WAIT(t, aiot_fd_wait(t, self->fd, AIOT_FD_READ, time_left(t, self)));
		if (aiot_waited(t) == -AIOT_ETIMEDOUT)
			AIOT_FAIL(t, -AIOT_ETIMEDOUT, "no network within %u.%03u s: %s",
				  self->timeout_ms / 1000, self->timeout_ms % 1000, self->missing);
		hear_all(self);
	}
	write_result(self);
	aiot_info(t, "there is a network: %s", self->result);
	if (aiot_result_json(t, self->result) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	AIOT_FINALLY(t);
	if (self->fd >= 0)
		(void)close(self->fd);
	AIOT_END(t);
}

static int network_init(struct aiot_task *t, void *instance)
{
	const char *wrong = options_wrong(instance);

	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct network, interfaces, "interfaces", "",
		     "which count, by name or pattern (eth0 wlan*); empty: all but loopbacks"),
	AIOT_OPT_STR(struct network, family, "family", "any",
		     "the address it needs: any, ipv4, ipv6, both"),
	AIOT_OPT_BOOL(struct network, link_local, "link-local", "no",
		      "whether 169.254/16 and fe80::/10 will do"),
	AIOT_OPT_MS(struct network, timeout_ms, "timeout", "60s",
		    "how long it waits before it fails; 0: for ever"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct network, looks, "times it looked at links and addresses"),
	{0},
};

AIOT_SERVICE(network, struct network, .info = "Waits for a network v1.0", .main = wait_network,
	     .opts = opts, .stats = stats, .init = network_init);
