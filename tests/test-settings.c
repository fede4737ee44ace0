/*
 * test-settings.c - settings.c: options read, set, in force for a run, and how long their texts
 * live.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "more.h"
#include "service.h"
#include "settings.h"

struct lamp {
	const char *name, *note;
	uint32_t ms;
	uint8_t on;
	const char *held; /* what the run began with */
};

static enum aiot_co shines(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct lamp, self);
	self->held = self->name;
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}
static const struct aiot_opt lamp_opts[] = {
	AIOT_OPT_STR_LIVE(struct lamp, name, "name", "red", "which"),
	AIOT_OPT_STR(struct lamp, note, "note", "", "why"),
	AIOT_OPT_MS_LIVE(struct lamp, ms, "for", "1s", "how long"),
	AIOT_OPT_BOOL(struct lamp, on, "is_on", "no", "whether"),
	{0},
};
AIOT_SERVICE(lamp, struct lamp, .main = shines, .opts = lamp_opts);

static char sentence[300];

static int read_list(struct aiot_entry *e, const char *text, bool may_reset,
		     struct aiot_setting **ret)
{
	static char json[1 << 18];
	struct aiot_json value;
	struct aiot_out why;
	size_t i;

	for (i = 0; text[i]; i++)
		json[i] = text[i] == '\'' ? '"' : text[i];
	assert_int_equal(aiot_json_parse(json, i, &value, NULL), 0);
	aiot_out_init(&why, sentence, sizeof(sentence));
	*ret = NULL;
	i = (size_t)-aiot_settings_read(&f->core, e->spec->service, AIOT_KIND(e->spec)->opts, value,
					may_reset, ret, &why);
	(void)aiot_out_str(&why);
	return -(int)i;
}

/* Set the one option in the text; whether it was at once. */
static bool put(struct aiot_task *t, const char *text)
{
	struct aiot_setting *list;

	assert_int_equal(read_list(&t->entry, text, true, &list), 0);
	assert_int_equal(aiot_settings_prepare(&f->core, &t->entry, list), 0);
	assert_null(list->next);
	return aiot_setting_put(&f->core, &t->entry, list);
}

static struct lamp *lamp(struct aiot_task *t)
{
	return aiot_task_self(t);
}

static void values_of_every_json_type_are_read(void **state)
{
	struct aiot_task *t = add(&aiot_service_lamp, "x");
	struct aiot_setting *list;

	(void)state;
	assert_int_equal(
		read_list(&t->entry, "{'Name':'a=b','for':true,'ison':true}", false, &list),
		-AIOT_EINVAL);
	assert_string_equal(sentence, "for: 'true' is not a time span such as 500ms or 1min 30s, "
				      "whole ms, up to 49 days");
	assert_int_equal(
		read_list(&t->entry, "{'NAME':'a=b','for':'2s','ison':true}", false, &list), 0);
	assert_string_equal(list->value, "a=b");
	assert_string_equal(list->next->value, "2s");
	assert_string_equal(list->next->next->value, "true");
	aiot_settings_free(&f->core, list);
}

static void what_is_wrong_is_said(void **state)
{
	struct aiot_task *t = add(&aiot_service_lamp, "x");
	struct aiot_setting *list;

	(void)state;
	assert_int_equal(read_list(&t->entry, "{'nam':''}", false, &list), -AIOT_EINVAL);
	assert_string_equal(sentence, "'nam' is none of the options, did you mean 'name'?");
	assert_int_equal(read_list(&t->entry, "{'zzzzzz':''}", false, &list), -AIOT_EINVAL);
	assert_string_equal(sentence, "'zzzzzz' is none of the options: name, note, for, is_on");
	assert_int_equal(read_list(&t->entry, "{'note':'1','NOTE':'2'}", false, &list),
			 -AIOT_EINVAL);
	assert_string_equal(sentence, "note: given twice");
	assert_int_equal(read_list(&t->entry, "{'note':null}", false, &list), -AIOT_EINVAL);
	assert_string_equal(sentence, "note: a value is needed: note=VALUE");
	assert_int_equal(read_list(&t->entry, "{'note':'1','ison':'x'}", false, &list),
			 -AIOT_EINVAL);
	assert_string_equal(sentence, "is_on: 'x' is not yes or no");
	assert_int_equal(f->blocks, 0);
}

static void a_value_of_60_KiB_is_kept_byte_for_byte_and_a_larger_one_refused(void **state)
{
	static char text[(1 << 16) + 100], value[AIOT_ARG_MAX + 2];
	struct aiot_task *t = run(&aiot_service_lamp, "x");
	struct aiot_setting *list;
	size_t i;

	(void)state;
	for (i = 0; i < AIOT_ARG_MAX; i++)
		value[i] = (char)('a' + i % 26);
	(void)aiot_format_to(text, sizeof(text), "{'name':'%s'}", value);
	assert_true(put(t, text));
	assert_string_equal(lamp(t)->name, value);
	value[AIOT_ARG_MAX] = 'x';
	(void)aiot_format_to(text, sizeof(text), "{'name':'%s'}", value);
	assert_int_equal(read_list(&t->entry, text, true, &list), -AIOT_EMSGSIZE);
	assert_string_equal(sentence, "name: its value has 61441 bytes, 61440 are allowed");
}

