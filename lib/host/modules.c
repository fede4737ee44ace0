/*
 * modules.c - see modules.h.  Called when a unit is loaded or unloaded.
 *
 * A file is examined before it is opened: who may write it, whether it is an object for this
 * machine. Only then dlopen() runs its constructors, of a copy of its own (module-copy.c), so that
 * a file that changed is another object beside the one that runs.  The symbols of one module are
 * invisible to the others (RTLD_LOCAL) and all are resolved at once (RTLD_NOW), so that a missing
 * one shows here, not later.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */

#include "modules.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "host.h"
#include "mem.h"
#include "more.h"
#include "units.h"

/* ---- what is mapped ---- */

struct object {
	const char *name;
	uintptr_t address;
	bool found;
};

static int is_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct object *at = arg;
	unsigned i;

	(void)size;
	if (info->dlpi_name == NULL || strcmp(info->dlpi_name, at->name) != 0)
		return 0;
	for (i = 0; i < info->dlpi_phnum && !at->found; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		at->found = segment->p_type == PT_LOAD &&
			    at->address - info->dlpi_addr - segment->p_vaddr < segment->p_memsz;
	}
	return at->found;
}

/* Whether the linker has the object still; by its name as well, for addresses come again. */
static bool still_mapped(const struct aiot_module *m)
{
	struct object at = {m->in_place ? m->path : m->object, (uintptr_t)m->found, false};

	(void)dl_iterate_phdr(is_object, &at);
	return at.found;
}

/* ---- opening ---- */

static void free_module(struct aiot_module *m)
{
	aiot_mem_free(m->path);
	aiot_mem_free(m->object);
	aiot_mem_free(m);
}

static struct aiot_module *make_module(const char *path, const struct stat *st,
				       const struct aiot_module_copy *copy)
{
	struct aiot_module *m = aiot_mem_zalloc(sizeof(*m));

	if (m == NULL)
		return NULL;
	m->path = aiot_mem_strdup(path);
	m->stat = *st;
	m->mark = copy->mark;
	m->object = aiot_mem_strdup(copy->fd >= 0 ? copy->name : path);
	if (m->path != NULL && m->object != NULL)
		return m;
	free_module(m);
	return NULL;
}

/* Whoever else held them (a library that names one as its own) may have let go since. */
static void forget_unmapped(struct aiot_host *host)
{
	struct aiot_module **link = &host->left, *m;

	while ((m = *link) != NULL) {
		if (m->kept || still_mapped(m)) {
			link = &m->next;
			continue;
		}
		*link = m->next;
		free_module(m);
	}
}

static bool same_mark(const struct aiot_module_mark *a, const struct aiot_module_mark *b)
{
	return a->hash == b->hash && a->bytes == b->bytes;
}

/* One that holds just this, open or closed and mapped still: then it is used again. */
static struct aiot_module *find_same(struct aiot_host *host, const char *path,
				     const struct aiot_module_mark *mark)
{
	struct aiot_module **link, *m;

	for (m = host->modules; m != NULL; m = m->next) {
		if (strcmp(m->path, path) == 0 && same_mark(&m->mark, mark))
			return m;
	}
	forget_unmapped(host);
	for (link = &host->left; (m = *link) != NULL; link = &m->next) {
		if (strcmp(m->path, path) != 0 || !same_mark(&m->mark, mark))
			continue;
		*link = m->next;
		m->next = host->modules;
		host->modules = m;
		return m;
	}
	return NULL;
}

static int open_new(struct aiot_host *host, const char *path, const char *name,
		    const struct stat *st, const struct aiot_module_copy *copy,
		    struct aiot_module **ret, struct aiot_out *why)
{
	struct aiot_module *m = make_module(path, st, copy);
	struct aiot_module_object o;
	int r;

