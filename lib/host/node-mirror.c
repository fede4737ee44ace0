/*
 * node-mirror.c - what a board tells of its tasks, as entries here.
 *
 * Called by node-hear.c with each page of its Task.Status.  A pass is over all tasks: what it does
 * not name is gone.  Everything is checked: names, numbers, depth and length; what is odd is left
 * out, never shown.
 */
#include "node-private.h"

#include "mem.h"
#include "outcome.h"

#define TEXT_DEPTH 11	    /* of what is put into a reply of ours, which adds levels */
#define STEADY_NS 250000000 /* told ages vary by what the line adds: one time stays one time */

/* ---- values ---- */

static uint64_t number_of(struct aiot_json object, const char *key)
{
	uint64_t value = 0;

	(void)aiot_json_u64(aiot_json_get(object, key), &value);
	return value;
}

static uint32_t u32_of(struct aiot_json object, const char *key)
{
	uint64_t value = number_of(object, key);

	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/* Microseconds as nanoseconds; what is no time is none. */
static uint64_t span_of(struct aiot_json object, const char *key)
{
	uint64_t us = number_of(object, key);

	return us < INT64_MAX / 4000 ? us * 1000 : 0; /* a time less two of them is one, too */
}

static bool state_of(struct aiot_json word, enum aiot_state *ret)
{
	unsigned i;

	for (i = 0; i <= AIOT_HELD; i++) {
		if (!aiot_json_str_is(word, aiot_state_word((enum aiot_state)i)))
			continue;
		*ret = (enum aiot_state)i;
		return true;
	}
	return false;
}

/* How deep a checked text is nested. */
static unsigned depth_of(struct aiot_json value)
{
	unsigned depth = 0, most = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < value.len; i++) {
		char c = value.text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			most = ++depth > most ? depth : most;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
	}
	return most;
}

/* ---- outcomes ---- */

struct trace {
	struct aiot_frame frames[AIOT_TRACE_MAX];
	struct aiot_site sites[AIOT_TRACE_MAX];
	char texts[AIOT_TRACE_MAX][2][96];
};

static void read_text(struct aiot_json object, const char *key, char *buf, size_t size)
{
	struct aiot_out out;

	aiot_out_init(&out, buf, size);
	(void)aiot_json_str_out(aiot_json_get(object, key), &out);
	(void)aiot_out_str(&out);
}

/* The chain of awaits, outermost first as told; the innermost frame, NULL: none. */
static struct aiot_frame *read_trace(struct aiot_json list, struct trace *t)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;
	unsigned n = 0;

	for (; n < AIOT_TRACE_MAX && aiot_json_next(list, &it, NULL, &row); n++) {
		read_text(row, "function", t->texts[n][0], sizeof(t->texts[n][0]));
		read_text(row, "file", t->texts[n][1], sizeof(t->texts[n][1]));
		t->sites[n] =
			(struct aiot_site){t->texts[n][0], t->texts[n][1], u32_of(row, "line")};
		t->frames[n] = (struct aiot_frame){.site = &t->sites[n],
						   .caller = n ? &t->frames[n - 1] : NULL};
	}
	return n ? &t->frames[n - 1] : NULL;
}

static struct aiot_outcome *error_outcome(struct aiot_core *core, struct aiot_json error, int code)
{
	struct trace *trace = aiot_mem_alloc(sizeof(*trace));
	struct aiot_frame *top = NULL;
	char text[1024];
	struct aiot_outcome *o;

	read_text(error, "message", text, sizeof(text));
	if (trace != NULL)
		top = read_trace(aiot_json_get(error, "traceback"), trace);
	o = aiot_outcome_error(core, code, text, strlen(text), top, NULL);
	aiot_mem_free(trace);
	return o;
}

static struct aiot_outcome *text_outcome(struct aiot_core *core, struct aiot_json value)
{
	char *text = aiot_mem_alloc(value.len + 1);
	struct aiot_outcome *o = NULL;
	int len = text ? aiot_json_str(value, text, value.len + 1) : -AIOT_ENOMEM;

	if (len >= 0)
		o = aiot_outcome_text(core, AIOT_OUTCOME_TEXT, text, (size_t)len);
	aiot_mem_free(text);
	return o;
}

static int error_code(struct aiot_json error)
{
	int64_t code;

	if (aiot_json_i64(aiot_json_get(error, "code"), &code) < 0 || code >= 0 || code < INT32_MIN)
		return -AIOT_EIO;
	return (int)code;
}

