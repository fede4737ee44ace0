/*
 * commands-core.c - the commands that every runtime has, a board's too.  Data only; calls-core.c
 * and calls-small.c have the handlers.  The order is that of help.
 */
#include "command-rows.h"

/* Nearly all commands are about tasks that are named. */
#define NAMES(need, help) POSITIONAL("names", "NAME", STRS, need, help)
#define SOME "tasks, with * and ?"
#define SOME_OR_ALL "tasks, with * and ?; all when there is none"

static const struct aiot_param names_params[] = {
	NAMES(OPTIONAL, SOME_OR_ALL),
	{0},
};

static const struct aiot_param some_params[] = {
	NAMES(REQUIRED, SOME),
	{0},
};

static const struct aiot_param status_params[] = {
	NAMES(OPTIONAL, SOME_OR_ALL),
	OPTION("debug", "--debug", "d", NULL, BOOL, PLAIN,
	       "the long form: args, stats, traceback, where it waits"),
	OPTION("log", "--no-log", "", NULL, BOOL, NEGATED, "without the last log lines"),
#if AIOT_TEXT
	OPTION("lines", "--lines", "n", "N", U32, PLAIN,
	       "that many log lines of each named task (10)"),
#endif
	{0},
};

static const struct aiot_param list_params[] = {
	NAMES(OPTIONAL, SOME_OR_ALL),
	OPTION("all", "--all", "a", NULL, BOOL, PLAIN, "also those that are not alive"),
	{0},
};

static const struct aiot_param stop_params[] = {
	NAMES(OPTIONAL, SOME_OR_ALL),
	OPTION("keep_schedule", "--keep-schedule", "", NULL, BOOL, PLAIN,
	       "only this run; the schedule goes on"),
	{0},
};

static const struct aiot_param schedule_params[] = {
	POSITIONAL("name", "NAME", STR, REQUIRED, "a task"),
	OPTION("start_in", "--in", "", "SPAN", STR, OWN,
	       "first after so long (10s; `10s from daemon`)"),
#if AIOT_TEXT
	OPTION("at", "--at", "", "TIME", STR, PLAIN,
	       "at this time (2026-11-21 06:30, or 06:30 for today)"),
#endif
	OPTION("every", "--every", "", "SPAN", STR, PLAIN, "so long from start to start"),
#if AIOT_TEXT
	OPTION("cron", "--cron", "", "EXPR", STR, PLAIN,
	       "as in a crontab: '*/15 8-18 * * MON-FRI'"),
	OPTION("when", "--when", "", "COND", STR, PLAIN,
	       "whenever a condition is true: aiotools-conditions(5)"),
	OPTION("jitter", "--jitter", "", "SPAN", STR, PLAIN, "up to so much later, at random"),
	OPTION("catch_up", "--catch-up", "", "none|one", STR, PLAIN,
	       "what was missed: none, or one run for all of it"),
	OPTION("overlap", "--overlap", "", "skip|queue|allow", STR, PLAIN,
	       "due while it runs: skip, queue or allow"),
#endif
	{0},
};

static const struct aiot_param set_params[] = {
	POSITIONAL("name", "NAME", STR, REQUIRED, "a task"),
	POSITIONAL("args", "KEY=VALUE", ARGS, REQUIRED,
		   "an option and its value; a KEY alone: as it was before it was set"),
	{0},
};

static const struct aiot_param debug_params[] = {
	POSITIONAL("mode", "on|off", STR, OPTIONAL, "without it: the other one than now"),
	{0},
};

#define LOG_WHICH                                                                                  \
	NAMES(OPTIONAL, "only these tasks, with * and ?"),                                         \
		OPTION("lines", "--lines", "n", "N", U32, PLAIN, "the newest N records"),          \
		OPTION("level", "--priority", "p", "LEVEL", LEVEL, PLAIN,                          \
		       "up to this level: error, warn, info, debug")
#define LOG_FROM                                                                                   \
	OPTION("cursor", "--cursor", "", "CURSOR", STR, PLAIN, "from this record on"),             \
		OPTION("after_cursor", "--after-cursor", "", "CURSOR", STR, PLAIN,                 \
		       "from behind this record on")

