/*
 * test-quarantine.c - services that crashed the program are held, over as many starts as it takes.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "quarantine.h"
#include "units.h"

static enum aiot_co sits(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}
AIOT_SERVICE(sitter, uint32_t, .main = sits);
AIOT_SERVICE(other, uint32_t, .main = sits);

static char slot[512];

/* A host whose log and list are in a directory; what is in slot crashed the one before. */
static void start(void)
{
	struct aiot_host_options o = {.runtime_dir = path_of("run")};

	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), 0);
	aiot_quarantine_open(host, slot, sizeof(slot));
}

static int open_runtime(void **state)
{
	memset(slot, 0, sizeof(slot));
	return open_base(state);
}

static void crash_by(const char *task, const char *doing)
{
	(void)aiot_format_to(
		slot, sizeof(slot),
		"aiotools crash 1\nsignal=SIGSEGV\ntask=%s\n%s%s%sfunction=fn\nfile=a.c\n"
		"line=12\n",
		task, doing ? "doing=" : "", doing ? doing : "", doing ? "\n" : "");
}

static bool has_file(void)
{
	return access(path_of("run/held"), F_OK) == 0;
}

static void load(const struct aiot_service *service)
{
	assert_int_equal(aiot_host_add_service(host, service, NULL), 0);
	settle();
}

static void a_culprit_is_held_over_further_starts(void **state)
{
	unsigned i;

	(void)state;
	crash_by("sitter.service", NULL);
	for (i = 0; i < 3; i++) {
		start();
		assert_int_equal(slot[0], '\0');
		assert_int_equal(logged("crashed the run before this one: SIGSEGV in "
					"sitter.service at a.c:12"),
				 1);
		load(&aiot_service_sitter);
		load(&aiot_service_other);
		assert_string_equal(state_of("sitter.service"), "held");
		assert_string_equal(state_of("other.service"), "running");
		assert_non_null(strstr(printed, "sitter.service is held: it crashed the daemon: "
						"SIGSEGV in sitter.service at a.c:12; aiotoolsctl "
						"start sitter"));
		assert_true(has_file());
		end_host();
	}
}

static void a_start_lets_it_go(void **state)
{
	(void)state;
	crash_by("sitter.service", NULL);
	start();
	load(&aiot_service_sitter);
	assert_int_equal(aiot_host_start_task(host, "sitter.service"), 0);
	settle();
	assert_string_equal(state_of("sitter.service"), "running");
	assert_false(has_file());
	end_host();
	start();
	load(&aiot_service_sitter);
	assert_string_equal(state_of("sitter.service"), "running");
	end_host();
}

static void a_reset_lets_it_go(void **state)
{
	struct aiot_entry *e;

	(void)state;
	crash_by("sitter.service", NULL);
	start();
	load(&aiot_service_sitter);
	e = aiot_core_find(&host->core, "sitter.service");
	assert_true(aiot_core_reset(&host->core, e));
	assert_string_equal(state_of("sitter.service"), "stopped");
	assert_false(has_file());
	end_host();
}

static void an_unload_keeps_it_held(void **state)
{
	(void)state;
	crash_by("sitter.service", NULL);
	start();
	load(&aiot_service_sitter);
	assert_int_equal(aiot_host_delete_task(host, "sitter.service"), 0);
	settle();
	assert_true(has_file());
	load(&aiot_service_sitter);
	assert_string_equal(state_of("sitter.service"), "held");
	end_host();
}

static void one_crash_after_the_other_holds_both(void **state)
{
	(void)state;
	crash_by("sitter.service.child", NULL); /* its service is meant */
	start();
	end_host();
	crash_by("other.service_3", NULL);
	start();
	load(&aiot_service_sitter);
	load(&aiot_service_other);
	assert_string_equal(state_of("sitter.service"), "held");
	assert_string_equal(state_of("other.service"), "held");
	end_host();
}

static void what_crashed_in_its_init_is_not_loaded_but_when_asked_again(void **state)
{
	(void)state;
	crash_by("sitter.service", AIOT_DOING_INIT);
	start();
	assert_int_equal(aiot_host_add_service(host, &aiot_service_sitter, NULL), -AIOT_ECANCELED);
	assert_non_null(strstr(aiot_host_error(host), "it crashed the daemon: SIGSEGV in "
						      "sitter.service, in its init, at a.c:12"));
	assert_true(has_file());
	load(&aiot_service_sitter);
	assert_string_equal(state_of("sitter.service"), "running");
	assert_false(has_file());
	end_host();
}

