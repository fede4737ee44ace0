/*
 * install.c - see install.h.  Called by the handlers of install and remove.
 *
 *	install: COPYING (thread) -> LOOKING (inspect.h) -> PLACING (thread) -> DONE
 *	remove:  TAKING (thread) -> DONE
 *
 * Each step is begun on the loop when the one before is through; what is wrong ends it with nothing
 * changed.  Then the files are read again, so that what is there is known.
 */
#include "install.h"

#include <string.h>

#include "callout.h"
#include "host.h"
#include "inspect.h"
#include "install-files.h"
#include "mem.h"
#include "overlay.h"
#include "server.h"
#include "tables.h"
#include "units.h"

enum { COPYING, LOOKING, PLACING, TAKING, DONE };

struct aiot_install_job {
	struct aiot_host *host;
	uv_work_t work;
	uint32_t ticket, look; /* its own, and that of the inspection; 0: that has not begun */
	uint8_t state;
	int code;		     /* of the thread's work */
	bool purged;		     /* services.json is to forget it */
	bool known;		     /* the service was, before this */
	struct aiot_service *tables; /* of the module, for checking; NULL: it was not looked into */
	struct aiot_installed result;
	char why[4096], notes[4096];
	struct aiot_install_files files;
};

/* ---- the end ---- */

static void end(struct aiot_install_job *j, enum aiot_error_id error, const char *why)
{
	struct aiot_host *host = j->host;

	j->state = DONE;
	j->result = (struct aiot_installed){error, j->why, j->files.name, j->notes};
	if (why != j->why)
		(void)aiot_format_to(j->why, sizeof(j->why), "%s", why);
	if (error != AIOT_ERR_NONE)
		aiot_host_log(host, AIOT_WARN, "%s", j->why);
	if (host->server != NULL)
		aiot_server_poke(host->server);
	aiot_callouts_poke(&host->core);
	aiot_loop_wake(host);
}

static void refuse(struct aiot_install_job *j, enum aiot_error_id error, const char *why)
{
	aiot_install_drop(&j->files);
	end(j, error, why);
}

/* ---- work for the thread ---- */

static void on_thread(uv_work_t *work)
{
	struct aiot_install_job *j = work->data;

	if (j->state == COPYING)
		j->code = aiot_install_stage(&j->files);
	else if (j->state == PLACING)
		j->code = aiot_install_commit(&j->files);
	else
		j->code = aiot_install_remove(&j->files);
}

static void thread_done(uv_work_t *work, int status);

static void queue(struct aiot_install_job *j, uint8_t state)
{
	j->state = state;
	j->work.data = j;
	(void)uv_queue_work(j->host->loop, &j->work, on_thread, thread_done);
}

/* ---- its INI file ---- */

static void put_complaints(const struct aiot_ini *doc, struct aiot_out *out)
{
	size_t i;

	for (i = 0; i < doc->errors.count; i++)
		aiot_format(out, "%s%s", i ? "; " : "", doc->errors.text[i]);
	if (doc->errors.count == 0)
		aiot_out_text(out, "no memory to read its INI file");
}

/* Against the module that it came with.  Of a nameless one services.json says nothing. */
static void check_args(struct aiot_install_job *j, const struct aiot_ini *doc,
		       const struct aiot_unit_conf *conf, struct aiot_out *why)
{
	struct aiot_unit probe = {.doc = *doc, .conf = *conf};

	(void)aiot_unit_args_fit(j->host, &probe, j->tables, why);
}

/* What came with the module, as the scan will read it. */
static bool check_ini(struct aiot_install_job *j)
{
	char label[AIOT_INSTALL_PATH + 8];
	struct aiot_unit_conf conf;
	struct aiot_ini doc = {0};
	struct aiot_out why;
	int r;

	(void)aiot_format_to(label, sizeof(label), "%.*s.ini", (int)strlen(j->files.source) - 3,
			     j->files.source);
	aiot_out_init(&why, j->why, sizeof(j->why));
	r = aiot_ini_parse(label, j->files.ini, j->files.ini_len, &doc);
	if (r == 0 || r == -AIOT_EINVAL)
		r = aiot_unit_conf_read(&doc, &conf);
	if (r < 0)
		put_complaints(&doc, &why);
	else if (conf.module == NULL || strcmp(conf.module, j->files.name) != 0)
		aiot_format(&why, "%s: has Module=%s, but the module beside it is %s", label,
			    conf.module ? conf.module : "", j->files.name);
	else
		check_args(j, &doc, &conf, &why);
	(void)aiot_out_str(&why);
	aiot_ini_finish(&doc);
	return why.len == 0;
}

