/*
 * crash-read.c - a crash's record as data and in words; see crash.h.
 *
 * Called by the next run, and by the handler for the line that it prints: so nothing here takes
 * memory.  What it reads was written by a process that was broken.
 */
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "timetext.h"

#define HEAD "aiotools crash 1\n"
#define BLOCKED_MIN_MS 1000 /* a signal from elsewhere is a task's fault from here on */

static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) == 0 && line[len] == '=' ? line + len + 1 : NULL;
}

/* Up to the line's end, without what could be an order to a terminal. */
static void copy(const char *value, char *to, size_t size)
{
	size_t len;

	for (len = 0; len < size - 1 && value[len] != '\n' && value[len] != '\0'; len++)
		to[len] = (unsigned char)value[len] < ' ' || value[len] == 0x7f ? '?' : value[len];
	to[len] = '\0';
}

static void read_line(const char *line, struct aiot_crash_record *r)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{"signal", r->signal, sizeof(r->signal)},
		{"task", r->task, sizeof(r->task)},
		{"module", r->module, sizeof(r->module)},
		{"doing", r->doing, sizeof(r->doing)},
		{"function", r->site.function, sizeof(r->site.function)},
		{"file", r->site.file, sizeof(r->site.file)},
		{"at", r->at, sizeof(r->at)},
	};
	const char *value;
	unsigned i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value = value_of(line, texts[i].key);
		if (value != NULL)
			copy(value, texts[i].to, texts[i].size);
	}
	if (value_of(line, "sender") != NULL)
		r->outside = true;
	if ((value = value_of(line, "line")) != NULL)
		r->site.line = (uint32_t)strtoul(value, NULL, 10);
	if ((value = value_of(line, "blocked")) != NULL && r->blocked_ms == 0)
		r->blocked_ms = strtoull(value, NULL, 10);
	if ((value = value_of(line, "began")) != NULL)
		r->began_us = strtoll(value, NULL, 10);
	if ((value = value_of(line, "end")) != NULL)
		r->end_us = strtoll(value, NULL, 10);
}

bool aiot_crash_read(const char *slot, size_t slot_size, struct aiot_crash_record *ret)
{
	const char *line = slot;

	memset(ret, 0, sizeof(*ret));
	if (memchr(slot, '\0', slot_size) == NULL || strncmp(slot, HEAD, sizeof(HEAD) - 1) != 0)
		return false;
	while ((line = strchr(line, '\n')) != NULL && line[1] != '\0')
		read_line(++line, ret);
	if (ret->signal[0] == '\0')
		return false;
	if (ret->task[0] != '\0' && !aiot_name_valid_entry(ret->task, strlen(ret->task)))
		ret->task[0] = '\0';
	if (!aiot_name_valid(ret->module, strlen(ret->module)))
		ret->module[0] = '\0';
	if (ret->outside && ret->blocked_ms < BLOCKED_MIN_MS) {
		ret->blocked_ms = 0;
		ret->task[0] = '\0'; /* it happened to run */
	}
	return true;
}

/* The file's own name: where it lay is seen elsewhere. */
static const char *short_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void aiot_crash_words(const struct aiot_crash_record *r, struct aiot_out *out)
{
	aiot_out_text(out, r->signal);
	if (r->blocked_ms > 0) {
		aiot_out_text(out, ", because the loop was blocked for ");
		aiot_out_span(out, r->blocked_ms * AIOT_NS_PER_MS);
	}
	if (r->outside)
		aiot_out_text(out, ", sent by another process");
	if (r->task[0] != '\0')
		aiot_format(out, " in %s", r->task);
	else if (r->module[0] != '\0')
		aiot_format(out, " in code of %s.so, in no step of a task", r->module);
	else
		aiot_out_text(out, " outside of any task");
	if (r->doing[0] != '\0')
		aiot_format(out, ", %s%s", r->doing, r->site.file[0] != '\0' ? "," : "");
	if (r->site.file[0] != '\0')
		aiot_format(out, " at %s:%u", r->site.file, r->site.line);
	if (r->at[0] != '\0')
		aiot_format(out, " (%s)", short_path(r->at));
}
