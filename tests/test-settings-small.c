/*
 * test-settings-small.c - options that are set, on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "more.h"
#include "settings.h"

static int put(struct aiot_task *t, const char *key, const char *value, bool check)
{
	const struct aiot_json member[2] = {{key, strlen(key)}, {value, strlen(value)}};

	return aiot_setting_set(&t->entry, member, check);
}

static const char *word_of(struct aiot_task *t)
{
	return ((struct play *)aiot_task_self(t))->word;
}

static void a_value_holds_from_the_next_start_until_it_is_taken_back(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(put(t, "\"word\"", "\"new\"", false), 0);
	assert_string_equal(word_of(t), "a \"b\"");
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_string_equal(word_of(t), "new");
	/* The run under way may point to the text that is replaced. */
	assert_int_equal(put(t, "\"word\"", "\"newer\"", false), 0);
	assert_string_equal(word_of(t), "new");
	assert_int_equal(put(t, "\"word\"", "null", false), 0);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_string_equal(word_of(t), "a \"b\"");
}

static void a_task_that_rests_has_it_at_once(void **state)
{
	struct aiot_task *t = run(&aiot_service_quick, "y");
	struct aiot_task *p = add(&aiot_service_play, "x");

	(void)state;
	(void)t;
	assert_int_equal(put(p, "\"pause\"", "\"3s\"", false), 0);
	assert_int_equal(((struct play *)aiot_task_self(p))->pause_ms, 3000);
	assert_int_equal(put(p, "\"word\"", "12", false), 0);
	assert_string_equal(word_of(p), "12");
}

/* Its struct pointed to the text of the run that had ended. */
static void a_text_that_is_given_back_is_not_shown_any_more(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(put(t, "\"word\"", "\"old\"", false), 0);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(put(t, "\"word\"", "\"new\"", false), 0);
	assert_string_equal(word_of(t), "old");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_int_equal(put(t, "\"pause\"", "\"2s\"", false), 0);
	assert_string_equal(word_of(t), "new");
}

/* Only to texts a run under way may point. */
static void a_number_that_is_set_again_and_again_takes_no_more_memory(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");
	unsigned i, blocks;

	(void)state;
	assert_int_equal(put(t, "\"pause\"", "\"2s\"", false), 0);
	blocks = f->blocks;
	for (i = 0; i < 20; i++)
		assert_int_equal(put(t, "\"pause\"", "\"3s\"", false), 0);
	assert_int_equal(f->blocks, blocks);
	for (i = 0; i < 20; i++)
		assert_int_equal(put(t, "\"pause\"", "null", false), 0);
	assert_int_equal(f->blocks, blocks - 1);
}

static void an_object_or_array_is_no_value(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "x");

	(void)state;
	assert_true(put(t, "\"word\"", "{\"a\":\"\\u\"}", false) < 0);
	assert_true(put(t, "\"word\"", "[1]", true) < 0);
	assert_string_equal(word_of(t), "a \"b\"");
}

static void arguments_stand_above_defaults_and_the_last_one_counts(void **state)
{
	static const struct aiot_arg args[] = {{"Word", "a", "x.ini:1"},
					       {"pause", "2s", "x.ini:2"},
					       {"word", "b", "x.ini:3"},
					       {"wort", "c", "x.ini:4"}};
	struct fake_kind *k = fake_load(f, &aiot_service_play, NULL);
	struct aiot_task *t;
	struct play self = {0};

	(void)state;
	k->spec.args = args;
	k->spec.arg_count = 3;
	t = fake_add(f, k, "x");
	assert_int_equal(aiot_settings_apply(&t->entry, &self), 0);
	assert_string_equal(self.word, "b");
	assert_int_equal(self.pause_ms, 2000);
	assert_int_equal(put(t, "\"word\"", "\"set\"", false), 0);
	assert_string_equal(word_of(t), "set");
	assert_int_equal(put(t, "\"word\"", "null", false), 0);
	assert_string_equal(word_of(t), "b");
	k->spec.arg_count = 4;
	assert_int_equal(aiot_settings_apply(&t->entry, &self), -AIOT_ENOENT);
}

static void what_is_wrong_is_refused(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(put(t, "\"pause\"", "\"soon\"", true), -AIOT_EINVAL);
	assert_int_equal(put(t, "\"nothing\"", "\"1\"", true), -AIOT_ENOENT);
	assert_int_equal(put(t, "\"Word\"", "\"1\"", true), -AIOT_ENOENT);
	assert_int_equal(put(t, "\"word\"", "\"a\\u0000b\"", true), -AIOT_EBADMSG);
	f->fail_at = 1;
	assert_int_equal(put(t, "\"word\"", "\"a\"", false), -AIOT_ENOMEM);
	f->fail_at = 2;
	assert_int_equal(put(t, "\"word\"", "\"a\"", false), -AIOT_ENOMEM);
	assert_string_equal(word_of(t), "a \"b\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_value_holds_from_the_next_start_until_it_is_taken_back),
		T(a_task_that_rests_has_it_at_once),
		T(a_text_that_is_given_back_is_not_shown_any_more),
		T(a_number_that_is_set_again_and_again_takes_no_more_memory),
		T(an_object_or_array_is_no_value),
		T(arguments_stand_above_defaults_and_the_last_one_counts),
		T(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
