/*
 * unit-conf.c - what a service's INI file may say, and what it means.
 *
 * Called when a file is read.  All that is wrong goes into the document's errors, with file and
 * line; nothing here has an effect beyond the struct it fills.
 */
#include <string.h>

#include "calendar.h"
#include "keys.h"
#include "mem.h"
#include "name.h"
#include "timetext.h"
#include "unit-conf.h"
#include "units.h"

#define CONF struct aiot_unit_conf
#define WATCHDOG_MIN_NS (10 * AIOT_NS_PER_MS)
#define LONGEST_NS (366 * 86400 * AIOT_NS_PER_S)

static const struct aiot_key unit_keys[] = {
	AIOT_KEY_STR("Service", "Description", CONF, description, NULL, "one line for people"),
	AIOT_KEY_STR("Service", "Documentation", CONF, documentation, NULL, "where to read more"),
	AIOT_KEY_STR("Service", "Module", CONF, module, NULL, "NAME of NAME.so in the module path"),
	AIOT_KEY_STR("Service", "Type", CONF, type, NULL, "core, runtime or schedule"),
	AIOT_KEY_BOOL("Service", "Enabled", CONF, enabled, "yes", "load it at start"),
	AIOT_KEY_WORDS("Service", "Requires", CONF, requires, NULL,
		       "services that it does not run without"),
	AIOT_KEY_WORDS("Service", "Wants", CONF, wants, NULL,
		       "services that are started, too, and waited for, whatever becomes of them"),
	AIOT_KEY_WORDS("Service", "After", CONF, after, NULL,
		       "services that are waited for if they are being started"),
	AIOT_KEY_STR("Service", "TimeoutStartSec", CONF, start_timeout, "90s",
		     "how long it may take to be ready; `never`: as long as it likes"),
	AIOT_KEY_SPAN("Service", "TimeoutStopSec", CONF, stop_timeout_ns, "10s",
		      "how long its FINALLY may take", .min = AIOT_NS_PER_MS,
		      .max = 3600 * AIOT_NS_PER_S),
	AIOT_KEY_STR("Service", "TimeoutSec", CONF, timeout, "never",
		     "how long a run may take; `never`: as long as it likes"),
	AIOT_KEY_ENUM("Service", "Restart", CONF, policy.restart, "no", "no|on-failure|always",
		      "whether a run that ended is begun anew"),
	AIOT_KEY_SPAN("Service", "RestartSec", CONF, policy.delay_ns, "100ms",
		      "the pause before; twice as long each time", .max = LONGEST_NS),
	AIOT_KEY_SPAN("Service", "RestartMaxSec", CONF, policy.max_ns, "30s", "the longest pause",
		      .max = LONGEST_NS),
	AIOT_KEY_SPAN("Service", "RestartResetSec", CONF, policy.reset_ns, "1min",
		      "behind a run that long pauses are short again", .max = LONGEST_NS),
	AIOT_KEY_U32("Service", "StartLimitBurst", CONF, policy.burst, "5",
		     "so many new starts within StartLimitIntervalSec, then it is held; 0: any",
		     .max = 1000000),
	AIOT_KEY_SPAN("Service", "StartLimitIntervalSec", CONF, policy.interval_ns, "10s",
		      "0: never held", .max = LONGEST_NS),
	AIOT_KEY_SPAN("Service", "WatchdogSec", CONF, policy.watchdog_ns, "0",
		      "a run that makes no step for so long has failed; 0: may take any time",
		      .max = LONGEST_NS),
	AIOT_KEY_STR("Service", "Priority", CONF, priority, "0",
		     "-100 to 100; the highest goes first among tasks due at the same instant"),
	AIOT_KEY_STR("Schedule", "StartIn", CONF, unused, NULL,
		     "a time span, then perhaps `from task` or `from daemon`"),
	AIOT_KEY_STR("Schedule", "At", CONF, unused, NULL, "a date and time, local"),
	AIOT_KEY_STR("Schedule", "Every", CONF, unused, NULL, "a time span, from start to start"),
	AIOT_KEY_STR("Schedule", "Cron", CONF, unused, NULL,
		     "as in a crontab: */15 8-18 * * MON-FRI"),
	AIOT_KEY_STR("Schedule", "When", CONF, unused, NULL, "a condition: aiotools-conditions(5)"),
	AIOT_KEY_STR("Schedule", "Jitter", CONF, unused, NULL, "up to so much later, at random"),
	AIOT_KEY_STR("Schedule", "CatchUp", CONF, unused, NULL,
		     "none or one: runs that were missed"),
	AIOT_KEY_STR("Schedule", "Overlap", CONF, unused, NULL,
		     "skip, queue or allow: due while it runs"),
	/* of other service managers, that people know */
	AIOT_KEY_NOT("Service", "ExecStart",
		     "a service is a module, see Module=; to run a command: aiotoolsctl run"),
	AIOT_KEY_NOT("Service", "User", "services run inside the daemon, as its user"),
	AIOT_KEY_NOT("Service", "Group", "services run inside the daemon, as its user"),
	AIOT_KEY_NOT("Service", "WantedBy", "Enabled=yes has it loaded at start"),
	AIOT_KEY_NOT("Unit", NULL, "Description=, Requires=, Wants= and After= stand in [Service]"),
	AIOT_KEY_NOT("Install", NULL, "Enabled=yes in [Service] has it loaded at start"),
	AIOT_KEYS_FREE("Args"),
	AIOT_KEYS_FREE("Node"), /* options of the built-in service: node.c has their table */
};

