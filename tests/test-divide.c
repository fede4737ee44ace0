/*
 * test-divide.c - `/` and `%`, of whatever makes them: on the smallest board lib/mcu's own
 * divide.c.
 *
 * The divisions are out of line, so that no compiler does them here and now.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turns.h"

#define AWAY __attribute__((noinline))

static AWAY uint32_t div_u32(uint32_t a, uint32_t b)
{
	return a / b;
}

static AWAY uint32_t mod_u32(uint32_t a, uint32_t b)
{
	return a % b;
}

static AWAY int32_t div_i32(int32_t a, int32_t b)
{
	return a / b;
}

static AWAY int32_t mod_i32(int32_t a, int32_t b)
{
	return a % b;
}

static AWAY uint64_t div_u64(uint64_t a, uint64_t b)
{
	return a / b;
}

static AWAY uint64_t mod_u64(uint64_t a, uint64_t b)
{
	return a % b;
}

static AWAY int64_t div_i64(int64_t a, int64_t b)
{
	return a / b;
}

static AWAY int64_t mod_i64(int64_t a, int64_t b)
{
	return a % b;
}

static uint64_t seed;

static uint64_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed ^ seed >> 29;
}

/* Numbers of all lengths, and those where carries go wrong. */
static uint64_t number(void)
{
	static const uint64_t edge[] = {1,	    2,		 3,	      10,
					0x7fffffff, 0x80000000u, 0xffffffffu, 0x100000000u,
					INT64_MAX,  1ull << 63,	 UINT64_MAX,  UINT64_MAX - 1};
	uint64_t random = next_random();

	if (random % 4 == 0)
		return edge[(random >> 8) % (sizeof(edge) / sizeof(edge[0]))];
	return next_random() >> ((random >> 8) & 63);
}

static void whole_and_rest_make_the_number_again(void **state)
{
	uint32_t i;

	(void)state;
	seed = 1;
	for (i = 0; i < TURNS(20000); i++) {
		uint64_t a = number(), b = number(), q, r;

		if ((uint32_t)b != 0) {
			q = div_u32((uint32_t)a, (uint32_t)b);
			r = mod_u32((uint32_t)a, (uint32_t)b);
			assert_true(r < (uint32_t)b && q * (uint32_t)b + r == (uint32_t)a);
		}
		if (b == 0)
			continue;
		q = div_u64(a, b);
		r = mod_u64(a, b);
		assert_true(r < b && q <= a && q * b + r == a);
	}
}

/* Towards zero, and the rest is the dividend's. */
static void signs_are_those_of_c(void **state)
{
	uint32_t i;

	(void)state;
	seed = 2;
	for (i = 0; i < TURNS(20000); i++) {
		int64_t a = (int64_t)number(), b = (int64_t)number(), q, r;
		int32_t c = (int32_t)a, d = (int32_t)b;

		if (b != 0 && !(a == INT64_MIN && b == -1)) {
			q = div_i64(a, b);
			r = mod_i64(a, b);
			assert_true(q * b + r == a);
			assert_true(r == 0 || (r < 0) == (a < 0));
			assert_true((r < 0 ? 0 - (uint64_t)r : (uint64_t)r) <
				    (b < 0 ? 0 - (uint64_t)b : (uint64_t)b));
		}
		if (d != 0 && !(c == INT32_MIN && d == -1)) {
			assert_int_equal((int64_t)div_i32(c, d) * d + mod_i32(c, d), c);
			assert_true(mod_i32(c, d) == 0 || (mod_i32(c, d) < 0) == (c < 0));
		}
	}
	assert_true(div_i64(-7, 2) == -3 && mod_i64(-7, 2) == -1);
	assert_true(div_i64(7, -2) == -3 && mod_i64(7, -2) == 1);
	assert_true(div_i32(-7, 2) == -3 && mod_i32(-7, 2) == -1);
	assert_true(div_i32(-7, -2) == 3 && mod_i32(-7, -2) == -1);
}

static void known_ones(void **state)
{
	(void)state;
	assert_true(div_u64(UINT64_MAX, 1000000000u) == 18446744073u);
	assert_true(mod_u64(UINT64_MAX, 1000000000u) == 709551615u);
	assert_true(div_u64(UINT64_MAX, UINT64_MAX) == 1 && mod_u64(5, UINT64_MAX) == 5);
	assert_true(div_u64(1ull << 63, 3) == 3074457345618258602u);
	assert_true(div_u32(UINT32_MAX, 0x80000001u) == 1 && mod_u32(UINT32_MAX, 10) == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_rest_make_the_number_again),
		cmocka_unit_test(signs_are_those_of_c),
		cmocka_unit_test(known_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
