/*
 * boot.c - see boot.h.
 *
 * Begun by the program, gone on with behind each round of the core; told by the core, through
 * core-ops.c, of every change of a service's state.
 */
#include "boot.h"

#include <string.h>

#include "more.h"
#include "outcome.h"
#include "timetext.h"
#include "units.h"

#define TURN_NS (20 * AIOT_NS_PER_MS) /* of loading, before the loop looks at its sockets again */

static struct aiot_unit *unit_at(struct aiot_link *turn)
{
	return (struct aiot_unit *)(void *)((char *)turn - offsetof(struct aiot_unit, boot.turn));
}

void aiot_boot_init(struct aiot_host *host)
{
	aiot_list_init(&host->boot.core);
	aiot_list_init(&host->boot.rest);
	aiot_list_init(&host->hold_changed);
	host->deps_changes = 1;
}

/* ---- which are loaded, and in which order ---- */

void aiot_boot_expect(struct aiot_unit *unit)
{
	unit->boot.pending = true;
}

static bool can_load(const struct aiot_unit *unit)
{
	return unit->file != NULL && !unit->masked && unit->load != AIOT_UNIT_LOADED &&
	       !unit->boot.pending && (!aiot_unit_is_template(unit) || unit->bad_file);
}

/* Append it, and from there on what it brings along is found by going on behind it. */
static void take(struct aiot_link *list, struct aiot_unit *unit)
{
	unit->boot.pending = true;
	unit->boot.need = 0;
	aiot_list_append(list, &unit->boot.turn);
}

/* All that is wanted, and what of the others these require or want. */
static void collect(struct aiot_host *host, struct aiot_link *list)
{
	struct aiot_unit *unit = NULL;
	struct aiot_link *link;
	uint32_t i;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (aiot_unit_wanted(unit) && can_load(unit))
			take(list, unit);
	}
	for (link = list->next; link != list; link = link->next) {
		for (i = 0; i < unit_at(link)->deps.count; i++) {
			const struct aiot_dep *dep = &unit_at(link)->deps.to[i];
			struct aiot_unit *other =
				dep->kind == AIOT_DEP_AFTER ? NULL : aiot_dep_unit(host, dep);

			if (other != NULL && can_load(other) && other->load == AIOT_UNIT_UNLOADED &&
			    !other->bad_file)
				take(list, other);
		}
	}
}

/* How many of those that are loaded too come before each. */
static void count_needs(struct aiot_link *list)
{
	struct aiot_link *link;
	uint32_t i;

	for (link = list->next; link != list; link = link->next) {
		struct aiot_unit *unit = unit_at(link);

		for (i = 0; i < unit->deps.count; i++) {
			const struct aiot_unit *other = unit->deps.to[i].target->unit;

			if (other != NULL && other->boot.turn.next != NULL)
				unit->boot.need++;
		}
	}
}

/* Nothing has to come before it any more; those behind it come nearer by one. */
static void put_in_turn(struct aiot_link *ready, struct aiot_unit *unit)
{
	struct aiot_dep_target *target = unit->deps.self;
	struct aiot_link *link;

	if (target == NULL)
		return;
	aiot_deps_sort(target);
	for (link = target->from.next; link != &target->from; link = link->next) {
		struct aiot_unit *other = aiot_dep_of(link)->unit;

		if (other->boot.turn.next == NULL || other->boot.need == 0 ||
		    --other->boot.need > 0)
			continue;
		aiot_list_remove(&other->boot.turn);
		aiot_list_append(ready, &other->boot.turn);
	}
}

static void move(struct aiot_link *to, struct aiot_unit *unit)
{
	aiot_list_remove(&unit->boot.turn);
	aiot_list_append(to, &unit->boot.turn);
}

static void enlist(struct aiot_host *host, struct aiot_unit *unit)
{
	bool core = unit->conf.kind == AIOT_UNIT_CORE;

	move(core ? &host->boot.core : &host->boot.rest, unit);
}

