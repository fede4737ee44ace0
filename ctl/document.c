/*
 * document.c - see document.h.
 *
 * main.c collects the replies here with --json.  A long answer comes in pages; a script wants one
 * document, and wants none rather than half of one when the answer breaks off: so it is kept until
 * its last page is there.  Each page is walked once.  Values are copied as they came, no number is
 * converted.
 */
#include "document.h"

#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "heap.h"

struct ctl_member {
	struct aiot_out key;   /* with its quotes */
	struct aiot_out value; /* of an array what is between its brackets */
	bool is_array;	       /* one of the values was an array; others are left out then */
};

void ctl_document_finish(struct ctl_document *document)
{
	for (size_t i = 0; i < document->count; i++) {
		free(document->members[i].key.buf);
		free(document->members[i].value.buf);
	}
	free(document->members);
	*document = (struct ctl_document){.members = NULL};
}

/* ---- merging ---- */

static struct ctl_member *find_member(const struct ctl_document *document, struct aiot_json key)
{
	for (size_t i = 0; i < document->count; i++) {
		struct ctl_member *m = &document->members[i];

		if (m->key.len == key.len && memcmp(m->key.buf, key.text, key.len) == 0)
			return m;
	}
	return NULL;
}

/* NULL: no memory. */
static struct ctl_member *new_member(struct ctl_document *document, struct aiot_json key)
{
	size_t bytes = (document->count + 1) * sizeof(*document->members);
	struct ctl_member *members = realloc(document->members, bytes);
	struct ctl_member *m;

	if (!members)
		return NULL;
	document->members = members;
	m = &members[document->count++];
	*m = (struct ctl_member){
		.key = {.grow = ctl_heap_grow},
		.value = {.grow = ctl_heap_grow},
	};
	aiot_out_mem(&m->key, key.text, key.len);
	return m;
}

static void add_elements(struct ctl_member *m, struct aiot_json array)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json first;

	if (!m->is_array)
		m->value.len = 0;
	m->is_array = true;
	if (!aiot_json_next(array, &it, NULL, &first))
		return;
	if (m->value.len > 0)
		aiot_out_char(&m->value, ',');
	aiot_out_mem(&m->value, array.text + 1, array.len - 2);
}

static int add_value(struct ctl_member *m, struct aiot_json value)
{
	if (aiot_json_type(value) == AIOT_JSON_ARRAY) {
		add_elements(m, value);
	} else if (!m->is_array) {
		m->value.len = 0;
		aiot_out_mem(&m->value, value.text, value.len);
	}
	return m->key.error ? m->key.error : m->value.error;
}

int ctl_document_add(struct ctl_document *document, struct aiot_json parameters)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;

	while (aiot_json_next(parameters, &it, &key, &value)) {
		struct ctl_member *m = find_member(document, key);

		if (!m)
			m = new_member(document, key);
		if (!m || add_value(m, value) < 0)
			return -AIOT_ENOMEM;
	}
	return 0;
}

/* Whatever the value is: also an array is one value here. */
static int set_value(struct ctl_document *document, struct aiot_json key, struct aiot_json value)
{
	struct ctl_member *m = find_member(document, key);

	if (!m)
		m = new_member(document, key);
	if (!m)
		return -AIOT_ENOMEM;
	m->value.len = 0;
	if (value.len > 0)
		aiot_out_mem(&m->value, value.text, value.len);
	else
		aiot_out_text(&m->value, "null");
	return m->key.error ? m->key.error : m->value.error;
}

int ctl_document_add_results(struct ctl_document *document, struct aiot_json parameters)
{
	struct aiot_json rows = aiot_json_get(parameters, "results"), row;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(rows, &it, NULL, &row)) {
		struct aiot_json error = aiot_json_get(row, "error");
		struct aiot_json value = error.len > 0 ? error : aiot_json_get(row, "result");

		if (set_value(document, aiot_json_get(row, "name"), value) < 0)
			return -AIOT_ENOMEM;
	}
	return 0;
}

int ctl_document_add_configs(struct ctl_document *document, struct aiot_json parameters)
{
	struct aiot_json rows = aiot_json_get(parameters, "configs"), row;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(rows, &it, NULL, &row)) {
		if (set_value(document, aiot_json_get(row, "name"), row) < 0)
			return -AIOT_ENOMEM;
	}
	return 0;
}

void ctl_document_write(const struct ctl_document *document, struct aiot_out *out)
{
	aiot_out_char(out, '{');
	for (size_t i = 0; i < document->count; i++) {
		const struct ctl_member *m = &document->members[i];

		if (i > 0)
			aiot_out_char(out, ',');
		aiot_out_mem(out, m->key.buf, m->key.len);
		aiot_out_text(out, m->is_array ? ":[" : ":");
		aiot_out_mem(out, m->value.buf, m->value.len);
		if (m->is_array)
			aiot_out_char(out, ']');
	}
	aiot_out_text(out, "}\n");
}

/* ---- lines ---- */

/* A line end inside a checked text is white space between its tokens: it may as well be a blank. */
static void write_flat(struct aiot_json value, struct aiot_out *out)
{
	const char *at = value.text, *end = value.text + value.len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		aiot_out_mem(out, at, (size_t)((stop ? stop : end) - at));
		if (stop)
			aiot_out_char(out, ' ');
		at = stop ? stop + 1 : end;
	}
}

void ctl_document_write_records(struct aiot_json parameters, struct aiot_out *out)
{
	struct aiot_json records = {NULL, 0};
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	uint64_t lost;

	/* The count may stand behind the records, but belongs before them. */
	while (aiot_json_next(parameters, &it, &key, &value)) {
		if (aiot_json_str_is(key, "records"))
			records = value;
		else if (aiot_json_str_is(key, "lost") && aiot_json_u64(value, &lost) == 0 &&
			 lost > 0)
			aiot_format(out, "{\"lost\":%llu}\n", (unsigned long long)lost);
	}
	it.at = NULL;
	while (aiot_json_next(records, &it, NULL, &value)) {
		write_flat(value, out);
		aiot_out_char(out, '\n');
	}
}

void ctl_document_write_error(struct aiot_json error, struct aiot_json parameters,
			      struct aiot_out *out)
{
	aiot_out_text(out, "{\"error\":");
	write_flat(error, out);
	aiot_out_text(out, ",\"parameters\":");
	write_flat(parameters, out);
	aiot_out_text(out, "}\n");
}
