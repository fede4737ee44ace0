/*
 * units.c - see units.h: knowing services, reading their files.  unit-load.c loads them.
 *
 * Called at start, by reload and by the commands.  Reading changes nothing that runs.
 */
#include "units.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "mem.h"
#include "trust.h"

/* ---- the table ---- */

static const char suffix[] = ".service";

bool aiot_unit_name_valid(const char *name, size_t len)
{
	size_t suffix_len = sizeof(suffix) - 1;

	if (!aiot_name_valid(name, len) || len > AIOT_NAME_MAX - suffix_len || name[0] == '.')
		return false;
	return len < suffix_len || memcmp(name + len - suffix_len, suffix, suffix_len) != 0;
}

struct aiot_unit *aiot_unit_find(struct aiot_host *host, const char *name)
{
	struct aiot_trie_node *node = aiot_trie_find(&host->units, name);
	size_t len = strlen(name), suffix_len = sizeof(suffix) - 1;
	char shorter[AIOT_NAME_MAX + 1];

	if (node == NULL && len > suffix_len && len - suffix_len <= AIOT_NAME_MAX &&
	    strcmp(name + len - suffix_len, suffix) == 0) {
		memcpy(shorter, name, len - suffix_len);
		shorter[len - suffix_len] = '\0';
		node = aiot_trie_find(&host->units, shorter);
	}
	return node ? aiot_unit_of(node) : NULL;
}

struct aiot_unit *aiot_unit_match(struct aiot_host *host, const char *pattern, const char *after)
{
	struct aiot_trie_node *node = aiot_trie_from(&host->units, after, after[0] != '\0');
	size_t len = strlen(pattern);

	if (!aiot_name_is_pattern(pattern, len)) {
		struct aiot_unit *unit = aiot_unit_find(host, pattern);

		return unit != NULL && strcmp(unit->name, after) > 0 ? unit : NULL;
	}
	while (node != NULL && !aiot_name_match(pattern, len, aiot_unit_of(node)->name,
						strlen(aiot_unit_of(node)->name)))
		node = aiot_trie_from(&host->units, aiot_trie_key(node), true);
	return node ? aiot_unit_of(node) : NULL;
}

struct aiot_unit *aiot_unit_create(struct aiot_host *host, const char *name)
{
	struct aiot_unit *unit = aiot_mem_zalloc(sizeof(*unit));

	if (unit == NULL)
		return NULL;
	memcpy(unit->name, name, strlen(name) + 1);
	unit->node.key_off = offsetof(struct aiot_unit, name);
	if (!aiot_trie_insert(&host->units, &unit->node)) {
		aiot_mem_free(unit);
		return NULL;
	}
	return unit;
}

void aiot_unit_destroy(struct aiot_host *host, struct aiot_unit *unit)
{
	aiot_trie_remove(&host->units, &unit->node);
	aiot_outcome_free(&host->core, unit->error);
	aiot_ini_finish(&unit->doc);
	aiot_spec_free(unit->linked);
	aiot_mem_free(unit->file);
	aiot_mem_free(unit->tried);
	aiot_mem_free(unit);
}

/* ---- reading ---- */

/* All complaints as one text; the file is named once. */
static void fail_with_complaints(struct aiot_host *host, struct aiot_unit *unit)
{
	const struct aiot_ini_errors *errors = &unit->doc.errors;
	char text[4096];
	struct aiot_out out;
	size_t i;

	aiot_out_init(&out, text, sizeof(text));
	for (i = 0; i < errors->count; i++) {
		const char *rest = errors->text[i] + strlen(unit->file) + 1;
		bool line = i > 0 && strncmp(errors->text[i], unit->file, strlen(unit->file)) == 0;

		aiot_format(&out, "%s%s", i ? "; " : "",
			    !line	     ? errors->text[i]
			    : rest[0] == ' ' ? rest + 1
					     : "line ");
		if (line && rest[0] != ' ')
			aiot_out_text(&out, rest);
	}
	if (errors->lost && errors->count)
		aiot_format(&out, "; and %zu more", errors->lost);
	if (errors->count == 0)
		aiot_format(&out, "%s: no memory to read it", unit->file);
	aiot_unit_fail(host, unit, -AIOT_EINVAL, aiot_out_str(&out));
}

