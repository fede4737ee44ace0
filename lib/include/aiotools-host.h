/*
 * aiotools-host.h - the runtime for programs: named, supervised tasks on a libuv loop of yours,
 * with a log that outlives the program and a socket on which aiotoolsctl controls it all.
 *
 * aiotoolsd is such a program and uses nothing that is not here; examples/embed.c is the shortest
 * one. Order: create on a loop, add services and tasks, listen, run the loop; stop, and when that
 * is through destroy.  Thread: everything is called on the loop's thread, callbacks come on it too.
 * Strings handed in are copied.  Functions return 0 or a negative -AIOT_E...; what can be told in
 * words is in aiot_host_error() until the next call.
 */
#ifndef AIOTOOLS_HOST_H
#define AIOTOOLS_HOST_H

#include <aiotools.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s;
struct aiot_host;

/* What to do when a task's name is taken. */
enum aiot_name_taken {
	AIOT_NAME_TAKEN_RENAME, /* blink, blink_1, blink_2 ... */
	AIOT_NAME_TAKEN_RAISE,	/* -AIOT_EEXIST */
	AIOT_NAME_TAKEN_IGNORE, /* -AIOT_EALREADY, the old one stays */
};

/* How a program restarts itself, for the program to carry out. */
enum aiot_restarting {
	AIOT_RESTARTING_REPLACE,  /* it executes itself anew, in the same process */
	AIOT_RESTARTING_RELAUNCH, /* a new process */
	AIOT_RESTARTING_FRESH,	  /* a new process in a session of its own */
	AIOT_RESTARTING_RECALL,	  /* the same process makes a new host */
};

/* Where runs that have ended are kept. */
enum aiot_history_keep {
	AIOT_HISTORY_MEMORY, /* the newest */
	AIOT_HISTORY_NONE,
	AIOT_HISTORY_DISK, /* in a database too, if SQLite was there when this was built */
};

#define AIOT_SAVE_AT_END UINT32_MAX /* state_save_s: not in between */

