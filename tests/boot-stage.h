/*
 * boot-stage.h - for the tests of the boot: services in files, and waiting for what becomes of
 * them.
 */
#ifndef BOOT_STAGE_H
#define BOOT_STAGE_H

#include "host-stage.h"

#define GOOD "[Service]\nModule = good\n"
#define ONCE "[Service]\nModule = once\n"
#define CORE ONCE "Type = core\n"

static unsigned boots;

static inline void booted(void *arg)
{
	assert_ptr_equal(arg, &boots);
	boots++;
}

/* Modules that the files use, and the files read. */
static inline void prepare(void)
{
	install("good.so", "good");
	install("once.so", "once");
	install("initfails.so", "initfails");
	assert_int_equal(aiot_host_reload(host), 0);
	boots = 0;
}

/* From the boot's begin to its end. */
static inline void boot(void)
{
	prepare();
	assert_int_equal(aiot_host_boot(host, booted, &boots), 0);
	while (boots == 0)
		assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
}

/* What a waiting service waits for. */
static inline const char *waits_of(const char *name)
{
	static char text[512];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_hold_put(host, unit_of(name), &out);
	return aiot_out_str(&out);
}

static inline struct aiot_entry *entry_of(const char *name)
{
	assert_non_null(unit_of(name)->task);
	return &unit_of(name)->task->entry;
}

#endif
