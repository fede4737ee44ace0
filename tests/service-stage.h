/*
 * service-stage.h - for the tests of bundled services with lib/test: the harness, and a directory
 * of the test's own with what the service shall find there.  Wants _GNU_SOURCE before all includes.
 */
#ifndef SERVICE_STAGE_H
#define SERVICE_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <aiotools-test.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

/* A path in the directory; good until eight more were asked for. */
static inline const char *at(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static inline void put(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A file's text, "" if there is none. */
static inline const char *get(const char *name)
{
	static char text[65536];
	FILE *file = fopen(at(name), "r");
	size_t n = 0;

	if (file != NULL) {
		n = fread(text, 1, sizeof(text) - 1, file);
		(void)fclose(file);
	}
	text[n] = '\0';
	return text;
}

static inline void make_dir(const char *name)
{
	assert_int_equal(mkdir(at(name), 0755), 0);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int open_stage(void **state)
{
	(void)snprintf(root, sizeof(root), "/tmp/test-service-XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	*state = aiot_test_open(NULL);
	return 0;
}

static inline int close_stage(void **state)
{
	int r = aiot_test_close(*state);

	return r < 0 ? r : nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

#endif
