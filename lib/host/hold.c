/*
 * hold.c - see hold.h.
 *
 * Called by the core when something is to start, by whoever changes a service, and by the boot's
 * step, which alone lets this give orders.  A service is only looked at when one that it names has
 * changed.
 */
#include "hold.h"

#include <string.h>

#include "more.h"
#include "schedule.h"
#include "units.h"
#include "waiting.h"

/* ---- what is ready ---- */

static bool is_armed(const struct aiot_entry *entry)
{
	const struct aiot_schedule *s = aiot_entry_schedule(entry);

	return s != NULL && aiot_schedule_armed(s);
}

/* Its schedule is not to start it: then it is as good as armed for those who need it. */
static bool is_off(const struct aiot_host *host, const struct aiot_unit *unit)
{
	return host->no_schedule && unit->conf.scheduled;
}

/* As it was loaded: its file may say something else by now. */
static bool ends_to_be_ready(const struct aiot_unit *unit)
{
	return unit->task->entry.spec->ends_to_be_ready;
}

static enum aiot_readiness readiness_in(const struct aiot_unit *unit, enum aiot_state state)
{
	switch (state) {
	case AIOT_RUNNING:
		return ends_to_be_ready(unit) ? AIOT_GETS_READY : AIOT_IS_READY;
	case AIOT_STARTING:
		return AIOT_GETS_READY;
	case AIOT_WAITING:
		return unit->hold.blocked ? AIOT_NOT_READY : AIOT_GETS_READY;
	case AIOT_SCHEDULED:
	case AIOT_ENDED:
		return AIOT_IS_READY;
	default:
		return AIOT_NOT_READY;
	}
}

enum aiot_readiness aiot_unit_readiness(const struct aiot_host *host, const struct aiot_unit *unit)
{
	const struct aiot_entry *entry = unit->task ? &unit->task->entry : NULL;

	if (unit->load != AIOT_UNIT_LOADED)
		return unit->boot.pending ? AIOT_GETS_READY : AIOT_NOT_READY;
	if (unit->next != NULL) /* it is being reloaded, which those who need it do not notice */
		return AIOT_IS_READY;
	if (entry == NULL || unit->unloading)
		return AIOT_NOT_READY;
	if (entry->state != AIOT_WAITING && (is_armed(entry) || is_off(host, unit)))
		return AIOT_IS_READY;
	return readiness_in(unit, (enum aiot_state)entry->state);
}

/* ---- who waits for what ---- */

/*
 * The first thing that the unit has to wait for; what is not under way comes before what is, and is
 * a block.  NULL: it may start.
 */
static const struct aiot_dep *unmet(const struct aiot_host *host, const struct aiot_unit *unit,
				    bool *ret_blocked)
{
	const struct aiot_dep *coming = NULL;
	uint32_t i;

	*ret_blocked = false;
	for (i = 0; i < unit->deps.count; i++) {
		const struct aiot_dep *dep = &unit->deps.to[i];
		const struct aiot_unit *other = dep->target->unit;
		enum aiot_readiness ready =
			other ? aiot_unit_readiness(host, other) : AIOT_NOT_READY;

		if (ready == AIOT_NOT_READY && dep->kind == AIOT_DEP_REQUIRES) {
			*ret_blocked = true;
			return dep;
		}
		if (ready == AIOT_GETS_READY && coming == NULL)
			coming = dep;
	}
	return coming;
}

static const char *load_of(const struct aiot_unit *unit)
{
	if (unit == NULL)
		return "which is not known";
	if (unit->masked)
		return "which is masked";
	if (unit->boot.pending)
		return "which is not loaded yet";
	return unit->load == AIOT_UNIT_FAILED ? "which did not load" : "which is not loaded";
}

static const char *state_of(const struct aiot_unit *unit)
{
	if (unit == NULL || unit->load != AIOT_UNIT_LOADED || unit->task == NULL || unit->unloading)
		return load_of(unit);
	switch ((enum aiot_state)unit->task->entry.state) {
	case AIOT_STARTING:
		return "which is starting";
	case AIOT_RUNNING:
		return "which has not ended yet";
	case AIOT_STOPPING:
		return "which is stopping";
	case AIOT_RESTARTING:
	case AIOT_BACKOFF:
		return "which is restarting";
	case AIOT_FAILURE:
		return "which failed";
	case AIOT_HELD:
		return "which is held";
	default:
		return unit->task->entry.runs ? "which was stopped" : "which was not started";
	}
}

#define CHAIN_MAX 8

void aiot_hold_put(const struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *out)
{
	unsigned depth;
	bool blocked;

	for (depth = 0; depth < CHAIN_MAX; depth++) {
		const struct aiot_dep *dep = unmet(host, unit, &blocked);

		if (dep == NULL)
			return;
		aiot_format(out, "%s%s.service", depth ? ", which waits for " : "",
			    dep->target->name);
		unit = dep->target->unit;
		if (unit == NULL || unit->task == NULL || unit->task->entry.state != AIOT_WAITING) {
			aiot_format(out, ", %s", state_of(unit));
			return;
		}
	}
}

