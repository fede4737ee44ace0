/*
 * unit-scan.c - which services there are: all config directories, read again and compared.
 *
 * Called at start and by reload.  Reading changes nothing that runs; what differs from it is marked
 * and told.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "mem.h"
#include "units.h"

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
			      path, (unsigned)AIOT_UNIT_NAME_MAX);
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
