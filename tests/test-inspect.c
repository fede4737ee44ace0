/*
 * test-inspect.c - modules that are looked into by another process, which is this program again:
 * what they are is told, and whatever they do when they are opened is told as well.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-stage.h"
#include "install.h"
#include "mem.h"

static struct aiot_inspected found;
static struct aiot_out out;

static const char *module_path(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/modules/%s.so", base, name);
	return path;
}

static int begin(const char *name, uint32_t *ret)
{
	aiot_out_init(&out, why, sizeof(why));
	return aiot_inspect(host, module_path(name), name, ret, &out);
}

/* The turn in which it is done may be the loop's last. */
static void await(uint32_t ticket)
{
	bool more = true;

	while (!aiot_inspect_done(host, ticket, &found)) {
		assert_true(more);
		more = uv_run(&loop, UV_RUN_ONCE) != 0;
	}
}

/* Look into it; what was found is valid until the next one. */
static int look(const char *name)
{
	static uint32_t last;
	uint32_t ticket = 0;

	aiot_inspect_free(host, last);
	last = 0;
	assert_int_equal(begin(name, &ticket), 0);
	assert_true(ticket != 0);
	await(ticket);
	last = ticket;
	return found.code;
}

static void its_tables_are_told(void **state)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json kind;

	(void)state;
	install("good.so", "good");
	assert_int_equal(look("good"), 0);
	assert_true(aiot_json_str_is(aiot_json_get(found.json, "info"), "Does nothing well"));
	assert_true(aiot_json_next(aiot_json_get(found.json, "kinds"), &it, NULL, &kind));
	assert_true(aiot_json_str_is(aiot_json_get(kind, "name"), "main"));
	assert_int_equal(aiot_json_count(aiot_json_get(kind, "options")), 2);
	assert_null(host->modules);
}

static void what_is_refused_is_told_in_the_same_words(void **state)
{
	char expected[1024];

	(void)state;
	install("newer.so", "newer");
	assert_int_equal(look("newer"), -AIOT_EINVAL);
	(void)snprintf(expected, sizeof(expected),
		       "%s: was built for ABI 2, this is ABI 1; rebuild it", module_path("newer"));
	assert_string_equal(found.why, expected);
	install("elsewhere.so", "elsewhere");
	assert_int_equal(look("elsewhere"), -AIOT_EINVAL);
	assert_non_null(strstr(found.why, "has no symbol aiot_service_elsewhere"));
	assert_int_equal(look("nix"), -AIOT_ENOENT);
	assert_non_null(strstr(found.why, "cannot be opened: No such file or directory"));
	install("unresolved.so", "unresolved");
	assert_int_equal(look("unresolved"), -AIOT_EINVAL);
	assert_non_null(strstr(found.why, "aiot_nobody_has_this"));
}

static void a_constructor_that_crashes_is_told(void **state)
{
	char expected[1024];

	(void)state;
	install("crashes.so", "crashes");
	assert_int_equal(look("crashes"), -AIOT_EINVAL);
	(void)snprintf(expected, sizeof(expected),
		       "%s: crashes when it is opened (signal 11, Segmentation fault): about to "
		       "crash",
		       module_path("crashes"));
	if (getenv("AIOT_EMULATED") != NULL) /* the emulator has a word of its own behind it */
		assert_memory_equal(found.why, expected, strlen(expected));
	else
		assert_string_equal(found.why, expected);
}

static void a_constructor_that_ends_the_program_is_told(void **state)
{
	(void)state;
	install("leaves.so", "leaves");
	assert_int_equal(look("leaves"), -AIOT_EINVAL);
	assert_non_null(
		strstr(found.why, ": ends the program that opens it, with exit code 3: leaving"));
}

static void a_constructor_that_hangs_is_ended(void **state)
{
	(void)state;
	host->inspect_ms = 500;
	install("hangs.so", "hangs");
	assert_int_equal(look("hangs"), -AIOT_ETIMEDOUT);
	assert_non_null(strstr(found.why, "/hangs.so: was not opened within 500 ms: a constructor "
					  "of it hangs"));
}

static void a_constructor_that_closes_its_files_and_hangs_is_ended(void **state)
{
	(void)state;
	host->inspect_ms = 500;
	install("closes.so", "closes");
	assert_int_equal(look("closes"), -AIOT_ETIMEDOUT);
}

/* The loop has its turns meanwhile, or the time-out would never come. */
static void a_constructor_that_prints_without_an_end_is_ended(void **state)
{
	(void)state;
	host->inspect_ms = 500;
	install("floods.so", "floods");
	assert_int_equal(look("floods"), -AIOT_ETIMEDOUT);
}

static uv_timer_t patience; /* closed behind the test */

static void give_up(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("it waits for ever");
}

/* Keeps the loop alive, too: results that wait to be read do not. */
static void begin_patience(void)
{
	assert_int_equal(uv_timer_init(&loop, &patience), 0);
	assert_int_equal(uv_timer_start(&patience, give_up, 60000, 0), 0);
}

