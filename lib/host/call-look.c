/*
 * call-look.c - see call-look.h.
 *
 * Called by the handlers of config and edit.  What is open in this program is asked here; anything
 * else is opened by another process (inspect.h).  Runs no code of a service.
 */
#include "call-look.h"

#include "host.h"
#include "inspect.h"
#include "mem.h"
#include "node.h"
#include "tables.h"

/* 0: see at.hint; negative: it cannot be looked into, and why says so. */
static int begin(struct aiot_call *call, const char *module, struct aiot_out *why)
{
	char path[AIOT_MODULE_PATH_MAX];
	int r = aiot_module_locate(call->ctx, module, path, why);

	return r < 0 ? r : aiot_inspect(call->ctx, path, module, &call->at.hint, why);
}

static void take(struct aiot_look *look, const struct aiot_inspected *found, const char *module)
{
	if (found->code < 0) {
		(void)aiot_format_to(look->text, sizeof(look->text), "%s", found->why);
		return;
	}
	look->service = look->made = aiot_tables_read(found->json, module);
	if (look->service == NULL)
		(void)aiot_format_to(look->text, sizeof(look->text), "no memory");
}

bool aiot_look(struct aiot_call *call, const struct aiot_unit_conf *conf, struct aiot_look *look)
{
	const struct aiot_module *open =
		conf->module ? aiot_module_find(call->ctx, conf->module) : NULL;
	struct aiot_inspected found;
	struct aiot_out why;

	look->service = conf->node ? &aiot_service_node : open ? &open->service : NULL;
	look->made = NULL;
	look->why = look->text;
	aiot_out_init(&why, look->text, sizeof(look->text));
	if (look->service != NULL)
		return true;
	if (conf->module == NULL)
		aiot_out_text(&why, "its file names no module");
	else if (call->at.hint != 0 && !aiot_inspect_done(call->ctx, call->at.hint, &found))
		return false;
	else if (call->at.hint != 0)
		take(look, &found, conf->module);
	else if (begin(call, conf->module, &why) == 0)
		return false;
	if (look->service == NULL && why.len > 0)
		(void)aiot_out_str(&why);
	return true;
}

void aiot_look_finish(struct aiot_call *call, struct aiot_look *look)
{
	aiot_mem_free(look->made);
	look->made = NULL;
	aiot_inspect_free(call->ctx, call->at.hint);
	call->at.hint = 0;
}

void aiot_look_put(struct aiot_call *call, const struct aiot_look *look)
{
	bool checked = look == NULL || look->service != NULL;

	aiot_json_put_bool(&call->json, "checked", checked);
	aiot_json_put_str(&call->json, "unchecked", checked ? NULL : look->why);
}
