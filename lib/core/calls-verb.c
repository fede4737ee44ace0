/*
 * calls-verb.c - the handler of call: a verb that a service brings along.
 *
 * Called by the dispatcher, through the host's bindings.  The words become the verb's struct in the
 * core's memory; the task's place runs it, between two steps of the task.
 */
#include <string.h>

#include "calls.h"
#include "more.h"
#include "outcome.h"
#include "service.h"
#include "settings.h"

#define MESSAGE 400

/* ---- finding it ---- */

static const struct aiot_verb *find_verb(struct aiot_call *call, const struct aiot_entry *e)
{
	struct aiot_json given = aiot_json_get(call->params, "verb");
	const struct aiot_service *service = e->spec->service;
	const struct aiot_verb *verb;
	char name[AIOT_NAME_MAX + 1] = "?";
	struct aiot_near near;
	unsigned i;

	(void)aiot_json_str(given, name, sizeof(name));
	aiot_near_begin(&near, name);
	for (i = 0; (verb = aiot_verb_row(service, i)) != NULL; i++) {
		if (strcmp(verb->name, name) == 0)
			return verb;
		aiot_near_offer(&near, verb->name);
	}
	if (i == 0)
		(void)aiot_call_error_at(call, AIOT_ERR_USAGE, "verb", name,
					 "service '%s' has no verbs of its own", service->name);
	else
		(void)aiot_call_error_at(call, AIOT_ERR_USAGE, "verb", name,
					 "service '%s' has no verb '%s'%s%s%s", service->name, name,
					 near.best ? ", did you mean '" : "; aiotoolsctl describe ",
					 near.best ? near.best : service->name,
					 near.best ? "'?" : " shows them");
	return NULL;
}

/* A verb is for those tasks whose struct it knows: the main ones. */
static bool is_main(const struct aiot_entry *e)
{
	return aiot_spec_fn(e->spec) == e->spec->service->main;
}

static bool may_call(struct aiot_call *call, const struct aiot_verb *verb)
{
	if (verb->flags & AIOT_VERB_READ || call->role >= AIOT_ROLE_OPERATE)
		return true;
	(void)aiot_call_error(call, AIOT_ERR_PERMISSION_DENIED,
			      "call: '%s' changes something, and uid %lld may only look; be root, "
			      "the daemon's user or in its operate group",
			      verb->name, (long long)call->uid);
	return false;
}

/* ---- its words ---- */

/* What a call keeps together until it is over. */
struct use {
	struct aiot_core *core;
	const struct aiot_service *service;
	const struct aiot_verb *verb;
	struct aiot_setting *list, **end;
	unsigned next; /* row of the next option that is not named */
	struct aiot_out *why;
};

/* key=value, or the value of the next option in the table. */
static int read_word(struct use *u, char *word)
{
	char *equals = strchr(word, '=');
	const struct aiot_opt *opt;
	const char *text = word;
	int r;

	if (equals != NULL) {
		*equals = '\0';
		text = equals + 1;
		opt = aiot_opt_find(u->service, u->verb->opts, word);
		if (opt == NULL)
			return aiot_setting_no_key(u->service, u->verb->opts, word, u->why);
	} else {
		opt = aiot_opt_row(u->service, u->verb->opts, u->next++);
	}
	if (opt == NULL || aiot_setting_find(u->list, opt) != NULL) {
		aiot_format(u->why, "'%.60s' is %s", opt ? opt->key : word,
			    opt ? "given twice" : "one word too many");
		return -AIOT_EINVAL;
	}
	r = aiot_setting_read(u->core, opt, text, u->end, u->why);
	if (r == 0)
		u->end = &(*u->end)->next;
	return r;
}

static int read_words(struct use *u, struct aiot_json words)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json word;
	int r = 0;

	while (r == 0 && aiot_json_next(words, &it, NULL, &word)) {
		char *text = u->core->ops->take(u->core->ctx, word.len + 1);

		if (text == NULL) {
			aiot_out_text(u->why, "no memory for its words");
			return -AIOT_ENOMEM;
		}
		(void)aiot_json_str(word, text, word.len + 1);
		r = read_word(u, text);
		u->core->ops->give(u->core->ctx, text, word.len + 1);
	}
	return r;
}

