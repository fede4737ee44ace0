/*
 * calls-report.c - a row of report: what a service tells of itself, or else its stats.
 *
 * Called by calls-task.c for each task that is named.  The text is collected in the core's memory,
 * because a service that fails half-way must not leave half a reply.
 */
#include "calls.h"
#include "out-taken.h"
#include "outcome.h"
#include "service.h"

static int grow(struct aiot_out *out, size_t need)
{
	return aiot_out_take(out, need, AIOT_RESULT_MAX);
}

/* A report is its main task's; of tasks elsewhere only states are known. */
static bool has_report(const struct aiot_entry *e)
{
	return e->spec->place->ops->report != NULL && e->spec->service->report != NULL &&
	       aiot_spec_fn(e->spec) == e->spec->service->main;
}

static bool has_stats(const struct aiot_entry *e)
{
	return e->spec->place->ops->stats != NULL &&
	       aiot_stat_row(e->spec->service, AIOT_KIND(e->spec)->stats, 0) != NULL;
}

static void put_report(struct aiot_call *call, struct aiot_entry *e)
{
	struct aiot_out text = {.grow = grow, .ctx = call->core};
	struct aiot_outcome *error = NULL;
	int r = e->spec->place->ops->report(e->spec->place, e, &text, &error);

	while (text.len > 0 && text.buf[text.len - 1] == '\n')
		text.len--; /* whoever shows it ends it */
	aiot_json_put_strn(&call->json, "text", text.len ? text.buf : "", text.len);
	aiot_json_put_bool(&call->json, "cut", text.error != 0);
	if (r < 0 && (error == NULL || error->type != AIOT_OUTCOME_ERROR)) {
		aiot_outcome_free(call->core, error);
		error = aiot_outcome_error(call->core, r, "it failed without a reason", 26, NULL,
					   NULL);
	}
	if (r < 0)
		aiot_outcome_json(error, &call->json, "error");
	aiot_outcome_free(call->core, error);
	aiot_out_give(&text);
}

void aiot_report_put(struct aiot_call *call, bool named, struct aiot_entry *e)
{
	bool report = has_report(e), stats = has_stats(e);
	struct aiot_json_out *json = &call->json;

	if (!named && !report && !stats)
		return;
	aiot_json_put_object(json, NULL);
	aiot_json_put_strn(json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	aiot_json_put_str(json, "state", aiot_state_word((enum aiot_state)e->state));
	if (report)
		put_report(call, e);
	else if (stats)
		e->spec->place->ops->stats(e->spec->place, e, json);
	aiot_json_put_end_object(json);
}
