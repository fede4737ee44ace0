/*
 * test-boot.c - core services, then the rest: their order, what is told, and what becomes of those
 * whose requirements fail.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boot-stage.h"
#include "mem.h"

/* The printed lines without "[ OK ] Service: ... loaded", in order. */
static const char *told(void)
{
	static char text[16384];
	char *line, *rest = NULL, copy[16384];
	size_t len = 0;

	memcpy(copy, printed, sizeof(copy));
	text[0] = '\0';
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "[ OK ] Service: ", 16) == 0)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", line);
	}
	return text;
}

static const char *loaded_in_order(void)
{
	static char text[4096];
	const char *at = printed;
	size_t len = 0;

	text[0] = '\0';
	while ((at = strstr(at, "Service: ")) != NULL) {
		at += strlen("Service: ");
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ",
					(int)strcspn(at, "."), at);
	}
	return text;
}

static void core_services_run_in_order_before_the_rest_is_loaded(void **state)
{
	(void)state;
	unit_file("app", GOOD);
	unit_file("ntp", CORE "Requires = net\n[Args]\nafter = 3ms\n");
	unit_file("net", CORE "[Args]\nafter = 5ms\n");
	unit_file("zero", CORE "Wants = ntp\nAfter = lone\n");
	unit_file("lone", CORE);
	boot();
	assert_string_equal(told(), "[ Booting ] Order: --> lone --> net --> ntp --> zero\n"
				    "[ OK ] Booting lone.service...\n"
				    "[ OK ] Booting net.service...\n"
				    "[ OK ] lone.service link up\n"
				    "[ OK ] net.service link up\n"
				    "[ OK ] Booting ntp.service...\n"
				    "[ OK ] ntp.service link up\n"
				    "[ OK ] Booting zero.service...\n"
				    "[ OK ] zero.service link up\n");
	assert_string_equal(loaded_in_order(), "lone net ntp zero app ");
	assert_string_equal(aiot_boot_word(host), "booted");
	assert_int_equal(logged("booted in "), 1);
	assert_int_equal(boots, 1);
}

static void a_failed_one_holds_those_that_require_it_and_the_boot_goes_on(void **state)
{
	(void)state;
	unit_file("net", CORE "[Args]\ncode = 5\n");
	unit_file("ntp", CORE "Requires = net\n");
	unit_file("log", CORE "After = net ntp\nWants = net\n");
	unit_file("gone", "[Service]\nModule = missing\nType = core\n");
	unit_file("behind", CORE "Requires = gone\n");
	unit_file("app", GOOD "Requires = ntp\n");
	boot();
	assert_non_null(strstr(printed, "[ ERROR ] net.service: Error: EIO: as asked\n"));
	assert_non_null(strstr(printed, "[ ERROR ] ntp.service: Error: not started, it waits for "
					"net.service, which failed\n"));
	assert_non_null(strstr(printed,
			       "[ ERROR ] behind.service: Error: not started, it waits for "
			       "gone.service, which did not load\n"));
	assert_non_null(strstr(printed, "[ OK ] log.service link up\n"));
	assert_string_equal(state_of("app.service"), "waiting");
	assert_string_equal(waits_of("app"),
			    "ntp.service, which waits for net.service, which failed");
	assert_int_equal(logged("waits for ntp.service, which waits for net.service, which failed"),
			 1);
}

static void those_that_wait_start_when_it_recovers(void **state)
{
	(void)state;
	unit_file("net", CORE "[Args]\ncode = 5\n");
	unit_file("ntp", CORE "Requires = net\n");
	unit_file("app", GOOD "Requires = ntp\n");
	boot();
	unit_file("net", CORE);
	assert_int_equal(aiot_host_delete_task(host, "net.service"), 0);
	run_until("net.service", "none");
	assert_string_equal(waits_of("app"),
			    "ntp.service, which waits for net.service, which is not loaded");
	assert_int_equal(aiot_host_load(host, "net"), 0);
	run_until("app.service", "running");
	assert_string_equal(state_of("ntp.service"), "done");
}

static void a_core_service_that_hangs_is_given_up(void **state)
{
	(void)state;
	unit_file("net", "[Service]\nModule = good\nType = core\nTimeoutStartSec = 10ms\n");
	unit_file("app", GOOD);
	boot();
	assert_non_null(strstr(printed,
			       "[ ERROR ] net.service: Error: ETIMEDOUT: did not end within "
			       "its TimeoutStartSec of 10ms\n"));
	assert_string_equal(state_of("app.service"), "starting");
}

static void a_boot_without_core_services_is_over_at_once(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\n");
	unit_file("b", GOOD);
	unit_file("off", GOOD "Enabled = no\n");
	prepare();
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_string_equal(loaded_in_order(), "b a ");
	assert_string_equal(told(), "");
	assert_string_equal(state_of("a.service"), "waiting");
	run_until("a.service", "running");
	assert_int_equal(aiot_host_load(host, NULL), 0); /* nothing is left */
	assert_string_equal(loaded_in_order(), "b a ");
}

