/* SPDX-License-Identifier: MIT */
#include "loader/confine/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/confine/capabilities.h"
#include "loader/confine/cgroup.h"
#include "loader/confine/copies.h"
#include "loader/confine/last_dumps.h"
#include "loader/confine/not_there.h"
#include "loader/exit_status.h"
#include "loader/summary.h"

/* As timeout(1) has it. */
#define STATUS_TIMEOUT 124

struct supervised {
	pid_t program;
	pid_t init; /* 0 without a PID namespace */
	uint64_t deadline_ns;
	bool timed_out;
	bool orphaned;
	int parent_fd; /* of --die-with-parent; -1 */
	const struct fx_supervision *how;
	const struct fx_config *config;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * These two hold nothing that the program could want from them: no directory, and no descriptors
 * but those for the report of a program that was killed, and for the log if they write there, which
 * it has itself.
 */
static void let_go(int first, const struct fx_config *config, bool writes)
{
	int log = config->fd_base + (int)FX_FD_LOG, audit = config->fd_base + (int)FX_FD_AUDIT;
	int kept = log + (writes && config->log ? 0 : 1);

	_Static_assert(FX_FD_LOG + 1 == FX_FD_REPORT && FX_FD_REPORT + 1 == FX_FD_AUDIT,
		       "kept together");
	if (first < kept)
		syscall(SYS_close_range, first, kept - 1, 0);
	syscall(SYS_close_range, audit + 1, ~0U, 0);
	/* If it fails they stay where the user is. */
	if (chdir("/") < 0)
		return;
}

/* Number 1 of the namespace: with its end everything in it ends. */
static _Noreturn void be_init(const struct fx_config *config)
{
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "fxbox-init");
	let_go(0, config, false);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		siginfo_t info;

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		sigwaitinfo(&all, &info);
	}
}

/* Number 1 likewise, which copies the program for who orders it, and is its parent. */
static void begin_to_copy(const struct fx_supervision *how, const struct fx_config *config)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fx_copies_begin(config, how->tmp);
}

/* How many children there are to kill; -1 if the host does not say. */
static int kill_children(void)
{
	char path[64];
	FILE *children;
	int pid, count = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	children = fopen(path, "re");
	if (!children)
		return -1;
	for (; fscanf(children, "%d", &pid) == 1; count++)
		kill(pid, SIGKILL);
	fclose(children);
	return count;
}

/*
 * No PID namespace: whoever descends from the program becomes our child when its parent has
 * ended. Each is killed before another is waited for, so that one that forks and ends, again
 * and again, has no time to.
 */
static void kill_descendants(void)
{
	siginfo_t any;

	/* As a rule nothing is left, and /proc need not be asked who. */
	if (waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD)
		return;
	for (;;) {
		int killed = kill_children();
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return;
		if (killed < 0) {
			dprintf(STDERR_FILENO, "fxbox: what the program left running goes on: "
					       "/proc does not say what that is\n");
			return;
		}
		/* All are killed, so one will end soon. */
		if (pid == 0 && killed > 0)
			waitpid(-1, NULL, 0);
	}
}

/* Nothing of the run outlives it. */
static void end_all(const struct supervised *s)
{
	pid_t pid;

	if (s->init == 0) {
		kill_descendants();
		return;
	}
	kill(s->init, SIGKILL);
	/*
	 * It is gone when everybody in the namespace is, those too that were made with
	 * CLONE_PARENT and are our children: they wait for us.
	 */
	do
		pid = waitpid(-1, NULL, 0);
	while (pid != s->init && (pid > 0 || errno == EINTR));
}

static void report_timeout(const struct supervised *s)
{
	dprintf(STDERR_FILENO,
		"fxbox: the time of %g s is over (--timeout): the program was killed\n",
		(double)s->how->timeout_ms / 1000);
}

static void report_orphaned(void)
{
	dprintf(STDERR_FILENO, "fxbox: the process that started it has ended "
			       "(--die-with-parent): the program was killed\n");
}

static int log_of(const struct supervised *s)
{
	return s->config->log ? s->config->fd_base + (int)FX_FD_LOG : -1;
}

