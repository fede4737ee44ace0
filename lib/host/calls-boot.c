/*
 * calls-boot.c - the handler of analyze: how long the start of all services took, and why.
 *
 * Called by the dispatcher, through the bindings in calls-host.c.  Works out everything from the
 * times that units keep of their last load (boot.h).
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "more.h"
#include "units.h"

/* What is known of one service, in microseconds; times from the begin of the boot. */
struct figures {
	uint64_t begin_us, load_us, wait_us, start_us;
	uint64_t ready_us; /* 0: it is not */
	uint64_t took_us;  /* of its own doing: loading and starting */
};

static uint64_t us_between(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0;
}

/* It is at work from when it is loaded and does not wait, until it is ready or has come to an end.
 */
static void figure_start(const struct aiot_unit_boot *b, uint64_t begin_ns, uint64_t now_ns,
			 struct figures *ret)
{
	/* The core's clock stands while a round loads it. */
	uint64_t ready_ns = b->ready_ns && b->ready_ns < b->loaded_ns ? b->loaded_ns : b->ready_ns;
	uint64_t end_ns = ready_ns ? ready_ns : b->over_ns ? b->over_ns : now_ns;
	uint64_t start_ns = b->start_ns ? b->start_ns : ready_ns;

	if (start_ns != 0 && start_ns < b->loaded_ns)
		start_ns = b->loaded_ns;
	ret->wait_us = us_between(b->loaded_ns, start_ns ? start_ns : end_ns);
	ret->start_us = start_ns ? us_between(start_ns, end_ns) : 0;
	ret->ready_us = ready_ns ? us_between(begin_ns, ready_ns) : 0;
}

/* false: nobody tried to load it since the boot began. */
static bool figure(const struct aiot_call *call, const struct aiot_unit *unit, struct figures *ret)
{
	const struct aiot_host *host = call->ctx;
	const struct aiot_unit_boot *b = &unit->boot;
	uint64_t begin_ns = host->boot.begin_ns;

	if ((unit->load != AIOT_UNIT_LOADED && unit->load != AIOT_UNIT_FAILED) ||
	    b->load_ns < begin_ns || begin_ns == 0)
		return false;
	*ret = (struct figures){0};
	ret->begin_us = us_between(begin_ns, b->load_ns);
	ret->load_us = us_between(b->load_ns, b->loaded_ns);
	if (unit->load == AIOT_UNIT_LOADED)
		figure_start(b, begin_ns, call->started_ns, ret);
	ret->took_us = ret->load_us + ret->start_us;
	return true;
}

/* What became of its start. */
static const char *state_of(const struct aiot_unit *unit)
{
	if (unit->load == AIOT_UNIT_FAILED)
		return "not loaded";
	if (unit->boot.ready_ns != 0)
		return "ready";
	return unit->task ? aiot_state_word((enum aiot_state)unit->task->entry.state) : "stopped";
}

static const char *type_of(const struct aiot_unit *unit)
{
	return unit->conf.kind == AIOT_UNIT_CORE       ? "core"
	       : unit->conf.kind == AIOT_UNIT_SCHEDULE ? "schedule"
						       : "runtime";
}

static void put_service(struct aiot_call *call, const struct aiot_unit *unit,
			const struct figures *f, uint32_t depth)
{
	struct aiot_json_out *json = &call->json;

	aiot_json_put_object(json, NULL);
	aiot_json_put_str(json, "name", unit->name);
	aiot_json_put_str(json, "type", type_of(unit));
	aiot_json_put_str(json, "state", state_of(unit));
	aiot_json_put_u64(json, "begin_us", f->begin_us);
	aiot_json_put_u64(json, "load_us", f->load_us);
	aiot_json_put_u64(json, "wait_us", f->wait_us);
	aiot_json_put_u64(json, "start_us", f->start_us);
	if (unit->load == AIOT_UNIT_LOADED && unit->boot.ready_ns != 0)
		aiot_json_put_u64(json, "ready_us", f->ready_us);
	else
		aiot_json_put_null(json, "ready_us");
	aiot_json_put_u64(json, "took_us", f->took_us);
	aiot_json_put_u64(json, "depth", depth);
	aiot_json_put_end_object(json);
}

/* ---- how long each took, the longest first ---- */

#define PAGE_ROWS 200

struct row {
	const struct aiot_unit *unit;
	struct figures figures;
};

static bool comes_before(uint64_t took_us, const char *name, uint64_t other_us, const char *other)
{
	return took_us != other_us ? took_us > other_us : strcmp(name, other) < 0;
}

