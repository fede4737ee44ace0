/*
 * command.h - the commands as data, and how a call finds its handler.
 *
 * A command is one const row: verb (for people), method (for programs), typed parameters, role,
 * help. Rows come in segments: the core's (those a board has too) and the host's; both are compiled
 * into aiotoolsctl as well, which has no handlers.  Whoever implements a command binds its id to a
 * handler beside the implementation.  Dispatch, console, command line, help and introspection all
 * come from the rows; boards that have little flash keep less of the same rows (command-rows.h).
 * Adding a command: one row (commands-core.c or commands-host.c), one handler, one binding.
 */
#ifndef AIOT_COMMAND_H
#define AIOT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "json.h"
#include "name.h"
#include "out.h"

/* What stands before a verb in a sentence: who types at a board's own console has no aiotoolsctl.
 */
#if AIOT_BOARD
#define AIOT_CTL ""
#else
#define AIOT_CTL "aiotoolsctl "
#endif

enum aiot_command_id {
	/* core */
	AIOT_CMD_STATUS = 1,
	AIOT_CMD_LIST,
	AIOT_CMD_START,
	AIOT_CMD_STOP,
	AIOT_CMD_RESTART,
	AIOT_CMD_TRACEBACK,
	AIOT_CMD_LOG,
	AIOT_CMD_FOLLOW,
	AIOT_CMD_SCHEDULE,
	AIOT_CMD_UNSCHEDULE,
	AIOT_CMD_INFO,
	AIOT_CMD_SET,
	AIOT_CMD_RESULT,
	AIOT_CMD_HELP,
	AIOT_CMD_DEBUG,
	AIOT_CMD_STATS,
	AIOT_CMD_CORE_END,
	/* host */
	AIOT_CMD_SERVICES = 32,
	AIOT_CMD_LOAD,
	AIOT_CMD_UNLOAD,
	AIOT_CMD_DESCRIBE,
	AIOT_CMD_DAEMON_RELOAD,
	AIOT_CMD_SHUTDOWN,
	AIOT_CMD_TIMERS,
	AIOT_CMD_DAEMON_RESTART,
	AIOT_CMD_HISTORY,
	AIOT_CMD_ADD,
	AIOT_CMD_DELETE,
	AIOT_CMD_WAIT,
	AIOT_CMD_IS_ACTIVE,
	AIOT_CMD_IS_FAILED,
	AIOT_CMD_RESET_FAILED,
	AIOT_CMD_CALL,
	AIOT_CMD_TRIGGER,
	AIOT_CMD_PAUSE,
	AIOT_CMD_RESUME,
	AIOT_CMD_GET_INFO,
	AIOT_CMD_GET_INTERFACE,
	AIOT_CMD_REPORT,
	AIOT_CMD_ENABLE,
	AIOT_CMD_DISABLE,
	AIOT_CMD_IS_ENABLED,
	AIOT_CMD_MASK,
	AIOT_CMD_UNMASK,
	AIOT_CMD_CONFIG,
	AIOT_CMD_GET_CONFIG,
	AIOT_CMD_CAT,
	AIOT_CMD_EDIT,
	AIOT_CMD_RELOAD,
	AIOT_CMD_INSTALL,
	AIOT_CMD_REMOVE,
	AIOT_CMD_DEPENDENCIES,
	AIOT_CMD_ANALYZE,
	AIOT_CMD_HOST_END,
	/* a board's, without verbs */
	AIOT_CMD_NODE_HELLO = 96,
	AIOT_CMD_NODE_POLL,
	AIOT_CMD_BOARD_END,
	/* aiotoolsctl's own */
	AIOT_CMD_WHEN = 128,
	AIOT_CMD_TIMESPAN,
	AIOT_CMD_NEW_SERVICE,
};

/* What a caller may do; each includes the ones before. */
enum aiot_role {
	AIOT_ROLE_NONE,
	AIOT_ROLE_READ,
	AIOT_ROLE_OPERATE,
	AIOT_ROLE_ADMIN,
};

