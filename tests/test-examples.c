/*
 * test-examples.c - the examples do what their heads say, on a clock that the test moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <aiotools-test.h>

extern const struct aiot_service aiot_service_callbacks, aiot_service_client, aiot_service_crew,
	aiot_service_errors, aiot_service_logging, aiot_service_results, aiot_service_schedule,
	aiot_service_service, aiot_service_verbs;

static struct aiot_test *x;

static int open_stage(void **state)
{
	(void)state;
	x = aiot_test_open(NULL);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	return aiot_test_close(x);
}

static void start(const struct aiot_service *service, const char *const *args)
{
	assert_int_equal(aiot_test_start(x, service, args), 0);
}

/* A line of aiotoolsctl's, and all that it shows. */
static void shows(const char *line, int code, const char *text)
{
	assert_int_equal(aiot_test_ctl(x, "%s", line), code);
	assert_string_equal(aiot_test_output(x), text);
}

static void logging_has_levels(void **state)
{
	(void)state;
	start(&aiot_service_logging, NULL);
	aiot_test_advance_ms(x, 10000);
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "logging.service watches the battery"), 1);
	assert_int_equal(aiot_test_logged(x, AIOT_DEBUG, "drained by 20"), 4);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "battery at 20 %"), 1);
	assert_int_equal(aiot_test_logged(x, AIOT_ERROR, "0x0014"), 1);
}

static void results_are_of_the_type_that_was_asked_for(void **state)
{
	(void)state;
	start(&aiot_service_results, NULL);
	shows("wait results", 0, "results.service: done\n");
	shows("result results", 0, "results.service --> 21.5\n");
	assert_int_equal(aiot_test_ctl(x, "set results as=json"), 0);
	assert_int_equal(aiot_test_ctl(x, "start results"), 0);
	aiot_test_advance_ms(x, 100);
	assert_string_equal(aiot_test_result(x, "results"),
			    "{\"celsius\":21.5,\"sensors\":[\"roof\",\"cellar\"]}");
	assert_int_equal(aiot_test_ctl(x, "set results as=real"), 0);
	assert_int_equal(aiot_test_ctl(x, "start results"), 0);
	aiot_test_advance_ms(x, 100);
	assert_string_equal(aiot_test_failure(x, "results"),
			    "as: 'real' is none of int decimal text json none");
}

static void callbacks_leave_results(void **state)
{
	(void)state;
	start(&aiot_service_callbacks, NULL);
	aiot_test_advance_ms(x, 3500);
	shows("stop callbacks", 0, "callbacks.service: stopped\n");
	assert_string_equal(aiot_test_result(x, "callbacks"), "\"3 of 5 done\"");
	assert_int_equal(aiot_test_ctl(x, "set callbacks fails=yes"), 0);
	assert_int_equal(aiot_test_ctl(x, "start callbacks"), 0);
	aiot_test_advance_ms(x, 2000);
	assert_string_equal(aiot_test_state(x, "callbacks"), "done");
	assert_string_equal(aiot_test_result(x, "callbacks"), "1");
	assert_int_equal(aiot_test_ctl(x, "set callbacks forgive=no"), 0);
	assert_int_equal(aiot_test_ctl(x, "start callbacks"), 0);
	aiot_test_advance_ms(x, 2000);
	assert_string_equal(aiot_test_state(x, "callbacks"), "failed");
	assert_string_equal(aiot_test_failure(x, "callbacks"), "step 1 went wrong");
}

static void errors_are_caught_or_go_on_upwards(void **state)
{
	(void)state;
	start(&aiot_service_errors, AIOT_TEST_ARGS("broken", "0"));
	assert_int_equal(aiot_test_until(x, "errors", "done", 60000), 0);
	assert_string_equal(aiot_test_stat(x, "errors", "sent"), "4");
	assert_int_equal(aiot_test_ctl(x, "set errors broken=3"), 0);
	assert_int_equal(aiot_test_ctl(x, "start errors"), 0);
	assert_int_equal(aiot_test_until(x, "errors", "failed", 60000), 0);
	assert_string_equal(aiot_test_failure(x, "errors"), "part 3: the line was dropped");
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "part 3: once more"), 2);
	assert_int_equal(aiot_test_logged(x, AIOT_DEBUG, "part 3: closed"), 5);
	assert_int_equal(aiot_test_ctl(x, "traceback errors"), 0);
	assert_non_null(strstr(aiot_test_output(x), "in upload\n"));
	assert_non_null(strstr(aiot_test_output(x), "in send_part\n"));
}

