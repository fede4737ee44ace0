/*
 * mcu.c - what the core takes on microcontrollers: sizes, and instructions counted in an emulator.
 *
 * tests/bench/mcu.py builds and measures; tools/setup --mcu installs what that needs.  There is no
 * limit beside: the goals are what the core was promised to take.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static int figure(const struct bench_row *row, struct bench_figure *ret)
{
	char command[512], text[64], *end;
	FILE *pipe;
	bool read;

	(void)snprintf(command, sizeof(command), "python3 '%s' %s", MCU_PATH, row->name);
	pipe = popen(command, "r");
	if (pipe == NULL)
		return bench_fail("no process for %s", MCU_PATH);
	read = fgets(text, sizeof(text), pipe) != NULL;
	if (pclose(pipe) != 0 || !read)
		return -1; /* it has said why */
	ret->value = strtod(text, &end);
	if (end == text)
		return bench_fail("%s: no number", row->name);
	return 0;
}

const struct bench_row bench_rows_mcu[] = {
	{"mcu_flash_bare", "bytes", NULL, 8192, false, 0, figure},
	{"mcu_flash", "bytes", NULL, 24576, false, 0, figure},
	{"mcu_ram", "bytes", NULL, 4096, false, 0, figure},
	{"mcu_task_bytes", "bytes", NULL, 56, false, 0, figure},
	{"mcu_resume", "insns", NULL, 70, false, 0, figure},
	{"mcu_sleep_wake", "insns", NULL, 180, false, 0, figure},
	{"mcu_idle_10s", "insns", NULL, 2000, false, 0, figure},
	{0},
};
