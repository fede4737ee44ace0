/*
 * lastruns.c - see lastruns.h.
 *
 * Called by host.c at start, by core-ops.c at each action, by whoever arms a schedule, and at the
 * end.  Never blocks the loop on the state directory, never starts anything, and works on in memory
 * where files cannot be had.
 */
#include "lastruns.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "host.h"
#include "lastruns-private.h"
#include "mem.h"
#include "more.h"
#include "schedule.h"

/* ---- items ---- */

static struct item *item_find(const struct aiot_lastruns *lr, const char *name)
{
	return (struct item *)aiot_trie_find(&lr->items, name);
}

struct item *aiot_item_next(const struct aiot_lastruns *lr, const struct item *after)
{
	return (struct item *)aiot_trie_from(&lr->items, after ? after->name : "", after != NULL);
}

static struct item *item_create(struct aiot_lastruns *lr, const char *name)
{
	struct item *item = aiot_mem_zalloc(sizeof(*item));

	if (item == NULL)
		return NULL;
	memcpy(item->name, name, strlen(name) + 1);
	item->node.key_off = offsetof(struct item, name);
	item->slot = NO_SLOT;
	aiot_past_init(&item->record.past);
	(void)aiot_trie_insert(&lr->items, &item->node);
	return item;
}

static void item_destroy(struct aiot_lastruns *lr, struct item *item)
{
	aiot_trie_remove(&lr->items, &item->node);
	aiot_mem_free(item);
}

/* ---- the file in the runtime directory ---- */

static void give_up_map(struct aiot_lastruns *lr)
{
	struct item *item = NULL;

	aiot_pastmap_close(&lr->map);
	while ((item = aiot_item_next(lr, item)) != NULL)
		item->slot = NO_SLOT;
	lr->slots_used = 0;
}

/* A new file with all there is in it and room for more.  Without one: in memory only. */
static void rebuild_map(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;
	uint32_t slots = lr->items.count + lr->items.count / 2 + SLOTS_MIN;
	struct item *item = NULL;

	if (host->runtime_dir == NULL || lr->foreign)
		return;
	if (aiot_pastmap_create(&lr->map, host->runtime_dir, AIOT_LASTRUNS_LIVE, slots, lr->why,
				sizeof(lr->why)) < 0) {
		give_up_map(lr);
		aiot_host_log(host, AIOT_WARN,
			      "last runs are kept in memory only, and saved to the state directory "
			      "if there is one: %s",
			      lr->why);
		return;
	}
	lr->slots_used = 0;
	while ((item = aiot_item_next(lr, item)) != NULL) {
		item->slot = lr->slots_used++;
		aiot_pastfile_put(lr->map.mem, item->slot, item->name, &item->record);
	}
	if (aiot_pastmap_settle(host->runtime_dir, AIOT_LASTRUNS_LIVE, lr->why, sizeof(lr->why)) ==
	    0) {
		lr->why[0] = '\0';
		return;
	}
	give_up_map(lr);
	aiot_host_log(host, AIOT_WARN, "last runs are kept in memory only: %s", lr->why);
}

/* The file is made for the first record; where it could not be had it is not tried again. */
static void write_item(struct aiot_host *host, struct item *item)
{
	struct aiot_lastruns *lr = host->lastruns;

	item->record.serial = ++lr->serial;
	if (lr->map.mem == NULL && lr->why[0] != '\0')
		return;
	if (lr->map.mem == NULL || (item->slot == NO_SLOT && lr->slots_used == lr->map.slots)) {
		rebuild_map(host);
		return;
	}
	if (item->slot == NO_SLOT)
		item->slot = lr->slots_used++;
	aiot_pastfile_put(lr->map.mem, item->slot, item->name, &item->record);
}

/* ---- who is kept, and for how long ---- */

static int newer(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	return (*x)->record.serial < (*y)->record.serial ? 1 : -1;
}

