/* SPDX-License-Identifier: MIT */
/* Processes: clone(2) and clone3 with flags of every kind, wait4, waitid, pidfds, groups, sessions,
 * exec. */
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

static volatile int shared;
static int fd_to_close;
static char *stack_top;

struct args { /* struct clone_args, whatever the header is called */
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

static long clone3_(struct args *a, size_t size)
{
	return syscall(SYS_clone3, a, size);
}

static int child_function(void *arg)
{
	shared = 5;
	if (fd_to_close)
		close(fd_to_close);
	if (arg)
		need(chdir(arg) == 0);
	signal(SIGUSR1, SIG_IGN);
	_exit(7);
}

static void never_runs(int signal)
{
	(void)signal;
	need(!"handled");
}

/* What a child with these flags changes is seen by the parent, or is not. */
static void sharing(const char *name, unsigned long flags)
{
	struct sigaction now;
	char cwd[4096];
	int status;
	pid_t child;

	shared = 0;
	fd_to_close = dup(1);
	need(chdir("/usr") == 0);
	signal(SIGUSR1, SIG_DFL);
	fflush(stdout);
	child = clone(child_function, stack_top, (int)(flags | SIGCHLD), (void *)"/etc");
	need(child > 0 && waitpid(child, &status, 0) == child);
	need(getcwd(cwd, sizeof(cwd)));
	sigaction(SIGUSR1, NULL, &now);
	printf("%s: status %x, memory %d, directory %s, descriptor closed %d, action %s\n", name,
	       (unsigned)status, shared, cwd, fcntl(fd_to_close, F_GETFD) < 0,
	       now.sa_handler == SIG_IGN ? "ignored" : "default");
	close(fd_to_close);
	signal(SIGUSR1, SIG_DFL);
}

static void flags(void)
{
	sharing("nothing", 0);
	sharing("CLONE_VM", CLONE_VM);
	sharing("CLONE_VM and SIGHAND", CLONE_VM | CLONE_SIGHAND);
	sharing("CLONE_FS", CLONE_FS);
	sharing("CLONE_FILES", CLONE_FILES);
	sharing("all of them", CLONE_VM | CLONE_SIGHAND | CLONE_FS | CLONE_FILES);
	sharing("CLONE_VFORK", CLONE_VFORK);
	sharing("as vfork", CLONE_VM | CLONE_VFORK);
	sharing("CLONE_SYSVSEM and CLONE_IO", CLONE_SYSVSEM | CLONE_IO);
}

static void refusals(void)
{
	struct args a = {0};

	say("SIGHAND without VM", syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
	say("THREAD without SIGHAND", syscall(SYS_clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0));
	say("PIDFD and PARENT_SETTID",
	    syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, 0, 0, 0));
	say("FS and NEWNS", syscall(SYS_clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
	say("clone3, small", clone3_(&a, 8));
	say("clone3, bad address", syscall(SYS_clone3, 8, sizeof(a)));
	say("clone3, huge", clone3_(&a, 1 << 20));
	a.exit_signal = 65;
	say("clone3, bad signal", clone3_(&a, sizeof(a)));
	a.exit_signal = SIGCHLD;
	a.stack = 4096;
	say("clone3, stack without size", clone3_(&a, sizeof(a)));
	a.stack = 0;
	a.flags = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND | CLONE_VM;
	say("clone3, both about handlers", clone3_(&a, sizeof(a)));
}

static void third(void)
{
	int pidfd = -1, status;
	pid_t parent_tid = 0;
	struct pollfd pfd = {.events = POLLIN};
	struct args a = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CLEAR_SIGHAND,
			 .pidfd = (uintptr_t)&pidfd,
			 .parent_tid = (uintptr_t)&parent_tid,
			 .exit_signal = SIGCHLD};
	siginfo_t info;
	long child;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, never_runs);
	fflush(stdout);
	child = clone3_(&a, sizeof(a));
	if (child == 0) {
		struct sigaction one, two;

		sigaction(SIGUSR1, NULL, &one);
		sigaction(SIGUSR2, NULL, &two);
		_exit((one.sa_handler == SIG_IGN) + 2 * (two.sa_handler == SIG_DFL));
	}
	need(child > 0);
	printf("clone3: tid stored %d, pidfd %d, close-on-exec %d\n", parent_tid == child,
	       pidfd > 2, fcntl(pidfd, F_GETFD));
	pfd.fd = pidfd;
	say("poll", poll(&pfd, 1, -1));
	say("waitid", waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED));
	printf("code %d, status %d\n", info.si_code, info.si_status);
	say("once more", waitid((idtype_t)3, (id_t)pidfd, &info, WEXITED));
	say("signal to the dead", syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	close(pidfd);
	/* No exit signal: only found with __WALL or __WCLONE. */
	fflush(stdout);
	child = syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (child == 0)
		_exit(4);
	say("plain wait", waitpid((pid_t)child, &status, 0));
	need(waitpid((pid_t)child, &status, __WALL) == child);
	printf("status %d\n", WEXITSTATUS(status));
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
}

static void groups(void)
{
	int status, pipes[2];
	pid_t child, grandchild;

	need(pipe(pipes) == 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		printf("setsid %d", setsid() == getpid());
		printf(", session %d, group %d\n", getsid(0) == getpid(), getpgrp() == getpid());
		say("again", setsid());
		say("move the leader", setpgid(0, 0));
		fflush(stdout);
		grandchild = fork();
		if (grandchild == 0) {
			need(setpgid(0, 0) == 0);
			need(write(pipes[1], "x", 1) == 1);
			pause();
		}
		char c;

		need(read(pipes[0], &c, 1) == 1);
		printf("group of the grandchild %d\n", getpgid(grandchild) == grandchild);
		say("kill the group", kill(-grandchild, SIGUSR1));
		say("wait for the group", waitpid(-grandchild, &status, 0) == grandchild);
		printf("by signal %d\n", WTERMSIG(status));
		say("no such group", kill(-grandchild, SIGUSR1));
		fflush(stdout);
		_exit(0);
	}
	say_end("session", child);
	say("nobody to wait for", waitpid(-1, &status, 0));
	say("bad options", waitpid(-1, &status, 0x40));
	close(pipes[0]);
	close(pipes[1]);
}

static void stops(void)
{
	siginfo_t info;
	struct rusage usage;
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		for (;;)
			pause();
	}
	say("nothing yet", wait4(child, &status, WNOHANG, &usage));
	kill(child, SIGTSTP);
	need(waitid(P_PID, (id_t)child, &info, WSTOPPED) == 0);
	printf("stopped: code %d, status %d\n", info.si_code, info.si_status);
	kill(child, SIGCONT);
	need(waitid(P_PID, (id_t)child, &info, WCONTINUED) == 0);
	printf("continued: code %d, status %d\n", info.si_code, info.si_status);
	kill(child, SIGKILL);
	need(wait4(child, &status, 0, &usage) == child);
	printf("killed by %d\n", WTERMSIG(status));
}

