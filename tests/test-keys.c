/*
 * The table of known keys: every kind of wrong key, section and value with its sentence, and the
 * values as they arrive in a struct.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "keys.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct unit {
	const char *description;
	const char *wanted; /* words */
	bool enabled;
	uint32_t execution;
	uint32_t count;
	uint64_t big;
	uint64_t size;
	uint64_t every;
	uint32_t port;
	uint64_t ring;
	uint64_t timeout;
	uint64_t small;
	uint8_t guard;
};

static const struct aiot_key table[] = {
	AIOT_KEY_STR("Service", "Description", struct unit, description, "none", "what it is"),
	AIOT_KEY_WORDS("Service", "Wants", struct unit, wanted, "", "what it tries to have"),
	AIOT_KEY_BOOL("Service", "Enabled", struct unit, enabled, "yes", "whether it is loaded"),
	AIOT_KEY_ENUM("Service", "Execution", struct unit, execution, "thread",
		      "main|thread|process", "where its tasks run"),
	AIOT_KEY_U32("Limits", "Count", struct unit, count, "4294967295", "how many"),
	AIOT_KEY_U64("Limits", "Big", struct unit, big, "18446744073709551615", "how many"),
	AIOT_KEY_SIZE("Limits", "Size", struct unit, size, "1M", "how large"),
	AIOT_KEY_SPAN("Schedule", "Every", struct unit, every, NULL, "how often"),
	AIOT_KEY_U32("Limits", "Port", struct unit, port, "1", "which", .min = 1, .max = 65535),
	AIOT_KEY_SIZE("Limits", "Ring", struct unit, ring, "64K", "how large", .min = 65536,
		      .max = 1 << 30),
	AIOT_KEY_SPAN("Limits", "TimeoutStopSec", struct unit, timeout, "10s", "how long",
		      .min = 1000000, .max = 3600000000000),
	AIOT_KEY_U64("Limits", "Small", struct unit, small, "3", "how few", .min = 3),
	AIOT_KEYS_FREE("Args"),
};

static void parse(const char *text, struct aiot_ini *doc)
{
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), doc), 0);
}

static const struct check_case {
	const char *text;
	const char *errors; /* one sentence a line */
} checks[] = {
	{"", ""},
	{"[Service]\nDescription=x\nwants=\nENABLED=No\nexecution=Process\n", ""},
	{"[Args]\nanything=goes\n[Schedule]\nEvery=1min 30s\n", ""},
	{"[limits]\ntimeout_stop_sec=1h\n", ""},
	/* keys */
	{"[Service]\nEnabeld=yes\n",
	 "f:2: unknown key 'Enabeld' in [Service], did you mean 'Enabled'?\n"},
	{"[service]\nexekution=main\n",
	 "f:2: unknown key 'exekution' in [service], did you mean 'Execution'?\n"},
	{"[Service]\nWhatever=1\n", "f:2: unknown key 'Whatever' in [Service]\n"},
	{"[Service]\nEvery=1s\n",
	 "f:2: unknown key 'Every' in [Service], it belongs in [Schedule]\n"},
	{"[Service]\nevry=1s\n", "f:2: unknown key 'evry' in [Service]\n"},
	/* Two edits of four letters are half a word: no suggestion. */
	{"[Limits]\nBits=1\n", "f:2: unknown key 'Bits' in [Limits]\n"},
	{"[Limits]\nSiize=1\n", "f:2: unknown key 'Siize' in [Limits], did you mean 'Size'?\n"},
	{"[Limits]\nCont=1\n", "f:2: unknown key 'Cont' in [Limits], did you mean 'Count'?\n"},
	{"[Limits]\nRong=1\n", "f:2: unknown key 'Rong' in [Limits], did you mean 'Ring'?\n"},
	/* sections */
	{"[Servce]\nEnabled=yes\nFoo=1\n",
	 "f:1: unknown section [Servce], did you mean [Service]?\n"},
	{"\n[Zoo]\n[Arg]\n[zoo]\nx=1\n",
	 "f:2: unknown section [Zoo]\nf:3: unknown section [Arg], did you mean [Args]?\n"},
	/* values */
	{"[Service]\nEnabled=maybe\n",
	 "f:2: bad value 'maybe' for 'Enabled' in [Service], expected yes or no\n"},
	{"[Service]\nEnabled=\n",
	 "f:2: bad value '' for 'Enabled' in [Service], expected yes or no\n"},
	{"[Service]\nexecution=fiber\n",
	 "f:2: bad value 'fiber' for 'execution' in [Service], expected one of main, thread, "
	 "process\n"},
	{"[Service]\nExecution=main|thread\n",
	 "f:2: bad value 'main|thread' for 'Execution' in [Service], expected one of main, thread, "
	 "process\n"},
	{"[Limits]\nCount=4294967296\n",
	 "f:2: bad value '4294967296' for 'Count' in [Limits], expected a whole number up to "
	 "4294967295\n"},
	{"[Limits]\nCount=-1\n",
	 "f:2: bad value '-1' for 'Count' in [Limits], expected a whole number up to 4294967295\n"},
	{"[Limits]\nBig=18446744073709551616\n",
	 "f:2: bad value '18446744073709551616' for 'Big' in [Limits], expected a whole number\n"},
	{"[Limits]\nBig=1 2\n",
	 "f:2: bad value '1 2' for 'Big' in [Limits], expected a whole number\n"},
	{"[Limits]\nBig=0x10\n",
	 "f:2: bad value '0x10' for 'Big' in [Limits], expected a whole number\n"},
	{"[Limits]\nPort=0\n",
	 "f:2: bad value '0' for 'Port' in [Limits], expected a whole number from 1 to 65535\n"},
	{"[Limits]\nPort=65536\n", "f:2: bad value '65536' for 'Port' in [Limits], expected a "
				   "whole number from 1 to 65535\n"},
	{"[Limits]\nSmall=2\n",
	 "f:2: bad value '2' for 'Small' in [Limits], expected a whole number of at least 3\n"},
	{"[Limits]\nSize=1T\n",
	 "f:2: bad value '1T' for 'Size' in [Limits], expected a size such as 4096, 64K or 1M\n"},
	{"[Limits]\nSize=1KB\n",
	 "f:2: bad value '1KB' for 'Size' in [Limits], expected a size such as 4096, 64K or 1M\n"},
	{"[Limits]\nSize=K\n",
	 "f:2: bad value 'K' for 'Size' in [Limits], expected a size such as 4096, 64K or 1M\n"},
	{"[Limits]\nSize=17179869184G\n",
	 "f:2: bad value '17179869184G' for 'Size' in [Limits], expected a size such as 4096, 64K "
	 "or 1M\n"},
	{"[Limits]\nRing=63K\n", "f:2: bad value '63K' for 'Ring' in [Limits], expected a size "
				 "such as 4096, 64K or 1M from "
				 "64K to 1G\n"},
	{"[Schedule]\nEvery=5 parsecs\n",
	 "f:2: bad value '5 parsecs' for 'Every' in [Schedule], expected a time span such as 500ms "
	 "or 1min 30s\n"},
	{"[Limits]\nTimeoutStopSec=0\n",
	 "f:2: bad value '0' for 'TimeoutStopSec' in [Limits], expected a time span such as 500ms "
	 "or 1min 30s from 1ms to 1h\n"},
	{"[Service]\nEnabled="
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9zz\n",
	 "f:2: bad value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' for "
	 "'Enabled' in [Service], expected yes or no\n"},
	/* all of them, sections first */
	{"[Service]\nEnabled=2\nColour=red\n[Serv]\n[Limits]\nPort=x\n",
	 "f:4: unknown section [Serv], did you mean [Service]?\n"
	 "f:2: bad value '2' for 'Enabled' in [Service], expected yes or no\n"
	 "f:3: unknown key 'Colour' in [Service]\n"
	 "f:6: bad value 'x' for 'Port' in [Limits], expected a whole number from 1 to 65535\n"},
};