static bool in_use(const struct aiot_host *host, const struct item *item)
{
	return item->kept || aiot_core_find(&host->core, item->name) != NULL;
}

/* Of those whose task is gone the newest stay. */
static void sweep(struct aiot_host *host, uint32_t most)
{
	struct aiot_lastruns *lr = host->lastruns;
	struct item **stale = aiot_mem_alloc((lr->items.count + 1) * sizeof(struct item *));
	struct item *item = NULL;
	uint32_t n = 0, i;

	if (stale == NULL)
		return;
	while ((item = aiot_item_next(lr, item)) != NULL) {
		if (!in_use(host, item))
			stale[n++] = item;
	}
	if (n > 0)
		qsort(stale, n, sizeof(struct item *), newer);
	for (i = most; i < n; i++)
		item_destroy(lr, stale[i]);
	aiot_mem_free(stale);
	if (n > most)
		rebuild_map(host);
}

/* Half of the room for the stale is made at a time, so that not every new name sweeps. */
static void make_room(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;

	if (lr->items.count < lr->limit)
		return;
	sweep(host, AIOT_LASTRUNS_STALE_MAX / 2);
	lr->limit = lr->items.count + AIOT_LASTRUNS_STALE_MAX;
}

static void drop_old(struct aiot_host *host, int64_t now_us)
{
	const int64_t most_us = AIOT_LASTRUNS_STALE_DAYS * 86400ll * 1000000;
	struct aiot_lastruns *lr = host->lastruns;
	struct item *item = aiot_item_next(lr, NULL);

	while (now_us >= AIOT_CLOCK_SET_US && item != NULL) {
		struct item *next = aiot_item_next(lr, item);

		if (item->record.seen_us < AIOT_CLOCK_SET_US) /* nobody knew the time */
			item->record.seen_us = now_us;
		else if (item->record.seen_us < now_us - most_us)
			item_destroy(lr, item);
		item = next;
	}
}

/* ---- the future ---- */

/* Whether anything was changed. */
static bool clamp(struct aiot_past *past, int64_t now_us)
{
	bool changed = false;
	unsigned i;

	for (i = 0; i < AIOT_ACTIONS; i++) {
		if (past->last_us[i] == AIOT_NO_TIME_US ||
		    past->last_us[i] <= now_us + AIOT_CLOCK_SLACK_US)
			continue;
		past->last_us[i] = now_us;
		changed = true;
	}
	return changed;
}

static uint32_t clamp_all(struct aiot_host *host, int64_t now_us)
{
	struct item *item = NULL;
	uint32_t count = 0;

	if (now_us < AIOT_CLOCK_SET_US)
		return 0;
	while ((item = aiot_item_next(host->lastruns, item)) != NULL) {
		if (item->record.seen_us > now_us + AIOT_CLOCK_SLACK_US)
			item->record.seen_us = now_us;
		if (!clamp(&item->record.past, now_us))
			continue;
		item->changed = true;
		count++;
	}
	if (count > 0)
		aiot_host_log(host, AIOT_WARN,
			      "last runs of %u task%s lay in the future and count as of now: the "
			      "clock was ahead when they ran, or is behind",
			      count, count == 1 ? "" : "s");
	return count;
}

/* The entry's past was told in the new terms already: what it knows counts. */
static void take_over(const struct aiot_past *past, struct item *item)
{
	struct aiot_past *kept = &item->record.past;
	unsigned i;

	for (i = 0; i < AIOT_ACTIONS; i++) {
		if (past->last_us[i] == AIOT_NO_TIME_US || past->last_us[i] == kept->last_us[i])
			continue;
		kept->last_us[i] = past->last_us[i];
		item->changed = true;
	}
}

