/*
 * test-modules.c - object files: each kind of wrong one is refused with its sentence, before any of
 * its code runs where that can be seen; right ones are opened once.
 */
#define _GNU_SOURCE /* nftw, dladdr */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include "host-stage.h"
#include "mem.h"

static struct aiot_module *module;

static int open_module(const char *name)
{
	struct aiot_out out;
	int r;

	module = NULL;
	aiot_out_init(&out, why, sizeof(why));
	r = aiot_module_open(host, name, &module, &out);
	(void)aiot_out_str(&out);
	assert_true(r < 0 || module != NULL);
	return r;
}

/* Refused with this sentence behind the file's path. */
static void refused(const char *name, int code, const char *sentence)
{
	char expected[1024];

	assert_int_equal(open_module(name), code);
	(void)snprintf(expected, sizeof(expected), "%s/modules/%s.so: %s", base, name, sentence);
	assert_string_equal(why, expected);
	assert_null(module);
	assert_null(host->modules);
}

static const char *module_path(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/modules/%s.so", base, name);
	return path;
}

static void a_module_is_opened_once_and_closed_with_its_last_user(void **state)
{
	struct aiot_module *first;

	(void)state;
	install("good.so", "good");
	assert_int_equal(open_module("good"), 0);
	first = module;
	assert_string_equal(first->service.name, "good");
	assert_string_equal(first->service.info, "Does nothing well");
	assert_int_equal(open_module("good"), 0);
	assert_ptr_equal(module, first);
	assert_int_equal(first->users, 2);
	aiot_module_close(host, first);
	assert_ptr_equal(host->modules, first);
	aiot_module_close(host, first);
	assert_null(host->modules);
	aiot_module_close(host, NULL);
}

static void a_module_that_is_not_there_is_told_with_where_it_was_looked_for(void **state)
{
	char expected[1024];

	(void)state;
	assert_int_equal(open_module("nix"), -AIOT_ENOENT);
	(void)snprintf(expected, sizeof(expected), "no file nix.so in the module path (%s/modules)",
		       base);
	assert_string_equal(why, expected);
}

static void a_name_that_leads_elsewhere_is_no_module(void **state)
{
	(void)state;
	assert_int_equal(open_module("../good"), -AIOT_EINVAL);
	assert_string_equal(why, "'../good' cannot be the name of a module");
	assert_int_equal(open_module(""), -AIOT_EINVAL);
	assert_int_equal(open_module("."), -AIOT_EINVAL);
	assert_int_equal(open_module("a b"), -AIOT_EINVAL);
}

static void what_is_no_object_file_is_told_so(void **state)
{
	(void)state;
	write_text("modules/text.so",
		   "#!/bin/sh\necho this is a script and long enough, is it not\n");
	refused("text", -AIOT_EINVAL, "not an object file (no ELF header)");
	write_text("modules/empty.so", "");
	refused("empty", -AIOT_EINVAL, "not an object file (no ELF header)");
	write_text("modules/magic.so", "\177ELF");
	refused("magic", -AIOT_EINVAL, "not an object file (no ELF header)");
}

/* A copy of the good module with some bytes of its ELF header exchanged. */
static void patched(const char *name, size_t at, uint32_t value, size_t size)
{
	const uint16_t half = (uint16_t)value;
	const uint8_t byte = (uint8_t)value;
	size_t len;

	install("good.so", name);
	len = read_file(module_path(name));
	memcpy(file_bytes + at, size == 1 ? &byte : size == 2 ? (const void *)&half : &value, size);
	(void)remove(module_path(name));
	write_bytes(module_path(name), file_bytes, len);
}

static void another_machines_object_file_is_told_with_both_machines(void **state)
{
	unsigned other = EM_X86_64;
	const char *sentence = "built for x86-64, this machine is ";

	(void)state;
#ifdef __x86_64__
	other = EM_AARCH64;
	sentence = "built for ARM, 64 bits, this machine is ";
#endif
	patched("alien", offsetof(Elf64_Ehdr, e_machine), other, 2);
	assert_int_equal(open_module("alien"), -AIOT_EINVAL);
	assert_non_null(strstr(why, sentence));
	patched("alien", offsetof(Elf64_Ehdr, e_machine), 0xbeef, 2);
	assert_int_equal(open_module("alien"), -AIOT_EINVAL);
	assert_non_null(strstr(why, "built for another machine, this machine is "));
	patched("alien", EI_DATA, *(const char *)&(int){1} ? ELFDATA2MSB : ELFDATA2LSB, 1);
	assert_int_equal(open_module("alien"), -AIOT_EINVAL);
	assert_non_null(strstr(why, "built for a machine of the other byte order"));
	assert_null(host->modules);
}

