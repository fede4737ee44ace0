/*
 * measure.c - clocks, medians, and measurements that run in processes of their own.
 *
 * Called by the rows.  Knows nothing of what is measured.
 */
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS_MAX 16

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t bench_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t bench_cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int bench_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "bench: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return -1;
}

void bench_one_core(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu() > 0 ? (unsigned)sched_getcpu() : 0, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

/* The child does not clean up: a million blocks are faster gone with their process. */
static int run_apart(const struct bench_side *side, struct bench_result *ret)
{
	struct bench_result got;
	int fds[2], status;
	pid_t pid;
	ssize_t n;

	if (pipe(fds) < 0)
		return bench_fail("no pipe");
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		got.late_us = -1;
		if (side->fn(side->count, &got) < 0 ||
		    write(fds[1], &got, sizeof(got)) != (ssize_t)sizeof(got))
			_exit(1);
		_exit(0);
	}
	(void)close(fds[1]);
	n = read(fds[0], &got, sizeof(got));
	(void)close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || n != (ssize_t)sizeof(got))
		return bench_fail("a measurement ended without a result");
	*ret = got;
	return 0;
}

int bench_rounds(unsigned rounds, struct bench_side ours, struct bench_side theirs,
		 struct bench_figure *ret)
{
	double value[ROUNDS_MAX], late[ROUNDS_MAX], beside[ROUNDS_MAX];
	struct bench_result got;
	unsigned i;

	for (i = 0; i < rounds && i < ROUNDS_MAX; i++) {
		if (run_apart(&ours, &got) < 0)
			return -1;
		value[i] = got.value;
		late[i] = got.late_us;
		if (theirs.fn != NULL && run_apart(&theirs, &got) < 0)
			return -1;
		beside[i] = got.value;
	}
	ret->value = bench_median(value, i);
	ret->late_us = bench_median(late, i);
	ret->beside = bench_median(beside, i);
	return 0;
}
