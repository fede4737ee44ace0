/*
 * test-host-beside.c - Overlap=allow: copies of a task that run beside it, and what unloading its
 * service means for them.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "mem.h"
#include "settings.h"

static enum aiot_co sits(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}

static enum aiot_co has_child(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, self);
	if (aiot_child_start(t, "sits", "c", NULL) < 0)
		AIOT_FAIL(t, -AIOT_EIO, "no child");
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}

static const struct aiot_kind family_kinds[] = {
	{.name = "sits", .fn = sits, .self_size = sizeof(uint32_t)},
	{0},
};
AIOT_SERVICE(family, uint32_t, .main = has_child, .kinds = family_kinds);

static struct aiot_entry *entry_of(const char *name)
{
	struct aiot_entry *e = aiot_core_find(&host->core, name);

	assert_non_null(e);
	return e;
}

static struct aiot_unit *load(const struct aiot_service *service)
{
	struct aiot_unit *unit;

	assert_int_equal(aiot_host_add_service(host, service, NULL), 0);
	settle();
	unit = aiot_unit_find(host, service->name);
	assert_non_null(unit);
	return unit;
}

static void copies_have_numbers_and_a_bound(void **state)
{
	struct aiot_entry *e;
	unsigned i;

	(void)state;
	(void)load(&aiot_service_part);
	e = entry_of("part.service");
	for (i = 0; i < AIOT_BESIDE_MAX; i++)
		assert_int_equal(aiot_host_run_beside(host, e), 0);
	assert_int_equal(aiot_host_run_beside(host, e), -AIOT_EBUSY);
	settle();
	assert_string_equal(state_of("part.service_1"), "running");
	assert_int_equal(aiot_host_stop_task(host, "part.service_1"), 0);
	run_until("part.service_1", "none");
	assert_int_equal(aiot_host_run_beside(host, e), 0);
}

static void unloading_ends_the_copies_first(void **state)
{
	struct aiot_unit *unit = load(&aiot_service_part);
	unsigned before = finis;

	(void)state;
	assert_int_equal(aiot_host_run_beside(host, entry_of("part.service")), 0);
	settle();
	assert_int_equal(aiot_unit_unload(host, unit), 0);
	run_until("part.service", "none");
	assert_int_equal(unit->load, AIOT_UNIT_UNLOADED);
	assert_int_equal(aiot_host_task_count(host), 0);
	assert_int_equal(finis - before, 2);
}

/* Nobody would end it: those that there were have been told already. */
static void a_copy_that_begins_during_an_unload_does_not_hold_it_up(void **state)
{
	struct aiot_unit *unit = load(&aiot_service_part);

	(void)state;
	assert_int_equal(aiot_unit_unload(host, unit), 0);
	assert_string_equal(state_of("part.service"), "stopping");
	assert_int_equal(aiot_host_run_beside(host, entry_of("part.service")), -AIOT_ECANCELED);
	run_until("part.service", "none");
	assert_int_equal(unit->load, AIOT_UNIT_UNLOADED);
	assert_int_equal(aiot_host_task_count(host), 0);
}

/* It is no child itself, and its code goes with the service. */
static void a_copy_of_a_child_does_not_outlive_the_service(void **state)
{
	struct aiot_unit *unit = load(&aiot_service_family);

	(void)state;
	assert_int_equal(aiot_host_run_beside(host, entry_of("family.service.c")), 0);
	settle();
	assert_string_equal(state_of("family.service.c_1"), "running");
	assert_int_equal(aiot_unit_unload(host, unit), 0);
	settle();
	assert_string_equal(state_of("family.service.c_1"), "none");
	assert_int_equal(unit->load, AIOT_UNIT_UNLOADED);
}

