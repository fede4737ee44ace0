/*
 * ping - asks hosts whether they are there, and keeps count: how many questions were answered, and
 * how fast.  Host only (POSIX sockets).
 * The runtime runs ping(), which starts a child for each host and waits for them; each child runs
 * ask_host(): it finds the address, asks (ping-probe.h), and accounts for the answer.  Nothing
 * blocks: names are resolved in a thread.  A host's silence is logged when it begins and when it
 * is over.  With a count it ends by itself, and fails if a host never answered.
 *
 *	hosts = gateway, 10.0.0.7:22, [fd00::7]:443
 */
#include <aiotools-posix.h>

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ping-figures.h"
#include "ping-probe.h"
#include "text.h"

#define BETWEEN " ,"
#define HOSTS_MAX 64u
#define HOST_TEXT_BYTES 272 /* a name in brackets, with a port */
#define REASON_BYTES 160
#define NUMBER_BYTES 16
#define RESULT_BYTES (HOSTS_MAX * (HOST_TEXT_BYTES + 256))
#define NS_PER_US 1000u

struct host {
	const char *host, *method, *family;
	uint32_t every_ms, timeout_ms, count, port;

	struct figures now;
	const char *address; /* NULL until there is one */
	struct probe probe;
	bool over_tcp, silent;
	uint32_t asked; /* in this run */
	uint64_t began_ns;
	int code; /* of the question: 1, 0: none yet, or why there is no answer */
	char reason[REASON_BYTES];
	char result[HOST_TEXT_BYTES + 512];
};

/* A host as the parent knows it. */
struct slot {
	char host[HOST_TEXT_BYTES];
	char task[AIOT_NAME_BYTES]; /* the child's, without the parent's */
	char waits[AIOT_NAME_BYTES + 1];
	struct figures now;
	char silent[REASON_BYTES]; /* why; "": it is not */
};

struct ping {
	const char *hosts, *method, *family;
	uint32_t every_ms, timeout_ms, count, port;
	uint32_t at, slot_count, silent_hosts;
	int code;
	const char *refused;
	struct slot slots[HOSTS_MAX + 1]; /* the last is never one */
	char wrong[HOST_TEXT_BYTES + 64];
	char result[RESULT_BYTES];
};

/* ---- options --------------------------------------------------------------------------------- */

static const char *common_wrong(const char *method, const char *family, uint32_t port)
{
	if (strcmp(method, "auto") != 0 && strcmp(method, "icmp") != 0 &&
	    strcmp(method, "tcp") != 0)
		return "method: it is auto, icmp or tcp";
	if (strcmp(family, "any") != 0 && strcmp(family, "ipv4") != 0 &&
	    strcmp(family, "ipv6") != 0)
		return "family: it is any, ipv4 or ipv6";
	if (port == 0 || port > UINT16_MAX)
		return "port: it is a number from 1 to 65535";
	return NULL;
}

/* The name of a host's task: what names do not have becomes a line below. */
static void name_task(struct slot *slot, size_t room)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t len = strlen(slot->host), i;

	if (len > room)
		len = room;
	for (i = 0; i < len; i++)
		slot->task[i] = strchr(letters, slot->host[i]) ? slot->host[i] : '_';
	slot->task[len] = '\0';
	(void)snprintf(slot->waits, sizeof(slot->waits), ".%s", slot->task);
}

/* Two hosts would have one task. */
static bool is_there_before(const struct ping *self, const struct slot *slot)
{
	const struct slot *other;

	for (other = self->slots; other < slot; other++)
		if (strcmp(other->task, slot->task) == 0)
			return true;
	return false;
}

/* Read the list into the slots.  NULL, or what is wrong with it; in self->wrong. */
static const char *read_hosts(struct ping *self, const char *name)
{
	size_t room = AIOT_NAME_BYTES - 2 - strlen(name);
	const char *at = self->hosts, *why = NULL;
	struct slot *slot = self->slots;
	struct probe probe;
	size_t len;

	self->slot_count = 0;
	while ((len = next_item(&at, BETWEEN, slot->host, sizeof(slot->host))) > 0) {
		if (len >= sizeof(slot->host))
			return "hosts: one is too long for a name";
		why = probe_read_host(&probe, slot->host);
		if (why == NULL && self->slot_count == HOSTS_MAX)
			why = "it is the 65th, and 64 are all";
		name_task(slot, room);
		if (why == NULL && is_there_before(self, slot))
			why = "is there twice, or is too like another";
		if (why != NULL) {
			(void)snprintf(self->wrong, sizeof(self->wrong), "hosts: '%s': %s",
				       slot->host, why);
			return self->wrong;
		}
		memset(&slot->now, 0, sizeof(slot->now));
		slot->silent[0] = '\0';
		slot = &self->slots[++self->slot_count];
	}
	return self->slot_count > 0 ? NULL : "hosts: there is none; hosts = NAME, NAME:PORT";
}

