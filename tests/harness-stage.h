/*
 * harness-stage.h - what the tests of lib/test share: a service with a bit of everything, and the
 * runtime that it runs in.  Included once in each of them.
 */
#ifndef HARNESS_STAGE_H
#define HARNESS_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aiotools-pin.h>
#include <aiotools-test.h>

struct part {
	const char *what;
	uint32_t every_ms;
	uint32_t turns;
	int64_t level_milli;
	const char *mood;
	int32_t level;
};

static enum aiot_co part(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	if (strcmp(self->what, "fail") == 0)
		AIOT_FAIL(t, -AIOT_EDOM, "divide by %s", "zero");
	if (strcmp(self->what, "result") == 0) {
		(void)aiot_result_decimal(t, 25790, 3);
		AIOT_RETURN(t);
	}
	while (strcmp(self->what, "pin") == 0) {
		if (aiot_pin_read(t, "in", &self->level) < 0)
			AIOT_FAIL(t, -AIOT_EIO, "no pin");
		if (aiot_pin_write(t, "out", self->level * 2) < 0)
			AIOT_FAIL(t, -AIOT_EACCES, "no way out");
		self->level_milli = self->level * 1000;
		self->mood = self->level > 5 ? "\"high\"" : NULL;
		AIOT_SLEEP_MS(t, 1);
	}
	while (self->turns < 100000) {
		aiot_info(t, "turn %u", self->turns++);
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 2000);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	if (strcmp(((struct part *)self)->what, "refused") == 0)
		return aiot_fail(t, -AIOT_ENODEV, "there is no such thing");
	return 0;
}

struct add_args {
	uint32_t by;
};

static int add(struct aiot_task *t, void *self, const void *args)
{
	struct part *p = self;

	p->turns += ((const struct add_args *)args)->by;
	return aiot_result_int(t, p->turns);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct part, what, "what", "turn", "what it does"),
	AIOT_OPT_MS_LIVE(struct part, every_ms, "every", "1s", "pause"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct part, turns, "turns made"),
	AIOT_STAT_DEC3(struct part, level_milli, "what was read last"),
	AIOT_STAT_STR(struct part, mood, "what that means"),
	{0},
};
static const struct aiot_opt add_opts[] = {
	AIOT_OPT_U32(struct add_args, by, "by", "1", "so many"),
	{0},
};
static const struct aiot_verb verbs[] = {
	{.name = "add",
	 .help = "more turns",
	 .fn = add,
	 .opts = add_opts,
	 .args_size = sizeof(struct add_args)},
	{0},
};
AIOT_SERVICE(part, struct part, .main = part, .opts = opts, .stats = stats, .verbs = verbs,
	     .init = init);

static struct aiot_test *x;

static int open_stage(void **state)
{
	(void)state;
	x = aiot_test_open(NULL);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	return aiot_test_close(x);
}

static inline void start(const char *what)
{
	assert_int_equal(aiot_test_start(x, &aiot_service_part, AIOT_TEST_ARGS("what", what)), 0);
}

/* A wrong use ends the program with a sentence: that of a child. */
static inline void assert_aborts(void (*wrong)(void), const char *sentence)
{
	char text[256] = "";
	int fd[2], status = 0;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL); /* cmocka's would go on with the next test */
		(void)dup2(fd[1], STDERR_FILENO);
		wrong();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(read(fd[0], text, sizeof(text) - 1) >= 0);
	(void)close(fd[0]);
	(void)close(fd[1]);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	/* An emulator has a word of its own behind it. */
	assert_memory_equal(text, sentence, strlen(sentence));
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

#endif
