/*
 * quarantine.c - see quarantine.h.  Called at start, by those who load services, and at changes of
 * a task's state.  Writes its small file when the list has changed, which is hardly ever.
 */
#include "quarantine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"
#include "lastruns.h"
#include "mem.h"
#include "savefile.h"
#include "supervise.h"
#include "trust.h"
#include "units.h"

#define LINE_MAX_BYTES 1024
#define FILE_MAX_BYTES (16 << 20) /* of as many services as there may be */
#define CRASHED (-255)		  /* no errno says that */

/* ---- the list ---- */

static struct aiot_held **place_of(struct aiot_host *host, const char *name, bool module)
{
	struct aiot_held **at = &host->held;

	while (*at != NULL && ((*at)->module != module || strcmp((*at)->name, name) != 0))
		at = &(*at)->next;
	return at;
}

/* What holds a service: its own entry, or that of its code. */
static struct aiot_held **place_for(struct aiot_host *host, const struct aiot_unit *unit)
{
	struct aiot_held **at = place_of(host, unit->name, false);

	if (*at != NULL || unit->conf.module == NULL)
		return at;
	return place_of(host, unit->conf.module, true);
}

static void drop(struct aiot_held **at)
{
	struct aiot_held *h = *at;

	*at = h->next;
	aiot_mem_free(h);
}

/*
 * The newest first; an older entry of the same goes.  There is no limit but that of the services:
 * if any was let go for others, it would crash again, and they would go round for ever.
 */
static struct aiot_held *add(struct aiot_host *host, const char *name, bool module)
{
	struct aiot_held **at = place_of(host, name, module), *h;

	if (*at != NULL)
		drop(at);
	h = aiot_mem_zalloc(sizeof(*h));
	if (h == NULL)
		return NULL;
	(void)aiot_format_to(h->name, sizeof(h->name), "%s", name);
	h->module = module;
	h->next = host->held;
	host->held = h;
	return h;
}

void aiot_quarantine_finish(struct aiot_host *host)
{
	while (host->held != NULL)
		drop(&host->held);
}

/* ---- the file ---- */

/* By module and loading: what is held, and how much. */
static const char *const modes[2][2] = {{"run", "load"}, {"module-run", "module-load"}};

static void save(struct aiot_host *host)
{
	char path[4096], why[512];
	const struct aiot_held *h;
	struct aiot_out out;
	unsigned n = 0;
	char *text;

	if (host->runtime_dir == NULL || host->ringfile.in_memory)
		return;
	(void)aiot_format_to(path, sizeof(path), "%s/" AIOT_QUARANTINE_FILE, host->runtime_dir);
	if (host->held == NULL) {
		(void)unlink(path);
		return;
	}
	for (h = host->held; h != NULL; h = h->next)
		n++;
	text = aiot_mem_alloc(n * LINE_MAX_BYTES);
	if (text == NULL)
		return; /* it holds in this run */
	aiot_out_init(&out, text, n * LINE_MAX_BYTES);
	for (h = host->held; h != NULL; h = h->next)
		aiot_format(&out, "%s\t%s\t%s\t%s\t%u\t%s\n", h->name, modes[h->module][h->loading],
			    h->site.function, h->site.file, h->site.line, h->text);
	if (aiot_savefile(host->runtime_dir, AIOT_QUARANTINE_FILE, text, out.len, why,
			  sizeof(why)) < 0)
		aiot_host_log(host, AIOT_WARN,
			      "services that are held will not be after the next start: %s", why);
	aiot_mem_free(text);
}

/* The next word of a line, which ends with a tabulator; what was there is ended. */
static char *next_word(char **line)
{
	char *word = *line, *end = strchr(word, '\t');

	if (end == NULL)
		end = word + strlen(word);
	*line = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return word;
}

