/*
 * task.c - one step of a coroutine task, and how a chain of awaits unwinds.
 *
 * The executor calls aiot_task_step(); a step resumes the innermost frame (`top`) and climbs to its
 * caller each time one ends, without recursion.  Knows nothing of how tasks are made or ordered
 * about (place-main.c) and of what services may call meanwhile (api.c).
 *
 * A stop or a failure unwinds: the innermost frame is resumed in its FINALLY, then its caller's,
 * and so on; a frame that is in its FINALLY already, or is awaited by one that is, just goes on.
 * A failure sits in the frame that failed (AIOT_FRAME_FAILED) until that frame has ended, then
 * moves to its caller.  So what a FINALLY awaits meanwhile works, fails and is caught as anywhere
 * else. A frame awaited by AIOT_TRY stops a failure.
 */
#include "task.h"

#include <string.h>

#include "account.h"
#include "late.h"
#include "service.h"
#include "timetext.h"
#include "wait.h"

/* Waits in a row that are over at once, before the other tasks have their turn. */
#define AT_ONCE_MAX 64

static void enter_final(struct aiot_frame *f)
{
	f->at = AIOT_FINAL_;
	f->flags |= AIOT_FRAME_FINAL_;
}

/* Whether this frame's FINALLY has still to be run. */
static bool fails_into_final(const struct aiot_frame *f)
{
	return f->at != 0 && !(f->flags & AIOT_FRAME_FINAL_);
}

/* The same for a stop, which leaves alone whatever runs on behalf of a FINALLY. */
static bool stops_into_final(const struct aiot_frame *f)
{
	return fails_into_final(f) && !(f->flags & AIOT_FRAME_CLEANUP);
}

bool aiot_task_stops(const struct aiot_task *t)
{
	return stops_into_final(t->top);
}

bool aiot_task_unwind(struct aiot_task *t)
{
	if (!stops_into_final(t->top))
		return false;
	enter_final(t->top);
	return true;
}

static void misused(struct aiot_task *t, const char *text, size_t len)
{
	struct aiot_core *core = aiot_task_core(t);

	t->entry.fail = AIOT_EINVAL;
	if (t->entry.run_flags & AIOT_RUN_MISUSED)
		return;
	t->entry.run_flags |= AIOT_RUN_MISUSED;
	aiot_entry_outcome(core, &t->entry,
			   aiot_outcome_error(core, -AIOT_EINVAL, text, len, t->top, NULL));
}

#if AIOT_HELP
void aiot_task_misuse(struct aiot_task *t, const char *what)
{
	char text[160];

	misused(t, text, aiot_format_to(text, sizeof(text), "wrong use of the API: %s", what));
}
#else
void aiot_task_misused(struct aiot_task *t)
{
	static const char text[] = "wrong use of the API";

	misused(t, text, sizeof(text) - 1);
}
#endif

void aiot_task_forget_error(struct aiot_task *t)
{
	t->entry.fail = 0;
	if (t->entry.run_flags & (AIOT_RUN_FAILING | AIOT_RUN_MISUSED))
		return;
	if (aiot_outcome_of(&t->entry) != NULL &&
	    aiot_outcome_of(&t->entry)->type == AIOT_OUTCOME_ERROR)
		aiot_entry_outcome(aiot_task_core(t), &t->entry, NULL);
}

static int failure_of(const struct aiot_frame *f)
{
	return -(int)(f->flags >> AIOT_FRAME_CODE);
}

static void set_failed(struct aiot_frame *f, int code)
{
	uint32_t most = UINT32_MAX >> AIOT_FRAME_CODE, size = 0u - (uint32_t)code;

	if (!(f->flags & AIOT_FRAME_FAILED)) /* the first failure is the one to be told */
		f->flags |= AIOT_FRAME_FAILED | (size < most ? size : most) << AIOT_FRAME_CODE;
}

/* on_error may turn a failure into a result, its own or none. */
static bool forgiven(struct aiot_task *t)
{
	struct aiot_outcome *error;
	int code = failure_of(&t->root), r;

	if (AIOT_KIND(t->entry.spec)->on_error == NULL)
		return false;
	error = aiot_outcome_swap(aiot_task_core(t), &t->entry, NULL);
	r = AIOT_KIND(t->entry.spec)
		    ->on_error(t, aiot_task_self(t), error ? error->code : code,
			       error ? error->text : "");
	if (r == 0) {
		aiot_outcome_free(aiot_task_core(t), error);
		return true;
	}
	aiot_entry_outcome(aiot_task_core(t), &t->entry, error);
	return false;
}

/* The first frame ended: what came of the run. */
static enum aiot_state verdict(struct aiot_task *t)
{
	uint8_t flags = t->entry.run_flags;
	enum aiot_state how = AIOT_ENDED;

