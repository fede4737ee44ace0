/*
 * test-registry.c - entries by name: what may be called how, what happens when a name is taken,
 * walks that go on while entries come and go, and what each order answers in each state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'a');
	AIOT_SLEEP_MS(t, 60000);
	if (self->code)
		AIOT_FAIL(t, self->code, "as told");
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 1000);
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct trail, .main = sleeps);

/* ---- names ---- */

static void names_are_checked_and_what_is_refused_is_not_entered(void **state)
{
	static const char *const good[] = {"a", "A-b_c.d@9", "hello@1.service", ".", "-"};
	static const char *const bad[] = {"", "a b", "a/b", "a:b", "\xc3\xa4", "a\n", "*", "a?"};
	char longest[AIOT_NAME_MAX + 2];
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);
	struct aiot_task *t = NULL;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(fake_try_add(f, k, good[i], AIOT_RAISE, &t), 0);
		assert_string_equal(aiot_name(t), good[i]);
		assert_int_equal(aiot_entry_name_len(&t->entry), strlen(good[i]));
	}
	t = NULL;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(fake_try_add(f, k, bad[i], AIOT_RENAME, &t), -AIOT_EINVAL);
	memset(longest, 'x', sizeof(longest));
	longest[AIOT_NAME_MAX + 1] = '\0';
	assert_int_equal(fake_try_add(f, k, longest, AIOT_RAISE, &t), -AIOT_EINVAL);
	assert_null(t);
#if !AIOT_BOARD
	assert_int_equal(k->spec.users, i - 3);
#endif
	assert_int_equal(aiot_core_count(&f->core), i - 3);
	longest[AIOT_NAME_MAX] = '\0';
	assert_int_equal(fake_try_add(f, k, longest, AIOT_RAISE, &t), 0);
	assert_string_equal(aiot_name(t), longest);
	fake_close(f);
}

#if !AIOT_BOARD
/* Up to 15 letters lie in the entry, more behind it; a number can take a name from here to there.
 */
static void names_around_the_room_in_the_entry_keep_to_themselves(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);
	char name[AIOT_NAME_MAX + 1], numbered[AIOT_NAME_MAX + 3];
	struct aiot_task *first, *second;
	size_t len;

	(void)state;
	f->numbers = true;
	for (len = 1; len <= AIOT_NAME_MAX - 3; len++) {
		memset(name, 'x', len);
		name[len] = '\0';
		assert_int_equal(fake_try_add(f, k, name, AIOT_RAISE, &first), 0);
		assert_int_equal(fake_try_add(f, k, name, AIOT_RENAME, &second), 0);
		(void)aiot_format_to(numbered, sizeof(numbered), "%s_%u", name, f->last_number);
		memset(aiot_task_self(first), 0xff, AIOT_KIND(&k->spec)->self_size);
		memset(aiot_task_self(second), 0xff, AIOT_KIND(&k->spec)->self_size);
		assert_string_equal(aiot_name(first), name);
		assert_string_equal(aiot_name(second), numbered);
		assert_int_equal(aiot_entry_name_len(&second->entry), strlen(numbered));
		assert_ptr_equal(aiot_core_find(&f->core, numbered), &second->entry);
	}
	fake_close(f);
}
#endif

static void a_new_entry_is_stopped_and_has_an_id_of_its_own(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *a, *b;

	(void)state;
	fake_pass(f, FAKE_HOUR);
	a = trail_add(f, &aiot_service_sleeper, "a");
	b = trail_add(f, &aiot_service_sleeper, "b");
	assert_int_equal(a->entry.state, AIOT_STOPPED);
	assert_int_equal(a->entry.last, AIOT_STOPPED);
	assert_int_equal(a->entry.runs, 0);
	assert_true(fake_entered_at(&a->entry, f->mono_ns));
	/* A later one is larger; on a board it is where the entry lies. */
	assert_true(AIOT_BOARD ? aiot_entry_id(&b->entry) != aiot_entry_id(&a->entry)
			       : aiot_entry_id(&b->entry) > aiot_entry_id(&a->entry));
	assert_int_equal(f->changes, 0);
	fake_close(f);
}

#if !AIOT_BOARD /* where nothing is renamed */
static void add_named(struct fake *f, struct fake_kind *k, const char *name, const char *got)
{
	struct aiot_task *t = NULL;

	assert_int_equal(fake_try_add(f, k, name, AIOT_RENAME, &t), 0);
	assert_string_equal(aiot_name(t), got);
	assert_int_equal(aiot_entry_name_len(&t->entry), strlen(got));
	assert_ptr_equal(aiot_core_find(&f->core, got), &t->entry);
}

