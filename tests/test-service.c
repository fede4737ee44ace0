/*
 * test-service.c - descriptors built against other headers, and wrong ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "service.h"

#define DEC3_DEFAULT "25.5"
#include "options-all.h"

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct all, count, "help"),
	{0},
};

static enum aiot_co nothing(struct aiot_task *t)
{
	(void)t;
	return AIOT_DONE;
}

static void finish(void *self)
{
	(void)self;
}
AIOT_SERVICE(plain, struct all, .main = nothing, .opts = opts, .stats = stats, .fini = finish);

/* ---- descriptors ---- */

static char why_text[256];

static int check(const struct aiot_service *s, struct aiot_service *ret)
{
	struct aiot_out why;
	int r;

	aiot_out_init(&why, why_text, sizeof(why_text));
	r = aiot_service_check(s, "plain", ret, &why);
	(void)aiot_out_str(&why);
	return r;
}

static void assert_refused(const struct aiot_service *s, const char *why)
{
	struct aiot_service ret, before;

	memset(&ret, 0xa5, sizeof(ret));
	before = ret;
	assert_int_equal(check(s, &ret), -AIOT_EINVAL);
	assert_string_equal(why_text, why);
	assert_memory_equal(&ret, &before, sizeof(ret));
}

static void a_descriptor_of_today_is_taken_as_it_is(void **state)
{
	struct aiot_service ret;

	(void)state;
	assert_int_equal(check(&aiot_service_plain, &ret), 0);
	assert_memory_equal(&ret, &aiot_service_plain, sizeof(ret));
	assert_string_equal(why_text, "");
}

static void another_abi_is_refused(void **state)
{
	struct aiot_service s = aiot_service_plain;

	(void)state;
	s.abi = 2;
	assert_refused(&s, "was built for ABI 2, this is ABI 1; rebuild it");
	s.abi = 0;
	assert_refused(&s, "was built for ABI 0, this is ABI 1; rebuild it");
}

static void a_descriptor_too_short_is_refused(void **state)
{
	struct aiot_service s = aiot_service_plain;
	char want[128];

	(void)state;
	s.size = offsetof(struct aiot_service, init) - 1;
	(void)aiot_format_to(want, sizeof(want),
			     "has a descriptor of %u bytes, too short for ABI 1 (%u)", s.size,
			     (unsigned)offsetof(struct aiot_service, init));
	assert_refused(&s, want);
	s.size = 0;
	assert_int_equal(check(&s, &s), -AIOT_EINVAL);
}

/* Exactly as long as it says: reading behind it would be seen. */
static void what_an_older_descriptor_lacks_is_zero(void **state)
{
	const uint32_t size = offsetof(struct aiot_service, init);
	void *old = malloc(size);
	struct aiot_service whole = aiot_service_plain, ret;

	(void)state;
	assert_non_null(old);
	whole.size = size;
	memcpy(old, &whole, size);
	memset(&ret, 0xa5, sizeof(ret));
	assert_int_equal(check(old, &ret), 0);
	assert_ptr_equal(ret.opts, opts);
	assert_null(ret.init);
	assert_true(ret.fini == NULL);
	assert_true(ret.on_stop == NULL);
	assert_true(ret.on_error == NULL);
	free(old);
}

static void what_a_newer_descriptor_has_more_is_ignored(void **state)
{
	struct {
		struct aiot_service s;
		char more[40];
	} newer;
	struct aiot_service ret;

	(void)state;
	memset(&newer, 0xa5, sizeof(newer));
	newer.s = aiot_service_plain;
	newer.s.size = sizeof(newer);
	assert_int_equal(check(&newer.s, &ret), 0);
	assert_true(ret.fini == finish);
}

static void rows_too_short_are_refused(void **state)
{
	struct aiot_service s = aiot_service_plain;

	(void)state;
	s.opt_size--;
	assert_refused(&s, "has table rows that are too short");
	s = aiot_service_plain;
	s.stat_size = 0;
	assert_refused(&s, "has table rows that are too short");
	s = aiot_service_plain;
	s.kind_size = offsetof(struct aiot_kind, on_stop) - 1;
	assert_refused(&s, "has table rows that are too short");
}

struct long_opt {
	struct aiot_opt row;
	const char *unit;
};

struct long_stat {
	struct aiot_stat row;
	uint64_t more;
};

struct long_kind {
	struct aiot_kind row;
	void *more[3];
};

