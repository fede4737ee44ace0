/*
 * main.c - tools/bench: measures rows and prints them beside their limits and goals.
 *
 * usage: bench [--json] [NAME...]; the rows whose names begin with a NAME, else all.  Exit code 1
 * when a row could not be measured, 2 for wrong usage; a goal that is missed is no failure.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

static const struct bench_row *const tables[] = {
	bench_rows_wake,      bench_rows_memory, bench_rows_control, bench_rows_log,
	bench_rows_schedules, bench_rows_when,	 bench_rows_mcu,     bench_rows_services,
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static bool wanted(const struct bench_row *row, char *const *names)
{
	if (*names == NULL)
		return true;
	for (; *names != NULL; names++) {
		if (strncmp(row->name, *names, strlen(*names)) == 0)
			return true;
	}
	return false;
}

static bool met(const struct bench_row *row, const struct bench_figure *f)
{
	return (row->goal_is_ratio ? f->value / f->beside : f->value) <= row->goal;
}

static void print_json(const struct bench_row *row, const struct bench_figure *f, bool first)
{
	printf("%s{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",", first ? "[" : ",\n ",
	       row->name, f->value, row->unit);
	if (row->beside != NULL)
		printf("\"beside\":\"%s\",\"beside_value\":%.3f,\"ratio\":%.3f,", row->beside,
		       f->beside, f->value / f->beside);
	else
		printf("\"beside\":null,\"beside_value\":null,\"ratio\":null,");
	printf("\"goal\":%.3f,\"goal_of\":\"%s\",\"met\":%s}", row->goal,
	       row->goal_is_ratio ? "ratio" : "value", met(row, f) ? "true" : "false");
}

static void print_text(const struct bench_row *row, const struct bench_figure *f)
{
	char text[64] = "-", ratio[32] = "-";

	if (row->beside != NULL) {
		(void)snprintf(text, sizeof(text), "%.1f  %s", f->beside, row->beside);
		(void)snprintf(ratio, sizeof(ratio), "%.2f", f->value / f->beside);
	}
	printf("%-19s %9.2f %-5s %6s  %s %s %-6.4g %s  beside %s", row->name, f->value, row->unit,
	       ratio, row->goal_is_ratio ? "ratio" : "value", "<=", row->goal,
	       met(row, f) ? "met   " : "MISSED", text);
	if (f->late_us >= 0)
		printf(", %.0f us late on average", f->late_us);
	printf("\n");
}

static int run_all(char *const *names, bool json)
{
	bool first = true;
	int failed = 0;
	size_t i;

	for (i = 0; i < TABLES; i++) {
		const struct bench_row *row;

		for (row = tables[i]; row->name != NULL; row++) {
			struct bench_figure f = {.late_us = -1};

			if (!wanted(row, names))
				continue;
			if (row->measure(row, &f) < 0) {
				failed = bench_fail("%s: not measured", row->name);
				continue;
			}
			if (json)
				print_json(row, &f, first);
			else
				print_text(row, &f);
			(void)fflush(stdout);
			first = false;
		}
	}
	if (json)
		printf(first ? "[]\n" : "]\n");
	return failed;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	static const char usage[] = "usage: tools/bench [--json] [NAME...]\n";
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j') {
			json = true;
			continue;
		}
		fputs(usage, c == 'h' ? stdout : stderr);
		return c == 'h' ? 0 : 2;
	}
	return run_all(argv + optind, json) < 0 ? 1 : 0;
}
