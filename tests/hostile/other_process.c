/* SPDX-License-Identifier: MIT */
/* Traces, reads, writes and limits a process outside. */
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	int victim = atoi(from_runner("VICTIM"));
	struct rlimit none = {0, 0};
	char byte, path[64];
	struct iovec own = {&byte, 1}, theirs = {(void *)0x10000, 1};
	bool harmed = attempt(SYS_prlimit64, victim, RLIMIT_CORE, &none, 0) == 0;
	long read = attempt(SYS_process_vm_readv, victim, &own, 1, &theirs, 1, 0);

	harmed |= read >= 0 || read == -EFAULT;
	snprintf(path, sizeof(path), "/proc/%d/mem", victim);
	harmed |= attempt(SYS_openat, AT_FDCWD, path, O_RDWR) >= 0;
	harmed |= attempt(SYS_ptrace, PTRACE_SEIZE, victim, 0, 0) == 0;
	return harmed;
}
