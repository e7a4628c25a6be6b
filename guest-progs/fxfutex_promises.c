/* SPDX-License-Identifier: MIT */
/* What fxfutex.h says of names, thread ids, signals and forks. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <fxfutex.h>

#include "guest-progs/guest.h"

#define SLEEPERS 3

/* The library has functions of these names, which nobody else sees. */
int fx_wait(void);
int fx_lock(void);

int fx_wait(void)
{
	return 2;
}

int fx_lock(void)
{
	return fx_wait() + 1;
}

static fxfutex *futexes;
static uint32_t word;
static pid_t sleepers[SLEEPERS];
static volatile sig_atomic_t handled;

static void *sleeps(void *tid)
{
	__atomic_store_n((pid_t *)tid, own_tid(), __ATOMIC_RELEASE);
	return (void *)(intptr_t)fxfutex_wait(futexes, &word, 0, FXFUTEX_ANY, NULL,
					      CLOCK_MONOTONIC);
}

static void start_sleepers(pthread_t *threads)
{
	for (int i = 0; i < SLEEPERS; i++) {
		sleepers[i] = 0;
		threads[i] = start_thread(sleeps, &sleepers[i]);
		await_sleep(&sleepers[i]);
	}
}

/* How many it woke, after which each has returned 0. */
static int wake_sleepers(pthread_t *threads)
{
	int woken = fxfutex_wake(futexes, &word, SLEEPERS, FXFUTEX_ANY);
	void *result;

	for (int i = 0; i < SLEEPERS; i++) {
		pthread_join(threads[i], &result);
		need(!result);
	}
	return woken;
}

static void thread_ids(void)
{
	uint32_t lock = (uint32_t)own_tid(), owner;

	fxfutex_owner(futexes, &lock, &owner);
	say("taken by hand, owned by this thread", owner == (uint32_t)own_tid());
	say("unlock", fxfutex_unlock(futexes, &lock));
	say("lock", fxfutex_lock(futexes, &lock, NULL, CLOCK_MONOTONIC));
	say("the word is the thread's id", lock == (uint32_t)own_tid());
}

static void on_signal(int signal)
{
	(void)signal;
	handled++;
}

static void signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t threads[SLEEPERS];

	sigaction(SIGUSR1, &action, NULL);
	start_sleepers(threads);
	for (int i = 0; i < 3; i++) {
		pthread_kill(threads[0], SIGUSR1);
		await_that(handled == i + 1);
	}
	say("signals handled", handled);
	say("woken in spite of them", wake_sleepers(threads));
}

/* Gets the stack of a thread that slept in the parent, and keeps it. */
static void *scribbles(void *tid)
{
	char stack[1 << 16];

	memset(stack, 0xff, sizeof(stack));
	__asm__ volatile("" : : "r"(stack) : "memory");
	__atomic_store_n((pid_t *)tid, own_tid(), __ATOMIC_RELEASE);
	for (;;)
		pause();
	return tid;
}

/* In many frames, so that it would meet whatever is left of the parent's sleepers. */
static int wait_at_depth(int depth)
{
	struct timespec past = {0};
	int result = fxfutex_wait(futexes, &word, 0, FXFUTEX_ANY, &past, CLOCK_MONOTONIC);

	if (result != -ETIMEDOUT || depth == 0)
		return result;
	return wait_at_depth(depth - 1);
}

static void in_child(void)
{
	pthread_t threads[SLEEPERS];
	pid_t scribblers[SLEEPERS] = {0};

	fxfutex_free(futexes);
	futexes = fxfutex_new(SLEEPERS);
	for (int i = 0; i < SLEEPERS; i++) {
		start_thread(scribbles, &scribblers[i]);
		await_that(__atomic_load_n(&scribblers[i], __ATOMIC_ACQUIRE));
	}
	say("timed out in the child", wait_at_depth(1000) == -ETIMEDOUT);
	start_sleepers(threads);
	say("woken in the child", wake_sleepers(threads));
	exit(0);
}

static void forks(void)
{
	pthread_t threads[SLEEPERS];
	pid_t child;
	int status;

	start_sleepers(threads);
	fflush(stdout);
	child = fork();
	if (child == 0)
		in_child();
	waitpid(child, &status, 0);
	say("status of the child", status);
	say("woken in the parent", wake_sleepers(threads));
}

int main(void)
{
	futexes = fxfutex_new(SLEEPERS);
	need(futexes);
	say("a name of the library's", fx_lock());
	thread_ids();
	signals();
	forks();
	fxfutex_free(futexes);
	return 0;
}
