/* SPDX-License-Identifier: MIT */
/*
 * Bad addresses in system calls while every signal is blocked, and while the
 * signals of faults are ignored: EFAULT, and nobody is harmed.
 */
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "guest-progs/guest.h"

static char *no_access;

static void bad_calls(const char *how)
{
	uint32_t *word = (uint32_t *)no_access;
	int pipes[2];

	printf("%s\n", how);
	need(pipe(pipes) == 0 && write(pipes[1], "x", 1) == 1);
	say("read", syscall(SYS_read, pipes[0], no_access, 1));
	say("write", syscall(SYS_write, pipes[1], no_access, 1));
	say("open", syscall(SYS_open, no_access, 0));
	say("stat", syscall(SYS_stat, "/", no_access));
	say("futex wait", syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL));
	say("futex wake op", syscall(SYS_futex, word, FUTEX_WAKE_OP_PRIVATE, 1, 1, word, 0));
	say("futex lock", syscall(SYS_futex, word, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
	say("futex time", syscall(SYS_futex, &pipes, FUTEX_WAIT_PRIVATE, pipes[0], no_access));
	say("sigaction", syscall(SYS_rt_sigaction, SIGUSR1, no_access, NULL, 8));
	say("sigprocmask", syscall(SYS_rt_sigprocmask, SIG_BLOCK, no_access, NULL, 8));
	say("sigaltstack", syscall(SYS_sigaltstack, no_access, NULL));
	say("sigtimedwait", syscall(SYS_rt_sigtimedwait, no_access, NULL, NULL, 8));
	say("ppoll", syscall(SYS_ppoll, NULL, 0, NULL, no_access, 8));
	say("clone3", syscall(SYS_clone3, no_access, 88));
	say("execve", syscall(SYS_execve, no_access, NULL, NULL));
	say("execve, arguments", syscall(SYS_execve, "/bin/true", no_access, NULL));
	say("nanosleep", syscall(SYS_nanosleep, no_access, NULL));
	say("getrandom", syscall(SYS_getrandom, no_access, 8, 0));
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGTRAP, SIGSYS};
	sigset_t all, old;

	no_access = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	bad_calls("all signals blocked");
	sigprocmask(SIG_SETMASK, &old, NULL);
	for (int i = 0; i < 4; i++)
		signal(faults[i], SIG_IGN);
	bad_calls("faults ignored");
	sigprocmask(SIG_BLOCK, &all, NULL);
	bad_calls("both");
	return 0;
}
