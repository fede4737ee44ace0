/*
 * aiotools.h - all that a service author needs, on Linux and on a microcontroller alike.
 *
 * A service is one const descriptor (AIOT_SERVICE, at the end of this file) that names its task
 * functions, its options and its stats.  The runtime allocates and zeroes the service's own struct,
 * fills in the options and runs the tasks; the service never allocates a task and never frees one.
 *
 * Thread: every function here is called from the task's own loop, inside one of the service's
 * functions, and nowhere else.  Nothing here blocks.  No pointer handed in may be NULL unless said.
 *
 * ABI: an object file built against this header works with every later library of the same
 * AIOT_ABI. Structs marked "frozen" never change under one AIOT_ABI; descriptor structs only grow
 * at their end, and carry the sizes they were built with.
 *
 * The length is that of what is said about each function and macro.
 */
#ifndef AIOTOOLS_H
#define AIOTOOLS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef AIOT_BOARD
#define AIOT_BOARD 0 /* 1: everything is built for one microcontroller, and has no ABI to keep */
#endif

/*
 * In a board's build in which options cannot be set (lib/core/config.h), nobody can ask either:
 * then what only people read, and versions, take no room.
 */
#if AIOT_BOARD && defined(AIOT_SETTINGS) && !AIOT_SETTINGS
#define AIOT_WORDS_ 0
#else
#define AIOT_WORDS_ 1
#endif

#define AIOT_ABI 1u /* bumped only when an object built before can no longer be loaded */
#define AIOT_API __attribute__((visibility("default")))
#define AIOT_PRINTF_(fmt, args) __attribute__((format(printf, fmt, args)))

struct aiot_task; /* a running task; opaque, owned by the runtime, valid while its functions run */

#ifdef __clang__ /* calling a coroutine instead of awaiting it is a warning there */
#define AIOT_NOT_CALLED_ __attribute__((warn_unused_result))
#else
#define AIOT_NOT_CALLED_
#endif

/* What a coroutine returns.  Written by the macros below, never by hand. */
enum AIOT_NOT_CALLED_ aiot_co {
	AIOT_PENDING,  /* suspended: something will resume it */
	AIOT_DONE,     /* reached its end */
	AIOT_FAILED,   /* failed (AIOT_FAIL): the chain unwinds */
	AIOT_RETURNED, /* left early (AIOT_RETURN): its FINALLY is next */
};

typedef enum aiot_co aiot_co_fn(struct aiot_task *t);

/* Where a task waits or failed.  Frozen. */
struct aiot_site {
	const char *func;
	const char *file;
	uint32_t line;
};

/*
 * One coroutine's activation.  Frozen: the macros below read and write nothing else.
 * A coroutine that others await has one as the first member of its own struct:
 *	struct fetch { struct aiot_frame co; int tries; };
 * It needs no initialisation; AIOT_AWAIT fills it in.
 */
struct aiot_frame {
	aiot_co_fn *fn;
	void *self;		      /* what AIOT_BEGIN gives the author */
	struct aiot_frame *caller;    /* who awaits this one; NULL for a task's first */
	const struct aiot_site *site; /* last place left; NULL before the first */
	uint32_t at;		      /* line to resume at; 0 at the start */
	uint32_t flags;		      /* AIOT_FRAME_*, the runtime's */
};

/* ---- logging ------------------------------------------------------------------------------ */

enum aiot_level { /* as in syslog(3), the four that are used */
		  AIOT_ERROR = 3,
		  AIOT_WARN = 4,
		  AIOT_INFO = 6,
		  AIOT_DEBUG = 7,
};

/*
 * Write one line to the log, under the task's name.  Never blocks and never fails: a line over the
 * ring's record limit is cut and marked.  fmt takes printf's d i u x X o c s p % with h hh l ll z t
 * j, flags, width and precision; e f g on hosts that have them; on the smallest boards d i u x X c
 * s % with h hh l ll z, - and 0, width, and a precision for s.
 */
AIOT_API void aiot_log(struct aiot_task *t, enum aiot_level level, const char *fmt, ...)
	AIOT_PRINTF_(3, 4);
AIOT_API void aiot_vlog(struct aiot_task *t, enum aiot_level level, const char *fmt, va_list ap)
	AIOT_PRINTF_(3, 0);
