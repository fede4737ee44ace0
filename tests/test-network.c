/*
 * test-network.c - services.d/network.c: which interface and which address counts, what is missing,
 * and how the wait ends.  What the kernel says is made here; a socket that it is asked by stands in
 * for the kernel's.
 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "service-fake-wait.h"

/* The service talks to these. */
static int kernel_socket(int domain, int type, int protocol);
static int kernel_bind(int fd, const void *address, unsigned size);
static int kernel_close(int fd);
static long kernel_send(int fd, const void *data, size_t size, int flags);
static long kernel_recv(int fd, void *buf, size_t size, int flags);
#define socket kernel_socket
#define bind kernel_bind
#define send kernel_send
#define recv kernel_recv
#define close kernel_close
#include "../services.d/network.c"
#undef socket
#undef bind
#undef send
#undef recv
#undef close

#define EVENTS_FD 1000 /* of the socket with groups; others are for one question */
#define UP (IFF_UP | IFF_RUNNING)

struct device {
	const char *name;
	uint32_t flags;
	const char *v4, *v6;
	uint8_t scope;
	uint32_t address_flags;
};

static const struct device *devices; /* ended by a name of NULL */
static uint16_t asked;		     /* RTM_GET..., 0: answered */
static int refuses;		     /* errno of a socket, 0: none */
static int open_count, bound_groups;
static unsigned pending; /* events to hear */

static struct network network_task;
static struct aiot_task task;

/* ---- a kernel -------------------------------------------------------------------------------- */

static int kernel_socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_NETLINK);
	assert_true((type & SOCK_NONBLOCK) && (type & SOCK_CLOEXEC));
	assert_int_equal(protocol, NETLINK_ROUTE);
	if (refuses != 0) {
		errno = refuses;
		return -1;
	}
	return EVENTS_FD + open_count++;
}

static int kernel_bind(int fd, const void *address, unsigned size)
{
	const struct sockaddr_nl *nl = address;

	assert_int_equal(size, sizeof(*nl));
	if (fd == EVENTS_FD)
		bound_groups = (int)nl->nl_groups;
	return 0;
}

static int kernel_close(int fd)
{
	assert_in_range(fd, EVENTS_FD, EVENTS_FD + open_count - 1);
	open_count--;
	return 0;
}

static long kernel_send(int fd, const void *data, size_t size, int flags)
{
	const struct nlmsghdr *head = data;

	(void)flags;
	assert_int_not_equal(fd, EVENTS_FD);
	asked = head->nlmsg_type;
	return (long)size;
}

/* A message with a body and attributes, put at *at. */
struct made {
	char *buf;
	size_t used;
	struct nlmsghdr *head;
};

static void make_message(struct made *made, uint16_t type, const void *body, size_t size)
{
	made->head = (struct nlmsghdr *)(void *)(made->buf + made->used);
	*made->head =
		(struct nlmsghdr){.nlmsg_len = (uint32_t)NLMSG_LENGTH(size), .nlmsg_type = type};
	memcpy(NLMSG_DATA(made->head), body, size);
	made->used += NLMSG_ALIGN(made->head->nlmsg_len);
}

static void make_attr(struct made *made, uint16_t type, const void *data, size_t size)
{
	struct rtattr *attr = (struct rtattr *)(void *)(made->buf + made->used);

	*attr = (struct rtattr){.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(size)};
	memcpy(RTA_DATA(attr), data, size);
	made->used += RTA_ALIGN(attr->rta_len);
	made->head->nlmsg_len = (uint32_t)(made->buf + made->used - (char *)made->head);
}

static void make_address(struct made *made, const struct device *device, int index, int family)
{
	const char *text = family == AF_INET ? device->v4 : device->v6;
	struct ifaddrmsg body = {.ifa_family = (uint8_t)family,
				 .ifa_prefixlen = family == AF_INET ? 24 : 64,
				 .ifa_scope = device->scope,
				 .ifa_index = (uint32_t)index};
	uint8_t address[16] = {0};

	if (text == NULL)
		return;
	assert_int_equal(inet_pton(family, text, address), 1);
	make_message(made, RTM_NEWADDR, &body, sizeof(body));
	make_attr(made, IFA_ADDRESS, address, family == AF_INET ? 4 : 16);
	make_attr(made, IFA_FLAGS, &device->address_flags, sizeof(device->address_flags));
}

