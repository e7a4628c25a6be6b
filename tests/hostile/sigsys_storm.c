/* SPDX-License-Identifier: MIT */
/* Sends itself SIGSYS many times, also forged as a trap, and then writes to a file. */
#include "tests/hostile/hostile.h"

#define TIMES 4000

bool attack(void)
{
	siginfo_t info = {.si_signo = SIGSYS, .si_code = 1 /* SYS_SECCOMP */};
	int pid = getpid(), tid = (int)syscall(SYS_gettid);

	signal(SIGSYS, SIG_IGN);
	info.si_syscall = SYS_getpid;
	info.si_arch = 0xc000003e;
	for (int i = 0; i < TIMES; i++) {
		attempt(SYS_tgkill, pid, tid, SIGSYS);
		attempt(SYS_rt_tgsigqueueinfo, pid, tid, SIGSYS, &info);
	}
	return write_target();
}
