/*
 * test-roles.c - roles.c: who may do what.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "roles.h"

#define NOBODY ((gid_t)-1)

static const struct aiot_role_rules rules = {.own = 500, .operate_group = 20, .read_group = 30};

static enum aiot_role role(uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	struct aiot_peer peer = {uid, gid, groups, count};

	return aiot_role_of(&rules, &peer);
}

static void root_and_the_daemons_user_are_admin(void **state)
{
	(void)state;
	assert_int_equal(role(0, 99, NULL, 0), AIOT_ROLE_ADMIN);
	assert_int_equal(role(500, 99, NULL, 0), AIOT_ROLE_ADMIN);
	assert_int_equal(role(501, 0, NULL, 0), AIOT_ROLE_NONE); /* root's group is nothing */
}

static void groups_give_the_higher_of_their_roles(void **state)
{
	const gid_t read[] = {1, 2, 30}, both[] = {30, 20}, none[] = {2, 3};

	(void)state;
	assert_int_equal(role(501, 99, read, 3), AIOT_ROLE_READ);
	assert_int_equal(role(501, 99, both, 2), AIOT_ROLE_OPERATE);
	assert_int_equal(role(501, 99, none, 2), AIOT_ROLE_NONE);
	assert_int_equal(role(501, 20, none, 2), AIOT_ROLE_OPERATE); /* the primary one counts */
	assert_int_equal(role(501, 30, NULL, 0), AIOT_ROLE_READ);
}

static void no_group_means_nobody(void **state)
{
	const struct aiot_role_rules no_groups = {500, NOBODY, NOBODY};
	const gid_t groups[] = {NOBODY};
	struct aiot_peer peer = {501, NOBODY, groups, 1};

	(void)state;
	assert_int_equal(aiot_role_of(&no_groups, &peer), AIOT_ROLE_NONE);
}

static void a_socket_is_asked_who_it_is(void **state)
{
	struct aiot_role_rules own = {geteuid(), NOBODY, NOBODY};
	int pair[2], tcp;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(aiot_role_of_socket(&own, pair[0]), AIOT_ROLE_ADMIN);
	(void)close(pair[0]);
	(void)close(pair[1]);
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	own.own = (uid_t)-1;
	assert_int_equal(aiot_role_of_socket(&own, tcp), AIOT_ROLE_NONE);
	assert_int_equal(aiot_role_of_socket(&own, -1), AIOT_ROLE_NONE);
	(void)close(tcp);
}

/* The role of a socketpair made by another user; only root can be another user. */
static enum aiot_role role_of_user(uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	enum aiot_role found;
	int pair[2];

	assert_int_equal(setgroups(count, groups), 0);
	assert_int_equal(setegid(gid), 0);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(setgroups(0, NULL), 0);
	found = aiot_role_of_socket(&rules, pair[0]);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return found;
}

static void the_kernel_tells_all_groups(void **state)
{
	gid_t many[1000];
	gid_t i;

	(void)state;
	if (geteuid() != 0)
		return; /* the pure rules are tested above */
	if (getenv("AIOT_EMULATED") != NULL)
		skip(); /* qemu-user passes on the first group at most */
	for (i = 0; i < 1000; i++)
		many[i] = 1000 + i;
	assert_int_equal(role_of_user(501, 501, many, 3), AIOT_ROLE_NONE);
	assert_int_equal(role_of_user(501, 20, many, 3), AIOT_ROLE_OPERATE);
	assert_int_equal(role_of_user(500, 501, many, 0), AIOT_ROLE_ADMIN);
	many[2] = 30;
	assert_int_equal(role_of_user(501, 501, many, 3), AIOT_ROLE_READ);
	many[999] = 20; /* more than are usual */
	assert_int_equal(role_of_user(501, 501, many, 1000), AIOT_ROLE_OPERATE);
	(void)aiot_mem_fail(1, 1); /* no memory to look at them: none of them count */
	assert_int_equal(role_of_user(501, 501, many, 1000), AIOT_ROLE_NONE);
	(void)aiot_mem_fail(0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_and_the_daemons_user_are_admin),
		cmocka_unit_test(groups_give_the_higher_of_their_roles),
		cmocka_unit_test(no_group_means_nobody),
		cmocka_unit_test(a_socket_is_asked_who_it_is),
		cmocka_unit_test(the_kernel_tells_all_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