/* Each behind all that it names, else by name; what is in a ring comes last, and is refused. */
static void sort(struct aiot_host *host, struct aiot_link *list)
{
	struct aiot_link ready, *link, *next;

	aiot_list_init(&ready);
	count_needs(list);
	for (link = list->next; link != list; link = next) {
		next = link->next;
		if (unit_at(link)->boot.need == 0)
			move(&ready, unit_at(link));
	}
	while (!aiot_list_empty(&ready)) {
		struct aiot_unit *unit = unit_at(ready.next);

		enlist(host, unit);
		put_in_turn(&ready, unit);
	}
	while (!aiot_list_empty(list))
		enlist(host, unit_at(list->next));
}

/* ---- what is told ---- */

static void tell_order(struct aiot_host *host)
{
	char text[2048];
	struct aiot_link *link;
	struct aiot_out out;

	if (aiot_list_empty(&host->boot.core))
		return;
	aiot_out_init(&out, text, sizeof(text) - 4);
	aiot_out_text(&out, "[ Booting ] Order:");
	for (link = host->boot.core.next; link != &host->boot.core; link = link->next)
		aiot_format(&out, " --> %s", unit_at(link)->name);
	(void)aiot_out_str(&out);
	if (out.error < 0)
		memcpy(text + out.len, " ...", 5);
	aiot_unit_tell(host, AIOT_INFO, text);
}

static void put_result(const struct aiot_outcome *outcome, struct aiot_out *out)
{
	char text[1024];
	struct aiot_json_out json;
	struct aiot_out member;

	if (outcome == NULL)
		return;
	if (outcome->type == AIOT_OUTCOME_TEXT) {
		aiot_format(out, " %s", outcome->text);
		return;
	}
	aiot_out_init(&member, text, sizeof(text));
	aiot_json_begin(&json, &member);
	aiot_json_put_object(&json, NULL);
	aiot_outcome_json(outcome, &json, "r");
	aiot_json_put_end_object(&json); /* {"r":42} */
	if (member.error == 0)
		aiot_format(out, " %.*s", (int)member.len - 6, text + 5);
}

static void tell_core_failed(struct aiot_host *host, const struct aiot_unit *unit, const char *why)
{
	char text[AIOT_UNIT_LINE_MAX];

	(void)aiot_format_to(text, sizeof(text), "[ ERROR ] %s.service: Error: %s", unit->name,
			     why);
	aiot_unit_tell(host, AIOT_ERROR, text);
}

