/* SPDX-License-Identifier: MIT */
#include "loader/confine/last_dumps.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/ask_threads.h"
#include "loader/cmd_logs.h"
#include "loader/exit_status.h"

#define MOST	  8
#define ALL_MS	  1000
#define LONGEST_S 5 /* that a reader has */
/* A process with more children than this is not one that somebody waits for. */
#define DEEPEST 8

static int dumps[MOST];
static int count;
static struct timespec end;

/* Milliseconds. */
static unsigned int time_left(void)
{
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (unsigned int)ms : 0;
}

static void take(pid_t pid, int depth)
{
	struct fx_refusal why;
	uint64_t pause_ns;
	char path[64];
	FILE *children;
	int fd, child;

	unsigned int left = time_left();

	if (count == MOST || depth == DEEPEST || left == 0)
		return;
	fd = fx_ask_threads(pid, left < ALL_MS / 2 ? left : ALL_MS / 2, &pause_ns, &why);
	if (fd >= 0)
		dumps[count++] = fd;
	/* Of the first thread alone, which makes them as a rule. */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	children = fopen(path, "re");
	if (!children)
		return;
	while (fscanf(children, "%d", &child) == 1)
		take((pid_t)child, depth + 1);
	fclose(children);
}

void fx_last_dumps_take(pid_t program)
{
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ALL_MS / 1000;
	take(program, 0);
}

static void become_reader(int fd, bool in_namespace, int log)
{
	char number[16], log_number[16];
	char *argv[] = {"threads", "--fd", number, NULL, log_number, NULL};
	sigset_t none;

	/* All but itself and the init, at once. */
	if (in_namespace)
		kill(-1, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* What the program has written may take for ever to read. */
	signal(SIGALRM, SIG_DFL);
	alarm(LONGEST_S);
	fcntl(fd, F_SETFD, 0);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	snprintf(number, sizeof(number), "%d", fd);
	snprintf(log_number, sizeof(log_number), "%d", log);
	if (log >= 0) {
		fcntl(log, F_SETFD, 0);
		argv[3] = "--log-fd";
	}
	_exit(fx_cmd_logs(argv));
}

void fx_last_dumps_tell(bool in_namespace, int log)
{
	for (int i = 0; i < count; i++) {
		pid_t reader = fork();
		int status = 0;

		if (reader == 0)
			become_reader(dumps[i], in_namespace, log);
		if (reader > 0)
			waitpid(reader, &status, 0);
		if (reader < 0 || WIFSIGNALED(status))
			dprintf(STDERR_FILENO,
				"fxbox: where the threads of a process were cannot be "
				"told: its dump could not be read in time\n");
		close(dumps[i]);
	}
	count = 0;
}
