/*
 * test-host-nomem.c - a host's whole life with each request for memory failing in turn: it never
 * crashes, leaks nothing, and what does not work says why.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "host-stage.h"
#include "mem.h"

static unsigned failures; /* in one life */

/* Worked, or has a sentence. */
static void check(int r)
{
	if (r >= 0)
		return;
	failures++;
	assert_true(aiot_host_error(host)[0] != '\0');
}

static void use_host(void)
{
	static const char *const args[] = {"word", "x", NULL};
	const char *name = NULL;
	unsigned i;

	check(aiot_host_add_service(host, &aiot_service_part, args));
	check(aiot_host_add_task(host, &aiot_service_part, NULL, "t", NULL, &name));
	check(aiot_host_add_task(host, &aiot_service_part, NULL, "t", args, NULL));
	check(aiot_host_add_task(host, &aiot_service_part, "short", "u", NULL, NULL));
	check(aiot_host_reload(host));
	check(aiot_host_load(host, NULL));
	if (aiot_unit_find(host, "bad") != NULL)
		check(aiot_host_load(host, "bad"));
	check(aiot_host_listen(host, path_of("sock")));
	aiot_host_log(host, AIOT_INFO, "a line");
	for (i = 0; i < 5; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	if (name != NULL)
		check(aiot_host_delete_task(host, name));
	for (i = 0; i < 5; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	check(aiot_host_reload(host));
}

/* false: the host could not even be made. */
static bool live(void)
{
	struct aiot_host_options o = {.name = "nomem"};
	int r;

	o.runtime_dir = path_of("run");
	o.state_dir = path_of("file/state");
	why[0] = '\0';
	assert_int_equal(uv_loop_init(&loop), 0);
	r = create_host(&o);
	if (r < 0) {
		failures++;
		assert_int_equal(r, -AIOT_ENOMEM);
		assert_string_equal(why, "no memory");
	} else {
		use_host();
		aiot_host_stop(host, NULL, NULL);
		assert_int_equal(aiot_host_run(host), 0);
		aiot_host_destroy(host);
	}
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return r == 0;
}

static void prepare(void)
{
	install("good.so", "good");
	install("initfails.so", "initfails");
	write_text("file", "no directory");
	unit_file("good", "[Service]\nModule = good\n[Args]\ncount = 5\n[Schedule]\nEvery = 1h\n");
	unit_file("pin", "[Service]\nModule = initfails\n");
	unit_file("bad", "[Service]\nModul = good\n");
}

/* count: how many requests fail in a row; returns how many there are in a life. */
static unsigned long starve(unsigned long count)
{
	unsigned long n, seen;
	unsigned made = 0;

	for (n = 1;; n++) {
		failures = 0;
		printed[0] = '\0';
		(void)aiot_mem_fail(n, count);
		made += live();
		seen = aiot_mem_fail(0, 0);
		if (seen < n)
			break;
		assert_true(n < 1000);
	}
	assert_true(made > 10);
	return n;
}

static void any_one_request_may_fail(void **state)
{
	(void)state;
	prepare();
	assert_true(starve(1) > 30);
}

static void from_any_request_on_all_may_fail(void **state)
{
	(void)state;
	prepare();
	assert_true(starve(1000000) > 30);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_one_request_may_fail, open_base, close_base),
		cmocka_unit_test_setup_teardown(from_any_request_on_all_may_fail, open_base,
						close_base),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
