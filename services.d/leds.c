/*
 * leds - shows a pattern on LEDs, frame after frame (blinks one, or chases light along a row), or
 * blinks all of them by a list of times; on Linux also has the kernel drive them.
 * The runtime runs show(), which ends only when it is stopped, and then switches them off.
 * Portable: it asks for nothing but aiotools.h and aiotools-pin.h, so that the same source runs on
 * Linux and on a board, which has no kernel to drive a LED.
 *
 *	pins = 0 1 2		three LEDs
 *	pattern = 100 010 001	three frames of a character each: 1 is on, 0 is off
 *	blink = 100,900		or all on for 100 ms, off for 900 ms, again and again
 */
#include <aiotools-pin.h>

#include <stdbool.h>
#include <string.h>

#define BETWEEN " ,"
#define PIN_BYTES_MAX 64
#define NUMBER_BYTES 8
#define HEARTBEAT "70,190,70,670"

/* What is there besides patterns: the smallest boards have no room for it, no board a kernel. */
#if AIOT_BOARD && defined(AIOT_TEXT) && !AIOT_TEXT
#define HAS_BLINK 0
#else
#define HAS_BLINK 1
#endif
#define HAS_TRIGGER (!AIOT_BOARD)

struct leds {
	const char *pins;
	const char *pattern;
#if HAS_BLINK
	const char *blink; /* "": pattern counts */
#endif
#if HAS_TRIGGER
	const char *trigger; /* "": none */
#endif
	uint32_t step_ms;
	uint32_t wait_ms;	     /* how long the last frame is shown */
	uint32_t frames;	     /* shown */
	uint8_t lit;		     /* blink: they are on */
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

/* The times to blink by, milliseconds on, off, on, off ...; "": the pattern counts. */
static const char *blink_times(const struct leds *self)
{
#if HAS_BLINK
	return strcmp(self->blink, "heartbeat") == 0 ? HEARTBEAT : self->blink;
#else
	(void)self;
	return "";
#endif
}

/* The next of these times; *at moves on.  -AIOT_ENODATA: there is none, -AIOT_EINVAL: it is none.
 */
static int next_time(const char **at, uint32_t *ret_ms)
{
	char word[NUMBER_BYTES];
	size_t len = next_word(at, word, sizeof(word)), i;
	uint32_t ms = 0;

	if (len == 0)
		return -AIOT_ENODATA;
	if (len >= sizeof(word) || word[strspn(word, "0123456789")] != '\0')
		return -AIOT_EINVAL;
	for (i = 0; i < len; i++)
		ms = ms * 10 + (uint32_t)(word[i] - '0');
	if (ms == 0)
		return -AIOT_EINVAL;
	*ret_ms = ms;
	return 0;
}

static const char *blink_wrong(const struct leds *self)
{
	const char *at = blink_times(self);
	uint32_t ms, count = 0;
	int r;

	while ((r = next_time(&at, &ms)) == 0)
		count++;
	if (r == -AIOT_EINVAL)
		return "blink: a time is a number of ms, from 1 to 9999999";
	return count == 0 || count % 2 != 0 ? "blink: times come in pairs, on and off" : NULL;
}

/* What the kernel is to show, "": nothing. */
static const char *trigger_of(const struct leds *self)
{
#if HAS_TRIGGER
	return self->trigger;
#else
	(void)self;
	return "";
#endif
}

/* NULL, or what is wrong with the options. */
static const char *options_wrong(const struct leds *self)
{
	size_t pins = count_words(self->pins), len;
	const char *at = self->pattern;

	if (pins == 0)
		return "pins: names of LEDs are missing";
	if (trigger_of(self)[0] != '\0')
		return NULL; /* neither blink nor pattern count then */
	if (blink_times(self)[0] != '\0')
		return blink_wrong(self);
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

/*
 * Switch all LEDs as a frame says, or all to `lit` without one.  Stops at the first that cannot be
 * switched.
 */
static int show_frame(struct aiot_task *t, struct leds *self, const char *frame, bool lit)
{
	const char *at = self->pins;
	size_t len;
	int r;

	while ((len = next_word(&at, self->pin, sizeof(self->pin))) > 0) {
		if (len > PIN_BYTES_MAX)
			return -AIOT_EINVAL;
		r = aiot_pin_write(t, self->pin, frame != NULL ? *frame++ == '1' : lit);
		if (r < 0)
			return r;
	}
	return 0;
}

static int blink_next(struct aiot_task *t, struct leds *self)
{
	const char *times = blink_times(self), *at = times + self->at;

	if (next_time(&at, &self->wait_ms) < 0) {
		at = times;
		(void)next_time(&at, &self->wait_ms);
	}
	self->at = (uint32_t)(at - times);
	self->lit = !self->lit;
	return show_frame(t, self, NULL, self->lit);
}

static int show_next(struct aiot_task *t, struct leds *self)
{
	const char *frame = self->pattern + self->at;

	self->frames++;
	if (blink_times(self)[0] != '\0')
		return blink_next(t, self);
	self->wait_ms = self->step_ms;

	frame += strspn(frame, BETWEEN);
	if (*frame == '\0') {
		self->at = 0;
		frame = self->pattern + strspn(self->pattern, BETWEEN);
	}
	self->at = (uint32_t)(frame + strcspn(frame, BETWEEN) - self->pattern);
	return show_frame(t, self, frame, false);
}

/* Have the kernel show this on all LEDs. */
static int set_trigger(struct aiot_task *t, struct leds *self, const char *trigger)
{
#if HAS_TRIGGER
	const char *at = self->pins;
	size_t len;
	int r = 0;

	while (r == 0 && (len = next_word(&at, self->pin, sizeof(self->pin))) > 0)
		r = len > PIN_BYTES_MAX ? -AIOT_EINVAL : aiot_pin_trigger(t, self->pin, trigger);
	return r;
#else
	(void)t;
	(void)self;
	(void)trigger;
	return -AIOT_ENOSYS;
#endif
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

static const char *trigger_why(int code)
{
	return code == -AIOT_EINVAL ? "it has no such trigger; its file `trigger` lists them"
				    : why(code);
}

static enum aiot_co show(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct leds, self);
	if (options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", options_wrong(self));
	self->at = 0;
	self->lit = 0;
	if (trigger_of(self)[0] != '\0') {
		aiot_info(t, "trigger %s on LEDs %s", trigger_of(self), self->pins);
		self->code = set_trigger(t, self, trigger_of(self));
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "LED '%s', trigger '%s': %s", self->pin,
				  trigger_of(self), trigger_why(self->code));
		for (;;)
			AIOT_SLEEP_MS(t, UINT32_MAX);
	}
	if (blink_times(self)[0] != '\0')
		aiot_info(t, "blink %s on LEDs %s", blink_times(self), self->pins);
	else
		aiot_info(t, "pattern %s on LEDs %s", self->pattern, self->pins);
	for (;;) {
		self->code = show_next(t, self);
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "LED '%s': %s", self->pin, why(self->code));
		AIOT_SLEEP_MS(t, self->wait_ms);
	}
	AIOT_FINALLY(t);
	if (trigger_of(self)[0] != '\0')
		(void)set_trigger(t, self, "none");
	(void)show_frame(t, self, NULL, false);
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
#if HAS_BLINK
	AIOT_OPT_STR(struct leds, blink, "blink", "",
		     "ms on, off, on, off ... for all at once; or heartbeat; empty: pattern"),
#endif
#if HAS_TRIGGER
	AIOT_OPT_STR(struct leds, trigger, "trigger", "",
		     "what the kernel is to show on them: heartbeat, mmc0 ...; empty: nothing"),
#endif
	AIOT_OPT_MS_LIVE(struct leds, step_ms, "step", "500ms", "how long a frame is shown"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct leds, frames, "frames shown"),
	{0},
};

AIOT_SERVICE(leds, struct leds, .info = "Patterns on LEDs v1.0", .main = show, .opts = opts,
	     .stats = stats, .init = leds_init);