/* Ends as the program did, as far as one process can stand for another. */
static _Noreturn void end_as(const struct supervised *s, int status)
{
	static const struct rlimit no_core;
	sigset_t one;

	/* Without its init a namespace takes no reader any more. */
	if (s->timed_out && s->init)
		fx_last_dumps_tell(true, log_of(s));
	end_all(s);
	/* All other ends the program itself tells of. */
	if (s->how->tells && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		fx_summary_of_run(s->config);
	if (s->how->sees)
		fx_not_there_tell(s->config);
	if (s->how->cgroup)
		fx_cgroup_end(s->how->cgroup, !s->config->quiet,
			      s->config->fd_base + (int)FX_FD_REPORT);
	if (s->timed_out) {
		fx_last_dumps_tell(false, log_of(s));
		report_timeout(s);
		_exit(STATUS_TIMEOUT);
	}
	if (s->orphaned)
		report_orphaned();
	if (WIFSIGNALED(status)) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
		sigemptyset(&one);
		sigaddset(&one, WTERMSIG(status));
		sigprocmask(SIG_UNBLOCK, &one, NULL);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static bool time_is_over(const struct supervised *s)
{
	return s->how->timeout_ms > 0 && now_ns() >= s->deadline_ns;
}

/*
 * A shell is to see the stop, and SIGCONT goes on. But a stop takes back a SIGCONT that waits: of a
 * parent that ended a moment before it nobody would wake us, nor of a time that was over, for a
 * timer whose signal was taken back expires no more. So a child stops us, and looks then.
 */
static void stop_with_program(const struct supervised *s)
{
	struct pollfd parent = {.fd = s->parent_fd, .events = POLLIN};
	const bool ends = s->parent_fd >= 0 || s->how->timeout_ms > 0;
	pid_t self = getpid(), child = ends ? fork() : -1;

	if (child == 0) {
		kill(self, SIGSTOP);
		/* What has no parent to look at has -1 there, of which poll tells nothing. */
		if (time_is_over(s) || poll(&parent, 1, 0) != 0)
			kill(self, SIGCONT);
		_exit(0);
	}
	if (child < 0)
		kill(self, SIGSTOP);
	else
		waitpid(child, NULL, 0);
}

static void reap(const struct supervised *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != s->program)
			continue;
		if (WIFSTOPPED(status))
			stop_with_program(s);
		else
			end_as(s, status);
	}
}

/* A signal of the terminal has reached the program already: it is in the same group. */
static void pass_on(const struct supervised *s, const siginfo_t *info)
{
	if (info->si_code != SI_KERNEL || info->si_signo == SIGHUP)
		kill(s->program, info->si_signo);
}

/* Signals that mean this process itself. */
static bool is_own(const siginfo_t *info)
{
	return info->si_signo == SIGCHLD || info->si_signo == SIGTTIN ||
	       info->si_signo == SIGTTOU || info->si_code == SI_TIMER;
}

/*
 * Who is stopped, as we are with the program, does not look at the time; SIGCONT wakes him, and
 * a timer can send it. Again, once one was taken, should anybody stop him once more. 0, or -1 with
 * errno.
 */
static int wake_at(uint64_t deadline_ns)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT};
	struct itimerspec when = {
		.it_value = {(time_t)(deadline_ns / 1000000000u),
			     (long)(deadline_ns % 1000000000u)},
		.it_interval = {.tv_nsec = 20000000},
	};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -1;
	return timer_settime(timer, TIMER_ABSTIME, &when, NULL);
}

/* /proc is that of the PID namespace, if there is one; in it the program is number 2. */
static pid_t number_in_proc(const struct supervised *s)
{
	return s->init ? 2 : s->program;
}

/*
 * The kernel tells of the end of the *thread* that started us, so the signal only has us look; a
 * process whose other threads go on is still our parent. SIGCONT, for it wakes who is stopped too.
 */
static void look_for_parent(struct supervised *s)
{
	if (s->how->parent == 0 || getppid() == s->how->parent)
		return;
	s->orphaned = true;
	kill(s->program, SIGKILL);
}

