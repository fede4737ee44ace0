/*
 * test-ping.c - services.d/ping.c: the list of hosts, the figures, what is logged when, and how it
 * ends.  The hosts' answers (ping-probe.h) are the test's.  The length is that of many short cases
 * on one stage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-fake-wait.h"

#define probe_resolve_number real_resolve_number
#define probe_resolve real_resolve
#define probe_begin real_begin
#define probe_go_on real_go_on
#define probe_end real_end
#include "../services.d/ping-probe.c"
#undef probe_resolve_number
#undef probe_resolve
#undef probe_begin
#undef probe_go_on
#undef probe_end

void probe_resolve_number(struct probe *probe);
void probe_resolve(void *probe);
int probe_begin(struct probe *probe, uint16_t tcp_port);
int probe_go_on(struct probe *probe);
void probe_end(struct probe *probe);
#include "../services.d/ping.c"

#define PROBE_FD 7
#define MS UINT64_C(1000000)

static struct ping service;
static struct host host;
static struct aiot_task task;

static int known;	  /* what the resolver says: 0, or EAI_... */
static bool is_number;	  /* the host is */
static bool icmp_allowed; /* for this program */
static int first, then;	  /* what a question and its going on return */
static uint16_t tcp_port; /* of the last question */
static int open_probes;
static char children[512], text[128];
static int child_code;
static void *parent;

/* ---- the parts it uses ----------------------------------------------------------------------- */

static void resolve_as(struct probe *probe, int error)
{
	probe->resolve_error = error;
	probe->resolved = error == 0;
	(void)snprintf(probe->address, sizeof(probe->address), "10.0.0.7");
}

void probe_resolve_number(struct probe *probe)
{
	resolve_as(probe, is_number ? 0 : EAI_NONAME);
}

void probe_resolve(void *probe)
{
	resolve_as(probe, known);
}

int probe_begin(struct probe *probe, uint16_t port)
{
	assert_int_equal(open_probes++, 0);
	tcp_port = port;
	probe->forbidden = port == 0 && !icmp_allowed;
	probe->fd = PROBE_FD;
	return probe->forbidden ? -EPERM : first;
}

int probe_go_on(struct probe *probe)
{
	assert_int_equal(probe->fd, PROBE_FD);
	return then;
}

void probe_end(struct probe *probe)
{
	open_probes -= probe->fd >= 0;
	probe->fd = -1;
}

const char *aiot_name(const struct aiot_task *t)
{
	(void)t;
	return "ping.service";
}

void *aiot_parent_self(const struct aiot_task *t)
{
	(void)t;
	return parent;
}

int aiot_child_start(struct aiot_task *t, const char *kind, const char *name,
		     const char *const *args)
{
	size_t len = strlen(children);

	(void)t;
	assert_string_equal(kind, "host");
	(void)snprintf(children + len, sizeof(children) - len, "%s:", name);
	for (; *args != NULL; args += 2) {
		len = strlen(children);
		(void)snprintf(children + len, sizeof(children) - len, " %s=%s", args[0], args[1]);
	}
	len = strlen(children);
	(void)snprintf(children + len, sizeof(children) - len, "\n");
	return child_code;
}

struct aiot_wait aiot_task_wait(struct aiot_task *t, const char *name, uint32_t timeout_ms)
{
	(void)t;
	fake_wait = (struct fake_wait){.what = "task", .timeout_ms = timeout_ms};
	(void)snprintf(fake_wait.name, sizeof(fake_wait.name), "%s", name);
	return (struct aiot_wait){1};
}

static int ping_setup(void **state)
{
	(void)state;
	fake_reset();
	known = 0;
	is_number = icmp_allowed = true;
	first = 0;
	then = 1;
	tcp_port = 0;
	open_probes = 0;
	children[0] = '\0';
	child_code = 0;
	parent = NULL;
	host = (struct host){.host = "gateway",
			     .method = "auto",
			     .family = "any",
			     .every_ms = 1000,
			     .timeout_ms = 200,
			     .port = 80};
	memset(&service, 0, sizeof(service));
	service.hosts = "gateway, 10.0.0.7:22 [::1]:443";
	service.method = "auto";
	service.family = "any";
	service.every_ms = 1000;
	service.timeout_ms = 200;
	service.port = 80;
	return 0;
}