	t->entry.run_flags = AIOT_RUN_HOOK;
	if (flags & AIOT_RUN_MISUSED) {
		how = AIOT_FAILURE;
	} else if (aiot_task_late(aiot_task_core(t), t)) {
		t->root.flags = 0;
		set_failed(&t->root, -AIOT_ETIMEDOUT);
		how = forgiven(t) ? AIOT_ENDED : AIOT_FAILURE;
	} else if (flags & AIOT_RUN_FAILING) {
		how = forgiven(t) ? AIOT_ENDED : AIOT_FAILURE;
	} else if (flags & AIOT_RUN_UNWINDING) {
		if (AIOT_KIND(t->entry.spec)->on_stop != NULL)
			AIOT_KIND(t->entry.spec)->on_stop(t, aiot_task_self(t));
		how = AIOT_STOPPED;
	}
	if (t->entry.run_flags & AIOT_RUN_MISUSED) /* by the hook */
		how = AIOT_FAILURE;
	if ((flags | t->entry.run_flags) & AIOT_RUN_MISUSED)
		t->entry.fail = AIOT_EINVAL;
	else if (how == AIOT_FAILURE)
		t->entry.fail = aiot_fail_byte(failure_of(&t->root));
	t->entry.run_flags = 0;
	if (how != AIOT_FAILURE)
		aiot_task_forget_error(t); /* one that was caught on the way */
	t->root.at = 0;
	return how;
}

/* AIOT_TRY has a failure: it is over, unless a FINALLY further out still has one to pass on. */
static void caught(struct aiot_task *t, int code)
{
	const struct aiot_frame *f = t->top;

	t->entry.fail = aiot_fail_byte(code);
	while (f != NULL && !(f->flags & AIOT_FRAME_FAILED))
		f = f->caller;
	if (f == NULL)
		t->entry.run_flags &= (uint8_t)~AIOT_RUN_FAILING;
}

/* A frame ended: go on with its caller.  false: there is none. */
static bool climb(struct aiot_task *t, struct aiot_frame *f)
{
	struct aiot_frame *caller = f->caller;

	if (caller == NULL)
		return false;
	t->top = caller;
	if (!(f->flags & AIOT_FRAME_FAILED))
		aiot_task_forget_error(t);
	else if (f->flags & AIOT_FRAME_CAUGHT)
		caught(t, failure_of(f));
	else
		set_failed(caller, failure_of(f));
	if ((caller->flags & AIOT_FRAME_FAILED && fails_into_final(caller)) ||
	    (t->entry.run_flags & AIOT_RUN_UNWINDING && stops_into_final(caller)))
		enter_final(caller);
	return true;
}

/*
 * The code of the failure that is on its way; as much as was kept of one that found no memory, and
 * on small boards of any.
 */
static int failing_code(const struct aiot_task *t)
{
#if AIOT_TEXT
	const struct aiot_outcome *o = aiot_outcome_of(&t->entry);

	if (o != NULL && o->type == AIOT_OUTCOME_ERROR && aiot_fail_byte(o->code) == t->entry.fail)
		return o->code;
#endif
	return -(int)t->entry.fail;
}

/* The frame said it failed, or it was marked: unwind from it.  false: its FINALLY was over already.
 */
static bool fail_frame(struct aiot_task *t, struct aiot_frame *f)
{
	if (t->entry.fail == 0)
		aiot_task_misuse(t, "a task function failed without aiot_fail()");
	t->entry.run_flags |= AIOT_RUN_FAILING;
	set_failed(f, failing_code(t));
	if (!fails_into_final(f))
		return false;
	enter_final(f);
	return true;
}

static bool disarm(struct aiot_task *t)
{
	return aiot_wait_leave(aiot_task_core(t), t, AIOT_LEAVE_STOP);
}

static bool armed(const struct aiot_task *t)
{
	return t->timer.link.next != NULL || t->entry.run_flags & AIOT_RUN_ARMED;
}

/* It armed a wait that cannot be left, and did not wait: it has to, before anything else. */
static void wait_all_the_same(struct aiot_task *t)
{
	aiot_task_misuse(t, "a wait was begun outside AIOT_WAIT");
	enter_final(t->top);
}

/*
 * It suspended itself, but was stopped during this very step, or waits for what is there already.
 * true: resume it now.
 */
static bool goes_on(struct aiot_task *t, unsigned *waits)
{
	bool at_once = t->entry.run_flags & AIOT_RUN_AT_ONCE;

	t->entry.run_flags &= (uint8_t)~AIOT_RUN_AT_ONCE;
	if (t->entry.run_flags & AIOT_RUN_UNWINDING && stops_into_final(t->top)) {
		if (!disarm(t))
			return false;
		(void)aiot_task_unwind(t);
		return true;
	}
	if (at_once && ++*waits < AT_ONCE_MAX)
		return true;
	if (at_once)
		aiot_task_wake(aiot_task_core(t), t);
	return false;
}

