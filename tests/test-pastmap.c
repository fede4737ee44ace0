/*
 * test-pastmap.c - files of last runs: what is read of them, what is refused, and that a killed
 * writer leaves every record whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aiotools.h"
#include "pastmap.h"

#define SLOTS 8u

static char dir[64], path[80], bad[80], fresh[80], why[1200];
static struct aiot_pastmap map;
static char bytes[4096];

static int setup(void **state)
{
	(void)umask(022);
	(void)snprintf(dir, sizeof(dir), "/tmp/aiot-pastmap-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/last-runs", dir);
	(void)snprintf(bad, sizeof(bad), "%s/last-runs.bad", dir);
	(void)snprintf(fresh, sizeof(fresh), "%s/last-runs.new", dir);
	return 0;
}

static int teardown(void **state)
{
	aiot_pastmap_close(&map);
	(void)remove(path);
	(void)remove(bad);
	(void)remove(fresh);
	return rmdir(dir);
}

static void create(uint32_t slots)
{
	assert_int_equal(aiot_pastmap_create(&map, dir, "last-runs", slots, why, sizeof(why)), 0);
	assert_int_equal(map.slots, slots);
}

static void settle(void)
{
	assert_int_equal(aiot_pastmap_settle(dir, "last-runs", why, sizeof(why)), 0);
}

/* All of it follows from the serial, so that a torn record can be told. */
static void put(uint32_t slot, const char *name, uint64_t serial)
{
	struct aiot_past_record r = {
		.serial = serial, .run_mono_ns = serial, .seen_us = (int64_t)serial};
	unsigned i;

	for (i = 0; i < AIOT_ACTIONS; i++)
		r.past.last_us[i] = (int64_t)(serial + i);
	r.past.fails = (uint32_t)serial;
	memset(r.boot, (int)(serial & 127), sizeof(r.boot));
	aiot_pastfile_put(map.mem, slot, name, &r);
}

static uint64_t serials[SLOTS];
static unsigned records;
static int refuse;

static int take(void *ctx, const char *name, const struct aiot_past_record *r)
{
	unsigned i;

	assert_ptr_equal(ctx, &records);
	assert_int_equal(name[0], 't');
	serials[name[1] - '0'] = r->serial;
	records++;
	for (i = 0; i < AIOT_ACTIONS; i++)
		assert_int_equal(r->past.last_us[i], r->serial + i);
	assert_int_equal(r->past.fails, (uint32_t)r->serial);
	assert_int_equal(r->run_mono_ns, r->serial);
	for (i = 0; i < 16; i++)
		assert_int_equal(r->boot[i], r->serial & 127);
	return refuse;
}

static int load(void)
{
	records = 0;
	memset(serials, 0, sizeof(serials));
	return aiot_pastmap_read(path, take, &records, why, sizeof(why));
}

static void fill(void)
{
	static const char *const names[SLOTS] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"};
	uint32_t i;

	create(SLOTS);
	for (i = 0; i < SLOTS; i++)
		put(i, names[i], i + 1);
	settle();
}

static size_t slurp(const char *from)
{
	FILE *file = fopen(from, "rb");
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	assert_int_equal(fclose(file), 0);
	return len;
}