/* What this program saw itself is moved with the clock; what is then in the future is clamped. */
void aiot_lastruns_clock_stepped(struct aiot_host *host)
{
	int64_t now_us = aiot_clock_wall_ns() / 1000;
	struct aiot_lastruns *lr = host->lastruns;
	struct item *item = NULL;
	struct aiot_entry *entry;

	aiot_core_touch(&host->core);
	aiot_more_clock_set(&host->core);
	while ((item = aiot_item_next(lr, item)) != NULL) {
		entry = aiot_core_find(&host->core, item->name);
		if (entry != NULL && entry->more != NULL)
			take_over(&entry->more->past, item);
	}
	(void)clamp_all(host, now_us);
	while ((item = aiot_item_next(lr, item)) != NULL) {
		if (!item->changed)
			continue;
		item->changed = false;
		entry = aiot_core_find(&host->core, item->name);
		if (entry != NULL && entry->more != NULL)
			(void)clamp(&entry->more->past, now_us);
		write_item(host, item);
		aiot_lastruns_dirty(host);
	}
}

/* ---- opening ---- */

static int merge(void *ctx, const char *name, const struct aiot_past_record *record)
{
	struct aiot_lastruns *lr = ctx;
	struct item *item = item_find(lr, name);

	if (item == NULL)
		item = item_create(lr, name);
	if (item == NULL)
		return -AIOT_ENOMEM;
	if (record->serial >= item->record.serial)
		item->record = *record;
	if (record->serial > lr->serial)
		lr->serial = record->serial;
	return 0;
}

