/*
 * calls-edit.c - the handlers of cat and edit: the files of services, shown and replaced.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  A new text is read and
 * checked with its drop-ins before it takes the old one's place, so that a service cannot be broken
 * by a slip; the editor itself is aiotoolsctl's business.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "call-look.h"
#include "calls.h"
#include "host.h"
#include "keep.h"
#include "mem.h"
#include "unit-conf.h"
#include "unit-names.h"

/* ---- a file's text ---- */

struct text {
	char *bytes; /* NULL: it cannot be read */
	size_t len;
	bool for_all; /* everybody may read it */
	unsigned mode;
};

static int read_text(const char *path, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct text text = {NULL, 0, false, 0644};
	struct stat st = {0};
	ssize_t n = 0;

	*ret = text;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		text.bytes = aiot_mem_alloc(AIOT_INI_FILE_MAX + 1);
	while (text.bytes != NULL && text.len <= AIOT_INI_FILE_MAX &&
	       (n = read(fd, text.bytes + text.len, AIOT_INI_FILE_MAX + 1 - text.len)) > 0)
		text.len += (size_t)n;
	(void)close(fd);
	text.for_all = (st.st_mode & S_IROTH) != 0;
	text.mode = st.st_mode & 0777;
	if (text.bytes == NULL || n < 0) {
		aiot_mem_free(text.bytes);
		return -AIOT_EIO;
	}
	*ret = text;
	return 0;
}

/* Which text it was, for who changes it later. */
static void put_base(const struct text *text, char base[17])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < text->len; i++)
		hash = (hash ^ (unsigned char)text->bytes[i]) * UINT64_C(0x100000001b3);
	(void)snprintf(base, 17, "%016llx", (unsigned long long)hash);
}

/* ---- cat ---- */

static void put_file(struct aiot_call *call, const struct aiot_unit *unit, const char *path,
		     bool own)
{
	struct text text;
	char base[17] = "";
	bool may;

	may = read_text(path, &text) == 0 && (text.for_all || call->role >= AIOT_ROLE_ADMIN);
	if (may)
		put_base(&text, base);
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "service", unit->name);
	aiot_json_put_str(&call->json, "file", path);
	if (may)
		aiot_json_put_strn(&call->json, "text", text.bytes, text.len);
	else
		aiot_json_put_null(&call->json, "text");
	aiot_json_put_str(&call->json, "base", may && own ? base : NULL);
	aiot_json_put_end_object(&call->json);
	aiot_mem_free(text.bytes);
}

static void put_overlay(struct aiot_call *call, const struct aiot_unit *unit)
{
	struct aiot_host *host = call->ctx;
	const struct aiot_overlay_entry *e = aiot_overlay_find(&host->overlay, unit->name);
	struct aiot_out text = {.grow = aiot_mem_grow};

	if (e == NULL)
		return;
	aiot_overlay_entry_format(e, &text);
	aiot_out_char(&text, '\n');
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "service", unit->name);
	aiot_json_put_str(&call->json, "file", AIOT_OVERLAY_FILE);
	aiot_json_put_strn(&call->json, "text", text.buf, text.error < 0 ? 0 : text.len);
	aiot_json_put_null(&call->json, "base");
	aiot_json_put_end_object(&call->json);
	aiot_mem_free(text.buf);
}

static int put_unit_files(struct aiot_call *call, struct aiot_unit *unit)
{
	struct aiot_unit_files files;
	char text[1024];
	struct aiot_out why;
	size_t i;

	if (unit->file != NULL) {
		put_file(call, unit, unit->file, !unit->templated && !unit->masked_file);
		aiot_out_init(&why, text, sizeof(text));
		(void)aiot_unit_files_find(call->ctx, unit, &files, &why);
		for (i = 0; i < files.count; i++)
			put_file(call, unit, files.drop_in[i], false);
		aiot_unit_files_finish(&files);
	}
	put_overlay(call, unit);
	return 0;
}

