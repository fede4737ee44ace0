/*
 * module-open.c - an object file and the descriptor in it, from a path to what can be called.
 *
 * Called by modules.c in the program, and by inspect-child.c in a process of its own that only
 * looks.  Opening runs the constructors of the object, and nothing else of it.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "module-copy.h"
#include "name.h"
#include "service.h"
#include "trust.h"

/* Whether the linker has an object of that very path, closed or not. */
static bool is_mapped(const char *path)
{
	void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);

	if (handle == NULL)
		return false;
	(void)dlclose(handle);
	return true;
}

/* The copy's name is of no use to anybody. */
static void put_reason(struct aiot_module_object *o, const struct aiot_module_copy *copy)
{
	const char *reason = copy->fd >= 0 ? dlerror() : copy->why;
	const char *name = copy->fd >= 0 ? strstr(reason, copy->name) : NULL;

	if (name != NULL) { /* glibc begins with it, musl with "Error relocating" */
		reason = name + strlen(copy->name);
		reason += strspn(reason, ": ");
	}
	(void)aiot_format_to(o->reason, sizeof(o->reason), "%s", reason);
}

/*
 * As it lies there, for a module that cannot be opened from a copy: one that names libraries beside
 * it ($ORIGIN), or a machine that maps no code from memory.  What is wrong with the module itself
 * is told by these words, which name its file.
 */
static int open_in_place(const char *path, struct aiot_module_object *o, struct aiot_out *why)
{
	if (is_mapped(path)) {
		aiot_format(why,
			    "%s changed, but its old code is in memory and it can be opened only "
			    "in its place (%s); restart the program to load the new one",
			    path, o->reason);
		return -AIOT_EBUSY;
	}
	o->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (o->handle == NULL) {
		const char *reason = dlerror(), *name = strstr(reason, path);

		aiot_out_text(why, name != NULL ? name : reason);
		return -AIOT_EINVAL;
	}
	o->in_place = true;
	return 0;
}

static int find_symbol(const char *path, const char *name, struct aiot_module_object *o,
		       struct aiot_out *why)
{
	char symbol[AIOT_NAME_MAX + 16];
	int r;

	(void)aiot_format_to(symbol, sizeof(symbol), "aiot_service_%s", name);
	o->found = dlsym(o->handle, symbol);
	if (o->found == NULL) {
		aiot_format(why, "%s: has no symbol %s; declare it with AIOT_SERVICE(%s, ...)",
			    path, symbol, name);
		return -AIOT_EINVAL;
	}
	aiot_format(why, "%s: ", path);
	r = aiot_service_check(o->found, name, &o->service, why);
	if (r == 0)
		why->len = 0;
	return r;
}

int aiot_module_object_open(const char *path, const char *name, const struct aiot_module_copy *copy,
			    struct aiot_module_object *ret, struct aiot_out *why)
{
	struct aiot_module_object o = {0};
	int r = 0;

	if (copy->fd >= 0)
		o.handle = dlopen(copy->name, RTLD_NOW | RTLD_LOCAL);
	if (o.handle == NULL) {
		put_reason(&o, copy);
		r = open_in_place(path, &o, why);
	}
	if (r == 0)
		r = find_symbol(path, name, &o, why);
	if (r == 0)
		*ret = o;
	else if (o.handle != NULL)
		(void)dlclose(o.handle);
	return r;
}

int aiot_module_take(const char *path, struct stat *ret_stat, struct aiot_module_copy *ret,
		     struct aiot_out *why)
{
	char trust[512];
	int fd, r;

	r = aiot_trust_open(path, &fd, trust, sizeof(trust));
	if (r < 0) {
		aiot_out_text(why, trust);
		return r;
	}
	(void)fstat(fd, ret_stat);
	r = aiot_module_copy(fd, path, ret, why);
	if (r == 0) {
		r = aiot_module_examine(ret->fd >= 0 ? ret->fd : fd, path, why);
		if (r < 0)
			aiot_module_copy_finish(ret);
	}
	(void)close(fd);
	return r;
}
