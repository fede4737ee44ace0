/*
 * host.h - the inside of a host: one core on one uv loop, with its services, its log and its
 * server.
 *
 * host.c makes it, host-task.c adds to it, host-run.c runs and ends it, loop.c drives the core,
 * units.c knows the services, unit-load.c turns one into a task, modules.c opens object files,
 * calls-*.c answer the host's commands.  All of it runs on the loop's thread.
 */
#ifndef AIOT_HOST_H
#define AIOT_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include <uv.h>

#include "aiotools-host.h"
#include "boot.h"
#include "command.h"
#include "core.h"
#include "guard.h"
#include "inspect.h"
#include "overlay.h"
#include "ringfile.h"
#include "schedule.h"
#include "server.h"
#include "stepclock.h"
#include "task.h"

struct aiot_unit;
struct aiot_module;
struct aiot_lastruns;
struct aiot_history;
struct aiot_keep;
struct aiot_load_steps;
struct aiot_held;

struct aiot_host {
	struct aiot_core core;
	struct aiot_place_main place;
	struct aiot_ringfile ringfile;
	struct aiot_stall stall;
	struct aiot_commands commands;
	struct aiot_server *server; /* NULL: not listening */

	/* loop.c */
	uv_loop_t *loop, own_loop;
	bool owns_loop;
	uv_poll_t core_poll;
	int core_fd;	      /* timerfd that wakes the core */
	uint64_t core_due_ns; /* what it is set to */
	bool core_fired;      /* it went off, and was not set since */
	uv_timer_t every_timer;
	uv_timer_t save_timer, history_timer; /* lastruns-save.c, history-jobs.c */
	uv_idle_t core_idle;		      /* runs while the core has something to do at once */
	uv_poll_t clock_poll;
	int clock_fd; /* timerfd that tells of clock steps; -1: none */
	uv_signal_t signals[3];
	bool has_signals;
	unsigned open_handles;
	void (*closed_fn)(struct aiot_host *host);
	void (*every_fn)(void *arg);
	void *every_arg;
	struct aiot_stepclock stepclock;
	struct aiot_processes *processes; /* posix-process.c; NULL: none so far */

	/* units.c, modules.c */
	struct aiot_trie units;	   /* by service name */
	struct aiot_trie drop_ins; /* directories of them, by service name: unit-files.c */
	struct aiot_trie targets;  /* deps.c: what services say of others, by name */
	uint32_t deps_changes, deps_walks;
	struct aiot_link hold_changed; /* hold.c: units to be looked at */
	struct aiot_boot boot;
	struct aiot_overlay overlay;
	struct aiot_keep *keep;		    /* keep.c; NULL: nothing was written so far */
	struct aiot_load_steps *load_steps; /* of the load under way, if anybody asked */
	struct aiot_trie numbers;	    /* names that collided, and their last number */
	struct aiot_module *modules;
	struct aiot_module *left; /* closed, but the linker keeps them mapped */

	/* inspect.c */
	char *inspector; /* NULL: there is none */
	struct aiot_inspect_job *inspects[AIOT_INSPECTS];
	uint32_t last_inspect, inspect_ms, inspect_kept_ms;
	struct aiot_install_job *install; /* install.c; NULL: none */
	uint32_t last_install;
	struct aiot_looked *looked; /* calls-load.c; NULL: none */
	uint64_t last_pages;	    /* the number of the last call that told of units */

	struct aiot_lastruns *lastruns;
	struct aiot_history *history;
	struct aiot_guard guard;
	struct aiot_held *held; /* quarantine.c: services that crashed the program */

	struct aiot_spec_block *last_block; /* of the last task added without args, to be shared */
	void *wheels;

