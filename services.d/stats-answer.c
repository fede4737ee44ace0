/*
 * stats-answer.c - see stats-answer.h.  Called by stats.c.  Host only (POSIX).
 */
#include "stats-answer.h"

#include <string.h>
#include <unistd.h>

#include <aiotools-json.h>

#include "stats-metrics.h"

void answer_begin(struct answer *answer, const char *array, bool metrics)
{
	*answer = (struct answer){.array = array, .metrics = metrics};
}

/* The elements of its array, behind those before. */
void answer_take_page(struct answer *answer, const char *reply)
{
	struct aiot_json page = {NULL, 0}, element;
	struct aiot_json_iter it = {0};

	if (aiot_json_parse(reply, strlen(reply), &page, NULL) < 0)
		answer->elements.error = -AIOT_EBADMSG;
	page = aiot_json_get(page, answer->array);
	while (aiot_json_next(page, &it, NULL, &element)) {
		grow_addn(&answer->elements, answer->elements.len > 0 ? "," : "[", 1);
		grow_addn(&answer->elements, element.text, element.len);
	}
}

static void put_json(struct answer *answer)
{
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1);
	grow_add(&answer->text, "{\"host\":");
	grow_add_json(&answer->text, host);
	grow_add(&answer->text, ",\"%s\":", answer->array);
	grow_addn(&answer->text, answer->elements.text, answer->elements.len);
	grow_add(&answer->text, "}\n");
}

void answer_make(void *ctx)
{
	struct answer *answer = ctx;
	struct grow *elements = &answer->elements;
	struct aiot_json tasks = {NULL, 0};

	grow_add(elements, elements->len > 0 ? "]" : "[]");
	if (elements->error < 0)
		answer->text.error = elements->error;
	else if (!answer->metrics)
		put_json(answer);
	else if (aiot_json_parse(elements->text, elements->len, &tasks, NULL) == 0)
		stats_put_metrics(tasks, &answer->text);
	else
		answer->text.error = -AIOT_EBADMSG;
}

void answer_end(struct answer *answer)
{
	grow_free(&answer->elements);
	grow_free(&answer->text);
}