static void a_relocatable_object_is_told_how_to_link_it(void **state)
{
	(void)state;
	patched("half", offsetof(Elf64_Ehdr, e_type), ET_REL, 2);
	refused("half", -AIOT_EINVAL, "not a shared object; link it with -shared");
	patched("half", offsetof(Elf64_Ehdr, e_type), ET_EXEC, 2);
	refused("half", -AIOT_EINVAL, "not a shared object; link it with -shared");
}

static void a_program_is_no_module(void **state)
{
	(void)state;
	install("program", "program");
	assert_int_equal(open_module("program"), -AIOT_EINVAL);
	assert_true(why[0] != '\0');
	assert_null(host->modules);
}

/* Where the last loaded segment ends; a module cut there or before cannot be mapped. */
static size_t end_of_segments(void)
{
	const ElfW(Ehdr) *header = (const void *)file_bytes;
	const ElfW(Phdr) *segment = (const void *)(file_bytes + header->e_phoff);
	size_t end = 0;
	unsigned i;

	for (i = 0; i < header->e_phnum; i++) {
		if (segment[i].p_type == PT_LOAD && segment[i].p_offset + segment[i].p_filesz > end)
			end = segment[i].p_offset + segment[i].p_filesz;
	}
	return end;
}

static void a_module_that_was_copied_only_in_part_does_not_crash_the_daemon(void **state)
{
	size_t len, whole, step;

	(void)state;
	install("good.so", "torn");
	(void)read_file(module_path("torn"));
	whole = end_of_segments();
	assert_true(whole > 1024);
	step = whole / 23 + 1;
	for (len = sizeof(Elf64_Ehdr); len < whole; len += step) {
		(void)remove(module_path("torn"));
		write_bytes(module_path("torn"), file_bytes, len);
		refused("torn", -AIOT_EINVAL, "is cut off or damaged; copy it again");
	}
	(void)remove(module_path("torn"));
	write_bytes(module_path("torn"), file_bytes, whole - 1);
	refused("torn", -AIOT_EINVAL, "is cut off or damaged; copy it again");
}

static void a_damaged_program_header_is_refused(void **state)
{
	(void)state;
	patched("torn", offsetof(ElfW(Ehdr), e_phentsize), 1, 2);
	refused("torn", -AIOT_EINVAL, "is cut off or damaged; copy it again");
	patched("torn", offsetof(ElfW(Ehdr), e_phoff), 0x7fffffff, 4);
	refused("torn", -AIOT_EINVAL, "is cut off or damaged; copy it again");
	patched("torn", offsetof(ElfW(Ehdr), e_phoff) + sizeof(void *) - 4, 0xffffffff, 4);
	refused("torn", -AIOT_EINVAL, "is cut off or damaged; copy it again");
}

static void a_module_without_its_symbol_is_told_which_one(void **state)
{
	(void)state;
	install("elsewhere.so", "elsewhere");
	refused("elsewhere", -AIOT_EINVAL,
		"has no symbol aiot_service_elsewhere; declare it with AIOT_SERVICE(elsewhere, "
		"...)");
}

static void a_module_for_another_abi_is_told_both(void **state)
{
	(void)state;
	install("newer.so", "newer");
	refused("newer", -AIOT_EINVAL, "was built for ABI 2, this is ABI 1; rebuild it");
}

static void a_descriptor_that_is_too_short_is_refused(void **state)
{
	(void)state;
	install("shorter.so", "shorter");
	assert_int_equal(open_module("shorter"), -AIOT_EINVAL);
	assert_non_null(
		strstr(why, "shorter.so: has a descriptor of 16 bytes, too short for ABI 1"));
	assert_null(host->modules);
}