static void read_line(struct aiot_host *host, char *line)
{
	const char *name = next_word(&line), *when = next_word(&line);
	const char *function = next_word(&line), *file = next_word(&line);
	const char *number = next_word(&line);
	struct aiot_held *h;
	unsigned i = 0;

	while (i < 4 && strcmp(when, modes[i / 2][i % 2]) != 0)
		i++;
	if (i == 4 || !aiot_unit_name_valid(name, strlen(name)) || line[0] == '\0')
		return; /* not written by this */
	h = add(host, name, i / 2);
	if (h == NULL)
		return;
	h->loading = i % 2;
	(void)aiot_format_to(h->site.function, sizeof(h->site.function), "%s", function);
	(void)aiot_format_to(h->site.file, sizeof(h->site.file), "%s", file);
	h->site.line = (uint32_t)strtoul(number, NULL, 10);
	(void)aiot_format_to(h->text, sizeof(h->text), "%s", line);
}

/* The newest stands first in the file, and what is read last comes first in the list. */
static void turn_around(struct aiot_host *host)
{
	struct aiot_held *h = host->held, *next;

	for (host->held = NULL; h != NULL; h = next) {
		next = h->next;
		h->next = host->held;
		host->held = h;
	}
}

static void read_lines(struct aiot_host *host, char *text)
{
	char *end;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		read_line(host, text);
	}
	turn_around(host);
}

static void read_file(struct aiot_host *host)
{
	char path[4096], why[512], *text;
	struct stat st;
	ssize_t len;
	int fd, r;

	if (host->runtime_dir == NULL || host->ringfile.in_memory)
		return;
	(void)aiot_format_to(path, sizeof(path), "%s/" AIOT_QUARANTINE_FILE, host->runtime_dir);
	r = aiot_trust_open(path, &fd, why, sizeof(why));
	if (r == -AIOT_ENOENT)
		return;
	if (r < 0) {
		aiot_host_log(host, AIOT_WARN, "no service is held that was: %s", why);
		return;
	}
	text = fstat(fd, &st) < 0 || st.st_size > FILE_MAX_BYTES
		       ? NULL
		       : aiot_mem_alloc((size_t)st.st_size + 1);
	len = text != NULL ? read(fd, text, (size_t)st.st_size) : -1;
	(void)close(fd);
	if (len < 0)
		aiot_host_log(host, AIOT_WARN, "no service is held that was: %s cannot be read",
			      path);
	if (len > 0) {
		text[len] = '\0';
		read_lines(host, text);
	}
	aiot_mem_free(text);
}

/* ---- a crash ---- */

/* "hello" of hello.service, of its children and its copies.  false: it belongs to none by its name.
 */
static bool unit_of_task(const char *task, char unit[AIOT_NAME_MAX + 1])
{
	const char *end = strstr(task, AIOT_UNIT_SUFFIX);
	char behind = end != NULL ? end[sizeof(AIOT_UNIT_SUFFIX) - 1] : '\0';
	size_t len = end != NULL ? (size_t)(end - task) : 0;

	if (end == NULL || (behind != '\0' && behind != '.' && behind != '_'))
		return false;
	memcpy(unit, task, len);
	unit[len] = '\0';
	return aiot_unit_name_valid(unit, len);
}

/* Whether it was not its task that ran, but what comes before there is one. */
static bool is_loading(const struct aiot_crash_record *r)
{
	return strcmp(r->doing, AIOT_DOING_LOAD) == 0 || strcmp(r->doing, AIOT_DOING_INIT) == 0;
}

/* What is kept of last runs knows of it already. */
static void note_run(struct aiot_host *host, const struct aiot_crash_record *r)
{
	if (r->doing[0] == '\0' && aiot_lastruns_past(host, r->task) == NULL)
		aiot_history_crashed(host, r->task, r->began_us ? r->began_us : r->end_us,
				     r->end_us);
}

/* Code that is held already, and crashes again, does so before its service is started. */
static void hold_from_now_on(struct aiot_host *host, const struct aiot_crash_record *r,
			     const char *name, bool module, const char *words)
{
	bool again = module && *place_of(host, name, true) != NULL;
	struct aiot_held *h = add(host, name, module);

	if (h == NULL)
		return;
	h->loading = again || is_loading(r);
	h->site = r->site;
	(void)aiot_format_to(h->text, sizeof(h->text), "crashed the daemon: %s", words);
	save(host);
}

