/*
 * bench.h - the rows of tools/bench, and what measuring them takes.
 *
 * A row is measured beside its raw limit: the same work done with as little around it as can be, in
 * the same run, turn by turn.  Absolute figures differ from machine to machine and from minute to
 * minute; the ratio of the two hardly does.  Every measurement has a process of its own, so that
 * none finds the heap another left behind.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct aiot_host;

#define MS_NS 1000000ull

struct bench_figure {
	double value;
	double beside;	/* what the limit took */
	double late_us; /* wakes: mean lateness; below 0: not measured */
};

struct bench_row {
	const char *name, *unit;
	const char *beside; /* what the limit is; NULL: there is none */
	double goal;
	bool goal_is_ratio; /* goal: value / beside; else the value */
	uint32_t count;	    /* the row's own: how many tasks */
	/* 0, or -1 when it could not be measured: then a sentence is on stderr. */
	int (*measure)(const struct bench_row *row, struct bench_figure *ret);
};

/* Each table ends with a row without a name. */
extern const struct bench_row bench_rows_wake[], bench_rows_memory[], bench_rows_control[],
	bench_rows_log[], bench_rows_schedules[], bench_rows_when[], bench_rows_mcu[],
	bench_rows_services[];

/* ---- measure.c ---- */

uint64_t bench_now_ns(void); /* CLOCK_MONOTONIC */
uint64_t bench_cpu_ns(void); /* user and system time of this process */
double bench_median(double *values, size_t count);
/* Say on stderr what could not be measured; returns -1. */
int bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One side of a comparison: fn is run in a process of its own; a negative return is a failure. */
struct bench_result {
	double value, late_us;
};
struct bench_side {
	int (*fn)(uint32_t count, struct bench_result *ret);
	uint32_t count;
};

/* Medians of `rounds` turns of both; theirs.fn may be NULL. */
int bench_rounds(unsigned rounds, struct bench_side ours, struct bench_side theirs,
		 struct bench_figure *ret);

/*
 * Medians in microseconds of a program, and of another beside it (NULL: none), from spawn to exit;
 * at most BENCH_PROGRAMS_MAX runs.
 */
#define BENCH_PROGRAMS_MAX 100u
int bench_programs(unsigned runs, char *const *ours, char *const *theirs, struct bench_figure *ret);

/* Keep this process, and those it starts, on one core: a message to another core costs several
 * times the work that is to be compared. */
void bench_one_core(void);

/* ---- server.c: processes to talk to ---- */

struct bench_server {
	pid_t pid;
	char dir[64];	/* its own, temporary */
	char path[108]; /* of its socket */
};

/*
 * Fork a process in which fn serves at path; it calls bench_server_ready() when it does, and is
 * killed in the end.  0, or -1 after a sentence.
 */
struct bench_service {
	int (*fn)(const char *path, const void *arg);
	const void *arg;
};
int bench_server_start(struct bench_service service, struct bench_server *ret);
/* The same with a program of its own, which is ready when somebody answers at path. */
int bench_server_place(struct bench_server *ret);
int bench_server_exec(struct bench_server *server, char *const *argv);
void bench_server_stop(struct bench_server *server);

/* A blocking connection, or -1. */
int bench_connect(const char *path);
/* Send a request (its NUL included) and read up to the NUL of its reply; the bytes read, or -1. */
ssize_t bench_request(int fd, const char *request, char *reply, size_t size);
/* Serve at path with a host that has `count` sleepers, and one more task if `service` is given. */
struct aiot_service;
struct bench_tasks {
	uint32_t count;
	const struct aiot_service *service;
};
int bench_serve_tasks(const char *path, const void *tasks);
/* Answer every request with the same bytes, by libuv and nothing else. */
struct bench_reply {
	const char *bytes;
	size_t len;
};
int bench_serve_reply(const char *path, const void *reply);

/* ---- tasks.c: hosts with tasks ---- */

/* A host on a loop, or NULL after a sentence. */
struct uv_loop_s;
struct aiot_host *bench_host(struct uv_loop_s *loop);
/* The name of a task by its number; 12 bytes. */
#define BENCH_NAME_BYTES 13
void bench_name(uint32_t number, char ret[BENCH_NAME_BYTES]);
extern const struct aiot_service aiot_service_sleeper;
/* Tasks task00000000 and on, asleep for a day after their first step. */
int bench_add_sleepers(struct aiot_host *host, uint32_t count);

#endif
