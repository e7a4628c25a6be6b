/* SPDX-License-Identifier: MIT */
/*
 * Two threads that wait for a word, and look at it some times before they sleep; one is woken where
 * both have to be. It hangs if both sleep already when the word is changed.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOKS 20

static int word;

static void *wait_for_word(void *unused)
{
	for (int i = 0; i < LOOKS && !__atomic_load_n(&word, __ATOMIC_SEQ_CST); i++)
		sched_yield();
	while (!__atomic_load_n(&word, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return unused;
}

int main(void)
{
	pthread_t a, b;

	pthread_create(&a, NULL, wait_for_word, NULL);
	pthread_create(&b, NULL, wait_for_word, NULL);
	__atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return 0;
}
