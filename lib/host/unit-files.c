/*
 * unit-files.c - see unit-files.h.
 *
 * Called by unit-read.c for each service that is read, and by the scan, which tells what
 * directories of drop-ins there are: so a service without any costs one stat().  Opens no file.
 */
#include "unit-files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

#define DIRS_MAX 32 /* config directories that may have drop-ins: bits of a word */

struct drop_ins {
	struct aiot_trie_node node; /* link: host.drop_ins */
	char name[AIOT_NAME_MAX + 1];
	uint32_t dirs;
};

/* ---- directories ---- */

static struct drop_ins *of_node(struct aiot_trie_node *node)
{
	return (struct drop_ins *)node; /* first member */
}

int aiot_drop_ins_note(struct aiot_host *host, const char *name, unsigned dir)
{
	struct aiot_trie_node *node = aiot_trie_find(&host->drop_ins, name);
	struct drop_ins *d = node ? of_node(node) : aiot_mem_zalloc(sizeof(*d));

	if (d == NULL)
		return -AIOT_ENOMEM;
	if (node == NULL) {
		(void)aiot_format_to(d->name, sizeof(d->name), "%s", name);
		d->node.key_off = offsetof(struct drop_ins, name);
		(void)aiot_trie_insert(&host->drop_ins, &d->node);
	}
	if (dir < DIRS_MAX)
		d->dirs |= UINT32_C(1) << dir;
	return 0;
}

int aiot_drop_ins_look(struct aiot_host *host, const char *name)
{
	char path[4096];
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && host->config_dirs != NULL && host->config_dirs[i] != NULL; i++) {
		struct stat st;

		(void)aiot_format_to(path, sizeof(path), "%s/services.d/%s.ini.d",
				     host->config_dirs[i], name);
		if (stat(path, &st) == 0)
			r = aiot_drop_ins_note(host, name, i);
	}
	return r;
}

void aiot_drop_ins_forget(struct aiot_host *host)
{
	struct aiot_trie_node *node;

	while ((node = aiot_trie_from(&host->drop_ins, "", false)) != NULL) {
		aiot_trie_remove(&host->drop_ins, node);
		aiot_mem_free(of_node(node));
	}
}

void aiot_drop_ins_advise(struct aiot_host *host)
{
	struct aiot_trie_node *node = NULL;

	while ((node = aiot_trie_from(&host->drop_ins, node ? aiot_trie_key(node) : "",
				      node != NULL)) != NULL) {
		const struct aiot_unit *unit = aiot_unit_find(host, aiot_trie_key(node));
		bool instance = strchr(aiot_trie_key(node), '@') != NULL;

		if (unit == NULL && !instance)
			aiot_host_log(host, AIOT_WARN,
				      "there are drop-ins for '%s', but no service is called so",
				      aiot_trie_key(node));
		else if (unit != NULL && unit->file == NULL)
			aiot_host_log(host, AIOT_WARN,
				      "service '%s' is linked in; its drop-ins have no effect",
				      unit->name);
	}
}

static uint32_t dirs_of(const struct aiot_host *host, const char *name)
{
	struct aiot_trie_node *node = aiot_trie_find(&host->drop_ins, name);

	return node ? of_node(node)->dirs : 0;
}

/* ---- what was there ---- */

static uint64_t mix(uint64_t print, const void *bytes, size_t len)
{
	const unsigned char *c = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		print = (print ^ c[i]) * UINT64_C(0x100000001b3);
	return print;
}

static uint64_t mix_file(uint64_t print, const char *path, const struct stat *st)
{
	const uint64_t facts[] = {
		(uint64_t)st->st_dev,	       (uint64_t)st->st_ino,
		(uint64_t)st->st_size,	       (uint64_t)st->st_mtim.tv_sec,
		(uint64_t)st->st_mtim.tv_nsec, (uint64_t)st->st_mode << 32 | st->st_uid,
	};

	return mix(mix(print, path, strlen(path) + 1), facts, sizeof(facts));
}

/*
 * A link to /dev/null hides what lower directories say.  An empty file does not: it is what a power
 * loss leaves of one that was being written, and a service that is missed has to be told.
 */
static bool is_mask(const struct stat *st)
{
	struct stat null = {0};

	return S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && S_ISCHR(null.st_mode) &&
	       st->st_rdev == null.st_rdev;
}

