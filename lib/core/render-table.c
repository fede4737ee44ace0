/*
 * render-table.c - rows of data in aligned columns, as list, services and describe show them.
 *
 * Called by the other render*.c files.  Every cell is written twice, once to nowhere for its width,
 * so that no row has to be kept.  Widths count characters, not bytes, and no colours.
 */
#include "render-private.h"

#include <string.h>

#define GAP 2 /* blanks between columns */

/* An aiot_out that only counts characters. */
struct meter {
	struct aiot_out in;
	size_t width;
	char buf[64];
};

static void meter_flush(struct meter *m)
{
	for (size_t i = 0; i < m->in.len; i++)
		m->width += ((unsigned char)m->buf[i] & 0xc0) != 0x80;
	m->in.len = 0;
}

static int meter_grow(struct aiot_out *in, size_t need)
{
	(void)need;
	meter_flush(in->ctx);
	return 0;
}

static size_t cell_width(const struct aiot_render *r, const struct aiot_column *column,
			 struct aiot_json row)
{
	struct aiot_render plain = *r;
	struct meter m = {.width = 0};

	plain.color = false;
	aiot_out_init(&m.in, m.buf, sizeof(m.buf));
	m.in.grow = meter_grow;
	m.in.ctx = &m;
	column->cell(&plain, row, &m.in);
	meter_flush(&m);
	return m.width;
}

static void measure(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json rows, size_t widths[AIOT_COLUMNS_MAX])
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(rows, &it, NULL, &row)) {
		for (size_t i = 0; i < count; i++) {
			size_t width = cell_width(r, &columns[i], row);

			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
}

static void put_row(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json row, const size_t widths[AIOT_COLUMNS_MAX],
		    struct aiot_out *out)
{
	size_t gap = 0; /* owed before the next cell that is not empty: lines end without blanks */

	for (size_t i = 0; i < count; i++) {
		size_t width = cell_width(r, &columns[i], row);

		if (width > 0) {
			aiot_out_pad(out, ' ', gap);
			columns[i].cell(r, row, out);
			gap = 0;
		}
		gap += widths[i] - width + GAP;
	}
	aiot_out_char(out, '\n');
}

static void put_head(const struct aiot_column *columns, size_t count,
		     const size_t widths[AIOT_COLUMNS_MAX], struct aiot_out *out)
{
	for (size_t i = 0; i < count; i++) {
		aiot_out_text(out, columns[i].title);
		if (i + 1 < count)
			aiot_out_pad(out, ' ', widths[i] - strlen(columns[i].title) + GAP);
	}
	aiot_out_char(out, '\n');
}

void aiot_put_table(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json rows, bool head, struct aiot_out *out)
{
	size_t widths[AIOT_COLUMNS_MAX] = {0};
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	for (size_t i = 0; i < count; i++) {
		size_t title = head ? strlen(columns[i].title) : 0;

		widths[i] = title > columns[i].least ? title : columns[i].least;
	}
	measure(r, columns, count, rows, widths);
	if (head)
		put_head(columns, count, widths, out);
	while (aiot_json_next(rows, &it, NULL, &row))
		put_row(r, columns, count, row, widths, out);
}
