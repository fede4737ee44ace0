/*
 * render-table.c - rows of data in aligned columns, as list, services and describe show them.
 *
 * Called by the other render*.c files.  Where there is no memory to keep cells in, each is written
 * twice, once to nowhere for the width of its column.  Widths count characters, not bytes, and no
 * colours.
 */
#include "render-private.h"

#include <string.h>

#define GAP 2 /* blanks between columns */

/* How many characters; a colour, which may go on from text to text, has none. */
static size_t count_characters(const char *text, size_t len, bool *color)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (*color || c == 0x1b) /* data have no escape of their own */
			*color = c != 'm';
		else
			width += (c & 0xc0) != 0x80;
	}
	return width;
}

/* What the cells of a row are given. */
struct row {
	struct aiot_json cell[AIOT_COLUMNS_MAX];
	bool noted[AIOT_COLUMNS_MAX];
};

/* Where rows come from, and how far they are taken. */
struct source {
	struct aiot_json data;
	const char *pairs; /* each of its elements makes a row for each member of this; NULL: one */
	struct aiot_json_iter at, at_pair;
	struct aiot_json element; /* of which pairs come */
	bool open, told;	  /* there is one, and it has made a row */
};

static bool next_plain(const struct aiot_column *columns, size_t count, struct source *from,
		       struct row *ret)
{
	const char *keys[2 * AIOT_COLUMNS_MAX] = {NULL};
	struct aiot_json found[2 * AIOT_COLUMNS_MAX], row;
	size_t n = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		if (columns[i].key != NULL)
			keys[n++] = columns[i].key;
		if (columns[i].flag != NULL)
			keys[n++] = columns[i].flag;
	}
	if (!aiot_json_next_members(from->data, &from->at, keys, n, &row, found))
		return false;
	for (size_t i = 0; i < count; i++) {
		ret->cell[i] = columns[i].key != NULL ? found[at++] : row;
		ret->noted[i] = columns[i].flag != NULL && aiot_json_bool(found[at++], false);
	}
	return true;
}

/* Its element, a member's key and its value.  One without members is a row all the same. */
static bool next_pair(struct source *from, struct row *ret)
{
	*ret = (struct row){0};
	for (;;) {
		struct aiot_json pairs = aiot_json_get(from->element, from->pairs);

		if (from->open &&
		    (aiot_json_next(pairs, &from->at_pair, &ret->cell[1], &ret->cell[2]) ||
		     !from->told))
			break;
		if (!aiot_json_next(from->data, &from->at, NULL, &from->element))
			return false;
		from->at_pair = (struct aiot_json_iter){NULL};
		from->open = true;
		from->told = false;
	}
	from->told = true;
	ret->cell[0] = from->element;
	return true;
}

static bool next_row(const struct aiot_column *columns, size_t count, struct source *from,
		     struct row *ret)
{
	if (!AIOT_BOARD && from->pairs != NULL)
		return next_pair(from, ret);
	return next_plain(columns, count, from, ret);
}

static void put_text(const struct aiot_render *r, const struct aiot_column *columns, size_t i,
		     const struct row *row, struct aiot_out *out)
{
	columns[i].cell(r, row->cell[i], out);
	if (!row->noted[i])
		return;
	if (aiot_json_type(row->cell[i]) > AIOT_JSON_NULL)
		aiot_out_char(out, ' ');
	aiot_out_text(out, columns[i].note);
}

/* ---- written at once ---- */

/*
 * An aiot_out that counts characters, and gives what it got to another one, if there is one, behind
 * the gap that is owed before it.
 */
struct meter {
	struct aiot_out in;
	struct aiot_out *out; /* NULL: nobody wants it */
	size_t gap, width;
	bool color;
	char buf[64];
};