/*
 * A link to /dev/null hides what lower directories say.  An empty file does not: it is what a power
 * loss leaves of one that was being written, and a service that is missed has to be told.
 */
static bool is_mask(const char *path)
{
	struct stat st = {0}, null = {0};

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && stat("/dev/null", &null) == 0 &&
	       S_ISCHR(null.st_mode) && st.st_rdev == null.st_rdev;
}

void aiot_unit_read(struct aiot_host *host, struct aiot_unit *unit)
{
	char why[512];
	int fd, r;

	aiot_ini_finish(&unit->doc);
	memset(&unit->doc, 0, sizeof(unit->doc));
	memset(&unit->conf, 0, sizeof(unit->conf));
	unit->bad_args = false;
	aiot_mem_free(unit->tried);
	unit->tried = NULL;
	unit->masked = is_mask(unit->file);
	unit->bad_file = !unit->masked;
	if (unit->masked) {
		(void)stat(unit->file, &unit->stat);
		return;
	}
	r = aiot_trust_open(unit->file, &fd, why, sizeof(why));
	if (r < 0) {
		aiot_unit_fail(host, unit, r, why);
		return;
	}
	(void)fstat(fd, &unit->stat);
	if (unit->stat.st_size == 0) {
		(void)close(fd);
		(void)aiot_format_to(why, sizeof(why),
				     "%s is empty; write it again, or mask the service by a link "
				     "to /dev/null",
				     unit->file);
		aiot_unit_fail(host, unit, -AIOT_EINVAL, why);
		return;
	}
	r = aiot_ini_read_fd(unit->file, fd, &unit->doc);
	(void)close(fd);
	if (r == 0 || r == -AIOT_EINVAL)
		r = aiot_unit_conf_read(&unit->doc, &unit->conf);
	if (r < 0) {
		fail_with_complaints(host, unit);
		return;
	}
	unit->bad_file = false;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A unit that was known before: is its file still the one that was read? */
static int reread(struct aiot_host *host, struct aiot_unit *unit, const char *path)
{
	bool moved = unit->file == NULL || strcmp(unit->file, path) != 0;
	char *copy = moved ? aiot_mem_strdup(path) : NULL;
	struct stat st = {0};

	if (moved && copy == NULL)
		return -AIOT_ENOMEM;
	if (moved) {
		aiot_mem_free(unit->file);
		unit->file = copy;
	}
	if (!moved && stat(path, &st) == 0 && same_file(&st, &unit->stat) && !unit->bad_file)
		return 0;
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	if (unit->load == AIOT_UNIT_LOADED)
		unit->changed = true; /* what runs keeps its own copies of what it was told */
	else
		unit->load = AIOT_UNIT_UNLOADED;
	aiot_unit_read(host, unit);
	if (unit->load == AIOT_UNIT_LOADED && !unit->bad_file)
		aiot_unit_check_args(host, unit);
	return 0;
}

static int note_file(struct aiot_host *host, const char *dir, const char *file)
{
	size_t len = strlen(file);
	char path[4096], name[AIOT_NAME_MAX + 1];
	struct aiot_unit *unit;
	int r;

	if (len <= 4 || strcmp(file + len - 4, ".ini") != 0)
		return 0;
	(void)aiot_format_to(path, sizeof(path), "%s/%s", dir, file);
	if (!aiot_unit_name_valid(file, len - 4)) {
		aiot_host_log(host, AIOT_WARN,
			      "%s: its name cannot be a service's, ignoring; allowed are up to %u "
			      "letters, digits and any of . _ - @, not with . in front or .service "
			      "at the end",
			      path, (unsigned)(AIOT_NAME_MAX - (sizeof(suffix) - 1)));
		return 0;
	}
	memcpy(name, file, len - 4);
	name[len - 4] = '\0';
	unit = aiot_unit_find(host, name);
	if (unit == NULL)
		unit = aiot_unit_create(host, name);
	if (unit == NULL)
		return -AIOT_ENOMEM;
	if (unit->seen) /* a higher directory had one of that name already */
		return 0;
	if (unit->file == NULL && unit->load != AIOT_UNIT_UNLOADED) {
		aiot_host_log(host, AIOT_WARN, "%s: service '%s' is linked in, ignoring", path,
			      name);
		return 0;
	}
	unit->seen = true;
	r = reread(host, unit, path);
	if (unit->file == NULL) /* it was to be new */
		aiot_unit_destroy(host, unit);
	return r;
}

static int tell_unreadable(struct aiot_host *host, const char *dir, int error)
{
	char text[4608];

	(void)aiot_format_to(text, sizeof(text), "cannot read %s: %s, ignoring", dir,
			     strerror(error));
	aiot_unit_tell(host, AIOT_WARN, text);
	return aiot_host_fail(host, -AIOT_EIO,
			      "cannot read %s: %s; services that are not seen stay known", dir,
			      strerror(error));
}

/* 0 at the end; else the errno that cut the directory short. */
static int next_file(DIR *d, struct dirent **ret)
{
	errno = 0;
	*ret = readdir(d);
	return *ret == NULL ? errno : 0;
}

static int scan_dir(struct aiot_host *host, const char *config_dir)
{
	struct dirent *entry = NULL;
	char dir[4096];
	DIR *d;
	int error, r = 0;

	(void)aiot_format_to(dir, sizeof(dir), "%s/services.d", config_dir);
	d = opendir(dir);
	if (d == NULL)
		return errno == ENOENT ? 0 : tell_unreadable(host, dir, errno);
	while ((error = next_file(d, &entry)) == 0 && entry != NULL && r == 0)
		r = note_file(host, dir, entry->d_name);
	(void)closedir(d);
	return r == 0 && error != 0 ? tell_unreadable(host, dir, error) : r;
}

/* Units whose file is gone: forgotten, or marked while they are loaded. */
static void note_missing(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;
	char after[AIOT_NAME_MAX + 1] = "";

	while ((unit = aiot_unit_match(host, "*", after)) != NULL) {
		memcpy(after, unit->name, sizeof(after));
		if (unit->seen || unit->file == NULL)
			continue;
		if (unit->load == AIOT_UNIT_LOADED)
			unit->changed = true;
		else
			aiot_unit_destroy(host, unit);
	}
}

int aiot_units_scan(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;
	unsigned i = 0;
	int r = 0, all = 0;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		unit->seen = false;
		if (unit->module != NULL && aiot_module_changed(unit->module))
			unit->changed = true;
	}
	while (host->config_dirs != NULL && host->config_dirs[i] != NULL)
		i++;
	while (all != -AIOT_ENOMEM && i-- > 0) { /* the last directory wins */
		r = scan_dir(host, host->config_dirs[i]);
		if (r < 0)
			all = r;
	}
	if (all == 0)
		note_missing(host);
	return all;
}