static const char *options_wrong(struct ping *self, const char *name)
{
	const char *wrong = common_wrong(self->method, self->family, self->port);

	return wrong != NULL ? wrong : read_hosts(self, name);
}

/* ---- a host ---------------------------------------------------------------------------------- */

static const char *host_wrong(struct host *self)
{
	const char *wrong = common_wrong(self->method, self->family, self->port);

	return wrong != NULL ? wrong : probe_read_host(&self->probe, self->host);
}

static void begin_host(struct host *self)
{
	self->probe.fd = -1;
	self->probe.resolved = false;
	self->probe.family = strcmp(self->family, "ipv4") == 0	 ? AF_INET
			     : strcmp(self->family, "ipv6") == 0 ? AF_INET6
								 : AF_UNSPEC;
	memset(&self->now, 0, sizeof(self->now));
	self->address = NULL;
	self->silent = false;
	self->asked = 0;
	self->over_tcp = self->probe.port != 0 || strcmp(self->method, "tcp") == 0;
}

/* Ask.  A program that may not send ICMP goes over to TCP, if it is let. */
static void begin_question(struct aiot_task *t, struct host *self)
{
	uint16_t port = self->probe.port ? self->probe.port : (uint16_t)self->port;

	self->code = -ENOENT;
	if (!self->probe.resolved)
		return;
	self->address = self->probe.address;
	self->began_ns = aiot_now_ns(t);
	self->code = probe_begin(&self->probe, self->over_tcp ? port : 0);
	if (!self->probe.forbidden || strcmp(self->method, "auto") != 0)
		return;
	probe_end(&self->probe);
	self->over_tcp = true;
	aiot_info(t, "ICMP is not for this program; asking at TCP port %u instead", port);
	self->began_ns = aiot_now_ns(t);
	self->code = probe_begin(&self->probe, port);
}

/* What is left of the time for an answer. */
static uint32_t time_left(struct aiot_task *t, const struct host *self)
{
	uint64_t passed_ms = (aiot_now_ns(t) - self->began_ns) / 1000000;

	return passed_ms < self->timeout_ms ? (uint32_t)(self->timeout_ms - passed_ms) : 0;
}

/* One way to write why there was no answer. */
static void write_reason(struct host *self)
{
	if (!self->probe.resolved)
		(void)snprintf(self->reason, sizeof(self->reason), "no address: %s",
			       gai_strerror(self->probe.resolve_error));
	else if (self->code == -AIOT_ETIMEDOUT)
		(void)snprintf(self->reason, sizeof(self->reason), "no answer within %u ms",
			       self->timeout_ms);
	else if (self->probe.forbidden)
		(void)snprintf(self->reason, sizeof(self->reason),
			       "ICMP takes CAP_NET_RAW or a group in net.ipv4.ping_group_range; "
			       "method=tcp takes neither");
	else
		(void)snprintf(self->reason, sizeof(self->reason), "%s", strerror(-self->code));
}

static void end_question(struct aiot_task *t, struct host *self)
{
	struct ping *parent = aiot_parent_self(t);
	int64_t us = (int64_t)((aiot_now_ns(t) - self->began_ns) / NS_PER_US);
	bool answered = self->code > 0;
	uint32_t i;

	probe_end(&self->probe);
	self->asked++;
	count_question(&self->now, answered, us);
	self->reason[0] = '\0';
	if (!answered)
		write_reason(self);
	for (i = 0; parent != NULL && i < parent->slot_count; i++) {
		if (strcmp(parent->slots[i].host, self->host) != 0)
			continue;
		parent->slots[i].now = self->now;
		memcpy(parent->slots[i].silent, self->reason, sizeof(self->reason));
	}
	if (!answered) {
		if (!self->silent)
			aiot_warn(t, "%s does not answer: %s", self->host, self->reason);
		self->probe.resolved = false; /* it may have moved */
	} else if (self->silent || self->asked == 1) {
		aiot_info(t, "%s (%s) answers", self->host, self->probe.address);
	}
	self->silent = !answered;
}

