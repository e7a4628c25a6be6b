/* SPDX-License-Identifier: MIT */
/*
 * What a signal's frame tells of faults: those of the thread's last one that was a signal, be that
 * long ago. A call that cannot read its argument is none; a new thread and a child have the
 * parent's.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "guest-progs/guest.h"

#define PAGE 4096

static char *nothing; /* a page without access */

static void tell(int signal, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
	const long away = (char *)g[REG_CR2] - nothing;

	(void)info;
	printf("%s: trap %lld, error %llx, address ",
	       signal == SIGSEGV  ? "segv"
	       : signal == SIGILL ? "ill"
				  : "sent",
	       g[REG_TRAPNO], g[REG_ERR]);
	if (away >= 0 && away < PAGE)
		printf("%ld\n", away);
	else
		puts(g[REG_CR2] == 0 ? "none" : "another");
	fflush(stdout);
	if (signal == SIGSEGV) /* movb $0,(%rax) */
		g[REG_RIP] += 3;
	else if (signal == SIGILL)
		g[REG_RIP] += 2;
}

static void store(long at)
{
	__asm__ volatile("movb $0,(%0)" ::"a"(nothing + at) : "memory");
}

static void invalid(void)
{
	__asm__ volatile("ud2" ::: "memory");
}

static void bad_arguments(void)
{
	need(syscall(SYS_nanosleep, nothing, NULL) == -1 && errno == EFAULT);
	need(syscall(SYS_futex, nothing, FUTEX_WAIT_PRIVATE, 0, NULL) == -1 && errno == EFAULT);
	need(syscall(SYS_rt_sigprocmask, SIG_BLOCK, nothing, NULL, 8) == -1 && errno == EFAULT);
	need(syscall(SYS_rt_sigaction, SIGUSR2, nothing, NULL, 8) == -1 && errno == EFAULT);
}

static void *thread(void *arg)
{
	puts("a thread:");
	raise(SIGUSR1);
	bad_arguments();
	raise(SIGUSR1);
	store(3);
	raise(SIGUSR1);
	return arg;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
	int status;
	pid_t child;

	setvbuf(stdout, NULL, _IOFBF, PAGE);
	nothing = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(nothing != MAP_FAILED);
	for (const int *s = (const int[]){SIGUSR1, SIGSEGV, SIGILL, 0}; *s; s++)
		need(sigaction(*s, &action, NULL) == 0);
	store(1);
	invalid();
	raise(SIGUSR1);
	bad_arguments();
	raise(SIGUSR1);
	store(2);
	raise(SIGUSR1);
	invalid();
	pthread_join(start_thread(thread, NULL), NULL);
	raise(SIGUSR1);
	fflush(stdout);
	child = fork();
	need(child >= 0);
	if (child == 0) {
		puts("a child:");
		raise(SIGUSR1);
		store(4);
		raise(SIGUSR1);
		return 0;
	}
	need(waitpid(child, &status, 0) == child && status == 0);
	raise(SIGUSR1);
	return 0;
}