#define aiot_error(t, ...) aiot_log((t), AIOT_ERROR, __VA_ARGS__)
#define aiot_warn(t, ...) aiot_log((t), AIOT_WARN, __VA_ARGS__)
#define aiot_info(t, ...) aiot_log((t), AIOT_INFO, __VA_ARGS__)
#define aiot_debug(t, ...) aiot_log((t), AIOT_DEBUG, __VA_ARGS__)

/* ---- the task itself ----------------------------------------------------------------------- */

/* The task's name, as status shows it.  Owned by the runtime, valid as long as the task. */
AIOT_API const char *aiot_name(const struct aiot_task *t);

/* The service's own struct (what AIOT_BEGIN names self in the task's first function). */
AIOT_API void *aiot_self(const struct aiot_task *t);

/* Nanoseconds since the board started, suspend included; on an MCU since reset. */
AIOT_API uint64_t aiot_now_ns(const struct aiot_task *t);

/* Wall clock, nanoseconds since 1970 UTC; may step, may be unset on a board without RTC. */
AIOT_API int64_t aiot_wall_ns(const struct aiot_task *t);

/*
 * The task's result, shown by `status`.  The last one set before the end counts; text is
 * copied.  Return 0, -AIOT_EMSGSIZE over 60 KiB, -AIOT_EINVAL for what is no JSON, or over 10
 * levels deep (or digits over 18), -AIOT_ENOMEM, -AIOT_ECANCELED while the task is failing; then
 * what was set before stays. decimal: value * 10^-digits, so 2579 with 2 digits is 25.79.  json:
 * one complete JSON value.
 */
AIOT_API int aiot_result_none(struct aiot_task *t);
AIOT_API int aiot_result_int(struct aiot_task *t, int64_t value);
AIOT_API int aiot_result_decimal(struct aiot_task *t, int64_t value, unsigned digits);
AIOT_API int aiot_result_text(struct aiot_task *t, const char *text);
AIOT_API int aiot_result_json(struct aiot_task *t, const char *json);

/*
 * Write to the report that is being made, in .report alone: as often as it takes, newlines
 * included. What goes beyond 60 KiB is left out, and the report says so.  fmt as with aiot_log().
 */
AIOT_API void aiot_print(struct aiot_task *t, const char *fmt, ...) AIOT_PRINTF_(2, 3);

/*
 * This run found nothing to do: when it comes to its end it is done all the same, but counts
 * neither as a success nor as a failure for conditions, and `status` says so.
 */
AIOT_API void aiot_inaction(struct aiot_task *t);

/*
 * The task is ready: what requires it may start.  Of a service with the flag
 * AIOT_SERVICE_SAYS_READY, which is `starting` until then; others are ready at their first await.
 * Later calls change nothing.
 */
AIOT_API void aiot_ready(struct aiot_task *t);

/*
 * After AIOT_TRY: the code the awaited coroutine failed with, 0 if it did not.  ret_message (may be
 * NULL) gets its words, valid until the next await, "" if it did not fail.
 */
AIOT_API int aiot_caught(const struct aiot_task *t, const char **ret_message);

/*
 * Fail without a coroutine: in .init, and in callbacks.  Returns code, so that .init can end with
 * `return aiot_fail(t, -AIOT_EIO, "no such pin: %u", pin)`.  code is negative.  Recorded with the
 * caller's file and line.
 */
#define aiot_fail(t, code, ...) aiot_fail_((t), (code), AIOT_HERE_, __VA_ARGS__)

/* Error codes, values as on Linux. */
#define AIOT_EPERM 1
#define AIOT_ENOENT 2
#define AIOT_EIO 5
#define AIOT_EBADF 9
#define AIOT_EAGAIN 11
#define AIOT_ENOMEM 12
#define AIOT_EACCES 13
#define AIOT_EBUSY 16
#define AIOT_EEXIST 17
#define AIOT_ENODEV 19
#define AIOT_EINVAL 22
#define AIOT_ENOSPC 28
#define AIOT_EPIPE 32
#define AIOT_EDOM 33
#define AIOT_ERANGE 34
#define AIOT_EDEADLK 35
#define AIOT_ENAMETOOLONG 36
#define AIOT_ENOSYS 38
#define AIOT_ENODATA 61
#define AIOT_EPROTO 71
#define AIOT_EBADMSG 74
#define AIOT_EOVERFLOW 75
#define AIOT_EMSGSIZE 90
#define AIOT_ETIMEDOUT 110
#define AIOT_EALREADY 114
#define AIOT_ECANCELED 125

