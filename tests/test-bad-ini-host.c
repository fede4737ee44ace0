/*
 * test-bad-ini-host.c - what is wrong in a service's files that only a host can see: the keys of
 * supervision and of other services, options of modules and nodes, drop-ins, bytes; and
 * what is wrong in the daemon's own file.  The whole of what is told.  test-bad-ini.c has the rest.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-stage.h"

#define S "[Service]\nModule = good\n"
#define SERVICE(key_value) S key_value "\n"

/* x.ini, and perhaps a drop-in of it. */
static const struct {
	const char *text, *drop_in, *told;
} services[] = {
	{SERVICE("Restart = sometimes"), NULL,
	 "admin/services.d/x.ini:3: bad value 'sometimes' for 'Restart' in [Service], expected one "
	 "of no, on-failure, always"},
	{SERVICE("RestartSec = soon"), NULL,
	 "admin/services.d/x.ini:3: bad value 'soon' for 'RestartSec' in [Service], expected a "
	 "time span such as 500ms or 1min 30s up to 366d"},
	{SERVICE("RestartSec = -1"), NULL,
	 "admin/services.d/x.ini:3: bad value '-1' for 'RestartSec' in [Service], expected a time "
	 "span such as 500ms or 1min 30s up to 366d"},
	{SERVICE("RestartMaxSec = 400d"), NULL,
	 "admin/services.d/x.ini:3: bad value '400d' for 'RestartMaxSec' in [Service], expected a "
	 "time span such as 500ms or 1min 30s up to 366d"},
	{SERVICE("RestartSec = 10s\nRestartMaxSec = 5s"), NULL,
	 "admin/services.d/x.ini:4: RestartMaxSec: the longest pause is shorter than the first, "
	 "RestartSec; make it as long at least"},
	{SERVICE("RestartResetSec = x"), NULL,
	 "admin/services.d/x.ini:3: bad value 'x' for 'RestartResetSec' in [Service], expected a "
	 "time span such as 500ms or 1min 30s up to 366d"},
	{SERVICE("StartLimitBurst = five"), NULL,
	 "admin/services.d/x.ini:3: bad value 'five' for 'StartLimitBurst' in [Service], expected "
	 "a whole number up to 1000000"},
	{SERVICE("StartLimitBurst = -1"), NULL,
	 "admin/services.d/x.ini:3: bad value '-1' for 'StartLimitBurst' in [Service], expected a "
	 "whole number up to 1000000"},
	{SERVICE("StartLimitBurst = 99999999999999999999"), NULL,
	 "admin/services.d/x.ini:3: bad value '99999999999999999999' for 'StartLimitBurst' in "
	 "[Service], expected a whole number up to 1000000"},
	{SERVICE("StartLimitIntervalSec = x"), NULL,
	 "admin/services.d/x.ini:3: bad value 'x' for 'StartLimitIntervalSec' in [Service], "
	 "expected a time span such as 500ms or 1min 30s up to 366d"},
	{SERVICE("WatchdogSec = x"), NULL,
	 "admin/services.d/x.ini:3: bad value 'x' for 'WatchdogSec' in [Service], expected a time "
	 "span such as 500ms or 1min 30s up to 366d"},
	{SERVICE("WatchdogSec = 9ms"), NULL,
	 "admin/services.d/x.ini:3: WatchdogSec: '9ms' is shorter than 10ms, in which a task may "
	 "be without a step for others' sake; 0 is none"},
	{SERVICE("WatchdogSec = 1ns"), NULL,
	 "admin/services.d/x.ini:3: WatchdogSec: '1ns' is shorter than 10ms, in which a task may "
	 "be without a step for others' sake; 0 is none"},
	{SERVICE("TimeoutStartSec = x"), NULL,
	 "admin/services.d/x.ini:3: TimeoutStartSec: 'x' is neither `never` nor a time span from "
	 "1ms to 49d"},
	{SERVICE("TimeoutStartSec = 50d"), NULL,
	 "admin/services.d/x.ini:3: TimeoutStartSec: '50d' is neither `never` nor a time span from "
	 "1ms to 49d"},
	{SERVICE("Type = oneshot"), NULL,
	 "admin/services.d/x.ini:3: Type: 'oneshot' is neither core, runtime nor schedule"},
	{SERVICE("Type = core\n[Schedule]\nEvery = 1s"), NULL,
	 "admin/services.d/x.ini:3: Type=core has no [Schedule]; use Type=schedule"},
	{SERVICE("Restart = always\n[Schedule]\nEvery = 1s"), NULL,
	 "admin/services.d/x.ini:3: Restart=always leaves nothing to [Schedule]; "
	 "Restart=on-failure repeats runs that failed"},
	{SERVICE("Requires = a/b"), NULL,
	 "admin/services.d/x.ini:3: Requires: 'a/b' cannot be a service's name"},
	{SERVICE("Requires = nosuch"), NULL,
	 "admin/services.d/x.ini:3: x.service requires nosuch.service, and there is no service "
	 "'nosuch'"},
	{SERVICE("Requires = x"), NULL,
	 "admin/services.d/x.ini:3: services that wait for each other: x.service requires "
	 "x.service"},
	{SERVICE("Wants = ../x"), NULL,
	 "admin/services.d/x.ini:3: Wants: '../x' cannot be a service's name"},
	{SERVICE("After = *"), NULL,
	 "admin/services.d/x.ini:3: After: '*' cannot be a service's name"},
	{SERVICE("ExecStart = /bin/true"), NULL,
	 "admin/services.d/x.ini:3: unknown key 'ExecStart' in [Service]; a service is a module, "
	 "see Module=; to run a command: aiotoolsctl run"},
	{SERVICE("User = nobody"), NULL,
	 "admin/services.d/x.ini:3: unknown key 'User' in [Service]; services run inside the "
	 "daemon, as its user"},
	{SERVICE("Group = x"), NULL,
	 "admin/services.d/x.ini:3: unknown key 'Group' in [Service]; services run inside the "
	 "daemon, as its user"},
	{SERVICE("WantedBy = x"), NULL,
	 "admin/services.d/x.ini:3: unknown key 'WantedBy' in [Service]; Enabled=yes has it loaded "
	 "at start"},
	{SERVICE("[Unit]\nAfter = x"), NULL,
	 "admin/services.d/x.ini:3: unknown section [Unit]; Description=, Requires=, Wants= and "
	 "After= stand in [Service]"},
	{SERVICE("[Install]\nWantedBy = x"), NULL,
	 "admin/services.d/x.ini:3: unknown section [Install]; Enabled=yes in [Service] has it "
	 "loaded at start"},
	{SERVICE("Enabled = yes # why"), NULL,
	 "admin/services.d/x.ini:3: bad value 'yes # why' for 'Enabled' in [Service], expected yes "
	 "or no; behind a value a comment begins with ;"},
	{SERVICE("Execution = process"), NULL,
	 "admin/services.d/x.ini:3: unknown key 'Execution' in [Service]"},
	{SERVICE("OnFailure = y"), NULL,
	 "admin/services.d/x.ini:3: unknown key 'OnFailure' in [Service]"},
	{SERVICE("[Args]\ncoun = 1"), NULL,
	 "admin/services.d/x.ini:4: 'coun' is no option of service 'good', did you mean 'count'?"},
	{SERVICE("[Args]\ncount = many"), NULL,
	 "admin/services.d/x.ini:4: count: 'many' is not a whole number from 0 to 4294967295"},
	{SERVICE("[Args]\ncount = -1"), NULL,
	 "admin/services.d/x.ini:4: count: '-1' is not a whole number from 0 to 4294967295"},
	{SERVICE("[Args]\ncount = 4294967296"), NULL,
	 "admin/services.d/x.ini:4: count: '4294967296' is not a whole number from 0 to "
	 "4294967295"},
	{SERVICE("[Args]\ncount = 1\nCount = 2"), NULL,
	 "admin/services.d/x.ini:5: key 'Count' in [Args] is already set in line 4"},
	{SERVICE("[Args]\n= 1"), NULL, "admin/services.d/x.ini:4: no key before '='"},
	{SERVICE("[Args]\ncount"), NULL,
	 "admin/services.d/x.ini:4: 'count' is neither 'Key = value' nor '[Section]'"},
	{SERVICE("[Args]\n[Args]\ncount = 1\ncount = 1"), NULL,
	 "admin/services.d/x.ini:6: key 'count' in [Args] is already set in line 5"},
	{"\xef\xbb\xbf"
	 "[Service]\nModlue = good\n",
	 NULL,
	 "admin/services.d/x.ini:2: unknown key 'Modlue' in [Service], did you mean 'Module'?"},
	{"[Service]\r\nModlue = good\r\n", NULL,
	 "admin/services.d/x.ini:2: unknown key 'Modlue' in [Service], did you mean 'Module'?"},
	{"[Service]\rModule = good\r", NULL,
	 "admin/services.d/x.ini:1: control character 0x0d in column 10"},
	{"[Service]\nModule = nosuch\n", NULL,
	 "admin/services.d/x.ini:2: no file nosuch.so in the module path (modules)"},
	{"[Service]\nModule = %i\n", NULL,
	 "admin/services.d/x.ini:2: '%i' cannot be the name of a module"},
	{"", NULL,
	 "admin/services.d/x.ini is empty; write it again, or mask the service by a link to "
	 "/dev/null"},
	{"[Node]\nDevice = /dev/nosuch\nBaud = 7\n", NULL,
	 "admin/services.d/x.ini:3: Baud: 7 is no rate of serial devices; 115200 is usual"},
	{"[Node]\nDevice = /dev/nosuch\nBaud = fast\n", NULL,
	 "admin/services.d/x.ini:3: Baud: 'fast' is not a whole number from 0 to 4294967295"},
	{"[Node]\nDevice = /dev/nosuch\nBauds = 9600\n", NULL,
	 "admin/services.d/x.ini:3: 'Bauds' is no option of service 'node', did you mean 'Baud'?"},
	{"[Node]\nDevice = ttyUSB0\n", NULL,
	 "admin/services.d/x.ini:2: Device: 'ttyUSB0' is no path; it begins with /, as in "
	 "/dev/ttyACM0"},
	{"[Node]\nDevice = /dev/nosuch\nMaxTasks = 0\n", NULL,
	 "admin/services.d/x.ini:3: MaxTasks: 0 is not from 1 to 1024"},
	{"[Service]\nType = core\n[Node]\nDevice = /dev/nosuch\n", NULL,
	 "admin/services.d/x.ini:2: a node cannot be Type=core, for it does not end"},
	{S, "[Service]\nModlue = y\n",
	 "admin/services.d/x.ini.d/1.ini:2: unknown key 'Modlue' in [Service], did you mean "
	 "'Module'?"},
	{S, "[Sevice]\nEnabled = no\n",
	 "admin/services.d/x.ini.d/1.ini:1: unknown section [Sevice], did you mean [Service]?"},
	{S, "[Service]\nRestart = perhaps\n",
	 "admin/services.d/x.ini.d/1.ini:2: bad value 'perhaps' for 'Restart' in [Service], "
	 "expected one of no, on-failure, always"},
	{S, "[Service]\nRestrat =\n",
	 "admin/services.d/x.ini.d/1.ini:2: unknown key 'Restrat' in [Service], did you mean "
	 "'Restart'?"},
	{S, "[Args]\ncount = x\n",
	 "admin/services.d/x.ini.d/1.ini:2: count: 'x' is not a whole number from 0 to 4294967295"},
	{S, "[Args]\nnumber = 1\n",
	 "admin/services.d/x.ini.d/1.ini:2: 'number' is no option of service 'good'"},
	{S, "nonsense\n",
	 "admin/services.d/x.ini.d/1.ini:1: 'nonsense' is neither 'Key = value' nor '[Section]'"},
	{S, "[Service]\nEnabled = no\nEnabled = yes\n",
	 "admin/services.d/x.ini.d/1.ini:3: key 'Enabled' in [Service] is already set in line 2"},
};

