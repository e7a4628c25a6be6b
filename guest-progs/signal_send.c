/* SPDX-License-Identifier: MIT */
/* All the ways to send a signal, what its siginfo says, the order in which they arrive, and what is
 * refused. */
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "guest-progs/guest.h"

static pid_t pid, tid;

static void print_info(const siginfo_t *info)
{
	printf("  signal %d, code %d, errno %d, %s, uid %d, value %d\n", info->si_signo,
	       info->si_code, info->si_errno,
	       info->si_pid == pid ? "from here"
	       : info->si_pid == 0 ? "0"
				   : "from a child",
	       (int)info->si_uid, info->si_value.sival_int);
}

static void handler(int signal, siginfo_t *info, void *uc)
{
	(void)signal;
	(void)uc;
	print_info(info);
}

static long queue(long nr, int code, int signal)
{
	siginfo_t info = {.si_signo = signal, .si_code = code, .si_errno = 5};

	info.si_pid = pid;
	info.si_uid = getuid();
	info.si_value.sival_int = 42;
	return nr == SYS_rt_sigqueueinfo ? syscall(nr, pid, signal, &info)
					 : syscall(nr, pid, tid, signal, &info);
}

static void each_way(void)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	union sigval value = {.sival_int = 43};

	say("kill", kill(pid, SIGUSR1));
	say("tkill", syscall(SYS_tkill, tid, SIGUSR1));
	say("tgkill", syscall(SYS_tgkill, pid, tid, SIGUSR1));
	say("raise", raise(SIGUSR1));
	say("sigqueue", sigqueue(pid, SIGUSR1, value));
	say("pthread_kill", pthread_kill(pthread_self(), SIGUSR1));
	say("pthread_sigqueue", pthread_sigqueue(pthread_self(), SIGUSR1, value));
	say("rt_sigqueueinfo", queue(SYS_rt_sigqueueinfo, SI_QUEUE, SIGUSR1));
	say("rt_tgsigqueueinfo", queue(SYS_rt_tgsigqueueinfo, -77, SIGUSR1));
	say("rt_tgsigqueueinfo, a kernel's code", queue(SYS_rt_tgsigqueueinfo, SI_KERNEL, SIGUSR1));
	say("pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
	say("pidfd_send_signal, bad flags",
	    syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 1 << 20));
	say("to the group", kill(0, SIGURG));
	/* Synchronous signals that are sent are no faults. */
	say("a sent SIGSEGV", raise(SIGSEGV));
	say("a sent SIGBUS", queue(SYS_rt_tgsigqueueinfo, SI_QUEUE, SIGBUS));
	say("a sent SIGTRAP", kill(pid, SIGTRAP));
	say("a sent SIGSYS", syscall(SYS_tgkill, pid, tid, SIGSYS));
	say("a sent SIGFPE", raise(SIGFPE));
	say("a sent SIGILL", raise(SIGILL));
	close(fd);
}

static void refusals(void)
{
	say("signal 0", kill(pid, 0));
	say("signal 65", kill(pid, 65));
	say("signal -1", kill(pid, -1));
	say("nobody", kill(0x3fffffff, SIGUSR1));
	say("tgkill, other group", syscall(SYS_tgkill, 0x3fffffff, tid, SIGUSR1));
	say("tgkill, 0", syscall(SYS_tgkill, pid, 0, SIGUSR1));
	say("tgkill, bad signal", syscall(SYS_tgkill, pid, tid, 65));
	say("tkill, -1", syscall(SYS_tkill, -1, SIGUSR1));
	say("tkill, nobody", syscall(SYS_tkill, 0x3fffffff, 0));
	say("queue to nobody", sigqueue(0x3fffffff, SIGUSR1, (union sigval){0}));
	say("bad info", syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, 8));
	say("other signal in it", syscall(SYS_pidfd_send_signal, 0, SIGUSR1, NULL, 0));
}