/* Keep the row if it is among the first PAGE_ROWS behind the cursor. */
static uint32_t keep(struct row *rows, uint32_t count, const struct row *row)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (comes_before(rows[mid].figures.took_us, rows[mid].unit->name,
				 row->figures.took_us, row->unit->name))
			low = mid + 1;
		else
			high = mid;
	}
	if (low == PAGE_ROWS)
		return count;
	if (count < PAGE_ROWS)
		count++;
	memmove(&rows[low + 1], &rows[low], (count - 1 - low) * sizeof(*rows));
	rows[low] = *row;
	return count;
}

static uint32_t collect(struct aiot_call *call, struct row *rows)
{
	struct row row = {NULL};
	uint32_t count = 0;

	while ((row.unit = aiot_unit_match(call->ctx, "*", row.unit ? row.unit->name : "")) !=
	       NULL) {
		if (!figure(call, row.unit, &row.figures))
			continue;
		if (call->at.count == 0 || comes_before(call->at.until, call->at.name,
							row.figures.took_us, row.unit->name))
			count = keep(rows, count, &row);
	}
	return count;
}

/* at.until, at.name: the last row.  false: the page is full. */
static bool put_blame(struct aiot_call *call)
{
	struct row rows[PAGE_ROWS];
	uint32_t count = collect(call, rows), i;

	for (i = 0; i < count; i++) {
		put_service(call, rows[i].unit, &rows[i].figures, 0);
		call->at.until = rows[i].figures.took_us;
		memcpy(call->at.name, rows[i].unit->name, sizeof(call->at.name));
		call->at.count++;
		if (aiot_call_full(call))
			return false;
	}
	return count < PAGE_ROWS;
}

/* ---- all, by name ---- */

static bool put_all(struct aiot_call *call)
{
	const struct aiot_unit *unit;
	struct figures f;

	while ((unit = aiot_unit_match(call->ctx, "*", call->at.name)) != NULL) {
		memcpy(call->at.name, unit->name, sizeof(call->at.name));
		if (!figure(call, unit, &f))
			continue;
		put_service(call, unit, &f, 0);
		if (aiot_call_full(call))
			return false;
	}
	return true;
}

/* ---- what each waited for last ---- */

static bool is_later(const struct aiot_unit *unit, const struct aiot_unit *than)
{
	return unit->boot.ready_ns != 0 &&
	       (than == NULL || unit->boot.ready_ns > than->boot.ready_ns);
}

/* The core service that ended last in the boot. */
static const struct aiot_unit *last_core(struct aiot_host *host)
{
	const struct aiot_unit *unit = NULL, *last = NULL;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (unit->load == AIOT_UNIT_LOADED && unit->conf.kind == AIOT_UNIT_CORE &&
		    unit->boot.ready_ns <= host->boot.core_ns && is_later(unit, last))
			last = unit;
	}
	return last;
}

/* Of those that the boot has loaded the one that was ready last. */
static const struct aiot_unit *last_of_boot(struct aiot_host *host)
{
	uint64_t end_ns = host->boot.end_ns ? host->boot.end_ns : UINT64_MAX;
	const struct aiot_unit *unit = NULL, *last = NULL;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (unit->load == AIOT_UNIT_LOADED && unit->boot.load_ns <= end_ns &&
		    is_later(unit, last))
			last = unit;
	}
	return last;
}

#define NEARLY_NS 1000000u /* what is released begins at once, by a clock that is less exact */

/* What it began behind; NULL: it did not wait. */
static const struct aiot_unit *behind_what(const struct aiot_host *host,
					   const struct aiot_unit *unit,
					   const struct aiot_unit *core)
{
	uint64_t start_ns = unit->boot.start_ns ? unit->boot.start_ns : unit->boot.ready_ns;
	const struct aiot_unit *last = NULL;
	uint32_t i;

	if (unit->conf.kind != AIOT_UNIT_CORE && unit->boot.load_ns >= host->boot.core_ns)
		last = core;
	for (i = 0; i < unit->deps.count; i++) {
		const struct aiot_unit *other = unit->deps.to[i].target->unit;

		if (other != NULL && other->load == AIOT_UNIT_LOADED &&
		    other->boot.ready_ns <= start_ns + NEARLY_NS && is_later(other, last))
			last = other;
	}
	return last;
}

/* at.name: who is next; at.count: how many were told. */
static bool put_chain(struct aiot_call *call)
{
	const struct aiot_unit *unit = aiot_unit_find(call->ctx, call->at.name);
	const struct aiot_unit *core = last_core(call->ctx);
	struct aiot_host *host = call->ctx;
	struct figures f;

	while (unit != NULL && call->at.count < host->units.count && figure(call, unit, &f)) {
		put_service(call, unit, &f, call->at.count++);
		unit = behind_what(host, unit, core);
		if (unit == NULL || !aiot_call_full(call))
			continue;
		memcpy(call->at.name, unit->name, sizeof(call->at.name));
		return false;
	}
	return true;
}