/* ---- drop-ins ---- */

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Its place by file name; one of that name that was found later counts instead. */
static int insert(struct aiot_unit_files *files, const char *path, struct aiot_out *why)
{
	char *copy = aiot_mem_strdup(path);
	size_t i = files->count;
	int order = 1;

	if (copy == NULL)
		return -AIOT_ENOMEM;
	while (i > 0 && (order = strcmp(base_of(copy), base_of(files->drop_in[i - 1]))) < 0)
		i--;
	if (i > 0 && order == 0) {
		aiot_mem_free(files->drop_in[i - 1]);
		files->drop_in[i - 1] = copy;
		return 0;
	}
	if (files->count == AIOT_DROP_INS_MAX) {
		aiot_format(why, "%s: over %d drop-ins", path, AIOT_DROP_INS_MAX);
		aiot_mem_free(copy);
		return -AIOT_EOVERFLOW;
	}
	memmove(&files->drop_in[i + 1], &files->drop_in[i],
		(files->count - i) * sizeof(files->drop_in[0]));
	files->drop_in[i] = copy;
	files->count++;
	return 0;
}

static bool ends_with_ini(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".ini") == 0;
}

static int cannot_read(const char *path, int error, struct aiot_out *why)
{
	aiot_format(why, "cannot read %s: %s", path, strerror(error));
	return -AIOT_EIO;
}

static int read_dir(struct aiot_unit_files *files, const char *dir, struct aiot_out *why)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[4096];
	int r = 0;

	if (d == NULL) /* what is not there any more does not count */
		return errno == ENOENT ? 0 : cannot_read(dir, errno, why);
	while (r == 0) {
		errno = 0;
		entry = readdir(d);
		if (entry == NULL) {
			r = errno == 0 ? 0 : cannot_read(dir, errno, why);
			break;
		}
		if (!ends_with_ini(entry->d_name))
			continue;
		if (aiot_format_to(path, sizeof(path), "%s/%s", dir, entry->d_name) >=
		    sizeof(path) - 1)
			r = cannot_read(dir, ENAMETOOLONG, why);
		else
			r = insert(files, path, why);
	}
	(void)closedir(d);
	return r;
}

/* The later directory's are found later, and so count. */
static int find_drop_ins(struct aiot_host *host, const char *name, struct aiot_unit_files *files,
			 struct aiot_out *why)
{
	uint32_t dirs = dirs_of(host, name);
	char dir[4096];
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && i < DIRS_MAX && dirs >> i != 0; i++) {
		if ((dirs >> i & 1) == 0)
			continue;
		(void)aiot_format_to(dir, sizeof(dir), "%s/services.d/%s.ini.d",
				     host->config_dirs[i], name);
		r = read_dir(files, dir, why);
	}
	return r;
}

/* All are looked at; those that mask others go. */
static int look_at_drop_ins(struct aiot_unit_files *files, struct aiot_out *why)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; i < files->count; i++) {
		char *path = files->drop_in[i];
		struct stat st = {0};

		if (r == 0 && stat(path, &st) < 0)
			r = cannot_read(path, errno, why);
		files->print = mix_file(files->print, path, &st);
		if (is_mask(&st))
			aiot_mem_free(path);
		else
			files->drop_in[n++] = path;
	}
	files->count = n;
	return r;
}

int aiot_unit_files_find(struct aiot_host *host, const struct aiot_unit *unit,
			 struct aiot_unit_files *files, struct aiot_out *why)
{
	char template[AIOT_NAME_MAX + 1];
	struct stat st = {0};
	int r = 0;

	files->count = 0;
	files->print = UINT64_C(0xcbf29ce484222325);
	files->masked = false;
	if (stat(unit->file, &st) < 0)
		return cannot_read(unit->file, errno, why);
	files->print = mix_file(files->print, unit->file, &st);
	files->masked = is_mask(&st);
	if (files->masked || host->drop_ins.count == 0)
		return 0;
	if (unit->templated) {
		(void)aiot_format_to(template, sizeof(template), "%.*s",
				     (int)(aiot_unit_instance(unit) - unit->name), unit->name);
		r = find_drop_ins(host, template, files, why);
	}
	if (r == 0)
		r = find_drop_ins(host, unit->name, files, why);
	if (r == -AIOT_ENOMEM)
		aiot_out_text(why, "no memory");
	return r < 0 ? r : look_at_drop_ins(files, why);
}

void aiot_unit_files_finish(struct aiot_unit_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		aiot_mem_free(files->drop_in[i]);
	files->count = 0;
}
