/*
 * unit-scan.c - which services there are: all config directories, read again and compared.
 *
 * Called at start and by reload.  Reading changes nothing that runs; what differs from it is marked
 * and told.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "overlay.h"
#include "unit-conf.h"
#include "units.h"

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* Its files are found: are they still those that were read? */
static void reread(struct aiot_host *host, struct aiot_unit *unit)
{
	bool moved = unit->moved;

	unit->moved = false;
	if (!moved && !unit->bad_file && !aiot_unit_differs(host, unit)) {
		aiot_unit_overlay(host, unit);
		return;
	}
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	if (unit->load == AIOT_UNIT_LOADED)
		unit->changed = true; /* what runs keeps its own copies of what it was told */
	else
		unit->load = AIOT_UNIT_UNLOADED;
	aiot_unit_read(host, unit);
	if (unit->load == AIOT_UNIT_LOADED && !unit->bad_file)
		aiot_unit_check_args(host, unit);
}

static int set_file(struct aiot_unit *unit, const char *path)
{
	char *copy;

	if (unit->file != NULL && strcmp(unit->file, path) == 0)
		return 0;
	copy = aiot_mem_strdup(path);
	if (copy == NULL)
		return -AIOT_ENOMEM;
	aiot_mem_free(unit->file);
	unit->file = copy;
	unit->moved = true;
	return 0;
}

int aiot_unit_found(struct aiot_host *host, struct aiot_unit *unit, const char *path)
{
	int r = set_file(unit, path);

	if (r == 0)
		reread(host, unit);
	return r;
}

/* ---- instances ---- */

struct aiot_unit *aiot_unit_template(struct aiot_host *host, const char *name)
{
	const char *at = strchr(name, '@');
	char template[AIOT_NAME_MAX + 1];

	if (at == NULL || at == name || at[1] == '\0')
		return NULL;
	(void)aiot_format_to(template, sizeof(template), "%.*s", (int)(at - name) + 1, name);
	return aiot_unit_find(host, template);
}

static struct aiot_unit *make_instance(struct aiot_host *host, const char *name,
				       const struct aiot_unit *template)
{
	struct aiot_unit *unit = aiot_unit_create(host, name);

	if (unit == NULL)
		return NULL;
	unit->templated = true;
	unit->seen = true;
	if (set_file(unit, template->file) == 0)
		return unit;
	aiot_unit_destroy(host, unit);
	return NULL;
}

struct aiot_unit *aiot_unit_instantiate(struct aiot_host *host, const char *name)
{
	struct aiot_unit *unit = aiot_unit_find(host, name), *template;
	char plain[AIOT_NAME_MAX + 1];
	size_t len = strlen(name);

	if (unit != NULL)
		return unit;
	if (ends_with(name, len, AIOT_UNIT_SUFFIX))
		len -= sizeof(AIOT_UNIT_SUFFIX) - 1;
	if (!aiot_unit_name_valid(name, len))
		return NULL;
	memcpy(plain, name, len);
	plain[len] = '\0';
	template = aiot_unit_template(host, plain);
	if (template == NULL || template->file == NULL)
		return NULL;
	unit = make_instance(host, plain, template);
	if (unit != NULL)
		reread(host, unit);
	return unit;
}

/* Those that are known go on as long as their template is there and somebody wants them. */
static int keep_instances(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;

	while ((unit = aiot_unit_match(host, "*@*", unit ? unit->name : "")) != NULL) {
		const struct aiot_unit *template = aiot_unit_template(host, unit->name);

		if (!unit->templated || unit->seen || template == NULL || !template->seen)
			continue;
		if (unit->load != AIOT_UNIT_LOADED &&
		    aiot_overlay_find(&host->overlay, unit->name) == NULL)
			continue;
		unit->seen = true;
		if (set_file(unit, template->file) < 0)
			return -AIOT_ENOMEM;
	}
	return 0;
}

