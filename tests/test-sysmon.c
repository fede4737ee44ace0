/*
 * test-sysmon.c - services.d/sysmon.c: its parsers, its options, and whole rounds on a faked /proc
 * and /sys.  The length is that of the service, whose every figure is read and refused here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "service-fake.h"

#include "../services.d/sysmon.c"

#define MEMINFO(total, available)                                                                  \
	"MemTotal:       " total " kB\nMemFree:  1 kB\nMemAvailable:   " available " kB\n"

static char root[64];
static struct sysmon monitor;
static struct aiot_task task;

/* ---- a faked board --------------------------------------------------------------------------- */

static void fake_dir(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void fake_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void fake_remove(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	assert_int_equal(remove(path), 0);
}

static int board_setup(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/test-sysmon-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	fake_dir("/proc");
	fake_dir("/sys");
	fake_dir("/sys/class");
	fake_file("/proc/loadavg", "0.20 1.18 22.12 1/80 11206\n");
	fake_file("/proc/meminfo", MEMINFO("2097152", "1048576"));
	monitor = (struct sysmon){.disks = "", .root = root, .every_ms = 5000};
	fake_start(&task, sysmon, &monitor);
	return sysmon_init(&task, &monitor);
}

static int board_teardown(void **state)
{
	static const char *const names[] = {
		"/sys/class/thermal/thermal_zone0/temp",
		"/sys/class/thermal/thermal_zone0",
		"/sys/class/thermal/thermal_zone7/temp",
		"/sys/class/thermal/thermal_zone7",
		"/sys/class/thermal/cooling_device0",
		"/sys/class/thermal",
		"/sys/class",
		"/sys",
		"/proc/loadavg",
		"/proc/meminfo",
		"/proc",
		"/var",
		"",
	};
	char path[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, names[i]);
		(void)remove(path);
	}
	return access(root, F_OK) == 0 ? -1 : 0; /* a file that was forgotten above */
}

static void add_zones(const char *temp_0, const char *temp_7)
{
	fake_dir("/sys/class/thermal");
	fake_dir("/sys/class/thermal/cooling_device0");
	fake_dir("/sys/class/thermal/thermal_zone0");
	fake_dir("/sys/class/thermal/thermal_zone7");
	fake_file("/sys/class/thermal/thermal_zone0/temp", temp_0);
	fake_file("/sys/class/thermal/thermal_zone7/temp", temp_7);
}

static void step(void)
{
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_int_equal(task.slept_ms, monitor.every_ms);
}

/* ---- parsers --------------------------------------------------------------------------------- */

static int dec3_of(const char *text, int64_t *ret_value)
{
	return dec3_parse(&text, ret_value);
}

static void dec3_cuts_behind_the_third_digit(void **state)
{
	int64_t value = -1;

	(void)state;
	assert_int_equal(dec3_of("12.3459", &value), 0);
	assert_int_equal(value, 12345);
	assert_int_equal(dec3_of("7", &value), 0);
	assert_int_equal(value, 7000);
	assert_int_equal(dec3_of("0.05 next", &value), 0);
	assert_int_equal(value, 50);
	assert_int_equal(dec3_of("3.", &value), 0);
	assert_int_equal(value, 3000);
}

static void dec3_refuses_what_is_no_number_and_leaves_the_output(void **state)
{
	int64_t value = 77;

	(void)state;
	assert_int_equal(dec3_of("", &value), -AIOT_EBADMSG);
	assert_int_equal(dec3_of("-1", &value), -AIOT_EBADMSG);
	assert_int_equal(dec3_of(".5", &value), -AIOT_EBADMSG);
	assert_int_equal(dec3_of("99999999999999999999", &value), -AIOT_ERANGE);
	assert_int_equal(value, 77);
}

static void loadavg_needs_all_three(void **state)
{
	int64_t load[3] = {1, 2, 3};

	(void)state;
	assert_int_equal(loadavg_parse("0.20 0.18 ", load), -AIOT_EBADMSG);
	assert_int_equal(load[0], 1);
	assert_int_equal(loadavg_parse("0.20 10.18 0.12 1/80 11206\n", load), 0);
	assert_int_equal(load[0], 200);
	assert_int_equal(load[1], 10180);
	assert_int_equal(load[2], 120);
}

