/*
 * crash.c - see crash.h.  Installed by guard.c.
 *
 * All that the handler calls is async-signal-safe: the core's own formatter (pure functions on the
 * caller's memory), functions on strings and numbers, and system calls.  The record is text, a
 * member a line, the surest first: what breaks on the way leaves the lines before it.
 */
#define _GNU_SOURCE /* REG_RIP and its like */
#include "crash.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "crash-map.h"
#include "crash-pc.h"
#include "stall.h"
#include "task.h"
#include "timetext.h"

#define HEAD "aiotools crash 1\n"
#define STACK_BYTES 65536u /* a handler's frames, and what the CPU's widest registers take */
#define NUMBERS 7

static const struct {
	int number;
	const char *name;
} signals[NUMBERS] = {
	{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"},	{SIGILL, "SIGILL"},
	{SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"}, {SIGABRT, "SIGABRT"},
};

/*
 * A signal handler is the process's and gets no argument: so this is a variable, written before the
 * handler is installed.
 */
static struct {
	const struct aiot_core *_Atomic core; /* NULL: not installed */
	char *slot;
	size_t slot_size;
	pthread_t loop;
	pid_t pid; /* a child that was forked has the handler and the slot, too */
	void *stack;
	stack_t old_stack;
	struct sigaction old[NUMBERS];
	bool asked; /* to be told of exit */
	_Atomic bool busy, written;
	_Atomic uint32_t blocked_ms; /* of 64 bits it would be no single store everywhere */
} crash;

/*
 * A handler may read it: glibc would otherwise allocate it when a thread does so first.  musl has
 * it from the start, and loads no library later on that asks for this.
 */
#ifdef __GLIBC__
#define HANDLERS_TLS __attribute__((tls_model("initial-exec")))
#else
#define HANDLERS_TLS
#endif

static __thread const char *thread_task HANDLERS_TLS;

/* A thread has no stack for handlers of its own; where one overflows there would be no record. */
static void give_thread_stack(void)
{
	static __thread bool given HANDLERS_TLS;
	stack_t stack = {.ss_size = STACK_BYTES};

	if (given || atomic_load(&crash.core) == NULL)
		return;
	given = true; /* as long as the thread, one of the few of a pool */
	stack.ss_sp =
		mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp != MAP_FAILED)
		(void)sigaltstack(&stack, NULL);
}

void aiot_crash_thread(const char *task)
{
	if (task != NULL)
		give_thread_stack();
	thread_task = task;
}

/* ---- in the handler ---- */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {0};

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * AIOT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void put_site(const struct aiot_site *at, struct aiot_out *out)
{
	struct aiot_peek_site site;

	aiot_peek_site(at, &site);
	if (site.file[0] != '\0')
		aiot_format(out, "function=%s\nfile=%s\nline=%u\n", site.function, site.file,
			    site.line);
}

/* When the run began that the loop is in: the one thing that is not in its stall block. */
static void put_run(const struct aiot_core *core, uint64_t mono_ns, int64_t wall_us,
		    struct aiot_out *out)
{
	struct aiot_task *task = NULL;
	uint64_t began_ns = 0;

	if (aiot_peek(&core->current, &task, sizeof(task)) < 0 || task == NULL ||
	    aiot_peek(&task->entry.run_ns, &began_ns, sizeof(began_ns)) < 0 || began_ns > mono_ns)
		return;
	aiot_format(out, "began=%lld\n",
		    (long long)wall_us - (long long)((mono_ns - began_ns) / 1000));
}

/* What the loop was running; false where it was nothing of a task or service. */
static bool put_loop(const struct aiot_core *core, bool outside, struct aiot_out *out)
{
	uint64_t mono_ns = clock_ns(CLOCK_BOOTTIME);
	int64_t wall_us = (int64_t)(clock_ns(CLOCK_REALTIME) / 1000);
	struct aiot_stall stall;

	aiot_format(out, "end=%lld\n", (long long)wall_us);
	if (!aiot_stall_read(core->stall, &stall) || stall.name_len == 0 ||
	    stall.name_len > AIOT_NAME_MAX)
		return false;
	aiot_format(out, "task=%.*s\n", (int)stall.name_len, stall.name);
	if (outside && mono_ns > stall.start_ns)
		aiot_format(out, "blocked=%llu\n",
			    (unsigned long long)(mono_ns - stall.start_ns) / AIOT_NS_PER_MS);
	if (stall.doing != NULL)
		aiot_format(out, "doing=%s\n", stall.doing);
	(void)aiot_out_str(out);
	put_site(stall.site, out);
	if (stall.doing == NULL)
		put_run(core, mono_ns, wall_us, out);
	return true;
}

static bool put_thread(struct aiot_out *out)
{
	aiot_format(out, "end=%lld\n", (long long)(clock_ns(CLOCK_REALTIME) / 1000));
	if (thread_task != NULL)
		aiot_format(out, "task=%s\n", thread_task);
	aiot_format(out, "doing=%s\n",
		    thread_task != NULL ? "in a thread that works for it" : "in another thread");
	return thread_task != NULL;
}

/* How the process ends: by a signal, or by exit. */
struct end {
	const char *name;
	bool outside; /* a signal of another process */
	pid_t sender; /* which */
	uintptr_t pc, sp;
};

/* true: it is known whose doing it is. */
static bool record(const struct aiot_core *core, const struct end *end)
{
	uint32_t blocked_ms = atomic_load(&crash.blocked_ms);
	bool outside = end->outside, known;
	struct aiot_out out;

	memset(crash.slot, 0, crash.slot_size);
	aiot_out_init(&out, crash.slot, crash.slot_size);
	aiot_format(&out, HEAD "signal=%s\n", end->name);
	if (outside)
		aiot_format(&out, "sender=%lld\n", (long long)end->sender);
	if (blocked_ms > 0)
		aiot_format(&out, "blocked=%u\n", blocked_ms);
	if (blocked_ms > 0 || outside || pthread_equal(pthread_self(), crash.loop))
		known = put_loop(core, outside, &out);
	else
		known = put_thread(&out);
	(void)aiot_out_str(&out);
	if (!known && !outside)
		known = aiot_crash_put_module(end->pc, end->sp, &out);
	(void)aiot_out_str(&out);
	aiot_crash_put_at(end->pc, &out);
	(void)aiot_out_str(&out);
	return known;
}

/* One line for whoever reads what the program prints: the next run's log has the same. */
static void print(const struct aiot_core *core)
{
	struct aiot_crash_record r;
	char line[640];
	struct aiot_out out;

	if (!aiot_crash_read(crash.slot, crash.slot_size, &r))
		return;
	aiot_out_init(&out, line, sizeof(line) - 1);
	aiot_format(&out, "%s: ", core->name ? core->name : "aiotools");
	aiot_crash_words(&r, &out);
	line[out.len] = '\n';
	(void)!write(STDERR_FILENO, line, out.len + 1);
}

/* Of two threads that crash at once the second waits until the first has written. */
static void wait_written(void)
{
	struct timespec ms = {0, 1000000};
	unsigned i;

	for (i = 0; i < 1000 && !atomic_load(&crash.written); i++)
		(void)nanosleep(&ms, NULL);
}

/*
 * A fault comes again at the same instruction when this returns, other signals by being sent: a
 * trap, and a system call that is not allowed, would be gone on behind.
 */
static void on_signal(int number, siginfo_t *info, void *context)
{
	const struct aiot_core *core = atomic_load(&crash.core);
	bool sent = info->si_code <= 0;
	unsigned i;

	for (i = 0; i < NUMBERS - 1 && signals[i].number != number;)
		i++;
	if (core == NULL || getpid() != crash.pid) {
		/* nothing to note */
	} else if (!atomic_exchange(&crash.busy, true)) {
		(void)record(core, &(struct end){.name = signals[i].name,
						 .outside = sent && info->si_pid != crash.pid,
						 .sender = info->si_pid,
						 .pc = aiot_crash_pc(context),
						 .sp = aiot_crash_sp(context)});
		print(core);
		atomic_store(&crash.written, true);
	} else {
		wait_written();
	}
	(void)sigaction(number, &crash.old[i], NULL);
	if (sent || number == SIGTRAP || number == SIGSYS)
		(void)raise(number);
}

/*
 * Of atexit.  A service that calls exit takes all others along, and with a status of 0 no
 * service manager starts them again: it is a crash like others.  What a program does itself is not.
 */
static void on_exit_called(void)
{
	const struct aiot_core *core = atomic_load(&crash.core);

	if (core == NULL || getpid() != crash.pid || atomic_exchange(&crash.busy, true))
		return;
	if (!record(core, &(struct end){.name = "call of exit",
					.sp = (uintptr_t)__builtin_frame_address(0)})) {
		memset(crash.slot, 0, crash.slot_size);
		return;
	}
	print(core);
	_exit(EXIT_FAILURE);
}

void aiot_crash_blocked(uint32_t blocked_ms)
{
	struct timespec patience = {2, 0};
	sigset_t end;

	atomic_store(&crash.blocked_ms, blocked_ms ? blocked_ms : 1);
	/* There it is seen where it spins; if it cannot be interrupted it is ended from here. */
	(void)pthread_kill(crash.loop, SIGABRT);
	(void)nanosleep(&patience, NULL);
	/* Where this thread blocks it, musl ends the program without asking the handler. */
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGABRT);
	(void)pthread_sigmask(SIG_UNBLOCK, &end, NULL);
	abort();
}

