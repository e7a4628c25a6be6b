/* SPDX-License-Identifier: MIT */
/*
 * The process forks again and again while its other threads contend for
 * mutexes. Each child has one thread, can use its own mutexes, and can make
 * threads of its own.
 */
#include "guest-progs/guest.h"

#define THREADS 4
#define FORKS	100

static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int stop, state;

static void *contender(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&contended);
		sched_yield();
		pthread_mutex_unlock(&contended);
	}
	return arg;
}

static void *partner(void *arg)
{
	pthread_mutex_lock(&own);
	state = 1;
	pthread_cond_broadcast(&changed);
	while (state != 2)
		pthread_cond_wait(&changed, &own);
	pthread_mutex_unlock(&own);
	return arg;
}

static void child(void)
{
	pthread_t thread = start_thread(partner, NULL);

	pthread_mutex_lock(&own);
	while (state != 1)
		pthread_cond_wait(&changed, &own);
	state = 2;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&own);
	pthread_join(thread, NULL);
	_exit(5);
}

int main(void)
{
	pthread_t threads[THREADS];
	int right = 0;

	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(contender, NULL);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();
		int status;

		need(pid >= 0);
		if (pid == 0)
			child();
		need(waitpid(pid, &status, 0) == pid);
		right += WIFEXITED(status) && WEXITSTATUS(status) == 5;
	}
	stop = 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d of %d\n", right, FORKS);
	return 0;
}