static void tell_core_ended(struct aiot_host *host, const struct aiot_unit *unit)
{
	const struct aiot_entry *entry = &unit->task->entry;
	const struct aiot_outcome *outcome = aiot_outcome_of(entry);
	char text[AIOT_UNIT_LINE_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	if (entry->state == AIOT_ENDED) {
		aiot_format(&out, "[ OK ] %s.service", unit->name);
		put_result(outcome, &out);
		aiot_unit_tell(host, AIOT_INFO, aiot_out_str(&out));
		return;
	}
	if (outcome != NULL && outcome->type == AIOT_OUTCOME_ERROR)
		aiot_format(&out, "%s: %s", aiot_error_word(outcome->code), outcome->text);
	else
		aiot_format(&out, "%s before it ended",
			    aiot_state_word((enum aiot_state)entry->state));
	tell_core_failed(host, unit, aiot_out_str(&out));
}

void aiot_boot_begun(struct aiot_host *host, struct aiot_unit *unit)
{
	char text[AIOT_NAME_MAX + 64];

	if (host->boot.phase != AIOT_BOOT_CORE || unit->conf.kind != AIOT_UNIT_CORE ||
	    unit->boot.begun || unit->task == NULL || unit->task->entry.state != AIOT_STARTING)
		return;
	unit->boot.begun = true;
	(void)aiot_format_to(text, sizeof(text), "[ OK ] Booting %s.service...", unit->name);
	aiot_unit_tell(host, AIOT_INFO, text);
}

void aiot_boot_ended(struct aiot_host *host, struct aiot_unit *unit)
{
	if (host->boot.phase != AIOT_BOOT_CORE || !unit->boot.begun || unit->boot.ended ||
	    unit->boot.active || unit->load != AIOT_UNIT_LOADED || unit->task == NULL ||
	    unit->task->entry.state == AIOT_WAITING)
		return;
	unit->boot.ended = true;
	tell_core_ended(host, unit);
}

/* Those of which nothing came, because of others. */
static void tell_held(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;
	char name[AIOT_NAME_MAX + 1] = "", text[1024];
	struct aiot_out out;

	while ((unit = aiot_unit_match(host, "*", name)) != NULL) {
		memcpy(name, unit->name, sizeof(name));
		if (unit->conf.kind != AIOT_UNIT_CORE || unit->load != AIOT_UNIT_LOADED ||
		    unit->task == NULL || unit->task->entry.state != AIOT_WAITING)
			continue;
		aiot_out_init(&out, text, sizeof(text));
		aiot_out_text(&out, "not started, it waits for ");
		aiot_hold_put(host, unit, &out);
		tell_core_failed(host, unit, aiot_out_str(&out));
	}
}

/* ---- the phases ---- */

static void load_next(struct aiot_host *host, struct aiot_link *list)
{
	struct aiot_unit *unit = unit_at(aiot_list_pop(list));

	unit->boot.begun = unit->boot.ended = false;
	if (unit->load == AIOT_UNIT_LOADED || unit->masked) { /* somebody was faster */
		unit->boot.pending = false;
		return;
	}
	if (aiot_unit_load(host, unit) < 0)
		host->boot.failed++;
	else
		host->boot.loaded++;
}

static void tell_booted(struct aiot_host *host)
{
	struct aiot_boot *b = &host->boot;
	uint64_t took_ns = b->end_ns - b->begin_ns;
	char text[256];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, "booted in ");
	aiot_out_span(&out, took_ns < AIOT_NS_PER_MS ? took_ns / 1000 * 1000
						     : took_ns / AIOT_NS_PER_MS * AIOT_NS_PER_MS);
	aiot_format(&out, "; services loaded: %u", b->loaded);
	if (b->failed > 0)
		aiot_format(&out, ", failed to load: %u", b->failed);
	aiot_host_log(host, AIOT_INFO, "%s", aiot_out_str(&out));
}

static void finish(struct aiot_host *host)
{
	struct aiot_boot *b = &host->boot;

	b->phase = AIOT_BOOT_OVER;
	if (b->end_ns == 0) {
		b->end_ns = aiot_clock_mono_ns();
		tell_booted(host);
	}
	if (b->booted != NULL)
		b->booted(b->arg);
}

static void load_rest(struct aiot_host *host)
{
	uint64_t begin_ns = aiot_clock_mono_ns();

	while (!aiot_list_empty(&host->boot.rest)) {
		if (host->boot.in_turns && aiot_clock_mono_ns() - begin_ns > TURN_NS) {
			aiot_loop_wake(host);
			return;
		}
		load_next(host, &host->boot.rest);
	}
	finish(host);
}

/* All core services have ended, or never will by themselves. */
static bool core_is_over(struct aiot_host *host)
{
	return host->boot.active == 0 && aiot_list_empty(&host->boot.core) &&
	       aiot_list_empty(&host->hold_changed);
}

static void go_on(struct aiot_host *host)
{
	struct aiot_boot *b = &host->boot;

	if (b->phase == AIOT_BOOT_CORE && core_is_over(host)) {
		if (b->core_ns == 0)
			b->core_ns = aiot_clock_mono_ns();
		tell_held(host);
		b->phase = AIOT_BOOT_REST;
	}
	if (b->phase == AIOT_BOOT_REST)
		load_rest(host);
}

void aiot_boot_begin(struct aiot_host *host, bool in_turns, void (*booted)(void *arg), void *arg)
{
	struct aiot_boot *b = &host->boot;
	struct aiot_link list;

	if (b->phase == AIOT_BOOT_CORE || b->phase == AIOT_BOOT_REST)
		return;
	aiot_list_init(&list);
	b->in_turns = in_turns;
	b->booted = booted;
	b->arg = arg;
	if (b->begin_ns == 0)
		b->begin_ns = aiot_clock_mono_ns();
	collect(host, &list);
	sort(host, &list);
	b->phase = AIOT_BOOT_CORE;
	tell_order(host);
	while (!aiot_list_empty(&b->core))
		load_next(host, &b->core);
	aiot_boot_step(host);
}