static void add_culprit(struct aiot_host *host, const struct aiot_crash_record *r,
			const char *words)
{
	char unit[AIOT_NAME_MAX + 1];
	bool known = r->task[0] != '\0' && unit_of_task(r->task, unit);

	if (!known) {
		aiot_host_log(host, AIOT_ERROR, "the run before this one crashed: %s", words);
		if (r->module[0] != '\0')
			hold_from_now_on(host, r, r->module, true, words);
		return;
	}
	aiot_core_log(&host->core, r->task, AIOT_ERROR, "crashed the run before this one: %s",
		      words);
	note_run(host, r);
	hold_from_now_on(host, r, unit, false, words);
}

void aiot_quarantine_open(struct aiot_host *host, char *slot, size_t slot_size)
{
	struct aiot_crash_record record;
	char words[320];
	struct aiot_out out;

	read_file(host);
	if (slot == NULL)
		return;
	if (aiot_crash_read(slot, slot_size, &record)) {
		aiot_out_init(&out, words, sizeof(words));
		aiot_crash_words(&record, &out);
		add_culprit(host, &record, aiot_out_str(&out));
	}
	memset(slot, 0, slot_size);
}

/* ---- those that are held ---- */

static void tell(struct aiot_host *host, const struct aiot_unit *unit, const struct aiot_held *h)
{
	char text[640];

	(void)aiot_format_to(text, sizeof(text), "%s.service is held: it %s; aiotoolsctl start %s",
			     unit->name, h->text, unit->name);
	aiot_unit_tell(host, AIOT_WARN, text);
}

bool aiot_quarantine_may_load(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_held **at = place_for(host, unit);
	char text[512];

	if (*at == NULL || !(*at)->loading)
		return true;
	if (unit->refused) {
		unit->refused = false;
		drop(at);
		save(host);
		return true;
	}
	unit->refused = true;
	(void)aiot_format_to(text, sizeof(text), "it %s; aiotoolsctl load %s tries again",
			     (*at)->text, unit->name);
	aiot_unit_fail(host, unit, CRASHED, text);
	return false;
}

bool aiot_quarantine_hold(struct aiot_host *host, struct aiot_unit *unit)
{
	const struct aiot_held *h = *place_for(host, unit);
	struct aiot_site site;

	if (h == NULL || h->loading)
		return false;
	site = (struct aiot_site){h->site.function, h->site.file, h->site.line};
	aiot_supervise_hold(&host->core, &unit->task->entry,
			    aiot_outcome_error(&host->core, CRASHED, h->text, strlen(h->text), NULL,
					       h->site.file[0] != '\0' ? &site : NULL));
	tell(host, unit, h);
	return true;
}

void aiot_quarantine_changed(struct aiot_host *host, const struct aiot_entry *entry)
{
	const struct aiot_spec_block *block;
	struct aiot_held **at;
	bool any = false;

	if (host->held == NULL || entry->state == AIOT_HELD || aiot_entry_elsewhere(entry))
		return;
	block = (const struct aiot_spec_block *)(const void *)entry->spec;
	if (block->unit == NULL || block->unit->task == NULL ||
	    &block->unit->task->entry != entry || block->unit->load != AIOT_UNIT_LOADED)
		return;
	while (*(at = place_for(host, block->unit)) != NULL && !(*at)->loading) {
		drop(at);
		any = true;
	}
	if (any)
		save(host);
}

void aiot_quarantine_info(const struct aiot_host *host, struct aiot_json_out *json)
{
	const struct aiot_held *h;

	if (host->held == NULL)
		return;
	aiot_json_put_array(json, "held");
	for (h = host->held; h != NULL; h = h->next)
		aiot_json_put_strf(json, NULL, "%s%s", h->name, h->module ? ".so" : "");
	aiot_json_put_end_array(json);
}
