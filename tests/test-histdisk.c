/*
 * test-histdisk.c - runs in a database: kept, bounded, and begun anew when the file is damaged.
 *
 * In a build without SQLite: that it is refused in words.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "aiotools.h"
#include "histdisk.h"
#include "host-stage.h"
#include "past.h"

#define LIMIT (1u << 20)

static struct aiot_histdisk *disk;
static char sentence[512];
static uint64_t batch[65536 / 8];
static size_t batch_len;
static char text[AIOT_RUN_VALUE_MAX];
static uint64_t first, last, count;

static void add(uint64_t id, size_t len)
{
	struct aiot_run run = {
		.id = id,
		.start_us = (int64_t)id,
		.end_us = (int64_t)id + 5,
		.name = "a.service",
		.name_len = 9,
		.outcome = AIOT_ACTION_FAIL,
		.kind = AIOT_RUN_RESULT,
		.value = text,
		.value_len = (uint32_t)len,
		.cut = true,
	};

	memset(text, 'x', len);
	text[0] = text[len - 1] = '"';
	aiot_run_pack((char *)batch + batch_len, &run);
	batch_len += aiot_run_bytes(&run);
}

static int flush(void)
{
	int r = aiot_histdisk_write(disk, batch, batch_len, sentence, sizeof(sentence));

	batch_len = 0;
	return r;
}

static int reopen(bool aside)
{
	aiot_histdisk_close(disk);
	disk = NULL;
	return aiot_histdisk_open(path_of("h.db"), LIMIT, aside, &disk, sentence, sizeof(sentence));
}

static int open_disk(void **state)
{
	disk = NULL;
	batch_len = 0;
	return open_base(state);
}

static int close_disk(void **state)
{
	aiot_histdisk_close(disk);
	return close_base(state);
}

static bool take(void *ctx, const struct aiot_run *run)
{
	uint64_t *left = ctx;

	if (count++ == 0)
		first = run->id;
	last = run->id;
	assert_int_equal(run->start_us, run->id);
	assert_int_equal(run->end_us, run->id + 5);
	assert_int_equal(run->name_len, 9);
	assert_memory_equal(run->name, "a.service", 9);
	assert_int_equal(run->outcome, AIOT_ACTION_FAIL);
	assert_true(run->cut);
	assert_int_equal(run->value[run->value_len - 1], '"');
	return --*left > 0;
}

static int load(uint64_t from, bool back, uint64_t left)
{
	first = last = count = 0;
	return aiot_histdisk_read(disk, from, back, take, &left, sentence, sizeof(sentence));
}

static void what_is_written_is_read_in_both_directions(void **state)
{
	uint64_t id;

	(void)state;
	assert_int_equal(reopen(true), 0);
	assert_string_equal(sentence, "");
	assert_int_equal(load(0, false, 99), 0);
	assert_int_equal(count, 0);
	for (id = 1; id <= 100; id++)
		add(id, 10 + id);
	assert_int_equal(flush(), 0);
	assert_int_equal(reopen(true), 0);
	assert_int_equal(load(40, false, 999), 0);
	assert_int_equal(first, 40);
	assert_int_equal(last, 100);
	assert_int_equal(count, 61);
	assert_int_equal(load(UINT64_MAX, true, 10), 0);
	assert_int_equal(first, 100);
	assert_int_equal(last, 91);
	assert_int_equal(load(1, true, 10), 0);
	assert_int_equal(count, 0);
}

/* What comes of runs may be as secret as what the control socket tells to some alone. */
static void a_new_file_is_not_for_everybody_to_read(void **state)
{
	static const char *const files[] = {"h.db", "h.db-wal", "h.db-shm"};
	struct stat st;
	unsigned i;

	(void)state;
	assert_int_equal(reopen(true), 0);
	add(1, 10);
	assert_int_equal(flush(), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(stat(path_of(files[i]), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
}

static void the_oldest_give_way_and_the_file_stays_within_its_bound(void **state)
{
	struct stat st;
	uint64_t id = 0;
	unsigned n, k;

	(void)state;
	assert_int_equal(reopen(true), 0);
	for (n = 0; n < 400; n++) {
		for (k = 0; k < 20; k++)
			add(++id, 1000);
		assert_int_equal(flush(), 0);
	}
	assert_int_equal(reopen(true), 0);
	assert_int_equal(stat(path_of("h.db"), &st), 0);
	assert_true(st.st_size <= LIMIT);
	assert_int_equal(load(0, false, UINT64_MAX), 0);
	assert_int_equal(last, id);
	assert_int_equal(count, last - first + 1);
	assert_true(count > 400);
}

static void a_smaller_bound_than_before_is_come_down_to(void **state)
{
	struct stat st;
	uint64_t id = 0;
	unsigned n, k;

	(void)state;
	assert_int_equal(reopen(true), 0);
	for (n = 0; n < 50; n++) {
		for (k = 0; k < 15; k++)
			add(++id, 1000);
		assert_int_equal(flush(), 0);
	}
	aiot_histdisk_close(disk);
	assert_int_equal(aiot_histdisk_open(path_of("h.db"), LIMIT / 4, true, &disk, sentence,
					    sizeof(sentence)),
			 0);
	for (n = 0; n < 30; n++) {
		add(++id, 1000);
		assert_int_equal(flush(), 0);
	}
	aiot_histdisk_close(disk);
	disk = NULL;
	assert_int_equal(stat(path_of("h.db"), &st), 0);
	assert_true(st.st_size <= LIMIT / 4);
}

static void a_disk_that_is_full_is_told_and_may_recover(void **state)
{
	struct rlimit old, small;
	uint64_t id;

	(void)state;
	assert_int_equal(reopen(true), 0);
	add(1, 100);
	assert_int_equal(flush(), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 20000;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (id = 2; id < 30; id++)
		add(id, 2000);
	assert_true(flush() < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(sentence, path_of("h.db")));
	assert_int_equal(load(0, false, 99), 0);
	assert_int_equal(count, 1);
	for (id = 2; id < 30; id++)
		add(id, 2000);
	assert_int_equal(flush(), 0);
	assert_int_equal(load(0, false, 99), 0);
	assert_int_equal(count, 29);
}

static void somebody_elses_file_is_left_alone(void **state)
{
	(void)state;
	write_text("h.db", "This is no database, and longer than a header of SQLite's would be; "
			   "it goes on and on, as prose does, up to a hundred and more bytes.");
	assert_int_equal(reopen(false), -AIOT_EBADMSG);
	assert_non_null(strstr(sentence, "not a database"));
	assert_true(read_file(path_of("h.db")) > 100);
	assert_int_equal(access(path_of("h.db.bad"), F_OK), -1);
	assert_int_equal(reopen(true), 0);
	assert_non_null(strstr(sentence, "beginning a new one"));
	assert_int_equal(access(path_of("h.db.bad"), F_OK), 0);
	add(1, 10);
	assert_int_equal(flush(), 0);
}

static void poke_file(long at, const char *bytes, size_t len)
{
	FILE *file = fopen(path_of("h.db"), "r+b");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void another_version_is_set_aside_and_another_application_is_not(void **state)
{
	(void)state;
	assert_int_equal(reopen(true), 0);
	add(1, 10);
	assert_int_equal(flush(), 0);
	aiot_histdisk_close(disk);
	disk = NULL;
	poke_file(60, "\0\0\0\7", 4); /* user_version */
	assert_int_equal(reopen(false), -AIOT_EBADMSG);
	assert_non_null(strstr(sentence, "is of another version of aiotools"));
	assert_int_equal(reopen(true), 0);
	assert_non_null(strstr(sentence, "beginning a new one"));
	aiot_histdisk_close(disk);
	disk = NULL;
	poke_file(68, "XYZZ", 4); /* application_id */
	assert_int_equal(reopen(true), -AIOT_EPERM);
	assert_non_null(strstr(sentence, "is a database of something else"));
}

static void what_others_can_write_is_refused(void **state)
{
	(void)state;
	assert_int_equal(reopen(true), 0);
	assert_int_equal(chmod(path_of("h.db"), 0666), 0);
	assert_int_equal(reopen(true), -AIOT_EPERM);
	assert_non_null(strstr(sentence, "can be written by everyone"));
	assert_int_equal(
		aiot_histdisk_open("/nowhere/h.db", LIMIT, true, &disk, sentence, sizeof(sentence)),
		-AIOT_EACCES);
	assert_non_null(strstr(sentence, "/nowhere/h.db"));
}

/* Cut off at many lengths and flipped at many bytes: never a crash, and writing goes on. */
static void damage_of_any_kind_ends_in_a_database_that_works(void **state)
{
	static char whole[1 << 18];
	size_t size, at;
	uint64_t id;

	(void)state;
	assert_int_equal(reopen(true), 0);
	for (id = 1; id <= 40; id++)
		add(id, 500);
	assert_int_equal(flush(), 0);
	aiot_histdisk_close(disk);
	disk = NULL;
	size = read_file(path_of("h.db"));
	assert_true(size < sizeof(whole));
	memcpy(whole, file_bytes, size);
	for (at = 0; at < size; at += at < 200 ? 1 : 311) {
		bool cut = at % 2;

		if (!cut)
			whole[at] ^= 0x55;
		write_bytes(path_of("h.db"), whole, cut ? at : size);
		if (!cut)
			whole[at] ^= 0x55;
		if (reopen(true) < 0) { /* it may look like somebody else's now */
			assert_true(strlen(sentence) > 0);
			continue;
		}
		batch_len = 0;
		for (id = 41; id <= 60; id++)
			add(id, 500);
		assert_int_equal(flush(), 0);
	}
}

/* A row that the program never wrote. */
static void rows_that_make_no_sense_are_left_out(void **state)
{
	char command[160];
	unsigned i;
	static const char *const rows[] = {
		"7,'a b',1,2,'fail',0,NULL,0",
		"8,'a',1,2,'run',0,NULL,0",
		"9,'a',1,2,'never',0,NULL,0",
		"10,'a',1,2,'fail',1,'{\"a\":',0",
		"11,'a',1,2,'fail',2,'\"text\"',0",
		"12,'a',1,2,'fail',1,NULL,0",
		"13,x'00ff',1,2,'fail',0,NULL,0",
		"14,'a',1,2,'fail',9,'1',0",
		"15,'a',1,2,'fail',1,'[[[[[[[[[[[[1]]]]]]]]]]]]',0",
		"-3,'a',1,2,'fail',0,NULL,0",
		"9223372036854775800,'a',1,2,'fail',0,NULL,0",
	};

	(void)state;
	if (system("sqlite3 -version >/dev/null 2>&1") != 0)
		skip();
	assert_int_equal(reopen(true), 0);
	add(1, 10);
	assert_int_equal(flush(), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *file = fopen(path_of("sql"), "w");

		assert_non_null(file);
		(void)fprintf(file, "INSERT INTO runs VALUES(%s);\n", rows[i]);
		assert_int_equal(fclose(file), 0);
		assert_true(snprintf(command, sizeof(command), "sqlite3 '%s/h.db' <'%s/sql'", base,
				     base) > 0);
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(load(0, false, 99), 0);
	assert_int_equal(count, 1);
}

static void a_writer_may_be_killed_at_any_moment(void **state)
{
	uint32_t random = 12345;
	unsigned i;

	(void)state;
	for (i = 0; i < 25; i++) {
		int fds[2], status;
		uint64_t id = i * 1000000ull;
		char byte;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
		pid = fork();
		assert_true(pid >= 0);
		while (pid == 0) {
			if (disk == NULL && reopen(true) < 0)
				_exit(1);
			add(++id, 300);
			add(++id, 300);
			if (flush() < 0)
				_exit(2);
			(void)!write(fds[1], "x", 1);
		}
		assert_int_equal(close(fds[1]), 0);
		assert_int_equal(read(fds[0], &byte, 1), 1);
		random = random * 1103515245u + 12345u;
		(void)usleep(random >> 20); /* up to 4 ms: only to vary the moment */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(close(fds[0]), 0);
		assert_int_equal(reopen(true), 0);
		assert_string_equal(sentence, "");
		assert_int_equal(load(i * 1000000ull, false, UINT64_MAX), 0);
		assert_true(count >= 2 && count % 2 == 0);
		assert_int_equal(last - first + 1, count);
		aiot_histdisk_close(disk);
		disk = NULL;
	}
}

static void without_sqlite_it_is_refused_in_words(void **state)
{
	(void)state;
	assert_int_equal(reopen(true), -AIOT_ENOSYS);
	assert_non_null(strstr(sentence, "h.db': this aiotools was built without SQLite"));
	assert_null(disk);
	assert_int_equal(flush(), -AIOT_ENOSYS);
	assert_int_equal(load(0, false, 1), -AIOT_ENOSYS);
}

#define D(name) cmocka_unit_test_setup_teardown(name, open_disk, close_disk)

int main(void)
{
	const struct CMUnitTest with[] = {
		D(what_is_written_is_read_in_both_directions),
		D(a_new_file_is_not_for_everybody_to_read),
		D(the_oldest_give_way_and_the_file_stays_within_its_bound),
		D(a_smaller_bound_than_before_is_come_down_to),
		D(a_disk_that_is_full_is_told_and_may_recover),
		D(somebody_elses_file_is_left_alone),
		D(another_version_is_set_aside_and_another_application_is_not),
		D(what_others_can_write_is_refused),
		D(damage_of_any_kind_ends_in_a_database_that_works),
		D(rows_that_make_no_sense_are_left_out),
		D(a_writer_may_be_killed_at_any_moment),
	};
	const struct CMUnitTest without[] = {
		D(without_sqlite_it_is_refused_in_words),
	};

	if (aiot_histdisk_library() == NULL)
		return cmocka_run_group_tests(without, NULL, NULL);
	return cmocka_run_group_tests(with, NULL, NULL);
}
