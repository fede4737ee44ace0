/*
 * node-forward.c - calls that are about one task of a board, and that only the board can answer:
 * set, schedule and the like.
 *
 * Called by handlers (calls-away.c) and by the conversation.  A call is written down here under a
 * ticket and sent when the line is free; its handler is called again and finds the answer by the
 * ticket.  A caller that went away takes none: the oldest answer makes room for the next call.
 */
#include "node-private.h"

#include "calls.h"
#include "command-private.h"
#include "mem.h"

/* ---- slots ---- */

static void clear(struct aiot_node_forward *f)
{
	aiot_mem_free(f->method);
	aiot_mem_free(f->pages);
	memset(f, 0, sizeof(*f));
}

/* A free one, else that of the oldest answer that nobody took; NULL: all are under way. */
static struct aiot_node_forward *take_slot(struct aiot_node *node)
{
	struct aiot_node_forward *f = node->forwards, *oldest = NULL;

	for (; f < node->forwards + AIOT_NODE_FORWARDS; f++) {
		if (f->ticket == 0)
			return f;
		if (f->done && (oldest == NULL || f->ticket < oldest->ticket))
			oldest = f;
	}
	if (oldest != NULL)
		clear(oldest);
	return oldest;
}

static struct aiot_node_forward *find_slot(struct aiot_node *node, uint64_t ticket)
{
	struct aiot_node_forward *f = node->forwards;

	for (; f < node->forwards + AIOT_NODE_FORWARDS; f++) {
		if (f->ticket == ticket)
			return f;
	}
	return NULL;
}

struct aiot_node_forward *aiot_node_next_forward(struct aiot_node *node)
{
	struct aiot_node_forward *f = node->forwards, *next = NULL;

	for (; f < node->forwards + AIOT_NODE_FORWARDS; f++) {
		if (f->ticket != 0 && !f->sent && !f->done &&
		    (next == NULL || f->ticket < next->ticket))
			next = f;
	}
	return next;
}

struct aiot_node_forward *aiot_node_forward_sent(struct aiot_node *node)
{
	struct aiot_node_forward *f = node->forwards;

	for (; f < node->forwards + AIOT_NODE_FORWARDS; f++) {
		if (f->sent && !f->done)
			return f;
	}
	return NULL;
}

void aiot_node_forwards_free(struct aiot_node *node)
{
	struct aiot_node_forward *f = node->forwards;

	for (; f < node->forwards + AIOT_NODE_FORWARDS; f++)
		clear(f);
}

/* ---- the answer ---- */

bool aiot_node_forward_page(struct aiot_node *node, struct aiot_node_forward *f,
			    struct aiot_json page)
{
	size_t len = f->pages_len + page.len + 1;
	char *pages = len <= AIOT_NODE_PAGES_MAX ? aiot_mem_realloc(f->pages, len) : NULL;

	(void)node;
	if (pages == NULL)
		return false;
	memcpy(pages + f->pages_len, page.text, page.len);
	pages[len - 1] = '\0';
	f->pages = pages;
	f->pages_len = (uint32_t)len;
	return true;
}

/* Whoever waits for it is called again. */
static void poke(struct aiot_node *node)
{
	if (node->core->ops->poke != NULL)
		node->core->ops->poke(node->core->ctx);
	aiot_callouts_poke(node->core);
}

void aiot_node_forward_done(struct aiot_node *node, struct aiot_node_forward *f, const char *why)
{
	f->done = true;
	f->failed = why != NULL;
	if (why != NULL) {
		aiot_mem_free(f->pages);
		f->pages = aiot_mem_strdup(why);
	}
	poke(node);
}

void aiot_node_forwards_fail(struct aiot_node *node, const char *why)
{
	struct aiot_node_forward *f = node->forwards;

	for (; f < node->forwards + AIOT_NODE_FORWARDS; f++) {
		if (f->ticket != 0 && !f->done)
			aiot_node_forward_done(node, f, f->answered ? NULL : why);
	}
}

/* ---- the handler ---- */

/* The call's parameters, with the name that the board knows. */
static void put_params(const struct aiot_call *call, const struct aiot_node_task *task,
		       struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json_out json;
	struct aiot_json key, value;
	char name[64];

	aiot_json_begin(&json, out);
	aiot_json_put_object(&json, NULL);
	while (aiot_json_next(call->params, &it, &key, &value)) {
		if (aiot_json_str(key, name, sizeof(name)) < 0)
			continue;
		if (strcmp(name, "name") == 0) {
			aiot_json_put_str(&json, name, aiot_node_task_name(task));
		} else if (strcmp(name, "names") == 0) {
			aiot_json_put_array(&json, name);
			aiot_json_put_str(&json, NULL, aiot_node_task_name(task));
			aiot_json_put_end_array(&json);
		} else {
			aiot_json_put_raw(&json, name, value);
		}
	}
	aiot_json_put_end_object(&json);
}

