/* SPDX-License-Identifier: MIT */
/*
 * Calls that open a file, or write it by its name. Where the host would open fxbox for a link to a
 * running program the guest's program is opened (own_exe.h), and what runs is not opened for
 * writing (exe_busy.h).
 */
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/calls/exe_busy.h"
#include "shim/calls/handlers.h"
#include "shim/calls/own_exe.h"
#include "shim/calls/sys_openat2.h"
#include "shim/memory/umem.h"

#define W_OK 2

/* With a directory descriptor, a path, and flags that are open's. */
struct opening {
	int dirfd;
	uintptr_t upath;
	unsigned long flags, mode;
};

/* To the host the file is not being executed, so that it is busy is ours to say. */
static long open_exe(const struct fx_exe_place *place, unsigned long flags, unsigned long mode)
{
	bool writes = ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) && !(flags & O_PATH);
	long fd = fx_host_park(__NR_openat, place->dirfd, place->path,
			       writes ? flags & ~(unsigned long)O_TRUNC : flags, mode);

	if (fd < 0 || !writes)
		return fd;
	fx_host(__NR_close, fd);
	return -ETXTBSY;
}

/* What a symbolic link of any name has led to may be fxbox. */
static long check_opened(const struct opening *o, long fd, struct fx_exe_place *place)
{
	uint64_t status[18]; /* struct stat: st_dev, st_ino, ... */

	if (fd < 0 || (o->flags & (O_ACCMODE | O_CREAT | O_DIRECTORY | O_NOFOLLOW)) != O_RDONLY ||
	    fx_host(__NR_fstat, fd, status) < 0 || !fx_exe_is_fxbox(status[0], status[1]) ||
	    !fx_exe_find_at(o->dirfd, o->upath, place))
		return fd;
	fx_host(__NR_close, fd);
	return fx_host(__NR_openat, place->dirfd, place->path, o->flags, o->mode);
}

/*
 * To read, as most are opened: without links like those of /proc, so that nothing needs to be asked
 * afterwards. False: it is to be opened as the guest asked.
 */
static bool open_plainly(const struct opening *o, long *r)
{
	const struct open_how how = {
		/* Which open(2) adds by itself. */
		.flags = o->flags | O_LARGEFILE,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	/* Confined there is no openat2. */
	if (fx_config.confine ||
	    o->flags & ~(unsigned long)(O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_LARGEFILE))
		return false;
	*r = fx_host_park(__NR_openat2, o->dirfd, o->upath, &how, sizeof(how));
	return *r != -ELOOP && *r != -ENOSYS && *r != -EPERM && *r != -EINVAL;
}

/* To write a file that is there already, that is. */
static bool may_write(unsigned long flags)
{
	return ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) && !(flags & O_PATH) &&
	       !((flags & O_CREAT) && (flags & O_EXCL));
}

/*
 * Opened for writing as the guest asked, but not made empty: not before it is known that it does
 * not run. Where that cannot be done the host does it all, as it was asked.
 */
static long check_writable(struct fx_thread *t, struct fx_call *c, const struct opening *o, long fd)
{
	struct statx x;
	long r;

	if (fd < 0)
		return fd;
	if (fx_exe_is_marked((int)fd)) {
		fx_host(__NR_close, fd);
		return -ETXTBSY;
	}
	if (!(o->flags & O_TRUNC))
		return fd;
	/* EINVAL: no regular file, of which there is nothing to be made empty; or not open for
	 * writing. */
	r = fx_host(__NR_ftruncate, fd, 0);
	if (r == 0 || (r == -EINVAL && (o->flags & O_ACCMODE) != O_RDONLY))
		return fd;
	if (r == -EINVAL && (fx_host(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &x) < 0 ||
			     (x.stx_mode & S_IFMT) != S_IFREG))
		return fd;
	fx_host(__NR_close, fd);
	return fx_sys_host(t, c);
}

/* The same of another call than the guest's. What that is refused, the guest's is to be refused. */
static long check_changed(struct fx_thread *t, struct fx_call *c, const struct opening *o, long r)
{
	if (r < 0 && r != -FX_EBAIL && r != -EINTR)
		return fx_sys_host(t, c);
	return check_writable(t, c, o, r);
}

/* With O_NOFOLLOW the link itself is meant, which no open but O_PATH can have. */
static bool open_named(const struct opening *o, struct fx_exe_place *place, long *r)
{
	if ((o->flags & O_NOFOLLOW) || !fx_exe_named(o->dirfd, o->upath, place))
		return false;
	*r = open_exe(place, o->flags, o->mode);
	return true;
}

