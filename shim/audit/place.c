/* SPDX-License-Identifier: MIT */
#include "shim/audit/place.h"

#include <linux/fcntl.h>

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"

void fx_place_to_parent(char *path)
{
	size_t n = fx_strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0)
		path[n++] = '.';
	path[n] = 0;
}

bool fx_place_resolve(const struct fx_place *p, char out[static FX_PLACE_PATH])
{
	char link[FX_PROC_LINK];
	long fd = fx_host(__NR_openat, p->dirfd, p->path, O_PATH | O_CLOEXEC, 0), n;

	if (fd < 0)
		return false;
	fx_proc_link((int)fd, link);
	n = fx_host(__NR_readlinkat, AT_FDCWD, link, out, FX_PLACE_PATH - 1);
	fx_host(__NR_close, fd);
	if (n <= 0 || out[0] != '/')
		return false;
	out[n] = 0;
	return true;
}

bool fx_place_append(char path[static FX_PLACE_PATH], const char *name)
{
	size_t n = fx_strlen(path), length = fx_strlen(name);

	if (n + 1 + length >= FX_PLACE_PATH)
		return false;
	if (path[n - 1] != '/')
		path[n++] = '/';
	memcpy(path + n, name, length + 1);
	return true;
}
