/*
 * units.h - the services a host knows: each an INI file (or linked in), perhaps loaded, with its
 * task.
 *
 *	           load                      unload, its task dropped
 *	unloaded ---------> loaded ------------------------------> unloaded
 *	    |  \_________                     ^
 *	    | load fails  \                   | load (again)
 *	    +-------------> failed -----------+
 */
#ifndef AIOT_UNITS_H
#define AIOT_UNITS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "deps.h"
#include "hold.h"
#include "host.h"
#include "inifile.h"
#include "modules.h"
#include "outcome.h"
#include "plan.h"

enum aiot_unit_load {
	AIOT_UNIT_UNLOADED,
	AIOT_UNIT_LOADED,
	AIOT_UNIT_FAILED,
};

enum aiot_unit_type { /* the order of its words in unit-conf.c */
		      AIOT_UNIT_RUNTIME,
		      AIOT_UNIT_SCHEDULE,
		      AIOT_UNIT_CORE,
};

/* What [Service] and [Schedule] of a file say; texts belong to the document. */
struct aiot_unit_conf {
	const char *description;
	enum aiot_unit_type kind; /* worked out, as scheduled, node, plan and what follows are */
	bool scheduled;
	bool node; /* it has a [Node]: its service is the built-in one, see node.h */
	const char *documentation, *module;
	const char *type, *timeout, *start_timeout, *priority;
	const char *requires, *wants, *after; /* lists of services */
	const char *unused;		      /* of keys that are read from the document */
	bool enabled;
	uint64_t stop_timeout_ns;
	struct aiot_plan plan;
	uint32_t timeout_ms, start_timeout_ms; /* 0: never */
	int8_t rank;			       /* the priority */
	struct aiot_policy policy;
};

/* What `services` shows of each comes first: 10,000 of them are in no cache. */
struct aiot_unit {
	struct aiot_trie_node node; /* link: host.units */
	char name[AIOT_NAME_MAX + 1];
	uint8_t load;	   /* enum aiot_unit_load */
	bool changed;	   /* the files differ from what was loaded */
	bool seen;	   /* by the scan under way */
	bool bad_file;	   /* its file says something wrong: see error */
	bool bad_args;	   /* what is loaded would not take the [Args] of its file: see error */
	bool bad_deps;	   /* what its file says of other services cannot be: see error */
	bool masked;	   /* by a link or in services.json: as if there was no such service */
	bool masked_file;  /* its file is a link to /dev/null */
	bool moved;	   /* the scan under way found it in another directory */
	bool templated;	   /* an instance, name@arg, whose file is its template's, name@.ini */
	bool enabled;	   /* by its file, or by services.json where that says anything */
	bool enabled_said; /* it does */
	bool unfit;	   /* opening its module was seen to end or hang a program: see error */
	bool refused;	   /* to be loaded once, for its code had crashed the program */
	bool bare;	   /* to be loaded with the defaults of its options, this once */
	char *file;	   /* NULL: linked in */
	struct aiot_task *task;	       /* NULL: none */
	struct aiot_spec_block *block; /* of its main task; NULL: not loaded */
	struct aiot_unit_conf conf;
	struct aiot_module *module; /* NULL: not loaded, or linked in */
	uint64_t print;		    /* of its files as they were read: see unit-files.h */
	struct aiot_ini doc;
	struct aiot_spec_block *linked; /* linked in, not loaded: what it was loaded from */
	struct aiot_outcome *error;	/* why it did not load */
	uint32_t added;			/* tasks of it that `add` made */
	bool unloading;	      /* its tasks are on their way out, those that were added first */
	char *tried;	      /* the module that it did not load from; NULL: none, or loaded */
	uint64_t unloaded_ns; /* when it was unloaded last; 0: never */
	uint64_t mark;	      /* aiot_unit_mark() of what was loaded */
	struct aiot_unit_next *next;   /* what takes its place; NULL: it is not being reloaded */
	uint64_t reloaded_ns;	       /* when a reload of it ended last; 0: never */
	uint8_t effect;		       /* what that came to; enum aiot_unit_effect */
	uint64_t told;		       /* the last call whose reply has a row of it */
	struct aiot_load_steps *steps; /* of its last load, if that was asked; NULL: it was not */
	struct aiot_unit_deps deps;
	struct aiot_unit_hold hold;
	struct aiot_unit_boot boot;
};

static inline struct aiot_unit *aiot_unit_of(struct aiot_trie_node *node)
{
	return (struct aiot_unit *)node; /* first member */
}

/* A service's main task is called NAME.service; longer names cannot be a service's. */
#define AIOT_UNIT_SUFFIX ".service"
#define AIOT_UNIT_NAME_MAX (AIOT_NAME_MAX - (sizeof(AIOT_UNIT_SUFFIX) - 1))

/* Whether a service may have that name. */
bool aiot_unit_name_valid(const char *name, size_t len);
/* name@: what instances, name@arg, are made from; it cannot be loaded itself. */
bool aiot_unit_is_template(const struct aiot_unit *unit);
/* What stands behind the @ of one that is made from a template; NULL: it is not. */
const char *aiot_unit_instance(const struct aiot_unit *unit);

