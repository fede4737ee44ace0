/*
 * test-bare.c - the smallest core (m0-bare of lib/core/meson.build), on the host: what it does
 * otherwise than a core that can be asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "mcu/no-ops.h"
#include "schedule.h"
#include "service.h"
#include "task.h"
#include "tasks.h"
#include "values/every.h"

#define S_NS 1000000000ull
#define LOG_BYTES 4096

/* ---- services ---- */

static unsigned runs;
static bool to_fail, to_misuse;
static uint64_t step_ns, began_ns;
static uint64_t now_ns = S_NS;

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct every, self);
	runs++;
	began_ns = now_ns;
	now_ns += step_ns;
	if (to_fail)
		AIOT_FAIL(t, -AIOT_EIO, "no %s", self->str);
	if (to_misuse)
		return AIOT_FAILED;
	AIOT_SLEEP_MS(t, self->ms);
	if (aiot_result_int(t, 42) < 0 || aiot_result_text(t, "x") < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "a result is refused");
	AIOT_END(t);
}

AIOT_SERVICE(every, struct every, .info = "every type", .main = works, .opts = every_opts);

/* ---- a board ---- */

static struct aiot_core core;
static struct aiot_place_main place;
static struct aiot_ring ring;
static uint64_t log_memory[LOG_BYTES / sizeof(uint64_t)];
static char take_memory[1024];
static size_t taken;

static uint64_t mono(void *ctx)
{
	(void)ctx;
	return now_ns;
}

static int64_t wall(void *ctx)
{
	(void)ctx;
	return (int64_t)now_ns;
}

static void *take(void *ctx, size_t size)
{
	void *block = take_memory + taken;

	(void)ctx;
	taken += (size + 15) & ~(size_t)15;
	assert_true(taken <= sizeof(take_memory));
	return block;
}

static void give(void *ctx, void *block, size_t size)
{
	(void)ctx;
	(void)block;
	(void)size;
	fail_msg("nothing is given back");
}

static const struct aiot_core_ops ops = {
	.mono_ns = mono,
	.wall_ns = wall,
	.take = take,
	.give = give,
	.wake = no_wake,
	.changed = no_entry,
};

static const union aiot_value values[] = {
	{.text = "hardware"},
	{.number = 1},
	{.number = (uint64_t)INT64_C(-7)},
	{.number = UINT32_MAX},
	{.number = (uint64_t)INT64_MIN},
	{.number = UINT64_MAX},
	{.number = 500},
	{.number = 25500},
};
static const struct aiot_spec spec = {
	.place = &place.place,
	.core = &core,
	.name = "every.service",
	.service = &aiot_service_every,
	.values = values,
};
static struct aiot_task task;
static struct every self;

static int setup(void **state)
{
	const struct aiot_core_memory memory = {.ring = &ring};

	(void)state;
	runs = 0;
	to_fail = to_misuse = false;
	step_ns = 0;
	taken = 0;
	memset(&task, 0, sizeof(task));
	memset(&self, 0, sizeof(self));
	memset(take_memory, 0xa5, sizeof(take_memory));
	assert_int_equal(aiot_ring_format(&ring, log_memory, sizeof(log_memory)), 0);
	assert_int_equal(
		aiot_core_init(&core, &ops, NULL, (struct aiot_geometry){20, {1, 1, 0}}, &memory),
		0);
	aiot_place_main_init(&place, &core);
	task.entry.spec = &spec;
	task.root.self = &self;
	return 0;
}

static void run_for(uint64_t ns)
{
	uint64_t end = now_ns + ns, due;

	while ((due = aiot_core_run(&core, 0)) <= end) {
		if (due > now_ns)
			now_ns = due;
	}
	if (now_ns < end)
		now_ns = end;
}

static unsigned logged(const char *text)
{
	struct aiot_ring_cursor at = {0};
	struct aiot_ring_record rec;
	unsigned count = 0;
	char line[256];

	while (aiot_ring_next(&ring, &at, &rec, NULL)) {
		(void)snprintf(line, sizeof(line), "%.*s: %.*s", (int)rec.name_len, rec.name,
			       (int)rec.text_len, rec.text);
		count += strstr(line, text) != NULL;
	}
	return count;
}

/* ---- tests ---- */

static void values_are_stored_by_their_types(void **state)
{
	(void)state;
	assert_int_equal(aiot_task_init_service(&core, &task), 0);
	assert_string_equal(self.str, "hardware");
	assert_int_equal(self.yes, 1);
	assert_int_equal(self.i32, -7);
	assert_true(self.u32 == UINT32_MAX);
	assert_true(self.i64 == INT64_MIN);
	assert_true(self.u64 == UINT64_MAX);
	assert_int_equal(self.ms, 500);
	assert_int_equal(self.dec3, 25500);
}

static void a_task_runs_and_its_result_is_accepted(void **state)
{
	(void)state;
	assert_int_equal(aiot_core_start(&core, &task.entry), 0);
	run_for(S_NS / 4);
	assert_int_equal(task.entry.state, AIOT_RUNNING);
	run_for(S_NS);
	assert_int_equal(task.entry.state, AIOT_ENDED);
	assert_int_equal(logged(""), 0);
}

