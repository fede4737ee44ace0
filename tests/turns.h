/*
 * turns.h - how often the tests with the most repetitions repeat: as often as they say, or a
 * fraction of that where the build says so, because a board under emulation is a hundred times
 * slower than the machine that emulates it.
 */
#ifndef TEST_TURNS_H
#define TEST_TURNS_H

#ifndef TEST_FRACTION
#define TEST_FRACTION 1
#endif
#define TURNS(count) (((count) + TEST_FRACTION - 1) / TEST_FRACTION)
/* The step of a loop through a table: all of it, or one in n. */
#define EVERY(n) (TEST_FRACTION > 1 ? (n) : 1)

#endif
