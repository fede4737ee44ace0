/*
 * account.c - a host's account of steps, and the stall block that tells others what is run now.
 *
 * See account.h and stall.h.  Called around each step, so every instruction counts.
 */
#include "account.h"

#include <string.h>

/*
 * The block's readers are other threads, which check the sequence; to a race detector that knows no
 * such locks its plain stores would be faults.
 */
#define WRITES_STALL __attribute__((no_sanitize("thread")))

/*
 * A copy of unknown length would cost as much as the rest of a step: a short name goes whole, and a
 * long one eight bytes at a time (its block has room for that).
 */
WRITES_STALL static void publish_name(struct aiot_stall *s, const struct aiot_entry *e)
{
	uint32_t len = aiot_entry_name_len(e), i;
	const char *name;

	s->name_len = len;
	if (len < AIOT_NAME_SHORT) {
		memcpy(s->name, e->short_name, AIOT_NAME_SHORT);
		return;
	}
	name = aiot_entry_name(e);
	for (i = 0; i < len && i < AIOT_NAME_MAX; i += 8) /* which a compiler does not know */
		memcpy(s->name + i, name + i, 8);
}

WRITES_STALL void aiot_account_begin(struct aiot_core *core, const struct aiot_task *t)
{
	struct aiot_stall *s = core->stall;
	uint64_t step = ++core->steps; /* reading it back below would make the CPU wait */

	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	s->start_ns = core->now_ns;
	s->step = step;
	s->site = t->top->site;
	publish_name(s, &t->entry);
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
}

WRITES_STALL void aiot_account_idle(struct aiot_core *core)
{
	struct aiot_stall *s = core->stall;

	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	s->name_len = 0;
	s->site = NULL; /* its module may go */
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
}

WRITES_STALL void aiot_account_enter(struct aiot_core *core, const char *name, const char *doing,
				     struct aiot_stall *was)
{
	struct aiot_stall *s = core->stall;
	uint32_t len = 0;

	*was = *s;
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (; name[len] != '\0' && len < AIOT_NAME_MAX; len++)
		s->name[len] = name[len];
	s->name_len = len;
	s->start_ns = aiot_core_clock_ns(core);
	s->site = NULL;
	s->doing = doing;
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
}

WRITES_STALL void aiot_account_leave(struct aiot_core *core, const struct aiot_stall *was)
{
	struct aiot_stall *s = core->stall;
	uint32_t sequence = s->sequence + 1;

	__atomic_store_n(&s->sequence, sequence, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	s->name_len = was->name_len;
	s->start_ns = was->start_ns;
	s->site = was->site;
	s->doing = was->doing;
	memcpy(s->name, was->name, sizeof(s->name));
	__atomic_store_n(&s->sequence, sequence + 1, __ATOMIC_RELEASE);
}

/* Time spent goes to the task; the end of this step is the start of the next. */
void aiot_account_end(struct aiot_core *core, struct aiot_task *t, const struct aiot_site *began)
{
	uint64_t now =
		core->ops->step_ns ? core->ops->step_ns(core->ctx) : core->ops->mono_ns(core->ctx);
	uint64_t spent, us;

	if (now < core->now_ns) /* the cheaper clock was ahead, and was left */
		now = core->now_ns;
	spent = now - core->now_ns;
	us = spent / 1000;
	t->entry.cpu_ns += spent;
	if (us > t->entry.longest_us) {
		t->entry.longest_us = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
		t->entry.longest_site = began;
	}
	core->now_ns = now;
}

/* Word by word: each is read in one go, and nothing but the sequence says that they belong
 * together. */
static void copy_words(uint32_t *to, const uint32_t *from, size_t count)
{
	while (count-- > 0)
		*to++ = __atomic_load_n(from++, __ATOMIC_RELAXED);
}

_Static_assert(sizeof(struct aiot_stall) % sizeof(uint32_t) == 0, "it is read by words");

bool aiot_stall_read(const struct aiot_stall *stall, struct aiot_stall *ret)
{
	unsigned tries;

	for (tries = 0; tries < 100; tries++) {
		uint32_t before = __atomic_load_n(&stall->sequence, __ATOMIC_ACQUIRE);

		copy_words((uint32_t *)(void *)ret, (const uint32_t *)(const void *)stall,
			   sizeof(*ret) / sizeof(uint32_t));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(before & 1) && before == __atomic_load_n(&stall->sequence, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}
