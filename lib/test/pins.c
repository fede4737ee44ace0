/*
 * pins.c - aiotools-pin.h where the test says what pins there are; in the place of lib/host/pin.c.
 *
 * Called by services that are tested, and by their tests.
 */
#include <aiotools-pin.h>

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "posix.h"

struct aiot_test_pin {
	struct aiot_test_pin *next; /* link: aiot_test.pins */
	int32_t value;
	int code;
	char *trigger; /* NULL: none */
	char name[];
};

static struct aiot_test_pin *find(struct aiot_test *x, const char *name)
{
	struct aiot_test_pin *pin = x->pins;

	while (pin != NULL && strcmp(pin->name, name) != 0)
		pin = pin->next;
	return pin;
}

static struct aiot_test_pin *make(struct aiot_test *x, const char *name)
{
	struct aiot_test_pin *pin = find(x, name);
	size_t len = strlen(name) + 1;

	if (pin != NULL)
		return pin;
	pin = calloc(1, sizeof(*pin) + len);
	if (pin == NULL)
		aiot_test_wrong("no memory for a pin");
	memcpy(pin->name, name, len);
	pin->next = x->pins;
	x->pins = pin;
	return pin;
}

void aiot_test_pins_free(struct aiot_test *x)
{
	struct aiot_test_pin *pin;

	while ((pin = x->pins) != NULL) {
		x->pins = pin->next;
		free(pin->trigger);
		free(pin);
	}
}

void aiot_test_pin(struct aiot_test *x, const char *pin, int32_t value)
{
	make(x, pin)->value = value;
}

void aiot_test_pin_broken(struct aiot_test *x, const char *pin, int code)
{
	make(x, pin)->code = code;
}

static const struct aiot_test_pin *need(struct aiot_test *x, const char *name)
{
	const struct aiot_test_pin *pin = find(x, name);

	if (pin == NULL)
		aiot_test_wrong("there is no pin '%s'", name);
	return pin;
}

int32_t aiot_test_pin_value(struct aiot_test *x, const char *pin)
{
	return need(x, pin)->value;
}

const char *aiot_test_pin_trigger(struct aiot_test *x, const char *pin)
{
	const struct aiot_test_pin *found = need(x, pin);
	struct aiot_out *text = aiot_test_text(x);

	aiot_out_text(text, found->trigger ? found->trigger : "");
	return aiot_test_str(text);
}

static int pin_of(struct aiot_task *t, const char *name, struct aiot_test_pin **ret)
{
	struct aiot_host *host = aiot_posix_host(t);
	struct aiot_test_pin *pin = find(host->loop->data, name);

	if (name[0] == '\0')
		return -AIOT_EINVAL;
	if (pin == NULL)
		return -AIOT_ENOENT;
	*ret = pin;
	return pin->code;
}

int aiot_pin_write(struct aiot_task *t, const char *pin, int32_t value)
{
	struct aiot_test_pin *found;
	int r = pin_of(t, pin, &found);

	if (r == 0)
		found->value = value;
	return r;
}

int aiot_pin_read(struct aiot_task *t, const char *pin, int32_t *ret_value)
{
	struct aiot_test_pin *found;
	int r = pin_of(t, pin, &found);

	if (r == 0)
		*ret_value = found->value;
	return r;
}

/* Of any text, for which there are is the kernel's to say; "none" is one like others. */
int aiot_pin_trigger(struct aiot_task *t, const char *pin, const char *trigger)
{
	struct aiot_test_pin *found;
	int r = trigger[0] ? pin_of(t, pin, &found) : -AIOT_EINVAL;

	if (r < 0)
		return r;
	free(found->trigger);
	found->trigger = strdup(trigger);
	if (found->trigger == NULL)
		aiot_test_wrong("no memory for a pin");
	return 0;
}
