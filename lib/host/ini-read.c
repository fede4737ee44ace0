/*
 * Reading an INI file: inih splits lines into keys and values, this file gives it the lines and
 * decides what it may see.
 *
 * Called by whoever loads services and the daemon's own file.  inih alone would cut lines over its
 * buffer silently, number none of them and report only the first bad one.  So its line source is
 * next_line(): it counts, checks and sorts each line, and hands on an empty one in place of what is
 * refused or needs no splitting.  inih then calls take_pair() for that very line, or not at all,
 * which settle() sees before the next line.
 *
 *	next_line -> (inih) -> take_pair -> next_line -> settle -> ...
 *
 * Never stops at an error but those of memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "aiotools.h"
#include "ini-private.h"
#include "mem.h"

#if INI_HANDLER_LINENO
#error "inih is built with INI_HANDLER_LINENO: its handlers have another type"
#endif

#define BLANKS " \t"

enum line_kind {
	LINE_NOTHING,  /* blank, a comment, a section, or refused: inih sees an empty line */
	LINE_PAIR,     /* key = value */
	LINE_CONTINUES /* goes on with the last entry's value */
};

struct reader {
	struct aiot_ini *doc;
	const char *text;
	size_t len, at;
	unsigned line;
	int code; /* what ends the reading: -AIOT_ENOMEM */

	const char
		*section;   /* NULL before the first; "": of a wrong header, its keys are dropped */
	bool open;	    /* the last entry may be continued */
	bool in_code;	    /* and is code: its lines stay lines */
	bool lost;	    /* what indented lines would continue was refused: they go with it */
	bool full;	    /* a limit was met and said: entries are dropped from here on */
	unsigned code_line; /* the last line of code that is in the value */

	enum line_kind kind; /* of the line inih has */
	bool taken;	     /* take_pair() was called for it */
	char raw[AIOT_INI_LINE_MAX + 1];
};

/* Stop on -AIOT_ENOMEM; everything else has been said or is fine. */
static void note(struct reader *r, int rc)
{
	if (rc < 0 && r->code == 0)
		r->code = rc;
}

#define COMPLAIN(r, ...)                                                                           \
	note((r), aiot_ini_complain(&(r)->doc->errors, (r)->doc->label, (r)->line, __VA_ARGS__))

/* Nothing that is behind a limit is kept; said once. */
static void note_limit(struct reader *r, int rc, const char *what, unsigned long limit)
{
	if (rc != -AIOT_EOVERFLOW) {
		note(r, rc);
		return;
	}
	if (!r->full)
		COMPLAIN(r, "over %lu %s", limit, what);
	r->full = true;
	r->open = false;
	r->lost = true;
}

/* ---- values ---- */

/* Append a piece of value, ${NAME} filled in, behind `count` times the character `between`. */
static void append(struct reader *r, const char *piece, char between, unsigned count)
{
	struct ini_text text = {.len = 0};
	int rc = 0;

	while (rc == 0 && count-- > 0)
		rc = ini_text_add(&text, &between, 1);
	if (rc == 0)
		rc = ini_expand(r->doc, r->line, piece, &text);
	if (rc == 0)
		rc = ini_add_value(r->doc, text.buf, text.len);
	aiot_mem_free(text.buf);
	note_limit(r, rc, "bytes of values", AIOT_INI_TOTAL_MAX);
}

/* The line's value as it stands: behind the first `=` or `:`. */
static const char *raw_value(const struct reader *r)
{
	const char *value = r->raw + strcspn(r->raw, "=:");

	return *value ? value + 1 + strspn(value + 1, BLANKS) : value;
}

static void add_pair(struct reader *r, const char *key, const char *value)
{
	const struct aiot_ini_entry *twin = aiot_ini_find(r->doc, r->section, key);
	int rc;

	if (twin) {
		COMPLAIN(r, "key '%s' in [%s] is already set in line %u", key, r->section,
			 twin->line);
		return;
	}
	rc = ini_add_entry(r->doc, r->section, key, r->line);
	note_limit(r, rc, "keys", AIOT_INI_ENTRIES_MAX);
	if (rc < 0)
		return;
	r->open = true;
	r->lost = false;
	r->in_code = aiot_ini_key_eq(key, "Code");
	r->code_line = r->line;
	append(r, r->in_code ? raw_value(r) : value, ' ', 0);
}