void aiot_boot_step(struct aiot_host *host)
{
	if (host->stopping)
		return;
	aiot_hold_step(host);
	go_on(host);
}

/* ---- what becomes of services ---- */

void aiot_boot_load_begins(struct aiot_unit *unit)
{
	unit->boot.load_ns = aiot_clock_mono_ns();
	unit->boot.loaded_ns = unit->boot.start_ns = unit->boot.ready_ns = 0;
	unit->boot.over_ns = 0;
}

static void note_ready(struct aiot_host *host, struct aiot_unit *unit, uint64_t now_ns)
{
	if (unit->boot.ready_ns == 0 && aiot_unit_readiness(host, unit) == AIOT_IS_READY)
		unit->boot.ready_ns = now_ns;
}

/* Until it was ready: its start does not last on when it failed, nor while it waits again. */
static void note_start(struct aiot_unit_boot *boot, enum aiot_state state, uint64_t now_ns)
{
	bool over = state == AIOT_FAILURE || state == AIOT_HELD || state == AIOT_STOPPED;

	if (boot->ready_ns != 0)
		return;
	if (state == AIOT_WAITING)
		boot->start_ns = 0;
	else if (state == AIOT_STARTING && boot->start_ns == 0)
		boot->start_ns = now_ns;
	if (!over)
		boot->over_ns = 0;
	else if (boot->over_ns == 0)
		boot->over_ns = now_ns;
}

void aiot_boot_load_ended(struct aiot_host *host, struct aiot_unit *unit)
{
	unit->boot.loaded_ns = aiot_clock_mono_ns();
	unit->boot.pending = false;
	note_ready(host, unit, unit->boot.loaded_ns); /* a schedule is armed while it is loaded */
	aiot_boot_begun(host, unit);
	aiot_hold_changed(host, unit);
}

void aiot_boot_note(struct aiot_host *host, struct aiot_unit *unit)
{
	const struct aiot_entry *entry = &unit->task->entry;
	bool active = entry->spec->ends_to_be_ready && /* as it was loaded */
		      (entry->state == AIOT_STARTING || entry->state == AIOT_RUNNING ||
		       entry->state == AIOT_STOPPING);

	if (active != unit->boot.active) {
		host->boot.active += active ? 1u : -1u;
		unit->boot.active = active;
	}
	note_start(&unit->boot, (enum aiot_state)entry->state, host->core.now_ns);
	note_ready(host, unit, host->core.now_ns);
	aiot_hold_changed(host, unit);
}

void aiot_boot_forget(struct aiot_unit *unit)
{
	if (unit->boot.turn.next != NULL)
		aiot_list_remove(&unit->boot.turn);
}

/* ---- for those who ask ---- */

const char *aiot_boot_word(const struct aiot_host *host)
{
	if (host->boot.end_ns != 0)
		return "booted";
	return host->boot.phase == AIOT_BOOT_IDLE ? "not booted" : "booting";
}

void aiot_boot_info(struct aiot_host *host, struct aiot_json_out *json)
{
	const struct aiot_boot *b = &host->boot;
	uint64_t end_ns = b->end_ns ? b->end_ns : aiot_clock_mono_ns();

	aiot_json_put_object(json, "boot");
	aiot_json_put_str(json, "state", aiot_boot_word(host));
	if (b->begin_ns != 0)
		aiot_json_put_u64(json, "took_us", (end_ns - b->begin_ns) / 1000);
	if (host->no_schedule)
		aiot_json_put_str(json, "schedules", "not armed (--no-schedule)");
	if (host->no_config)
		aiot_json_put_str(json, "config", "options of services are not read (--no-config)");
	aiot_json_put_end_object(json);
}
