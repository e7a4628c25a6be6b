/* SPDX-License-Identifier: MIT */
/* The host calls of the Linux platform, over libc, where no shim is. */
#include <errno.h>
#include <unistd.h>

#include "shim/base/host_call.h"

long fx_host_call(long nr, long a, long b, long c, long d, long e, long f)
{
	long rc = syscall(nr, a, b, c, d, e, f);

	return rc == -1 ? -errno : rc;
}

long fx_host_call_park(long nr, long a, long b, long c, long d, long e, long f)
{
	return fx_host_call(nr, a, b, c, d, e, f);
}