/* Lower numbers first; real-time ones of one number in the order they were sent; others once. */
static void order(void)
{
	sigset_t all, pending;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < 3; i++) {
		union sigval value = {.sival_int = i};

		sigqueue(pid, SIGRTMIN + 3, value);
		sigqueue(pid, SIGRTMIN + 1, value);
		sigqueue(pid, SIGUSR2, value);
		pthread_sigqueue(pthread_self(), SIGRTMIN + 1, (union sigval){.sival_int = 10 + i});
		raise(SIGSEGV);
		raise(SIGTRAP);
	}
	sigpending(&pending);
	for (int i = 1; i < 65; i++)
		if (sigismember(&pending, i))
			printf("pending: %d\n", i);
	printf("order\n");
	sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static void limit(void)
{
	struct rlimit old, few = {3, 3};
	sigset_t set;
	siginfo_t info;
	pid_t child = fork();

	if (child == 0) {
		pid = getpid();
		getrlimit(RLIMIT_SIGPENDING, &old);
		few.rlim_cur = few.rlim_max = 0;
		setrlimit(RLIMIT_SIGPENDING, &few);
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		say("no room for a queued one", sigqueue(pid, SIGRTMIN, (union sigval){0}));
		say("but for a plain one", kill(pid, SIGUSR1));
		say("taken", sigwaitinfo(&set, &info));
		printf("  code %d\n", info.si_code);
		fflush(stdout);
		_exit(0);
	}
	say_end("child", child);
}

static void by_descriptor(void)
{
	struct signalfd_siginfo got[8];
	sigset_t set;
	int fd;
	ssize_t n;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	say("nothing there", read(fd, got, sizeof(got)));
	sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 1});
	sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 2});
	kill(pid, SIGUSR1);
	n = read(fd, got, sizeof(got));
	say("records", n / (ssize_t)sizeof(got[0]));
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(got[0]); i++)
		printf("  signal %u, code %d, %s, value %d\n", got[i].ssi_signo, got[i].ssi_code,
		       (pid_t)got[i].ssi_pid == pid ? "from here" : "from elsewhere",
		       got[i].ssi_int);
	say("small buffer", read(fd, got, 10));
	close(fd);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void by_wait(void)
{
	const int one[] = {SIGUSR1, SIGSEGV, SIGTRAP, SIGBUS, SIGSYS, SIGRTMAX};
	struct timespec none = {0, 0};

	for (int i = 0; i < 6; i++) {
		siginfo_t info;
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, one[i]);
		sigprocmask(SIG_BLOCK, &set, NULL);
		say("not there", sigtimedwait(&set, &info, &none));
		raise(one[i]);
		say("there", sigtimedwait(&set, &info, &none));
		print_info(&info);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
}

/* Sent while the thread waits for it. */
static void *sends(void *arg)
{
	await_sleep(&tid);
	syscall(SYS_tgkill, pid, tid, (int)(long)arg);
	return NULL;
}

static void awaited(void)
{
	static const int one[] = {SIGUSR1, SIGSEGV, SIGTRAP};

	for (int i = 0; i < 3; i++) {
		siginfo_t info;
		sigset_t set;
		pthread_t thread;

		sigemptyset(&set);
		sigaddset(&set, one[i]);
		sigprocmask(SIG_BLOCK, &set, NULL);
		thread = start_thread(sends, (void *)(long)one[i]);
		say("awaited", sigwaitinfo(&set, &info));
		print_info(&info);
		pthread_join(thread, NULL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
}

static void of_children(void)
{
	siginfo_t info;
	pid_t child;

	child = fork();
	if (child == 0)
		_exit(3);
	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0)
		;
	printf("waitid: signal %d, code %d, status %d\n", info.si_signo, info.si_code,
	       info.si_status);
	say_end("exits", child);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
	}
	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0)
		;
	printf("waitid: signal %d, code %d, status %d\n", info.si_signo, info.si_code,
	       info.si_status);
	say_end("killed", child);
}

/* The child learns of its parent's death. */
static void of_parents(void)
{
	int pipes[2];
	char c;
	pid_t child;

	need(pipe(pipes) == 0);
	child = fork();
	if (child == 0) {
		if (fork() == 0) {
			sigset_t set;
			siginfo_t info;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			need(write(pipes[1], "r", 1) == 1);
			need(sigwaitinfo(&set, &info) == SIGUSR1);
			need(write(pipes[1], info.si_code == SI_USER ? "u" : "o", 1) == 1);
			_exit(0);
		}
		need(read(pipes[0], &c, 1) == 1 && c == 'r');
		_exit(0);
	}
	say_end("parent", child);
	need(read(pipes[0], &c, 1) == 1);
	printf("the orphan was told: %c\n", c);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	pid = getpid();
	tid = own_tid();
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	need(setpgid(0, 0) == 0 || errno == EPERM);
	for (int i = 1; i < 65; i++)
		if (i != SIGCHLD && i != SIGCONT && i != SIGPIPE && i != SIGALRM)
			sigaction(i, &action, NULL);
	each_way();
	refusals();
	order();
	fflush(stdout);
	limit();
	by_descriptor();
	by_wait();
	awaited();
	fflush(stdout);
	of_children();
	fflush(stdout);
	of_parents();
	return 0;
}
