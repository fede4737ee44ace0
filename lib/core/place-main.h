/*
 * place-main.h - the operations of the place "main" that not every build has.
 */
#ifndef AIOT_PLACE_MAIN_H
#define AIOT_PLACE_MAIN_H

#include "task.h"

/* place-hooks.c */
int aiot_main_call(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_verb *verb,
		   const void *args, struct aiot_outcome **ret);
int aiot_main_ask(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_cond *cond,
		  const char *arg, struct aiot_outcome **ret);
int aiot_main_report(struct aiot_place *place, struct aiot_entry *entry, struct aiot_out *text,
		     struct aiot_outcome **ret);
/* place-detail.c */
void aiot_main_stats(struct aiot_place *place, struct aiot_entry *entry,
		     struct aiot_json_out *json);
void aiot_main_detail(struct aiot_place *place, struct aiot_entry *entry,
		      struct aiot_json_out *json);

#endif
