/*
 * test-ringfile.c - the log's file: what is refused, what is taken over, and that a killed writer
 * leaves it whole.
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
#include "ringfile.h"

#define SIZE 8192u

static char dir[64], path[80];

static int setup(void **state)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/aiot-ringfile-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, AIOT_RINGFILE_NAME);
	return 0;
}

static int teardown(void **state)
{
	(void)unlink(path);
	(void)rmdir(path);
	return rmdir(dir);
}

static void add(struct aiot_ringfile *f, unsigned count)
{
	while (count-- > 0)
		aiot_ring_append(&f->ring, 0, AIOT_INFO, "name", 4, "text", 4);
}

/* Opened in memory, working, and with a sentence that names the file and the reason. */
static void open_in_memory(const char *reason)
{
	struct aiot_ringfile f;
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;

	assert_int_equal(aiot_ringfile_open(&f, dir, SIZE), 0);
	assert_true(f.in_memory);
	assert_non_null(strstr(f.why, path));
	assert_non_null(strstr(f.why, reason));
	add(&f, 1);
	aiot_ring_oldest(&f.ring, &cursor);
	assert_true(aiot_ring_next(&f.ring, &cursor, &rec, NULL));
	aiot_ringfile_close(&f);
}

/* Opened as a file; next_seq tells whether it goes on with the records of before. */
static void open_as_file(size_t size, const char *reason, uint64_t next_seq)
{
	struct aiot_ringfile f;
	struct stat st;

	assert_int_equal(aiot_ringfile_open(&f, dir, size), 0);
	assert_false(f.in_memory);
	if (*reason == '\0')
		assert_string_equal(f.why, "");
	else
		assert_non_null(strstr(f.why, reason));
	assert_int_equal(f.ring.next_seq, next_seq);
	add(&f, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, size);
	assert_true((uint64_t)st.st_blocks * 512 >= size); /* no holes */
	aiot_ringfile_close(&f);
}

static void poke(off_t at, char value)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &value, 1, at), 1);
	assert_int_equal(close(fd), 0);
}

static void records_outlive_the_process(void **state)
{
	struct stat st;

	umask(022);
	open_as_file(SIZE, "", 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	open_as_file(SIZE, "", 2);
	open_as_file(SIZE, "", 3);
}

static void another_size_begins_a_new_log(void **state)
{
	open_as_file(SIZE, "", 1);
	open_as_file(2 * SIZE, "had 8192 bytes instead of 16384", 1);
	open_as_file(2 * SIZE, "", 2);
	open_as_file(SIZE, "had 16384 bytes instead of 8192", 1);
	open_as_file(SIZE, "", 2);
}

static void what_a_crash_left_outlives_another_size_and_a_damaged_header(void **state)
{
	static const size_t sizes[] = {SIZE, 2 * SIZE, SIZE, SIZE};
	struct aiot_ringfile f;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(aiot_ringfile_open(&f, dir, sizes[i]), 0);
		if (i == 0)
			memcpy(aiot_ring_crash_slot(&f.ring), "crash", 6);
		assert_string_equal(aiot_ring_crash_slot(&f.ring), "crash");
		aiot_ringfile_close(&f);
		if (i == 2)
			poke(9, 1);
	}
}

static void damage_is_said(void **state)
{
	struct aiot_ringfile f;

	open_as_file(SIZE, "", 1);
	poke(9, 1);
	open_as_file(SIZE, "damaged header", 1);
	poke(0, 1);
	open_as_file(SIZE, "not a log of this version", 1);
	assert_int_equal(aiot_ringfile_open(&f, dir, SIZE), 0);
	add(&f, 3);
	f.ring.data[f.ring.last] ^= 1;
	aiot_ringfile_close(&f);
	open_as_file(SIZE, "bytes are lost", 4);
}

static void an_empty_file_is_like_none(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	open_as_file(SIZE, "", 1);
}