/* false: the error reply is made. */
static bool begin_chain(struct aiot_call *call)
{
	struct aiot_json given = aiot_json_get(call->params, "name");
	struct aiot_host *host = call->ctx;
	const struct aiot_unit *unit = NULL;
	char name[AIOT_NAME_MAX + 1] = "";
	struct figures f;

	if (aiot_json_type(given) != AIOT_JSON_STRING) {
		unit = last_of_boot(host);
	} else {
		(void)aiot_json_str(given, name, sizeof(name));
		unit = aiot_unit_find(host, name);
		if (unit == NULL)
			(void)aiot_no_such_service(call, name);
		else if (!figure(call, unit, &f))
			(void)aiot_call_error_at(call, AIOT_ERR_LOAD_FAILED, "name", unit->name,
						 "service '%s' is not loaded; aiotoolsctl load %s",
						 unit->name, unit->name);
	}
	if (unit != NULL)
		memcpy(call->at.name, unit->name, sizeof(call->at.name));
	return call->error == AIOT_ERR_NONE;
}

/* ---- the boot as a whole ---- */

#define UNDER_WAY_MAX 100

static void put_under_way(struct aiot_call *call)
{
	const struct aiot_unit *unit = NULL;
	unsigned n = 0;

	aiot_json_put_array(&call->json, "under_way");
	while (n < UNDER_WAY_MAX &&
	       (unit = aiot_unit_match(call->ctx, "*", unit ? unit->name : "")) != NULL) {
		if (!unit->boot.active)
			continue;
		aiot_json_put_str(&call->json, NULL, unit->name);
		n++;
	}
	aiot_json_put_end_array(&call->json);
}

static void put_boot(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;
	const struct aiot_boot *b = &host->boot;
	struct aiot_json_out *json = &call->json;

	aiot_json_put_str(json, "state", aiot_boot_word(host));
	aiot_json_put_str(json, "host", host->host_name);
	if (b->begin_ns != 0)
		aiot_json_put_i64(json, "begun_us",
				  aiot_core_wall_of(&host->core, b->begin_ns) / 1000);
	if (b->end_ns == 0) {
		if (b->begin_ns != 0)
			aiot_json_put_u64(json, "since_us",
					  us_between(b->begin_ns, call->started_ns));
		put_under_way(call);
		return;
	}
	aiot_json_put_u64(json, "total_us", us_between(b->begin_ns, b->end_ns));
	aiot_json_put_u64(json, "core_us", us_between(b->begin_ns, b->core_ns));
	aiot_json_put_u64(json, "init_us", us_between(b->core_ns, b->end_ns));
}

/* ---- the handler ---- */

enum what {
	WHAT_BOOT,
	WHAT_BLAME,
	WHAT_CHAIN,
	WHAT_PLOT,
	WHAT_COUNT,
};

static enum what what_is_asked(struct aiot_call *call)
{
	static const char *const words[] = {"boot", "blame", "critical-chain", "plot"};
	struct aiot_json given = aiot_json_get(call->params, "what");
	unsigned i;

	if (aiot_json_type(given) != AIOT_JSON_STRING)
		return WHAT_BOOT;
	for (i = 0; i < WHAT_COUNT; i++) {
		if (aiot_json_str_is(given, words[i]))
			return (enum what)i;
	}
	return WHAT_COUNT;
}

/* What cannot be answered.  false: the error reply is made. */
static bool check(struct aiot_call *call, enum what what)
{
	bool named = aiot_json_type(aiot_json_get(call->params, "name")) == AIOT_JSON_STRING;

	if (what == WHAT_COUNT)
		(void)aiot_call_error(call, AIOT_ERR_USAGE,
				      "analyze tells of the boot, or does one of blame, "
				      "critical-chain and plot");
	else if (named && what != WHAT_CHAIN)
		(void)aiot_call_error(call, AIOT_ERR_USAGE,
				      "only 'analyze critical-chain' takes a service's name");
	else if (what == WHAT_PLOT && call->text)
		(void)aiot_call_error(call, AIOT_ERR_USAGE,
				      "the plot is drawn by the program aiotoolsctl: "
				      "aiotoolsctl analyze plot >boot.svg");
	return call->error == AIOT_ERR_NONE && (what != WHAT_CHAIN || begin_chain(call));
}

enum aiot_call_result aiot_call_analyze(struct aiot_call *call)
{
	enum what what = what_is_asked(call);
	bool whole;

	if (call->at.phase == 0 && !check(call, what))
		return AIOT_CALL_ERROR;
	if (call->at.phase == 0)
		put_boot(call);
	call->at.phase = 1;
	if (what == WHAT_BOOT)
		return AIOT_CALL_DONE;
	aiot_json_put_array(&call->json, "services");
	whole = what == WHAT_BLAME   ? put_blame(call)
		: what == WHAT_CHAIN ? put_chain(call)
				     : put_all(call);
	aiot_json_put_end_array(&call->json);
	return whole ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}
