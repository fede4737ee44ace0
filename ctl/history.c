/*
 * history.c - what tasks did, from a file; see history.h.
 *
 * Called by `when` once: the file is read line by line, only records that the condition may look at
 * are kept, then they are sorted and searched by halving.  Never guesses: a line that is not
 * understood is an error.
 */
#include "history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "name.h"
#include "timetext.h"

#define LINE_BYTES 1024u
#define RECORDS_MAX 100000u

static const struct {
	const char *word;
	unsigned action;
} actions[] = {
	{"run", AIOT_WHEN_RUN},		  {"success", AIOT_WHEN_SUCCESS},
	{"fail", AIOT_WHEN_FAIL},	  {"terminate", AIOT_WHEN_TERMINATE},
	{"inaction", AIOT_WHEN_INACTION}, {"crash", AIOT_WHEN_CRASH},
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* One reading of a file. */
struct reading {
	struct ctl_history *history;
	const char *path;
	size_t line;
	int64_t now_us;
	struct aiot_out *why;
};

int ctl_history_init(struct ctl_history *h, const struct aiot_when *w, const char *own,
		     struct aiot_out *why)
{
	h->count = 1 + aiot_when_task_count(w);
	h->tracks = calloc(h->count, sizeof(*h->tracks));
	if (!h->tracks) {
		aiot_out_text(why, "there is not enough memory");
		return -AIOT_ENOMEM;
	}
	h->tracks[0].task = own;
	for (size_t i = 1; i < h->count; i++)
		h->tracks[i].task = aiot_when_task_name(w, (unsigned)i - 1);
	return 0;
}

void ctl_history_finish(struct ctl_history *h)
{
	for (size_t i = 0; h->tracks && i < h->count; i++)
		free(h->tracks[i].records);
	free(h->tracks);
	*h = (struct ctl_history){NULL, 0};
}

/* ---- reading ---- */

static int refuse(struct reading *r, const char *what, const char *text, const char *hint)
{
	aiot_format(r->why, "%s:%zu: %s", r->path, r->line, what);
	if (text)
		aiot_format(r->why, ", not '%.64s'", text);
	if (hint)
		aiot_format(r->why, "; did you mean '%s'?", hint);
	return -AIOT_EINVAL;
}

static int read_action(struct reading *r, const char *word, unsigned *ret)
{
	struct aiot_near near;

	aiot_near_begin(&near, word);
	for (size_t i = 0; i < ACTIONS; i++) {
		aiot_near_offer(&near, actions[i].word);
		if (strcmp(actions[i].word, word) == 0) {
			*ret = actions[i].action;
			return 0;
		}
	}
	return refuse(r, "expected run, success, fail, terminate, inaction or crash", word,
		      near.best);
}

static int keep(struct reading *r, struct ctl_track *track, const struct ctl_record *record)
{
	if (track->count == RECORDS_MAX)
		return refuse(r, "expected at most 100000 records of a task", NULL, NULL);
	if (track->count == track->room) {
		size_t room = track->room ? track->room * 2 : 64;
		struct ctl_record *grown = realloc(track->records, room * sizeof(*grown));

		if (!grown)
			return refuse(r, "there is not enough memory for more records", NULL, NULL);
		track->records = grown;
		track->room = room;
	}
	track->records[track->count++] = *record;
	return 0;
}

static int64_t floor_us(int64_t ns)
{
	return ns / 1000 - (ns % 1000 < 0);
}

static int take_line(struct reading *r, char *line)
{
	struct ctl_record record = {.line = r->line};
	char *action = strchr(line, '\t');
	char *time = action ? strchr(action + 1, '\t') : NULL;
	int64_t ns = 0;
	int rc;

	if (!time || strchr(time + 1, '\t') || action == line)
		return refuse(r, "expected TASK, ACTION and TIME with a tab between each", line,
			      NULL);
	*action++ = '\0';
	*time++ = '\0';
	rc = read_action(r, action, &record.action);
	if (rc < 0)
		return rc;
	if (aiot_time_parse(time, strlen(time), r->now_us * 1000, &ns, NULL) < 0)
		return refuse(r, "expected a time such as 2026-11-21 00:35:10", time, NULL);
	record.at_us = floor_us(ns);
	if (record.at_us > r->now_us)
		return 0;
	for (size_t i = 0; i < r->history->count; i++) {
		struct ctl_track *track = &r->history->tracks[i];

		if (track->task && strcmp(track->task, line) == 0) {
			rc = keep(r, track, &record);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int read_lines(struct reading *r, FILE *file)
{
	char line[LINE_BYTES];

	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(line);
		int rc;

		r->line++;
		if (len == sizeof(line) - 1 && line[len - 1] != '\n')
			return refuse(r, "expected a line of at most 1022 bytes", NULL, NULL);
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (len == 0 || line[0] == '#')
			continue;
		rc = take_line(r, line);
		if (rc < 0)
			return rc;
	}
	if (!ferror(file))
		return 0;
	aiot_format(r->why, "%s can't be read: %s", r->path, strerror(errno));
	return -AIOT_EIO;
}

static int older(const void *left, const void *right)
{
	const struct ctl_record *a = left, *b = right;

	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

int ctl_history_read(struct ctl_history *h, const char *path, int64_t now_us, struct aiot_out *why)
{
	struct reading r = {.history = h, .path = path, .now_us = now_us, .why = why};
	FILE *file = fopen(path, "re");
	int rc;

	if (!file) {
		aiot_format(why, "%s can't be read: %s", path, strerror(errno));
		return -AIOT_ENOENT;
	}
	rc = read_lines(&r, file);
	(void)fclose(file);
	for (size_t i = 0; rc == 0 && i < h->count; i++) {
		if (h->tracks[i].count > 0)
			qsort(h->tracks[i].records, h->tracks[i].count, sizeof(struct ctl_record),
			      older);
	}
	return rc;
}

/* ---- facts ---- */

static const struct ctl_track *track_of(void *ctx, int slot)
{
	const struct ctl_history *h = ctx;

	return &h->tracks[slot + 1];
}

static bool last(void *ctx, int slot, unsigned wanted, int64_t from_us, int64_t to_us,
		 int64_t *ret_us)
{
	const struct ctl_track *track = track_of(ctx, slot);
	size_t low = 0, high = track->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (track->records[middle].at_us <= to_us)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0 && track->records[low].at_us >= from_us) {
		if (track->records[low].action & wanted) {
			*ret_us = track->records[low].at_us;
			return true;
		}
	}
	return false;
}

static void fails(void *ctx, int slot, struct aiot_when_fails *ret)
{
	const struct ctl_track *track = track_of(ctx, slot);
	size_t at = track->count;

	*ret = (struct aiot_when_fails){0};
	ret->last = at > 0 && track->records[at - 1].action == AIOT_WHEN_FAIL;
	while (at-- > 0) {
		if (track->records[at].action == AIOT_WHEN_FAIL)
			ret->count++;
		else if (track->records[at].action != AIOT_WHEN_RUN)
			break;
	}
}

/* Its last record is a start. */
static bool running(void *ctx, int slot, int64_t *ret_since_us)
{
	const struct ctl_track *track = track_of(ctx, slot);

	if (track->count == 0 || track->records[track->count - 1].action != AIOT_WHEN_RUN)
		return false;
	*ret_since_us = track->records[track->count - 1].at_us;
	return true;
}

static const char *param(void *ctx, const char *key)
{
	(void)ctx;
	(void)key;
	return NULL;
}

/* None can be compiled here. */
static int custom(void *ctx, unsigned cond_slot)
{
	(void)ctx;
	(void)cond_slot;
	return -AIOT_ENOSYS;
}

void ctl_history_facts(struct ctl_history *h, struct aiot_when_facts *facts)
{
	facts->ctx = h;
	facts->last = last;
	facts->fails = fails;
	facts->running = running;
	facts->param = param;
	facts->custom = custom;
}
