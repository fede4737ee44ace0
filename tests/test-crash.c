/*
 * test-crash.c - what a process that crashes leaves behind: each test has one that does.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"
#include "crash.h"
#include "fake.h"

#define SLOT 512

static char *slot; /* outlives the child */
static struct aiot_crash_record record;

static int open_slot(void **state)
{
	(void)state;
	slot = mmap(NULL, SLOT, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return slot == MAP_FAILED ? -1 : 0;
}

static int close_slot(void **state)
{
	(void)state;
	return munmap(slot, SLOT);
}

static const struct aiot_site site = {"fn", "some/file.c", 12};

/* In a child, with the handler installed and a step of "x.service" under way. */
static int crash_in(void (*fn)(struct fake *f))
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	const struct rlimit none = {0, 0};
	struct aiot_stall was;
	struct fake *f;
	int status;
	unsigned i;
	pid_t pid;

	memset(slot, 0, SLOT);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			(void)signal(numbers[i], SIG_DFL); /* a sanitizer's, or the test's own */
		f = fake_open();
		if (aiot_crash_install(&f->core, slot, SLOT) < 0)
			_exit(7);
		aiot_account_enter(&f->core, "x.service", NULL, &was);
		f->stall.site = &site;
		fn(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static const char *words(void)
{
	static char text[512];
	struct aiot_out out;

	assert_true(aiot_crash_read(slot, SLOT, &record));
	aiot_out_init(&out, text, sizeof(text));
	aiot_crash_words(&record, &out);
	return aiot_out_str(&out);
}

/* Memory that nobody may touch, and not NULL, which a sanitizer would tell before the kernel does.
 */
static void touch_nothing(struct fake *f)
{
	volatile char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)f;
	*nowhere = 1;
}

static void a_fault_is_recorded_with_task_and_line(void **state)
{
	(void)state;
	assert_int_equal(crash_in(touch_nothing), SIGSEGV);
	assert_non_null(strstr(words(), "SIGSEGV in x.service at some/file.c:12"));
	assert_string_equal(record.task, "x.service");
	assert_string_equal(record.site.function, "fn");
	assert_true(record.end_us > AIOT_CLOCK_SET_US);
	assert_false(record.outside);
#if defined(__x86_64__) || defined(__aarch64__)
	assert_non_null(strstr(record.at, "/test-crash+0x"));
#endif
}

static void give_up(struct fake *f)
{
	(void)f;
	abort();
}

static void an_abort_is_recorded_and_still_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(crash_in(give_up), SIGABRT);
	assert_non_null(strstr(words(), "SIGABRT in x.service at some/file.c:12"));
}

static void lose_the_site(struct fake *f)
{
	f->stall.site = (const struct aiot_site *)(uintptr_t)64;
	abort();
}

static void a_line_that_cannot_be_read_is_left_out(void **state)
{
	(void)state;
	if (getenv("AIOT_EMULATED") != NULL)
		return;
	assert_int_equal(crash_in(lose_the_site), SIGABRT);
	assert_non_null(strstr(words(), "SIGABRT in x.service"));
	assert_string_equal(record.site.file, "");
}

static void be_idle(struct fake *f)
{
	aiot_account_idle(&f->core);
	abort();
}

static void a_crash_outside_of_steps_is_nobody_s(void **state)
{
	(void)state;
	assert_int_equal(crash_in(be_idle), SIGABRT);
	assert_non_null(strstr(words(), "SIGABRT outside of any task"));
}

static void *abort_for(void *task)
{
	aiot_crash_thread(task);
	abort();
}

static void crash_a_thread(struct fake *f)
{
	pthread_t thread;

	(void)f;
	(void)pthread_create(&thread, NULL, abort_for, (void *)(uintptr_t) "y.service");
	(void)pthread_join(thread, NULL);
}