/* Those that were enabled. */
static int make_instances(struct aiot_host *host)
{
	const struct aiot_overlay_entry *e = NULL;

	while ((e = aiot_overlay_next(&host->overlay, e)) != NULL) {
		const struct aiot_unit *template;

		if (e->enabled != AIOT_OVERLAY_YES || aiot_unit_find(host, e->name) != NULL)
			continue;
		template = aiot_unit_template(host, e->name);
		if (template != NULL && template->seen &&
		    make_instance(host, e->name, template) == NULL)
			return -AIOT_ENOMEM;
	}
	return 0;
}

/* ---- directories ---- */

/* An instance's own file takes the place of its template's. */
static int take_file(struct aiot_host *host, struct aiot_unit *unit, const char *path)
{
	int r = set_file(unit, path);

	unit->seen = unit->file != NULL;
	if (unit->file == NULL) /* it was to be new */
		aiot_unit_destroy(host, unit);
	else if (r == 0)
		unit->templated = false;
	return r;
}

static int note_file(struct aiot_host *host, unsigned index, const char *dir, const char *file)
{
	size_t len = strlen(file);
	char path[4096], name[AIOT_NAME_MAX + 1];
	struct aiot_unit *unit;

	if (ends_with(file, len, ".ini.d") && aiot_unit_name_valid(file, len - 6)) {
		(void)aiot_format_to(name, sizeof(name), "%.*s", (int)(len - 6), file);
		return aiot_drop_ins_note(host, name, index);
	}
	if (!ends_with(file, len, ".ini"))
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
	return take_file(host, unit, path);
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

/*
 * By name: units that are walked through one behind the other, as all walks do, then lie in memory
 * in that order, too.
 */
static int scan_dir(struct aiot_host *host, unsigned index)
{
	struct dirent **files;
	char dir[4096];
	int count, r = 0;

	(void)aiot_format_to(dir, sizeof(dir), "%s/services.d", host->config_dirs[index]);
	count = scandir(dir, &files, NULL, alphasort);
	if (count < 0 && errno == ENOMEM)
		return -AIOT_ENOMEM;
	if (count < 0)
		return errno == ENOENT ? 0 : tell_unreadable(host, dir, errno);
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = note_file(host, index, dir, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	return r;
}

/* Units whose file is gone: forgotten with their last task, or marked while they are loaded. */
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
		else if (unit->added == 0)
			aiot_unit_destroy(host, unit);
	}
}

/* 0 only if every directory was read to its end. */
static int scan_dirs(struct aiot_host *host)
{
	unsigned i = 0;
	int r, all = 0;

	while (host->config_dirs != NULL && host->config_dirs[i] != NULL)
		i++;
	while (all != -AIOT_ENOMEM && i-- > 0) { /* the last directory wins */
		r = scan_dir(host, i);
		if (r < 0)
			all = r;
	}
	r = keep_instances(host);
	if (r == 0)
		r = make_instances(host);
	return r < 0 ? r : all;
}

int aiot_units_scan(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;
	int all;

	aiot_overlay_load(host);
	aiot_drop_ins_forget(host);
	aiot_modules_look(host);
	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL)
		unit->seen = false;
	all = scan_dirs(host);
	for (unit = NULL; (unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL;) {
		if (unit->seen)
			reread(host, unit);
	}
	if (all == 0)
		note_missing(host);
	aiot_drop_ins_advise(host);
	aiot_units_compare(host);
	return all;
}

void aiot_units_advise(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (unit->load != AIOT_UNIT_LOADED || !unit->changed)
			continue;
		if (!unit->seen && unit->file != NULL)
			aiot_host_log(host, AIOT_WARN,
				      "service '%s': %s is gone; to end it: aiotoolsctl unload %s",
				      unit->name, unit->file, unit->name);
		else if (unit->bad_file || unit->bad_args)
			aiot_host_log(host, AIOT_ERROR, "service '%s' runs on as it was: %s",
				      unit->name, unit->error ? unit->error->text : "no memory");
		else
			aiot_host_log(host, AIOT_INFO,
				      "service '%s' changed on disk, run: aiotoolsctl reload %s",
				      unit->name, unit->name);
	}
}