static void each_mistake_is_explained_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct aiot_ini_errors errors = {.count = 0};
		struct aiot_ini doc;
		char said[4096] = "";
		size_t len = 0;
		int rc;

		parse(checks[i].text, &doc);
		rc = aiot_keys_check(&doc, table, COUNT(table), &errors);
		for (size_t k = 0; k < errors.count; k++)
			len += (size_t)snprintf(said + len, sizeof(said) - len, "%s\n",
						errors.text[k]);
		assert_string_equal(said, checks[i].errors);
		assert_int_equal(rc, *checks[i].errors ? -AIOT_EINVAL : 0);
		aiot_ini_errors_finish(&errors);
		aiot_ini_finish(&doc);
	}
}

static void errors_may_join_those_of_the_document(void **state)
{
	struct aiot_ini doc;
	const char *text = "[Service]\nfoo\nbar=1\n";

	(void)state;
	assert_int_equal(aiot_ini_parse("f", text, strlen(text), &doc), -AIOT_EINVAL);
	assert_int_equal(aiot_keys_check(&doc, table, COUNT(table), &doc.errors), -AIOT_EINVAL);
	assert_int_equal(doc.errors.count, 2);
	aiot_ini_finish(&doc);
}

static void only_new_errors_count_against_a_document(void **state)
{
	struct aiot_ini_errors errors = {.count = 0};
	struct aiot_ini doc;

	(void)state;
	parse("[Service]\nEnabled=yes\n", &doc);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(aiot_ini_complain(&errors, "g", i, "earlier"), 0);
	assert_string_equal(errors.text[0], "g: earlier");
	assert_int_equal(aiot_keys_check(&doc, table, COUNT(table), &errors), 0);
	aiot_ini_finish(&doc);
	parse("[Service]\nEnabled=x\n", &doc);
	assert_int_equal(aiot_keys_check(&doc, table, COUNT(table), &errors), -AIOT_EINVAL);
	assert_int_equal(errors.lost, 9);
	aiot_ini_finish(&doc);
	aiot_ini_errors_finish(&errors);
}

