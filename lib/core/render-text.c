/*
 * render-text.c - single values as text: strings made safe for a terminal, times, errors, colours.
 *
 * Called by the other render*.c files.  Whatever comes from a task (results, log texts, messages)
 * passes through here, so that its control characters are shown and not obeyed.
 */
#include "render-private.h"

#include <string.h>

#include <aiotools.h>

#include "json-text.h"
#include "timetext.h"

/* ---- making text safe ---- */

/*
 * An aiot_out in front of another: what is written to `in` comes out at `to` with control
 * characters escaped (U+0080 to U+009F, the bytes C2 80 to C2 9F, are terminal controls too).
 */
struct filter {
	struct aiot_out in;
	struct aiot_out *to;
	bool lines;  /* newlines stay */
	bool indent; /* and four blanks come behind each */
	bool half;   /* a C2 is held back until its second byte comes */
	char buf[64];
};

static bool is_control(const struct filter *f, unsigned char c)
{
	if (c == '\t' || (c == '\n' && f->lines))
		return false;
	return c < 0x20 || c == 0x7f;
}

static void put_escape(struct filter *f, unsigned char c)
{
	if (c == '\n')
		aiot_out_text(f->to, "\\n");
	else
		aiot_format(f->to, "\\x%02x", c);
}

static size_t plain_run(const struct filter *f, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && !is_control(f, (unsigned char)text[n]) && text[n] != '\xc2')
		n++;
	return n;
}

static void filter_byte(struct filter *f, unsigned char c)
{
	if (f->half) {
		f->half = false;
		if (c < 0xa0) {
			put_escape(f, c);
			return;
		}
		aiot_out_char(f->to, '\xc2');
		aiot_out_char(f->to, (char)c);
	} else if (c == 0xc2) {
		f->half = true;
	} else {
		put_escape(f, c);
	}
}

/* What goes on behind a newline is not to be taken for a line of ours. */
static void put_run(struct filter *f, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		aiot_out_char(f->to, text[i]);
		if (text[i] == '\n')
			aiot_out_pad(f->to, ' ', 4);
	}
}

static void filter_flush(struct filter *f)
{
	size_t i = 0;

	while (i < f->in.len) {
		size_t n = f->half ? 0 : plain_run(f, f->buf + i, f->in.len - i);

		if (f->indent)
			put_run(f, f->buf + i, n);
		else
			aiot_out_mem(f->to, f->buf + i, n);
		i += n;
		if (i < f->in.len)
			filter_byte(f, (unsigned char)f->buf[i++]);
	}
	f->in.len = 0;
}

static int filter_grow(struct aiot_out *in, size_t need)
{
	(void)need;
	filter_flush(in->ctx);
	return 0;
}

static void filter_begin(struct filter *f, struct aiot_out *to, bool lines)
{
	*f = (struct filter){.to = to, .lines = lines};
	aiot_out_init(&f->in, f->buf, sizeof(f->buf));
	f->in.grow = filter_grow;
	f->in.ctx = f;
}

/* ASCII without escapes, and none of it a control character: nearly all texts. */
static bool is_plain(struct aiot_json string)
{
	size_t len = string.len - 2;

	return json_plain_run(string.text + 1, len) == len &&
	       memchr(string.text + 1, 0x7f, len) == NULL;
}

static void put_string(struct aiot_json string, bool lines, bool indent, struct aiot_out *out)
{
	struct filter f;

	if (aiot_json_type(string) != AIOT_JSON_STRING)
		return;
	if (is_plain(string)) {
		aiot_out_mem(out, string.text + 1, string.len - 2);
		return;
	}
	filter_begin(&f, out, lines);
	f.indent = indent;
	/* One with U+0000 in it cannot be decoded: it is shown as it was sent. */
	if (aiot_json_str_out(string, &f.in) == -AIOT_EBADMSG)
		aiot_out_mem(&f.in, string.text + 1, string.len - 2);
	filter_flush(&f);
}

void aiot_put_text(struct aiot_json string, struct aiot_out *out)
{
	put_string(string, false, false, out);
}

void aiot_put_lines(struct aiot_json string, struct aiot_out *out)
{
	put_string(string, true, false, out);
}

