/*
 * test-keep.c - files that are written by a thread, and who hears of it.  What is written is
 * test-keep-save.c's.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kept-stage.h"
#include "mem.h"

struct orders {
	int how;
};

static enum aiot_co orders(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct orders, self);
	AIOT_WAIT(t, aiot_call(t, "io.aiotools.Service.Disable", "{\"names\":[\"a\"]}"));
	self->how = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(orders, struct orders, .main = orders);

static void wait_for_the_disk(void)
{
	while (aiot_keep_busy(host))
		(void)uv_run(&loop, UV_RUN_ONCE);
}

/* Nobody else had a reason to wake the loop, and the task waited on. */
static void a_service_that_disables_another_was_not_told(void **state)
{
	(void)state;
	unit_file("a", GOOD);
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_orders, NULL, "o", NULL, NULL), 0);
	settle();
	assert_true(aiot_keep_busy(host));
	assert_string_equal(state_of("o"), "running");
	wait_for_the_disk();
	settle();
	assert_string_equal(state_of("o"), "done");
	assert_non_null(strstr(text_of("state/services.json"), "\"enabled\":false"));
}

static const char *written; /* by whom it was heard */

static void hear(struct aiot_host *h, void *arg, const struct aiot_keep_result *result)
{
	assert_ptr_equal(h, host);
	assert_int_equal(result->code, 0);
	written = arg;
}

static struct aiot_keep_order order_of(const char *dir, const char *text)
{
	struct aiot_keep_order order = {.dirs = {dir}, .name = "kept", .done = hear};

	order.arg = (void *)text;
	order.len = strlen(text);
	order.bytes = aiot_mem_alloc(order.len);
	memcpy(order.bytes, text, order.len);
	return order;
}

static void a_ticket_has_its_result_and_old_ones_none(void **state)
{
	struct aiot_keep_order order = order_of(path_of("state"), "text");
	uint64_t ticket = 0;

	(void)state;
	written = NULL;
	assert_int_equal(aiot_keep_write(host, &order, &ticket), 0);
	assert_null(aiot_keep_result(host, ticket));
	wait_for_the_disk();
	assert_string_equal(written, "text");
	assert_int_equal(aiot_keep_result(host, ticket)->code, 0);
	assert_false(aiot_keep_result(host, ticket)->until_boot);
	assert_string_equal(text_of("state/kept"), "text");
	assert_int_equal(aiot_keep_result(host, ticket + 7)->code, -AIOT_EIO);
	order = order_of(path_of("run"), "next");
	assert_int_equal(aiot_keep_write(host, &order, &ticket), 0);
	wait_for_the_disk();
	assert_true(aiot_keep_result(host, ticket)->until_boot);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		K(a_service_that_disables_another_was_not_told),
		K(a_ticket_has_its_result_and_old_ones_none),
	};

	if (argc < 2)
		return 2;
	built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
