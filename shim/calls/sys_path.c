/* SPDX-License-Identifier: MIT */
/*
 * Calls with a path that may be that of a running program: readlink(2), open(2), stat(2), access(2)
 * and others answer for the guest's program where the host would answer for fxbox (own_exe.h).
 * Everything else goes to the host with the guest's own pointer, so nothing is
 * decided twice.
 */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"
#include "shim/calls/handlers.h"
#include "shim/calls/own_exe.h"
#include "shim/memory/umem.h"

#define FCHMODAT2 452 /* Linux 6.6 */

/* The name of what is open, as far as it has one. */
static bool name_of_open(int fd, char name[static FX_PATH_SIZE])
{
	char link[FX_PROC_LINK];
	long n;

	fx_proc_link(fd, link);
	n = fx_host(__NR_readlinkat, AT_FDCWD, link, name, FX_PATH_SIZE - 1);
	name[n < 0 ? 0 : n] = 0;
	return n > 0;
}

static long read_place(const struct fx_exe_place *place, uintptr_t buf, long size)
{
	size_t n;

	if (!fx_str_equal(place->path, fx_guest_exe))
		return fx_host(__NR_readlinkat, place->dirfd, place->path, buf, size);
	n = fx_strlen(fx_guest_exe);
	if (size <= 0)
		return -EINVAL;
	if (n > (size_t)size)
		n = (size_t)size;
	return fx_umem_copy_out(buf, fx_guest_exe, n) < 0 ? -EFAULT : (long)n;
}

long fx_sys_readlink(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;

	if (fx_exe_named(AT_FDCWD, c->arg[0], &place))
		return read_place(&place, c->arg[1], (int)c->arg[2]);
	return fx_sys_host(t, c);
}

/* Of nothing below a descriptor: the link that it was opened on. */
static bool is_open_link(int fd, uintptr_t upath, struct fx_exe_place *place)
{
	char first;

	place->dirfd = AT_FDCWD;
	return fd >= 0 && fx_umem_copy_in(&first, upath, 1) == 0 && !first &&
	       name_of_open(fd, place->path) && fx_str_starts(place->path, "/proc/") &&
	       fx_exe_find(place);
}

long fx_sys_readlinkat(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;

	if (fx_exe_named((int)c->arg[0], c->arg[1], &place) ||
	    is_open_link((int)c->arg[0], c->arg[1], &place))
		return read_place(&place, c->arg[2], (int)c->arg[3]);
	return fx_sys_host(t, c);
}

/* The same call, with a path of ours in place of the guest's. */
static long at_place(const struct fx_call *c, const struct fx_exe_place *place)
{
	return fx_host(c->nr, place->dirfd, place->path, c->arg[2], c->arg[3], c->arg[4]);
}

/* What the host has written, of a file that is fxbox's: by a link of another name. */
static bool is_fxbox_after_all(int dirfd, uintptr_t upath, uintptr_t status,
			       struct fx_exe_place *place)
{
	uint64_t st[2];

	return fx_umem_copy_in(st, status, sizeof(st)) == 0 && fx_exe_is_fxbox(st[0], st[1]) &&
	       fx_exe_find_at(dirfd, upath, place);
}

long fx_sys_stat(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;
	long r = fx_sys_host(t, c);

	if (r == 0 && is_fxbox_after_all(AT_FDCWD, c->arg[0], c->arg[1], &place))
		return fx_host(__NR_newfstatat, place.dirfd, place.path, c->arg[1], 0);
	return r;
}

long fx_sys_newfstatat(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;
	long r = fx_sys_host(t, c);

	if (r == 0 && !(c->arg[3] & AT_SYMLINK_NOFOLLOW) &&
	    is_fxbox_after_all((int)c->arg[0], c->arg[1], c->arg[2], &place))
		return at_place(c, &place);
	return r;
}

long fx_sys_statx(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;
	struct statx x;
	long r = fx_sys_host(t, c);

	if (r == 0 && !(c->arg[2] & AT_SYMLINK_NOFOLLOW) &&
	    fx_umem_copy_in(&x, c->arg[4], sizeof(x)) == 0 &&
	    fx_exe_is_fxbox_at(x.stx_dev_major, x.stx_dev_minor, x.stx_ino) &&
	    fx_exe_find_at((int)c->arg[0], c->arg[1], &place))
		return at_place(c, &place);
	return r;
}

/* A path that is followed to its end, and whatever comes behind it. */
long fx_sys_followed(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;

	if (fx_exe_named(AT_FDCWD, c->arg[0], &place))
		return fx_host(c->nr, place.path, c->arg[1], c->arg[2], c->arg[3], c->arg[4]);
	return fx_sys_host(t, c);
}

/* Whether a call with a directory descriptor, a path and flags means what a link leads to. */
static bool follows(const struct fx_call *c)
{
	switch (c->nr) {
	case __NR_faccessat2:
	case FCHMODAT2:
	case __NR_utimensat:
		return !(c->arg[3] & AT_SYMLINK_NOFOLLOW);
	case __NR_fchownat:
		return !(c->arg[4] & AT_SYMLINK_NOFOLLOW);
	case __NR_name_to_handle_at:
		return c->arg[4] & AT_SYMLINK_FOLLOW;
	default:
		return true;
	}
}

long fx_sys_followed_at(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;

	if (follows(c) && fx_exe_named((int)c->arg[0], c->arg[1], &place))
		return at_place(c, &place);
	return fx_sys_host(t, c);
}
