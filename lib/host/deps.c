/*
 * deps.c - see deps.h.
 *
 * Called when units come and go, when their files were read, and before they are loaded.  Looks at
 * what files say and never at what runs.
 */
#include "deps.h"

#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "mem.h"
#include "units.h"

static const struct {
	const char *key, *word;
} kinds[] = {
	[AIOT_DEP_REQUIRES] = {"Requires", "requires"},
	[AIOT_DEP_WANTS] = {"Wants", "wants"},
	[AIOT_DEP_AFTER] = {"After", "comes after"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *aiot_dep_word(enum aiot_dep_kind kind)
{
	static const char *const words[] = {"requires", "wants", "after"};

	return words[kind];
}

/* ---- targets ---- */

static struct aiot_dep_target *find_target(struct aiot_host *host, const char *name)
{
	return (struct aiot_dep_target *)(void *)aiot_trie_find(&host->targets, name);
}

static struct aiot_dep_target *need_target(struct aiot_host *host, const char *name)
{
	struct aiot_dep_target *target = find_target(host, name);
	struct aiot_trie_node *unit;

	if (target != NULL)
		return target;
	target = aiot_mem_zalloc(sizeof(*target));
	if (target == NULL)
		return NULL;
	memcpy(target->name, name, strlen(name) + 1);
	target->node.key_off = offsetof(struct aiot_dep_target, name);
	aiot_list_init(&target->from);
	(void)aiot_trie_insert(&host->targets, &target->node);
	unit = aiot_trie_find(&host->units, name);
	if (unit != NULL) {
		target->unit = aiot_unit_of(unit);
		target->unit->deps.self = target;
	}
	return target;
}

static void unneed_target(struct aiot_host *host, struct aiot_dep_target *target)
{
	if (--target->count > 0)
		return;
	if (target->unit != NULL)
		target->unit->deps.self = NULL;
	aiot_trie_remove(&host->targets, &target->node);
	aiot_mem_free(target);
}

void aiot_deps_come(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_dep_target *target = find_target(host, unit->name);

	if (target == NULL)
		return;
	target->unit = unit;
	unit->deps.self = target;
	host->deps_changes++;
}

/* ---- the words of a file ---- */

static const char *words_of(const struct aiot_unit_conf *conf, unsigned kind)
{
	const char *words = kind == AIOT_DEP_REQUIRES ? conf->requires
			    : kind == AIOT_DEP_WANTS  ? conf->wants
						      : conf->after;

	return words ? words : "";
}

/* A walk over all words of all keys. */
struct words {
	const struct aiot_unit_conf *conf;
	const char *at;
	unsigned kind;
};

/* The next one, without ".service". */
static bool next_word(struct words *w, unsigned *ret_kind, char name[AIOT_NAME_MAX + 1])
{
	const char *word;
	size_t len;

	for (; w->kind < KINDS; w->kind++, w->at = NULL) {
		if (w->at == NULL)
			w->at = words_of(w->conf, w->kind);
		if (!aiot_words_next(&w->at, &word, &len))
			continue;
		len = aiot_unit_word_len(word, len);
		memcpy(name, word, len); /* checked when the file was read */
		name[len] = '\0';
		*ret_kind = w->kind;
		return true;
	}
	return false;
}

static uint32_t count_words(const struct aiot_unit_conf *conf)
{
	struct words w = {.conf = conf};
	char name[AIOT_NAME_MAX + 1];
	unsigned kind;
	uint32_t n = 0;

	while (next_word(&w, &kind, name))
		n++;
	return n;
}

/* Whether they are those that it has. */
static bool has_these(const struct aiot_unit *unit, const struct aiot_unit_conf *conf)
{
	struct words w = {.conf = conf};
	char name[AIOT_NAME_MAX + 1];
	unsigned kind;
	uint32_t i;

	for (i = 0; next_word(&w, &kind, name); i++) {
		if (i == unit->deps.count || unit->deps.to[i].kind != kind ||
		    strcmp(unit->deps.to[i].target->name, name) != 0)
			return false;
	}
	return i == unit->deps.count;
}

static void drop(struct aiot_host *host, struct aiot_unit *unit)
{
	uint32_t i;

	for (i = 0; i < unit->deps.count; i++) {
		aiot_list_remove(&unit->deps.to[i].link);
		unneed_target(host, unit->deps.to[i].target);
	}
	aiot_mem_free(unit->deps.to);
	unit->deps.to = NULL;
	unit->deps.count = 0;
	host->deps_changes++;
}

static int take(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_unit_conf *conf)
{
	struct words w = {.conf = conf};
	struct aiot_unit_deps *deps = &unit->deps;
	char name[AIOT_NAME_MAX + 1];
	unsigned kind;

	deps->to = aiot_mem_zalloc(count_words(conf) * sizeof(*deps->to));
	if (deps->to == NULL)
		return -AIOT_ENOMEM;
	while (next_word(&w, &kind, name)) {
		struct aiot_dep *dep = &deps->to[deps->count];

		dep->unit = unit;
		dep->kind = (uint8_t)kind;
		dep->target = need_target(host, name);
		if (dep->target == NULL)
			return -AIOT_ENOMEM;
		dep->target->count++;
		dep->target->sorted = false;
		aiot_list_append(&dep->target->from, &dep->link);
		deps->count++;
	}
	return 0;
}

int aiot_deps_read(struct aiot_host *host, struct aiot_unit *unit)
{
	return unit->load == AIOT_UNIT_LOADED ? 0 : aiot_deps_apply(host, unit);
}

int aiot_deps_apply(struct aiot_host *host, struct aiot_unit *unit)
{
	static const struct aiot_unit_conf none;
	const struct aiot_unit_conf *conf = unit->bad_file ? &none : &unit->conf;
	int r;

	if (has_these(unit, conf))
		return 0;
	drop(host, unit);
	r = count_words(conf) ? take(host, unit, conf) : 0;
	if (r < 0)
		drop(host, unit);
	return r;
}

bool aiot_deps_differ(const struct aiot_unit *unit)
{
	return !has_these(unit, &unit->conf);
}

void aiot_deps_go(struct aiot_host *host, struct aiot_unit *unit)
{
	drop(host, unit);
	if (unit->deps.self != NULL)
		unit->deps.self->unit = NULL;
	unit->deps.self = NULL;
}

struct aiot_unit *aiot_dep_unit(struct aiot_host *host, const struct aiot_dep *dep)
{
	if (dep->target->unit == NULL)
		(void)aiot_unit_instantiate(host, dep->target->name);
	return dep->target->unit;
}

/* ---- rings ---- */

/* The way from `to` down to `from` is closed by the edge that `from` was at. */
static void mark_ring(struct aiot_unit *from, const struct aiot_unit *to, uint32_t changes)
{
	struct aiot_unit *u = from;

	for (;; u = u->deps.up) {
		if (u->deps.ringed != changes) {
			u->deps.ring = u->deps.at - 1;
			u->deps.ringed = changes;
		}
		if (u == to)
			return;
	}
}

static void enter(struct aiot_unit *unit, struct aiot_unit *up)
{
	unit->deps.up = up;
	unit->deps.at = 0;
	unit->deps.on_path = true;
}

/* Go on from the unit's next edge.  Returns where the walk is then; NULL: it is through. */
static struct aiot_unit *look_further(struct aiot_unit *unit, uint32_t changes)
{
	struct aiot_unit *next;

	if (unit->deps.at == unit->deps.count) {
		unit->deps.on_path = false;
		unit->deps.checked = changes;
		return unit->deps.up;
	}
	next = unit->deps.to[unit->deps.at++].target->unit;
	if (next == NULL || next->deps.checked == changes)
		return unit;
	if (next->deps.on_path) {
		mark_ring(unit, next, changes);
		return unit;
	}
	enter(next, unit);
	return next;
}

/* Into depth, by the units themselves, for a chain may be as long as there are services. */
static bool is_in_ring(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_unit *at = unit;

	if (unit->deps.count == 0 || unit->deps.self == NULL)
		return false;
	if (unit->deps.checked != host->deps_changes) {
		enter(unit, NULL);
		while (at != NULL)
			at = look_further(at, host->deps_changes);
	}
	return unit->deps.ringed == host->deps_changes;
}

#define RING_ROOM 256 /* for one more, and what a sentence may need behind it */

void aiot_deps_put_ring(struct aiot_unit *unit, struct aiot_out *out)
{
	uint32_t changes = unit->deps.ringed;
	struct aiot_unit *u = unit;
	bool again = false;

	aiot_format(out, "%s.service", unit->name);
	while (u->deps.ringed == changes && !again) {
		const struct aiot_dep *dep = &u->deps.to[u->deps.ring];

		if (out->size - out->len < RING_ROOM) {
			aiot_out_text(out, " ...");
			break;
		}
		u->deps.on_path = true;
		aiot_format(out, " %s %s.service", kinds[dep->kind].word, dep->target->name);
		u = dep->target->unit;
		again = u->deps.on_path;
	}
	for (u = unit; u->deps.on_path; u = u->deps.to[u->deps.ring].target->unit)
		u->deps.on_path = false;
}

/* ---- what makes a load fail ---- */

static void put_place(const struct aiot_unit *unit, unsigned kind, struct aiot_out *why)
{
	const struct aiot_ini_entry *e = aiot_ini_find(&unit->doc, "Service", kinds[kind].key);

	aiot_format(why, "%s:%u: ", e ? e->file : unit->file, e ? e->line : 0);
}

#define NEAR_MAX 500 /* services that are compared with a name */

static const char *near_name(struct aiot_host *host, const char *name)
{
	const struct aiot_unit *unit = NULL;
	unsigned n = 0;

	while (n++ < NEAR_MAX &&
	       (unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (aiot_name_distance(unit->name, name) <= 2)
			return unit->name;
	}
	return NULL;
}

static int refuse_unknown(struct aiot_host *host, const struct aiot_unit *unit,
			  const struct aiot_dep *dep, struct aiot_out *why)
{
	const char *near = near_name(host, dep->target->name);

	put_place(unit, dep->kind, why);
	aiot_format(why, "%s.service requires %s.service, and there is no service '%s'", unit->name,
		    dep->target->name, dep->target->name);
	if (near != NULL)
		aiot_format(why, ", did you mean '%s'?", near);
	return -AIOT_EINVAL;
}

static int refuse_template(const struct aiot_unit *unit, const struct aiot_dep *dep,
			   struct aiot_out *why)
{
	put_place(unit, dep->kind, why);
	aiot_format(why, "%s.service requires '%s', which is a template; name an instance: %sNAME",
		    unit->name, dep->target->name, dep->target->name);
	return -AIOT_EINVAL;
}

static const char *type_of(const struct aiot_unit *unit)
{
	return unit->conf.kind == AIOT_UNIT_SCHEDULE ? "a schedule service" : "a runtime service";
}

/* Of a file that cannot be read nobody knows what it is. */
static bool is_later(const struct aiot_unit *unit)
{
	return !unit->bad_file && !unit->masked && unit->conf.kind != AIOT_UNIT_CORE;
}

int aiot_deps_check(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	uint32_t i;

	for (i = 0; i < unit->deps.count; i++) {
		const struct aiot_dep *dep = &unit->deps.to[i];
		const struct aiot_unit *other = aiot_dep_unit(host, dep);

		if (other == NULL && dep->kind == AIOT_DEP_REQUIRES)
			return refuse_unknown(host, unit, dep, why);
		if (other != NULL && dep->kind == AIOT_DEP_REQUIRES && aiot_unit_is_template(other))
			return refuse_template(unit, dep, why);
		if (other == NULL || unit->conf.kind != AIOT_UNIT_CORE || !is_later(other))
			continue;
		put_place(unit, dep->kind, why);
		aiot_format(why,
			    "%s.service %s %s.service, which is %s: core services have ended "
			    "before those start",
			    unit->name, kinds[dep->kind].word, other->name, type_of(other));
		return -AIOT_EINVAL;
	}
	if (!is_in_ring(host, unit))
		return 0;
	put_place(unit, unit->deps.to[unit->deps.ring].kind, why);
	aiot_out_text(why, "services that wait for each other: ");
	aiot_deps_put_ring(unit, why);
	return -AIOT_EINVAL;
}

int aiot_deps_try(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	struct aiot_dep *to = unit->deps.to;
	uint32_t count = unit->deps.count, i;
	int r;

	if (has_these(unit, &unit->conf))
		return 0;
	for (i = 0; i < count; i++)
		aiot_list_remove(&to[i].link);
	unit->deps.to = NULL;
	unit->deps.count = 0;
	host->deps_changes++;
	r = count_words(&unit->conf) ? take(host, unit, &unit->conf) : 0;
	if (r == 0)
		r = aiot_deps_check(host, unit, why);
	else
		aiot_out_text(why, "no memory for what it says of other services");
	drop(host, unit);
	unit->deps.to = to;
	unit->deps.count = count;
	for (i = 0; i < count; i++) {
		aiot_list_append(&to[i].target->from, &to[i].link);
		to[i].target->sorted = false;
	}
	return r;
}

void aiot_deps_warn(struct aiot_host *host, const struct aiot_unit *unit)
{
	char text[1024];
	struct aiot_out out;
	uint32_t i;

	for (i = 0; i < unit->deps.count; i++) {
		const struct aiot_dep *dep = &unit->deps.to[i];

		if (dep->target->unit != NULL && !aiot_unit_is_template(dep->target->unit))
			continue;
		aiot_out_init(&out, text, sizeof(text));
		put_place(unit, dep->kind, &out);
		aiot_host_log(host, AIOT_WARN,
			      dep->target->unit ? "%s%s: '%s' is a template, ignoring"
						: "%s%s: there is no service '%s', ignoring",
			      aiot_out_str(&out), kinds[dep->kind].key, dep->target->name);
	}
}

/* ---- walks ---- */

static int by_name(const void *a, const void *b)
{
	const struct aiot_dep *const *x = a, *const *y = b;

	return strcmp((*x)->unit->name, (*y)->unit->name);
}

void aiot_deps_sort(struct aiot_dep_target *target)
{
	struct aiot_dep **all;
	uint32_t i, n = 0;

	if (target->sorted)
		return;
	all = aiot_mem_alloc(target->count * sizeof(struct aiot_dep *));
	if (all == NULL)
		return; /* as they came is an order, too */
	while (!aiot_list_empty(&target->from))
		all[n++] = aiot_dep_of(aiot_list_pop(&target->from));
	qsort(all, n, sizeof(struct aiot_dep *), by_name);
	for (i = 0; i < n; i++)
		aiot_list_append(&target->from, &all[i]->link);
	aiot_mem_free(all);
	target->sorted = true;
}

uint32_t aiot_deps_walk(struct aiot_host *host)
{
	return ++host->deps_walks;
}
