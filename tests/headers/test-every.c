/*
 * The generated module that takes the address of every public function links and loads, and each
 * address is inside libaiotools.  Called with the module's path.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <string.h>

static const char *module_path;

static void every_public_function_is_found_in_the_library(void **state)
{
	void *handle = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
	void *const *every;
	size_t count = 0;
	Dl_info info;

	(void)state;
	if (handle == NULL)
		fail_msg("%s", dlerror());
	every = dlsym(handle, "every_function");
	assert_non_null(every);
	for (; every[count] != NULL; count++) {
		assert_int_not_equal(dladdr(every[count], &info), 0);
		assert_non_null(strstr(info.dli_fname, "libaiotools.so"));
	}
	assert_true(count >= 20);
	assert_int_equal(dlclose(handle), 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_public_function_is_found_in_the_library),
	};

	if (argc != 2)
		return 2;
	module_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