/* ---- installing ---- */

static int make_stack(void)
{
	stack_t stack = {.ss_size = STACK_BYTES};

	stack.ss_sp =
		mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		return -AIOT_ENOMEM;
	crash.stack = stack.ss_sp;
	(void)sigaltstack(&stack, &crash.old_stack);
	return 0;
}

int aiot_crash_install(const struct aiot_core *core, char *slot, size_t slot_size)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	unsigned i;
	int r;

	if (atomic_load(&crash.core) != NULL)
		return -AIOT_EBUSY;
	r = make_stack();
	if (r < 0)
		return r;
	if (!crash.asked) /* it cannot be taken back, and has nothing to do without a core */
		crash.asked = atexit(on_exit_called) == 0;
	crash.slot = slot;
	crash.slot_size = slot_size;
	crash.loop = pthread_self();
	crash.pid = getpid();
	atomic_store(&crash.busy, false);
	atomic_store(&crash.written, false);
	atomic_store(&crash.blocked_ms, 0);
	atomic_store(&crash.core, core);
	(void)sigfillset(&action.sa_mask);
	for (i = 0; i < NUMBERS; i++)
		(void)sigaction(signals[i].number, &action, &crash.old[i]);
	return 0;
}

void aiot_crash_uninstall(const struct aiot_core *core)
{
	unsigned i;

	if (core == NULL || atomic_load(&crash.core) != core)
		return;
	for (i = 0; i < NUMBERS; i++)
		(void)sigaction(signals[i].number, &crash.old[i], NULL);
	atomic_store(&crash.core, NULL);
	(void)sigaltstack(&crash.old_stack, NULL);
	(void)munmap(crash.stack, STACK_BYTES);
}
