/*
 * test-calls-boot.c - analyze and dependencies, from the call to its reply.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ask.h"
#include "boot-stage.h"

static enum aiot_call_result ask(const char *verb, const char *params)
{
	call_begin(&host->commands, verb, params, false);
	return call_step();
}

/* All pages, as small as they can be: one member of their rows. */
static const char *paged(const char *verb, const char *params, const char *array,
			 const char *member)
{
	static char text[16384];
	enum aiot_call_result r;
	size_t len = 0;

	call_begin(&host->commands, verb, params, true);
	call.page_bytes = 1;
	text[0] = '\0';
	do {
		const char *some;

		r = call_step();
		assert_true(r == AIOT_CALL_DONE || r == AIOT_CALL_PAGE);
		some = all_of(array, member);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					len > 0 && some[0] ? " " : "", some);
	} while (r == AIOT_CALL_PAGE);
	return text;
}

/* web needs db and ntp; db needs ntp, ntp needs net, which takes longest. */
static void begin(void)
{
	unit_file("net", CORE "[Args]\nafter = 30ms\n");
	unit_file("ntp", CORE "Requires = net\n");
	unit_file("db", GOOD "Requires = ntp\n");
	unit_file("web", GOOD "Requires = db\nWants = nix ntp\nAfter = app\n");
	unit_file("app", GOOD);
	unit_file("off", GOOD "Enabled = no\nRequires = app\n");
	unit_file("job", GOOD "Enabled = no\n[Schedule]\nEvery = 1h\nStartIn = 1h\n");
	boot();
	run_until("web.service", "running");
}

/* ---- analyze ---- */

static uint64_t number_of(struct aiot_json object, const char *key)
{
	uint64_t value = 0;

	assert_int_equal(aiot_json_u64(aiot_json_get(object, key), &value), 0);
	return value;
}

static void the_boot_is_core_and_init(void **state)
{
	(void)state;
	begin();
	assert_int_equal(ask("analyze", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "state"), "booted");
	assert_true(number_of(reply, "core_us") >= 30000);
	assert_in_range(number_of(reply, "total_us"),
			number_of(reply, "core_us") + number_of(reply, "init_us"),
			number_of(reply, "core_us") + number_of(reply, "init_us") + 1);
	assert_string_equal(member_of(reply, "services"), "-");
	assert_int_equal(ask("analyze", "{'what':'boot'}"), AIOT_CALL_DONE);
}

