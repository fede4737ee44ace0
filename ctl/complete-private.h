/*
 * complete-private.h - what the complete*.c files share, and nobody else.
 */
#ifndef CTL_COMPLETE_PRIVATE_H
#define CTL_COMPLETE_PRIVATE_H

#include "complete.h"
#include "options.h"

#define WORDS_MAX 64 /* behind the verb */

struct completion {
	const struct aiot_commands *commands;
	struct ctl_options options;
	const char *last;   /* what is being typed */
	const char *before; /* what stands in front of each candidate: "key=" */
	/* the verb's words but for options and their values */
	const char *word[WORDS_MAX];
	size_t word_count;
	const struct aiot_param
		*value_of; /* `last` is the value of this option; NULL: it is none */
	char service[AIOT_NAME_MAX + 1];
	struct aiot_out *out;
};

typedef void take_fn(struct completion *c, struct aiot_json reply);

/* All replies of a call; params: a JSON object, which is freed. */
void ctl_ask(struct completion *c, const char *method, struct aiot_out *params, take_fn *take);
/* Whether it is to be offered behind that verb: a row of Task.List, or of Service.List. */
bool ctl_complete_fits_task(const struct aiot_command *command, struct aiot_json task);
bool ctl_complete_fits_service(const struct aiot_command *command, struct aiot_json service);
/* The long status of a task, and the tables of a service. */
void ctl_ask_task(struct completion *c, const char *name, take_fn *take);
void ctl_ask_service(struct completion *c, const char *name, take_fn *take);

#endif