static enum aiot_call_result refuse(struct aiot_call *call, const struct aiot_entry *entry,
				    enum aiot_error_id id, const char *why)
{
	return aiot_call_error_at(call, id, "name", aiot_entry_name(entry), "cannot %s '%s': %s",
				  aiot_command_title(call->command), aiot_entry_name(entry), why);
}

static enum aiot_call_result begin(struct aiot_node *node, struct aiot_entry *entry,
				   struct aiot_call *call)
{
	struct aiot_node_forward *f = take_slot(node);
	size_t method_size = strlen(call->command->method) + 1;
	char params[AIOT_NODE_LINE];
	struct aiot_out out;

	if (f == NULL)
		return refuse(call, entry, AIOT_ERR_LIMIT,
			      "too many calls wait for its board already");
	aiot_out_init(&out, params, sizeof(params) - 1);
	put_params(call, aiot_node_task_of(entry), &out);
	if (out.error < 0)
		return refuse(call, entry, AIOT_ERR_LIMIT, "that is too long for its board");
	f->method = aiot_mem_zalloc(method_size + out.len + 1);
	if (f->method == NULL)
		return refuse(call, entry, AIOT_ERR_NO_MEMORY, "no memory for it");
	memcpy(f->method, call->command->method, method_size);
	f->params = f->method + method_size;
	memcpy(f->params, params, out.len);
	(void)aiot_format_to(f->task, sizeof(f->task), "%s",
			     aiot_node_task_name(aiot_node_task_of(entry)));
	f->ticket = call->at.seq = ++node->next_ticket;
	call->at.phase = 1;
	aiot_log_order(call);
	aiot_node_kick(node);
	return AIOT_CALL_WAIT;
}

/* A member, with the board in front of names. */
static void put_value(const struct aiot_node *node, const char *key, struct aiot_json value,
		      struct aiot_json_out *json)
{
	char name[AIOT_NAME_MAX + 1];

	if (strcmp(key, "name") == 0 && aiot_json_str(value, name, sizeof(name)) >= 0)
		aiot_json_put_strf(json, key, "%s:%s", node->name, name);
	else
		aiot_json_put_raw(json, key, value);
}

static void put_members(const struct aiot_node *node, struct aiot_json object,
			struct aiot_json_out *json)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	char name[64];

	while (aiot_json_next(object, &it, &key, &value)) {
		if (aiot_json_str(key, name, sizeof(name)) >= 0)
			put_value(node, name, value, json);
	}
}

static void put_rows(const struct aiot_node *node, const char *key, struct aiot_json array,
		     struct aiot_json_out *json)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	aiot_json_put_array(json, key);
	while (aiot_json_next(array, &it, NULL, &row)) {
		if (aiot_json_type(row) != AIOT_JSON_OBJECT) {
			aiot_json_put_raw(json, NULL, row);
			continue;
		}
		aiot_json_put_object(json, NULL);
		put_members(node, row, json);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
}

/* A reply's parameters: names are in it, and in the rows of its arrays. */
static void put_page(const struct aiot_node *node, struct aiot_json page,
		     struct aiot_json_out *json)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	char name[64];

	while (aiot_json_next(page, &it, &key, &value)) {
		if (aiot_json_str(key, name, sizeof(name)) < 0)
			continue;
		if (aiot_json_type(value) == AIOT_JSON_ARRAY)
			put_rows(node, name, value, json);
		else
			put_value(node, name, value, json);
	}
}

/* at.until: how much of the pages was told. */
static enum aiot_call_result answer(struct aiot_node *node, struct aiot_entry *entry,
				    struct aiot_call *call, struct aiot_node_forward *f)
{
	enum aiot_call_result r = AIOT_CALL_DONE;
	const char *page;

	if (f->failed) {
		r = refuse(call, entry, AIOT_ERR_TASK_FAILED,
			   f->pages ? f->pages : "no memory for the reason");
		clear(f);
		return r;
	}
	page = f->pages + call->at.until;
	put_page(node, (struct aiot_json){page, strlen(page)}, &call->json);
	call->at.until += strlen(page) + 1;
	if (call->at.until < f->pages_len)
		r = AIOT_CALL_PAGE;
	else
		clear(f);
	return r;
}

int aiot_node_forward(struct aiot_place *place, struct aiot_entry *entry, struct aiot_call *call)
{
	struct aiot_node *node = aiot_node_task_of(entry)->node;
	struct aiot_node_forward *f;
	char text[AIOT_NODE_WHY + 64];
	struct aiot_out why;

	if (call->at.phase == 0 && node->away) {
		aiot_out_init(&why, text, sizeof(text));
		(void)place->ops->refusal(place, entry, &why);
		return refuse(call, entry, AIOT_ERR_TASK_FAILED, aiot_out_str(&why));
	}
	if (call->at.phase == 0)
		return begin(node, entry, call);
	f = find_slot(node, call->at.seq);
	if (f == NULL)
		return refuse(call, entry, AIOT_ERR_LIMIT,
			      "its answer had to make room for others'");
	return f->done ? answer(node, entry, call, f) : AIOT_CALL_WAIT;
}
