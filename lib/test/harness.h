/*
 * harness.h - what the parts of libaiotools-test.a share.
 */
#ifndef AIOT_HARNESS_H
#define AIOT_HARNESS_H

#include <stdbool.h>

#include "aiotools-test.h"
#include "host.h"

/* A multiple of the wheel's span, and eighteen years ahead of a board that has just started. */
#define AIOT_TEST_BEGIN_NS (1ull << 59)
#define AIOT_TEST_TEXTS 16

struct aiot_test_pin;

struct aiot_test {
	uv_loop_t loop; /* data: this */
	struct aiot_host *host;
	struct aiot_ring_cursor log;	       /* where aiot_test_log() begins */
	struct aiot_out output;		       /* of the last command */
	struct aiot_out text[AIOT_TEST_TEXTS]; /* that were returned */
	unsigned turn;
	struct aiot_test_pin *pins; /* link: aiot_test_pin.next */
};

/* The test was written wrongly: say so and end. */
_Noreturn void aiot_test_wrong(const char *fmt, ...) AIOT_PRINTF_(1, 2);

/* The next text to be returned, empty; and what is returned of it. */
struct aiot_out *aiot_test_text(struct aiot_test *x);
const char *aiot_test_str(struct aiot_out *out);
/* Texts grow as they have to. */
int aiot_test_grow(struct aiot_out *out, size_t need);

/* Run what is due, then let time pass until the next is, but not beyond; false: nothing was. */
bool aiot_test_step(struct aiot_test *x, uint64_t not_beyond_ns);
/*
 * The same, but where a stop waits for a process or a thread, which know nothing of this clock,
 * that is waited for in real time first, once and as long as the stop may take: *patient.
 */
bool aiot_test_pass(struct aiot_test *x, uint64_t not_beyond_ns, bool *patient);

/* clock.c */
void aiot_test_clock_set(uint64_t mono, int64_t wall);

/* pins.c */
void aiot_test_pins_free(struct aiot_test *x);

#endif