/* Of a word that names a service, perhaps as "hello.service": the length of its own name. */
size_t aiot_unit_word_len(const char *word, size_t len);

/* "hello", also as "hello.service". */
struct aiot_unit *aiot_unit_find(struct aiot_host *host, const char *name);
/* The first behind `after` that a plain name or pattern means. */
struct aiot_unit *aiot_unit_match(struct aiot_host *host, const char *pattern, const char *after);

/* Make one; name must be valid and free.  NULL: no memory. */
struct aiot_unit *aiot_unit_create(struct aiot_host *host, const char *name);
/* Forget one that is not loaded. */
void aiot_unit_destroy(struct aiot_host *host, struct aiot_unit *unit);

/* ---- unit-read.c, unit-scan.c ---- */

/* Read its files (again).  What is wrong becomes its error. */
void aiot_unit_read(struct aiot_host *host, struct aiot_unit *unit);
/* The same, unless they are those that were read. */
void aiot_unit_refresh(struct aiot_host *host, struct aiot_unit *unit);
/* What services.json says of it has changed, or the unit has. */
void aiot_unit_overlay(struct aiot_host *host, struct aiot_unit *unit);
/* Its file is there now: read it.  0 or -AIOT_ENOMEM. */
int aiot_unit_found(struct aiot_host *host, struct aiot_unit *unit, const char *path);
/* The template of a name@arg; NULL: it is none, or there is none. */
struct aiot_unit *aiot_unit_template(struct aiot_host *host, const char *name);
/*
 * The unit of that name; of an instance whose template is known it is made if need be.  NULL: none,
 * or no memory.
 */
struct aiot_unit *aiot_unit_instantiate(struct aiot_host *host, const char *name);

/*
 * Read all config directories.  -AIOT_ENOMEM; -AIOT_EIO: one could not be read to its end (the
 * host's error says which), the others were, and nothing was forgotten.
 */
int aiot_units_scan(struct aiot_host *host);

/* Log what has changed on disk since it was loaded, and how to apply that. */
void aiot_units_advise(struct aiot_host *host);

/* ---- unit-conf.c ---- */

/* Check the document's keys and fill conf; complaints go to the document's errors. */
int aiot_unit_conf_read(struct aiot_ini *doc, struct aiot_unit_conf *conf);

/* ---- unit-load.c ---- */

/*
 * Load and start: module, options, init, task, schedule.  Prints and logs its OK or ERROR line.  On
 * failure the unit is `failed`, with its error.  -AIOT_EALREADY: it is loaded.
 */
int aiot_unit_load(struct aiot_host *host, struct aiot_unit *unit);
/* The same for a service that is linked in. */
int aiot_unit_load_linked(struct aiot_host *host, struct aiot_unit *unit,
			  const struct aiot_service *service, const char *const *args);
/* Whether it is to be loaded without being named: enabled, or so broken that nobody can know. */
bool aiot_unit_wanted(const struct aiot_unit *unit);
/* Stop its task and forget it; `load` becomes unloaded when that is through. */
int aiot_unit_unload(struct aiot_host *host, struct aiot_unit *unit);
/* The core dropped a task that was added. */
void aiot_unit_added_dropped(struct aiot_host *host, struct aiot_unit *unit);
/* The core dropped the task of a unit: free what belongs to it. */
void aiot_unit_task_dropped(struct aiot_host *host, struct aiot_unit *unit);

/* What each step of a load took, for who asked: collected while host.load_steps is set. */
#define AIOT_LOAD_STEPS_MAX 8
struct aiot_load_steps {
	uint64_t last_ns;
	unsigned count;
	struct {
		const char *step;
		uint64_t us;
	} step[AIOT_LOAD_STEPS_MAX];
};
/* That step is through. */
void aiot_load_step(struct aiot_host *host, const char *step);

/*
 * The steps of loading, for unit-reload.c, which makes another task in the place of one: the module
 * that its file names (what that does when it is opened is the service's doing), its block (path:
 * where the code comes from), of the block its task with its schedule, and its own init. Each
 * leaves a sentence in why, the last perhaps the unit's error instead.  What an earlier step made
 * is the caller's to undo.
 */
int aiot_unit_open_module(struct aiot_host *host, struct aiot_unit *unit, struct aiot_module **ret,
			  struct aiot_out *why);
int aiot_unit_make_block(struct aiot_host *host, struct aiot_unit *unit,
			 const struct aiot_service *service, const char *path,
			 const struct aiot_arg *args, uint32_t count, struct aiot_out *why);
void aiot_unit_put_limits(const struct aiot_unit *unit, struct aiot_spec_block *block);
int aiot_unit_make_task(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why);
int aiot_unit_init_task(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why);
/* What a hook of it that failed has left, as the unit's error or in why. */
void aiot_unit_take_error(struct aiot_host *host, struct aiot_unit *unit, int code,
			  const char *what, struct aiot_out *why);
