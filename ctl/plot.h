/*
 * plot.h - the start of all services as a picture: what `analyze plot` writes.
 */
#ifndef CTL_PLOT_H
#define CTL_PLOT_H

#include "json.h"
#include "out.h"

/* An SVG document of an analyze reply with all of its services.  0, or -AIOT_ENOMEM. */
int ctl_plot(struct aiot_json reply, struct aiot_out *out);

#endif