static void a_schedule_and_its_condition(void **state)
{
	(void)state;
	start(&aiot_service_schedule, NULL);
	aiot_test_advance_ms(x, 1000);
	assert_string_equal(aiot_test_result(x, "schedule"), "50");
	assert_int_equal(aiot_test_ctl(x, "trigger schedule litres=5"), 0);
	aiot_test_advance_ms(x, 1000);
	assert_string_equal(aiot_test_result(x, "schedule"), "100");
	assert_int_equal(aiot_test_ctl(x, "trigger schedule"), 0);
	assert_string_equal(aiot_test_stat(x, "schedule", "runs"), "2");
	assert_int_equal(aiot_test_ctl(x, "schedule schedule --when 'schedule:thirsty'"), 0);
	aiot_test_advance_ms(x, 3 * 3600000);
	assert_string_equal(aiot_test_stat(x, "schedule", "runs"), "2");
	aiot_test_advance_ms(x, 2 * 3600000);
	assert_string_equal(aiot_test_stat(x, "schedule", "runs"), "3");
}

static void verbs_are_typed_and_answer(void **state)
{
	(void)state;
	start(&aiot_service_verbs, NULL);
	shows("call verbs push 5 'from the left'", 0, "depth 1\n");
	shows("call verbs push weight=7.5", 0, "depth 2\n");
	shows("report verbs", 0,
	      "verbs.service: running\n"
	      "    2 on the stack, 2 pushed so far\n"
	      "      2: 7500 g\n"
	      "      1: 5000 g\n");
	shows("call verbs pop", 0, "7.500\n");
	shows("call verbs depth", 0, "1\n");
	shows("call verbs pop", 0, "5.000\n");
	shows("call verbs pop", 1,
	      "cannot call 'pop' of 'verbs.service': ENOENT: the stack is empty\n");
	shows("call verbs push heavy", 2,
	      "cannot call 'push' of 'verbs.service': weight: 'heavy' is not a number with at most "
	      "three decimals\n");
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "pushed: from the left"), 1);
}

static void a_crew_ends_when_it_has_enough(void **state)
{
	(void)state;
	start(&aiot_service_crew, AIOT_TEST_ARGS("readers", "3", "enough", "100"));
	assert_int_equal(aiot_test_ctl(x, "list"), 0);
	assert_non_null(strstr(aiot_test_output(x), "crew.service.2"));
	assert_int_equal(aiot_test_until(x, "crew", "done", 60000), 0);
	assert_string_equal(aiot_test_result(x, "crew"), "100");
	assert_string_equal(aiot_test_state(x, "crew.service.2"), "");
}

static void a_whole_service_keeps_a_room_warm(void **state)
{
	(void)state;
	aiot_test_pin(x, "room", 18);
	aiot_test_pin(x, "oven", 0);
	start(&aiot_service_service, AIOT_TEST_ARGS("sensor", "room", "output", "oven"));
	assert_int_equal(aiot_test_pin_value(x, "oven"), 1);
	aiot_test_advance_ms(x, 60000);
	aiot_test_pin(x, "room", 23);
	aiot_test_advance_ms(x, 10000);
	assert_int_equal(aiot_test_pin_value(x, "oven"), 0);
	shows("report service", 0,
	      "service.service: running\n"
	      "    23 degrees, kept between 20 and 23; the heater is off\n"
	      "    switched 2 times, on for 70 s\n");
	assert_int_equal(aiot_test_ctl(x, "set service low=24 high=25"), 0);
	aiot_test_advance_ms(x, 10000);
	assert_int_equal(aiot_test_pin_value(x, "oven"), 1);
	aiot_test_pin_broken(x, "room", -AIOT_EIO);
	aiot_test_advance_ms(x, 10000);
	assert_string_equal(aiot_test_failure(x, "service"),
			    "sensor 'room' or output 'oven' does not work");
	assert_int_equal(aiot_test_pin_value(x, "oven"), 0);
}