enum aiot_call_result aiot_call_cat(struct aiot_call *call)
{
	if (call->at.phase == 0 && !aiot_unit_names_fit(call, AIOT_WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	return aiot_unit_pages(call, "files", put_unit_files);
}

/* ---- edit: where to ---- */

struct places {
	char dir[AIOT_KEEP_DIRS][AIOT_KEEP_PATH];
	size_t count;
};

static void add_place(struct places *p, const char *config_dir)
{
	if (config_dir == NULL || p->count == AIOT_KEEP_DIRS)
		return;
	(void)snprintf(p->dir[p->count++], AIOT_KEEP_PATH, "%s/services.d", config_dir);
}

static bool is_in(const char *path, const char *config_dir)
{
	size_t len = strlen(config_dir);

	return strncmp(path, config_dir, len) == 0 &&
	       strncmp(path + len, "/services.d/", 12) == 0 && strchr(path + len + 12, '/') == NULL;
}

/* The index of a config directory; -1: it is none. */
static int index_of(const struct aiot_host *host, const char *dir)
{
	int i;

	for (i = 0; dir != NULL && host->config_dirs[i] != NULL; i++) {
		if (strcmp(host->config_dirs[i], dir) == 0)
			return i;
	}
	return -1;
}

/*
 * Where the file is; what comes with a package stays as it is, and the administrator's directory,
 * or the state directory, has the new one.  The last resort is the runtime directory.
 */
static void find_places(const struct aiot_host *host, const struct aiot_unit *unit,
			struct places *p)
{
	int state = index_of(host, host->state_home), run = index_of(host, host->runtime_dir);
	int here = 0;

	p->count = 0;
	while (host->config_dirs[here] != NULL && !is_in(unit->file, host->config_dirs[here]))
		here++;
	if (here < state) {
		if (state + 1 != run)
			add_place(p, host->config_dirs[state + 1]);
		add_place(p, host->config_dirs[state]);
	} else {
		add_place(p, host->config_dirs[here]);
	}
	if (run > here && run != state)
		add_place(p, host->config_dirs[run]);
}

/* ---- edit: whether it is right ---- */

static int lay_over(struct aiot_host *host, struct aiot_unit *probe, struct aiot_out *why)
{
	struct aiot_unit_files files;
	int r = aiot_unit_files_find(host, probe, &files, why);

	if (r == 0)
		r = aiot_unit_lay_over(probe, &files, &probe->doc, why);
	aiot_unit_files_finish(&files);
	return r;
}

/* With the options of the module that the new text names.  -AIOT_EAGAIN: it is looked into. */
static int check_options(struct aiot_call *call, const struct aiot_unit *probe,
			 struct aiot_out *why)
{
	struct aiot_look look;
	int r;

	if (!aiot_look(call, &probe->conf, &look))
		return -AIOT_EAGAIN;
	r = aiot_unit_args_fit(call->ctx, probe, look.service, why);
	aiot_look_put(call, &look);
	aiot_look_finish(call, &look);
	return r;
}

/* Its values have no meaning before there is an instance. */
static int check_template(struct aiot_call *call, const struct aiot_unit *probe)
{
	aiot_look_put(call, NULL);
	return probe->doc.errors.count + probe->doc.errors.lost > 0 ? -AIOT_EINVAL : 0;
}

/* As a load would read it.  0, or negative with all that is wrong; -AIOT_EAGAIN: not yet. */
static int check_text(struct aiot_call *call, const struct aiot_unit *unit, const char *path,
		      const char *text, size_t len, struct aiot_out *why)
{
	struct aiot_host *host = call->ctx;
	struct aiot_unit probe = *unit;
	int r;

	if (len == 0) {
		aiot_out_text(why, "the text is empty; to do without the service, mask it");
		return -AIOT_EINVAL;
	}
	r = aiot_ini_parse(path, text, len, &probe.doc);
	if (r == 0 || r == -AIOT_EINVAL)
		r = lay_over(host, &probe, why);
	if (r == 0 && aiot_unit_is_template(unit))
		r = check_template(call, &probe);
	else if (r == 0)
		r = aiot_unit_conf_read(&probe.doc, &probe.conf);
	if (r < 0 && why->len == 0)
		aiot_unit_complaints(&probe.doc, why);
	if (r == 0 && !aiot_unit_is_template(unit))
		r = check_options(call, &probe, why);
	aiot_ini_finish(&probe.doc);
	return r;
}

/* ---- edit ---- */

static enum aiot_call_result refuse(struct aiot_call *call, const struct aiot_unit *unit,
				    enum aiot_error_id id, const char *why)
{
	return aiot_call_error_at(call, id, "name", unit->name, "cannot edit '%s': %s", unit->name,
				  why);
}

static const char *why_not(const struct aiot_unit *unit)
{
	if (unit->file == NULL)
		return "it is linked into the program and has no file";
	if (unit->masked_file)
		return "its file is a link to /dev/null, which masks it; remove that first";
	if (unit->templated)
		return "it is made from a template; edit that, or write a file of its own name";
	return NULL;
}

/* The new file is read at once, as daemon-reload would. */
static void edited(struct aiot_host *host, void *arg, const struct aiot_keep_result *result)
{
	struct aiot_unit *unit;
	char *name = arg;

	if (result->why[0] != '\0')
		aiot_host_log(host, result->code < 0 ? AIOT_ERROR : AIOT_WARN, "%s", result->why);
	unit = aiot_unit_find(host, name);
	if (result->code == 0 && unit != NULL && unit->file != NULL &&
	    aiot_unit_found(host, unit, result->path) == 0)
		aiot_unit_compare(host, unit);
	aiot_mem_free(name);
}

static enum aiot_call_result write_text(struct aiot_call *call, const struct aiot_unit *unit,
					const struct places *p, char *text, size_t len,
					unsigned mode)
{
	struct aiot_keep_order order = {
		.name = strrchr(unit->file, '/') + 1,
		.mode = mode,
		.bytes = text,
		.len = len,
		.done = edited,
		.arg = aiot_mem_strdup(unit->name),
	};
	size_t i;
	int r = -AIOT_ENOMEM;

	for (i = 0; i < p->count; i++)
		order.dirs[i] = p->dir[i];
	if (order.arg == NULL)
		aiot_mem_free(text);
	else
		r = aiot_keep_write(call->ctx, &order, &call->at.seq);
	if (r == 0) {
		aiot_log_order(call);
		return AIOT_CALL_DONE;
	}
	aiot_mem_free(order.arg);
	return refuse(call, unit, AIOT_ERR_TASK_FAILED,
		      r == -AIOT_ENOMEM ? "no memory" : "the directory's name is too long");
}

/* Whether the file is still the one that the text was made from; *ret_mode is what it has. */
static bool base_fits(const struct aiot_call *call, const struct aiot_unit *unit,
		      unsigned *ret_mode)
{
	struct aiot_json given = aiot_json_get(call->params, "base");
	char base[17] = "";
	struct text text;
	bool fits;

	(void)read_text(unit->file, &text);
	*ret_mode = text.mode;
	if (text.bytes != NULL)
		put_base(&text, base);
	fits = aiot_json_type(given) != AIOT_JSON_STRING || aiot_json_str_is(given, base);
	aiot_mem_free(text.bytes);
	return fits;
}

static enum aiot_call_result begin_edit(struct aiot_call *call, const struct aiot_unit *unit)
{
	struct aiot_json given = aiot_json_get(call->params, "text");
	char *text = aiot_mem_alloc(given.len + 1), path[AIOT_KEEP_PATH * 2], words[4096];
	struct places places;
	struct aiot_out why;
	unsigned mode;
	int len, r;

	if (text == NULL)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory");
	aiot_out_init(&why, words, sizeof(words));
	find_places(call->ctx, unit, &places);
	(void)snprintf(path, sizeof(path), "%s%s", places.dir[0], strrchr(unit->file, '/'));
	len = aiot_json_str(given, text, given.len + 1);
	if (len < 0)
		aiot_out_text(&why, "there is a NUL in the text");
	r = len < 0 ? -AIOT_EINVAL : check_text(call, unit, path, text, (size_t)len, &why);
	if (r == 0 && base_fits(call, unit, &mode))
		return write_text(call, unit, &places, text, (size_t)len, mode);
	aiot_mem_free(text);
	if (r == -AIOT_EAGAIN)
		return AIOT_CALL_WAIT;
	return refuse(call, unit, AIOT_ERR_BAD_CONFIGURATION,
		      r < 0 ? aiot_out_str(&why) : "somebody else has changed the file meanwhile");
}

static enum aiot_call_result judge(struct aiot_call *call, const struct aiot_unit *unit)
{
	const char *why = why_not(unit);

	if (why != NULL)
		return refuse(call, unit, AIOT_ERR_TASK_FAILED, why);
	if (aiot_json_type(aiot_json_get(call->params, "text")) != AIOT_JSON_STRING)
		return aiot_call_error(call, AIOT_ERR_USAGE,
				       "edit needs the file's new text; aiotoolsctl has an editor "
				       "for that");
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_edit(struct aiot_call *call)
{
	char name[AIOT_NAME_MAX + 1] = "";
	enum aiot_call_result r = AIOT_CALL_DONE;
	struct aiot_unit *unit;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, sizeof(name));
	unit = aiot_unit_find(call->ctx, name);
	if (unit == NULL)
		return aiot_no_such_service(call, name);
	if (call->at.phase == 0) {
		r = judge(call, unit);
		if (r == AIOT_CALL_DONE && aiot_keep_busy(call->ctx))
			return AIOT_CALL_WAIT;
		if (r == AIOT_CALL_DONE)
			r = begin_edit(call, unit);
		call->at.phase = r == AIOT_CALL_WAIT ? 0 : 1;
	}
	if (r == AIOT_CALL_DONE)
		r = aiot_call_kept(call);
	if (r != AIOT_CALL_DONE)
		return r;
	aiot_json_put_object(&call->json, "service");
	aiot_put_unit_members(unit, &call->json);
	aiot_outcome_json(unit->error, &call->json, "error");
	aiot_json_put_end_object(&call->json);
	aiot_put_kept(call);
	return AIOT_CALL_DONE;
}