/* ---- coroutines: UPPER CASE because each hides a return or a case -------------------------- */

/*
 * Rules, each kept by the compiler where it can be (tests/nocompile shows which one says what):
 *   - AIOT_BEGIN is the first statement; no local is declared before it;
 *   - what must outlive an await lives in self; a local has an initialiser, a block of its own, and
 *     dies before the next await;
 *   - one await a line; no await inside a switch of your own.
 * What breaks them is an error by whatever flags gcc and clang are called with, save four things:
 *   - a local without an initialiser, in an inner block or behind the first await: clang sees it,
 *     gcc -O0 does, gcc that optimises only sometimes; none sees one whose address is taken;
 *   - an array or struct with an initialiser, there: only gcc sees it;
 *   - an await inside a switch over 64 bits: the task fails when it is resumed there;
 *   - a coroutine called like a function instead of awaited: only clang sees it.
 */

/* Open a coroutine; `name` becomes a T * to its own struct. */
#define AIOT_BEGIN(t, T, name)                                                                     \
	__label__ aiot_end_;                                                                       \
	struct aiot_frame *const aiot_f_ = *(struct aiot_frame *const *)(const void *)(t);         \
	T *const name = (T *)aiot_f_->self;                                                        \
	(void)name;                                                                                \
	AIOT_STRICT_                                                                               \
	switch (AIOT_AT_(aiot_f_->at)) {                                                           \
	case AIOT_AT_(0):

/* Close it. */
#define AIOT_END(t)                                                                                \
	goto aiot_end_;                                                                            \
	default:                                                                                   \
		if (aiot_f_->at != AIOT_FINAL_)                                                    \
			return aiot_bad_resume_((t), __func__);                                    \
		}                                                                                  \
		AIOT_LENIENT_                                                                      \
	aiot_end_:                                                                                 \
		return AIOT_DONE

/* Let the other due tasks run, then go on. */
#define AIOT_YIELD(t) AIOT_SUSPEND_(t, aiot_yield_(t))

/* Sleep for at least ms milliseconds (uint32_t). */
#define AIOT_SLEEP_MS(t, ms) AIOT_SUSPEND_(t, aiot_sleep_ms_((t), (ms)))

/*
 * Run another coroutine to its end: `child` points to its struct, whose first member is
 * `struct aiot_frame co` and which lives in self.  If it fails, this one fails with it.
 */
#define AIOT_AWAIT(t, func, child) AIOT_SUSPEND_(t, aiot_await_((t), AIOT_CO_(child), (func), 0))

/*
 * The same, but a failure of the child comes back here: ask aiot_caught().  A caught failure
 * replaces a result that was set before it.
 */
#define AIOT_TRY(t, func, child) AIOT_SUSPEND_(t, aiot_await_((t), AIOT_CO_(child), (func), 1))

/* Leave early, through FINALLY.  Not allowed behind AIOT_FINALLY. */
#define AIOT_RETURN(t)                                                                             \
	do {                                                                                       \
		aiot_f_->at = AIOT_FINAL_;                                                         \
		return AIOT_RETURNED;                                                              \
	} while (0)

/* Fail the task, with a negative code and a printf sentence, through every FINALLY of the chain. */
#define AIOT_FAIL(t, code, ...)                                                                    \
	do {                                                                                       \
		AIOT_MARK_;                                                                        \
		(void)aiot_fail_((t), (code), aiot_f_->site, __VA_ARGS__);                         \
		return AIOT_FAILED;                                                                \
	} while (0)

/*
 * What follows, up to AIOT_END, runs however the coroutine ends: end, return, failure or stop; it
 * may await, within the task's stop time-out.  A coroutine that never started does not run it.
 */
#define AIOT_FINALLY(t)                                                                            \
	__attribute__((fallthrough));                                                              \
	case AIOT_AT_(AIOT_FINAL_):                                                                \
		aiot_f_->flags |= AIOT_FRAME_FINAL_

/* -- what the macros are made of; not for use by hand -- */

#define AIOT_FINAL_ 0xffffffffu /* aiot_frame.at: resume in FINALLY */
#define AIOT_FRAME_FINAL_ 0x1u	/* aiot_frame.flags: FINALLY has begun */
#define AIOT_AT_(n)                                                                                \
	(0x10000000000ull | (n)) /* wider than int: an await in your own switch overflows */
