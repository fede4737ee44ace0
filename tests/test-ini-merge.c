/*
 * test-ini-merge.c - drop-ins laid over a document, and values of instances.
 */
#define _XOPEN_SOURCE 700 /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "inifile.h"
#include "mem.h"

static struct aiot_ini doc;

static int read_into(struct aiot_ini *into, const char *label, const char *text)
{
	return aiot_ini_parse(label, text, strlen(text), into);
}

static int lay(const char *label, const char *text)
{
	struct aiot_ini drop_in;
	int r = read_into(&drop_in, label, text);

	assert_true(r == 0 || r == -AIOT_EINVAL);
	return aiot_ini_merge(&doc, &drop_in);
}

/* All entries, as "file:line [section] key=value". */
static const char *entries(void)
{
	static char text[4096];
	size_t len = 0, i;

	text[0] = '\0';
	for (i = 0; i < doc.entry_count; i++) {
		const struct aiot_ini_entry *e = aiot_ini_at(&doc, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%u [%s] %s=%s",
					i ? "\n" : "", e->file, e->line, e->section, e->key,
					e->value);
	}
	return text;
}

static void keys_are_replaced_one_by_one_and_know_their_file(void **state)
{
	(void)state;
	assert_int_equal(read_into(&doc, "x.ini", "[Service]\nModule = m\nEnabled = no\n"), 0);
	assert_int_equal(lay("10.ini", "; a comment\n[service]\nenabled = yes\n[Args]\nb = 1\n"),
			 0);
	assert_int_equal(lay("20.ini", "[ARGS]\nB = 2\nc = 3\n"), 0);
	assert_string_equal(entries(), "x.ini:2 [Service] Module=m\n"
				       "10.ini:3 [Service] Enabled=yes\n"
				       "20.ini:2 [Args] b=2\n"
				       "20.ini:3 [Args] c=3");
	assert_int_equal(doc.section_count, 2);
	assert_string_equal(doc.sections[1].file, "10.ini");
	assert_int_equal(doc.sections[1].line, 4);
	aiot_ini_finish(&doc);
}

static void an_empty_value_takes_the_key_away_and_a_later_one_brings_it_back(void **state)
{
	(void)state;
	assert_int_equal(read_into(&doc, "x.ini", "[A]\na = 1\nb = 2\nc = 3\n"), 0);
	assert_int_equal(lay("1.ini", "[A]\nb =\nnever =\n"), 0);
	assert_string_equal(entries(), "x.ini:2 [A] a=1\nx.ini:4 [A] c=3");
	assert_int_equal(lay("2.ini", "[A]\nb = 5\na =\n"), 0);
	assert_string_equal(entries(), "x.ini:4 [A] c=3\n2.ini:2 [A] b=5");
	aiot_ini_finish(&doc);
}

static void what_is_wrong_in_a_drop_in_is_the_documents_and_the_rest_counts(void **state)
{
	(void)state;
	assert_int_equal(read_into(&doc, "x.ini", "[A]\nnonsense\na = 1\n"), -AIOT_EINVAL);
	assert_int_equal(lay("1.ini", "[A]\na = 2\na = 3\n"), 0);
	assert_int_equal(doc.errors.count, 2);
	assert_string_equal(doc.errors.text[0],
			    "x.ini:2: 'nonsense' is neither 'Key = value' nor '[Section]'");
	assert_string_equal(doc.errors.text[1], "1.ini:3: key 'a' in [A] is already set in line 2");
	assert_string_equal(entries(), "1.ini:2 [A] a=2");
	aiot_ini_finish(&doc);
}

static void very_many_keys_and_errors_have_an_end(void **state)
{
	static char text[65536];
	size_t len = 0, i;

	(void)state;
	assert_int_equal(read_into(&doc, "x.ini", "[A]\na = 1\n"), 0);
	len = (size_t)snprintf(text, sizeof(text), "[B]\n");
	for (i = 0; i < AIOT_INI_ENTRIES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "k%zu = v\n", i);
	assert_int_equal(lay("1.ini", text), -AIOT_EINVAL);
	assert_string_equal(doc.errors.text[0], "x.ini: over 1024 keys with its drop-ins");
	for (i = 0; i < 2 * AIOT_INI_ERRORS_MAX; i++)
		(void)lay("2.ini", "rubbish\n");
	assert_int_equal(doc.errors.count, AIOT_INI_ERRORS_MAX);
	assert_int_equal(doc.errors.lost, AIOT_INI_ERRORS_MAX + 1);
	aiot_ini_finish(&doc);
}

static void percent_has_a_meaning_for_an_instance_alone(void **state)
{
	static const char text[] = "[A]\na = %i-%%i\nb = 100 %\nc = %n\nd = ${AIOT_P}\n  %i\n";
	size_t i;

	(void)state;
	assert_int_equal(setenv("AIOT_P", "5%", 1), 0);
	assert_int_equal(aiot_ini_parse_for("t.ini", text, sizeof(text) - 1, "eth0", &doc),
			 -AIOT_EINVAL);
	assert_string_equal(aiot_ini_get(&doc, "A", "a"), "eth0-%i");
	assert_string_equal(aiot_ini_get(&doc, "A", "d"), "5% eth0");
	assert_int_equal(doc.errors.count, 2);
	assert_string_equal(doc.errors.text[0],
			    "t.ini:3: '%' means nothing in a template; %i is what stands behind "
			    "the @, %% a plain %");
	assert_string_equal(doc.errors.text[1],
			    "t.ini:4: '%n' means nothing in a template; %i is what stands behind "
			    "the @, %% a plain %");
	aiot_ini_finish(&doc);
	assert_int_equal(read_into(&doc, "x.ini", "[A]\na = %i-%%i\nb = 100 %\nc = %n\n"), 0);
	for (i = 0; i < 3; i++)
		assert_string_equal(doc.entries[i].value,
				    ((const char *const[]){"%i-%%i", "100 %", "%n"})[i]);
	aiot_ini_finish(&doc);
}

static void without_memory_nothing_is_lost_but_the_drop_in(void **state)
{
	unsigned n;
	int r = -AIOT_ENOMEM;

	(void)state;
	for (n = 1; r != 0 && n < 100; n++) {
		struct aiot_ini drop_in;

		assert_int_equal(read_into(&doc, "x.ini", "[A]\na = 1\n"), 0);
		assert_int_equal(read_into(&drop_in, "1.ini", "[A]\na = 2\n[B]\nb = 3\n"), 0);
		(void)aiot_mem_fail(n, 1);
		r = aiot_ini_merge(&doc, &drop_in);
		(void)aiot_mem_fail(0, 0);
		assert_true(r == 0 || r == -AIOT_ENOMEM);
		assert_non_null(aiot_ini_get(&doc, "A", "a"));
		aiot_ini_finish(&doc);
	}
	assert_true(n > 3 && n < 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_replaced_one_by_one_and_know_their_file),
		cmocka_unit_test(an_empty_value_takes_the_key_away_and_a_later_one_brings_it_back),
		cmocka_unit_test(what_is_wrong_in_a_drop_in_is_the_documents_and_the_rest_counts),
		cmocka_unit_test(very_many_keys_and_errors_have_an_end),
		cmocka_unit_test(percent_has_a_meaning_for_an_instance_alone),
		cmocka_unit_test(without_memory_nothing_is_lost_but_the_drop_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
