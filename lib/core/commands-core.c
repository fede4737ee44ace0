/*
 * commands-core.c - the commands that every runtime has, a board's too.  Data only; calls-core.c
 * has the handlers.  The order is that of help.
 */
#include "command.h"

static const struct aiot_param status_params[] = {
	{"names", NULL, "NAME", AIOT_HELP_TEXT("tasks, with * and ?; all when there is none"), 0,
	 AIOT_PARAM_STRS, 0},
	{"debug", "--debug", NULL,
	 AIOT_HELP_TEXT("the long form: args, stats, traceback, where it waits"), 'd',
	 AIOT_PARAM_BOOL, 0},
	{"log", "--no-log", NULL, AIOT_HELP_TEXT("without the last log lines"), 0, AIOT_PARAM_BOOL,
	 AIOT_PARAM_NEGATED},
	{"lines", "--lines", "N", AIOT_HELP_TEXT("that many log lines of each named task (10)"),
	 'n', AIOT_PARAM_U32, 0},
	{0},
};

static const struct aiot_param list_params[] = {
	{"names", NULL, "NAME", AIOT_HELP_TEXT("tasks, with * and ?; all when there is none"), 0,
	 AIOT_PARAM_STRS, 0},
	{"all", "--all", NULL, AIOT_HELP_TEXT("also those that are not alive"), 'a',
	 AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param names_params[] = {
	{"names", NULL, "NAME", AIOT_HELP_TEXT("tasks, with * and ?; all when there is none"), 0,
	 AIOT_PARAM_STRS, 0},
	{0},
};

static const struct aiot_param stop_params[] = {
	{"names", NULL, "NAME", AIOT_HELP_TEXT("tasks, with * and ?; all when there is none"), 0,
	 AIOT_PARAM_STRS, 0},
	{"keep_schedule", "--keep-schedule", NULL,
	 AIOT_HELP_TEXT("only this run; the schedule goes on"), 0, AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param restart_params[] = {
	{"names", NULL, "NAME", AIOT_HELP_TEXT("tasks, with * and ?"), 0, AIOT_PARAM_STRS,
	 AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param unschedule_params[] = {
	{"names", NULL, "NAME", AIOT_HELP_TEXT("tasks, with * and ?"), 0, AIOT_PARAM_STRS,
	 AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param schedule_params[] = {
	{"name", NULL, "NAME", AIOT_HELP_TEXT("a task"), 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"start_in", "--in", "SPAN", AIOT_HELP_TEXT("first after so long (10s; `10s from daemon`)"),
	 0, AIOT_PARAM_STR, 0},
	{"at", "--at", "TIME",
	 AIOT_HELP_TEXT("at this time (2026-11-21 06:30, or 06:30 for today)"), 0, AIOT_PARAM_STR,
	 0},
	{"every", "--every", "SPAN", AIOT_HELP_TEXT("so long from start to start"), 0,
	 AIOT_PARAM_STR, 0},
	{"cron", "--cron", "EXPR", AIOT_HELP_TEXT("as in a crontab: '*/15 8-18 * * MON-FRI'"), 0,
	 AIOT_PARAM_STR, 0},
	{"when", "--when", "COND",
	 AIOT_HELP_TEXT("whenever a condition is true: aiotools-conditions(5)"), 0, AIOT_PARAM_STR,
	 0},
	{"jitter", "--jitter", "SPAN", AIOT_HELP_TEXT("up to so much later, at random"), 0,
	 AIOT_PARAM_STR, 0},
	{"catch_up", "--catch-up", "HOW",
	 AIOT_HELP_TEXT("what was missed: none, or one run for all of it"), 0, AIOT_PARAM_STR, 0},
	{"overlap", "--overlap", "HOW", AIOT_HELP_TEXT("due while it runs: skip, queue or allow"),
	 0, AIOT_PARAM_STR, 0},
	{0},
};

static const struct aiot_param set_params[] = {
	{"name", NULL, "NAME", AIOT_HELP_TEXT("a task"), 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"args", NULL, "KEY=VALUE",
	 AIOT_HELP_TEXT("an option and its value; a KEY alone: as it was before it was set"), 0,
	 AIOT_PARAM_ARGS, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param debug_params[] = {
	{"mode", NULL, "on|off", AIOT_HELP_TEXT("without it: the other one than now"), 0,
	 AIOT_PARAM_STR, 0},
	{0},
};

#define LOG_FILTERS                                                                                \
	{"names",	  NULL, "NAME", AIOT_HELP_TEXT("only these tasks, with * and ?"), 0,       \
	 AIOT_PARAM_STRS, 0},                                                                      \
		{"lines", "--lines",	  "N", AIOT_HELP_TEXT("the newest N records"),             \
		 'n',	  AIOT_PARAM_U32, 0},                                                      \
		{"level", "--priority",                                                            \
		 "LEVEL", AIOT_HELP_TEXT("up to this level: error, warn, info, debug"),            \
		 'p',	  AIOT_PARAM_LEVEL,                                                        \
		 0},                                                                               \
		{"grep",                                                                           \
		 "--grep",                                                                         \
		 "PATTERN",                                                                        \
		 AIOT_HELP_TEXT("only texts that contain this, or match it when it has * or ?"),   \
		 'g',                                                                              \
		 AIOT_PARAM_STR,                                                                   \
		 0},                                                                               \
		{"since_us", "--since",                                                            \
		 "TIME",     AIOT_HELP_TEXT("from this time: 10min ago, 2026-11-21 00:35"),        \
		 'S',	     AIOT_PARAM_TIME,                                                      \
		 0},                                                                               \
		{"until_us", "--until",	      "TIME", AIOT_HELP_TEXT("up to this time"),           \
		 'U',	     AIOT_PARAM_TIME, 0},                                                  \
		{"cursor", "--cursor",	   "CURSOR", AIOT_HELP_TEXT("from this record on"),        \
		 0,	   AIOT_PARAM_STR, 0},                                                     \
		{"after_cursor",                                                                   \
		 "--after-cursor",                                                                 \
		 "CURSOR",                                                                         \
		 AIOT_HELP_TEXT("from behind this record on"),                                     \
		 0,                                                                                \
		 AIOT_PARAM_STR,                                                                   \
		 0},                                                                               \
		{"show_cursor",                                                                    \
		 "--show-cursor",                                                                  \
		 NULL,                                                                             \
		 AIOT_HELP_TEXT("end with the cursor of the last record"),                         \
		 0,                                                                                \
		 AIOT_PARAM_BOOL,                                                                  \
		 AIOT_PARAM_TEXT},                                                                 \
	{                                                                                          \
		"output", "--output", "FORM", AIOT_HELP_TEXT("short, iso, mono, json or cat"),     \
			'o', AIOT_PARAM_FORM, AIOT_PARAM_TEXT                                      \
	}

static const struct aiot_param log_params[] = {
	LOG_FILTERS,
	{"follow", "--follow", NULL, AIOT_HELP_TEXT("go on with new records until interrupted"),
	 'f', AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param follow_params[] = {
	LOG_FILTERS,
	{0},
};

static const struct aiot_param help_params[] = {
	{"verb", NULL, "VERB", AIOT_HELP_TEXT("what to explain"), 0, AIOT_PARAM_STR, 0},
	{0},
};

#define TASKS_REPLY "(tasks: []Task)"
/* unknown: names given that no task has and no record; foreign: the cursor is not of this log */
#define LOG_REPLY                                                                                  \
	"(records: []Record, lost: ?int, cursor: ?string, unknown: ?[]string, foreign: ?bool)"
/* error: instead of a result; both absent while there is none */
#define RESULTS_REPLY "(results: []Result)"
#define STATS_REPLY "(tasks: []TaskStats)"
#define SET_REPLY "(name: string, set: []Setting)"
#define ACTION_REPLY "(done: []TaskState, failed: []TaskError)"

/* What a board has otherwise than a daemon. */
#if AIOT_BOARD
#define TRACEBACK_HELP "where tasks failed"
#define SCHEDULE_HELP "give a task another schedule, until the board is reset"
#define INFO_HELP "version, resets, memory and counters of the board"
#else
#define TRACEBACK_HELP "where tasks failed; also services that did not load"
#define SCHEDULE_HELP "give a task another schedule, until it is unloaded"
#define INFO_HELP "version, paths, features, limits and counters of the daemon"
#endif

const struct aiot_command aiot_commands_core[] = {
	{AIOT_CMD_STATUS, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "status",
	 "io.aiotools.Task.Status", AIOT_HELP_TEXT("how tasks are, with their last log lines"),
	 status_params, AIOT_HELP_TEXT(TASKS_REPLY)},
	{AIOT_CMD_LIST, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "list",
	 "io.aiotools.Task.List", AIOT_HELP_TEXT("the tasks that are alive, a line each"),
	 list_params, AIOT_HELP_TEXT(TASKS_REPLY)},
	{AIOT_CMD_DEBUG, AIOT_ROLE_OPERATE, 0, "debug", "io.aiotools.Daemon.Debug",
	 AIOT_HELP_TEXT("whether every status shows the long form"), debug_params,
	 AIOT_HELP_TEXT("(debug: bool)")},
	{AIOT_CMD_START, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "start", "io.aiotools.Task.Start",
	 AIOT_HELP_TEXT("start tasks; without a name all that do not run and are not scheduled"),
	 names_params, AIOT_HELP_TEXT(ACTION_REPLY)},
	{AIOT_CMD_STOP, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "stop", "io.aiotools.Task.Stop",
	 AIOT_HELP_TEXT("stop tasks and take them off their schedule"), stop_params,
	 AIOT_HELP_TEXT(ACTION_REPLY)},
	{AIOT_CMD_RESTART, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "restart",
	 "io.aiotools.Task.Restart", AIOT_HELP_TEXT("stop tasks that run, then start them"),
	 restart_params, AIOT_HELP_TEXT(ACTION_REPLY)},
	{AIOT_CMD_SET, AIOT_ROLE_OPERATE, 0, "set", "io.aiotools.Task.Set",
	 AIOT_HELP_TEXT("options of a task, from its next start on or at once, as each allows"),
	 set_params, AIOT_HELP_TEXT(SET_REPLY)},
	{AIOT_CMD_RESULT, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "result",
	 "io.aiotools.Task.Result", AIOT_HELP_TEXT("what tasks returned"), names_params,
	 AIOT_HELP_TEXT(RESULTS_REPLY)},
	{AIOT_CMD_STATS, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "stats",
	 "io.aiotools.Task.Stats", AIOT_HELP_TEXT("what tasks count and measure"), names_params,
	 AIOT_HELP_TEXT(STATS_REPLY)},
	{AIOT_CMD_TRACEBACK, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "traceback",
	 "io.aiotools.Task.Traceback", AIOT_HELP_TEXT(TRACEBACK_HELP), names_params,
	 AIOT_HELP_TEXT("(tracebacks: []Traceback)")},
	{AIOT_CMD_LOG, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "log", "io.aiotools.Log.Read",
	 AIOT_HELP_TEXT("the log, oldest record first"), log_params, AIOT_HELP_TEXT(LOG_REPLY)},
	{AIOT_CMD_FOLLOW, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "follow", "io.aiotools.Log.Follow",
	 AIOT_HELP_TEXT("the newest records, then new ones as they come"), follow_params,
	 AIOT_HELP_TEXT(LOG_REPLY)},
	{AIOT_CMD_SCHEDULE, AIOT_ROLE_OPERATE, 0, "schedule", "io.aiotools.Task.Schedule",
	 AIOT_HELP_TEXT(SCHEDULE_HELP), schedule_params, AIOT_HELP_TEXT("(timers: []Timer)")},
	{AIOT_CMD_UNSCHEDULE, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "unschedule",
	 "io.aiotools.Task.Unschedule",
	 AIOT_HELP_TEXT("take the schedule away from tasks; a run that is under way goes on"),
	 unschedule_params, AIOT_HELP_TEXT(ACTION_REPLY)},
	{AIOT_CMD_INFO, AIOT_ROLE_READ, 0, "info", "io.aiotools.Daemon.Info",
	 AIOT_HELP_TEXT(INFO_HELP), NULL, AIOT_HELP_TEXT("(info: object)")},
	{AIOT_CMD_HELP, AIOT_ROLE_NONE, AIOT_COMMAND_LOCAL, "help", NULL,
	 AIOT_HELP_TEXT("this list, or one command's options"), help_params, NULL},
	{0},
};
