/*
 * wait.c - see wait.h, and aiotools-wait.h's functions on waiting and on other tasks.
 *
 * Called by services through AIOT_WAIT, by whatever ends a wait (events, queues, runs that end,
 * the host's handles), and by those who take a task out of one: a stop (place-main.c), a step that
 * armed a wait and did not wait (task.c).  Memory is taken for time-outs and for waits on tasks,
 * once a task; where there is none the task fails and says so.
 */
#include "wait.h"

#include <string.h>

#include "timetext.h"

#define TICKET(result) ((aiot_due)(intptr_t)(result))

/* timer.due of a task whose wait could not begin: it fails. */
#define REFUSED INT32_MIN

/* ---- beginning ---- */

/* The stack lies between this function's frame and that of the round, whichever way it grows. */
bool aiot_wait_lasting(struct aiot_task *t, const void *object, const char *what)
{
#if AIOT_BOARD
	(void)t;
	(void)object;
	(void)what;
	return true; /* not looked at: a few instructions in every round */
#else
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), at = (uintptr_t)object;
	uintptr_t round = (uintptr_t)aiot_task_core(t)->stack;
	char text[120];

	if (here < round ? at < here || at > round : at > here || at < round)
		return true;
	(void)aiot_format_to(text, sizeof(text), "%s is a local; it has to live in self", what);
	aiot_task_misuse(t, text);
	return false;
#endif
}

static void set_result(struct aiot_task *t, int result)
{
	t->timer.due = TICKET(result);
	t->entry.run_flags |= AIOT_RUN_WAITED;
}

struct aiot_wait aiot_wait_over(struct aiot_task *t, int result)
{
	set_result(t, result);
	t->entry.run_flags |= AIOT_RUN_AT_ONCE;
	return (struct aiot_wait){1};
}

bool aiot_wait_refused(const struct aiot_task *t)
{
	return t->entry.run_flags & AIOT_RUN_AT_ONCE && t->timer.due == TICKET(REFUSED);
}

struct aiot_wait aiot_wait_no_memory(struct aiot_task *t)
{
	(void)aiot_fail_(t, -AIOT_ENOMEM, t->top->site, "no memory to wait");
	return aiot_wait_over(t, REFUSED);
}

static void expire(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_more *more =
		(struct aiot_more *)(void *)((char *)alarm -
					     offsetof(struct aiot_more, wait_alarm));
	struct aiot_task *t = aiot_task_of(more->entry);

	if (more->leave == NULL || more->leave(core, t, more->leave_arg, AIOT_LEAVE_TIMEOUT))
		aiot_wait_end(core, t, -AIOT_ETIMEDOUT);
}

/* The step may have taken long already: a time-out counts from now. */
bool aiot_wait_timeout(struct aiot_task *t, uint32_t timeout_ms)
{
	struct aiot_core *core = aiot_task_core(t);
	struct aiot_more *more;

	if (timeout_ms == AIOT_FOREVER)
		return true;
	more = aiot_more_of(core, &t->entry);
	if (more == NULL)
		return false;
	more->wait_alarm.fn = expire;
	aiot_alarm_set(core, &more->wait_alarm,
		       core->ops->mono_ns(core->ctx) + timeout_ms * AIOT_NS_PER_MS);
	return true;
}

static void begin(struct aiot_task *t)
{
	t->entry.run_flags |= AIOT_RUN_WAITING;
	t->entry.run_flags &= (uint8_t)~AIOT_RUN_WAITED;
}

static bool within(const void *object, const void *begin, size_t size)
{
	return (uintptr_t)object - (uintptr_t)begin < size;
}

/* An object in another task's struct goes when that does; in its own nobody would miss it. */
static void note_object(struct aiot_task *t, struct aiot_waiters *waiters)
{
	struct aiot_core *core = aiot_task_core(t);

	if (waiters->known.next == NULL &&
	    !within(waiters, t->root.self, AIOT_KIND(t->entry.spec)->self_size))
		aiot_list_append(&core->awaited, &waiters->known);
}

