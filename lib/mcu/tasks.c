/*
 * tasks.c - see tasks.h.  Called by the firmware at its start, and about single tasks afterwards.
 */
#include "tasks.h"

#include <string.h>

#include "schedule.h"
#include "service.h"
#include "sizes.h"

static uint64_t memory[AIOT_TASK_BYTES / sizeof(uint64_t)];
static size_t used; /* of memory */

#define WHY_BYTES 160

/* ---- one row ---- */

static void complain(struct aiot_core *core, const struct aiot_board_task *row, const char *why)
{
	aiot_core_log(core, row->name, AIOT_ERROR, "not started: %s", why);
}

/* The options given, against the service's table: what the daemon says when it loads a file. */
static int check_args(const struct aiot_board_task *row, const struct aiot_spec *spec,
		      struct aiot_out *why)
{
	uint32_t i;
	int r;

	for (i = 0; i < row->arg_count; i++) {
		const struct aiot_arg *arg = &row->args[i];
		const struct aiot_opt *opt =
			aiot_opt_find(row->service, AIOT_KIND(spec)->opts, arg->key);

		if (opt == NULL) {
			aiot_format(why, "%s: '%s' is no option of service '%s'", arg->origin,
				    arg->key, row->service->name);
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

/* What is run; false: the service has no main task. */
static bool find_main(const struct aiot_service *service, struct aiot_spec *spec)
{
#if AIOT_BOARD
	(void)spec;
	return service->main != NULL;
#else
	return aiot_service_kind(service, NULL, &spec->kind);
#endif
}

static int make_spec(const struct aiot_board_task *row, struct aiot_place_main *place,
		     struct aiot_spec *spec, struct aiot_out *why)
{
	*spec = (struct aiot_spec)
	{
		.place = &place->place,
#if AIOT_BOARD
		.name = row->name,
#endif
		.service = row->service, .label = row->label, .args = row->args,
		.arg_count = row->arg_count, .stop_timeout_ms = row->stop_timeout_ms,
		.timeout_ms = row->timeout_ms, .priority = row->priority,
	};
	if (!find_main(row->service, spec)) {
		aiot_format(why, "service '%s' has no main task", row->service->name);
		return -AIOT_EINVAL;
	}
	return check_args(row, spec, why);
}

static int make_task(struct aiot_core *core, struct aiot_spec *spec, const char *name,
		     struct aiot_task **ret, struct aiot_out *why)
{
	size_t bytes = (aiot_task_bytes(spec, strlen(name)) + 7) & ~(size_t)7;
	int r;

	if (bytes > sizeof(memory) - used) {
		aiot_format(why, "it takes %lu bytes, %lu of AIOT_TASK_BYTES=%lu are left",
			    (unsigned long)bytes, (unsigned long)(sizeof(memory) - used),
			    (unsigned long)sizeof(memory));
		return -AIOT_ENOMEM;
	}
	r = aiot_task_create(core, spec, (char *)memory + used, name, AIOT_RAISE, ret);
	if (r < 0) {
		aiot_format(why, "there is another task of that name, or no room for one more");
		return r;
	}
	used += bytes;
	return 0;
}

/* A schedule of a task that is off waits to be started, too. */
static int make_schedule(struct aiot_core *core, const struct aiot_board_task *row,
			 struct aiot_entry *entry, struct aiot_out *why)
{
	int r;

	if (row->plan == NULL)
		return 0;
	r = aiot_schedule_create(core, entry, row->plan, false, why);
	if (r == -AIOT_ENOMEM)
		aiot_format(why, "no memory for its schedule; AIOT_UNIT_COUNT is too small");
	if (r == 0 && row->disabled)
		(void)aiot_core_stop(core, entry, false);
	return r;
}

/* Its words are the entry's, unless there were none. */
static void complain_init(struct aiot_core *core, const struct aiot_board_task *row,
			  const struct aiot_entry *entry, int code)
{
	const struct aiot_outcome *o = aiot_outcome_of(entry);

	complain(core, row,
		 o != NULL && o->type == AIOT_OUTCOME_ERROR ? o->text : aiot_error_word(code));
}

static void make(struct aiot_core *core, struct aiot_place_main *place, uint32_t i)
{
	const struct aiot_board_task *row = &aiot_board_tasks[i];
	struct aiot_task *task = NULL;
	char text[WHY_BYTES];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = make_spec(row, place, &aiot_board_specs[i], &why);
	if (r == 0)
		r = make_task(core, &aiot_board_specs[i], row->name, &task, &why);
	if (r == 0) {
		r = aiot_task_init_service(core, task);
		if (r < 0) {
			complain_init(core, row, &task->entry, r);
			return;
		}
		r = make_schedule(core, row, &task->entry, &why);
	}
	if (r == 0 && row->plan == NULL && !row->disabled) {
		r = aiot_core_start(core, &task->entry);
		if (r < 0)
			aiot_format(&why, "%s", aiot_error_word(r));
	}
	if (r < 0)
		complain(core, row, aiot_out_str(&why));
}

/* ---- all ---- */

void aiot_tasks_make(struct aiot_core *core, struct aiot_place_main *place)
{
	uint32_t i;

#if AIOT_BOARD
	core->names.table = aiot_board_names;
	core->names.room = aiot_board_task_count;
#endif
	for (i = 0; i < aiot_board_task_count; i++)
		make(core, place, i);
}

const struct aiot_board_task *aiot_tasks_row(const struct aiot_entry *entry)
{
	return &aiot_board_tasks[entry->spec - aiot_board_specs];
}

bool aiot_tasks_hold(const void *mem, size_t size)
{
	uintptr_t at = (uintptr_t)mem, begin = (uintptr_t)memory;

	return at >= begin && at % sizeof(void *) == 0 && size <= used && at - begin <= used - size;
}
