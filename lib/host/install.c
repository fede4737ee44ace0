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
#include "server.h"
#include "units.h"

enum { COPYING, LOOKING, PLACING, TAKING, DONE };

struct aiot_install_job {
	struct aiot_host *host;
	uv_work_t work;
	uint32_t ticket, look; /* its own, and that of the inspection; 0: that has not begun */
	uint8_t state;
	int code; /* of the thread's work */
	struct aiot_installed result;
	char why[4096];
	struct aiot_install_files files;
};

/* ---- the end ---- */

static void end(struct aiot_install_job *j, enum aiot_error_id error, const char *why)
{
	struct aiot_host *host = j->host;

	j->state = DONE;
	j->result = (struct aiot_installed){error, j->why, j->files.name};
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
	(void)aiot_out_str(&why);
	aiot_ini_finish(&doc);
	return why.len == 0;
}

/* A service that has a file already keeps it; else it gets the shortest there is. */
static bool make_ini(struct aiot_install_job *j)
{
	const struct aiot_unit *unit = aiot_unit_find(j->host, j->files.name);
	char text[AIOT_NAME_MAX + 64];

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
	aiot_inspect_free(j->host, j->look);
	if (found.code < 0)
		refuse(j, AIOT_ERR_LOAD_FAILED, j->why);
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

static void tell_success(struct aiot_install_job *j, uint8_t was)
{
	struct aiot_host *host = j->host;

	if (was == TAKING)
		aiot_host_log(host, AIOT_INFO, "service '%s' removed", j->files.name);
	else
		aiot_host_log(host, AIOT_INFO, "service '%s' installed from %s", j->files.name,
			      j->files.source);
	(void)aiot_units_scan(host); /* what it could not read it has told */
	end(j, AIOT_ERR_NONE, "");
}

static void thread_done(uv_work_t *work, int status)
{
	struct aiot_install_job *j = work->data;
	uint8_t was = j->state;

	(void)status; /* nobody cancels it */
	if (was == TAKING && j->code == -AIOT_ENOENT)
		(void)aiot_format_to(j->files.why, sizeof(j->files.why),
				     "service '%s' was not brought by install", j->files.name);
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

int aiot_uninstall(struct aiot_host *host, const char *name, uint32_t *ret)
{
	struct aiot_install_job *j;
	int r = make_job(host, &j);

	*ret = 0;
	if (j == NULL)
		return r;
	(void)aiot_format_to(j->files.name, sizeof(j->files.name), "%s", name);
	queue(j, TAKING);
	*ret = j->ticket;
	return 0;
}

bool aiot_install_done(struct aiot_host *host, uint32_t ticket, struct aiot_installed *ret)
{
	static const struct aiot_installed lost = {
		AIOT_ERR_TASK_FAILED, "what came of it was not asked for in time; see the log", ""};
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
