/*
 * echo - a service for tests whose result is its option `text`; with an option that changes while
 * it runs, verbs of its own and a second kind of task.
 */
#include <aiotools.h>

#include <string.h>

struct echo {
	const char *text;
	uint32_t after_ms;
	uint32_t inits;
};

struct say {
	const char *what;
	uint32_t times;
};

static enum aiot_co echo(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct echo, self);
	AIOT_SLEEP_MS(t, self->after_ms);
	aiot_info(t, "%zu bytes", strlen(self->text));
	if (aiot_result_text(t, self->text) < 0)
		AIOT_FAIL(t, -AIOT_EMSGSIZE, "no room for %zu bytes", strlen(self->text));
	AIOT_END(t);
}

static enum aiot_co number(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct echo, self);
	(void)aiot_result_int(t, 42);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	((struct echo *)self)->inits++;
	return strcmp(((struct echo *)self)->text, "bad") == 0
		       ? aiot_fail(t, -AIOT_EINVAL, "text: bad")
		       : 0;
}

static int say(struct aiot_task *t, void *self, const void *args)
{
	const struct say *a = args;

	(void)self;
	if (a->times > 3)
		return aiot_fail(t, -AIOT_EBUSY, "not %u times", a->times);
	aiot_info(t, "%s, %u times", a->what, a->times);
	return aiot_result_text(t, a->what);
}

static int size(struct aiot_task *t, void *self, const void *args)
{
	(void)args;
	return aiot_result_int(t, (int64_t)strlen(((struct echo *)self)->text));
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR_LIVE(struct echo, text, "text", "", "what it returns"),
	AIOT_OPT_MS(struct echo, after_ms, "after", "0", "when"),
	{0},
};

static const struct aiot_opt say_opts[] = {
	AIOT_OPT_STR(struct say, what, "what", "hello", "the words"),
	AIOT_OPT_U32(struct say, times, "times", "1", "how often"),
	{0},
};

static const struct aiot_verb verbs[] = {
	{"say", "say something to the log", say, say_opts, sizeof(struct say), 0},
	{"size", "length of the text", size, NULL, 0, AIOT_VERB_READ},
	{0},
};

static const struct aiot_kind kinds[] = {
	{.name = "number", .fn = number, .self_size = sizeof(struct echo)},
	{0},
};

AIOT_SERVICE(echo, struct echo, .info = "Returns what it was given", .main = echo, .opts = opts,
	     .kinds = kinds, .verbs = verbs, .init = init);