static void a_second_boot_while_one_is_under_way_is_refused(void **state)
{
	(void)state;
	unit_file("net", CORE "[Args]\nafter = 5ms\n");
	unit_file("app", GOOD);
	prepare();
	assert_int_equal(aiot_host_boot(host, booted, &boots), 0);
	assert_string_equal(aiot_boot_word(host), "booting");
	assert_int_equal(aiot_host_boot(host, booted, &boots), -AIOT_EALREADY);
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_string_equal(state_of("app.service"), "none");
	run_until("app.service", "running");
	assert_int_equal(boots, 1);
	aiot_host_stop(host, NULL, NULL);
	assert_int_equal(aiot_host_boot(host, NULL, NULL), -AIOT_ECANCELED);
}

static void what_is_required_comes_along_though_it_is_disabled(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\nWants = c\nAfter = d\n");
	unit_file("b", GOOD "Enabled = no\nRequires = e\n");
	unit_file("c", GOOD "Enabled = no\n");
	unit_file("d", GOOD "Enabled = no\n");
	unit_file("e", GOOD "Enabled = no\n");
	boot();
	run_until("a.service", "running");
	assert_string_equal(loaded_in_order(), "c e b a ");
}

static void a_ring_is_refused_and_concerns_no_other(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\n");
	unit_file("b", GOOD "Requires = a\n");
	unit_file("c", GOOD "After = a\n");
	boot();
	assert_string_equal(loaded_in_order(), "a b c ");
	assert_int_equal(unit_of("a")->load, AIOT_UNIT_FAILED);
	assert_int_equal(unit_of("b")->load, AIOT_UNIT_FAILED);
	run_until("c.service", "running");
}

static void files_that_go_while_it_boots_are_not_missed(void **state)
{
	(void)state;
	unit_file("net", CORE "[Args]\nafter = 5ms\n");
	unit_file("app", GOOD);
	unit_file("web", GOOD);
	prepare();
	assert_int_equal(aiot_host_boot(host, booted, &boots), 0);
	assert_int_equal(remove(path_of("admin/services.d/app.ini")), 0);
	assert_int_equal(aiot_host_reload(host), 0);
	run_until("web.service", "running");
	assert_null(aiot_unit_find(host, "app"));
}

static void with_no_schedule_nothing_is_armed_and_nobody_waits_for_it(void **state)
{
	struct aiot_host_options o = {.no_schedule = 1};

	(void)state;
	aiot_host_destroy(host);
	assert_int_equal(create_host(&o), 0);
	unit_file("job", ONCE "[Schedule]\nEvery = 1h\n");
	unit_file("app", GOOD "Requires = job\n");
	boot();
	run_until("app.service", "running");
	assert_string_equal(state_of("job.service"), "stopped");
	assert_int_equal(aiot_host_start_task(host, "job.service"), 0);
	run_until("job.service", "scheduled");
}

static void with_no_config_options_have_their_defaults(void **state)
{
	struct aiot_host_options o = {.no_config = 1};

	(void)state;
	aiot_host_destroy(host);
	assert_int_equal(create_host(&o), 0);
	unit_file("a", ONCE "[Args]\ncode = 5\nnonsense = 1\n");
	boot();
	run_until("a.service", "done");
}

static void a_boot_that_finds_no_memory_ends_all_the_same(void **state)
{
	unsigned long n, asked;

	(void)state;
	unit_file("net", CORE);
	unit_file("ntp", CORE "Requires = net\n");
	unit_file("app", GOOD "Requires = ntp\nWants = web\n");
	unit_file("web", GOOD);
	for (n = 1;; n += 3) {
		prepare();
		(void)aiot_mem_fail(n, 1);
		(void)aiot_host_boot(host, booted, &boots);
		while (boots == 0)
			assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
		asked = aiot_mem_fail(0, 0);
		aiot_host_destroy(host);
		printed[0] = '\0';
		assert_int_equal(create_host(NULL), 0);
		if (asked < n)
			break;
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(core_services_run_in_order_before_the_rest_is_loaded),
		T(a_failed_one_holds_those_that_require_it_and_the_boot_goes_on),
		T(those_that_wait_start_when_it_recovers),
		T(a_core_service_that_hangs_is_given_up),
		T(a_boot_without_core_services_is_over_at_once),
		T(a_second_boot_while_one_is_under_way_is_refused),
		T(what_is_required_comes_along_though_it_is_disabled),
		T(a_ring_is_refused_and_concerns_no_other),
		T(files_that_go_while_it_boots_are_not_missed),
		T(with_no_schedule_nothing_is_armed_and_nobody_waits_for_it),
		T(with_no_config_options_have_their_defaults),
		T(a_boot_that_finds_no_memory_ends_all_the_same),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
