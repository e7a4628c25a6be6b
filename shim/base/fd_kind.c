/* SPDX-License-Identifier: MIT */
#include "shim/base/fd_kind.h"

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"

bool fx_fd_is_named(int fd, const char *name)
{
	char path[FX_PROC_LINK], link[64];
	const size_t length = fx_strlen(name);

	fx_proc_link(fd, path);
	return fx_host(__NR_readlink, path, link, sizeof(link)) == (long)length &&
	       memcmp(link, name, length) == 0;
}
