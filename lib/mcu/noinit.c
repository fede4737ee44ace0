/*
 * noinit.c - see noinit.h.  Called by the firmware at its start and by whatever ends it; knows no
 * task and never resets.
 */
#include "noinit.h"

#include <string.h>

#define MAGIC 0x31544e49u /* "INT1" */

__attribute__((section(".noinit"))) struct aiot_noinit aiot_noinit;

/* FNV-1a: one bit more or less is seen, and zeros do not give zero. */
static uint32_t check_of(const struct aiot_noinit *n)
{
	const unsigned char *byte = (const unsigned char *)n;
	uint32_t hash = 0x811c9dc5u;
	size_t i;

	for (i = 0; i < offsetof(struct aiot_noinit, check); i++)
		hash = (hash ^ byte[i]) * 0x01000193u;
	return hash;
}

static void seal(void)
{
	aiot_noinit.check = check_of(&aiot_noinit);
}

static bool fault_given(uint32_t reset)
{
	return reset == AIOT_RESET_FAULT || reset == AIOT_RESET_WATCHDOG;
}

/* A task that ends each run before anybody can do anything about it is not given another one. */
static void count_early(struct aiot_noinit *n, bool fault)
{
	uint32_t number = fault ? n->fault.early : 0;

	n->times = number != 0 && number == n->again ? n->times + 1 : 1;
	n->again = number;
	if (!fault)
		n->held = 0;
	if (number != 0 && n->times >= AIOT_FAULTS_MAX)
		n->held |= 1u << (number - 1);
}

bool aiot_noinit_holds(uint32_t number)
{
	return number > 0 && number <= 32 && (aiot_noinit.held >> (number - 1) & 1) != 0;
}

void aiot_noinit_begin(struct aiot_start *ret, struct aiot_ring *ret_ring)
{
	struct aiot_noinit *n = &aiot_noinit;
	bool kept = n->magic == MAGIC && n->check == check_of(n);

	*ret = (struct aiot_start){.reset = AIOT_RESET_POWER_ON};
	if (kept)
		ret->reset = (enum aiot_reset)n->reset;
	else
		memset(n, 0, offsetof(struct aiot_noinit, log));
	n->magic = MAGIC;
	n->boots++;
	count_early(n, kept && fault_given(ret->reset));
	n->reset = AIOT_RESET_EXTERNAL;
	seal();
	ret->boots = n->boots;
	ret->fault = kept && fault_given(ret->reset) ? &n->fault : NULL;
	if (aiot_ring_attach(ret_ring, n->log, sizeof(n->log), &ret->lost) < 0) {
		ret->new_log = true;
		(void)aiot_ring_format(ret_ring, n->log, sizeof(n->log));
	}
}

void aiot_noinit_leave(enum aiot_reset reset)
{
	aiot_noinit.reset = reset;
	seal();
}

/* As much as fits, of the end if that tells more. */
static void copy_text(char *to, size_t size, const char *from, bool end)
{
	size_t len = from ? strlen(from) : 0, skip = 0;

	if (len >= size) {
		skip = end ? len - (size - 1) : 0;
		len = size - 1;
	}
	if (len > 0)
		memcpy(to, from + skip, len);
	to[len] = '\0';
}

void aiot_noinit_leave_fault(enum aiot_reset reset, const char *what, uint32_t pc, uint32_t lr)
{
	struct aiot_fault *f = &aiot_noinit.fault;

	memset(f, 0, sizeof(*f));
	copy_text(f->what, sizeof(f->what), what, false);
	f->pc = pc;
	f->lr = lr;
	aiot_noinit_leave(reset);
}

void aiot_noinit_blame(const char *task, const char *file, uint32_t line)
{
	struct aiot_fault *f = &aiot_noinit.fault;

	copy_text(f->task, sizeof(f->task), task, false);
	aiot_noinit_assertion(file, line);
}

void aiot_noinit_early(uint32_t number)
{
	aiot_noinit.fault.early = number <= 32 ? number : 0;
	seal();
}

void aiot_noinit_assertion(const char *file, uint32_t line)
{
	struct aiot_fault *f = &aiot_noinit.fault;

	copy_text(f->file, sizeof(f->file), file, true);
	f->line = line;
	seal();
}

const char *aiot_reset_word(enum aiot_reset reset)
{
	static const char *const words[] = {
		[AIOT_RESET_POWER_ON] = "power-on",   [AIOT_RESET_EXTERNAL] = "external",
		[AIOT_RESET_REQUESTED] = "requested", [AIOT_RESET_FAULT] = "fault",
		[AIOT_RESET_WATCHDOG] = "watchdog",
	};

	return (size_t)reset < sizeof(words) / sizeof(words[0]) ? words[reset] : "unknown";
}
