/*
 * api.c - aiotools.h's functions: what a service may call while one of its functions runs.
 *
 * Called by services, through the macros or by name.  A call at the wrong time or with something
 * impossible marks the task, which fails at its next return; everybody else goes on.
 */
#include <string.h>

#include "service.h"
#include "task.h"
#include "timetext.h"
#include "wait.h"

void aiot_wait_wrong(struct aiot_task *t)
{
	if (!AIOT_HELP)
		aiot_task_misuse(t, "");
	else if (aiot_task_core(t)->current != t)
		aiot_task_misuse(t, "called while the task was not running");
	else if (t->entry.run_flags & AIOT_RUN_HOOK)
		aiot_task_misuse(t, "a wait in init, on_stop or on_error");
	else
		aiot_task_misuse(t, "two waits at the same time");
}

void aiot_yield_(struct aiot_task *t)
{
	if (aiot_wait_may(t)) /* it runs, so it is in no list, and nobody has to be woken */
		aiot_fifo_append(&aiot_task_core(t)->ready, &t->timer.link);
}

#if AIOT_BOARD
#ifdef __ARM_ARCH_6M__
/* In products of 32 bits, for there are no others. */
static uint64_t ns_of_ms(uint32_t ms)
{
	const uint32_t factor = (uint32_t)(AIOT_NS_PER_MS >> 6);

	return (((uint64_t)((ms >> 16) * factor) << 16) + (ms & 0xffff) * factor) << 6;
}
#else
static uint64_t ns_of_ms(uint32_t ms)
{
	return ms * AIOT_NS_PER_MS;
}
#endif

/* At once, by the clock: nothing else is in the way of the executor. */
void aiot_sleep_ms_(struct aiot_task *t, uint32_t ms)
{
	if (!aiot_wait_may(t))
		return;
	t->entry.run_flags &= (uint8_t)~AIOT_RUN_WAITED;
	aiot_task_sleep(aiot_task_core(t), t, ns_of_ms(ms));
}
#else
/* The step may have taken long already, so its end is where the time counts from. */
void aiot_sleep_ms_(struct aiot_task *t, uint32_t ms)
{
	if (!aiot_wait_may(t))
		return;
	t->timer.due = ms;
	t->entry.run_flags = /* due is the sleep's from now on */
		(uint8_t)((t->entry.run_flags & ~AIOT_RUN_WAITED) | AIOT_RUN_ASLEEP);
}
#endif

/* A frame that is being awaited already would wait for itself. */
static bool in_chain(const struct aiot_task *t, const struct aiot_frame *frame)
{
	const struct aiot_frame *f;

	for (f = t->top; f != NULL; f = f->caller) {
		if (f == frame)
			return true;
	}
	return false;
}

void aiot_await_(struct aiot_task *t, struct aiot_frame *child, aiot_co_fn *fn, int caught)
{
	struct aiot_frame *caller = t->top;

	if (!aiot_wait_may(t))
		return;
	if (in_chain(t, child)) {
		aiot_task_misuse(t, "a coroutine awaits the frame it runs in");
		return;
	}
	*child = (struct aiot_frame){.fn = fn, .self = child, .caller = caller};
	if (caught)
		child->flags |= AIOT_FRAME_CAUGHT;
	if (caller->flags & (AIOT_FRAME_FINAL_ | AIOT_FRAME_CLEANUP))
		child->flags |= AIOT_FRAME_CLEANUP;
	aiot_task_forget_error(t); /* one that was caught is told until the next await */
	t->top = child;
}