static void rows_longer_than_ours_are_walked_by_their_own_stride(void **state)
{
	static const struct long_opt rows[] = {
		{ROW(u32, "first", "1", AIOT_TYPE_U32), "m"},
		{ROW(u32, "second", "2", AIOT_TYPE_U32), "s"},
		{{0}, "end"},
	};
	static const struct long_stat figures[] = {
		{{"a", "help", offsetof(struct all, u32), AIOT_TYPE_U32, 0}, 1},
		{{"b", "help", offsetof(struct all, u64), AIOT_TYPE_U64, 0}, 2},
		{{0}, 3},
	};
	static const struct long_kind kinds[] = {
		{{"one", nothing, sizeof(struct all), 0, NULL, NULL}, {NULL}},
		{{"two", nothing, 8, 0, NULL, NULL}, {NULL}},
		{{0}, {NULL}},
	};
	struct aiot_service s = aiot_service_plain, ret;
	struct aiot_kind kind;

	(void)state;
	s.opts = &rows[0].row;
	s.opt_size = sizeof(rows[0]);
	s.stats = &figures[0].row;
	s.stat_size = sizeof(figures[0]);
	s.kinds = &kinds[0].row;
	s.kind_size = sizeof(kinds[0]);
	assert_int_equal(check(&s, &ret), 0);
	assert_ptr_equal(aiot_opt_find(&ret, ret.opts, "second"), &rows[1].row);
	assert_null(aiot_opt_row(&ret, ret.opts, 2));
	assert_ptr_equal(aiot_stat_row(&ret, ret.stats, 1), &figures[1].row);
	assert_null(aiot_stat_row(&ret, ret.stats, 2));
	assert_true(aiot_service_kind(&ret, "two", &kind));
	assert_int_equal(kind.self_size, 8);
	assert_false(aiot_service_kind(&ret, "three", &kind));
	assert_null(aiot_opt_row(&ret, NULL, 0));
	assert_null(aiot_stat_row(&ret, NULL, 0));
}

static void a_wrong_name_is_told_with_both(void **state)
{
	struct aiot_service s = aiot_service_plain;

	(void)state;
	s.name = "plane";
	assert_refused(&s, "calls itself 'plane' but exports aiot_service_plain");
	s.name = NULL;
	assert_refused(&s, "calls itself '' but exports aiot_service_plain");
}

static void without_a_function_there_is_no_service(void **state)
{
	static const struct aiot_kind none[] = {{0}};
	static const struct aiot_kind empty[] = {{"k", NULL, 0, 0, NULL, NULL}, {0}};
	static const struct aiot_kind huge[] = {{"k", nothing, (1u << 20) + 1, 0, NULL, NULL}, {0}};
	struct aiot_service s = aiot_service_plain;

	(void)state;
	s.main = NULL;
	assert_refused(&s, "has no task function; set .main");
	s.kinds = none;
	assert_refused(&s, "has no task function; set .main");
	s.kinds = empty;
	assert_refused(&s, "has kind 'k' without a task function");
	s.kinds = huge;
	assert_refused(&s, "wants more than 1 MiB for its struct");
	s = aiot_service_plain;
	s.self_size = UINT32_MAX;
	assert_refused(&s, "wants more than 1 MiB for its struct");
}

static void without_main_the_first_kind_is_the_plain_one(void **state)
{
	static const struct aiot_kind kinds[] = {
		{"led", nothing, 4, 0, NULL, NULL}, {"key", nothing, 8, 0, NULL, NULL}, {0}};
	struct aiot_service s = aiot_service_plain, ret;
	struct aiot_kind kind;

	(void)state;
	s.main = NULL;
	s.kinds = kinds;
	assert_int_equal(check(&s, &ret), 0);
	assert_true(aiot_service_kind(&ret, NULL, &kind));
	assert_string_equal(kind.name, "led");
	assert_false(aiot_service_kind(&ret, "main", &kind));
	ret.main = nothing;
	assert_true(aiot_service_kind(&ret, NULL, &kind));
	assert_string_equal(kind.name, "main");
	assert_int_equal(kind.self_size, sizeof(struct all));
}

static void stops(struct aiot_task *t, void *self)
{
	(void)t;
	(void)self;
}

/* They were called with the struct of whatever kind it was. */
static void the_hooks_of_the_descriptor_are_those_of_main_alone(void **state)
{
	static const struct aiot_kind kinds[] = {{"led", nothing, 4, 0, NULL, NULL, NULL, NULL},
						 {"key", nothing, 8, 0, NULL, NULL, stops, NULL},
						 {0}};
	struct aiot_service s = aiot_service_plain, ret;
	struct aiot_kind kind;

	(void)state;
	s.kinds = kinds;
	s.on_stop = stops;
	assert_int_equal(check(&s, &ret), 0);
	assert_true(aiot_service_kind(&ret, "main", &kind));
	assert_true(kind.on_stop == stops);
	assert_true(aiot_service_kind(&ret, "led", &kind));
	assert_true(kind.on_stop == NULL);
	assert_true(aiot_service_kind(&ret, "key", &kind));
	assert_true(kind.on_stop == stops);
	s.main = NULL;
	assert_refused(&s, "has .on_stop or .on_error without .main; give it to a kind");
}