static void crash_a_foreign_thread(struct fake *f)
{
	pthread_t thread;

	(void)f;
	(void)pthread_create(&thread, NULL, abort_for, NULL);
	(void)pthread_join(thread, NULL);
}

static char deeper(volatile char *below, unsigned depth)
{
	volatile char frame[4096];

	frame[0] = below[0];
	return depth == 0 ? frame[0] : (char)(deeper(frame, depth - 1) + frame[0]);
}

static void *overflow(void *task)
{
	volatile char here = 0;

	aiot_crash_thread(task);
	return deeper(&here, 1u << 20) ? task : NULL;
}

static void overflow_a_thread(struct fake *f)
{
	pthread_t thread;

	(void)f;
	(void)pthread_create(&thread, NULL, overflow, (void *)(uintptr_t) "y.service");
	(void)pthread_join(thread, NULL);
}

static void a_thread_that_overflows_its_stack_leaves_a_record(void **state)
{
	(void)state;
	assert_int_equal(crash_in(overflow_a_thread), SIGSEGV);
	assert_non_null(strstr(words(), "SIGSEGV in y.service, in a thread that works for it"));
}

static void call_exit(struct fake *f)
{
	(void)f;
	exit(0);
}

static void call_exit_idle(struct fake *f)
{
	aiot_account_idle(&f->core);
	exit(3);
}

/* Its own exit is the program's business. */
static void a_step_that_calls_exit_has_crashed(void **state)
{
	(void)state;
	assert_int_equal(crash_in(call_exit), -1);
	assert_non_null(strstr(words(), "call of exit in x.service at some/file.c:12"));
	assert_int_equal(crash_in(call_exit_idle), -3);
	assert_false(aiot_crash_read(slot, SLOT, &record));
}

/* A service that forks, and whose child ends otherwise than by exec. */
static void fork_and_end_badly(struct fake *f)
{
	pid_t child = fork();

	(void)f;
	if (child == 0)
		abort();
	(void)waitpid(child, NULL, 0);
	child = fork();
	if (child == 0)
		exit(0);
	(void)waitpid(child, NULL, 0);
}

static void the_crash_of_a_child_is_not_that_of_the_program(void **state)
{
	(void)state;
	assert_int_equal(crash_in(fork_and_end_badly), 0);
	assert_false(aiot_crash_read(slot, SLOT, &record));
}

static void trap(struct fake *f)
{
	(void)f;
	(void)raise(SIGTRAP);
}

static void a_trap_ends_the_process_as_ever(void **state)
{
	(void)state;
	assert_int_equal(crash_in(trap), SIGTRAP);
	assert_non_null(strstr(words(), "SIGTRAP in x.service"));
}

/* What the loop does meanwhile is not to blame. */
static void a_thread_s_crash_is_that_of_whom_it_works_for(void **state)
{
	(void)state;
	assert_int_equal(crash_in(crash_a_thread), SIGABRT);
	assert_non_null(strstr(words(), "SIGABRT in y.service, in a thread that works for it"));
	assert_int_equal(crash_in(crash_a_foreign_thread), SIGABRT);
	(void)words();
	assert_string_equal(record.task, "");
}

static void *end_it(void *arg)
{
	(void)arg;
	aiot_crash_blocked(30000);
}

static void spin(struct fake *f)
{
	pthread_t thread;

	(void)f;
	(void)pthread_create(&thread, NULL, end_it, NULL);
	for (;;)
		(void)getpid();
}

static void a_loop_that_is_blocked_is_ended_where_it_spins(void **state)
{
	(void)state;
	assert_int_equal(crash_in(spin), SIGABRT);
	assert_non_null(strstr(words(),
			       "SIGABRT, because the loop was blocked for 30s in x.service "
			       "at some/file.c:12"));
}

static void wait_on(struct fake *f)
{
	pid_t parent = getpid(), child = fork();

	(void)f;
	if (child == 0) {
		(void)kill(parent, SIGABRT);
		_exit(0);
	}
	for (;;)
		(void)pause();
}

