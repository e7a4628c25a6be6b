/* SPDX-License-Identifier: MIT */
#include "shim/base/proc_file.h"

#include <linux/fcntl.h>

#include "shim/base/host.h"
#include "shim/base/text.h"

long fx_proc_file_read(const char *dir, uint32_t number, const char *name, char *to, size_t size)
{
	char path[64];
	struct fx_text x;
	long fd, n;

	to[0] = 0;
	fx_text_init(&x, path, sizeof(path));
	fx_text_put(&x, dir);
	fx_text_udec(&x, number);
	fx_text_char(&x, '/');
	fx_text_put(&x, name);
	fd = fx_host(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	n = fx_host(__NR_read, fd, to, size - 1);
	fx_host(__NR_close, fd);
	to[n < 0 ? 0 : n] = 0;
	return n;
}

void fx_proc_link(int fd, char link[static FX_PROC_LINK])
{
	struct fx_text x;

	fx_text_init(&x, link, FX_PROC_LINK);
	fx_text_put(&x, FX_PROC_DESCRIPTORS);
	fx_text_dec(&x, fd);
}

const char *fx_proc_file_behind_name(const char *stat)
{
	const char *end = "";

	for (const char *s = stat; *s; s++)
		if (*s == ')')
			end = s + 1;
	return *end == ' ' ? end + 1 : end;
}