/* Its block and its code, which nothing of it uses any more. */
void aiot_unit_release(struct aiot_host *host, struct aiot_unit *unit);
/* Start it, unless a schedule does. */
void aiot_unit_begin(struct aiot_host *host, struct aiot_unit *unit);
/* A file that cannot be loaded from, though nothing in it is wrong, is its error.  0: it can. */
int aiot_unit_check_loadable(struct aiot_host *host, struct aiot_unit *unit);

/* ---- unit-compare.c, unit-reload.c ---- */

enum aiot_unit_effect { /* of a reload; the order of its words in unit-names.c */
			AIOT_UNIT_UNCHANGED,
			AIOT_UNIT_SET,	    /* its options and limits, while it runs on */
			AIOT_UNIT_RELOADED, /* stopped, exchanged, started */
			AIOT_UNIT_REFUSED,  /* runs on as it was: see error */
			AIOT_UNIT_RESTORED, /* the new one failed behind that: the old one again */
			AIOT_UNIT_LOST,	    /* nor could the old one be started any more */
			AIOT_UNIT_GONE,	    /* it was unloaded meanwhile */
};

/* What its files say that is in force only from a load on, Type and [Schedule], as one number. */
uint64_t aiot_unit_mark(const struct aiot_unit *unit);

/* How what runs differs from what the files say; bits. */
#define AIOT_DIFFERS_CODE 0x1u
#define AIOT_DIFFERS_CONF 0x2u
#define AIOT_DIFFERS_ARGS 0x4u	  /* options that it takes only at a start */
#define AIOT_DIFFERS_LIVE 0x8u	  /* options that it takes while it runs */
#define AIOT_DIFFERS_LIMITS 0x10u /* its time-outs, Priority, Restart and what goes with that */
#define AIOT_DIFFERS_DEPS 0x20u	  /* Requires, Wants, After */
/* args: of its files, as aiot_unit_collect_args() gives them. */
unsigned aiot_unit_difference(const struct aiot_unit *unit, const struct aiot_arg *args,
			      uint32_t count);
/* Take over what a task takes while it runs: limits, and options, which were checked. */
int aiot_unit_set_live(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_arg *args,
		       uint32_t count);
/* Of one that may have `changed`: whether it has. */
void aiot_unit_compare(struct aiot_host *host, struct aiot_unit *unit);
/* Files were read again: which loaded units are `changed`. */
void aiot_units_compare(struct aiot_host *host);

/*
 * Bring what runs to what its files say, which were read.  0: done, or under way, until `next` is
 * NULL again and `effect` says what came of it.  Negative: refused, and nothing changed; the reason
 * is its error.
 */
int aiot_unit_reload(struct aiot_host *host, struct aiot_unit *unit);
/* What is new is wrong: its error (text NULL: as it is), logged; it runs on.  Returns code. */
int aiot_unit_refuse(struct aiot_host *host, struct aiot_unit *unit, int code, const char *text);
/* Its task was dropped, `next` is to take its place.  false: not any more, it is being unloaded. */
bool aiot_unit_exchange(struct aiot_host *host, struct aiot_unit *unit);
/* Forget what was to take its place. */
void aiot_unit_next_drop(struct aiot_host *host, struct aiot_unit *unit);

/* ---- unit-args.c ---- */

/*
 * [Args], or a node's [Node], with what services.json says, as the core takes them; *ret is the
 * caller's to free with aiot_mem_free(), origins lie in the same block.  0 or -AIOT_ENOMEM.
 */
int aiot_unit_collect_args(struct aiot_host *host, const struct aiot_unit *unit,
			   struct aiot_arg **ret, uint32_t *ret_count);
/* The service whose tables are open, if that is what the unit would be loaded from; NULL: none. */
const struct aiot_service *aiot_unit_service(const struct aiot_unit *unit);
/*
 * Whether that service (NULL: it is not known) takes what its files and services.json say.  A
 * sentence in why if not.
 */
int aiot_unit_args_fit(struct aiot_host *host, const struct aiot_unit *unit,
		       const struct aiot_service *service, struct aiot_out *why);
/* Loaded, and its file is another one: would what runs take its [Args]?  If not: its error. */
void aiot_unit_check_args(struct aiot_host *host, struct aiot_unit *unit);

/* ---- unit-tell.c ---- */

/* Log a line and print it, there without control characters.  Whoever prints may load and unload.
 */
void aiot_unit_tell(struct aiot_host *host, enum aiot_level level, const char *text);
/* Make `text` its error, replacing an older one. */
void aiot_unit_fail(struct aiot_host *host, struct aiot_unit *unit, int code, const char *text);
/* Print and log its OK or ERROR line. */
void aiot_unit_tell_loaded(struct aiot_host *host, const struct aiot_unit *unit);
void aiot_unit_tell_failed(struct aiot_host *host, const struct aiot_unit *unit);
#define AIOT_UNIT_LINE_MAX 4608
/* The line of a unit that did not load; its module, if it has one, is still open. */
void aiot_unit_failed_line(const struct aiot_unit *unit, char text[AIOT_UNIT_LINE_MAX]);
/* Where its code comes from: a path, "linked in", or NULL. */
const char *aiot_unit_path(const struct aiot_unit *unit);

#endif
