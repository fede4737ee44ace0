/*
 * verbs.c - orders and questions of a service's own, with typed arguments, and a report.
 *
 *	aiotoolsctl load verbs
 *	aiotoolsctl describe verbs			its verbs, their options and help
 *	aiotoolsctl call verbs push 5 'from the left'	"depth 1"
 *	aiotoolsctl call verbs push weight=7.5
 *	aiotoolsctl call verbs pop			7.500
 *	aiotoolsctl report verbs
 * Completion knows the verbs, too.
 */
#include <aiotools.h>

#include <stdio.h>

#define ROOM 8

struct stack {
	int64_t weight[ROOM]; /* in thousandths */
	uint32_t depth, pushed;
};

/* Filled in from the words of the call, as options are from an INI file. */
struct push_args {
	int64_t weight;
	const char *note; /* valid until push() returns */
};

/* A verb runs between two steps of its task, whether that is running or not, and cannot wait. */
static int push(struct aiot_task *t, void *instance, const void *args)
{
	const struct push_args *a = args;
	struct stack *self = instance;
	char text[32];

	if (self->depth == ROOM)
		return aiot_fail(t, -AIOT_ENOSPC, "the stack is full, pop one of its %d", ROOM);
	self->weight[self->depth++] = a->weight;
	self->pushed++;
	aiot_info(t, "pushed%s%s", a->note[0] ? ": " : "", a->note);
	(void)snprintf(text, sizeof(text), "depth %u", self->depth);
	return aiot_result_text(t, text); /* what is set as result is the answer */
}

static int pop(struct aiot_task *t, void *instance, const void *args)
{
	struct stack *self = instance;

	(void)args;
	if (self->depth == 0)
		return aiot_fail(t, -AIOT_ENOENT, "the stack is empty");
	return aiot_result_decimal(t, self->weight[--self->depth], 3);
}

static int depth(struct aiot_task *t, void *instance, const void *args)
{
	(void)args;
	return aiot_result_int(t, ((const struct stack *)instance)->depth);
}

static int report(struct aiot_task *t, void *instance)
{
	const struct stack *self = instance;
	uint32_t i;

	aiot_print(t, "%u on the stack, %u pushed so far\n", self->depth, self->pushed);
	for (i = self->depth; i-- > 0;)
		aiot_print(t, "%3u: %lld g\n", i + 1, (long long)self->weight[i]);
	return 0;
}

static enum aiot_co rest(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct stack, self);
	for (;;)
		AIOT_SLEEP_MS(t, 3600000); /* it only has verbs */
	AIOT_END(t);
}

static const struct aiot_opt push_opts[] = {
	AIOT_OPT_DEC3(struct push_args, weight, "weight", "1", "in kilograms"),
	AIOT_OPT_STR(struct push_args, note, "note", "", "for the log"),
	{0},
};
static const struct aiot_verb verbs[] = {
	{.name = "push",
	 .help = "put a weight on the stack",
	 .fn = push,
	 .opts = push_opts,
	 .args_size = sizeof(struct push_args)},
	{.name = "pop", .help = "take the uppermost one", .fn = pop},
	{.name = "depth", .help = "how many there are", .fn = depth, .flags = AIOT_VERB_READ},
	{0},
};

AIOT_SERVICE(verbs, struct stack, .info = "Example: verbs", .main = rest, .verbs = verbs,
	     .report = report);