struct aiot_unit *aiot_hold_unit(struct aiot_entry *entry)
{
	const struct aiot_spec_block *block =
		(const struct aiot_spec_block *)(const void *)entry->spec;
	struct aiot_unit *unit = block->unit;

	return unit != NULL && unit->task != NULL && &unit->task->entry == entry ? unit : NULL;
}

void aiot_hold_waits_for(void *ctx, struct aiot_entry *entry, struct aiot_out *out)
{
	struct aiot_unit *unit = aiot_hold_unit(entry);

	if (unit != NULL)
		aiot_hold_put(ctx, unit, out);
}

static void tell_waits(struct aiot_host *host, struct aiot_unit *unit)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_hold_put(host, unit, &out);
	aiot_core_log(&host->core, aiot_entry_name(&unit->task->entry),
		      unit->hold.blocked ? AIOT_WARN : AIOT_INFO, "waits for %s",
		      aiot_out_str(&out));
}

/* ---- noting ---- */

static void queue(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->hold.link.next != NULL || host->stopping)
		return;
	aiot_list_append(&host->hold_changed, &unit->hold.link);
	aiot_loop_wake(host);
}

void aiot_hold_changed(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->deps.self == NULL && unit->deps.count == 0 && unit->conf.kind != AIOT_UNIT_CORE)
		return;
	if (aiot_unit_readiness(host, unit) == AIOT_NOT_READY)
		unit->hold.fell = true;
	queue(host, unit);
}

void aiot_hold_deps_changed(struct aiot_host *host, struct aiot_unit *unit)
{
	queue(host, unit);
}

void aiot_hold_forget(struct aiot_unit *unit)
{
	if (unit->hold.link.next != NULL)
		aiot_list_remove(&unit->hold.link);
}

/* Whether an order to start one that needs it brings it up. */
static bool can_pull(const struct aiot_host *host, const struct aiot_unit *unit)
{
	if (unit == NULL || unit->unloading)
		return false;
	if (unit->load == AIOT_UNIT_UNLOADED)
		return !unit->masked && !unit->bad_file && !unit->boot.pending &&
		       (unit->conf.module != NULL || unit->conf.node || unit->linked != NULL);
	return unit->load == AIOT_UNIT_LOADED && unit->task != NULL && !is_off(host, unit) &&
	       unit->task->entry.state == AIOT_STOPPED;
}

static bool waits(const struct aiot_unit *unit)
{
	return unit->load == AIOT_UNIT_LOADED && unit->task != NULL &&
	       unit->task->entry.state == AIOT_WAITING;
}

static void enter(struct aiot_unit *unit, struct aiot_unit *up, uint32_t walk)
{
	unit->deps.up = up;
	unit->deps.at = 0;
	unit->deps.seen = walk;
}

/* The next thing that it needs and that was not looked at; NULL: there is none. */
static struct aiot_unit *next_needed(struct aiot_unit *unit, uint32_t walk)
{
	while (unit->deps.at < unit->deps.count) {
		const struct aiot_dep *dep = &unit->deps.to[unit->deps.at++];
		struct aiot_unit *other = dep->target->unit;

		if (dep->kind != AIOT_DEP_AFTER && other != NULL && other->deps.seen != walk)
			return other;
	}
	return NULL;
}

/*
 * Whether it needs something that is merely stopped, itself or through others that wait for it as
 * it does.  In the boot nothing was stopped yet.  Into depth, by the units themselves, for a chain
 * may be long.
 */
static bool has_to_pull(struct aiot_host *host, struct aiot_unit *unit)
{
	bool deep = host->boot.phase == AIOT_BOOT_OVER;
	uint32_t walk = aiot_deps_walk(host);
	struct aiot_unit *at = unit;

	enter(unit, NULL, walk);
	while (at != NULL) {
		struct aiot_unit *other = next_needed(at, walk);

		if (other == NULL) {
			at = at->deps.up;
		} else if (can_pull(host, other)) {
			return true;
		} else if (deep && waits(other)) {
			enter(other, at, walk);
			at = other;
		}
	}
	return false;
}

static void order_pull(struct aiot_host *host, struct aiot_unit *unit)
{
	unit->hold.pulls = true;
	unit->hold.blocked = false;
	queue(host, unit);
}