static void wait_long(struct fake *f)
{
	f->stall.start_ns = 1; /* since the boot */
	wait_on(f);
}

/* A service manager's watchdog sends one, and so may anybody. */
static void a_signal_from_elsewhere_is_a_task_s_fault_only_if_that_blocks(void **state)
{
	(void)state;
	assert_int_equal(crash_in(wait_long), SIGABRT);
	(void)words();
	assert_string_equal(record.task, "x.service");
	assert_true(record.outside);
	assert_true(record.blocked_ms >= 1000);
}

static void what_is_no_record_is_not_read(void **state)
{
	static const char *const texts[] = {"", "crash", "aiotools crash 2\nsignal=SIGSEGV\n",
					    "aiotools crash 1\n", "aiotools crash 1\nsign"};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		(void)aiot_format_to(slot, SLOT, "%s", texts[i]);
		assert_false(aiot_crash_read(slot, SLOT, &record));
	}
	memset(slot, 'x', SLOT);
	memcpy(slot, "aiotools crash 1\nsignal=SIGSEGV\n", 32);
	assert_false(aiot_crash_read(slot, SLOT, &record)); /* it has no end */
}

static void what_is_wrong_in_a_record_does_no_harm(void **state)
{
	(void)state;
	(void)aiot_format_to(
		slot, SLOT,
		"aiotools crash 1\nsignal=SIG\x1b[31mSEGV and more of it\n"
		"task=../etc/passwd\nline=999999999999999999999\nfile=a\x1bz.c\nnonsense\n"
		"=\nblocked=18446744073709551615\n");
	assert_true(aiot_crash_read(slot, SLOT, &record));
	assert_string_equal(record.task, "");
	assert_string_equal(record.site.file, "a?z.c");
	assert_null(strchr(record.signal, '\x1b'));
	(void)words();
}

static void a_process_has_one_handler_which_can_be_taken_back(void **state)
{
	struct fake *a = fake_open(), *b = fake_open();
	struct sigaction before, action;

	(void)state;
	assert_int_equal(sigaction(SIGSEGV, NULL, &before), 0);
	assert_int_equal(aiot_crash_install(&a->core, slot, SLOT), 0);
	assert_int_equal(aiot_crash_install(&b->core, slot, SLOT), -AIOT_EBUSY);
	aiot_crash_uninstall(&b->core); /* is not the one */
	assert_int_equal(sigaction(SIGSEGV, NULL, &action), 0);
	assert_true(action.sa_handler != before.sa_handler);
	aiot_crash_uninstall(&a->core);
	assert_int_equal(sigaction(SIGSEGV, NULL, &action), 0);
	assert_true(action.sa_handler == before.sa_handler);
	assert_int_equal(aiot_crash_install(&b->core, slot, SLOT), 0);
	aiot_crash_uninstall(&b->core);
	fake_close(a);
	fake_close(b);
}

#define S(name) cmocka_unit_test_setup_teardown(name, open_slot, close_slot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		S(a_fault_is_recorded_with_task_and_line),
		S(an_abort_is_recorded_and_still_ends_the_process),
		S(a_line_that_cannot_be_read_is_left_out),
		S(a_crash_outside_of_steps_is_nobody_s),
		S(a_thread_s_crash_is_that_of_whom_it_works_for),
		S(a_thread_that_overflows_its_stack_leaves_a_record),
		S(a_step_that_calls_exit_has_crashed),
		S(the_crash_of_a_child_is_not_that_of_the_program),
		S(a_trap_ends_the_process_as_ever),
		S(a_loop_that_is_blocked_is_ended_where_it_spins),
		S(a_signal_from_elsewhere_is_a_task_s_fault_only_if_that_blocks),
		S(what_is_no_record_is_not_read),
		S(what_is_wrong_in_a_record_does_no_harm),
		S(a_process_has_one_handler_which_can_be_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
