/*
 * watcher-beat.c - see watcher-beat.h.  The runtime runs beat() as the watcher's child; the
 * watcher's struct says how it is.  What drove the LED before (its trigger) and how bright it was
 * is given back at the end.  It touches nothing but SYSFS/leds/LED.  Host only.
 */
#include "watcher-beat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 256
#define LIT_MS 70u
#define CALM_MS 930u
#define TROUBLED_MS 130u

const char *beat_options_wrong(const char *led, const char *sysfs)
{
	if (sysfs[0] != '/')
		return "sysfs: not an absolute path";
	if (led[0] == '.' || strchr(led, '/') != NULL)
		return "led: '/' is not allowed, nor a '.' in front";
	if (strlen(led) + strlen(sysfs) + sizeof("/leds//brightness") > PATH_BYTES)
		return "led: the path is too long";
	return NULL;
}

static int open_file(const struct beat *self, const char *file, int flags)
{
	char path[PATH_BYTES];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/leds/%s/%s", self->sysfs, self->led, file);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The first line of a file, cut to its room.  0 or a negative errno. */
static int read_file(const struct beat *self, const char *file, char *buf, size_t size)
{
	int fd = open_file(self, file, O_RDONLY);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	n = n < 0 ? -errno : n;
	(void)close(fd);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static int write_file(const struct beat *self, const char *file, const char *text)
{
	int fd = open_file(self, file, O_WRONLY | O_TRUNC);
	int r;

	if (fd < 0)
		return fd;
	r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

/* The one in brackets: "none [mmc0] timer". */
static void take_trigger(struct beat *self)
{
	char all[4096], *from, *end;

	self->trigger[0] = '\0';
	if (read_file(self, "trigger", all, sizeof(all)) < 0)
		return;
	from = strchr(all, '[');
	end = from ? strchr(from, ']') : NULL;
	if (end == NULL || (size_t)(end - from) > sizeof(self->trigger))
		return;
	*end = '\0';
	(void)snprintf(self->trigger, sizeof(self->trigger), "%s", from + 1);
}

static int take_led(struct beat *self)
{
	int r = read_file(self, "brightness", self->brightness, sizeof(self->brightness));

	self->open = r == 0;
	if (r < 0)
		return r;
	take_trigger(self);
	if (self->trigger[0] != '\0' && strcmp(self->trigger, "none") != 0)
		r = write_file(self, "trigger", "none");
	return r;
}

/* Brightness first: a trigger then does what it likes with it. */
static void give_back(struct beat *self)
{
	if (!self->open)
		return;
	self->open = false;
	(void)write_file(self, "brightness", self->brightness);
	if (self->trigger[0] != '\0' && strcmp(self->trigger, "none") != 0)
		(void)write_file(self, "trigger", self->trigger);
}

static int light(const struct beat *self, bool lit)
{
	char most[16];

	if (!lit)
		return write_file(self, "brightness", "0");
	if (read_file(self, "max_brightness", most, sizeof(most)) < 0 || most[0] == '\0')
		(void)snprintf(most, sizeof(most), "1");
	return write_file(self, "brightness", most);
}

static uint32_t pause_ms(const struct aiot_task *t)
{
	const struct beat_orders *orders = aiot_parent_self(t);

	return orders != NULL && orders->troubled ? TROUBLED_MS : CALM_MS;
}

enum aiot_co beat(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct beat, self);
	self->open = false;
	if (beat_options_wrong(self->led, self->sysfs))
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", beat_options_wrong(self->led, self->sysfs));
	self->code = take_led(self);
	if (self->code < 0)
		AIOT_FAIL(t, self->code, "LED '%s': %s", self->led, strerror(-self->code));
	for (;;) {
		self->code = light(self, true);
		if (self->code == 0) {
			AIOT_SLEEP_MS(t, LIT_MS);
			self->code = light(self, false);
		}
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "LED '%s': %s", self->led, strerror(-self->code));
		self->beats++;
		AIOT_SLEEP_MS(t, pause_ms(t));
	}
	AIOT_FINALLY(t);
	give_back(self);
	AIOT_END(t);
}
