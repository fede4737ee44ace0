/*
 * unit-tell.c - what people are told of services that load or do not.
 *
 * Called by whoever loads; lines go to the log and, without control characters, to the program.
 */
#include <string.h>

#include "mem.h"
#include "modules.h"
#include "units.h"

/*
 * Control characters of a service's own words would be orders to a terminal, or forged lines in a
 * journal.  U+0080 to U+009F, the bytes C2 80 to C2 9F, are such, too.
 */
static void put_plain(struct aiot_out *out, const char *text)
{
	const unsigned char *c;

	for (c = (const unsigned char *)text; *c != '\0'; c++) {
		bool c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f;

		if (c1)
			aiot_format(out, "\\x%02x\\x%02x", c[0], c[1]);
		else if (*c < ' ' || *c == 0x7f)
			aiot_format(out, "\\x%02x", *c);
		else
			aiot_out_char(out, (char)*c);
		c += c1;
	}
}

void aiot_unit_tell(struct aiot_host *host, enum aiot_level level, const char *text)
{
	char plain[4608];
	struct aiot_out out;

	aiot_host_log(host, level, "%s", text);
	if (host->print == NULL)
		return;
	aiot_out_init(&out, plain, sizeof(plain));
	put_plain(&out, text);
	host->print(host->arg, aiot_out_str(&out));
}

void aiot_unit_tell_loaded(struct aiot_host *host, const struct aiot_unit *unit)
{
	char text[4608];

	if (unit->file == NULL)
		(void)aiot_format_to(text, sizeof(text),
				     "[ OK ] Service: %s.service (linked in) loaded", unit->name);
	else
		(void)aiot_format_to(text, sizeof(text),
				     "[ OK ] Service: %s.service from %s loaded", unit->name,
				     aiot_unit_path(unit));
	aiot_unit_tell(host, AIOT_INFO, text);
}

void aiot_unit_failed_line(const struct aiot_unit *unit, char text[AIOT_UNIT_LINE_MAX])
{
	const struct aiot_outcome *e = unit->error;
	const char *why = e ? e->text : "no memory was left to keep the reason";
	const char *path = aiot_unit_path(unit);
	struct aiot_out out;

	if (path == NULL)
		path = unit->file;
	aiot_out_init(&out, text, AIOT_UNIT_LINE_MAX);
	aiot_format(&out, "[ ERROR ] Service: %s.service ", unit->name);
	if (unit->file == NULL)
		aiot_out_text(&out, "(linked in) ");
	else
		aiot_format(&out, "from %s ", path);
	aiot_format(&out, "not loaded: Error: %s: %s", aiot_error_word(e ? e->code : -AIOT_ENOMEM),
		    why);
	(void)aiot_out_str(&out);
}

void aiot_unit_tell_failed(struct aiot_host *host, const struct aiot_unit *unit)
{
	char text[AIOT_UNIT_LINE_MAX];

	aiot_unit_failed_line(unit, text);
	aiot_unit_tell(host, AIOT_ERROR, text);
}

const char *aiot_unit_path(const struct aiot_unit *unit)
{
	if (unit->module != NULL)
		return unit->module->path;
	if (unit->tried != NULL)
		return unit->tried;
	if (unit->conf.node)
		return aiot_ini_get(&unit->doc, "Node", "Device");
	return unit->file == NULL ? "linked in" : NULL;
}

void aiot_unit_fail(struct aiot_host *host, struct aiot_unit *unit, int code, const char *text)
{
	aiot_outcome_free(&host->core, unit->error);
	unit->error = aiot_outcome_error(&host->core, code, text, strlen(text), NULL, NULL);
	if (unit->load != AIOT_UNIT_LOADED)
		unit->load = AIOT_UNIT_FAILED;
}
