/* SPDX-License-Identifier: MIT */
/*
 * Signals that the hardware raises are signals as any other when they are sent: to the process they
 * wait until some thread takes them, which does not block them or waits for them; one of a kind,
 * with what its sender said; and a fork inherits none, nor does a thread.
 */
#include <signal.h>
#include <sys/pidfd.h>
#include <time.h>

#include "guest-progs/guest.h"

enum { KINDS = 6 };

static const int kinds[KINDS] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGSYS, SIGUSR1};
static const char *const kind_name[KINDS] = {"SIGTRAP", "SIGSEGV", "SIGBUS",
					     "SIGILL",	"SIGSYS",  "SIGUSR1"};

enum way { KILL, SIGQUEUE, PIDFD, TIMER, OF_CHILD, WAYS };

static const char *const way_name[WAYS] = {"kill", "sigqueue", "pidfd_send_signal", "a timer",
					   "a child"};

static pid_t handled_by;
static siginfo_t handled;

static void handler(int signal, siginfo_t *info, void *uc)
{
	(void)signal;
	(void)uc;
	handled = *info;
	__atomic_store_n(&handled_by, own_tid(), __ATOMIC_RELEASE);
}

static void say_info(const siginfo_t *info)
{
	printf("signal %d, code %d, value %d\n", info->si_signo, info->si_code,
	       info->si_code == SI_USER ? 0 : info->si_value.sival_int);
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

static void by_child(int sig)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(kill(getppid(), sig) != 0);
	need(waitpid(child, &status, 0) == child && status == 0);
}

/* Returns when it has been sent. */
static void send(enum way way, int sig)
{
	union sigval value = {.sival_int = 7};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig, .sigev_value = value};
	struct itimerspec soon = {.it_value = {0, 1}}, left;
	timer_t timer;
	int fd;

	switch (way) {
	case KILL:
		need(kill(getpid(), sig) == 0);
		break;
	case SIGQUEUE:
		need(sigqueue(getpid(), sig, value) == 0);
		break;
	case PIDFD:
		fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
		need(fd >= 0 && syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) == 0);
		close(fd);
		break;
	case TIMER:
		need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
		need(timer_settime(timer, 0, &soon, NULL) == 0);
		do
			need(timer_gettime(timer, &left) == 0);
		while (left.it_value.tv_sec || left.it_value.tv_nsec);
		break;
	default:
		by_child(sig);
	}
}

static pid_t waiting_tid;
static int stop;
static int wanted;

static void *runs(void *arg)
{
	sigset_t set = set_of(*(int *)arg);

	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	__atomic_store_n(&waiting_tid, own_tid(), __ATOMIC_RELEASE);
	await_that(__atomic_load_n(&stop, __ATOMIC_ACQUIRE));
	return NULL;
}

static void *pauses(void *arg)
{
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, *(int *)arg);
	__atomic_store_n(&waiting_tid, own_tid(), __ATOMIC_RELEASE);
	need(sigsuspend(&mask) == -1 && errno == EINTR);
	return NULL;
}

static void *waits(void *arg)
{
	sigset_t set = set_of(*(int *)arg);
	siginfo_t info;

	__atomic_store_n(&waiting_tid, own_tid(), __ATOMIC_RELEASE);
	/* The kernel may wake it for a signal that the first thread has taken before, and that
	 * comes back under fxbox. */
	while (sigwaitinfo(&set, &info) == -1)
		need(errno == EINTR);
	need(info.si_signo == *(int *)arg);
	handled = info;
	__atomic_store_n(&handled_by, own_tid(), __ATOMIC_RELEASE);
	return NULL;
}

static void by_other(const char *what, void *(*routine)(void *), enum way way, int kind)
{
	pthread_t thread;

	wanted = kinds[kind];
	handled_by = 0;
	waiting_tid = 0;
	stop = 0;
	thread = start_thread(routine, &wanted);
	await_that(__atomic_load_n(&waiting_tid, __ATOMIC_ACQUIRE));
	if (routine != runs)
		await_sleep(&waiting_tid);
	send(way, wanted);
	await_that(__atomic_load_n(&handled_by, __ATOMIC_ACQUIRE));
	printf("%s by %s, another thread %s: %s, ", kind_name[kind], way_name[way], what,
	       handled_by == waiting_tid ? "it has it" : "not that one");
	say_info(&handled);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

static void say_pending(const char *what, int sig)
{
	sigset_t pending;

	sigpending(&pending);
	printf("%s: %d, ", what, sigismember(&pending, sig));
}

static void *looks(void *arg)
{
	say_pending("a thread sees it", *(int *)arg);
	return NULL;
}

/* Blocked by all: the first is kept, in the process; a second for this thread is another. */
static void is_kept(int kind)
{
	static const struct timespec none;
	sigset_t set = set_of(kinds[kind]);
	union sigval value = {.sival_int = 1};
	siginfo_t info;
	pid_t child;
	int sig = kinds[kind], status;

	sigqueue(getpid(), sig, value);
	value.sival_int = 2;
	sigqueue(getpid(), sig, value);
	value.sival_int = 3;
	pthread_sigqueue(pthread_self(), sig, value);
	value.sival_int = 4;
	pthread_sigqueue(pthread_self(), sig, value);
	printf("%s kept: ", kind_name[kind]);
	say_pending("pending", sig);
	pthread_join(start_thread(looks, &sig), NULL);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		say_pending("of a child", sig);
		fflush(stdout);
		_exit(sigtimedwait(&set, NULL, &none) != -1);
	}
	need(waitpid(child, &status, 0) == child && status == 0);
	need(sigtimedwait(&set, &info, &none) == sig);
	printf("first of the thread: %d, ", info.si_value.sival_int);
	need(sigtimedwait(&set, &info, &none) == sig);
	printf("then of the process: %d, ", info.si_value.sival_int);
	printf("then %d\n", sigtimedwait(&set, &info, &none));

	kill(getpid(), sig);
	raise(sig);
	signal(sig, SIG_IGN);
	say_pending("forgotten when ignored", sig);
	signal(sig, SIG_DFL);
	say_pending("for good", sig);
	kill(getpid(), sig);
	say_pending("kept while blocked", sig);
	need(sigtimedwait(&set, NULL, &none) == sig);
	printf("\n");
}

/* Blocked by all when it is sent: whoever unblocks it first. */
static void is_left_to(int kind)
{
	pthread_t thread;

	wanted = kinds[kind];
	handled_by = 0;
	waiting_tid = 0;
	stop = 0;
	kill(getpid(), wanted);
	thread = start_thread(runs, &wanted);
	await_that(__atomic_load_n(&handled_by, __ATOMIC_ACQUIRE));
	await_that(__atomic_load_n(&waiting_tid, __ATOMIC_ACQUIRE));
	printf("%s, unblocked by another thread later: %s\n", kind_name[kind],
	       handled_by == waiting_tid ? "it has it" : "not that one");
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	for (int kind = 0; kind < KINDS; kind++) {
		sigset_t set = set_of(kinds[kind]);

		sigaction(kinds[kind], &action, NULL);
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		for (enum way way = 0; way < WAYS; way++) {
			by_other("runs", runs, way, kind);
			by_other("is in sigsuspend", pauses, way, kind);
			by_other("is in sigwaitinfo", waits, way, kind);
		}
		is_left_to(kind);
		is_kept(kind);
	}
	return 0;
}
