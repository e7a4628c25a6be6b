/* SPDX-License-Identifier: MIT */
/* arch_prctl, rseq, membarrier, the vDSO, segments, and the ways in that are no `syscall` of 64
 * bits. */
#include <asm/prctl.h>
#include <linux/membarrier.h>
#include <linux/rseq.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>

#include "guest-progs/guest.h"

static unsigned long gs_word = 77;

static void segments(void)
{
	unsigned long fs = 0, gs = 1, word;

	say("ARCH_GET_FS", syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
	printf("it is the thread's %d\n", fs == (unsigned long)__builtin_thread_pointer());
	say("ARCH_SET_GS", syscall(SYS_arch_prctl, ARCH_SET_GS, &gs_word));
	say("ARCH_GET_GS", syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
	__asm__("mov %%gs:0, %0" : "=r"(word));
	printf("gs is kept over calls: %d %lu\n", gs == (unsigned long)&gs_word, word);
	say("ARCH_SET_FS to no address", syscall(SYS_arch_prctl, ARCH_SET_FS, 1UL << 62));
	say("ARCH_GET_GS, bad", syscall(SYS_arch_prctl, ARCH_GET_GS, 8));
	say("unknown", syscall(SYS_arch_prctl, 0x7777, 0));
	say("ARCH_SET_GS back", syscall(SYS_arch_prctl, ARCH_SET_GS, 0));
}

static void barriers(void)
{
	say("private expedited, not registered",
	    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	say("register", syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	say("private expedited", syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	say("global", syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
	say("bad flags", syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 7, 0));
	say("unknown", syscall(SYS_membarrier, 1 << 30, 0, 0));
}

/* A critical section that is interrupted begins anew. */
static void restartable(void)
{
	static __thread struct {
		uint32_t cpu_start, cpu;
		uint64_t cs;
		uint32_t flags, node, mm_cid, pad[1];
	} area __attribute__((aligned(32)));
	long r = syscall(SYS_rseq, &area, 32, 0, 0x53053053);

	/* glibc has registered its own. */
	say("rseq, a second one", r);
	say("rseq, bad length", syscall(SYS_rseq, &area, 8, 0, 0x53053053));
	say("rseq, bad flags", syscall(SYS_rseq, &area, 32, 77, 0x53053053));
	printf("the cpu is known %d\n", sched_getcpu() >= 0);
}

static void clocks(void)
{
	struct timespec a, b;
	struct timeval tv;
	unsigned cpu, node;

	printf("vDSO there: %d\n", getauxval(AT_SYSINFO_EHDR) != 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
	printf("its clock is the system's: %d\n",
	       b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
	say("processor time", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a));
	say("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL));
	say("gettimeofday", gettimeofday(&tv, NULL));
	say("bad clock", clock_gettime(77, &a));
	printf("time %d\n", time(NULL) >= tv.tv_sec);
}

static void options(void)
{
	char name[16];

	say("PR_SET_NAME", prctl(PR_SET_NAME, "a name of more than 16"));
	prctl(PR_GET_NAME, name);
	printf("it is %s\n", name);
	say("PR_SET_DUMPABLE", prctl(PR_SET_DUMPABLE, 0));
	say("PR_GET_DUMPABLE", prctl(PR_GET_DUMPABLE));
	say("PR_SET_TIMERSLACK", prctl(PR_SET_TIMERSLACK, 1000));
	say("PR_GET_TIMERSLACK", prctl(PR_GET_TIMERSLACK));
	say("PR_SET_CHILD_SUBREAPER", prctl(PR_SET_CHILD_SUBREAPER, 1));
	say("PR_GET_SECCOMP", prctl(PR_GET_SECCOMP));
	say("unknown", prctl(0x777777));
}

int main(void)
{
	segments();
	barriers();
	restartable();
	clocks();
	options();
	return 0;
}
