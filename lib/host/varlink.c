/*
 * varlink.c - see varlink.h.
 *
 * Called through the host's bindings.  An interface's text is its types (idl.c), then a method for
 * each row of the command tables whose method begins with its name.  Errors are declared where
 * their names put them: varlink reads io.aiotools.NoSuchTask as NoSuchTask of the interface
 * io.aiotools, which has nothing but errors.
 */
#include "varlink.h"

#include <string.h>

#include <aiotools-host.h>

#include "idl.h"
#include "mem.h"

#define TEXT_MAX 65536

struct interface {
	const char *name, *help;
	const char *types[2]; /* NULL: none */
};

static const struct interface interfaces[] = {
	{"org.varlink.service", "who answers here, and what can be called", {NULL}},
	{"io.aiotools", "the errors of the interfaces below", {NULL}},
	{"io.aiotools.Task", "the tasks", {aiot_idl_task}},
	{"io.aiotools.Log", "the log", {aiot_idl_log}},
	{"io.aiotools.Service", "the services that tasks come from", {aiot_idl_service}},
	/* Reload answers with services. */
	{"io.aiotools.Daemon", "the daemon itself", {aiot_idl_service, aiot_idl_daemon}},
};
#define INTERFACE_COUNT (sizeof(interfaces) / sizeof(interfaces[0]))

static const struct aiot_command *const tables[] = {aiot_commands_core, aiot_commands_host,
						    aiot_commands_service};

/* What stands behind "INTERFACE." in a name; NULL: it is of another interface. */
static const char *member_of(const char *interface, const char *name)
{
	size_t len = strlen(interface);

	if (name == NULL || strncmp(name, interface, len) != 0 || name[len] != '.')
		return NULL;
	return strchr(name + len + 1, '.') == NULL ? name + len + 1 : NULL;
}

/* ---- methods ---- */

static const char *type_word(const struct aiot_param *p)
{
	switch ((enum aiot_param_type)p->type) {
	case AIOT_PARAM_BOOL:
		return "bool";
	case AIOT_PARAM_U32:
	case AIOT_PARAM_LEVEL:
	case AIOT_PARAM_TIME:
	case AIOT_PARAM_SPAN:
		return "int";
	case AIOT_PARAM_STRS:
		return "[]string";
	case AIOT_PARAM_ARGS:
		return "object";
	case AIOT_PARAM_STR:
	case AIOT_PARAM_FORM:
		break;
	}
	return "string";
}

static void put_params(const struct aiot_param *p, struct aiot_out *out)
{
	const char *separator = "";

	aiot_out_char(out, '(');
	for (; p != NULL && p->name != NULL; p++) {
		if (p->flags & AIOT_PARAM_TEXT)
			continue;
		aiot_format(out, "%s%s: %s%s", separator, p->name,
			    p->flags & AIOT_PARAM_REQUIRED ? "" : "?", type_word(p));
		separator = ", ";
	}
	aiot_out_char(out, ')');
}

static void put_methods(const char *interface, struct aiot_out *out)
{
	const struct aiot_command *row;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (row = tables[i]; row->id != 0; row++) {
			const char *name = member_of(interface, row->method);

			if (name == NULL)
				continue;
			aiot_format(out, "\n# %s%s\nmethod %s", row->help,
				    row->flags & AIOT_COMMAND_MORE
					    ? "; may take several replies: ask with more"
					    : "",
				    name);
			put_params(row->params, out);
			aiot_format(out, " -> %s\n", row->reply);
		}
	}
}

/* ---- errors ---- */

/* varlink's own say what is wrong in members of their own, ours in a sentence. */
static const char *error_members(enum aiot_error_id id)
{
	switch (id) {
	case AIOT_ERR_INTERFACE_NOT_FOUND:
		return "(interface: string)";
	case AIOT_ERR_METHOD_NOT_FOUND:
	case AIOT_ERR_METHOD_NOT_IMPLEMENTED:
		return "(method: string)";
	case AIOT_ERR_INVALID_PARAMETER:
		return "(parameter: string)";
	case AIOT_ERR_PERMISSION_DENIED:
	case AIOT_ERR_EXPECTED_MORE:
		return "()";
	default:
		return "(name: ?string, message: string)";
	}
}

static void put_errors(const char *interface, struct aiot_out *out)
{
	unsigned id;

	for (id = AIOT_ERR_NONE + 1; id < AIOT_ERR_COUNT; id++) {
		const char *name = member_of(interface, aiot_error_name((enum aiot_error_id)id));

		if (name != NULL)
			aiot_format(out, "\nerror %s %s\n", name,
				    error_members((enum aiot_error_id)id));
	}
}

static void put_types(const struct interface *interface, struct aiot_out *out)
{
	size_t i;

	aiot_out_char(out, '\n');
	for (i = 0; i < 2; i++)
		aiot_out_text(out, interface->types[i] ? interface->types[i] : "");
}

bool aiot_varlink_describe(const char *interface, struct aiot_out *out)
{
	size_t i = 0;

	while (i < INTERFACE_COUNT && strcmp(interfaces[i].name, interface) != 0)
		i++;
	if (i == INTERFACE_COUNT)
		return false;
	aiot_format(out, "# %s\ninterface %s\n", interfaces[i].help, interface);
	put_types(&interfaces[i], out);
	put_methods(interface, out);
	put_errors(interface, out);
	return true;
}

/* ---- the handlers ---- */

enum aiot_call_result aiot_call_varlink_info(struct aiot_call *call)
{
	struct aiot_json_out *json = &call->json;
	size_t i;

	aiot_json_put_str(json, "vendor", "aiotools");
	aiot_json_put_str(json, "product", "aiotools");
	aiot_json_put_str(json, "version", aiot_version());
	aiot_json_put_str(json, "url", "");
	aiot_json_put_array(json, "interfaces");
	for (i = 0; i < INTERFACE_COUNT; i++)
		aiot_json_put_str(json, NULL, interfaces[i].name);
	aiot_json_put_end_array(json);
	return AIOT_CALL_DONE;
}

static enum aiot_call_result no_such_interface(struct aiot_call *call, const char *name)
{
	return aiot_call_error_at(call, AIOT_ERR_INTERFACE_NOT_FOUND, "interface", name,
				  "no such interface: '%s'", name);
}

enum aiot_call_result aiot_call_varlink_interface(struct aiot_call *call)
{
	char name[64] = "?"; /* for one that is too long to be ours */
	struct aiot_out text;
	bool found;

	(void)aiot_json_str(aiot_json_get(call->params, "interface"), name, sizeof(name));
	aiot_out_init(&text, aiot_mem_alloc(TEXT_MAX), TEXT_MAX);
	if (text.buf == NULL)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory for the description");
	found = aiot_varlink_describe(name, &text);
	if (found)
		aiot_json_put_strn(&call->json, "description", text.buf, text.len);
	aiot_mem_free(text.buf);
	return found ? AIOT_CALL_DONE : no_such_interface(call, name);
}
