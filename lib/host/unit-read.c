/*
 * unit-read.c - one service's file, read and checked.
 *
 * Called by the scan and before a load.  What is wrong becomes the unit's error; nothing that runs
 * changes.
 */
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "trust.h"
#include "units.h"

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

static void read_file(struct aiot_host *host, struct aiot_unit *unit)
{
	char why[512];
	int fd, r;

	aiot_ini_finish(&unit->doc);
	memset(&unit->doc, 0, sizeof(unit->doc));
	memset(&unit->conf, 0, sizeof(unit->conf));
	unit->bad_args = unit->bad_deps = false;
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

void aiot_unit_read(struct aiot_host *host, struct aiot_unit *unit)
{
	read_file(host, unit);
	if (aiot_deps_read(host, unit) == 0)
		return;
	unit->bad_file = true;
	aiot_unit_fail(host, unit, -AIOT_ENOMEM, "no memory for what it says of other services");
}
