/* SPDX-License-Identifier: MIT */
#include "shim/calls/exe_busy.h"

#include <linux/fcntl.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/exe_mark.h"

static long lock(int fd, int command, short type, struct flock *out)
{
	*out = (struct flock){.l_type = type, .l_whence = 0, .l_start = FX_EXE_MARK_AT, .l_len = 1};
	return fx_host(__NR_fcntl, fd, command, out);
}

void fx_exe_mark(int fd)
{
	struct flock mark;

	lock(fd, F_OFD_SETLK, F_RDLCK, &mark);
}

bool fx_exe_is_marked(int fd)
{
	struct flock mark;

	return lock(fd, F_OFD_GETLK, F_WRLCK, &mark) == 0 && mark.l_type == F_RDLCK &&
	       mark.l_start == FX_EXE_MARK_AT && mark.l_len == 1;
}

static long check(int fd)
{
	static const char *const argv[] = {"", 0}, *const envp[] = {0};

	return fx_host(__NR_execveat, fd, "", argv, envp, AT_EMPTY_PATH | FX_EXECVE_CHECK);
}

bool fx_exe_host_checks(void)
{
	return check(fx_fd(FX_FD_EXE)) != -EINVAL;
}

long fx_exe_is_written(int fd)
{
	static bool cannot_tell;
	long r;

	if (cannot_tell || fx_config.confine & FX_CONFINED)
		return 0;
	r = check(fd);
	if (r == -EINVAL)
		cannot_tell = true;
	return r == -ETXTBSY ? r : 0;
}