/* The services that have to go for this one to be had anew: all of its module, if that changed. */
static void put_fellows(struct aiot_host *host, const struct aiot_unit *unit, struct aiot_out *out)
{
	const struct aiot_unit *other = NULL;
	bool all = unit->module != NULL && aiot_module_changed(unit->module);

	while ((other = aiot_unit_match(host, "*", other ? other->name : "")) != NULL) {
		if (other == unit || (all && other->module == unit->module))
			aiot_format(out, " %s", other->name);
	}
}

void aiot_units_advise(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;
	char names[512];
	struct aiot_out out;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (unit->load != AIOT_UNIT_LOADED || !unit->changed)
			continue;
		if (unit->task != NULL)
			unit->task->entry.flags |= AIOT_ENTRY_STALE;
		aiot_out_init(&out, names, sizeof(names));
		put_fellows(host, unit, &out);
		(void)aiot_out_str(&out);
		if (!unit->seen && unit->file != NULL)
			aiot_host_log(host, AIOT_WARN,
				      "service '%s': %s is gone; to end it: aiotoolsctl unload %s",
				      unit->name, unit->file, unit->name);
		else if (unit->bad_file || unit->bad_args)
			aiot_host_log(host, AIOT_ERROR, "service '%s' runs on as it was: %s",
				      unit->name, unit->error ? unit->error->text : "no memory");
		else
			aiot_host_log(
				host, AIOT_INFO,
				"service '%s' changed on disk; to apply: aiotoolsctl unload%s "
				"&& aiotoolsctl load%s",
				unit->name, names, names);
	}
}

void aiot_units_finish(struct aiot_host *host)
{
	struct aiot_unit *unit;

	while ((unit = aiot_unit_match(host, "*", "")) != NULL)
		aiot_unit_destroy(host, unit);
}
