/* SPDX-License-Identifier: MIT */
/*
 * A stress of each recipe: what a mutex guards is not atomic, so two in it at once would lose a
 * count; every item that is put is taken once; a wake that is lost hangs. Its argument is how many
 * rounds each thread does (2000). Same output on Linux and Windows.
 */
#include "fxfutex_recipes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 4

static fxfutex *f;
static unsigned rounds = 2000;

static void run(void *(*body)(void *))
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, body, (void *)i) != 0)
			abort();
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static int tell(const char *what, unsigned is, unsigned should)
{
	printf("%s: %u of %u\n", what, is, should);
	return is != should;
}

/* The mutex. */

static recipe_mutex mutex;
static unsigned counter;

static void *counts(void *arg)
{
	for (unsigned i = 0; i < rounds; i++) {
		recipe_mutex_lock(f, &mutex);
		counter++;
		recipe_mutex_unlock(f, &mutex);
	}
	return arg;
}

/* Mutex and condition: a buffer of few places; even threads put, odd ones take. */

#define PLACES 3

static recipe_condition changed;
static unsigned full, taken;

static void *puts_or_takes(void *arg)
{
	const int puts = (size_t)arg % 2 == 0;

	for (unsigned i = 0; i < rounds; i++) {
		recipe_mutex_lock(f, &mutex);
		while (puts ? full == PLACES : full == 0)
			recipe_condition_wait(f, &changed, &mutex);
		if (puts) {
			full++;
		} else {
			full--;
			taken++;
		}
		/* Whoever may go on now is one of two kinds: so all are told. */
		recipe_condition_broadcast(f, &changed, &mutex);
		recipe_mutex_unlock(f, &mutex);
	}
	return arg;
}

/* The same of turns: one condition for each thread, so a signal is enough. */

static recipe_condition turns[THREADS];
static unsigned turn;

static void *takes_turns(void *arg)
{
	const size_t self = (size_t)arg;

	for (unsigned i = 0; i < rounds; i++) {
		recipe_mutex_lock(f, &mutex);
		while (turn % THREADS != self)
			recipe_condition_wait(f, &turns[self], &mutex);
		turn++;
		recipe_condition_signal(f, &turns[(self + 1) % THREADS]);
		recipe_mutex_unlock(f, &mutex);
	}
	return arg;
}

/* The semaphore: two may be inside at once. */

static recipe_semaphore places = {2};
static unsigned inside, most_inside, passed;

static void *enters(void *arg)
{
	for (unsigned i = 0; i < rounds; i++) {
		unsigned now;

		recipe_semaphore_wait(f, &places);
		now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		if (now > 2)
			__atomic_store_n(&most_inside, now, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&passed, 1, __ATOMIC_RELAXED);
		recipe_semaphore_post(f, &places);
	}
	return arg;
}

/* The event: the first thread lets all others through each round, and waits until they are. */

static recipe_event go[2], arrived;
static unsigned count, rounds_seen;

static void *waits_for_events(void *arg)
{
	for (unsigned i = 0; i < rounds; i++) {
		if (arg) {
			recipe_event_wait(f, &go[i % 2]);
			if (__atomic_add_fetch(&count, 1, __ATOMIC_ACQ_REL) == THREADS - 1)
				recipe_event_set(f, &arrived);
			continue;
		}
		recipe_event_reset(&go[(i + 1) % 2]);
		recipe_event_set(f, &go[i % 2]);
		recipe_event_wait(f, &arrived);
		recipe_event_reset(&arrived);
		__atomic_store_n(&count, 0, __ATOMIC_RELEASE);
		rounds_seen++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int bad = 0;

	f = fxfutex_new(THREADS);
	if (!f)
		return 1;
	if (argc > 1)
		rounds = (unsigned)atoi(argv[1]);
	run(counts);
	bad += tell("mutex, counted", counter, THREADS * rounds);
	run(puts_or_takes);
	bad += tell("condition, taken", taken, THREADS / 2 * rounds);
	run(takes_turns);
	bad += tell("condition, turns", turn, THREADS * rounds);
	run(enters);
	bad += tell("semaphore, passed", passed, THREADS * rounds);
	bad += tell("semaphore, too many inside", most_inside, 0);
	run(waits_for_events);
	bad += tell("event, rounds", rounds_seen, rounds);
	fxfutex_free(f);
	return bad != 0;
}
