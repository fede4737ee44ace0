/*
 * output.c - see output.h.
 *
 * main.c writes all it shows into one of these and finishes it before it leaves.  A reader that
 * goes away (`| head`, a pager that was left) is no failure: what follows is dropped quietly, and
 * SIGPIPE is ignored for that.  Never touches standard input, never uses stdio.
 */
#include "output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <aiotools.h>

#include "pager.h"

static int output_grow(struct aiot_out *out, size_t need)
{
	(void)need; /* what is longer than the buffer goes through it in pieces */
	ctl_output_flush(out->ctx);
	return 0;
}

void ctl_output_init(struct ctl_output *output)
{
	output->error = 0;
	output->fd = STDOUT_FILENO;
	output->pager = 0;
	aiot_out_init(&output->out, output->buf, sizeof(output->buf));
	output->out.grow = output_grow;
	output->out.ctx = output;
	(void)signal(SIGPIPE, SIG_IGN);
}

void ctl_output_flush(struct ctl_output *output)
{
	const char *at = output->buf;
	size_t left = output->out.len;

	while (left > 0 && output->error == 0) {
		ssize_t n = write(output->fd, at, left);

		if (n < 0 && errno != EINTR)
			output->error = -errno;
		if (n > 0) {
			at += n;
			left -= (size_t)n;
		}
	}
	output->out.len = 0;
}

int ctl_output_finish(struct ctl_output *output)
{
	ctl_output_flush(output);
	if (output->pager > 0)
		ctl_pager_wait(output->pager, output->fd);
	output->pager = 0;
	return output->error == -EPIPE ? 0 : output->error;
}

bool ctl_output_colored(enum ctl_color color)
{
	const char *no_color, *term;

	if (color != CTL_COLOR_AUTO)
		return color == CTL_COLOR_ALWAYS;
	if (!isatty(STDOUT_FILENO))
		return false;
	no_color = getenv("NO_COLOR");
	term = getenv("TERM");
	return !(no_color && no_color[0] != '\0') && !(term && strcmp(term, "dumb") == 0);
}

void ctl_print_error(const struct aiot_out *sentence)
{
	struct iovec pieces[] = {
		{.iov_base = sentence->buf, .iov_len = sentence->len},
		{.iov_base = "\n", .iov_len = 1},
	};

	/* In one piece, so that no other program's line comes between; whom could one tell? */
	(void)!writev(STDERR_FILENO, pieces, 2);
}