void aiot_put_indented(struct aiot_json string, struct aiot_out *out)
{
	put_string(string, true, true, out);
}

/* ---- values ---- */

void aiot_put_compact(struct aiot_json value, struct aiot_out *out)
{
	const char *p = value.text, *end = value.text + value.len;
	bool in_string = false;
	struct filter f;

	if (value.len == 0)
		return;
	filter_begin(&f, out, false);
	for (; p < end; p++) {
		if (!in_string && json_is_space(*p))
			continue;
		if (*p == '"')
			in_string = !in_string;
		aiot_out_char(&f.in, *p);
		if (in_string && *p == '\\')
			aiot_out_char(&f.in, *++p);
	}
	filter_flush(&f);
}

void aiot_put_value(struct aiot_json value, struct aiot_out *out)
{
	switch (aiot_json_type(value)) {
	case AIOT_JSON_NONE:
	case AIOT_JSON_NULL:
		break;
	case AIOT_JSON_STRING:
		aiot_put_text(value, out);
		break;
	default:
		aiot_put_compact(value, out);
	}
}

int64_t aiot_member_i64(struct aiot_json obj, const char *key)
{
	int64_t value = 0;

	(void)aiot_json_i64(aiot_json_get(obj, key), &value);
	return value;
}

bool aiot_member_given(struct aiot_json obj, const char *key)
{
	enum aiot_json_type type = aiot_json_type(aiot_json_get(obj, key));

	return type != AIOT_JSON_NONE && type != AIOT_JSON_NULL;
}

/* Years that nobody means stay at the ends of what 64 bits of nanoseconds can say. */
static int64_t ns_of(int64_t us)
{
	if (us > INT64_MAX / 1000)
		return INT64_MAX;
	if (us < INT64_MIN / 1000)
		return INT64_MIN;
	return us * 1000;
}

void aiot_put_time_us(int64_t us, struct aiot_out *out)
{
	aiot_out_time(out, ns_of(us));
}

void aiot_put_ago_us(int64_t us, struct aiot_out *out)
{
	aiot_out_ago(out, ns_of(us));
}

void aiot_put_error(struct aiot_json error, struct aiot_out *out)
{
	aiot_put_text(aiot_json_get(error, "error"), out);
	aiot_out_text(out, ": ");
	aiot_put_text(aiot_json_get(error, "message"), out);
}

void aiot_put_service_name(struct aiot_json name, struct aiot_out *out)
{
	static const char suffix[] = ".service";
	const size_t len = sizeof(suffix) - 1;

	aiot_put_text(name, out);
	/* Behind the name in the text comes its closing quote. */
	if (name.len < len + 2 || memcmp(name.text + name.len - 1 - len, suffix, len) != 0)
		aiot_out_text(out, suffix);
}

/* ---- colours ---- */

struct state_color {
	const char *state, *dot, *word;
};

static const struct state_color state_colors[] = {
	{"running", "92", "32;1"},    {"stopped", "33;1", "33;1"},    {"waiting", "33;1", "33;1"},
	{"starting", "33;1", "33;1"}, {"restarting", "33;1", "33;1"}, {"stopping", "33;1", "33;1"},
	{"failed", "31;1", "31;1"},   {"held", "31;1", "31;1"},	      {"scheduled", "36", "36"},
};

static const struct state_color *state_color(struct aiot_json state)
{
	for (size_t i = 0; i < sizeof(state_colors) / sizeof(state_colors[0]); i++) {
		if (aiot_json_str_is(state, state_colors[i].state))
			return &state_colors[i];
	}
	return NULL;
}

const char *aiot_state_dot(struct aiot_json state)
{
	const struct state_color *c = state_color(state);

	return c ? c->dot : NULL;
}

const char *aiot_state_color(struct aiot_json state)
{
	const struct state_color *c = state_color(state);

	return c ? c->word : NULL;
}

void aiot_put_colored(const struct aiot_render *r, const char *code, const char *text,
		      struct aiot_out *out)
{
	if (r->color && code)
		aiot_format(out, "\x1b[%sm%s\x1b[0m", code, text);
	else
		aiot_out_text(out, text);
}
