/* SPDX-License-Identifier: MIT */
/* Faults of the program's own: address and code told truly, left by siglongjmp, and fatal when
 * blocked. */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

/* Volatile, or the compiler warns of what is meant. */
static char *volatile nowhere = (char *)8;
static sigjmp_buf back;
static siginfo_t seen;
static int caught;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	seen = *info;
	caught++;
	siglongjmp(back, 1);
}

static void touch(const char *what, volatile char *address, int write)
{
	if (sigsetjmp(back, 1) == 0) {
		if (write)
			*address = 1;
		else
			(void)*address;
		printf("%s: no fault\n", what);
		return;
	}
	printf("%s: signal %d, code %d, address is right %d\n", what, seen.si_signo, seen.si_code,
	       seen.si_addr == address);
}

static void in_child(const char *what, void (*prepare)(void))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		prepare();
		*(volatile char *)nowhere = 1;
		_exit(1);
	}
	say_end(what, child);
}

static void block(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGSEGV);
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

static void ignore(void)
{
	signal(SIGSEGV, SIG_IGN);
}

static void reset(void)
{
	signal(SIGSEGV, SIG_DFL);
}

int main(void)
{
	static const struct rlimit no_core;
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	char *read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *empty = tmpfile();
	char *behind = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fileno(empty), 0);

	setrlimit(RLIMIT_CORE, &no_core);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	touch("unmapped", nowhere, 1);
	touch("read-only", read_only, 1);
	touch("read-only, read", read_only, 0);
	touch("no access", none, 0);
	touch("behind the end of a file", behind, 0);
	if (sigsetjmp(back, 1) == 0)
		*(volatile char *)0x8000000000000000 = 1;
	printf("not canonical: signal %d, code %d, address 0 %d\n", seen.si_signo, seen.si_code,
	       !seen.si_addr);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("ud2");
	printf("ud2: signal %d, code %d\n", seen.si_signo, seen.si_code);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("int3");
	printf("int3: signal %d, code %d\n", seen.si_signo, seen.si_code);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : : "eax", "ecx", "edx");
	printf("division by 0: signal %d, code %d\n", seen.si_signo, seen.si_code);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("hlt");
	printf("hlt: signal %d, code %d\n", seen.si_signo, seen.si_code);

	caught = 0;
	for (volatile int i = 0; i < 10000; i++) {
		if (sigsetjmp(back, 1) == 0)
			*(volatile char *)nowhere = 1;
	}
	printf("caught %d\n", caught);

	say("system call, bad pointer", read(0, nowhere, 1) == 0 ? 0 : write(1, nowhere, 1));
	block();
	say("system call, blocked", write(1, nowhere, 1));
	say("emulated call, blocked", syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8));
	in_child("fault while blocked", block);
	in_child("fault while ignored", ignore);
	in_child("fault by default", reset);
	return 0;
}
