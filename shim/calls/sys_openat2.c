/* SPDX-License-Identifier: MIT */
/*
 * openat2(2) where the program is confined. Its mode lies in memory, which a filter cannot read,
 * so the body of the filter refuses the call, and what it says is asked by openat(2).
 */
#include "shim/calls/sys_openat2.h"

#include <linux/fcntl.h>
#include <linux/openat2.h>

#include "shim/audit/audit.h"
#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/memory/umem.h"

#define SIZE_VER0 24 /* of struct open_how, the least */
#define ALL_MODE  07777
#define TMPFILE	  (O_TMPFILE & ~(uint64_t)O_DIRECTORY)
#define OLD_RESOLVE                                                                                \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |         \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)
#define WITH_PATH ((uint64_t)(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC))
#define ANY_FLAG                                                                                   \
	((uint64_t)(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK |    \
		    O_SYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW |          \
		    O_NOATIME | O_CLOEXEC | O_PATH) |                                              \
	 TMPFILE)

/* copy_struct_from_user() of Linux. */
static long read_how(uintptr_t from, size_t size, struct open_how *how)
{
	unsigned char byte;

	if (size < SIZE_VER0)
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	for (size_t i = sizeof(*how); i < size; i++) {
		if (fx_umem_copy_in(&byte, from + i, 1) < 0)
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return fx_umem_copy_in(how, from, sizeof(*how));
}

/* build_open_flags() of Linux, where openat2 is stricter than openat. */
static bool is_valid(const struct open_how *how)
{
	bool makes = how->flags & (O_CREAT | TMPFILE);

	if (how->flags & ~ANY_FLAG || how->resolve & ~(uint64_t)OLD_RESOLVE ||
	    (how->resolve & RESOLVE_BENEATH && how->resolve & RESOLVE_IN_ROOT))
		return false;
	if (how->mode & ~(uint64_t)(makes ? ALL_MODE : 0))
		return false;
	return !(how->flags & O_PATH) || !(how->flags & ~WITH_PATH);
}

long fx_openat2_as_openat(struct fx_thread *t, const struct fx_call *c, struct fx_call *out)
{
	struct open_how how;
	long r = read_how(c->arg[2], c->arg[3], &how);

	if (r < 0)
		return r;
	if (!is_valid(&how))
		return -EINVAL;
	if (how.resolve) {
		const struct fx_unsupported u = {
			.what = "openat2 with resolve flags, confined",
			.sub = how.resolve,
			.result = -ENOSYS,
		};

		fx_audit_unsupported(t, c, &u);
		return -ENOSYS;
	}
	*out = *c;
	out->nr = __NR_openat;
	out->arg[2] = how.flags;
	out->arg[3] = how.mode;
	return 0;
}
