/*
 * Any bytes as the record that a crash has left: nothing crashes, for the daemon could not start
 * then; what is read are texts with an end and without control characters, and a task's name that
 * can be one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "crash.h"
#include "name.h"
#include "ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check_text(const char *text, size_t size)
{
	size_t i;

	require(memchr(text, '\0', size) != NULL);
	for (i = 0; text[i] != '\0'; i++)
		require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

static void check(const struct aiot_crash_record *r)
{
	char words[64];
	struct aiot_out out;

	check_text(r->signal, sizeof(r->signal));
	check_text(r->task, sizeof(r->task));
	check_text(r->doing, sizeof(r->doing));
	check_text(r->at, sizeof(r->at));
	check_text(r->site.function, sizeof(r->site.function));
	check_text(r->site.file, sizeof(r->site.file));
	require(r->signal[0] != '\0');
	require(r->task[0] == '\0' || aiot_name_valid_entry(r->task, strlen(r->task)));
	aiot_out_init(&out, words, sizeof(words));
	aiot_crash_words(r, &out);
	require(strlen(aiot_out_str(&out)) < sizeof(words));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aiot_crash_record record;
	char *slot;

	if (size == 0 || size > AIOT_RING_CRASH_SIZE)
		return 0;
	slot = malloc(size); /* not a byte more */
	require(slot != NULL);
	memcpy(slot, data, size);
	if (aiot_crash_read(slot, size, &record))
		check(&record);
	free(slot);
	return 0;
}