/* A service that has a file already keeps it; else it gets the shortest there is. */
static bool make_ini(struct aiot_install_job *j)
{
	const struct aiot_unit *unit = aiot_unit_find(j->host, j->files.name);
	char text[AIOT_NAME_MAX + 64];

	j->known = unit != NULL;
	if (j->files.ini != NULL)
		return check_ini(j);
	if (unit != NULL && unit->file != NULL)
		return true;
	j->files.ini_len = (size_t)aiot_format_to(text, sizeof(text), "[Service]\nModule = %s\n",
						  j->files.name);
	j->files.ini_len = strlen(text);
	j->files.ini = aiot_mem_strdup(text);
	if (j->files.ini != NULL)
		return true;
	(void)aiot_format_to(j->why, sizeof(j->why), "no memory for its INI file");
	return false;
}

/* ---- the steps ---- */

static void begin_look(struct aiot_install_job *j)
{
	char path[AIOT_INSTALL_PATH];
	struct aiot_out why;

	aiot_install_staged(&j->files, path);
	aiot_out_init(&why, j->why, sizeof(j->why));
	if (aiot_inspect(j->host, path, j->files.name, &j->look, &why) < 0) {
		(void)aiot_out_str(&why);
		refuse(j, AIOT_ERR_TASK_FAILED, j->why);
	}
}

/* The copy's name is of no use to anybody: the file that it is of has the fault. */
static void put_look(struct aiot_install_job *j, const char *why)
{
	char path[AIOT_INSTALL_PATH];
	size_t len;

	aiot_install_staged(&j->files, path);
	len = strlen(path);
	if (strncmp(why, path, len) == 0)
		(void)aiot_format_to(j->why, sizeof(j->why), "%s%s", j->files.source, why + len);
	else
		(void)aiot_format_to(j->why, sizeof(j->why), "%s", why);
}

static void looked(struct aiot_install_job *j)
{
	struct aiot_inspected found;

	if (!aiot_inspect_done(j->host, j->look, &found))
		return;
	if (found.code < 0)
		put_look(j, found.why);
	else
		j->tables = aiot_tables_read(found.json, j->files.name);
	aiot_inspect_free(j->host, j->look);
	if (found.code < 0)
		refuse(j, AIOT_ERR_LOAD_FAILED, j->why);
	else if (j->tables == NULL)
		refuse(j, AIOT_ERR_NO_MEMORY, "no memory to check its options");
	else if (!make_ini(j))
		refuse(j, AIOT_ERR_BAD_CONFIGURATION, j->why);
	else
		queue(j, PLACING);
}

void aiot_install_step(struct aiot_host *host)
{
	struct aiot_install_job *j = host->install;

	if (j == NULL || j->state != LOOKING)
		return;
	if (j->look == 0)
		begin_look(j);
	else
		looked(j);
}

/* ---- what else there is to know ---- */

/* Why it would not load as all its files are now; false: it would. */
static bool put_misfit(struct aiot_install_job *j, struct aiot_unit *unit, struct aiot_out *out)
{
	size_t len = out->len;

	if (unit->masked)
		aiot_format(out,
			    unit->masked_file
				    ? "it is masked: %s is a link to /dev/null"
				    : "it is masked; to have it back: aiotoolsctl unmask %s",
			    unit->masked_file ? unit->file : unit->name);
	else if (unit->bad_file)
		aiot_format(out, "as its files are, it does not load: %s",
			    unit->error ? unit->error->text : "no memory");
	else {
		aiot_out_text(out, "as its files are, it does not load: ");
		if (aiot_unit_args_fit(j->host, unit, j->tables, out) == 0)
			out->len = len;
	}
	return out->len > len;
}

/* services.json, drop-ins: what a service of that name finds, or leaves. */
static bool put_others(const struct aiot_install_job *j, const char *end, struct aiot_out *out)
{
	const struct aiot_host *host = j->host;
	bool said = !j->purged && aiot_overlay_find(&host->overlay, j->files.name) != NULL;
	bool drop_ins = aiot_trie_find(&host->drop_ins, j->files.name) != NULL;

	if (said || drop_ins)
		aiot_format(out, "%s%s%s %s", said ? AIOT_OVERLAY_FILE : "",
			    said && drop_ins ? " and " : "", drop_ins ? "drop-ins" : "", end);
	return said || drop_ins;
}

static void note_installed(struct aiot_install_job *j, struct aiot_out *out)
{
	struct aiot_unit *unit = aiot_unit_find(j->host, j->files.name);
	char own[AIOT_INSTALL_PATH];

	if (unit == NULL || unit->file == NULL)
		return;
	(void)aiot_format_to(own, sizeof(own), "%s/services.d/%s.ini", j->files.state, unit->name);
	if (strcmp(j->files.state, j->host->state_home) != 0)
		aiot_format(out, "%s cannot be written: it is installed until the next boot\n",
			    j->host->state_home);
	if (j->files.ini != NULL && strcmp(unit->file, own) != 0)
		aiot_format(out, "%s counts, and not the file that came along\n", unit->file);
	if (j->files.kept)
		aiot_format(out, "what its file said before is in %s.old\n", own);
	if (!j->known &&
	    put_others(j, "say more of it, from before; all of it: aiotoolsctl cat ", out))
		aiot_format(out, "%s\n", unit->name);
	if (put_misfit(j, unit, out))
		aiot_out_char(out, '\n');
}