static void escapes_come_out_as_what_they_stand_for(void **state)
{
	struct aiot_task *t = run(&aiot_service_lamp, "x");

	(void)state;
	assert_true(put(t, "{'name':'\\n\\u0001\\u00e9\\ud83d\\ude00='}"));
	assert_string_equal(lamp(t)->name, "\n\001\xc3\xa9\xf0\x9f\x98\x80=");
}

static void live_ones_change_at_once_and_others_with_the_next_start(void **state)
{
	struct aiot_task *t = run(&aiot_service_lamp, "x");
	const char *origin;

	(void)state;
	assert_true(put(t, "{'for':'2s'}"));
	assert_int_equal(lamp(t)->ms, 2000);
	assert_false(put(t, "{'is_on':true}"));
	assert_int_equal(lamp(t)->on, 0);
	assert_string_equal(aiot_setting_value(&t->entry, &lamp_opts[3], &origin), "true");
	assert_string_equal(origin, "set");
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(lamp(t)->on, 1);
	assert_int_equal(lamp(t)->ms, 2000);
}

static void a_task_that_does_not_run_shows_it_at_once(void **state)
{
	struct aiot_task *t = add(&aiot_service_lamp, "x");

	(void)state;
	assert_false(put(t, "{'note':'n'}"));
	assert_string_equal(lamp(t)->note, "n");
	assert_false(put(t, "{'note':null}"));
	assert_string_equal(lamp(t)->note, "");
	assert_int_equal(f->blocks, 1); /* of struct aiot_more */
}

static void a_text_that_is_replaced_lives_until_the_run_ends(void **state)
{
	struct aiot_task *t = add(&aiot_service_lamp, "x");

	(void)state;
	assert_false(put(t, "{'name':'green'}"));
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_true(put(t, "{'name':'blue'}"));
	assert_true(put(t, "{'name':null}"));
	assert_string_equal(lamp(t)->name, "red");
	assert_string_equal(lamp(t)->held, "green");
	assert_int_equal(f->blocks, 3); /* green, blue, more */
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(f->blocks, 1);
}

static void too_much_for_one_run_is_refused(void **state)
{
	static char text[AIOT_ARG_MAX + 100];
	struct aiot_task *t = run(&aiot_service_lamp, "x");
	struct aiot_setting *list;
	unsigned i = 0;

	(void)state;
	(void)aiot_format_to(text, sizeof(text), "{'name':'%061000d'}", 0);
	for (;;) {
		assert_int_equal(read_list(&t->entry, text, true, &list), 0);
		if (aiot_settings_prepare(&f->core, &t->entry, list) < 0)
			break;
		(void)aiot_setting_put(&f->core, &t->entry, list);
		i++;
	}
	assert_true(i > 10 && i < 100);
	aiot_settings_free(&f->core, list);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_true(put(t, text));
}

/* A key that is no text, at the very end of what came: no byte behind it is looked at. */
static void of_a_key_that_is_no_text_nothing_behind_it_is_shown(void **state)
{
	struct aiot_service service = aiot_service_lamp;
	static const char text[] = "{\"a\\u0000b\":1}";
	size_t len = sizeof(text) - 1;
	char *exact = malloc(len);
	struct aiot_setting *list = NULL;
	struct aiot_json args;
	struct aiot_out why;

	(void)state;
	assert_non_null(exact);
	memcpy(exact, text, len);
	assert_int_equal(aiot_json_parse(exact, len, &args, NULL), 0);
	aiot_out_init(&why, sentence, sizeof(sentence));
	assert_int_equal(
		aiot_settings_read(&f->core, &service, lamp_opts, args, false, &list, &why),
		-AIOT_EINVAL);
	assert_non_null(strstr(aiot_out_str(&why), "'a\\u0000b' is none of the options"));
	free(exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(values_of_every_json_type_are_read),
		T(what_is_wrong_is_said),
		T(a_value_of_60_KiB_is_kept_byte_for_byte_and_a_larger_one_refused),
		T(escapes_come_out_as_what_they_stand_for),
		T(live_ones_change_at_once_and_others_with_the_next_start),
		T(a_task_that_does_not_run_shows_it_at_once),
		T(a_text_that_is_replaced_lives_until_the_run_ends),
		T(too_much_for_one_run_is_refused),
		T(of_a_key_that_is_no_text_nothing_behind_it_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
