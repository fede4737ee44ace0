/*
 * lastruns-stage.h - for the tests of last runs: a host with both directories, files as an earlier
 * run may have left them, and what is on disk.
 */
#ifndef LASTRUNS_STAGE_H
#define LASTRUNS_STAGE_H

#include "history.h"
#include "host-part.h"
#include "host-stage.h"
#include "lastruns-private.h"
#include "more.h"
#include "pastfile.h"
#include "schedule.h"

#define HOUR_US (3600ll * 1000000)
#define DAY_US (24 * HOUR_US)

static struct aiot_host_options options;

static inline int64_t now_us(void)
{
	return aiot_clock_wall_ns() / 1000;
}

static inline void create(void)
{
	options.runtime_dir = path_of("run");
	options.state_dir = path_of("state");
	assert_int_equal(create_host(&options), 0);
}

/* In order; the next one begins where this one ended. */
static inline void restart(void)
{
	aiot_host_destroy(host);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	create();
}

static inline int open_kept(void **state)
{
	memset(&options, 0, sizeof(options));
	if (open_base(state) < 0)
		return -1;
	assert_int_equal(uv_loop_init(&loop), 0);
	create();
	return 0;
}

static inline struct aiot_entry *entry_of(const char *name)
{
	struct aiot_entry *e = aiot_core_find(&host->core, name);

	assert_non_null(e);
	return e;
}

/* A task with a schedule that does not fire here. */
static inline uint64_t schedule_it(const char *name, const char *kind)
{
	struct aiot_out sentence = {.buf = NULL};
	struct aiot_plan plan;
	struct aiot_entry *e;
	uint64_t mono_ns;

	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, kind, name, NULL, NULL), 0);
	if (kind != NULL)
		run_until(name, "done");
	else
		assert_int_equal(aiot_host_stop_task(host, name), 0);
	settle();
	e = entry_of(name);
	mono_ns = aiot_lastruns_restore(host, e);
	aiot_plan_init(&plan);
	plan.start_in_ns = plan.every_ns = 3600000000000u;
	plan.has_start_in = true;
	assert_int_equal(aiot_schedule_create(&host->core, e, &plan, false, &sentence), 0);
	return mono_ns;
}

static inline void run_once(const char *name)
{
	assert_int_equal(aiot_core_start(&host->core, entry_of(name)), 0);
	settle();
}

static inline const struct aiot_past *past_of(const char *name)
{
	const struct aiot_past *past = aiot_lastruns_past(host, name);

	assert_non_null(past);
	return past;
}

static inline size_t load_bytes(const char *file)
{
	return read_file(path_of(file));
}

/* What is on disk under a name, or AIOT_NO_TIME_US. */
static inline int64_t on_disk(const char *file, const char *name, enum aiot_action action)
{
	struct aiot_past_record r;
	uint32_t slots, lost, damaged = 0, i;
	char got[AIOT_NAME_MAX + 1];
	size_t len = load_bytes(file);

	assert_int_equal(aiot_pastfile_check(file_bytes, len, &slots, &lost), 0);
	for (i = 0; i < slots; i++) {
		if (aiot_pastfile_get(file_bytes, i, got, &r, &damaged) == 1 &&
		    strcmp(got, name) == 0)
			return r.past.last_us[action];
	}
	assert_int_equal(damaged, 0);
	return AIOT_NO_TIME_US;
}

/* A file as an earlier run may have left it: names with their records. */
struct left {
	const char *name;
	struct aiot_past_record record;
};

static inline struct aiot_past_record record_at(uint64_t serial, enum aiot_action action,
						int64_t us)
{
	struct aiot_past_record r = {.serial = serial, .seen_us = us};

	aiot_past_init(&r.past);
	aiot_past_note(&r.past, action, us);
	return r;
}

static inline void leave_file(const char *file, const struct left *left, uint32_t count)
{
	size_t size = aiot_pastfile_bytes(count);
	uint32_t i;

	memset(file_bytes, 0, size);
	aiot_pastfile_format(file_bytes, count);
	for (i = 0; i < count; i++)
		aiot_pastfile_put(file_bytes, i, left[i].name, &left[i].record);
	write_bytes(path_of(file), file_bytes, size);
}

/* End the host, and let a new one find nothing but these. */
static inline void begin_with(const struct left *live, uint32_t live_count,
			      const struct left *saved, uint32_t saved_count)
{
	aiot_host_destroy(host);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	(void)remove(path_of("run/" AIOT_LASTRUNS_LIVE));
	(void)remove(path_of("state/" AIOT_LASTRUNS_SAVED));
	if (live_count > 0)
		leave_file("run/" AIOT_LASTRUNS_LIVE, live, live_count);
	if (saved_count > 0)
		leave_file("state/" AIOT_LASTRUNS_SAVED, saved, saved_count);
	create();
}

#define K(name) cmocka_unit_test_setup_teardown(name, open_kept, close_stage)

#endif