	/* options, copied */
	char *name, *runtime_dir, *state_dir;
	char *state_home; /* state_dir as it was asked for, also where it cannot be written */
	bool run_modules; /* the runtime directory has what install brought while it could not */
	char **config_dirs, **module_dirs;
	char *config_file, *operate_name, *read_name;
	uint64_t log_bytes;
	enum aiot_collision collision;
	bool no_schedule, no_config;
	uint32_t save_s; /* how often last runs are saved; 0: only at the end */
	uint32_t history_keep;
	uint64_t history_bytes, history_disk_bytes;
	char *history_file;
	void (*print)(void *arg, const char *text);
	void (*on_stop)(void *arg);
	void (*on_restart)(void *arg, enum aiot_restarting how);
	enum aiot_restarting restarting;
	char *environment;
	struct aiot_environment *variables; /* of environment_file; NULL: none */
	char *environment_path;		    /* that file, as it was given */
	void *arg;
	char host_name[64];
	char socket_path[108];
	uint32_t max_clients;
	uint32_t max_processes; /* at a time; 0: as many as there are CPUs */
	gid_t operate_group, read_group;

	/* stopping */
	char broken[256]; /* why it has to end by itself; "": it has not */
	int exit_code;
	bool stopping, closing, stopped;
	void (*stopped_fn)(void *arg);
	void *stopped_arg;

	char error[2048]; /* aiot_host_error() */
};

