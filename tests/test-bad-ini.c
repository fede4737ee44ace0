/*
 * test-bad-ini.c - every wrong file of a service that we could think of, each with the whole of
 * what is told: file, line, what is wrong and, where we can know it, what to do.
 */
#define _XOPEN_SOURCE 700 /* unsetenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define TEXT(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
	const char *complaints; /* a line each */
} rows[] = {
	{TEXT(""), "x.ini: [Service] needs Module=, the name of its object file"},
	{TEXT("# nothing\n"
	      "; here\n"),
	 "x.ini: [Service] needs Module=, the name of its object file"},
	{TEXT("[Service]\n"
	      "Module m\n"),
	 "x.ini:2: 'Module m' is neither 'Key = value' nor '[Section]'"},
	{TEXT("Module = m\n"), "x.ini:1: key 'Module' stands before any [Section]"},
	{TEXT("[Service\n"
	      "Module = m\n"),
	 "x.ini:1: section header without ']'"},
	{TEXT("[Service] x\n"
	      "Module = m\n"),
	 "x.ini:1: text behind the section header '[Service]'"},
	{TEXT("[]\n"
	      "Module = m\n"),
	 "x.ini:1: section without a name"},
	{TEXT("[SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS]\n"
	      "Module = m\n"),
	 "x.ini:1: section name of 50 bytes, over 49"},
	{TEXT("[Service]\n"
	      "= m\n"),
	 "x.ini:2: no key before '='"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "module = n\n"),
	 "x.ini:3: key 'module' in [Service] is already set in line 2"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Args]\n"
	      "a = 1\n"
	      "[service]\n"
	      "MODULE = n\n"),
	 "x.ini:6: key 'MODULE' in [Service] is already set in line 2"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Description = "
	      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	      "xxxxxxxxxxxxxxxxxxxxxx\n"),
	 "x.ini:3: line of 204 bytes, over 190; an indented line goes on with the one before"},
	{TEXT("[Service]\n"
	      "Module = m\001\n"),
	 "x.ini:2: control character 0x01 in column 11"},
	{TEXT("[Service]\n"
	      "Module = m\177\n"),
	 "x.ini:2: control character 0x7f in column 11"},
	{TEXT("[Service]\n"
	      "Description = \377\n"
	      "Module = m\n"),
	 "x.ini:2: not UTF-8 in column 15"},
	{TEXT("[Service]\n"
	      "Description = Gr\374\337e\n"
	      "Module = m\n"),
	 "x.ini:2: not UTF-8 in column 17"},
	{TEXT("\377\376[\000S\000"), "x.ini:1: not UTF-8 in column 1"},
	{TEXT("[Service]\n"
	      "Module = \000m\n"),
	 "x.ini:2: NUL byte in column 10"},
	{TEXT("[Service]\n"
	      "Modlue = m\n"
	      "  more\n"),
	 "x.ini:2: unknown key 'Modlue' in [Service], did you mean 'Module'?"},
	{TEXT("{\"Module\":\"m\"}\n"), "x.ini:1: key '{\"Module\"' stands before any [Section]"},
	{TEXT("<Service>\n"), "x.ini:1: '<Service>' is neither 'Key = value' nor '[Section]'"},
	{TEXT("Service:\n"
	      "  Module: m\n"),
	 "x.ini:1: key 'Service' stands before any [Section]"},
	{TEXT("#!/bin/sh\n"
	      "export MODULE=m\n"),
	 "x.ini:2: key 'export MODULE' stands before any [Section]"},
	{TEXT("[Servce]\n"
	      "Module = m\n"),
	 "x.ini:1: unknown section [Servce], did you mean [Service]?"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Unit]\n"
	      "After = x\n"),
	 "x.ini:3: unknown section [Unit]; Description=, Requires=, Wants= and After= stand in "
	 "[Service]"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Install]\n"
	      "WantedBy = multi-user.target\n"),
	 "x.ini:3: unknown section [Install]; Enabled=yes in [Service] has it loaded at start"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Arg]\n"
	      "a = 1\n"),
	 "x.ini:3: unknown section [Arg], did you mean [Args]?"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Scheduel]\n"
	      "Every = 1s\n"),
	 "x.ini:3: unknown section [Scheduel], did you mean [Schedule]?"},
	{TEXT("[Service]\n"
	      "Modlue = m\n"),
	 "x.ini:2: unknown key 'Modlue' in [Service], did you mean 'Module'?"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Every = 1s\n"),
	 "x.ini:3: unknown key 'Every' in [Service], it belongs in [Schedule]"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Colour = red\n"),
	 "x.ini:3: unknown key 'Colour' in [Service]"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Type = core\n"
	      "Restart = always\n"),
	 "x.ini:4: Restart=always is not for Type=core, which has to end; Restart=on-failure "
	 "repeats "
	 "runs that failed"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "ExecStart = /bin/true\n"),
	 "x.ini:3: unknown key 'ExecStart' in [Service]; a service is a module, see Module=; to "
	 "run a command: aiotoolsctl run"},
	{TEXT("[Service]\n"
	      "Modul = m\n"
	      "Enabled = 7\n"
	      "TimeoutStopSec = x\n"),
	 "x.ini:2: unknown key 'Modul' in [Service], did you mean 'Module'?\n"
	 "x.ini:3: bad value '7' for 'Enabled' in [Service], expected yes or no\n"
	 "x.ini:4: bad value 'x' for 'TimeoutStopSec' in [Service], expected a time span such as "
	 "500ms or 1min 30s from 1ms to 1h"},
	{TEXT("[Service]\n"
	      "Description = x\n"),
	 "x.ini:1: [Service] needs Module=, the name of its object file"},
	{TEXT("[Service]\n"
	      "Module =\n"),
	 "x.ini:2: [Service] needs Module=, the name of its object file"},
	{TEXT("[Service]\n"
	      "Module = m.so\n"),
	 "x.ini:2: 'm.so' cannot be the name of a module; leave out .so"},
	{TEXT("[Service]\n"
	      "Module = /usr/lib/m.so\n"),
	 "x.ini:2: '/usr/lib/m.so' cannot be the name of a module; leave out directory and .so, "
	 "the module path finds it"},
	{TEXT("[Service]\n"
	      "Module = ../m\n"),
	 "x.ini:2: '../m' cannot be the name of a module; leave out directory and .so, the module "
	 "path finds it"},
	{TEXT("[Service]\n"
	      "Module = my module\n"),
	 "x.ini:2: 'my module' cannot be the name of a module"},
	{TEXT("[Service]\n"
	      "Module = .m\n"),
	 "x.ini:2: '.m' cannot be the name of a module"},
	{TEXT("[Service]\n"
	      "Enabled = no\n"
	      "Description = x\n"),
	 "x.ini:1: [Service] needs Module=, the name of its object file"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Enabled = maybe\n"),
	 "x.ini:3: bad value 'maybe' for 'Enabled' in [Service], expected yes or no"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Enabled =\n"),
	 "x.ini:3: bad value '' for 'Enabled' in [Service], expected yes or no"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "TimeoutStopSec = soon\n"),
	 "x.ini:3: bad value 'soon' for 'TimeoutStopSec' in [Service], expected a time span such "
	 "as 500ms or 1min 30s from 1ms to 1h"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "TimeoutStopSec = 2h\n"),
	 "x.ini:3: bad value '2h' for 'TimeoutStopSec' in [Service], expected a time span such as "
	 "500ms or 1min 30s from 1ms to 1h"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "TimeoutStopSec = 0\n"),
	 "x.ini:3: bad value '0' for 'TimeoutStopSec' in [Service], expected a time span such as "
	 "500ms or 1min 30s from 1ms to 1h"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "TimeoutStopSec = -5s\n"),
	 "x.ini:3: bad value '-5s' for 'TimeoutStopSec' in [Service], expected a time span such as "
	 "500ms or 1min 30s from 1ms to 1h"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "TimeoutSec = forever\n"),
	 "x.ini:3: TimeoutSec: 'forever' is neither `never` nor a time span from 1ms to 49d"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "TimeoutSec = 50d\n"),
	 "x.ini:3: TimeoutSec: '50d' is neither `never` nor a time span from 1ms to 49d"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Priority = high\n"),
	 "x.ini:3: Priority: 'high' is not a whole number from -100 to 100"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Priority = 101\n"),
	 "x.ini:3: Priority: '101' is not a whole number from -100 to 100"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Priority = 1.5\n"),
	 "x.ini:3: Priority: '1.5' is not a whole number from -100 to 100"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Priority =\n"),
	 "x.ini:3: Priority: '' is not a whole number from -100 to 100"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Type = schedule\n"),
	 "x.ini:3: Type=schedule needs a [Schedule] with StartIn, At, Every, Cron or When"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "Type = runtime\n"
	      "[Schedule]\n"
	      "Every = 1s\n"),
	 "x.ini:3: Type=runtime has no [Schedule]; use Type=schedule"},
	{TEXT("[Service]\n"
	      "Module = ${AIOT_NOT_SET}\n"),
	 "x.ini:2: environment variable 'AIOT_NOT_SET' is not set"},
	{TEXT("[Service]\n"
	      "Module = ${HOME\n"),
	 "x.ini:2: '${' without its '}' ($$ is a plain $)"},
	{TEXT("[Service]\n"
	      "Module = ${}\n"),
	 "x.ini:2: '${}' does not name an environment variable"},
	{TEXT("[Service]\n"
	      "Module = ${1x}\n"),
	 "x.ini:2: '${1x}' does not name an environment variable"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Every = often\n"),
	 "x.ini:4: Every: 'often' is not a time span such as 10s or 1min 30s"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Every = 0\n"),
	 "x.ini:4: Every: '0' is too short, at least 1ms"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "StartIn = later\n"),
	 "x.ini:4: StartIn: 'later' is not a time span such as 10s or 1min 30s"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "StartIn = 5s from boot\n"),
	 "x.ini:4: StartIn counts `from task` or `from daemon`, not 'from boot'"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "At = tomorrow-ish\n"),
	 "x.ini:4: At: 'tomorrow-ish' is not a time such as 2026-11-21 06:30"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "At = 2026-02-30 12:00\n"),
	 "x.ini:4: At: '2026-02-30 12:00' is not a time such as 2026-11-21 06:30"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Cron = 61 * * * *\n"),
	 "x.ini:4: Cron: column 1: expected a minute from 0 to 59, such as 0 or */15, not '61'"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Cron = 0 6 * *\n"),
	 "x.ini:4: Cron: '0 6 * *' has 4 of the five fields minute, hour, day of month, month, "
	 "day of week; write * where any will do"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Cron = 0 0 30 2 *\n"),
	 "x.ini:4: Cron: column 5: expected a day that the month has: 30.2. never comes"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Cron = 0 0 * * FOO\n"),
	 "x.ini:4: Cron: column 9: expected a day of week from 0 to 7, such as 1 or MON-FRI, not "
	 "'FOO'"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "When = daily &\n"),
	 "x.ini:4: When: column 8: expected a condition such as 'daily after 10:00' or 'every 10 "
	 "min', but the text ends"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Every = 1s\n"
	      "Jitter = some\n"),
	 "x.ini:5: Jitter: 'some' is not a time span such as 10s or 1min 30s"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Cron = @daily\n"
	      "CatchUp = all\n"),
	 "x.ini:5: CatchUp: 'all' is none of none, one"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Every = 1s\n"
	      "Overlap = never\n"),
	 "x.ini:5: Overlap: 'never' is none of skip, queue, allow"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Every = 1s\n"
	      "Cron = @daily\n"),
	 "x.ini:5: Cron stands alone; leave out Every, or use When"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Jitter = 1s\n"),
	 "x.ini:4: a schedule needs StartIn, At, Every, Cron or When"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Each = 1s\n"),
	 "x.ini:4: unknown key 'Each' in [Schedule]"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Schedule]\n"
	      "Every =\n"),
	 "x.ini:4: Every: '' is not a time span such as 10s or 1min 30s"},
	{TEXT("[Node]\n"
	      "Baud = 9600\n"),
	 "x.ini:1: [Node] needs Device=, a serial device or a socket"},
	{TEXT("[Service]\n"
	      "Module = m\n"
	      "[Node]\n"
	      "Device = /dev/x\n"),
	 "x.ini:2: a file has Module= or [Node], not both"},
	{TEXT("[Node]\n"
	      "Device = /dev/x\n"
	      "[Args]\n"
	      "a = 1\n"),
	 "x.ini:3: a node's options stand in [Node]"},
	{TEXT("[Node]\n"
	      "Device = /dev/x\n"
	      "[Schedule]\n"
	      "Every = 1s\n"),
	 "x.ini:3: a node has no [Schedule]; its tasks have theirs on the board"},
};

