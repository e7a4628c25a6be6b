/* SPDX-License-Identifier: MIT */
/* A program sends itself signals that look like the kernel's own: faults, traps, refused calls. */
#include <signal.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static const int signals[] = {SIGSYS, SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGFPE, SIGUSR1};
static volatile int handled, code, value;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	handled = sig;
	code = info->si_code;
	value = info->si_value.sival_int;
}

static void tell(const char *how, int sig, int want)
{
	printf("%s of %s with code %d: %s, code %d, value %d\n", how, sigabbrev_np(sig), want,
	       handled == sig ? "handled" : "not handled", code, value);
	handled = code = value = 0;
}

static void send_each(int sig, int want)
{
	siginfo_t info = {.si_signo = sig, .si_code = want};
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	info.si_value.sival_int = 77;
	need(fd >= 0);
	need(syscall(SYS_rt_tgsigqueueinfo, getpid(), own_tid(), sig, &info) == 0);
	tell("to the thread", sig, want);
	need(syscall(SYS_rt_sigqueueinfo, getpid(), sig, &info) == 0);
	tell("to the process", sig, want);
	need(syscall(SYS_pidfd_send_signal, fd, sig, &info, 0) == 0);
	tell("by a descriptor", sig, want);
	close(fd);
}

/* Blocked it waits, as anything that was sent; a fault would be the end. */
static void while_blocked(int sig)
{
	siginfo_t info = {.si_signo = sig, .si_code = 1}, got;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	need(syscall(SYS_rt_tgsigqueueinfo, getpid(), own_tid(), sig, &info) == 0);
	printf("blocked %s: ", sigabbrev_np(sig));
	say("taken", sigwaitinfo(&set, &got));
	printf("its code is %d\n", got.si_code);
	need(syscall(SYS_rt_tgsigqueueinfo, getpid(), own_tid(), sig, &info) == 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	tell("unblocked", sig, 1);
}

/* Real ones after all that are still real. */
static void real_ones(void)
{
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	pid_t pid;
	int status;

	need(page != MAP_FAILED);
	sigaction(SIGTRAP, &action, NULL);
	__asm__ volatile("int3");
	tell("breakpoint", SIGTRAP, 0x80);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)page = 1;
		_exit(1);
	}
	need(waitpid(pid, &status, 0) == pid);
	printf("a fault: dies of %s\n",
	       WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : "nothing");
}

int main(void)
{
	static const int codes[] = {1, 2, 4, 6, 0x80, 0, -1, -6, 1000, 0x20000000};
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	siginfo_t info = {.si_signo = SIGSYS, .si_code = 1};

	for (size_t s = 0; s < sizeof(signals) / sizeof(signals[0]); s++) {
		sigaction(signals[s], &action, NULL);
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
			send_each(signals[s], codes[i]);
		while_blocked(signals[s]);
	}
	say("to nobody", syscall(SYS_rt_tgsigqueueinfo, getpid(), own_tid(), SIGSYS, 8));
	say("to another", syscall(SYS_rt_sigqueueinfo, getppid(), SIGSYS, &info));
	say("no such signal", syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info));
	real_ones();
	return 0;
}
