/*
 * trail.h - for the tests of coroutines: a service's struct that keeps a trail of letters, one for
 * each place that was passed.
 */
#ifndef TRAIL_H
#define TRAIL_H

#include "fake.h"

#define TRAIL_MAX 64

struct trail_child {
	struct aiot_frame co;
	struct trail *own;
	unsigned i;
};

struct trail {
	char letters[TRAIL_MAX];
	unsigned len;
	struct trail_child a, b, c;
	unsigned i;
	int code; /* what aiot_caught() said */
	char words[128];
	struct aiot_core *core;	  /* for those that give orders to themselves */
	struct aiot_entry *entry; /* to whom */
};

static inline void trail_mark(struct trail *s, char letter)
{
	if (s->len < TRAIL_MAX - 1)
		s->letters[s->len++] = letter;
}

static inline struct trail *trail_of(struct aiot_task *t)
{
	return aiot_task_self(t);
}

/* Set up the children's way home; called before each run. */
static inline void trail_init(struct fake *f, struct aiot_task *t)
{
	struct trail *s = trail_of(t);

	s->a.own = s->b.own = s->c.own = s;
	s->core = &f->core;
	s->entry = &t->entry;
}

static inline struct aiot_task *trail_add(struct fake *f, const struct aiot_service *service,
					  const char *name)
{
	struct aiot_task *t = fake_add(f, fake_load(f, service, NULL), name);

	trail_init(f, t);
	return t;
}

/* Add under the name "t", start, and run until it waits for something that is not due. */
static inline struct aiot_task *trail_start(struct fake *f, const struct aiot_service *service)
{
	struct aiot_task *t = trail_add(f, service, "t");

	(void)aiot_core_start(&f->core, &t->entry);
	fake_idle(f);
	return t;
}

#endif
