/*
 * aiotools-test.h - for a service's own tests: its tasks on a clock that the test moves, with no
 * daemon and no waiting.
 *
 * The test is a program that links the service's .c and libaiotools-test.a (pkg-config:
 * aiotools-test), which is the whole runtime but for its clock and its pins:
 *	struct aiot_test *x = aiot_test_open(NULL);
 *	aiot_test_start(x, &aiot_service_hello, AIOT_TEST_ARGS("whom", "Ada", "every", "10s"));
 *	aiot_test_advance_ms(x, 25000);
 *	assert(strcmp(aiot_test_stat(x, "hello", "greeted"), "3") == 0);
 *	assert(aiot_test_close(x) == 0);
 * services.d/README.md walks through one.  Any test framework will do, or none.
 *
 * Time stands still but for the functions below, to the nanosecond: a task that sleeps 10 s runs at
 * 10 s and at 20 s, however long its steps take.  Local time is UTC unless the test has set TZ.
 * What is really outside goes on in real time: descriptors, threads, processes and libuv handles,
 * which aiot_test_await() waits for.
 *
 * name is always what people say: "hello" is hello.service, too.  Texts returned are valid until
 * sixteen further ones were returned; where there is none they are "", never NULL.  A wrong use (no
 * such task where one is needed) is told on stderr and ends the program by abort().
 */
#ifndef AIOTOOLS_TEST_H
#define AIOTOOLS_TEST_H

#include <aiotools-host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct aiot_test;

/* ---- making ---------------------------------------------------------------------------------- */

/*
 * A runtime with nothing in it, at noon of 2026-01-01 UTC.  options: as of any host (directories
 * for INI files and modules, say), but for loop, print and arg, which are the test's own; NULL:
 * none. One at a time.
 */
struct aiot_test *aiot_test_open(const struct aiot_host_options *options);

/*
 * Stop all tasks, give them the time that they need for it, and free all.  -AIOT_EBUSY: something
 * of the service's is left on the libuv loop; when that is closed, close x again.
 */
int aiot_test_close(struct aiot_test *x);

/* "key", "value", ... as [Args] of an INI file has them. */
#define AIOT_TEST_ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/*
 * Load a service and start its main task, SERVICE.service; args may be NULL.  What is due at once
 * is run.  Negative where the daemon would not load it, and aiot_test_why() says what it would.
 */
int aiot_test_start(struct aiot_test *x, const struct aiot_service *service,
		    const char *const *args);
const char *aiot_test_why(struct aiot_test *x);

/* What is below: for all else of aiotools-host.h. */
struct aiot_host *aiot_test_host(struct aiot_test *x);

/* ---- time ------------------------------------------------------------------------------------ */

/* Run what is due by now.  All functions here that change something do. */
void aiot_test_run(struct aiot_test *x);
/* Let time pass and run what comes due, each at its time. */
void aiot_test_advance_ms(struct aiot_test *x, uint64_t ms);
/* Let it pass until the next task is due, and run that.  0: nothing is due any more. */
int aiot_test_next(struct aiot_test *x);
/* How much has passed since the beginning. */
uint64_t aiot_test_now_ms(struct aiot_test *x);
/* Set the wall clock, in seconds since 1970 UTC; nothing else moves. */
void aiot_test_set_wall_s(struct aiot_test *x, int64_t wall_s);

/* Let it pass until the task is in that state, at most so long; -AIOT_ETIMEDOUT: it never was. */
int aiot_test_until(struct aiot_test *x, const char *name, const char *state, uint64_t within_ms);
/*
 * The same in real time, while the test's clock stands still: for descriptors, threads, processes.
 * Only a test that fails takes within_s.
 */
int aiot_test_await(struct aiot_test *x, const char *name, const char *state, uint32_t within_s);
/* The same, until a line is there that aiot_test_logged() would count. */
int aiot_test_await_log(struct aiot_test *x, enum aiot_level level, const char *text,
			uint32_t within_s);

/* ---- looking --------------------------------------------------------------------------------- */

/* "running", "done", "failed" ...; "": no such task. */
const char *aiot_test_state(struct aiot_test *x, const char *name);
/* What the last run returned, as JSON: 42, 25.790, "a text"; "": nothing, or it failed. */
const char *aiot_test_result(struct aiot_test *x, const char *name);
/* The words with which the last run failed, and its code (negative); "" and 0: it did not. */
const char *aiot_test_failure(struct aiot_test *x, const char *name);
int aiot_test_code(struct aiot_test *x, const char *name);
/* A stat, by its key, as JSON. */
const char *aiot_test_stat(struct aiot_test *x, const char *name, const char *key);
/* The task's struct. */
void *aiot_test_self(struct aiot_test *x, const char *name);

/*
 * What tasks have logged since the beginning, or since aiot_test_forget_log(): a line each,
 * "[INFO] [hello.service] hello, Ada", all with its newline; and how many lines of a level have a
 * text in them.  The runtime's own lines are left out.
 */
const char *aiot_test_log(struct aiot_test *x);
unsigned aiot_test_logged(struct aiot_test *x, enum aiot_level level, const char *text);
void aiot_test_forget_log(struct aiot_test *x);

/* ---- orders ---------------------------------------------------------------------------------- */

/*
 * What aiotoolsctl would do with these words, a command of the daemon's first, and its exit code:
 *	aiot_test_ctl(x, "set hello whom=%s", "Bob");
 *	aiot_test_ctl(x, "call hello greet Eve");
 *	aiot_test_ctl(x, "schedule hello --every 1h");
 * Time passes for as long as the command waits for something (a stop, say), an hour at most; only
 * what a stop has to wait for outside (a process that got SIGTERM, work in a thread) takes its real
 * time, TimeoutStopSec= (10 s) at most.  aiot_test_output() is what it showed, errors included.
 */
int aiot_test_ctl(struct aiot_test *x, const char *fmt, ...) AIOT_PRINTF_(2, 3);
const char *aiot_test_output(struct aiot_test *x);

/* ---- pins ------------------------------------------------------------------------------------ */

/*
 * aiotools-pin.h's pins are the test's: there are those that it has set, and they have the values
 * that it, or the service, has given them last; any other is -AIOT_ENOENT.  code: 0, or what
 * reading and writing return from now on.
 */
void aiot_test_pin(struct aiot_test *x, const char *pin, int32_t value);
void aiot_test_pin_broken(struct aiot_test *x, const char *pin, int code);
int32_t aiot_test_pin_value(struct aiot_test *x, const char *pin);
/* The last trigger that the service gave it (aiot_pin_trigger()), "" if none. */
const char *aiot_test_pin_trigger(struct aiot_test *x, const char *pin);

#ifdef __cplusplus
}
#endif
#endif
