/*
 * pager.h - long text on a terminal goes through less, as with systemctl.
 */
#ifndef CTL_PAGER_H
#define CTL_PAGER_H

#include <sys/types.h>

struct ctl_output;

/*
 * If standard output is a terminal and a pager can be had, send the output there: AIOTOOLS_PAGER,
 * else PAGER (either through the shell; empty or "cat" means none), else less.  Otherwise leave
 * it as it is.
 */
void ctl_pager_start(struct ctl_output *output);

/* Close the pager's input and wait until it was left. */
void ctl_pager_wait(pid_t pid, int fd);

#endif
