/* SPDX-License-Identifier: MIT */
/* A change of group goes to all threads (glibc does it by signals); blocked masks do not stop it.
 */
#include <signal.h>

#include "guest-progs/guest.h"

#define THREADS 5

static int stop, wrong;
static pthread_barrier_t barrier;

static void *checks(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_barrier_wait(&barrier);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		sched_yield();
	if (syscall(SYS_getegid) != *(gid_t *)arg)
		__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	return NULL;
}

int main(void)
{
	gid_t target = getuid() == 0 ? 12345 : getgid();
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(checks, &target);
	pthread_barrier_wait(&barrier);
	say("setegid", setegid(target));
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("wrong %d\n", wrong);
	return 0;
}
