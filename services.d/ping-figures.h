/*
 * ping-figures.h - what came of questions to one host: how many were answered, and how fast.  Of
 * the service ping.  Nothing but memory.  Host only.
 */
#ifndef SERVICES_PING_FIGURES_H
#define SERVICES_PING_FIGURES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* What came of it so far; times are thousandths of a millisecond. */
struct figures {
	uint32_t sent, answered, lost;
	int64_t loss; /* thousandths of a percent */
	int64_t last, min, avg, max, stddev;
	double mean, squares; /* of times in us; squares of the differences (Welford) */
};

static inline void count_answer(struct figures *f, int64_t us)
{
	double before = (double)us - f->mean;

	f->answered++;
	f->mean += before / f->answered;
	f->squares += before * ((double)us - f->mean);
	f->last = us;
	if (f->answered == 1 || us < f->min)
		f->min = us;
	if (us > f->max)
		f->max = us;
	f->avg = (int64_t)(f->mean + 0.5);
	f->stddev = (int64_t)(sqrt(f->squares / f->answered) + 0.5);
}

static inline void count_question(struct figures *f, bool answered, int64_t us)
{
	f->sent++;
	if (answered)
		count_answer(f, us);
	else
		f->lost++;
	f->loss = (int64_t)f->lost * 100000 / f->sent;
}

static inline void add_decimal(struct text *text, const char *key, int64_t thousandths)
{
	text_add(text, ",\"%s\":%lld.%03d", key, (long long)(thousandths / 1000),
		 (int)(thousandths % 1000));
}

static inline void add_figures(struct text *text, const struct figures *f)
{
	text_add(text, "{\"sent\":%u,\"answered\":%u,\"lost\":%u", f->sent, f->answered, f->lost);
	add_decimal(text, "loss", f->loss);
	if (f->answered > 0) {
		add_decimal(text, "min", f->min);
		add_decimal(text, "avg", f->avg);
		add_decimal(text, "max", f->max);
		add_decimal(text, "stddev", f->stddev);
	}
	text_add(text, "}");
}

static inline void add_times(struct text *text, const struct figures *f)
{
	const int64_t times[] = {f->min, f->avg, f->max, f->stddev};
	unsigned i;

	for (i = 0; i < 4; i++)
		text_add(text, "%s%lld.%03d", i > 0 ? "/" : "", (long long)(times[i] / 1000),
			 (int)(times[i] % 1000));
}

#endif
