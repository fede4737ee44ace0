/*
 * options.c - see options.h.
 *
 * Called once, by main.c.  The client's own options may stand anywhere, so the words are sorted in
 * one pass: own options are taken, the first other word is the verb, and all that is left goes to
 * the verb, whose own options are read by aiot_words_to_params().  The table of the verb's options
 * is looked at here for one thing only, which word is the value of which option.  Never allocates,
 * never prints.
 */
#include "options.h"

#include <string.h>

#include <aiotools.h>

#include "command-private.h"

const char ctl_options_help[] =
	"      --json           the answer as JSON: one document, or one record a line for logs\n"
	"      --user           the daemon of this user instead of the system's\n"
	"      --socket PATH    the daemon that listens there\n"
	"      --serial DEVICE[,BAUD]\n"
	"                       a board at that serial line or socket instead of a daemon\n"
	"  -q, --quiet          without what merely confirms\n"
	"      --no-pager       never through a pager\n"
	"      --color=WHEN     auto (the default), always or never\n"
	"  -h, --help           this text, or that of the command\n"
	"  -V, --version        the version of this program\n";

/* The words not looked at yet, and the options so far. */
struct parse {
	const struct aiot_commands *commands;
	char **next, **end;
	char **kept; /* argv again: where the next word of the verb goes, never beyond next */
	struct ctl_options *o;
	struct aiot_out *why;
};

/* The value behind "name=" in an option's word, or NULL if the word is not that option. */
static const char *value_behind(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static bool *flag_of(struct ctl_options *o, const char *word, size_t len)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"--json", &o->json},	      {"--user", &o->user}, {"--quiet", &o->quiet},
		{"--no-pager", &o->no_pager}, {"--help", &o->help}, {"--version", &o->version},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strlen(flags[i].name) == len && memcmp(flags[i].name, word, len) == 0)
			return flags[i].flag;
	}
	return NULL;
}

static bool *flag_of_letter(struct ctl_options *o, char letter)
{
	switch (letter) {
	case 'q':
		return &o->quiet;
	case 'h':
		return &o->help;
	case 'V':
		return &o->version;
	default:
		return NULL;
	}
}

/* ---- the verb's options ---- */

static const struct aiot_param *verb_option(const struct ctl_options *o, const char *word,
					    size_t len)
{
	const struct aiot_param *p = o->command ? o->command->params : NULL;

	for (; p && p->name; p++) {
		if (p->option && strlen(p->option) == len && memcmp(p->option, word, len) == 0)
			return p;
	}
	return NULL;
}

static const struct aiot_param *verb_letter(const struct ctl_options *o, char letter)
{
	const struct aiot_param *p = o->command ? o->command->params : NULL;

	for (; p && p->name; p++) {
		if (p->letter != 0 && p->letter == letter)
			return p;
	}
	return NULL;
}

/*
 * Which of the client's own options a long one may have been meant for, without its dashes; NULL:
 * none, or one of the verb's is nearer.
 */
static const char *near_own(const struct ctl_options *o, const char *word)
{
	static const char *const own[] = {"json",     "user",  "socket", "serial", "quiet",
					  "no-pager", "color", "help",	 "version"};
	const struct aiot_param *p = o->command ? o->command->params : NULL;
	struct aiot_near near;
	const char *of_verb;
	char name[48];

	(void)aiot_format_to(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	aiot_near_begin(&near, name);
	for (; p && p->name; p++) {
		if (p->option)
			aiot_near_offer(&near, p->option + 2);
	}
	of_verb = near.best;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		aiot_near_offer(&near, own[i]);
	return near.best != of_verb ? near.best : NULL;
}

static void keep(struct parse *p, char *word)
{
	*p->kept++ = word;
	p->o->word_count++;
}

static void keep_with_value(struct parse *p, char *word)
{
	keep(p, word);
	if (p->next < p->end)
		keep(p, *p->next++);
}

static int refuse_unknown(const struct parse *p, const char *word)
{
	const char *near = word[1] == '-' ? near_own(p->o, word) : NULL;

	if (near)
		aiot_format(p->why, "unknown option '%s', did you mean '--%s'?", word, near);
	else
		aiot_format(p->why, "unknown option '%s'; a command's own options come behind it",
			    word);
	return -AIOT_EINVAL;
}

/* ---- words ---- */

static int parse_color(struct parse *p, const char *value)
{
	static const char *const names[] = {
		[CTL_COLOR_AUTO] = "auto",
		[CTL_COLOR_ALWAYS] = "always",
		[CTL_COLOR_NEVER] = "never",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			p->o->color = (enum ctl_color)i;
			return 0;
		}
	}
	aiot_format(p->why, "'--color' takes auto, always or never, not '%s'", value);
	return -AIOT_EINVAL;
}

