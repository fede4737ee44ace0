/*
 * environment.c - a .env file: lines KEY=VALUE that become this program's environment.
 *
 * Called by programs (aiotools-host.h) and by host.c for EnvironmentFile=, at the start alone: the
 * environment belongs to all threads of the program, and cannot be changed beside them.  Nothing of
 * the file is ever run or expanded; what is wrong is told line by line, and then nothing is set.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "ini-private.h"
#include "mem.h"
#include "out.h"
#include "trust.h"

struct variable {
	char *name, *value;
	char *before; /* what it was; NULL: not set */
	bool set;     /* by us */
};

struct aiot_environment {
	struct variable *variables;
	size_t count, room;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct variable *add(struct aiot_environment *e)
{
	if (e->count == e->room) {
		size_t room = e->room * 2 + 16;
		struct variable *v = aiot_mem_realloc(e->variables, room * sizeof(*v));

		if (v == NULL)
			return NULL;
		e->variables = v;
		e->room = room;
	}
	e->variables[e->count] = (struct variable){NULL};
	return &e->variables[e->count++];
}

/* ---- a line ---- */

/* What stands in double quotes behind a backslash; any other is itself. */
static char escaped(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c;
}

/*
 * The value in quotes that begins at text, in place.  Returns what is behind it; NULL: it does not
 * end.
 */
static char *unquote(char *text, char **ret)
{
	char quote = *text++, *to = text;

	*ret = to;
	for (; *text && *text != quote; text++) {
		if (quote == '"' && *text == '\\' && text[1])
			*to++ = escaped(*++text);
		else
			*to++ = *text;
	}
	if (!*text)
		return NULL;
	*to = '\0'; /* never behind the quote */
	return text + 1;
}

/* The value of a line, in place; NULL, or what is wrong with it. */
static const char *read_value(char *text, char **ret)
{
	size_t len = strlen(text);
	char *end;

	while (len > 0 && is_blank(text[len - 1]))
		text[--len] = '\0';
	*ret = text;
	if (*text != '"' && *text != '\'')
		return NULL;
	end = unquote(text, ret);
	if (end == NULL)
		return "a quote that does not end on its line";
	return *end ? "text behind the closing quote" : NULL;
}

static char *skip_blanks(char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* One line, which is changed.  0; -AIOT_EINVAL: it was complained of; -AIOT_ENOMEM. */
static int read_line(struct aiot_environment *e, const char *label, unsigned line, char *text,
		     struct aiot_ini_errors *errors)
{
	char *key = skip_blanks(text), *equals, *end, *value;
	const char *wrong;
	struct variable *v;

	if (*key == '\0' || *key == '#')
		return 0;
	if (strncmp(key, "export", 6) == 0 && is_blank(key[6]))
		key = skip_blanks(key + 6);
	equals = strchr(key, '=');
	if (equals == NULL)
		return aiot_ini_complain(errors, label, line, "'%.60s' is not KEY=VALUE", key);
	for (end = equals; end > key && is_blank(end[-1]); end--) {
		/* blanks before = */
	}
	*end = '\0';
	if (!aiot_ini_is_variable(key))
		return aiot_ini_complain(errors, label, line,
					 "'%.60s' cannot be a variable's name: letters, digits and "
					 "_ make one, and no digit begins it",
					 key);
	wrong = read_value(skip_blanks(equals + 1), &value);
	if (wrong != NULL)
		return aiot_ini_complain(errors, label, line, "%.60s: %s", key, wrong);
	v = add(e);
	if (v != NULL) {
		v->name = aiot_mem_strdup(key);
		v->value = aiot_mem_strdup(value);
	}
	return v == NULL || v->name == NULL || v->value == NULL ? -AIOT_ENOMEM : 0;
}

static int read_text(struct aiot_environment *e, const char *label, char *text, size_t len,
		     struct aiot_ini_errors *errors)
{
	unsigned line = 1;
	int r = 0;

	for (; r == 0 && len > 0; line++) {
		char *end = memchr(text, '\n', len);
		size_t of_line = end ? (size_t)(end - text) : len;
		size_t used = of_line + (end != NULL);

		if (of_line > 0 && text[of_line - 1] == '\r')
			of_line--;
		text[of_line] = '\0';
		if (ini_bad_byte(text, of_line) < of_line)
			r = aiot_ini_complain(errors, label, line,
					      "a control character, or what is not UTF-8");
		else
			r = read_line(e, label, line, text, errors);
		text += used;
		len -= used;
	}
	return r;
}

/* ---- the file ---- */

static int read_all(int fd, char *text, size_t size, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && len < size) {
		n = read(fd, text + len, size - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

static int read_file(struct aiot_environment *e, const char *path, struct aiot_ini_errors *errors,
		     struct aiot_out *why)
{
	char trust[512], *text = aiot_mem_alloc(AIOT_INI_FILE_MAX + 2);
	size_t len = 0;
	int fd, r;

	if (text == NULL)
		return -AIOT_ENOMEM;
	r = aiot_trust_open(path, &fd, trust, sizeof(trust));
	if (r < 0) {
		aiot_out_text(why, trust);
		aiot_mem_free(text);
		return r;
	}
	r = read_all(fd, text, AIOT_INI_FILE_MAX + 1, &len);
	(void)close(fd);
	if (r < 0)
		aiot_format(why, "%s: it cannot be read: %s", path, strerror(-r));
	else if (len > AIOT_INI_FILE_MAX)
		r = aiot_ini_complain(errors, path, 0, "it has more than %d bytes",
				      AIOT_INI_FILE_MAX);
	else
		r = read_text(e, path, text, len, errors);
	aiot_mem_free(text);
	return r;
}

/* In the order of the file, so that of two the last one counts. */
static int apply(struct aiot_environment *e)
{
	size_t i;

	for (i = 0; i < e->count; i++) {
		struct variable *v = &e->variables[i];
		const char *before = getenv(v->name);

		v->before = before ? aiot_mem_strdup(before) : NULL;
		if ((before != NULL && v->before == NULL) || setenv(v->name, v->value, 1) < 0)
			return -AIOT_ENOMEM;
		v->set = true;
	}
	return 0;
}

void aiot_environment_undo(struct aiot_environment *e)
{
	size_t i = e ? e->count : 0;

	while (i-- > 0) {
		struct variable *v = &e->variables[i];

		if (v->set && v->before != NULL)
			(void)setenv(v->name, v->before, 1);
		else if (v->set)
			(void)unsetenv(v->name);
		aiot_mem_free(v->name);
		aiot_mem_free(v->value);
		aiot_mem_free(v->before);
	}
	if (e != NULL)
		aiot_mem_free(e->variables);
	aiot_mem_free(e);
}

int aiot_environment_read(const char *path, struct aiot_environment **ret, char *why,
			  size_t why_size)
{
	struct aiot_environment *e = aiot_mem_zalloc(sizeof(*e));
	struct aiot_ini_errors errors = {{NULL}};
	struct aiot_out out;
	size_t i;
	int r = e ? 0 : -AIOT_ENOMEM;

	aiot_out_init(&out, why, why_size);
	if (r == 0)
		r = read_file(e, path, &errors, &out);
	if (r == 0 && errors.count + errors.lost > 0)
		r = -AIOT_EINVAL;
	if (r == 0)
		r = apply(e);
	for (i = 0; r < 0 && i < errors.count; i++)
		aiot_format(&out, "%s%s", out.len ? "\n" : "", errors.text[i]);
	if (r < 0 && out.len == 0)
		aiot_format(&out, "%s: no memory", path);
	(void)aiot_out_str(&out);
	aiot_ini_errors_finish(&errors);
	if (r < 0)
		aiot_environment_undo(e);
	else
		*ret = e;
	return r;
}