static void meminfo_field_is_found_only_at_a_line_start(void **state)
{
	uint64_t kib = 77;

	(void)state;
	assert_int_equal(meminfo_parse("XMemTotal: 1 kB\nMemTotal:\t 20 kB\n", "MemTotal:", &kib),
			 0);
	assert_int_equal(kib, 20);
	assert_int_equal(meminfo_parse("XMemTotal: 1 kB\n", "MemTotal:", &kib), -AIOT_ENODATA);
	assert_int_equal(meminfo_parse("", "MemTotal:", &kib), -AIOT_ENODATA);
	assert_int_equal(kib, 20);
}

static void meminfo_field_must_be_a_number_of_kb(void **state)
{
	uint64_t kib = 77;

	(void)state;
	assert_int_equal(meminfo_parse("A: 5\n", "A:", &kib), -AIOT_EBADMSG);
	assert_int_equal(meminfo_parse("A: kB\n", "A:", &kib), -AIOT_EBADMSG);
	assert_int_equal(meminfo_parse("A: -5 kB\n", "A:", &kib), -AIOT_EBADMSG);
	assert_int_equal(meminfo_parse("A:\n5 kB\n", "A:", &kib), -AIOT_EBADMSG);
	assert_int_equal(meminfo_parse("A: 99999999999999999999 kB\n", "A:", &kib), -AIOT_EBADMSG);
	assert_int_equal(kib, 77);
}

static void temperature_may_be_below_zero(void **state)
{
	int64_t milli = 77;

	(void)state;
	assert_int_equal(temp_parse("\n", &milli), -AIOT_EBADMSG);
	assert_int_equal(temp_parse("45 C\n", &milli), -AIOT_EBADMSG);
	assert_int_equal(milli, 77);
	assert_int_equal(temp_parse("-5250\n", &milli), 0);
	assert_int_equal(milli, -5250);
	assert_string_equal(dec3(milli, 1).s, "-5.2");
}

static void percent_neither_overflows_nor_divides_by_zero(void **state)
{
	(void)state;
	assert_int_equal(percent(0, 0), 0);
	assert_int_equal(percent(1, 3), 33333);
	assert_int_equal(percent(5, 3), 100000);
	assert_int_equal(percent(UINT64_MAX, UINT64_MAX), 100000);
	assert_int_equal(percent(UINT64_MAX / 2, UINT64_MAX), 49999);
}

static void numbers_are_cut_not_rounded(void **state)
{
	(void)state;
	assert_string_equal(dec3(99999, 1).s, "99.9");
	assert_string_equal(dec3(-50, 2).s, "-0.05");
	assert_string_equal(dec3(1002, 3).s, "1.002");
	assert_string_equal(dec3(INT64_MIN, 3).s, "-9223372036854775.808");
}

static void a_line_that_is_full_stays_one(void **state)
{
	struct line line = {0};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		line_add(&line, "part %d", i);
	assert_true(line.used < sizeof(line.text));
	assert_int_equal(strlen(line.text), line.used);
	assert_memory_equal(line.text, "part 0, part 1, part 2, ", 24);
}

/* ---- options --------------------------------------------------------------------------------- */

static void assert_refused(const char *words)
{
	assert_int_equal(sysmon_init(&task, &monitor), -AIOT_EINVAL);
	assert_string_equal(task.message, words);
}

static void each_bad_option_is_named_at_load(void **state)
{
	const struct sysmon good = monitor;

	(void)state;
	monitor.every_ms = 99;
	assert_refused("every: less than 100ms");
	monitor = good;
	monitor.root = "tmp";
	assert_refused("root: not an absolute path");
	monitor = good;
	monitor.load_limit = -1;
	assert_refused("a limit is negative; 0 is none");
	monitor = good;
	monitor.disk_limit = 100001;
	assert_refused("a limit of memory or disks is over 100 percent");
	monitor = good;
	monitor.disks = "/:var";
	assert_refused("disks: not an absolute path");
}

static void eight_disks_are_the_most(void **state)
{
	(void)state;
	monitor.disks = "/a /b:/c::/d /e /f /g /h: ";
	assert_int_equal(sysmon_init(&task, &monitor), 0);
	monitor.disks = "/a /b:/c::/d /e /f /g /h:/i";
	assert_refused("disks: more than 8 paths");
}

static void a_path_that_would_not_fit_is_refused(void **state)
{
	char path[PATH_BYTES + 1];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[PATH_BYTES] = '\0';
	monitor.disks = path;
	assert_refused("disks: a path is too long");
	monitor.disks = "";
	monitor.root = path;
	assert_refused("root: the path is too long");
}

