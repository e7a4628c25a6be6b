/* SPDX-License-Identifier: MIT */
#include "loader/confine/supervise.h"

#include <errno.h>
#include <fcntl.h>
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
#include "loader/exit_status.h"

/* As timeout(1) has it. */
#define STATUS_TIMEOUT 124

struct supervised {
	pid_t program;
	pid_t init; /* 0 without a PID namespace */
	uint64_t deadline_ns;
	uint64_t timeout_ms; /* 0: none */
	bool timed_out;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* These two hold nothing that the program could want from them: no descriptors, no directory. */
static void let_go(int first)
{
	syscall(SYS_close_range, first, ~0U, 0);
	/* If it fails they stay where the user is. */
	if (chdir("/") < 0)
		return;
}

/* Number 1 of the namespace: with its end everything in it ends. */
static _Noreturn void be_init(void)
{
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "fxbox-init");
	let_go(0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		siginfo_t info;

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		sigwaitinfo(&all, &info);
	}
}

/* No PID namespace: everybody who descends from the program ends up as our child. */
static void kill_descendants(void)
{
	char path[64];
	int status;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (;;) {
		FILE *children = fopen(path, "re");
		int pid;

		while (children && fscanf(children, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (children)
			fclose(children);
		if (waitpid(-1, &status, 0) < 0 && errno != EINTR)
			return;
	}
}

static void end_all(const struct supervised *s)
{
	if (s->init > 0) {
		kill(s->init, SIGKILL);
		/* It is gone when everybody in the namespace is. */
		waitpid(s->init, NULL, 0);
	} else if (s->timed_out) {
		kill_descendants();
	}
}

static void report_timeout(const struct supervised *s)
{
	dprintf(STDERR_FILENO,
		"fxbox: the time of %g s is over (--timeout): the program was killed\n",
		(double)s->timeout_ms / 1000);
}

/* Ends as the program did, as far as one process can stand for another. */
static _Noreturn void end_as(const struct supervised *s, int status)
{
	static const struct rlimit no_core;
	sigset_t one;

	end_all(s);
	if (s->timed_out) {
		report_timeout(s);
		_exit(STATUS_TIMEOUT);
	}
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

static void reap(const struct supervised *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != s->program)
			continue;
		if (WIFSTOPPED(status))
			kill(getpid(), SIGSTOP); /* a shell is to see it, and SIGCONT goes on */
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
static bool is_own(int sig)
{
	return sig == SIGCHLD || sig == SIGTTIN || sig == SIGTTOU;
}

static int next_signal(struct supervised *s, const sigset_t *set, siginfo_t *info)
{
	uint64_t now;

	if (s->timeout_ms == 0 || s->timed_out)
		return sigwaitinfo(set, info);
	now = now_ns();
	if (now < s->deadline_ns) {
		uint64_t left = s->deadline_ns - now;
		struct timespec wait = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};

		return sigtimedwait(set, info, &wait);
	}
	s->timed_out = true;
	kill(s->program, SIGKILL);
	return 0;
}

static _Noreturn void watch(struct supervised *s)
{
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		siginfo_t info;
		int sig = next_signal(s, &all, &info);

		if (sig > 0 && !is_own(sig))
			pass_on(s, &info);
		reap(s);
	}
}

int fx_supervise(const struct fx_policy *policy, bool pid_namespace, struct fx_refusal *why)
{
	struct supervised s = {.timeout_ms = policy->timeout_ms};
	struct sigaction children;
	sigset_t all, before;

	s.deadline_ns = now_ns() + s.timeout_ms * 1000000u;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* Where SIGCHLD is ignored nobody learns how his children ended. */
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &children);
	if (pid_namespace) {
		s.init = fork();
		if (s.init == 0) {
			fx_capabilities_drop(why);
			be_init();
		}
		if (s.init < 0)
			return fx_refuse(why, FX_EXIT_FAILED, "fork", "%s", strerror(errno));
	}
	s.program = fork();
	if (s.program < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "fork", "%s", strerror(errno));
	if (s.program == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigaction(SIGCHLD, &children, NULL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return 0;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "fxbox-watch");
	fx_capabilities_drop(why);
	let_go(STDERR_FILENO + 1);
	watch(&s);
}