/* 0, or -1 with *why filled. A parent that is gone already is found when it is looked for. */
static int watch_parent(struct supervised *s, struct fx_refusal *why)
{
	s->parent_fd = (int)syscall(SYS_pidfd_open, s->how->parent, 0);
	if ((s->parent_fd < 0 && errno != ESRCH) || prctl(PR_SET_PDEATHSIG, SIGCONT) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "--die-with-parent", "%s", strerror(errno));
	return 0;
}

static _Noreturn void watch(struct supervised *s)
{
	sigset_t all;

	look_for_parent(s);
	sigfillset(&all);
	for (;;) {
		siginfo_t info;

		if (sigwaitinfo(&all, &info) > 0 && !is_own(&info))
			pass_on(s, &info);
		reap(s);
		look_for_parent(s);
		if (time_is_over(s)) {
			if (!s->timed_out && !s->config->quiet)
				fx_last_dumps_take(number_in_proc(s));
			s->timed_out = true;
			kill(s->program, SIGKILL);
		}
	}
}

/*
 * Those who stay see more than the program may, with --only: nobody is to look through them, by
 * /proc/PID/root and the like, from their first moment on. The program itself is as it was.
 */
static int hide_us(void)
{
	int seen = prctl(PR_GET_DUMPABLE);

	prctl(PR_SET_DUMPABLE, 0);
	return seen;
}

int fx_supervise(const struct fx_supervision *how, const struct fx_config *config,
		 struct fx_refusal *why)
{
	struct supervised s = {.how = how, .config = config, .parent_fd = -1};
	struct sigaction children;
	sigset_t all, before;
	int seen;

	s.deadline_ns = now_ns() + how->timeout_ms * 1000000u;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* Where SIGCHLD is ignored nobody learns how his children ended. */
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &children);
	seen = hide_us();
	/* Before there is anybody: a program may have left others behind before we run again. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (how->copies) {
		s.program = fork();
		if (s.program == 0) {
			begin_to_copy(how, config);
			s.program = fork();
			if (s.program > 0)
				fx_copies_serve(how->copies, s.program);
			close(how->copies);
			/* What is made read-only here stays writable to its parent. */
			if (s.program == 0 && unshare(CLONE_NEWNS) < 0)
				return fx_refuse(why, FX_EXIT_FAILED, "unshare", "%s",
						 strerror(errno));
		}
	} else if (how->pid_namespace) {
		s.init = fork();
		if (s.init == 0) {
			if (fx_capabilities_give_up(why) < 0) {
				fx_refusal_print(why, STDERR_FILENO);
				_exit(FX_EXIT_FAILED);
			}
			be_init(config);
		}
		if (s.init < 0)
			return fx_refuse(why, FX_EXIT_FAILED, "fork", "%s", strerror(errno));
	}
	/* Without what fork(3) does for threads and handlers, for there are none: each page that it
	 * writes to would be copied. */
	if (!how->copies)
		s.program = _Fork();
	if (s.program < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "fork", "%s", strerror(errno));
	if (s.program == 0) {
		if (seen == 1)
			prctl(PR_SET_DUMPABLE, 1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigaction(SIGCHLD, &children, NULL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return 0;
	}
	if (how->timeout_ms > 0 && wake_at(s.deadline_ns) < 0) {
		int error = errno;

		kill(s.program, SIGKILL);
		return fx_refuse(why, FX_EXIT_FAILED, "--timeout", "%s", strerror(error));
	}
	prctl(PR_SET_NAME, "fxbox-watch");
	/* Directories of cgroups are writable by nobody, to root likewise. */
	if ((how->cgroup ? fx_capabilities_keep_files(why) : fx_capabilities_give_up(why)) < 0) {
		kill(s.program, SIGKILL);
		return -1;
	}
	let_go(STDERR_FILENO + 1, config, how->sees || how->timeout_ms > 0);
	/* Not before: the program is not to have it. */
	if (how->parent && watch_parent(&s, why) < 0) {
		kill(s.program, SIGKILL);
		return -1;
	}
	watch(&s);
}