/*
 * Whether a marked task has to fail now: at the first return, and again if it wants to wait where
 * the wait was refused, for then nothing would ever resume it.
 */
static bool misuse_due(const struct aiot_task *t, const struct aiot_frame *f, enum aiot_co co)
{
	if (!(t->entry.run_flags & AIOT_RUN_MISUSED))
		return false;
	if (co == AIOT_PENDING && !armed(t))
		return true;
	return !(f->flags & AIOT_FRAME_FINAL_) && !(t->entry.run_flags & AIOT_RUN_FAILING);
}

/* With none of these a frame that suspends itself is as good as gone. */
#define UNUSUAL (AIOT_RUN_MISUSED | AIOT_RUN_UNWINDING | AIOT_RUN_AT_ONCE)

static bool suspended_at(const struct aiot_task *t, const struct aiot_frame *f, enum aiot_co co)
{
	return co == AIOT_PENDING && t->top == f && !(t->entry.run_flags & UNUSUAL);
}

/*
 * Resume frames until one suspends.  true: the task is suspended, false: it ended.  Out of line: a
 * step that merely suspends again, which most do, does not come here.
 */
static __attribute__((noinline)) bool resume_on(struct aiot_task *t, struct aiot_frame *f,
						enum aiot_co co)
{
	unsigned waits = 0;

	for (;; f = t->top, co = f->fn(t)) {
		if (suspended_at(t, f, co))
			return true;
		if (co == AIOT_PENDING && t->top != f)
			continue; /* it awaits a new frame: run that */
		if (misuse_due(t, f, co))
			co = AIOT_FAILED;
		if (co != AIOT_PENDING && !disarm(t)) {
			wait_all_the_same(t);
			return true;
		}
		switch (co) {
		case AIOT_PENDING:
			if (!(t->entry.run_flags & (AIOT_RUN_UNWINDING | AIOT_RUN_AT_ONCE)))
				return true;
			if (!aiot_wait_refused(t)) {
				if (!goes_on(t, &waits))
					return true;
				continue;
			}
			(void)disarm(t);
			if (fail_frame(t, f))
				continue;
			break;
		case AIOT_RETURNED:
			if (!(f->flags & AIOT_FRAME_FINAL_)) {
				enter_final(f);
				continue;
			}
			break;
		case AIOT_FAILED:
			if (fail_frame(t, f))
				continue;
			break;
		case AIOT_DONE:
			break;
		default:
			aiot_task_misuse(t, "a task function returned none of enum aiot_co");
			if (fail_frame(t, f))
				continue;
		}
		if (!climb(t, f))
			return false;
	}
}

static bool resume(struct aiot_task *t)
{
	struct aiot_frame *f = t->top;
	enum aiot_co co = f->fn(t);

	return suspended_at(t, f, co) || resume_on(t, f, co);
}

/* Its coroutine, at least, is through. */
static __attribute__((noinline)) void end_step(struct aiot_core *core, struct aiot_task *t,
					       const struct aiot_site *began)
{
	enum aiot_state how = AIOT_ENDED;
	bool ended = t->entry.more == NULL || !aiot_children_hold(core, t);

	if (ended)
		how = verdict(t);
	core->current = NULL;
	aiot_account_end(core, t, began);
	if (ended)
		aiot_entry_ended(core, &t->entry, how);
	aiot_account_pause(core);
}

/* Whether it is running only when it says so. */
#if AIOT_BOARD
static bool says_ready(const struct aiot_task *t)
{
	(void)t;
	return false;
}
#else
static bool says_ready(const struct aiot_task *t)
{
	return t->entry.spec->kind.flags & AIOT_SERVICE_SAYS_READY;
}
#endif

void aiot_task_step(struct aiot_core *core, struct aiot_task *t)
{
	const struct aiot_site *began = t->top->site;

	core->current = t;
	aiot_account_begin(core, t);
	if (!resume(t)) {
		end_step(core, t, began);
		return;
	}
	core->current = NULL;
	aiot_account_end(core, t, began);
	if (!AIOT_BOARD && t->entry.run_flags & AIOT_RUN_ASLEEP) {
		t->entry.run_flags &= (uint8_t)~AIOT_RUN_ASLEEP;
		aiot_task_sleep(core, t, t->timer.due * AIOT_NS_PER_MS);
	}
	if (t->entry.state != AIOT_STARTING || says_ready(t))
		return;
	aiot_entry_set(core, &t->entry, AIOT_RUNNING);
	aiot_account_pause(core);
}