/* inih's handler.  Its idea of the section is cut to its buffer; ours is not. */
static int take_pair(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;

	(void)section;
	if (!key || r->kind == LINE_NOTHING || r->code < 0)
		return 1;
	r->taken = true;
	if (r->kind == LINE_CONTINUES) {
		append(r, value, ' ', r->doc->entries[r->doc->entry_count - 1].value_len > 0);
		return 1;
	}
	r->open = false;
	r->lost = true;
	if (!*key)
		COMPLAIN(r, "no key before '='");
	else if (!r->section)
		COMPLAIN(r, "key '%s' stands before any [Section]", key);
	else if (*r->section && !r->full)
		add_pair(r, key, value);
	return 1;
}

/* inih took a line for nothing that it knows. */
static void settle(struct reader *r)
{
	if (r->kind != LINE_NOTHING && !r->taken) {
		COMPLAIN(r, "'%s' is neither 'Key = value' nor '[Section]'", r->raw);
		r->open = false;
		r->lost = true;
	}
	r->kind = LINE_NOTHING;
	r->taken = false;
}

/* ---- lines ---- */

static bool line_is_sound(struct reader *r, const char *line, size_t len)
{
	size_t bad = ini_bad_byte(line, len);
	unsigned char c = bad < len ? (unsigned char)line[bad] : 0;

	if (len > AIOT_INI_LINE_MAX)
		COMPLAIN(r,
			 "line of %zu bytes, over %d; an indented line goes on with the one before",
			 len, AIOT_INI_LINE_MAX);
	else if (bad < len && c == 0)
		COMPLAIN(r, "NUL byte in column %zu", bad + 1);
	else if (bad < len && (c < 0x20 || c == 0x7f))
		COMPLAIN(r, "control character 0x%02x in column %zu", c, bad + 1);
	else if (bad < len)
		COMPLAIN(r, "not UTF-8 in column %zu", bad + 1);
	else
		return true;
	return false;
}

/* Where a comment behind something begins: at the blank before a `;`. */
static size_t without_comment(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 1; i < len; i++) {
		if (text[i] == ';' && strchr(BLANKS, text[i - 1])) {
			len = i;
			break;
		}
	}
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	return len;
}

static void add_section(struct reader *r, const char *name, size_t len)
{
	int rc = 0;

	while (len > 0 && strchr(BLANKS, name[len - 1]))
		len--;
	while (len > 0 && strchr(BLANKS, *name)) {
		name++;
		len--;
	}
	if (len == 0) {
		COMPLAIN(r, "section without a name");
		return;
	}
	if (len > AIOT_INI_SECTION_MAX) {
		COMPLAIN(r, "section name of %zu bytes, over %d", len, AIOT_INI_SECTION_MAX);
		return;
	}
	name = ini_add_section(r->doc, name, len, r->line, &rc);
	if (name) {
		r->section = name;
		r->lost = false;
	}
	note_limit(r, rc, "sections", AIOT_INI_SECTIONS_MAX);
}

/* "[Name]", perhaps with a comment. */
static void read_section(struct reader *r)
{
	size_t len = without_comment(r->raw);
	const char *end = memchr(r->raw, ']', len);

	r->open = false;
	r->lost = true;
	r->section = ""; /* until the header turns out right */
	if (!end)
		COMPLAIN(r, "section header without ']'");
	else if (end + 1 < r->raw + len)
		COMPLAIN(r, "text behind the section header '%.*s'", (int)(end + 1 - r->raw),
			 r->raw);
	else
		add_section(r, r->raw + 1, (size_t)(end - r->raw - 1));
}

/* An indented line behind a key. */
static enum line_kind read_continuation(struct reader *r, const char *rest)
{
	if (r->in_code) {
		append(r, rest, '\n', r->line - r->code_line);
		r->code_line = r->line;
		return LINE_NOTHING;
	}
	if (*rest == '#' || *rest == ';')
		return LINE_NOTHING;
	/* Not all versions of inih do this on such lines. */
	r->raw[(size_t)(rest - r->raw) + without_comment(rest)] = '\0';
	return LINE_CONTINUES;
}

/* Sort the line in raw; what is left in raw is for inih. */
static enum line_kind read_line(struct reader *r)
{
	const char *rest = r->raw + strspn(r->raw, BLANKS);
	bool indented = rest > r->raw;

	if (!*rest)
		return LINE_NOTHING;
	if (indented && r->lost)
		return LINE_NOTHING;
	if (indented && r->open)
		return read_continuation(r, rest);
	if (*rest == '#' || *rest == ';')
		return LINE_NOTHING;
	/* inih may still think of an entry that is closed: it must not see the indentation. */
	memmove(r->raw, rest, strlen(rest) + 1);
	if (*r->raw != '[')
		return LINE_PAIR;
	read_section(r);
	return LINE_NOTHING;
}

