/*
 * plot.c - see plot.h.
 *
 * Called by main.c with the whole answer.  A row for each service that the boot loaded, in the
 * order in which that began; a bar has what loading, waiting and starting took.  The axis ends with
 * what is over: one that waits for days must not make the boot too small to be seen.  Needs no
 * fonts or scripts to be looked at but those of any viewer.
 */
#include "plot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "heap.h"
#include "render.h"
#include "timetext.h"

/* In pixels. */
#define WIDTH 1000u    /* of the time axis */
#define LEFT 20u       /* of it */
#define RIGHT 300u     /* behind it, for names */
#define TOP 112u       /* of the first row */
#define ROW 20u	       /* height */
#define BOTTOM 50u     /* below the last row */
#define CHAR_TENTH 75u /* tenths of a pixel, of a character in most fonts */

#define TICKS_MAX 11		  /* lines across */
#define LATE_US (60 * 1000000ull) /* ready so long behind the boot is not part of it */

enum kind {
	READY,
	OPEN, /* it may still get ready */
	BAD,  /* it has failed or was stopped before */
};

struct row {
	struct aiot_json service;
	uint64_t begin_us, load_us, wait_us, start_us;
	enum kind kind;
};

struct plot {
	struct row *rows;
	size_t count, later; /* later: loaded behind the boot, not shown */
	uint64_t end_us;     /* of the axis */
	uint64_t core_us, total_us, since_us;
	bool booted; /* it is over */
	struct aiot_out *out;
};

static uint64_t member(struct aiot_json obj, const char *key)
{
	uint64_t value = 0;

	(void)aiot_json_u64(aiot_json_get(obj, key), &value);
	return value;
}

static bool is(struct aiot_json service, const char *state)
{
	return aiot_json_str_is(aiot_json_get(service, "state"), state);
}

static int earlier(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->begin_us != y->begin_us)
		return x->begin_us < y->begin_us ? -1 : 1;
	return x->service.text < y->service.text ? -1 : 1; /* as they were told */
}

static enum kind kind_of(struct aiot_json service)
{
	if (aiot_json_type(aiot_json_get(service, "ready_us")) == AIOT_JSON_NUMBER)
		return READY;
	return is(service, "failed") || is(service, "held") || is(service, "stopped") ||
			       is(service, "not loaded")
		       ? BAD
		       : OPEN;
}

static uint64_t end_of(const struct row *row)
{
	return row->begin_us + row->load_us + row->wait_us + row->start_us;
}

/* What is over soon enough makes the axis longer; while the boot goes on, all does. */
static void take_row(struct plot *p, struct aiot_json service)
{
	struct row row = {
		.service = service,
		.begin_us = member(service, "begin_us"),
		.load_us = member(service, "load_us"),
		.wait_us = member(service, "wait_us"),
		.start_us = member(service, "start_us"),
		.kind = kind_of(service),
	};
	uint64_t end = end_of(&row);

	if (p->booted && row.begin_us > p->total_us) {
		p->later++;
		return;
	}
	p->rows[p->count++] = row;
	if (p->booted && (row.kind == OPEN || end > p->total_us + LATE_US))
		end = row.begin_us + row.load_us;
	if (end > p->end_us)
		p->end_us = end;
}

static int read_rows(struct plot *p, struct aiot_json services)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json service;

	p->rows = calloc(aiot_json_count(services) + 1, sizeof(*p->rows));
	if (p->rows == NULL)
		return -AIOT_ENOMEM;
	while (aiot_json_next(services, &it, NULL, &service))
		take_row(p, service);
	qsort(p->rows, p->count, sizeof(*p->rows), earlier);
	return 0;
}

/* ---- drawing ---- */

/* Hundredths of a pixel, for short things have a width, too. */
static uint64_t hundredths(const struct plot *p, uint64_t us)
{
	if (us >= p->end_us)
		return WIDTH * 100;
	return (uint64_t)((double)us * (WIDTH * 100) / (double)p->end_us);
}

static void put_hundredths(const struct plot *p, uint64_t x)
{
	aiot_format(p->out, "%llu.%02llu", (unsigned long long)(x / 100),
		    (unsigned long long)(x % 100));
}

static void put_x(const struct plot *p, uint64_t us)
{
	put_hundredths(p, hundredths(p, us));
}

static void put_span(const struct plot *p, uint64_t us)
{
	aiot_render_duration_us((int64_t)us, p->out);
}

/* What may stand in a document; names have nothing else in them, but who knows whose they are. */
static void put_escaped(const struct plot *p, struct aiot_json string)
{
	char text[256];
	const char *c;

	if (aiot_json_str(string, text, sizeof(text)) < 0)
		return;
	for (c = text; *c != '\0'; c++) {
		if (strchr("<>&\"'", *c) != NULL || (unsigned char)*c < ' ')
			aiot_format(p->out, "&#%u;", (unsigned char)*c < ' ' ? '?' : *c);
		else
			aiot_out_char(p->out, *c);
	}
}

static size_t bottom(const struct plot *p)
{
	return TOP + p->count * ROW;
}

