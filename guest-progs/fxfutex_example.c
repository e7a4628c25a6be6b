/* SPDX-License-Identifier: MIT */
/* What libfxfutex has beyond Linux: each of the four, used once; on Linux and on Windows. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <fxfutex.h>

#define MANY 1000

static fxfutex *futexes;

/* 1. A wait without a thread: the waker runs the function. */
static void on_wake(struct fxfutex_async *a)
{
	*(const char **)a->user = "called";
}

static void asynchronous(void)
{
	static uint32_t word;
	const char *state = "not called";
	struct fxfutex_async a = {.done = on_wake, .user = &state};
	int queued = fxfutex_wait_async(futexes, &a, &word, 0, FXFUTEX_ANY);
	int woken = fxfutex_wake(futexes, &word, 1, FXFUTEX_ANY);

	printf("asynchronous: queued %d, woke %d, function %s\n", queued, woken, state);
	state = "not called";
	fxfutex_wait_async(futexes, &a, &word, 0, FXFUTEX_ANY);
	printf("asynchronous: cancel %d, ", fxfutex_wait_async_cancel(futexes, &a));
	woken = fxfutex_wake(futexes, &word, 1, FXFUTEX_ANY);
	printf("woke %d, function %s\n", woken, state);
}

/* 2. One wait for a thousand words; Linux's futex_waitv(2) ends at 128. */
static uint32_t words[MANY];

static void *wake_one_of_many(void *arg)
{
	__atomic_store_n(&words[777], 1, __ATOMIC_SEQ_CST);
	/* Nobody waits yet, or one does: then this wakes it. */
	fxfutex_wake(futexes, &words[777], 1, FXFUTEX_ANY);
	return arg;
}

static void vectored(void)
{
	struct fxfutex_word *many = calloc(MANY, sizeof(*many));
	void *memory = malloc(fxfutex_waitv_size(MANY));
	pthread_t waker;
	int index;

	if (!many || !memory)
		abort();
	for (int i = 0; i < MANY; i++)
		many[i].word = &words[i];
	if (pthread_create(&waker, NULL, wake_one_of_many, NULL))
		abort();
	index = fxfutex_waitv(futexes, many, MANY, memory, NULL, CLOCK_MONOTONIC);
	pthread_join(waker, NULL);
	/* -EAGAIN if the word had changed already. */
	printf("vectored: %s\n", index == 777 || words[777] ? "word 777 was set" : "lost");
	free(memory);
	free(many);
}

/* 3. Who owns this lock? */
static void owner(void)
{
	static uint32_t lock;
	uint32_t before, during, after;

	fxfutex_owner(futexes, &lock, &before);
	fxfutex_lock(futexes, &lock, NULL, CLOCK_MONOTONIC);
	fxfutex_owner(futexes, &lock, &during);
	fxfutex_unlock(futexes, &lock);
	fxfutex_owner(futexes, &lock, &after);
	printf("owner: before %s, during %s, after %s\n", before ? "?" : "nobody",
	       during == fxfutex_self() ? "this thread" : "?", after ? "?" : "nobody");
}

/* 4. A thread that leaves word behind, however it ends. */
static uint32_t alive = 1;

static void *dies(void *arg)
{
	struct fxfutex_at_exit *e = arg;

	fxfutex_wake_at_exit(futexes, e, &alive, 0, 1);
	pthread_exit(NULL);
	return NULL; /* for compilers that do not know it */
}

static void at_exit(void)
{
	struct fxfutex_at_exit e;
	pthread_t thread;

	if (pthread_create(&thread, NULL, dies, &e))
		abort();
	while (__atomic_load_n(&alive, __ATOMIC_SEQ_CST))
		fxfutex_wait(futexes, &alive, 1, FXFUTEX_ANY, NULL, CLOCK_MONOTONIC);
	pthread_join(thread, NULL);
	puts("at exit: the word is 0");
}

int main(void)
{
	futexes = fxfutex_new(16);
	if (!futexes)
		return 1;
	asynchronous();
	vectored();
	owner();
	at_exit();
	fxfutex_free(futexes);
	return 0;
}
