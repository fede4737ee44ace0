/*
 * posix.h - what aiotools-posix.h's waits share: whose loop it is, and the host's processes.
 */
#ifndef AIOT_POSIX_H
#define AIOT_POSIX_H

#include <stdbool.h>
#include <sys/types.h>

#include "aiotools-posix.h"
#include "host.h"
#include "more.h"

/* The host whose loop runs a task; NULL: it is on none. */
struct aiot_host *aiot_posix_host(const struct aiot_task *t);

/* A list that ends with NULL (NULL: an empty one), as a copy in memory of that many bytes. */
size_t aiot_posix_list_bytes(const char *const *list);
char **aiot_posix_list_copy(const char *const *list, void *at);

/*
 * Start argv[0] (looked for in PATH) with this program's environment and `more` on top.  stdin is
 * /dev/null; what it writes comes out of ret_out and ret_err, which do not block.  What the system
 * says if it cannot be: -AIOT_ENOENT, -AIOT_EACCES, -AIOT_ENOMEM ...
 */
int aiot_posix_spawn(char *const *argv, char *const *more, pid_t *ret_pid, int *ret_out,
		     int *ret_err);

/* Whether a task waits for a process or for work, for which its stop has to wait, too. */
bool aiot_posix_holds(const struct aiot_task *t);
/* How a process is left: an aiot_leave_fn. */
bool aiot_process_leave(struct aiot_core *core, struct aiot_task *t, void *arg,
			enum aiot_leave why);

/* Output of a process on its way into the log: all zero but level. */
struct aiot_posix_lines {
	enum aiot_level level;
	unsigned len;
	char line[1000]; /* one record; what is longer gets several */
};
/* t NULL: it is thrown away. */
void aiot_posix_lines_add(struct aiot_posix_lines *lines, struct aiot_task *t, const char *text,
			  size_t len);
/* What came without an end. */
void aiot_posix_lines_end(struct aiot_posix_lines *lines, struct aiot_task *t);
/* Behind what is in its `out`; what finds no room is counted in out_lost. */
void aiot_posix_buffer_add(struct aiot_process *p, const char *text, size_t len);

/* The host ends, and no task is alive: close what is left of processes that were given up. */
void aiot_processes_finish(struct aiot_host *host);

/* For tests: as on a kernel without pidfds. */
void aiot_processes_without_pidfd(bool without);

#endif
