/*
 * module-elf.c - what the head of an object file tells before any of its code runs.
 *
 * Called by modules.c with the file that is going to be opened.  Reads, and never maps: what lies
 * behind the end of a file that was cut is a SIGBUS as soon as it is touched.
 */
#define _GNU_SOURCE /* dladdr */

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"
#include "module-copy.h"

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
int aiot_module_examine(int fd, const char *path, struct aiot_out *why)
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
