/* SPDX-License-Identifier: MIT */
/*
 * A handler's frame that does not fit where it should go: SIGSEGV, to a handler
 * if that one has room, and not a byte is written elsewhere.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

#define LEAST 2048 /* the kernel's own MINSIGSTKSZ; libc's may be larger */
#define AREA  (256 * 1024)
#define BELOW (64 * 1024) /* of the area in front of the alternate stack */
#define FILL  0x55

static unsigned char *area;

static int touched_below(void)
{
	for (int i = 0; i < BELOW; i++)
		if (area[i] != FILL)
			return 1;
	return 0;
}

static void handler(int sig)
{
	printf("%s, below the stack %s\n", sig == SIGSEGV ? "SIGSEGV" : "the handler ran",
	       touched_below() ? "something was overwritten" : "all is as it was");
	fflush(stdout);
	_exit(0);
}

static void on(int sig, void (*handle)(int), int flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = flags};

	need(sigaction(sig, &action, NULL) == 0);
}

static void set_alt(size_t size, unsigned int flags)
{
	stack_t ss = {.ss_sp = area + BELOW, .ss_size = size, .ss_flags = (int)flags};

	need(sigaltstack(&ss, NULL) == 0);
}

static void raise_here(void)
{
	raise(SIGUSR1);
}

/* From a place on the alternate stack, so many bytes above its lower end. */
static void raise_at(size_t above)
{
	long pid = getpid(), tid = own_tid(), nr = SYS_tgkill;
	unsigned char *sp = area + BELOW + above;

	__asm__ volatile("xchg %%rsp, %[sp]\n\tsyscall\n\txchg %%rsp, %[sp]"
			 : "+a"(nr), [sp] "+r"(sp)
			 : "D"(pid), "S"(tid), "d"((long)SIGUSR1)
			 : "rcx", "r11", "memory");
}

static void small(void)
{
	set_alt(LEAST, 0);
	raise_here();
}

static void small_that_disarms_itself(void)
{
	set_alt(LEAST, SS_AUTODISARM);
	raise_here();
}

static void nested_near_the_end(void)
{
	set_alt(64 * 1024, 0);
	raise_at(2000);
}

/* On the stack by rsp, and not on it below the red zone: so its upper end is taken. */
static void nested_within_the_red_zone(void)
{
	set_alt(64 * 1024, 0);
	raise_at(64);
}

static void read_only(void)
{
	set_alt(64 * 1024, 0);
	need(mprotect(area + BELOW, 64 * 1024, PROT_READ) == 0);
	raise_here();
}

static void for_segv_itself(void)
{
	on(SIGSEGV, handler, SA_ONSTACK);
	small();
}

static void segv_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigprocmask(SIG_BLOCK, &set, NULL);
	small();
}

static void segv_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	small();
}

static void segv_by_default(void)
{
	signal(SIGSEGV, SIG_DFL);
	small();
}

/* struct kernel_sigaction, which libc fills in otherwise. */
static void without_restorer(int sig, unsigned long flags)
{
	unsigned long action[4] = {(unsigned long)handler, flags, 0, 0};

	need(syscall(SYS_rt_sigaction, sig, action, 0, 8) == 0);
}

static void no_restorer(void)
{
	without_restorer(SIGUSR1, 0);
	raise_here();
}

static void no_restorer_for_segv(void)
{
	without_restorer(SIGUSR1, 0);
	without_restorer(SIGSEGV, SA_NODEFER);
	raise_here();
}

static void no_stack_at_all(void)
{
	long pid = getpid(), tid = own_tid(), nr = SYS_tgkill;

	on(SIGUSR1, handler, 0);
	on(SIGSEGV, handler, SA_ONSTACK);
	set_alt(64 * 1024, 0);
	__asm__ volatile("mov %%rsp, %%rbx\n\tmov $4096, %%esp\n\tsyscall\n\tmov %%rbx, %%rsp"
			 : "+a"(nr)
			 : "D"(pid), "S"(tid), "d"((long)SIGUSR1)
			 : "rcx", "r11", "rbx", "memory");
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"small", small},
	{"small, disarms itself", small_that_disarms_itself},
	{"nested near the end", nested_near_the_end},
	{"nested within the red zone", nested_within_the_red_zone},
	{"read-only", read_only},
	{"SIGSEGV's too", for_segv_itself},
	{"SIGSEGV blocked", segv_blocked},
	{"SIGSEGV ignored", segv_ignored},
	{"SIGSEGV by default", segv_by_default},
	{"no restorer", no_restorer},
	{"no restorer for SIGSEGV either", no_restorer_for_segv},
	{"no stack at all", no_stack_at_all},
};

/* How a case ends: its wait status. */
static int end_of(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	need(pid >= 0);
	if (pid == 0) {
		area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		need(area != MAP_FAILED);
		memset(area, FILL, AREA);
		on(SIGUSR1, handler, SA_ONSTACK);
		on(SIGSEGV, handler, 0);
		run();
		printf("no signal came\n");
		exit(1);
	}
	need(waitpid(pid, &status, 0) == pid);
	return status;
}

static size_t tried;

static void say_nothing(int sig)
{
	_exit(sig == SIGSEGV);
}

static void on_a_stack_of_tried(void)
{
	on(SIGUSR1, say_nothing, SA_ONSTACK);
	on(SIGSEGV, say_nothing, 0);
	set_alt(tried, 0);
	raise_here();
}

/* The same number as natively, so there is not a byte more or less in the frame. */
static void tell_least_size(void)
{
	size_t low = LEAST, high = BELOW;

	while (low < high) {
		tried = (low + high) / 2;
		if (WEXITSTATUS(end_of(on_a_stack_of_tried)) == 0)
			high = tried;
		else
			low = tried + 1;
	}
	printf("the smallest stack that is large enough: %zu\n", low);
}

int main(void)
{
	static const struct rlimit no_core;

	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status;

		printf("%s: ", cases[i].name);
		status = end_of(cases[i].run);
		if (WIFSIGNALED(status))
			printf("dies of %s\n", sigabbrev_np(WTERMSIG(status)));
		else
			printf("status %d\n", WEXITSTATUS(status));
	}
	tell_least_size();
	return 0;
}
