/*
 * test-deps.c - the graph of what services say of each other: edges that come and go, rings, what
 * cannot be.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-stage.h"
#include "mem.h"

#define GOOD "[Service]\nModule = good\n"

/* "requires b, after c": its edges. */
static const char *edges_of(const char *name)
{
	static char text[1024];
	const struct aiot_unit *unit = unit_of(name);
	struct aiot_out out;
	uint32_t i;

	aiot_out_init(&out, text, sizeof(text));
	for (i = 0; i < unit->deps.count; i++)
		aiot_format(&out, "%s%s %s", i ? ", " : "",
			    aiot_dep_word((enum aiot_dep_kind)unit->deps.to[i].kind),
			    unit->deps.to[i].target->name);
	return aiot_out_str(&out);
}

/* Who names it, by name. */
static const char *named_by(const char *name)
{
	static char text[1024];
	struct aiot_dep_target *target = unit_of(name)->deps.self;
	struct aiot_link *link;
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	if (target == NULL)
		return "nobody";
	aiot_deps_sort(target);
	for (link = target->from.next; link != &target->from; link = link->next)
		aiot_format(&out, "%s%s", out.len ? " " : "", aiot_dep_of(link)->unit->name);
	return aiot_out_str(&out);
}

static void reload(void)
{
	assert_int_equal(aiot_host_reload(host), 0);
}

static const char *check(const char *name)
{
	static char text[4096];
	struct aiot_out out;
	const char *from;

	aiot_out_init(&out, text, sizeof(text));
	if (aiot_deps_check(host, unit_of(name), &out) == 0)
		return "";
	from = strstr(aiot_out_str(&out), base);
	return from ? from + strlen(base) + 1 : text;
}

static void words_become_edges_from_both_ends(void **state)
{
	(void)state;
	unit_file("a", GOOD "After = c\nRequires = b.service, c\nWants =\n\tnix b\n");
	unit_file("b", GOOD "Wants = c\n");
	unit_file("c", GOOD);
	reload();
	assert_string_equal(edges_of("a"), "requires b, requires c, wants nix, wants b, after c");
	assert_string_equal(named_by("b"), "a a");
	assert_string_equal(named_by("c"), "a a b");
	assert_string_equal(named_by("a"), "nobody");
	assert_int_equal(host->targets.count, 3);
}

static void edges_go_with_the_words_and_with_the_service(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b nix\n");
	unit_file("b", GOOD);
	reload();
	unit_file("a", GOOD "Requires = c\nDescription = other\n");
	unit_file("c", GOOD "Requires = b\n");
	reload();
	assert_string_equal(edges_of("a"), "requires c");
	assert_string_equal(named_by("b"), "c");
	assert_int_equal(remove(path_of("admin/services.d/b.ini")), 0);
	reload();
	assert_null(unit_of("c")->deps.to[0].target->unit);
	unit_file("b", GOOD);
	reload();
	assert_string_equal(named_by("b"), "c");
	unit_file("c", "[Service]\nModul = wrong\nRequires = b\n");
	reload();
	assert_string_equal(edges_of("c"), "");
	assert_string_equal(named_by("b"), "nobody");
	assert_int_equal(host->targets.count, 1);
}

static void the_same_words_again_change_nothing(void **state)
{
	uint32_t changes;

	(void)state;
	unit_file("a", GOOD "Requires = b\nAfter = c\n");
	unit_file("b", GOOD);
	reload();
	changes = host->deps_changes;
	unit_file("a", GOOD "Description = another\nRequires = b\nAfter = c\n");
	reload();
	assert_int_equal(host->deps_changes, changes);
	assert_string_equal(edges_of("a"), "requires b, after c");
}

static void what_is_loaded_stays_as_it_was_loaded(void **state)
{
	(void)state;
	install("good.so", "good");
	unit_file("a", GOOD "Wants = b\n");
	reload();
	assert_int_equal(aiot_host_load(host, "a"), 0);
	unit_file("a", GOOD "Requires = c\n");
	reload();
	assert_string_equal(edges_of("a"), "wants b");
	assert_int_equal(aiot_host_delete_task(host, "a.service"), 0);
	run_until("a.service", "none");
	assert_int_equal(aiot_host_load(host, "a"), -AIOT_EINVAL);
	assert_string_equal(edges_of("a"), "requires c");
}

