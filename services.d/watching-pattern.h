/*
 * watching-pattern.h - the patterns of watching.h, component by component.  Host only.
 */
#ifndef SERVICES_WATCHING_PATTERN_H
#define SERVICES_WATCHING_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th component (from 0); its length, 0 behind the last. */
size_t pattern_component(const char *pattern, unsigned n, const char **ret_from);
unsigned pattern_count(const char *pattern);
/* Whether a name matches the n-th component; behind the last, all do but hidden ones. */
bool pattern_matches(const char *pattern, unsigned n, const char *name);
/* Whether a component is **. */
bool pattern_any_depth(const char *from, size_t len);

#endif