static void a_name_that_is_taken_gets_a_number_never_used_before(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);

	(void)state;
	add_named(f, k, "blink", "blink");
	add_named(f, k, "blink_2", "blink_2");
	add_named(f, k, "blink", "blink_1");
	add_named(f, k, "blink", "blink_3"); /* 2 is taken */
	aiot_core_delete(&f->core, aiot_core_find(&f->core, "blink_3"));
	add_named(f, k, "blink", "blink_4");
	aiot_core_delete(&f->core, aiot_core_find(&f->core, "blink"));
	add_named(f, k, "blink", "blink");
	fake_close(f);
}

static void without_a_counter_the_first_free_number_is_taken(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);
	struct aiot_core_ops ops = *f->core.ops;

	(void)state;
	ops.next_number = NULL;
	f->core.ops = &ops;
	add_named(f, k, "blink", "blink");
	add_named(f, k, "blink", "blink_1");
	add_named(f, k, "blink", "blink_2");
	aiot_core_delete(&f->core, aiot_core_find(&f->core, "blink_1"));
	add_named(f, k, "blink", "blink_1");
	fake_close(f);
}
#endif

static void a_taken_name_is_refused_or_ignored_when_asked_for(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);
	struct aiot_task *t = NULL, *old = fake_add(f, k, "blink");

	(void)state;
	assert_int_equal(fake_try_add(f, k, "blink", AIOT_RAISE, &t), -AIOT_EEXIST);
	assert_int_equal(fake_try_add(f, k, "blink", AIOT_IGNORE, &t), -AIOT_EALREADY);
	f->numbers = false; /* no memory to remember a number */
	assert_int_equal(fake_try_add(f, k, "blink", AIOT_RENAME, &t),
			 AIOT_BOARD ? -AIOT_EEXIST : -AIOT_ENOMEM);
	assert_null(t);
	assert_ptr_equal(aiot_core_find(&f->core, "blink"), &old->entry);
	assert_int_equal(aiot_core_count(&f->core), 1);
#if !AIOT_BOARD
	assert_int_equal(k->spec.users, 1);
#endif
	fake_close(f);
}

#if !AIOT_BOARD
static void a_number_that_does_not_fit_into_64_characters_is_refused(void **state)
{
	char name[AIOT_NAME_MAX + 1], got[AIOT_NAME_MAX + 1];
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);
	struct aiot_task *t = NULL;
	unsigned len;

	(void)state;
	for (len = AIOT_NAME_MAX; len >= AIOT_NAME_MAX - 1; len--) {
		memset(name, 'x', len);
		name[len] = '\0';
		add_named(f, k, name, name);
		assert_int_equal(fake_try_add(f, k, name, AIOT_RENAME, &t), -AIOT_ENAMETOOLONG);
	}
	name[len] = '\0'; /* 62: room for one digit */
	add_named(f, k, name, name);
	f->last_number = 8;
	(void)aiot_format_to(got, sizeof(got), "%s_9", name);
	add_named(f, k, name, got);
	assert_int_equal(fake_try_add(f, k, name, AIOT_RENAME, &t), -AIOT_ENAMETOOLONG);
	assert_int_equal(aiot_core_count(&f->core), 4);
	fake_close(f);
}
#endif

/* ---- walks ---- */

static void add_all(struct fake *f, const char *const *names)
{
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);

	for (; *names; names++)
		(void)fake_add(f, k, *names);
}

