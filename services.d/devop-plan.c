/*
 * devop-plan.c - see devop-plan.h.  Called by devop.c.  Texts are short and read seldom, so nothing
 * is built of them but what is asked for.  Host only.
 */
#include "devop-plan.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define BETWEEN_MODES ";"
#define BETWEEN " ,\t\n"
#define ITEM_BYTES 80
#define MODE_BYTES (PLAN_NAME_BYTES + PLAN_SERVICES_BYTES + 8)
#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define SERVICE_LETTERS NAME_LETTERS ".@"
#define SUFFIX ".service"

/* One mode's text into its parts.  NULL, or what is wrong with it. */
static const char *split(const char *text, struct plan_mode *ret)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	if (colon == NULL)
		return "a mode is its name, a colon and its services";
	while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL)
		len--;
	if (len == 0 || len >= PLAN_NAME_BYTES || strspn(text, NAME_LETTERS) < len)
		return "a mode's name is of letters, digits, _ and -, up to 31";
	if (strlen(colon + 1) >= PLAN_SERVICES_BYTES)
		return "that is too much for one mode";
	memcpy(ret->name, text, len);
	ret->name[len] = '\0';
	(void)snprintf(ret->services, sizeof(ret->services), "%s", colon + 1);
	return NULL;
}

/* A service's name without its suffix.  0: there is no further one. */
static size_t next_service(const char **at, char *name, size_t size)
{
	size_t len = next_item(at, BETWEEN, name, size), cut = sizeof(SUFFIX) - 1;

	if (len >= size || len <= cut || strcmp(name + len - cut, SUFFIX) != 0)
		return len;
	name[len - cut] = '\0';
	return len - cut;
}

static const char *services_wrong(const char *services)
{
	char name[ITEM_BYTES];
	size_t len;

	while ((len = next_service(&services, name, sizeof(name))) > 0) {
		if (len >= sizeof(name) || strspn(name, SERVICE_LETTERS) != len)
			return "its services are names with blanks between";
		if (strcmp(name, "devop") == 0)
			return "devop itself is in each mode, and is not named";
	}
	return NULL;
}

const char *plan_wrong(const char *modes, char *wrong, size_t size)
{
	char text[MODE_BYTES], known[PLAN_MODES_MAX * PLAN_NAME_BYTES] = " ";
	const char *at = modes, *why = NULL;
	struct plan_mode mode;
	uint32_t count = 0;
	size_t len;

	while (why == NULL && (len = next_item(&at, BETWEEN_MODES, text, sizeof(text))) > 0) {
		if (len >= sizeof(text))
			return "modes: a mode of more than 900 letters";
		why = split(text, &mode);
		if (why == NULL)
			why = services_wrong(mode.services);
		if (why == NULL && plan_lists(known, mode.name))
			why = "there are two of that name";
		if (why == NULL && ++count > PLAN_MODES_MAX)
			why = "it is the 17th, and 16 are all";
		if (why == NULL && count < PLAN_MODES_MAX)
			(void)snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s ",
				       mode.name);
	}
	if (count == 0 && why == NULL)
		return "modes: there is none; modes = test: hello unittest; app: hello";
	if (why == NULL)
		return NULL;
	(void)snprintf(wrong, size, "modes: '%.60s': %s", text, why);
	return wrong;
}

uint32_t plan_count(const char *modes)
{
	char text[MODE_BYTES];
	uint32_t count = 0;

	while (next_item(&modes, BETWEEN_MODES, text, sizeof(text)) > 0)
		count++;
	return count;
}

void plan_mode(const char *modes, uint32_t index, struct plan_mode *ret)
{
	char text[MODE_BYTES] = "";
	uint32_t i;

	for (i = 0; i <= index; i++)
		(void)next_item(&modes, BETWEEN_MODES, text, sizeof(text));
	(void)split(text, ret);
}

int plan_find(const char *modes, const char *name)
{
	uint32_t i, count = plan_count(modes);
	struct plan_mode mode;

	for (i = 0; i < count; i++) {
		plan_mode(modes, i, &mode);
		if (strcmp(mode.name, name) == 0)
			return (int)i;
	}
	return -1;
}

bool plan_lists(const char *services, const char *name)
{
	size_t len = strlen(name), cut = sizeof(SUFFIX) - 1;
	char item[ITEM_BYTES];

	if (len > cut && strcmp(name + len - cut, SUFFIX) == 0)
		len -= cut;
	while (next_service(&services, item, sizeof(item)) > 0) {
		if (strlen(item) == len && strncmp(item, name, len) == 0)
			return true;
	}
	return false;
}

/* In the mode itself it is on, wherever else it is named. */
enum plan_want plan_wants(const char *modes, uint32_t index, const char *name)
{
	uint32_t i, count = plan_count(modes);
	enum plan_want want = PLAN_SILENT;
	struct plan_mode mode;

	for (i = 0; i < count; i++) {
		plan_mode(modes, i, &mode);
		if (!plan_lists(mode.services, name))
			continue;
		if (i == index)
			return PLAN_ON;
		want = PLAN_OFF;
	}
	return want;
}

/* So that it is told of once. */
static bool is_of_earlier(const char *modes, uint32_t index, const char *name)
{
	struct plan_mode mode;
	uint32_t i;

	for (i = 0; i < index; i++) {
		plan_mode(modes, i, &mode);
		if (plan_lists(mode.services, name))
			return true;
	}
	return false;
}

uint32_t plan_put_names(const char *modes, uint32_t index, enum plan_want want, struct grow *out)
{
	uint32_t i, modes_count = plan_count(modes), count = 0;
	struct plan_mode mode;
	char name[ITEM_BYTES];
	const char *at;

	grow_add(out, "{\"names\":[");
	for (i = 0; i < modes_count; i++) {
		plan_mode(modes, i, &mode);
		for (at = mode.services; next_service(&at, name, sizeof(name)) > 0;) {
			if (plan_wants(modes, index, name) != want || is_of_earlier(modes, i, name))
				continue;
			grow_add(out, count++ > 0 ? "," : "");
			grow_add_json(out, name);
		}
	}
	grow_add(out, "]}");
	return count;
}

static bool is_known(const char *known, const char *name)
{
	char line[ITEM_BYTES + 2];

	(void)snprintf(line, sizeof(line), "\n%s\n", name);
	return strstr(known, line) != NULL;
}

bool plan_unknown(const char *modes, const char *known, struct plan_mode *ret, char *service,
		  size_t size)
{
	uint32_t i, count = plan_count(modes);
	char name[ITEM_BYTES];
	const char *at;

	for (i = 0; i < count; i++) {
		plan_mode(modes, i, ret);
		for (at = ret->services; next_service(&at, name, sizeof(name)) > 0;) {
			if (is_known(known, name))
				continue;
			(void)snprintf(service, size, "%s", name);
			return true;
		}
	}
	return false;
}