static void spill(size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void no_file_is_none(void **state)
{
	assert_int_equal(load(), 0);
	assert_int_equal(records, 0);
	assert_string_equal(why, "");
}

static void what_was_put_is_read_also_after_more_of_it(void **state)
{
	fill();
	put(3, "t3", 100);
	put(3, "t3", 101);
	assert_int_equal(load(), 0);
	assert_string_equal(why, "");
	assert_int_equal(records, SLOTS);
	assert_int_equal(serials[3], 101);
	assert_int_equal(serials[7], 8);
}

static void a_file_gets_its_name_only_when_it_is_settled(void **state)
{
	fill();
	create(2);
	assert_int_equal(load(), 0);
	assert_int_equal(records, SLOTS);
	put(0, "t0", 55);
	settle();
	assert_int_equal(load(), 0);
	assert_int_equal(records, 1);
	assert_int_equal(serials[0], 55);
	assert_int_equal(access(fresh, F_OK), -1);
}

static void cut_off_anywhere_what_is_whole_is_read(void **state)
{
	size_t size, len;

	fill();
	size = slurp(path);
	for (len = 0; len < size; len++) {
		(void)remove(path);
		spill(len);
		assert_int_equal(load(), 0);
		assert_non_null(strstr(why, path));
		if (len < 64) {
			assert_int_equal(records, 0);
			assert_non_null(strstr(why, "beginning anew"));
			assert_int_equal(access(bad, F_OK), 0);
		} else {
			assert_int_equal(records, (len - 64) / 264);
			assert_non_null(strstr(why, "is cut off"));
		}
	}
}

static void damaged_records_are_left_out_and_counted(void **state)
{
	size_t size;

	fill();
	size = slurp(path);
	bytes[64 + 2 * 264 + 80] ^= 1;
	bytes[64 + 5 * 264 + 3] ^= 1;
	spill(size);
	assert_int_equal(load(), 0);
	assert_int_equal(records, SLOTS - 2);
	assert_int_equal(serials[2], 0);
	assert_int_equal(serials[5], 0);
	assert_non_null(strstr(why, "2 damaged records are left out"));
}

/* Any one byte: never a crash, never a record that was not written. */
static void every_byte_may_be_wrong(void **state)
{
	size_t size, at;

	fill();
	size = slurp(path);
	for (at = 0; at < size; at++) {
		bytes[at] ^= 0x5a;
		(void)remove(path);
		spill(size);
		assert_int_equal(load(), 0);
		assert_true(records == SLOTS || records == SLOTS - 1 || at < 64);
		bytes[at] ^= 0x5a;
	}
}

static void another_version_is_set_aside(void **state)
{
	uint32_t crc = 0, i;
	size_t size, at;
	uint8_t *b = (uint8_t *)bytes;

	fill();
	size = slurp(path);
	b[8] = 2; /* the version; a right checksum, bit by bit */
	crc = ~crc;
	for (at = 0; at < 20; at++) {
		crc ^= b[at];
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	crc = ~crc;
	memcpy(b + 20, &crc, 4);
	spill(size);
	assert_int_equal(load(), 0);
	assert_int_equal(records, 0);
	assert_non_null(strstr(why, "is of another version of aiotools; beginning anew"));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(bad, F_OK), 0);
}

static void what_others_can_write_is_not_read(void **state)
{
	fill();
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(load(), 0);
	assert_int_equal(records, 0);
	assert_non_null(strstr(why, "can be written by everyone"));
	assert_int_equal(access(bad, F_OK), 0);
}

static void a_fifo_or_a_directory_does_not_hang_nor_stay(void **state)
{
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load(), 0);
	assert_non_null(strstr(why, "not a regular file"));
	assert_int_equal(remove(bad), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(load(), 0);
	assert_non_null(strstr(why, "not a regular file"));
	fill();
	assert_int_equal(load(), 0);
	assert_int_equal(records, SLOTS);
}

static void what_the_reader_returns_ends_it(void **state)
{
	fill();
	refuse = -AIOT_ENOMEM;
	assert_int_equal(load(), -AIOT_ENOMEM);
	refuse = 0;
	assert_int_equal(records, 1);
}

static void where_it_cannot_be_allocated_the_old_one_stays(void **state)
{
	struct rlimit old, small;
	void *mem;

	fill();
	mem = map.mem;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4096;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(aiot_pastmap_create(&map, dir, "last-runs", 1000, why, sizeof(why)),
			 -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(why, "cannot allocate it: File too large"));
	assert_ptr_equal(map.mem, mem);
	assert_int_equal(access(fresh, F_OK), -1);
	assert_int_equal(load(), 0);
	assert_int_equal(records, SLOTS);
	assert_int_equal(aiot_pastmap_create(&map, "/nowhere", "last-runs", 1, why, sizeof(why)),
			 -ENOENT);
}

/* A child that writes serials into one slot and grows the file now and then. */
__attribute__((noreturn)) static void write_until_killed(int fd, uint64_t serial)
{
	for (;; serial++) {
		if (serial % 500 == 0) {
			create(SLOTS + serial % 7);
			put(1, "t1", serial);
			settle();
		}
		put(1, "t1", serial);
		put(2, "t2", serial);
		if (serial % 100 == 0 && write(fd, "x", 1) < 0)
			_exit(1);
	}
}

static void a_writer_may_be_killed_at_any_moment(void **state)
{
	uint64_t last = 0;
	uint32_t random = 12345;
	unsigned i;

	fill();
	for (i = 0; i < 60; i++) {
		int fds[2], status;
		char byte;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			(void)signal(SIGPIPE, SIG_IGN);
			create(SLOTS);
			put(1, "t1", last + 1);
			put(2, "t2", last + 1);
			settle();
			write_until_killed(fds[1], last + 1);
		}
		assert_int_equal(close(fds[1]), 0);
		assert_int_equal(read(fds[0], &byte, 1), 1);
		random = random * 1103515245u + 12345u;
		(void)usleep(random >> 21); /* up to 2 ms: only to vary the moment */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(close(fds[0]), 0);
		assert_int_equal(load(), 0);
		assert_string_equal(why, "");
		assert_true(serials[1] > last);
		last = serials[1];
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_file_is_none),
		T(what_was_put_is_read_also_after_more_of_it),
		T(a_file_gets_its_name_only_when_it_is_settled),
		T(cut_off_anywhere_what_is_whole_is_read),
		T(damaged_records_are_left_out_and_counted),
		T(every_byte_may_be_wrong),
		T(another_version_is_set_aside),
		T(what_others_can_write_is_not_read),
		T(a_fifo_or_a_directory_does_not_hang_nor_stay),
		T(what_the_reader_returns_ends_it),
		T(where_it_cannot_be_allocated_the_old_one_stays),
		T(a_writer_may_be_killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
