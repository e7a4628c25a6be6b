/* SPDX-License-Identifier: MIT */
/*
 * /proc/self/exe is fxbox to the host, and the guest's program to the guest:
 * readlink(2), open(2), stat(2) and access(2) of it answer for the program.
 * Everything else goes to the host with the guest's own pointer, so nothing is
 * decided twice.
 */
#include "shim/calls/sys_path.h"

#include <linux/fcntl.h>
#include <linux/openat2.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/calls/handlers.h"
#include "shim/calls/sys_openat2.h"
#include "shim/memory/umem.h"

#define LONGEST 64 /* of the spellings of /proc/PID/exe */

static bool is_own_pid(const char *digits, const char *end)
{
	long pid = 0;

	if (digits == end || end - digits > 10)
		return false;
	for (; digits < end; digits++) {
		if (*digits < '0' || *digits > '9')
			return false;
		pid = pid * 10 + (*digits - '0');
	}
	return pid == fx_host(__NR_getpid);
}

bool fx_path_is_own_exe(const char *path)
{
	const char *rest;

	if (!fx_str_starts(path, "/proc/"))
		return false;
	path += 6;
	if (fx_str_equal(path, "self/exe") || fx_str_equal(path, "thread-self/exe"))
		return true;
	for (rest = path; *rest && *rest != '/'; rest++)
		;
	return fx_str_equal(rest, "/exe") && is_own_pid(path, rest);
}

static bool names_own_exe(uintptr_t upath)
{
	char path[LONGEST];

	return fx_umem_string(path, upath, sizeof(path)) > 0 && fx_path_is_own_exe(path);
}

static long read_exe_link(uintptr_t buf, long size)
{
	size_t n = fx_strlen(fx_guest_exe);

	if (size <= 0)
		return -EINVAL;
	if (n > (size_t)size)
		n = (size_t)size;
	return fx_umem_copy_out(buf, fx_guest_exe, n) < 0 ? -EFAULT : (long)n;
}

long fx_sys_readlink(struct fx_thread *t, struct fx_call *c)
{
	if (names_own_exe(c->arg[0]))
		return read_exe_link(c->arg[1], (int)c->arg[2]);
	return fx_sys_host(t, c);
}

long fx_sys_readlinkat(struct fx_thread *t, struct fx_call *c)
{
	if (names_own_exe(c->arg[1]))
		return read_exe_link(c->arg[2], (int)c->arg[3]);
	return fx_sys_host(t, c);
}

/*
 * With O_NOFOLLOW the link itself is meant, which no open but O_PATH can have.
 * To the host the file is not being executed, so that it is busy is ours to say.
 */
static long open_exe(unsigned long flags, unsigned long mode)
{
	bool writes = ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) && !(flags & O_PATH);
	long fd = fx_host_park(__NR_openat, AT_FDCWD, fx_guest_exe,
			       writes ? flags & ~(unsigned long)O_TRUNC : flags, mode);

	if (fd < 0 || !writes)
		return fd;
	fx_host(__NR_close, fd);
	return -ETXTBSY;
}

long fx_sys_open(struct fx_thread *t, struct fx_call *c)
{
	if (!(c->arg[1] & O_NOFOLLOW) && names_own_exe(c->arg[0]))
		return open_exe(c->arg[1], c->arg[2]);
	return fx_sys_host(t, c);
}

long fx_sys_openat(struct fx_thread *t, struct fx_call *c)
{
	if (!(c->arg[2] & O_NOFOLLOW) && names_own_exe(c->arg[1]))
		return open_exe(c->arg[2], c->arg[3]);
	return fx_sys_host(t, c);
}

/*
 * resolve flags forbid such links, and openat2 refuses what it does not know:
 * the host may say that.
 */
long fx_sys_openat2(struct fx_thread *t, struct fx_call *c)
{
	struct open_how how;

	if (c->arg[3] == sizeof(how) && names_own_exe(c->arg[1]) &&
	    fx_umem_copy_in(&how, c->arg[2], sizeof(how)) == 0 && !how.resolve &&
	    !(how.flags >> 32) && !how.mode && !(how.flags & O_NOFOLLOW))
		return open_exe(how.flags, 0);
	return fx_config.confine ? fx_confined_openat2(t, c) : fx_sys_host(t, c);
}

/* A call that takes (dirfd, path, ...), with the program's own path. */
static long on_exe(struct fx_call *c)
{
	return fx_host(c->nr, AT_FDCWD, fx_guest_exe, c->arg[2], c->arg[3], c->arg[4]);
}

long fx_sys_stat(struct fx_thread *t, struct fx_call *c)
{
	if (names_own_exe(c->arg[0]))
		return fx_host(c->nr, fx_guest_exe, c->arg[1]);
	return fx_sys_host(t, c);
}

long fx_sys_newfstatat(struct fx_thread *t, struct fx_call *c)
{
	if (!(c->arg[3] & AT_SYMLINK_NOFOLLOW) && names_own_exe(c->arg[1]))
		return on_exe(c);
	return fx_sys_host(t, c);
}

long fx_sys_statx(struct fx_thread *t, struct fx_call *c)
{
	if (!(c->arg[2] & AT_SYMLINK_NOFOLLOW) && names_own_exe(c->arg[1]))
		return on_exe(c);
	return fx_sys_host(t, c);
}

long fx_sys_access(struct fx_thread *t, struct fx_call *c)
{
	if (names_own_exe(c->arg[0]))
		return fx_host(c->nr, fx_guest_exe, c->arg[1]);
	return fx_sys_host(t, c);
}

long fx_sys_faccessat(struct fx_thread *t, struct fx_call *c)
{
	if (names_own_exe(c->arg[1]))
		return on_exe(c);
	return fx_sys_host(t, c);
}

long fx_sys_faccessat2(struct fx_thread *t, struct fx_call *c)
{
	if (!(c->arg[3] & AT_SYMLINK_NOFOLLOW) && names_own_exe(c->arg[1]))
		return on_exe(c);
	return fx_sys_host(t, c);
}
