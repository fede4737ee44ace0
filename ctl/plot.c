/*
 * plot.c - see plot.h.
 *
 * Called by main.c with the whole answer.  A row for each service, in the order in which their
 * loading began; a bar has what loading, waiting and starting took.  Needs no fonts or scripts to
 * be looked at but those of any viewer.
 */
#include "plot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#define WIDTH 1000u  /* of the time axis, in pixels */
#define LEFT 20u     /* of it */
#define TOP 70u	     /* of the first row */
#define ROW 20u	     /* height */
#define NAMES 320u   /* room behind the axis for the last name */
#define TICKS_MAX 20 /* lines across */

struct row {
	struct aiot_json service;
	uint64_t begin_us;
};

struct plot {
	struct row *rows;
	size_t count;
	uint64_t end_us; /* of the axis */
	uint64_t core_us, total_us;
	struct aiot_out *out;
};

static uint64_t member(struct aiot_json obj, const char *key)
{
	uint64_t value = 0;

	(void)aiot_json_u64(aiot_json_get(obj, key), &value);
	return value;
}

static int earlier(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->begin_us != y->begin_us)
		return x->begin_us < y->begin_us ? -1 : 1;
	return x < y ? -1 : 1;
}

static uint64_t end_of(struct aiot_json service)
{
	return member(service, "begin_us") + member(service, "load_us") +
	       member(service, "wait_us") + member(service, "start_us");
}

static int read_rows(struct plot *p, struct aiot_json services)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json service;

	p->rows = calloc(aiot_json_count(services) + 1, sizeof(*p->rows));
	if (p->rows == NULL)
		return -AIOT_ENOMEM;
	while (aiot_json_next(services, &it, NULL, &service)) {
		p->rows[p->count++] = (struct row){service, member(service, "begin_us")};
		if (end_of(service) > p->end_us)
			p->end_us = end_of(service);
	}
	qsort(p->rows, p->count, sizeof(*p->rows), earlier);
	return 0;
}

/* ---- drawing ---- */

/* Hundredths of a pixel, for short things have a width, too. */
static void put_x(const struct plot *p, uint64_t us)
{
	uint64_t x = us * WIDTH * 100 / p->end_us;

	aiot_format(p->out, "%llu.%02llu", (unsigned long long)(x / 100),
		    (unsigned long long)(x % 100));
}

static void put_ms(const struct plot *p, uint64_t us)
{
	aiot_format(p->out, "%llu.%llu ms", (unsigned long long)(us / 1000),
		    (unsigned long long)(us / 100 % 10));
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

static void put_head(const struct plot *p)
{
	size_t height = TOP + p->count * ROW + 40;

	aiot_format(p->out,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%zu\">\n"
		    "<style>text{font:12px sans-serif}.load{fill:#4a90d9}.wait{fill:#d8d8d8}"
		    ".start{fill:#57a64a}.never{fill:#c8443c}line{stroke:#ccc}"
		    ".core{stroke:#c8443c}</style>\n"
		    "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		    "<text x=\"%u\" y=\"20\">",
		    LEFT + WIDTH + NAMES, height, LEFT);
	if (p->total_us > 0) {
		aiot_out_text(p->out, "booted in ");
		put_ms(p, p->total_us);
		aiot_out_text(p->out, ", core services ");
		put_ms(p, p->core_us);
	} else {
		aiot_out_text(p->out, "still booting");
	}
	aiot_out_text(p->out, "</text>\n");
}

static void put_legend(const struct plot *p)
{
	static const char *const words[][2] = {{"load", "loading"},
					       {"wait", "waiting for others"},
					       {"start", "starting"},
					       {"never", "not ready yet"}};
	unsigned i;

	for (i = 0; i < 4; i++)
		aiot_format(p->out,
			    "<rect class=\"%s\" x=\"%u\" y=\"30\" width=\"12\" height=\"12\"/>"
			    "<text x=\"%u\" y=\"41\">%s</text>\n",
			    words[i][0], LEFT + i * 160, LEFT + i * 160 + 18, words[i][1]);
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

static void put_line(const struct plot *p, const char *class, uint64_t us)
{
	aiot_format(p->out, "<line class=\"%s\" y1=\"%u\" y2=\"%zu\" x1=\"", class, TOP - 8,
		    TOP + p->count * ROW);
	put_x(p, us);
	aiot_out_text(p->out, "\" x2=\"");
	put_x(p, us);
	aiot_out_text(p->out, "\"/>\n");
}

static void put_axis(const struct plot *p)
{
	uint64_t step = tick_us(p->end_us), us;

	for (us = 0; us <= p->end_us; us += step) {
		put_line(p, "tick", us);
		aiot_format(p->out, "<text y=\"%zu\" x=\"", TOP + p->count * ROW + 18);
		put_x(p, us);
		aiot_out_text(p->out, "\">");
		put_ms(p, us);
		aiot_out_text(p->out, "</text>\n");
	}
	if (p->core_us > 0)
		put_line(p, "core", p->core_us);
}

static void put_bar(const struct plot *p, size_t i, const char *class, uint64_t from_us,
		    uint64_t us)
{
	if (us == 0)
		return;
	aiot_format(p->out, "<rect class=\"%s\" y=\"%zu\" height=\"%u\" x=\"", class, TOP + i * ROW,
		    ROW - 4);
	put_x(p, from_us);
	aiot_out_text(p->out, "\" width=\"");
	put_x(p, us);
	aiot_out_text(p->out, "\"/>\n");
}

static void put_row(const struct plot *p, size_t i)
{
	struct aiot_json s = p->rows[i].service;
	uint64_t begin = member(s, "begin_us"), load = member(s, "load_us"),
		 wait = member(s, "wait_us"), start = member(s, "start_us");
	bool ready = aiot_json_type(aiot_json_get(s, "ready_us")) == AIOT_JSON_NUMBER;

	put_bar(p, i, "load", begin, load);
	put_bar(p, i, "wait", begin + load, wait);
	put_bar(p, i, ready ? "start" : "never", begin + load + wait, start);
	aiot_format(p->out, "<text y=\"%zu\" dx=\"6\" x=\"", TOP + i * ROW + 13);
	put_x(p, end_of(s));
	aiot_out_text(p->out, "\">");
	put_escaped(p, aiot_json_get(s, "name"));
	aiot_out_text(p->out, ".service (");
	put_ms(p, member(s, "took_us"));
	aiot_out_text(p->out, ")</text>\n");
}

int ctl_plot(struct aiot_json reply, struct aiot_out *out)
{
	struct plot p = {
		.core_us = member(reply, "core_us"),
		.total_us = member(reply, "total_us"),
		.out = out,
	};
	size_t i;
	int r = read_rows(&p, aiot_json_get(reply, "services"));

	if (r < 0)
		return r;
	if (p.total_us > p.end_us)
		p.end_us = p.total_us;
	if (p.end_us == 0)
		p.end_us = 1;
	put_head(&p);
	put_legend(&p);
	aiot_format(out, "<g transform=\"translate(%u,0)\">\n", LEFT);
	put_axis(&p);
	for (i = 0; i < p.count; i++)
		put_row(&p, i);
	aiot_out_text(out, "</g>\n</svg>\n");
	free(p.rows);
	return 0;
}
