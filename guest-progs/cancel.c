/* SPDX-License-Identifier: MIT */
/* Threads are cancelled: in a condition wait, a read, a sleep, a loop; their cleanup runs. */
#include <semaphore.h>

#include "guest-progs/guest.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int pipes[2], cleaned;
static pid_t tid;

static void cleanup(void *arg)
{
	cleaned += (int)(long)arg;
}

static void unlock(void *arg)
{
	cleaned += 1;
	pthread_mutex_unlock(arg);
}

static void *waits(void *arg)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	pthread_cleanup_pop(1);
	return arg;
}

static void *reads(void *arg)
{
	char c;

	pthread_cleanup_push(cleanup, (void *)10);
	__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
	need(read(pipes[0], &c, 1) == 1);
	pthread_cleanup_pop(0);
	return arg;
}

static void *sleeps(void *arg)
{
	pthread_cleanup_push(cleanup, (void *)100);
	__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
	sleep(1000);
	pthread_cleanup_pop(0);
	return arg;
}

static void *posts(void *arg)
{
	static sem_t sem;

	pthread_cleanup_push(cleanup, (void *)1000);
	__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
	sem_wait(&sem);
	pthread_cleanup_pop(0);
	return arg;
}

static void *loops(void *arg)
{
	int old;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
	for (;;)
		__asm__ volatile("" : : : "memory");
	return arg;
}

static void *refuses(void *arg)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
	for (int i = 0; i < 1000; i++)
		pthread_testcancel();
	return arg;
}

static void cancel(const char *what, void *(*routine)(void *), int asleep)
{
	pthread_t thread;
	void *value;

	cleaned = 0;
	tid = 0;
	thread = start_thread(routine, NULL);
	await_that(__atomic_load_n(&tid, __ATOMIC_ACQUIRE));
	if (asleep)
		await_sleep(&tid);
	pthread_cancel(thread);
	pthread_join(thread, &value);
	printf("%s: cancelled %d, cleaned %d\n", what, value == PTHREAD_CANCELED, cleaned);
}

int main(void)
{
	need(pipe(pipes) == 0);
	cancel("condition", waits, 1);
	printf("mutex is free: %d\n", pthread_mutex_trylock(&mutex) == 0);
	cancel("read", reads, 1);
	cancel("sleep", sleeps, 1);
	cancel("semaphore", posts, 1);
	cancel("loop", loops, 0);
	cancel("refuses", refuses, 0);
	return 0;
}
