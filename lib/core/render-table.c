/*
 * render-table.c - rows of data in aligned columns, as list, services and describe show them.
 *
 * Called by the other render*.c files.  Every cell is written twice, once to nowhere for the width
 * of its column, so that no row has to be kept.  Widths count characters, not bytes, and no
 * colours.
 */
#include "render-private.h"

#include <string.h>

#define GAP 2 /* blanks between columns */

/*
 * An aiot_out that counts characters, and gives what it got to another one, if there is one, behind
 * the gap that is owed before it.  Colours are not counted: data have no escape of their own.
 */
struct meter {
	struct aiot_out in;
	struct aiot_out *out; /* NULL: nobody wants it */
	size_t gap, width;
	bool color; /* within an escape sequence */
	char buf[64];
};

static void meter_flush(struct meter *m)
{
	for (size_t i = 0; i < m->in.len; i++) {
		unsigned char c = (unsigned char)m->buf[i];

		if (m->color || c == 0x1b)
			m->color = c != 'm';
		else
			m->width += (c & 0xc0) != 0x80;
	}
	if (m->out != NULL && m->in.len > 0) {
		aiot_out_pad(m->out, ' ', m->gap);
		aiot_out_mem(m->out, m->buf, m->in.len);
		m->gap = 0;
	}
	m->in.len = 0;
}

static int meter_grow(struct aiot_out *in, size_t need)
{
	(void)need;
	meter_flush(in->ctx);
	return 0;
}

/* The cell to m->out, and how wide it is. */
static void put_cell(const struct aiot_render *r, const struct aiot_column *column,
		     struct aiot_json row, struct meter *m)
{
	m->width = 0;
	aiot_out_init(&m->in, m->buf, sizeof(m->buf));
	m->in.grow = meter_grow;
	m->in.ctx = m;
	column->cell(r, row, &m->in);
	meter_flush(m);
}

/* What the cells of a row are given. */
static void get_cells(const struct aiot_column *columns, size_t count, struct aiot_json row,
		      struct aiot_json cells[AIOT_COLUMNS_MAX])
{
	const char *keys[AIOT_COLUMNS_MAX];
	struct aiot_json found[AIOT_COLUMNS_MAX];
	size_t n = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		if (columns[i].key != NULL)
			keys[n++] = columns[i].key;
	}
	if (n > 0)
		aiot_json_members(row, keys, n, found);
	for (size_t i = 0; i < count; i++)
		cells[i] = columns[i].key != NULL ? found[at++] : row;
}

static size_t cell_width(const struct aiot_render *r, const struct aiot_column *column,
			 struct aiot_json row)
{
	struct meter m = {.out = NULL};

	put_cell(r, column, row, &m);
	return m.width;
}

static void measure(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json rows, size_t widths[AIOT_COLUMNS_MAX])
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	if (count > 0)
		count--; /* behind the last one nothing comes */
	while (aiot_json_next(rows, &it, NULL, &row)) {
		struct aiot_json cells[AIOT_COLUMNS_MAX];

		get_cells(columns, count, row, cells);
		for (size_t i = 0; i < count; i++) {
			size_t width = cell_width(r, &columns[i], cells[i]);

			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
}

static void put_row(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json row, const size_t widths[AIOT_COLUMNS_MAX],
		    struct aiot_out *out)
{
	struct meter m = {.out = out}; /* its gap waits for a cell that is not empty */
	struct aiot_json cells[AIOT_COLUMNS_MAX];

	get_cells(columns, count, row, cells);
	for (size_t i = 0; i < count; i++) {
		put_cell(r, &columns[i], cells[i], &m);
		if (i + 1 < count)
			m.gap += widths[i] - m.width + GAP;
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