/* From the beginning, or from the pause before, until the probe is waited for. */
static void step_to_wait(void)
{
	fake_wait.what = "";
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_wait.what, "fd");
	assert_int_equal(fake_wait.fd, PROBE_FD);
}

/* A question that is answered, or not (code), after so long; up to the pause. */
static void answer(int waited, uint64_t after_ns)
{
	fake_now_ns += after_ns;
	fake_waited = waited;
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	fake_waited = 0;
	assert_int_equal(open_probes, 0);
}

/* ---- figures --------------------------------------------------------------------------------- */

static void figures_are_those_of_statistics(void **state)
{
	struct figures f = {0};

	(void)state;
	count_question(&f, true, 2000);
	count_question(&f, true, 4000);
	count_question(&f, false, 99000);
	count_question(&f, true, 6000);
	assert_int_equal(f.sent, 4);
	assert_int_equal(f.answered, 3);
	assert_int_equal(f.lost, 1);
	assert_int_equal(f.loss, 25000);
	assert_int_equal(f.min, 2000);
	assert_int_equal(f.avg, 4000);
	assert_int_equal(f.max, 6000);
	assert_int_equal(f.last, 6000);
	assert_int_equal(f.stddev, 1633);
}

static void equal_times_do_not_scatter(void **state)
{
	struct figures f = {0};
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		count_question(&f, true, 3333333);
	assert_int_equal(f.avg, 3333333);
	assert_int_equal(f.stddev, 0);
	assert_int_equal(f.loss, 0);
}

/* ---- a host ---------------------------------------------------------------------------------- */

static void an_answer_is_accounted_for_and_the_next_question_is_on_time(void **state)
{
	(void)state;
	fake_start(&task, ask_host, &host);
	step_to_wait();
	assert_int_equal(fake_wait.events, AIOT_FD_READ);
	assert_int_equal(fake_wait.timeout_ms, 200);
	assert_int_equal(tcp_port, 0);
	answer(0, 20 * MS);
	assert_int_equal(host.now.answered, 1);
	assert_int_equal(host.now.last, 20000);
	assert_int_equal(task.slept_ms, 980);
	assert_string_equal(fake_text(&task, 0), "gateway (10.0.0.7) answers");
	fake_now_ns += 980 * MS;
	step_to_wait();
	answer(0, 40 * MS);
	assert_int_equal(task.line_count, 0);
	assert_int_equal(host.now.avg, 30000);
	(void)fake_stop(&task);
}

static void silence_is_logged_when_it_begins_and_when_it_is_over(void **state)
{
	(void)state;
	fake_start(&task, ask_host, &host);
	step_to_wait();
	answer(-AIOT_ETIMEDOUT, 200 * MS);
	assert_string_equal(fake_text(&task, 0),
			    "gateway does not answer: no answer within 200 ms");
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	step_to_wait();
	answer(-AIOT_ETIMEDOUT, 200 * MS);
	assert_int_equal(task.line_count, 0);
	step_to_wait();
	answer(0, MS);
	assert_string_equal(fake_text(&task, 0), "gateway (10.0.0.7) answers");
	assert_int_equal(host.now.lost, 2);
	assert_int_equal(host.now.loss, 66666);
	(void)fake_stop(&task);
}

static void what_others_say_does_not_stretch_the_time(void **state)
{
	(void)state;
	then = 0;
	fake_start(&task, ask_host, &host);
	step_to_wait();
	fake_now_ns += 150 * MS;
	step_to_wait();
	assert_int_equal(fake_wait.timeout_ms, 50);
	fake_now_ns += 60 * MS;
	step_to_wait();
	assert_int_equal(fake_wait.timeout_ms, 0);
	(void)fake_stop(&task);
	assert_int_equal(open_probes, 0);
}

static void a_name_is_resolved_in_a_thread_and_again_after_silence(void **state)
{
	(void)state;
	is_number = false;
	fake_start(&task, ask_host, &host);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_wait.what, "work");
	step_to_wait();
	answer(0, MS);
	step_to_wait();
	answer(-AIOT_ETIMEDOUT, 200 * MS);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_wait.what, "work");
	(void)fake_stop(&task);
}

