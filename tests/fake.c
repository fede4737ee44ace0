/*
 * fake.c - see fake.h.  Linked into every test of the core; fails the running test by cmocka's
 * assertions.
 */
#define _GNU_SOURCE /* memmem */
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "more.h"

#define RING_SIZE (1u << 18)
#define MOST_ROUNDS 1000000u

/* ---- hooks ---- */

static uint64_t fake_mono(void *ctx)
{
	struct fake *f = ctx;

	f->mono_ns += f->read_ns;
	return f->mono_ns;
}

static int64_t fake_wall(void *ctx)
{
	return ((struct fake *)ctx)->wall_ns;
}

/* The size stands before the block, so that a wrong one given back is seen. */
static void *fake_take(void *ctx, size_t size)
{
	struct fake *f = ctx;
	size_t *block;

	f->takes++;
	if (f->fail_at && --f->fail_at == 0) {
		f->failed_takes++;
		return NULL;
	}
	block = malloc(size + 16);
	assert_non_null(block);
	memset(block, 0xa5, size + 16);
	*block = size;
	f->blocks++;
	return block + 16 / sizeof(*block);
}

static void fake_give(void *ctx, void *mem, size_t size)
{
	struct fake *f = ctx;
	size_t *block = (size_t *)mem - 16 / sizeof(*block);

	assert_int_equal(*block, size);
	f->blocks--;
	free(block);
}

static void fake_wake(void *ctx)
{
	((struct fake *)ctx)->wakes++;
}

static void fake_changed(void *ctx, struct aiot_entry *entry)
{
	struct fake *f = ctx;
	struct fake_change *c = &f->change[f->changes % FAKE_CHANGES];

	memcpy(c->name, aiot_entry_name(entry), aiot_entry_name_len(entry) + 1u);
	c->state = entry->state;
	c->mono_ns = f->mono_ns;
	f->changes++;
}

static void fake_dropped(void *ctx, struct aiot_entry *entry)
{
	struct fake *f = ctx;

	f->dropped++;
	f->last_dropped = entry;
	if (!f->keep_dropped)
		fake_free_dropped(f);
}

static uint32_t fake_number(void *ctx, const char *name, size_t len)
{
	struct fake *f = ctx;

	(void)name;
	(void)len;
	return f->numbers ? ++f->last_number : 0;
}

static void fake_record(void *ctx)
{
	((struct fake *)ctx)->records++;
}

static void fake_poke(void *ctx)
{
	((struct fake *)ctx)->pokes++;
}

#if AIOT_CALENDARS
static void fake_broken(void *ctx, struct aiot_entry *entry, const char *what)
{
	struct fake *f = ctx;

	(void)aiot_format_to(f->broken, sizeof(f->broken), "%s: %s", aiot_entry_name(entry), what);
}
#endif

static const struct aiot_core_ops fake_ops = {
	.mono_ns = fake_mono,
	.wall_ns = fake_wall,
	.take = fake_take,
	.give = fake_give,
	.wake = fake_wake,
	.changed = fake_changed,
	.dropped = fake_dropped,
	.next_number = fake_number,
	.logged = fake_record,
	.poke = fake_poke,
#if AIOT_CALENDARS
	.broken = fake_broken,
#endif
};

void fake_free_dropped(struct fake *f)
{
	free(aiot_task_of(f->last_dropped));
	f->last_dropped = NULL;
}

/* ---- making ---- */

void fake_init(struct fake *f, struct aiot_geometry geometry)
{
	static const uint8_t boot[16] = "boot";
	struct aiot_core_memory memory;

	f->mono_ns = 1000 * FAKE_S;
	f->wall_ns = 1795221310ll * (int64_t)FAKE_S;
	f->wheel_mem = malloc(AIOT_CORE_WHEEL_BYTES(geometry));
	f->alarm_mem = malloc(AIOT_CORE_WHEEL_BYTES(geometry));
	f->ring_mem = malloc(RING_SIZE);
	assert_int_equal(aiot_ring_format(&f->ring, f->ring_mem, RING_SIZE), 0);
	aiot_ring_clock(&f->ring, boot, f->wall_ns - (int64_t)f->mono_ns);
	memory = (struct aiot_core_memory){f->wheel_mem, f->alarm_mem, &f->ring, &f->stall};
	assert_int_equal(aiot_core_init(&f->core, &fake_ops, f, geometry, &memory), 0);
#if AIOT_BOARD
	f->core.names.table = f->names;
	f->core.names.room = FAKE_NAMES;
#endif
	aiot_place_main_init(&f->place, &f->core);
	f->next_ns = AIOT_CORE_NEVER;
	f->numbers = true;
}