static void what_a_reload_would_bring_is_tried_and_taken_back(void **state)
{
	char text[1024];
	struct aiot_out out;

	(void)state;
	install("good.so", "good");
	unit_file("a", GOOD "Wants = b\n");
	unit_file("b", GOOD);
	reload();
	assert_int_equal(aiot_host_load(host, "a"), 0);
	unit_file("a", GOOD "Requires = nix b\n");
	reload();
	aiot_out_init(&out, text, sizeof(text));
	assert_int_equal(aiot_deps_try(host, unit_of("a"), &out), -AIOT_EINVAL);
	assert_non_null(strstr(aiot_out_str(&out), "there is no service 'nix'"));
	assert_string_equal(edges_of("a"), "wants b");
	assert_string_equal(named_by("b"), "a");
	unit_file("a", GOOD "After = b b\n");
	reload();
	assert_int_equal(aiot_deps_try(host, unit_of("a"), &out), 0);
	assert_string_equal(edges_of("a"), "wants b");
	assert_int_equal(host->targets.count, 1);
}

static void an_instance_is_made_when_it_is_needed(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = t@5 t@\n");
	unit_file("b", GOOD "Wants = none@5\n");
	unit_file("t@", GOOD "After = b@%i\n");
	reload();
	assert_null(aiot_unit_find(host, "t@5"));
	assert_non_null(aiot_dep_unit(host, &unit_of("a")->deps.to[0]));
	assert_string_equal(edges_of("t@5"), "after b@5");
	assert_string_equal(named_by("t@5"), "a");
	assert_null(aiot_dep_unit(host, &unit_of("b")->deps.to[0]));
}

/* ---- what cannot be ---- */

static void rings_are_named_from_each_of_their_services(void **state)
{
	(void)state;
	unit_file("a", GOOD "\nRequires = b\n");
	unit_file("b", GOOD "Wants = x c\n");
	unit_file("c", GOOD "After = a\n");
	unit_file("d", GOOD "Requires = a\n");
	unit_file("e", GOOD "Requires = e\n");
	unit_file("x", GOOD "After = nix\n");
	reload();
	assert_string_equal(
		check("a"),
		"admin/services.d/a.ini:4: services that wait for each other: a.service "
		"requires b.service wants c.service comes after a.service");
	assert_string_equal(
		check("b"),
		"admin/services.d/b.ini:3: services that wait for each other: b.service "
		"wants c.service comes after a.service requires b.service");
	assert_string_equal(
		check("c"),
		"admin/services.d/c.ini:3: services that wait for each other: c.service "
		"comes after a.service requires b.service wants c.service");
	assert_string_equal(check("d"), "");
	assert_string_equal(check("x"), "");
	assert_string_equal(check("e"), "admin/services.d/e.ini:3: services that wait for each "
					"other: e.service requires e.service");
	unit_file("c", GOOD "After = x\n");
	reload();
	assert_string_equal(check("a"), "");
}

static void a_service_in_two_rings_is_named_with_one_of_them(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = b\n");
	unit_file("b", GOOD "Requires = a c\n");
	unit_file("c", GOOD "Requires = b\n");
	reload();
	assert_non_null(strstr(check("a"), ": a.service requires b.service requires a.service"));
	assert_non_null(strstr(check("b"), ": b.service requires a.service requires b.service"));
	assert_non_null(strstr(check("c"), ": c.service requires b.service requires a.service "
					   "requires b.service"));
}

#define MANY 2000

static void a_ring_of_thousands_is_told_as_far_as_there_is_room(void **state)
{
	char name[16], text[128];
	const char *told;
	unsigned i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%04u", i);
		(void)snprintf(text, sizeof(text), GOOD "Requires = n%04u\n", (i + 1) % MANY);
		unit_file(name, text);
	}
	reload();
	told = check("n0007");
	assert_non_null(strstr(told, ": n0007.service requires n0008.service requires n0009"));
	assert_string_equal(told + strlen(told) - 4, " ...");
	for (i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%04u", i);
		assert_int_equal(unit_of(name)->deps.ringed, host->deps_changes);
		assert_false(unit_of(name)->deps.on_path);
	}
}