static void options_set_later_fail_the_next_run(void **state)
{
	(void)state;
	monitor.disks = "not/absolute";
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_int_equal(task.code, -AIOT_EINVAL);
	assert_string_equal(task.message, "disks: not an absolute path");
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void a_round_is_one_line_and_its_figures_are_stats(void **state)
{
	(void)state;
	add_zones("-1000\n", "45678\n");
	step();
	assert_int_equal(task.line_count, 1);
	assert_string_equal(fake_text(&task, 0), "load 0.20 1.18 22.12, memory 50.0 % of 2048 MiB, "
						 "temperature 45.6 C");
	assert_int_equal(monitor.load_1, 200);
	assert_int_equal(monitor.load_15, 22120);
	assert_int_equal(monitor.memory_used, 50000);
	assert_int_equal(monitor.memory_total_kib, 2097152);
	assert_int_equal(monitor.memory_available_kib, 1048576);
	assert_int_equal(monitor.temperature, 45678);
	assert_int_equal(monitor.thermal_zones, 2);
	assert_int_equal(monitor.unreadable, 0);
	assert_int_equal(monitor.rounds, 1);
}

static void all_zones_below_zero_give_the_warmest(void **state)
{
	(void)state;
	add_zones("-9000\n", "-4000\n");
	step();
	assert_int_equal(monitor.temperature, -4000);
}

static void a_board_without_zones_says_nothing_of_them(void **state)
{
	(void)state;
	step();
	assert_int_equal(task.line_count, 1);
	assert_null(strstr(fake_text(&task, 0), "temperature"));
	assert_int_equal(monitor.unreadable, 0);
}

static void an_unreadable_file_is_warned_of_once(void **state)
{
	(void)state;
	fake_remove("/proc/loadavg");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_non_null(strstr(fake_text(&task, 0), "/proc/loadavg': No such file"));
	assert_string_equal(fake_text(&task, 1), "memory 50.0 % of 2048 MiB");
	assert_int_equal(monitor.load_1, 0);
	step();
	assert_int_equal(task.line_count, 1);
	assert_int_equal(monitor.unreadable, 1);
	fake_file("/proc/loadavg", "1.00 1.00 1.00 1/1 1\n");
	step();
	assert_int_equal(monitor.load_1, 1000);
	assert_int_equal(monitor.unreadable, 0);
}

static void each_zone_has_a_warning_of_its_own(void **state)
{
	(void)state;
	add_zones("nonsense\n", "1000\n");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_int_equal(monitor.thermal_zones, 1);
	fake_file("/sys/class/thermal/thermal_zone7/temp", "");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_non_null(strstr(fake_text(&task, 0), "thermal_zone7"));
	assert_int_equal(monitor.thermal_zones, 0);
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
	assert_int_equal(monitor.unreadable, 2);
}

static void zones_of_any_number_stay_within_the_mask(void **state)
{
	(void)state;
	assert_int_equal(zone_source("0"), SOURCE_FIRST_ZONE);
	assert_int_equal(zone_source("52"), SOURCE_LAST);
	assert_int_equal(zone_source("53"), SOURCE_LAST);
	assert_int_equal(zone_source("99999999999999999999999"), SOURCE_LAST);
}

static void a_limit_is_spoken_of_when_crossed_and_when_back(void **state)
{
	(void)state;
	monitor.load_limit = 2000;
	fake_file("/proc/loadavg", "2.00 0.00 0.00 1/1 1\n");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
	fake_file("/proc/loadavg", "2.01 0.00 0.00 1/1 1\n");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_string_equal(fake_text(&task, 0), "load 2.01 is over its limit of 2.00");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
	fake_file("/proc/loadavg", "0.50 0.00 0.00 1/1 1\n");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_string_equal(fake_text(&task, 0), "load 0.50 is back within its limit of 2.00");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
	assert_int_equal(monitor.warnings, 2);
}

static void a_figure_that_goes_missing_is_not_back_to_normal(void **state)
{
	(void)state;
	monitor.memory_limit = 40000;
	step();
	assert_string_equal(fake_text(&task, 0), "memory 50.0 % is over its limit of 40.0 %");
	fake_file("/proc/meminfo", "MemTotal: 1 kB\n");
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_non_null(strstr(fake_text(&task, 0), "cannot read"));
	fake_file("/proc/meminfo", MEMINFO("100", "50"));
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
}

static void more_available_than_there_is_counts_as_nothing_used(void **state)
{
	(void)state;
	fake_file("/proc/meminfo", MEMINFO("100", "200"));
	step();
	assert_int_equal(monitor.memory_used, 0);
}

static void temperature_has_its_limit(void **state)
{
	(void)state;
	monitor.temperature_limit = 80000;
	add_zones("80001\n", "20000\n");
	step();
	assert_string_equal(fake_text(&task, 0), "temperature 80.0 C is over its limit of 80.0 C");
}

static void a_disk_that_is_not_there_does_not_hide_the_others(void **state)
{
	(void)state;
	fake_dir("/var");
	monitor.disks = "/gone:/var /";
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 1);
	assert_non_null(strstr(fake_text(&task, 0), "/gone': No such file"));
	assert_non_null(strstr(fake_text(&task, 1), "disk /var "));
	assert_memory_equal(monitor.disk_report, "/var ", 5);
	assert_non_null(strstr(monitor.disk_report, ", / "));
	assert_int_equal(monitor.unreadable, 1);
	step();
	assert_int_equal(task.line_count, 1);
}