static void a_task_that_no_service_brings_back_is_only_told(void **state)
{
	(void)state;
	crash_by("blink_7", NULL);
	start();
	assert_int_equal(logged("the run before this one crashed: SIGSEGV in blink_7"), 1);
	assert_false(has_file());
	end_host();
}

static void a_list_that_others_can_write_or_that_is_damaged_holds_nobody(void **state)
{
	static const char junk[] = "\t\t\n\n../x\trun\t\t\t1\twhy\nsitter\nsitter\trun\tf\n"
				   "other\tload\tf\tg\tx";

	(void)state;
	start();
	end_host();
	write_text("run/held", junk);
	start();
	assert_null(host->held);
	end_host();
	write_text("run/held", "sitter\trun\tf\tg\t1\twhy\n");
	assert_int_equal(chmod(path_of("run/held"), 0666), 0);
	start();
	assert_null(host->held);
	assert_int_equal(logged("no service is held that was"), 1);
	end_host();
	assert_int_equal(chmod(path_of("run/held"), 0644), 0);
	start();
	load(&aiot_service_sitter);
	assert_string_equal(state_of("sitter.service"), "held");
	end_host();
}

/* With a limit the oldest was let go, crashed again, and so on in turns: nothing ever came up. */
static void of_any_number_of_culprits_none_is_let_go_for_others(void **state)
{
	unsigned i, n = 0;
	const struct aiot_held *h;

	(void)state;
	for (i = 0; i < 100; i++) {
		char task[40];

		(void)aiot_format_to(task, sizeof(task), "x%u.service", i);
		crash_by(task, NULL);
		start();
		for (h = host->held, n = 0; h != NULL; h = h->next)
			n++;
		end_host();
	}
	assert_int_equal(n, 100);
	memset(slot, 0, sizeof(slot));
	start();
	for (h = host->held; h != NULL; h = h->next) { /* the newest first, whoever read it */
		char unit[40];

		(void)aiot_format_to(unit, sizeof(unit), "x%u", --i);
		assert_string_equal(h->name, unit);
	}
	end_host();
}

/* Neither a callback of libuv nor a thread of its own is a step of a task. */
static void code_that_crashed_outside_of_steps_is_held_with_its_services(void **state)
{
	static const char record[] = "aiotools crash 1\nsignal=SIGSEGV\nmodule=m\n";
	struct aiot_unit *unit;

	(void)state;
	memcpy(slot, record, sizeof(record));
	start();
	assert_int_equal(logged("the run before this one crashed: SIGSEGV in code of m.so, in no "
				"step of a task"),
			 1);
	load(&aiot_service_other);
	unit = aiot_unit_create(host, "x");
	assert_non_null(unit);
	unit->conf.module = "m";
	assert_true(aiot_quarantine_may_load(host, unit));
	end_host();
	/* It crashed again, though its services were held: from then on they are not loaded. */
	memcpy(slot, record, sizeof(record));
	start();
	unit = aiot_unit_create(host, "x");
	assert_non_null(unit);
	unit->conf.module = "m";
	assert_false(aiot_quarantine_may_load(host, unit));
	assert_true(aiot_quarantine_may_load(host, unit));
	assert_false(has_file());
	end_host();
}

#define Q(name) cmocka_unit_test_setup_teardown(name, open_runtime, close_base)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		Q(a_culprit_is_held_over_further_starts),
		Q(a_start_lets_it_go),
		Q(a_reset_lets_it_go),
		Q(an_unload_keeps_it_held),
		Q(one_crash_after_the_other_holds_both),
		Q(what_crashed_in_its_init_is_not_loaded_but_when_asked_again),
		Q(a_task_that_no_service_brings_back_is_only_told),
		Q(a_list_that_others_can_write_or_that_is_damaged_holds_nobody),
		Q(of_any_number_of_culprits_none_is_let_go_for_others),
		Q(code_that_crashed_outside_of_steps_is_held_with_its_services),
	};

	(void)argc;
	(void)argv;
	(void)built;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
