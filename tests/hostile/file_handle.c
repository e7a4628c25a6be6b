/* SPDX-License-Identifier: MIT */
/* Opens a file for writing by its handle. */
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = {.head = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount_id;
	long mount = attempt(SYS_openat, AT_FDCWD, from_runner("OUTSIDE"), O_RDONLY | O_DIRECTORY);
	long fd;

	if (mount < 0 || attempt(SYS_name_to_handle_at, AT_FDCWD, from_runner("TARGET"), &handle,
				 &mount_id, 0) < 0)
		return false;
	fd = attempt(SYS_open_by_handle_at, mount, &handle, O_WRONLY | O_APPEND);
	return fd >= 0 && attempt(SYS_write, fd, "harmed\n", 7) == 7;
}
