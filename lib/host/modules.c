/*
 * modules.c - see modules.h.  Called when a unit is loaded or unloaded.
 *
 * A file is examined before it is opened: who may write it, whether it is an object for this
 * machine. Only then dlopen() runs its constructors.  The symbols of one module are invisible to
 * the others (RTLD_LOCAL) and all are resolved at once (RTLD_NOW), so that a missing one shows
 * here, not later.
 */
#define _GNU_SOURCE /* dladdr */

#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "mem.h"
#include "name.h"
#include "service.h"
#include "trust.h"
#include "units.h"

/* ---- examining ---- */

/* The header of an object for this very machine: our own. */
static int own_header(Elf64_Ehdr *ret)
{
	Dl_info info;

	if (dladdr((void *)(uintptr_t)own_header, &info) == 0 || info.dli_fbase == NULL)
		return -AIOT_ENOSYS;
	memcpy(ret, info.dli_fbase, sizeof(*ret));
	return 0;
}

static const char *machine_name(unsigned machine, unsigned bits)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_386:
		return "x86, 32 bits";
	case EM_AARCH64:
		return "ARM, 64 bits";
	case EM_ARM:
		return "ARM, 32 bits";
	case EM_RISCV:
		return bits == ELFCLASS64 ? "RISC-V, 64 bits" : "RISC-V, 32 bits";
	case EM_MIPS:
		return "MIPS";
	case EM_PPC:
	case EM_PPC64:
		return "PowerPC";
	case EM_S390:
		return "S/390";
	default:
		return "another machine";
	}
}

/*
 * Whether all that dlopen() would map is there: what lies behind the end of a file that was copied
 * only in part is a SIGBUS as soon as it is touched.
 */
static int check_segments(int fd, const char *path, struct aiot_out *why)
{
	struct stat st = {0};
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	unsigned i;

	if (fstat(fd, &st) < 0 || pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    header.e_phentsize != sizeof(segment))
		goto torn;
	for (i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + i * sizeof(segment));

		if (at < 0 || pread(fd, &segment, sizeof(segment), at) != sizeof(segment))
			goto torn;
		if (segment.p_type == PT_LOAD &&
		    (segment.p_offset > (uint64_t)st.st_size ||
		     segment.p_filesz > (uint64_t)st.st_size - segment.p_offset))
			goto torn;
	}
	return 0;
torn:
	aiot_format(why, "%s: is cut off or damaged; copy it again", path);
	return -AIOT_EINVAL;
}

/* e_machine lies at the same place in 32 and 64 bit objects. */
static int examine(int fd, const char *path, struct aiot_out *why)
{
	Elf64_Ehdr own, file = {0};
	ssize_t n = pread(fd, &file, sizeof(file), 0);

	if (n < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(file.e_ident, ELFMAG, SELFMAG) != 0) {
		aiot_format(why, "%s: not an object file (no ELF header)", path);
		return -AIOT_EINVAL;
	}
	if (own_header(&own) < 0)
		return 0; /* dlopen() will judge */
	if (file.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
	    file.e_ident[EI_DATA] != own.e_ident[EI_DATA] || file.e_machine != own.e_machine) {
		aiot_format(why, "%s: built for %s, this machine is %s", path,
			    file.e_ident[EI_DATA] == own.e_ident[EI_DATA]
				    ? machine_name(file.e_machine, file.e_ident[EI_CLASS])
				    : "a machine of the other byte order",
			    machine_name(own.e_machine, own.e_ident[EI_CLASS]));
		return -AIOT_EINVAL;
	}
	if (file.e_type != ET_DYN) {
		aiot_format(why, "%s: not a shared object; link it with -shared", path);
		return -AIOT_EINVAL;
	}
	return check_segments(fd, path, why);
}

/* ---- opening ---- */

static void free_module(struct aiot_module *m)
{
	if (m == NULL)
		return;
	if (m->handle != NULL && !m->kept) /* one that is kept stays counted by the linker */
		(void)dlclose(m->handle);
	aiot_mem_free(m->path);
	aiot_mem_free(m);
}

static int find_symbol(struct aiot_module *m, const char *name, struct aiot_out *why)
{
	char symbol[AIOT_NAME_MAX + 16];
	int r;

	(void)aiot_format_to(symbol, sizeof(symbol), "aiot_service_%s", name);
	m->found = dlsym(m->handle, symbol);
	if (m->found == NULL) {
		aiot_format(why, "%s: has no symbol %s; declare it with AIOT_SERVICE(%s, ...)",
			    m->path, symbol, name);
		return -AIOT_EINVAL;
	}
	aiot_format(why, "%s: ", m->path);
	r = aiot_service_check(m->found, name, &m->service, why);
	if (r == 0)
		why->len = 0;
	return r;
}

static int open_object(struct aiot_module *m, const char *name, struct aiot_out *why)
{
	m->handle = dlopen(m->path, RTLD_NOW | RTLD_LOCAL);
	if (m->handle == NULL) {
		aiot_out_text(why, dlerror()); /* names the file itself */
		return -AIOT_EINVAL;
	}
	return find_symbol(m, name, why);
}

static int open_file(const char *path, const char *name, struct aiot_module **ret,
		     struct aiot_out *why)
{
	struct aiot_module *m;
	char trust[512];
	int fd, r;