static void note_removed(struct aiot_install_job *j, struct aiot_out *out)
{
	const struct aiot_unit *unit = aiot_unit_find(j->host, j->files.name);

	if (unit != NULL && unit->file != NULL)
		aiot_format(out, "it is there still, by %s\n", unit->file);
	(void)put_others(j, "still speak of it, and count for a service that is called so again\n",
			 out);
}

static void tell_success(struct aiot_install_job *j, uint8_t was)
{
	struct aiot_host *host = j->host;
	struct aiot_out notes;

	if (was == TAKING)
		aiot_host_log(host, AIOT_INFO, "service '%s' removed", j->files.name);
	else
		aiot_host_log(host, AIOT_INFO, "service '%s' installed from %s", j->files.name,
			      j->files.source);
	(void)aiot_units_scan(host); /* what it could not read it has told */
	aiot_out_init(&notes, j->notes, sizeof(j->notes));
	if (was == TAKING)
		note_removed(j, &notes);
	else
		note_installed(j, &notes);
	(void)aiot_out_str(&notes);
	end(j, AIOT_ERR_NONE, "");
}

static void tell_nothing_there(struct aiot_install_job *j)
{
	const char *home = j->host->state_home;

	if (strcmp(j->files.state, home) != 0 && aiot_install_there(home, j->files.name))
		(void)aiot_format_to(j->files.why, sizeof(j->files.why),
				     "service '%s' is installed in %s, which cannot be written",
				     j->files.name, home);
	else
		(void)aiot_format_to(j->files.why, sizeof(j->files.why),
				     "service '%s' was not brought by install", j->files.name);
}

static void thread_done(uv_work_t *work, int status)
{
	struct aiot_install_job *j = work->data;
	uint8_t was = j->state;

	(void)status; /* nobody cancels it */
	if (was == TAKING && j->code == -AIOT_ENOENT)
		tell_nothing_there(j);
	if (j->code < 0)
		end(j, AIOT_ERR_TASK_FAILED, j->files.why);
	else if (was != COPYING)
		tell_success(j, was);
	else if (j->host->stopping)
		refuse(j, AIOT_ERR_SHUTTING_DOWN, "the daemon is stopping");
	else {
		j->state = LOOKING;
		aiot_install_step(j->host);
	}
}

/* ---- beginning ---- */

static void free_job(struct aiot_install_job *j)
{
	aiot_mem_free(j->files.ini);
	aiot_mem_free(j->tables);
	aiot_mem_free(j);
}

/* *ret NULL, and 0: there is one under way. */
static int make_job(struct aiot_host *host, struct aiot_install_job **ret)
{
	struct aiot_install_job *j = host->install;

	*ret = NULL;
	if (host->state_dir == NULL)
		return -AIOT_ENOSYS;
	if (j != NULL && j->state != DONE)
		return 0;
	if (j != NULL)
		free_job(j);
	host->install = j = aiot_mem_zalloc(sizeof(*j));
	if (j == NULL)
		return -AIOT_ENOMEM;
	j->host = host;
	j->ticket = ++host->last_install ? host->last_install : ++host->last_install;
	(void)aiot_format_to(j->files.state, sizeof(j->files.state), "%s", host->state_dir);
	*ret = j;
	return 0;
}

int aiot_install(struct aiot_host *host, const char *source, uint32_t *ret)
{
	struct aiot_install_job *j;
	int r = make_job(host, &j);

	*ret = 0;
	if (j == NULL)
		return r;
	(void)aiot_format_to(j->files.source, sizeof(j->files.source), "%s", source);
	queue(j, COPYING);
	*ret = j->ticket;
	return 0;
}

int aiot_uninstall(struct aiot_host *host, const char *name, bool purged, uint32_t *ret)
{
	struct aiot_install_job *j;
	int r = make_job(host, &j);

	*ret = 0;
	if (j == NULL)
		return r;
	(void)aiot_format_to(j->files.name, sizeof(j->files.name), "%s", name);
	j->purged = purged;
	queue(j, TAKING);
	*ret = j->ticket;
	return 0;
}

bool aiot_install_done(struct aiot_host *host, uint32_t ticket, struct aiot_installed *ret)
{
	static const struct aiot_installed lost = {
		AIOT_ERR_TASK_FAILED, "what came of it was not asked for in time; see the log", "",
		""};
	struct aiot_install_job *j = host->install;
	bool its = j != NULL && j->ticket == ticket;

	if (its && j->state != DONE)
		return false;
	*ret = its ? j->result : lost;
	return true;
}

bool aiot_install_busy(const struct aiot_host *host)
{
	const struct aiot_install_job *j = host->install;

	return j != NULL && j->state != DONE && j->state != LOOKING;
}

void aiot_install_finish(struct aiot_host *host)
{
	struct aiot_install_job *j = host->install;

	host->install = NULL;
	if (j == NULL)
		return;
	if (j->state == LOOKING)
		aiot_install_drop(&j->files);
	free_job(j);
}
