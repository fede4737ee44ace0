/*
 * crash-map.c - see crash-map.h.  Called by crash.c, in the handler.
 *
 * What is mapped is read from /proc/self/maps, a line "FROM-TO rwxp OFFSET DEV INODE   PATH" each.
 * A module is told by its file's name: NAME.so, and no library's.
 */
#include "crash-map.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aiotools.h"
#include "name.h"
#include "peek.h"

#define LINE_BYTES 512
#define RANGES_MAX 512u	  /* pieces of modules' code */
#define STACK_WORDS 4096u /* that are looked at */
#define STACK_PIECE 64u	  /* at a time */

struct map {
	uintptr_t from, to, offset;
	bool code;
	const char *file; /* behind its last slash */
	size_t file_len;  /* without what the kernel says behind it */
	bool copy;	  /* of a module, in memory */
};

static void find_file(const char *path, struct map *m)
{
	static const char gone[] = " (deleted)";
	size_t len;

	m->copy = strncmp(path, "/memfd:", 7) == 0;
	m->file = strrchr(path, '/') + 1;
	if (strncmp(m->file, "memfd:", 6) == 0)
		m->file += 6;
	len = strlen(m->file);
	if (len >= sizeof(gone) && strcmp(m->file + len - sizeof(gone) + 1, gone) == 0)
		len -= sizeof(gone) - 1;
	m->file_len = len;
}

/* false: it is no file's. */
static bool parse(const char *line, struct map *m)
{
	const char *path = strchr(line, '/');
	char *end;

	m->from = (uintptr_t)strtoull(line, &end, 16);
	if (*end != '-' || path == NULL)
		return false;
	m->to = (uintptr_t)strtoull(end + 1, &end, 16);
	if (strlen(end) < 6)
		return false;
	m->code = end[3] == 'x';
	m->offset = (uintptr_t)strtoull(end + 6, NULL, 16);
	find_file(path, m);
	return true;
}

/* Call fn for each file's piece of memory until it says true. */
static void each_map(bool (*fn)(const struct map *m, void *arg), void *arg)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	char line[LINE_BYTES], piece[512];
	struct map m;
	size_t len = 0;
	ssize_t n, i;

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0) {
		for (i = 0; i < n; i++) {
			if (piece[i] != '\n') {
				if (len < sizeof(line) - 1)
					line[len++] = piece[i];
				continue;
			}
			line[len] = '\0';
			len = 0;
			if (parse(line, &m) && fn(&m, arg))
				goto out;
		}
	}
out:
	if (fd >= 0)
		(void)close(fd);
}

struct place {
	uintptr_t pc;
	struct aiot_out *out;
};

static bool put_at(const struct map *m, void *arg)
{
	const struct place *p = arg;

	if (p->pc < m->from || p->pc >= m->to)
		return false;
	aiot_format(p->out, "at=/%.*s+0x%llx\n", (int)m->file_len, m->file,
		    (unsigned long long)(p->pc - m->from + m->offset));
	return true;
}

void aiot_crash_put_at(uintptr_t pc, struct aiot_out *out)
{
	struct place p = {pc, out};

	if (pc != 0)
		each_map(put_at, &p);
}

/* ---- modules ---- */

static bool is_module(const struct map *m)
{
	size_t len = m->file_len;

	return m->code && len > 3 && memcmp(m->file + len - 3, ".so", 3) == 0 &&
	       aiot_name_valid(m->file, len - 3) &&
	       (m->copy || (strncmp(m->file, "lib", 3) != 0 && strncmp(m->file, "ld-", 3) != 0));
}

struct ranges {
	unsigned count;
	struct {
		uintptr_t from, to;
	} at[RANGES_MAX];
};

static bool collect(const struct map *m, void *arg)
{
	struct ranges *r = arg;

	if (is_module(m)) {
		r->at[r->count].from = m->from;
		r->at[r->count++].to = m->to;
	}
	return r->count == RANGES_MAX;
}

static bool is_in(const struct ranges *r, uintptr_t at)
{
	unsigned i;

	for (i = 0; i < r->count; i++) {
		if (at >= r->at[i].from && at < r->at[i].to)
			return true;
	}
	return false;
}

/* The first of a module's addresses on the stack; 0: none. */
static uintptr_t find_caller(const struct ranges *r, uintptr_t sp)
{
	uintptr_t words[STACK_PIECE], at = sp & ~(uintptr_t)(sizeof(words[0]) - 1);
	unsigned n, i, piece;

	for (n = 0; n < STACK_WORDS; n += piece) {
		/* A stack may end anywhere in a piece: its last words come one by one. */
		piece = STACK_PIECE;
		if (aiot_peek((const void *)at, words, sizeof(words)) < 0) {
			piece = 1;
			if (aiot_peek((const void *)at, words, sizeof(words[0])) < 0)
				return 0;
		}
		for (i = 0; i < piece; i++) {
			if (is_in(r, words[i]))
				return words[i];
		}
		at += piece * sizeof(words[0]);
	}
	return 0;
}

static bool put_module(const struct map *m, void *arg)
{
	const struct place *p = arg;

	if (p->pc < m->from || p->pc >= m->to)
		return false;
	aiot_format(p->out, "module=%.*s\n", (int)m->file_len - 3, m->file);
	return true;
}

bool aiot_crash_put_module(uintptr_t pc, uintptr_t sp, struct aiot_out *out)
{
	struct ranges ranges = {.count = 0};
	struct place p = {pc, out};

	each_map(collect, &ranges);
	if (ranges.count == 0)
		return false;
	if (!is_in(&ranges, pc))
		p.pc = sp != 0 ? find_caller(&ranges, sp) : 0;
	if (p.pc == 0)
		return false;
	each_map(put_module, &p);
	return true;
}
