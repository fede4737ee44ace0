/*
 * Any bytes as a condition: nothing crashes, an error has its column, and what is understood has a
 * text that is the same condition.  It is then asked at an instant: what it says holds until later,
 * and an interval begins where it was asked or behind it.
 *
 * The first 8 bytes are the instant, the next one answers for tasks, the rest is the text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiotools.h"
#include "when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static uint8_t answers;

static bool last(void *ctx, int slot, unsigned actions, int64_t from_us, int64_t to_us,
		 int64_t *ret_us)
{
	(void)ctx;
	require(from_us <= to_us || slot >= AIOT_WHEN_OWN);
	*ret_us = to_us - answers * AIOT_US_PER_S;
	return answers & actions && *ret_us >= from_us;
}

static void fails(void *ctx, int slot, struct aiot_when_fails *ret)
{
	(void)ctx;
	(void)slot;
	*ret = (struct aiot_when_fails){answers % 4u, answers & 1};
}

static bool running(void *ctx, int slot, int64_t *ret_since_us)
{
	(void)ctx;
	*ret_since_us = answers * AIOT_US_PER_S;
	return answers & 2 && slot >= AIOT_WHEN_OWN;
}

static const char *param(void *ctx, const char *key)
{
	(void)ctx;
	return answers & 4 ? key : NULL;
}

static int custom(void *ctx, unsigned slot)
{
	(void)ctx;
	return answers & 8 ? -AIOT_EIO : (answers >> (slot % 8)) & 1;
}

static int any_word(void *ctx, const char *word, size_t len, bool quoted)
{
	(void)ctx;
	(void)quoted;
	return len > 0 && word[0] == 'w' ? 0 : -AIOT_ENOENT;
}

static const struct aiot_when_resolver resolver = {any_word, NULL};

/* Compile in exactly the memory that is said to be enough; NULL: refused. */
static struct aiot_when *compile(const char *text, size_t len)
{
	struct aiot_when_error error = {0};
	struct aiot_when *w = NULL;
	void *mem = malloc(aiot_when_need(len));
	int rc = aiot_when_compile(text, len, &resolver, mem, aiot_when_need(len), &w, &error);

	if (rc == 0) {
		require(aiot_when_size(w) <= aiot_when_need(len));
		return w;
	}
	require(rc == -AIOT_EINVAL && !w && error.column >= 1 && error.column <= len + 1 &&
		error.text[0] && memchr(error.text, '\0', sizeof(error.text)));
	free(mem);
	return NULL;
}

static void try_text(const struct aiot_when *w)
{
	static char first[65536], second[65536];
	struct aiot_out out;
	struct aiot_when *again;
	size_t len;

	aiot_out_init(&out, first, sizeof(first));
	aiot_when_text(w, &out);
	require(out.error == 0);
	len = out.len;
	if (len > AIOT_WHEN_TEXT_MAX)
		return;
	again = compile(first, len);
	require(again != NULL);
	aiot_out_init(&out, second, sizeof(second));
	aiot_when_text(again, &out);
	require(out.len == len && memcmp(first, second, len) == 0);
	free(again);
}

static void try_asking(const struct aiot_when *w, int64_t now_us)
{
	struct aiot_zone zone = {0};
	struct aiot_when_facts facts = {
		.zone = &zone,
		.last = last,
		.fails = fails,
		.running = running,
		.param = param,
		.custom = custom,
		.started_us = answers * AIOT_US_PER_S,
		.cycles = answers,
	};
	struct aiot_when_result result = {0};
	struct aiot_interval found = {0, now_us};

	if (aiot_when_at(w, &facts, now_us, &result) < 0)
		require(result.cond_slot >= 0);
	else
		require(result.poll || result.until_us > now_us);
	for (unsigned i = 0; i < 3; i++) {
		int64_t from_us = found.end_us;

		if (from_us == AIOT_NEVER_US || aiot_when_next(w, &facts, from_us, &found) < 0)
			break;
		require(found.start_us >= from_us && found.end_us > found.start_us);
	}
}

static void set_zone(int summer_time)
{
	require(setenv("TZ", summer_time ? "CET-1CEST,M3.5.0,M10.5.0/3" : "UTC0", 1) == 0);
	tzset();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t now_us = 0;
	struct aiot_when *w;

	if (size < sizeof(now_us) + 1)
		return 0;
	memcpy(&now_us, data, sizeof(now_us));
	/* Mostly within the range, sometimes far outside. */
	if (now_us & 1)
		now_us %= AIOT_WALL_MAX_US;
	answers = data[sizeof(now_us)];
	data += sizeof(now_us) + 1;
	size -= sizeof(now_us) + 1;
	set_zone(answers & 16);
	w = compile((const char *)data, size);
	if (!w)
		return 0;
	try_text(w);
	try_asking(w, now_us);
	free(w);
	return 0;
}