static void a_service_refuses_what_makes_no_sense(void **state)
{
	(void)state;
	assert_int_equal(aiot_test_start(x, &aiot_service_service,
					 AIOT_TEST_ARGS("low", "23", "high", "20")),
			 -AIOT_EINVAL);
	assert_string_equal(aiot_test_why(x), "low (23) has to be below high (20)");
}

/* A server that listens on a port of the kernel's choice. */
static int serve(char port[8])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(port, 8, "%u", ntohs(a.sin_port));
	return fd;
}

static void assert_read(int fd, const char *text)
{
	char got[128] = "";
	size_t len = 0;

	while (len < strlen(text)) {
		ssize_t n = read(fd, got + len, strlen(text) - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_string_equal(got, text);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void a_client_is_ready_when_it_was_answered(void **state)
{
	char port[8];
	int server = serve(port), fd;

	(void)state;
	start(&aiot_service_client, AIOT_TEST_ARGS("port", port, "id", "me"));
	fd = accept(server, NULL, NULL);
	assert_true(fd >= 0);
	say(fd, "OK\nearly\nno line y");
	assert_int_equal(aiot_test_await_log(x, AIOT_INFO, "heard: early", 60), 0);
	assert_string_equal(aiot_test_state(x, "client"), "running");
	assert_read(fd, "CONNECT me\nPUB 0\n");
	aiot_test_advance_ms(x, 10000);
	assert_int_equal(aiot_test_await(x, "client", "running", 0), 0);
	assert_read(fd, "PUB 1\n");
	say(fd, "et\n");
	assert_int_equal(aiot_test_await_log(x, AIOT_INFO, "heard: no line yet", 60), 0);
	assert_string_equal(aiot_test_stat(x, "client", "sent"), "2");
	assert_int_equal(aiot_test_ctl(x, "stop client"), 0);
	assert_int_equal(read(fd, port, 1), 0); /* its end is closed */
	(void)close(fd);
	(void)close(server);
}

static void a_client_fails_without_a_server_or_with_one_of_another_kind(void **state)
{
	char port[8];
	int server = serve(port), fd;

	(void)state;
	start(&aiot_service_client, AIOT_TEST_ARGS("port", port));
	assert_string_equal(aiot_test_state(x, "client"), "starting");
	fd = accept(server, NULL, NULL);
	assert_true(fd >= 0);
	say(fd, "220 hello\n");
	assert_int_equal(aiot_test_await(x, "client", "failed", 60), 0);
	assert_string_equal(aiot_test_failure(x, "client"), "the server says '220 hello' to us");
	(void)close(fd);
	(void)close(server);
	assert_int_equal(aiot_host_start_task(aiot_test_host(x), "client.service"), 0);
	assert_int_equal(aiot_test_await(x, "client", "failed", 60), 0);
	assert_string_equal(aiot_test_failure(x, "client"), "cannot send: Connection refused");
}

static void a_client_gives_up_a_server_that_says_nothing(void **state)
{
	char port[8];
	int server = serve(port);

	(void)state;
	start(&aiot_service_client, AIOT_TEST_ARGS("port", port));
	(void)aiot_test_await(x, "client", "failed", 0);
	assert_int_equal(aiot_test_until(x, "client", "failed", 20000), 0);
	assert_non_null(strstr(aiot_test_failure(x, "client"), "the server "));
	(void)close(server);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
	const struct CMUnitTest tests[] = {
		T(logging_has_levels),
		T(results_are_of_the_type_that_was_asked_for),
		T(callbacks_leave_results),
		T(errors_are_caught_or_go_on_upwards),
		T(a_schedule_and_its_condition),
		T(verbs_are_typed_and_answer),
		T(a_crew_ends_when_it_has_enough),
		T(a_whole_service_keeps_a_room_warm),
		T(a_service_refuses_what_makes_no_sense),
		T(a_client_is_ready_when_it_was_answered),
		T(a_client_fails_without_a_server_or_with_one_of_another_kind),
		T(a_client_gives_up_a_server_that_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