/* All matches, in order, with a blank between; deletes those it has found when asked to. */
static const char *walk(struct fake *f, const char *pattern, bool deletes)
{
	static char text[512];
	char after[AIOT_NAME_MAX + 1] = "";
	struct aiot_entry *e;
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	while ((e = aiot_core_match(&f->core, pattern, after)) != NULL) {
		memcpy(after, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		aiot_format(&out, "%s%s", out.len ? " " : "", after);
		if (deletes)
			aiot_core_delete(&f->core, e);
	}
	return aiot_out_str(&out);
}

static const char *const zoo[] = {"cat.service", "ant",	   "bee", "ant_1", "Ant",
				  "ant.service", "bee_10", "an",  "zoo",   NULL};

static void a_pattern_walks_its_matches_in_name_order(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	assert_string_equal(walk(f, "*", false), "");
	add_all(f, zoo);
	assert_string_equal(walk(f, "*", false),
			    "Ant an ant ant.service ant_1 bee bee_10 cat.service zoo");
	assert_string_equal(walk(f, "ant*", false), "ant ant.service ant_1");
	assert_string_equal(walk(f, "ant", false), "ant");
	assert_string_equal(walk(f, "?nt", false), "Ant ant");
	assert_string_equal(walk(f, "*.service", false), "ant.service cat.service");
	assert_string_equal(walk(f, "a?", false), "an");
	assert_string_equal(walk(f, "bee_??", false), "bee_10");
	assert_string_equal(walk(f, "zz*", false), "");
	assert_string_equal(walk(f, "", false), "");
	assert_string_equal(walk(f, "aaa", false), "");
	fake_close(f);
}

#if AIOT_DELETE
static void a_walk_goes_on_behind_what_was_deleted_under_it(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	add_all(f, zoo);
	assert_string_equal(walk(f, "ant*", true), "ant ant.service ant_1");
	assert_string_equal(walk(f, "*", true), "Ant an bee bee_10 cat.service zoo");
	assert_int_equal(aiot_core_count(&f->core), 0);
	assert_int_equal(f->dropped, 9);
	fake_close(f);
}
#endif

static void a_walk_finds_what_was_added_ahead_of_it(void **state)
{
	static const char *const more[] = {"ab", "b1", NULL};
	struct fake *f = fake_open();

	(void)state;
	add_all(f, zoo);
	assert_string_equal(aiot_entry_name(aiot_core_match(&f->core, "*", "ant_1")), "bee");
	add_all(f, more);
	assert_string_equal(aiot_entry_name(aiot_core_match(&f->core, "*", "ant_1")), "b1");
	assert_string_equal(aiot_entry_name(aiot_core_match(&f->core, "*", "nobody")), "zoo");
	assert_null(aiot_core_match(&f->core, "b*", "zoo"));
	assert_string_equal(aiot_entry_name(aiot_core_match(&f->core, "z*", "ant")), "zoo");
	fake_close(f);
}

static void patterns_longer_than_any_name_are_harmless(void **state)
{
	char pattern[AIOT_NAME_MAX + 30], name[AIOT_NAME_MAX + 1];
	struct fake *f = fake_open();

	(void)state;
	memset(name, 'x', AIOT_NAME_MAX);
	name[AIOT_NAME_MAX] = '\0';
	(void)trail_add(f, &aiot_service_sleeper, name);
	memset(pattern, 'x', sizeof(pattern));
	pattern[sizeof(pattern) - 1] = '\0';
	assert_string_equal(walk(f, pattern, false), "");
	memset(pattern + AIOT_NAME_MAX, '*', 29);
	assert_string_equal(walk(f, pattern, false), name);
	assert_null(aiot_core_find(&f->core, pattern));
	fake_close(f);
}

/* ---- orders in each state ---- */

static void check_orders(struct fake *f, struct aiot_entry *e, enum aiot_state expected, int start,
			 int stop)
{
	assert_int_equal(e->state, expected);
	if (start < 0)
		assert_int_equal(aiot_core_start(&f->core, e), start);
	if (stop < 0) {
		assert_int_equal(aiot_core_stop(&f->core, e, false), stop);
		assert_int_equal(aiot_core_stop(&f->core, e, true), stop);
	}
	assert_int_equal(e->state, expected); /* a refusal changes nothing */
}

static void each_order_answers_by_the_state_it_meets(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_sleeper, "t");
	struct aiot_entry *e = &t->entry;

	(void)state;
	check_orders(f, e, AIOT_STOPPED, 0, -AIOT_EALREADY);
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	check_orders(f, e, AIOT_STARTING, -AIOT_EALREADY, 0);
	assert_int_equal(f->core.alive, 1);
	fake_idle(f);
	check_orders(f, e, AIOT_RUNNING, -AIOT_EALREADY, 0);
	assert_int_equal(aiot_core_stop(&f->core, e, false), 0);
	check_orders(f, e, AIOT_STOPPING, -AIOT_EALREADY, 0);
	assert_int_equal(f->core.alive, 1);
	fake_for(f, 2 * FAKE_S);
	check_orders(f, e, AIOT_STOPPED, 0, -AIOT_EALREADY);
	assert_int_equal(f->core.alive, 0);
	assert_int_equal(aiot_core_restart(&f->core, e), 0);
	fake_for(f, 62 * FAKE_S);
	check_orders(f, e, AIOT_ENDED, 0, -AIOT_EALREADY);
	trail_of(t)->code = -AIOT_EIO;
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	fake_for(f, 62 * FAKE_S);
	check_orders(f, e, AIOT_FAILURE, 0, -AIOT_EALREADY);
	assert_int_equal(aiot_core_restart(&f->core, e), 0);
	assert_int_equal(e->runs, 4);
	fake_close(f);
}