struct fake *fake_open_with(struct aiot_geometry geometry)
{
	struct fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fake_init(f, geometry);
	return f;
}

struct fake *fake_open(void)
{
	return fake_open_with((struct aiot_geometry){FAKE_TICK_SHIFT, {6, 8, 2}});
}

void fake_finish(struct fake *f)
{
	struct fake_kind *k;

	while ((k = f->kind) != NULL) {
		f->kind = k->next;
#if !AIOT_BOARD
		assert_int_equal(k->spec.users, 0);
#endif
		free(k);
	}
	free(f->wheel_mem);
	free(f->alarm_mem);
	free(f->ring_mem);
}

#if !AIOT_DELETE
/* Where no entry leaves, what it has is given back by hand. */
static void leave(struct fake *f, struct aiot_entry *e)
{
	struct aiot_more *more = e->more;

	aiot_schedule_destroy(&f->core, aiot_entry_schedule(e));
	aiot_entry_outcome(&f->core, e, NULL);
	aiot_index_remove(&f->core.names, e);
	fake_dropped(f, e);
	aiot_more_free(&f->core, more);
}

/* Those that do not stop are given up. */
static void all_leave(struct fake *f)
{
	struct aiot_entry *e;
	char name[AIOT_NAME_MAX + 1] = "";

	while ((e = aiot_core_match(&f->core, "*", name)) != NULL) {
		memcpy(name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		(void)aiot_core_stop(&f->core, e, false);
	}
	fake_for(f, FAKE_HOUR);
	while ((e = aiot_core_match(&f->core, "*", "")) != NULL)
		leave(f, e);
}
#else
static void all_leave(struct fake *f)
{
	struct aiot_entry *e;
	char name[AIOT_NAME_MAX + 1] = "";

	while ((e = aiot_core_match(&f->core, "*", name)) != NULL) {
		memcpy(name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		aiot_core_delete(&f->core, e);
	}
	fake_for(f, FAKE_HOUR);
	assert_int_equal(f->core.stopping, 0);
}
#endif

void fake_close(struct fake *f)
{
	f->fail_at = 0;
	all_leave(f);
	assert_int_equal(aiot_core_count(&f->core), 0);
	assert_int_equal(f->core.alive, 0);
	assert_int_equal(f->blocks, 0);
	assert_true(fake_run(f) == AIOT_CORE_NEVER);
	fake_finish(f);
	free(f);
}

#if AIOT_BOARD
/* Tasks are of their service's main kind: any other is made one. */
static bool set_kind(struct fake_kind *k, const char *name)
{
	struct aiot_service *s = &k->service;
	struct aiot_kind kind;

	if (!aiot_service_kind(s, name, &kind))
		return false;
	s->main = kind.fn;
	s->self_size = kind.self_size;
	s->opts = kind.opts;
	s->stats = kind.stats;
	s->on_stop = kind.on_stop;
	s->on_error = kind.on_error;
	if (name != NULL)
		s->init = NULL;
	return true;
}
#else
static bool set_kind(struct fake_kind *k, const char *name)
{
	return aiot_service_kind(&k->service, name, &k->spec.kind);
}
#endif

struct fake_kind *fake_load(struct fake *f, const struct aiot_service *found, const char *kind)
{
	struct fake_kind *k = calloc(1, sizeof(*k));
	struct aiot_out why;
	char text[256];

	assert_non_null(k);
	k->next = f->kind;
	f->kind = k;
	aiot_out_init(&why, text, sizeof(text));
	if (aiot_service_check(found, found->name, &k->service, &why) < 0)
		fail_msg("%s %s", found->name, aiot_out_str(&why));
	assert_true(set_kind(k, kind));
	k->spec.service = &k->service;
#if AIOT_BOARD
	k->spec.core = &f->core;
#endif
	k->spec.place = &f->place.place;
	k->spec.label = "linked in";
	k->spec.stop_timeout_ms = 90000;
	return k;
}

#if AIOT_BOARD
/* One that no task had; its copy of the name lasts as long as the task. */
static struct fake_kind *own_kind(struct fake *f, struct fake_kind *k, const char **name)
{
	size_t len = strlen(*name);

	if (k->spec.name != NULL) {
		struct fake_kind *own = calloc(1, sizeof(*own));

		assert_non_null(own);
		own->service = k->service;
		own->spec = k->spec;
		own->spec.service = &own->service;
		own->next = f->kind;
		f->kind = own;
		k = own;
	}
	if (len > AIOT_NAME_MAX)
		len = AIOT_NAME_MAX + 1;
	memcpy(k->name, *name, len);
	*name = k->spec.name = k->name;
	return k;
}
#else
static struct fake_kind *own_kind(struct fake *f, struct fake_kind *k, const char **name)
{
	(void)f;
	(void)name;
	return k;
}
#endif

int fake_try_add(struct fake *f, struct fake_kind *k, const char *name,
		 enum aiot_collision collision, struct aiot_task **ret)
{
	size_t len = collision == AIOT_RENAME ? AIOT_NAME_MAX : strlen(name);
	void *block = calloc(1, aiot_task_bytes(&k->spec, len));
	int r;

	assert_non_null(block);
	k = own_kind(f, k, &name);
	r = aiot_task_create(&f->core, &k->spec, block, name, collision, ret);
	if (r < 0)
		free(block);
	return r;
}

struct aiot_task *fake_add(struct fake *f, struct fake_kind *k, const char *name)
{
	struct aiot_task *t = NULL;

	assert_int_equal(fake_try_add(f, k, name, AIOT_RAISE, &t), 0);
	assert_int_equal(aiot_task_init_service(&f->core, t), 0);
	return t;
}

struct aiot_task *fake_start(struct fake *f, struct fake_kind *k, const char *name)
{
	struct aiot_task *t = fake_add(f, k, name);

	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	return t;
}

/* ---- running ---- */

void fake_pass(struct fake *f, uint64_t ns)
{
	f->mono_ns += ns;
	f->wall_ns += (int64_t)ns;
}

uint64_t fake_run(struct fake *f)
{
	f->next_ns = aiot_core_run(&f->core, 0);
	f->rounds++;
	return f->next_ns;
}

void fake_idle(struct fake *f)
{
	unsigned rounds = 0;

	while (fake_run(f) <= f->mono_ns) {
		if (++rounds == MOST_ROUNDS)
			fail_msg("the core does not come to rest");
	}
}

bool fake_next(struct fake *f)
{
	if (f->next_ns == AIOT_CORE_NEVER)
		return false;
	if (f->next_ns > f->mono_ns)
		fake_pass(f, f->next_ns - f->mono_ns);
	fake_idle(f);
	return true;
}

void fake_until(struct fake *f, uint64_t mono_ns)
{
	fake_idle(f);
	while (f->next_ns <= mono_ns)
		(void)fake_next(f);
	if (f->mono_ns < mono_ns)
		fake_pass(f, mono_ns - f->mono_ns);
	fake_idle(f);
}

void fake_for(struct fake *f, uint64_t ns)
{
	fake_until(f, f->mono_ns + ns);
}

/* ---- looking ---- */

const char *fake_states(const struct fake *f, const char *name)
{
	static char text[4096];
	struct aiot_out out;
	unsigned i;

	assert_true(f->changes <= FAKE_CHANGES);
	aiot_out_init(&out, text, sizeof(text));
	for (i = 0; i < f->changes; i++) {
		if (strcmp(f->change[i].name, name) != 0)
			continue;
		aiot_format(&out, "%s%s", out.len ? " " : "",
			    aiot_state_word((enum aiot_state)f->change[i].state));
	}
	return aiot_out_str(&out);
}

unsigned fake_logged(const struct fake *f, enum aiot_level level, const char *text)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	unsigned count = 0;

	aiot_ring_oldest(&f->ring, &cursor);
	while (aiot_ring_next(&f->ring, &cursor, &record, NULL)) {
		if (record.level == level &&
		    memmem(record.text, record.text_len, text, strlen(text)) != NULL)
			count++;
	}
	return count;
}

uint32_t fake_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 32);
}

void fake_starve(void (*scenario)(struct fake *f))
{
	unsigned n;

	for (n = 0;; n++) {
		struct fake *f = fake_open();
		unsigned failed;

		f->fail_at = n;
		scenario(f);
		failed = f->failed_takes;
		fake_close(f);
		if (n > 0 && failed == 0)
			return; /* all of its hand-overs were tried */
		assert_true(n < 1000);
	}
}
