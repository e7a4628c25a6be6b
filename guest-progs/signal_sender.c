/* SPDX-License-Identifier: MIT */
/*
 * Whoever sends its own process a signal that kills does not come back from the call, whichever
 * thread the signal is for, and whether the sender blocks it or not. It comes back where all that
 * it is for block the signal, or the one that is to take it waits for it.
 */
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>

#include "guest-progs/guest.h"

enum way { KILL, GROUP, OWN_GROUP, TKILL, TGKILL, SIGQUEUE, THREAD_SIGQUEUE, PIDFD, WAYS };

static const char *const way_name[WAYS] = {
	"kill",	  "kill(0)",  "kill(-pgrp)",	  "tkill",
	"tgkill", "sigqueue", "pthread_sigqueue", "pidfd_send_signal"};

enum who { FIRST, SECOND };

static const char *const who_name[] = {"the first thread", "another thread"};

/* What the others do. */
enum others { RUN, BLOCK, WAIT };

static enum way way;
static enum others others;
static bool sender_blocks;
static atomic_bool created;
static pid_t sleeper;
static struct {
	atomic_bool returned;
} * shared;

static void set_mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	need(pthread_sigmask(how, &set, NULL) == 0);
}

static long thread_sigqueue(pid_t tid)
{
	siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_QUEUE, .si_pid = getpid()};

	return syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, SIGTERM, &info);
}

static long send_to(pid_t tid)
{
	switch (way) {
	case KILL:
		return kill(getpid(), SIGTERM);
	case GROUP:
		return kill(0, SIGTERM);
	case OWN_GROUP:
		return kill(-getpgrp(), SIGTERM);
	case TKILL:
		return syscall(SYS_tkill, tid, SIGTERM);
	case TGKILL:
		return syscall(SYS_tgkill, getpid(), tid, SIGTERM);
	case SIGQUEUE:
		return sigqueue(getpid(), SIGTERM, (union sigval){.sival_int = 1});
	case THREAD_SIGQUEUE:
		return thread_sigqueue(tid);
	default:
		return pidfd_send_signal(pidfd_open(getpid(), 0), SIGTERM, NULL, 0);
	}
}

static _Noreturn void send_it(pid_t tid)
{
	set_mask(sender_blocks ? SIG_BLOCK : SIG_UNBLOCK);
	need(send_to(tid) == 0);
	atomic_store(&shared->returned, true);
	_exit(0);
}

static _Noreturn void be_other(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (others == WAIT) {
		__atomic_store_n(&sleeper, own_tid(), __ATOMIC_SEQ_CST);
		sigwait(&set, &sig);
	}
	for (;;)
		sched_yield();
}

static void *second_sends(void *first)
{
	while (!atomic_load(&created))
		sched_yield();
	if (others == WAIT)
		await_sleep(&sleeper);
	send_it((pid_t)(intptr_t)first);
}

static void *second_is_other(void *tid)
{
	__atomic_store_n((pid_t *)tid, own_tid(), __ATOMIC_SEQ_CST);
	be_other();
}

static _Noreturn void child(enum who sender)
{
	static pid_t tid;

	need(setpgid(0, 0) == 0);
	if (others != RUN)
		set_mask(SIG_BLOCK);
	if (sender == SECOND) {
		start_thread(second_sends, (void *)(intptr_t)own_tid());
		atomic_store(&created, true);
		be_other();
	}
	start_thread(second_is_other, &tid);
	await_that(__atomic_load_n(&tid, __ATOMIC_SEQ_CST) != 0);
	if (others == WAIT)
		await_sleep(&sleeper);
	send_it(tid);
}

static void one(enum who sender)
{
	static const char *const others_name[] = {"", ", the other blocks it",
						  ", the other waits for it"};
	pid_t pid;
	int status;

	atomic_store(&shared->returned, false);
	pid = fork();
	if (pid == 0)
		child(sender);
	need(waitpid(pid, &status, 0) == pid);
	printf("%s by %s%s%s: %s, %s\n", way_name[way], who_name[sender],
	       sender_blocks ? ", which blocks it" : "", others_name[others],
	       WIFSIGNALED(status) ? "killed" : "ended",
	       atomic_load(&shared->returned) ? "and had come back" : "in the call");
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	need(shared != MAP_FAILED);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (way = 0; way < WAYS; way++) {
		/* Only the first thread is told whose a descriptor is: docs/limits.md. */
		for (enum who sender = FIRST; sender <= (way == PIDFD ? FIRST : SECOND); sender++) {
			for (others = RUN; others <= WAIT; others++) {
				/* Who may take what another waits for: docs/limits.md. */
				for (int blocks = others == WAIT; blocks < 2; blocks++) {
					sender_blocks = blocks;
					one(sender);
				}
			}
		}
	}
	return 0;
}
