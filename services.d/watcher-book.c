/*
 * watcher-book.c - see watcher-book.h.  Called by watcher.c for each page of a pass, and then by
 * what it does with the pass.  A task is known by its name; id and number of the run say whether
 * its failure is an old one.  Of tasks that are gone the rows are kept until room is needed.  Host
 * only.
 */
#include "watcher-book.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define BETWEEN " ,\t\n"
#define ITEM_BYTES (BOOK_NAME_BYTES + 16)
#define SUFFIX ".service"

void book_free(struct book *book)
{
	free(book->rows);
	*book = (struct book){0};
}

/* Forget the tasks that the last pass did not meet with a failure: some are gone for ever. */
static void make_room(struct book *book)
{
	uint32_t i, kept = 0;

	for (i = 0; i < book->count; i++) {
		if (book->rows[i].there)
			book->rows[kept++] = book->rows[i];
	}
	book->count = kept;
}

void book_begin(struct book *book)
{
	uint32_t i;

	book->lost = 0;
	if (book->count >= BOOK_ROWS_MAX)
		make_room(book);
	for (i = 0; i < book->count; i++)
		book->rows[i].fresh = book->rows[i].due = book->rows[i].there = false;
}

/* Where the name is, or belongs. */
static uint32_t find_row(const struct book *book, const char *name, bool *ret_found)
{
	uint32_t low = 0, high = book->count, middle;
	int order;

	*ret_found = false;
	while (low < high && !*ret_found) {
		middle = low + (high - low) / 2;
		order = strcmp(book->rows[middle].name, name);
		*ret_found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return *ret_found ? high : low;
}

static int grow_rows(struct book *book)
{
	uint32_t size = book->size ? book->size * 2 : 16;
	struct book_row *rows;

	if (book->count < book->size)
		return 0;
	if (book->size >= BOOK_ROWS_MAX)
		return -AIOT_ENOSPC;
	rows = realloc(book->rows, size * sizeof(*rows));
	if (rows == NULL)
		return -AIOT_ENOMEM;
	book->rows = rows;
	book->size = size;
	return 0;
}

/* The task's row, a new one if need be.  NULL: no room. */
static struct book_row *take_row(struct book *book, const char *name)
{
	bool found;
	uint32_t at = find_row(book, name, &found);
	struct book_row *row;

	if (found)
		return &book->rows[at];
	if (grow_rows(book) < 0)
		return NULL;
	at = find_row(book, name, &found);
	row = &book->rows[at];
	memmove(row + 1, row, (book->count - at) * sizeof(*row));
	book->count++;
	memset(row, 0, sizeof(*row));
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	row->run = UINT64_MAX;
	return row;
}

static void count_kind(struct book_row *row, const char *name)
{
	uint32_t i = 0;

	while (i < BOOK_KINDS && row->kinds[i].name[0] != '\0' &&
	       strcmp(row->kinds[i].name, name) != 0)
		i++;
	if (row->kinds[i].name[0] == '\0')
		(void)snprintf(row->kinds[i].name, sizeof(row->kinds[i].name), "%s",
			       i < BOOK_KINDS ? name : "other");
	row->kinds[i].count++;
}

/* A message that is longer than there is room for is said by its kind alone. */
static void count_failure(struct book *book, struct book_row *row, struct aiot_json error)
{
	char kind[sizeof(row->kinds[0].name)] = "error";

	(void)aiot_json_str(aiot_json_get(error, "error"), kind, sizeof(kind));
	if (aiot_json_str(aiot_json_get(error, "message"), row->last, sizeof(row->last)) < 0)
		(void)snprintf(row->last, sizeof(row->last), "%s", kind);
	count_kind(row, kind);
	row->errors++;
	row->fresh = true;
	book->errors++;
	book->changes++;
}

struct book_row *book_note(struct book *book, struct aiot_json task, int64_t wall_s)
{
	static const char *const keys[] = {"name", "id", "runs", "error", "away"};
	char name[BOOK_NAME_BYTES];
	struct aiot_json member[5];
	uint64_t id = 0, run = 0;
	struct book_row *row;

	aiot_json_members(task, keys, 5, member);
	if (aiot_json_type(member[3]) != AIOT_JSON_OBJECT ||
	    aiot_json_type(member[4]) == AIOT_JSON_OBJECT ||
	    aiot_json_str(member[0], name, sizeof(name)) < 0)
		return NULL;
	(void)aiot_json_u64(member[1], &id);
	(void)aiot_json_u64(member[2], &run);
	row = take_row(book, name);
	if (row == NULL) {
		book->lost++;
		return NULL;
	}
	row->there = true;
	if (row->id == id && row->run == run)
		return row;
	row->id = id;
	row->run = run;
	row->at_s = wall_s;
	count_failure(book, row, member[3]);
	return row;
}

void book_clear(struct book *book)
{
	struct book_row *row;

	for (row = book->rows; row < book->rows + book->count; row++) {
		row->errors = row->restarts = 0;
		row->last[0] = '\0';
		memset(row->kinds, 0, sizeof(row->kinds));
	}
	book->errors = 0;
	book->changes++;
}

static void put_row(const struct book_row *row, struct grow *out)
{
	uint32_t i;

	grow_add(out, "{\"name\":");
	grow_add_json(out, row->name);
	grow_add(out, ",\"errors\":%u,\"restarts\":%u,\"at\":%lld,\"kinds\":{", row->errors,
		 row->restarts, (long long)row->at_s);
	for (i = 0; i <= BOOK_KINDS && row->kinds[i].name[0] != '\0'; i++) {
		grow_add(out, i > 0 ? "," : "");
		grow_add_json(out, row->kinds[i].name);
		grow_add(out, ":%u", row->kinds[i].count);
	}
	grow_add(out, "},\"last\":");
	grow_add_json(out, row->last);
	grow_add(out, "}");
}

void book_put_json(const struct book *book, struct grow *out)
{
	const struct book_row *row;
	bool first = true;

	grow_add(out, "{\"errors\":%u,\"tasks\":[", book->errors);
	for (row = book->rows; row < book->rows + book->count; row++) {
		if (row->errors == 0)
			continue;
		grow_add(out, first ? "\n" : ",\n");
		put_row(row, out);
		first = false;
	}
	grow_add(out, "]}\n");
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* As commands have it: a service's main task is also called without ".service". */
static bool is_task(const char *pattern, const char *name)
{
	size_t len = strlen(name), cut = sizeof(SUFFIX) - 1;
	char stem[BOOK_NAME_BYTES];

	if (fnmatch(pattern, name, 0) == 0)
		return true;
	if (len <= cut || len >= sizeof(stem) || strcmp(name + len - cut, SUFFIX) != 0)
		return false;
	memcpy(stem, name, len - cut);
	stem[len - cut] = '\0';
	return fnmatch(pattern, stem, 0) == 0;
}

bool book_listed(const char *list, const char *name)
{
	char item[ITEM_BYTES];
	size_t len;

	while ((len = next_item(&list, BETWEEN, item, sizeof(item))) > 0) {
		if (len < sizeof(item) && is_task(item, name))
			return true;
	}
	return false;
}

/* "net*:3" into its parts: the pattern is what is left in item.  False: it is none. */
static bool split_limit(char *item, uint32_t *ret)
{
	char *colon = strrchr(item, ':'), *end;
	unsigned long number;

	if (colon == NULL || colon == item || colon[1] < '0' || colon[1] > '9')
		return false;
	number = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || number > 1000000)
		return false;
	*colon = '\0';
	*ret = (uint32_t)number;
	return true;
}

const char *book_limits_wrong(const char *limits, char *wrong, size_t size)
{
	char item[ITEM_BYTES];
	uint32_t limit;
	size_t len;

	while ((len = next_item(&limits, BETWEEN, item, sizeof(item))) > 0) {
		if (len < sizeof(item) && split_limit(item, &limit))
			continue;
		(void)snprintf(wrong, size,
			       "limits: '%.*s' is not a task and how many errors it may have, as "
			       "hello.service:5",
			       (int)(len < 64 ? len : 64), limits - len);
		return wrong;
	}
	return NULL;
}

const struct book_row *book_over(const struct book *book, const char *limits, uint32_t *ret_limit)
{
	const struct book_row *row;
	char item[ITEM_BYTES];
	uint32_t limit;
	size_t len;

	while ((len = next_item(&limits, BETWEEN, item, sizeof(item))) > 0) {
		if (len >= sizeof(item) || !split_limit(item, &limit))
			continue;
		for (row = book->rows; row < book->rows + book->count; row++) {
			if (row->fresh && row->errors > limit && is_task(item, row->name)) {
				*ret_limit = limit;
				return row;
			}
		}
	}
	return NULL;
}
