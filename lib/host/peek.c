/*
 * peek.c - see peek.h.  Called by the crash handler and by the thread that watches the loop.
 */
#define _GNU_SOURCE /* process_vm_readv */
#include "peek.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096u /* or more: what is there is there as a whole */

int aiot_peek(const void *at, void *ret, size_t len)
{
	struct iovec to = {ret, len}, from = {(void *)(uintptr_t)at, len};
	ssize_t n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);

	if (n >= 0)
		return (size_t)n == len ? 0 : -AIOT_EIO;
	if (errno != ENOSYS && errno != EPERM)
		return -AIOT_EIO;
	if (at == NULL)
		return -AIOT_EIO;
	memcpy(ret, at, len); /* the kernel does not do that: then it is believed */
	return 0;
}

void aiot_peek_text(const char *at, char *ret, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		size_t page = PAGE - (uintptr_t)(at + len) % PAGE, end;
		size_t piece = page < size - 1 - len ? page : size - 1 - len;

		if (piece > 64)
			piece = 64;
		if (aiot_peek(at + len, ret + len, piece) < 0)
			break;
		for (end = len + piece; len < end; len++) {
			if (ret[len] == '\0')
				return;
		}
	}
	ret[len] = '\0';
}

void aiot_peek_site(const struct aiot_site *at, struct aiot_peek_site *ret)
{
	struct aiot_site site;

	memset(ret, 0, sizeof(*ret));
	if (at == NULL || aiot_peek(at, &site, sizeof(site)) < 0)
		return;
	aiot_peek_text(site.func, ret->function, sizeof(ret->function));
	aiot_peek_text(site.file, ret->file, sizeof(ret->file));
	ret->line = site.line;
}