	if (m == NULL)
		return -AIOT_ENOMEM;
	r = aiot_module_object_open(path, name, copy, &o, why);
	if (r < 0) {
		free_module(m);
		return r;
	}
	if (o.in_place)
		aiot_host_log(host, AIOT_INFO,
			      "%s is used in its place (%s): overwritten, it would crash the "
			      "program; rename a new one over it",
			      path, o.reason);
	m->handle = o.handle;
	m->found = o.found;
	m->service = o.service;
	m->in_place = o.in_place;
	m->next = host->modules;
	host->modules = m;
	*ret = m;
	return 0;
}

/* What the file holds, unless that is there already. */
static int open_file(struct aiot_host *host, const char *path, const char *name,
		     struct aiot_module **ret, struct aiot_out *why)
{
	struct aiot_module_copy copy;
	struct stat st = {0};
	int r = aiot_module_take(path, &st, &copy, why);

	if (r < 0)
		return r;
	*ret = find_same(host, path, &copy.mark);
	if (*ret != NULL)
		(*ret)->stat = st; /* the same again, copied there anew */
	else
		r = open_new(host, path, name, &st, &copy, ret, why);
	aiot_module_copy_finish(&copy);
	return r;
}

/* ---- finding ---- */

/* Directory number i of the module path: what install brought comes first.  false: no more. */
static bool module_dir(const struct aiot_host *host, unsigned i, char path[AIOT_MODULE_PATH_MAX])
{
	const char *const homes[] = {host->run_modules ? host->runtime_dir : NULL,
				     host->state_home};
	unsigned n;

	for (n = 0; n < 2; n++) {
		if (homes[n] == NULL || i-- > 0)
			continue;
		(void)aiot_format_to(path, AIOT_MODULE_PATH_MAX, "%s/modules", homes[n]);
		return true;
	}
	if (host->module_dirs == NULL || host->module_dirs[i] == NULL)
		return false;
	(void)aiot_format_to(path, AIOT_MODULE_PATH_MAX, "%s", host->module_dirs[i]);
	return true;
}

/* The first module directory that has NAME.so. */
static int find_file(const struct aiot_host *host, const char *name,
		     char path[AIOT_MODULE_PATH_MAX], struct stat *ret_stat)
{
	unsigned i;

	for (i = 0; module_dir(host, i, path); i++) {
		size_t len = strlen(path);

		(void)aiot_format_to(path + len, AIOT_MODULE_PATH_MAX - len, "/%s.so", name);
		if (stat(path, ret_stat) == 0)
			return 0;
	}
	return -AIOT_ENOENT;
}