/* An own option with a value: behind = or in the next word.  false: it is none. */
static bool parse_value(struct parse *p, const char *word, int *ret)
{
	const struct {
		const char *name, *what;
		const char **value;
	} values[] = {
		{"--socket", "a path", &p->o->socket},
		{"--serial", "a device, or a device and a baud rate: /dev/ttyUSB0,115200",
		 &p->o->serial},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *value = value_behind(word, values[i].name);

		if (!value && strcmp(word, values[i].name) != 0)
			continue;
		if (!value && p->next < p->end)
			value = *p->next++;
		*ret = value && value[0] ? 0 : -AIOT_EINVAL;
		if (*ret < 0)
			aiot_format(p->why, "'%s' needs %s", values[i].name, values[i].what);
		else
			*values[i].value = value;
		return true;
	}
	return false;
}

static int parse_long(struct parse *p, char *word)
{
	size_t len = strcspn(word, "=");
	const struct aiot_param *param = verb_option(p->o, word, len);
	bool *flag = flag_of(p->o, word, len);
	int rc;

	if (param && param->type != AIOT_PARAM_BOOL && word[len] == '\0')
		keep_with_value(p, word);
	else if (param)
		keep(p, word);
	if (param)
		return 0;
	if (flag && word[len] == '=') {
		aiot_format(p->why, "'%.*s' takes no value", (int)len, word);
		return -AIOT_EINVAL;
	}
	if (flag) {
		*flag = true;
		return 0;
	}
	if (parse_value(p, word, &rc))
		return rc;
	if (value_behind(word, "--color"))
		return parse_color(p, value_behind(word, "--color"));
	if (strcmp(word, "--color") == 0)
		return parse_color(p, "");
	if (!p->o->verb || (p->o->command && near_own(p->o, word)))
		return refuse_unknown(p, word);
	keep(p, word); /* whoever reads the verb's words says what is wrong with it */
	return 0;
}

/* -qfn5: own letters are taken out, up to a letter of the verb whose value is the rest. */
static int parse_letters(struct parse *p, char *word)
{
	char *to = word + 1;

	for (char *at = word + 1; *at; at++) {
		const struct aiot_param *param = verb_letter(p->o, *at);
		bool *flag = flag_of_letter(p->o, *at);

		if (param && param->type != AIOT_PARAM_BOOL) {
			bool last = at[1] == '\0';

			memmove(to, at, strlen(at) + 1);
			if (last)
				keep_with_value(p, word);
			else
				keep(p, word);
			return 0;
		}
		if (!param && flag)
			*flag = true;
		else if (!p->o->verb)
			return refuse_unknown(p, word);
		else
			*to++ = *at;
	}
	*to = '\0';
	if (to > word + 1)
		keep(p, word);
	return 0;
}

static void parse_plain(struct parse *p, char *word)
{
	if (p->o->verb) {
		keep(p, word);
		return;
	}
	p->o->verb = word;
	p->o->command = aiot_command_by_verb(p->commands, word);
}

int ctl_options_parse(const struct aiot_commands *commands, int argc, char **argv,
		      struct ctl_options *ret_options, struct aiot_out *why)
{
	struct ctl_options o = {.words = (const char *const *)argv};
	struct parse p = {commands, argv + (argc > 0), argv + argc, argv, &o, why};
	bool all_plain = false;
	int rc = 0;

	while (rc == 0 && p.next < p.end) {
		char *word = *p.next++;

		if (all_plain || word[0] != '-' || word[1] == '\0') {
			parse_plain(&p, word);
		} else if (strcmp(word, "--") == 0) {
			all_plain = true;
			keep(&p, word);
		} else if (word[1] == '-') {
			rc = parse_long(&p, word);
		} else {
			rc = parse_letters(&p, word);
		}
	}
	if (rc == 0 && o.serial && (o.socket || o.user)) {
		aiot_format(why, "--serial and %s: ask either a board or a daemon",
			    o.socket ? "--socket" : "--user");
		rc = -AIOT_EINVAL;
	}
	if (rc == 0)
		*ret_options = o;
	return rc;
}