enum aiot_param_type {
	AIOT_PARAM_BOOL = 1, /* a flag */
	AIOT_PARAM_U32,
	AIOT_PARAM_STR,
	AIOT_PARAM_STRS,  /* an array; on the command line all words that are left */
	AIOT_PARAM_LEVEL, /* error warn info debug, or 3 4 6 7; a number in JSON */
	AIOT_PARAM_TIME,  /* as timetext.h reads it; in JSON microseconds since 1970 UTC */
	AIOT_PARAM_FORM,  /* of log lines: short iso mono json cat */
	AIOT_PARAM_SPAN,  /* a time span: 500ms, 1min 30s; in JSON microseconds */
	/*
	 * An object of options: all words that are left (behind AIOT_PARAM_STRS: from the first one
	 * with a = on) as key=value, a key alone is null.  In JSON strings, numbers, true and
	 * false, null.
	 */
	AIOT_PARAM_ARGS,
};

#define AIOT_PARAM_REQUIRED 0x1u
#define AIOT_PARAM_NEGATED 0x2u /* the option means false: --no-log for log */
#define AIOT_PARAM_TEXT 0x4u	/* how text is rendered: command line and console only */

#if AIOT_TEXT
struct aiot_param {
	const char *name;   /* member of "parameters" */
	const char *option; /* "--lines"; NULL: positional */
	const char *value;  /* what stands for the value in help: "N", "TIME"; NULL for flags */
	const char *help;
	char letter; /* 'n' for -n; 0: none */
	uint8_t type, flags;
};
#else
/*
 * Where flash is little: a byte that has the enum aiot_json_type of its values in the lowest three
 * bits, the name, and behind its NUL an option's letter, or "--option" if it is not called by its
 * name.
 */
#define AIOT_KIND_TYPE 0x07u
#define AIOT_KIND_OTHERWISE 0x08u /* of numbers: a level; of flags: negated */
#define AIOT_KIND_FREE 0x10u	  /* it may be missing */
#define AIOT_KIND_OPTION 0x40u

struct aiot_param {
	const char *text; /* NULL: the row at the end */
};
#endif

/* Help and types of replies, in builds that have them. */
#if AIOT_HELP
#define AIOT_HELP_TEXT(text) text
#else
#define AIOT_HELP_TEXT(text) NULL
#endif

#define AIOT_COMMAND_MORE 0x1u	 /* may answer in several replies: asks for `more` */
#define AIOT_COMMAND_QUERY 0x2u	 /* exit codes of status: 3 not running, 4 no such task */
#define AIOT_COMMAND_LOCAL 0x4u	 /* needs no daemon */
#define AIOT_COMMAND_TELLS 0x10u /* short, and each reply may have failures to be told */
#define AIOT_COMMAND_ANY 0x8u	 /* of several replies the best exit code counts */

#if AIOT_TEXT
struct aiot_command {
	uint16_t id;
	uint8_t role; /* enum aiot_role it takes */
	uint8_t flags;
	const char *verb;   /* NULL: a method without a verb */
	const char *method; /* "io.aiotools.Task.Status"; NULL: a verb without a method */
	const char *help;   /* one line */
	const struct aiot_param *params; /* NULL, or ended by a row without a name */
	const char *reply;		 /* varlink type of the reply's parameters */
};
#else
struct aiot_command {
	const char *verb; /* "": none; behind its NUL the method without its io.aiotools. */
	const struct aiot_param *params;
	uint8_t id;
	uint8_t flags;
};
#endif

extern const struct aiot_command aiot_commands_core[]; /* ended by a row with id 0 */
extern const struct aiot_command aiot_commands_host[];
extern const struct aiot_command aiot_commands_service[];
extern const struct aiot_command aiot_commands_board[]; /* what only boards answer */
extern const struct aiot_command aiot_commands_local[]; /* that aiotoolsctl answers itself */

/* ---- errors ---- */

enum aiot_error_id {
	AIOT_ERR_NONE,
	/* varlink's own */
	AIOT_ERR_INTERFACE_NOT_FOUND,
	AIOT_ERR_METHOD_NOT_FOUND,
	AIOT_ERR_METHOD_NOT_IMPLEMENTED,
	AIOT_ERR_INVALID_PARAMETER,
	AIOT_ERR_PERMISSION_DENIED,
	AIOT_ERR_EXPECTED_MORE,
	/* ours */
	AIOT_ERR_INVALID_REQUEST,
	AIOT_ERR_USE_MORE,
	AIOT_ERR_USAGE,
	AIOT_ERR_NO_SUCH_TASK,
	AIOT_ERR_NO_SUCH_SERVICE,
	AIOT_ERR_ALREADY, /* running, loaded, stopped already */
	AIOT_ERR_TASK_FAILED,
	AIOT_ERR_BAD_CONFIGURATION,
	AIOT_ERR_LOAD_FAILED,
	AIOT_ERR_SHUTTING_DOWN,
	AIOT_ERR_NO_MEMORY,
	AIOT_ERR_LIMIT,
	AIOT_ERR_TIMED_OUT,
	AIOT_ERR_COUNT,
};