#define AIOT_CO_(child)		 /* a negative array size says: `co` is not its first member */    \
	(&(child)->co + 0 * sizeof(char[offsetof(__typeof__(*(child)), co) == 0 ? 1 : -1]))
#define AIOT_MARK_                                                                                 \
	do {                                                                                       \
		static const struct aiot_site aiot_site_ = {__func__, __FILE__, __LINE__};         \
		aiot_f_->site = &aiot_site_;                                                       \
		aiot_f_->at = __LINE__;                                                            \
	} while (0)
#define AIOT_SUSPEND_(t, arm)                                                                      \
	do {                                                                                       \
		AIOT_MAY_DECLARE_                                                                  \
		AIOT_MARK_;                                                                        \
		arm;                                                                               \
		return AIOT_PENDING;                                                               \
	case AIOT_AT_(__LINE__):;                                                                  \
	} while (0)
#define AIOT_HERE_                                                                                 \
	(__extension__({                                                                           \
		static const struct aiot_site aiot_site_ = {__func__, __FILE__, __LINE__};         \
		&aiot_site_;                                                                       \
	}))

/*
 * Between AIOT_BEGIN and AIOT_END the diagnostics that see the traps are errors, whatever the
 * flags.  Up to the first await a declaration behind a statement is one, too: gcc optimises a local
 * without an initialiser away before it looks whether the resume jumped past its assignment.
 */
#define AIOT_ERROR_(warning) _Pragma(AIOT_TEXT_(GCC diagnostic error warning))
#define AIOT_TEXT_(...) #__VA_ARGS__
#if defined(__cplusplus) || !defined(__GNUC__)
#define AIOT_STRICT_
#define AIOT_LENIENT_
#define AIOT_MAY_DECLARE_
#else
#define AIOT_STRICT_                                                                               \
	_Pragma("GCC diagnostic push") AIOT_ERROR_("-Wdeclaration-after-statement")                \
		AIOT_ERROR_("-Wuninitialized") AIOT_ERROR_("-Wvla") AIOT_ERROR_("-Wformat")        \
			AIOT_ERROR_("-Wimplicit-fallthrough") AIOT_STRICT_MORE_
#define AIOT_LENIENT_ _Pragma("GCC diagnostic pop")
#define AIOT_MAY_DECLARE_ _Pragma("GCC diagnostic ignored \"-Wdeclaration-after-statement\"")
#ifdef __clang__
#define AIOT_STRICT_MORE_                                                                          \
	AIOT_ERROR_("-Wsometimes-uninitialized")                                                   \
	AIOT_ERROR_("-Wconditional-uninitialized")                                                 \
	AIOT_ERROR_("-Wunused-result")                                                             \
	AIOT_ERROR_("-Wswitch")
#pragma GCC diagnostic warning "-Wuninitialized" /* else it does not look at what they see */
#pragma GCC diagnostic error "-Wincompatible-function-pointer-types"
#else
#define AIOT_STRICT_MORE_                                                                          \
	AIOT_ERROR_("-Wjump-misses-init")                                                          \
	AIOT_ERROR_("-Wmaybe-uninitialized")                                                       \
	AIOT_ERROR_("-Wunused-result")                                                             \
	AIOT_ERROR_("-Woverflow")
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#endif
#endif

AIOT_API void aiot_yield_(struct aiot_task *t);
AIOT_API void aiot_sleep_ms_(struct aiot_task *t, uint32_t ms);
AIOT_API void aiot_await_(struct aiot_task *t, struct aiot_frame *child, aiot_co_fn *fn,
			  int caught);
AIOT_API int aiot_fail_(struct aiot_task *t, int code, const struct aiot_site *site,
			const char *fmt, ...) AIOT_PRINTF_(4, 5);
AIOT_API enum aiot_co aiot_bad_resume_(struct aiot_task *t, const char *func);

/* ---- the descriptor ------------------------------------------------------------------------ */

/* Types of options and stats; the C type each stands for is checked by the AIOT_OPT_/AIOT_STAT_
 * macros. */