static void what_is_required_has_to_be_known(void **state)
{
	(void)state;
	unit_file("a", GOOD "Requires = newtork\n");
	unit_file("network", GOOD);
	unit_file("b", GOOD "Requires = completely-different\n");
	unit_file("c", GOOD "Wants = nix\nAfter = nix\n");
	reload();
	assert_string_equal(check("a"),
			    "admin/services.d/a.ini:3: a.service requires "
			    "newtork.service, and there is no service 'newtork', did you "
			    "mean 'network'?");
	assert_string_equal(check("b"), "admin/services.d/b.ini:3: b.service requires "
					"completely-different.service, and there is no service "
					"'completely-different'");
	assert_string_equal(check("c"), "");
	aiot_deps_warn(host, unit_of("c"));
	assert_int_equal(logged("c.ini:3: Wants: there is no service 'nix', ignoring"), 1);
	assert_int_equal(logged("c.ini:4: After: there is no service 'nix', ignoring"), 1);
}

/* It waited for ever, for what cannot be loaded. */
static void a_template_is_no_service_that_one_can_wait_for(void **state)
{
	(void)state;
	unit_file("t@", GOOD);
	unit_file("a", GOOD "Requires = t@\n");
	unit_file("b", GOOD "Requires = t@1\nWants = t@\n");
	reload();
	assert_string_equal(check("a"), "admin/services.d/a.ini:3: a.service requires 't@', which "
					"is a template; name an instance: t@NAME");
	assert_string_equal(check("b"), "");
	aiot_deps_warn(host, unit_of("b"));
	assert_int_equal(logged("b.ini:4: Wants: 't@' is a template, ignoring"), 1);
}

static void a_core_service_waits_for_core_services_alone(void **state)
{
	(void)state;
	unit_file("core", GOOD "Type = core\nRequires = other\nAfter = late\n");
	unit_file("other", GOOD "Type = core\nWants = job\n");
	unit_file("late", GOOD);
	unit_file("job", GOOD "[Schedule]\nEvery = 1h\n");
	unit_file("broken", "[Service]\n");
	unit_file("third", GOOD "Type = core\nRequires = broken\n");
	reload();
	assert_string_equal(check("core"),
			    "admin/services.d/core.ini:5: core.service comes after late.service, "
			    "which is a runtime service: core services have ended before those "
			    "start");
	assert_string_equal(
		check("other"),
		"admin/services.d/other.ini:4: other.service wants job.service, which is "
		"a schedule service: core services have ended before those start");
	assert_string_equal(check("third"), ""); /* of that nobody knows what it is */
}

static void without_memory_a_service_is_refused_and_nothing_leaks(void **state)
{
	unsigned long n;

	(void)state;
	unit_file("b", GOOD);
	reload();
	for (n = 1;; n++) {
		unsigned long asked;

		unit_file("a", GOOD "Requires = b c\n");
		(void)aiot_mem_fail(n, 1);
		(void)aiot_host_reload(host);
		asked = aiot_mem_fail(0, 0);
		assert_true(aiot_unit_find(host, "a") == NULL || unit_of("a")->bad_file ||
			    strcmp(edges_of("a"), "requires b, requires c") == 0);
		(void)remove(path_of("admin/services.d/a.ini"));
		reload();
		assert_int_equal(host->targets.count, 0);
		if (asked < n)
			break;
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(words_become_edges_from_both_ends),
		T(edges_go_with_the_words_and_with_the_service),
		T(the_same_words_again_change_nothing),
		T(what_is_loaded_stays_as_it_was_loaded),
		T(what_a_reload_would_bring_is_tried_and_taken_back),
		T(an_instance_is_made_when_it_is_needed),
		T(rings_are_named_from_each_of_their_services),
		T(a_service_in_two_rings_is_named_with_one_of_them),
		T(a_ring_of_thousands_is_told_as_far_as_there_is_room),
		T(what_is_required_has_to_be_known),
		T(a_template_is_no_service_that_one_can_wait_for),
		T(a_core_service_waits_for_core_services_alone),
		T(without_memory_a_service_is_refused_and_nothing_leaks),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