static struct aiot_outcome *read_outcome(struct aiot_core *core, struct aiot_json error,
					 struct aiot_json result)
{
	if (aiot_json_type(error) == AIOT_JSON_OBJECT)
		return error_outcome(core, error, error_code(error));
	if (aiot_json_type(result) <= AIOT_JSON_NULL)
		return NULL;
	if (aiot_json_type(result) == AIOT_JSON_STRING)
		return text_outcome(core, result);
	return depth_of(result) > AIOT_RESULT_DEPTH
		       ? NULL
		       : aiot_outcome_text(core, AIOT_OUTCOME_JSON, result.text, result.len);
}

/* ---- one task ---- */

static void keep_text(struct aiot_node_task *task, struct aiot_json value)
{
	char *text = depth_of(value) <= TEXT_DEPTH ? aiot_mem_realloc(task->text, value.len) : NULL;

	if (text == NULL) {
		aiot_mem_free(task->text);
		task->text_len = 0;
	} else {
		memcpy(text, value.text, value.len);
		task->text_len = (uint32_t)value.len;
	}
	task->text = text;
}

static const struct aiot_site *keep_longest(struct aiot_node_task *task, struct aiot_json site)
{
	char *func = task->sites, *file = task->sites + sizeof(task->sites) / 2;

	if (aiot_json_type(site) != AIOT_JSON_OBJECT)
		return NULL;
	read_text(site, "function", func, sizeof(task->sites) / 2);
	read_text(site, "file", file, sizeof(task->sites) / 2);
	task->longest = (struct aiot_site){func, file, u32_of(site, "line")};
	return &task->longest;
}

static void keep_schedule(struct aiot_node_task *task, struct aiot_json schedule, uint64_t now_ns)
{
	int64_t in_us;

	task->scheduled = aiot_json_type(schedule) == AIOT_JSON_OBJECT;
	task->due_ns = AIOT_CORE_NEVER;
	if (aiot_json_i64(aiot_json_get(schedule, "in_us"), &in_us) == 0 &&
	    in_us > INT64_MIN / 2000 && in_us < INT64_MAX / 2000)
		task->due_ns = now_ns + (uint64_t)(in_us * 1000);
}

/* The time that was told before, if it is about the same. */
static uint64_t steady(uint64_t old_ns, uint64_t new_ns)
{
	int64_t difference = (int64_t)(new_ns - old_ns);

	return difference < STEADY_NS && difference > -STEADY_NS ? old_ns : new_ns;
}

static bool is_alive(enum aiot_state state)
{
	const struct aiot_entry probe = {.state = (uint8_t)state};

	return aiot_entry_alive(&probe);
}

static void settle_times(const struct aiot_node_task *task, struct aiot_told *told)
{
	const struct aiot_told *old = &task->told;
	bool same = task->before.known && told->runs == old->runs && told->state == old->state;

	if (same)
		told->since_ns = steady(old->since_ns, told->since_ns);
	if (same && is_alive(told->state))
		told->run_ns = steady(old->run_ns, told->run_ns);
}

/*
 * What an order has brought about came after the order, whatever the clocks' error: those who gave
 * it look for just that.
 */
static void settle_order(struct aiot_node_task *task, struct aiot_told *told)
{
	uint64_t since = task->ordered_ns;
	bool began = told->runs != task->before.runs, alive = is_alive(told->state);

	if (task->ordered == AIOT_ORDER_NONE)
		return;
	if ((int64_t)(told->since_ns - since) < 0)
		told->since_ns = since;
	if (began && alive && (int64_t)(told->run_ns - since) < 0)
		told->run_ns = since;
	if (began && !alive && told->run_ns > told->since_ns - since)
		told->run_ns = told->since_ns - since;
	if (task->ordered == AIOT_ORDER_START && !began && told->state == AIOT_SCHEDULED)
		task->entry.flags |= AIOT_ENTRY_RESUMED;
	if (told->state != AIOT_STARTING && told->state != AIOT_STOPPING)
		task->ordered = AIOT_ORDER_NONE;
}

/* Small boards keep no times of runs: then those of states have to do. */
static uint64_t read_run(const struct aiot_node_task *task, struct aiot_json row,
			 const struct aiot_told *told, uint64_t now_ns)
{
	bool given = aiot_json_type(aiot_json_get(row, "runtime_us")) == AIOT_JSON_NUMBER;
	const struct aiot_before *before = &task->before;
	bool seen = before->known && before->alive && before->runs == told->runs;

	if (is_alive(told->state)) {
		if (given)
			return now_ns - span_of(row, "runtime_us");
		return seen ? before->run_ns : told->since_ns;
	}
	if (given || !seen || (int64_t)(told->since_ns - before->run_ns) < 0)
		return span_of(row, "runtime_us");
	return told->since_ns - before->run_ns;
}

