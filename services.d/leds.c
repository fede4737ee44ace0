/*
 * leds - shows a pattern on LEDs, frame after frame: blinks one, or chases light along a row.
 * The runtime runs show(), which ends only when it is stopped, and then switches them off.
 * Portable: it asks for nothing but aiotools.h and aiotools-pin.h, so that the same source runs on
 * Linux and on a board.
 *
 *	pins = 0 1 2		three LEDs
 *	pattern = 100 010 001	three frames of a character each: 1 is on, 0 is off
 */
#include <aiotools-pin.h>

#include <stdbool.h>
#include <string.h>

#define BETWEEN " ,"
#define PIN_BYTES_MAX 64

struct leds {
	const char *pins;
	const char *pattern;
	uint32_t step_ms;
	uint32_t frames;	     /* shown */
	int code;		     /* of the last frame: 0, or why it was not shown */
	uint32_t at;		     /* where the next frame is in the pattern */
	char pin[PIN_BYTES_MAX + 1]; /* the one at hand, for sentences too */
};

/* Copy the next word, at most `size` with its NUL; *at moves on.  0: there is none. */
static size_t next_word(const char **at, char *word, size_t size)
{
	const char *from = *at + strspn(*at, BETWEEN);
	size_t len = strcspn(from, BETWEEN);

	*at = from + len;
	if (len >= size)
		return len;
	memcpy(word, from, len);
	word[len] = '\0';
	return len;
}

static size_t count_words(const char *text)
{
	char word[1];
	size_t count = 0;

	while (next_word(&text, word, sizeof(word)) > 0)
		count++;
	return count;
}

/* NULL, or what is wrong with the options. */
static const char *options_wrong(const struct leds *self)
{
	size_t pins = count_words(self->pins), len;
	const char *at = self->pattern;

	if (pins == 0)
		return "pins: names of LEDs are missing";
	if (at[strspn(at, "01" BETWEEN)] != '\0')
		return "pattern: a frame is made of 1 and 0";
	if (count_words(at) == 0)
		return "pattern: it has no frame";
	for (at += strspn(at, BETWEEN); *at != '\0'; at += len + strspn(at + len, BETWEEN)) {
		len = strcspn(at, BETWEEN);
		if (len != pins)
			return "pattern: a frame has a 1 or 0 for each of the pins";
	}
	return NULL;
}

/* Switch all LEDs as a frame says (NULL: off).  Stops at the first that cannot be switched. */
static int show_frame(struct aiot_task *t, struct leds *self, const char *frame)
{
	const char *at = self->pins;
	size_t len;
	int r;

	while ((len = next_word(&at, self->pin, sizeof(self->pin))) > 0) {
		if (len > PIN_BYTES_MAX)
			return -AIOT_EINVAL;
		r = aiot_pin_write(t, self->pin, frame != NULL && *frame++ == '1');
		if (r < 0)
			return r;
	}
	return 0;
}

static int show_next(struct aiot_task *t, struct leds *self)
{
	const char *frame = self->pattern + self->at;

	frame += strspn(frame, BETWEEN);
	if (*frame == '\0') {
		self->at = 0;
		frame = self->pattern + strspn(self->pattern, BETWEEN);
	}
	self->at = (uint32_t)(frame + strcspn(frame, BETWEEN) - self->pattern);
	self->frames++;
	return show_frame(t, self, frame);
}

static const char *why(int code)
{
	switch (code) {
	case -AIOT_ENOENT:
		return "there is no such LED";
	case -AIOT_EINVAL:
		return "nothing can have that name";
	case -AIOT_EACCES:
		return "not allowed";
	default:
		return "it does not work";
	}
}

static enum aiot_co show(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct leds, self);
	if (options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", options_wrong(self));
	self->at = 0;
	aiot_info(t, "pattern %s on LEDs %s", self->pattern, self->pins);
	for (;;) {
		self->code = show_next(t, self);
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "LED '%s': %s", self->pin, why(self->code));
		AIOT_SLEEP_MS(t, self->step_ms);
	}
	AIOT_FINALLY(t);
	(void)show_frame(t, self, NULL);
	AIOT_END(t);
}

static int leds_init(struct aiot_task *t, void *instance)
{
	const char *wrong = options_wrong(instance);

	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct leds, pins, "pins", "0", "LEDs by name, with blanks or commas between"),
	AIOT_OPT_STR(struct leds, pattern, "pattern", "1 0",
		     "frames, each with a 1 (on) or 0 (off) for each LED"),
	AIOT_OPT_MS_LIVE(struct leds, step_ms, "step", "500ms", "how long a frame is shown"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct leds, frames, "frames shown"),
	{0},
};

AIOT_SERVICE(leds, struct leds, .info = "Patterns on LEDs v1.0", .main = show, .opts = opts,
	     .stats = stats, .init = leds_init);
