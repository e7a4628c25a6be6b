/* SPDX-License-Identifier: MIT */
/* Mutexes with priority inheritance, as pthreads have them: contended, robust, timed. */
#include "guest-progs/guest.h"

#define THREADS 8
#define ROUNDS	5000

static int rounds;
static pthread_mutex_t mutex;
static long count;

/* pthreads' functions return their errors. */
static void say_error(const char *what, int error)
{
	printf("%s: %s\n", what, error ? errno_name(error) : "0");
}

static void make(int type, int robust)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutexattr_setrobust(&attr, robust);
	say_error("init", pthread_mutex_init(&mutex, &attr));
	pthread_mutexattr_destroy(&attr);
}

static void *add(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		count++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static void *lock_and_leave(void *arg)
{
	pthread_mutex_lock(&mutex);
	return arg;
}

static void *try_from_another(void *arg)
{
	struct timespec past = {1, 0};

	say_error("another's trylock", pthread_mutex_trylock(&mutex));
	say_error("another's timed lock", pthread_mutex_timedlock(&mutex, &past));
#ifdef __GLIBC__
	say_error("another's timed lock, monotonic",
		  pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &past));
#endif
	say_error("another's unlock", pthread_mutex_unlock(&mutex));
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];

	rounds = rounds_of(argc, argv, ROUNDS);
	make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
	for (int i = 0; i < THREADS; i++)
		thread[i] = start_thread(add, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("count %ld\n", count);

	make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
	say_error("lock", pthread_mutex_lock(&mutex));
	say_error("lock again", pthread_mutex_lock(&mutex));
	pthread_join(start_thread(try_from_another, NULL), NULL);
	say_error("unlock", pthread_mutex_unlock(&mutex));
	say_error("unlock again", pthread_mutex_unlock(&mutex));

	make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
	pthread_join(start_thread(lock_and_leave, NULL), NULL);
	say_error("lock of the dead", pthread_mutex_lock(&mutex));
	say_error("consistent", pthread_mutex_consistent(&mutex));
	say_error("unlock", pthread_mutex_unlock(&mutex));
	say_error("lock", pthread_mutex_lock(&mutex));
	say_error("unlock", pthread_mutex_unlock(&mutex));
	pthread_join(start_thread(lock_and_leave, NULL), NULL);
	say_error("lock of the dead", pthread_mutex_lock(&mutex));
	say_error("unlock, inconsistent", pthread_mutex_unlock(&mutex));
	say_error("lock", pthread_mutex_lock(&mutex));
	return 0;
}
