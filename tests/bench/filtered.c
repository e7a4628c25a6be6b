/* SPDX-License-Identifier: MIT */
/*
 * Linked into another bench, installs the seccomp program of `fxbox run --no-confine` before
 * it begins, with all of its text trusted: so nothing traps, every call runs through the
 * prologue and the body, and what they cost is left. The program must be static and not
 * position-independent, so that all its text has the same upper half of the address: none.
 */
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "loader/seccomp_filter.h"

__attribute__((constructor)) static void install(void)
{
	const struct sock_fprog *program =
		fx_seccomp_filter(0, (struct fx_span){.start = 0, .end = UINT32_MAX});

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program)) {
		perror("seccomp");
		exit(1);
	}
}
