/* SPDX-License-Identifier: MIT */
/*
 * traced_turns THREADS ROUNDS: threads hand a word round. Prints how many waits and wakes
 * they made on it, which a trace is to have, and how many rounds.
 */
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>

#include "guest-progs/guest.h"

static _Atomic uint32_t turn;
static atomic_long waits, wakes;
static long threads, rounds;

static void *take_turns(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg, now;
	long waited = 0, woken = 0;

	for (long i = 0; i < rounds; i++) {
		while ((now = atomic_load(&turn)) % threads != me) {
			syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
			waited++;
		}
		atomic_store(&turn, now + 1);
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
		woken++;
	}
	atomic_fetch_add(&waits, waited);
	atomic_fetch_add(&wakes, woken);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[64];

	need(argc == 3);
	threads = atol(argv[1]);
	rounds = atol(argv[2]);
	need(threads <= 64);
	for (long i = 0; i < threads; i++)
		thread[i] = start_thread(take_turns, (void *)i);
	for (long i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%p %ld %ld %u\n", (void *)&turn, atomic_load(&waits), atomic_load(&wakes),
	       atomic_load(&turn));
	return 0;
}