/* Questions begin `every` after each other. */
static uint32_t pause_ms(struct aiot_task *t, const struct host *self)
{
	uint64_t passed_ms = (aiot_now_ns(t) - self->began_ns) / 1000000;

	return passed_ms < self->every_ms ? (uint32_t)(self->every_ms - passed_ms) : 0;
}

static void leave_host_result(struct aiot_task *t, void *instance)
{
	struct host *self = instance;
	struct text text;

	text_begin(&text, self->result, sizeof(self->result));
	add_figures(&text, &self->now);
	if (aiot_result_json(t, self->result) < 0)
		aiot_warn(t, "no room for the result");
}

static enum aiot_co ask_host(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct host, self);
	self->probe.fd = -1;
	if (host_wrong(self))
		AIOT_FAIL(t, -AIOT_EINVAL, "host '%s': %s", self->host, host_wrong(self));
	begin_host(self);
	while (self->count == 0 || self->asked < self->count) {
		self->began_ns = aiot_now_ns(t);
		if (!self->probe.resolved)
			probe_resolve_number(&self->probe);
		if (!self->probe.resolved)
			AIOT_WAIT(t, aiot_work(t, probe_resolve, &self->probe));
		begin_question(t, self);
		while (self->code == 0) {
			AIOT_WAIT(t, aiot_fd_wait(t, self->probe.fd,
						  self->over_tcp ? AIOT_FD_WRITE : AIOT_FD_READ,
						  time_left(t, self)));
			self->code =
				aiot_waited(t) < 0 ? aiot_waited(t) : probe_go_on(&self->probe);
		}
		end_question(t, self);
		if (self->count == 0 || self->asked < self->count)
			AIOT_SLEEP_MS(t, pause_ms(t, self));
	}
	leave_host_result(t, self);
	if (self->now.answered == 0)
		AIOT_FAIL(t, -AIOT_ETIMEDOUT, "%s did not answer %u times: %s", self->host,
			  self->now.sent, self->reason);
	AIOT_FINALLY(t);
	probe_end(&self->probe);
	AIOT_END(t);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int start_child(struct aiot_task *t, struct ping *self, const struct slot *slot)
{
	char every[NUMBER_BYTES], timeout[NUMBER_BYTES], count[NUMBER_BYTES], port[NUMBER_BYTES];
	const char *const args[] = {
		"host",	      slot->host, "method", self->method, "family",
		self->family, "every",	  every,    "timeout",	  timeout,
		"count",      count,	  "port",   port,	  NULL,
	};

	(void)snprintf(every, sizeof(every), "%ums", self->every_ms);
	(void)snprintf(timeout, sizeof(timeout), "%ums", self->timeout_ms);
	(void)snprintf(count, sizeof(count), "%u", self->count);
	(void)snprintf(port, sizeof(port), "%u", self->port);
	return aiot_child_start(t, "host", slot->task, args);
}

static void write_result(struct ping *self)
{
	struct text text;
	uint32_t i;

	self->silent_hosts = 0;
	text_begin(&text, self->result, sizeof(self->result));
	text_add(&text, "{");
	for (i = 0; i < self->slot_count; i++) {
		text_add(&text, i ? "," : "");
		text_add_json(&text, self->slots[i].host);
		text_add(&text, ":");
		add_figures(&text, &self->slots[i].now);
		self->silent_hosts += self->slots[i].now.answered == 0;
	}
	text_add(&text, "}");
}

static void leave_result(struct aiot_task *t, void *instance)
{
	struct ping *self = instance;

	write_result(self);
	if (aiot_result_json(t, self->result) < 0)
		aiot_warn(t, "no room for the result");
}

