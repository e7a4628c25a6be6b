/* SPDX-License-Identifier: MIT */
#include "loader/test/run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/descriptors.h"
#include "loader/exit_status.h"

/* Above what a program opens, and always the same: its own numbers are those of any run. */
#define SCHEDULE_FD 900
#define LOG_FD	    901

void fx_run_watched(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

/* The command line of a run. */
static void command_line(struct fx_workers *w, bool told, bool copied)
{
	static char schedule[32], log[32], copies[32];
	char **word = w->argv;

	snprintf(schedule, sizeof(schedule), "--schedule=/dev/fd/%d", SCHEDULE_FD);
	snprintf(log, sizeof(log), "--log=/dev/fd/%d", LOG_FD);
	*word++ = "fxbox";
	*word++ = "run";
	*word++ = schedule;
	*word++ = "--quiet";
	*word++ = "--on-deadlock=abort";
	if (told) {
		*word++ = log;
		*word++ = "--on-crash=report";
	}
	snprintf(copies, sizeof(copies), "--copies=%d", FX_SOURCE_FD);
	if (copied)
		*word++ = copies;
	if (w->command.tmp)
		*word++ = "--tmp";
	for (size_t i = 0; i < w->command.options_count; i++)
		*word++ = w->command.options[i];
	*word++ = "--";
	for (char *const *p = w->command.program; *p; p++)
		*word++ = *p;
	*word = NULL;
}

/* The places of a run's descriptors. orders: the socket of a source, or -1. */
static bool place(const struct fx_run *run, int orders)
{
	const int null = open("/dev/null", O_RDONLY);

	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	       (run->order.stop ||
		(dup2(run->out, STDOUT_FILENO) >= 0 && dup2(run->out, STDERR_FILENO) >= 0)) &&
	       dup2(run->schedule.fd, SCHEDULE_FD) >= 0 &&
	       (orders < 0 || dup2(orders, FX_SOURCE_FD) >= 0) &&
	       (!run->order.told || dup2(run->log, LOG_FD) >= 0);
}

/* Its threads hand over to each other twice as fast on one processor. -1: on any; copies choose. */
static void stay_on(int processor)
{
	cpu_set_t cpu;

	if (processor < 0)
		return;
	CPU_ZERO(&cpu);
	CPU_SET((size_t)processor, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

/* In the child. */
_Noreturn static void become(const struct fx_workers *w, const struct fx_run *run, pid_t parent,
			     int orders)
{
	sigset_t set;

	setpgid(0, 0);
	/* Or fxbox would do it, and execute itself once more. */
	personality(ADDR_NO_RANDOMIZE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FX_EXIT_FAILED);
	stay_on(run->cpu >= 0 || orders >= 0 ? run->cpu : sched_getcpu());
	fx_descriptors_lift(FX_SOURCE_FD + 1);
	if (!place(run, orders)) {
		dprintf(STDERR_FILENO,
			"fxbox: test: no descriptor %d can be had: %s (ulimit -Hn)\n", FX_SOURCE_FD,
			strerror(errno));
		_exit(FX_EXIT_FAILED);
	}
	fx_descriptors_lower();
	/* Nothing that runs would share, so that numbers are those of any run. */
	syscall(SYS_close_range, STDERR_FILENO + 1, SCHEDULE_FD - 1, CLOSE_RANGE_CLOEXEC);
	fx_run_watched(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	execv(w->command.runner ? w->command.runner : "/proc/self/exe", w->argv);
	dprintf(STDERR_FILENO, "fxbox: test: fxbox cannot be executed: %s\n", strerror(errno));
	_exit(FX_EXIT_FAILED);
}

int fx_run_begin(struct fx_workers *w, struct fx_run *run, int orders, struct fx_refusal *why)
{
	const pid_t parent = getpid();

	command_line(w, run->order.told, orders >= 0);
	run->pid = fork();
	if (run->pid < 0) {
		run->pid = 0;
		return fx_refuse(why, FX_EXIT_FAILED, "test",
				 "no process can be made: %s (--jobs: fewer at once)",
				 strerror(errno));
	}
	if (run->pid == 0)
		become(w, run, parent, orders);
	setpgid(run->pid, run->pid);
	return 0;
}

void fx_run_kill(struct fx_run *run)
{
	if (run->pid <= 0)
		return;
	kill(-run->pid, SIGKILL);
	kill(run->pid, SIGKILL);
}