/* Set the sentence of a failure and return code. */
int aiot_host_fail(struct aiot_host *host, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- loop.c ---- */
int aiot_loop_init(struct aiot_host *host, uv_loop_t *loop);
/* Tell the log the present offset of the wall clock. */
void aiot_loop_tell_clock(struct aiot_host *host);
/* The core has something to do: run it in the next turn of the loop. */
void aiot_loop_wake(struct aiot_host *host);
/* Close every handle; `closed` is called when the last is. */
void aiot_loop_close(struct aiot_host *host, void (*closed)(struct aiot_host *host));

/* ---- clock.c ---- */
extern const struct aiot_geometry aiot_clock_geometry;
uint64_t aiot_clock_mono_ns(void);
int64_t aiot_clock_wall_ns(void);

/* ---- config.c ---- */
/*
 * Read the host's configuration file again, if it has one.  What can change while it runs does; the
 * rest is logged.  A wrong one changes nothing: a negative code, and the sentences are the host's
 * error.
 */
int aiot_config_reload(struct aiot_host *host);

/* ---- host.c ---- */
/* A line about the start or the end of a run, kept at any log level: the next run looks for it. */
void aiot_host_log_milestone(struct aiot_host *host, const char *text);
/* Free one that has no handles on its loop. */
void aiot_host_free(struct aiot_host *host);

/* ---- host-run.c: what is not to be silenced ---- */
/*
 * The host has to stop, in order and with a failure: it does so when the present round is over. The
 * first reason is the one that is told.
 */
void aiot_host_break(struct aiot_host *host, const char *name, const char *what);

/* ---- host-task.c ---- */
/* -AIOT_ECANCELED, with a sentence, when the host is stopping; else 0. */
int aiot_host_check_running(struct aiot_host *host);

/* ---- host-run.c ---- */
/* Go on with the end, if it has come: called after every round of the core. */
void aiot_host_stop_step(struct aiot_host *host);

#define AIOT_ARGS_MAX 64
/*
 * "key", "value", ... (NULL: none) as arguments, of which args holds AIOT_ARGS_MAX.  -AIOT_EINVAL,
 * with a sentence in why: a key without a value, or too many.
 */
int aiot_args_from_pairs(const char *const *pairs, struct aiot_arg *args, uint32_t *ret_count,
			 struct aiot_out *why);

/* ---- core-ops.c ---- */
extern const struct aiot_core_ops aiot_host_core_ops;
void aiot_numbers_finish(struct aiot_host *host);

/* ---- host-child.c ---- */
int aiot_host_create_child(void *ctx, struct aiot_entry *parent, const char *kind, const char *name,
			   const char *const *args, struct aiot_entry **ret);

/* ---- units.c ---- */
void aiot_units_finish(struct aiot_host *host);

/* ---- host-beside.c ---- */
/*
 * Overlap=allow: run a copy of a task once, under the next number of its name, with the options
 * that a run of it would have now; it is gone when it ends.  -AIOT_EBUSY: there are
 * AIOT_BESIDE_MAX of them already; -AIOT_ECANCELED: the host stops or the service is on its way
 * out; -AIOT_ENOMEM; or what its init says.
 */
#define AIOT_BESIDE_MAX 16
int aiot_host_run_beside(void *host, struct aiot_entry *entry);

/* ---- calls-daemon.c ---- */
aiot_call_fn aiot_call_shutdown, aiot_call_daemon_restart;

/* ---- calls-host.c ---- */
extern const struct aiot_binding aiot_bindings_host[];

/* ---- calls-service.c, calls-describe.c ---- */
extern const struct aiot_binding aiot_bindings_service[];
aiot_call_fn aiot_call_daemon_reload, aiot_call_describe, aiot_call_reload;
aiot_call_fn aiot_call_install, aiot_call_remove, aiot_call_load;

/* ---- calls-enable.c, calls-config.c, calls-edit.c ---- */
aiot_call_fn aiot_call_enable, aiot_call_is_enabled, aiot_call_config, aiot_call_get_config,
	aiot_call_cat, aiot_call_edit;

/* ---- calls-boot.c, calls-deps.c ---- */
aiot_call_fn aiot_call_analyze, aiot_call_dependencies;

/* ---- unit-names.c ---- */
/* The error reply for a name that is no service's. */
enum aiot_call_result aiot_no_such_service(struct aiot_call *call, const char *name);

/* ---- calls-add.c ---- */
aiot_call_fn aiot_call_add, aiot_call_delete;

/* ---- the block behind a task or spec ---- */

/* A spec and the copies of all that it points to, in one place; freed when nothing uses it. */
struct aiot_spec_block {
	struct aiot_spec spec;
	struct aiot_service service; /* completed copy */
	struct aiot_unit
		*unit; /* NULL: a task of its own; then the last task takes the block along */
	struct aiot_unit *owner; /* of a task that was added: its service; NULL: none */
	void (*dropped)(struct aiot_entry *entry); /* of tasks elsewhere; NULL: of this loop */
	bool initialised; /* of such a task: its struct had its init, and will have fini */
	const struct aiot_service *origin; /* linked in: the program's descriptor */
	struct aiot_texts *texts;	   /* what args and label point to, and pointed to before */
	/* Of a task that was added: its own use of its code, for its service may get another. */
	struct aiot_module *module;
};

/*
 * Make a spec for a kind of a service.  args: count of them, copied.  A bad one is a sentence in
 * `why` that begins with its origin.  0; -AIOT_ENOENT: no such kind; -AIOT_EINVAL, -AIOT_ERANGE: an
 * argument; -AIOT_ENOMEM; each with a sentence in why.
 */
int aiot_spec_create(struct aiot_host *host, const struct aiot_service *service, const char *kind,
		     const char *label, const struct aiot_arg *args, uint32_t arg_count,
		     struct aiot_spec_block **ret, struct aiot_out *why);
void aiot_spec_free(struct aiot_spec_block *block);
/* The one that counts of those for a key; NULL: none. */
const struct aiot_arg *aiot_arg_find(const struct aiot_arg *args, uint32_t count, const char *key);
/*
 * Exchange the arguments, which were checked.  A struct of a task may still point to the texts of
 * the old ones, so these stay as long as the block.  -AIOT_ENOMEM; -AIOT_ENOSPC: it was done too
 * often.
 */
int aiot_spec_exchange_args(struct aiot_spec_block *block, const struct aiot_arg *args,
			    uint32_t count);
/* The first code and all sentences of arguments that the kind does not take; 0: it takes all. */
int aiot_args_check(const struct aiot_service *service, const struct aiot_kind *kind,
		    const struct aiot_arg *args, uint32_t count, struct aiot_out *why);

/* The block of the last task that was added without arguments, if it is of this service and kind.
 */
struct aiot_spec_block *aiot_shared_block(struct aiot_host *host,
					  const struct aiot_service *service, const char *kind);
/* No task uses it any more. */
void aiot_block_unused(struct aiot_host *host, struct aiot_spec_block *block);
/* Run its service's fini, if it has one, on the task's struct. */
void aiot_block_fini(struct aiot_host *host, const struct aiot_spec_block *block,
		     struct aiot_task *task);

/* Allocate and enter a task; not started. */
int aiot_host_make_task(struct aiot_host *host, struct aiot_spec *spec, const char *name,
			enum aiot_collision collision, struct aiot_task **ret);

#endif
