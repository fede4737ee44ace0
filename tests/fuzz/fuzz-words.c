/*
 * fuzz-words.c - any line as a console command: it is split, read and checked without harm.
 *
 * The fuzzer calls LLVMFuzzerTestOneInput with a line; its first word chooses the command, or its
 * first byte does.  What is read must be JSON that the command's own checks accept, and what is
 * refused must come with a sentence and nothing else.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "command.h"
#include "port.h"

#define WORDS_MAX 64
#define LINE_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum aiot_call_result done(struct aiot_call *call)
{
	(void)call;
	return AIOT_CALL_DONE;
}

static const struct aiot_command *choose(const struct aiot_commands *all, const char *word,
					 uint8_t byte)
{
	const struct aiot_command *command = aiot_command_by_verb(all, word);
	static const struct aiot_command *const tables[] = {aiot_commands_core, aiot_commands_host,
							    aiot_commands_service};
	const struct aiot_command *row = tables[byte % 3];

	(void)aiot_command_near(all, word);
	if (command)
		return command;
	for (byte /= 3; row[1].id && byte % 16 > 0; byte--)
		row++;
	return row;
}

static void check_params(const struct aiot_command *command, const struct aiot_out *out)
{
	const struct aiot_binding bindings[] = {{command->id, done}, {0}};
	const struct aiot_commands one = {.segment = {{command, bindings, NULL}}};
	struct aiot_json params;
	struct aiot_call call;

	AIOT_ASSERT(aiot_json_parse(out->buf, out->len, &params, NULL) == 0);
	AIOT_ASSERT(aiot_call_begin(&one, &call, command, params, AIOT_ROLE_ADMIN, true, true));
}

static void read_words(const struct aiot_command *command, const char *const *words, size_t count)
{
	static char buf[8 * LINE_MAX], sentence[4 * LINE_MAX];
	struct aiot_out out, why;
	int rc;

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_init(&why, sentence, sizeof(sentence));
	rc = aiot_words_to_params(command, words, count, 1795221421000000000ll, &out, &why);
	AIOT_ASSERT(out.error == 0 && why.error == 0);
	if (rc == 0) {
		AIOT_ASSERT(why.len == 0);
		check_params(command, &out);
		return;
	}
	AIOT_ASSERT(out.len == 0);
	AIOT_ASSERT(rc == -AIOT_EALREADY ? why.len == 0 : rc == -AIOT_EINVAL && why.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct aiot_commands all = {
		.segment = {{aiot_commands_core, NULL, NULL},
			    {aiot_commands_host, NULL, NULL},
			    {aiot_commands_service, NULL, NULL}},
	};
	const char *words[WORDS_MAX];
	char *line;
	int count;

	if (size > LINE_MAX)
		return 0;
	/* Of the exact size, so that a byte beyond it is seen. */
	line = malloc(size + 1);
	AIOT_ASSERT(line);
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	count = aiot_words_split(line, words, WORDS_MAX);
	AIOT_ASSERT(count <= WORDS_MAX);
	for (int i = 0; i < count; i++)
		AIOT_ASSERT(words[i] >= line && words[i] + strlen(words[i]) <= line + size);
	if (count > 0)
		read_words(choose(&all, words[0], data[0]), words + 1, (size_t)count - 1);
	free(line);
	return 0;
}