	r = aiot_trust_open(path, &fd, trust, sizeof(trust));
	if (r < 0) {
		aiot_out_text(why, trust);
		return r;
	}
	r = examine(fd, path, why);
	m = r < 0 ? NULL : aiot_mem_zalloc(sizeof(*m));
	if (m != NULL) {
		m->path = aiot_mem_strdup(path);
		(void)fstat(fd, &m->stat);
	}
	(void)close(fd);
	if (r < 0)
		return r;
	if (m == NULL || m->path == NULL) {
		free_module(m);
		return -AIOT_ENOMEM;
	}
	r = open_object(m, name, why);
	if (r < 0)
		free_module(m);
	else
		*ret = m;
	return r;
}

/* The first module directory that has NAME.so. */
static int find_file(const struct aiot_host *host, const char *name, char *path, size_t size,
		     struct aiot_out *why)
{
	unsigned i;

	for (i = 0; host->module_dirs != NULL && host->module_dirs[i] != NULL; i++) {
		(void)aiot_format_to(path, size, "%s/%s.so", host->module_dirs[i], name);
		if (access(path, F_OK) == 0)
			return 0;
	}
	aiot_format(why, "no file %s.so in the module path (", name);
	for (i = 0; host->module_dirs != NULL && host->module_dirs[i] != NULL; i++)
		aiot_format(why, "%s%s", i ? ", " : "", host->module_dirs[i]);
	aiot_out_text(why, ")");
	return -AIOT_ENOENT;
}

/*
 * The file is another one than is open: the dynamic linker would hand out the old code again, for
 * the same path.  Who has to go before it can be opened is named.
 */
static int refuse_old_code(struct aiot_host *host, const struct aiot_module *m,
			   struct aiot_out *why)
{
	struct aiot_unit *unit = NULL;
	unsigned users = 0, n = 0;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL)
		users += unit->module == m;
	aiot_format(why, "%s is newer than what ", m->path);
	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL) {
		if (unit->module != m)
			continue;
		n++;
		aiot_format(why, "%s'%s'", n == 1 ? "" : n == users ? " and " : ", ", unit->name);
	}
	aiot_format(why, users == 1 ? " runs; unload it too" : " run; unload them too");
	return -AIOT_EBUSY;
}

/* Whether the linker still has the object of that path, although it was closed. */
static bool is_mapped(const char *path)
{
	void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);

	if (handle == NULL)
		return false;
	(void)dlclose(handle);
	return true;
}

/* What was closed and stayed mapped is opened again as it was, whatever its file holds now. */
static int check_left(struct aiot_host *host, const char *path, struct aiot_out *why)
{
	struct aiot_module **link = &host->left, *m;

	while (*link != NULL && strcmp((*link)->path, path) != 0)
		link = &(*link)->next;
	m = *link;
	if (m == NULL)
		return 0;
	if (aiot_module_changed(m) && is_mapped(path)) {
		aiot_format(why,
			    "%s changed, but its old code cannot be unloaded; restart the program "
			    "to load the new one",
			    path);
		return -AIOT_EBUSY;
	}
	*link = m->next;
	free_module(m);
	return 0;
}

static const struct aiot_module *find_open(const struct aiot_host *host, const char *path)
{
	const struct aiot_module *m = host->modules;

	while (m != NULL && strcmp(m->path, path) != 0)
		m = m->next;
	return m;
}

bool aiot_module_is_open(const struct aiot_host *host, const char *name)
{
	struct aiot_out why;
	char path[4096], text[64];

	aiot_out_init(&why, text, sizeof(text));
	return find_file(host, name, path, sizeof(path), &why) == 0 &&
	       find_open(host, path) != NULL;
}

int aiot_module_open(struct aiot_host *host, const char *name, struct aiot_module **ret,
		     struct aiot_out *why)
{
	struct aiot_module *m;
	char path[4096];
	int r;

	if (!aiot_name_valid(name, strlen(name)) || name[0] == '.') {
		aiot_format(why, "'%s' cannot be the name of a module", name);
		return -AIOT_EINVAL;
	}
	r = find_file(host, name, path, sizeof(path), why);
	if (r < 0)
		return r;
	for (m = host->modules; m != NULL; m = m->next) {
		if (strcmp(m->path, path) != 0)
			continue;
		if (aiot_module_changed(m))
			return refuse_old_code(host, m, why);
		m->users++;
		*ret = m;
		return 0;
	}
	r = check_left(host, path, why);
	if (r == 0)
		r = open_file(path, name, &m, why);
	if (r < 0)
		return r;
	m->users = 1;
	m->next = host->modules;
	host->modules = m;
	*ret = m;
	return 0;
}

void aiot_module_close(struct aiot_host *host, struct aiot_module *module)
{
	struct aiot_module **link = &host->modules;

	if (module == NULL || --module->users > 0)
		return;
	while (*link != module)
		link = &(*link)->next;
	*link = module->next;
	if (module->kept)
		aiot_host_log(host, AIOT_INFO,
			      "%s stays in memory: a service of it has used the loop",
			      module->path);
	else
		(void)dlclose(module->handle);
	module->handle = NULL;
	if (!is_mapped(module->path)) {
		free_module(module);
		return;
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

bool aiot_module_changed(const struct aiot_module *module)
{
	const struct stat *was = &module->stat;
	struct stat st;

	if (stat(module->path, &st) < 0)
		return true;
	return st.st_dev != was->st_dev || st.st_ino != was->st_ino || st.st_size != was->st_size ||
	       st.st_mtim.tv_sec != was->st_mtim.tv_sec ||
	       st.st_mtim.tv_nsec != was->st_mtim.tv_nsec;
}