static int read_one(struct aiot_host *host, const char *dir, const char *name)
{
	char path[PATH_MAX], why[1200];
	int r;

	if (dir == NULL || aiot_format_to(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX - 1)
		return 0;
	r = aiot_pastmap_read(path, merge, host->lastruns, why, sizeof(why));
	if (why[0] == '\0')
		return r;
	aiot_host_log(host, AIOT_WARN, "%s", why);
	host->lastruns->damaged = true;
	return r;
}

/* The end of the program came between the beginning and the end of a run. */
static void note_crash(struct aiot_host *host, struct item *item, int64_t now_us)
{
	int64_t began_us = item->record.past.last_us[AIOT_ACTION_RUN];

	if (aiot_past_last(&item->record.past) != AIOT_ACTION_RUN)
		return;
	if (now_us < began_us) /* a clock that is not set yet */
		now_us = began_us;
	aiot_past_note(&item->record.past, AIOT_ACTION_CRASH, now_us);
	aiot_core_log(&host->core, item->name, AIOT_WARN,
		      "was running when the program ended: the run counts as crashed");
	aiot_history_crashed(host, item->name, began_us, now_us);
	host->lastruns->dirty = true;
}

int aiot_lastruns_open(struct aiot_host *host)
{
	struct aiot_lastruns *lr = aiot_mem_zalloc(sizeof(*lr));
	int64_t now_us = aiot_clock_wall_ns() / 1000;
	struct item *item = NULL;
	int r;

	if (lr == NULL)
		return -AIOT_ENOMEM;
	host->lastruns = lr;
	lr->host = host;
	(void)aiot_boot_id(lr->boot);
	lr->foreign = host->ringfile.busy;
	if (lr->foreign) {
		aiot_host_log(host, AIOT_WARN,
			      "last runs are neither read nor kept: another daemon uses '%s'",
			      host->runtime_dir);
		return 0;
	}
	r = read_one(host, host->state_dir, AIOT_LASTRUNS_SAVED);
	if (r == 0)
		r = read_one(host, host->runtime_dir, AIOT_LASTRUNS_LIVE);
	if (r < 0)
		return r;
	drop_old(host, now_us);
	lr->dirty = clamp_all(host, now_us) > 0;
	while ((item = aiot_item_next(lr, item)) != NULL) {
		note_crash(host, item, now_us);
		item->record.serial = item->changed ? ++lr->serial : item->record.serial;
		item->changed = false;
	}
	lr->limit = UINT32_MAX; /* nothing is in use yet */
	if (lr->items.count > AIOT_LASTRUNS_STALE_MAX)
		sweep(host, AIOT_LASTRUNS_STALE_MAX);
	lr->limit = lr->items.count + AIOT_LASTRUNS_STALE_MAX;
	if (lr->items.count > 0 || lr->damaged)
		rebuild_map(host);
	return 0;
}

void aiot_lastruns_free(struct aiot_host *host)
{
	struct aiot_lastruns *lr = host->lastruns;
	struct item *item;

	if (lr == NULL)
		return;
	while ((item = aiot_item_next(lr, NULL)) != NULL)
		item_destroy(lr, item);
	aiot_pastmap_close(&lr->map);
	aiot_mem_free(lr->bytes);
	aiot_mem_free(lr);
	host->lastruns = NULL;
}

/* ---- use ---- */

/* The later of two pasts, action by action; failures in a row are the kept one's if it is later. */
static void blend(struct aiot_past *past, const struct aiot_past *kept)
{
	unsigned i;

	if (aiot_past_last(past) == AIOT_ACTIONS) {
		*past = *kept;
		return;
	}
	for (i = 0; i < AIOT_ACTIONS; i++) {
		if (past->last_us[i] < kept->last_us[i])
			past->last_us[i] = kept->last_us[i];
	}
}

uint64_t aiot_lastruns_restore(struct aiot_host *host, struct aiot_entry *entry)
{
	struct aiot_lastruns *lr = host->lastruns;
	struct item *item = item_find(lr, aiot_entry_name(entry));
	struct aiot_more *more = aiot_more_of(&host->core, entry);

	if (item == NULL || more == NULL)
		return 0;
	blend(&more->past, &item->record.past);
	item->record.seen_us = aiot_clock_wall_ns() / 1000;
	write_item(host, item);
	if (memcmp(item->record.boot, lr->boot, sizeof(lr->boot)) != 0 ||
	    item->record.run_mono_ns > aiot_clock_mono_ns())
		return 0;
	return item->record.run_mono_ns;
}

/* A new item knows what the entry, if there is one, knows already. */
static struct item *item_of(struct aiot_host *host, const char *name,
			    const struct aiot_entry *entry)
{
	struct aiot_lastruns *lr = host->lastruns;
	struct item *item = item_find(lr, name);

	if (item != NULL)
		return item;
	make_room(host);
	item = item_create(lr, name);
	if (item != NULL && entry != NULL && entry->more != NULL)
		item->record.past = entry->more->past;
	return item;
}

int aiot_lastruns_keep(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = aiot_core_find(&host->core, name);
	struct item *item = item_of(host, name, entry);

	if (item == NULL)
		return -AIOT_ENOMEM;
	item->kept = true;
	return 0;
}

const struct aiot_past *aiot_lastruns_past(const struct aiot_host *host, const char *name)
{
	const struct item *item = item_find(host->lastruns, name);

	return item ? &item->record.past : NULL;
}

void aiot_lastruns_acted(struct aiot_host *host, struct aiot_entry *entry, enum aiot_action action,
			 int64_t wall_us)
{
	struct aiot_lastruns *lr = host->lastruns;
	bool scheduled = aiot_entry_schedule(entry) != NULL;
	struct item *item;

	if (!scheduled && lr->items.count == 0)
		return;
	item = scheduled ? item_of(host, aiot_entry_name(entry), entry)
			 : item_find(lr, aiot_entry_name(entry));
	if (item == NULL && scheduled)
		lr->unkept++;
	if (item == NULL || (!scheduled && !item->kept))
		return;
	aiot_past_note(&item->record.past, action, wall_us);
	if (entry->more != NULL) /* it has been told already, and may know more */
		item->record.past.fails = entry->more->past.fails;
	item->record.seen_us = wall_us;
	if (action == AIOT_ACTION_RUN) {
		item->record.run_mono_ns = host->core.now_ns;
		memcpy(item->record.boot, lr->boot, sizeof(lr->boot));
	}
	write_item(host, item);
	aiot_lastruns_dirty(host);
}