static void a_function_that_nobody_has_is_told_by_the_linkers_own_words(void **state)
{
	(void)state;
	install("unresolved.so", "unresolved");
	assert_int_equal(open_module("unresolved"), -AIOT_EINVAL);
	assert_non_null(strstr(why, "aiot_nobody_has_this"));
	assert_non_null(strstr(why, "unresolved.so"));
}

static void a_module_that_others_can_write_is_not_opened(void **state)
{
	(void)state;
	install("good.so", "good");
	assert_int_equal(chmod(module_path("good"), 0664), 0);
	assert_int_equal(open_module("good"), -AIOT_EPERM);
	assert_non_null(strstr(why, "can be written by"));
	assert_int_equal(chmod(module_path("good"), 0644), 0);
	assert_int_equal(chmod(path_of("modules"), 0777), 0);
	assert_int_equal(open_module("good"), -AIOT_EPERM);
	assert_int_equal(chmod(path_of("modules"), 0755), 0);
	assert_int_equal(open_module("good"), 0);
	aiot_module_close(host, module);
}

static void a_module_that_says_something_else_or_is_removed_has_changed(void **state)
{
	(void)state;
	install("good.so", "good");
	assert_int_equal(open_module("good"), 0);
	assert_false(aiot_module_changed(host, module));
	install("good.so", "good"); /* the same bytes, in another file */
	assert_false(aiot_module_changed(host, module));
	install("newer.so", "good");
	assert_true(aiot_module_changed(host, module));
	aiot_modules_look(host);
	assert_true(module->changed);
	assert_int_equal(remove(module_path("good")), 0);
	assert_true(aiot_module_changed(host, module));
	aiot_module_close(host, module);
}

static void one_that_appears_further_ahead_in_the_path_has_changed_too(void **state)
{
	const char *dirs[] = {path_of("first"), path_of("modules"), NULL};
	struct aiot_host_options options = {.module_dirs = dirs};

	(void)state;
	end_host();
	assert_int_equal(mkdir(path_of("first"), 0755), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&options), 0);
	install("good.so", "good");
	assert_int_equal(open_module("good"), 0);
	assert_false(aiot_module_changed(host, module));
	assert_int_equal(rename(module_path("good"), path_of("first/good.so")), 0);
	assert_true(aiot_module_changed(host, module));
	aiot_module_close(host, module);
}

/* As where the state directory has become read-only, and where it is writable again. */
static void what_install_brought_is_found_also_where_the_state_directory_cannot_be_written(
	void **state)
{
	const char *home = path_of("state"), *run = path_of("run");
	struct aiot_host_options options = {.state_dir = home, .runtime_dir = run};

	(void)state;
	end_host();
	assert_int_equal(mkdir(run, 0755), 0);
	assert_int_equal(mkdir(home, 0755), 0);
	assert_int_equal(mkdir(path_of("state/modules"), 0755), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&options), 0);
	assert_false(host->run_modules);
	install("good.so", "good");
	assert_int_equal(rename(module_path("good"), path_of("state/modules/good.so")), 0);
	host->run_modules = true;
	assert_int_equal(open_module("good"), 0);
	assert_string_equal(module->path, path_of("state/modules/good.so"));
	aiot_module_close(host, module);
	assert_int_equal(mkdir(path_of("run/modules"), 0755), 0);
	assert_int_equal(rename(path_of("state/modules/good.so"), path_of("run/modules/good.so")),
			 0);
	end_host();
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&options), 0);
	assert_true(host->run_modules);
	assert_int_equal(open_module("good"), 0);
	assert_string_equal(module->path, path_of("run/modules/good.so"));
	aiot_module_close(host, module);
}

static void a_file_that_is_overwritten_does_not_touch_what_runs(void **state)
{
	const char *info;

	(void)state;
	install("good.so", "good");
	assert_int_equal(open_module("good"), 0);
	info = module->service.info;
	memset(file_bytes, 0xcc, 4096);
	write_bytes(module_path("good"), file_bytes, 4096); /* in place, as cp does it */
	assert_string_equal(info, "Does nothing well");
	assert_int_equal(module->service.main == module->found->main, 1);
	assert_true(aiot_module_changed(host, module));
	assert_int_equal(truncate(module_path("good"), 0), 0);
	assert_string_equal(module->found->name, "good");
	aiot_module_close(host, module);
}