static struct aiot_wait wait_in(struct aiot_task *t, struct aiot_waiters *waiters,
				uint32_t timeout_ms, uintptr_t with)
{
	if (timeout_ms == 0)
		return aiot_wait_over(t, -AIOT_ETIMEDOUT);
	if (!aiot_wait_timeout(t, timeout_ms))
		return aiot_wait_no_memory(t);
	if (waiters->tasks.next == NULL)
		aiot_list_init(&waiters->tasks);
	aiot_list_append(&waiters->tasks, &t->timer.link);
	t->timer.due = with;
	begin(t);
	return (struct aiot_wait){1};
}

struct aiot_wait aiot_wait_in(struct aiot_task *t, struct aiot_waiters *waiters,
			      uint32_t timeout_ms, uintptr_t with)
{
	struct aiot_task *first = aiot_waiters_first(waiters);
	struct aiot_wait wait;

	if (first != NULL && aiot_task_core(first) != aiot_task_core(t)) {
		aiot_task_misuse(t, "tasks of another loop wait for it");
		return (struct aiot_wait){0};
	}
	wait = wait_in(t, waiters, timeout_ms, with);
	if (t->entry.run_flags & AIOT_RUN_WAITING)
		note_object(t, waiters);
	return wait;
}

bool aiot_wait_for(struct aiot_task *t, aiot_leave_fn *leave, void *arg, uint32_t timeout_ms)
{
	struct aiot_more *more = aiot_more_of(aiot_task_core(t), &t->entry);

	if (more == NULL || !aiot_wait_timeout(t, timeout_ms)) {
		(void)aiot_wait_no_memory(t);
		return false;
	}
	more->leave = leave;
	more->leave_arg = arg;
	begin(t);
	return true;
}

/* ---- ending ---- */

struct aiot_task *aiot_waiters_first(const struct aiot_waiters *waiters)
{
	const struct aiot_link *head = &waiters->tasks;

	if (head->next == NULL || aiot_list_empty(head))
		return NULL;
	return (struct aiot_task *)(void *)((char *)head->next -
					    offsetof(struct aiot_task, timer.link));
}

/* With the last who waits an object is no longer known: its memory may go unnoticed. */
static void leave_list(struct aiot_task *t)
{
	struct aiot_link *other = t->timer.link.next;
	struct aiot_waiters *waiters;
	bool last;

	if (other == NULL)
		return;
	last = other->next == &t->timer.link;
	aiot_list_remove(&t->timer.link);
	if (!last)
		return;
	waiters = (struct aiot_waiters *)(void *)other; /* its head, for nobody else is there */
	if (waiters->known.next != NULL)
		aiot_list_remove(&waiters->known);
}

/* Out of list, alarm and the rest. */
static void disarm(struct aiot_task *t)
{
	struct aiot_more *more = t->entry.more;

	t->entry.run_flags &= (uint8_t)~AIOT_RUN_WAITING;
	leave_list(t);
	if (more == NULL)
		return;
	aiot_alarm_cancel(&more->wait_alarm);
	more->leave = NULL;
	more->awaits = NULL;
#if AIOT_SUPERVISE
	more->waits++;
#endif
}

void aiot_wait_end(struct aiot_core *core, struct aiot_task *t, int result)
{
	disarm(t);
	set_result(t, result);
	if (t->entry.run_flags & AIOT_RUN_UNWINDING)
		(void)aiot_task_unwind(t);
	aiot_task_wake(core, t);
}

void aiot_waiters_end(struct aiot_waiters *waiters, int result)
{
	struct aiot_task *t;

	while ((t = aiot_waiters_first(waiters)) != NULL)
		aiot_wait_end(aiot_task_core(t), t, result);
}

bool aiot_wait_leave(struct aiot_core *core, struct aiot_task *t, enum aiot_leave why)
{
	struct aiot_more *more = t->entry.more;

	if (t->entry.run_flags & AIOT_RUN_WAITING) {
		if (more != NULL && more->leave != NULL &&
		    !more->leave(core, t, more->leave_arg, why))
			return false;
		disarm(t);
		set_result(t, -AIOT_ECANCELED);
	}
	aiot_task_disarm(t);
	return true;
}

void aiot_wait_memory_gone(struct aiot_core *core, const void *begin, size_t size)
{
	struct aiot_link *link, *next;

	for (link = core->awaited.next; link != &core->awaited; link = next) {
		struct aiot_waiters *waiters =
			(struct aiot_waiters *)(void *)((char *)link -
							offsetof(struct aiot_waiters, known));

		next = link->next;
		if (within(waiters, begin, size))
			aiot_waiters_end(waiters, -AIOT_ECANCELED);
	}
}

