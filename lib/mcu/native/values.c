/*
 * values.c - a program for the build: what INI files give a service's options, as constants.
 *
 *	values >values-table.c
 *
 * For a firmware without AIOT_SETTINGS, which has no code that reads texts: what it would say at
 * its start stops the build.  Runs on the machine that builds, linked with the table that ini2c.py
 * made, the services themselves and the core's own reading of values.  None of the services' code
 * is run.
 */
#include <stdio.h>
#include <string.h>

#include "service.h"
#include "tasks.h"

/* What the table speaks of. */
struct aiot_core aiot_board_core;
struct aiot_place_main aiot_board_place;

static unsigned errors;

static void print_text(const char *text)
{
	(void)fputs("{.text = \"", stdout);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 32 || c > 126 || strchr("\"\\?", c) != NULL)
			(void)printf("\\%03o", c);
		else
			(void)putchar(c);
	}
	(void)fputs("\"}", stdout);
}

/* The argument given for an option; NULL: its default stands. */
static const struct aiot_arg *arg_of(const struct aiot_spec *spec, const struct aiot_opt *opt)
{
	uint32_t i;

	for (i = 0; i < spec->arg_count; i++) {
		if (aiot_key_equal(spec->args[i].key, opt->key))
			return &spec->args[i];
	}
	return NULL;
}

static void print_value(const struct aiot_spec *spec, const struct aiot_opt *opt)
{
	const struct aiot_arg *arg = arg_of(spec, opt);
	union aiot_value value = {.number = 0};

	if (aiot_opt_value(opt, arg ? arg->value : opt->def, &value) < 0) {
		(void)fprintf(stderr, "%s: %s: '%s' is not %s\n", arg ? arg->origin : spec->name,
			      opt->key, arg ? arg->value : opt->def, aiot_type_words(opt->type));
		errors++;
	}
	(void)putchar('\t');
	if (opt->type == AIOT_TYPE_STR)
		print_text(value.text ? value.text : "");
	else
		(void)printf("{.number = UINT64_C(%llu)}", (unsigned long long)value.number);
	(void)printf(", /* %s */\n", opt->key);
}

static void check_keys(const struct aiot_spec *spec)
{
	uint32_t i;

	for (i = 0; i < spec->arg_count; i++) {
		const struct aiot_arg *arg = &spec->args[i];

		if (aiot_opt_find(spec->service, spec->service->opts, arg->key) == NULL) {
			(void)fprintf(stderr, "%s: '%s' is no option of service '%s'\n",
				      arg->origin, arg->key, spec->service->name);
			errors++;
		}
	}
}

static bool check_service(const struct aiot_spec *spec)
{
	struct aiot_service checked;
	struct aiot_out why;
	char text[256];

	aiot_out_init(&why, text, sizeof(text));
	if (aiot_service_check(spec->service, spec->service->name, &checked, &why) < 0)
		(void)fprintf(stderr, "%s: service '%s' %s\n", spec->label, spec->service->name,
			      aiot_out_str(&why));
	else if (checked.main == NULL)
		(void)fprintf(stderr, "%s: service '%s' has no main task\n", spec->label,
			      spec->service->name);
	else
		return true;
	errors++;
	return false;
}

static void print_values(uint32_t number, const struct aiot_spec *spec)
{
	const struct aiot_opt *opt;
	unsigned i;

	if (!check_service(spec))
		return;
	check_keys(spec);
	(void)printf("\n/* %s */\nconst union aiot_value aiot_board_values_%u[] = {\n", spec->name,
		     number);
	for (i = 0; (opt = aiot_opt_row(spec->service, spec->service->opts, i)) != NULL; i++)
		print_value(spec, opt);
	(void)printf("\t{0},\n};\n");
}

int main(void)
{
	uint32_t i;

	(void)printf("/*\n * Made by values.c from services and their INI files.\n */\n"
		     "#include \"tasks.h\"\n\n");
	for (i = 0; i < aiot_board_task_count; i++)
		(void)printf("extern const union aiot_value aiot_board_values_%u[];\n", i);
	for (i = 0; i < aiot_board_task_count; i++)
		print_values(i, &aiot_board_specs[i]);
	return errors > 0 || fflush(stdout) != 0;
}