#define KEY_COUNT (sizeof(unit_keys) / sizeof(unit_keys[0]))

/* Cron and When, but for the tasks that a condition names: those may come later. */
static int compile_plan(const struct aiot_plan *plan, struct aiot_out *why)
{
	struct aiot_cron cron;
	void *mem;
	int r = 0;

	if (plan->cron != NULL)
		r = aiot_calendar_compile(plan->cron, &cron, why);
	if (r < 0 || plan->when == NULL)
		return r;
	mem = aiot_mem_zalloc(aiot_condition_bytes(plan->when));
	if (mem == NULL)
		return 0; /* then loading it fails, and says why */
	r = aiot_condition_check(plan->when, mem, why);
	aiot_mem_free(mem);
	return r;
}

/* The keys of [Schedule], each complaint with its line; then how they go together. */
static void read_plan(struct aiot_ini *doc, struct aiot_unit_conf *conf)
{
	const struct aiot_ini_entry *last = NULL;
	size_t complaints = doc->errors.count, i;
	char text[1024];
	struct aiot_out why;
	bool misspelt = false;

	aiot_plan_init(&conf->plan);
	for (i = 0; i < doc->entry_count; i++) {
		const struct aiot_ini_entry *e = aiot_ini_at(doc, i);

		if (!aiot_ini_key_eq(e->section, "Schedule"))
			continue;
		last = e;
		misspelt |= aiot_keys_find(unit_keys, KEY_COUNT, "Schedule", e->key) == NULL;
		aiot_out_init(&why, text, sizeof(text));
		if (aiot_plan_set(&conf->plan, e->key, e->value, -1, &why) == -AIOT_EINVAL)
			(void)aiot_ini_complain(&doc->errors, e->file, e->line, "%s",
						aiot_out_str(&why));
	}
	conf->scheduled = last != NULL;
	if (last == NULL || misspelt || doc->errors.count != complaints)
		return;
	aiot_out_init(&why, text, sizeof(text));
	if (aiot_plan_check(&conf->plan, &why) < 0 || compile_plan(&conf->plan, &why) < 0)
		(void)aiot_ini_complain(&doc->errors, last->file, last->line, "%s",
					aiot_out_str(&why));
}

/* "5s", "never". */
static uint32_t read_timeout(struct aiot_ini *doc, const char *key, const char *text)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", key);
	uint64_t ns = 0;

	if (!aiot_ini_key_eq(text, "never") && strcmp(text, "0") != 0 &&
	    (aiot_span_parse(text, strlen(text), &ns, NULL) < 0 || ns < AIOT_NS_PER_MS ||
	     ns / AIOT_NS_PER_MS > UINT32_MAX))
		(void)aiot_ini_complain(
			&doc->errors, e->file, e->line,
			"%s: '%s' is neither `never` nor a time span from 1ms to 49d", key, text);
	return (uint32_t)(ns / AIOT_NS_PER_MS);
}

/* Lists of services; whether there are such is asked when it is loaded. */
static void read_services(struct aiot_ini *doc, const char *key, const char *words)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", key);
	const char *word;
	size_t len;

	while (words != NULL && aiot_words_next(&words, &word, &len)) {
		if (!aiot_unit_name_valid(word, aiot_unit_word_len(word, len)))
			(void)aiot_ini_complain(&doc->errors, e->file, e->line,
						"%s: '%.*s' cannot be a service's name", key,
						(int)len, word);
	}
}

