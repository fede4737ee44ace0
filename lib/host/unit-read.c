/*
 * unit-read.c - one service's files, read, laid over each other and checked.
 *
 * Called by the scan and before a load.  What is wrong becomes the unit's error; nothing that runs
 * changes.
 */
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "overlay.h"
#include "trust.h"
#include "unit-conf.h"
#include "unit-files.h"
#include "units.h"

/* ---- complaints ---- */

/* Which of the document's files a complaint begins with: the length of its name; 0: none. */
static size_t place_of(const struct aiot_ini *doc, const char *text)
{
	size_t len = strlen(doc->label), best = 0, i;

	if (strncmp(text, doc->label, len) == 0 && text[len] == ':')
		best = len;
	for (i = 0; i < doc->other_count; i++) {
		len = strlen(doc->others[i]);
		if (len > best && strncmp(text, doc->others[i], len) == 0 && text[len] == ':')
			best = len;
	}
	return best;
}

/* All of them as one text; a file is named where it is another one than before. */
void aiot_unit_complaints(const struct aiot_ini *doc, struct aiot_out *out)
{
	const struct aiot_ini_errors *errors = &doc->errors;
	size_t known = 0, i;

	for (i = 0; i < errors->count; i++) {
		const char *text = errors->text[i];
		size_t len = place_of(doc, text);
		bool again = i > 0 && len > 0 && len == known &&
			     strncmp(text, errors->text[i - 1], len) == 0;

		known = len;
		if (again)
			text += len + 1;
		aiot_format(out, "%s%s", i ? "; " : "",
			    !again	     ? text
			    : text[0] == ' ' ? text + 1
					     : "line ");
		if (again && text[0] != ' ')
			aiot_out_text(out, text);
	}
	if (errors->lost && errors->count)
		aiot_format(out, "; and %zu more", errors->lost);
	if (errors->count == 0)
		aiot_format(out, "%s: no memory to read it", doc->label);
}

static void fail_with_complaints(struct aiot_host *host, struct aiot_unit *unit)
{
	char text[4096];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	if (unit->doc.label != NULL)
		aiot_unit_complaints(&unit->doc, &out);
	else
		aiot_format(&out, "%s: no memory to read it", unit->file);
	aiot_unit_fail(host, unit, -AIOT_EINVAL, aiot_out_str(&out));
}

/* ---- reading ---- */

/* An empty file is what a power loss leaves of one that was being written. */
static int check_not_empty(const char *path, int fd, const char *remedy, struct aiot_out *why)
{
	struct stat st = {0};

	(void)fstat(fd, &st);
	if (st.st_size != 0)
		return 0;
	aiot_format(why, "%s is empty; write it again, or %s", path, remedy);
	return -AIOT_EPERM;
}

#define MASK_SERVICE "mask the service by a link to /dev/null"
#define MASK_DROP_IN "remove it"

/* 0 also where it was read and something in it is wrong: then its errors say what. */
static int read_file(const char *path, const char *remedy, const char *instance,
		     struct aiot_ini *doc, struct aiot_out *why)
{
	char text[512];
	int fd, r;

	r = aiot_trust_open(path, &fd, text, sizeof(text));
	if (r < 0) {
		aiot_out_text(why, text);
		return r;
	}
	r = check_not_empty(path, fd, remedy, why);
	if (r == 0)
		r = aiot_ini_read_fd_for(path, fd, instance, doc);
	(void)close(fd);
	return r == -AIOT_EINVAL ? 0 : r;
}

/* Whether a drop-in is one of the template's, so that %i means something in it. */
static bool is_templates(const struct aiot_unit *unit, const char *path)
{
	char dir[AIOT_NAME_MAX + 16];
	const char *instance = aiot_unit_instance(unit);

	if (instance == NULL)
		return false;
	(void)aiot_format_to(dir, sizeof(dir), "/%.*s.ini.d/", (int)(instance - unit->name),
			     unit->name);
	return strstr(path, dir) != NULL;
}

int aiot_unit_lay_over(const struct aiot_unit *unit, const struct aiot_unit_files *files,
		       struct aiot_ini *doc, struct aiot_out *why)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < files->count; i++) {
		const char *path = files->drop_in[i];
		struct aiot_ini drop_in = {0};

		r = read_file(path, MASK_DROP_IN,
			      is_templates(unit, path) ? aiot_unit_instance(unit) : NULL, &drop_in,
			      why);
		if (r == 0)
			r = aiot_unit_conf_check_drop_in(&drop_in);
		if (r == 0)
			r = aiot_ini_merge(doc, &drop_in);
		if (r == -AIOT_EINVAL)
			r = 0; /* said in the document */
		aiot_ini_finish(&drop_in);
	}
	return r;
}