bool aiot_hold_asked(void *ctx, struct aiot_entry *entry, bool ordered)
{
	struct aiot_unit *unit = aiot_hold_unit(entry);
	struct aiot_host *host = ctx;
	bool blocked;

	if (unit == NULL || unit->deps.count == 0 || host->stopping)
		return false;
	if (ordered && has_to_pull(host, unit)) {
		order_pull(host, unit);
		return true;
	}
	if (unmet(host, unit, &blocked) == NULL)
		return false;
	if (entry->state != AIOT_WAITING || unit->hold.blocked != blocked) {
		unit->hold.blocked = blocked;
		tell_waits(host, unit);
	}
	return true;
}

bool aiot_hold_pulls(void *ctx, struct aiot_entry *entry)
{
	struct aiot_unit *unit = aiot_hold_unit(entry);
	struct aiot_host *host = ctx;

	if (unit == NULL || host->stopping || !has_to_pull(host, unit))
		return false;
	order_pull(host, unit);
	return true;
}

void aiot_hold_schedule(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_entry *entry = &unit->task->entry;

	if (!aiot_entry_alive(entry) && aiot_hold_asked(host, entry, true))
		aiot_core_wait(&host->core, entry);
}

/* ---- acting ---- */

static void pull_one(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->load == AIOT_UNIT_UNLOADED)
		(void)aiot_unit_load(host, unit);
	else
		(void)aiot_core_start(&host->core, &unit->task->entry);
}

/* By name again each time: loading prints, and whoever prints may do as he likes. */
static void pull(struct aiot_host *host, const struct aiot_unit *from)
{
	char name[AIOT_NAME_MAX + 1];
	const struct aiot_unit *unit;
	uint32_t i;

	memcpy(name, from->name, sizeof(name));
	for (i = 0; (unit = aiot_unit_find(host, name)) != NULL && i < unit->deps.count; i++) {
		const struct aiot_dep *dep = &unit->deps.to[i];

		if (dep->kind == AIOT_DEP_AFTER)
			continue;
		if (can_pull(host, dep->target->unit))
			pull_one(host, dep->target->unit);
		else if (dep->target->unit != NULL && waits(dep->target->unit))
			order_pull(host, dep->target->unit);
	}
}

/* One that waits: does it still have to, and is there hope? */
static void look_again(struct aiot_host *host, struct aiot_unit *unit)
{
	bool blocked;

	if (!waits(unit))
		return;
	if (unmet(host, unit, &blocked) == NULL) {
		unit->hold.blocked = false;
		aiot_core_release(&host->core, &unit->task->entry);
		aiot_boot_begun(host, unit);
	} else if (blocked != unit->hold.blocked) {
		unit->hold.blocked = blocked;
		tell_waits(host, unit);
		aiot_hold_changed(host, unit);
	}
}

/* Something that it requires is not ready any more. */
static void lose(struct aiot_host *host, const struct aiot_dep *dep)
{
	struct aiot_unit *unit = dep->unit;
	struct aiot_entry *entry = &unit->task->entry;
	bool runs = entry->state == AIOT_STARTING || entry->state == AIOT_RUNNING;

	if (!runs && entry->state != AIOT_SCHEDULED)
		return;
	aiot_core_log(&host->core, aiot_entry_name(entry), AIOT_WARN,
		      "%s: it requires %s.service, %s", runs ? "stops" : "is held",
		      dep->target->name, state_of(dep->target->unit));
	unit->hold.blocked = true;
	if (runs)
		(void)aiot_core_restart(&host->core, entry);
	else
		aiot_core_wait(&host->core, entry);
}

static void tell_dependants(struct aiot_host *host, struct aiot_unit *unit, bool fell)
{
	struct aiot_dep_target *target = unit->deps.self;
	struct aiot_link *link, *next;

	if (target == NULL)
		return;
	for (link = target->from.next; link != &target->from; link = next) {
		struct aiot_dep *dep = aiot_dep_of(link);

		next = link->next;
		if (waits(dep->unit))
			look_again(host, dep->unit);
		else if (fell && dep->kind == AIOT_DEP_REQUIRES && dep->unit->task != NULL &&
			 dep->unit->load == AIOT_UNIT_LOADED)
			lose(host, dep);
	}
}

static void act(struct aiot_host *host, struct aiot_unit *unit)
{
	bool fell = unit->hold.fell;

	unit->hold.fell = false;
	look_again(host, unit);
	aiot_boot_ended(host, unit);
	tell_dependants(host, unit, fell);
}

void aiot_hold_step(struct aiot_host *host)
{
	struct aiot_link *list = &host->hold_changed;

	while (!aiot_list_empty(list) && !host->stopping) {
		struct aiot_unit *unit =
			(struct aiot_unit *)(void *)((char *)aiot_list_pop(list) -
						     offsetof(struct aiot_unit, hold.link));

		if (unit->hold.pulls) {
			unit->hold.pulls = false;
			queue(host, unit); /* to be looked at when all of it is under way */
			pull(host, unit);
		} else {
			act(host, unit);
		}
	}
}
