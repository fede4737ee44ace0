/*
 * dofail - a service that cannot be loaded, to see what a load failure looks like: the sentence,
 * the code and the line that `status` and `traceback` show.  The runtime calls dofail_init once
 * and, with parts = 0, never gets to share().  With any other number of parts it loads and ends at
 * once with the share as its result.  Portable: it asks for nothing but aiotools.h.
 */
#include <aiotools.h>

struct dofail {
	uint32_t whole;
	uint32_t parts;
	uint32_t each;
};

static int divide(struct aiot_task *t, uint32_t whole, uint32_t parts, uint32_t *ret_each)
{
	if (parts == 0)
		return aiot_fail(t, -AIOT_EDOM, "divide by zero");
	*ret_each = whole / parts;
	return 0;
}

static int plan(struct aiot_task *t, struct dofail *self)
{
	return divide(t, self->whole, self->parts, &self->each);
}

static int dofail_init(struct aiot_task *t, void *self)
{
	return plan(t, self);
}

static enum aiot_co share(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct dofail, self);
	if (aiot_result_int(t, self->each) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct dofail, whole, "whole", "1", "what is shared out"),
	AIOT_OPT_U32(struct dofail, parts, "parts", "0", "among how many; 0 makes the load fail"),
	{0},
};

AIOT_SERVICE(dofail, struct dofail, .info = "Example of a load that fails v1.0", .main = share,
	     .opts = opts, .init = dofail_init);