/* "io.aiotools.NoSuchTask", as text and as the member "error"; boards that have little flash know
 * it only as that. */
const char *aiot_error_name(enum aiot_error_id id);
void aiot_error_put(struct aiot_json_out *j, enum aiot_error_id id);
/* The other way, from a string value; AIOT_ERR_NONE: none of ours. */
enum aiot_error_id aiot_error_find(struct aiot_json name);
/* aiotoolsctl's exit code, of a query (status, is-*) or of an action; never 0, 1 for AIOT_ERR_NONE.
 */
int aiot_error_exit(enum aiot_error_id id, bool query);

/* ---- calls ---- */

struct aiot_core;
struct aiot_commands;

/* What a handler returns. */
enum aiot_call_result {
	AIOT_CALL_DONE, /* the reply is whole */
	AIOT_CALL_PAGE, /* this page is full: call again when it is sent */
	AIOT_CALL_WAIT, /* not yet: keep what is written, call again when some state has changed */
	AIOT_CALL_STREAM, /* send what is written, if anything; call again when there may be more */
	AIOT_CALL_ERROR,  /* aiot_call_error() was called: that is the reply */
};

/*
 * One call under way, from its request to its last reply.  The handler writes members of the
 * reply's "parameters" into `json` (the object is open) and is called again as its result asks,
 * with `at` as it left it; everything it needs to go on lives there.
 */
#if AIOT_TEXT
struct aiot_call {
	/* read-only for handlers */
	const struct aiot_command *command;
	struct aiot_json params; /* checked against the command; lives as long as the call */
	enum aiot_role role;
	bool more; /* several replies are welcome */
	struct aiot_core *core;
	void *ctx;	     /* of the binding's segment: the host */
	uint64_t started_ns; /* core time of the request */
	size_t page_bytes;   /* a page is full beyond this */
	const char *who;     /* the task that calls; NULL: somebody outside */
	int64_t uid;	     /* who calls, for sentences; set by the owner, -1: nobody knows */
	/* the handler's */
	struct aiot_json_out json;
	uint32_t work; /* tasks, records and names that this step has looked at */
	struct {
		uint32_t phase; /* 0 at the first invocation */
		uint32_t count;
		uint64_t seq, lost;
		uint32_t hint;		  /* of a ring cursor */
		uint32_t back_hint, left; /* of a walk back over the ring */
		uint64_t back;
		uint64_t until;
		char name[AIOT_NAME_MAX + 1];
	} at;
	/* private */
	enum aiot_call_result (*fn)(struct aiot_call *call);
	enum aiot_error_id error;
	size_t reply_start, reply_empty; /* out->len before the reply, and with nothing in it */
	bool text;			 /* AIOT_PARAM_TEXT parameters are welcome */
	bool refused;			 /* the checks fail; each step says why */
	bool open;			 /* the last result was WAIT: the reply goes on */
};
#else
/* Whoever asks may do all, and several replies are always welcome. */
struct aiot_call {
	const struct aiot_command *command;
	struct aiot_json params;
	struct aiot_core *core;
	void *ctx;
	uint64_t started_ns;
	struct aiot_json_out json;
	struct {
		uint32_t count;		   /* which task of the table is next */
		uint32_t hint, seq, until; /* records */
		uint8_t phase;
	} at;
	uint16_t page_bytes;
	/* private */
	bool checked; /* the first step did that */
	bool open;
	enum aiot_call_result (*fn)(struct aiot_call *call);
};
#endif

typedef enum aiot_call_result aiot_call_fn(struct aiot_call *call);

struct aiot_binding {
	uint16_t id;
	aiot_call_fn *fn;
};

struct aiot_segment {
	const struct aiot_command *commands;
	const struct aiot_binding *bindings; /* ended by id 0; NULL: none (aiotoolsctl) */
	void *ctx;
};

#define AIOT_SEGMENTS (AIOT_TEXT ? 5 : 3)

struct aiot_commands {
	struct aiot_core *core;
	struct aiot_segment segment[AIOT_SEGMENTS]; /* unused ones are zero */
};

