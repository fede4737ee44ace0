/*
 * output.h - standard output: collected, written in large pieces, perhaps through a pager.
 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "options.h"
#include "out.h"

#define CTL_OUTPUT_BYTES ((size_t)64 * 1024)

struct ctl_output {
	/* public: write here */
	struct aiot_out out;
	/* read-only */
	int error; /* 0, or why nothing can be written any more: -AIOT_EPIPE, or another -errno */
	/* private */
	int fd;
	pid_t pager; /* 0: none */
	char buf[CTL_OUTPUT_BYTES];
};

/* On caller's memory, to standard output. */
void ctl_output_init(struct ctl_output *output);

/* Write what is collected.  After an error everything is dropped. */
void ctl_output_flush(struct ctl_output *output);

/*
 * Flush, and wait until the pager, if any, was left.  0 also when the reader had enough
 * (-AIOT_EPIPE); else what output->error says.
 */
int ctl_output_finish(struct ctl_output *output);

/* Whether text is to be coloured, by the option, the environment and what standard output is. */
bool ctl_output_colored(enum ctl_color color);

/* One sentence to standard error, and a newline. */
void ctl_print_error(const struct aiot_out *sentence);

#endif