static void defaults_then_documents_the_last_wins(void **state)
{
	struct unit unit = {.every = 42, .guard = 0xa5};
	struct aiot_ini vendor, admin;

	(void)state;
	assert_int_equal(aiot_keys_defaults(table, COUNT(table), &unit), 0);
	assert_string_equal(unit.description, "none");
	assert_true(unit.enabled);
	assert_int_equal(unit.execution, 1);
	assert_int_equal(unit.count, UINT32_MAX);
	assert_true(unit.big == UINT64_MAX);
	assert_int_equal(unit.size, 1 << 20);
	assert_int_equal(unit.every, 42);
	assert_int_equal(unit.timeout, 10000000000);
	parse("[Service]\nDescription=vendor\nEnabled=off\nExecution=process\n[Limits]\nSize=2k\n"
	      "Count=0\nBig=7\n[Schedule]\nEvery=1.5s\n",
	      &vendor);
	parse("[SERVICE]\ndescription=admin\nenabled=TRUE\n[Limits]\nring=1G\nport=65535\n",
	      &admin);
	assert_int_equal(aiot_keys_apply(&vendor, table, COUNT(table), &unit), 0);
	assert_false(unit.enabled);
	assert_int_equal(aiot_keys_apply(&admin, table, COUNT(table), &unit), 0);
	assert_string_equal(unit.description, "admin");
	assert_true(unit.enabled);
	assert_int_equal(unit.execution, 2);
	assert_int_equal(unit.count, 0);
	assert_int_equal(unit.big, 7);
	assert_int_equal(unit.size, 2048);
	assert_int_equal(unit.every, 1500000000);
	assert_int_equal(unit.ring, 1 << 30);
	assert_int_equal(unit.port, 65535);
	assert_int_equal(unit.guard, 0xa5);
	aiot_ini_finish(&vendor);
	aiot_ini_finish(&admin);
}

static void a_bad_value_leaves_its_field_alone(void **state)
{
	struct unit unit = {.port = 9, .execution = 1};
	struct aiot_ini doc;

	(void)state;
	parse("[Limits]\nPort=0\nCount=5\n[Service]\nExecution=x\n[Args]\nPort=3\n", &doc);
	assert_int_equal(aiot_keys_apply(&doc, table, COUNT(table), &unit), -AIOT_EINVAL);
	assert_int_equal(unit.port, 9);
	assert_int_equal(unit.execution, 1);
	assert_int_equal(unit.count, 5);
	aiot_ini_finish(&doc);
}

static void a_default_that_breaks_its_own_rule_is_found(void **state)
{
	static const struct aiot_key wrong[] = {
		AIOT_KEY_U32("Limits", "Port", struct unit, port, "0", "which", .min = 1),
	};
	struct unit unit = {.port = 9};

	(void)state;
	assert_int_equal(aiot_keys_defaults(wrong, 1, &unit), -AIOT_EINVAL);
	assert_int_equal(unit.port, 9);
}

static void booleans_have_eight_words(void **state)
{
	static const char *const yes[] = {"yes", "TRUE", "On", "1"};
	static const char *const no[] = {"no", "False", "OFF", "0"};
	static const char *const neither[] = {"y", "2", "yes ", "", "o_n", "01"};
	struct unit unit = {.guard = 0};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		unit.enabled = false;
		assert_int_equal(aiot_key_set(&table[2], yes[i], &unit), 0);
		assert_true(unit.enabled);
		assert_int_equal(aiot_key_set(&table[2], no[i], &unit), 0);
		assert_false(unit.enabled);
	}
	for (size_t i = 0; i < COUNT(neither); i++)
		assert_int_equal(aiot_key_set(&table[2], neither[i], &unit), -AIOT_EINVAL);
}

static void words_are_taken_one_by_one(void **state)
{
	const char *list = " network, time\tclock,,\n  x";
	static const char *const wanted[] = {"network", "time", "clock", "x"};
	const char *word = NULL;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_true(aiot_words_next(&list, &word, &len));
		assert_int_equal(len, strlen(wanted[i]));
		assert_memory_equal(word, wanted[i], len);
	}
	assert_false(aiot_words_next(&list, &word, &len));
	assert_false(aiot_words_next(&list, &word, &len));
	list = " , ";
	assert_false(aiot_words_next(&list, &word, &len));
}

static void the_accepted_form_fits_any_buffer(void **state)
{
	char buf[64];
	char tiny[4];

	(void)state;
	aiot_key_form(&table[0], buf, sizeof(buf));
	assert_string_equal(buf, "any text");
	aiot_key_form(&table[1], buf, sizeof(buf));
	assert_string_equal(buf, "words");
	aiot_key_form(&table[3], tiny, sizeof(tiny));
	assert_string_equal(tiny, "one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_explained_with_its_line),
		cmocka_unit_test(errors_may_join_those_of_the_document),
		cmocka_unit_test(only_new_errors_count_against_a_document),
		cmocka_unit_test(defaults_then_documents_the_last_wins),
		cmocka_unit_test(a_bad_value_leaves_its_field_alone),
		cmocka_unit_test(a_default_that_breaks_its_own_rule_is_found),
		cmocka_unit_test(booleans_have_eight_words),
		cmocka_unit_test(words_are_taken_one_by_one),
		cmocka_unit_test(the_accepted_form_fits_any_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