static const struct {
	const char *text, *told;
} daemons[] = {
	{"[Deamon]\n", "d.ini:1: unknown section [Deamon], did you mean [Daemon]?"},
	{"[Daemon]\nTaskPreExist = perhaps\n", "d.ini:2: bad value 'perhaps' for 'TaskPreExist' in "
					       "[Daemon], expected one of rename, raise, ignore"},
	{"[Daemon]\nTaskExecution = thread\n",
	 "d.ini:2: bad value 'thread' for 'TaskExecution' in [Daemon], expected main"},
	{"[Daemon]\nSilenceTaskPrerun = 2\n",
	 "d.ini:2: bad value '2' for 'SilenceTaskPrerun' in [Daemon], expected yes or no"},
	{"[Daemon]\nMaxProcessCount = 5000\n", "d.ini:2: bad value '5000' for 'MaxProcessCount' in "
					       "[Daemon], expected a whole number up to 4096"},
	{"[Daemon]\nRestarting = again\n",
	 "d.ini:2: bad value 'again' for 'Restarting' in [Daemon], expected one of replace, "
	 "relaunch, fresh, recall"},
	{"[Daemon]\nCycleSleep = 0\n",
	 "d.ini:2: bad value '0' for 'CycleSleep' in [Daemon], expected a time span such as 500ms "
	 "or 1min 30s from 1ms to 1h"},
	{"[Daemon]\nCycleSleep = 2h\n",
	 "d.ini:2: bad value '2h' for 'CycleSleep' in [Daemon], expected a time span such as 500ms "
	 "or 1min 30s from 1ms to 1h"},
	{"[Daemon]\nStallWarnSec = 2d\n",
	 "d.ini:2: bad value '2d' for 'StallWarnSec' in [Daemon], expected a time span such as "
	 "500ms or 1min 30s up to 1d"},
	{"[Daemon]\nStallAbortSec = never\n",
	 "d.ini:2: bad value 'never' for 'StallAbortSec' in [Daemon], expected a time span such as "
	 "500ms or 1min 30s up to 1d"},
	{"[Daemon]\nStallAbort = 5s\n",
	 "d.ini:2: unknown key 'StallAbort' in [Daemon], did you mean 'StallAbortSec'?"},
	{"[Daemon]\nSize = 1M\n", "d.ini:2: unknown key 'Size' in [Daemon], it belongs in [Log]"},
	{"[Log]\nSize = 1K\n", "d.ini:2: bad value '1K' for 'Size' in [Log], expected a size such "
			       "as 4096, 64K or 1M from 16K to 1G"},
	{"[Log]\nSize = 2G\n", "d.ini:2: bad value '2G' for 'Size' in [Log], expected a size such "
			       "as 4096, 64K or 1M from 16K to 1G"},
	{"[Log]\nSize = 1 M\n", "d.ini:2: bad value '1 M' for 'Size' in [Log], expected a size "
				"such as 4096, 64K or 1M from 16K to 1G"},
	{"[Log]\nLevel = verbose\n", "d.ini:2: bad value 'verbose' for 'Level' in [Log], expected "
				     "one of error, warn, info, debug"},
	{"[Log]\nLevle = info\n", "d.ini:2: unknown key 'Levle' in [Log], did you mean 'Level'?"},
	{"[State]\nSaveSec = 2d\n", "d.ini:2: bad value '2d' for 'SaveSec' in [State], expected a "
				    "time span such as 500ms or 1min 30s up to 1d"},
	{"[History]\nKeep = tape\n",
	 "d.ini:2: bad value 'tape' for 'Keep' in [History], expected one of memory, none, disk"},
	{"[History]\nSize = 1\n", "d.ini:2: bad value '1' for 'Size' in [History], expected a size "
				  "such as 4096, 64K or 1M from 16K to 1G"},
	{"[History]\nDiskSize = -1\n",
	 "d.ini:2: bad value '-1' for 'DiskSize' in [History], expected a size such as 4096, 64K "
	 "or 1M from 256K to 1024G"},
	{"[Control]\nMaxClients = 0\n", "d.ini:2: bad value '0' for 'MaxClients' in [Control], "
					"expected a whole number from 1 to 4096"},
	{"[Control]\nMaxClients = 9999\n", "d.ini:2: bad value '9999' for 'MaxClients' in "
					   "[Control], expected a whole number from 1 to 4096"},
	{"[Control]\nOperateGroup = no-such-group\n",
	 "d.ini:2: OperateGroup: there is no group 'no-such-group'"},
	{"[Control]\nReadGroup = no-such-group\n",
	 "d.ini:2: ReadGroup: there is no group 'no-such-group'"},
	{"[Service]\nModule = x\n", "d.ini:1: unknown section [Service]"},
	{"Level = info\n", "d.ini:1: key 'Level' stands before any [Section]"},
	{"[Log\nLevel = info\n", "d.ini:1: section header without ']'"},
	{"[Log]\nLevel\n", "d.ini:2: 'Level' is neither 'Key = value' nor '[Section]'"},
	{"[Log]\nLevel = info\nlevel = warn\n",
	 "d.ini:3: key 'level' in [Log] is already set in line 2"},
	{"[Log]\r\nLevel = loud\r\n", "d.ini:2: bad value 'loud' for 'Level' in [Log], expected "
				      "one of error, warn, info, debug"},
	{"\xef\xbb\xbf"
	 "[Log]\nLevel = loud\n",
	 "d.ini:2: bad value 'loud' for 'Level' in [Log], expected one of error, warn, info, "
	 "debug"},
	{"[Log]\nLevel = \xff\n", "d.ini:2: not UTF-8 in column 9"},
};