#if AIOT_TEXT
#define LOG_FILTERS                                                                                \
	LOG_WHICH,                                                                                 \
		OPTION("grep", "--grep", "g", "PATTERN", STR, PLAIN,                               \
		       "only texts that contain this, or match it when it has * or ?"),            \
		OPTION("since_us", "--since", "S", "TIME", TIME, PLAIN,                            \
		       "from this time: 10min ago, 2026-11-21 00:35"),                             \
		OPTION("until_us", "--until", "U", "TIME", TIME, PLAIN, "up to this time"),        \
		LOG_FROM,                                                                          \
		OPTION("show_cursor", "--show-cursor", "", NULL, BOOL, TEXT,                       \
		       "end with the cursor of the last record"),                                  \
		OPTION("output", "--output", "o", "FORM", FORM, TEXT,                              \
		       "short, iso, mono, json or cat")

static const struct aiot_param log_params[] = {
	LOG_FILTERS,
	OPTION("follow", "--follow", "f", NULL, BOOL, PLAIN,
	       "go on with new records until interrupted"),
	{0},
};

static const struct aiot_param follow_params[] = {
	LOG_FILTERS,
	{0},
};
#else
static const struct aiot_param log_params[] = {
	LOG_WHICH,
	LOG_FROM,
	{0},
};
#define follow_params log_params
#endif

#if AIOT_TEXT
static const struct aiot_param help_params[] = {
	POSITIONAL("verb", "VERB", STR, OPTIONAL, "what to explain"),
	{0},
};
#endif

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
	COMMAND(STATUS, READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "status", "Task.Status",
		status_params, "how tasks are, with their last log lines", TASKS_REPLY),
	COMMAND(LIST, READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "list", "Task.List",
		list_params, "the tasks that are alive, a line each", TASKS_REPLY),
	COMMAND(DEBUG, OPERATE, 0, "debug", "Daemon.Debug", debug_params,
		"whether every status shows the long form", "(debug: bool)"),
	COMMAND(START, OPERATE, AIOT_COMMAND_MORE, "start", "Task.Start", names_params,
		"start tasks; without a name all that do not run and are not scheduled",
		ACTION_REPLY),
	COMMAND(STOP, OPERATE, AIOT_COMMAND_MORE, "stop", "Task.Stop", stop_params,
		"stop tasks and take them off their schedule", ACTION_REPLY),
	COMMAND(RESTART, OPERATE, AIOT_COMMAND_MORE, "restart", "Task.Restart", some_params,
		"stop tasks that run, then start them", ACTION_REPLY),
	COMMAND(SET, OPERATE, 0, "set", "Task.Set", set_params,
		"options of a task, from its next start on or at once, as each allows", SET_REPLY),
	COMMAND(RESULT, READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "result", "Task.Result",
		names_params, "what tasks returned", RESULTS_REPLY),
	COMMAND(STATS, READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "stats", "Task.Stats",
		names_params, "what tasks count and measure", STATS_REPLY),
	COMMAND(TRACEBACK, READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "traceback",
		"Task.Traceback", names_params, TRACEBACK_HELP, "(tracebacks: []Traceback)"),
	COMMAND(LOG, READ, AIOT_COMMAND_MORE, "log", "Log.Read", log_params,
		"the log, oldest record first", LOG_REPLY),
	COMMAND(FOLLOW, READ, AIOT_COMMAND_MORE, "follow", "Log.Follow", follow_params,
		"the newest records, then new ones as they come", LOG_REPLY),
	COMMAND(SCHEDULE, OPERATE, 0, "schedule", "Task.Schedule", schedule_params, SCHEDULE_HELP,
		"(timers: []Timer)"),
#if AIOT_TEXT
	COMMAND(UNSCHEDULE, OPERATE, AIOT_COMMAND_MORE, "unschedule", "Task.Unschedule",
		some_params, "take the schedule away from tasks; a run that is under way goes on",
		ACTION_REPLY),
#endif
	COMMAND(INFO, READ, 0, "info", "Daemon.Info", no_params, INFO_HELP, "(info: object)"),
#if AIOT_TEXT
	{AIOT_CMD_HELP, AIOT_ROLE_NONE, AIOT_COMMAND_LOCAL, "help", NULL,
	 AIOT_HELP_TEXT("this list, or one command's options"), help_params, NULL},
#endif
	{0},
};
