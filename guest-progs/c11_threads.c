/* SPDX-License-Identifier: MIT */
/* C11: threads, mutexes, conditions, call_once, thread-specific storage. */
#include <stdio.h>
#include <threads.h>
#include <time.h>

#define THREADS 20

static mtx_t mutex;
static cnd_t changed;
static once_flag once = ONCE_FLAG_INIT;
static tss_t key;
static thread_local int own;
static int turn, onces, destroyed;

static void run_once(void)
{
	onces++;
}

static void destroy(void *value)
{
	(void)value;
	mtx_lock(&mutex);
	destroyed++;
	mtx_unlock(&mutex);
}

static int worker(void *arg)
{
	int number = *(int *)arg;

	call_once(&once, run_once);
	tss_set(key, arg);
	own = number;
	mtx_lock(&mutex);
	while (turn != number)
		cnd_wait(&changed, &mutex);
	printf("thread %d, own %d\n", number, own);
	turn++;
	cnd_broadcast(&changed);
	mtx_unlock(&mutex);
	return number * 3;
}

int main(void)
{
	int numbers[THREADS], sum = 0, result;
	thrd_t threads[THREADS];

	mtx_init(&mutex, mtx_plain);
	cnd_init(&changed);
	tss_create(&key, destroy);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		if (thrd_create(&threads[i], worker, &numbers[i]) != thrd_success)
			return 1;
	}
	for (int i = 0; i < THREADS; i++) {
		thrd_join(threads[i], &result);
		sum += result;
	}
	printf("sum %d, onces %d, destroyed %d, own %d\n", sum, onces, destroyed, own);
	printf("sleep %d\n", thrd_sleep(&(struct timespec){0, 1000}, NULL));
	return 0;
}
