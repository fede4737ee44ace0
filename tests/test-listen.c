/*
 * test-listen.c - listen.c: who gets a path, and what happens to what is there already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <aiotools.h>

#include "listen.h"

struct fixture {
	char dir[64], path[96], lock[112], why[256];
};

static int set_up(void **state)
{
	static struct fixture f;

	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/aiot-listen-XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	(void)snprintf(f.path, sizeof(f.path), "%s/sock", f.dir);
	(void)snprintf(f.lock, sizeof(f.lock), "%s/sock.lock", f.dir);
	f.why[0] = '\0';
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	return rmdir(f->dir); /* nothing was left in it */
}

static int open_at(struct fixture *f, const char *path, struct aiot_listen *ret)
{
	return aiot_listen_open(path, ret, f->why, sizeof(f->why));
}

static void assert_why(const struct fixture *f, const char *part)
{
	if (strstr(f->why, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f->why);
}

static int bound_socket(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int knock(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	r = connect(fd, (struct sockaddr *)&address, sizeof(address));
	(void)close(fd);
	return r;
}

static void a_fresh_path_is_taken_and_left_clean(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;
	struct stat st;
	mode_t before = umask(077);

	assert_int_equal(open_at(f, f->path, &l), 0);
	assert_int_equal(umask(before), 077); /* not touched */
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_int_equal(stat(f->lock, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(knock(f->path), 0);
	assert_true(fcntl(l.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);
	aiot_listen_close(&l);
	assert_int_equal(access(f->path, F_OK), -1);
}

static void a_stale_socket_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;

	(void)close(bound_socket(f->path, SOCK_STREAM));
	assert_int_equal(open_at(f, f->path, &l), 0);
	assert_int_equal(knock(f->path), 0);
	aiot_listen_close(&l);
}

static void a_living_one_is_not(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l, second = {.fd = 77};
	int fd;

	assert_int_equal(open_at(f, f->path, &l), 0);
	assert_int_equal(open_at(f, f->path, &second), -AIOT_EBUSY);
	assert_why(f, "another daemon answers at '");
	assert_int_equal(second.fd, 77);
	assert_int_equal(knock(f->path), 0);
	aiot_listen_close(&l);
	/* One that knows nothing of our lock, and whose backlog is full. */
	fd = bound_socket(f->path, SOCK_STREAM);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(open_at(f, f->path, &l), -AIOT_EBUSY);
	(void)knock(f->path);
	assert_int_equal(open_at(f, f->path, &l), -AIOT_EBUSY);
	assert_int_equal(unlink(f->path), 0);
	(void)close(fd);
}

static void the_lock_decides_while_nobody_listens_yet(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l, second;

	(void)close(bound_socket(f->path, SOCK_STREAM));
	assert_int_equal(open_at(f, f->path, &l), 0);
	assert_int_equal(shutdown(l.fd, SHUT_RDWR), 0); /* as between bind and listen */
	assert_int_equal(knock(f->path), -1);
	assert_int_equal(open_at(f, f->path, &second), -AIOT_EBUSY);
	assert_int_equal(access(f->path, F_OK), 0);
	aiot_listen_close(&l);
}

static void a_lock_file_left_behind_is_no_hindrance(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;

	(void)close(open(f->lock, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(open_at(f, f->path, &l), 0);
	aiot_listen_close(&l);
	assert_int_equal(symlink("/tmp/aiot-nowhere", f->lock), 0);
	assert_true(open_at(f, f->path, &l) < 0);
	assert_why(f, "its lock file");
	assert_int_equal(access("/tmp/aiot-nowhere", F_OK), -1);
	assert_int_equal(unlink(f->lock), 0);
}

static void what_is_no_stream_socket_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;
	int fd;

	(void)close(open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(open_at(f, f->path, &l), -AIOT_EEXIST);
	assert_why(f, "no socket is there; remove it or take another path");
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink("/tmp/aiot-nowhere", f->path), 0);
	assert_int_equal(open_at(f, f->path, &l), -AIOT_EEXIST);
	assert_int_equal(unlink(f->path), 0);
	fd = bound_socket(f->path, SOCK_DGRAM);
	assert_int_equal(open_at(f, f->path, &l), -AIOT_EEXIST);
	assert_why(f, "a socket of another kind is there");
	(void)close(fd);
	assert_int_equal(unlink(f->path), 0);
}

static void paths_that_cannot_be_are_told(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;
	char path[200];

	memset(path, 'x', sizeof(path));
	memcpy(path, "/tmp/", 5);
	path[108] = '\0';
	assert_int_equal(open_at(f, path, &l), -AIOT_ENAMETOOLONG);
	assert_why(f, "the path has 108 bytes, and a socket's may have 107");
	assert_int_equal(open_at(f, "", &l), -AIOT_EINVAL);
	(void)snprintf(path, sizeof(path), "%s/none/sock", f->dir);
	assert_int_equal(open_at(f, path, &l), -AIOT_ENOENT);
	assert_why(f, "its directory does not exist");
}

static void the_longest_path_is_taken(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;
	char path[108];

	memset(path, 'x', sizeof(path));
	memcpy(path, f->dir, strlen(f->dir));
	path[strlen(f->dir)] = '/';
	path[107] = '\0';
	assert_int_equal(open_at(f, path, &l), 0);
	assert_int_equal(knock(path), 0);
	aiot_listen_close(&l);
}

static void somebody_elses_socket_is_not_removed(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;

	assert_int_equal(open_at(f, f->path, &l), 0);
	assert_int_equal(unlink(f->path), 0);
	(void)close(bound_socket(f->path, SOCK_STREAM));
	aiot_listen_close(&l);
	assert_int_equal(unlink(f->path), 0);
}

static void only_listening_sockets_are_adopted(void **state)
{
	struct fixture *f = *state;
	struct aiot_listen l;
	int fd = bound_socket(f->path, SOCK_STREAM), pair[2];

	assert_int_equal(aiot_listen_adopt(fd, &l, f->why, sizeof(f->why)), -AIOT_EINVAL);
	assert_why(f, "is not a listening UNIX stream socket");
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(aiot_listen_adopt(pair[0], &l, f->why, sizeof(f->why)), -AIOT_EINVAL);
	assert_int_equal(aiot_listen_adopt(-1, &l, f->why, sizeof(f->why)), -AIOT_EINVAL);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(aiot_listen_adopt(fd, &l, f->why, sizeof(f->why)), 0);
	aiot_listen_close(&l);
	assert_int_equal(unlink(f->path), 0); /* its maker's business, not ours */
	(void)close(pair[0]);
	(void)close(pair[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_path_is_taken_and_left_clean),
		TEST(a_stale_socket_is_replaced),
		TEST(a_living_one_is_not),
		TEST(the_lock_decides_while_nobody_listens_yet),
		TEST(a_lock_file_left_behind_is_no_hindrance),
		TEST(what_is_no_stream_socket_is_left_alone),
		TEST(paths_that_cannot_be_are_told),
		TEST(the_longest_path_is_taken),
		TEST(somebody_elses_socket_is_not_removed),
		TEST(only_listening_sockets_are_adopted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
