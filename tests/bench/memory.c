/* SPDX-License-Identifier: MIT */
/*
 * memory N: with N = 0 prints the resident KiB of this process (Rss of /proc/self/smaps_rollup: its
 * own pages and those of files that others have mapped too); otherwise the KiB that each of N
 * sleeping threads has added to what the process alone has written (Private_Dirty).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long asleep;

static long kib(const char *format)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[200];
	long value = -1;

	if (!f) {
		perror("/proc/self/smaps_rollup");
		exit(1);
	}
	while (fgets(line, sizeof(line), f) && sscanf(line, format, &value) != 1)
		;
	fclose(f);
	return value;
}

static void *sleep_on(void *arg)
{
	atomic_fetch_add(&asleep, 1);
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	static const char dirty[] = "Private_Dirty: %ld";
	long n = argc == 2 ? atol(argv[1]) : -1, before;

	if (n < 0) {
		fputs("usage: memory N\n", stderr);
		return 2;
	}
	if (n == 0) {
		printf("%ld\n", kib("Rss: %ld"));
		return 0;
	}
	kib(dirty); /* so that the C library has its buffers */
	before = kib(dirty);
	for (long i = 0; i < n; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, sleep_on, NULL))
			abort();
	}
	while (atomic_load(&asleep) < n)
		usleep(1000);
	printf("%.1f\n", (double)(kib(dirty) - before) / (double)n);
	fflush(stdout);
	_exit(0);
}
