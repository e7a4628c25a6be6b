/* SPDX-License-Identifier: MIT */
#include "tests/guests/run.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS 64

static int temporary_descriptor(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_msg(fd >= 0, "no temporary file in /tmp");
	return fd;
}

static char *read_all(int fd, size_t *size)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)end + 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(fd, text, (size_t)end, 0), end);
	text[end] = '\0';
	*size = (size_t)end;
	return text;
}

static void child(const char *const argv[], int in, int out, int err)
{
	static const struct rlimit no_core;
	sigset_t none;

	/* Whatever who runs the tests ignores (nohup) or blocks. */
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	execv(argv[0], (char *const *)argv);
	_exit(120);
}

/* A line of /proc of a thread, without what ends it. */
static void thread_file(char *line, size_t size, pid_t pid, const char *tid, const char *name)
{
	char path[100];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", (int)pid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, line, size - 1);
		close(fd);
	}
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* Where each thread stands: its state, the kernel's function, and number and arguments of its call.
 */
static void tell_threads(pid_t pid)
{
	char path[64], stat[512], where[64], call[256];
	struct dirent *task;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (task = readdir(tasks))) {
		if (task->d_name[0] == '.')
			continue;
		thread_file(stat, sizeof(stat), pid, task->d_name, "stat");
		thread_file(where, sizeof(where), pid, task->d_name, "wchan");
		thread_file(call, sizeof(call), pid, task->d_name, "syscall");
		printf("  thread %s: %c, in %s, call %s\n", task->d_name,
		       strrchr(stat, ')') ? strrchr(stat, ')')[2] : '?', where, call);
	}
	if (tasks)
		closedir(tasks);
}

static bool ends_in_time(pid_t pid, int *status)
{
	struct timespec pause = {0, 200000}, now;
	time_t since;

	clock_gettime(CLOCK_MONOTONIC, &now);
	since = now.tv_sec;
	for (;;) {
		pid_t ended = waitpid(pid, status, WNOHANG);

		ck_assert_int_ge(ended, 0);
		if (ended == pid)
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - since >= RUN_SECONDS)
			return false;
		nanosleep(&pause, NULL);
		/* Most end at once; of those that do not, none needs to be seen so soon. */
		if (pause.tv_nsec < 5000000)
			pause.tv_nsec += 200000;
	}
}

/* By its own bound, for Check's would not say who it was that did not end. */
static void await_end(pid_t pid, int *status, const char *const argv[], int out, int err)
{
	size_t size;

	if (ends_in_time(pid, status))
		return;
	printf("waited %d s for the end of:", RUN_SECONDS);
	while (*argv)
		printf(" %s", *argv++);
	putchar('\n');
	tell_threads(pid);
	kill(-pid, SIGKILL);
	waitpid(pid, status, 0);
	printf("  it said:\n%s%s\n", read_all(out, &size), read_all(err, &size));
	fflush(stdout);
	ck_abort_msg("a program did not end within %d s; it is named above", RUN_SECONDS);
}

void run(struct outcome *outcome, const char *const argv[], const char *input)
{
	int in, out = temporary_descriptor(), err = temporary_descriptor();
	pid_t pid;

	if (input) {
		in = temporary_descriptor();
		ck_assert_int_eq(pwrite(in, input, strlen(input), 0), (ssize_t)strlen(input));
	} else {
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child(argv, in, out, err);
	await_end(pid, &outcome->status, argv, out, err);
	outcome->out = read_all(out, &outcome->out_size);
	outcome->err = read_all(err, &outcome->err_size);
	close(in);
	close(out);
	close(err);
	ck_assert_msg(!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) != 120,
		      "cannot execute %s", argv[0]);
}

/* The one that is to be tested. */
static const char *fxbox(void)
{
	const char *other = getenv("FXBOX_VARIANT");

	return other ? other : FXBOX;
}

void run_shell(struct outcome *outcome, const char *line)
{
	const char *argv[] = {"/bin/bash", "-c", line, NULL};

	setenv("FXBOX", fxbox(), 1);
	setenv("GUESTS", GUESTS, 1);
	run(outcome, argv, NULL);
}

void run_in_fxbox(struct outcome *outcome, const char *const options[], const char *const argv[],
		  const char *input)
{
	const char *all[MAX_ARGS] = {fxbox(), "run", "--no-confine"};
	size_t n = 3;

	while (options && *options)
		all[n++] = *options++;
	all[n++] = "--";
	while (*argv) {
		ck_assert_uint_lt(n, MAX_ARGS - 1);
		all[n++] = *argv++;
	}
	run(outcome, all, input);
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->err);
}

const char *guest(const char *name)
{
	static char path[PATH_MAX];

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/%s", GUESTS, name), PATH_MAX);
	return path;
}

static char *to_unlink[16];

static void unlink_all(void)
{
	for (size_t i = 0; i < sizeof(to_unlink) / sizeof(to_unlink[0]); i++) {
		if (to_unlink[i])
			unlink(to_unlink[i]);
	}
}

char *temporary_file(void)
{
	char *path = strdup("/tmp/fxbox-test-XXXXXX");
	static size_t count;
	int fd;

	ck_assert_ptr_nonnull(path);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	if (count == 0)
		atexit(unlink_all);
	ck_assert_uint_lt(count, sizeof(to_unlink) / sizeof(to_unlink[0]));
	to_unlink[count++] = strdup(path);
	return path;
}

char *read_whole(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	ck_assert_msg(fd >= 0, "cannot open %s", path);
	text = read_all(fd, size);
	close(fd);
	return text;
}
