/*
 * test-abi.c - the layouts that object files built before are bound to, and the size of a task.
 * All of it is checked by the compiler; offsets are those of 64-bit machines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aiotools-posix.h"
#include "task.h"

#define AT(type, member, offset)                                                                   \
	_Static_assert(offsetof(struct type, member) == (offset), #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

#if UINTPTR_MAX > 0xffffffffu

/* Frozen: the macros of every service built so far read and write these. */
AT(aiot_site, func, 0);
AT(aiot_site, file, 8);
AT(aiot_site, line, 16);
SIZE(aiot_site, 24);

AT(aiot_frame, fn, 0);
AT(aiot_frame, self, 8);
AT(aiot_frame, caller, 16);
AT(aiot_frame, site, 24);
AT(aiot_frame, at, 32);
AT(aiot_frame, flags, 36);
SIZE(aiot_frame, 40);

AT(aiot_link, next, 0);
AT(aiot_link, prev, 8);
AT(aiot_event, waiters, 0);
AT(aiot_event, set, 32);
SIZE(aiot_event, 40);
AT(aiot_queue, waiters, 0);
AT(aiot_queue, items, 32);
AT(aiot_queue, item_bytes, 40);
AT(aiot_queue, capacity, 44);
SIZE(aiot_queue, 64);
SIZE(aiot_wait, 4);
AT(aiot_task_view, state, 0);
AT(aiot_task_view, id, 8);
AT(aiot_task_view, runs, 12);
AT(aiot_task_view, alive, 16);
AT(aiot_task_view, failure, 20);
SIZE(aiot_task_view, 24);
AT(aiot_process, argv, 0);
AT(aiot_process, env, 8);
AT(aiot_process, out, 16);
AT(aiot_process, out_size, 24);
AT(aiot_process, timeout_ms, 28);
AT(aiot_process, out_len, 32);
AT(aiot_process, out_lost, 36);
AT(aiot_process, pid, 40);
AT(aiot_process, exit_code, 44);
AT(aiot_process, exit_signal, 48);
SIZE(aiot_process, 64);

/* These may grow at their end, which changes their size here and no offset. */
AT(aiot_opt, key, 0);
AT(aiot_opt, def, 8);
AT(aiot_opt, help, 16);
AT(aiot_opt, off, 24);
AT(aiot_opt, type, 28);
AT(aiot_opt, flags, 30);
SIZE(aiot_opt, 32);

AT(aiot_stat, key, 0);
AT(aiot_stat, help, 8);
AT(aiot_stat, off, 16);
AT(aiot_stat, type, 20);
AT(aiot_stat, flags, 22);
SIZE(aiot_stat, 24);

AT(aiot_kind, name, 0);
AT(aiot_kind, fn, 8);
AT(aiot_kind, self_size, 16);
AT(aiot_kind, flags, 20);
AT(aiot_kind, opts, 24);
AT(aiot_kind, stats, 32);
AT(aiot_kind, on_stop, 40);
AT(aiot_kind, on_error, 48);
SIZE(aiot_kind, 56);

AT(aiot_service, abi, 0);
AT(aiot_service, size, 4);
AT(aiot_service, opt_size, 8);
AT(aiot_service, stat_size, 10);
AT(aiot_service, kind_size, 12);
AT(aiot_service, flags, 14);
AT(aiot_service, name, 16);
AT(aiot_service, info, 24);
AT(aiot_service, docs, 32);
AT(aiot_service, main, 40);
AT(aiot_service, self_size, 48);
AT(aiot_service, verb_size, 52);
AT(aiot_service, opts, 56);
AT(aiot_service, stats, 64);
AT(aiot_service, kinds, 72);
AT(aiot_service, init, 80);
AT(aiot_service, fini, 88);
AT(aiot_service, on_stop, 96);
AT(aiot_service, on_error, 104);
AT(aiot_service, verbs, 112);
AT(aiot_service, conditions, 120);
AT(aiot_service, cond_size, 128);
AT(aiot_service, version, 132);
AT(aiot_service, report, 136);
AT(aiot_service, hand_over, 144);
SIZE(aiot_service, 152);

AT(aiot_cond, name, 0);
AT(aiot_cond, help, 8);
AT(aiot_cond, fn, 16);
SIZE(aiot_cond, 24);

AT(aiot_verb, name, 0);
AT(aiot_verb, help, 8);
AT(aiot_verb, fn, 16);
AT(aiot_verb, opts, 24);
AT(aiot_verb, args_size, 32);
AT(aiot_verb, flags, 36);
SIZE(aiot_verb, 40);

/* A million of them is what the core is for.  A name of up to 15 letters has its room inside. */
_Static_assert(sizeof(struct aiot_task) <= 184, "struct aiot_task has grown");
_Static_assert(AIOT_NAME_SHORT == 16, "a name of 15 letters has to fit");
/* Two cache lines, wherever malloc lets a block of 192 bytes begin in the first half of one. */
_Static_assert(offsetof(struct aiot_task, entry.last) <= 112, "a step touches more than it did");

#endif

/* AIOT_BEGIN reads the frame through a pointer to the task. */
AT(aiot_task, top, 0);

_Static_assert(AIOT_ABI == 1, "the offsets above are those of ABI 1");
_Static_assert(AIOT_PENDING == 0 && AIOT_DONE == 1 && AIOT_FAILED == 2 && AIOT_RETURNED == 3,
	       "what a coroutine returns");
_Static_assert(AIOT_TYPE_STR == 1 && AIOT_TYPE_BOOL == 2 && AIOT_TYPE_I32 == 3 &&
		       AIOT_TYPE_U32 == 4 && AIOT_TYPE_I64 == 5 && AIOT_TYPE_U64 == 6 &&
		       AIOT_TYPE_MS == 7 && AIOT_TYPE_DEC3 == 8,
	       "types of options");
_Static_assert(AIOT_FINAL_ == 0xffffffffu && AIOT_FRAME_FINAL_ == 1u, "what macros write");
_Static_assert(AIOT_ERROR == 3 && AIOT_WARN == 4 && AIOT_INFO == 6 && AIOT_DEBUG == 7, "levels");

static enum aiot_co nothing(struct aiot_task *t)
{
	(void)t;
	return AIOT_DONE;
}

struct tiny {
	uint32_t n;
};
AIOT_SERVICE(tiny, struct tiny, .main = nothing);

static void a_descriptor_says_what_it_was_built_with(void **state)
{
	(void)state;
	assert_int_equal(aiot_service_tiny.abi, AIOT_ABI);
	assert_int_equal(aiot_service_tiny.size, sizeof(struct aiot_service));
	assert_int_equal(aiot_service_tiny.opt_size, sizeof(struct aiot_opt));
	assert_int_equal(aiot_service_tiny.stat_size, sizeof(struct aiot_stat));
	assert_int_equal(aiot_service_tiny.kind_size, sizeof(struct aiot_kind));
	assert_int_equal(aiot_service_tiny.self_size, sizeof(struct tiny));
	assert_string_equal(aiot_service_tiny.name, "tiny");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_says_what_it_was_built_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
