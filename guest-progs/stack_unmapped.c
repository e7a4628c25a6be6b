/* SPDX-License-Identifier: MIT */
/*
 * The joiner unmaps a thread's stack, thread-local variables and rseq area the
 * moment the thread says that it is gone, while others keep the CPUs busy. The
 * stacks are larger than what the C library keeps for reuse.
 */
#include "guest-progs/guest.h"

#define ROUNDS 1000

static int stop;

static void *busy(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		;
	return arg;
}

static void *nothing(void *arg)
{
	return arg;
}

int main(void)
{
	pthread_t others[4], thread;
	pthread_attr_t attr;
	int joined = 0;

	for (int i = 0; i < 4; i++)
		others[i] = start_thread(busy, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 20);
	for (int i = 0; i < ROUNDS; i++) {
		need(pthread_create(&thread, &attr, nothing, NULL) == 0);
		joined += pthread_join(thread, NULL) == 0;
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(others[i], NULL);
	printf("%d of %d\n", joined, ROUNDS);
	return 0;
}
