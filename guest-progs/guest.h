/* SPDX-License-Identifier: MIT */
/*
 * What the guest programs share. They print what they saw, and nothing that
 * differs from run to run: no address, process ID or time.
 */
#ifndef GUEST_PROGS_GUEST_H
#define GUEST_PROGS_GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-progs/patience.h"

/* A condition without which the program shows nothing. */
#define need(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			guest_fail(__FILE__, __LINE__, #condition);                                \
	} while (0)

static inline void guest_fail(const char *file, int line, const char *condition)
{
	printf("%s:%d: not so: %s (errno %d)\n", file, line, condition, errno);
	fflush(stdout);
	_exit(99);
}

/* Has a status of its own, and a line that says what did not come. */
static inline void guest_waited(time_t *since, const char *file, int line, const char *what)
{
	if (!patience_is_over(since))
		return;
	printf("%s:%d: waited %d s for: %s\n", file, line, PATIENCE, what);
	fflush(stdout);
	_exit(98);
}

#define await_that(condition)                                                                      \
	do {                                                                                       \
		time_t since_ = 0;                                                                 \
                                                                                                   \
		while (!(condition)) {                                                             \
			guest_waited(&since_, __FILE__, __LINE__, #condition);                     \
			sched_yield();                                                             \
		}                                                                                  \
	} while (0)

/* Musl has no strerrorname_np. */
static inline const char *errno_name(int error)
{
#ifdef __GLIBC__
	const char *name = strerrorname_np(error);

	return name ? name : "?";
#else
	return strerror(error);
#endif
}

/* "what: 3", or "what: -1 EAGAIN"; errno is that of the call just made. */
static inline void say(const char *what, long result)
{
	if (result == -1)
		printf("%s: -1 %s\n", what, errno_name(errno));
	else
		printf("%s: %ld\n", what, result);
}

/* How many rounds: as the first argument says, for runs under a seed, or as is usual. */
static inline int rounds_of(int argc, char **argv, int usual)
{
	int n = argc > 1 ? atoi(argv[1]) : usual;

	need(n > 0 && n <= usual);
	return n;
}

static inline pid_t own_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static inline pthread_t start_thread(void *(*routine)(void *), void *arg)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, routine, arg) == 0);
	return thread;
}

/* The state letter of a thread of this process, as /proc has it. */
static inline char thread_state(pid_t tid)
{
	char path[64], line[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 'X';
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return 'X';
	line[n] = '\0';
	return strrchr(line, ')')[2];
}

/*
 * Returns when a thread of this process sleeps in a system call. It is seen
 * asleep several times in a row, for a lock on the way may make it sleep too.
 */
static inline void await_sleep(const pid_t *tid_word)
{
	time_t since = 0;
	int seen = 0;

	while (seen < 5) {
		pid_t tid = __atomic_load_n(tid_word, __ATOMIC_ACQUIRE);

		guest_waited(&since, __FILE__, __LINE__, "a thread to sleep");
		seen = tid && thread_state(tid) == 'S' ? seen + 1 : 0;
		sched_yield();
	}
}

/* Waits for a child, and says how it ended. */
static inline void say_end(const char *what, pid_t child)
{
	int status;

	need(waitpid(child, &status, 0) == child);
	if (WIFSIGNALED(status))
		printf("%s: died of %d\n", what, WTERMSIG(status));
	else
		printf("%s: exited with %d\n", what, WEXITSTATUS(status));
}

#endif
