/*
 * pin.c - aiotools-pin.h on Linux: LEDs, GPIOs that are exported, and values of sensors, as files
 * of /sys, or of what AIOTOOLS_SYSFS names in the environment.
 *
 * Called by services, on the loop.  Each call opens its file anew: a pin may come and go with its
 * hardware, and a blinking LED does not need more.  Nothing here exports a GPIO or sets its
 * direction; whoever may do that has done it.
 *
 *	NAME		leds/NAME/brightness		LED
 *	NUMBER		gpio/gpioNUMBER/value		GPIO
 *	DEVICE/VALUE	a file with a number of hwmon, thermal, power_supply or iio: read only
 */
#include <aiotools-pin.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 100
#define PATH_BYTES 256
#define NUMBER_BYTES 24
#define LEDS "class/leds/"
#define GPIOS "class/gpio/gpio"

static int code_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
		return -AIOT_ENOENT;
	case EACCES:
	case EPERM:
	case EROFS:
		return -AIOT_EACCES;
	default:
		return -AIOT_EIO;
	}
}

/* It becomes a part of a path: not a way out of /sys. */
static bool is_name(const char *pin)
{
	const char *slash = strchr(pin, '/');

	return pin[0] != '\0' && pin[0] != '/' && strlen(pin) <= NAME_MAX_BYTES &&
	       strstr(pin, "..") == NULL &&
	       (slash == NULL || (slash[1] != '\0' && strchr(slash + 1, '/') == NULL));
}

static bool is_number(const char *pin)
{
	return pin[strspn(pin, "0123456789")] == '\0';
}

/* A file whose path has the pin in its middle; a descriptor or a negative code. */
static int open_file(const char *root, int flags, const char *before, const char *pin,
		     const char *behind)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/%s%s%s", root, before, pin, behind), fd;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -AIOT_EINVAL;
	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? code_of(errno) : fd;
}

/* A whole number, alone in a file. */
static int read_number(int fd, int32_t *ret_value)
{
	char text[NUMBER_BYTES] = "", *end;
	ssize_t n;
	long value;

	do
		n = read(fd, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return code_of(errno);
	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || (*end != '\0' && *end != '\n') || errno != 0 || value > INT32_MAX ||
	    value < INT32_MIN)
		return -AIOT_EIO;
	*ret_value = (int32_t)value;
	return 0;
}

static int write_text(int fd, const char *text)
{
	ssize_t n;

	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	return n < 0 ? code_of(errno) : 0;
}

/* "On" is the LED's own brightest: 1 is hardly visible where there are 255 steps. */
static int led_write(const char *root, int fd, const char *pin, bool on)
{
	char text[NUMBER_BYTES];
	int32_t level = 1;
	int max = open_file(root, O_RDONLY, LEDS, pin, "/max_brightness");

	if (max >= 0) {
		(void)read_number(max, &level);
		(void)close(max);
	}
	(void)snprintf(text, sizeof(text), "%d", on ? (int)level : 0);
	return write_text(fd, text);
}

static int pin_write(const char *root, const char *pin, bool on)
{
	int fd, r;

	if (!is_name(pin) || strchr(pin, '/') != NULL)
		return -AIOT_EINVAL;
	fd = open_file(root, O_WRONLY, LEDS, pin, "/brightness");
	if (fd >= 0) {
		r = led_write(root, fd, pin, on);
	} else {
		if (fd != -AIOT_ENOENT || !is_number(pin))
			return fd;
		fd = open_file(root, O_WRONLY, GPIOS, pin, "/value");
		if (fd < 0)
			return fd;
		r = write_text(fd, on ? "1" : "0");
	}
	(void)close(fd);
	return r;
}

/* Its file, wherever it is. */
static int open_input(const char *root, const char *pin)
{
	static const char *const places[] = {"class/hwmon/", "class/thermal/",
					     "class/power_supply/", "bus/iio/devices/"};
	int fd = -AIOT_ENOENT;
	size_t i;

	if (strchr(pin, '/') == NULL) {
		fd = open_file(root, O_RDONLY, LEDS, pin, "/brightness");
		if (fd == -AIOT_ENOENT && is_number(pin))
			fd = open_file(root, O_RDONLY, GPIOS, pin, "/value");
		return fd;
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]) && fd == -AIOT_ENOENT; i++)
		fd = open_file(root, O_RDONLY, places[i], pin, "");
	return fd;
}

static int pin_read(const char *root, const char *pin, int32_t *ret_value)
{
	int32_t value = 0;
	int fd, r;

	if (!is_name(pin))
		return -AIOT_EINVAL;
	fd = open_input(root, pin);
	if (fd < 0)
		return fd;
	r = read_number(fd, &value);
	(void)close(fd);
	if (r == 0)
		*ret_value = strchr(pin, '/') != NULL ? value : value != 0;
	return r;
}

/* The kernel's own words for what it will do with a LED. */
static int pin_trigger(const char *root, const char *pin, const char *trigger)
{
	int fd, r;

	if (!is_name(pin) || strchr(pin, '/') != NULL || trigger[0] == '\0')
		return -AIOT_EINVAL;
	fd = open_file(root, O_WRONLY, LEDS, pin, "/trigger");
	if (fd < 0)
		return fd;
	r = write_text(fd, trigger);
	if (r == -AIOT_EIO && errno == EINVAL)
		r = -AIOT_EINVAL;
	(void)close(fd);
	return r;
}

/* Where the devices are: /sys, for trials elsewhere. */
static const char *sysfs(void)
{
	const char *root = getenv("AIOTOOLS_SYSFS");

	return root != NULL && root[0] == '/' ? root : "/sys";
}

int aiot_pin_write(struct aiot_task *t, const char *pin, int32_t value)
{
	(void)t;
	return pin_write(sysfs(), pin, value != 0);
}

int aiot_pin_read(struct aiot_task *t, const char *pin, int32_t *ret_value)
{
	(void)t;
	return pin_read(sysfs(), pin, ret_value);
}

int aiot_pin_trigger(struct aiot_task *t, const char *pin, const char *trigger)
{
	(void)t;
	return pin_trigger(sysfs(), pin, trigger);
}