static void a_result_that_nobody_takes_makes_room(void **state)
{
	uint32_t ticket = 0, first = 0;
	unsigned i;

	(void)state;
	host->inspect_kept_ms = 1;
	install("good.so", "good");
	for (i = 0; i < AIOT_INSPECTS; i++)
		assert_int_equal(begin("good", i ? &ticket : &first), 0);
	begin_patience();
	while (host->inspects[0] != NULL)
		assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
	assert_int_equal(begin("good", &ticket), 0);
	assert_true(ticket != 0);
	await(first);
	assert_int_equal(found.code, -AIOT_ETIMEDOUT);
	await(ticket);
	uv_close((uv_handle_t *)&patience, NULL);
}

static void an_install_that_waits_for_a_place_goes_on_when_there_is_one(void **state)
{
	uint32_t tickets[AIOT_INSPECTS], ticket = 0;
	struct aiot_installed got;
	unsigned i;

	(void)state;
	host->state_dir = aiot_mem_strdup(path_of("state"));
	install("good.so", "good");
	for (i = 0; i < AIOT_INSPECTS; i++)
		assert_int_equal(begin("good", &tickets[i]), 0);
	for (i = 0; i < AIOT_INSPECTS; i++)
		await(tickets[i]);
	assert_int_equal(aiot_install(host, module_path("good"), &ticket), 0);
	while (aiot_install_busy(host))
		(void)uv_run(&loop, UV_RUN_ONCE);
	aiot_inspect_free(host, tickets[0]);
	begin_patience();
	while (!aiot_install_done(host, ticket, &got))
		assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
	assert_int_equal(got.error, AIOT_ERR_NONE);
	uv_close((uv_handle_t *)&patience, NULL);
}

static void what_a_constructor_prints_is_no_answer(void **state)
{
	(void)state;
	install("prints.so", "prints");
	assert_int_equal(look("prints"), 0);
	assert_true(aiot_json_str_is(aiot_json_get(found.json, "info"), "Says something"));
}

static void there_are_so_many_at_a_time(void **state)
{
	uint32_t tickets[AIOT_INSPECTS], one = 7;
	unsigned i;

	(void)state;
	install("good.so", "good");
	for (i = 0; i < AIOT_INSPECTS; i++)
		assert_int_equal(begin("good", &tickets[i]), 0);
	assert_int_equal(begin("good", &one), 0);
	assert_int_equal(one, 0);
	for (i = 0; i < AIOT_INSPECTS; i++) {
		await(tickets[i]);
		assert_int_equal(found.code, 0);
	}
	assert_int_equal(begin("good", &one), 0);
	assert_int_equal(one, 0);
	aiot_inspect_free(host, tickets[1]);
	aiot_inspect_free(host, tickets[1]);
	assert_int_equal(begin("good", &one), 0);
	assert_true(one != 0);
	assert_true(aiot_inspect_done(host, tickets[1], &found));
	assert_int_equal(found.code, -AIOT_ETIMEDOUT); /* and the rest is left to the end */
}

static void without_an_inspector_it_is_said(void **state)
{
	uint32_t ticket = 0;

	(void)state;
	aiot_mem_free(host->inspector);
	host->inspector = NULL;
	assert_int_equal(begin("good", &ticket), -AIOT_ENOSYS);
	assert_non_null(strstr(aiot_out_str(&out), "the program has no inspector"));
	host->inspector = aiot_mem_strdup("/nowhere/at/all");
	assert_true(begin("good", &ticket) < 0 || look("good") < 0);
}

static void without_memory_nothing_is_left(void **state)
{
	uint32_t ticket = 0;
	unsigned n;

	(void)state;
	install("good.so", "good");
	for (n = 1; n < 50; n++) {
		int r;

		(void)aiot_mem_fail(n, 1);
		r = begin("good", &ticket);
		(void)aiot_mem_fail(0, 0);
		if (r == 0)
			break;
	}
	assert_in_range(n, 2, 49);
	await(ticket);
	assert_int_equal(found.code, 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(its_tables_are_told),
		T(what_is_refused_is_told_in_the_same_words),
		T(a_constructor_that_crashes_is_told),
		T(a_constructor_that_ends_the_program_is_told),
		T(a_constructor_that_hangs_is_ended),
		T(a_constructor_that_closes_its_files_and_hangs_is_ended),
		T(a_constructor_that_prints_without_an_end_is_ended),
		T(a_result_that_nobody_takes_makes_room),
		T(an_install_that_waits_for_a_place_goes_on_when_there_is_one),
		T(what_a_constructor_prints_is_no_answer),
		T(there_are_so_many_at_a_time),
		T(without_an_inspector_it_is_said),
		T(without_memory_nothing_is_left),
	};

	be_inspector(argc, argv);
	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
