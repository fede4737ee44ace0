/*
 * test-trie.c - the index of names against a sorted array that does the same slowly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trie.h"
#include "turns.h"

#define NAME_MAX_LEN 64

struct member {
	struct aiot_trie_node node;
	char name[NAME_MAX_LEN + 1];
};

/* The members, sorted by strcmp(). */
struct model {
	struct aiot_trie trie;
	struct member **sorted;
	size_t count, room;
	uint64_t random;
};

static void model_open(struct model *m, size_t room)
{
	memset(m, 0, sizeof(*m));
	m->sorted = calloc(room, sizeof(struct member *));
	assert_non_null(m->sorted);
	m->room = room;
	m->random = room;
}

/* Index of the first member whose name is >= key. */
static size_t model_from(const struct model *m, const char *key)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(m->sorted[mid]->name, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool model_has(const struct model *m, const char *key)
{
	size_t at = model_from(m, key);

	return at < m->count && strcmp(m->sorted[at]->name, key) == 0;
}

static void model_add(struct model *m, const char *name)
{
	struct member *member = calloc(1, sizeof(*member));
	size_t at = model_from(m, name);

	assert_non_null(member);
	assert_true(m->count < m->room);
	memcpy(member->name, name, strlen(name) + 1);
	member->node.key_off = offsetof(struct member, name);
	if (model_has(m, name)) {
		assert_false(aiot_trie_insert(&m->trie, &member->node));
		free(member);
		return;
	}
	assert_true(aiot_trie_insert(&m->trie, &member->node));
	memmove(m->sorted + at + 1, m->sorted + at, (m->count - at) * sizeof(struct member *));
	m->sorted[at] = member;
	m->count++;
}

static void model_remove(struct model *m, size_t at)
{
	struct member *member = m->sorted[at];

	aiot_trie_remove(&m->trie, &member->node);
	m->count--;
	memmove(m->sorted + at, m->sorted + at + 1, (m->count - at) * sizeof(struct member *));
	memset(member, 0xa5, sizeof(*member)); /* nothing may point here any more */
	free(member);
}

static struct aiot_trie_node *node_at(const struct model *m, size_t at)
{
	return at < m->count ? &m->sorted[at]->node : NULL;
}

/* All answers for one key, be it a member's or not. */
static void check_key(const struct model *m, const char *key)
{
	size_t at = model_from(m, key);
	bool has = model_has(m, key);

	assert_ptr_equal(aiot_trie_find(&m->trie, key), has ? node_at(m, at) : NULL);
	assert_ptr_equal(aiot_trie_from(&m->trie, key, false), node_at(m, at));
	assert_ptr_equal(aiot_trie_from(&m->trie, key, true), node_at(m, at + has));
}

static void check_all(const struct model *m)
{
	const struct aiot_trie_node *node = aiot_trie_from(&m->trie, "", false);
	size_t i;

	assert_int_equal(m->trie.count, m->count);
	for (i = 0; i < m->count; i++) {
		assert_ptr_equal(node, node_at(m, i));
		assert_ptr_equal(aiot_trie_find(&m->trie, aiot_trie_key(node)), node);
		node = aiot_trie_from(&m->trie, aiot_trie_key(node), true);
	}
	assert_null(node);
}

static void model_close(struct model *m)
{
	while (m->count > 0)
		model_remove(m, m->count - 1);
	assert_int_equal(m->trie.count, 0);
	assert_true(m->trie.root == 0);
	assert_null(m->trie.spare);
	free(m->sorted);
}

/* Short names of few letters, so that many are prefixes of others, and now and then a longest. */
static void random_name(struct model *m, char name[NAME_MAX_LEN + 1])
{
	static const char letters[] = "ab_-.@Z9";
	uint32_t kind = fake_random(&m->random) % 16;
	size_t len = kind == 0 ? NAME_MAX_LEN : 1 + fake_random(&m->random) % (kind < 4 ? 40 : 7);
	size_t i = 0;

	if (kind >= 12 && m->count > 0) { /* go on from, or stop within, a name that is there */
		const struct member *old = m->sorted[fake_random(&m->random) % m->count];

		i = strlen(old->name);
		if (kind == 12)
			i = 1 + fake_random(&m->random) % i;
		memcpy(name, old->name, i);
		len = i + (kind > 12 ? 1 + fake_random(&m->random) % 3 : 0);
		len = len > NAME_MAX_LEN ? NAME_MAX_LEN : len;
	}
	for (; i < len; i++)
		name[i] = letters[fake_random(&m->random) % (sizeof(letters) - 1)];
	name[len] = '\0';
}

static void check_random_keys(struct model *m, unsigned count)
{
	char key[NAME_MAX_LEN + 1];

	while (count-- > 0) {
		random_name(m, key);
		check_key(m, key);
	}
}

static void an_empty_index_finds_nothing(void **state)
{
	struct aiot_trie trie = {0};

	(void)state;
	assert_null(aiot_trie_find(&trie, "a"));
	assert_null(aiot_trie_find(&trie, ""));
	assert_null(aiot_trie_from(&trie, "", false));
	assert_null(aiot_trie_from(&trie, "", true));
}

static void the_last_one_out_leaves_an_index_that_works_again(void **state)
{
	struct model m;
	unsigned i;

	(void)state;
	model_open(&m, 4);
	for (i = 0; i < 3; i++) {
		model_add(&m, "only");
		check_key(&m, "only");
		check_key(&m, "onl");
		check_key(&m, "only_");
		check_key(&m, "");
		model_remove(&m, 0);
		check_key(&m, "only");
	}
	model_close(&m);
}

static void a_name_that_is_taken_changes_nothing(void **state)
{
	struct model m;

	(void)state;
	model_open(&m, 8);
	model_add(&m, "blink");
	model_add(&m, "blink_1");
	model_add(&m, "blink");
	model_add(&m, "blink_1");
	assert_int_equal(m.count, 2);
	check_all(&m);
	model_close(&m);
}

static void prefixes_of_each_other_keep_their_order(void **state)
{
	char name[NAME_MAX_LEN + 1];
	struct model m;
	size_t len;

	(void)state;
	model_open(&m, 200);
	for (len = NAME_MAX_LEN; len > 0; len--) {
		memset(name, 'a', len);
		name[len] = '\0';
		model_add(&m, name);
		name[len - 1] = 'b';
		model_add(&m, name);
		name[len - 1] = '-';
		model_add(&m, name);
		check_all(&m);
	}
	while (m.count > 0) {
		model_remove(&m, fake_random(&m.random) % m.count);
		check_all(&m);
		check_random_keys(&m, 3);
	}
	model_close(&m);
}

/* With few members everything is checked after every single change. */
static void a_few_hundred_names_come_and_go(void **state)
{
	char name[NAME_MAX_LEN + 1];
	struct model m;
	unsigned i;

	(void)state;
	model_open(&m, 1000);
	for (i = 0; i < TURNS(3000u); i++) {
		bool grow = i / 500 % 2 == 0;

		if (m.count == 0 ||
		    (m.count < 200 && fake_random(&m.random) % 8 < (grow ? 6 : 2))) {
			random_name(&m, name);
			model_add(&m, name);
		} else {
			model_remove(&m, fake_random(&m.random) % m.count);
		}
		check_all(&m);
		check_random_keys(&m, 2);
	}
	model_close(&m);
}

static void thousands_of_names_come_and_go(void **state)
{
	char name[NAME_MAX_LEN + 1];
	struct model m;
	unsigned i;

	(void)state;
	model_open(&m, 20000);
	for (i = 0; i < TURNS(12000u); i++) {
		random_name(&m, name);
		model_add(&m, name);
	}
	check_all(&m);
	for (i = 0; m.count > 0; i++) {
		size_t at = fake_random(&m.random) % m.count;

		memcpy(name, m.sorted[at]->name, sizeof(name));
		model_remove(&m, at);
		check_key(&m, name);
		check_random_keys(&m, 1);
		if (i % 1000 == 0)
			check_all(&m);
		if (i % 4 == 0 && i < 8000) {
			random_name(&m, name);
			model_add(&m, name);
		}
	}
	model_close(&m);
}

/* In the order in which they were added, and the other way round: inner nodes move most. */
static void all_leave_in_every_order(void **state)
{
	char name[NAME_MAX_LEN + 1];
	struct member *added[64];
	unsigned turn, i;
	struct model m;
	size_t at;

	(void)state;
	for (turn = 0; turn < 60; turn++) {
		model_open(&m, 64);
		m.random = turn;
		for (i = 0; i < 32;) {
			random_name(&m, name);
			if (model_has(&m, name))
				continue;
			model_add(&m, name);
			added[i++] = m.sorted[model_from(&m, name)];
		}
		for (i = 0; i < 32; i++) {
			at = model_from(&m, added[turn % 2 ? 31 - i : i]->name);
			model_remove(&m, at);
			check_all(&m);
		}
		model_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_index_finds_nothing),
		cmocka_unit_test(the_last_one_out_leaves_an_index_that_works_again),
		cmocka_unit_test(a_name_that_is_taken_changes_nothing),
		cmocka_unit_test(prefixes_of_each_other_keep_their_order),
		cmocka_unit_test(a_few_hundred_names_come_and_go),
		cmocka_unit_test(thousands_of_names_come_and_go),
		cmocka_unit_test(all_leave_in_every_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