/* A row of kinds as it was before there were hooks in it. */
static void kinds_of_an_older_object_have_no_hooks(void **state)
{
	static const struct {
		const char *name;
		aiot_co_fn *fn;
		uint32_t self_size, flags;
		const void *opts, *stats;
	} kinds[] = {{"led", nothing, 4, 0, NULL, NULL},
		     {"key", nothing, 8, 0, NULL, NULL},
		     {NULL, NULL, 0, 0, NULL, NULL}};
	struct aiot_service s = aiot_service_plain, ret;
	struct aiot_kind kind;

	(void)state;
	s.kinds = (const void *)kinds;
	s.kind_size = sizeof(kinds[0]);
	assert_int_equal(check(&s, &ret), 0);
	assert_true(aiot_service_kind(&ret, "led", &kind));
	assert_true(kind.on_stop == NULL); /* not the next row's name */
	assert_true(aiot_service_kind(&ret, "key", &kind));
	assert_int_equal(kind.self_size, 8);
}

/* One broken row, in main's table or in that of a kind; its reason begins alike. */
static void assert_row_refused(struct aiot_opt row, const char *why)
{
	const struct aiot_opt table[] = {row, {0}};
	const struct aiot_kind kinds[] = {{"k", nothing, sizeof(struct all), 0, table, NULL}, {0}};
	struct aiot_service s = aiot_service_plain;

	s.opts = table;
	assert_refused(&s, why);
	s = aiot_service_plain;
	s.kinds = kinds;
	assert_refused(&s, why);
}

static void an_option_outside_its_struct_is_refused(void **state)
{
	struct aiot_opt row = ROW(u64, "x", "1", AIOT_TYPE_U64);

	(void)state;
	row.off = sizeof(struct all);
	assert_row_refused(row, "has a broken option 'x'");
	row.off = sizeof(struct all) - 4; /* begins inside, ends outside */
	assert_row_refused(row, "has a broken option 'x'");
	row.off = UINT32_MAX - 3;
	assert_row_refused(row, "has a broken option 'x'");
	row.off = 4; /* not where such a number may lie */
	row.off = sizeof(void *) == 8 ? 4 : 2;
	assert_row_refused(row, "has a broken option 'x'");
	row.off = 0;
	row.def = NULL;
	assert_row_refused(row, "has a broken option 'x'");
}

static void a_bad_default_or_type_is_refused(void **state)
{
	(void)state;
	assert_row_refused((struct aiot_opt)ROW(u32, "x", "many", AIOT_TYPE_U32),
			   "has option 'x' whose default 'many' is not a whole number from 0 to "
			   "4294967295");
	assert_row_refused((struct aiot_opt)ROW(u64, "x", "1", 99),
			   "has option 'x' whose default '1' is not known");
	assert_row_refused((struct aiot_opt)ROW(u64, "x", "1", 0),
			   "has option 'x' whose default '1' is not known");
}

static void a_stat_outside_its_struct_is_refused(void **state)
{
	static const struct aiot_stat table[] = {
		{"x", "help", sizeof(struct all) - 4, AIOT_TYPE_U64, 0}, {0}};
	struct aiot_service s = aiot_service_plain;

	(void)state;
	s.stats = table;
	assert_refused(&s, "has a broken stat 'x'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_of_today_is_taken_as_it_is),
		cmocka_unit_test(another_abi_is_refused),
		cmocka_unit_test(a_descriptor_too_short_is_refused),
		cmocka_unit_test(what_an_older_descriptor_lacks_is_zero),
		cmocka_unit_test(what_a_newer_descriptor_has_more_is_ignored),
		cmocka_unit_test(rows_too_short_are_refused),
		cmocka_unit_test(rows_longer_than_ours_are_walked_by_their_own_stride),
		cmocka_unit_test(a_wrong_name_is_told_with_both),
		cmocka_unit_test(without_a_function_there_is_no_service),
		cmocka_unit_test(without_main_the_first_kind_is_the_plain_one),
		cmocka_unit_test(the_hooks_of_the_descriptor_are_those_of_main_alone),
		cmocka_unit_test(kinds_of_an_older_object_have_no_hooks),
		cmocka_unit_test(an_option_outside_its_struct_is_refused),
		cmocka_unit_test(a_bad_default_or_type_is_refused),
		cmocka_unit_test(a_stat_outside_its_struct_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
