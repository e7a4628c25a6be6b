/* SPDX-License-Identifier: MIT */
/* For ./dev demo: threads that hand over a word, a shared futex, a call that is not supported. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint32_t turn;

static long futex(_Atomic uint32_t *word, int op, uint32_t val)
{
	return syscall(SYS_futex, word, op, val, NULL, NULL, 0);
}

static void hand_over(uint32_t me)
{
	for (int i = 0; i < 2; i++) {
		while (atomic_load(&turn) != me)
			futex(&turn, FUTEX_WAIT_PRIVATE, !me);
		atomic_store(&turn, !me);
		futex(&turn, FUTEX_WAKE_PRIVATE, 1);
	}
}

static void *second(void *arg)
{
	(void)arg;
	hand_over(1);
	return NULL;
}

static int threads(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, second, NULL))
		return 1;
	hand_over(0);
	pthread_join(thread, NULL);
	puts("handed over four times");
	return 0;
}

static int shared(void)
{
	_Atomic uint32_t *word =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long woken;

	if (word == MAP_FAILED)
		return 1;
	woken = futex(word, FUTEX_WAKE, 1);
	if (woken < 0)
		printf("futex: %s\n", strerror(errno));
	else
		printf("futex: woke %ld\n", woken);
	return woken < 0;
}

static int unsupported(void)
{
	for (int i = 0; i < 2; i++)
		if (syscall(SYS_io_uring_setup, 1, NULL) < 0)
			printf("io_uring_setup: %s\n", strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "threads") == 0)
		return threads();
	if (strcmp(what, "shared") == 0)
		return shared();
	if (strcmp(what, "unsupported") == 0)
		return unsupported();
	fputs("usage: demo threads|shared|unsupported\n", stderr);
	return 2;
}