enum aiot_type {
	AIOT_TYPE_STR = 1, /* const char *; owned by the runtime, lives until the run ends */
	AIOT_TYPE_BOOL,	   /* uint8_t, 0 or 1; text yes/no, true/false, on/off, 1/0 */
	AIOT_TYPE_I32,	   /* int32_t */
	AIOT_TYPE_U32,	   /* uint32_t */
	AIOT_TYPE_I64,	   /* int64_t */
	AIOT_TYPE_U64,	   /* uint64_t */
	AIOT_TYPE_MS,	   /* uint32_t milliseconds; text is a time span: 500ms, 10s, 1min 30s */
	AIOT_TYPE_DEC3,	   /* int64_t thousandths; text is a decimal number: 25.5 */
};

/* One option: a key of [Args], its default as text, its help, and where it lives in the struct. */
struct aiot_opt {
#if AIOT_WORDS_
	const char *key;
	const char *def;
	const char *help;
#endif
	uint32_t off;
	uint16_t type;	/* enum aiot_type */
	uint16_t flags; /* AIOT_OPT_LIVE */
};
/*
 * `aiotoolsctl set` changes it while the task runs, between two of its steps; without the flag from
 * its next start on.  A text that is replaced lives on until the run ends, so a pointer to it stays
 * good, but what .init checked of the old value nobody has checked of the new one.
 */
#define AIOT_OPT_LIVE 0x1u

/*
 * One figure that `stats` and `status --debug` show, looked at between two steps.  A text may be
 * NULL; it belongs to the service, and stays where it is until the field says otherwise.
 */
struct aiot_stat {
	const char *key;
	const char *help;
	uint32_t off;
	uint16_t type; /* enum aiot_type */
	uint16_t flags;
};

/* One kind of task of a service that has several. */
struct aiot_kind {
	const char *name;
	aiot_co_fn *fn;
	uint32_t self_size;
	uint32_t flags;		       /* as the descriptor's */
	const struct aiot_opt *opts;   /* NULL or {0}-terminated */
	const struct aiot_stat *stats; /* NULL or {0}-terminated */
	/* As in the descriptor, whose own are main's alone; self is this kind's struct. */
	void (*on_stop)(struct aiot_task *t, void *self);
	int (*on_error)(struct aiot_task *t, void *self, int code, const char *message);
};

/*
 * A verb of the service's own: `aiotoolsctl call TASK VERB [VALUE...]`.  fn runs between two steps
 * of the task, whether that runs or not, and cannot wait.  self is the task's struct, args a struct
 * of args_size bytes that the options were read into (NULL if there are none); its texts live until
 * fn returns.  What aiot_result_...() sets is the answer, and leaves the task's own result alone. A
 * negative code (aiot_fail gives the words) refuses the call; the task goes on.
 */
struct aiot_verb {
	const char *name;
	const char *help;
	int (*fn)(struct aiot_task *t, void *self, const void *args);
	const struct aiot_opt *opts; /* NULL or {0}-terminated */
	uint32_t args_size;
	uint32_t flags; /* AIOT_VERB_READ */
};
#define AIOT_VERB_READ 0x1u /* changes nothing: who may only look may call it */

/*
 * A condition of the service's own, for When=: by its name in the service's own file ("warm"),
 * elsewhere with the service in front ("sensor:warm"); an argument in quotes may follow
 * ("warm '25'"), arg is NULL without one.  fn returns 1, 0, or a negative code (aiot_fail gives the
 * words): then the condition counts as false, and the log says so.  It is called about ten times a
 * second (CycleSleep) where the rest of the expression does not decide, between two steps, and
 * cannot wait.
 */
struct aiot_cond {
	const char *name;
	const char *help;
	int (*fn)(struct aiot_task *t, void *self, const char *arg);
};
#define AIOT_CONDITION(id, func, help)                                                             \
	{                                                                                          \
		id, help, func                                                                     \
	}

/*
 * .flags: tasks of main (of a kind: its own) are `starting` until they call aiot_ready(), which
 * they have TimeoutStartSec= for.  A board's are ready at their first await.
 */
#define AIOT_SERVICE_SAYS_READY 0x1u

/*
 * The descriptor.  abi and size first, for ever; later fields are appended, and a runtime that is
 * newer than the object takes the missing ones as zero.
 */
