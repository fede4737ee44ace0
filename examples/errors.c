/*
 * errors.c - failing, with the way there: coroutines that await each other, one that catches, and
 * what is undone on the way out.
 *
 *	aiotoolsctl load errors
 *	aiotoolsctl traceback errors	upload(), send_part(), each with its line
 *	aiotoolsctl log errors		the line that was dropped was tried three times
 */
#include <aiotools.h>

#include <stdbool.h>

/* A coroutine that others await: its frame is the first member of its own struct. */
struct part {
	struct aiot_frame co;
	uint32_t number, lossy;
	bool open;
};

struct upload {
	uint32_t parts, broken; /* which one never arrives; 0: none */
	uint32_t i, tries, sent;
	struct part part;
};

static enum aiot_co send_part(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	self->open = true;
	AIOT_SLEEP_MS(t, 100);
	if (self->number == self->lossy)
		AIOT_FAIL(t, -AIOT_EPIPE, "part %u: the line was dropped", self->number);
	AIOT_FINALLY(t); /* however it ends: at its end, by the failure, by a stop */
	self->open = false;
	aiot_debug(t, "part %u: closed", self->number);
	AIOT_END(t);
}

static enum aiot_co upload(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct upload, self);
	for (self->i = 1, self->sent = 0; self->i <= self->parts; self->i++) {
		for (self->tries = 1;; self->tries++) {
			self->part = (struct part){.number = self->i, .lossy = self->broken};
			AIOT_TRY(t, send_part, &self->part); /* its failure ends here ... */
			if (aiot_caught(t, NULL) == 0 || self->tries == 3)
				break;
			aiot_warn(t, "part %u: once more", self->i);
			AIOT_SLEEP_MS(t, self->tries * 1000);
		}
		if (aiot_caught(t, NULL) < 0)
			AIOT_AWAIT(t, send_part, &self->part); /* ... and here goes on upwards */
		self->sent++;
	}
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct upload, parts, "parts", "4", "how many are sent"),
	AIOT_OPT_U32(struct upload, broken, "broken", "3", "the one that never arrives; 0: none"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct upload, sent, "parts that arrived"),
	{0},
};

AIOT_SERVICE(errors, struct upload, .info = "Example: errors", .main = upload, .opts = opts,
	     .stats = stats);