static void while_it_boots_it_tells_what_is_under_way(void **state)
{
	(void)state;
	assert_int_equal(ask("analyze", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "state"), "not booted");
	unit_file("net", CORE);
	unit_file("ntp", CORE "Requires = net\n");
	prepare();
	assert_int_equal(aiot_host_boot(host, NULL, NULL), 0);
	assert_int_equal(ask("analyze", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "state"), "booting");
	assert_string_equal(member_of(reply, "under_way"), "[\"net\"]");
	assert_string_equal(member_of(reply, "total_us"), "-");
	assert_int_equal(ask("analyze", "{'what':'blame'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("services", 0), "ready_us"), "null");
}

static void blame_has_the_slowest_first(void **state)
{
	const char *whole;
	char first[64];

	(void)state;
	begin();
	whole = paged("analyze", "{'what':'blame'}", "services", "name");
	assert_memory_equal(whole, "net ", 4);
	assert_int_equal(strlen(whole), strlen("net ntp db web app"));
	(void)snprintf(first, sizeof(first), "%s", whole);
	assert_int_equal(ask("analyze", "{'what':'blame'}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), first);
	assert_true(number_of(nth_of("services", 0), "took_us") >= 30000);
	assert_int_equal(aiot_host_load(host, "job"), 0); /* ready when it is armed */
	assert_int_equal(ask("analyze", "{'what':'critical-chain','name':'job'}"), AIOT_CALL_DONE);
	assert_true(number_of(nth_of("services", 0), "ready_us") > 30000);
}

static void more_than_a_page_of_them_are_all_told_once(void **state)
{
	char name[16], *text;
	unsigned i, seen = 0;

	(void)state;
	for (i = 0; i < 450; i++) {
		(void)snprintf(name, sizeof(name), "n%03u", i);
		unit_file(name, GOOD);
	}
	boot();
	call_begin(&host->commands, "analyze", "{'what':'blame'}", true);
	while (call_step() == AIOT_CALL_PAGE)
		seen += (unsigned)aiot_json_count(aiot_json_get(reply, "services"));
	seen += (unsigned)aiot_json_count(aiot_json_get(reply, "services"));
	assert_int_equal(seen, 450);
	text = strdup(paged("analyze", "{'what':'plot'}", "services", "name"));
	assert_int_equal(strlen(text), 450 * 5 - 1);
	free(text);
}

static void the_chain_leads_to_what_was_waited_for_last(void **state)
{
	(void)state;
	begin();
	assert_string_equal(paged("analyze", "{'what':'critical-chain'}", "services", "name"),
			    "web db ntp net");
	assert_string_equal(paged("analyze", "{'what':'critical-chain'}", "services", "depth"),
			    "0 1 2 3");
	assert_string_equal(
		paged("analyze", "{'what':'critical-chain','name':'app'}", "services", "name"),
		"app ntp net"); /* as the rest does, it came behind the core services */
	assert_int_equal(ask("analyze", "{'what':'critical-chain','name':'off'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_LOAD_FAILED, "service 'off' is not loaded; aiotoolsctl load off");
	assert_int_equal(ask("analyze", "{'what':'critical-chain','name':'nix'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_SERVICE,
		     "no such service: 'nix'; aiotoolsctl services shows all");
}

/* The row of that service in what analyze plot is drawn from. */
static struct aiot_json row_of(const char *name)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	assert_int_equal(ask("analyze", "{'what':'plot'}"), AIOT_CALL_DONE);
	while (aiot_json_next(aiot_json_get(reply, "services"), &it, NULL, &row)) {
		if (aiot_json_str_is(aiot_json_get(row, "name"), name))
			return row;
	}
	fail_msg("no row for %s", name);
	return row;
}

static void what_failed_has_not_taken_longer_when_it_is_asked_for_later(void **state)
{
	uint64_t took_us;

	(void)state;
	unit_file("net", CORE "[Args]\ncode = 5\n");
	unit_file("ntp", CORE "Requires = net\n");
	unit_file("bad", "[Service]\nModule = initfails\n");
	unit_file("app", GOOD);
	boot();
	run_until("app.service", "running");
	assert_string_equal(member_of(row_of("net"), "state"), "failed");
	assert_string_equal(member_of(row_of("net"), "ready_us"), "null");
	assert_string_equal(member_of(row_of("ntp"), "state"), "waiting");
	assert_string_equal(member_of(row_of("bad"), "state"), "not loaded");
	assert_string_equal(member_of(row_of("app"), "state"), "ready");
	took_us = number_of(row_of("net"), "took_us");
	(void)ask("stop", "{'names':['app']}"); /* is answered later */
	run_until("app.service", "stopped");
	assert_int_equal(number_of(row_of("net"), "took_us"), took_us);
	assert_int_equal(number_of(row_of("ntp"), "start_us"), 0);
	assert_int_equal(ask("analyze", "{'what':'critical-chain','name':'bad'}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "name"), "bad");
}

static void what_recovers_is_ready_then(void **state)
{
	(void)state;
	unit_file("net", CORE "[Args]\ncode = 5\n");
	unit_file("app", GOOD);
	boot();
	assert_int_equal(ask("set", "{'name':'net.service','args':{'code':'0'}}"), AIOT_CALL_DONE);
	(void)ask("start", "{'names':['net']}"); /* is answered later */
	run_until("net.service", "done");
	assert_string_equal(member_of(row_of("net"), "state"), "ready");
}

/* The core's clock stands still while a round loads services. */
static void nothing_is_ready_before_it_was_loaded(void **state)
{
	uint64_t ready_us;

	(void)state;
	begin();
	ready_us = number_of(row_of("app"), "ready_us");
	assert_true(ready_us >=
		    number_of(row_of("app"), "begin_us") + number_of(row_of("app"), "load_us"));
	assert_true(number_of(row_of("app"), "took_us") <= ready_us);
}

static void what_it_cannot_do_is_said(void **state)
{
	(void)state;
	begin();
	assert_int_equal(ask("analyze", "{'what':'blam'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "analyze tells of the boot, or does one of blame, "
				     "critical-chain and plot");
	assert_int_equal(ask("analyze", "{'what':'blame','name':'web'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "only 'analyze critical-chain' takes a service's name");
	call_begin(&host->commands, "analyze", "{'what':'plot'}", true);
	call.text = true;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "the plot is drawn by the program aiotoolsctl: aiotoolsctl "
				     "analyze plot >boot.svg");
}

/* ---- dependencies ---- */

#define ROWS(params, member) paged("dependencies", params, "dependencies", member)

static void a_tree_has_each_service_once(void **state)
{
	(void)state;
	begin();
	assert_string_equal(ROWS("{'names':['web']}", "name"), "web db ntp net nix ntp app");
	assert_string_equal(ROWS("{'names':['web']}", "depth"), "0 1 2 3 1 1 1");
	assert_string_equal(ROWS("{'names':['web']}", "relation"),
			    "null requires requires requires wants wants after");
	assert_string_equal(ROWS("{'names':['web']}", "repeated"),
			    "false false false false false true false");
	assert_string_equal(ROWS("{'names':['web']}", "load"),
			    "loaded loaded loaded loaded unknown loaded loaded");
	assert_string_equal(ROWS("{'names':['web']}", "state"),
			    "running running done done null done running");
	assert_int_equal(ask("dependencies", "{'names':['web']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("dependencies", "name"), "web db ntp net nix ntp app");
}

static void in_reverse_it_has_those_that_need_it(void **state)
{
	(void)state;
	begin();
	assert_string_equal(ROWS("{'names':['net'],'reverse':true}", "name"), "net ntp db web web");
	assert_string_equal(ROWS("{'names':['net'],'reverse':true}", "depth"), "0 1 2 3 2");
	assert_string_equal(ROWS("{'names':['app'],'reverse':true}", "relation"),
			    "null requires after");
}

static void without_a_name_it_has_the_trees_of_those_that_nobody_needs(void **state)
{
	(void)state;
	begin();
	unit_file("ring", GOOD "Requires = ring2\n");
	unit_file("ring2", GOOD "Requires = ring\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_string_equal(ROWS(NULL, "name"),
			    "job off app ring ring2 ring2 ring web db ntp net nix "
			    "ntp app");
	assert_string_equal(ROWS("{'names':['n*','app']}", "name"), "net ntp net app");
	assert_int_equal(ask("dependencies", "{'names':['nix']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchService");
}

/* ---- load ---- */

static void load_of_several_waits_in_their_order(void **state)
{
	(void)state;
	unit_file("a", GOOD "After = b\nEnabled = no\n");
	unit_file("b", GOOD "Enabled = no\n");
	boot();
	assert_int_equal(ask("load", "{'names':['a','b']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("services", "active"), "waiting starting");
	run_until("a.service", "running");
}

static void status_says_what_a_task_waits_for(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\n");
	unit_file("b", "[Service]\nModule = initfails\n");
	boot();
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("tasks", 0), "state"), "waiting");
	assert_string_equal(member_of(nth_of("tasks", 0), "reason"),
			    "waits for b.service, which did not load");
	assert_string_equal(member_of(nth_of("tasks", 0), "started_us"), "-");
	assert_int_equal(ask("start", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot start 'a.service' yet: it waits for b.service, which did not "
			    "load");
	assert_int_equal(ask("stop", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "stopped");
	assert_int_equal(ask("start", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "waiting");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(the_boot_is_core_and_init),
		T(while_it_boots_it_tells_what_is_under_way),
		T(blame_has_the_slowest_first),
		T(more_than_a_page_of_them_are_all_told_once),
		T(the_chain_leads_to_what_was_waited_for_last),
		T(what_failed_has_not_taken_longer_when_it_is_asked_for_later),
		T(what_recovers_is_ready_then),
		T(nothing_is_ready_before_it_was_loaded),
		T(what_it_cannot_do_is_said),
		T(a_tree_has_each_service_once),
		T(in_reverse_it_has_those_that_need_it),
		T(without_a_name_it_has_the_trees_of_those_that_nobody_needs),
		T(load_of_several_waits_in_their_order),
		T(status_says_what_a_task_waits_for),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
