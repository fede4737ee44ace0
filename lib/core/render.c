/*
 * render.c - which command's replies are rendered by what; actions, errors, exit codes.
 *
 * Called by aiotoolsctl and the console with each reply as it comes.  Keeps nothing between
 * replies, trusts only that the JSON was checked: members that are absent or of another type than
 * the interface says leave gaps in the text and nothing worse.
 */
#include "render-private.h"

#include <string.h>

/* ---- actions ---- */

static void put_flags(struct aiot_json task, struct aiot_out *out)
{
	int64_t queued = aiot_member_i64(task, "queued");

	if (aiot_json_bool(aiot_json_get(task, "paused"), false))
		aiot_out_text(out, ", paused");
	if (queued > 0)
		aiot_format(out, ", %lld extra run%s waiting", (long long)queued,
			    queued == 1 ? "" : "s");
}

static void render_action(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json done = aiot_json_get(reply, "done"), task;
	struct aiot_json_iter it = {NULL};

	if (r->quiet)
		return;
	while (aiot_json_next(done, &it, NULL, &task)) {
		aiot_put_text(aiot_json_get(task, "name"), out);
		aiot_out_text(out, ": ");
		aiot_put_text(aiot_json_get(task, "state"), out);
		put_flags(task, out);
		aiot_out_char(out, '\n');
	}
}

/* Whether the sentence has the name in it, in the single quotes that names have in sentences. */
static bool names_it(struct aiot_json message, struct aiot_json name)
{
	size_t len = name.len - 2; /* names need no escapes, so the text itself can be compared */
	const char *p = message.text, *end = message.text + message.len;

	while ((size_t)(end - p) >= len + 2) {
		p = memchr(p, '\'', (size_t)(end - p) - len - 1);
		if (!p)
			return false;
		if (memcmp(p + 1, name.text + 1, len) == 0 && p[len + 1] == '\'')
			return true;
		p++;
	}
	return false;
}

static void render_failure(struct aiot_json failed, struct aiot_out *out)
{
	struct aiot_json name = aiot_json_get(failed, "name");
	struct aiot_json message = aiot_json_get(failed, "message");
	struct aiot_json error = aiot_json_get(failed, "error");

	if (name.len > 2 && message.len > 2 && !names_it(message, name)) {
		aiot_put_text(name, out);
		aiot_out_text(out, ": ");
	}
	aiot_render_error(error, failed, out);
	aiot_out_char(out, '\n');
}

static void render_action_failures(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json failed = aiot_json_get(reply, "failed"), item;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(failed, &it, NULL, &item))
		render_failure(item, out);
}

void aiot_render_failures(const struct aiot_command *command, struct aiot_json reply,
			  struct aiot_out *out)
{
	switch (command->id) {
	case AIOT_CMD_ENABLE:
	case AIOT_CMD_LOAD:
	case AIOT_CMD_DAEMON_RELOAD:
		aiot_render_loading_failures("loaded", reply, out);
		break;
	case AIOT_CMD_UNLOAD:
		aiot_render_loading_failures("unloaded", reply, out);
		break;
	case AIOT_CMD_RELOAD:
		aiot_render_reload_failures(reply, out);
		break;
	case AIOT_CMD_LOG:
	case AIOT_CMD_FOLLOW:
		aiot_render_log_notes(reply, out);
		break;
	case AIOT_CMD_HISTORY:
		aiot_render_history_notes(reply, out);
		break;
	case AIOT_CMD_IS_ACTIVE:
	case AIOT_CMD_IS_FAILED:
		aiot_render_unknown(reply, out);
		break;
	default:
		render_action_failures(reply, out);
	}
}

/* ---- errors ---- */

void aiot_render_error(struct aiot_json error_name, struct aiot_json parameters,
		       struct aiot_out *out)
{
	static const char *const members[] = {"name", "parameter", "method", "interface"};
	struct aiot_json message = aiot_json_get(parameters, "message");
	const char *sentence = aiot_error_sentence(aiot_error_find(error_name));

	if (aiot_json_type(message) == AIOT_JSON_STRING && message.len > 2) {
		aiot_put_text(message, out);
		return;
	}
	/* Somebody else's server: make do with what there is. */
	if (sentence[0] != '\0')
		aiot_out_text(out, sentence);
	else if (aiot_json_type(error_name) == AIOT_JSON_STRING)
		aiot_put_text(error_name, out);
	else
		aiot_out_text(out, "an error without a name");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct aiot_json value = aiot_json_get(parameters, members[i]);