/* Zero means the default, for every field but size. */
struct aiot_host_options {
	uint32_t size;		 /* sizeof(struct aiot_host_options), must be set */
	uint32_t log_level;	 /* enum aiot_level; records above it are not kept [AIOT_INFO] */
	struct uv_loop_s *loop;	 /* [a loop of its own, for aiot_host_run()] */
	const char *name;	 /* who logs when no task does ["aiotools"] */
	const char *runtime_dir; /* where the log ring is kept; made if missing [in memory only] */
	const char *state_dir;	 /* what must outlive a reboot; made if missing [none] */
	uint64_t log_bytes;	 /* size of the log ring [1 MiB] */
	const char *const
		*config_dirs; /* hold services.d/; a later one wins; ended by NULL [none];
				 state_dir among them for what people edit of lower ones */
	const char *const
		*module_dirs;	   /* hold NAME.so; the first hit counts; ended by NULL [none] */
	uint32_t name_taken;	   /* enum aiot_name_taken */
	uint32_t max_clients;	   /* connections at a time [64]; for admins two more */
	const char *operate_group; /* members may start and stop [nobody] */
	const char *read_group;	   /* members may look [nobody] */
	/*
	 * A line for people: services that load or do not.  The text has no control characters and
	 * is the callback's for its duration.  It may load, add, start, stop, delete and log, and
	 * ask the host to stop; not reload, not run and not destroy the host.
	 */
	void (*print)(void *arg, const char *text);
	/*
	 * The wish to stop came over the socket or by signal; default: aiot_host_stop().  It may
	 * call everything but aiot_host_run() and aiot_host_destroy().
	 */
	void (*on_stop)(void *arg);
	void *arg;
	/*
	 * The file of aiot_host_options_read(): aiot_host_reload() reads and checks it again, and
	 * applies what aiotoolsd.ini(5) says of that; one that is not there is an empty one [none].
	 */
	const char *config_file;
	/*
	 * The wish to restart came over the socket, or from a task: the program stops the host, and
	 * when that is through starts again as `how` says [such wishes are refused].
	 */
	void (*on_restart)(void *arg, enum aiot_restarting how);
	uint32_t restarting; /* enum aiot_restarting, handed to on_restart */
	uint32_t cycle_ms;   /* how often a condition is asked that announces no change [100] */
	/* 1: a task whose init or start fails, or a condition that fails, ends the host */
	uint8_t loud_prerun, loud_conditions;
	uint16_t max_processes;	 /* child processes at a time [one for each processor] */
	const char *environment; /* the name that the condition `env` asks for [none] */
	/*
	 * When tasks ran last is kept in runtime_dir at each run, and saved to state_dir so often
	 * while something runs, and at the end; AIOT_SAVE_AT_END: only then [900 s].
	 */
	uint32_t state_save_s;
	uint32_t history_keep;	     /* enum aiot_history_keep */
	uint64_t history_bytes;	     /* in memory [256 KiB] */
	uint64_t history_disk_bytes; /* of the database [16 MiB] */
	const char *history_file;    /* the database [history.db in state_dir] */
	uint32_t status_from_logs;   /* 1: conditions ask the history, not what tasks remember */
	/*
	 * A thread watches the loop.  A step that takes longer than stall_warn_ms is logged with
	 * its task and line when it is over, and handed to `stalled` while it lasts; one that takes
	 * stall_abort_ms ends the process as a crash of its task, if catch_crashes is set
	 * [neither].
	 */
	uint32_t stall_warn_ms, stall_abort_ms;
	/*
	 * 1: a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) leaves a record of the task in
	 * runtime_dir.  The next host there logs it and holds the task's service until somebody
	 * starts it.  One host a process can.
	 */
	uint32_t catch_crashes;
	/* A line for people, from a thread that is not the loop's: while that is blocked [none]. */
	void (*stalled)(void *arg, const char *text);
	/*
	 * A file of aiot_environment_read(), which is read first of all and taken back at the end;
	 * with a - in front it may be missing [none].
	 */
	const char *environment_file;
	/*
	 * The program that opens modules only to look into them, so that nothing of theirs runs in
	 * this one: called with --inspect FILE NAME, it is to call aiot_host_inspect(FILE, NAME)
	 * [aiotoolsd, where it was installed].
	 */
	const char *inspector;
	uint8_t no_schedule; /* 1: [Schedule] of files starts nothing until it is told to */
	uint8_t no_config;   /* 1: services have their defaults, whatever files and `config` say */
};

/*
 * -AIOT_EINVAL: why (may be NULL) says what, a size that is too small or an option of a newer
 * aiotools among it; -AIOT_ENOMEM; or what the system says of the loop.
 */
AIOT_API int aiot_host_create(const struct aiot_host_options *options, struct aiot_host **ret,
			      char *why, size_t why_size);

/* Free a host that was never run, or whose stop is through.  NULL is fine. */
AIOT_API void aiot_host_destroy(struct aiot_host *host);

/* The sentence of the last failure, "" if there was none.  Valid until the next call. */
AIOT_API const char *aiot_host_error(const struct aiot_host *host);

/*
 * For a program that is an inspector: opens the module, within limits, tells on stdout what is in
 * it, and does not return.  Takes the descriptors 0 to 2 for itself; called by main() before
 * anything else.
 */
AIOT_API void aiot_host_inspect(const char *path, const char *name) __attribute__((noreturn));

/* ---- options from a file ---- */

struct aiot_host_file; /* keeps the texts that options read from a file point to */

/*
 * Fill in options from an INI file (aiotoolsd.ini's format); other fields stay.  ret must be freed
 * after aiot_host_create().  On failure why has a sentence a line, each with file and line.
 * -AIOT_ENOENT: no such file; -AIOT_EPERM: others could write it; -AIOT_EINVAL; -AIOT_ENOMEM.
 */
AIOT_API int aiot_host_options_read(struct aiot_host_options *options, const char *path,
				    struct aiot_host_file **ret, char *why, size_t why_size);