/* A host keeps an entry in these states between two runs; there is nothing of ours to unwind. */
static void what_waits_or_is_in_back_off_stops_at_once(void **state)
{
	static const enum aiot_state states[] = {AIOT_WAITING, AIOT_RESTARTING};
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_sleeper);
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		fake_for(f, 62 * FAKE_S);
		aiot_entry_set(&f->core, &t->entry, states[i]);
		check_orders(f, &t->entry, states[i], -AIOT_EALREADY, 0);
		assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
		assert_int_equal(t->entry.state, AIOT_STOPPED);
		assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	}
	fake_close(f);
}

static void every_state_has_its_word(void **state)
{
	static const char *const words[] = {"stopped", "scheduled", "waiting",	  "starting",
					    "running", "stopping",  "restarting", "done",
					    "failed",  "held",	    "restarting"};
	unsigned i;

	(void)state;
	for (i = 0; i <= (AIOT_SUPERVISE ? AIOT_BACKOFF : AIOT_HELD); i++) {
		if (!AIOT_TEXT && (i == AIOT_WAITING || i == AIOT_RESTARTING))
			continue; /* only what is elsewhere is in these */
		assert_string_equal(aiot_state_word((enum aiot_state)i), words[i]);
	}
}

static void times_of_a_run_are_kept(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_sleeper, "t");
	uint64_t start;

	(void)state;
	fake_pass(f, FAKE_DAY);
	start = f->mono_ns;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_true(fake_entered_at(&t->entry, start));
	fake_for(f, 30 * FAKE_S);
	assert_true(fake_entered_at(&t->entry, start));
#if !AIOT_BOARD
	assert_true(t->entry.run_ns == start);
#endif
	fake_for(f, 32 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_true(aiot_entry_changed_since(&t->entry, start + 61 * FAKE_S));
#if !AIOT_BOARD
	assert_true(t->entry.run_ns >= 61 * FAKE_S &&
		    t->entry.run_ns < 61 * FAKE_S + 3 * FAKE_TICK);
	assert_true(t->entry.since_ns == start + t->entry.run_ns);
#endif
	fake_close(f);
}

#if AIOT_TEXT
static void a_core_that_is_closed_starts_nothing(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_sleeper, "late");

	(void)state;
	f->core.closed = true;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), -AIOT_ECANCELED);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), -AIOT_ECANCELED);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	fake_close(f);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#if AIOT_TEXT
		cmocka_unit_test(a_core_that_is_closed_starts_nothing),
#endif
		cmocka_unit_test(names_are_checked_and_what_is_refused_is_not_entered),
#if !AIOT_BOARD
		cmocka_unit_test(names_around_the_room_in_the_entry_keep_to_themselves),
#endif
		cmocka_unit_test(a_new_entry_is_stopped_and_has_an_id_of_its_own),
#if !AIOT_BOARD
		cmocka_unit_test(a_name_that_is_taken_gets_a_number_never_used_before),
		cmocka_unit_test(without_a_counter_the_first_free_number_is_taken),
#endif
		cmocka_unit_test(a_taken_name_is_refused_or_ignored_when_asked_for),
#if !AIOT_BOARD
		cmocka_unit_test(a_number_that_does_not_fit_into_64_characters_is_refused),
#endif
		cmocka_unit_test(a_pattern_walks_its_matches_in_name_order),
#if AIOT_DELETE
		cmocka_unit_test(a_walk_goes_on_behind_what_was_deleted_under_it),
#endif
		cmocka_unit_test(a_walk_finds_what_was_added_ahead_of_it),
		cmocka_unit_test(patterns_longer_than_any_name_are_harmless),
		cmocka_unit_test(each_order_answers_by_the_state_it_meets),
		cmocka_unit_test(what_waits_or_is_in_back_off_stops_at_once),
		cmocka_unit_test(every_state_has_its_word),
		cmocka_unit_test(times_of_a_run_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