static void every_wrong_file_of_a_service_is_told_of_in_full(void **state)
{
	size_t i;

	(void)state;
	install("good.so", "good");
	assert_int_equal(mkdir(path_of("admin/services.d/x.ini.d"), 0755), 0);
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		unit_file("x", services[i].text);
		(void)unlink(path_of("admin/services.d/x.ini.d/1.ini"));
		if (services[i].drop_in != NULL)
			write_text("admin/services.d/x.ini.d/1.ini", services[i].drop_in);
		assert_int_equal(aiot_host_reload(host), 0);
		if (unit_of("x")->load != AIOT_UNIT_LOADED)
			(void)aiot_unit_load(host, unit_of("x"));
		assert_string_equal(error_of("x"), services[i].told);
	}
}

static void every_wrong_file_of_the_daemon_is_told_of_in_full(void **state)
{
	struct aiot_host_options o;
	struct aiot_host_file *file = NULL;
	size_t i, skip = strlen(base) + 1;
	char told[2048];

	(void)state;
	for (i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		memset(&o, 0, sizeof(o));
		write_text("d.ini", daemons[i].text);
		assert_int_equal(
			aiot_host_options_read(&o, path_of("d.ini"), &file, told, sizeof(told)),
			-AIOT_EINVAL);
		assert_true(strncmp(told, path_of(""), skip) == 0);
		assert_string_equal(told + skip, daemons[i].told);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(every_wrong_file_of_a_service_is_told_of_in_full),
		T(every_wrong_file_of_the_daemon_is_told_of_in_full),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
