/*
 * logging.c - what a task writes to the log: four levels, printf's directives, and its own name in
 * front without saying so.
 *
 *	aiotoolsctl load logging
 *	aiotoolsctl log logging			its lines
 *	aiotoolsctl log logging -p warn		those that matter
 *	aiotoolsctl follow logging -g battery	as they come, those that contain a word
 * Debug lines are kept with Level = debug in [Log] of aiotoolsd.ini.
 */
#include <aiotools.h>

struct battery {
	uint32_t percent, drain;
};

static enum aiot_co battery(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct battery, self);
	self->percent = 100;
	aiot_info(t, "%s watches the battery", aiot_name(t));
	while (self->percent > self->drain) {
		self->percent -= self->drain;
		aiot_debug(t, "drained by %u", self->drain);
		if (self->percent < 30)
			aiot_warn(t, "battery at %u %%", self->percent);
		AIOT_SLEEP_MS(t, 1000);
	}
	aiot_error(t, "battery empty, the last measure was %#06x", self->percent);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct battery, drain, "drain", "20", "percent that go each second"),
	{0},
};

AIOT_SERVICE(logging, struct battery, .info = "Example: logging", .main = battery, .opts = opts);