struct aiot_service {
#if AIOT_WORDS_
	uint32_t abi;  /* AIOT_ABI */
	uint32_t size; /* sizeof(struct aiot_service) of the header it was built with */
	uint16_t opt_size, stat_size; /* likewise of the table rows */
	uint16_t kind_size, flags;    /* AIOT_SERVICE_SAYS_READY */
	const char *name;	      /* as in aiot_service_NAME */
#endif
	const char *info; /* one line: "Hello example runner v1.0" */
	const char *docs; /* a URL, or NULL */
	aiot_co_fn *main; /* shorthand for one kind called "main" */
	uint32_t self_size;
#if AIOT_WORDS_
	uint32_t verb_size; /* of a row of verbs */
#endif
	const struct aiot_opt *opts;   /* of main; NULL or {0}-terminated */
	const struct aiot_stat *stats; /* of main */
	const struct aiot_kind *kinds; /* further kinds; NULL or {0}-terminated */
	/*
	 * Once, after the options of a loaded service are set and before its first run.  A negative
	 * code (aiot_fail gives the words) makes the load fail.  NULL: nothing to do.
	 */
	int (*init)(struct aiot_task *t, void *self);
	/* Once, before the struct of an initialised service is freed. */
	void (*fini)(void *self);
	/* At the end of a stop of a main task, after every FINALLY; may set the result. */
	void (*on_stop)(struct aiot_task *t, void *self);
	/* After a main task's failure; returning 0 turns it into success, with the result it set.
	 */
	int (*on_error)(struct aiot_task *t, void *self, int code, const char *message);
	const struct aiot_verb *verbs;	    /* of its main tasks; NULL or {0}-terminated */
	const struct aiot_cond *conditions; /* for When=; NULL or {0}-terminated */
#if AIOT_WORDS_
	uint32_t cond_size; /* of a row of conditions */
	uint32_t version;   /* of the service's struct, the author's to count; see hand_over */
#endif
	/*
	 * What a person would like to read of a main task: `aiotoolsctl report`.  Written by
	 * aiot_print(); runs as a verb does, between two steps, and cannot wait.  A negative code
	 * (aiot_fail gives the words) is told behind what was written.  NULL: its stats are shown.
	 */
	int (*report)(struct aiot_task *t, void *self);
	/*
	 * `aiotoolsctl reload` puts this service in the place of one that ran, perhaps of another
	 * version of its code: take over what is to outlive that from its struct, of old_size bytes
	 * and the version that its own descriptor says.  Called on the new struct, behind init and
	 * before the first run; the old one has stopped, and its fini comes last, so what belongs
	 * to it (a descriptor, memory) has to be duplicated.  It is read-only, and gone afterwards.
	 * A negative code (aiot_fail gives the words) refuses the new one: the old one is started
	 * again, and takes over from itself.  NULL: nothing is taken over, and the old one's fini
	 * comes before the new one's init.
	 */
	int (*hand_over)(struct aiot_task *t, void *self, const void *old, uint32_t old_size,
			 uint32_t old_version);
};

#if AIOT_WORDS_
#define AIOT_OPT_WORDS_(key, def, help) key, def, help,
#else
#define AIOT_OPT_WORDS_(key, def, help)
#endif

/* A wrong field type is a compile error here. */
#define AIOT_OFF_(T, f, ctype)                                                                     \
	(uint32_t)(offsetof(T, f) + 0 * sizeof(_Generic(((T *)0)->f, ctype : 0)))
#define AIOT_OPT_(T, f, ctype, type, key, def, help, flags)                                        \
	{                                                                                          \
		AIOT_OPT_WORDS_(key, def, help) AIOT_OFF_(T, f, ctype), type, flags                \
	}
#define AIOT_OPT_STR(T, f, key, def, help)                                                         \
	AIOT_OPT_(T, f, const char *, AIOT_TYPE_STR, key, def, help, 0)
#define AIOT_OPT_BOOL(T, f, key, def, help)                                                        \
	AIOT_OPT_(T, f, uint8_t, AIOT_TYPE_BOOL, key, def, help, 0)
#define AIOT_OPT_I32(T, f, key, def, help)                                                         \
	AIOT_OPT_(T, f, int32_t, AIOT_TYPE_I32, key, def, help, 0)
#define AIOT_OPT_U32(T, f, key, def, help)                                                         \
	AIOT_OPT_(T, f, uint32_t, AIOT_TYPE_U32, key, def, help, 0)
#define AIOT_OPT_I64(T, f, key, def, help)                                                         \
	AIOT_OPT_(T, f, int64_t, AIOT_TYPE_I64, key, def, help, 0)
