/*
 * calls-deps.c - the handler of dependencies: what services need, or who needs them, as a tree.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  A tree is a walk over the
 * graph (deps.h) that tells each service once and whatever is met again in one row; a page that is
 * full goes on by walking again, past what was told.
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "unit-names.h"

struct tree {
	struct aiot_call *call;
	bool reverse;
	uint32_t walk; /* its number, in deps.seen */
	uint64_t rows; /* met so far; call->at.seq of them were told */
};

static const char *state_of(const struct aiot_unit *unit)
{
	return unit != NULL && unit->task != NULL
		       ? aiot_state_word((enum aiot_state)unit->task->entry.state)
		       : NULL;
}

/* One row; via: the edge that led here, NULL: a tree's first.  false: the page is full. */
static bool put_row(struct tree *tree, const char *name, const struct aiot_unit *unit,
		    const struct aiot_dep *via, unsigned depth)
{
	struct aiot_json_out *json = &tree->call->json;

	if (tree->rows++ < tree->call->at.seq)
		return true;
	aiot_json_put_object(json, NULL);
	aiot_json_put_str(json, "name", name);
	aiot_json_put_u64(json, "depth", depth);
	aiot_json_put_str(json, "relation",
			  via ? aiot_dep_word((enum aiot_dep_kind)via->kind) : NULL);
	aiot_json_put_str(json, "load", unit ? aiot_unit_load_word(unit) : "unknown");
	aiot_json_put_str(json, "state", state_of(unit));
	aiot_json_put_bool(json, "repeated", unit != NULL && unit->deps.seen == tree->walk);
	aiot_json_put_end_object(json);
	tree->call->at.seq = tree->rows;
	return !aiot_call_full(tree->call);
}

static void enter(const struct tree *tree, struct aiot_unit *unit, struct aiot_unit *up)
{
	unit->deps.up = up;
	unit->deps.seen = tree->walk;
	unit->deps.at = 0;
	unit->deps.from_at = NULL;
	if (!tree->reverse || unit->deps.self == NULL)
		return;
	aiot_deps_sort(unit->deps.self);
	unit->deps.from_at = unit->deps.self->from.next;
}

/* The next edge of a service; NULL: it has no more. */
static const struct aiot_dep *next_edge(const struct tree *tree, struct aiot_unit *unit)
{
	struct aiot_link *link = unit->deps.from_at;

	if (!tree->reverse)
		return unit->deps.at < unit->deps.count ? &unit->deps.to[unit->deps.at++] : NULL;
	if (link == NULL || link == &unit->deps.self->from)
		return NULL;
	unit->deps.from_at = link->next;
	return aiot_dep_of(link);
}

/* flat: only what the first of it names itself.  false: the page is full. */
static bool put_tree(struct tree *tree, struct aiot_unit *root, bool flat)
{
	struct aiot_unit *unit = root;
	unsigned depth = 0;

	tree->walk = aiot_deps_walk(tree->call->ctx);
	if (!put_row(tree, root->name, root, NULL, 0))
		return false;
	enter(tree, root, NULL);
	while (unit != NULL) {
		const struct aiot_dep *dep = next_edge(tree, unit);
		struct aiot_unit *other;

		if (dep == NULL) {
			unit = unit->deps.up;
			depth--;
			continue;
		}
		other = tree->reverse ? dep->unit : dep->target->unit;
		if (!put_row(tree, other ? other->name : dep->target->name, other, dep, depth + 1))
			return false;
		if (other == NULL || other->deps.seen == tree->walk || flat)
			continue;
		enter(tree, other, unit);
		unit = other;
		depth++;
	}
	return true;
}

/*
 * Without names those that are in no other's tree; all others are below them, but for what is in a
 * ring.
 */
static bool is_root(const struct aiot_unit *unit, bool reverse)
{
	return reverse ? unit->deps.count == 0 : unit->deps.self == NULL;
}

/* The trees of one name.  false: the page is full. */
static bool put_trees(struct aiot_call *call, const char *pattern, bool all)
{
	struct tree tree = {
		.call = call,
		.reverse = aiot_json_bool(aiot_json_get(call->params, "reverse"), false),
	};
	struct aiot_unit *unit;

	while ((unit = aiot_unit_match(call->ctx, pattern, call->at.name)) != NULL) {
		bool flat = all && !is_root(unit, tree.reverse);

		tree.rows = 0;
		if ((!flat || unit->bad_deps) && !put_tree(&tree, unit, flat))
			return false;
		memcpy(call->at.name, unit->name, sizeof(call->at.name));
		call->at.seq = 0;
	}
	call->at.name[0] = '\0';
	return true;
}

enum aiot_call_result aiot_call_dependencies(struct aiot_call *call)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0, whole = true;
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;

	if (call->at.phase == 0 && !aiot_unit_names_fit(call, AIOT_WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "dependencies");
	while (whole && aiot_names_nth(&names, call->at.count, text)) {
		whole = put_trees(call, text, all);
		call->at.count += whole;
	}
	aiot_json_put_end_array(&call->json);
	return whole ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}