static void a_name_that_nobody_knows_is_lost_and_told(void **state)
{
	(void)state;
	is_number = false;
	known = EAI_NONAME;
	fake_start(&task, ask_host, &host);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	(void)snprintf(text, sizeof(text), "gateway does not answer: no address: %s",
		       gai_strerror(EAI_NONAME));
	assert_string_equal(fake_text(&task, 0), text);
	assert_int_equal(host.now.lost, 1);
	assert_null(host.address);
	(void)fake_stop(&task);
}

static void without_a_right_to_icmp_it_connects(void **state)
{
	(void)state;
	icmp_allowed = false;
	fake_start(&task, ask_host, &host);
	step_to_wait();
	assert_int_equal(tcp_port, 80);
	assert_int_equal(fake_wait.events, AIOT_FD_WRITE);
	assert_string_equal(fake_text(&task, 0), "ICMP is not for this program; asking at TCP port "
						 "80 instead");
	answer(0, MS);
	step_to_wait();
	assert_int_equal(task.line_count, 0);
	(void)fake_stop(&task);
}

static void icmp_alone_says_what_it_takes(void **state)
{
	(void)state;
	icmp_allowed = false;
	host.method = "icmp";
	fake_start(&task, ask_host, &host);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_text(&task, 0),
			    "gateway does not answer: ICMP takes CAP_NET_RAW or a group in "
			    "net.ipv4.ping_group_range; method=tcp takes neither");
	(void)fake_stop(&task);
}

static void a_port_is_connected_to(void **state)
{
	(void)state;
	host.host = "gateway:22";
	first = -ECONNREFUSED;
	fake_start(&task, ask_host, &host);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_int_equal(tcp_port, 22);
	assert_string_equal(fake_text(&task, 0), "gateway:22 does not answer: Connection refused");
	(void)fake_stop(&task);
}

static void the_last_question_ends_it_with_a_result(void **state)
{
	(void)state;
	host.count = 2;
	fake_start(&task, ask_host, &host);
	step_to_wait();
	answer(-AIOT_ETIMEDOUT, 200 * MS);
	step_to_wait();
	fake_now_ns += 5 * MS;
	assert_int_equal(fake_step(&task), AIOT_DONE);
	assert_string_equal(fake_result,
			    "{\"sent\":2,\"answered\":1,\"lost\":1,\"loss\":50.000,\"min\":5.000,"
			    "\"avg\":5.000,\"max\":5.000,\"stddev\":0.000}");
}

static void a_host_that_never_answered_is_a_failure(void **state)
{
	(void)state;
	host.count = 1;
	first = -EHOSTUNREACH;
	fake_start(&task, ask_host, &host);
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_int_equal(task.code, -AIOT_ETIMEDOUT);
	(void)snprintf(text, sizeof(text), "gateway did not answer 1 times: %s",
		       strerror(EHOSTUNREACH));
	assert_string_equal(task.message, text);
	assert_int_equal(open_probes, 0);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void each_host_gets_a_child_with_the_options(void **state)
{
	static const char wanted[] =
		"gateway: host=gateway method=auto family=any every=1000ms timeout=200ms count=0 "
		"port=80\n"
		"10.0.0.7_22: host=10.0.0.7:22 method=auto family=any every=1000ms timeout=200ms "
		"count=0 port=80\n"
		"___1__443: host=[::1]:443 method=auto family=any every=1000ms timeout=200ms "
		"count=0 port=80\n";

	(void)state;
	fake_start(&task, ping, &service);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(children, wanted);
	assert_string_equal(fake_wait.what, "task");
	assert_string_equal(fake_wait.name, ".gateway");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
}

static void it_ends_with_the_last_child_and_names_the_silent(void **state)
{
	(void)state;
	service.hosts = "gateway other";
	fake_start(&task, ping, &service);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	parent = &service;
	host.now.sent = 1;
	host.code = 1;
	end_question(&task, &host);
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_wait.name, ".other");
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "1 of 2 hosts did not answer");
	assert_non_null(strstr(fake_result, "{\"gateway\":{\"sent\":2,\"answered\":1,"));
	assert_non_null(strstr(fake_result, "\"other\":{\"sent\":0,"));
}

