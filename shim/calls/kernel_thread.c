/* SPDX-License-Identifier: MIT */
#include "shim/calls/kernel_thread.h"

#include <linux/fcntl.h>

#include "shim/base/host.h"
#include "shim/base/text.h"

#define PF_KTHREAD  0x00200000UL
#define FLAGS_FIELD 7 /* of /proc/PID/stat, counted from the one behind the name */

bool fx_is_kernel_thread(uint32_t tid)
{
	char path[48], stat[512];
	const char *s = stat, *name_end = stat;
	uint64_t flags = 0;
	struct fx_text x;
	long fd, n;

	fx_text_init(&x, path, sizeof(path));
	fx_text_put(&x, "/proc/");
	fx_text_udec(&x, tid);
	fx_text_put(&x, "/stat");
	fd = fx_host(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	n = fx_host(__NR_read, fd, stat, sizeof(stat) - 1);
	fx_host(__NR_close, fd);
	if (n <= 0)
		return false;
	stat[n] = 0;
	for (; *s; s++)
		if (*s == ')')
			name_end = s;
	s = name_end;
	for (int field = 0; field < FLAGS_FIELD && *s; s++)
		field += *s == ' ';
	for (; *s >= '0' && *s <= '9'; s++)
		flags = flags * 10 + (uint64_t)(*s - '0');
	return flags & PF_KTHREAD;
}