/* NULL is fine. */
AIOT_API void aiot_host_file_free(struct aiot_host_file *file);
/* All keys of such a file, their defaults and what they mean, as lines of text. */
AIOT_API void aiot_host_options_help(void (*line)(void *arg, const char *text), void *arg);

/* ---- the environment, from a file ---- */

struct aiot_environment; /* what was set, and what was there before */

/*
 * Set this program's environment by a .env file: lines KEY=VALUE (`export` before it does not
 * matter), comments behind #.  A value in single quotes is as it stands, in double quotes \n \t \"
 * \\ are what they are in C; nothing is expanded and nothing is run.  What the environment has
 * already is replaced.  INI files find it as ${NAME}, services by getenv().  Before there are
 * threads: nobody may look at the environment meanwhile.  On failure nothing is set, and why has a
 * sentence a line. -AIOT_ENOENT: no such file; -AIOT_EPERM: others could write it; -AIOT_EINVAL;
 * -AIOT_ENOMEM.
 */
AIOT_API int aiot_environment_read(const char *path, struct aiot_environment **ret, char *why,
				   size_t why_size);
/* Set it back to what it was.  NULL is fine. */
AIOT_API void aiot_environment_undo(struct aiot_environment *environment);

/* ---- services and tasks ---- */

/*
 * Add a service that is linked in, under its own name, and start its main task NAME.service.
 * args: "key", "value", ... ended by NULL, as [Args] of an INI file has them; may be NULL.
 * service is borrowed, with all it points to, and must outlive the host.
 * -AIOT_EEXIST: it, or a task of that name, is there already; -AIOT_EINVAL: a descriptor, a name or
 * an argument that is wrong (a key without a value, too); -AIOT_ERANGE: an argument's value;
 * -AIOT_ECANCELED: the host is stopping; -AIOT_ENOMEM; else what its init returned.
 */
AIOT_API int aiot_host_add_service(struct aiot_host *host, const struct aiot_service *service,
				   const char *const *args);

/*
 * Add a task that runs one kind of a service that is linked in, and start it.  kind NULL: main.
 * ret_name (may be NULL) is its final name, owned by the host, valid until the task is deleted.
 * args and service as above.
 * -AIOT_EEXIST, -AIOT_EALREADY: the name is taken and name_taken says so; -AIOT_ENOENT: no such
 * kind; -AIOT_EINVAL, -AIOT_ERANGE, -AIOT_ECANCELED, -AIOT_ENOMEM as above; else what its init
 * returned.
 */
AIOT_API int aiot_host_add_task(struct aiot_host *host, const struct aiot_service *service,
				const char *kind, const char *name, const char *const *args,
				const char **ret_name);

/*
 * Read the INI files of all config_dirs again.  New services become known, changed ones are marked,
 * nothing is started or stopped.  Files with errors count as services that failed to load.
 * -AIOT_EINVAL, -AIOT_EPERM: config_file is wrong, nothing was read; -AIOT_EIO: a services.d could
 * not be read to its end; the others were, and services that were not seen stay; -AIOT_ENOMEM.
 */
AIOT_API int aiot_host_reload(struct aiot_host *host);

/*
 * Load one configured service and start it; NULL: all that are enabled and not loaded, which
 * succeeds whatever becomes of each: print and the log tell.  If core services are among these, the
 * loop loads the others when they have ended.
 * -AIOT_ENOENT: no such service, or no such module; -AIOT_EALREADY: it is loaded; -AIOT_EPERM: it
 * is masked, or others could write its files; -AIOT_EINVAL, -AIOT_ERANGE: its file, its module or
 * an argument is wrong; -AIOT_EBUSY: older code of its module is in use or cannot be unloaded;
 * -AIOT_EEXIST: a task has its name; -AIOT_ECANCELED, -AIOT_ENOMEM; else what its init returned.
 */
AIOT_API int aiot_host_load(struct aiot_host *host, const char *name);

/*
 * Load all that are enabled, and what these require: first core services, in the order of their
 * dependencies, and when they have ended the rest, some in each turn of the loop.  Then `booted`
 * (may be NULL) is called, perhaps before this returns, whatever became of each service.
 * -AIOT_ECANCELED: the host is stopping; -AIOT_EALREADY: that is under way.
 */