/* `aiotoolsctl report ping`: a row for each host. */
static int print_report(struct aiot_task *t, void *instance)
{
	const struct ping *self = instance;
	const struct slot *slot;
	struct text text;
	char times[96];

	aiot_print(t, "%-32s %8s %8s  %s\n", "HOST", "SENT", "LOST", "MIN/AVG/MAX/STDDEV ms");
	for (slot = self->slots; slot < self->slots + self->slot_count; slot++) {
		const struct figures *f = &slot->now;

		text_begin(&text, times, sizeof(times));
		if (f->answered > 0)
			add_times(&text, f);
		aiot_print(t, "%-32s %8u %6d.%01d%%  %s%s%s\n", slot->host, f->sent,
			   (int)(f->loss / 1000), (int)(f->loss % 1000 / 100), times,
			   slot->silent[0] ? "  silent: " : "", slot->silent);
	}
	return 0;
}

static enum aiot_co ping(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct ping, self);
	self->refused = options_wrong(self, aiot_name(t)); /* `set` may have changed them */
	if (self->refused != NULL)
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", self->refused);
	for (self->at = 0; self->at < self->slot_count; self->at++) {
		self->code = start_child(t, self, &self->slots[self->at]);
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "no task for host '%s'",
				  self->slots[self->at].host);
	}
	for (self->at = 0; self->at < self->slot_count; self->at++)
		AIOT_WAIT(t, aiot_task_wait(t, self->slots[self->at].waits, AIOT_FOREVER));
	leave_result(t, self);
	if (self->silent_hosts > 0)
		AIOT_FAIL(t, -AIOT_ETIMEDOUT, "%u of %u hosts did not answer", self->silent_hosts,
			  self->slot_count);
	AIOT_END(t);
}

static int ping_init(struct aiot_task *t, void *instance)
{
	const char *wrong = options_wrong(instance, aiot_name(t));

	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

#define COMMON_OPTS(T)                                                                             \
	AIOT_OPT_STR(T, method, "method", "auto",                                                  \
		     "icmp, tcp (a connect), or auto: ICMP where it may be sent"),                 \
		AIOT_OPT_STR(T, family, "family", "any", "addresses: any, ipv4 or ipv6"),          \
		AIOT_OPT_MS(T, every_ms, "every", "10s", "from one question to the next"),         \
		AIOT_OPT_MS(T, timeout_ms, "timeout", "2s", "how long an answer may take"),        \
		AIOT_OPT_U32(T, count, "count", "0", "questions to each host; 0: without end"),    \
		AIOT_OPT_U32(T, port, "port", "80", "for TCP, where the host names none")

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct ping, hosts, "hosts", "127.0.0.1",
		     "whom to ask: names or addresses, with :PORT by TCP"),
	COMMON_OPTS(struct ping),
	{0},
};

static const struct aiot_opt host_opts[] = {
	AIOT_OPT_STR(struct host, host, "host", "127.0.0.1", "whom to ask"),
	COMMON_OPTS(struct host),
	{0},
};

#define FIGURE(f, type, help)                                                                      \
	{                                                                                          \
#f, help, offsetof(struct host, now.f), type, 0                                    \
	}

static const struct aiot_stat host_stats[] = {
	AIOT_STAT_STR(struct host, address, "its address"),
	FIGURE(sent, AIOT_TYPE_U32, "questions"),
	FIGURE(answered, AIOT_TYPE_U32, "answers"),
	FIGURE(lost, AIOT_TYPE_U32, "questions without an answer"),
	FIGURE(loss, AIOT_TYPE_DEC3, "of these, percent"),
	FIGURE(last, AIOT_TYPE_DEC3, "last answer's time, ms"),
	FIGURE(min, AIOT_TYPE_DEC3, "shortest time, ms"),
	FIGURE(avg, AIOT_TYPE_DEC3, "mean time, ms"),
	FIGURE(max, AIOT_TYPE_DEC3, "longest time, ms"),
	FIGURE(stddev, AIOT_TYPE_DEC3, "standard deviation, ms"),
	{0},
};

static const struct aiot_kind kinds[] = {
	{"host", ask_host, sizeof(struct host), 0, host_opts, host_stats, leave_host_result, NULL},
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct ping, slot_count, "hosts"),
	{0},
};

AIOT_SERVICE(ping, struct ping, .info = "Asks hosts whether they are there v1.0", .main = ping,
	     .opts = opts, .stats = stats, .kinds = kinds, .init = ping_init,
	     .on_stop = leave_result, .report = print_report);