static void make_device(struct made *made, const struct device *device, int index)
{
	struct ifinfomsg body = {.ifi_index = index, .ifi_flags = device->flags};

	if (asked == RTM_GETLINK) {
		make_message(made, RTM_NEWLINK, &body, sizeof(body));
		make_attr(made, IFLA_IFNAME, device->name, strlen(device->name) + 1);
		return;
	}
	make_address(made, device, index, AF_INET);
	make_address(made, device, index, AF_INET6);
}

static long kernel_recv(int fd, void *buf, size_t size, int flags)
{
	struct made made = {.buf = buf};
	int i;

	assert_true(flags & MSG_DONTWAIT);
	assert_int_equal(size, REPLY_BYTES);
	if (fd == EVENTS_FD ? pending == 0 : asked == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (fd == EVENTS_FD) {
		if (--pending > 0)
			return 1;
		errno = ENOBUFS; /* more than there was room for: all is looked at anyway */
		return -1;
	}
	for (i = 0; devices[i].name != NULL; i++)
		make_device(&made, &devices[i], i + 1);
	make_message(&made, NLMSG_DONE, &i, sizeof(i));
	asked = 0;
	return (long)made.used;
}

/* ---- the stage ------------------------------------------------------------------------------- */

static int network_setup(void **state)
{
	(void)state;
	fake_reset();
	asked = 0;
	refuses = open_count = bound_groups = 0;
	pending = 0;
	network_task = (struct network){.interfaces = "", .family = "any", .timeout_ms = 2500};
	fake_start(&task, wait_network, &network_task);
	return 0;
}

static enum aiot_co see(const struct device *now)
{
	devices = now;
	return fake_step(&task);
}

static void assert_waits(const char *missing)
{
	assert_string_equal(fake_wait.what, "fd");
	assert_int_equal(fake_wait.fd, EVENTS_FD);
	assert_string_equal(network_task.missing, missing);
}

static void assert_found(const struct device *now, const char *result)
{
	assert_int_equal(see(now), AIOT_DONE);
	assert_string_equal(fake_result, result);
	assert_int_equal(open_count, 0);
}

#define LO                                                                                         \
	{                                                                                          \
		.name = "lo", .flags = UP | IFF_LOOPBACK, .v4 = "127.0.0.1", .v6 = "::1",          \
		.scope = RT_SCOPE_HOST                                                             \
	}

/* ---- tests ----------------------------------------------------------------------------------- */

static void a_network_that_is_there_ends_it_at_once(void **state)
{
	static const struct device now[] = {LO, {"eth0", UP, "10.0.0.2", "fd00::2", 0, 0}, {0}};

	(void)state;
	assert_found(now,
		     "{\"interface\":\"eth0\",\"addresses\":[\"10.0.0.2/24\",\"fd00::2/64\"]}");
	assert_int_equal(network_task.looks, 1);
}

static void a_loopback_is_no_network_unless_it_is_named(void **state)
{
	static const struct device now[] = {LO, {0}};

	(void)state;
	assert_int_equal(see(now), AIOT_PENDING);
	assert_waits("there is no interface");
	assert_int_equal(bound_groups, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	(void)fake_stop(&task);
	assert_int_equal(open_count, 0);
	(void)network_setup(state);
	network_task.interfaces = "wlan*, lo";
	assert_found(now, "{\"interface\":\"lo\",\"addresses\":[\"127.0.0.1/24\",\"::1/64\"]}");
}

static void each_step_of_an_interface_is_told_once(void **state)
{
	static const struct device down[] = {LO, {"eth0", 0, 0, 0, 0, 0}, {0}};
	static const struct device idle[] = {LO, {"eth0", IFF_UP, 0, 0, 0, 0}, {0}};
	static const struct device bare[] = {LO, {"eth0", UP, 0, 0, 0, 0}, {0}};
	static const struct device ready[] = {LO, {"eth0", UP, "10.0.0.2", 0, 0, 0}, {0}};

	(void)state;
	assert_int_equal(see(down), AIOT_PENDING);
	assert_waits("eth0 is down");
	assert_string_equal(fake_text(&task, 0), "waiting: eth0 is down");
	assert_int_equal(fake_wait.timeout_ms, 2500);
	pending = 3;
	fake_now_ns += 1000000000;
	assert_int_equal(see(down), AIOT_PENDING);
	assert_int_equal(pending, 0);
	assert_int_equal(task.line_count, 0);
	assert_int_equal(fake_wait.timeout_ms, 1500);
	assert_int_equal(see(idle), AIOT_PENDING);
	assert_waits("eth0 is up and has no carrier");
	assert_int_equal(see(bare), AIOT_PENDING);
	assert_waits("eth0 is up and has no address");
	assert_found(ready, "{\"interface\":\"eth0\",\"addresses\":[\"10.0.0.2/24\"]}");
	assert_int_equal(network_task.looks, 5);
}

static void the_one_that_came_farthest_is_told_of(void **state)
{
	static const struct device now[] = {{"wlan0", 0, 0, 0, 0, 0},
					    {"eth0", UP, 0, 0, 0, 0},
					    {"eth1", IFF_UP, 0, 0, 0, 0},
					    {0}};

	(void)state;
	assert_int_equal(see(now), AIOT_PENDING);
	assert_waits("eth0 is up and has no address");
}

static void addresses_that_do_not_count_are_waited_through(void **state)
{
	static const struct device local[] = {
		{"eth0", UP, "169.254.7.7", "fe80::1", RT_SCOPE_LINK, 0}, {0}};
	static const struct device local_by_number[] = {{"eth0", UP, "169.254.7.7", 0, 0, 0}, {0}};
	static const struct device tentative[] = {{"eth0", UP, 0, "fd00::2", 0, IFA_F_TENTATIVE},
						  {0}};
	static const struct device taken[] = {{"eth0", UP, 0, "fd00::2", 0, IFA_F_DADFAILED}, {0}};

	(void)state;
	assert_int_equal(see(local), AIOT_PENDING);
	assert_int_equal(see(local_by_number), AIOT_PENDING);
	assert_int_equal(see(tentative), AIOT_PENDING);
	assert_int_equal(see(taken), AIOT_PENDING);
	assert_waits("eth0 is up and has no address");
	network_task.link_local = 1;
	assert_found(local,
		     "{\"interface\":\"eth0\",\"addresses\":[\"169.254.7.7/24\",\"fe80::1/64\"]}");
}

static void the_kind_of_address_can_be_asked_for(void **state)
{
	static const struct device v4[] = {{"eth0", UP, "10.0.0.2", 0, 0, 0}, {0}};
	static const struct device v6[] = {{"eth0", UP, 0, "fd00::2", 0, 0}, {0}};
	static const struct device both[] = {{"eth0", UP, "10.0.0.2", "fd00::2", 0, 0}, {0}};

	(void)state;
	network_task.family = "ipv4";
	assert_int_equal(see(v6), AIOT_PENDING);
	assert_waits("eth0 is up and has no IPv4 address");
	network_task.family = "ipv6";
	assert_int_equal(see(v4), AIOT_PENDING);
	assert_waits("eth0 is up and has no IPv6 address");
	network_task.family = "both";
	assert_int_equal(see(v4), AIOT_PENDING);
	assert_waits("eth0 is up and has no IPv6 address");
	assert_int_equal(see(v6), AIOT_PENDING);
	assert_waits("eth0 is up and has no IPv4 address");
	assert_int_equal(see(both), AIOT_DONE);
}

static void the_failure_says_what_was_missing(void **state)
{
	static const struct device now[] = {LO, {0}};

	(void)state;
	network_task.interfaces = "eth7";
	assert_int_equal(see(now), AIOT_PENDING);
	fake_now_ns += 2500000000;
	fake_waited = -AIOT_ETIMEDOUT;
	assert_int_equal(see(now), AIOT_FAILED);
	assert_int_equal(task.code, -AIOT_ETIMEDOUT);
	assert_string_equal(task.message,
			    "no network within 2.500 s: there is no interface 'eth7'");
	assert_int_equal(open_count, 0);
}

static void without_a_time_out_it_waits_for_ever(void **state)
{
	static const struct device now[] = {LO, {0}};

	(void)state;
	network_task.timeout_ms = 0;
	assert_int_equal(see(now), AIOT_PENDING);
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
}

static void a_kernel_without_netlink_is_told(void **state)
{
	(void)state;
	refuses = EPROTONOSUPPORT;
	assert_int_equal(see(NULL), AIOT_FAILED);
	assert_string_equal(task.message,
			    "cannot hear of interfaces (netlink): Protocol not supported");
}

static void more_links_than_fit_are_said(void **state)
{
	static struct device many[LINKS_MAX + 2];
	static char names[LINKS_MAX + 1][IFNAMSIZ];
	unsigned i;

	(void)state;
	for (i = 0; i <= LINKS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "veth%u", i);
		many[i].name = names[i];
	}
	assert_int_equal(see(many), AIOT_PENDING);
	assert_string_equal(fake_text(&task, 0), "only the first 128 interfaces are looked at; "
						 "interfaces= names others");
	assert_int_equal(network_task.sight.count, LINKS_MAX);
}

static void a_name_with_quotes_stays_json(void **state)
{
	static const struct device now[] = {{"a\"b\\", UP, "10.0.0.2", 0, 0, 0}, {0}};

	(void)state;
	assert_found(now, "{\"interface\":\"a\\\"b\\\\\",\"addresses\":[\"10.0.0.2/24\"]}");
}

static void wrong_options_are_refused_at_load(void **state)
{
	(void)state;
	network_task.family = "ipv5";
	assert_int_equal(network_init(&task, &network_task), -AIOT_EINVAL);
	assert_string_equal(task.message, "family: it is any, ipv4, ipv6 or both");
	network_task.family = "any";
	network_task.interfaces = "eth0, averylongname-of-16";
	assert_int_equal(network_init(&task, &network_task), -AIOT_EINVAL);
	assert_string_equal(task.message,
			    "interfaces: no interface has a name of more than 15 letters");
	assert_int_equal(see(NULL), AIOT_FAILED);
	network_task.interfaces = "eth0";
	assert_int_equal(network_init(&task, &network_task), 0);
}

static void an_error_of_the_kernel_is_passed_on(void **state)
{
	char buf[256] __attribute__((aligned(8))) = "";
	struct made made = {.buf = buf};
	struct nlmsgerr error = {.error = -EPERM};

	(void)state;
	make_message(&made, NLMSG_ERROR, &error, sizeof(error));
	assert_int_equal(take_messages(&network_task, buf, made.used), -EPERM);
	assert_int_equal(take_messages(&network_task, buf, made.used - 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_network_that_is_there_ends_it_at_once, network_setup),
		cmocka_unit_test_setup(a_loopback_is_no_network_unless_it_is_named, network_setup),
		cmocka_unit_test_setup(each_step_of_an_interface_is_told_once, network_setup),
		cmocka_unit_test_setup(the_one_that_came_farthest_is_told_of, network_setup),
		cmocka_unit_test_setup(addresses_that_do_not_count_are_waited_through,
				       network_setup),
		cmocka_unit_test_setup(the_kind_of_address_can_be_asked_for, network_setup),
		cmocka_unit_test_setup(the_failure_says_what_was_missing, network_setup),
		cmocka_unit_test_setup(without_a_time_out_it_waits_for_ever, network_setup),
		cmocka_unit_test_setup(a_kernel_without_netlink_is_told, network_setup),
		cmocka_unit_test_setup(more_links_than_fit_are_said, network_setup),
		cmocka_unit_test_setup(a_name_with_quotes_stays_json, network_setup),
		cmocka_unit_test_setup(wrong_options_are_refused_at_load, network_setup),
		cmocka_unit_test_setup(an_error_of_the_kernel_is_passed_on, network_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