/* The handlers of the core's segment; calls-core.c. */
extern const struct aiot_binding aiot_bindings_core[];

/* NULL: none. */
const struct aiot_command *aiot_command_by_verb(const struct aiot_commands *c, const char *verb);
const struct aiot_command *aiot_command_by_method(const struct aiot_commands *c,
						  struct aiot_json method);
const struct aiot_command *aiot_command_with_method(const struct aiot_commands *c,
						    const char *method);
const struct aiot_command *aiot_command_by_id(const struct aiot_commands *c, unsigned id);
/* The verb most like this one, for "did you mean"; NULL: none is near. */
const char *aiot_command_near(const struct aiot_commands *c, const char *verb);

/*
 * Begin a call: role and parameters (an object, null or absent) are checked, the handler is found;
 * null stands for a parameter that is absent.  params must live as long as the call.  false:
 * refused, and aiot_call_step() gives the error reply.  text: the call comes from a console line,
 * so AIOT_PARAM_TEXT parameters are welcome.  The owner sets page_bytes afterwards (0: pages are
 * never full), and uid if it knows.  more counts only for commands that may answer in several
 * replies.
 */
bool aiot_call_begin(const struct aiot_commands *c, struct aiot_call *call,
		     const struct aiot_command *command, struct aiot_json params,
		     enum aiot_role role, bool more, bool text);

/*
 * Run the handler once.  Appends to out the reply's object {"parameters":{...}} up to but without
 * its last brace, so that the caller can add "continues" and "id" and close it; on ERROR the error
 * object likewise.  out must be the same for all steps of a call between two sent replies, and
 * starts a new reply when it is the first step or the last result was not WAIT.  STREAM may append
 * nothing at all.  PAGE and STREAM come only when `more` was asked for: else the reply is the error
 * UseMore or ExpectedMore.
 *
 * out must keep its bytes until the reply is whole, and have no error before.  When it gets one
 * (no memory, full), what was written is taken back and the reply is the error NoMemory or Limit;
 * if not even that fits, nothing is appended, the result is ERROR and out->error stays: the caller
 * can only close the connection.
 */
enum aiot_call_result aiot_call_step(struct aiot_call *call, struct aiot_out *out);

/* For handlers: drop what this reply has so far and answer with an error; the message is a
 * sentence. */
enum aiot_call_result aiot_call_error(struct aiot_call *call, enum aiot_error_id id,
				      const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same with a "name" (or "parameter") member that programs can use. */
enum aiot_call_result aiot_call_error_at(struct aiot_call *call, enum aiot_error_id id,
					 const char *member, const char *value, const char *fmt,
					 ...) __attribute__((format(printf, 5, 6)));
/*
 * Whether the present page is full: of bytes or, when more pages are welcome, of work, so that no
 * answer keeps the loop for long.  A page that found nothing is an empty one.
 */
#define AIOT_CALL_WORK 4000u
bool aiot_call_full(const struct aiot_call *call);
/* Whether it is by work: to be asked where nothing was written. */
bool aiot_call_overworked(const struct aiot_call *call);

/* A whole error reply without a call (what came was no call), up to but without its last brace. */
void aiot_error_reply(struct aiot_out *out, enum aiot_error_id id, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- words ---- */

/*
 * Turn command line words (behind the verb) into the call's parameters object, written to out.
 * now_wall_ns: for times such as "5min ago".  0; or negative, with a sentence in why.
 * -AIOT_EALREADY: help was asked for (-h, --help).
 */
int aiot_words_to_params(const struct aiot_command *command, const char *const *words, size_t count,
			 int64_t now_wall_ns, struct aiot_out *out, struct aiot_out *why);

/*
 * Split a console line into words, in place: blanks separate, '...' and "..." keep them, \ takes
 * the next character as it is.  Returns their number, -AIOT_ENOSPC over max, -AIOT_EINVAL for an
 * open quote.
 */
int aiot_words_split(char *line, const char **words, size_t max);

/* "usage: log [NAME...] [-f] ..." and a line per option. */
void aiot_command_usage(const struct aiot_command *command, struct aiot_out *out);
/* All verbs, a line each. */
void aiot_commands_help(const struct aiot_commands *c, struct aiot_out *out);

/* "error" "warn" "info" "debug" <-> 3 4 6 7; NULL (little flash: "") / -AIOT_EINVAL for others. */
const char *aiot_level_word(uint8_t level);
int aiot_level_parse(const char *text);

#endif
