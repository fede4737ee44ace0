/*
 * aiotools-call.h - the daemon's commands from inside a service: start, stop, set, add, find ...
 *
 * Part of aiotools.h, which includes it by way of aiotools-wait.h: include that.  What it says
 * about threads, pointers and the ABI holds here too, and what aiotools-wait.h says about
 * AIOT_WAIT.
 *
 * Every command of `aiotoolsctl help` has a method and JSON parameters (varlinkctl introspect shows
 * them); a service may call them all, with the rights of the daemon's own user:
 *	AIOT_WAIT(t, aiot_call(t, "io.aiotools.Task.Start", "{\"names\":[\"pump\"]}"));
 *	if (aiot_waited(t) < 0)
 *		AIOT_FAIL(t, aiot_waited(t), "%s", aiot_reply_message(t));
 * A task has one call at a time.  It ends, answered or not, with the next one and with its run;
 * what was ordered goes on.
 */
#ifndef AIOTOOLS_CALL_H
#define AIOTOOLS_CALL_H

#include <aiotools.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Call a method; params is a JSON object, NULL for none, and copied.  aiot_waited() then says:
 *	0		there is a reply, and nothing in it failed
 *	-AIOT_ENOENT	no such task, service or method	-AIOT_EALREADY	it is so already
 *	-AIOT_EINVAL	method or parameters are wrong	-AIOT_EPERM	not allowed
 *	-AIOT_ETIMEDOUT	the command's own time was over	-AIOT_ENOSPC	a limit is reached
 *	-AIOT_ECANCELED	the daemon is stopping		-AIOT_ENOMEM	no memory
 *	-AIOT_ENOSYS	there are no commands here	-AIOT_EIO	it failed otherwise
 * Of an action on several tasks the first failure counts.  In AIOT_WAIT.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_call(struct aiot_task *t, const char *method,
					  const char *params);

/*
 * Wait for the next reply of the same call: long answers and streams (io.aiotools.Log.Follow) have
 * several.  -AIOT_ENODATA: there is none.  In AIOT_WAIT.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_call_next(struct aiot_task *t);

/* 1: another reply may follow the last one. */
AIOT_API int aiot_reply_more(const struct aiot_task *t);
/* The last reply's parameters, a JSON object (aiotools-json.h reads it); "{}" when there is none.
 * Valid until the next call, at most until the run ends, as is what the other two return. */
AIOT_API const char *aiot_reply(const struct aiot_task *t);
/* The error that it was instead ("io.aiotools.NoSuchTask"), "" if it was none. */
AIOT_API const char *aiot_reply_error(const struct aiot_task *t);
/* What failed, a sentence; "" if nothing did. */
AIOT_API const char *aiot_reply_message(const struct aiot_task *t);

/* ---- the most usual ones --------------------------------------------------------------------- */

/* Each is an aiot_call(), and answers as that does.  name: also a pattern with * and ?, but for
 * set. args: "key", "value", ... ended by NULL; NULL: none.  Texts are copied; the array is static
 * or in self, as all that an await crosses.  In AIOT_WAIT. */
AIOT_WAIT_API_ struct aiot_wait aiot_task_start(struct aiot_task *t, const char *name);
AIOT_WAIT_API_ struct aiot_wait aiot_task_stop(struct aiot_task *t, const char *name);
AIOT_WAIT_API_ struct aiot_wait aiot_task_restart(struct aiot_task *t, const char *name);
AIOT_WAIT_API_ struct aiot_wait aiot_task_delete(struct aiot_task *t, const char *name);
AIOT_WAIT_API_ struct aiot_wait aiot_task_pause(struct aiot_task *t, const char *name);
AIOT_WAIT_API_ struct aiot_wait aiot_task_resume(struct aiot_task *t, const char *name);
AIOT_WAIT_API_ struct aiot_wait aiot_task_trigger(struct aiot_task *t, const char *name,
						  const char *const *args);
AIOT_WAIT_API_ struct aiot_wait aiot_task_set(struct aiot_task *t, const char *name,
					      const char *const *args);
/*
 * One more task of a loaded service: kind NULL is main, name NULL the usual one.  The reply's
 * "name" is what it is called.  aiot_child_start() makes one that ends with this task instead.
 */
AIOT_WAIT_API_ struct aiot_wait aiot_task_add(struct aiot_task *t, const char *service,
					      const char *kind, const char *name,
					      const char *const *args);
/* Stop all tasks, this one too, then the daemon; or start it anew. */
AIOT_WAIT_API_ struct aiot_wait aiot_daemon_shutdown(struct aiot_task *t);
AIOT_WAIT_API_ struct aiot_wait aiot_daemon_restart(struct aiot_task *t);

/* ---- finding tasks --------------------------------------------------------------------------- */

#define AIOT_NAME_BYTES 65 /* a task's name, its end included */

/*
 * The first task behind `name` ("" at the beginning), in the order of names, that runs this
 * function, or that is of this service and kind (NULL: any kind).  Its name goes to `name`, so that
 * the same call again finds the next.  0, -AIOT_ENOENT: there is none, and name is as it was. Looks
 * through all tasks.
 */
AIOT_API int aiot_task_find(const struct aiot_task *t, aiot_co_fn *fn, char name[AIOT_NAME_BYTES]);
AIOT_API int aiot_task_find_kind(const struct aiot_task *t, const char *service, const char *kind,
				 char name[AIOT_NAME_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