static void *execs(void *arg)
{
	char *const argv[] = {"echo", "from", "a", "thread", NULL};

	execv("/bin/echo", argv);
	return arg;
}

static void execution(void)
{
	char *const argv[] = {"sh", "-c", "echo name $0 $1; kill -TERM $$", "zero", "one", NULL};
	char *const none[] = {NULL};
	int fd;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		pthread_join(start_thread(execs, NULL), NULL);
		_exit(9);
	}
	say_end("exec from a thread", child);
	child = fork();
	if (child == 0) {
		fd = open("/bin/sh", O_PATH | O_CLOEXEC);
		fexecve(fd, argv, none);
		_exit(9);
	}
	say_end("fexecve", child);
	child = vfork();
	if (child == 0) {
		execve("/no/such", argv, none);
		_exit(errno == ENOENT ? 3 : 4);
	}
	say_end("vfork and no exec", child);
	/* A blocked and pending signal is there after the exec; an ignored one stays ignored. */
	child = fork();
	if (child == 0) {
		char *const check[] = {
			"sh", "-c",
			"kill -USR2 $$; grep -E 'Sig(Ign|Blk)|ShdPnd' /proc/self/status >/dev/null; "
			"echo alive",
			NULL};

		signal(SIGUSR2, SIG_IGN);
		execve("/bin/sh", check, none);
		_exit(9);
	}
	say_end("ignored over exec", child);
}

static void limits(void)
{
	struct rlimit few = {0, 0};
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		few.rlim_cur = few.rlim_max = 1;
		need(setrlimit(RLIMIT_CPU, &few) == 0);
		for (volatile long i = 0;; i++)
			;
	}
	need(waitpid(child, &status, 0) == child);
	printf("processor time: signal %d\n",
	       WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
	child = fork();
	if (child == 0) {
		char name[] = "/tmp/processes_XXXXXX";
		int fd = mkstemp(name);

		unlink(name);
		few.rlim_cur = few.rlim_max = 10;
		need(setrlimit(RLIMIT_FSIZE, &few) == 0);
		need(write(fd, "0123456789", 10) == 10);
		need(write(fd, "0", 1) == 1);
		_exit(0);
	}
	say_end("file size", child);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	stack_top = (char *)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0) +
		    (1 << 20);
	flags();
	refusals();
	third();
	groups();
	stops();
	execution();
	limits();
	return 0;
}