static void put_style(const struct plot *p)
{
	size_t height = bottom(p) + BOTTOM;

	aiot_format(p->out,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%zu\" "
		    "viewBox=\"0 0 %u %zu\">\n"
		    "<style>text{font:12px sans-serif}.title{font:bold 16px sans-serif}"
		    ".axis{text-anchor:middle;fill:#666}.left{text-anchor:end}"
		    ".load{fill:#4a90d9}.wait{fill:#d8d8d8}.start{fill:#57a64a}"
		    ".open{fill:#e8b23a}.bad{fill:#c8443c}line{stroke:#ddd}"
		    ".mark{stroke:#c8443c;stroke-dasharray:4 3}</style>\n"
		    "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		    LEFT + WIDTH + RIGHT, height, LEFT + WIDTH + RIGHT, height);
}

static void put_head(const struct plot *p, struct aiot_json reply)
{
	aiot_format(p->out, "<text class=\"title\" x=\"%u\" y=\"28\">aiotoolsd", LEFT);
	if (aiot_json_type(aiot_json_get(reply, "host")) == AIOT_JSON_STRING) {
		aiot_out_text(p->out, " on ");
		put_escaped(p, aiot_json_get(reply, "host"));
	}
	if (member(reply, "begun_us") > 0) {
		aiot_out_text(p->out, ", ");
		aiot_out_time(p->out, (int64_t)member(reply, "begun_us") * 1000);
	}
	aiot_format(p->out, "</text>\n<text x=\"%u\" y=\"48\">", LEFT);
	if (p->booted) {
		aiot_out_text(p->out, "booted in ");
		put_span(p, p->total_us);
		aiot_out_text(p->out, ": core services ");
		put_span(p, p->core_us);
		aiot_out_text(p->out, ", the rest ");
		put_span(p, p->total_us - p->core_us);
	} else {
		aiot_out_text(p->out, "still booting, for ");
		put_span(p, p->since_us);
	}
	if (p->later > 0)
		aiot_format(p->out, "; services loaded later, and not shown: %zu", p->later);
	aiot_out_text(p->out, "</text>\n");
}

static void put_legend(const struct plot *p)
{
	static const char *const words[][2] = {{"load", "loading"},
					       {"wait", "waiting for others"},
					       {"start", "starting"},
					       {"open", "not ready yet"},
					       {"bad", "failed or stopped"}};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		aiot_format(p->out,
			    "<rect class=\"%s\" x=\"%u\" y=\"60\" width=\"12\" height=\"12\"/>"
			    "<text x=\"%u\" y=\"71\">%s</text>\n",
			    words[i][0], LEFT + i * 150, LEFT + i * 150 + 18, words[i][1]);
}

/* 1, 2 or 5 times a power of ten. */
static uint64_t tick_us(uint64_t end_us)
{
	static const unsigned steps[] = {1, 2, 5};
	uint64_t power = 1;
	unsigned i;

	for (;; power *= 10) {
		for (i = 0; i < 3; i++) {
			if (end_us / (power * steps[i]) < TICKS_MAX)
				return power * steps[i];
		}
	}
}

static void put_tick_text(const struct plot *p, uint64_t us, uint64_t step)
{
	unsigned long long unit = step >= 1000000 ? 1000000 : step >= 1000 ? 1000 : 1;
	const char *word = unit == 1000000 ? "s" : unit == 1000 ? "ms" : "us";

	aiot_format(p->out, "%llu %s", us / unit, word);
}

static void put_line(const struct plot *p, const char *class, uint64_t us, size_t to)
{
	aiot_format(p->out, "<line class=\"%s\" y1=\"%u\" y2=\"%zu\" x1=\"", class, TOP - 8, to);
	put_x(p, us);
	aiot_out_text(p->out, "\" x2=\"");
	put_x(p, us);
	aiot_out_text(p->out, "\"/>\n");
}

static void put_axis(const struct plot *p)
{
	uint64_t step = tick_us(p->end_us), us;

	for (us = 0; us <= p->end_us; us += step) {
		put_line(p, "tick", us, bottom(p));
		aiot_format(p->out, "<text class=\"axis\" y=\"%u\" x=\"", TOP - 14);
		put_x(p, us);
		aiot_out_text(p->out, "\">");
		put_tick_text(p, us, step);
		aiot_out_text(p->out, "</text>\n");
	}
}

/* One below the other, for they may be at the same place. */
static void put_mark(const struct plot *p, uint64_t us, const char *what, unsigned down)
{
	put_line(p, "mark", us, bottom(p) + down);
	aiot_format(p->out, "<text y=\"%zu\" dx=\"5\" x=\"", bottom(p) + down);
	put_x(p, us);
	aiot_format(p->out, "\">%s @", what);
	put_span(p, us);
	aiot_out_text(p->out, "</text>\n");
}

static void put_marks(const struct plot *p)
{
	if (p->core_us > 0)
		put_mark(p, p->core_us, "core services over", 16);
	if (p->booted)
		put_mark(p, p->total_us, "booted", 34);
}

/* Whatever took any time can be seen. */
static void put_bar(const struct plot *p, size_t i, const char *class, uint64_t from_us,
		    uint64_t us)
{
	uint64_t from = hundredths(p, from_us), to = hundredths(p, from_us + us);

	if (us == 0)
		return;
	aiot_format(p->out, "<rect class=\"%s\" y=\"%zu\" height=\"%u\" x=\"", class, TOP + i * ROW,
		    ROW - 4);
	put_hundredths(p, from);
	aiot_out_text(p->out, "\" width=\"");
	put_hundredths(p, to - from < 100 ? 100 : to - from);
	aiot_out_text(p->out, "\"/>\n");
}

static void put_bars(const struct plot *p, size_t i)
{
	static const char *const classes[] = {[READY] = "start", [OPEN] = "open", [BAD] = "bad"};
	const struct row *row = &p->rows[i];
	uint64_t begin = row->begin_us;

	put_bar(p, i, is(row->service, "not loaded") ? "bad" : "load", begin, row->load_us);
	begin += row->load_us;
	put_bar(p, i, "wait", begin, row->wait_us);
	put_bar(p, i, classes[row->kind], begin + row->wait_us, row->start_us);
}

/* What a pointer that rests on it shows. */
static void put_tip(const struct plot *p, const struct row *row)
{
	aiot_out_text(p->out, "<title>loading from ");
	put_span(p, row->begin_us);
	aiot_out_text(p->out, " on took ");
	put_span(p, row->load_us);
	if (row->wait_us > 0) {
		aiot_out_text(p->out, ", waiting ");
		put_span(p, row->wait_us);
	}
	if (row->start_us > 0) {
		aiot_out_text(p->out, ", starting ");
		put_span(p, row->start_us);
	}
	if (row->kind == READY) {
		aiot_out_text(p->out, "; ready @");
		put_span(p, member(row->service, "ready_us"));
	}
	aiot_out_text(p->out, "</title>\n");
}

static void put_label(const struct plot *p, const struct row *row)
{
	put_escaped(p, aiot_json_get(row->service, "name"));
	aiot_out_text(p->out, ".service (");
	if (row->kind != READY)
		put_escaped(p, aiot_json_get(row->service, "state"));
	if (row->kind != READY && !is(row->service, "waiting"))
		aiot_out_text(p->out, ", ");
	if (!is(row->service, "waiting"))
		put_span(p, member(row->service, "took_us"));
	if (row->kind == READY && end_of(row) > p->end_us) {
		aiot_out_text(p->out, ", ready @");
		put_span(p, member(row->service, "ready_us"));
	}
	aiot_out_char(p->out, ')');
}

/* Behind the bar where there is room, else before it, else on it. */
static void put_text(const struct plot *p, size_t i)
{
	const struct row *row = &p->rows[i];
	uint64_t begin = hundredths(p, row->begin_us), end = hundredths(p, end_of(row)), x;
	struct aiot_out label = {.grow = ctl_heap_grow};
	struct plot there = *p;
	const char *class = "right";

	there.out = &label;
	put_label(&there, row);
	if (end + label.len * CHAR_TENTH * 10 <= (WIDTH + RIGHT) * 100)
		x = end + 600;
	else if (begin >= label.len * CHAR_TENTH * 10)
		class = "left", x = begin - 600;
	else
		x = begin + 600;
	aiot_format(p->out, "<text class=\"%s\" y=\"%zu\" x=\"", class, TOP + i * ROW + 12);
	put_hundredths(p, x);
	aiot_out_text(p->out, "\">");
	aiot_out_mem(p->out, label.buf, label.len);
	aiot_out_text(p->out, "</text>\n");
	if (label.error < 0)
		p->out->error = label.error;
	free(label.buf);
}

static void put_row(const struct plot *p, size_t i)
{
	aiot_out_text(p->out, "<g>");
	put_tip(p, &p->rows[i]);
	put_bars(p, i);
	put_text(p, i);
	aiot_out_text(p->out, "</g>\n");
}

int ctl_plot(struct aiot_json reply, struct aiot_out *out)
{
	struct plot p = {
		.core_us = member(reply, "core_us"),
		.total_us = member(reply, "total_us"),
		.since_us = member(reply, "since_us"),
		.booted = aiot_json_type(aiot_json_get(reply, "total_us")) == AIOT_JSON_NUMBER,
		.out = out,
	};
	size_t i;
	int r;

	p.end_us = p.booted ? p.total_us : p.since_us;
	r = read_rows(&p, aiot_json_get(reply, "services"));
	if (r < 0)
		return r;
	if (p.end_us == 0)
		p.end_us = 1;
	put_style(&p);
	put_head(&p, reply);
	put_legend(&p);
	aiot_format(out, "<g transform=\"translate(%u,0)\">\n", LEFT);
	put_axis(&p);
	for (i = 0; i < p.count; i++)
		put_row(&p, i);
	put_marks(&p);
	aiot_out_text(out, "</g>\n</svg>\n");
	free(p.rows);
	return 0;
}
