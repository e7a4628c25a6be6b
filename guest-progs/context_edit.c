/* SPDX-License-Identifier: MIT */
/* A handler edits the interrupted registers and mask, and the program goes on with them. */
#include <signal.h>
#include <ucontext.h>

#include "guest-progs/guest.h"

static void skips(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	(void)info;
	uc->uc_mcontext.gregs[REG_RIP] += 2; /* ud2 */
	uc->uc_mcontext.gregs[REG_RBX] = 0x1234567;
	((struct _libc_fpstate *)uc->uc_mcontext.fpregs)->_xmm[3].element[0] = 0xabcdef;
	sigaddset(&uc->uc_sigmask, SIGUSR1);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = skips, .sa_flags = SA_SIGINFO};
	unsigned xmm[4] = {1, 2, 3, 4};
	sigset_t mask;
	long rbx;

	sigaction(SIGILL, &action, NULL);
	__asm__ volatile("movups (%1), %%xmm3\n\tud2\n\tmovups %%xmm3, (%1)\n\tmovq %%rbx, %0"
			 : "=r"(rbx)
			 : "r"(xmm)
			 : "rbx", "xmm3", "memory");
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("rbx %lx, xmm3 %x %u %u %u, masked %d\n", (unsigned long)rbx, xmm[0], xmm[1], xmm[2],
	       xmm[3], sigismember(&mask, SIGUSR1));
	return 0;
}
