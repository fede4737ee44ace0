/*
 * when.c - compiling a condition: operators, parentheses, and the block that results.
 *
 * Called by whoever has a When= or a condition on a command line.  Operators wait on a stack until
 * what they work on has been read (`~` binds before `&`, `&` before `|`), so that nodes come out in
 * postfix order and nothing here calls itself, however deep a text is nested.  Single conditions
 * are read by when-read.c, straight into the caller's memory.  Never allocates.
 */
#include "when.h"

#include <string.h>

#include "aiotools.h"
#include "port.h"
#include "when-private.h"

/* Operators that wait, and where the part begins that stands on their left. */
struct parser {
	struct when_reader *r;
	unsigned op_count, part_count;
	char op[AIOT_WHEN_DEPTH_MAX]; /* ( ~ & | */
	uint16_t op_at[AIOT_WHEN_DEPTH_MAX];
	uint16_t part[AIOT_WHEN_DEPTH_MAX + 2];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word_char(char c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* ---- small steps, for all readers ---- */

char when_peek(const struct when_reader *r)
{
	return r->at < r->len ? r->text[r->at] : '\0';
}

void when_skip_blanks(struct when_reader *r)
{
	while (is_blank(when_peek(r)))
		r->at++;
}

bool when_take(struct when_reader *r, const char *word)
{
	size_t len = strlen(word);

	if (r->len - r->at < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (lower(r->text[r->at + i]) != word[i])
			return false;
	}
	if (r->at + len < r->len && is_word_char(r->text[r->at + len]) &&
	    is_word_char(word[len - 1]))
		return false;
	r->at += len;
	when_skip_blanks(r);
	return true;
}

bool when_take_words(struct when_reader *r, const char *words)
{
	size_t start = r->at;

	while (*words) {
		const char *end = strchr(words, ' ');
		size_t len = end ? (size_t)(end - words) : strlen(words);
		char word[16];

		AIOT_ASSERT(len < sizeof(word));
		memcpy(word, words, len);
		word[len] = '\0';
		if (!when_take(r, word)) {
			r->at = start;
			return false;
		}
		words += len + (end != NULL);
	}
	return true;
}

int when_complain(struct when_reader *r, size_t at, const char *fmt, ...)
{
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, r->error->text, sizeof(r->error->text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	(void)aiot_out_str(&out);
	r->error->column = (uint32_t)at + 1;
	return -AIOT_EINVAL;
}

int when_refuse(struct when_reader *r, size_t at, const char *expected)
{
	size_t end = at;

	while (end < r->len && end - at < 32 && is_word_char(r->text[end]))
		end++;
	if (end == at && end < r->len)
		end++;
	if (at >= r->len)
		return when_complain(r, r->len, "expected %s, but the text ends", expected);
	return when_complain(r, at, "expected %s, not '%.*s'", expected, (int)(end - at),
			     r->text + at);
}

int when_add(struct when_reader *r, const struct when_node *node)
{
	uint16_t at = r->block->node_count;

	if (at == AIOT_WHEN_NODES_MAX)
		return when_complain(r, r->at, "expected at most %u conditions and operators",
				     AIOT_WHEN_NODES_MAX);
	if (at == r->room)
		return -AIOT_ENOSPC;
	r->block->node[at] = *node;
	if (node->op > WHEN_OR)
		r->block->node[at].first = at;
	r->block->node_count++;
	return 0;
}

/* ---- operators ---- */

static unsigned rank(char op)
{
	return op == '~' ? 3 : op == '&' ? 2 : op == '|' ? 1 : 0;
}

static int push_op(struct parser *p, char op, size_t at)
{
	if (p->op_count == AIOT_WHEN_DEPTH_MAX)
		return when_complain(
			p->r, at, "expected at most %u parentheses and operators within each other",
			AIOT_WHEN_DEPTH_MAX);
	p->op[p->op_count] = op;
	p->op_at[p->op_count++] = (uint16_t)at;
	return 0;
}

/* The operator on top of the stack gets its node. */
static int pop_op(struct parser *p)
{
	char op = p->op[--p->op_count];
	struct when_node node = {.op = op == '~' ? WHEN_NOT : op == '&' ? WHEN_AND : WHEN_OR};

	if (op != '~')
		p->part_count--;
	node.first = p->part[p->part_count - 1];
	return when_add(p->r, &node);
}

static int pop_above(struct parser *p, unsigned least)
{
	int rc = 0;

	while (rc == 0 && p->op_count > 0 && rank(p->op[p->op_count - 1]) >= least)
		rc = pop_op(p);
	return rc;
}

static bool take_sign(struct when_reader *r, char sign, const char *word)
{
	if (when_peek(r) != sign)
		return when_take(r, word);
	r->at++;
	when_skip_blanks(r);
	return true;
}

/* Where a condition is expected.  ret_done: one was read. */
static int read_operand(struct parser *p, bool *ret_done)
{
	struct when_reader *r = p->r;
	size_t at = r->at;
	uint16_t first = r->block->node_count;
	int rc;

	if (when_peek(r) == '(') {
		r->at++;
		when_skip_blanks(r);
		return push_op(p, '(', at);
	}
	if (take_sign(r, '~', "not"))
		return push_op(p, '~', at);
	rc = when_read_leaf(r);
	if (rc < 0)
		return rc;
	p->part[p->part_count++] = first;
	*ret_done = true;
	return 0;
}

static int close_paren(struct parser *p, size_t at)
{
	int rc = pop_above(p, 1);

	if (rc < 0)
		return rc;
	if (p->op_count == 0)
		return when_complain(p->r, at, "expected no ')': no '(' is open");
	p->op_count--;
	return 0;
}

/* Where an operator is expected.  ret_more: a condition has to follow. */
static int read_operator(struct parser *p, bool *ret_more)
{
	struct when_reader *r = p->r;
	size_t at = r->at;
	char op = 0;
	int rc;

	if (when_peek(r) == ')') {
		r->at++;
		when_skip_blanks(r);
		return close_paren(p, at);
	}
	if (take_sign(r, '&', "and"))
		op = '&';
	else if (take_sign(r, '|', "or"))
		op = '|';
	if (!op)
		return when_refuse(r, at, p->op_count ? "'&', '|' or ')'" : "'&', '|' or the end");
	*ret_more = true;
	rc = pop_above(p, rank(op));
	return rc < 0 ? rc : push_op(p, op, at);
}

static int finish(struct parser *p)
{
	int rc = pop_above(p, 1);

	if (rc == 0 && p->op_count > 0)
		rc = when_complain(p->r, p->r->len, "expected a ')' for the '(' of column %u",
				   p->op_at[p->op_count - 1] + 1u);
	return rc;
}

static int read_all(struct when_reader *r)
{
	struct parser p = {.r = r};
	bool wanted = true;
	int rc = 0;

	when_skip_blanks(r);
	while (rc == 0 && (wanted || r->at < r->len)) {
		bool turn = false;

		rc = wanted ? read_operand(&p, &turn) : read_operator(&p, &turn);
		wanted ^= turn;
	}
	return rc < 0 ? rc : finish(&p);
}

/* ---- the block ---- */

/* "has failed" without a time means: within the period of what schedules the own task. */
static void adopt_period(struct aiot_when *w)
{
	const struct when_node *owner = w->node;
	const struct when_node *end = w->node + w->node_count;

	while (owner < end && owner->op != WHEN_ONCE && owner->op != WHEN_EVERY)
		owner++;
	if (owner == end)
		return;
	for (struct when_node *n = w->node; n < end; n++) {
		if (n->op != WHEN_HAS || n->how != WHEN_EVER || n->slot != AIOT_WHEN_OWN)
			continue;
		n->how = owner->op == WHEN_ONCE ? WHEN_OWN_PERIOD : WHEN_OWN_PAST;
		if (owner->op == WHEN_ONCE)
			n->period = owner->period;
		else
			n->span_us = owner->span_us;
	}
}

/* End a name in the block's text; the text there is read no more, so the byte behind it is free. */
static uint16_t end_word(char *text, const struct when_word *word)
{
	if (word->len == 0)
		return 0;
	text[1 + word->at + word->len] = '\0';
	return (uint16_t)(1 + word->at);
}

static void end_values(struct aiot_when *w, char *text)
{
	for (unsigned i = 0; i < w->node_count; i++) {
		struct when_node *n = &w->node[i];

		if (n->op != WHEN_ENV && n->op != WHEN_PARAM)
			continue;
		*strchr(text + n->text, text[n->text - 1]) = '\0';
		if (n->value)
			*strchr(text + n->value, text[n->value - 1]) = '\0';
	}
}

static int finish_block(struct when_reader *r, size_t size)
{
	struct aiot_when *w = r->block;
	struct when_ref *refs = (struct when_ref *)(w->node + w->node_count);
	unsigned ref_count = r->task_count + r->cond_count;
	size_t text_at = (size_t)((char *)(refs + ref_count) - (char *)w);
	char *text = (char *)w + text_at;

	if (text_at + r->len + 2 > size)
		return -AIOT_ENOSPC;
	w->task_count = (uint16_t)r->task_count;
	w->cond_count = (uint16_t)r->cond_count;
	w->uses_own = r->uses_own;
	w->text_at = (uint32_t)text_at;
	w->size = (uint32_t)(text_at + r->len + 2 + 7) & ~7u;
	if (w->size > size)
		w->size = (uint32_t)(text_at + r->len + 2);
	text[0] = '\0';
	memcpy(text + 1, r->text, r->len);
	text[1 + r->len] = '\0';
	end_values(w, text);
	for (unsigned i = 0; i < r->task_count; i++)
		refs[i] = (struct when_ref){.text = end_word(text, &r->task[i])};
	refs += r->task_count;
	for (unsigned i = 0; i < r->cond_count; i++)
		refs[i] = (struct when_ref){end_word(text, &r->cond[i]),
					    end_word(text, &r->cond_arg[i])};
	adopt_period(w);
	return 0;
}

size_t aiot_when_need(size_t len)
{
	size_t nodes = len < AIOT_WHEN_NODES_MAX ? len + 1 : AIOT_WHEN_NODES_MAX;
	size_t refs = len / 2 < WHEN_TASKS_MAX + WHEN_CONDS_MAX ? len / 2
								: WHEN_TASKS_MAX + WHEN_CONDS_MAX;

	return sizeof(struct aiot_when) + nodes * sizeof(struct when_node) +
	       refs * sizeof(struct when_ref) + len + 16;
}

int aiot_when_compile(const char *text, size_t len, const struct aiot_when_resolver *resolver,
		      void *mem, size_t size, struct aiot_when **ret,
		      struct aiot_when_error *ret_error)
{
	struct when_reader r = {
		.text = text,
		.len = len,
		.resolver = resolver,
		.error = ret_error,
		.block = mem,
	};
	int rc;

	if (len > AIOT_WHEN_TEXT_MAX)
		return when_complain(&r, AIOT_WHEN_TEXT_MAX, "expected at most %u bytes, not %zu",
				     AIOT_WHEN_TEXT_MAX, len);
	if (memchr(text, '\0', len))
		return when_complain(&r, strlen(text), "expected text, not a NUL byte");
	if (size < sizeof(struct aiot_when))
		return -AIOT_ENOSPC;
	memset(r.block, 0, sizeof(*r.block));
	r.room = (size - sizeof(struct aiot_when)) / sizeof(struct when_node);
	rc = read_all(&r);
	if (rc == 0)
		rc = finish_block(&r, size);
	if (rc == 0)
		*ret = r.block;
	return rc;
}

/* ---- what it refers to ---- */

size_t aiot_when_size(const struct aiot_when *w)
{
	return w->size;
}

unsigned aiot_when_task_count(const struct aiot_when *w)
{
	return w->task_count;
}

const char *aiot_when_task_name(const struct aiot_when *w, unsigned slot)
{
	return when_string(w, when_refs(w)[slot].text);
}

static bool by_calendar(const struct when_node *n)
{
	switch (n->op) {
	case WHEN_TIME:
	case WHEN_ONCE:
	case WHEN_CRON:
	case WHEN_CRONTIME:
		return true;
	case WHEN_HAS:
		return n->how == WHEN_IN_PERIOD || n->how == WHEN_OWN_PERIOD;
	default:
		return false;
	}
}

bool aiot_when_uses_calendar(const struct aiot_when *w)
{
	unsigned i;

	for (i = 0; i < w->node_count; i++) {
		if (by_calendar(&w->node[i]))
			return true;
	}
	return false;
}

bool aiot_when_uses_own(const struct aiot_when *w)
{
	return w->uses_own;
}

unsigned aiot_when_cond_count(const struct aiot_when *w)
{
	return w->cond_count;
}

const char *aiot_when_cond_word(const struct aiot_when *w, unsigned slot)
{
	return when_string(w, when_refs(w)[w->task_count + slot].text);
}

const char *aiot_when_cond_arg(const struct aiot_when *w, unsigned slot)
{
	uint16_t arg = when_refs(w)[w->task_count + slot].arg;

	return arg ? when_string(w, arg) : NULL;
}
