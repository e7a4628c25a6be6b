/* SPDX-License-Identifier: MIT */
/* Adds a seccomp filter of its own that allows everything, and then writes to a file. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &all};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	attempt(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	attempt(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	return write_target();
}