/* Whether the longest pause is one, and whether a schedule is left anything to do. */
static void read_policy(struct aiot_ini *doc, struct aiot_unit_conf *conf)
{
	const struct aiot_ini_entry *max = aiot_ini_find(doc, "Service", "RestartMaxSec");
	const struct aiot_ini_entry *dog = aiot_ini_find(doc, "Service", "WatchdogSec");
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", "Restart");
	struct aiot_policy *p = &conf->policy;

	if (max != NULL && p->max_ns < p->delay_ns)
		(void)aiot_ini_complain(&doc->errors, max->file, max->line,
					"RestartMaxSec: the longest pause is shorter than the "
					"first, RestartSec; make it as long at least");
	if (p->max_ns < p->delay_ns)
		p->max_ns = p->delay_ns;
	if (p->watchdog_ns > 0 && p->watchdog_ns < WATCHDOG_MIN_NS)
		(void)aiot_ini_complain(&doc->errors, dog->file, dog->line,
					"WatchdogSec: '%s' is shorter than 10ms, in which a task "
					"may be without a step for others' sake; 0 is none",
					dog->value);
	if (p->restart == AIOT_RESTART_ALWAYS && conf->scheduled)
		(void)aiot_ini_complain(&doc->errors, e->file, e->line,
					"Restart=always leaves nothing to [Schedule]; "
					"Restart=on-failure repeats runs that failed");
	else if (p->restart == AIOT_RESTART_ALWAYS && conf->type != NULL &&
		 aiot_ini_key_eq(conf->type, "core"))
		(void)aiot_ini_complain(&doc->errors, e->file, e->line,
					"Restart=always is not for Type=core, which has to end; "
					"Restart=on-failure repeats runs that failed");
}

#define PRIORITY_MAX 100

static void read_priority(struct aiot_ini *doc, struct aiot_unit_conf *conf)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", "Priority");
	const char *digits = conf->priority + (conf->priority[0] == '-');
	size_t len = strspn(digits, "0123456789"), i;
	int value = 0;

	for (i = 0; i < len && value <= PRIORITY_MAX; i++)
		value = value * 10 + (digits[i] - '0');
	if (len == 0 || digits[len] != '\0' || value > PRIORITY_MAX)
		(void)aiot_ini_complain(&doc->errors, e->file, e->line,
					"Priority: '%s' is not a whole number from -100 to 100",
					conf->priority);
	else
		conf->rank = (int8_t)(digits > conf->priority ? -value : value);
}

static int read_type(struct aiot_ini *doc, struct aiot_unit_conf *conf)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", "Type");

	conf->kind = conf->scheduled ? AIOT_UNIT_SCHEDULE : AIOT_UNIT_RUNTIME;
	if (e == NULL)
		return 0;
	if (aiot_ini_key_eq(conf->type, "schedule")) {
		if (conf->scheduled)
			return 0;
		return aiot_ini_complain(
			&doc->errors, e->file, e->line,
			"Type=schedule needs a [Schedule] with StartIn, At, Every, Cron or When");
	}
	if (aiot_ini_key_eq(conf->type, "core"))
		conf->kind = AIOT_UNIT_CORE;
	else if (!aiot_ini_key_eq(conf->type, "runtime"))
		return aiot_ini_complain(&doc->errors, e->file, e->line,
					 "Type: '%s' is neither core, runtime nor schedule",
					 conf->type);
	if (conf->node && conf->kind == AIOT_UNIT_CORE)
		return aiot_ini_complain(&doc->errors, e->file, e->line,
					 "a node cannot be Type=core, for it does not end");
	if (!conf->scheduled)
		return 0;
	return aiot_ini_complain(&doc->errors, e->file, e->line,
				 "Type=%s has no [Schedule]; use Type=schedule", conf->type);
}

/* "hello.so", "/usr/lib/hello.so": what is meant, but not how a module is named. */
static void check_module(struct aiot_ini *doc, const struct aiot_unit_conf *conf)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", "Module");
	size_t len = strlen(conf->module);
	const char *hint = "";

	if (len > 3 && strcmp(conf->module + len - 3, ".so") == 0)
		hint = "; leave out .so";
	if (strchr(conf->module, '/') != NULL)
		hint = "; leave out directory and .so, the module path finds it";
	else if (hint[0] == '\0' && aiot_name_valid(conf->module, len) && conf->module[0] != '.')
		return;
	(void)aiot_ini_complain(&doc->errors, e->file, e->line,
				"'%s' cannot be the name of a module%s", conf->module, hint);
}