/* What is stopped before its first step leaves at once. */
static void without_memory_a_stop_walks_past_copies_that_leave(void **state)
{
	unsigned i;

	(void)state;
	(void)load(&aiot_service_part);
	for (i = 0; i < 3; i++)
		assert_int_equal(aiot_host_run_beside(host, entry_of("part.service")), 0);
	(void)aiot_mem_fail(1, 1);
	aiot_host_stop(host, NULL, NULL);
	(void)aiot_mem_fail(0, 0);
	assert_int_equal(aiot_host_task_count(host), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

static struct part *part(const char *name)
{
	return aiot_task_self(aiot_task_of(entry_of(name)));
}

static int beside(const char *name)
{
	int r = aiot_host_run_beside(host, entry_of(name));

	settle();
	return r;
}

/* As the command `set` does it. */
static void set(const char *name, const char *args)
{
	struct aiot_entry *e = entry_of(name);
	struct aiot_setting *list = NULL;
	struct aiot_json value;
	struct aiot_out words;

	aiot_out_init(&words, why, sizeof(why));
	assert_int_equal(aiot_json_parse(args, strlen(args), &value, NULL), 0);
	assert_int_equal(aiot_settings_read(&host->core, e->spec->service, AIOT_KIND(e->spec)->opts,
					    value, true, &list, &words),
			 0);
	assert_int_equal(aiot_settings_prepare(&host->core, e, list), 0);
	while (list != NULL) {
		struct aiot_setting *next = list->next;

		(void)aiot_setting_put(&host->core, e, list);
		list = next;
	}
}

static void a_copy_has_the_options_that_the_next_run_would_have(void **state)
{
	static const char *const args[] = {"word", "first", "ms", "1ms", NULL};

	(void)state;
	assert_int_equal(add("a", args), 0);
	settle();
	assert_int_equal(beside("a"), 0);
	assert_string_equal(state_of("a_1"), "running");
	assert_string_equal(part("a_1")->word, "first");
	assert_int_equal(part("a_1")->ms, 1);
	assert_int_equal(part("a_1")->inits, 1);
	set("a", "{\"word\":\"next\"}");
	assert_int_equal(beside("a"), 0);
	assert_string_equal(part("a_2")->word, "next");
	assert_string_equal(part("a")->word, "first");
	assert_ptr_not_equal(part("a_1"), part("a"));
	assert_int_equal(entry_of("a_1")->spec->priority, entry_of("a")->spec->priority);
	assert_int_equal(entry_of("a_1")->spec->stop_timeout_ms,
			 entry_of("a")->spec->stop_timeout_ms);
}

static void a_copy_leaves_when_it_ends(void **state)
{
	unsigned before = finis;

	(void)state;
	assert_int_equal(add("a", NULL), 0);
	settle();
	assert_int_equal(beside("a"), 0);
	assert_int_equal(beside("a"), 0);
	assert_int_equal(aiot_core_stop(&host->core, entry_of("a_1"), false), 0);
	run_until("a_1", "none");
	assert_int_equal(finis, before + 1);
	assert_string_equal(state_of("a"), "running");
	assert_string_equal(state_of("a_2"), "running");
	assert_int_equal(beside("a"), 0); /* no number twice */
	assert_string_equal(state_of("a_3"), "running");
}

static void of_another_kind_there_is_no_init(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "s", NULL, NULL), 0);
	run_until("s", "done");
	assert_int_equal(aiot_host_run_beside(host, entry_of("s")), 0);
	assert_int_equal(part("s_1")->inits, 0);
	run_until("s_1", "none");
	assert_int_equal(aiot_host_task_count(host), 1);
}

static void there_are_so_many_and_no_more(void **state)
{
	unsigned i;

	(void)state;
	assert_int_equal(add("a", NULL), 0);
	assert_int_equal(add("a_x", NULL), 0); /* called so, and none of them */
	settle();
	for (i = 0; i < AIOT_BESIDE_MAX; i++)
		assert_int_equal(beside("a"), 0);
	assert_int_equal(beside("a"), -AIOT_EBUSY);
	assert_int_equal(aiot_host_task_count(host), AIOT_BESIDE_MAX + 2);
	assert_int_equal(aiot_core_stop(&host->core, entry_of("a_4"), false), 0);
	run_until("a_4", "none");
	assert_int_equal(beside("a"), 0);
	assert_int_equal(beside("a"), -AIOT_EBUSY);
}

static void one_that_cannot_be_made_leaves_nothing(void **state)
{
	char name[AIOT_NAME_MAX + 1];
	unsigned count, before;

	(void)state;
	memset(name, 'n', AIOT_NAME_MAX);
	name[AIOT_NAME_MAX] = '\0';
	assert_int_equal(add(name, NULL), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, NULL, "a", NULL, NULL), 0);
	settle();
	count = aiot_host_task_count(host);
	assert_int_equal(beside(name), -AIOT_ENAMETOOLONG);
	assert_int_equal(aiot_host_task_count(host), count);
	before = finis;
	set("a", "{\"word\":\"bad\"}");
	assert_int_equal(beside("a"), -AIOT_ENODEV);
	assert_int_equal(aiot_host_task_count(host), count);
	assert_int_equal(finis, before);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(copies_have_numbers_and_a_bound),
		T(unloading_ends_the_copies_first),
		T(a_copy_that_begins_during_an_unload_does_not_hold_it_up),
		T(a_copy_of_a_child_does_not_outlive_the_service),
		T(without_memory_a_stop_walks_past_copies_that_leave),
		T(a_copy_has_the_options_that_the_next_run_would_have),
		T(a_copy_leaves_when_it_ends),
		T(of_another_kind_there_is_no_init),
		T(there_are_so_many_and_no_more),
		T(one_that_cannot_be_made_leaves_nothing),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
