/*
 * blink - a LED on for 500 ms, off for `sleep`, for ever.  Host only (POSIX, Linux's /sys).
 * The runtime calls blink_init once, which only looks at the options, and runs blink(); the pin is
 * looked for at each start, so that one plugged in later is found by a restart.  It is, in this
 * order: a LED by its name, a GPIO by its number (exported if it is not yet), or nothing but log
 * lines.  The LED is switched off however the task ends.  It never touches a file outside `sysfs`.
 */
#include <aiotools.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ON_MS 500u
#define FLASH_MS 100u
#define FLASHES_MAX 50u
#define PATH_BYTES 256
#define PIN_BYTES_MAX 64

struct flash {
	uint32_t count;
};

struct blink {
	const char *pin;
	const char *sysfs;
	uint32_t sleep_ms;
	uint32_t toggles;
	uint32_t flashes; /* still to be shown */
	int fd;		  /* brightness or value, open for writing; -1: simulated */
	bool exported;	  /* the GPIO is ours to give back */
	char level[16];	  /* what "on" is for this pin, as the file wants it */
};

/* NULL, or what is wrong with the options; the pin becomes a part of a path. */
static const char *options_wrong(const struct blink *self)
{
	if (self->pin[0] == '\0')
		return "pin: a LED's name or a GPIO's number is missing";
	if (strlen(self->pin) > PIN_BYTES_MAX)
		return "pin: the name is too long";
	if (strchr(self->pin, '/') || strstr(self->pin, ".."))
		return "pin: '/' and '..' are not allowed";
	if (self->sysfs[0] != '/')
		return "sysfs: not an absolute path";
	return NULL;
}

static bool is_number(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

/* Open SYSFS/DIR/FILE; a descriptor, or -1 also when the path is too long. */
static int open_at(const struct blink *self, const char *dir, const char *file, int flags)
{
	char path[PATH_BYTES] = "";
	int n = snprintf(path, sizeof(path), "%s/%s/%s", self->sysfs, dir, file);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -1;
	return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

static int put(int fd, const char *text)
{
	ssize_t n;

	do
		n = pwrite(fd, text, strlen(text), 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Write text to a file of its own, such as export. */
static int put_file(const struct blink *self, const char *dir, const char *file, const char *text)
{
	int fd = open_at(self, dir, file, O_WRONLY);
	int rc;

	if (fd < 0)
		return -AIOT_ENOENT;
	rc = put(fd, text);
	(void)close(fd);
	return rc;
}

/* "On" is the LED's own brightest: 1 is hardly visible where there are 255 steps. */
static void level_read(struct blink *self, const char *dir)
{
	char text[sizeof(self->level)] = "";
	int fd = open_at(self, dir, "max_brightness", O_RDONLY);
	ssize_t n;

	(void)snprintf(self->level, sizeof(self->level), "1");
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? strspn(text, "0123456789") : 0] = '\0';
	if (text[0] != '\0')
		memcpy(self->level, text, sizeof(text));
}

static int led_open(struct blink *self)
{
	char dir[PIN_BYTES_MAX + 8] = "";
	int fd;

	(void)snprintf(dir, sizeof(dir), "leds/%s", self->pin);
	fd = open_at(self, dir, "brightness", O_WRONLY);
	if (fd >= 0)
		level_read(self, dir);
	return fd;
}

static int gpio_open(struct blink *self)
{
	char dir[PIN_BYTES_MAX + 16] = "";

	if (!is_number(self->pin))
		return -1;
	(void)snprintf(dir, sizeof(dir), "gpio/gpio%s", self->pin);
	(void)snprintf(self->level, sizeof(self->level), "1");
	if (put_file(self, dir, "direction", "low") < 0) {
		self->exported = put_file(self, "gpio", "export", self->pin) == 0;
		(void)put_file(self, dir, "direction", "low");
	}
	return open_at(self, dir, "value", O_WRONLY);
}

static void pin_open(struct blink *self)
{
	self->exported = false;
	self->fd = led_open(self);
	if (self->fd < 0)
		self->fd = gpio_open(self);
}

static void pin_close(struct blink *self)
{
	if (self->fd >= 0)
		(void)close(self->fd);
	self->fd = -1;
	if (self->exported)
		(void)put_file(self, "gpio", "unexport", self->pin);
	self->exported = false;
}

static int pin_set(struct aiot_task *t, struct blink *self, bool on)
{
	self->toggles++;
	if (self->fd < 0) {
		aiot_info(t, "LED %s %s (simulated)", self->pin, on ? "on" : "off");
		return 0;
	}
	aiot_info(t, "LED %s toggled!", self->pin);
	return put(self->fd, on ? self->level : "0");
}

static enum aiot_co blink(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	self->fd = -1;
	self->exported = false;
	self->flashes = 0;
	if (options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", options_wrong(self));
	pin_open(self);
	for (;;) {
		if (pin_set(t, self, true) < 0)
			AIOT_FAIL(t, -AIOT_EIO, "cannot switch LED '%s' on", self->pin);
		AIOT_SLEEP_MS(t, self->flashes > 0 ? FLASH_MS : ON_MS);
		if (pin_set(t, self, false) < 0)
			AIOT_FAIL(t, -AIOT_EIO, "cannot switch LED '%s' off", self->pin);
		if (self->flashes > 0 && --self->flashes > 0)
			AIOT_SLEEP_MS(t, FLASH_MS);
		else
			AIOT_SLEEP_MS(t, self->sleep_ms);
	}
	AIOT_FINALLY(t);
	if (self->fd >= 0)
		(void)put(self->fd, "0");
	pin_close(self);
	AIOT_END(t);
}

static int blink_init(struct aiot_task *t, void *instance)
{
	const char *wrong = options_wrong(instance);

	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

/* `aiotoolsctl call blink flash 3`: the next times it is on are short. */
static int flash(struct aiot_task *t, void *instance, const void *args)
{
	const struct flash *a = args;
	struct blink *self = instance;

	if (a->count > FLASHES_MAX)
		return aiot_fail(t, -AIOT_ERANGE, "at most %u flashes", FLASHES_MAX);
	self->flashes = a->count;
	return 0;
}

static const struct aiot_opt flash_opts[] = {
	AIOT_OPT_U32(struct flash, count, "count", "3", "how many"),
	{0},
};

static const struct aiot_verb verbs[] = {
	{"flash", "short flashes, the next time it is on", flash, flash_opts, sizeof(struct flash),
	 0},
	{0},
};

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct blink, pin, "pin", "2", "name of a LED, or number of a GPIO"),
	AIOT_OPT_MS_LIVE(struct blink, sleep_ms, "sleep", "5s", "how long it is off"),
	AIOT_OPT_STR(struct blink, sysfs, "sysfs", "/sys/class", "where leds/ and gpio/ are"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct blink, toggles, "times switched on or off"),
	{0},
};

AIOT_SERVICE(blink, struct blink, .info = "Blink example v1.0", .main = blink, .opts = opts,
	     .stats = stats, .init = blink_init, .verbs = verbs);