/* false: it says nothing that could be a state. */
static bool read_task(struct aiot_node_task *task, struct aiot_json row, struct aiot_told *ret)
{
	struct aiot_core *core = task->node->core;
	struct aiot_json error = aiot_json_get(row, "error");
	uint64_t now_ns = core->ops->mono_ns(core->ctx);

	*ret = (struct aiot_told){
		.last = AIOT_STOPPED,
		.paused = aiot_json_bool(aiot_json_get(row, "paused"), false),
		.idle = aiot_json_bool(aiot_json_get(row, "inaction"), false),
		.restarts = (uint16_t)number_of(row, "restarts"),
		.runs = u32_of(row, "runs"),
		.since_ns = now_ns - span_of(row, "ago_us"),
		.cpu_ns = span_of(row, "cpu_us"),
		.longest_us = u32_of(row, "longest_us"),
	};
	if (!state_of(aiot_json_get(row, "state"), &ret->state))
		return false;
	(void)state_of(aiot_json_get(row, "last"), &ret->last);
	if (ret->state == AIOT_ENDED || ret->state == AIOT_FAILURE)
		ret->last = ret->state;
	ret->run_ns = read_run(task, row, ret, now_ns);
	if (aiot_json_type(error) == AIOT_JSON_OBJECT)
		ret->fail = aiot_fail_byte(error_code(error));
	ret->longest_site = keep_longest(task, aiot_json_get(row, "longest"));
	keep_schedule(task, aiot_json_get(row, "schedule"), now_ns);
	keep_text(task, row);
	return true;
}

/* It was to stop, the board has answered, and the very same run goes on. */
static bool stop_failed(const struct aiot_node_task *task, const struct aiot_told *told)
{
	return task->ordered == AIOT_ORDER_STOP && task->before.runs == told->runs &&
	       (told->state == AIOT_RUNNING || told->state == AIOT_STARTING);
}

static void mirror(struct aiot_node_task *task, struct aiot_json row)
{
	struct aiot_core *core = task->node->core;
	struct aiot_told told;

	task->seen = true;
	/* Of before the order was carried out, or after this program's end began. */
	if (task->order != AIOT_ORDER_NONE || core->closed || !read_task(task, row, &told))
		return;
	if (stop_failed(task, &told)) {
		aiot_node_order_done(task, "the board took the order, and runs it all the same");
		return;
	}
	settle_times(task, &told);
	settle_order(task, &told);
	task->told = told;
	told.outcome = is_alive(told.state) ? NULL
					    : read_outcome(core, aiot_json_get(row, "error"),
							   aiot_json_get(row, "result"));
	aiot_entry_mirror(core, &task->entry, &told, &task->before);
}

/* ---- passes ---- */

void aiot_node_pass_begin(struct aiot_node *node)
{
	struct aiot_node_task *task;

	for (task = node->first; task != NULL; task = task->next)
		task->seen = false;
}

static struct aiot_node_task *find_or_add(struct aiot_node *node, struct aiot_json given)
{
	char name[AIOT_NAME_MAX + 1];
	struct aiot_node_task *task = NULL;
	int len = aiot_json_str(given, name, sizeof(name));

	if (len > 0 && aiot_name_valid(name, (size_t)len) &&
	    (size_t)len + strlen(node->name) + 1 <= AIOT_NAME_MAX) {
		task = aiot_node_task_find(node, name);
		if (task == NULL && node->tasks >= node->max_tasks) {
			if (!node->told_full)
				aiot_node_say(node, AIOT_WARN,
					      "the board has more than MaxTasks=%u tasks; the "
					      "others are not shown",
					      node->max_tasks);
			node->told_full = true;
			return NULL;
		}
		if (task == NULL)
			task = aiot_node_task_add(node, name);
	}
	if (task == NULL && !node->told_odd) {
		aiot_node_say(node, AIOT_WARN,
			      "a task of the board cannot be shown here: its name is wrong, too "
			      "long or taken, or there is no memory");
		node->told_odd = true;
	}
	return task;
}

void aiot_node_pass_page(struct aiot_node *node, struct aiot_json tasks)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(tasks, &it, NULL, &row)) {
		struct aiot_node_task *task = find_or_add(node, aiot_json_get(row, "name"));

		if (task != NULL)
			mirror(task, row);
	}
}

void aiot_node_pass_end(struct aiot_node *node)
{
	struct aiot_node_task *task = node->first, *next;

	for (; task != NULL; task = next) {
		next = task->next;
		if (!task->seen)
			aiot_node_task_leave(task);
	}
}