		if (aiot_json_type(value) != AIOT_JSON_STRING)
			continue;
		aiot_out_text(out, ": '");
		aiot_put_text(value, out);
		aiot_out_char(out, '\'');
		return;
	}
}

/* ---- replies ---- */

void aiot_render_reply(const struct aiot_render *r, const struct aiot_command *command,
		       struct aiot_json request, struct aiot_json reply, bool first,
		       struct aiot_out *out)
{
	switch (command->id) {
	case AIOT_CMD_STATUS:
		aiot_render_status(r, reply, out);
		break;
	case AIOT_CMD_LIST:
		aiot_render_list(r, reply, out);
		break;
	case AIOT_CMD_START:
	case AIOT_CMD_STOP:
	case AIOT_CMD_RESTART:
	case AIOT_CMD_UNSCHEDULE:
	case AIOT_CMD_DELETE:
	case AIOT_CMD_TRIGGER:
	case AIOT_CMD_PAUSE:
	case AIOT_CMD_RESUME:
	case AIOT_CMD_RESET_FAILED:
		render_action(r, reply, out);
		break;
	case AIOT_CMD_SET:
		aiot_render_set(r, reply, out);
		break;
	case AIOT_CMD_RESULT:
		aiot_render_results(reply, out);
		break;
	case AIOT_CMD_STATS:
		aiot_render_stats(r, reply, first, out);
		break;
	case AIOT_CMD_REPORT:
		aiot_render_reports(r, reply, out);
		break;
	case AIOT_CMD_WAIT:
		aiot_render_ended(r, reply, out);
		break;
	case AIOT_CMD_IS_ACTIVE:
	case AIOT_CMD_IS_FAILED:
		aiot_render_is(r, reply, out);
		break;
	case AIOT_CMD_ADD:
		aiot_render_added(reply, out);
		break;
	case AIOT_CMD_CALL:
		aiot_render_answer(reply, out);
		break;
	case AIOT_CMD_DEBUG:
		aiot_render_debug_mode(r, reply, out);
		break;
	case AIOT_CMD_TRACEBACK:
		aiot_render_tracebacks(reply, out);
		break;
	case AIOT_CMD_LOG:
	case AIOT_CMD_FOLLOW:
		aiot_render_log(r, request, reply, out);
		break;
	case AIOT_CMD_SCHEDULE:
		aiot_render_scheduled(r, reply, out);
		break;
	case AIOT_CMD_TIMERS:
		aiot_render_timers(r, reply, first, out);
		break;
	case AIOT_CMD_INFO:
		aiot_render_info(aiot_json_get(reply, "info"), out);
		break;
	case AIOT_CMD_SERVICES:
		aiot_render_services(r, request, reply, first, out);
		break;
	case AIOT_CMD_HISTORY:
		aiot_render_history(r, reply, first, out);
		break;
	case AIOT_CMD_LOAD:
	case AIOT_CMD_DAEMON_RELOAD:
		aiot_render_loading(r, "loaded", reply, out);
		break;
	case AIOT_CMD_UNLOAD:
		aiot_render_loading(r, "unloaded", reply, out);
		break;
	case AIOT_CMD_RELOAD:
		aiot_render_reloaded(r, reply, out);
		break;
	case AIOT_CMD_INSTALL:
		aiot_render_installed(r, reply, out);
		break;
	case AIOT_CMD_REMOVE:
		aiot_render_removed(r, reply, out);
		break;
	case AIOT_CMD_DESCRIBE:
		aiot_render_describe(r, reply, out);
		break;
	case AIOT_CMD_DEPENDENCIES:
	case AIOT_CMD_ANALYZE:
		aiot_render_boot(r, command, request, reply, out);
		break;
	case AIOT_CMD_GET_INTERFACE:
		aiot_put_lines(aiot_json_get(reply, "description"), out);
		break;
	default:
		if (!aiot_render_config(r, command, request, reply, out))
			aiot_render_info(reply, out);
	}
}

/* ---- exit codes ---- */

