/*
 * fuzz-small.c - any bytes into the readers of the smallest console: JSON, and a typed line.
 *
 * The fuzzer calls LLVMFuzzerTestOneInput; the first byte chooses.  Of JSON that is accepted every
 * value is walked, compared and decoded, all within the text.  Of a line the words have to lie in
 * it, and what is read of them has to be JSON that is an object.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "command.h"
#include "port.h"

#define WORDS_MAX 16
#define PARAMS_BYTES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- JSON ---- */

static void check_inside(struct aiot_json value, struct aiot_json whole)
{
	AIOT_ASSERT(value.text >= whole.text && value.text + value.len <= whole.text + whole.len);
	AIOT_ASSERT(value.len > 0);
}

/* Decoded into an allocation of the exact size. */
static void check_string(struct aiot_json value)
{
	char *buf = malloc(value.len);
	int len;

	AIOT_ASSERT(buf != NULL);
	len = aiot_json_str(value, buf, value.len);
	if (aiot_json_type(value) != AIOT_JSON_STRING)
		AIOT_ASSERT(len == -AIOT_EINVAL);
	else
		AIOT_ASSERT(len == -AIOT_EBADMSG || strlen(buf) == (size_t)len);
	if (len > 0)
		AIOT_ASSERT(aiot_json_str(value, buf, (size_t)len) == -AIOT_ENOSPC);
	(void)aiot_json_str_is(value, "names");
	free(buf);
}

static void check_value(struct aiot_json value, unsigned depth)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, member;
	uint64_t number;
	int64_t whole;
	size_t count = 0;

	AIOT_ASSERT(depth <= AIOT_JSON_DEPTH);
	AIOT_ASSERT(aiot_json_type(value) != AIOT_JSON_NONE);
	if (aiot_json_i64(value, &whole) == 0)
		AIOT_ASSERT(aiot_json_u64(value, &number) == 0 && number == (uint64_t)whole);
	(void)aiot_json_bool(value, true);
	check_string(value);
	while (aiot_json_next(value, &it, &key, &member)) {
		check_inside(member, value);
		if (key.text != NULL) {
			check_inside(key, value);
			check_string(key);
		}
		check_value(member, depth + 1);
		count++;
	}
	AIOT_ASSERT(aiot_json_count(value) == count);
	AIOT_ASSERT(aiot_json_get(value, "no such key").len == 0 || count > 0);
}

static void read_json(const char *text, size_t len)
{
	struct aiot_json value;

	if (aiot_json_parse(text, len, &value, NULL) == 0)
		check_value(value, 0);
}

/* ---- a line ---- */

static void read_words(const struct aiot_command *command, const char *const *words, size_t count)
{
	char params[PARAMS_BYTES], sentence[AIOT_SENTENCE_MAX + 1];
	struct aiot_out out, why;
	struct aiot_json value;

	aiot_out_init(&out, params, sizeof(params));
	aiot_out_init(&why, sentence, sizeof(sentence));
	if (aiot_words_to_params(command, words, count, 0, &out, &why) < 0) {
		AIOT_ASSERT(aiot_out_str(&why)[0] != '\0');
		return;
	}
	AIOT_ASSERT(aiot_json_parse(out.buf, out.len, &value, NULL) == 0);
	AIOT_ASSERT(aiot_json_type(value) == AIOT_JSON_OBJECT);
	check_value(value, 0);
}

static void read_line(char *line, size_t len)
{
	const char *words[WORDS_MAX];
	int i, count = aiot_words_split(line, words, WORDS_MAX);
	const struct aiot_command *command = aiot_commands_core;

	AIOT_ASSERT(count <= WORDS_MAX);
	for (i = 0; i < count; i++)
		AIOT_ASSERT(words[i] >= line && words[i] + strlen(words[i]) <= line + len);
	for (; count > 0 && command->verb != NULL; command++)
		read_words(command, words, (size_t)count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	/* Of the exact size, so that a byte beyond it is seen. */
	text = malloc(size);
	AIOT_ASSERT(text != NULL);
	if (data[0] & 1) {
		memcpy(text, data + 1, size - 1);
		text[size - 1] = '\0';
		read_line(text, size - 1);
		free(text);
		return 0;
	}
	text = realloc(text, size - 1 > 0 ? size - 1 : 1);
	AIOT_ASSERT(text != NULL);
	memcpy(text, data + 1, size - 1);
	read_json(text, size - 1);
	free(text);
	return 0;
}