static void what_changed_is_opened_beside_what_runs(void **state)
{
	struct aiot_module *old;

	(void)state;
	install("handing-1.so", "handing");
	assert_int_equal(open_module("handing"), 0);
	old = module;
	install("handing-2.so", "handing");
	assert_int_equal(open_module("handing"), 0);
	assert_ptr_not_equal(module, old);
	assert_int_equal(old->service.version, 1);
	assert_int_equal(module->service.version, 2);
	assert_ptr_not_equal(module->service.main, old->service.main);
	assert_ptr_equal(aiot_module_find(host, "handing"), module);
	install("handing-1.so", "handing"); /* and what is as it was once is that again */
	assert_null(aiot_module_find(host, "handing"));
	aiot_module_close(host, module);
	assert_int_equal(open_module("handing"), 0);
	assert_ptr_equal(module, old);
	aiot_module_close(host, old);
	aiot_module_close(host, old);
	assert_null(host->modules);
}

/* As one that has used the loop, or any on musl. */
static void code_that_stays_mapped_is_used_again_by_the_same_file_alone(void **state)
{
	struct aiot_module *kept;

	(void)state;
	install("handing-1.so", "handing");
	assert_int_equal(open_module("handing"), 0);
	kept = module;
	module->kept = true;
	aiot_module_close(host, module);
	assert_ptr_equal(host->left, kept);
	assert_int_equal(open_module("handing"), 0);
	assert_ptr_equal(module, kept);
	assert_null(host->left);
	aiot_module_close(host, module);
	install("handing-2.so", "handing");
	assert_int_equal(open_module("handing"), 0);
	assert_int_equal(module->service.version, 2);
	aiot_module_close(host, module);
#ifdef __GLIBC__
	assert_ptr_equal(host->left, kept);
	assert_null(kept->next);
#endif
}

/* As a module that names the other as a library does. */
static void code_that_somebody_else_held_mapped_is_not_used_when_it_is_gone(void **state)
{
	Dl_info info;
	void *other;

	(void)state;
#ifndef __GLIBC__
	skip(); /* musl never unmaps */
#endif
	install("handing-1.so", "handing");
	assert_int_equal(open_module("handing"), 0);
	assert_true(dladdr(module->found, &info) != 0);
	other = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(other);
	aiot_module_close(host, module);
	assert_non_null(host->left);
	assert_int_equal(dlclose(other), 0);
	assert_int_equal(open_module("handing"), 0);
	assert_string_equal(module->found->name, "handing");
	aiot_module_close(host, module);
}

static void without_memory_nothing_stays_open(void **state)
{
	unsigned n;

	(void)state;
	install("good.so", "good");
	for (n = 1; n < 100; n++) {
		(void)aiot_mem_fail(n, 1);
		if (open_module("good") == 0)
			break;
		assert_null(host->modules);
	}
	(void)aiot_mem_fail(0, 0);
	assert_int_equal(n, 4);
	aiot_module_close(host, module);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(a_module_is_opened_once_and_closed_with_its_last_user),
		T(a_module_that_is_not_there_is_told_with_where_it_was_looked_for),
		T(a_name_that_leads_elsewhere_is_no_module),
		T(what_is_no_object_file_is_told_so),
		T(another_machines_object_file_is_told_with_both_machines),
		T(a_relocatable_object_is_told_how_to_link_it),
		T(a_program_is_no_module),
		T(a_module_that_was_copied_only_in_part_does_not_crash_the_daemon),
		T(a_damaged_program_header_is_refused),
		T(a_module_without_its_symbol_is_told_which_one),
		T(a_module_for_another_abi_is_told_both),
		T(a_descriptor_that_is_too_short_is_refused),
		T(a_function_that_nobody_has_is_told_by_the_linkers_own_words),
		T(a_module_that_others_can_write_is_not_opened),
		T(a_module_that_says_something_else_or_is_removed_has_changed),
		T(what_install_brought_is_found_also_where_the_state_directory_cannot_be_written),
		T(one_that_appears_further_ahead_in_the_path_has_changed_too),
		T(a_file_that_is_overwritten_does_not_touch_what_runs),
		T(what_changed_is_opened_beside_what_runs),
		T(code_that_stays_mapped_is_used_again_by_the_same_file_alone),
		T(code_that_somebody_else_held_mapped_is_not_used_when_it_is_gone),
		T(without_memory_nothing_stays_open),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
