/*
 * Any bytes as a span and as a point in time: nothing crashes, outputs stay untouched on failure,
 * and a span that was understood, written in canonical form, is the same span again.
 *
 * The first 8 bytes are "now" for the relative times, the rest is the text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "timetext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void try_span(const char *text, size_t len)
{
	uint64_t ns = 7;
	uint64_t again = 0;
	size_t column = len;
	char buf[80];
	struct aiot_out out;
	int rc = aiot_span_parse(text, len, &ns, &column);

	require(column <= len);
	if (rc < 0) {
		require(ns == 7 && (rc == -AIOT_EINVAL || rc == -AIOT_ERANGE));
		return;
	}
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_span(&out, ns);
	require(out.error == 0);
	require(aiot_span_parse(buf, out.len, &again, NULL) == 0);
	require(again == ns);
}

static void try_time(const char *text, size_t len, int64_t now_ns)
{
	int64_t ns = 7;
	size_t column = len;
	char buf[80];
	struct aiot_out out;
	int rc = aiot_time_parse(text, len, now_ns, &ns, &column);

	require(column <= len);
	if (rc < 0) {
		require(ns == 7 && (rc == -AIOT_EINVAL || rc == -AIOT_ERANGE));
		return;
	}
	/* Within a second of the ends of 64 bits there are instants that no text names. */
	if (ns > INT64_MAX - 2000000000 || ns < INT64_MIN + 2000000000)
		return;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_time_iso(&out, ns);
	require(out.error == 0);
	require(aiot_time_parse(buf, out.len, now_ns, &now_ns, NULL) == 0);
	require(now_ns == ns - ((ns % 1000) + 1000) % 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t now_ns = 0;

	if (size < sizeof(now_ns))
		return 0;
	memcpy(&now_ns, data, sizeof(now_ns));
	data += sizeof(now_ns);
	size -= sizeof(now_ns);
	try_span((const char *)data, size);
	try_time((const char *)data, size, now_ns);
	return 0;
}
