/*
 * watching-pattern.c - see watching-pattern.h, and watching.h for watching_add() and its list.
 * Called by watching.c, and by the services that watch.  Host only.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* asprintf */
#endif
#include "watching-pattern.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "watching.h"

size_t pattern_component(const char *pattern, unsigned n, const char **ret_from)
{
	const char *at = pattern;
	size_t len;

	for (;; n--) {
		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (n == 0 || len == 0)
			break;
		at += len;
	}
	*ret_from = at;
	return len;
}

unsigned pattern_count(const char *pattern)
{
	const char *from;
	unsigned count = 0;

	while (pattern_component(pattern, count, &from) > 0)
		count++;
	return count;
}

bool pattern_matches(const char *pattern, unsigned n, const char *name)
{
	char glob_text[NAME_MAX + 1];
	const char *from;
	size_t len = pattern_component(pattern, n, &from);

	if (name[0] == '.' && (name[1] == '\0' || strcmp(name, "..") == 0))
		return false;
	if (len == 0)
		return name[0] != '.';
	memcpy(glob_text, from, len);
	glob_text[len] = '\0';
	return fnmatch(glob_text, name, FNM_PERIOD) == 0;
}

bool pattern_any_depth(const char *from, size_t len)
{
	return len == 2 && from[0] == '*' && from[1] == '*';
}

const char *watching_add(struct watching *w, const char *pattern)
{
	size_t len = strlen(pattern), part;
	unsigned i, deep_at = UINT_MAX;
	const char *from;

	if (pattern[0] != '/')
		return "not an absolute path";
	if (len >= PATH_MAX)
		return "the path is too long";
	if (w->pattern_count == WATCHING_PATTERNS_MAX)
		return "more than 256 paths";
	for (i = 0; (part = pattern_component(pattern, i, &from)) > 0; i++) {
		if (pattern_any_depth(from, part) && from[part + strspn(from + part, "/")] != '\0')
			deep_at = i;
		else if (deep_at < i && i > deep_at + 1)
			return "** is the last component of a path, or the one before the last";
		if (part > NAME_MAX)
			return "no file has a name of more than 255 letters";
		if (from[0] == '.' && (part == 1 || (part == 2 && from[1] == '.')))
			return "'.' and '..' cannot be watched; write the path without them";
	}
	if (asprintf(&w->patterns[w->pattern_count], "%s%s", pattern,
		     pattern[len - 1] == '/' ? "*" : "") < 0)
		return "no memory";
	w->pattern_count++;
	return NULL;
}

const char *watching_add_list(struct watching *w, const char *option, const char *list, char *wrong,
			      size_t size)
{
	char path[PATH_MAX] = "";
	const char *why;
	size_t len;

	while ((len = next_item(&list, " ,", path, sizeof(path))) > 0) {
		why = len < sizeof(path) ? watching_add(w, path) : "the path is too long";
		if (why == NULL)
			continue;
		(void)snprintf(wrong, size, "%s: '%.*s': %s", option, len < 512 ? (int)len : 512,
			       list - len, why);
		return wrong;
	}
	return NULL;
}
