/* SPDX-License-Identifier: MIT */
/*
 * spawn COUNT PROGRAM ARGUMENT...: starts the program COUNT times, one after the other, waits for
 * each, and prints the median of the nanoseconds from before the start to after the end.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[1]) : 0;
	double *times = calloc(count > 0 ? (size_t)count : 1, sizeof(*times));

	if (count <= 0 || !times) {
		fputs("usage: spawn COUNT PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	for (long i = 0; i < count; i++) {
		int error, status;
		double start = now_ns();
		pid_t pid;

		error = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
		if (error) {
			fprintf(stderr, "spawn: %s: %s\n", argv[2], strerror(error));
			return 1;
		}
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		times[i] = now_ns() - start;
		if (status) {
			fprintf(stderr, "spawn: %s: ended with wait status %#x\n", argv[2],
				(unsigned int)status);
			return 1;
		}
	}
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%.0f\n", times[count / 2]);
	return 0;
}