/* Copy the next line to raw, trimmed at its end; false when it is refused. */
static bool fetch_line(struct reader *r)
{
	const char *line = r->text + r->at;
	const char *end = memchr(line, '\n', r->len - r->at);
	size_t len = end ? (size_t)(end - line) : r->len - r->at;

	r->line++;
	r->at += len + (end != NULL);
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (!line_is_sound(r, line, len)) {
		if (len > 0 && !strchr(BLANKS, *line)) {
			r->open = false;
			r->lost = true;
		}
		return false;
	}
	while (len > 0 && strchr(BLANKS, line[len - 1]))
		len--;
	memcpy(r->raw, line, len);
	r->raw[len] = '\0';
	return true;
}

/* inih's line source. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reader *r = stream;
	size_t len;

	settle(r);
	if (r->code < 0 || r->at == r->len)
		return NULL;
	if (fetch_line(r))
		r->kind = read_line(r);
	len = r->kind == LINE_NOTHING ? 0 : strlen(r->raw);
	if (len >= (size_t)size) {
		COMPLAIN(r, "line of %zu bytes, over the %d of this inih", len, size - 1);
		r->kind = LINE_NOTHING;
		len = 0;
	}
	memcpy(buf, r->raw, len);
	buf[len] = '\0';
	return buf;
}

/* ---- whole files ---- */

static int begin(const char *label, struct aiot_ini *doc)
{
	size_t len = strlen(label) + 1;

	memset(doc, 0, sizeof(*doc));
	doc->label = aiot_mem_alloc(len);
	if (!doc->label)
		return -AIOT_ENOMEM;
	memcpy(doc->label, label, len);
	return 0;
}

static int parse(const char *text, size_t len, struct aiot_ini *doc)
{
	struct reader r = {.doc = doc, .text = text, .len = len};

	if (len > AIOT_INI_FILE_MAX) {
		note(&r, aiot_ini_complain(&doc->errors, doc->label, 0, "over %d KiB",
					   AIOT_INI_FILE_MAX / 1024));
		return r.code < 0 ? r.code : -AIOT_EINVAL;
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.at = 3;
	if (ini_parse_stream(next_line, &r, take_pair, &r) == -2) /* inih's "no memory" */
		note(&r, -AIOT_ENOMEM);
	settle(&r);
	if (r.code < 0)
		return r.code;
	return doc->errors.count > 0 ? -AIOT_EINVAL : 0;
}

int aiot_ini_parse_for(const char *label, const char *text, size_t len, const char *instance,
		       struct aiot_ini *doc)
{
	int rc = begin(label, doc);

	doc->instance = instance;
	if (rc == 0)
		rc = parse(text, len, doc);
	doc->instance = NULL;
	return rc;
}

int aiot_ini_parse(const char *label, const char *text, size_t len, struct aiot_ini *doc)
{
	return aiot_ini_parse_for(label, text, len, NULL, doc);
}

static int fail_errno(struct aiot_ini *doc, const char *what)
{
	int error = errno;
	int rc = aiot_ini_complain(&doc->errors, doc->label, 0, "%s: %s", what, strerror(error));

	return rc < 0 ? rc : -error;
}

/* Up to one byte more than a file may have, so that parse() sees when it is too long. */
static int read_all(int fd, char *text, struct aiot_ini *doc, size_t *ret_len)
{
	size_t len = 0;

	while (len <= AIOT_INI_FILE_MAX) {
		ssize_t got = read(fd, text + len, AIOT_INI_FILE_MAX + 1 - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(doc, "cannot be read");
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*ret_len = len;
	return 0;
}

static int read_fd(int fd, struct aiot_ini *doc)
{
	char *text = aiot_mem_alloc(AIOT_INI_FILE_MAX + 1);
	size_t len = 0;
	int rc;

	if (!text)
		return -AIOT_ENOMEM;
	rc = read_all(fd, text, doc, &len);
	if (rc == 0)
		rc = parse(text, len, doc);
	aiot_mem_free(text);
	return rc;
}

int aiot_ini_read_fd_for(const char *label, int fd, const char *instance, struct aiot_ini *doc)
{
	int rc = begin(label, doc);

	doc->instance = instance;
	if (rc == 0)
		rc = read_fd(fd, doc);
	doc->instance = NULL;
	return rc;
}

int aiot_ini_read_fd(const char *label, int fd, struct aiot_ini *doc)
{
	return aiot_ini_read_fd_for(label, fd, NULL, doc);
}

int aiot_ini_read(const char *path, struct aiot_ini *doc)
{
	int rc = begin(path, doc);
	int fd;

	if (rc < 0)
		return rc;
	/* Non-blocking: a FIFO of that name must not stop the caller. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail_errno(doc, "cannot be opened");
	rc = read_fd(fd, doc);
	(void)close(fd);
	return rc;
}