static void a_failure_is_in_the_log_with_words_and_line(void **state)
{
	(void)state;
	to_fail = true;
	assert_int_equal(aiot_core_start(&core, &task.entry), 0);
	run_for(S_NS);
	assert_int_equal(task.entry.state, AIOT_FAILURE);
	assert_int_equal(task.entry.fail, AIOT_EIO);
	assert_int_equal(logged("every.service: -5: no hardware (tests/test-bare.c:"), 1);
	assert_int_equal(logged("every.service: failed: -5"), 1);
}

static void misuse_is_a_failure_without_many_words(void **state)
{
	(void)state;
	to_misuse = true;
	assert_int_equal(aiot_core_start(&core, &task.entry), 0);
	run_for(S_NS);
	assert_int_equal(task.entry.state, AIOT_FAILURE);
	assert_int_equal(logged("wrong use of the API"), 1);
}

static void what_could_not_be_made_says_so_under_its_name(void **state)
{
	(void)state;
	task.root.self = NULL;
	aiot_entry_fail(&core, &task.entry, -AIOT_ENOMEM, "there is no room");
	assert_int_equal(task.entry.state, AIOT_FAILURE);
	assert_int_equal(logged("every.service: there is no room"), 1);
	assert_int_equal(aiot_core_start(&core, &task.entry), -AIOT_ENODEV);
}

static void a_schedule_goes_on_in_step_and_leaves_out_what_it_missed(void **state)
{
	static const struct aiot_plan plan = {.every_ns = 2 * S_NS};
	uint64_t first_ns = now_ns;
	char text[80];
	struct aiot_out why;
	unsigned i;

	(void)state;
	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_schedule_create(&core, &task.entry, &plan, false, &why), 0);
	assert_int_equal(task.entry.state, AIOT_SCHEDULED);
	run_for(7 * S_NS); /* at 0, 2, 4 and 6 */
	assert_int_equal(runs, 4);
	step_ns = 5 * S_NS; /* of the run at 8, so that 10 and 12 are over when it ends */
	run_for(6 * S_NS);
	step_ns = 0;
	assert_int_equal(runs, 5);
	for (i = 0; i < 10; i++) {
		run_for(2 * S_NS);
		assert_int_equal(runs, 6 + i);
		assert_true((began_ns - first_ns) % (2 * S_NS) < S_NS / 100);
	}
}

static void its_log_is_found_again(void **state)
{
	struct aiot_ring again;
	struct aiot_ring_cursor at = {0};
	struct aiot_ring_record rec;
	size_t lost = 1;

	(void)state;
	aiot_core_log(&core, "one", AIOT_INFO, "first");
	aiot_core_log(&core, "two", AIOT_INFO, "second");
	assert_int_equal(aiot_ring_attach(&again, log_memory, sizeof(log_memory), &lost), 0);
	assert_int_equal(lost, 0);
	assert_true(aiot_ring_next(&again, &at, &rec, NULL));
	assert_memory_equal(rec.text, "first", 5);
	assert_true(aiot_ring_append(&again, now_ns, AIOT_INFO, "x", 1, "y", 1) == 3);
}

/* Its end lies about it: it is no ring, and will be made anew. */
static void a_log_with_a_damaged_end_is_none(void **state)
{
	struct aiot_ring again;
	size_t i;

	(void)state;
	aiot_core_log(&core, "one", AIOT_INFO, "first");
	aiot_core_log(&core, "two", AIOT_INFO, "second");
	for (i = 0; i < LOG_BYTES; i++) {
		unsigned char *byte = (unsigned char *)log_memory + i;

		*byte ^= 0x40;
		if (aiot_ring_attach(&again, log_memory, sizeof(log_memory), NULL) == 0)
			(void)aiot_ring_append(&again, now_ns, AIOT_INFO, "x", 1, "y", 1);
		(void)setup(NULL);
		aiot_core_log(&core, "one", AIOT_INFO, "first");
		aiot_core_log(&core, "two", AIOT_INFO, "second");
	}
	memset(log_memory, 0xff, sizeof(log_memory));
	assert_true(aiot_ring_attach(&again, log_memory, sizeof(log_memory), NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(values_are_stored_by_their_types, setup),
		cmocka_unit_test_setup(a_task_runs_and_its_result_is_accepted, setup),
		cmocka_unit_test_setup(a_failure_is_in_the_log_with_words_and_line, setup),
		cmocka_unit_test_setup(misuse_is_a_failure_without_many_words, setup),
		cmocka_unit_test_setup(what_could_not_be_made_says_so_under_its_name, setup),
		cmocka_unit_test_setup(a_schedule_goes_on_in_step_and_leaves_out_what_it_missed,
				       setup),
		cmocka_unit_test_setup(its_log_is_found_again, setup),
		cmocka_unit_test_setup(a_log_with_a_damaged_end_is_none, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