AIOT_API int aiot_host_boot(struct aiot_host *host, void (*booted)(void *arg), void *arg);

/*
 * Orders to tasks, by their full names (hello.service); carried out by the loop.  -AIOT_ENOENT: no
 * such task; -AIOT_EALREADY: it runs, or does not run, or is stopping already.  start:
 * -AIOT_ECANCELED: the host is stopping, else what the service's init returned.  delete stops first
 * what runs, and of a service's NAME.service it unloads the service, too.
 */
AIOT_API int aiot_host_start_task(struct aiot_host *host, const char *name);
AIOT_API int aiot_host_stop_task(struct aiot_host *host, const char *name);
AIOT_API int aiot_host_delete_task(struct aiot_host *host, const char *name);
/* "running", "done" ..., NULL: no such task. */
AIOT_API const char *aiot_host_task_state(struct aiot_host *host, const char *name);
AIOT_API uint32_t aiot_host_task_count(const struct aiot_host *host);
/* How many tasks have a run under way. */
AIOT_API uint32_t aiot_host_alive_count(const struct aiot_host *host);

/* ---- control ---- */

/*
 * Serve aiotoolsctl on a UNIX socket; a stale socket file is replaced.  -AIOT_EBUSY: somebody
 * answers there; -AIOT_EEXIST: something else is there; -AIOT_ENOENT: no such directory;
 * -AIOT_EINVAL, -AIOT_ENAMETOOLONG: no socket can have that path; -AIOT_ECANCELED: the host is
 * stopping; -AIOT_ENOMEM; or what else the system says.
 */
AIOT_API int aiot_host_listen(struct aiot_host *host, const char *path);
/*
 * The same on a socket that listens already (socket activation).  Takes the descriptor in any case:
 * on failure it is closed.  -AIOT_EINVAL: it is no listening UNIX stream socket; -AIOT_ECANCELED:
 * the host is stopping; -AIOT_ENOMEM.
 */
AIOT_API int aiot_host_adopt(struct aiot_host *host, int fd);

/* TERM and INT ask for a stop, HUP for a reload.  0, or what the system says. */
AIOT_API int aiot_host_handle_signals(struct aiot_host *host);

/*
 * Call fn(arg) every interval from the loop; for watchdogs and the like.  One timer a host: a
 * second call replaces it, an interval of 0 ends it.  0; -AIOT_ECANCELED: the host is closing.
 */
AIOT_API int aiot_host_every_ms(struct aiot_host *host, uint32_t interval_ms, void (*fn)(void *arg),
				void *arg);

/* A line in the log, under the host's name. */
AIOT_API void aiot_host_log(struct aiot_host *host, enum aiot_level level, const char *fmt, ...)
	AIOT_PRINTF_(3, 4);

/* ---- running ---- */

/*
 * Run the loop until a stop is through, or nothing keeps the loop alive any more: without a socket
 * that is when no task waits for anything, for signals and an interval do not keep it.  Returns 0
 * either way; after the latter it may be called again.
 */
AIOT_API int aiot_host_run(struct aiot_host *host);

/*
 * 0; 1 if the host stopped by itself, because something failed that was not to be silenced
 * (loud_prerun, loud_conditions).
 */
AIOT_API int aiot_host_exit_code(const struct aiot_host *host);

/*
 * Stop all tasks, the newest first, wait for them (each within its stop time-out), close the socket
 * and every handle on the loop; then stopped (may be NULL) is called.  Calling it again changes
 * nothing.  From then on nothing new is taken in (-AIOT_ECANCELED).  stopped may destroy the host
 * if the loop is the program's and not run by aiot_host_run().
 */
AIOT_API void aiot_host_stop(struct aiot_host *host, void (*stopped)(void *arg), void *arg);

/* The library's version, "0.1.0". */
AIOT_API const char *aiot_version(void);

#ifdef __cplusplus
}
#endif
#endif