static int tell_missing(const struct aiot_host *host, const char *name, struct aiot_out *why)
{
	char path[AIOT_MODULE_PATH_MAX];
	unsigned i;

	aiot_format(why, "no file %s.so in the module path (", name);
	for (i = 0; module_dir(host, i, path); i++)
		aiot_format(why, "%s%s", i ? ", " : "", path);
	aiot_out_text(why, ")");
	return -AIOT_ENOENT;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct aiot_module *find_open(struct aiot_host *host, const char *path,
				     const struct stat *st)
{
	struct aiot_module *m = host->modules;

	while (m != NULL && (!same_file(&m->stat, st) || strcmp(m->path, path) != 0))
		m = m->next;
	return m;
}

static int locate(const struct aiot_host *host, const char *name, char path[AIOT_MODULE_PATH_MAX],
		  struct stat *ret_stat, struct aiot_out *why)
{
	if (!aiot_name_valid(name, strlen(name)) || name[0] == '.') {
		aiot_format(why, "'%s' cannot be the name of a module", name);
		return -AIOT_EINVAL;
	}
	return find_file(host, name, path, ret_stat) < 0 ? tell_missing(host, name, why) : 0;
}

int aiot_module_locate(const struct aiot_host *host, const char *name,
		       char path[AIOT_MODULE_PATH_MAX], struct aiot_out *why)
{
	struct stat st;

	return locate(host, name, path, &st, why);
}

int aiot_module_open(struct aiot_host *host, const char *name, struct aiot_module **ret,
		     struct aiot_out *why)
{
	struct aiot_module *m;
	struct stat st;
	char path[AIOT_MODULE_PATH_MAX];
	int r = locate(host, name, path, &st, why);

	if (r < 0)
		return r;
	m = find_open(host, path, &st);
	if (m == NULL)
		r = open_file(host, path, name, &m, why);
	if (r < 0)
		return r;
	m->users++;
	*ret = m;
	return 0;
}

struct aiot_module *aiot_module_find(struct aiot_host *host, const char *name)
{
	struct stat st;
	char path[AIOT_MODULE_PATH_MAX];

	return find_file(host, name, path, &st) < 0 ? NULL : find_open(host, path, &st);
}

struct aiot_module *aiot_module_of(const struct aiot_entry *entry)
{
	const struct aiot_spec_block *block;

	while (entry->more != NULL && entry->more->parent != NULL) /* a child has its parent's */
		entry = entry->more->parent;
	block = (const struct aiot_spec_block *)(const void *)entry->spec;
	if (block->module != NULL || block->unit == NULL)
		return block->module;
	return block->unit->module;
}

/* ---- closing ---- */

void aiot_module_close(struct aiot_host *host, struct aiot_module *module)
{
	struct aiot_module **link = &host->modules;
	struct aiot_stall was;

	if (module == NULL || --module->users > 0)
		return;
	while (*link != module)
		link = &(*link)->next;
	*link = module->next;
	if (module->kept) {
		aiot_host_log(host, AIOT_INFO,
			      "%s stays in memory: a service of it has used the loop",
			      module->path);
	} else {
		aiot_account_enter(&host->core, module->service.name, "while it was unloaded",
				   &was);
		(void)dlclose(module->handle);
		aiot_account_leave(&host->core, &was);
		if (!still_mapped(module)) {
			free_module(module);
			return;
		}
	}
	module->next = host->left;
	host->left = module;
}

void aiot_modules_finish(struct aiot_host *host)
{
	struct aiot_module *m;

	while ((m = host->left) != NULL) {
		host->left = m->next;
		free_module(m);
	}
}

/* ---- what became of the files ---- */

/* Another file, or the same bytes in one that was written anew? */
static bool holds_the_same(struct aiot_module *m, const char *path, const struct stat *st)
{
	struct aiot_module_mark mark = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool same = fd >= 0 && aiot_module_mark(fd, &mark) == 0 && same_mark(&mark, &m->mark);

	if (fd >= 0)
		(void)close(fd);
	if (same)
		m->stat = *st;
	return same;
}

bool aiot_module_changed(struct aiot_host *host, struct aiot_module *m)
{
	char path[AIOT_MODULE_PATH_MAX];
	struct stat st;

	if (find_file(host, m->service.name, path, &st) < 0)
		return true;
	return strcmp(path, m->path) != 0 ||
	       (!same_file(&st, &m->stat) && !holds_the_same(m, path, &st));
}

void aiot_modules_look(struct aiot_host *host)
{
	struct aiot_module *m;

	for (m = host->modules; m != NULL; m = m->next)
		m->changed = aiot_module_changed(host, m);
}

void aiot_modules_info(const struct aiot_host *host, struct aiot_json_out *json)
{
	uint64_t open = 0, left = 0, bytes = 0;
	const struct aiot_module *m;

	for (m = host->modules; m != NULL; m = m->next)
		open++;
	for (m = host->left; m != NULL; m = m->next) {
		left++;
		bytes += m->mark.bytes;
	}
	aiot_json_put_object(json, "modules");
	aiot_json_put_u64(json, "open", open);
	aiot_json_put_u64(json, "left", left);
	aiot_json_put_u64(json, "left_bytes", bytes);
	aiot_json_put_end_object(json);
}
