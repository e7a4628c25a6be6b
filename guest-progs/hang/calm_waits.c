/* SPDX-License-Identifier: MIT */
/* Conditions, semaphores, barriers, joins: signalled in time, or waited for with an end. */
#include "guest-progs/hang/calm.h"

#include <linux/futex.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER, taken = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t round_trip;
static sem_t units, never;
static int items, produced;

static void *produce(void *arg)
{
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&lock);
		while (items == 1)
			pthread_cond_wait(&taken, &lock);
		items++;
		produced++;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void producer_consumer(void)
{
	pthread_t t = spawn("producer", produce);

	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&lock);
		while (items == 0)
			pthread_cond_wait(&changed, &lock);
		items--;
		pthread_cond_signal(&taken);
		pthread_mutex_unlock(&lock);
	}
	pthread_join(t, NULL);
	MUST(produced == 500);
}

static void *wait_for_items(void *arg)
{
	pthread_mutex_lock(&lock);
	while (items == 0)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void broadcast(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		t[i] = spawn("waiter", wait_for_items);
	calm_pause(30);
	pthread_mutex_lock(&lock);
	items = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

static void condition_timed(void)
{
	const struct timespec end = calm_after(CLOCK_REALTIME, 100);

	pthread_mutex_lock(&lock);
	while (pthread_cond_timedwait(&changed, &lock, &end) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&lock);
}

static void semaphore_timed(void)
{
	const struct timespec end = calm_after(CLOCK_REALTIME, 100);

	sem_init(&never, 0, 0);
	MUST(sem_timedwait(&never, &end) < 0 && errno == ETIMEDOUT);
}

static void mutex_timed(void)
{
	const struct timespec end = calm_after(CLOCK_REALTIME, 100);

	pthread_mutex_lock(&lock);
	MUST(pthread_mutex_timedlock(&lock, &end) == ETIMEDOUT);
}

/* All others wait for ever, and are let go by the one whose wait has an end. */
static void *post_late(void *arg)
{
	const struct timespec end = calm_after(CLOCK_REALTIME, 100);

	sem_timedwait(&never, &end);
	sem_post(&units);
	return arg;
}

static void one_has_an_end(void)
{
	pthread_t t;

	sem_init(&units, 0, 0);
	sem_init(&never, 0, 0);
	t = spawn("poster", post_late);
	sem_wait(&units);
	pthread_join(t, NULL);
}

static void *go_round(void *arg)
{
	for (int i = 0; i < 100; i++)
		pthread_barrier_wait(&round_trip);
	return arg;
}

static void barrier_rounds(void)
{
	pthread_t a, b;

	pthread_barrier_init(&round_trip, NULL, 3);
	a = spawn("one", go_round);
	b = spawn("two", go_round);
	go_round(NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

static void *wait_for_ever(void *arg)
{
	sem_wait(&never);
	return arg;
}

static void cancelled(void)
{
	pthread_t t;

	sem_init(&never, 0, 0);
	t = spawn("waiter", wait_for_ever);
	calm_pause(30);
	pthread_cancel(t);
	pthread_join(t, NULL);
}

static _Atomic bool about_to_wait;
static unsigned nobody_wakes;

static void *wait_without_post(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	about_to_wait = true;
	for (;;)
		syscall(SYS_futex, &nobody_wakes, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return arg;
}

/* The signal comes anywhere on the way to sleep, and who sent it sleeps when it is looked at. */
static void cancelled_on_its_way(void)
{
	for (int i = 0; i < 300; i++) {
		pthread_t t;

		about_to_wait = false;
		t = spawn("waiter", wait_without_post);
		while (!about_to_wait)
			sched_yield();
		for (volatile int pause = 0; pause < i % 64 * 20; pause++)
			;
		pthread_cancel(t);
		pthread_join(t, NULL);
	}
}

static void left_behind(void)
{
	sem_init(&never, 0, 0);
	spawn("waiter", wait_for_ever);
	calm_pause(30);
}

static void *end_first(void *arg)
{
	pthread_detach(pthread_self());
	sem_post(&units);
	pthread_exit(arg);
}

static void main_waits_for_detached(void)
{
	sem_init(&units, 0, 0);
	for (int i = 0; i < 8; i++)
		spawn("detached", end_first);
	for (int i = 0; i < 8; i++)
		sem_wait(&units);
}

static const struct calm_case cases[] = {
	{"producer-consumer", producer_consumer},
	{"broadcast", broadcast},
	{"condition-timed", condition_timed},
	{"semaphore-timed", semaphore_timed},
	{"mutex-timed", mutex_timed},
	{"one-has-an-end", one_has_an_end},
	{"barrier-rounds", barrier_rounds},
	{"cancelled", cancelled},
	{"cancelled-on-its-way", cancelled_on_its_way},
	{"left-behind", left_behind},
	{"detached", main_waits_for_detached},
};

CALM_MAIN(cases)