/* The argument that has the flags is told, for the host is asked without one of them. */
static long open_any(struct fx_thread *t, struct fx_call *c, const struct opening *o, int flags_at)
{
	struct fx_exe_place place;
	struct fx_call gentle = *c;
	long r;

	if (open_named(o, &place, &r))
		return r;
	if (open_plainly(o, &r))
		return r;
	if (!may_write(o->flags))
		return check_opened(o, fx_sys_host(t, c), &place);
	gentle.arg[flags_at] = o->flags & ~(unsigned long)O_TRUNC;
	return check_writable(t, c, o, fx_sys_host(t, &gentle));
}

long fx_sys_open(struct fx_thread *t, struct fx_call *c)
{
	const struct opening o = {AT_FDCWD, c->arg[0], c->arg[1], c->arg[2]};

	return open_any(t, c, &o, 1);
}

long fx_sys_creat(struct fx_thread *t, struct fx_call *c)
{
	const struct opening o = {AT_FDCWD, c->arg[0], O_CREAT | O_WRONLY | O_TRUNC, c->arg[1]};
	struct fx_exe_place place;
	long r;

	if (open_named(&o, &place, &r))
		return r;
	r = fx_host_park(__NR_open, c->arg[0], O_CREAT | O_WRONLY, c->arg[1]);
	return check_changed(t, c, &o, r);
}

long fx_sys_openat(struct fx_thread *t, struct fx_call *c)
{
	const struct opening o = {(int)c->arg[0], c->arg[1], c->arg[2], c->arg[3]};

	return open_any(t, c, &o, 2);
}

/*
 * resolve flags forbid such links, and openat2 refuses what it does not know:
 * the host may say that.
 */
long fx_sys_openat2(struct fx_thread *t, struct fx_call *c)
{
	struct open_how how;
	struct fx_exe_place place;
	struct opening o;
	struct fx_call plain;
	long r;

	if (fx_config.confine) {
		r = fx_openat2_as_openat(t, c, &plain);
		return r < 0 ? r : fx_sys_openat(t, &plain);
	}
	if (c->arg[3] != sizeof(how) || fx_umem_copy_in(&how, c->arg[2], sizeof(how)) < 0 ||
	    how.flags >> 32 || (how.mode && !(how.flags & O_CREAT)))
		return fx_sys_host(t, c);
	o = (struct opening){(int)c->arg[0], c->arg[1], how.flags, how.mode};
	if (!how.resolve && open_named(&o, &place, &r))
		return r;
	if (!may_write(o.flags)) {
		r = fx_sys_host(t, c);
		return how.resolve ? r : check_opened(&o, r, &place);
	}
	how.flags &= ~(uint64_t)O_TRUNC;
	r = fx_host_park(c->nr, o.dirfd, o.upath, &how, sizeof(how));
	return check_changed(t, c, &o, r);
}

long fx_sys_open_by_handle_at(struct fx_thread *t, struct fx_call *c)
{
	const struct opening o = {.flags = c->arg[2]};
	struct fx_call gentle = *c;

	if (!may_write(o.flags))
		return fx_sys_host(t, c);
	gentle.arg[2] &= ~(unsigned long)O_TRUNC;
	return check_writable(t, c, &o, fx_sys_host(t, &gentle));
}

/* What may be written, and runs: to look at that it must be open, which for other kinds of files
 * may do something. */
static bool is_busy(uintptr_t upath)
{
	struct statx x;
	bool busy;
	long fd;

	if (fx_host(__NR_faccessat2, AT_FDCWD, upath, W_OK, AT_EACCESS) < 0 ||
	    fx_host(__NR_statx, AT_FDCWD, upath, 0, STATX_TYPE, &x) < 0 ||
	    (x.stx_mode & S_IFMT) != S_IFREG)
		return false;
	fd = fx_host(__NR_openat, AT_FDCWD, upath, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	busy = fx_exe_is_marked((int)fd);
	fx_host(__NR_close, fd);
	return busy;
}

long fx_sys_truncate(struct fx_thread *t, struct fx_call *c)
{
	struct fx_exe_place place;

	if ((long)c->arg[1] < 0)
		return fx_sys_host(t, c);
	if (fx_exe_named(AT_FDCWD, c->arg[0], &place))
		return fx_host(__NR_faccessat2, place.dirfd, place.path, W_OK, AT_EACCESS) < 0
			       ? -EACCES
			       : -ETXTBSY;
	return is_busy(c->arg[0]) ? -ETXTBSY : fx_sys_host(t, c);
}
