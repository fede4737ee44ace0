/*
 * stats-metrics.h - tasks as text for Prometheus.  Host only.
 */
#ifndef SERVICES_STATS_METRICS_H
#define SERVICES_STATS_METRICS_H

#include <aiotools-json.h>

#include "grow.h"

/*
 * Add all figures of an array of Task objects (of io.aiotools.Task.Status with debug), in the
 * text format of Prometheus, version 0.0.4.
 */
void stats_put_metrics(struct aiot_json tasks, struct grow *out);

#endif
