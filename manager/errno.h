/* SPDX-License-Identifier: MIT */
/*
 * The error numbers that the manager returns, negated. They are Linux's own
 * numbers whatever the platform is, since the guest is a Linux program.
 */
#ifndef MANAGER_ERRNO_H
#define MANAGER_ERRNO_H

enum {
	FX_EPERM = 1,
	FX_ESRCH = 3,
	FX_EINTR = 4,
	FX_EAGAIN = 11,
	FX_ENOMEM = 12,
	FX_EFAULT = 14,
	FX_EINVAL = 22,
	FX_EDEADLK = 35,
	FX_ENOSYS = 38,
	FX_ETIMEDOUT = 110,
	FX_EALREADY = 114,
	FX_ECANCELED = 125,
};

#endif
