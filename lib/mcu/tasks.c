/*
 * tasks.c - see tasks.h.  Called by the firmware at its start, and about single tasks afterwards.
 */
#include "tasks.h"

#include <string.h>

#include "outcome.h"
#include "schedule.h"
#include "sizes.h"

static uint64_t structs[AIOT_SELF_BYTES / sizeof(uint64_t)];
static size_t used; /* of structs */

#define WHY_BYTES 160

#if AIOT_TEXT
#define say(why, ...) aiot_format(why, __VA_ARGS__)
#else
/* No text lies on the stack: words_of() has them. */
#define say(why, ...) ((void)(why))
#endif

/* ---- one row ---- */

#if AIOT_TEXT
/* The options given, against the service's table: what the daemon says when it loads a file. */
static int check_args(const struct aiot_spec *spec, struct aiot_out *why)
{
	uint32_t i;
	int r;

	for (i = 0; i < spec->arg_count; i++) {
		const struct aiot_arg *arg = &spec->args[i];
		const struct aiot_opt *opt =
			aiot_opt_find(spec->service, AIOT_KIND(spec)->opts, arg->key);

		if (opt == NULL) {
			aiot_format(why, "%s: '%s' is no option of service '%s'", arg->origin,
				    arg->key, spec->service->name);
			return -AIOT_EINVAL;
		}
		r = aiot_opt_store(opt, NULL, arg->value);
		if (r < 0) {
			aiot_format(why, "%s: %s: '%s' is not %s", arg->origin, opt->key,
				    arg->value, aiot_type_words(opt->type));
			return r;
		}
	}
	return 0;
}

static int check(const struct aiot_spec *spec, struct aiot_out *why)
{
	if (spec->service->main == NULL) {
		aiot_format(why, "service '%s' has no main task", spec->service->name);
		return -AIOT_EINVAL;
	}
	return check_args(spec, why);
}
#else
/* What is wrong with a service or a value stopped the build (native/values.c). */
static int check(const struct aiot_spec *spec, struct aiot_out *why)
{
	(void)spec;
	(void)why;
	return 0;
}
#endif

static int take_struct(struct aiot_task *task, struct aiot_out *why)
{
	size_t bytes = (task->entry.spec->service->self_size + 7u) & ~(size_t)7;

	if (bytes > sizeof(structs) - used) {
		say(why, "it takes %lu bytes, %lu of AIOT_SELF_BYTES=%lu are left",
		    (unsigned long)bytes, (unsigned long)(sizeof(structs) - used),
		    (unsigned long)sizeof(structs));
		return -AIOT_ENOMEM;
	}
	task->root.self = (char *)structs + used;
	used += bytes;
	return 0;
}

/* Its words are the entry's, unless there were none.  It cannot be started afterwards. */
static void fail_init(struct aiot_core *core, struct aiot_task *task, int code)
{
	const char *failed = AIOT_TEXT ? "its init failed" : "wrong options, or its init failed";
	const char *text = aiot_outcome_of(&task->entry) != NULL ? NULL : failed;

	task->root.self = NULL;
	aiot_entry_fail(core, &task->entry, code, text);
}

/* A schedule of a task that is off waits to be started, too. */
static int begin(struct aiot_core *core, struct aiot_entry *entry, const struct aiot_board_row *row,
		 struct aiot_out *why)
{
	int r = 0;

	if (row->plan != NULL && (AIOT_ORDERS || !row->disabled)) {
		r = aiot_schedule_create(core, entry, row->plan, false, why);
		if (r == -AIOT_ENOMEM)
			say(why, "; AIOT_UNIT_COUNT is too small");
#if AIOT_ORDERS
		if (r == 0 && row->disabled)
			(void)aiot_core_stop(core, entry, false);
#endif
	} else if (!row->disabled) {
		r = aiot_core_start(core, entry);
		if (r < 0)
			say(why, "%s", aiot_error_word(r));
	}
	return r;
}

/* Negative: it cannot be run, and why says so. */
static int make(struct aiot_core *core, uint32_t i, struct aiot_out *why)
{
	struct aiot_task *task = &aiot_board_tasks[i];
	int r = check(task->entry.spec, why);

	if (r == 0)
		r = take_struct(task, why);
	if (r < 0)
		return r;
	r = aiot_task_init_service(core, task);
	if (r == 0)
		return begin(core, &task->entry, &aiot_board_rows[i], why);
	fail_init(core, task, r);
	return 0;
}

/* Out of line, for what it has on the stack would lie there for ever, below the main loop. */
#define NOINLINE __attribute__((noinline))

#if AIOT_TEXT
static NOINLINE void make_or_fail(struct aiot_core *core, uint32_t i)
{
	char text[WHY_BYTES];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = make(core, i, &why);
	if (r < 0)
		aiot_entry_fail(core, &aiot_board_tasks[i].entry, r, aiot_out_str(&why));
}
#else
/* Each of the few things that can be wrong is a constant. */
static const char *words_of(const struct aiot_task *task, int code)
{
	if (task->root.self == NULL)
		return "AIOT_SELF_BYTES is too small";
	return code == -AIOT_ENOMEM ? "AIOT_UNIT_COUNT is too small" : aiot_error_word(code);
}

static NOINLINE void make_or_fail(struct aiot_core *core, uint32_t i)
{
	struct aiot_task *task = &aiot_board_tasks[i];
	struct aiot_out nowhere;
	int r;

	aiot_out_init(&nowhere, NULL, 0);
	r = make(core, i, &nowhere);
	if (r < 0)
		aiot_entry_fail(core, &task->entry, r, words_of(task, r));
}
#endif

/* ---- all ---- */

void aiot_tasks_make(struct aiot_core *core)
{
	uint32_t i;

	for (i = 0; i < aiot_board_task_count; i++)
		aiot_board_tasks[i].entry.spec = &aiot_board_specs[i];
	core->names = (struct aiot_index){aiot_board_names, aiot_board_task_count, 0};
	for (i = 0; i < aiot_board_task_count; i++)
		make_or_fail(core, i);
}

const struct aiot_board_row *aiot_tasks_row(const struct aiot_entry *entry)
{
	return &aiot_board_rows[entry->spec - aiot_board_specs];
}

static bool within(const void *mem, size_t size, const void *array, size_t bytes)
{
	uintptr_t at = (uintptr_t)mem, from = (uintptr_t)array;

	return at >= from && at % sizeof(void *) == 0 && size <= bytes && at - from <= bytes - size;
}

bool aiot_tasks_hold(const void *mem, size_t size)
{
	return within(mem, size, aiot_board_tasks,
		      aiot_board_task_count * sizeof(aiot_board_tasks[0])) ||
	       within(mem, size, structs, used);
}