static void a_report_has_a_row_for_each_host(void **state)
{
	(void)state;
	service.hosts = "gateway silent";
	assert_null(read_hosts(&service, "ping.service"));
	count_question(&service.slots[0].now, true, 2000);
	count_question(&service.slots[0].now, true, 4010);
	count_question(&service.slots[1].now, false, 0);
	(void)snprintf(service.slots[1].silent, REASON_BYTES, "no answer within 200 ms");
	assert_int_equal(print_report(&task, &service), 0);
	assert_string_equal(
		fake_report,
		"HOST                                 SENT     LOST  MIN/AVG/MAX/STDDEV ms\n"
		"gateway                                 2      0.0%  2.000/3.005/4.010/1.005\n"
		"silent                                  1    100.0%    silent: no answer within "
		"200 ms\n");
}

static void a_name_that_is_long_or_there_twice_is_told(void **state)
{
	static char longest[200];

	(void)state;
	service.hosts = "gateway a:1, a_1";
	assert_int_equal(ping_init(&task, &service), -AIOT_EINVAL);
	assert_string_equal(task.message, "hosts: 'a_1': is there twice, or is too like another");
	memset(longest, 'a', sizeof(longest) - 1);
	service.hosts = longest;
	assert_null(read_hosts(&service, "ping.service"));
	assert_int_equal(strlen(service.slots[0].task), 64 - strlen("ping.service."));
}

static void assert_refused(const char *words)
{
	assert_int_equal(ping_init(&task, &service), -AIOT_EINVAL);
	assert_string_equal(task.message, words);
}

static void wrong_options_are_refused_at_load(void **state)
{
	char many[600] = "";
	int i;

	(void)state;
	assert_int_equal(ping_init(&task, &service), 0);
	service.hosts = " ,";
	assert_refused("hosts: there is none; hosts = NAME, NAME:PORT");
	service.hosts = "a, b:x";
	assert_refused("hosts: 'b:x': a port is a number from 1 to 65535");
	service.hosts = many;
	for (i = 0; i < 65; i++)
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "h%d ", i);
	assert_refused("hosts: 'h64': it is the 65th, and 64 are all");
	service.hosts = "a";
	service.method = "udp";
	assert_refused("method: it is auto, icmp or tcp");
	fake_start(&task, ping, &service);
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	service.method = "tcp";
	service.family = "ipx";
	assert_refused("family: it is any, ipv4 or ipv6");
	service.family = "any";
	service.port = 65536;
	assert_refused("port: it is a number from 1 to 65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(figures_are_those_of_statistics, ping_setup),
		cmocka_unit_test_setup(equal_times_do_not_scatter, ping_setup),
		cmocka_unit_test_setup(an_answer_is_accounted_for_and_the_next_question_is_on_time,
				       ping_setup),
		cmocka_unit_test_setup(silence_is_logged_when_it_begins_and_when_it_is_over,
				       ping_setup),
		cmocka_unit_test_setup(what_others_say_does_not_stretch_the_time, ping_setup),
		cmocka_unit_test_setup(a_name_is_resolved_in_a_thread_and_again_after_silence,
				       ping_setup),
		cmocka_unit_test_setup(a_name_that_nobody_knows_is_lost_and_told, ping_setup),
		cmocka_unit_test_setup(without_a_right_to_icmp_it_connects, ping_setup),
		cmocka_unit_test_setup(icmp_alone_says_what_it_takes, ping_setup),
		cmocka_unit_test_setup(a_port_is_connected_to, ping_setup),
		cmocka_unit_test_setup(the_last_question_ends_it_with_a_result, ping_setup),
		cmocka_unit_test_setup(a_host_that_never_answered_is_a_failure, ping_setup),
		cmocka_unit_test_setup(each_host_gets_a_child_with_the_options, ping_setup),
		cmocka_unit_test_setup(it_ends_with_the_last_child_and_names_the_silent,
				       ping_setup),
		cmocka_unit_test_setup(a_report_has_a_row_for_each_host, ping_setup),
		cmocka_unit_test_setup(a_name_that_is_long_or_there_twice_is_told, ping_setup),
		cmocka_unit_test_setup(wrong_options_are_refused_at_load, ping_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