static void fill_args(const struct use *u, void *args)
{
	const struct aiot_opt *opt;
	unsigned i;

	memset(args, 0, u->verb->args_size);
	for (i = 0; (opt = aiot_opt_row(u->service, u->verb->opts, i)) != NULL; i++) {
		const struct aiot_setting *s = aiot_setting_find(u->list, opt);

		(void)aiot_opt_store(opt, args, s ? s->value : opt->def);
	}
}

/* ---- the call ---- */

static int run_verb(const struct use *u, struct aiot_entry *e, struct aiot_outcome **ret)
{
	uint32_t bytes = u->verb->args_size;
	void *args = NULL;
	int r;

	if (bytes > 0) {
		args = u->core->ops->take(u->core->ctx, bytes);
		if (args == NULL) {
			aiot_out_text(u->why, "no memory for its arguments");
			return -AIOT_ENOMEM;
		}
		fill_args(u, args);
	}
	r = e->spec->place->ops->call(e->spec->place, e, u->verb, args, ret);
	if (args != NULL)
		u->core->ops->give(u->core->ctx, args, bytes);
	if (r < 0 && *ret != NULL && (*ret)->type == AIOT_OUTCOME_ERROR)
		aiot_format(u->why, "%s: %s", aiot_error_word((*ret)->code), (*ret)->text);
	else if (r < 0)
		aiot_format(u->why, "it failed without a reason (%s)", aiot_error_word(r));
	return r;
}

static enum aiot_call_result reply(struct aiot_call *call, struct use *u, struct aiot_entry *e)
{
	struct aiot_outcome *outcome = NULL;
	enum aiot_error_id id = AIOT_ERR_USAGE;
	int r = read_words(u, aiot_json_get(call->params, "words"));

	if (r == 0) {
		id = AIOT_ERR_TASK_FAILED;
		if (!(u->verb->flags & AIOT_VERB_READ))
			aiot_log_order(call);
		r = run_verb(u, e, &outcome);
	}
	if (r == 0) {
		aiot_json_put_str(&call->json, "name", aiot_entry_name(e));
		aiot_json_put_str(&call->json, "verb", u->verb->name);
		aiot_outcome_json(outcome, &call->json, "result");
	} else {
		(void)aiot_call_error_at(call, r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : id, "name",
					 aiot_entry_name(e), "cannot call '%s' of '%s': %s",
					 u->verb->name, aiot_entry_name(e), aiot_out_str(u->why));
	}
	aiot_outcome_free(call->core, outcome);
	aiot_settings_free(call->core, u->list);
	return r == 0 ? AIOT_CALL_DONE : AIOT_CALL_ERROR;
}

enum aiot_call_result aiot_call_verb(struct aiot_call *call)
{
	struct use u = {.core = call->core, .end = &u.list};
	enum aiot_call_result elsewhere;
	struct aiot_entry *e;
	char text[MESSAGE];
	struct aiot_out why;

	/* Which verbs only look is known there, and not here. */
	if (call->role >= AIOT_ROLE_OPERATE && aiot_call_elsewhere(call, &elsewhere))
		return elsewhere;
	e = aiot_call_entry(call);
	if (e == NULL)
		return AIOT_CALL_ERROR;
	aiot_out_init(&why, text, sizeof(text));
	u.why = &why;
	u.service = e->spec->service;
	u.verb = find_verb(call, e);
	if (u.verb == NULL || !may_call(call, u.verb))
		return AIOT_CALL_ERROR;
	if (!is_main(e))
		return aiot_call_error_at(
			call, AIOT_ERR_USAGE, "name", aiot_entry_name(e),
			"verbs are for main tasks of service '%s', and '%s' is of "
			"kind '%s'",
			u.service->name, aiot_entry_name(e), aiot_spec_kind_name(e->spec));
	return reply(call, &u, e);
}
