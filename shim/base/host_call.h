/* SPDX-License-Identifier: MIT */
/*
 * How the shim and the manager's platform reach the host kernel. In assembly, for the trap
 * filter trusts the address; tests of the platform have the same two of a libc's.
 */
#ifndef SHIM_BASE_HOST_CALL_H
#define SHIM_BASE_HOST_CALL_H

/* The host's result, or -errno. */
long fx_host_call(long nr, long a, long b, long c, long d, long e, long f);

/*
 * The same for a call that may sleep on the guest's behalf: -FX_EBAIL, and no
 * call at all, when a signal for the guest is pending.
 */
long fx_host_call_park(long nr, long a, long b, long c, long d, long e, long f);

#endif
