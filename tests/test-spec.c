/*
 * test-spec.c - the block behind a task: arguments checked and copied, kinds found, names and
 * memory.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-stage.h"
#include "mem.h"
#include "service.h"

struct gear {
	uint32_t every_ms, count;
	const char *word;
};

static enum aiot_co turns(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct gear, self);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct gear, every_ms, "every", "1s", "pause"),
	AIOT_OPT_U32(struct gear, count, "max-count", "3", "how many"),
	AIOT_OPT_STR(struct gear, word, "word", "hello", "which"),
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "plain", .fn = turns, .self_size = 8},
	{0},
};
AIOT_SERVICE(gear, struct gear, .main = turns, .opts = opts, .kinds = kinds);
AIOT_SERVICE(kindly, struct gear, .kinds = kinds);

static struct aiot_spec_block *block;

static int make(const struct aiot_service *service, const char *kind, const char *const *pairs)
{
	struct aiot_arg args[AIOT_ARGS_MAX];
	uint32_t count = 0;
	struct aiot_service checked;
	struct aiot_out out;
	int r;

	block = NULL;
	aiot_out_init(&out, why, sizeof(why));
	assert_int_equal(aiot_args_from_pairs(pairs, args, &count, &out), 0);
	assert_int_equal(aiot_service_check(service, service->name, &checked, &out), 0);
	r = aiot_spec_create(host, &checked, kind, "the label", args, count, &block, &out);
	(void)aiot_out_str(&out);
	return r;
}

static void a_block_keeps_copies_of_all_that_was_handed_in(void **state)
{
	char key[] = "WORD", value[] = "Ada";
	const char *pairs[] = {"every", "2s", key, value, NULL};

	(void)state;
	assert_int_equal(make(&aiot_service_gear, NULL, pairs), 0);
	memset(key, 'x', 4);
	memset(value, 'x', 3);
	assert_string_equal(block->spec.label, "the label");
	assert_int_equal(block->spec.arg_count, 2);
	assert_string_equal(block->spec.args[0].key, "every");
	assert_string_equal(block->spec.args[1].key, "WORD");
	assert_string_equal(block->spec.args[1].value, "Ada");
	assert_string_equal(block->spec.args[1].origin, "added");
	assert_ptr_equal(block->spec.service, &block->service);
	assert_string_equal(block->spec.kind.name, "main");
	assert_int_equal(block->spec.stop_timeout_ms, 10000);
	aiot_spec_free(block);
}

static void a_misspelt_option_is_told_with_the_nearest_one(void **state)
{
	static const char *const near[] = {"evry", "2s", NULL}, *const far[] = {"zzzz", "1", NULL};
	static const char *const tiny[] = {"x", "1", NULL};

	(void)state;
	assert_int_equal(make(&aiot_service_gear, NULL, near), -AIOT_EINVAL);
	assert_string_equal(why,
			    "added: 'evry' is no option of service 'gear', did you mean 'every'?");
	assert_int_equal(make(&aiot_service_gear, NULL, far), -AIOT_EINVAL);
	assert_string_equal(why, "added: 'zzzz' is no option of service 'gear'");
	assert_int_equal(make(&aiot_service_gear, NULL, tiny), -AIOT_EINVAL);
	assert_string_equal(why, "added: 'x' is no option of service 'gear'");
	assert_null(block);
}

static void a_bad_value_is_told_with_what_the_option_takes(void **state)
{
	static const char *const bad[] = {"every", "soon", NULL}, *const big[] = {"max_count",
										  "4294967296",
										  NULL};

	(void)state;
	assert_int_equal(make(&aiot_service_gear, NULL, bad), -AIOT_EINVAL);
	assert_string_equal(why, "added: every: 'soon' is not a time span such as 500ms or 1min "
				 "30s, whole ms, up to 49 days");
	assert_int_equal(make(&aiot_service_gear, NULL, big), -AIOT_ERANGE);
	assert_string_equal(
		why, "added: max-count: '4294967296' is not a whole number from 0 to 4294967295");
}

static void kinds_are_found_by_name_and_the_first_without_one(void **state)
{
	(void)state;
	assert_int_equal(make(&aiot_service_gear, "main", NULL), 0);
	assert_string_equal(block->spec.kind.name, "main");
	aiot_spec_free(block);
	assert_int_equal(make(&aiot_service_gear, "plain", NULL), 0);
	assert_int_equal(block->spec.kind.self_size, 8);
	aiot_spec_free(block);
	assert_int_equal(make(&aiot_service_kindly, NULL, NULL), 0);
	assert_string_equal(block->spec.kind.name, "plain");
	aiot_spec_free(block);
	assert_int_equal(make(&aiot_service_gear, "nix", NULL), -AIOT_ENOENT);
	assert_string_equal(why, "service 'gear' has no kind 'nix'");
	assert_int_equal(make(&aiot_service_kindly, "main", NULL), -AIOT_ENOENT);
	assert_string_equal(why, "service 'kindly' has no kind 'main'");
}

static void without_memory_it_says_so(void **state)
{
	static const char *const pairs[] = {"every", "2s", NULL};
	unsigned n;

	(void)state;
	for (n = 1; n < 10; n++) {
		(void)aiot_mem_fail(n, 1);
		if (make(&aiot_service_gear, NULL, pairs) == 0)
			break;
		assert_string_equal(why, "no memory");
		assert_null(block);
	}
	(void)aiot_mem_fail(0, 0);
	assert_int_equal(n, 3);
	aiot_spec_free(block);
}

static void pairs_end_at_null_and_too_many_or_half_ones_are_refused(void **state)
{
	const char *pairs[2 * AIOT_ARGS_MAX + 4];
	struct aiot_arg args[AIOT_ARGS_MAX];
	uint32_t count = 7;
	struct aiot_out out;
	unsigned i;

	(void)state;
	aiot_out_init(&out, why, sizeof(why));
	assert_int_equal(aiot_args_from_pairs(NULL, args, &count, &out), 0);
	assert_int_equal(count, 0);
	for (i = 0; i < 2 * AIOT_ARGS_MAX + 4; i++)
		pairs[i] = "x";
	pairs[2 * AIOT_ARGS_MAX + 2] = NULL;
	assert_int_equal(aiot_args_from_pairs(pairs, args, &count, &out), -AIOT_EINVAL);
	assert_string_equal(aiot_out_str(&out), "more than 64 arguments");
	assert_int_equal(count, 0);
	pairs[2 * AIOT_ARGS_MAX] = NULL;
	assert_int_equal(aiot_args_from_pairs(pairs, args, &count, &out), 0);
	assert_int_equal(count, AIOT_ARGS_MAX);
	pairs[3] = NULL;
	aiot_out_init(&out, why, sizeof(why));
	assert_int_equal(aiot_args_from_pairs(pairs, args, &count, &out), -AIOT_EINVAL);
	assert_string_equal(aiot_out_str(&out), "argument 'x' has no value");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(a_block_keeps_copies_of_all_that_was_handed_in),
		T(a_misspelt_option_is_told_with_the_nearest_one),
		T(a_bad_value_is_told_with_what_the_option_takes),
		T(kinds_are_found_by_name_and_the_first_without_one),
		T(without_memory_it_says_so),
		T(pairs_end_at_null_and_too_many_or_half_ones_are_refused),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
