/*
 * child.c - aiotools-wait.h's child tasks: tasks that live within another one's run.
 *
 * Called by services and, at the end of a run, by its step (task.c).  The owner makes the child
 * (ops->create_child); here it is tied to its parent: a link in the aiot_more of both, taken apart
 * when the child leaves the registry, which is always before the parent's run has ended.
 */
#include <string.h>

#include "wait.h"

static struct aiot_more *more_at(struct aiot_link *sibling)
{
	return (struct aiot_more *)(void *)((char *)sibling - offsetof(struct aiot_more, sibling));
}

static struct aiot_more *first_child(const struct aiot_entry *parent)
{
	struct aiot_more *more = parent->more;

	if (more == NULL || more->children.next == NULL || aiot_list_empty(&more->children))
		return NULL;
	return more_at(more->children.next);
}

int aiot_child_adopt(struct aiot_core *core, struct aiot_entry *parent, struct aiot_entry *child)
{
	struct aiot_more *above = aiot_more_of(core, parent), *below = aiot_more_of(core, child);

	if (above == NULL || below == NULL)
		return -AIOT_ENOMEM;
	if (above->children.next == NULL)
		aiot_list_init(&above->children);
	aiot_list_append(&above->children, &below->sibling);
	below->parent = parent;
	return 0;
}

struct aiot_entry *aiot_child_innermost(const struct aiot_entry *parent)
{
	struct aiot_more *below = first_child(parent), *more = below;

	while (below != NULL) {
		more = below;
		below = first_child(more->entry);
	}
	return more ? more->entry : NULL;
}

/* ---- the end of a parent's run ---- */

/* Stands for the first frame when that is through.  Resumed when the last child has left. */
static enum aiot_co children_end(struct aiot_task *t)
{
	return first_child(&t->entry) != NULL ? AIOT_PENDING : AIOT_DONE;
}

bool aiot_children_hold(struct aiot_core *core, struct aiot_task *t)
{
	struct aiot_more *child = first_child(&t->entry), *next;

	for (; child != NULL; child = next) {
		struct aiot_link *link = child->sibling.next;

		next = link == &t->entry.more->children ? NULL : more_at(link);
		aiot_core_delete(core, child->entry);
	}
	if (first_child(&t->entry) == NULL)
		return false; /* nor any that had to be waited for */
	t->top = &t->root;
	t->root.fn = children_end;
	t->root.at = AIOT_FINAL_;
	t->root.flags |= AIOT_FRAME_FINAL_;
	aiot_entry_stopping(core, &t->entry);
	return true;
}

void aiot_child_left(struct aiot_core *core, struct aiot_entry *child)
{
	struct aiot_more *below = child->more;
	struct aiot_task *parent;

	if (below == NULL || below->parent == NULL)
		return;
	parent = aiot_task_of(below->parent);
	aiot_list_remove(&below->sibling);
	below->parent = NULL;
	if (parent->root.fn == children_end && first_child(&parent->entry) == NULL)
		aiot_task_wake(core, parent);
}

/* ---- what services call ---- */

static int child_start(struct aiot_task *t, const char *kind, const char *name,
		       const char *const *args)
{
	struct aiot_core *core = aiot_task_core(t);
	char full[AIOT_NAME_MAX + 2];
	struct aiot_entry *child;
	int r;

	if (core->closed || t->entry.run_flags & AIOT_RUN_UNWINDING)
		return -AIOT_ECANCELED;
	if (core->ops->create_child == NULL)
		return -AIOT_ENOSYS;
	if (aiot_format_to(full, sizeof(full), "%s.%s", aiot_entry_name(&t->entry), name) >
	    AIOT_NAME_MAX)
		return -AIOT_ENAMETOOLONG;
	if (aiot_core_find(core, full) != NULL)
		return -AIOT_EEXIST;
	r = core->ops->create_child(core->ctx, &t->entry, kind, full, args, &child);
	if (r < 0)
		return r;
	r = aiot_child_adopt(core, &t->entry, child);
	if (r == 0)
		r = aiot_core_start(core, child);
	if (r < 0)
		aiot_core_delete(core, child);
	return r;
}

int aiot_child_start(struct aiot_task *t, const char *kind, const char *name,
		     const char *const *args)
{
	if (aiot_task_core(t)->current == t && !(t->entry.run_flags & AIOT_RUN_HOOK))
		return child_start(t, kind, name, args);
	aiot_task_misuse(t, "a child was started while the task was not running");
	return -AIOT_EINVAL;
}

int aiot_child_end(struct aiot_task *t, const char *name)
{
	struct aiot_more *more = first_child(&t->entry);
	size_t len = aiot_entry_name_len(&t->entry) + 1u;

	while (more != NULL) {
		struct aiot_link *link = more->sibling.next;

		if (strcmp(aiot_entry_name(more->entry) + len, name) == 0) {
			aiot_core_delete(aiot_task_core(t), more->entry);
			return 0;
		}
		more = link == &t->entry.more->children ? NULL : more_at(link);
	}
	return -AIOT_ENOENT;
}

void *aiot_parent_self(const struct aiot_task *t)
{
	if (t->entry.more == NULL || t->entry.more->parent == NULL)
		return NULL;
	return aiot_task_self(aiot_task_of(t->entry.more->parent));
}

void aiot_children_json(const struct aiot_entry *parent, struct aiot_json_out *json)
{
	struct aiot_more *more = first_child(parent);

	if (more == NULL)
		return;
	aiot_json_put_array(json, "children");
	while (more != NULL) {
		struct aiot_link *link = more->sibling.next;

		aiot_json_put_str(json, NULL, aiot_entry_name(more->entry));
		more = link == &parent->more->children ? NULL : more_at(link);
	}
	aiot_json_put_end_array(json);
}