static void meter_flush(struct meter *m)
{
	m->width += count_characters(m->buf, m->in.len, &m->color);
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
static void put_cell(const struct aiot_render *r, const struct aiot_column *columns, size_t i,
		     const struct row *row, struct meter *m)
{
	m->width = 0;
	aiot_out_init(&m->in, m->buf, sizeof(m->buf));
	m->in.grow = meter_grow;
	m->in.ctx = m;
	put_text(r, columns, i, row, &m->in);
	meter_flush(m);
}

static void measure(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct source from, size_t widths[AIOT_COLUMNS_MAX])
{
	struct meter m = {.out = NULL};
	struct row row;

	if (count > 0)
		count--; /* behind the last one nothing comes */
	while (next_row(columns, count, &from, &row)) {
		for (size_t i = 0; i < count; i++) {
			put_cell(r, columns, i, &row, &m);
			widths[i] = m.width > widths[i] ? m.width : widths[i];
		}
	}
}

static void put_row(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    const struct row *row, const size_t widths[AIOT_COLUMNS_MAX],
		    struct aiot_out *out)
{
	struct meter m = {.out = out}; /* its gap waits for a cell that is not empty */

	for (size_t i = 0; i < count; i++) {
		put_cell(r, columns, i, row, &m);
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

static void put_table(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		      struct source from, bool head, struct aiot_out *out)
{
	size_t widths[AIOT_COLUMNS_MAX] = {0};
	struct row row;

	for (size_t i = 0; i < count; i++) {
		size_t title = head ? strlen(columns[i].title) : 0;

		widths[i] = title > columns[i].least ? title : columns[i].least;
	}
	measure(r, columns, count, from, widths);
	if (head)
		put_head(columns, count, widths, out);
	while (next_row(columns, count, &from, &row))
		put_row(r, columns, count, &row, widths, out);
}

#if AIOT_BOARD
void aiot_put_table(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json rows, bool head, struct aiot_out *out)
{
	put_table(r, columns, count, (struct source){.data = rows}, head, out);
}
#else
/* ---- kept until all rows are there ---- */

/* What is in front of each text that is kept; titles are the first row. */
struct cell {
	uint32_t len, width;
};

/* The text in cells[from..] becomes the next cell, of column i. */
static void end_cell(struct aiot_table *table, size_t i, size_t from)
{
	struct aiot_out *out = &table->cells;
	struct cell cell = {.len = (uint32_t)(out->len - from)};
	bool color = false;

	if (out->error)
		return;
	if (i + 1 < table->columns) /* behind the last one nothing comes */
		cell.width = (uint32_t)count_characters(out->buf + from, cell.len, &color);
	memcpy(out->buf + from - sizeof(cell), &cell, sizeof(cell));
	if (cell.width > table->widths[i])
		table->widths[i] = cell.width;
}

static size_t begin_cell(struct aiot_table *table)
{
	struct cell cell = {0};

	aiot_out_mem(&table->cells, &cell, sizeof(cell));
	return table->cells.len;
}

static void keep_rows(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		      struct source from, bool head)
{
	struct aiot_table *table = r->table;
	struct row row;

	table->columns = count;
	for (size_t i = 0; head && i < count; i++) {
		size_t begin = begin_cell(table);

		aiot_out_text(&table->cells, columns[i].title);
		end_cell(table, i, begin);
	}
	while (next_row(columns, count, &from, &row)) {
		for (size_t i = 0; i < count; i++) {
			size_t begin = begin_cell(table);

			put_text(r, columns, i, &row, &table->cells);
			end_cell(table, i, begin);
		}
	}
}

/* The cell at `at`, and where the next one is. */
static size_t get_cell(const struct aiot_table *table, size_t at, struct cell *ret_cell,
		       const char **ret_text)
{
	memcpy(ret_cell, table->cells.buf + at, sizeof(*ret_cell));
	*ret_text = table->cells.buf + at + sizeof(*ret_cell);
	return at + sizeof(*ret_cell) + ret_cell->len;
}

void aiot_render_table(const struct aiot_table *table, struct aiot_out *out)
{
	size_t at = 0;

	while (at < table->cells.len) {
		size_t gap = 0; /* waits for a cell that is not empty */

		for (size_t i = 0; i < table->columns; i++) {
			struct cell cell;
			const char *text;

			at = get_cell(table, at, &cell, &text);
			if (cell.len > 0) {
				aiot_out_pad(out, ' ', gap);
				aiot_out_mem(out, text, cell.len);
				gap = 0;
			}
			gap += table->widths[i] - cell.width + GAP;
		}
		aiot_out_char(out, '\n');
	}
}

static void keep_or_put(const struct aiot_render *r, const struct aiot_column *columns,
			size_t count, struct source from, bool head, struct aiot_out *out)
{
	if (r->table != NULL)
		keep_rows(r, columns, count, from, head);
	else
		put_table(r, columns, count, from, head, out);
}

void aiot_put_table(const struct aiot_render *r, const struct aiot_column *columns, size_t count,
		    struct aiot_json rows, bool head, struct aiot_out *out)
{
	keep_or_put(r, columns, count, (struct source){.data = rows}, head, out);
}

void aiot_put_pairs_table(const struct aiot_render *r, const struct aiot_column columns[3],
			  struct aiot_json elements, const char *pairs, bool head,
			  struct aiot_out *out)
{
	keep_or_put(r, columns, 3, (struct source){.data = elements, .pairs = pairs}, head, out);
}
#endif
