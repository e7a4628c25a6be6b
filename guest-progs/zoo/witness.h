/* SPDX-License-Identifier: MIT */
/* What windows are in a witness; see zoo.h. */
#ifndef GUEST_PROGS_ZOO_WITNESS_H
#define GUEST_PROGS_ZOO_WITNESS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int zoo_passed;
/* The milliseconds after which windows are given up; 0 where they are nothing. */
static int zoo_patience;

__attribute__((constructor)) static void zoo_begin(void)
{
	const char *patience = getenv("ZOO_WITNESS");

	if (patience)
		zoo_patience = atoi(patience);
}

/* Sleeps for a moment; whether it was too long since the beginning. */
static inline int zoo_given_up(const struct timespec *began, long ns)
{
	struct timespec moment = {0, ns}, now;

	nanosleep(&moment, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - began->tv_sec) * 1000 + (now.tv_nsec - began->tv_nsec) / 1000000 >
	       zoo_patience;
}

__attribute__((unused, cold, noinline)) static void zoo_window(int n)
{
	struct timespec began;
	int error = errno, last = n - 1;

	clock_gettime(CLOCK_MONOTONIC, &began);
	while (__atomic_load_n(&zoo_passed, __ATOMIC_SEQ_CST) < last)
		if (zoo_given_up(&began, 60000))
			__atomic_store_n(&zoo_passed, INT_MAX, __ATOMIC_SEQ_CST);
	__atomic_compare_exchange_n(&zoo_passed, &last, n, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	errno = error;
}

/* Whether all threads but the caller sleep. */
static inline int zoo_others_sleep(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int all = tasks != NULL;
	struct dirent *task;

	while (all && (task = readdir(tasks)) != NULL) {
		char path[300], line[512];
		ssize_t n;
		int fd;

		if (task->d_name[0] == '.' || atoi(task->d_name) == syscall(SYS_gettid))
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/stat", task->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
		if (fd >= 0)
			close(fd);
		if (n <= 0)
			continue; /* has ended */
		line[n] = '\0';
		all = strrchr(line, ')')[2] == 'S';
	}
	if (tasks)
		closedir(tasks);
	return all;
}

/* As a window; and then waits until all others sleep, several times in a row. */
__attribute__((unused, cold, noinline)) static void zoo_settle(int n)
{
	int passed = __atomic_load_n(&zoo_passed, __ATOMIC_SEQ_CST), error = errno, seen = 0;
	struct timespec began;

	zoo_window(n);
	if (passed >= n)
		return;
	clock_gettime(CLOCK_MONOTONIC, &began);
	while (seen < 4 && !zoo_given_up(&began, 300000))
		seen = zoo_others_sleep() ? seen + 1 : 0;
	errno = error;
}

#endif
