/*
 * Any bytes as services.json: nothing crashes; what is refused leaves nothing behind, and what is
 * taken, written and read again says the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "mem.h"
#include "overlay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check_again(const struct aiot_overlay *overlay)
{
	static const struct aiot_overlay none;
	const struct aiot_overlay_entry *e = NULL;
	struct aiot_overlay again = {0};
	struct aiot_out text = {.grow = aiot_mem_grow}, why = {.grow = aiot_mem_grow};
	uint32_t count = 0;

	aiot_overlay_format(overlay, &none, &text);
	require(text.error == 0);
	require(aiot_overlay_parse(text.buf, text.len, &again, &why) == 0);
	while ((e = aiot_overlay_next(overlay, e)) != NULL) {
		require(aiot_name_valid(e->name, strlen(e->name)));
		require(aiot_overlay_says(&again, e));
		count++;
	}
	require(count == overlay->entries.count && again.entries.count <= count);
	aiot_overlay_finish(&again);
	aiot_mem_free(text.buf);
	aiot_mem_free(why.buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aiot_overlay overlay = {0};
	struct aiot_out why = {.grow = aiot_mem_grow};
	int r = aiot_overlay_parse((const char *)data, size, &overlay, &why);

	require(r == 0 || r == -AIOT_EINVAL);
	require((r == 0) == (why.len == 0));
	require(r == 0 || overlay.entries.count == 0);
	if (r == 0)
		check_again(&overlay);
	aiot_overlay_finish(&overlay);
	aiot_mem_free(why.buf);
	return 0;
}