static struct aiot_ini doc;

static const char *complaints_of(const char *text, size_t len)
{
	static char all[8192];
	struct aiot_unit_conf conf;
	struct aiot_out out;
	size_t i;

	(void)aiot_ini_parse("x.ini", text, len, &doc);
	assert_int_equal(aiot_unit_conf_read(&doc, &conf), -AIOT_EINVAL);
	aiot_out_init(&out, all, sizeof(all));
	for (i = 0; i < doc.errors.count; i++)
		aiot_format(&out, "%s%s", i ? "\n" : "", doc.errors.text[i]);
	return aiot_out_str(&out);
}

static void every_wrong_file_is_told_of_in_full(void **state)
{
	size_t i;

	(void)state;
	assert_true(sizeof(rows) / sizeof(rows[0]) >= 60);
	assert_int_equal(unsetenv("AIOT_NOT_SET"), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(complaints_of(rows[i].text, rows[i].len), rows[i].complaints);
		aiot_ini_finish(&doc);
	}
}

/* `count` lines behind the text, each its number between two others. */
static char *lines(const char *text, const char *before, const char *behind, unsigned count)
{
	size_t size = strlen(text) + count * 32ul + 1, len;
	char *all = malloc(size);
	unsigned i;

	assert_non_null(all);
	len = (size_t)snprintf(all, size, "%s", text);
	for (i = 0; i < count; i++)
		len += (size_t)snprintf(all + len, size - len, "%s%u%s\n", before, i, behind);
	return all;
}