int aiot_fail_(struct aiot_task *t, int code, const struct aiot_site *site, const char *fmt, ...)
{
	struct aiot_core *core = aiot_task_core(t);
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out out;
	va_list ap;

	if (code >= 0)
		code = -AIOT_EINVAL;
	t->entry.fail = aiot_fail_byte(code);
	if (t->entry.run_flags & (AIOT_RUN_FAILING | AIOT_RUN_MISUSED))
		return code; /* the first error is the one to be told */
	aiot_out_init(&out, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	(void)aiot_out_str(&out);
	aiot_entry_outcome(core, &t->entry,
			   aiot_outcome_error(core, code, text, strlen(text), t->top, site));
	return code;
}

/* Never part of a coroutine, whose every step would make room for the text. */
__attribute__((noinline)) enum aiot_co aiot_bad_resume_(struct aiot_task *t, const char *func)
{
#if AIOT_HELP
	char what[120];

	(void)aiot_format_to(what, sizeof(what), "%s() cannot be resumed at line %u", func,
			     t->top->at);
	aiot_task_misuse(t, what);
#else
	(void)func;
	aiot_task_misused(t);
#endif
	return AIOT_FAILED;
}

int aiot_caught(const struct aiot_task *t, const char **ret_message)
{
	const struct aiot_outcome *o = aiot_outcome_of(&t->entry);
	bool told = t->entry.fail && o != NULL && o->type == AIOT_OUTCOME_ERROR &&
		    !(t->entry.run_flags & AIOT_RUN_FAILING); /* else it is of another failure */

	if (ret_message)
		*ret_message = told ? o->text : "";
	return told ? o->code : -(int)t->entry.fail;
}

/* ---- results ---- */

#if !AIOT_OUTCOMES
/* Nobody can ask for one: it is taken, and not kept. */
static int drop_result(struct aiot_task *t)
{
	return t->entry.run_flags & (AIOT_RUN_FAILING | AIOT_RUN_MISUSED) ? -AIOT_ECANCELED : 0;
}

int aiot_result_none(struct aiot_task *t)
{
	return drop_result(t);
}

int aiot_result_int(struct aiot_task *t, int64_t value)
{
	(void)value;
	return drop_result(t);
}

int aiot_result_decimal(struct aiot_task *t, int64_t value, unsigned digits)
{
	(void)value;
	return digits > 18 ? -AIOT_EINVAL : drop_result(t);
}

int aiot_result_text(struct aiot_task *t, const char *text)
{
	return strlen(text) > AIOT_RESULT_MAX ? -AIOT_EMSGSIZE : drop_result(t);
}

/* As with the others, but for what is no JSON. */
int aiot_result_json(struct aiot_task *t, const char *json)
{
	return aiot_result_text(t, json);
}
#else
static int set_result(struct aiot_task *t, struct aiot_outcome *o)
{
	if (o == NULL)
		return -AIOT_ENOMEM;
	if (t->entry.run_flags & (AIOT_RUN_FAILING | AIOT_RUN_MISUSED)) {
		aiot_outcome_free(aiot_task_core(t), o);
		return -AIOT_ECANCELED;
	}
	aiot_entry_outcome(aiot_task_core(t), &t->entry, o);
	return 0;
}

int aiot_result_none(struct aiot_task *t)
{
	if (t->entry.run_flags & (AIOT_RUN_FAILING | AIOT_RUN_MISUSED))
		return -AIOT_ECANCELED;
	aiot_entry_outcome(aiot_task_core(t), &t->entry, NULL);
	return 0;
}

int aiot_result_int(struct aiot_task *t, int64_t value)
{
	return set_result(t, aiot_outcome_value(aiot_task_core(t), AIOT_OUTCOME_INT, value, 0));
}

int aiot_result_decimal(struct aiot_task *t, int64_t value, unsigned digits)
{
	if (digits > 18)
		return -AIOT_EINVAL;
	return set_result(
		t, aiot_outcome_value(aiot_task_core(t), AIOT_OUTCOME_DECIMAL, value, digits));
}

int aiot_result_text(struct aiot_task *t, const char *text)
{
	size_t len = strlen(text);

	if (len > AIOT_RESULT_MAX)
		return -AIOT_EMSGSIZE;
	return set_result(t, aiot_outcome_text(aiot_task_core(t), AIOT_OUTCOME_TEXT, text, len));
}

/* A reply wraps it in objects of its own, and must stay within what every reader takes. */
static bool too_deep(struct aiot_json value)
{
	unsigned depth = 0, deepest = 0;
	bool in_string = false;
	size_t i;

	for (i = 0; i < value.len; i++) {
		char c = value.text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']'))
			depth--;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest > AIOT_RESULT_DEPTH;
}

int aiot_result_json(struct aiot_task *t, const char *json)
{
	size_t len = strlen(json);
	struct aiot_json value;

	if (len > AIOT_RESULT_MAX)
		return -AIOT_EMSGSIZE;
	if (aiot_json_parse(json, len, &value, NULL) < 0 || too_deep(value))
		return -AIOT_EINVAL;
	return set_result(
		t, aiot_outcome_text(aiot_task_core(t), AIOT_OUTCOME_JSON, value.text, value.len));
}

#endif

void aiot_print(struct aiot_task *t, const char *fmt, ...)
{
#if AIOT_VERBS && AIOT_TEXT
	struct aiot_core *core = aiot_task_core(t);
	va_list ap;

	if (core->print == NULL || core->current != t) {
		aiot_task_misuse(t, "aiot_print outside of .report");
		return;
	}
	va_start(ap, fmt);
	aiot_vformat(core->print, fmt, ap);
	va_end(ap);
#else
	(void)t;
	(void)fmt; /* nobody can ask for a report */
#endif
}

void aiot_ready(struct aiot_task *t)
{
	if (aiot_task_core(t)->current != t || t->entry.run_flags & AIOT_RUN_HOOK)
		aiot_task_misuse(t, "aiot_ready outside of a run");
	else if (t->entry.state == AIOT_STARTING)
		aiot_entry_set(aiot_task_core(t), &t->entry, AIOT_RUNNING);
}

void aiot_inaction(struct aiot_task *t)
{
	if (aiot_task_core(t)->current != t || t->entry.run_flags & AIOT_RUN_HOOK)
		aiot_task_misuse(t, "aiot_inaction outside of a run");
	else
		t->entry.flags |= AIOT_ENTRY_IDLE;
}

/* ---- the rest ---- */

const char *aiot_name(const struct aiot_task *t)
{
	return aiot_entry_name(&t->entry);
}

void *aiot_self(const struct aiot_task *t)
{
	return t->root.self;
}

uint64_t aiot_now_ns(const struct aiot_task *t)
{
	struct aiot_core *core = aiot_task_core(t);

	return core->ops->mono_ns(core->ctx);
}

int64_t aiot_wall_ns(const struct aiot_task *t)
{
	struct aiot_core *core = aiot_task_core(t);

	return core->ops->wall_ns(core->ctx);
}

void aiot_vlog(struct aiot_task *t, enum aiot_level level, const char *fmt, va_list ap)
{
	aiot_core_vlog(aiot_task_core(t), aiot_entry_name(&t->entry),
		       aiot_entry_name_len(&t->entry), level, fmt, ap);
}

void aiot_log(struct aiot_task *t, enum aiot_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aiot_vlog(t, level, fmt, ap);
	va_end(ap);
}