static void disk_counts_as_df_does(void **state)
{
	const struct statvfs fs = {.f_blocks = 1000, .f_bfree = 250, .f_bavail = 150};
	const struct statvfs none = {0};

	(void)state;
	assert_int_equal(disk_percent(&fs), 83333);
	assert_int_equal(disk_percent(&none), 0);
}

static void the_fullest_disk_is_the_figure(void **state)
{
	(void)state;
	monitor.root = "";
	monitor.disks = "/ /proc"; /* the second has no blocks at all: 0 percent */
	step();
	assert_true(monitor.disk_used > 0);
	assert_non_null(strstr(monitor.disk_report, "/proc 0.0 %"));
}

static void a_new_run_warns_anew(void **state)
{
	(void)state;
	fake_remove("/proc/loadavg");
	monitor.memory_limit = 1000;
	step();
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
	fake_start(&task, sysmon, &monitor);
	step();
	assert_int_equal(fake_count(&task, AIOT_WARN), 2);
}

static void a_board_with_nothing_to_read_still_has_its_line(void **state)
{
	(void)state;
	fake_remove("/proc/loadavg");
	fake_remove("/proc/meminfo");
	step();
	assert_int_equal(fake_count(&task, AIOT_INFO), 1);
	assert_string_equal(fake_text(&task, 2), "nothing to be read");
}

#define ON_BOARD(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dec3_cuts_behind_the_third_digit),
		cmocka_unit_test(dec3_refuses_what_is_no_number_and_leaves_the_output),
		cmocka_unit_test(loadavg_needs_all_three),
		cmocka_unit_test(meminfo_field_is_found_only_at_a_line_start),
		cmocka_unit_test(meminfo_field_must_be_a_number_of_kb),
		cmocka_unit_test(temperature_may_be_below_zero),
		cmocka_unit_test(percent_neither_overflows_nor_divides_by_zero),
		cmocka_unit_test(numbers_are_cut_not_rounded),
		cmocka_unit_test(a_line_that_is_full_stays_one),
		ON_BOARD(each_bad_option_is_named_at_load),
		ON_BOARD(eight_disks_are_the_most),
		ON_BOARD(a_path_that_would_not_fit_is_refused),
		ON_BOARD(options_set_later_fail_the_next_run),
		ON_BOARD(a_round_is_one_line_and_its_figures_are_stats),
		ON_BOARD(all_zones_below_zero_give_the_warmest),
		ON_BOARD(a_board_without_zones_says_nothing_of_them),
		ON_BOARD(an_unreadable_file_is_warned_of_once),
		ON_BOARD(each_zone_has_a_warning_of_its_own),
		ON_BOARD(zones_of_any_number_stay_within_the_mask),
		ON_BOARD(a_limit_is_spoken_of_when_crossed_and_when_back),
		ON_BOARD(a_figure_that_goes_missing_is_not_back_to_normal),
		ON_BOARD(more_available_than_there_is_counts_as_nothing_used),
		ON_BOARD(temperature_has_its_limit),
		ON_BOARD(a_disk_that_is_not_there_does_not_hide_the_others),
		ON_BOARD(disk_counts_as_df_does),
		ON_BOARD(the_fullest_disk_is_the_figure),
		ON_BOARD(a_new_run_warns_anew),
		ON_BOARD(a_board_with_nothing_to_read_still_has_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