/* A template's values have no meaning before there is an instance: only its form is checked. */
static int check(struct aiot_unit *unit)
{
	if (aiot_unit_is_template(unit))
		return unit->doc.errors.count + unit->doc.errors.lost > 0 ? -AIOT_EINVAL : 0;
	return aiot_unit_conf_read(&unit->doc, &unit->conf);
}

static void forget(struct aiot_unit *unit)
{
	aiot_ini_finish(&unit->doc);
	memset(&unit->doc, 0, sizeof(unit->doc));
	memset(&unit->conf, 0, sizeof(unit->conf));
	unit->bad_args = unit->bad_deps = false;
	unit->masked_file = false;
	unit->bad_file = true;
	aiot_mem_free(unit->tried);
	unit->tried = NULL;
}

static void read_files(struct aiot_host *host, struct aiot_unit *unit,
		       const struct aiot_unit_files *files)
{
	char text[1024];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	unit->masked_file = files->masked;
	unit->bad_file = !files->masked;
	if (files->masked)
		return;
	r = read_file(unit->file, MASK_SERVICE, aiot_unit_instance(unit), &unit->doc, &why);
	if (r == 0)
		r = aiot_unit_lay_over(unit, files, &unit->doc, &why);
	if (r < 0 && why.len > 0) {
		aiot_unit_fail(host, unit, r == -AIOT_EPERM ? -AIOT_EINVAL : r, aiot_out_str(&why));
		return;
	}
	if (r < 0 || check(unit) < 0)
		fail_with_complaints(host, unit);
	else
		unit->bad_file = false;
}

/* Not of what is loaded: that stays as it was. */
static void read_deps(struct aiot_host *host, struct aiot_unit *unit)
{
	if (aiot_deps_read(host, unit) == 0)
		return;
	unit->bad_file = true;
	aiot_unit_fail(host, unit, -AIOT_ENOMEM, "no memory for what it says of other services");
}

void aiot_unit_read(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_unit_files files;
	char text[1024];
	struct aiot_out why;
	int r;

	forget(unit);
	aiot_out_init(&why, text, sizeof(text));
	r = aiot_unit_files_find(host, unit, &files, &why);
	unit->print = r < 0 ? 0 : files.print;
	if (r < 0)
		aiot_unit_fail(host, unit, r, aiot_out_str(&why));
	else
		read_files(host, unit, &files);
	aiot_unit_files_finish(&files);
	aiot_unit_overlay(host, unit);
	read_deps(host, unit);
}

bool aiot_unit_differs(struct aiot_host *host, const struct aiot_unit *unit)
{
	struct aiot_unit_files files;
	char text[1024];
	struct aiot_out why;
	bool differs;

	aiot_out_init(&why, text, sizeof(text));
	differs = aiot_unit_files_find(host, unit, &files, &why) < 0 || files.print != unit->print;
	aiot_unit_files_finish(&files);
	return differs;
}

void aiot_unit_refresh(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->bad_file || unit->doc.label == NULL || aiot_unit_differs(host, unit)) {
		aiot_unit_read(host, unit);
		return;
	}
	unit->bad_args = unit->bad_deps = false;
	aiot_mem_free(unit->tried);
	unit->tried = NULL;
	read_deps(host, unit); /* it was loaded when its file was read */
}

/* ---- what services.json says of it ---- */

void aiot_unit_overlay(struct aiot_host *host, struct aiot_unit *unit)
{
	const struct aiot_overlay_entry *e = aiot_overlay_find(&host->overlay, unit->name);
	const char *at = strchr(unit->name, '@');
	char template[AIOT_NAME_MAX + 1];

	unit->masked = unit->masked_file || (e != NULL && e->masked);
	unit->enabled_said = !host->no_config && e != NULL && e->enabled != AIOT_OVERLAY_UNSAID;
	if (unit->enabled_said)
		unit->enabled = e->enabled == AIOT_OVERLAY_YES;
	else
		unit->enabled = unit->conf.enabled && !unit->templated;
	if (unit->masked || at == NULL)
		return;
	(void)aiot_format_to(template, sizeof(template), "%.*s", (int)(at - unit->name) + 1,
			     unit->name);
	e = aiot_overlay_find(&host->overlay, template);
	unit->masked = e != NULL && e->masked;
}