#define AIOT_OPT_U64(T, f, key, def, help)                                                         \
	AIOT_OPT_(T, f, uint64_t, AIOT_TYPE_U64, key, def, help, 0)
#define AIOT_OPT_MS(T, f, key, def, help) AIOT_OPT_(T, f, uint32_t, AIOT_TYPE_MS, key, def, help, 0)
#define AIOT_OPT_DEC3(T, f, key, def, help)                                                        \
	AIOT_OPT_(T, f, int64_t, AIOT_TYPE_DEC3, key, def, help, 0)
/* The same, changed by `set` while the task runs. */
#define AIOT_OPT_STR_LIVE(T, f, key, def, help)                                                    \
	AIOT_OPT_(T, f, const char *, AIOT_TYPE_STR, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_BOOL_LIVE(T, f, key, def, help)                                                   \
	AIOT_OPT_(T, f, uint8_t, AIOT_TYPE_BOOL, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_I32_LIVE(T, f, key, def, help)                                                    \
	AIOT_OPT_(T, f, int32_t, AIOT_TYPE_I32, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_U32_LIVE(T, f, key, def, help)                                                    \
	AIOT_OPT_(T, f, uint32_t, AIOT_TYPE_U32, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_I64_LIVE(T, f, key, def, help)                                                    \
	AIOT_OPT_(T, f, int64_t, AIOT_TYPE_I64, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_U64_LIVE(T, f, key, def, help)                                                    \
	AIOT_OPT_(T, f, uint64_t, AIOT_TYPE_U64, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_MS_LIVE(T, f, key, def, help)                                                     \
	AIOT_OPT_(T, f, uint32_t, AIOT_TYPE_MS, key, def, help, AIOT_OPT_LIVE)
#define AIOT_OPT_DEC3_LIVE(T, f, key, def, help)                                                   \
	AIOT_OPT_(T, f, int64_t, AIOT_TYPE_DEC3, key, def, help, AIOT_OPT_LIVE)
#define AIOT_STAT_U32(T, f, help)                                                                  \
	{                                                                                          \
#f, help, AIOT_OFF_(T, f, uint32_t), AIOT_TYPE_U32, 0                              \
	}
#define AIOT_STAT_U64(T, f, help)                                                                  \
	{                                                                                          \
#f, help, AIOT_OFF_(T, f, uint64_t), AIOT_TYPE_U64, 0                              \
	}
#define AIOT_STAT_I64(T, f, help)                                                                  \
	{                                                                                          \
#f, help, AIOT_OFF_(T, f, int64_t), AIOT_TYPE_I64, 0                               \
	}
#define AIOT_STAT_DEC3(T, f, help)                                                                 \
	{                                                                                          \
#f, help, AIOT_OFF_(T, f, int64_t), AIOT_TYPE_DEC3, 0                              \
	}
#define AIOT_STAT_STR(T, f, help)                                                                  \
	{                                                                                          \
#f, help, AIOT_OFF_(T, f, const char *), AIOT_TYPE_STR, 0                          \
	}

#if AIOT_WORDS_
#define AIOT_BEGIN_SERVICE_(text)                                                                  \
	.abi = AIOT_ABI, .size = sizeof(struct aiot_service), .opt_size = sizeof(struct aiot_opt), \
	.stat_size = sizeof(struct aiot_stat), .kind_size = sizeof(struct aiot_kind),              \
	.verb_size = sizeof(struct aiot_verb), .cond_size = sizeof(struct aiot_cond),              \
	.name = (text),
#define AIOT_END_SERVICE_
#else
#define AIOT_BEGIN_SERVICE_(text)
#define AIOT_END_SERVICE_ , .info = NULL, .docs = NULL, .stats = NULL
#endif

/* Declare a service: AIOT_SERVICE(hello, struct hello, .info = "...", .main = greet, .opts = opts);
 */
#define AIOT_SERVICE(id, T, ...)                                                                   \
	_Static_assert(_Alignof(T) <= 8, "a service's struct is aligned to 8 bytes");              \
	AIOT_API extern const struct aiot_service aiot_service_##id;                               \
	const struct aiot_service aiot_service_##id = {                                            \
		AIOT_BEGIN_SERVICE_(#id).self_size = sizeof(T), __VA_ARGS__ AIOT_END_SERVICE_}

#ifdef __cplusplus
}
#endif

#include <aiotools-wait.h> /* events, queues, other tasks, children; the daemon's commands */
#endif