static void a_strange_file_is_refused_and_left_alone(void **state)
{
	char text[4] = "";
	int fd;

	open_as_file(SIZE, "", 1);
	assert_int_equal(chmod(path, 0660), 0);
	open_in_memory("writable by others (mode 660)");
	assert_int_equal(chmod(path, 0602), 0);
	open_in_memory("writable by others (mode 602)");
	assert_int_equal(chmod(path, 0644), 0);
	if (geteuid() == 0) { /* nobody else may give a file away */
		assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
		open_in_memory("belongs to user 12345");
		assert_int_equal(chown(path, geteuid(), (gid_t)-1), 0);
	}
	open_as_file(SIZE, "", 2);
	assert_int_equal(truncate(path, 0), 0);
	fd = open(path, O_WRONLY);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(close(fd), 0);
	assert_int_equal(chmod(path, 0666), 0);
	open_in_memory("writable by others");
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, text, 4), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(close(fd), 0);
}

static void what_is_no_file_is_refused(void **state)
{
	assert_int_equal(symlink("/dev/null", path), 0);
	open_in_memory("symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	open_in_memory("not a regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	open_in_memory("cannot open: Is a directory");
}

static void a_missing_directory_is_said_even_if_its_name_is_long(void **state)
{
	struct aiot_ringfile f;
	char longer[1000];

	memset(longer, 'd', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(aiot_ringfile_open(&f, "/nowhere", SIZE), 0);
	assert_true(f.in_memory);
	assert_string_equal(f.why, "'/nowhere/log.ring': cannot open the directory: "
				   "No such file or directory");
	aiot_ringfile_close(&f);
	assert_int_equal(aiot_ringfile_open(&f, longer, SIZE), 0);
	assert_true(f.in_memory);
	assert_non_null(strstr(f.why, "cannot open the directory: "));
	assert_non_null(strstr(f.why, strerror(ENAMETOOLONG)));
	aiot_ringfile_close(&f);
}

static void a_second_daemon_gets_memory(void **state)
{
	struct aiot_ringfile f;
	struct stat before, after;

	assert_int_equal(aiot_ringfile_open(&f, dir, SIZE), 0);
	add(&f, 5);
	assert_int_equal(stat(path, &before), 0);
	open_in_memory("in use by another daemon");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	add(&f, 1);
	aiot_ringfile_close(&f);
	open_as_file(SIZE, "", 7);
}

static void a_full_disk_leaves_the_old_log_alone(void **state)
{
	struct rlimit old, small = {.rlim_cur = SIZE};
	struct aiot_ringfile f;
	struct stat st;

	open_as_file(SIZE, "", 1);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(aiot_ringfile_open(&f, dir, 2 * SIZE), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_true(f.in_memory);
	assert_non_null(strstr(f.why, "cannot allocate 16384 bytes: File too large"));
	aiot_ringfile_close(&f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, SIZE);
	open_as_file(SIZE, "", 2);
}

static void impossible_sizes_are_an_error(void **state)
{
	struct aiot_ringfile f;

	assert_int_equal(aiot_ringfile_open(&f, dir, AIOT_RING_MIN_SIZE - 1), -AIOT_EINVAL);
	aiot_ringfile_close(&f);
	assert_int_equal(aiot_ringfile_open(&f, dir, (size_t)AIOT_RING_MAX_SIZE + 1), -AIOT_EINVAL);
	aiot_ringfile_close(&f);
	assert_int_equal(access(path, F_OK), -1);
	aiot_ringfile_close(NULL);
}

static void closing_twice_closes_no_one_elses_file(void **state)
{
	struct aiot_ringfile f;
	int fd;

	assert_int_equal(aiot_ringfile_open(&f, dir, SIZE), 0);
	aiot_ringfile_close(&f);
	fd = open("/dev/null", O_RDONLY);
	aiot_ringfile_close(&f);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(close(fd), 0);
}

static void the_boot_id_is_the_kernels(void **state)
{
	char text[64] = "", want[64];
	uint8_t id[16] = {0};
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	(void)fclose(file);
	assert_int_equal(aiot_boot_id(id), 0);
	(void)snprintf(want, sizeof(want),
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\n",
		       id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10],
		       id[11], id[12], id[13], id[14], id[15]);
	assert_string_equal(text, want);
}

/* ---- kill -9 ------------------------------------------------------------------------------- */

/* Length and letters follow from the number, so that a torn record shows. */
static size_t text_of(uint64_t seq, char *text, size_t size)
{
	size_t len = (size_t)(seq * 2654435761u >> 7) % (size + 1);

	memset(text, (int)('a' + seq % 26), len);
	return len;
}

static _Noreturn void write_until_killed(int ready_fd)
{
	struct aiot_ringfile f;
	char text[200], *place;
	size_t len, room;

	(void)alarm(60); /* in case the parent dies first */
	if (aiot_ringfile_open(&f, dir, SIZE) < 0 || f.in_memory || f.why[0] != '\0')
		_exit(1);
	for (unsigned i = 0;; i++) {
		len = text_of(f.ring.next_seq, text, sizeof(text));
		if (i % 3 == 0) {
			place = aiot_ring_reserve(&f.ring, f.ring.next_seq, 6, "killed", 6,
						  sizeof(text), &room);
			memcpy(place, text, len);
			aiot_ring_commit(&f.ring, len, false);
		} else {
			aiot_ring_append(&f.ring, f.ring.next_seq, 6, "killed", 6, text, len);
		}
		if (i == 100 && write(ready_fd, "", 1) != 1)
			_exit(2);
	}
}

/* How far the log has come; all that it holds must be whole and consecutive. */
static uint64_t check_after_kill(void)
{
	struct aiot_ringfile f;
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	char text[200];
	uint64_t next_seq;

	assert_int_equal(aiot_ringfile_open(&f, dir, SIZE), 0);
	assert_false(f.in_memory);
	assert_string_equal(f.why, "");
	aiot_ring_oldest(&f.ring, &cursor);
	for (uint64_t seq = f.ring.first_seq; seq < f.ring.next_seq; seq++) {
		assert_true(aiot_ring_next(&f.ring, &cursor, &rec, NULL));
		assert_int_equal(rec.seq, seq);
		assert_int_equal(rec.mono_ns, seq);
		assert_int_equal(rec.text_len, text_of(seq, text, sizeof(text)));
		assert_memory_equal(rec.text, text, rec.text_len);
	}
	assert_true(f.ring.next_seq - f.ring.first_seq > 20);
	next_seq = f.ring.next_seq;
	aiot_ringfile_close(&f);
	return next_seq;
}

static void a_writer_may_be_killed_at_any_moment(void **state)
{
	uint64_t next_seq = 1, now;
	uint32_t random = 12345;
	char byte;

	for (unsigned i = 0; i < 50; i++) {
		int fds[2], status;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			write_until_killed(fds[1]);
		assert_int_equal(close(fds[1]), 0);
		assert_int_equal(read(fds[0], &byte, 1), 1);
		random = random * 1103515245u + 12345u;
		(void)usleep(random >> 21); /* up to 2 ms: only to vary the moment */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(close(fds[0]), 0);
		now = check_after_kill();
		assert_true(now > next_seq + 100);
		next_seq = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_outlive_the_process, setup, teardown),
		cmocka_unit_test_setup_teardown(another_size_begins_a_new_log, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_a_crash_left_outlives_another_size_and_a_damaged_header, setup,
			teardown),
		cmocka_unit_test_setup_teardown(damage_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_file_is_like_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_strange_file_is_refused_and_left_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_missing_directory_is_said_even_if_its_name_is_long, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_daemon_gets_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_log_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(impossible_sizes_are_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_twice_closes_no_one_elses_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_boot_id_is_the_kernels, setup, teardown),
		cmocka_unit_test_setup_teardown(a_writer_may_be_killed_at_any_moment, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
