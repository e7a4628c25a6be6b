/* SPDX-License-Identifier: MIT */
#include "shim/base/fd_kind.h"

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"

bool fx_fd_is_named(int fd, const char *name)
{
	char path[64], link[64];
	const size_t length = fx_strlen(name);
	struct fx_text x;

	fx_text_init(&x, path, sizeof(path));
	fx_text_put(&x, "/proc/thread-self/fd/");
	fx_text_dec(&x, fd);
	return fx_host(__NR_readlink, path, link, sizeof(link)) == (long)length &&
	       memcmp(link, name, length) == 0;
}