static void what_is_too_much_is_told_once_with_its_limit(void **state)
{
	static const struct {
		const char *before, *behind;
		unsigned count;
		const char *complaints;
	} limits[] = {
		{"; ", "........................", 3000, "x.ini: over 64 KiB"},
		{"[Args]\nkey", " = 1", 1100, "x.ini:2050: over 1024 keys"},
		{"[S", "]", 70, "x.ini:66: over 64 sections\n"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		char *text = lines("[Service]\nModule = m\n", limits[i].before, limits[i].behind,
				   limits[i].count);
		const char *told = complaints_of(text, strlen(text));

		assert_true(strncmp(told, limits[i].complaints, strlen(limits[i].complaints)) == 0);
		aiot_ini_finish(&doc);
		free(text);
	}
}

static void of_very_many_complaints_the_first_are_told_and_the_rest_is_counted(void **state)
{
	char *text = lines("[Service]\nModule = m\n", "nonsense ", "", 40);
	const char *told = complaints_of(text, strlen(text));

	(void)state;
	assert_true(strncmp(told, "x.ini:3: 'nonsense 0' is neither", 32) == 0);
	assert_non_null(strstr(told, "x.ini:34: 'nonsense 31' is neither"));
	assert_int_equal(doc.errors.count, AIOT_INI_ERRORS_MAX);
	assert_int_equal(doc.errors.lost, 8);
	aiot_ini_finish(&doc);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_wrong_file_is_told_of_in_full),
		cmocka_unit_test(what_is_too_much_is_told_once_with_its_limit),
		cmocka_unit_test(
			of_very_many_complaints_the_first_are_told_and_the_rest_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