int aiot_waited(const struct aiot_task *t)
{
	return t->entry.run_flags & AIOT_RUN_WAITED ? (int)(intptr_t)t->timer.due : 0;
}

/* ---- other tasks ---- */

struct aiot_entry *aiot_task_named(const struct aiot_task *t, const char *name)
{
	char full[AIOT_NAME_MAX + 1];

	if (name[0] != '.')
		return aiot_entry_named(aiot_task_core(t), name);
	if (aiot_format_to(full, sizeof(full), "%s%s", aiot_entry_name(&t->entry), name) !=
	    aiot_entry_name_len(&t->entry) + strlen(name))
		return NULL;
	return aiot_core_find(aiot_task_core(t), full);
}

/* Whether it waits for t, itself or through others.  Ends, for no such ring is ever closed. */
static bool awaits(const struct aiot_entry *entry, const struct aiot_task *t)
{
	while (entry != NULL && entry != &t->entry)
		entry = entry->more ? entry->more->awaits : NULL;
	return entry != NULL;
}

static struct aiot_wait wait_entry(struct aiot_task *t, struct aiot_entry *entry,
				   uint32_t timeout_ms)
{
	struct aiot_core *core = aiot_task_core(t);
	struct aiot_more *mine, *other;
	struct aiot_wait wait;

	if (entry == NULL)
		return aiot_wait_over(t, -AIOT_ENOENT);
	if (awaits(entry, t))
		return aiot_wait_over(t, -AIOT_EDEADLK);
	if (!aiot_entry_alive(entry))
		return aiot_wait_over(t, 0);
	mine = aiot_more_of(core, &t->entry);
	other = aiot_more_of(core, entry);
	if (mine == NULL || other == NULL)
		return aiot_wait_no_memory(t);
	wait = wait_in(t, &other->waiters, timeout_ms, 0);
	if (t->entry.run_flags & AIOT_RUN_WAITING)
		mine->awaits = entry;
	return wait;
}

struct aiot_wait aiot_task_wait(struct aiot_task *t, const char *name, uint32_t timeout_ms)
{
	if (!aiot_wait_may(t))
		return (struct aiot_wait){0};
	return wait_entry(t, aiot_task_named(t, name), timeout_ms);
}

struct aiot_wait aiot_task_wait_id(struct aiot_task *t, uint32_t id, uint32_t timeout_ms)
{
	struct aiot_core *core = aiot_task_core(t);
	struct aiot_entry *e = NULL;

	if (!aiot_wait_may(t))
		return (struct aiot_wait){0};
	do {
		e = aiot_core_match(core, "*", e ? aiot_entry_name(e) : "");
	} while (e != NULL && aiot_entry_id(e) != id);
	return wait_entry(t, e, timeout_ms);
}

int aiot_task_view(const struct aiot_task *t, const char *name, struct aiot_task_view *ret)
{
	const struct aiot_entry *e = aiot_task_named(t, name);

	if (e == NULL)
		return -AIOT_ENOENT;
	*ret = (struct aiot_task_view){
		.state = aiot_state_word((enum aiot_state)e->state),
		.id = aiot_entry_id(e),
		.runs = e->runs,
		.alive = aiot_entry_alive(e),
	};
	if (e->last == AIOT_FAILURE && !aiot_entry_alive(e))
		ret->failure = aiot_outcome_of(e) && aiot_outcome_of(e)->type == AIOT_OUTCOME_ERROR
				       ? aiot_outcome_of(e)->code
				       : -(int)e->fail;
	return 0;
}

int aiot_task_result(const struct aiot_task *t, const char *name, char *buf, size_t size)
{
	const struct aiot_entry *e = aiot_task_named(t, name);
	struct aiot_json_out json;
	struct aiot_out out;
	int r = -AIOT_ENOENT;

	if (e != NULL) {
		aiot_out_init(&out, buf, size);
		aiot_json_begin(&json, &out);
		aiot_outcome_json(aiot_outcome_of(e), &json, NULL);
		(void)aiot_out_str(&out);
		r = out.error < 0 ? out.error : (int)out.len;
	}
	if (r < 0 && size > 0)
		buf[0] = '\0';
	return r;
}