/* Whether some line was to be Module=, so that its own complaint is enough. */
static bool module_was_meant(const struct aiot_ini *doc)
{
	size_t i;

	for (i = 0; i < doc->section_count; i++) {
		if (!aiot_ini_key_eq(doc->sections[i].name, "Service") &&
		    aiot_name_distance(doc->sections[i].name, "Service") <= 2)
			return true;
	}
	for (i = 0; i < doc->entry_count; i++) {
		const struct aiot_ini_entry *e = &doc->entries[i];

		if (!aiot_ini_key_eq(e->section, "Args") &&
		    aiot_name_distance(e->key, "Module") <= 2)
			return true;
	}
	return false;
}

static const struct aiot_ini_section *find_section(const struct aiot_ini *doc, const char *name)
{
	size_t i;

	for (i = 0; i < doc->section_count; i++) {
		if (aiot_ini_key_eq(doc->sections[i].name, name))
			return &doc->sections[i];
	}
	return NULL;
}

/* What else the file of a node may say: little of what a service's may. */
static void check_node(struct aiot_ini *doc, const struct aiot_ini_section *node)
{
	static const struct {
		const char *section, *why;
	} others[] = {
		{"Args", "a node's options stand in [Node]"},
		{"Schedule", "a node has no [Schedule]; its tasks have theirs on the board"},
	};
	const struct aiot_ini_entry *module = aiot_ini_find(doc, "Service", "Module");
	size_t i;

	if (module != NULL)
		(void)aiot_ini_complain(&doc->errors, module->file, module->line,
					"a file has Module= or [Node], not both");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct aiot_ini_section *s = find_section(doc, others[i].section);

		if (s != NULL)
			(void)aiot_ini_complain(&doc->errors, s->file, s->line, "%s",
						others[i].why);
	}
	if (aiot_ini_find(doc, "Node", "Device") == NULL)
		(void)aiot_ini_complain(&doc->errors, node->file, node->line,
					"[Node] needs Device=, a serial device or a socket");
}

/* Where it stands without a name, or where it is to stand. */
static void complain_of_no_module(struct aiot_ini *doc)
{
	const struct aiot_ini_entry *e = aiot_ini_find(doc, "Service", "Module");
	const struct aiot_ini_section *s = find_section(doc, "Service");

	(void)aiot_ini_complain(&doc->errors,
				e   ? e->file
				: s ? s->file
				    : doc->label,
				e   ? e->line
				: s ? s->line
				    : 0,
				"[Service] needs Module=, the name of its object file");
}

/* `Enabled = no` alone: a file in a higher directory that only switches the service off. */
static bool only_disables(const struct aiot_ini *doc, const struct aiot_unit_conf *conf)
{
	return doc->entry_count == 1 && !conf->enabled && conf->module == NULL &&
	       aiot_ini_get(doc, "Service", "Enabled") != NULL;
}

int aiot_unit_conf_check_drop_in(struct aiot_ini *drop_in)
{
	return aiot_keys_check_empty(drop_in, unit_keys, KEY_COUNT, &drop_in->errors);
}

int aiot_unit_conf_read(struct aiot_ini *doc, struct aiot_unit_conf *conf)
{
	bool unread = doc->errors.count || doc->errors.lost; /* lines that say nobody knows what */
	const struct aiot_ini_section *node = find_section(doc, "Node");
	int r;

	memset(conf, 0, sizeof(*conf));
	r = aiot_keys_defaults(unit_keys, KEY_COUNT, conf);
	if (r < 0)
		return r;
	r = aiot_keys_check(doc, unit_keys, KEY_COUNT, &doc->errors);
	if (r == -AIOT_ENOMEM)
		return r;
	(void)aiot_keys_apply(doc, unit_keys, KEY_COUNT, conf);
	conf->node = node != NULL;
	if (node != NULL)
		check_node(doc, node);
	else if (conf->module != NULL && conf->module[0] != '\0')
		check_module(doc, conf);
	else if (!only_disables(doc, conf) && !unread && (conf->module || !module_was_meant(doc)))
		complain_of_no_module(doc);
	read_plan(doc, conf);
	conf->timeout_ms = read_timeout(doc, "TimeoutSec", conf->timeout);
	conf->start_timeout_ms = read_timeout(doc, "TimeoutStartSec", conf->start_timeout);
	read_services(doc, "Requires", conf->requires);
	read_services(doc, "Wants", conf->wants);
	read_services(doc, "After", conf->after);
	read_priority(doc, conf);
	read_policy(doc, conf);
	(void)read_type(doc, conf);
	return doc->errors.count || doc->errors.lost ? -AIOT_EINVAL : 0;
}