static bool is_alive(struct aiot_json task)
{
	struct aiot_json state = aiot_json_get(task, "state");

	if (aiot_json_str_is(state, "scheduled"))
		return aiot_member_given(aiot_json_get(task, "schedule"), "next_us");
	return aiot_json_str_is(state, "running") || aiot_json_str_is(state, "starting");
}

static int status_exit(struct aiot_json request, struct aiot_json reply)
{
	struct aiot_json names = aiot_json_get(request, "names");
	struct aiot_json_iter it = {NULL}, task_it = {NULL};
	struct aiot_json name, task;

	if (aiot_json_count(names) != 1 || !aiot_json_next(names, &it, NULL, &name) ||
	    aiot_name_is_pattern(name.text, name.len) ||
	    !aiot_json_next(aiot_json_get(reply, "tasks"), &task_it, NULL, &task))
		return 0;
	return is_alive(task) ? 0 : 3;
}

static int action_exit(struct aiot_json reply)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json failed;

	if (aiot_json_next(aiot_json_get(reply, "failed"), &it, NULL, &failed))
		return aiot_error_exit(aiot_error_find(aiot_json_get(failed, "error")), false);
	return 0;
}

/* The code of the first task that failed. */
static int wait_exit(struct aiot_json reply)
{
	struct aiot_json ended = aiot_json_get(reply, "ended"), task;
	struct aiot_json_iter it = {NULL};
	int code = action_exit(reply);

	while (code == 0 && aiot_json_next(ended, &it, NULL, &task)) {
		int64_t given = aiot_member_i64(task, "code");

		code = given < 0 || given > 255 ? 255 : (int)given;
	}
	return code;
}

/* 0 when any is; a name that is no task's is told before one that merely is not. */
static int is_exit(struct aiot_json reply, const char *member)
{
	struct aiot_json tasks = aiot_json_get(reply, "tasks"), task;
	struct aiot_json_iter it = {NULL};
	int code = aiot_json_count(tasks) > 0 ? 3 : 0; /* a pattern without a match */

	while (aiot_json_next(tasks, &it, NULL, &task)) {
		if (aiot_json_bool(aiot_json_get(task, member), false))
			return 0;
		if (aiot_member_given(task, "message"))
			code = 4;
	}
	return code;
}

static int service_exit(struct aiot_json reply, bool errors_count)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(services, &it, NULL, &service)) {
		struct aiot_json error = aiot_json_get(service, "error");

		if ((errors_count && aiot_json_type(error) == AIOT_JSON_OBJECT) ||
		    aiot_json_str_is(aiot_json_get(service, "load"), "failed"))
			return aiot_error_exit(aiot_error_find(aiot_json_get(service, "fault")),
					       false);
	}
	return 0;
}

int aiot_service_exit(struct aiot_json reply)
{
	return service_exit(reply, true);
}

int aiot_render_exit(const struct aiot_command *command, struct aiot_json request,
		     struct aiot_json reply)
{
	switch (command->id) {
	case AIOT_CMD_STATUS:
		return status_exit(request, reply);
	case AIOT_CMD_START:
	case AIOT_CMD_STOP:
	case AIOT_CMD_RESTART:
	case AIOT_CMD_DELETE:
	case AIOT_CMD_TRIGGER:
	case AIOT_CMD_PAUSE:
	case AIOT_CMD_RESUME:
	case AIOT_CMD_UNSCHEDULE:
	case AIOT_CMD_RESET_FAILED:
		return action_exit(reply);
	case AIOT_CMD_WAIT:
		return wait_exit(reply);
	case AIOT_CMD_IS_ACTIVE:
		return is_exit(reply, "active");
	case AIOT_CMD_IS_FAILED:
		return is_exit(reply, "failed");
	case AIOT_CMD_LOAD:
	case AIOT_CMD_DAEMON_RELOAD:
	case AIOT_CMD_RELOAD:
		return aiot_service_exit(reply);
	case AIOT_CMD_UNLOAD:
		return service_exit(reply, false);
	case AIOT_CMD_HISTORY:
		return aiot_json_count(aiot_json_get(reply, "unknown")) > 0
			       ? aiot_error_exit(AIOT_ERR_NO_SUCH_TASK, true)
			       : 0;
	default:
		return aiot_render_config_exit(command, reply);
	}
}
